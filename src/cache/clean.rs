//! Removing what was chosen, and nothing else.
//!
//! A file is removed only if it lies where the cache's own layout has one of its kind, under a name of
//! that kind, and is a regular file: the walk opens each folder from the one above it without following
//! links, so nothing outside can be reached, whatever has been put into the directory.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::sizes::{Amount, kind_of};
use crate::miss::MissReason;
use crate::store::{Kind, Store, StoreError, Stored, StoredFile, key_of_hex};

/// What is to be removed.
#[derive(Debug, Clone)]
pub enum Choice {
    /// Everything that is ours.
    All,
    /// What these runtimes have made, by the names of their folders.
    Runtimes(BTreeSet<String>),
    /// What belongs to these apps: the names of their runtimes' folders, and their keys.
    Apps(BTreeSet<(String, [u8; 32])>),
}

impl Choice {
    fn has(&self, file: &StoredFile<'_>) -> bool {
        match self {
            Self::All => true,
            Self::Runtimes(names) => names.contains(file.runtime()),
            Self::Apps(apps) => key_in_name(file)
                .is_some_and(|key| apps.contains(&(file.runtime().to_owned(), key))),
        }
    }
}

/// The key of the app that a file is named by.
fn key_in_name(file: &StoredFile<'_>) -> Option<[u8; 32]> {
    match file.stored() {
        Stored::Pack { key } | Stored::Transcript { key } => Some(key),
        Stored::LearnerLock | Stored::Note => key_of_hex(file.path().file_stem()?.to_str()?),
        _ => None,
    }
}

/// Something that was chosen and is still there, or is not ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Left {
    /// Where it is.
    pub path: String,
    /// Why it is left.
    pub reason: String,
}

/// What was removed, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cleaned {
    /// All of it.
    pub removed: Amount,
    /// The same by kind: `pack`, `record`, ...
    pub kinds: BTreeMap<&'static str, Amount>,
    /// Where what was chosen lies and was left, with the reason.
    pub left: Vec<Left>,
    /// Folders that could not be looked into, with the reason.
    pub passed_over: Vec<String>,
}

/// Removes what is chosen.
pub(super) fn clean(
    store: &Store,
    choice: &Choice,
    is_rehearsal: bool,
) -> Result<Cleaned, StoreError> {
    let mut cleaned = Cleaned::default();
    let mut visit = |file: StoredFile<'_>| {
        // One of the accounts is the lock that is held now.
        if file.is_account() || !choice.has(&file) {
            return false;
        }
        if let Some(reason) = not_ours(&file) {
            cleaned.leave(&file, reason.to_owned());
            return false;
        }
        if !is_rehearsal && let Err(error) = file.remove() {
            cleaned.leave(&file, MissReason::from(error).to_string());
            return false;
        }
        let size = file.facts().size;
        cleaned.removed.add(size);
        cleaned.kinds.entry(kind_of(&file)).or_default().add(size);
        !is_rehearsal
    };
    let passed_over = match is_rehearsal {
        true => store.for_each(|file| {
            visit(file);
        })?,
        false => store.for_each_to_remove(visit)?,
    };
    if matches!(choice, Choice::All) && !is_rehearsal {
        store.forget_counters()?;
    }
    cleaned.passed_over =
        passed_over.into_iter().map(|error| MissReason::from(error).to_string()).collect();
    Ok(cleaned)
}

/// Why a file is not for us to remove.
fn not_ours(file: &StoredFile<'_>) -> Option<&'static str> {
    match (file.facts().kind, file.stored()) {
        (Kind::Other, _) => Some("is a link, or no file"),
        (Kind::Folder, _) => Some("is a folder where the cache has none"),
        (Kind::File, Stored::Unknown) => Some("is not the cache's"),
        (Kind::File, _) => None,
    }
}

impl Cleaned {
    fn leave(&mut self, file: &StoredFile<'_>, reason: String) {
        let path = file.path().to_string_lossy().into_owned();
        self.left.push(Left { path, reason });
    }
}
