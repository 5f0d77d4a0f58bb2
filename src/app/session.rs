//! One process's view of its app's cache, from start to exit.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use rustc_hash::{FxHashMap, FxHashSet};

use super::contents::{Frame, contents_of, rows_by_url};
use super::error::MissReason;
use super::evidence::{Observed, module_at};
use super::linkable::hooks_only;
use super::prune::prune;
use super::saver::{Save, publish};
use crate::graph::{Entry, GraphError, GraphOptions, build_graph, file_url};
use crate::module_graph::{ModuleFormat, ModuleGraph};
use crate::pack::{Blob, GuardCheck, Pack, check_guards, encode};
use crate::store::{AppKey, Directory, RuntimeIdentity, app_key, default_directory, hex};

/// What a process knows about itself before it opens the cache.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The entry's path; links in it are followed unless `graph.preserve_symlinks_main`.
    pub entry: PathBuf,
    /// The cache directory; `BMES_CACHE_DIR` or the home's if `None`.
    pub directory: Option<PathBuf>,
    /// The runtime as people name it: `node-24.9.0-linux-x64`.
    pub runtime: String,
    /// What else tells builds of it apart.
    pub build: String,
    /// Every flag that could lead a specifier elsewhere, in a fixed order.
    pub flags: Vec<String>,
    /// Nothing is written.
    pub read_only: bool,
    /// How specifiers are resolved. Conditions are those of the flags; a pack brings its own.
    pub graph: GraphOptions,
}

/// What was found at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// The pack describes the disk.
    Hit,
    /// The disk changed in a way that leaves every edge as it was; only content was taken anew.
    Refreshed(MissReason),
    /// This run is native and watched.
    Miss(MissReason),
}

/// One process's view of its app's cache.
#[derive(Debug)]
pub struct Session {
    settings: Settings,
    identity: RuntimeIdentity,
    root: Option<PathBuf>,
    key: AppKey,
    entry_url: String,
    /// The pack this run uses.
    pack: Option<Arc<Pack>>,
    /// One that no longer describes the disk, for what of it is still true.
    stale: Option<Arc<Pack>>,
    /// The pack in use differs from the file: it must be written.
    unsaved: Save,
    crawl: Option<JoinHandle<Result<ModuleGraph, GraphError>>>,
    saving: Option<JoinHandle<Result<(), MissReason>>>,
}

impl Session {
    /// Finds the app's pack and decides what this run may do with it. Never fails: what cannot be
    /// used is a miss with its reason.
    pub fn open(settings: Settings) -> (Self, Opened) {
        let identity = RuntimeIdentity::new(&settings.runtime, &settings.build);
        let mut session = Self {
            identity,
            root: None,
            key: AppKey::default(),
            entry_url: String::new(),
            pack: None,
            stale: None,
            unsaved: Save::Nothing,
            crawl: None,
            saving: None,
            settings,
        };
        let opened = session.find_pack().unwrap_or_else(Opened::Miss);
        (session, opened)
    }

    fn find_pack(&mut self) -> Result<Opened, MissReason> {
        let entry = self.settings.entry.canonicalize();
        let entry = entry.map_err(|error| MissReason::new("BMES_NO_ENTRY", error.to_string()))?;
        let no_url = || MissReason::new("BMES_NO_ENTRY", "its path is not Unicode");
        self.entry_url = file_url(&entry).ok_or_else(no_url)?;
        let flags = self.settings.flags.iter().map(String::as_str);
        self.key = app_key(&self.entry_url, flags);
        let root = match self.settings.directory.clone() {
            Some(directory) => directory,
            None => default_directory()?,
        };
        self.root = Some(root.clone());
        let directory = Directory::open(&root, &self.identity)?;
        let file = directory.open_file(&self.file_name())?;
        let blob = Blob::map(&file)
            .map_err(|error| MissReason::new("BMES_STORE_IO", format!("cannot map: {error}")))?;
        let pack = Arc::new(Pack::open(blob, self.identity.digest(), &self.key)?);
        match check_guards(pack.guards()) {
            GuardCheck::Holds => {
                self.pack = Some(pack);
                Ok(Opened::Hit)
            }
            GuardCheck::Refresh => {
                self.pack = Some(pack);
                self.unsaved = Save::Guards;
                Ok(Opened::Hit)
            }
            GuardCheck::Changed { path, what } => {
                self.stale = Some(Arc::clone(&pack));
                let reason = MissReason::new("BMES_GUARD_CHANGED", format!("{path} {what}"));
                self.crawl_again(&pack, reason)
            }
        }
    }

