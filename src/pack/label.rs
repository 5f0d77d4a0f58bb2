//! What stands before a portable pack: for whom it was made, in words.
//!
//! The pack behind it has paths that are relative to a folder, so it is no pack before it is placed
//! somewhere ([`super::placed`]). The label is read first: a pack that was made for somebody else is
//! refused with both names, and its megabytes are not read.
//!
//! ```text
//! 0   magic "BMESP\r\x1a\n"
//! 8   version u32, length of the label u32
//! 16  xxh3-64 of the label
//! 24  the label, JSON; zeros up to an 8-byte boundary; the pack
//! ```

use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::bytes::{put_u32, put_u64, u32_at, u64_at};
use super::error::PackError;

/// The first bytes; the control bytes expose text-mode damage.
pub const LABEL_MAGIC: [u8; 8] = *b"BMESP\r\x1a\n";
/// Of the label and of what is relative in the pack behind it.
const VERSION: u32 = 1;
const HEAD_LEN: usize = 24;
/// No label is longer; what is read here has not been checked yet.
const MAX_LABEL: u32 = 1 << 20;

/// For whom a portable pack was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// The runtime as people name it: `node-24.9.0-linux-x64`.
    pub runtime: String,
    /// What else tells builds of it apart.
    pub build: String,
    /// The URL of its entry, relative to the folder it serves: `/src/main.mjs`.
    pub entry: String,
    /// Everything that could lead a specifier elsewhere.
    pub settings: Vec<String>,
    /// Nothing but the entry is compared with the disk.
    pub is_frozen: bool,
}

impl Label {
    /// The bytes that go before a pack.
    ///
    /// # Errors
    /// [`PackError::TooLarge`] where no reader would take them.
    pub fn to_bytes(&self) -> Result<Vec<u8>, PackError> {
        let too_large = PackError::TooLarge { section: "label" };
        let text = serde_json::to_vec(self).map_err(|_| too_large.clone())?;
        let len = u32::try_from(text.len()).ok().filter(|len| *len <= MAX_LABEL);
        let mut out = vec![0; HEAD_LEN];
        out[..LABEL_MAGIC.len()].copy_from_slice(&LABEL_MAGIC);
        put_u32(&mut out, 8, VERSION);
        put_u32(&mut out, 12, len.ok_or(too_large)?);
        put_u64(&mut out, 16, xxh3_64(&text));
        out.extend_from_slice(&text);
        out.resize(out.len().next_multiple_of(8), 0);
        Ok(out)
    }

    /// Reads a label; the pack is what follows. `None` if there is none, and some bytes have been read.
    ///
    /// # Errors
    /// What the system says, and why what is there is not a label.
    pub fn read(from: &mut impl Read) -> io::Result<Result<Option<Self>, PackError>> {
        let mut head = [0; HEAD_LEN];
        if !fill(from, &mut head)? || head[..LABEL_MAGIC.len()] != LABEL_MAGIC {
            return Ok(Ok(None));
        }
        let (version, len) = (u32_at(&head, 8), u32_at(&head, 12));
        if version != VERSION {
            return Ok(Err(PackError::Version { found: version }));
        }
        if len > MAX_LABEL {
            return Ok(Err(PackError::Damaged { section: "label" }));
        }
        let mut text = vec![0; (len as usize).next_multiple_of(8)];
        let is_whole = fill(from, &mut text)?;
        text.truncate(len as usize);
        if !is_whole || xxh3_64(&text) != u64_at(&head, 16) {
            return Ok(Err(PackError::Damaged { section: "label" }));
        }
        let label = serde_json::from_slice(&text);
        Ok(label.map(Some).map_err(|_| PackError::Damaged { section: "label" }))
    }
}

/// Whether there were enough bytes.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match from.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label() -> Label {
        Label {
            runtime: "node-24.9.0-linux-x64".to_owned(),
            build: "v8 13".to_owned(),
            entry: "/main.mjs".to_owned(),
            settings: vec!["--conditions=x".to_owned()],
            is_frozen: false,
        }
    }

    #[test]
    fn a_label_is_read_back_and_leaves_the_pack() {
        let mut bytes = label().to_bytes().expect("bytes");
        assert!(bytes.len().is_multiple_of(8));
        bytes.extend_from_slice(b"pack");
        let mut from = &bytes[..];
        assert_eq!(Label::read(&mut from).expect("read"), Ok(Some(label())));
        assert_eq!(from, b"pack");
    }

    #[test]
    fn every_damage_and_every_cut_is_refused() {
        let bytes = label().to_bytes().expect("bytes");
        let end = HEAD_LEN + serde_json::to_vec(&label()).expect("json").len();
        for at in 0..end {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            let read = Label::read(&mut &damaged[..]).expect("read");
            assert!(!matches!(read, Ok(Some(_))), "byte {at}: {read:?}");
            let cut = Label::read(&mut &bytes[..at]).expect("read");
            assert!(!matches!(cut, Ok(Some(_))), "cut at {at}: {cut:?}");
        }
    }
}
