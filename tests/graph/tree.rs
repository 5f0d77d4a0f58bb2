//! A temporary tree of files, and short ways to ask about its graph.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use bmes_cache::graph::{GraphOptions, build_graph};
use bmes_cache::module_graph::{Module, ModuleGraph, ModuleIndex};
use tempfile::TempDir;

pub struct Tree {
    _directory: TempDir,
    root: PathBuf,
}

impl Tree {
    /// A tree with these files; `main.mjs` is the entry by custom.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let root = directory.path().canonicalize().expect("it exists");
        let tree = Self { _directory: directory, root };
        for (path, text) in files {
            tree.write(path, text);
        }
        tree
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("inside the tree")).expect("directories");
        fs::write(path, text).expect("a file");
    }

    pub fn link(&self, path: &str, target: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("inside the tree")).expect("directories");
        symlink(target, path).expect("a link");
    }

    pub fn url(&self, path: &str) -> String {
        format!("file://{}/{path}", self.root.display())
    }

    pub fn graph(&self) -> ModuleGraph {
        self.graph_with(&options())
    }

    pub fn graph_with(&self, options: &GraphOptions) -> ModuleGraph {
        build_graph(self.path("main.mjs").as_path(), options).expect("a graph")
    }

    /// Where each request of the entry leads: below the tree without its URL, `-` for nowhere.
    pub fn targets(&self, graph: &ModuleGraph) -> Vec<String> {
        let entry = &graph.modules[graph.roots[0].get()];
        entry.edges.iter().map(|edge| self.name(graph, edge.target)).collect()
    }

    pub fn name(&self, graph: &ModuleGraph, target: Option<ModuleIndex>) -> String {
        let base = self.url("");
        match target {
            Some(index) => graph.modules[index.get()].url.replace(&base, ""),
            None => "-".to_owned(),
        }
    }

    pub fn module<'g>(&self, graph: &'g ModuleGraph, path: &str) -> &'g Module {
        let url = self.url(path);
        let found = graph.modules.iter().find(|module| module.url == url);
        found.unwrap_or_else(|| panic!("no {path} in the graph"))
    }

    /// Where `import specifier` from the entry leads, for a tree with `main.mjs` written here.
    pub fn import(&self, specifier: &str) -> String {
        self.import_with(specifier, &options())
    }

    pub fn import_with(&self, specifier: &str, options: &GraphOptions) -> String {
        self.write("main.mjs", format!("import {specifier:?};"));
        let graph = self.graph_with(options);
        self.targets(&graph).remove(0)
    }

    /// Where `require(specifier)` from a CommonJS file beside the entry leads.
    pub fn require(&self, specifier: &str) -> String {
        self.write("main.mjs", "import './main.cjs';");
        self.write("main.cjs", format!("require({specifier:?});"));
        let graph = self.graph();
        let target = self.module(&graph, "main.cjs").edges.first().and_then(|edge| edge.target);
        self.name(&graph, target)
    }
}

pub fn options() -> GraphOptions {
    let builtins = ["fs", "path", "fs/promises", "node:test"];
    GraphOptions { builtins: builtins.map(str::to_owned).to_vec(), ..GraphOptions::default() }
}

/// A package of the tree's `node_modules`, with this `package.json` and these files in it.
pub fn package(tree: &Tree, name: &str, json: &str, files: &[&str]) {
    let at = Path::new("node_modules").join(name);
    let file = |name: &str| at.join(name).to_str().expect("UTF-8").to_owned();
    tree.write(&file("package.json"), json);
    for name in files {
        tree.write(&file(name), "");
    }
}
