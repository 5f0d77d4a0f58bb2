//! A small app on disk, and a runtime that does what the crawl predicts unless told otherwise.

use std::fs;
use std::path::{Path, PathBuf};

use bmes_cache::app::{ObservedEdge, Opened, Session, Settings, Transcript};
use bmes_cache::graph::{Entry, GraphOptions, Unstripped, build_graph};
use bmes_cache::miss::MissReason;
use bmes_cache::module_graph::{Edge, EdgeKind, ModuleFormat, ModuleGraph};
use bmes_cache::pack::Pack;
use tempfile::TempDir;

pub struct Project {
    _directory: TempDir,
    root: PathBuf,
}

impl Project {
    /// `main.mjs` is the entry.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let root = directory.path().canonicalize().expect("it exists");
        let project = Self { _directory: directory, root };
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join("app").join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("inside the app")).expect("directories");
        fs::write(path, text).expect("written");
    }

    pub fn url(&self, name: &str) -> String {
        format!("file://{}", self.path(name).display())
    }

    pub fn cache(&self) -> PathBuf {
        self.root.join("cache")
    }

    pub fn settings(&self) -> Settings {
        Settings {
            entry: self.path("main.mjs"),
            directory: Some(self.cache()),
            runtime: "test-1.0.0".to_owned(),
            graph: options(),
            ..Settings::default()
        }
    }

    pub fn open(&self) -> (Session, Opened) {
        Session::open(self.settings())
    }

    pub fn open_read_only(&self) -> (Session, Opened) {
        Session::open(Settings { read_only: true, ..self.settings() })
    }

    /// Asserts that the next start is a hit, and returns it.
    #[track_caller]
    pub fn hit(&self) -> Session {
        let (session, opened) = self.open();
        assert_eq!(opened, Opened::Hit);
        session
    }

    #[track_caller]
    pub fn missed(&self) -> (Session, MissReason) {
        match self.open() {
            (session, Opened::Miss(reason)) => (session, reason),
            (_, other) => panic!("{other:?} is no miss"),
        }
    }

    #[track_caller]
    pub fn refreshed(&self) -> (Session, MissReason) {
        match self.open() {
            (session, Opened::Refreshed(reason)) => (session, reason),
            (_, other) => panic!("{other:?} is not refreshed"),
        }
    }

    pub fn graph(&self) -> ModuleGraph {
        build_graph(Entry::Path(&self.path("main.mjs")), &options()).expect("a graph")
    }

    /// What a run is seen to do that loads all the crawl has found.
    pub fn observed(&self) -> Transcript {
        observed(&self.graph())
    }

    /// A first run from start to exit.
    #[track_caller]
    pub fn learn(&self) -> u32 {
        self.learn_from(&self.observed()).expect("learnt")
    }

    #[track_caller]
    pub fn learn_from(&self, observed: &Transcript) -> Result<u32, MissReason> {
        let (mut session, opened) = self.open();
        assert!(matches!(opened, Opened::Miss(_)), "{opened:?}");
        session.watch().expect("nobody else watches it");
        learn(&mut session, observed)?;
        let (session, _) = self.open();
        Ok(session.pack().expect("a pack").module_count())
    }

    /// The one pack in the cache.
    pub fn pack_file(&self) -> PathBuf {
        let mut packs = files_below(&self.cache());
        packs.retain(|path| path.extension().is_some_and(|extension| extension == "pack"));
        assert_eq!(packs.len(), 1, "{packs:?}");
        packs.remove(0)
    }

    pub fn row(&self, pack: &Pack, name: &str) -> u32 {
        let url = self.url(name);
        (0..pack.module_count()).find(|at| pack.url(*at) == url).expect("in the pack")
    }

    pub fn names(&self, pack: &Pack) -> Vec<String> {
        let base = self.url("");
        (0..pack.module_count()).map(|at| pack.url(at).replace(&base, "")).collect()
    }
}

/// A runtime that takes every `: number` for a type, and refuses enums.
pub fn strip(asked: &[Unstripped]) -> Result<Vec<Option<String>>, String> {
    let strip = |Unstripped { text, .. }: &Unstripped| {
        (!text.contains("enum")).then(|| text.replace(": number", "        "))
    };
    Ok(asked.iter().map(strip).collect())
}

/// What a session has seen is learnt now.
pub fn learn(session: &mut Session, seen: &Transcript) -> Result<(), MissReason> {
    session.start_learning(seen.clone(), &mut strip);
    session.finish()
}

pub fn options() -> GraphOptions {
    GraphOptions { builtins: vec!["fs".to_owned()], ..GraphOptions::default() }
}

pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries
        .map(|entry| entry.expect("listed").path())
        .flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] })
        .collect()
}

pub fn edge(parent: &str, specifier: &str, target: &str) -> ObservedEdge {
    ObservedEdge {
        parent: parent.to_owned(),
        specifier: specifier.to_owned(),
        target: target.to_owned(),
    }
}

/// Resolutions of ES modules, formats and names, as the recorder has them. What CommonJS requires is
/// not among them.
pub fn observed(graph: &ModuleGraph) -> Transcript {
    let conditions = ["node", "import", "module-sync", "node-addons"].map(str::to_owned).to_vec();
    let mut observed = Transcript { conditions, ..Transcript::default() };
    for module in &graph.modules {
        for Edge { specifier, target, .. } in module.edges_of(EdgeKind::Require) {
            let Some(target) = target else { continue };
            let target = &graph.modules[target.get()].url;
            observed.requires.push(edge(&module.url, specifier, target));
        }
    }
    for module in graph.modules.iter().filter(|module| module.format == ModuleFormat::Module) {
        for Edge { specifier, target, .. } in &module.edges {
            let Some(target) = target else { continue };
            let target = &graph.modules[target.get()];
            observed.imports.push(edge(&module.url, specifier, &target.url));
            let Some(format) = target.format_name() else { continue };
            observed.formats.push((target.url.clone(), format.to_owned()));
            if target.format == ModuleFormat::CommonJs {
                let names = vec!["default".to_owned(), "module.exports".to_owned()];
                observed.export_names.push((target.url.clone(), names));
            }
        }
    }
    observed
}
