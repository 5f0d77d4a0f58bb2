//! Modules and guards to bytes. The same input gives the same bytes.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::xxh3_64;

use super::error::PackError;
use super::guard::Guard;
use super::layout::*;
use super::module::{Edge, EdgeAttributes, PackModule};
use crate::module_graph::Found;

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
    /// Whether every module that can have bytecode has it.
    pub has_bytecode: bool,
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
    let mut strings = Strings::default();
    let mut sections: [Vec<u8>; SECTIONS] = Default::default();
    let (mut records, mut sources) = (Body::default(), Body::default());
    let hooks_only = strings.intern(&contents.hooks_only)?;
    let conditions = strings.intern(&contents.conditions.join("\n"))?;
    for &root in &contents.roots {
        let edge =
            Edge { specifier: "".into(), attributes: EdgeAttributes::None, target: Some(root) };
        sections[Section::Edges as usize].extend_from_slice(&edge_row(&edge, &mut strings)?);
    }
    for module in &contents.modules {
        encode_module(module, &mut sections, &mut records, &mut sources, &mut strings)?;
    }
    for guard in &contents.guards {
        let row = guard_row(guard, &mut strings)?;
        sections[Section::Guards as usize].extend_from_slice(&row);
    }
    sections[Section::Strings as usize] = strings.bytes;

    let tables: usize = sections.iter().map(Vec::len).sum();
    let room = HEADER_LEN + tables + records.len + sources.len + 8 * SECTIONS;
    let mut out = Vec::with_capacity(room);
    out.resize(HEADER_LEN, 0);
    out[..MAGIC.len()].copy_from_slice(&MAGIC);
    put_u32(&mut out, VERSION_AT, VERSION);
    put_u32(&mut out, SECTION_COUNT_AT, SECTIONS as u32);
    out[RUNTIME_AT..RUNTIME_AT + 32].copy_from_slice(&contents.runtime);
    out[APP_AT..APP_AT + 32].copy_from_slice(&contents.app);
    put_u32(&mut out, FLAGS_AT, if contents.has_bytecode { FLAG_BYTECODE } else { 0 });
    put_u32(&mut out, ROOT_COUNT_AT, count(contents.roots.len(), Section::Edges)?);
    put_string(&mut out, HOOKS_ONLY_AT, hooks_only);
    put_string(&mut out, CONDITIONS_AT, conditions);
    for section in Section::ALL {
        out.resize(out.len().next_multiple_of(8), 0);
        let row = SECTION_TABLE_AT + section as usize * SECTION_ROW_LEN;
        let table = &sections[section as usize];
        let checksum = if section.is_table() { xxh3_64(table) } else { 0 };
        let at = out.len();
        match section {
            Section::Records => records.write(&mut out),
            Section::Sources => sources.write(&mut out),
            _ => out.extend_from_slice(table),
        }
        let len = (out.len() - at) as u64;
        put_u64(&mut out, row, at as u64);
        put_u64(&mut out, row + 8, len);
        put_u64(&mut out, row + 16, checksum);
    }
    let file_len = out.len() as u64;
    put_u64(&mut out, FILE_LEN_AT, file_len);
    let checksum = xxh3_64(&out[..HEADER_CHECKSUM_AT]);
    put_u64(&mut out, HEADER_CHECKSUM_AT, checksum);
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
    sections: &mut [Vec<u8>; SECTIONS],
    records: &mut Body<'a>,
    sources: &mut Body<'a>,
    strings: &mut Strings,
) -> Result<(), PackError> {
    let mut row = [0; MODULE_LEN];
    put_string(&mut row, M_URL, strings.intern(&module.url)?);
    put_string(&mut row, M_PATH, strings.intern(&module.path)?);
    put_string(&mut row, M_REASON, strings.intern(&module.left_to_runtime)?);
    row[M_FORMAT] = module.format as u8;
    row[M_TRAITS] = trait_bits(module);
    row[M_ENCODING] = module.source.encoding as u8;
    row[M_HASH..M_HASH + 32].copy_from_slice(&module.content_hash);

    let head = module.record.len().checked_sub(module.bytecode_len);
    let head = head.ok_or(PackError::Malformed {
        section: Section::Records.name(),
        what: "bytecode is longer than its record",
    })?;
    // The bytecode, not the record, is what the engine wants aligned; without any, nothing is.
    let unaligned = records.len.next_multiple_of(8) - records.len;
    let head = if module.bytecode_len > 0 { head } else { unaligned };
    put_u64(&mut row, M_RECORD_AT, records.place(&module.record, head));
    put_u64(&mut row, M_RECORD_LEN, module.record.len() as u64);
    put_u64(&mut row, M_RECORD_CHECKSUM, xxh3_64(&module.record));
    put_u64(&mut row, M_BYTECODE_LEN, module.bytecode_len as u64);

    put_u64(&mut row, M_SOURCE_AT, sources.place(&module.source.bytes, 0));
    put_u64(&mut row, M_SOURCE_LEN, module.source.bytes.len() as u64);
    put_u64(&mut row, M_SOURCE_CHECKSUM, xxh3_64(&module.source.bytes));

    let edges = &mut sections[Section::Edges as usize];
    put_u32(&mut row, M_EDGES_AT, count(edges.len() / EDGE_LEN, Section::Edges)?);
    let kinds = [
        (M_REQUESTS, &module.requests),
        (M_DYNAMIC, &module.dynamic_imports),
        (M_REQUIRES, &module.requires),
    ];
    for (at, list) in kinds {
        put_u32(&mut row, at, count(list.len(), Section::Edges)?);
        for edge in list {
            edges.extend_from_slice(&edge_row(edge, strings)?);
        }
    }

    let names = &mut sections[Section::Names as usize];
    put_u32(&mut row, M_NAMES_AT, count(names.len() / NAME_LEN, Section::Names)?);
    let list = module.export_names.as_deref().unwrap_or(&[]);
    put_u32(&mut row, M_NAMES, count(list.len(), Section::Names)?);
    for name in list {
        let mut row = [0; NAME_LEN];
        put_string(&mut row, 0, strings.intern(name)?);
        names.extend_from_slice(&row);
    }
    sections[Section::Modules as usize].extend_from_slice(&row);
    Ok(())
}

