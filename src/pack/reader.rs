//! A pack, opened: tables checked once, rows read where they lie.
//!
//! `open` does all that must hold before any row is believed: magic, version, length, ownership
//! by this runtime and app, every table's checksum, every index and string against its table. It
//! cannot panic on any input. Sources and records are verified one by one by [`Pack::source`] and
//! [`Pack::record`].

use std::borrow::Cow;
use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use super::blob::Blob;
use super::bytes::{Strings, malformed, string_at, u64_at};
use super::error::PackError;
use super::guard::Guard;
use super::module::PackModule;
use super::rows::edge::{EDGE_LEN, EdgeRow};
use super::rows::guard::GUARD_LEN;
use super::rows::header::{APP_AT, CONDITIONS_AT, FLAGS_AT, HOOKS_ONLY_AT, Header, RUNTIME_AT};
use super::rows::module::*;
use super::rows::{edge, guard};
use super::section::Section;
use super::text::{Encoding, SourceText};
use crate::module_graph::{ContentHash, Edge, ModuleFormat};

/// In bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModuleLengths {
    /// The record up to its bytecode.
    pub metadata: usize,
    /// The engine's.
    pub bytecode: usize,
    /// The text as it lies there.
    pub source: usize,
}

/// An opened pack.
#[derive(Debug)]
pub struct Pack {
    blob: Blob,
    header: Header,
}

impl Pack {
    /// Checks everything but sources and records.
    ///
    /// # Errors
    /// Why the bytes are not a pack that this runtime can use for this app.
    pub fn open(blob: Blob, runtime: &[u8; 32], app: &[u8; 32]) -> Result<Self, PackError> {
        let header = Header::read(&blob, runtime, app)?;
        let pack = Self { blob, header };
        pack.check_rows()?;
        Ok(pack)
    }

    /// The runtime that some bytes say they are for, to verify packs of other runtimes.
    pub fn stated_runtime(bytes: &[u8]) -> Option<[u8; 32]> {
        bytes.get(RUNTIME_AT..APP_AT)?.try_into().ok()
    }

    /// The app that some bytes say they are of.
    pub fn stated_app(bytes: &[u8]) -> Option<[u8; 32]> {
        bytes.get(APP_AT..FLAGS_AT)?.try_into().ok()
    }

    /// Where a section lies in [`Pack::bytes`].
    pub fn section_range(&self, section: Section) -> Range<usize> {
        self.header.section(section)
    }

    /// How many bytes of a module are metadata, bytecode and source.
    pub fn lengths(&self, index: u32) -> ModuleLengths {
        let row = self.row(index);
        let (record, bytecode) = (row.part(M_RECORD_AT).len(), row.bytecode_len());
        ModuleLengths { metadata: record - bytecode, bytecode, source: row.part(M_SOURCE_AT).len() }
    }

