//! Numbers in bytes, all little-endian, and the strings that rows point to.
//!
//! Reading assumes that a row is as long as its layout says; whoever cuts rows sees to that.

use rustc_hash::FxHashMap;

use super::error::PackError;
use super::section::Section;

/// `{ offset u32, length u32 }` into the strings.
pub const STRING_REF_LEN: usize = 8;
/// A target nobody could resolve; nothing has so high a number.
pub const NO_TARGET: u32 = u32::MAX;

pub(super) fn array_at<const N: usize>(row: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&row[at..at + N]);
    out
}

pub(super) fn u32_at(row: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array_at(row, at))
}

pub(super) fn u64_at(row: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array_at(row, at))
}

/// A 64-bit field as a length here; on a 32-bit machine a larger one fails every bounds check.
pub(super) fn usize_at(row: &[u8], at: usize) -> usize {
    usize::try_from(u64_at(row, at)).unwrap_or(usize::MAX)
}

pub(super) fn put_u32(row: &mut [u8], at: usize, value: u32) {
    row[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

pub(super) fn put_u64(row: &mut [u8], at: usize, value: u64) {
    row[at..at + 8].copy_from_slice(&value.to_le_bytes());
}

/// `number` as 32 bits, if they can hold it.
pub(super) fn count(number: usize, section: Section) -> Result<u32, PackError> {
    u32::try_from(number)
        .ok()
        .filter(|count| *count != NO_TARGET)
        .ok_or(PackError::TooLarge { section: section.name() })
}

pub(super) fn malformed(section: Section, what: &'static str) -> PackError {
    PackError::Malformed { section: section.name(), what }
}

/// The strings section as it is written: each distinct string once, in the order of first use.
#[derive(Default)]
pub(super) struct Interner {
    pub(super) bytes: Vec<u8>,
    known: FxHashMap<String, (u32, u32)>,
}

impl Interner {
    /// One that goes on after strings which rows point to already.
    pub(super) fn after(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), known: FxHashMap::default() }
    }

    /// Puts a reference to `text` at `at` of a row.
    pub(super) fn put(&mut self, row: &mut [u8], at: usize, text: &str) -> Result<(), PackError> {
        let (offset, len) = match self.known.get(text) {
            Some(known) => *known,
            None => {
                let offset = count(self.bytes.len(), Section::Strings)?;
                let reference = (offset, count(text.len(), Section::Strings)?);
                self.bytes.extend_from_slice(text.as_bytes());
                self.known.insert(text.to_owned(), reference);
                reference
            }
        };
        put_u32(row, at, offset);
        put_u32(row, at + 4, len);
        Ok(())
    }
}

/// The strings section as it is read.
#[derive(Clone, Copy)]
pub(super) struct Strings<'a>(&'a str);

impl<'a> Strings<'a> {
    /// # Errors
    /// Where the section is not UTF-8.
    pub(super) fn new(section: &'a [u8]) -> Result<Self, PackError> {
        let text = std::str::from_utf8(section);
        text.map(Self).map_err(|_| malformed(Section::Strings, "not UTF-8"))
    }

    /// Whether the reference at `at` of a row of `section` is to a string.
    pub(super) fn check(self, section: Section, row: &[u8], at: usize) -> Result<(), PackError> {
        let (start, len) = (u32_at(row, at) as usize, u32_at(row, at + 4) as usize);
        match self.0.get(start..start.saturating_add(len)) {
            Some(_) => Ok(()),
            None => Err(malformed(section, "a string lies outside the strings")),
        }
    }
}

/// The string that `at` of a row points to, once [`Strings::check`] has passed it.
pub(super) fn string_at<'a>(strings: &'a [u8], row: &[u8], at: usize) -> &'a str {
    let (start, len) = (u32_at(row, at) as usize, u32_at(row, at + 4) as usize);
    // The check has seen that the whole is UTF-8 and that this range cuts no character.
    std::str::from_utf8(&strings[start..start + len]).unwrap_or("")
}
