//! One process's view of its app's cache, from start to exit.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use serde::{Deserialize, Serialize};

use super::in_use::InUse;
use super::left::{self, Left};
use super::lesson::Lesson;
use super::linking::{Linking, Obstacle, start_self_test};
use super::named::{self, Named};
use super::place::Place;
use super::recrawl::recrawl;
use super::saver::{Save, rewrite};
use super::threads::{self, Claim, Writing};
use super::transcript::Transcript;
use super::typescript::Strip;
use crate::cache::counter;
use crate::graph::{GraphOptions, Unstripped, file_url};
use crate::miss::MissReason;
use crate::pack::{Blob, GuardCheck, Pack, check_guards};
use crate::store::{
    AppKey, Counters, DEFAULT_MAX_SIZE, RuntimeIdentity, StoreError, app_key, default_directory,
};

/// What the engine keeps of a module, whatever its text.
const ENGINE_HEADER: u64 = 1024;

/// What a process knows about itself before it opens the cache.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
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
    /// Records of equal modules elsewhere will do.
    pub shared: bool,
    /// The store's limit in bytes; 100 MiB if `None`.
    pub max_size: Option<u64>,
    /// A pack to use where the store has none that holds. It is never written to.
    pub named_pack: Option<PathBuf>,
    /// Not the thread with which the process ends.
    pub in_worker: bool,
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
    place: Place,
    state: State,
    /// Whether this app may be linked here, once that is asked for.
    linking: Option<Linking>,
    /// The pack is one that the user has named, and was linked on this build of the runtime: it has
    /// bytecode. Where it is shipped to there may be no store that could say so.
    is_proven: bool,
    /// Why the pack that the user has named was not used.
    named_miss: Option<MissReason>,
    /// The pack in use is one that the user has named.
    is_named: bool,
    /// The pack in use is not compared with the disk, by the word of whoever has deployed it.
    is_frozen: bool,
    /// What this run did and has not written down.
    counters: Counters,
    /// How much the engine may write into its own cache when this run ends; `None` while it keeps
    /// none here.
    compile_cache_bytes: Option<u64>,
    writing: Option<Writing>,
}

#[derive(Debug)]
enum State {
    InUse(InUse),
    /// This run has no pack. It may be watched.
    Native {
        /// One that no longer describes the disk, for what of it is still true.
        stale: Option<Arc<Pack>>,
        /// Held while this run is watched.
        claim: Option<Claim>,
    },
}

impl Session {
    /// Finds the app's pack and decides what this run may do with it. Never fails: what cannot be
    /// used is a miss with its reason. TypeScript that was written to is such a reason.
    pub fn open(settings: Settings) -> (Self, Opened) {
        Self::open_stripping(settings, &mut |_| Err("nobody is asked here".to_owned()))
    }

    /// The same, with a runtime that can be asked about TypeScript which was written to.
    pub fn open_stripping(settings: Settings, strip: &mut Strip<'_>) -> (Self, Opened) {
        let place = Place {
            identity: RuntimeIdentity::new(&settings.runtime, &settings.build),
            root: None,
            key: AppKey::default(),
            entry_url: String::new(),
            is_read_only: settings.read_only,
            max_size: settings.max_size.unwrap_or(DEFAULT_MAX_SIZE),
        };
        let mut session = Self {
            settings,
            place,
            state: State::Native { stale: None, claim: None },
            linking: None,
            is_proven: false,
            writing: None,
            named_miss: None,
            is_named: false,
            is_frozen: false,
            counters: Counters::default(),
            compile_cache_bytes: None,
        };
        let opened = session.find_pack(strip).unwrap_or_else(Opened::Miss);
        match &opened {
            Opened::Miss(reason) => {
                session.counters.add(&format!("{}{}", counter::START_MISS, reason.code), 1);
            }
            Opened::Hit | Opened::Refreshed(_) => session.counters.add(counter::START_HIT, 1),
        }
        (session, opened)
    }

