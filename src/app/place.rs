//! Where an app's pack belongs, and the one way it gets there.

use std::path::{Path, PathBuf};

use super::error::MissReason;
use crate::graph::GraphOptions;
use crate::store::{AppKey, Directory, RuntimeIdentity, hex};

/// Everything that names one app's pack.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) identity: RuntimeIdentity,
    pub(super) root: Option<PathBuf>,
    pub(super) key: AppKey,
    /// The entry's URL as the runtime writes it; empty if there is no such file.
    pub(super) entry_url: String,
    pub(super) is_read_only: bool,
}

impl Place {
    pub(super) fn file_name(&self) -> String {
        format!("{}.pack", hex(&self.key))
    }

    pub(super) fn root(&self) -> Result<&Path, MissReason> {
        let none = || MissReason::new("BMES_STORE_NO_DIRECTORY", "there is no cache directory");
        self.root.as_deref().ok_or_else(none)
    }

    /// Makes the folder if it is not there and gives the bytes their name in it.
    pub(super) fn publish(&self, bytes: &[u8]) -> Result<(), MissReason> {
        if self.is_read_only {
            return Err(MissReason::new("BMES_READONLY", "the cache is read-only"));
        }
        let directory = Directory::create(self.root()?, &self.identity)?;
        Ok(directory.publish(&self.file_name(), bytes)?)
    }

    pub(super) fn discard(&self) -> Result<(), MissReason> {
        if self.is_read_only {
            return Err(MissReason::new("BMES_READONLY", "the cache is read-only"));
        }
        let directory = Directory::open(self.root()?, &self.identity)?;
        Ok(directory.remove(&self.file_name())?)
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
