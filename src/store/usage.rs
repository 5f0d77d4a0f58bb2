//! How much the store holds, without counting.
//!
//! One small file has the bytes of the last count in its header, and after it one byte for each KiB
//! written since: its length says how much that is. Appends of several processes do not get lost
//! and asking costs one `fstat`, so a save costs the same whatever the store holds. Only growth is
//! noted: what was replaced or removed shows at the next count, so the estimate is never too low by
//! more than what is being written at this moment.

use std::io::{Read as _, Write as _};
use std::time::{Duration, SystemTime};

use xxhash_rust::xxh3::xxh3_64;

use super::Folder;
use super::error::StoreError;
use super::publish::publish;

/// Its name.
pub(super) const USAGE_FILE: &str = "usage";

/// The first bytes; the control bytes expose text-mode damage.
const MAGIC: [u8; 8] = *b"BMESU\r\n\x1a";
const BYTES_AT: usize = MAGIC.len();
const COUNTED_AT: usize = BYTES_AT + 8;
const CHECKSUM_AT: usize = COUNTED_AT + 8;
const HEADER_LEN: usize = CHECKSUM_AT + 8;

const _: () = assert!(HEADER_LEN == 32, "docs/store.md says 32");

/// How many bytes one appended byte stands for.
const UNIT: u64 = 1024;

/// After this time things are counted again, however little was written: the engine's own cache
/// grows without a note, and folders of runtimes that are gone wait for it.
const COUNT_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// What the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Usage {
    /// Bytes at the last count.
    counted: u64,
    /// Seconds since 1970 at the last count.
    counted_at: u64,
    /// Units written since.
    pub(super) noted: u64,
}

impl Usage {
    /// What is known; `None` if nothing is, because nothing was counted yet or the file is damaged.
    pub(super) fn read(v1: &Folder) -> Option<Self> {
        let (mut file, facts) = v1.open_file(USAGE_FILE).ok()?;
        let mut header = [0; HEADER_LEN];
        file.read_exact(&mut header).ok()?;
        let word = |at: usize| header[at..].first_chunk().map(|eight| u64::from_le_bytes(*eight));
        let is_whole =
            header[..BYTES_AT] == MAGIC && word(CHECKSUM_AT)? == xxh3_64(&header[..CHECKSUM_AT]);
        let noted = facts.size.saturating_sub(HEADER_LEN as u64);
        is_whole.then_some(Self { counted: word(BYTES_AT)?, counted_at: word(COUNTED_AT)?, noted })
    }

    /// At most this many bytes are in the store.
    pub(super) fn bytes(&self) -> u64 {
        self.counted.saturating_add(self.noted.saturating_mul(UNIT))
    }

    /// Whether it is time to count again.
    pub(super) fn is_old(&self, now: SystemTime) -> bool {
        let now = seconds(now);
        // A clock that was moved back says nothing about how long ago that was.
        now < self.counted_at || now - self.counted_at > COUNT_EVERY.as_secs()
    }
}

/// Notes that `bytes` have been written, or will be by somebody else.
///
/// # Errors
/// What the system says.
pub(super) fn note(v1: &Folder, bytes: u64) -> Result<(), StoreError> {
    let failed = |error| StoreError::io("write", &v1.path().join(USAGE_FILE), error);
    // One that is new has no header: the next writer counts.
    let (mut file, _) = v1.make_for_append(USAGE_FILE)?;
    // One write: appends of others come before it or after it.
    let units = usize::try_from(bytes.div_ceil(UNIT)).unwrap_or(usize::MAX);
    file.write_all(&vec![b'.'; units.min(1 << 30)]).map_err(failed)
}

/// Writes down a count. `noted` is how much of what was noted the count may have missed.
///
/// # Errors
/// What the system says.
pub(super) fn write(
    v1: &Folder,
    temporaries: &Folder,
    counted: u64,
    noted: u64,
    now: SystemTime,
) -> Result<(), StoreError> {
    let counted = counted.saturating_add(noted.saturating_mul(UNIT));
    let mut file = MAGIC.to_vec();
    file.extend(counted.to_le_bytes());
    file.extend(seconds(now).to_le_bytes());
    file.extend(xxh3_64(&file).to_le_bytes());
    publish(temporaries, v1, USAGE_FILE, &file)
        .map_err(|error| StoreError::io("write", &v1.path().join(USAGE_FILE), error))
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}