fn trait_bits(module: &PackModule<'_>) -> u8 {
    let traits = &module.traits;
    let bits = [
        (traits.import_meta, TRAIT_IMPORT_META),
        (traits.computed_import, TRAIT_COMPUTED_IMPORT),
        (traits.format_detected, TRAIT_FORMAT_DETECTED),
        (module.export_names.is_some(), TRAIT_NAMES_KNOWN),
        (module.exports_default, TRAIT_EXPORTS_DEFAULT),
        (module.unlinkable, TRAIT_UNLINKABLE),
    ];
    bits.into_iter().filter(|(set, _)| *set).fold(0, |all, (_, bit)| all | bit)
}

fn edge_row(edge: &Edge<'_>, strings: &mut Strings) -> Result<[u8; EDGE_LEN], PackError> {
    let mut row = [0; EDGE_LEN];
    put_string(&mut row, E_SPECIFIER, strings.intern(&edge.specifier)?);
    put_u32(&mut row, E_TARGET, edge.target.unwrap_or(NO_TARGET));
    put_u32(&mut row, E_ATTRIBUTES, edge.attributes as u32);
    Ok(row)
}

fn guard_row(guard: &Guard<'_>, strings: &mut Strings) -> Result<[u8; GUARD_LEN], PackError> {
    let mut row = [0; GUARD_LEN];
    put_string(&mut row, G_PATH, strings.intern(&guard.path)?);
    let (kind, identity, racy) = match &guard.found {
        Found::File { identity, content_hash, racy } => {
            row[G_HASH..G_HASH + 32].copy_from_slice(content_hash);
            (GUARD_FILE, Some(identity), *racy)
        }
        Found::Absent => (GUARD_ABSENT, None, false),
        Found::Directory { identity, racy } => (GUARD_DIRECTORY, Some(identity), *racy),
        Found::Symlink { identity, target } => {
            put_string(&mut row, G_TARGET, strings.intern(&target.to_string_lossy())?);
            (GUARD_SYMLINK, Some(identity), false)
        }
    };
    row[G_KIND] = kind;
    row[G_RACY] = u8::from(racy);
    if let Some(identity) = identity {
        put_u64(&mut row, G_IDENTITY, identity.dev);
        put_u64(&mut row, G_IDENTITY + 8, identity.ino);
        put_u64(&mut row, G_IDENTITY + 16, identity.size);
        put_u64(&mut row, G_IDENTITY + 24, identity.mtime_ns.cast_unsigned());
        put_u64(&mut row, G_IDENTITY + 32, identity.ctime_ns.cast_unsigned());
    }
    Ok(row)
}

fn count(number: usize, section: Section) -> Result<u32, PackError> {
    u32::try_from(number)
        .ok()
        .filter(|count| *count != NO_TARGET)
        .ok_or(PackError::TooLarge { section: section.name() })
}

/// The strings section: each distinct string once, in the order of first use.
#[derive(Default)]
struct Strings {
    bytes: Vec<u8>,
    known: FxHashMap<String, (u32, u32)>,
}

impl Strings {
    fn intern(&mut self, text: &str) -> Result<(u32, u32), PackError> {
        if let Some(known) = self.known.get(text) {
            return Ok(*known);
        }
        let at = count(self.bytes.len(), Section::Strings)?;
        let reference = (at, count(text.len(), Section::Strings)?);
        self.bytes.extend_from_slice(text.as_bytes());
        self.known.insert(text.to_owned(), reference);
        Ok(reference)
    }
}

fn put_string(row: &mut [u8], at: usize, (offset, len): (u32, u32)) {
    put_u32(row, at, offset);
    put_u32(row, at + 4, len);
}

fn put_u32(row: &mut [u8], at: usize, value: u32) {
    row[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

fn put_u64(row: &mut [u8], at: usize, value: u64) {
    row[at..at + 8].copy_from_slice(&value.to_le_bytes());
}
