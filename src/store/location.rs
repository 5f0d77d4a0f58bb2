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

/// A size in bytes: digits, and `K`, `M` or `G` for powers of 1024.
pub fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let unit = match text.bytes().last()?.to_ascii_uppercase() {
        b'K' => 1 << 10,
        b'M' => 1 << 20,
        b'G' => 1 << 30,
        _ => 1,
    };
    let digits = if unit == 1 { text } else { &text[..text.len() - 1] };
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { digits.parse::<u64>().ok()?.checked_mul(unit) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_digits_and_one_unit() {
        for (text, expected) in
            [("0", Some(0)), ("1000", Some(1000)), ("2k", Some(2048)), (" 100M ", Some(100 << 20))]
        {
            assert_eq!(parse_size(text), expected, "{text}");
        }
        for wrong in ["", "M", "-1", "+1", "1.5M", "10MB", "1 M", "99999999999999999999", "é"] {
            assert_eq!(parse_size(wrong), None, "{wrong}");
        }
    }
}
