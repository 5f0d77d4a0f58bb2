//! Whether a `require()` still leads where the pack says.
//!
//! The start has looked at everything, but `require()` is asked while the app runs, and the app may have
//! written to its folders since. So what decides one answer is looked at once more when it is given: the
//! candidates that the runtime tries before it finds the target, in its order, and the target itself. Where
//! this cannot tell, the runtime finds the target by itself.

use std::fs;
use std::path::{Path, PathBuf};

use crate::module_graph::Found;
use crate::pack::{Guard, holds};

/// What `require` tries behind a name, in this order.
const EXTENSIONS: [&str; 3] = [".js", ".json", ".node"];

/// One question: does `specifier`, asked for in `directory`, still lead to `target`? All are physical paths.
pub(super) struct Required<'a, G> {
    pub(super) directory: &'a Path,
    pub(super) specifier: &'a str,
    pub(super) target: &'a Path,
    /// Where `require` looks after every `node_modules`.
    pub(super) global_paths: &'a [PathBuf],
    /// The guard of a path.
    pub(super) guard: G,
}

impl<'p, G: Fn(&Path) -> Option<Guard<'p>>> Required<'_, G> {
    pub(super) fn holds(&self) -> bool {
        let is_there = (self.guard)(self.target).is_some_and(|guard| holds(&guard));
        is_there && self.is_first().unwrap_or(false)
    }

    /// Whether nothing is found before the target; `None` where this cannot tell.
    fn is_first(&self) -> Option<bool> {
        let specifier = self.specifier;
        if specifier.starts_with('/') {
            return self.is_first_at(Path::new(specifier));
        }
        if specifier.starts_with('.') {
            let base = join(self.directory, specifier)?;
            return self.is_first_at(&base);
        }
        let scope_end = if specifier.starts_with('@') { specifier.find('/')? + 1 } else { 0 };
        let name_end =
            specifier[scope_end..].find('/').map_or(specifier.len(), |at| scope_end + at);
        let name = &specifier[..name_end];
        let ancestors = self.directory.ancestors();
        let folders = ancestors
            .filter(|ancestor| ancestor.file_name().is_none_or(|name| name != "node_modules"))
            .map(|ancestor| ancestor.join("node_modules"));
        for folder in folders.chain(self.global_paths.iter().cloned()) {
            let package = folder.join(name);
            let real = self.followed(&package)?;
            if self.target.starts_with(&real) {
                if !self.are_as_they_were(&[real.join("package.json")]) {
                    return Some(false);
                }
                // What `exports` gives is tried before anything else.
                return match join(&real, specifier[name_end..].trim_start_matches('/'))? {
                    base if base == real => {
                        let mut before = with_extensions(&package);
                        before.extend(self.before_main(&real));
                        Some(self.are_as_they_were(&before))
                    }
                    // A search does not lead there, so `exports` do, and nothing is there to be found.
                    base => self.is_first_at(&base).or_else(|| {
                        let mut tried = with_extensions(&base).into_iter().chain([base]);
                        Some(tried.all(|path| is_absent(&path)))
                    }),
                };
            }
            // Where a package of that name lacks what is asked for, only a walk can tell.
            let before = with_extensions(&package).into_iter().chain([package]);
            if !is_absent(&folder) && !before.into_iter().all(|path| is_absent(&path)) {
                return None;
            }
        }
        None
    }

    /// The same for a path that extensions and `index` are tried behind.
    fn is_first_at(&self, base: &Path) -> Option<bool> {
        if base == self.target {
            return Some(true);
        }
        let tried = with_extensions(base);
        let before = tried.iter().take_while(|path| *path != self.target).cloned();
        let mut before: Vec<PathBuf> = std::iter::once(base.to_owned()).chain(before).collect();
        if before.len() > EXTENSIONS.len() {
            if !self.target.starts_with(base) {
                return None;
            }
            before.push(base.join("package.json"));
            before.extend(self.before_main(base));
        }
        Some(self.are_as_they_were(&before))
    }

    /// What may be found in a folder before its main file, which the target is. What `main` says is in its
    /// `package.json`.
    fn before_main(&self, folder: &Path) -> Vec<PathBuf> {
        let mut before = vec![self.target.with_extension("")];
        let is_index = self.target.file_stem().is_some_and(|stem| stem == "index");
        if let Some(parent) = self.target.parent().filter(|parent| is_index && *parent != folder) {
            before.extend(with_extensions(parent));
        }
        before.retain(|path| path != self.target);
        before
    }

    /// Where a package's folder really is. `None` where a link to it leads elsewhere now.
    fn followed(&self, package: &Path) -> Option<PathBuf> {
        let Some(guard) = (self.guard)(package) else { return Some(package.to_owned()) };
        match &guard.found {
            Found::Symlink { target } if holds(&guard) => join(package.parent()?, target.to_str()?),
            Found::Symlink { .. } => None,
            _ => Some(package.to_owned()),
        }
    }

    /// Files that were there are there; where nothing was, or a folder, no file is.
    fn are_as_they_were(&self, paths: &[PathBuf]) -> bool {
        let is_folder = |now: fs::Metadata| now.is_dir();
        paths.iter().all(|path| match (self.guard)(path) {
            // Not what is in it: that is asked for by name.
            None | Some(Guard { found: Found::Directory { .. }, .. }) => {
                fs::symlink_metadata(path).map_or(true, is_folder)
            }
            Some(guard) => holds(&guard),
        })
    }
}

fn is_absent(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err()
}

fn with_extensions(path: &Path) -> Vec<PathBuf> {
    let with = |extension: &&str| {
        let mut whole = path.as_os_str().to_owned();
        whole.push(extension);
        PathBuf::from(whole)
    };
    EXTENSIONS.iter().map(with).collect()
}

/// `base` and a specifier as one path, without dots. `None` where it leaves the root.
fn join(base: &Path, specifier: &str) -> Option<PathBuf> {
    let mut path = if specifier.starts_with('/') { PathBuf::from("/") } else { base.to_owned() };
    for part in specifier.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if !path.pop() {
                    return None;
                }
            }
            part => path.push(part),
        }
    }
    Some(path)
}
