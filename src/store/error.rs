//! Why the store cannot be used, or a file in it cannot be believed.

use std::path::PathBuf;
use std::{fmt, io};

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
}

impl StoreError {
    pub(super) fn io(what: &'static str, path: &std::path::Path, source: io::Error) -> Self {
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
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
