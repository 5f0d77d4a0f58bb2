//! A pack, opened: tables checked once, rows read where they lie.
//!
//! `open` does all that must hold before any row is believed: magic, version, length, ownership
//! by this runtime and app, every table's checksum, every index and string against its table. It
//! is the only code that slices unverified bytes, and cannot panic on any input. Sources and
//! records are verified one by one by [`Pack::source`] and [`Pack::record`].

use std::borrow::Cow;
use std::ops::Range;
use std::path::PathBuf;

use xxhash_rust::xxh3::xxh3_64;

use super::blob::Blob;
use super::error::PackError;
use super::guard::Guard;
use super::layout::*;
use super::module::{Edge, EdgeAttributes, PackModule};
use super::text::{Encoding, SourceText};
use crate::module_graph::{ContentHash, FileIdentity, Found, ModuleFormat, ModuleTraits};

/// An opened pack.
#[derive(Debug)]
pub struct Pack {
    blob: Blob,
    sections: [(usize, usize); SECTIONS],
}

impl Pack {
    /// Checks everything but sources and records.
    ///
    /// # Errors
    /// Why the bytes are not a pack that this runtime can use for this app.
    pub fn open(blob: Blob, runtime: &[u8; 32], app: &[u8; 32]) -> Result<Self, PackError> {
        let sections = check_header(&blob, runtime, app)?;
        let pack = Self { blob, sections };
        pack.check_rows()?;
        Ok(pack)
    }

    /// The runtime that some bytes say they are for, to verify packs of other runtimes.
    pub fn stated_runtime(bytes: &[u8]) -> Option<[u8; 32]> {
        bytes.get(RUNTIME_AT..APP_AT)?.try_into().ok()
    }

