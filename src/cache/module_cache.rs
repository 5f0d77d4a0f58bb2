//! The cache as build tools use it: find and save records one by one.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use super::clean::{Choice, Cleaned, clean};
use super::records::Records;
use super::report::{CacheStats, Tally, counter};
use super::sizes::Sizes;
use super::verify::{Verified, verify};
use crate::format;
use crate::miss::MissReason;
use crate::module_graph::ContentHash;
use crate::store::{
    Cleared, Counters, DEFAULT_MAX_SIZE, Directory, RuntimeIdentity, Store, StoreError, Swept,
    Trust, content_hash, content_hash_of, default_directory, record_key,
};

/// Counters are written down when this many records were looked up, and when stats are asked for.
const COUNT_EVERY: u64 = 1000;

/// Where and how.
#[derive(Debug, Clone)]
pub struct CacheSettings {
    /// The directory; `BMES_CACHE_DIR` or the home's if `None`.
    pub directory: Option<PathBuf>,
    /// Directories that are only read, asked before the user's own.
    pub layers: Vec<PathBuf>,
    /// Who made and who may use the records.
    pub identity: RuntimeIdentity,
    /// Nothing is written.
    pub is_read_only: bool,
    /// Equal files share a record, wherever they are.
    pub is_shared: bool,
    /// The limit in bytes; 100 MiB if `None`.
    pub max_size: Option<u64>,
}

