//! Names made of SHA-256. They say what a file depends on; they do not detect damage.

use std::fmt::Write as _;
use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// Names the pack of one app under one set of resolution settings.
pub type AppKey = [u8; 32];

/// Names the record of one module with one content.
pub type RecordKey = [u8; 32];

/// SHA-256 of a file's bytes.
pub fn content_hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The same of everything a reader gives.
///
/// # Errors
/// The reader's.
pub fn content_hash_of(mut reader: impl Read) -> io::Result<[u8; 32]> {
    let mut hasher = Sha256::new();
    let mut buffer = [0; 32 * 1024];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finalize().into()),
            Ok(read) => hasher.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
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

/// The key of a record: SHA-256 of the module's URL, a zero byte and the SHA-256 of its content. The
/// URL is empty where equal files may share a record.
pub fn record_key(url: &str, content: &[u8; 32]) -> RecordKey {
    let mut hasher = Sha256::new();
    hasher.update(url);
    hasher.update([0]);
    hasher.update(content);
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

/// The key that 64 lower-case hexadecimal digits say.
pub fn key_of_hex(digits: &str) -> Option<[u8; 32]> {
    let digits = digits.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut key = [0; 32];
    for (byte, two) in key.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(two[0])? << 4 | value(two[1])?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_is_read_back_and_nothing_else_is() {
        let key = content_hash(b"");
        assert_eq!(key_of_hex(&hex(&key)), Some(key));
        for wrong in ["", "e3b0", &hex(&key).to_uppercase(), &format!("{}0", hex(&key))] {
            assert_eq!(key_of_hex(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_reader_is_hashed_as_its_bytes_are() {
        let bytes = vec![7; 100_000];
        assert_eq!(content_hash_of(&bytes[..]).expect("read"), content_hash(&bytes));
    }

    #[test]
    fn url_and_content_cannot_be_shifted_into_each_other() {
        let (one, two) = (content_hash(b"1"), content_hash(b"2"));
        assert_ne!(record_key("a", &one), record_key("a", &two));
        assert_ne!(record_key("a", &one), record_key("", &one));
    }
}