    /// All bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.blob
    }

    /// How many modules there are.
    pub fn module_count(&self) -> u32 {
        (self.section(Section::Modules).len() / MODULE_LEN) as u32
    }

    /// How many bytes of source text there are.
    pub fn source_len(&self) -> u64 {
        self.section(Section::Sources).len() as u64
    }

    /// The entry's row, then those of modules that only a run has shown to be imported.
    pub fn roots(&self) -> impl ExactSizeIterator<Item = u32> {
        let rows = self.section(Section::Edges).chunks_exact(EDGE_LEN);
        rows.take(u32_at(&self.blob, ROOT_COUNT_AT) as usize).map(|row| u32_at(row, E_TARGET))
    }

    /// Whether bytecode was taken.
    pub fn has_bytecode(&self) -> bool {
        u32_at(&self.blob, FLAGS_AT) & FLAG_BYTECODE != 0
    }

    /// Why the linker must not run this app; empty if it may.
    pub fn hooks_only(&self) -> &str {
        self.string(&self.blob, HOOKS_ONLY_AT)
    }

    /// The conditions imports were resolved with.
    pub fn conditions(&self) -> impl Iterator<Item = &str> {
        self.string(&self.blob, CONDITIONS_AT).split('\n').filter(|name| !name.is_empty())
    }

    /// A module's URL. `index` must be below [`Pack::module_count`], here and in all below.
    pub fn url(&self, index: u32) -> &str {
        self.string(self.module(index), M_URL)
    }

    /// A module's real path; empty if it has none.
    pub fn path(&self, index: u32) -> &str {
        self.string(self.module(index), M_PATH)
    }

    /// Why a module is left to the runtime; empty if it is not.
    pub fn left_to_runtime(&self, index: u32) -> &str {
        self.string(self.module(index), M_REASON)
    }

    /// How the runtime treats a module.
    pub fn format(&self, index: u32) -> ModuleFormat {
        format_of(self.module(index)[M_FORMAT]).unwrap_or(ModuleFormat::Other)
    }

    /// A module's `TRAIT_*` bits, as `runtime/tables.js` reads them.
    pub fn trait_bits(&self, index: u32) -> u8 {
        self.module(index)[M_TRAITS]
    }

    /// What a module's record cannot say. Top-level awaits are not kept: the engine finds them.
    pub fn traits(&self, index: u32) -> ModuleTraits {
        let bits = self.trait_bits(index);
        ModuleTraits {
            import_meta: bits & TRAIT_IMPORT_META != 0,
            computed_import: bits & TRAIT_COMPUTED_IMPORT != 0,
            format_detected: bits & TRAIT_FORMAT_DETECTED != 0,
            ..ModuleTraits::default()
        }
    }

    /// SHA-256 of a module's file.
    pub fn content_hash(&self, index: u32) -> ContentHash {
        array_at(self.module(index), M_HASH)
    }

    /// A module's text, verified.
    ///
    /// # Errors
    /// [`PackError::Damaged`] if its checksum does not match.
    pub fn source(&self, index: u32) -> Result<SourceText<'_>, PackError> {
        let row = self.module(index);
        let bytes = self.verified(Section::Sources, row, M_SOURCE_AT, M_SOURCE_CHECKSUM)?;
        let encoding = encoding_of(row[M_ENCODING]).unwrap_or(Encoding::Latin1);
        Ok(SourceText { encoding, bytes: Cow::Borrowed(bytes) })
    }

    /// A module's BMES record, verified.
    ///
    /// # Errors
    /// [`PackError::Damaged`] if its checksum does not match.
    pub fn record(&self, index: u32) -> Result<&[u8], PackError> {
        let row = self.module(index);
        self.verified(Section::Records, row, M_RECORD_AT, M_RECORD_CHECKSUM)
    }

    /// A module's bytecode, its record verified; empty if there is none.
    ///
    /// # Errors
    /// As [`Pack::record`], or [`PackError::Malformed`] where the record and the modules table do
    /// not agree on its length: the engine must never take metadata for bytecode.
    pub fn bytecode(&self, index: u32) -> Result<&[u8], PackError> {
        let record = self.record(index)?;
        let (head, bytecode) = record.split_at(record.len() - self.bytecode_len(index));
        let is_said = |len: &[u8; 4]| u32::from_le_bytes(*len) as usize == bytecode.len();
        if bytecode.is_empty() || head.last_chunk().is_some_and(is_said) {
            return Ok(bytecode);
        }
        Err(malformed(Section::Records, "bytecode is not as long as its record says"))
    }

    /// Where a module's bytecode lies in [`Pack::bytes`]. What is there is not verified.
    pub fn bytecode_range(&self, index: u32) -> Range<usize> {
        let row = self.module(index);
        let (section, _) = self.sections[Section::Records as usize];
        let end = section + usize_at(row, M_RECORD_AT) + usize_at(row, M_RECORD_LEN);
        end - self.bytecode_len(index)..end
    }

    fn bytecode_len(&self, index: u32) -> usize {
        usize_at(self.module(index), M_BYTECODE_LEN)
    }

    /// Static requests, in the record's order.
    pub fn requests(&self, index: u32) -> impl ExactSizeIterator<Item = Edge<'_>> {
        self.edges(index, 0)
    }

    /// `import()` with a literal specifier.
    pub fn dynamic_imports(&self, index: u32) -> impl ExactSizeIterator<Item = Edge<'_>> {
        self.edges(index, 1)
    }

    /// `require()` with a literal specifier.
    pub fn requires(&self, index: u32) -> impl ExactSizeIterator<Item = Edge<'_>> {
        self.edges(index, 2)
    }

    /// What the runtime said a CommonJS module exports, if it was asked.
    pub fn export_names(&self, index: u32) -> Option<impl ExactSizeIterator<Item = &str>> {
        let row = self.module(index);
        let names = self.section(Section::Names);
        (row[M_TRAITS] & TRAIT_NAMES_KNOWN != 0).then(|| {
            let first = u32_at(row, M_NAMES_AT) as usize;
            (first..first + u32_at(row, M_NAMES) as usize)
                .map(move |at| self.string(names, at * NAME_LEN))
        })
    }

    /// What must still be true of the disk.
    pub fn guards(&self) -> impl ExactSizeIterator<Item = Guard<'_>> {
        self.section(Section::Guards).chunks_exact(GUARD_LEN).map(|row| self.guard(row))
    }

    /// One of [`Pack::guards`]; `None` past the last.
    pub fn guard_at(&self, row: usize) -> Option<Guard<'_>> {
        let rows = self.section(Section::Guards);
        let at = row.checked_mul(GUARD_LEN)?;
        rows.get(at..at.checked_add(GUARD_LEN)?).map(|row| self.guard(row))
    }

    /// A module with everything it points to, verified, to be written into another pack.
    ///
    /// # Errors
    /// As [`Pack::record`] and [`Pack::source`].
    pub fn pack_module(&self, index: u32) -> Result<PackModule<'_>, PackError> {
        Ok(PackModule {
            url: Cow::Borrowed(self.url(index)),
            path: Cow::Borrowed(self.path(index)),
            left_to_runtime: Cow::Borrowed(self.left_to_runtime(index)),
            format: self.format(index),
            traits: self.traits(index),
            exports_default: self.trait_bits(index) & TRAIT_EXPORTS_DEFAULT != 0,
            unlinkable: self.trait_bits(index) & TRAIT_UNLINKABLE != 0,
            content_hash: self.content_hash(index),
            record: Cow::Borrowed(self.record(index)?),
            bytecode_len: self.bytecode_len(index),
            source: self.source(index)?,
            requests: self.requests(index).collect(),
            dynamic_imports: self.dynamic_imports(index).collect(),
            requires: self.requires(index).collect(),
            export_names: self.export_names(index).map(|names| names.map(Cow::Borrowed).collect()),
        })
    }

    fn section(&self, section: Section) -> &[u8] {
        let (at, len) = self.sections[section as usize];
        &self.blob[at..at + len]
    }

    fn module(&self, index: u32) -> &[u8] {
        let at = index as usize * MODULE_LEN;
        &self.section(Section::Modules)[at..at + MODULE_LEN]
    }

    fn string(&self, row: &[u8], at: usize) -> &str {
        let (start, len) = (u32_at(row, at) as usize, u32_at(row, at + 4) as usize);
        let bytes = &self.section(Section::Strings)[start..start + len];
        // `check_rows` has seen that the whole is UTF-8 and that this range cuts no character.
        std::str::from_utf8(bytes).unwrap_or("")
    }

    fn edges(&self, index: u32, kind: usize) -> impl ExactSizeIterator<Item = Edge<'_>> {
        let row = self.module(index);
        let skipped: u32 = EDGE_KINDS[..kind].iter().map(|at| u32_at(row, *at)).sum();
        let first = (u32_at(row, M_EDGES_AT) + skipped) as usize * EDGE_LEN;
        let len = u32_at(row, EDGE_KINDS[kind]) as usize * EDGE_LEN;
        let rows = &self.section(Section::Edges)[first..first + len];
        rows.chunks_exact(EDGE_LEN).map(|row| Edge {
            specifier: Cow::Borrowed(self.string(row, E_SPECIFIER)),
            attributes: attributes_of(u32_at(row, E_ATTRIBUTES)).unwrap_or(EdgeAttributes::Other),
            target: Some(u32_at(row, E_TARGET)).filter(|target| *target != NO_TARGET),
        })
    }

    fn guard(&self, row: &[u8]) -> Guard<'_> {
        let racy = row[G_RACY] != 0;
        let identity = FileIdentity {
            dev: u64_at(row, G_IDENTITY),
            ino: u64_at(row, G_IDENTITY + 8),
            size: u64_at(row, G_IDENTITY + 16),
            mtime_ns: u64_at(row, G_IDENTITY + 24).cast_signed(),
            ctime_ns: u64_at(row, G_IDENTITY + 32).cast_signed(),
        };
        let found = match row[G_KIND] {
            GUARD_FILE => Found::File { identity, content_hash: array_at(row, G_HASH), racy },
            GUARD_DIRECTORY => Found::Directory { identity, racy },
            GUARD_SYMLINK => {
                Found::Symlink { identity, target: PathBuf::from(self.string(row, G_TARGET)) }
            }
            _ => Found::Absent,
        };
        Guard { path: Cow::Borrowed(self.string(row, G_PATH)), found }
    }

    fn verified(
        &self,
        section: Section,
        row: &[u8],
        at: usize,
        checksum_at: usize,
    ) -> Result<&[u8], PackError> {
        let start = usize_at(row, at);
        let bytes = &self.section(section)[start..start + usize_at(row, at + 8)];
        if xxh3_64(bytes) == u64_at(row, checksum_at) {
            Ok(bytes)
        } else {
            Err(PackError::Damaged { section: section.name() })
        }
    }

    fn check_rows(&self) -> Result<(), PackError> {
        let strings = std::str::from_utf8(self.section(Section::Strings))
            .map_err(|_| malformed(Section::Strings, "not UTF-8"))?;
        let check = Check { strings, pack: self };
        check.string(Section::Modules, &self.blob, HOOKS_ONLY_AT)?;
        check.string(Section::Modules, &self.blob, CONDITIONS_AT)?;
        let roots = u32_at(&self.blob, ROOT_COUNT_AT) as usize;
        if roots == 0 || roots > self.section(Section::Edges).len() / EDGE_LEN {
            return Err(malformed(Section::Edges, "there are not so many roots"));
        }
        if self.roots().any(|root| root >= self.module_count()) {
            return Err(malformed(Section::Edges, "a root is no module"));
        }
        for row in self.section(Section::Modules).chunks_exact(MODULE_LEN) {
            check.module(row)?;
        }
        for row in self.section(Section::Edges).chunks_exact(EDGE_LEN) {
            check.string(Section::Edges, row, E_SPECIFIER)?;
            let target = u32_at(row, E_TARGET);
            if target != NO_TARGET && target >= self.module_count() {
                return Err(malformed(Section::Edges, "a target is no module"));
            }
            if attributes_of(u32_at(row, E_ATTRIBUTES)).is_none() {
                return Err(malformed(Section::Edges, "unknown attributes"));
            }
        }
        for row in self.section(Section::Names).chunks_exact(NAME_LEN) {
            check.string(Section::Names, row, 0)?;
        }
        for row in self.section(Section::Guards).chunks_exact(GUARD_LEN) {
            check.string(Section::Guards, row, G_PATH)?;
            check.string(Section::Guards, row, G_TARGET)?;
            if row[G_KIND] > GUARD_SYMLINK || row[G_RACY] > 1 {
                return Err(malformed(Section::Guards, "unknown kind"));
            }
        }
        Ok(())
    }
}

