//! One store: everything under one limit, of all runtimes.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use super::Folder;
use super::counters::{self, Counters};
use super::error::StoreError;
use super::identity::RuntimeIdentity;
use super::listing::{Facts, Kind};
use super::location::{DEFAULT_MAX_SIZE, LAYOUT};
use super::publish::publish;
use super::sweep::{Goal, Swept, remove_folders, remove_temporaries, sweep, sweep_temporaries};
use super::trust::Trust;
use super::usage::{self, USAGE_FILE, Usage};
use super::walk::{RECORDS, Stored, TEMPORARIES, Visited, shard_of, walk};

/// Held while the store is swept; nothing is ever written to it.
const LOCK_FILE: &str = "lock";

/// How long a writer waits for another one's sweep. One of 100,000 files takes half a second.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often one process looks for what dead writers left.
const LOOK_FOR_TEMPORARIES_EVERY: Duration = Duration::from_secs(10 * 60);

/// `<root>/v1`: everything under one limit.
#[derive(Debug)]
pub struct Store {
    pub(super) v1: Folder,
    max_size: u64,
    pub(super) is_read_only: bool,
    /// When this process last looked for temporaries of dead writers.
    looked: Mutex<Option<Instant>>,
}

/// What [`Store::clear`] removed.
#[derive(Debug, Default)]
pub struct Cleared {
    /// Files.
    pub removed: u64,
    /// Their bytes.
    pub freed: u64,
}

impl Store {
    /// Opens the store at `root`, if it is there and can be believed.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if it was never made, or why it cannot be believed.
    pub fn open(root: &Path, trust: Trust) -> Result<Self, StoreError> {
        let store = Self::over(Folder::root(root, trust, false)?.folder(LAYOUT)?);
        Ok(if trust == Trust::Own { store } else { store.read_only() })
    }

    /// The same, for the user's own, and makes what is missing, for the current user only.
    ///
    /// # Errors
    /// Why it cannot be made or believed.
    pub fn create(root: &Path) -> Result<Self, StoreError> {
        Ok(Self::over(Folder::root(root, Trust::Own, true)?.make_folder(LAYOUT)?))
    }

    /// Whether a runtime's files could be kept at `root`, now or once its folders are made. Nothing
    /// is made or written to find out, so a quota is not seen, nor a disk with too little room left.
    ///
    /// # Errors
    /// Why not.
    pub fn check_can_keep(root: &Path, runtime: &RuntimeIdentity) -> Result<(), StoreError> {
        let mut folder = match Folder::root(root, Trust::Own, false) {
            Err(StoreError::Missing) => return Folder::check_can_make(root),
            root => root?,
        };
        for name in [LAYOUT, runtime.folder(), RECORDS] {
            folder = match folder.folder(name) {
                Err(StoreError::Missing) => break,
                inner => inner?,
            };
            if name == LAYOUT {
                check_own_files(&folder)?;
            }
        }
        folder.check_can_write()
    }

    fn over(v1: Folder) -> Self {
        let v1 = v1.shared();
        Self { v1, max_size: DEFAULT_MAX_SIZE, is_read_only: false, looked: Mutex::new(None) }
    }

    /// The same with another limit, in bytes.
    #[must_use]
    pub fn limited_to(self, max_size: u64) -> Self {
        Self { max_size, ..self }
    }

    /// The same, and nothing is written to it: neither files nor that one was used.
    #[must_use]
    pub fn read_only(self) -> Self {
        Self { is_read_only: true, ..self }
    }

    pub(super) fn check_writable(&self) -> Result<(), StoreError> {
        if self.is_read_only { Err(StoreError::ReadOnly) } else { Ok(()) }
    }

    /// What was done, by all processes, added up.
    pub fn counters(&self) -> Counters {
        counters::read(&self.v1)
    }

