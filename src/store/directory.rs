//! One runtime's folder in a store.

use std::fs::{File, TryLockError};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::Folder;
use super::entry;
use super::error::StoreError;
use super::identity::RuntimeIdentity;
use super::key::{AppKey, RecordKey};
use super::listing::Facts;
use super::note::{Dated, Mark, Note, Outcome};
use super::root::Store;
use super::sweep::Swept;
use super::trust::Trust;
use super::walk::{
    COMPILE_CACHE, RECORDS, SELF_TEST, learner_lock_name, mark_name, pack_name, pack_of,
    record_name, transcript_name,
};

/// A hit is written down at most this often; the order of eviction is no finer than that.
const TOUCH_EVERY: Duration = Duration::from_secs(60 * 60);

/// A run notes a hundred bytes for an edge; the largest apps have some 100,000.
const MAX_TRANSCRIPT: u64 = 256 * 1024 * 1024;

/// The right to learn an app, among all processes. The system takes it back from one that dies.
#[derive(Debug)]
pub struct LearnerLock {
    _file: File,
}

/// One runtime's folder in the store.
#[derive(Debug)]
pub struct Directory {
    store: Store,
    folder: Folder,
    runtime: [u8; 32],
}

impl Directory {
    /// Opens `root/v1/<runtime>`, if it is there and can be believed.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if it was never made, or why it cannot be believed.
    pub fn open(root: &Path, runtime: &RuntimeIdentity) -> Result<Self, StoreError> {
        Self::of(Store::open(root, Trust::Own)?, runtime)
    }

    /// The same, and makes what is missing, for the current user only.
    ///
    /// # Errors
    /// Why it cannot be made or believed.
    pub fn create(root: &Path, runtime: &RuntimeIdentity) -> Result<Self, StoreError> {
        Self::make(Store::create(root)?, runtime)
    }

    /// One runtime's folder of a store.
    ///
    /// # Errors
    /// As [`Directory::open`].
    pub fn of(store: Store, runtime: &RuntimeIdentity) -> Result<Self, StoreError> {
        let folder = store.v1.folder(runtime.folder())?.shared();
        Ok(Self { store, folder, runtime: *runtime.digest() })
    }

    /// The same, and makes it.
    ///
    /// # Errors
    /// As [`Directory::create`].
    pub fn make(store: Store, runtime: &RuntimeIdentity) -> Result<Self, StoreError> {
        let folder = store.v1.make_folder(runtime.folder())?.shared();
        Ok(Self { store, folder, runtime: *runtime.digest() })
    }

    /// The same with another limit, in bytes.
    #[must_use]
    pub fn limited_to(self, max_size: u64) -> Self {
        Self { store: self.store.limited_to(max_size), ..self }
    }

