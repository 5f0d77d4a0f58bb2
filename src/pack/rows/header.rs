//! The first 288 bytes: what the file is, for whom, and where its sections are.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use super::super::bytes::{
    Interner, STRING_REF_LEN, Strings, array_at, count, malformed, put_u32, put_u64, u32_at,
    u64_at, usize_at,
};
use super::super::error::PackError;
use super::super::section::{SECTIONS, Section};
use super::super::writer::PackContents;

/// The first bytes; the control bytes expose text-mode damage.
pub const MAGIC: [u8; 8] = *b"BMES\r\n\x1a\n";
/// Bumped on any layout change; readers refuse every other value.
pub const VERSION: u32 = 2;

pub const VERSION_AT: usize = MAGIC.len();
pub const SECTION_COUNT_AT: usize = VERSION_AT + 4;
pub const FILE_LEN_AT: usize = SECTION_COUNT_AT + 4;
/// SHA-256 of the runtime's identity.
pub const RUNTIME_AT: usize = FILE_LEN_AT + 8;
/// SHA-256 of the entry URL and the resolution settings.
pub const APP_AT: usize = RUNTIME_AT + 32;
/// `FLAG_*` bits.
pub const FLAGS_AT: usize = APP_AT + 32;
/// How many leading rows of the edges name roots; the first is the entry.
pub const ROOT_COUNT_AT: usize = FLAGS_AT + 4;
/// Why the linker must not run this app; an empty string if it may.
pub const HOOKS_ONLY_AT: usize = ROOT_COUNT_AT + 4;
/// Conditions in effect, joined by newlines: a string reference.
pub const CONDITIONS_AT: usize = HOOKS_ONLY_AT + STRING_REF_LEN;
pub const SECTION_TABLE_AT: usize = CONDITIONS_AT + STRING_REF_LEN;
pub const HEADER_CHECKSUM_AT: usize = SECTION_TABLE_AT + SECTIONS * SECTION_ROW_LEN;
pub const HEADER_LEN: usize = HEADER_CHECKSUM_AT + 8;

/// A row of the table of sections.
pub const S_OFFSET: usize = 0;
pub const S_LEN: usize = S_OFFSET + 8;
pub const S_CHECKSUM: usize = S_LEN + 8;
pub const SECTION_ROW_LEN: usize = S_CHECKSUM + 8;

/// A CommonJS program that was seen to reach ES modules; those are in packs of their own.
pub const FLAG_REACHES_MODULES: u32 = 1;

const _: () = assert!(HEADER_LEN == 288, "docs/pack.md says 288");

/// Where the header speaks of a section.
pub fn section_row(section: Section) -> usize {
    SECTION_TABLE_AT + section as usize * SECTION_ROW_LEN
}

/// What a header says, checked once.
#[derive(Debug)]
pub(in super::super) struct Header {
    pub(in super::super) roots: usize,
    pub(in super::super) reaches_modules: bool,
    sections: [(usize, usize); SECTIONS],
}

impl Header {
    /// # Errors
    /// Why the bytes are not a pack for this runtime and app.
    pub(in super::super) fn read(
        bytes: &[u8],
        runtime: &[u8; 32],
        app: &[u8; 32],
    ) -> Result<Self, PackError> {
        if bytes.get(..MAGIC.len()) != Some(&MAGIC) {
            return Err(PackError::NotAPack);
        }
        let header = bytes
            .get(..HEADER_LEN)
            .ok_or(PackError::Length { expected: HEADER_LEN as u64, found: bytes.len() as u64 })?;
        let found = u32_at(header, VERSION_AT);
        if found != VERSION {
            return Err(PackError::Version { found });
        }
        if xxh3_64(&header[..HEADER_CHECKSUM_AT]) != u64_at(header, HEADER_CHECKSUM_AT) {
            return Err(PackError::Damaged { section: "header" });
        }
        if array_at(header, RUNTIME_AT) != *runtime {
            return Err(PackError::Foreign { what: "runtime" });
        }
        if array_at(header, APP_AT) != *app {
            return Err(PackError::Foreign { what: "app" });
        }
        let expected = u64_at(header, FILE_LEN_AT);
        if expected != bytes.len() as u64 || u32_at(header, SECTION_COUNT_AT) as usize != SECTIONS {
            return Err(PackError::Length { expected, found: bytes.len() as u64 });
        }
        let mut sections = [(0, 0); SECTIONS];
        for section in Section::ALL {
            sections[section as usize] = read_section(bytes, section)?;
        }
        let flags = u32_at(header, FLAGS_AT);
        if flags & !FLAG_REACHES_MODULES != 0 {
            return Err(malformed(Section::Modules, "unknown flags"));
        }
        let roots = u32_at(header, ROOT_COUNT_AT) as usize;
        Ok(Self { roots, reaches_modules: flags != 0, sections })
    }