    /// All bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.blob
    }

    /// How many modules there are.
    pub fn module_count(&self) -> u32 {
        self.header.rows(Section::Modules) as u32
    }

    /// How many bytes of source text there are.
    pub fn source_len(&self) -> u64 {
        self.section(Section::Sources).len() as u64
    }

    /// The entry's row, then those of modules that only a run has shown to be imported.
    pub fn roots(&self) -> impl ExactSizeIterator<Item = u32> {
        let rows = self.edge_rows(0..self.header.roots);
        // The check has seen that each has one.
        rows.map(|row| row.target().map_or(0, |target| target.0))
    }

    /// Whether it is of a CommonJS program that was seen to reach ES modules.
    pub fn reaches_modules(&self) -> bool {
        self.header.reaches_modules
    }

    /// Whether every ES module has its bytecode.
    pub fn has_bytecode(&self) -> bool {
        let is_module = |at: &u32| self.format(*at) == ModuleFormat::Module;
        let mut modules = (0..self.module_count()).filter(is_module);
        modules.all(|at| self.row(at).bytecode_len() > 0)
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
        self.string(self.row(index).0, M_URL)
    }

    /// A module's real path; empty if it has none.
    pub fn path(&self, index: u32) -> &str {
        self.string(self.row(index).0, M_PATH)
    }

    /// Why a module is left to the runtime; empty if it is not.
    pub fn left_to_runtime(&self, index: u32) -> &str {
        self.string(self.row(index).0, M_REASON)
    }

    /// How the runtime treats a module.
    pub fn format(&self, index: u32) -> ModuleFormat {
        self.row(index).format().unwrap_or(ModuleFormat::Other)
    }

    /// Whether a module is TypeScript. Its text is what the runtime has made of it.
    pub fn is_typescript(&self, index: u32) -> bool {
        self.row(index).traits() & TRAIT_TYPESCRIPT != 0
    }

    /// A module's `TRAIT_*` bits, as `runtime/tables.js` reads them.
    pub fn trait_bits(&self, index: u32) -> u8 {
        self.row(index).traits()
    }

    /// SHA-256 of a module's file.
    pub fn content_hash(&self, index: u32) -> ContentHash {
        self.row(index).content_hash()
    }

    /// A module's text, verified.
    ///
    /// # Errors
    /// [`PackError::Damaged`] if its checksum does not match.
    pub fn source(&self, index: u32) -> Result<SourceText<'_>, PackError> {
        let row = self.row(index);
        let bytes = self.verified(Section::Sources, row, M_SOURCE_AT, M_SOURCE_CHECKSUM)?;
        let encoding = row.encoding().unwrap_or(Encoding::Latin1);
        Ok(SourceText { encoding, bytes: Cow::Borrowed(bytes) })
    }

    /// A module's BMES record, verified.
    ///
    /// # Errors
    /// [`PackError::Damaged`] if its checksum does not match.
    pub fn record(&self, index: u32) -> Result<&[u8], PackError> {
        self.verified(Section::Records, self.row(index), M_RECORD_AT, M_RECORD_CHECKSUM)
    }

    /// A module's bytecode, its record verified; empty if there is none.
    ///
    /// # Errors
    /// As [`Pack::record`], or [`PackError::Malformed`] where the record and the modules table do
    /// not agree on its length: the engine must never take metadata for bytecode.
    pub fn bytecode(&self, index: u32) -> Result<&[u8], PackError> {
        let record = self.record(index)?;
        let (head, bytecode) = record.split_at(record.len() - self.row(index).bytecode_len());
        let is_said = |len: &[u8; 4]| u32::from_le_bytes(*len) as usize == bytecode.len();
        if bytecode.is_empty() || head.last_chunk().is_some_and(is_said) {
            return Ok(bytecode);
        }
        Err(malformed(Section::Records, "bytecode is not as long as its record says"))
    }

    /// Where a module's bytecode lies in [`Pack::bytes`]. What is there is not verified.
    pub fn bytecode_range(&self, index: u32) -> Range<usize> {
        let row = self.row(index);
        let end = self.header.section(Section::Records).start + row.part(M_RECORD_AT).end;
        end - row.bytecode_len()..end
    }

    /// What a module asks for, by kind.
    pub fn edges(&self, index: u32) -> impl ExactSizeIterator<Item = Edge<'_>> {
        self.edge_rows(self.edge_range(index)).map(Edge::from)
    }

    /// The rows of a module's edges.
    pub fn edge_range(&self, index: u32) -> Range<usize> {
        self.row(index).rows(M_EDGES_AT)
    }

    /// How many rows of edges there are: roots first, then each module's.
    pub fn edge_count(&self) -> usize {
        self.header.rows(Section::Edges)
    }

    /// Edges where they lie; `rows` are among those there are.
    pub fn edge_rows(
        &self,
        rows: Range<usize>,
    ) -> impl ExactSizeIterator<Item = EdgeRow<'_>> + Clone {
        let strings = self.section(Section::Strings);
        let rows = &self.section(Section::Edges)[rows.start * EDGE_LEN..rows.end * EDGE_LEN];
        rows.chunks_exact(EDGE_LEN).map(move |row| EdgeRow { row, strings })
    }

    /// What the runtime said a CommonJS module exports, if it was asked.
    pub fn export_names(&self, index: u32) -> Option<impl ExactSizeIterator<Item = &str>> {
        let row = self.row(index);
        let names = self.section(Section::Names);
        let name = move |at| self.string(names, at * NAME_LEN);
        (row.traits() & TRAIT_NAMES_KNOWN != 0).then(|| row.rows(M_NAMES_AT).map(name))
    }

    /// What must still be true of the disk.
    pub fn guards(&self) -> impl ExactSizeIterator<Item = Guard<'_>> {
        let strings = self.section(Section::Strings);
        let rows = self.section(Section::Guards).chunks_exact(GUARD_LEN);
        rows.map(|row| guard::read(row, strings))
    }

    /// One of [`Pack::guards`]; `None` past the last.
    pub fn guard_at(&self, row: usize) -> Option<Guard<'_>> {
        let rows = self.section(Section::Guards);
        let at = row.checked_mul(GUARD_LEN)?;
        let row = rows.get(at..at.checked_add(GUARD_LEN)?)?;
        Some(guard::read(row, self.section(Section::Strings)))
    }

    /// A module with everything it points to, verified, to be written into another pack.
    ///
    /// # Errors
    /// As [`Pack::record`] and [`Pack::source`].
    pub fn pack_module(&self, index: u32) -> Result<PackModule<'_>, PackError> {
        let row = self.row(index);
        Ok(PackModule {
            url: Cow::Borrowed(self.url(index)),
            path: Cow::Borrowed(self.path(index)),
            left_to_runtime: Cow::Borrowed(self.left_to_runtime(index)),
            format: self.format(index),
            format_detected: row.traits() & TRAIT_FORMAT_DETECTED != 0,
            typescript: row.traits() & TRAIT_TYPESCRIPT != 0,
            unlinkable: row.traits() & TRAIT_UNLINKABLE != 0,
            asks_runtime: row.traits() & TRAIT_ASKS_RUNTIME != 0,
            content_hash: row.content_hash(),
            record: Cow::Borrowed(self.record(index)?),
            bytecode_len: row.bytecode_len(),
            source: self.source(index)?,
            edges: self.edges(index).collect(),
            export_names: self.export_names(index).map(|names| names.map(Cow::Borrowed).collect()),
        })
    }

    pub(super) fn into_parts(self) -> (Blob, Header) {
        (self.blob, self.header)
    }

    /// The parts are those of a pack that was checked, and what was changed since is as good.
    pub(super) fn from_parts(blob: Blob, header: Header) -> Self {
        Self { blob, header }
    }

    pub(super) fn section(&self, section: Section) -> &[u8] {
        &self.blob[self.header.section(section)]
    }

    fn row(&self, index: u32) -> ModuleRow<'_> {
        let at = index as usize * MODULE_LEN;
        ModuleRow(&self.section(Section::Modules)[at..at + MODULE_LEN])
    }

    fn string(&self, row: &[u8], at: usize) -> &str {
        string_at(self.section(Section::Strings), row, at)
    }

    fn verified(
        &self,
        section: Section,
        row: ModuleRow<'_>,
        at: usize,
        checksum_at: usize,
    ) -> Result<&[u8], PackError> {
        let bytes = &self.section(section)[row.part(at)];
        if xxh3_64(bytes) == u64_at(row.0, checksum_at) {
            Ok(bytes)
        } else {
            Err(PackError::Damaged { section: section.name() })
        }
    }

    fn check_rows(&self) -> Result<(), PackError> {
        let strings = Strings::new(self.section(Section::Strings))?;
        self.header.check(&self.blob, strings)?;
        let edges = self.section(Section::Edges);
        for row in edges.chunks_exact(EDGE_LEN) {
            edge::check(row, strings, self.module_count())?;
        }
        if self.edge_rows(0..self.header.roots).any(|root| root.target().is_none()) {
            return Err(malformed(Section::Edges, "a root is no module"));
        }
        for row in self.section(Section::Modules).chunks_exact(MODULE_LEN).map(ModuleRow) {
            row.check(strings, |section| self.header.rows(section))?;
            let own = row.rows(M_EDGES_AT);
            edge::check_order(&edges[own.start * EDGE_LEN..own.end * EDGE_LEN])?;
        }
        for row in self.section(Section::Names).chunks_exact(NAME_LEN) {
            strings.check(Section::Names, row, 0)?;
        }
        for row in self.section(Section::Guards).chunks_exact(GUARD_LEN) {
            guard::check(row, strings)?;
        }
        Ok(())
    }
}