    fn find_pack(&mut self, strip: &mut Strip<'_>) -> Result<Opened, MissReason> {
        let settings = &self.settings;
        let entry = match settings.graph.preserve_symlinks_main {
            true => std::path::absolute(&settings.entry),
            false => settings.entry.canonicalize(),
        };
        let entry = entry.map_err(|error| MissReason::new("BMES_NO_ENTRY", error.to_string()))?;
        let no_url = || MissReason::new("BMES_NO_ENTRY", "its path is not Unicode");
        self.place.entry_url = file_url(&entry).ok_or_else(no_url)?;
        let rules = resolution_rules(&settings.graph);
        let flags = settings.flags.iter().chain([&rules]).map(String::as_str);
        self.place.key = app_key(&self.place.entry_url, flags);
        let root = settings.directory.clone().map_or_else(default_directory, Ok);
        let own = match root {
            Ok(root) => {
                self.place.root = Some(root);
                self.open_own()
            }
            Err(error) => Err(error.into()),
        };
        let (pack, reason) = match own {
            Ok((pack, GuardCheck::Holds)) => return Ok(self.hit(pack, Save::Nothing)),
            Ok((pack, GuardCheck::Refresh)) => return Ok(self.hit(pack, Save::Guards)),
            Ok((pack, GuardCheck::Changed { path, what })) => {
                let reason = MissReason::new("BMES_GUARD_CHANGED", format!("{path} {what}"));
                (Some(pack), reason)
            }
            Err(reason) => (None, reason),
        };
        if let Some(path) = &self.settings.named_pack {
            match named::open(path, &entry, &self.place, &self.settings) {
                Ok(named) => return Ok(self.use_named(named)),
                Err(why) => self.named_miss = Some(why),
            }
        }
        let Some(pack) = pack else { return Err(reason) };
        self.state = State::Native { stale: Some(Arc::clone(&pack)), claim: None };
        let bytes = recrawl(&pack, &self.place, &self.settings.graph, &reason, strip)?;
        self.use_new(bytes)?;
        Ok(Opened::Refreshed(reason))
    }

    fn hit(&mut self, pack: Arc<Pack>, unsaved: Save) -> Opened {
        self.state = State::InUse(InUse::new(pack, unsaved, self.is_frozen));
        Opened::Hit
    }

    /// The app's pack in the store.
    pub(super) fn open_own(&self) -> Result<(Arc<Pack>, GuardCheck), MissReason> {
        let file = self.place.open()?.open_pack(&self.place.key)?;
        let blob = Blob::map(&file)
            .map_err(|error| MissReason::new("BMES_STORE_IO", format!("cannot map: {error}")))?;
        let pack = Arc::new(Pack::open(blob, self.place.identity.digest(), &self.place.key)?);
        let check = check_guards(pack.guards());
        Ok((pack, check))
    }

    /// A pack that serves any place is kept in the store as one of this place, where that is possible.
    fn use_named(&mut self, named: Named) -> Opened {
        let pack = named.pack;
        let mut modules = 0..pack.module_count();
        self.is_proven = modules.any(|at| !pack.bytecode_range(at).is_empty());
        self.is_named = true;
        self.is_frozen = named.is_frozen;
        let is_kept = named.is_portable && !named.is_frozen && self.place.create().is_ok();
        self.hit(Arc::new(pack), if is_kept { Save::Guards } else { Save::Nothing })
    }

    /// Why the pack that the user has named was not used, if it was asked for.
    pub fn named_miss(&self) -> Option<&MissReason> {
        self.named_miss.as_ref()
    }

    /// Whether the pack in use is the one that the user has named.
    pub(super) fn is_named(&self) -> bool {
        self.is_named
    }

    /// Whether the pack in use is not compared with the disk.
    pub fn is_frozen(&self) -> bool {
        self.is_frozen
    }

    /// Uses a pack that has just been made and is in no file yet.
    pub(super) fn use_new(&mut self, bytes: Vec<u8>) -> Result<(), MissReason> {
        let pack = Pack::open(Blob::Owned(bytes), self.place.identity.digest(), &self.place.key)?;
        self.state = State::InUse(InUse::new(Arc::new(pack), Save::All, false));
        Ok(())
    }

    /// The pack this run uses, if any.
    pub fn pack(&self) -> Option<&Arc<Pack>> {
        match &self.state {
            State::InUse(used) => Some(&used.pack),
            State::Native { .. } => None,
        }
    }

    /// Whether a module's file is still what the pack says: the start has looked, but the app may
    /// have written to it since.
    pub fn is_current(&mut self, index: u32) -> bool {
        self.in_use().is_some_and(|used| used.is_current(index))
    }

    /// Whether a `require()` still leads where the pack says: `edge` is one of module `parent`.
    pub fn require_holds(&mut self, parent: u32, edge: u32) -> bool {
        let State::InUse(used) = &mut self.state else { return false };
        used.require_holds(parent, edge, &self.settings.graph.global_paths)
    }