    /// Where a section lies.
    pub(in super::super) fn section(&self, section: Section) -> Range<usize> {
        let (at, len) = self.sections[section as usize];
        at..at + len
    }

    /// Says that a section lies elsewhere, in memory: the bytes of the header stay as they are.
    pub(in super::super) fn move_section(&mut self, section: Section, at: usize, len: usize) {
        self.sections[section as usize] = (at, len);
    }

    /// How many rows, or bytes, a section has.
    pub(in super::super) fn rows(&self, section: Section) -> usize {
        self.sections[section as usize].1 / section.row_len()
    }

    /// Holds what of the header points into tables against them.
    pub(in super::super) fn check(
        &self,
        bytes: &[u8],
        strings: Strings<'_>,
    ) -> Result<(), PackError> {
        strings.check(Section::Modules, bytes, HOOKS_ONLY_AT)?;
        strings.check(Section::Modules, bytes, CONDITIONS_AT)?;
        match self.roots > 0 && self.roots <= self.rows(Section::Edges) {
            true => Ok(()),
            false => Err(malformed(Section::Edges, "there are not so many roots")),
        }
    }
}

fn read_section(bytes: &[u8], section: Section) -> Result<(usize, usize), PackError> {
    let row = &bytes[section_row(section)..];
    let (at, len) = (usize_at(row, S_OFFSET), usize_at(row, S_LEN));
    let content = at.checked_add(len).and_then(|end| bytes.get(at..end));
    let content = content.ok_or(malformed(section, "lies outside the file"))?;
    if at % 8 != 0 || len % section.row_len() != 0 {
        return Err(malformed(section, "is cut or misplaced"));
    }
    if section.is_table() && xxh3_64(content) != u64_at(row, S_CHECKSUM) {
        return Err(PackError::Damaged { section: section.name() });
    }
    Ok((at, len))
}

/// A header without its sections and its length.
pub(in super::super) fn write(
    contents: &PackContents<'_>,
    strings: &mut Interner,
) -> Result<[u8; HEADER_LEN], PackError> {
    let mut header = [0; HEADER_LEN];
    header[..MAGIC.len()].copy_from_slice(&MAGIC);
    put_u32(&mut header, VERSION_AT, VERSION);
    put_u32(&mut header, SECTION_COUNT_AT, SECTIONS as u32);
    header[RUNTIME_AT..APP_AT].copy_from_slice(&contents.runtime);
    header[APP_AT..FLAGS_AT].copy_from_slice(&contents.app);
    let flags = if contents.reaches_modules { FLAG_REACHES_MODULES } else { 0 };
    put_u32(&mut header, FLAGS_AT, flags);
    put_u32(&mut header, ROOT_COUNT_AT, count(contents.roots.len(), Section::Edges)?);
    strings.put(&mut header, HOOKS_ONLY_AT, &contents.hooks_only)?;
    strings.put(&mut header, CONDITIONS_AT, &contents.conditions.join("\n"))?;
    Ok(header)
}

/// Says in the header at the start of `out` that a section has just been written from `at` on.
pub(in super::super) fn write_section(out: &mut [u8], section: Section, at: usize) {
    let checksum = if section.is_table() { xxh3_64(&out[at..]) } else { 0 };
    let (row, len) = (section_row(section), out.len() - at);
    put_u64(out, row + S_OFFSET, at as u64);
    put_u64(out, row + S_LEN, len as u64);
    put_u64(out, row + S_CHECKSUM, checksum);
}

/// Completes the header of a file of which everything else is written.
pub(in super::super) fn seal(out: &mut [u8]) {
    let len = out.len() as u64;
    put_u64(out, FILE_LEN_AT, len);
    let checksum = xxh3_64(&out[..HEADER_CHECKSUM_AT]);
    put_u64(out, HEADER_CHECKSUM_AT, checksum);
}
