//! A module: 136 bytes, and an export name: 8.

use std::ops::Range;

use super::super::bytes::{
    STRING_REF_LEN, Strings, array_at, malformed, put_u64, u32_at, u64_at, usize_at,
};
use super::super::error::PackError;
use super::super::module::PackModule;
use super::super::section::Section;
use super::super::text::Encoding;
use crate::module_graph::{ContentHash, ModuleFormat};

pub const M_URL: usize = 0;
pub const M_PATH: usize = M_URL + STRING_REF_LEN;
pub const M_REASON: usize = M_PATH + STRING_REF_LEN;
pub const M_FORMAT: usize = M_REASON + STRING_REF_LEN;
pub const M_TRAITS: usize = M_FORMAT + 1;
pub const M_ENCODING: usize = M_TRAITS + 1;
/// Five bytes are zero.
pub const M_HASH: usize = M_FORMAT + 8;
/// Parts of other sections: where, and how long.
pub const M_RECORD_AT: usize = M_HASH + 32;
pub const M_RECORD_LEN: usize = M_RECORD_AT + 8;
pub const M_RECORD_CHECKSUM: usize = M_RECORD_LEN + 8;
/// Bytecode's length; it is the tail of the record.
pub const M_BYTECODE_LEN: usize = M_RECORD_CHECKSUM + 8;
pub const M_SOURCE_AT: usize = M_BYTECODE_LEN + 8;
pub const M_SOURCE_LEN: usize = M_SOURCE_AT + 8;
pub const M_SOURCE_CHECKSUM: usize = M_SOURCE_LEN + 8;
/// Rows of other sections: the first, and how many.
pub const M_EDGES_AT: usize = M_SOURCE_CHECKSUM + 8;
pub const M_EDGES: usize = M_EDGES_AT + 4;
pub const M_NAMES_AT: usize = M_EDGES + 4;
pub const M_NAMES: usize = M_NAMES_AT + 4;
pub const MODULE_LEN: usize = M_NAMES + 4;

pub const NAME_LEN: usize = STRING_REF_LEN;

const _: () = assert!(MODULE_LEN == 136, "docs/pack.md says 136");

/// An ES module only because of its syntax: the runtime warns of it when it loads it.
pub const TRAIT_FORMAT_DETECTED: u8 = 1;
/// Export names were seen in the runtime, not predicted.
pub const TRAIT_NAMES_KNOWN: u8 = 2;
/// Imports a name that a CommonJS module was not seen to export: the runtime has an error for it.
pub const TRAIT_UNLINKABLE: u8 = 4;
/// Has `import()` or `import.meta`, which are the runtime's to answer, or names what makes such code.
pub const TRAIT_ASKS_RUNTIME: u8 = 8;
/// Its text is not the file's own: TypeScript without its types, or what it was transformed to.
pub const TRAIT_TYPESCRIPT: u8 = 16;
const TRAITS: u8 = TRAIT_FORMAT_DETECTED
    | TRAIT_NAMES_KNOWN
    | TRAIT_UNLINKABLE
    | TRAIT_ASKS_RUNTIME
    | TRAIT_TYPESCRIPT;

const ENCODINGS: [Encoding; 2] = [Encoding::Latin1, Encoding::Utf16];

/// What a module's row says by itself. Strings and parts are put in by whoever places them.
pub(in super::super) fn write(module: &PackModule<'_>) -> Result<[u8; MODULE_LEN], PackError> {
    if module.bytecode_len > module.record.len() {
        return Err(malformed(Section::Records, "bytecode is longer than its record"));
    }
    let mut row = [0; MODULE_LEN];
    row[M_FORMAT] = module.format as u8;
    row[M_TRAITS] = [
        (module.format_detected, TRAIT_FORMAT_DETECTED),
        (module.export_names.is_some(), TRAIT_NAMES_KNOWN),
        (module.unlinkable, TRAIT_UNLINKABLE),
        (module.asks_runtime, TRAIT_ASKS_RUNTIME),
        (module.typescript, TRAIT_TYPESCRIPT),
    ]
    .into_iter()
    .filter(|(is_set, _)| *is_set)
    .fold(0, |all, (_, bit)| all | bit);
    row[M_ENCODING] = module.source.encoding as u8;
    row[M_HASH..M_HASH + 32].copy_from_slice(&module.content_hash);
    put_u64(&mut row, M_BYTECODE_LEN, module.bytecode_len as u64);
    Ok(row)
}

/// The row of one module.
#[derive(Clone, Copy)]
pub(in super::super) struct ModuleRow<'a>(pub(in super::super) &'a [u8]);

impl ModuleRow<'_> {
    pub(in super::super) fn format(self) -> Option<ModuleFormat> {
        ModuleFormat::ALL.get(usize::from(self.0[M_FORMAT])).copied()
    }

    pub(in super::super) fn traits(self) -> u8 {
        self.0[M_TRAITS]
    }

    pub(in super::super) fn encoding(self) -> Option<Encoding> {
        ENCODINGS.get(usize::from(self.0[M_ENCODING])).copied()
    }

    pub(in super::super) fn content_hash(self) -> ContentHash {
        array_at(self.0, M_HASH)
    }

    pub(in super::super) fn bytecode_len(self) -> usize {
        usize_at(self.0, M_BYTECODE_LEN)
    }

    /// The bytes at `at`, a part's field, and `at + 8`.
    pub(in super::super) fn part(self, at: usize) -> Range<usize> {
        let start = usize_at(self.0, at);
        start..start + usize_at(self.0, at + 8)
    }

    /// The rows at `at`, a field of rows, and `at + 4`.
    pub(in super::super) fn rows(self, at: usize) -> Range<usize> {
        let start = u32_at(self.0, at) as usize;
        start..start + u32_at(self.0, at + 4) as usize
    }

    /// `rows_of` says how many rows, or bytes, a section has.
    pub(in super::super) fn check(
        self,
        strings: Strings<'_>,
        rows_of: impl Fn(Section) -> usize,
    ) -> Result<(), PackError> {
        let row = self.0;
        for at in [M_URL, M_PATH, M_REASON] {
            strings.check(Section::Modules, row, at)?;
        }
        if self.format().is_none() || self.traits() & !TRAITS != 0 {
            return Err(malformed(Section::Modules, "unknown format or trait"));
        }
        let Some(encoding) = self.encoding() else {
            return Err(malformed(Section::Modules, "unknown encoding"));
        };
        let record_len = u64_at(row, M_RECORD_LEN);
        if u64_at(row, M_BYTECODE_LEN) > record_len {
            return Err(malformed(Section::Records, "bytecode is longer than its record"));
        }
        // UTF-16 must also be aligned, or no external string can be made of it.
        let source = (u64_at(row, M_SOURCE_AT), u64_at(row, M_SOURCE_LEN));
        let is_placed = source.0.is_multiple_of(8) && source.1.is_multiple_of(2);
        if encoding == Encoding::Utf16 && !is_placed {
            return Err(malformed(Section::Sources, "UTF-16 text is misplaced"));
        }
        let count = |at| u64::from(u32_at(row, at));
        let ranges = [
            (Section::Records, u64_at(row, M_RECORD_AT), record_len),
            (Section::Sources, source.0, source.1),
            (Section::Edges, count(M_EDGES_AT), count(M_EDGES)),
            (Section::Names, count(M_NAMES_AT), count(M_NAMES)),
        ];
        for (section, start, len) in ranges {
            if start.checked_add(len).is_none_or(|end| end > rows_of(section) as u64) {
                return Err(malformed(section, "a module's part lies outside it"));
            }
        }
        Ok(())
    }
}
