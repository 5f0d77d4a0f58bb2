//! How far a crawl goes, and who watches it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::error::ResolveError;
use super::resolve::Destination;
use crate::module_graph::EdgeKind;

/// Why a module was not read.
pub(super) const NOT_FOLLOWED: &str = "not followed";

/// What bounds a crawl; by default nothing does.
#[derive(Debug)]
pub struct Plan {
    /// Specifiers that are left unresolved: `name` stands for `name/subpath` too, one `*` for anything.
    pub external: Vec<String>,
    /// Leave every specifier unresolved that names a package.
    pub packages_external: bool,
    /// Absolute paths of files and folders that are resolved to but not read.
    pub exclude: Vec<PathBuf>,
    /// Whether what only `import()` reaches is read.
    pub follow_dynamic: bool,
    /// Whether the package of each module is looked up.
    pub wants_packages: bool,
    /// Who asks how far it is, and may end it.
    pub watch: Arc<Watch>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            external: Vec::new(),
            packages_external: false,
            exclude: Vec::new(),
            follow_dynamic: true,
            wants_packages: false,
            watch: Arc::default(),
        }
    }
}

impl Plan {
    /// Whether `specifier` is left as it is written.
    pub(super) fn is_external(&self, specifier: &str, is_builtin: bool) -> bool {
        (self.packages_external && !is_builtin && names_package(specifier))
            || self.external.iter().any(|pattern| matches(pattern, specifier))
    }

    /// Whether a module that is reached so is read.
    pub(super) fn follows(&self, kind: EdgeKind, destination: &Destination) -> bool {
        let Destination::File { real, .. } = destination else { return true };
        (self.follow_dynamic || kind != EdgeKind::DynamicImport)
            && !self.exclude.iter().any(|excluded| real.starts_with(excluded))
    }
}

/// Neither a path nor a URL nor a name of the package's own.
fn names_package(specifier: &str) -> bool {
    !specifier.starts_with(['.', '/', '#']) && !specifier.contains(':')
}

fn matches(pattern: &str, specifier: &str) -> bool {
    match pattern.split_once('*') {
        Some((head, tail)) => {
            specifier.len() >= head.len() + tail.len()
                && specifier.starts_with(head)
                && specifier.ends_with(tail)
        }
        None => specifier
            .strip_prefix(pattern)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
    }
}

/// How far a crawl is, for other threads.
#[derive(Debug, Default)]
pub struct Watch {
    is_cancelled: AtomicBool,
    found: AtomicU32,
    loaded: AtomicU32,
}

impl Watch {
    /// Ends the crawl soon, with an error.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }

    /// How many files were found, and how many of them were read.
    pub fn progress(&self) -> (u32, u32) {
        // In this order, so that no more are read than found.
        let loaded = self.loaded.load(Ordering::Relaxed);
        (self.found.load(Ordering::Relaxed).max(loaded), loaded)
    }

    pub(super) fn found(&self) {
        self.found.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn loaded(&self) {
        self.loaded.fetch_add(1, Ordering::Relaxed);
    }
}

/// A request that leads nowhere.
#[derive(Debug)]
pub(super) struct Refused {
    /// The URL of the module that asks.
    pub(super) importer: String,
    pub(super) kind: EdgeKind,
    pub(super) specifier: String,
    pub(super) refusal: Refusal,
}

#[derive(Debug)]
pub(super) enum Refusal {
    /// The plan says so.
    External,
    Error(ResolveError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_what_is_below_it() {
        for (pattern, specifier, expected) in [
            ("react", "react", true),
            ("react", "react/jsx-runtime", true),
            ("react", "react-dom", false),
            ("@a/*", "@a/b/c", true),
            ("@a/*", "@a", false),
            ("*.svg", "./icon.svg", true),
            ("*.svg", "./icon.svg?x", false),
            ("aa*aa", "aaa", false),
        ] {
            assert_eq!(matches(pattern, specifier), expected, "{pattern} {specifier}");
        }
    }

    #[test]
    fn paths_and_urls_and_own_names_are_no_packages() {
        for name in ["a", "@a/b", "a/b.js"] {
            assert!(names_package(name), "{name}");
        }
        for other in ["./a", "../a", "/a", "#a", "node:fs", "file:///a", "data:,x"] {
            assert!(!names_package(other), "{other}");
        }
    }
}
