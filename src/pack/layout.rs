//! Where everything is. The reader, the writer and the damage tests use these names.
//!
//! All integers are little-endian. Offsets in rows are relative to the start of the section they
//! point into; sections start on 8-byte boundaries.

/// The first bytes; the control bytes expose text-mode damage.
pub const MAGIC: [u8; 8] = *b"BMES\r\n\x1a\n";
/// Bumped on any layout change; readers refuse every other value.
pub const VERSION: u32 = 1;

/// The parts of a pack, in file order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Section {
    /// One row per module.
    Modules = 0,
    /// Requests, dynamic imports and requires: specifier, attributes, target.
    Edges = 1,
    /// String references: export names of CommonJS modules and builtins.
    Names = 2,
    /// One row per guard.
    Guards = 3,
    /// UTF-8 bytes that the rows point into.
    Strings = 4,
    /// Byte-exact BMES v1 records.
    Records = 5,
    /// Latin-1 or UTF-16LE text.
    Sources = 6,
}

impl Section {
    /// All of them, in file order.
    pub const ALL: [Self; SECTIONS] = [
        Self::Modules,
        Self::Edges,
        Self::Names,
        Self::Guards,
        Self::Strings,
        Self::Records,
        Self::Sources,
    ];

    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Modules => "modules",
            Self::Edges => "edges",
            Self::Names => "names",
            Self::Guards => "guards",
            Self::Strings => "strings",
            Self::Records => "records",
            Self::Sources => "sources",
        }
    }

    /// Whether the whole section is checked when the pack is opened. Records and sources are
    /// checked one by one, when they are handed over.
    pub fn is_table(self) -> bool {
        !matches!(self, Self::Records | Self::Sources)
    }

    pub fn row_len(self) -> usize {
        match self {
            Self::Modules => MODULE_LEN,
            Self::Edges => EDGE_LEN,
            Self::Names => NAME_LEN,
            Self::Guards => GUARD_LEN,
            Self::Strings | Self::Records | Self::Sources => 1,
        }
    }
}

pub const SECTIONS: usize = 7;

// Header.
pub const VERSION_AT: usize = MAGIC.len();
pub const SECTION_COUNT_AT: usize = VERSION_AT + 4;
pub const FILE_LEN_AT: usize = SECTION_COUNT_AT + 4;
/// SHA-256 of the runtime's identity.
pub const RUNTIME_AT: usize = FILE_LEN_AT + 8;
/// SHA-256 of the entry URL and the resolution settings.
pub const APP_AT: usize = RUNTIME_AT + 32;
pub const FLAGS_AT: usize = APP_AT + 32;
/// How many leading rows of the edges name roots; the first is the entry.
pub const ROOT_COUNT_AT: usize = FLAGS_AT + 4;
/// Why the linker must not run this app; an empty string if it may.
pub const HOOKS_ONLY_AT: usize = ROOT_COUNT_AT + 4;
/// Conditions in effect, joined by newlines: a string reference.
pub const CONDITIONS_AT: usize = HOOKS_ONLY_AT + 8;
pub const SECTION_TABLE_AT: usize = CONDITIONS_AT + 8;
pub const SECTION_ROW_LEN: usize = 24;
pub const HEADER_CHECKSUM_AT: usize = SECTION_TABLE_AT + SECTIONS * SECTION_ROW_LEN;
pub const HEADER_LEN: usize = HEADER_CHECKSUM_AT + 8;

/// Bytecode was taken for every module that can have it.
pub const FLAG_BYTECODE: u32 = 1;

// A string reference is { offset u32, length u32 } into the strings.
pub const STRING_REF_LEN: usize = 8;

// Modules.
pub const M_URL: usize = 0;
pub const M_PATH: usize = M_URL + STRING_REF_LEN;
pub const M_REASON: usize = M_PATH + STRING_REF_LEN;
pub const M_FORMAT: usize = M_REASON + STRING_REF_LEN;
pub const M_TRAITS: usize = M_FORMAT + 1;
pub const M_ENCODING: usize = M_TRAITS + 1;
pub const M_HASH: usize = M_FORMAT + 8;
pub const M_RECORD_AT: usize = M_HASH + 32;
pub const M_RECORD_LEN: usize = M_RECORD_AT + 8;
pub const M_RECORD_CHECKSUM: usize = M_RECORD_LEN + 8;
/// Bytecode's length; it is the tail of the record.
pub const M_BYTECODE_LEN: usize = M_RECORD_CHECKSUM + 8;
pub const M_SOURCE_AT: usize = M_BYTECODE_LEN + 8;
pub const M_SOURCE_LEN: usize = M_SOURCE_AT + 8;
pub const M_SOURCE_CHECKSUM: usize = M_SOURCE_LEN + 8;
/// First edge; then how many requests, dynamic imports and requires follow each other there.
pub const M_EDGES_AT: usize = M_SOURCE_CHECKSUM + 8;
pub const M_REQUESTS: usize = M_EDGES_AT + 4;
pub const M_DYNAMIC: usize = M_REQUESTS + 4;
pub const M_REQUIRES: usize = M_DYNAMIC + 4;
pub const M_NAMES_AT: usize = M_REQUIRES + 4;
pub const M_NAMES: usize = M_NAMES_AT + 4;
pub const MODULE_LEN: usize = M_NAMES + 4;

pub const TRAIT_IMPORT_META: u8 = 1;
pub const TRAIT_COMPUTED_IMPORT: u8 = 2;
pub const TRAIT_FORMAT_DETECTED: u8 = 4;
/// Export names were seen in the runtime, not predicted.
pub const TRAIT_NAMES_KNOWN: u8 = 8;
/// Has an export named `default`.
pub const TRAIT_EXPORTS_DEFAULT: u8 = 16;
/// Imports a name that a CommonJS module was not seen to export: the runtime has an error for it.
pub const TRAIT_UNLINKABLE: u8 = 32;

// Edges.
pub const E_SPECIFIER: usize = 0;
pub const E_TARGET: usize = E_SPECIFIER + STRING_REF_LEN;
pub const E_ATTRIBUTES: usize = E_TARGET + 4;
pub const EDGE_LEN: usize = E_ATTRIBUTES + 4;
/// A target nobody could resolve.
pub const NO_TARGET: u32 = u32::MAX;

// Names.
pub const NAME_LEN: usize = STRING_REF_LEN;

// Guards.
pub const G_PATH: usize = 0;
pub const G_KIND: usize = G_PATH + STRING_REF_LEN;
pub const G_RACY: usize = G_KIND + 1;
/// A symlink's target.
pub const G_TARGET: usize = G_KIND + 8;
pub const G_IDENTITY: usize = G_TARGET + STRING_REF_LEN;
pub const G_HASH: usize = G_IDENTITY + 40;
pub const GUARD_LEN: usize = G_HASH + 32;

pub const GUARD_FILE: u8 = 0;
pub const GUARD_ABSENT: u8 = 1;
pub const GUARD_DIRECTORY: u8 = 2;
pub const GUARD_SYMLINK: u8 = 3;

const _: () = assert!(HEADER_LEN == 288, "docs/pack.md says 288");
const _: () = assert!(MODULE_LEN == 144, "docs/pack.md says 144");
const _: () = assert!(EDGE_LEN == 16, "docs/pack.md says 16");
const _: () = assert!(GUARD_LEN == 96, "docs/pack.md says 96");