    /// Looks at the disk again. Everything the runtime was seen to do must still be what the crawl
    /// predicts; content may differ.
    fn crawl_again(&mut self, old: &Pack, reason: MissReason) -> Result<Opened, MissReason> {
        let conditions: Vec<String> = old.conditions().map(str::to_owned).collect();
        let extra_roots = old.roots().skip(1).map(|root| old.url(root).to_owned()).collect();
        let options = self.graph_options(&conditions, extra_roots);
        let relearn = |why: &str| MissReason::new(reason.code, format!("{}; {why}", reason.detail));
        let graph = build_graph(Entry::Url(&self.entry_url), &options)
            .map_err(|error| relearn(&error.to_string()))?;
        let rows = rows_by_url(old);
        let crawled_why = hooks_only(&graph, &Observed::default());
        let graph = prune(&graph, |module| rows.contains_key(&*module.url));
        if let Some(difference) = unseen(old, &rows, &graph) {
            return Err(relearn(&difference));
        }
        let why = crawled_why.or_else(|| hooks_only(&graph, &Observed::default()));
        let why = why.unwrap_or_default();
        if why.is_empty() && !old.hooks_only().is_empty() {
            let old_why = old.hooks_only();
            return Err(relearn(&format!("it may be linked now, and could not before: {old_why}")));
        }
        let names = FxHashMap::default();
        let frame = self.frame(&why, &conditions);
        let contents = contents_of(&graph, &frame, Some(old), &names)?;
        let bytes = encode(&contents)?;
        let pack = Pack::open(Blob::Owned(bytes), self.identity.digest(), &self.key)?;
        self.pack = Some(Arc::new(pack));
        self.unsaved = Save::All;
        Ok(Opened::Refreshed(reason))
    }

    /// The pack this run uses, if any.
    pub fn pack(&self) -> Option<&Arc<Pack>> {
        self.pack.as_ref()
    }

    /// The entry's URL as the runtime writes it; empty if there is no such file.
    pub fn entry_url(&self) -> &str {
        &self.entry_url
    }

    /// The folder of this runtime in the store, made if it is not there.
    ///
    /// # Errors
    /// Why there is none.
    pub fn folder(&self) -> Result<PathBuf, MissReason> {
        let directory = Directory::create(self.root()?, &self.identity)?;
        Ok(directory.path().to_owned())
    }

    /// Starts the crawl of a watched run on another thread; the app runs meanwhile.
    pub fn start_crawl(&mut self, conditions: &[String]) {
        let options = self.graph_options(conditions, Vec::new());
        let entry = self.entry_url.clone();
        self.crawl = Some(std::thread::spawn(move || build_graph(Entry::Url(&entry), &options)));
    }

    /// Compares a watched run with the crawl and writes the pack. Says how many modules it holds.
    ///
    /// # Errors
    /// Why nothing was written.
    pub fn learn(&mut self, observed: &Observed) -> Result<u32, MissReason> {
        let failed = |error: GraphError| MissReason::new("BMES_NOT_PACKED", error.to_string());
        let crawl = self.crawl.take().map(JoinHandle::join);
        let mut graph = match crawl {
            Some(Ok(graph)) => graph.map_err(failed)?,
            Some(Err(_)) => return Err(MissReason::new("BMES_NOT_PACKED", "the crawl panicked")),
            None => self.crawl_now(observed, Vec::new()).map_err(failed)?,
        };
        let computed = observed.computed_targets(&graph);
        if !computed.is_empty() {
            graph = self.crawl_now(observed, computed).map_err(failed)?;
        }
        observed.compare(&graph)?;
        let loaded = observed.loaded(&graph);
        if !loaded.contains(&*self.entry_url) {
            return Err(MissReason::new("BMES_NOT_PACKED", "the entry did not load"));
        }
        let names: FxHashMap<&str, &[String]> =
            observed.export_names.iter().map(|(url, names)| (&**url, &**names)).collect();
        let crawled_why = hooks_only(&graph, observed);
        let graph = prune(&graph, |module| loaded.contains(&*module.url));
        let why = crawled_why.or_else(|| hooks_only(&graph, observed)).unwrap_or_default();
        let frame = self.frame(&why, &observed.conditions);
        let contents = contents_of(&graph, &frame, self.stale.as_deref(), &names)?;
        let count = contents.modules.len() as u32;
        self.write(&encode(&contents)?)?;
        Ok(count)
    }

