//! One entry: a header that says what the payload is, and the payload.
//!
//! A record has no checksum of its own and does not say what it is of; the header has both. The key
//! is in it too, so that a file under another's name is not taken for the other.

use xxhash_rust::xxh3::xxh3_64;

use super::error::StoreError;
use super::key::RecordKey;

/// The first bytes; the control bytes expose text-mode damage. Packs have no `E`.
pub const MAGIC: [u8; 8] = *b"BMESE\r\n\x1a";
/// Bumped on any layout change; readers refuse every other value.
pub const VERSION: u32 = 1;
/// A BMES v1 record.
pub const KIND_RECORD: u32 = 1;
/// What a run of an app has seen.
pub const KIND_TRANSCRIPT: u32 = 2;

/// Where each field starts; integers are little-endian.
pub const VERSION_AT: usize = MAGIC.len();
/// What the payload is.
pub const KIND_AT: usize = VERSION_AT + 4;
/// SHA-256 of the runtime's identity.
pub const RUNTIME_AT: usize = KIND_AT + 4;
/// The key.
pub const KEY_AT: usize = RUNTIME_AT + 32;
/// How many bytes of payload follow the header.
pub const PAYLOAD_LEN_AT: usize = KEY_AT + 32;
/// xxh3-64 of the payload.
pub const PAYLOAD_CHECKSUM_AT: usize = PAYLOAD_LEN_AT + 8;
/// xxh3-64 of everything before it.
pub const HEADER_CHECKSUM_AT: usize = PAYLOAD_CHECKSUM_AT + 8;
/// Where the payload starts.
pub const HEADER_LEN: usize = HEADER_CHECKSUM_AT + 8;

const _: () = assert!(HEADER_LEN == 104, "docs/store.md says 104");

/// The header of a record's entry.
pub fn header(runtime: &[u8; 32], key: &RecordKey, payload: &[u8]) -> [u8; HEADER_LEN] {
    header_of(KIND_RECORD, runtime, key, payload)
}

/// The header of an entry of this kind with this payload.
pub fn header_of(
    kind: u32,
    runtime: &[u8; 32],
    key: &[u8; 32],
    payload: &[u8],
) -> [u8; HEADER_LEN] {
    let mut header = [0; HEADER_LEN];
    header[..VERSION_AT].copy_from_slice(&MAGIC);
    header[VERSION_AT..KIND_AT].copy_from_slice(&VERSION.to_le_bytes());
    header[KIND_AT..RUNTIME_AT].copy_from_slice(&kind.to_le_bytes());
    header[RUNTIME_AT..KEY_AT].copy_from_slice(runtime);
    header[KEY_AT..PAYLOAD_LEN_AT].copy_from_slice(key);
    let len = payload.len() as u64;
    header[PAYLOAD_LEN_AT..PAYLOAD_CHECKSUM_AT].copy_from_slice(&len.to_le_bytes());
    let checksum = xxh3_64(payload);
    header[PAYLOAD_CHECKSUM_AT..HEADER_CHECKSUM_AT].copy_from_slice(&checksum.to_le_bytes());
    let checksum = xxh3_64(&header[..HEADER_CHECKSUM_AT]);
    header[HEADER_CHECKSUM_AT..].copy_from_slice(&checksum.to_le_bytes());
    header
}

/// The record, if every byte of the entry is as it was written for this runtime and key.
///
/// # Errors
/// [`StoreError::Damaged`] or [`StoreError::Foreign`].
pub fn payload<'a>(
    bytes: &'a [u8],
    runtime: &[u8; 32],
    key: &RecordKey,
) -> Result<&'a [u8], StoreError> {
    payload_of(KIND_RECORD, bytes, runtime, key)
}

