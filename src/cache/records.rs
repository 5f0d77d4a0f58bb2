//! One directory's records.

use super::packs::{Access, PackIndex};
use crate::format;
use crate::miss::MissReason;
use crate::module_graph::ContentHash;
use crate::store::{Directory, RuntimeIdentity, StoreError, Trust, record_key};

/// The loose entries and the packs of one runtime's folder.
#[derive(Debug)]
pub struct Records {
    directory: Directory,
    identity: RuntimeIdentity,
    packs: PackIndex,
    is_shared: bool,
}

impl Records {
    /// Those of `directory`. `is_shared` says that a record may be that of an equal file elsewhere.
    pub fn new(
        directory: Directory,
        identity: RuntimeIdentity,
        trust: Trust,
        is_shared: bool,
    ) -> Self {
        let access = if trust == Trust::Own { Access::Map } else { Access::Read };
        Self { directory, identity, packs: PackIndex::new(access), is_shared }
    }

    /// Where they are.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The record of a module, whole and verified.
    ///
    /// # Errors
    /// Why there is none. An entry that is damaged is taken away, so that the next save replaces it.
    pub fn find(&mut self, url: &str, content: &ContentHash) -> Result<Vec<u8>, MissReason> {
        let loose = self.find_loose(url, content);
        let Err(reason) = loose else { return loose };
        let url = (!self.is_shared).then_some(url);
        let packed = self.packs.find(&self.directory, &self.identity, content, url);
        packed.filter(|record| format::validate(record)).ok_or(reason)
    }

    fn find_loose(&self, url: &str, content: &ContentHash) -> Result<Vec<u8>, MissReason> {
        let key = record_key(if self.is_shared { "" } else { url }, content);
        let is_damage = |error: &StoreError| {
            matches!(error, StoreError::Damaged { .. } | StoreError::Foreign { .. })
        };
        let reason = match self.directory.read_record(&key) {
            Ok(record) => match format::diagnose(&record) {
                None => return Ok(record),
                Some(fault) => MissReason::new("BMES_STORE_DAMAGED", fault.to_string()),
            },
            Err(error) if is_damage(&error) => error.into(),
            Err(error) => return Err(error.into()),
        };
        // Best effort: where it cannot be removed it is refused again next time.
        let _ = self.directory.remove_record(&key);
        Err(reason)
    }
}