    /// Adds to the counters on disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn add_counters(&self, counters: &Counters) -> Result<(), StoreError> {
        self.check_writable()?;
        if !counters.is_empty() && counters::has_grown(counters::append(&self.v1, counters)?) {
            self.replace_counters(&self.counters())?;
        }
        Ok(())
    }

    /// Sets the counters on disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn replace_counters(&self, counters: &Counters) -> Result<(), StoreError> {
        self.check_writable()?;
        counters::replace(&self.v1, &self.v1.make_folder(TEMPORARIES)?, counters)
    }

    /// Takes the counters away.
    ///
    /// # Errors
    /// What the system says.
    pub fn forget_counters(&self) -> Result<(), StoreError> {
        self.check_writable()?;
        self.v1.remove(counters::COUNTERS_FILE)
    }

    /// How many bytes there are by the last count and what was written since; `None` before the
    /// first one.
    pub fn size(&self) -> Option<u64> {
        Usage::read(&self.v1).map(|usage| usage.bytes())
    }

    /// Makes room for bytes that somebody else is about to write into the store, the engine into
    /// its own cache, and notes them: an app that publishes nothing would never sweep otherwise.
    /// Says what was swept.
    ///
    /// # Errors
    /// What the system says, or [`StoreError::Busy`].
    pub fn note(&self, bytes: u64) -> Result<Option<Swept>, StoreError> {
        self.check_writable()?;
        // They come whether or not they fit.
        let swept = self.make_room(bytes.min(self.free_above()));
        usage::note(&self.v1, bytes)?;
        swept
    }

    /// Gives `bytes` a name in `folder`, whole or not at all, with room made for them before.
    pub(super) fn publish(
        &self,
        folder: &Folder,
        name: &str,
        bytes: &[u8],
    ) -> Result<Option<Swept>, StoreError> {
        self.check_writable()?;
        let len = bytes.len() as u64;
        let swept = self.make_room(len)?;
        let temporaries = self.v1.make_folder(TEMPORARIES)?;
        self.look_for_temporaries(&temporaries);
        publish(&temporaries.make_folder(shard_of(name))?, folder, name, bytes)
            .map_err(|error| StoreError::io("write", &folder.path().join(name), error))?;
        if usage::note(&self.v1, len).is_err() {
            // It is kept, and nobody knows how much there is: the next save counts.
            let _ = self.v1.remove(USAGE_FILE);
        }
        Ok(swept)
    }

    fn look_for_temporaries(&self, temporaries: &Folder) {
        let Ok(mut looked) = self.looked.try_lock() else { return };
        if looked.is_none_or(|at| at.elapsed() > LOOK_FOR_TEMPORARIES_EVERY) {
            sweep_temporaries(temporaries, SystemTime::now());
            *looked = Some(Instant::now());
        }
    }

    /// A tenth is left free by each sweep, or every save would need one.
    fn free_above(&self) -> u64 {
        self.max_size - self.max_size / 10
    }

    /// Sweeps if `len` more bytes would be too many, or if nobody knows.
    fn make_room(&self, len: u64) -> Result<Option<Swept>, StoreError> {
        let max_size = self.max_size;
        let full = || StoreError::Full { len, max_size };
        let above = self.free_above();
        if len > above {
            return Err(full());
        }
        let has_room = || {
            let usage = Usage::read(&self.v1)?;
            let is_known = !usage.is_old(SystemTime::now());
            (is_known && usage.bytes().saturating_add(len) <= max_size).then_some(())
        };
        if has_room().is_some() {
            return Ok(None);
        }
        let lock = self.lock()?;
        // Somebody may have made room while this one waited.
        if has_room().is_some() {
            return Ok(None);
        }
        let goal = Goal {
            evict_above: above.saturating_sub(len),
            evict_to: (max_size - max_size / 5).saturating_sub(len),
        };
        let swept = sweep(&self.v1, goal, SystemTime::now())?;
        drop(lock);
        if swept.size.saturating_add(len) > max_size { Err(full()) } else { Ok(Some(swept)) }
    }

    /// Applies the limit now, and removes temporaries of dead writers and runtimes that are gone.
    ///
    /// # Errors
    /// What the system says, or [`StoreError::Busy`].
    pub fn prune(&self) -> Result<Swept, StoreError> {
        self.check_writable()?;
        let _lock = self.lock()?;
        let goal = Goal { evict_above: self.max_size, evict_to: self.max_size };
        sweep(&self.v1, goal, SystemTime::now())
    }

    /// Removes everything that is ours. What is not stays.
    ///
    /// # Errors
    /// What the system says, or [`StoreError::Busy`].
    pub fn clear(&self) -> Result<Cleared, StoreError> {
        self.check_writable()?;
        let _lock = self.lock()?;
        let mut cleared = Cleared::default();
        walk(&self.v1, &mut |file| {
            let is_ours = file.facts.kind == Kind::File && file.stored != Stored::Unknown;
            if is_ours && file.folder.remove(file.name).is_ok() {
                cleared.removed += 1;
                cleared.freed += file.facts.size;
            }
        })?;
        for (name, facts) in self.v1.list()? {
            if facts.kind == Kind::Folder {
                remove_folders(&self.v1, &name);
            }
        }
        remove_temporaries(&self.v1);
        self.v1.remove(USAGE_FILE)?;
        self.v1.remove(counters::COUNTERS_FILE)?;
        Ok(cleared)
    }

    /// Looks at every file of ours, of all runtimes.
    ///
    /// # Errors
    /// When the store itself cannot be listed. What inside it cannot be is returned.
    pub fn for_each(
        &self,
        mut visit: impl FnMut(StoredFile<'_>),
    ) -> Result<Vec<StoreError>, StoreError> {
        walk(&self.v1, &mut |visited| visit(StoredFile { visited }))
    }

    /// The same while nobody else removes anything. `visit` says whether it has removed the file; folders
    /// that are empty then are taken away, and how much is left is counted by the next save.
    ///
    /// # Errors
    /// As [`Store::for_each`], or [`StoreError::Busy`].
    pub fn for_each_to_remove(
        &self,
        mut visit: impl FnMut(StoredFile<'_>) -> bool,
    ) -> Result<Vec<StoreError>, StoreError> {
        self.check_writable()?;
        let _lock = self.lock()?;
        let mut touched: BTreeSet<String> = BTreeSet::new();
        let passed_over = walk(&self.v1, &mut |visited| {
            let runtime = visited.way.first().cloned();
            if visit(StoredFile { visited }) {
                touched.extend(runtime);
            }
        })?;
        for name in &touched {
            match name.as_str() {
                TEMPORARIES => remove_temporaries(&self.v1),
                runtime => remove_folders(&self.v1, runtime),
            }
        }
        if !touched.is_empty() {
            self.v1.remove(USAGE_FILE)?;
        }
        Ok(passed_over)
    }

    /// Waits for the lock. The system takes it back from a process that dies.
    fn lock(&self) -> Result<File, StoreError> {
        let (file, _) = self.v1.make_for_append(LOCK_FILE)?;
        let started = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if started.elapsed() < PATIENCE => {
                    sleep(Duration::from_millis(2));
                }
                Err(TryLockError::WouldBlock) => return Err(StoreError::Busy),
                Err(TryLockError::Error(error)) => {
                    return Err(StoreError::io("lock", &self.v1.path().join(LOCK_FILE), error));
                }
            }
        }
    }
}

