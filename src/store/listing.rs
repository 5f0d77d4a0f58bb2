//! What a directory says about a name in it.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::error::StoreError;

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
    /// Reads on to where the file ended when it was opened, and at most a byte more, which shows that it
    /// is no longer what was checked. `bytes` are those that were read before.
    pub(super) fn read_rest(
        &self,
        file: File,
        mut bytes: Vec<u8>,
        path: &Path,
    ) -> Result<Vec<u8>, StoreError> {
        let failed = |error| StoreError::io("read", path, error);
        let rest = self.size.saturating_sub(bytes.len() as u64);
        bytes
            .try_reserve_exact(usize::try_from(rest).unwrap_or(usize::MAX))
            .map_err(|_| failed(ErrorKind::OutOfMemory.into()))?;
        file.take(rest.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }

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