    /// Whether specifiers still lead where the pack says: the app may have moved packages and links
    /// since the start. Whether a module's content is what it was is for [`Self::is_current`].
    pub fn is_layout_current(&mut self) -> bool {
        self.in_use().is_some_and(InUse::is_layout_current)
    }

    fn in_use(&mut self) -> Option<&mut InUse> {
        match &mut self.state {
            State::InUse(used) => Some(used),
            State::Native { .. } => None,
        }
    }

    /// The entry's URL as the runtime writes it; empty if there is no such file.
    pub fn entry_url(&self) -> &str {
        &self.place.entry_url
    }

    /// The app's key.
    pub fn key(&self) -> &AppKey {
        &self.place.key
    }

    /// Where the engine's own cache of this runtime is, and whether it is there already.
    ///
    /// # Errors
    /// Why there is no place for it.
    pub fn compile_cache(&mut self) -> Result<(PathBuf, bool), MissReason> {
        let is_read_only = self.place.is_read_only;
        let directory = if is_read_only { self.place.open()? } else { self.place.create()? };
        let (path, is_there) = directory.compile_cache();
        // What the engine keeps of a module is about as long as its source.
        let bytes = match &self.state {
            State::InUse(used) if !is_there || used.unsaved == Save::All => used.pack.source_len(),
            _ => 0,
        };
        self.compile_cache_bytes = Some(bytes);
        Ok((path, is_there))
    }

    /// The engine is going to keep a module that is not in the pack, with a text of `source_len`
    /// bytes. [`Session::finish`] makes room for it.
    pub fn expect_in_compile_cache(&mut self, source_len: u64) {
        // What it keeps of a small module is mostly a header.
        if let Some(bytes) = &mut self.compile_cache_bytes {
            *bytes = bytes.saturating_add(source_len).saturating_add(ENGINE_HEADER);
        }
    }

    /// What is against linking this app here, if anything is.
    pub fn obstacle(&mut self) -> Option<&Obstacle> {
        let (place, is_proven) = (&self.place, self.is_proven);
        self.linking.get_or_insert_with(|| Linking::look(place, is_proven)).obstacle.as_ref()
    }

    /// The linker goes to work: if the process dies now, the next start of this app does without it.
    pub fn begin_linking(&mut self) {
        if let Some(linking) = &mut self.linking {
            linking.begin(&self.place);
        }
    }

    /// It has done.
    pub fn end_linking(&mut self) {
        if let Some(linking) = &mut self.linking {
            linking.end();
        }
    }

    /// Starts the self-test of this runtime in a process of its own, unless somebody has lately: a
    /// program and its arguments, to which the cache directory is added, and its environment.
    pub fn start_self_test(
        &self,
        program: &OsString,
        args: Vec<OsString>,
        env: Vec<(OsString, OsString)>,
    ) {
        start_self_test(&self.place, program, args, env);
    }

    /// Removes the app's pack, because what it holds is damaged. Nothing of this run is saved.
    ///
    /// # Errors
    /// Why it is still there.
    pub fn discard(&mut self) -> Result<(), MissReason> {
        self.state = State::Native { stale: None, claim: None };
        self.place.discard()
    }

    /// Whether nothing is written.
    pub fn is_read_only(&self) -> bool {
        self.place.is_read_only
    }

    /// Takes the right to watch this run. Says how many learners have died over what earlier runs
    /// have left.
    ///
    /// # Errors
    /// Why it is not to be watched: nothing can be kept, or somebody else is at it.
    pub fn watch(&mut self) -> Result<u32, MissReason> {
        if self.place.is_read_only {
            return Err(StoreError::ReadOnly.into());
        }
        let State::Native { claim, .. } = &mut self.state else {
            return Err(MissReason::new("BMES_LEARNING", "this run has a pack"));
        };
        *claim = Claim::take(&self.place);
        if claim.is_none() {
            let why = "another thread of this process learns this app already";
            return Err(MissReason::new("BMES_LEARNING", why));
        }
        if self.place.open().is_ok_and(|folder| folder.is_being_learnt(&self.place.key)) {
            return Err(MissReason::new(
                "BMES_LEARNING",
                "another process learns this app already",
            ));
        }
        Ok(left::attempts(&self.place))
    }

    /// Leaves what a watched run has seen in the store, for a learner.
    ///
    /// # Errors
    /// Why nothing is left.
    pub fn leave(&self, seen: Transcript) -> Result<Left, MissReason> {
        left::leave(&self.place, &self.settings, seen)
    }

