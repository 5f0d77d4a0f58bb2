//! How much there is of what.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::miss::MissReason;
use crate::store::{Store, StoreError, Stored, StoredFile};

/// Files and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// How many.
    pub files: u64,
    /// Their apparent size.
    pub bytes: u64,
}

impl Amount {
    pub(super) fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// What there is in a store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sizes {
    /// By kind: `pack`, `record`, ...
    pub kinds: BTreeMap<&'static str, Amount>,
    /// By the name of the runtime's folder. Temporaries are of none.
    pub runtimes: BTreeMap<String, Amount>,
    /// Folders that could not be looked into, with the reason.
    pub passed_over: Vec<String>,
}

impl Sizes {
    pub(super) fn of(store: &Store) -> Result<Self, StoreError> {
        let mut sizes = Self::default();
        let passed_over = store.for_each(|file| {
            let size = file.facts().size;
            sizes.kinds.entry(kind_of(&file)).or_default().add(size);
            let is_of_runtime = !file.runtime().is_empty() && file.stored() != Stored::Temporary;
            if is_of_runtime {
                sizes.runtimes.entry(file.runtime().to_owned()).or_default().add(size);
            }
        })?;
        sizes.passed_over =
            passed_over.into_iter().map(|error| MissReason::from(error).to_string()).collect();
        Ok(sizes)
    }
}

/// One word for what a file is.
pub(super) fn kind_of(file: &StoredFile<'_>) -> &'static str {
    match file.stored() {
        Stored::Pack { .. } => "pack",
        Stored::Transcript { .. } => "transcript",
        Stored::LearnerLock => "lock",
        Stored::Record { .. } => "record",
        Stored::Note => "note",
        Stored::CompileCache => "compileCache",
        Stored::Temporary => "temporary",
        Stored::Unknown if file.is_account() => "account",
        Stored::Unknown => "foreign",
    }
}
