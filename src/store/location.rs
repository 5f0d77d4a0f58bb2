//! Where the cache is, and how large it may be.

use std::env;
use std::path::{Path, PathBuf};

use super::error::StoreError;

/// Bumped when the layout on disk changes; older ones are left unread.
pub(super) const LAYOUT: &str = "v1";

/// The limit unless told otherwise: 100 MiB.
pub const DEFAULT_MAX_SIZE: u64 = 100 * 1024 * 1024;

/// Where the cache is unless told otherwise: `BMES_CACHE_DIR`, else `~/.bun-cache/esm`.
///
/// # Errors
/// [`StoreError::NoDirectory`] without a usable home. Never a shared temporary directory.
pub fn default_directory() -> Result<PathBuf, StoreError> {
    let path_in = |name| env::var_os(name).map(PathBuf::from);
    if let Some(directory) = path_in("BMES_CACHE_DIR").filter(|path| *path != Path::new("")) {
        return Ok(directory);
    }
    let home = path_in(if cfg!(windows) { "USERPROFILE" } else { "HOME" });
    let home = home.filter(|path| path.is_absolute());
    Ok(home.ok_or(StoreError::NoDirectory)?.join(".bun-cache").join("esm"))
}
