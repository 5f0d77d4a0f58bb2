//! What about the runtime decides how modules are found and loaded.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The runtime's settings that a graph depends on. They belong in the key of whatever is kept of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphOptions {
    /// Conditions of `exports` and `imports` beyond Node's own (`--conditions`).
    pub conditions: Vec<String>,
    /// Whether native addons may be loaded: the condition `node-addons` (`--no-addons` clears it).
    pub addons: bool,
    /// `--preserve-symlinks`: a module's URL keeps the links of its path.
    pub preserve_symlinks: bool,
    /// `--preserve-symlinks-main`: the same for the entry.
    pub preserve_symlinks_main: bool,
    /// Whether syntax decides the format where nothing else does.
    pub detect_module: bool,
    /// Whether `require` loads ES modules: also the condition `module-sync`.
    pub require_module: bool,
    /// Whether the runtime strips types from TypeScript; it does nothing else with it.
    pub strip_types: bool,
    /// What is asked for beyond that, if anything is.
    pub transform: Option<Transform>,
    /// Whether `#/name` may be a key of `imports`: Node 24 and later.
    pub root_imports: bool,
    /// As `module.builtinModules` lists them: `fs`, and `node:test` where only that form works. Node 22
    /// leaves the latter out of its list; without them such imports stay unresolved.
    pub builtins: Vec<String>,
    /// Where `require` looks after every `node_modules`: `module.globalPaths`.
    pub global_paths: Vec<PathBuf>,
    /// URLs of files that only a run has shown to be imported.
    pub extra_roots: Vec<String>,
    /// Every name that was not there is observed by itself, and no folder in its place: what is true of
    /// a copy of the files elsewhere.
    pub every_absence: bool,
    /// What a run has shown modules to `require()`, by URL: specifiers that no text tells.
    pub extra_requires: BTreeMap<String, Vec<String>>,
}

/// TypeScript and JSX are transformed, which no runtime does by itself: more names are theirs, and
/// specifiers may lead to files that the runtime would not look for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transform {
    /// `paths` of a `tsconfig.json`, the most specific first.
    pub paths: Vec<PathAlias>,
}

/// One of these `paths`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathAlias {
    /// What specifiers are to look like, with one `*` at most.
    pub pattern: String,
    /// Where they lead: absolute paths with the same `*`, to be tried in this order.
    pub targets: Vec<String>,
}

impl PathAlias {
    /// Where it leads `specifier`, if it is about that at all.
    pub(super) fn candidates(&self, specifier: &str) -> Option<impl Iterator<Item = PathBuf>> {
        let star = match self.pattern.split_once('*') {
            None => (self.pattern == specifier).then_some("")?,
            Some((before, after)) => specifier.strip_prefix(before)?.strip_suffix(after)?,
        };
        Some(self.targets.iter().map(move |target| PathBuf::from(target.replacen('*', star, 1))))
    }
}

impl Default for GraphOptions {
    fn default() -> Self {
        Self {
            conditions: Vec::new(),
            addons: true,
            preserve_symlinks: false,
            preserve_symlinks_main: false,
            detect_module: true,
            require_module: true,
            strip_types: false,
            transform: None,
            root_imports: true,
            builtins: Vec::new(),
            global_paths: Vec::new(),
            extra_roots: Vec::new(),
            every_absence: false,
            extra_requires: BTreeMap::new(),
        }
    }
}

/// A set of active conditions; `default` is always one.
#[derive(Debug)]
pub(super) struct Conditions(Vec<String>);

impl Conditions {
    pub(super) fn for_import(options: &GraphOptions) -> Self {
        Self::new("import", options)
    }

    pub(super) fn for_require(options: &GraphOptions) -> Self {
        Self::new("require", options)
    }

    fn new(kind: &str, options: &GraphOptions) -> Self {
        let mut names = vec!["default".to_owned(), "node".to_owned(), kind.to_owned()];
        if options.require_module {
            names.push("module-sync".to_owned());
        }
        if options.addons {
            names.push("node-addons".to_owned());
        }
        names.extend(options.conditions.iter().cloned());
        Self(names)
    }

    pub(super) fn contains(&self, condition: &str) -> bool {
        self.0.iter().any(|name| name == condition)
    }
}
