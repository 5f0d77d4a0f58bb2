//! Names made of SHA-256. They say what a file depends on; they do not detect damage.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// Names the pack of one app under one set of resolution settings.
pub type AppKey = [u8; 32];

/// SHA-256 of a file's bytes.
pub fn content_hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The key of an app: its entry's URL and every setting that could lead a specifier elsewhere.
pub fn app_key<'a>(entry_url: &str, settings: impl Iterator<Item = &'a str>) -> AppKey {
    let mut hasher = Sha256::new();
    hasher.update(entry_url);
    for setting in settings {
        hasher.update([0]);
        hasher.update(setting);
    }
    hasher.finalize().into()
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}