/// What a module's text is.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// What this file holds.
    File(&'a Path),
    /// These bytes.
    Bytes(&'a [u8]),
}

/// Records of one runtime, in the user's own directory and in layers below it.
#[derive(Debug)]
pub struct ModuleCache {
    settings: CacheSettings,
    root: Result<PathBuf, MissReason>,
    layers: Vec<Records>,
    own: Option<Records>,
    run: Counters,
    unwritten: Counters,
    lookups: u64,
    /// Why the last save came to nothing, if the directory is at fault.
    refused: Option<MissReason>,
}

impl ModuleCache {
    /// Never fails: what cannot be used is a reason that every miss and [`ModuleCache::stats`] give.
    pub fn new(settings: CacheSettings) -> Self {
        let root = settings.directory.clone().map_or_else(default_directory, Ok);
        let mut cache = Self {
            root: root.map_err(MissReason::from),
            layers: Vec::new(),
            own: None,
            run: Counters::default(),
            unwritten: Counters::default(),
            lookups: 0,
            refused: None,
            settings,
        };
        let identity = &cache.settings.identity;
        for layer in &cache.settings.layers {
            let opened =
                Store::open(layer, Trust::Shipped).and_then(|store| Directory::of(store, identity));
            match opened {
                Ok(directory) => cache.layers.push(Records::new(
                    directory,
                    identity.clone(),
                    Trust::Shipped,
                    cache.settings.is_shared,
                )),
                Err(StoreError::Missing) => {}
                Err(error) => {
                    let name = format!("{}{}", counter::MISS, error.code());
                    cache.run.add(&name, 1);
                    cache.unwritten.add(&name, 1);
                }
            }
        }
        cache
    }

    /// The record of a module with this content, verified.
    ///
    /// # Errors
    /// Why there is none.
    pub fn find(&mut self, url: &str, content: Content<'_>) -> Result<Vec<u8>, MissReason> {
        let found = hash(content).and_then(|content| self.look_up(url, &content));
        match &found {
            Ok(record) => {
                self.count(counter::HIT, 1);
                self.count(counter::READ, record.len() as u64);
            }
            Err(reason) => self.count(&format!("{}{}", counter::MISS, reason.code), 1),
        }
        self.lookups += 1;
        if self.lookups.is_multiple_of(COUNT_EVERY) {
            self.write_counters();
        }
        found
    }

    fn look_up(&mut self, url: &str, content: &ContentHash) -> Result<Vec<u8>, MissReason> {
        let mut reason = MissReason::from(StoreError::Missing);
        for layer in &mut self.layers {
            match layer.find(url, content) {
                Ok(record) => return Ok(record),
                Err(why) if why.code == "BMES_STORE_MISSING" => {}
                Err(why) => reason = why,
            }
        }
        match self.own().and_then(|own| own.find(url, content)) {
            Ok(record) => Ok(record),
            // What is wrong with a layer says more than that the rest has nothing.
            Err(why) if why.code == "BMES_STORE_MISSING" => Err(reason),
            Err(why) => Err(why),
        }
    }

    /// Keeps a record for the module of this URL and content.
    ///
    /// # Errors
    /// Why it is not kept: `BMES_INVALID_RECORD` if it is none; all others are no fault of the
    /// caller's.
    pub fn save(
        &mut self,
        url: &str,
        content: Content<'_>,
        record: &[u8],
    ) -> Result<(), MissReason> {
        if let Some(fault) = format::diagnose(record) {
            let detail = format!("{fault} ({} at byte {})", fault.code(), fault.offset());
            return Err(MissReason::new("BMES_INVALID_RECORD", detail));
        }
        let saved = hash(content).and_then(|content| self.keep(url, &content, record));
        self.refused = saved.as_ref().err().filter(|why| why.code == "BMES_STORE_IO").cloned();
        match &saved {
            Ok(()) => {
                self.count(counter::SAVED, 1);
                self.count(counter::WRITTEN, record.len() as u64);
            }
            Err(reason) => self.count(&format!("{}{}", counter::REFUSED, reason.code), 1),
        }
        saved
    }

    fn keep(&mut self, url: &str, content: &ContentHash, record: &[u8]) -> Result<(), MissReason> {
        if self.settings.is_read_only {
            return Err(StoreError::ReadOnly.into());
        }
        let url = if self.settings.is_shared { "" } else { url };
        let key = record_key(url, content);
        let mut swept = self.make_own()?.directory().publish_record(&key, record);
        if let Err(StoreError::Missing | StoreError::Io { .. }) = swept {
            // The directory may have been removed under us; what it was is open still.
            self.own = None;
            swept = self.make_own()?.directory().publish_record(&key, record);
        }
        if let Some(swept) = swept? {
            self.count_sweep(swept);
        }
        Ok(())
    }

    /// Where the cache is and what it did. Starts counting anew if `reset`.
    pub fn stats(&mut self, reset: bool) -> CacheStats {
        self.write_counters();
        let own = self.own().map(|own| {
            let store = own.directory().store();
            (store.counters(), store.size().unwrap_or_default())
        });
        let (mut total, size, reason) = match own {
            Ok((total, size)) => (total, size, None),
            Err(reason) => (Counters::default(), 0, Some(reason)),
        };
        // A cache that was never written to is no fault: the first save makes it.
        let reason = reason.filter(|why| why.code != "BMES_STORE_MISSING").or_else(|| {
            let root = self.root.as_ref().ok()?;
            let kept = match self.settings.is_read_only {
                true => Err(StoreError::ReadOnly),
                false => Store::check_can_keep(root, &self.settings.identity),
            };
            Some(kept.err()?.into())
        });
        let reason = reason.or_else(|| self.refused.clone());
        total.merge(&self.unwritten);
        let stats = CacheStats {
            directory: self.root.as_ref().ok().map(|root| root.to_string_lossy().into_owned()),
            code: reason.as_ref().map(|why| why.code),
            message: reason.map(|why| why.detail),
            size,
            max_size: self.max_size(),
            run: Tally::from(&self.run),
            total: Tally::from(&total),
        };
        if reset {
            (self.run, self.unwritten) = (Counters::default(), Counters::default());
            // Best effort, as all counting is.
            if let Ok(own) = self.own() {
                let _ = own.directory().store().replace_counters(&Counters::default());
            }
        }
        stats
    }

    /// Reads everything in the user's own directory, of all runtimes, and removes what is damaged if
    /// `remove`. `progress` is told how many bytes have been read.
    ///
    /// # Errors
    /// Why the directory cannot be used.
    pub fn verify(
        &mut self,
        remove: bool,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Verified, MissReason> {
        let remove = remove && !self.settings.is_read_only;
        let verified = match self.store() {
            Ok(store) => verify(&store, remove, progress),
            Err(StoreError::Missing) => Ok(Verified::default()),
            Err(error) => Err(error),
        };
        self.own = None;
        Ok(verified?)
    }

    /// Applies the limit now, and removes what dead writers and runtimes that are gone have left.
    ///
    /// # Errors
    /// Why that cannot be done.
    pub fn prune(&mut self) -> Result<Swept, MissReason> {
        match self.store().and_then(|store| store.prune()) {
            Ok(swept) => {
                self.count_sweep(swept);
                Ok(swept)
            }
            Err(StoreError::Missing) => Ok(Swept::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes what is chosen, and nothing that is not of the cache's own layout. Only says what it would
    /// remove if `is_rehearsal`.
    ///
    /// # Errors
    /// Why that cannot be done.
    pub fn clean(&mut self, choice: &Choice, is_rehearsal: bool) -> Result<Cleaned, MissReason> {
        let cleaned = self.store().and_then(|store| clean(&store, choice, is_rehearsal));
        self.own = None;
        match cleaned {
            Err(StoreError::Missing) => Ok(Cleaned::default()),
            cleaned => Ok(cleaned?),
        }
    }

    /// How much there is of what.
    ///
    /// # Errors
    /// Why the directory cannot be used.
    pub fn sizes(&self) -> Result<Sizes, MissReason> {
        match self.store().and_then(|store| Sizes::of(&store)) {
            Err(StoreError::Missing) => Ok(Sizes::default()),
            sizes => Ok(sizes?),
        }
    }

    /// Removes everything, of all runtimes.
    ///
    /// # Errors
    /// Why that cannot be done.
    pub fn clear(&mut self) -> Result<Cleared, MissReason> {
        let cleared = self.store().and_then(|store| store.clear());
        self.own = None;
        match cleared {
            Err(StoreError::Missing) => Ok(Cleared::default()),
            cleared => Ok(cleared?),
        }
    }

    /// Writes down what was counted; it may be lost without harm.
    pub fn write_counters(&mut self) {
        if self.unwritten.is_empty() || self.settings.is_read_only {
            return;
        }
        let counters = std::mem::take(&mut self.unwritten);
        let written = self.own().map(|own| own.directory().store().add_counters(&counters));
        if !matches!(written, Ok(Ok(()))) {
            self.unwritten = counters;
        }
    }

    fn count(&mut self, name: &str, number: u64) {
        self.run.add(name, number);
        self.unwritten.add(name, number);
    }

    fn count_sweep(&mut self, swept: Swept) {
        self.count(counter::SWEPT, swept.removed);
        self.count(counter::SWEPT_BYTES, swept.freed);
    }

    fn max_size(&self) -> u64 {
        self.settings.max_size.unwrap_or(DEFAULT_MAX_SIZE)
    }

    fn root(&self) -> Result<PathBuf, MissReason> {
        self.root.clone()
    }

    fn limited(&self, store: Store) -> Store {
        let store = store.limited_to(self.max_size());
        if self.settings.is_read_only { store.read_only() } else { store }
    }

    /// The user's own store, all runtimes.
    fn store(&self) -> Result<Store, StoreError> {
        let root = self.root.as_ref().map_err(|_| StoreError::NoDirectory)?;
        Store::open(root, Trust::Own).map(|store| self.limited(store))
    }

    /// The user's own records, opened when they are first there and as long as they are.
    fn own(&mut self) -> Result<&mut Records, MissReason> {
        let root = self.root()?;
        self.own_by(|cache| {
            let store = cache.limited(Store::open(&root, Trust::Own)?);
            Directory::of(store, &cache.settings.identity)
        })
    }

    /// The same, and makes the directory.
    fn make_own(&mut self) -> Result<&mut Records, MissReason> {
        let root = self.root()?;
        self.own_by(|cache| {
            let store = cache.limited(Store::create(&root)?);
            Directory::make(store, &cache.settings.identity)
        })
    }

    fn own_by(
        &mut self,
        open: impl FnOnce(&Self) -> Result<Directory, StoreError>,
    ) -> Result<&mut Records, MissReason> {
        if self.own.as_ref().is_some_and(|own| own.directory().check().is_err()) {
            self.own = None;
        }
        let own = match self.own.take() {
            Some(own) => own,
            None => {
                let (identity, shared) = (&self.settings.identity, self.settings.is_shared);
                Records::new(open(self)?, identity.clone(), Trust::Own, shared)
            }
        };
        Ok(self.own.insert(own))
    }
}

/// What makes a record that of this content.
fn hash(content: Content<'_>) -> Result<ContentHash, MissReason> {
    let path = match content {
        Content::Bytes(bytes) => return Ok(content_hash(bytes)),
        Content::File(path) => path,
    };
    let unreadable = |why: String| {
        MissReason::new("BMES_SOURCE_UNREADABLE", format!("{}: {why}", path.display()))
    };
    let file = open_source(path).map_err(|error| unreadable(error.to_string()))?;
    let metadata = file.metadata().map_err(|error| unreadable(error.to_string()))?;
    if !metadata.is_file() {
        return Err(unreadable("not a regular file".to_owned()));
    }
    content_hash_of(file).map_err(|error| unreadable(error.to_string()))
}

fn open_source(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A FIFO must not hang us.
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    options.open(path)
}
