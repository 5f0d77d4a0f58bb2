//! How a file's state is captured from its metadata.
//!
//! The one place that knows what each platform can tell. Where device, inode and change time cannot
//! be had, they are zero and only size and modification time speak, so such platforms lean more on
//! the content hash.

use std::fs::Metadata;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::module_graph::FileIdentity;

/// A timestamp younger than this may be shared by a later write: the same span git allows.
const RACY_SPAN_NS: i64 = 2_000_000_000;

impl FileIdentity {
    /// The state that `metadata` tells.
    #[cfg(unix)]
    pub fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            dev: metadata.dev(),
            ino: metadata.ino(),
            size: metadata.size(),
            mtime_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            ctime_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// The state that `metadata` tells.
    #[cfg(not(unix))]
    pub fn of(metadata: &Metadata) -> Self {
        let since_epoch = |time: std::io::Result<SystemTime>| time.map_or(0, nanoseconds_of);
        Self {
            dev: 0,
            ino: 0,
            size: metadata.len(),
            mtime_ns: since_epoch(metadata.modified()),
            ctime_ns: 0,
        }
    }

    /// Whether a write right after `now_ns` could leave this identity as it is. A timestamp in the
    /// future counts too: the clock has moved, so it proves nothing.
    pub fn is_racy_at(&self, now_ns: i64) -> bool {
        now_ns.saturating_sub(self.mtime_ns.max(self.ctime_ns)) < RACY_SPAN_NS
    }

    /// [`is_racy_at`](Self::is_racy_at) the present moment.
    pub fn is_racy_now(&self) -> bool {
        self.is_racy_at(nanoseconds_of(SystemTime::now()))
    }
}

#[cfg(unix)]
fn nanoseconds(seconds: i64, nanoseconds: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds)
}

fn nanoseconds_of(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_racy_until_two_seconds_after_its_later_timestamp() {
        let identity = FileIdentity { mtime_ns: 5, ctime_ns: 10, ..FileIdentity::default() };
        assert!(identity.is_racy_at(0));
        assert!(identity.is_racy_at(10 + RACY_SPAN_NS - 1));
        assert!(!identity.is_racy_at(10 + RACY_SPAN_NS));
    }
}
