//! Reading everything again, to find what the disk has done to it.

use serde::Serialize;

use crate::format;
use crate::miss::MissReason;
use crate::pack::{Blob, Pack};
use crate::store::{Kind, Store, StoreError, Stored, StoredFile, entry, hex};

/// A file that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Damage {
    /// Where it is, or was.
    pub path: String,
    /// Stable.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// Whether it is gone.
    pub removed: bool,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verified {
    /// Records and packs that were read.
    pub checked: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What is not as it was written.
    pub damaged: Vec<Damage>,
    /// Folders that could not be looked into, with the reason.
    pub passed_over: Vec<String>,
    /// Files that are not ours. They are never read or removed.
    pub unknown: u64,
}

/// Reads every record and pack of every runtime. What is damaged is removed if `remove`. The engine
/// checks its own cache; it is not read. `progress` is told how many bytes have been read.
pub(super) fn verify(
    store: &Store,
    remove: bool,
    progress: &mut dyn FnMut(u64),
) -> Result<Verified, StoreError> {
    let mut verified = Verified::default();
    let passed_over = store.for_each(|file| {
        let checked = match file.stored() {
            Stored::Record { key } => check_record(&file, &key),
            Stored::Pack { key } => check_pack(&file, &key),
            Stored::Unknown => {
                // Ours lie beside the folders, where nothing is looked up by key.
                verified.unknown += u64::from(!file.runtime().is_empty());
                return;
            }
            // Whoever learns from a transcript checks it.
            Stored::CompileCache
            | Stored::Temporary
            | Stored::Transcript { .. }
            | Stored::LearnerLock
            | Stored::Note => return,
        };
        verified.checked += 1;
        verified.bytes += file.facts().size;
        progress(verified.bytes);
        let Err(reason) = checked else { return };
        if reason.code == "BMES_STORE_MISSING" {
            return; // Evicted or replaced meanwhile.
        }
        verified.damaged.push(Damage {
            path: file.path().to_string_lossy().into_owned(),
            code: reason.code,
            message: reason.detail,
            removed: remove && file.remove().is_ok(),
        });
    })?;
    verified.passed_over =
        passed_over.into_iter().map(|e| MissReason::from(e).to_string()).collect();
    Ok(verified)
}

fn check_record(file: &StoredFile<'_>, key: &[u8; 32]) -> Result<(), MissReason> {
    let bytes = read(file)?;
    let runtime = entry::stated_runtime(&bytes).unwrap_or_default();
    check_runtime(file, &runtime)?;
    let record = entry::payload(&bytes, &runtime, key)?;
    match format::diagnose(record) {
        None => Ok(()),
        Some(fault) => Err(MissReason::new("BMES_STORE_DAMAGED", fault.to_string())),
    }
}

fn check_pack(file: &StoredFile<'_>, key: &[u8; 32]) -> Result<(), MissReason> {
    let bytes = read(file)?;
    let runtime = Pack::stated_runtime(&bytes).unwrap_or_default();
    check_runtime(file, &runtime)?;
    let pack = Pack::open(Blob::Owned(bytes), &runtime, key)?;
    for module in 0..pack.module_count() {
        pack.source(module)?;
        pack.bytecode(module)?;
        let record = pack.record(module)?;
        if let Some(fault) = format::diagnose(record).filter(|_| !record.is_empty()) {
            let detail = format!("{}: {fault}", pack.url(module));
            return Err(MissReason::new("BMES_PACK_DAMAGED", detail));
        }
    }
    Ok(())
}

fn read(file: &StoredFile<'_>) -> Result<Vec<u8>, MissReason> {
    if file.facts().kind != Kind::File {
        return Err(MissReason::new("BMES_STORE_NOT_TRUSTED", "is no regular file"));
    }
    Ok(file.read()?)
}

/// A runtime's folder has the first digits of its identity in its name.
fn check_runtime(file: &StoredFile<'_>, runtime: &[u8; 32]) -> Result<(), MissReason> {
    if file.runtime().ends_with(&hex(runtime)[..12]) {
        return Ok(());
    }
    Err(MissReason::new("BMES_STORE_FOREIGN", "it lies in another runtime's folder"))
}