    /// Saves on another thread what this run found out: bytecode, one per module of the pack or
    /// `None`, and guards that were refreshed. [`Session::finish`] waits for it.
    pub fn save(&mut self, bytecode: Vec<Option<Vec<u8>>>) {
        let Some(pack) = self.pack.clone() else { return };
        let save = if bytecode.is_empty() { self.unsaved } else { Save::All };
        self.unsaved = Save::Nothing;
        let (Some(root), false, true) =
            (self.root.clone(), self.settings.read_only, save != Save::Nothing)
        else {
            return;
        };
        let (identity, key, name) = (self.identity.clone(), self.key, self.file_name());
        self.saving = Some(std::thread::spawn(move || {
            let bytes = super::saver::rewrite(&pack, identity.digest(), &key, &bytecode)?;
            publish(&root, &identity, &name, &bytes)
        }));
    }

    /// Waits for what [`Session::save`] started; saves what nobody asked to save.
    ///
    /// # Errors
    /// Why it was not written.
    pub fn finish(&mut self) -> Result<(), MissReason> {
        if self.saving.is_none() {
            self.save(Vec::new());
        }
        match self.saving.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(MissReason::new("BMES_NOT_PACKED", "the writer panicked")),
        }
    }

    fn write(&self, bytes: &[u8]) -> Result<(), MissReason> {
        if self.settings.read_only {
            return Err(MissReason::new("BMES_READONLY", "the cache is read-only"));
        }
        publish(self.root()?, &self.identity, &self.file_name(), bytes)
    }

    fn root(&self) -> Result<&Path, MissReason> {
        let none = || MissReason::new("BMES_STORE_NO_DIRECTORY", "there is no cache directory");
        self.root.as_deref().ok_or_else(none)
    }

    fn file_name(&self) -> String {
        format!("{}.pack", hex(&self.key))
    }

    fn frame<'a>(&self, hooks_only: &'a str, conditions: &'a [String]) -> Frame<'a> {
        Frame { runtime: *self.identity.digest(), app: self.key, hooks_only, conditions }
    }

    fn crawl_now(
        &self,
        observed: &Observed,
        extra_roots: Vec<String>,
    ) -> Result<ModuleGraph, GraphError> {
        build_graph(
            Entry::Url(&self.entry_url),
            &self.graph_options(&observed.conditions, extra_roots),
        )
    }

    fn graph_options(&self, conditions: &[String], extra_roots: Vec<String>) -> GraphOptions {
        // The crawl adds those that every resolution of its kind has.
        let usual = ["node", "import", "module-sync", "node-addons"];
        let has = |name: &str| conditions.iter().any(|condition| condition == name);
        let addons = has("node-addons");
        let conditions: Vec<String> =
            conditions.iter().filter(|name| !usual.contains(&name.as_str())).cloned().collect();
        GraphOptions { conditions, addons, extra_roots, ..self.settings.graph.clone() }
    }
}

/// The first thing of a new crawl that the old pack's evidence does not cover.
fn unseen(old: &Pack, rows: &FxHashMap<&str, u32>, graph: &ModuleGraph) -> Option<String> {
    for module in &graph.modules {
        let at = *rows.get(&*module.url)?;
        if module.format != old.format(at) {
            return Some(format!("{} is another kind of module", module.url));
        }
        if module.format == ModuleFormat::CommonJs && module.content_hash != old.content_hash(at) {
            return Some(format!("{} may export other names", module.url));
        }
        let known: FxHashSet<(String, Option<&str>)> = old
            .requests(at)
            .chain(old.dynamic_imports(at))
            .map(|edge| (edge.specifier.into_owned(), edge.target.map(|target| old.url(target))))
            .collect();
        let requests = module.metadata.requested_modules.iter().map(|r| &r.specifier);
        let requests = requests.zip(&module.requests).map(|edge| (edge, true));
        let dynamic = module.dynamic_imports.iter().map(|one| (&one.specifier, &one.target));
        for ((specifier, target), needed) in requests.chain(dynamic.map(|edge| (edge, false))) {
            let target = module_at(target).map(|to| &*graph.modules[to.get()].url);
            let seen = known.contains(&(specifier.clone(), target));
            if !seen && (needed || target.is_some()) {
                return Some(format!("{specifier} in {} leads elsewhere or is new", module.url));
            }
        }
    }
    None
}