/// The payload of an entry of this kind.
///
/// # Errors
/// As [`payload`].
pub fn payload_of<'a>(
    kind: u32,
    bytes: &'a [u8],
    runtime: &[u8; 32],
    key: &[u8; 32],
) -> Result<&'a [u8], StoreError> {
    let damaged = |what| StoreError::Damaged { what };
    let Some((header, payload)) = bytes.split_at_checked(HEADER_LEN) else {
        return Err(damaged("is shorter than its header"));
    };
    if header[..VERSION_AT] != MAGIC {
        return Err(damaged("is not an entry"));
    }
    // Before any field is believed; an unknown version may have another header altogether.
    let version = u32_at(header, VERSION_AT);
    if version != VERSION {
        return Err(StoreError::Foreign { what: "version of the store" });
    }
    if xxh3_64(&header[..HEADER_CHECKSUM_AT]) != u64_at(header, HEADER_CHECKSUM_AT) {
        return Err(damaged("has a header that is not as written"));
    }
    if u32_at(header, KIND_AT) != kind {
        return Err(StoreError::Foreign { what: "kind of entry" });
    }
    if header[RUNTIME_AT..KEY_AT] != *runtime {
        return Err(StoreError::Foreign { what: "runtime" });
    }
    if header[KEY_AT..PAYLOAD_LEN_AT] != *key {
        return Err(StoreError::Foreign {
            what: if kind == KIND_RECORD { "module" } else { "app" },
        });
    }
    if u64_at(header, PAYLOAD_LEN_AT) != payload.len() as u64 {
        return Err(damaged("is not as long as its header says"));
    }
    if xxh3_64(payload) != u64_at(header, PAYLOAD_CHECKSUM_AT) {
        return Err(damaged("is not as written"));
    }
    Ok(payload)
}

/// Whether a file of this length can be the entry that starts with `header`.
///
/// # Errors
/// [`StoreError::Damaged`] if it is longer or shorter, or if it starts like no entry.
pub fn check_len(header: &[u8], file_len: u64) -> Result<(), StoreError> {
    let damaged = |what| Err(StoreError::Damaged { what });
    if header.len() < HEADER_LEN {
        return damaged("is shorter than its header");
    }
    if header[..VERSION_AT] != MAGIC {
        return damaged("is not an entry");
    }
    let payload_len = file_len.saturating_sub(HEADER_LEN as u64);
    // An unknown version may have another header altogether, and is foreign.
    if u32_at(header, VERSION_AT) == VERSION && u64_at(header, PAYLOAD_LEN_AT) != payload_len {
        return damaged("is not as long as its header says");
    }
    Ok(())
}

/// The runtime an entry says it is for, to verify entries of other runtimes.
pub fn stated_runtime(bytes: &[u8]) -> Option<[u8; 32]> {
    bytes.get(RUNTIME_AT..KEY_AT)?.try_into().ok()
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes[at..].first_chunk().map_or(0, |four| u32::from_le_bytes(*four))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes[at..].first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNTIME: [u8; 32] = [1; 32];
    const KEY: RecordKey = [2; 32];

    fn entry(of: &[u8]) -> Vec<u8> {
        [&header(&RUNTIME, &KEY, of)[..], of].concat()
    }

    #[test]
    fn what_was_written_is_read() {
        for of in [&b""[..], b"a record"] {
            assert_eq!(payload(&entry(of), &RUNTIME, &KEY).expect("whole"), of);
        }
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_refused() {
        let whole = entry(b"a record");
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut bytes = whole.clone();
                bytes[at] ^= 1 << bit;
                assert!(payload(&bytes, &RUNTIME, &KEY).is_err(), "byte {at} bit {bit}");
            }
            assert!(payload(&whole[..at], &RUNTIME, &KEY).is_err(), "{at} bytes");
        }
        assert!(payload(&[&whole[..], b"\0"].concat(), &RUNTIME, &KEY).is_err(), "one more");
    }

    #[test]
    fn an_entry_of_another_runtime_or_module_is_foreign() {
        let bytes = entry(b"a record");
        for (runtime, key) in [([9; 32], KEY), (RUNTIME, [9; 32])] {
            let refused = payload(&bytes, &runtime, &key).expect_err("foreign");
            assert_eq!(refused.code(), "BMES_STORE_FOREIGN");
        }
    }
}
