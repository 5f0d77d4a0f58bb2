//! Modules and guards to bytes. The same input gives the same bytes.

use std::borrow::Cow;

use xxhash_rust::xxh3::xxh3_64;

use super::bytes::{Interner, count, put_u32, put_u64};
use super::error::PackError;
use super::guard::Guard;
use super::module::PackModule;
use super::rows::edge::EDGE_LEN;
use super::rows::header::HEADER_LEN;
use super::rows::module::*;
use super::rows::{edge, guard, header, module};
use super::section::{SECTIONS, Section};

/// Everything a pack holds.
#[derive(Debug)]
pub struct PackContents<'a> {
    /// SHA-256 of the runtime's identity.
    pub runtime: [u8; 32],
    /// SHA-256 of the entry URL and the resolution settings.
    pub app: [u8; 32],
    /// The entry's row, then those of modules that only a run has shown to be imported.
    pub roots: Vec<u32>,
    /// Why the linker must not run this app, if it must not.
    pub hooks_only: Cow<'a, str>,
    /// The conditions imports were resolved with.
    pub conditions: Vec<Cow<'a, str>>,
    /// A CommonJS program that was seen to reach ES modules.
    pub reaches_modules: bool,
    /// The rows.
    pub modules: Vec<PackModule<'a>>,
    /// What must still be true of the disk.
    pub guards: Vec<Guard<'a>>,
}

/// The bytes of a pack.
///
/// # Errors
/// [`PackError::TooLarge`] where 32 bits cannot number what there is, [`PackError::Malformed`] where
/// a module claims more bytecode than its record has bytes.
pub fn encode(contents: &PackContents<'_>) -> Result<Vec<u8>, PackError> {
    let mut strings = Interner::default();
    let mut tables: [Vec<u8>; SECTIONS] = Default::default();
    let (mut records, mut sources) = (Body::default(), Body::default());
    let head = header::write(contents, &mut strings)?;
    for &root in &contents.roots {
        let row = edge::write(&edge::root(root), &mut strings)?;
        tables[Section::Edges as usize].extend_from_slice(&row);
    }
    for module in &contents.modules {
        encode_module(module, &mut tables, &mut records, &mut sources, &mut strings)?;
    }
    for guard in &contents.guards {
        let row = guard::write(guard, &mut strings)?;
        tables[Section::Guards as usize].extend_from_slice(&row);
    }
    tables[Section::Strings as usize] = strings.bytes;

    let len: usize = tables.iter().map(Vec::len).sum();
    let room = HEADER_LEN + len + records.len + sources.len + 8 * SECTIONS;
    let mut out = Vec::with_capacity(room);
    out.extend_from_slice(&head);
    for section in Section::ALL {
        out.resize(out.len().next_multiple_of(8), 0);
        let at = out.len();
        match section {
            Section::Records => records.write(&mut out),
            Section::Sources => sources.write(&mut out),
            _ => out.extend_from_slice(&tables[section as usize]),
        }
        header::write_section(&mut out, section, at);
    }
    header::seal(&mut out);
    Ok(out)
}

/// A section made of parts that stay where they are until the file is put together: records and
/// sources are most of a pack, and are copied once.
#[derive(Default)]
struct Body<'a> {
    parts: Vec<(usize, &'a [u8])>,
    len: usize,
}

impl<'a> Body<'a> {
    /// Takes `bytes` in, so placed that what starts `head` bytes into them is 8-aligned.
    fn place(&mut self, bytes: &'a [u8], head: usize) -> u64 {
        let at = (self.len + head).next_multiple_of(8) - head;
        self.parts.push((at, bytes));
        self.len = at + bytes.len();
        at as u64
    }

    fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        for (at, bytes) in &self.parts {
            out.resize(start + at, 0);
            out.extend_from_slice(bytes);
        }
    }
}

fn encode_module<'a>(
    module: &'a PackModule<'_>,
    tables: &mut [Vec<u8>; SECTIONS],
    records: &mut Body<'a>,
    sources: &mut Body<'a>,
    strings: &mut Interner,
) -> Result<(), PackError> {
    let mut row = module::write(module)?;
    strings.put(&mut row, M_URL, &module.url)?;
    strings.put(&mut row, M_PATH, &module.path)?;
    strings.put(&mut row, M_REASON, &module.left_to_runtime)?;

    // The bytecode, not the record, is what the engine wants aligned; without any, nothing is.
    let unaligned = records.len.next_multiple_of(8) - records.len;
    let head = match module.bytecode_len {
        0 => unaligned,
        len => module.record.len() - len,
    };
    put_u64(&mut row, M_RECORD_AT, records.place(&module.record, head));
    put_u64(&mut row, M_RECORD_LEN, module.record.len() as u64);
    put_u64(&mut row, M_RECORD_CHECKSUM, xxh3_64(&module.record));
    put_u64(&mut row, M_SOURCE_AT, sources.place(&module.source.bytes, 0));
    put_u64(&mut row, M_SOURCE_LEN, module.source.bytes.len() as u64);
    put_u64(&mut row, M_SOURCE_CHECKSUM, xxh3_64(&module.source.bytes));

    let edges = &mut tables[Section::Edges as usize];
    put_u32(&mut row, M_EDGES_AT, count(edges.len() / EDGE_LEN, Section::Edges)?);
    put_u32(&mut row, M_EDGES, count(module.edges.len(), Section::Edges)?);
    for edge in &*module.edges {
        edges.extend_from_slice(&edge::write(edge, strings)?);
    }

    let names = &mut tables[Section::Names as usize];
    let list = module.export_names.as_deref().unwrap_or(&[]);
    put_u32(&mut row, M_NAMES_AT, count(names.len() / NAME_LEN, Section::Names)?);
    put_u32(&mut row, M_NAMES, count(list.len(), Section::Names)?);
    for name in list {
        let mut row = [0; NAME_LEN];
        strings.put(&mut row, 0, name)?;
        names.extend_from_slice(&row);
    }
    tables[Section::Modules as usize].extend_from_slice(&row);
    Ok(())
}
