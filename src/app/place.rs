//! Where an app's pack belongs, and the one way it gets there.

use std::path::{Path, PathBuf};

use crate::cache::counter;
use crate::graph::GraphOptions;
use crate::miss::MissReason;
use crate::store::{AppKey, Counters, Directory, RuntimeIdentity, Store, StoreError, Trust};

/// Everything that names one app's pack.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) identity: RuntimeIdentity,
    pub(super) root: Option<PathBuf>,
    pub(super) key: AppKey,
    /// The entry's URL as the runtime writes it; empty if there is no such file.
    pub(super) entry_url: String,
    pub(super) is_read_only: bool,
    /// The store's limit in bytes.
    pub(super) max_size: u64,
}

impl Place {
    pub(super) fn root(&self) -> Result<&Path, MissReason> {
        let none = || MissReason::new("BMES_STORE_NO_DIRECTORY", "there is no cache directory");
        self.root.as_deref().ok_or_else(none)
    }

    /// Makes the folder if it is not there and gives the bytes their name in it. Says what to
    /// count.
    pub(super) fn publish(&self, bytes: &[u8]) -> Result<Counters, MissReason> {
        let swept = self.create()?.publish_pack(&self.key, bytes)?.unwrap_or_default();
        let mut counters = Counters::default();
        counters.add(counter::WRITTEN, bytes.len() as u64);
        counters.add(counter::SWEPT, swept.removed);
        counters.add(counter::SWEPT_BYTES, swept.freed);
        Ok(counters)
    }

    pub(super) fn discard(&self) -> Result<(), MissReason> {
        Ok(self.open()?.remove_pack(&self.key)?)
    }

    /// This runtime's folder, if it is there.
    pub(super) fn open(&self) -> Result<Directory, MissReason> {
        let store = self.limited(Store::open(self.root()?, Trust::Own)?);
        Ok(Directory::of(store, &self.identity)?)
    }

    /// This runtime's folder, made if it is not there.
    pub(super) fn create(&self) -> Result<Directory, MissReason> {
        if self.is_read_only {
            return Err(StoreError::ReadOnly.into());
        }
        let store = self.limited(Store::create(self.root()?)?);
        Ok(Directory::make(store, &self.identity)?)
    }

    fn limited(&self, store: Store) -> Store {
        let store = store.limited_to(self.max_size);
        if self.is_read_only { store.read_only() } else { store }
    }
}

/// `options` with what a run has shown: its conditions and its roots.
pub(super) fn options_for(
    options: &GraphOptions,
    conditions: &[String],
    extra_roots: Vec<String>,
) -> GraphOptions {
    // The crawl adds those that every resolution of its kind has.
    let usual = ["node", "import", "module-sync", "node-addons"];
    GraphOptions {
        addons: conditions.iter().any(|name| name == "node-addons"),
        conditions: conditions
            .iter()
            .filter(|name| !usual.contains(&name.as_str()))
            .cloned()
            .collect(),
        extra_roots,
        ..options.clone()
    }
}
