//! Why the store cannot be used, or a file in it cannot be believed.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{fmt, io};

use crate::miss::MissReason;

/// A reason to do without the cache. None of these is worth stopping an app for.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// Neither an option, nor `BMES_CACHE_DIR`, nor a home directory says where the cache is.
    NoDirectory,
    /// Somebody else could have written what is there.
    NotTrusted {
        /// The file or directory.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// There is no such file.
    Missing,
    /// The system refused.
    Io {
        /// What was tried: `open`, `create`, ...
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// An entry is not as it was written.
    Damaged {
        /// In what way.
        what: &'static str,
    },
    /// An entry was written for another of these.
    Foreign {
        /// What differs.
        what: &'static str,
    },
    /// The limit leaves no room.
    Full {
        /// How many bytes should have been written.
        len: u64,
        /// The limit in bytes.
        max_size: u64,
    },
    /// Another process is making room, and did not finish in time.
    Busy,
    /// Nothing may be written.
    ReadOnly,
}

impl StoreError {
    pub(super) fn io(what: &'static str, path: &Path, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::NotFound && what == "open" {
            return Self::Missing;
        }
        Self::Io { what, path: path.to_owned(), source }
    }

    /// The stable code of this kind.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoDirectory => "BMES_STORE_NO_DIRECTORY",
            Self::NotTrusted { .. } => "BMES_STORE_NOT_TRUSTED",
            Self::Missing => "BMES_STORE_MISSING",
            Self::Io { .. } => "BMES_STORE_IO",
            Self::Damaged { .. } => "BMES_STORE_DAMAGED",
            Self::Foreign { .. } => "BMES_STORE_FOREIGN",
            Self::Full { .. } => "BMES_STORE_FULL",
            Self::Busy => "BMES_STORE_BUSY",
            Self::ReadOnly => "BMES_READONLY",
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDirectory => {
                write!(f, "no home directory; set BMES_CACHE_DIR to keep a cache")
            }
            Self::NotTrusted { path, why } => write!(f, "{} {why}", path.display()),
            Self::Missing => write!(f, "not in the cache"),
            Self::Io { what, path, .. } => write!(f, "cannot {what} {}", path.display()),
            Self::Damaged { what } => write!(f, "the entry {what}"),
            Self::Foreign { what } => write!(f, "the entry was made for another {what}"),
            Self::Full { len, max_size } => {
                write!(f, "{len} bytes do not fit under the limit of {max_size} (BMES_MAX_SIZE)")
            }
            Self::Busy => write!(f, "another process is sweeping the cache"),
            Self::ReadOnly => write!(f, "the cache is read-only"),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<StoreError> for MissReason {
    fn from(error: StoreError) -> Self {
        let cause = error.source().map(|cause| format!(": {cause}"));
        Self::new(error.code(), format!("{error}{}", cause.unwrap_or_default()))
    }
}