const EDGE_KINDS: [usize; 3] = [M_REQUESTS, M_DYNAMIC, M_REQUIRES];

struct Check<'a> {
    strings: &'a str,
    pack: &'a Pack,
}

impl Check<'_> {
    fn string(&self, section: Section, row: &[u8], at: usize) -> Result<(), PackError> {
        let (start, len) = (u32_at(row, at) as usize, u32_at(row, at + 4) as usize);
        match self.strings.get(start..start.saturating_add(len)) {
            Some(_) => Ok(()),
            None => Err(malformed(section, "a string lies outside the strings")),
        }
    }

    fn module(&self, row: &[u8]) -> Result<(), PackError> {
        for at in [M_URL, M_PATH, M_REASON] {
            self.string(Section::Modules, row, at)?;
        }
        if format_of(row[M_FORMAT]).is_none() {
            return Err(malformed(Section::Modules, "unknown format"));
        }
        let Some(encoding) = encoding_of(row[M_ENCODING]) else {
            return Err(malformed(Section::Modules, "unknown encoding"));
        };
        let record_len = u64_at(row, M_RECORD_LEN);
        if u64_at(row, M_BYTECODE_LEN) > record_len {
            return Err(malformed(Section::Records, "bytecode is longer than its record"));
        }
        // UTF-16 must also be aligned, or no external string can be made of it.
        let is_placed = u64_at(row, M_SOURCE_AT).is_multiple_of(8)
            && u64_at(row, M_SOURCE_LEN).is_multiple_of(2);
        if encoding == Encoding::Utf16 && !is_placed {
            return Err(malformed(Section::Sources, "UTF-16 text is misplaced"));
        }
        let edges = EDGE_KINDS.iter().map(|at| u64::from(u32_at(row, *at))).sum();
        let ranges = [
            (Section::Records, u64_at(row, M_RECORD_AT), record_len),
            (Section::Sources, u64_at(row, M_SOURCE_AT), u64_at(row, M_SOURCE_LEN)),
            (Section::Edges, u64::from(u32_at(row, M_EDGES_AT)), edges),
            (Section::Names, u64::from(u32_at(row, M_NAMES_AT)), u64::from(u32_at(row, M_NAMES))),
        ];
        for (section, start, len) in ranges {
            let rows = self.pack.section(section).len() / section.row_len();
            if start.checked_add(len).is_none_or(|end| end > rows as u64) {
                return Err(malformed(section, "a module's part lies outside it"));
            }
        }
        Ok(())
    }
}

