//! Entries of the store: `store::entry`, and the record in them.

use bmes_cache::store::{StoreError, entry};
use xxhash_rust::xxh3::xxh3_64;

use super::allocations::peak_of;

const RUNTIME: [u8; 32] = [1; 32];
const KEY: [u8; 32] = [2; 32];

/// As they are, and with a valid header before them, its checksums put right, so that the fields in it
/// are reached. Whether the bytes as they are, or put right, are an entry.
pub fn check(bytes: &[u8]) -> bool {
    check_entry(bytes) | check_entry(&put_right(bytes)) | check_entry(&entry_of(bytes))
}

/// What the store writes for a payload is read back.
fn entry_of(payload: &[u8]) -> Vec<u8> {
    let whole = [&entry::header(&RUNTIME, &KEY, payload)[..], payload].concat();
    let (read, allocated) = peak_of(|| entry::payload(&whole, &RUNTIME, &KEY).map(<[u8]>::len));
    assert_eq!(read.expect("as it was written"), payload.len());
    assert_eq!(allocated, 0, "reading in place allocates nothing");
    whole
}

/// The same fields, with the checksums that a writer would give them.
fn put_right(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Some((header, payload)) = bytes.split_at_mut_checked(entry::HEADER_LEN) {
        let mut put = |at: usize, sum: u64| header[at..at + 8].copy_from_slice(&sum.to_le_bytes());
        put(entry::PAYLOAD_CHECKSUM_AT, xxh3_64(payload));
        let sum = xxh3_64(&header[..entry::HEADER_CHECKSUM_AT]);
        header[entry::HEADER_CHECKSUM_AT..].copy_from_slice(&sum.to_le_bytes());
    }
    bytes
}

fn check_entry(bytes: &[u8]) -> bool {
    let (read, allocated) = peak_of(|| entry::payload(bytes, &RUNTIME, &KEY));
    assert_eq!(allocated, 0, "reading in place allocates nothing");
    match read {
        Ok(payload) => {
            // There is one way to write an entry, and it is of this runtime and key alone.
            assert!(bytes == [&entry::header(&RUNTIME, &KEY, payload)[..], payload].concat());
            assert_eq!(entry::stated_runtime(bytes), Some(RUNTIME));
            assert!(entry::payload(bytes, &KEY, &KEY).is_err());
            assert!(entry::payload(bytes, &RUNTIME, &RUNTIME).is_err());
            check_one_byte_off(bytes);
            true
        }
        Err(error) => {
            let is_refusal =
                matches!(error, StoreError::Damaged { .. } | StoreError::Foreign { .. });
            assert!(is_refusal && error.code().starts_with("BMES_STORE_"), "{error}");
            false
        }
    }
}

/// No byte of it can be another. Which one is tried depends on all of them.
fn check_one_byte_off(bytes: &[u8]) {
    let at = (xxh3_64(bytes) % bytes.len() as u64) as usize;
    let mut other = bytes.to_vec();
    other[at] ^= 0x20;
    assert!(entry::payload(&other, &RUNTIME, &KEY).is_err(), "byte {at} flipped");
}
