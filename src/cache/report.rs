//! What the cache did, in numbers.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::store::Counters;

/// Names of counters on disk.
pub(crate) mod counter {
    /// Records that were found.
    pub const HIT: &str = "record.hit";
    /// Records that were not found, by code.
    pub const MISS: &str = "record.miss.";
    /// Records that were saved.
    pub const SAVED: &str = "record.saved";
    /// Records that could not be saved, by code.
    pub const REFUSED: &str = "record.refused.";
    /// Apps that started from their pack.
    pub const START_HIT: &str = "start.hit";
    /// Apps that did not, by code.
    pub const START_MISS: &str = "start.miss.";
    /// Bytes of records that were found.
    pub const READ: &str = "bytes.read";
    /// Bytes of records and packs that were written.
    pub const WRITTEN: &str = "bytes.written";
    /// Files removed by sweeps.
    pub const SWEPT: &str = "swept.files";
    /// Their bytes.
    pub const SWEPT_BYTES: &str = "swept.bytes";
}

/// What was done in some time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// Records that were found.
    pub hits: u64,
    /// Records that were not, by code.
    pub misses: BTreeMap<String, u64>,
    /// Records that were saved.
    pub saves: u64,
    /// Records that could not be saved, by code.
    pub refusals: BTreeMap<String, u64>,
    /// Starts of apps from their pack.
    pub starts: u64,
    /// Starts of apps without it, by code.
    pub missed_starts: BTreeMap<String, u64>,
    /// Bytes of records that were found.
    pub bytes_read: u64,
    /// Bytes of records and packs that were written.
    pub bytes_written: u64,
    /// Files that sweeps removed.
    pub evictions: u64,
    /// Their bytes.
    pub bytes_evicted: u64,
}

impl From<&Counters> for Tally {
    fn from(counters: &Counters) -> Self {
        let mut tally = Self::default();
        for (name, number) in counters.iter() {
            let mut by_code = |map: fn(&mut Self) -> &mut BTreeMap<String, u64>, prefix: &str| {
                let code = name.strip_prefix(prefix).unwrap_or(name).to_owned();
                *map(&mut tally).entry(code).or_default() += number;
            };
            match name {
                counter::HIT => tally.hits = number,
                counter::SAVED => tally.saves = number,
                counter::START_HIT => tally.starts = number,
                counter::READ => tally.bytes_read = number,
                counter::WRITTEN => tally.bytes_written = number,
                counter::SWEPT => tally.evictions = number,
                counter::SWEPT_BYTES => tally.bytes_evicted = number,
                name if name.starts_with(counter::MISS) => {
                    by_code(|tally| &mut tally.misses, counter::MISS);
                }
                name if name.starts_with(counter::REFUSED) => {
                    by_code(|tally| &mut tally.refusals, counter::REFUSED);
                }
                name if name.starts_with(counter::START_MISS) => {
                    by_code(|tally| &mut tally.missed_starts, counter::START_MISS);
                }
                // Of a later release.
                _ => {}
            }
        }
        tally
    }
}

/// Where the cache is and what it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CacheStats {
    /// The directory, if anything says where it is.
    pub directory: Option<String>,
    /// Why nothing can be kept there; absent if it can.
    pub code: Option<&'static str>,
    /// The same for people.
    pub message: Option<String>,
    /// Bytes that are kept, by the last count and what was written since.
    pub size: u64,
    /// The limit in bytes.
    pub max_size: u64,
    /// By this object.
    pub run: Tally,
    /// By all processes since the last reset.
    pub total: Tally,
}