/// Whether what each save needs is there in the form it has, or not yet.
fn check_own_files(v1: &Folder) -> Result<(), StoreError> {
    for name in [LOCK_FILE, USAGE_FILE] {
        match v1.open_file(name) {
            Ok(_) | Err(StoreError::Missing) => {}
            Err(error) => return Err(error),
        }
    }
    match v1.folder(TEMPORARIES) {
        Ok(_) | Err(StoreError::Missing) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A file that [`Store::for_each`] shows.
pub struct StoredFile<'a> {
    visited: Visited<'a>,
}

impl StoredFile<'_> {
    /// What it is.
    pub fn stored(&self) -> Stored {
        self.visited.stored
    }

    /// Its size and age.
    pub fn facts(&self) -> Facts {
        self.visited.facts
    }

    /// The name of its runtime's folder.
    pub fn runtime(&self) -> &str {
        self.visited.way.first().map_or("", String::as_str)
    }

    /// Whether it is one of what a store knows of itself: how much there is, what was done.
    pub fn is_account(&self) -> bool {
        let accounts = [LOCK_FILE, USAGE_FILE, counters::COUNTERS_FILE];
        self.visited.way.is_empty() && accounts.contains(&self.visited.name)
    }

    /// Opens it for reading, never through a link.
    ///
    /// # Errors
    /// Why it cannot be opened or believed.
    pub fn open(&self) -> Result<File, StoreError> {
        Ok(self.visited.folder.open_file(self.visited.name)?.0)
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.visited.folder.path().join(self.visited.name)
    }

    /// Its bytes.
    ///
    /// # Errors
    /// Why it cannot be read or believed.
    pub fn read(&self) -> Result<Vec<u8>, StoreError> {
        let (file, facts) = self.visited.folder.open_file(self.visited.name)?;
        facts.read_rest(file, Vec::new(), &self.path())
    }

    /// Takes its name away.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove(&self) -> Result<(), StoreError> {
        match self.visited.facts.kind {
            Kind::Folder => self.visited.folder.remove_folder(self.visited.name),
            _ => self.visited.folder.remove(self.visited.name),
        }
    }
}