    /// Whether it may still be believed, and is still there: a process can keep it for hours.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self) -> Result<(), StoreError> {
        self.store.v1.check()?;
        self.folder.check()
    }

    /// The store it is in.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Where it is, for messages and for the engine's own cache.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Opens an app's pack, never through a link. That it was used is written down.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is none, or why it cannot be believed.
    pub fn open_pack(&self, key: &AppKey) -> Result<File, StoreError> {
        let (file, facts) = self.folder.open_file(&pack_name(key))?;
        self.touch(&file, &facts);
        Ok(file)
    }

    /// Where an app's pack is, or would be.
    pub fn pack_path(&self, key: &AppKey) -> PathBuf {
        self.path().join(pack_name(key))
    }

    /// Keeps an app's pack. Says what was swept to make room for it.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], or what the system says.
    pub fn publish_pack(&self, key: &AppKey, bytes: &[u8]) -> Result<Option<Swept>, StoreError> {
        self.store.publish(&self.folder, &pack_name(key), bytes)
    }

    /// Takes an app's pack away. That there is none is success.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove_pack(&self, key: &AppKey) -> Result<(), StoreError> {
        self.store.check_writable()?;
        self.folder.remove(&pack_name(key))
    }

    /// What the self-test has said of this runtime; `None` if nothing that can be believed.
    pub fn self_test(&self) -> Option<Dated> {
        let (mut file, facts) = self.folder.open_file(SELF_TEST).ok()?;
        let note = Note::read(&mut file, &self.runtime)?;
        // When it was begun is not when it was last asked.
        if note.outcome != Outcome::Begun {
            self.touch(&file, &facts);
        }
        Some(Dated { note, age: facts.age(SystemTime::now()) })
    }

    /// Keeps what the self-test says of this runtime.
    ///
    /// # Errors
    /// As [`Directory::publish_pack`].
    pub fn publish_self_test(&self, note: &Note) -> Result<Option<Swept>, StoreError> {
        self.store.publish(&self.folder, SELF_TEST, &note.encode(&self.runtime))
    }

    /// An app's mark; `None` if another process has it, which is linking the same app.
    ///
    /// # Errors
    /// As [`Directory::open_pack`], or [`StoreError::ReadOnly`].
    pub fn take_mark(&self, key: &AppKey) -> Result<Option<Mark>, StoreError> {
        self.store.check_writable()?;
        let (file, facts) = self.folder.make_for_update(&mark_name(key))?;
        Ok(Mark::take(file, &facts, self.runtime))
    }

    /// What an app's mark says of a start that has begun to link it and did not come to an end. Nothing
    /// is taken or made to find out; `None` also while a process links this app.
    pub fn look_at_mark(&self, key: &AppKey) -> Option<Dated> {
        let (mut file, facts) = self.folder.open_file(&mark_name(key)).ok()?;
        file.try_lock_shared().ok()?;
        let note = Note::read(&mut file, &self.runtime)?;
        (note.outcome == Outcome::Begun).then(|| Dated { note, age: facts.age(SystemTime::now()) })
    }

    /// Keeps what a run of an app has seen. It takes the place of what was seen before.
    ///
    /// # Errors
    /// As [`Directory::publish_pack`].
    pub fn publish_transcript(&self, key: &AppKey, payload: &[u8]) -> Result<(), StoreError> {
        let header = entry::header_of(entry::KIND_TRANSCRIPT, &self.runtime, key, payload);
        let bytes = [&header[..], payload].concat();
        self.store.publish(&self.folder, &transcript_name(key), &bytes).map(drop)
    }

    /// What a run of an app has seen, verified, and how long ago it was left.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is nothing, or why it cannot be believed.
    pub fn read_transcript(&self, key: &AppKey) -> Result<(Vec<u8>, Duration), StoreError> {
        let name = transcript_name(key);
        let (file, facts) = self.folder.open_file(&name)?;
        if facts.size > MAX_TRANSCRIPT {
            return Err(StoreError::Damaged { what: "is longer than any run could make it" });
        }
        let mut bytes = facts.read_rest(file, Vec::new(), &self.path().join(&name))?;
        entry::payload_of(entry::KIND_TRANSCRIPT, &bytes, &self.runtime, key)?;
        bytes.drain(..entry::HEADER_LEN);
        Ok((bytes, facts.age(SystemTime::now())))
    }

    /// Takes what was seen of an app away. That there is nothing is success.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove_transcript(&self, key: &AppKey) -> Result<(), StoreError> {
        self.store.check_writable()?;
        self.folder.remove(&transcript_name(key))
    }

    /// Takes the right to learn an app; `None` if another process has it.
    ///
    /// # Errors
    /// What the system says.
    pub fn lock_learner(&self, key: &AppKey) -> Result<Option<LearnerLock>, StoreError> {
        self.store.check_writable()?;
        let name = learner_lock_name(key);
        let (file, _) = self.folder.make_for_append(&name)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(LearnerLock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => {
                Err(StoreError::io("lock", &self.path().join(name), error))
            }
        }
    }

    /// Whether a process is learning an app. Nothing is made to find out.
    pub fn is_being_learnt(&self, key: &AppKey) -> bool {
        let Ok((file, _)) = self.folder.open_file(&learner_lock_name(key)) else { return false };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }

    /// The keys of all packs of this runtime. This lists the folder: not for the start of an app.
    ///
    /// # Errors
    /// What the system says.
    pub fn packs(&self) -> Result<Vec<AppKey>, StoreError> {
        Ok(self.folder.list()?.iter().filter_map(|(name, _)| pack_of(name)).collect())
    }

    /// The bytes of a record, verified. That it was used is written down.
    ///
    /// # Errors
    /// [`StoreError::Missing`], or why it cannot be believed.
    pub fn read_record(&self, key: &RecordKey) -> Result<Vec<u8>, StoreError> {
        let (shard, name) = record_name(key);
        let folder = self.folder.folder(RECORDS)?.folder(&shard)?;
        let (mut file, facts) = folder.open_file(&name)?;
        self.touch(&file, &facts);
        let path = folder.path().join(&name);
        let mut header = Vec::with_capacity(entry::HEADER_LEN);
        (&mut file)
            .take(entry::HEADER_LEN as u64)
            .read_to_end(&mut header)
            .map_err(|error| StoreError::io("read", &path, error))?;
        // Before all of it is read: a file can say that it is longer than there is memory.
        entry::check_len(&header, facts.size)?;
        let mut bytes = facts.read_rest(file, header, &path)?;
        entry::payload(&bytes, &self.runtime, key)?;
        bytes.drain(..entry::HEADER_LEN);
        Ok(bytes)
    }

    /// Keeps a record. Says what was swept to make room for it.
    ///
    /// # Errors
    /// As [`Directory::publish_pack`].
    pub fn publish_record(
        &self,
        key: &RecordKey,
        record: &[u8],
    ) -> Result<Option<Swept>, StoreError> {
        self.store.check_writable()?;
        let (shard, name) = record_name(key);
        let folder = self.folder.make_folder(RECORDS)?.make_folder(&shard)?;
        let entry = [&entry::header(&self.runtime, key, record)[..], record].concat();
        self.store.publish(&folder, &name, &entry)
    }

    /// Takes a record's entry away. That there is none is success.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove_record(&self, key: &RecordKey) -> Result<(), StoreError> {
        self.store.check_writable()?;
        let (shard, name) = record_name(key);
        self.folder.folder(RECORDS)?.folder(&shard)?.remove(&name)
    }

    /// Where the engine's own cache of this runtime is, and whether it is there already. That it is
    /// used is written down.
    pub fn compile_cache(&self) -> (PathBuf, bool) {
        let path = self.path().join(COMPILE_CACHE);
        let Some(facts) = self.folder.look_at(COMPILE_CACHE) else { return (path, false) };
        let now = SystemTime::now();
        if !self.store.is_read_only && facts.age(now) > TOUCH_EVERY {
            self.folder.touch_folder(COMPILE_CACHE, now);
        }
        (path, true)
    }

    /// Best effort: without it a file is evicted sooner than it should be.
    fn touch(&self, file: &File, facts: &Facts) {
        let now = SystemTime::now();
        if !self.store.is_read_only && facts.age(now) > TOUCH_EVERY {
            let _ = file.set_modified(now);
        }
    }
}

/// Whether a runtime has something to find at `root`, or could leave something there.
///
/// # Errors
/// Why not.
pub fn check_usable(
    root: &Path,
    runtime: &RuntimeIdentity,
    is_read_only: bool,
) -> Result<(), StoreError> {
    match Directory::open(root, runtime) {
        Err(StoreError::Missing) if !is_read_only => Store::check_can_keep(root, runtime),
        Err(StoreError::Missing) => Ok(()), // It may be filled before the first import.
        opened => opened.map(drop),
    }
}