    /// Makes the pack of a watched run and writes it, on another thread; [`Session::finish`] waits
    /// for it. If the app has TypeScript it is made on this thread, on which `strip` can be asked.
    pub fn start_learning(&mut self, seen: Transcript, strip: &mut Strip<'_>) {
        let lesson = self.lesson();
        let before = self.writing.take();
        let has_typescript = seen.has_typescript(&self.place.entry_url);
        let learnt_here = has_typescript.then(|| lesson.learn(&seen, strip));
        self.writing = Some(threads::write(move || {
            // One writer at a time: the later one knows more.
            drop(before.map(JoinHandle::join));
            // What nobody has loaded is not packed.
            let mut refuse = |texts: &[Unstripped]| Ok(vec![None; texts.len()]);
            let mut learnt = match learnt_here {
                Some(learnt) => learnt?,
                None => lesson.learn(&seen, &mut refuse)?,
            };
            learnt.counters.merge(&lesson.place.publish(&learnt.pack)?);
            // Learners that have died over this app need not try again.
            drop(lesson.place.open()?.remove_transcript(&lesson.place.key));
            Ok(learnt.counters)
        }));
    }

    pub(super) fn lesson(&self) -> Lesson {
        let old = match &self.state {
            State::InUse(used) => Some(&used.pack),
            State::Native { stale, .. } => stale.as_ref(),
        };
        Lesson {
            place: self.place.clone(),
            options: self.settings.graph.clone(),
            old: old.cloned(),
            is_shared: self.settings.shared,
        }
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Nobody's app has been started: it is not counted as a start.
    pub(super) fn is_no_start(&mut self) {
        self.counters = Counters::default();
    }

    pub(super) fn count(&mut self, counters: &Counters) {
        self.counters.merge(counters);
    }

    /// Saves on another thread what this run found out: bytecode, one per module of the pack or
    /// `None`, and guards that were refreshed. [`Session::finish`] waits for it.
    pub fn save(&mut self, bytecode: Vec<Option<Vec<u8>>>) {
        let State::InUse(used) = &mut self.state else { return };
        let before = std::mem::replace(&mut used.unsaved, Save::Nothing);
        let save = if bytecode.is_empty() { before } else { Save::All };
        let pack = Arc::clone(&used.pack);
        if save == Save::Nothing || self.place.is_read_only {
            return;
        }
        let (place, before) = (self.place.clone(), self.writing.take());
        self.writing = Some(threads::write(move || {
            drop(before.map(JoinHandle::join));
            place.publish(&rewrite(&pack, place.identity.digest(), &place.key, &bytecode)?)
        }));
    }

    /// Saves what nobody asked to save, and waits for all that is being written: by this session, and
    /// unless it is a worker's by every other one too, since the process ends now.
    ///
    /// # Errors
    /// Why the last of it was not written.
    pub fn finish(&mut self) -> Result<(), MissReason> {
        // What ends now has not died of it.
        self.end_linking();
        self.save(Vec::new());
        let written = match self.writing.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(result)) => result.map(|counters| self.counters.merge(&counters)),
            Some(Err(_)) => Err(MissReason::new("BMES_NOT_PACKED", "the writer panicked")),
        };
        if !self.settings.in_worker {
            threads::wait_for_writers();
        }
        self.write_counters();
        written
    }

    /// Best effort: numbers may be lost without harm.
    fn write_counters(&mut self) {
        let mut counters = std::mem::take(&mut self.counters);
        let noted = self.compile_cache_bytes.take().unwrap_or_default();
        if self.place.is_read_only || (counters.is_empty() && noted == 0) {
            return;
        }
        let Ok(directory) = self.place.open() else { return };
        if noted > 0
            && let Ok(Some(swept)) = directory.store().note(noted)
        {
            counters.add(counter::SWEPT, swept.removed);
            counters.add(counter::SWEPT_BYTES, swept.freed);
        }
        let _ = directory.store().add_counters(&counters);
    }
}

/// Everything of the options that could lead a specifier elsewhere; what a run shows is not among
/// it, and builtins are the runtime's.
pub(super) fn resolution_rules(options: &GraphOptions) -> String {
    let shown = GraphOptions {
        conditions: Vec::new(),
        extra_roots: Vec::new(),
        extra_requires: BTreeMap::new(),
        builtins: Vec::new(),
        ..options.clone()
    };
    format!("{shown:?}")
}
