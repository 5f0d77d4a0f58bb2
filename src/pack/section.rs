//! The parts of a pack.

use super::rows::{edge, guard, module};

/// The parts of a pack, in file order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Section {
    /// One row per module.
    Modules = 0,
    /// Roots, then what each module asks for.
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

/// How many there are.
pub const SECTIONS: usize = 7;

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

    /// The length of its rows; 1 where it has none.
    pub fn row_len(self) -> usize {
        match self {
            Self::Modules => module::MODULE_LEN,
            Self::Edges => edge::EDGE_LEN,
            Self::Names => module::NAME_LEN,
            Self::Guards => guard::GUARD_LEN,
            Self::Strings | Self::Records | Self::Sources => 1,
        }
    }
}
