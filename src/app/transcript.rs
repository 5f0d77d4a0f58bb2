//! What a run has seen, as the recorder noted it, and what follows from it.
//!
//! The recorder only observes: which specifier led where in whose name, and what the runtime's own
//! CommonJS cache said of who asked. Every conclusion is drawn here, by whoever learns.

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::evidence::Observed;

/// One resolution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedEdge {
    /// The URL of the module that asked.
    pub parent: String,
    /// The specifier as written.
    pub specifier: String,
    /// The URL it led to.
    pub target: String,
}

/// What a watched run has noted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    /// Resolutions of imports, in the order in which they were first asked for.
    pub imports: Vec<ObservedEdge>,
    /// Resolutions of `require()`.
    pub requires: Vec<ObservedEdge>,
    /// URL and format of modules whose format the runtime told.
    pub formats: Vec<(String, String)>,
    /// URL and export names of CommonJS modules that ES modules import, from their native namespaces.
    pub export_names: Vec<(String, Vec<String>)>,
    /// Those who imported something and are CommonJS.
    pub commonjs: Vec<String>,
    /// The program ran already when it began to be watched.
    pub is_late: bool,
    /// The conditions imports were resolved with.
    pub conditions: Vec<String>,
}

impl Transcript {
    /// Whether TypeScript was loaded, by its name: the runtime does not tell the format of all.
    pub(super) fn has_typescript(&self, entry: &str) -> bool {
        let edges = self.imports.iter().chain(&self.requires);
        let mut urls = edges.map(|edge| &*edge.target).chain([entry]);
        urls.any(|url| {
            let path = url.split(['?', '#']).next().unwrap_or(url);
            path.starts_with("file:")
                && [".ts", ".mts", ".cts", ".tsx", ".jsx"]
                    .iter()
                    .any(|extension| path.ends_with(extension))
        })
    }

    /// What follows from it for the app that begins at `entry`.
    pub(super) fn conclude(&self, entry: &str) -> Observed {
        let commonjs: FxHashSet<&str> = self.commonjs.iter().map(String::as_str).collect();
        let formats: FxHashMap<&str, &str> =
            self.formats.iter().map(|(url, format)| (&**url, &**format)).collect();
        // Who has asked for the entry, if not the runtime's main: that is not the graph's own doing.
        let asker =
            self.imports.first().filter(|edge| edge.target == entry && edge.parent != entry);
        let is_outside = self.is_late || asker.is_some() || commonjs.contains(entry);
        let required: Vec<String> = unique(self.requires.iter().map(|edge| &*edge.target));
        let by_commonjs = self.imports.iter().filter(|edge| {
            commonjs.contains(&*edge.parent)
                && edge.target.starts_with("file:")
                && !asker.is_some_and(|asker| asker.parent == edge.parent && edge.target == entry)
        });
        let by_commonjs = by_commonjs.map(|edge| &*edge.target);
        Observed {
            reached_by_commonjs: self
                .reached_from(by_commonjs.chain(required.iter().map(String::as_str))),
            roots: if is_outside {
                self.roots_from_outside(entry, &commonjs, &formats)
            } else {
                Vec::new()
            },
            edges: self.imports.clone(),
            formats: self.formats.clone(),
            export_names: self.export_names.clone(),
            conditions: self.conditions.clone(),
            required,
            requires: self.requires.clone(),
            reaches_modules: false,
        }
    }

    /// ES modules that were imported by CommonJS, or by ES modules that were there before us.
    fn roots_from_outside(
        &self,
        entry: &str,
        commonjs: &FxHashSet<&str>,
        formats: &FxHashMap<&str, &str>,
    ) -> Vec<String> {
        let known: FxHashSet<&str> =
            self.imports.iter().map(|edge| &*edge.target).chain([entry]).collect();
        let from_outside = self
            .imports
            .iter()
            .filter(|edge| !known.contains(&*edge.parent) || commonjs.contains(&*edge.parent));
        let targets = from_outside.map(|edge| &*edge.target);
        let is_module =
            |url: &str| matches!(formats.get(url), Some(&("module" | "module-typescript")));
        unique(targets.filter(|url| *url != entry && is_module(url)))
    }

    /// What was asked for in the name of these modules, and of what they asked for, and so on; also
    /// where it failed, since that failure is to be the same.
    fn reached_from<'a>(&'a self, urls: impl Iterator<Item = &'a str>) -> Vec<String> {
        let mut targets: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        for edge in &self.imports {
            targets.entry(&edge.parent).or_default().push(&edge.target);
        }
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        let mut reached = Vec::new();
        let mut open: Vec<&str> = urls.collect();
        while let Some(url) = open.pop() {
            if seen.insert(url) {
                reached.push(url.to_owned());
                open.extend(targets.get(url).into_iter().flatten());
            }
        }
        reached
    }
}

fn unique<'a>(urls: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = FxHashSet::default();
    urls.filter(|url| seen.insert(*url)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(parent: &str, target: &str) -> ObservedEdge {
        let specifier = target.rsplit('/').next().unwrap_or_default().to_owned();
        ObservedEdge { parent: format!("file:///{parent}"), specifier, target: target.to_owned() }
    }

    fn transcript(imports: &[(&str, &str)]) -> Transcript {
        Transcript {
            imports: imports
                .iter()
                .map(|(from, to)| edge(from, &format!("file:///{to}")))
                .collect(),
            ..Transcript::default()
        }
    }

    fn format_of(url: &str) -> (String, String) {
        (format!("file:///{url}"), "module".to_owned())
    }

    #[test]
    fn what_imports_the_entry_first_is_outside_of_the_graph() {
        let mut seen = transcript(&[("bin.cjs", "main.mjs"), ("bin.cjs", "late.mjs")]);
        seen.commonjs = vec!["file:///bin.cjs".to_owned()];
        seen.formats = vec![format_of("main.mjs"), format_of("late.mjs")];
        let concluded = seen.conclude("file:///main.mjs");
        assert_eq!(concluded.roots, ["file:///late.mjs"]);
        assert_eq!(concluded.reached_by_commonjs, ["file:///late.mjs"]);
    }

    #[test]
    fn an_entry_that_main_has_asked_for_has_no_roots_from_outside() {
        let mut seen = transcript(&[("main.mjs", "a.mjs"), ("a.cjs", "b.mjs")]);
        seen.commonjs = vec!["file:///a.cjs".to_owned()];
        seen.formats = vec![format_of("a.mjs"), format_of("b.mjs")];
        let concluded = seen.conclude("file:///main.mjs");
        assert!(concluded.roots.is_empty(), "{concluded:?}");
        assert_eq!(concluded.reached_by_commonjs, ["file:///b.mjs"]);
    }

    #[test]
    fn what_commonjs_reaches_is_followed_through_cycles() {
        let mut seen = transcript(&[
            ("main.mjs", "a.mjs"),
            ("x.cjs", "b.mjs"),
            ("b.mjs", "c.mjs"),
            ("c.mjs", "b.mjs"),
        ]);
        seen.commonjs = vec!["file:///x.cjs".to_owned()];
        seen.requires = vec![edge("x.cjs", "file:///d.mjs"), edge("y.cjs", "file:///d.mjs")];
        let mut reached = seen.conclude("file:///main.mjs").reached_by_commonjs;
        reached.sort();
        assert_eq!(reached, ["file:///b.mjs", "file:///c.mjs", "file:///d.mjs"]);
    }
}
