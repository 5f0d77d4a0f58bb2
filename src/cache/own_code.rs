//! What the engine made of this package's own JavaScript, which runs before any app does.
//!
//! It is a record as any other: no metadata, and bytecode. So it is found by its content, verified,
//! counted and evicted as records are. The folder of the runtime tells versions of the engine apart,
//! and what the engine was told by flags it checks itself.

use std::path::Path;

use crate::format::{self, Record};
use crate::metadata::ModuleMetadata;
use crate::miss::MissReason;
use crate::store::{Directory, RecordKey, RuntimeIdentity, content_hash, record_key};

/// No module can have this URL.
const URL: &str = "node:internal/bmes";

fn key_of(text: &[u8]) -> RecordKey {
    record_key(URL, &content_hash(text))
}

/// The engine's code of `text`, verified.
///
/// # Errors
/// Why there is none.
pub fn find_own_code(
    root: &Path,
    identity: &RuntimeIdentity,
    text: &[u8],
) -> Result<Vec<u8>, MissReason> {
    let mut bytes = Directory::open(root, identity)?.read_record(&key_of(text))?;
    let range = Record::parse(&bytes)
        .map_err(|fault| MissReason::new("BMES_STORE_DAMAGED", fault.to_string()))?
        .bytecode_range();
    bytes.truncate(range.end);
    bytes.drain(..range.start);
    Ok(bytes)
}

/// Keeps the engine's code of `text` in a directory that is there. `max_size` is the store's limit in
/// bytes.
///
/// # Errors
/// Why it is not kept.
pub fn keep_own_code(
    root: &Path,
    identity: &RuntimeIdentity,
    max_size: u64,
    text: &[u8],
    code: &[u8],
) -> Result<(), MissReason> {
    let record = format::write(&ModuleMetadata::default(), code)
        .map_err(|error| MissReason::new("BMES_INVALID_RECORD", error.to_string()))?;
    Directory::open(root, identity)?.limited_to(max_size).publish_record(&key_of(text), &record)?;
    Ok(())
}
