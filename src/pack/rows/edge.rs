//! From a module to another: 16 bytes.

use std::borrow::Cow;

use super::super::bytes::{
    Interner, NO_TARGET, STRING_REF_LEN, Strings, malformed, put_u32, string_at, u32_at,
};
use super::super::error::PackError;
use super::super::section::Section;
use crate::module_graph::{Edge, EdgeAttributes, EdgeKind, ModuleIndex};

pub const E_SPECIFIER: usize = 0;
pub const E_TARGET: usize = E_SPECIFIER + STRING_REF_LEN;
pub const E_KIND: usize = E_TARGET + 4;
pub const E_ATTRIBUTES: usize = E_KIND + 1;
/// Two bytes are zero.
pub const EDGE_LEN: usize = E_ATTRIBUTES + 3;

const _: () = assert!(EDGE_LEN == 16, "docs/pack.md says 16");

const KINDS: [EdgeKind; 3] = [EdgeKind::Import, EdgeKind::DynamicImport, EdgeKind::Require];
const ATTRIBUTES: [EdgeAttributes; 3] =
    [EdgeAttributes::None, EdgeAttributes::Json, EdgeAttributes::Other];

pub(in super::super) fn write(
    edge: &Edge<'_>,
    strings: &mut Interner,
) -> Result<[u8; EDGE_LEN], PackError> {
    let mut row = [0; EDGE_LEN];
    strings.put(&mut row, E_SPECIFIER, &edge.specifier)?;
    put_u32(&mut row, E_TARGET, edge.target.map_or(NO_TARGET, |target| target.0));
    row[E_KIND] = edge.kind as u8;
    row[E_ATTRIBUTES] = edge.attributes as u8;
    Ok(row)
}

/// An edge without a specifier, to a module that nothing of the graph needs to ask for.
pub(in super::super) fn root(target: u32) -> Edge<'static> {
    Edge {
        kind: EdgeKind::Import,
        specifier: Cow::Borrowed(""),
        attributes: EdgeAttributes::None,
        target: Some(ModuleIndex(target)),
    }
}

/// An edge where it lies, for whoever needs one field of very many.
#[derive(Clone, Copy)]
pub struct EdgeRow<'a> {
    pub(in super::super) row: &'a [u8],
    pub(in super::super) strings: &'a [u8],
}

impl<'a> EdgeRow<'a> {
    pub fn kind(self) -> EdgeKind {
        kind(self.row).unwrap_or(EdgeKind::Require)
    }

    pub fn specifier(self) -> &'a str {
        string_at(self.strings, self.row, E_SPECIFIER)
    }

    pub fn attributes(self) -> EdgeAttributes {
        attributes(self.row).unwrap_or(EdgeAttributes::Other)
    }

    pub fn target(self) -> Option<ModuleIndex> {
        Some(target(self.row)).filter(|to| *to != NO_TARGET).map(ModuleIndex)
    }
}

impl<'a> From<EdgeRow<'a>> for Edge<'a> {
    fn from(row: EdgeRow<'a>) -> Self {
        Self {
            kind: row.kind(),
            specifier: Cow::Borrowed(row.specifier()),
            attributes: row.attributes(),
            target: row.target(),
        }
    }
}

fn target(row: &[u8]) -> u32 {
    u32_at(row, E_TARGET)
}

pub(in super::super) fn check(
    row: &[u8],
    strings: Strings<'_>,
    modules: u32,
) -> Result<(), PackError> {
    strings.check(Section::Edges, row, E_SPECIFIER)?;
    if target(row) != NO_TARGET && target(row) >= modules {
        return Err(malformed(Section::Edges, "a target is no module"));
    }
    if kind(row).is_none() || attributes(row).is_none() {
        return Err(malformed(Section::Edges, "unknown kind or attributes"));
    }
    Ok(())
}

/// Whether the edges of one module come by kind.
pub(in super::super) fn check_order(rows: &[u8]) -> Result<(), PackError> {
    let kinds = rows.chunks_exact(EDGE_LEN).map(|row| row[E_KIND]);
    match kinds.is_sorted() {
        true => Ok(()),
        false => Err(malformed(Section::Edges, "a module's edges are not in order")),
    }
}

fn kind(row: &[u8]) -> Option<EdgeKind> {
    KINDS.get(usize::from(row[E_KIND])).copied()
}

fn attributes(row: &[u8]) -> Option<EdgeAttributes> {
    ATTRIBUTES.get(usize::from(row[E_ATTRIBUTES])).copied()
}
