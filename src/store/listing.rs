//! What a directory says about a name in it.

use std::time::{Duration, SystemTime};

/// What kind of thing has the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Folder,
    /// A link, a FIFO, a device.
    Other,
}

/// What is known without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// What has the name.
    pub kind: Kind,
    /// Its apparent size in bytes.
    pub size: u64,
    /// When it was last written to or touched, to the second.
    pub modified: SystemTime,
}

impl Facts {
    /// How long ago it was written to or touched. A time that has not come yet, by more than a
    /// minute, was set by a clock that has since been moved back: nothing is known then, and it
    /// counts as long ago.
    pub fn age(&self, now: SystemTime) -> Duration {
        match now.duration_since(self.modified) {
            Ok(age) => age,
            Err(ahead) if ahead.duration() <= Duration::from_secs(60) => Duration::ZERO,
            Err(_) => Duration::MAX,
        }
    }
}