fn check_header(
    bytes: &[u8],
    runtime: &[u8; 32],
    app: &[u8; 32],
) -> Result<[(usize, usize); SECTIONS], PackError> {
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
    if header[RUNTIME_AT..RUNTIME_AT + 32] != runtime[..] {
        return Err(PackError::Foreign { what: "runtime" });
    }
    if header[APP_AT..APP_AT + 32] != app[..] {
        return Err(PackError::Foreign { what: "app" });
    }
    let expected = u64_at(header, FILE_LEN_AT);
    if expected != bytes.len() as u64 || u32_at(header, SECTION_COUNT_AT) as usize != SECTIONS {
        return Err(PackError::Length { expected, found: bytes.len() as u64 });
    }
    let mut sections = [(0, 0); SECTIONS];
    for section in Section::ALL {
        let row = &header[SECTION_TABLE_AT + section as usize * SECTION_ROW_LEN..];
        let (at, len) = (usize_at(row, 0), usize_at(row, 8));
        let content = at.checked_add(len).and_then(|end| bytes.get(at..end));
        let content = content.ok_or(malformed(section, "lies outside the file"))?;
        if at % 8 != 0 || len % section.row_len() != 0 {
            return Err(malformed(section, "is cut or misplaced"));
        }
        if section.is_table() && xxh3_64(content) != u64_at(row, 16) {
            return Err(PackError::Damaged { section: section.name() });
        }
        sections[section as usize] = (at, len);
    }
    Ok(sections)
}

