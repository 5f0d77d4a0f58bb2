//! Edits of a pack's bytes that its checksums do not betray.

use std::ops::Range;

use bmes_cache::pack::Section;
use bmes_cache::pack::layout::*;
use xxhash_rust::xxh3::xxh3_64;

/// A pack under the knife.
pub struct Forge {
    pub bytes: Vec<u8>,
}

impl Forge {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    pub fn u64(&self, at: usize) -> u64 {
        let field = self.bytes[at..at + 8].try_into().expect("eight bytes");
        u64::from_le_bytes(field)
    }

    pub fn put_u8(&mut self, at: usize, value: u8) {
        self.bytes[at] = value;
    }

    pub fn put_u32(&mut self, at: usize, value: u32) {
        self.bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }

    pub fn put_u64(&mut self, at: usize, value: u64) {
        self.bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
    }

    /// Where a section lies, as far as the header can be believed.
    pub fn section(&self, section: Section) -> Option<Range<usize>> {
        let row = section_row(section);
        let start = usize::try_from(self.u64(row)).ok()?;
        let end = start.checked_add(usize::try_from(self.u64(row + S_LEN)).ok()?)?;
        (end <= self.bytes.len()).then_some(start..end)
    }

    /// Where a row of a table starts.
    pub fn row(&self, section: Section, index: usize) -> usize {
        self.section(section).expect("a sound header").start + index * section.row_len()
    }

    /// Where a module's part of a section lies, as far as its row can be believed.
    pub fn part(&self, section: Section, row: usize, at: usize) -> Option<Range<usize>> {
        let whole = self.section(section)?;
        let start = whole.start.checked_add(usize::try_from(self.u64(row + at)).ok()?)?;
        let end = start.checked_add(usize::try_from(self.u64(row + at + 8)).ok()?)?;
        (end <= whole.end).then_some(start..end)
    }

    /// Writes every checksum anew, as a forger would.
    pub fn seal(mut self) -> Vec<u8> {
        if let Some(modules) = self.section(Section::Modules) {
            for row in modules.clone().step_by(MODULE_LEN) {
                if row + MODULE_LEN > modules.end {
                    break;
                }
                for (section, at, checksum_at) in [
                    (Section::Records, M_RECORD_AT, M_RECORD_CHECKSUM),
                    (Section::Sources, M_SOURCE_AT, M_SOURCE_CHECKSUM),
                ] {
                    if let Some(part) = self.part(section, row, at) {
                        let checksum = xxh3_64(&self.bytes[part]);
                        self.put_u64(row + checksum_at, checksum);
                    }
                }
            }
        }
        for section in Section::ALL.into_iter().filter(|section| section.is_table()) {
            if let Some(range) = self.section(section) {
                let checksum = xxh3_64(&self.bytes[range]);
                self.put_u64(section_row(section) + S_CHECKSUM, checksum);
            }
        }
        let checksum = xxh3_64(&self.bytes[..HEADER_CHECKSUM_AT]);
        self.put_u64(HEADER_CHECKSUM_AT, checksum);
        self.bytes
    }
}
