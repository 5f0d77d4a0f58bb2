//! Why a graph could not be begun, and why one specifier leads nowhere.

use std::fmt;
use std::path::PathBuf;

/// Why there is no graph at all. Everything past the entry has a place inside the graph instead.
#[derive(Debug)]
#[non_exhaustive]
pub enum GraphError {
    /// The entry is not a file, with or without the extensions and `index` that Node tries.
    EntryNotFound {
        /// The entry as given.
        entry: String,
    },
    /// The entry is not an absolute path or a `file:` URL.
    EntryNotAFile {
        /// The entry as given.
        entry: String,
    },
    /// The working directory, which a relative entry is read from, is gone.
    NoWorkingDirectory {
        /// What the system said.
        source: std::io::Error,
    },
    /// The threads that crawl could not be started.
    Threads {
        /// What the thread pool said.
        source: rayon::ThreadPoolBuildError,
    },
    /// Whoever asked has changed their mind.
    Cancelled,
}

impl GraphError {
    /// A stable name to branch on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::EntryNotFound { .. } => "GRAPH_ENTRY_NOT_FOUND",
            Self::EntryNotAFile { .. } => "GRAPH_ENTRY_NOT_A_FILE",
            Self::NoWorkingDirectory { .. } => "GRAPH_NO_WORKING_DIRECTORY",
            Self::Threads { .. } => "GRAPH_THREADS",
            Self::Cancelled => "GRAPH_CANCELLED",
        }
    }
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EntryNotFound { entry } => {
                write!(f, "no module at {entry}; give the file to run")
            }
            Self::EntryNotAFile { entry } => {
                write!(f, "{entry} is not a file; give a path or a file: URL")
            }
            Self::NoWorkingDirectory { .. } => {
                write!(f, "the working directory cannot be read; give an absolute path")
            }
            Self::Threads { .. } => write!(f, "the crawling threads could not be started"),
            Self::Cancelled => write!(f, "the crawl was cancelled"),
        }
    }
}

impl std::error::Error for GraphError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NoWorkingDirectory { source } => Some(source),
            Self::Threads { source } => Some(source),
            Self::EntryNotFound { .. } | Self::EntryNotAFile { .. } | Self::Cancelled => None,
        }
    }
}

/// Why a specifier leads nowhere. The kinds are Node's, since its choice between them decides
/// whether the next item of a target array is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResolveError {
    /// No such file or package.
    NotFound {
        /// What was looked for.
        path: PathBuf,
    },
    /// A directory, which `import` does not search.
    Directory {
        /// Which one.
        path: PathBuf,
    },
    /// Not a specifier Node accepts.
    InvalidSpecifier,
    /// A `package.json` that is not JSON, or whose `exports` mixes subpaths and conditions.
    InvalidPackageConfig {
        /// Which one.
        path: PathBuf,
    },
    /// An `exports` or `imports` target that Node refuses.
    InvalidPackageTarget {
        /// Whose `package.json`.
        path: PathBuf,
    },
    /// `exports` does not offer the subpath.
    NotExported {
        /// Whose `package.json`.
        path: PathBuf,
    },
    /// `imports` does not define the name.
    ImportNotDefined,
    /// `node:` and a name this runtime does not have.
    UnknownBuiltin,
    /// Node resolves it and warns; the runtime does that itself.
    Deprecated,
}

impl ResolveError {
    /// Node's code for the same failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "ERR_MODULE_NOT_FOUND",
            Self::Directory { .. } => "ERR_UNSUPPORTED_DIR_IMPORT",
            Self::InvalidSpecifier => "ERR_INVALID_MODULE_SPECIFIER",
            Self::InvalidPackageConfig { .. } => "ERR_INVALID_PACKAGE_CONFIG",
            Self::InvalidPackageTarget { .. } => "ERR_INVALID_PACKAGE_TARGET",
            Self::NotExported { .. } => "ERR_PACKAGE_PATH_NOT_EXPORTED",
            Self::ImportNotDefined => "ERR_PACKAGE_IMPORT_NOT_DEFINED",
            Self::UnknownBuiltin => "ERR_UNKNOWN_BUILTIN_MODULE",
            Self::Deprecated => "DEP0166",
        }
    }
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { path } => write!(f, "nothing at {}", path.display()),
            Self::Directory { path } => write!(f, "{} is a directory", path.display()),
            Self::InvalidSpecifier => write!(f, "not a valid module specifier"),
            Self::InvalidPackageConfig { path } => write!(f, "{} is invalid", path.display()),
            Self::InvalidPackageTarget { path } => {
                write!(f, "{} has an invalid target", path.display())
            }
            Self::NotExported { path } => write!(f, "{} does not export it", path.display()),
            Self::ImportNotDefined => write!(f, "no package defines this import"),
            Self::UnknownBuiltin => write!(f, "this runtime has no such module"),
            Self::Deprecated => write!(f, "the runtime warns about this path"),
        }
    }
}

impl std::error::Error for ResolveError {}