fn malformed(section: Section, what: &'static str) -> PackError {
    PackError::Malformed { section: section.name(), what }
}

fn format_of(number: u8) -> Option<ModuleFormat> {
    Some(match number {
        0 => ModuleFormat::Module,
        1 => ModuleFormat::CommonJs,
        2 => ModuleFormat::Json,
        3 => ModuleFormat::Builtin,
        4 => ModuleFormat::Other,
        _ => return None,
    })
}

fn encoding_of(number: u8) -> Option<Encoding> {
    Some(match number {
        0 => Encoding::Latin1,
        1 => Encoding::Utf16,
        _ => return None,
    })
}

fn attributes_of(number: u32) -> Option<EdgeAttributes> {
    Some(match number {
        0 => EdgeAttributes::None,
        1 => EdgeAttributes::Json,
        2 => EdgeAttributes::Other,
        _ => return None,
    })
}

fn array_at<const N: usize>(row: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&row[at..at + N]);
    out
}

fn u32_at(row: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array_at(row, at))
}

fn u64_at(row: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array_at(row, at))
}

/// A 64-bit field as a length here; on a 32-bit machine a larger one fails every bounds check.
fn usize_at(row: &[u8], at: usize) -> usize {
    usize::try_from(u64_at(row, at)).unwrap_or(usize::MAX)
}
