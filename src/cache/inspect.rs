//! What the bytes of one file of ours hold, for people.
//!
//! The bytes may be anybody's: cut, damaged, of another release. What can be read is told, and what is
//! wrong is named; nothing is believed that a checksum or a table does not bear out.

use serde::Serialize;

use super::note_facts::NoteFacts;
use crate::format::{self, Record};
use crate::metadata::ModuleMetadata;
use crate::miss::MissReason;
use crate::module_graph::{EdgeAttributes, EdgeKind, ModuleFormat};
use crate::pack::layout::{
    TRAIT_ASKS_RUNTIME, TRAIT_FORMAT_DETECTED, TRAIT_NAMES_KNOWN, TRAIT_UNLINKABLE,
};
use crate::pack::{Blob, LABEL_MAGIC, Label, PACK_MAGIC, Pack, PackError, Section, Seen};
use crate::store::{Note, entry, hex};

/// The first four bytes of a record, as they lie there.
const RECORD_MAGIC: [u8; 4] = 0x424D_4553_u32.to_le_bytes();

/// The most text that is told. Rows may point at the same bytes, so a small file can say more than there is
/// memory; the largest real pack has a few MB.
const MAX_TEXT: usize = 64 << 20;

/// What is wrong with a file, or with a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Stable.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// The byte at which it shows, where one can be named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<usize>,
}

impl<T: Into<MissReason>> From<T> for Fault {
    fn from(error: T) -> Self {
        let MissReason { code, detail } = error.into();
        Self { code, message: detail, offset: None }
    }
}

/// What a file is.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Inspected {
    /// A BMES v1 record.
    Record(RecordFacts),
    /// A record, or what a run has seen, behind the store's header.
    Entry(EntryFacts),
    /// An app's graph.
    Pack(PackFacts),
    /// One that serves any place.
    PortablePack(PortableFacts),
    /// What the self-test has said of a runtime, or an app's mark.
    Note(NoteFacts),
}

/// What a record holds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordFacts {
    /// All of it.
    pub bytes: usize,
    /// Of the format, as it says itself; `None` if it is too short for that.
    pub format_version: Option<u32>,
    /// Bytes before the bytecode.
    pub metadata_bytes: usize,
    /// Bytes of the engine's.
    pub bytecode_bytes: usize,
    /// What is imported and exported; `None` if the record is damaged or has more than 64 MB of it.
    pub metadata: Option<ModuleMetadata>,
    /// What is wrong.
    pub fault: Option<Fault>,
}

/// What an entry of the store holds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryFacts {
    /// All of it, header included.
    pub bytes: usize,
    /// Of the store, as it says itself.
    pub store_version: Option<u32>,
    /// `record`, `transcript`, or `unknown`.
    pub holds: &'static str,
    /// SHA-256 of the runtime's identity, as it says itself.
    pub runtime: Option<String>,
    /// The record's or the app's key, as it says itself.
    pub key: Option<String>,
    /// Bytes behind the header.
    pub payload_bytes: usize,
    /// What is behind it, if that is a record.
    pub record: Option<RecordFacts>,
    /// What is wrong.
    pub fault: Option<Fault>,
}

/// What a portable pack holds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PortableFacts {
    /// All of it, label included.
    pub bytes: usize,
    /// For whom it was made; `None` if the label is damaged.
    pub label: Option<Label>,
    /// The pack behind it.
    pub pack: Option<PackFacts>,
    /// What is wrong with the label.
    pub fault: Option<Fault>,
}

/// What a pack holds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PackFacts {
    /// All of it.
    pub bytes: usize,
    /// Of the format, as it says itself.
    pub format_version: Option<u32>,
    /// SHA-256 of the runtime's identity, as it says itself.
    pub runtime: Option<String>,
    /// The app's key, as it says itself.
    pub app: Option<String>,
    /// Why it, or a part of it, is refused.
    pub fault: Option<Fault>,
    /// What is in it; `None` if it cannot be opened.
    #[serde(flatten)]
    pub contents: Option<Contents>,
}

/// What is in a pack that can be opened.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Contents {
    /// URLs: the entry, then what only a run has shown to be imported.
    pub roots: Vec<String>,
    /// Of imports.
    pub conditions: Vec<String>,
    /// Why the linker must not run it; empty if it may.
    pub hooks_only: String,
    /// It is of a CommonJS program that was seen to reach ES modules.
    pub reaches_modules: bool,
    /// Where its parts lie.
    pub sections: Vec<Part>,
    /// Its modules.
    pub modules: Vec<ModuleFacts>,
    /// What must still be true of the disk.
    pub guards: Vec<GuardFacts>,
}

/// A part of a pack.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// Of docs/pack.md.
    pub name: &'static str,
    /// From the first byte of the pack.
    pub offset: usize,
    /// In bytes.
    pub bytes: usize,
    /// How many rows; `None` where there are none.
    pub rows: Option<usize>,
}

/// A module of a pack.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModuleFacts {
    /// Its URL.
    pub url: String,
    /// Its real path; empty if it has none.
    pub path: String,
    /// `module`, `commonjs`, `json`, `builtin` or `other`.
    pub format: &'static str,
    /// Words of docs/pack.md.
    pub traits: Vec<&'static str>,
    /// Why it is left to the runtime; empty if it is not.
    pub left_to_runtime: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// Of its record, bytecode left out.
    pub metadata_bytes: usize,
    /// Of the engine's.
    pub bytecode_bytes: usize,
    /// Of its text as it lies there.
    pub source_bytes: usize,
    /// What it asks for.
    pub edges: Vec<EdgeFacts>,
    /// What CommonJS exports, as the runtime said; `None` if it was not asked.
    pub export_names: Option<Vec<String>>,
    /// What is wrong with its record or text.
    pub fault: Option<Fault>,
}

/// From a module to another.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EdgeFacts {
    /// `import`, `import()` or `require`.
    pub kind: &'static str,
    /// As written.
    pub specifier: String,
    /// `json` or `other`; `None` without attributes.
    pub attributes: Option<&'static str>,
    /// Which of the modules it leads to; `None` where the runtime gives its own answer.
    pub target: Option<u32>,
}

/// One thing that must still be true of the disk.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GuardFacts {
    /// Where.
    pub path: String,
    /// What was found there.
    pub found: Seen,
}

/// What these bytes are; `None` if they are nothing of ours.
pub fn inspect(bytes: &[u8]) -> Option<Inspected> {
    if bytes.starts_with(&PACK_MAGIC) {
        Some(Inspected::Pack(pack(bytes)))
    } else if bytes.starts_with(&LABEL_MAGIC) {
        Some(Inspected::PortablePack(portable(bytes)))
    } else if bytes.starts_with(&entry::MAGIC) {
        Some(Inspected::Entry(entry_facts(bytes)))
    } else if bytes.starts_with(&RECORD_MAGIC) {
        Some(Inspected::Record(record(bytes)))
    } else if Note::is_one(bytes) {
        Some(Inspected::Note(NoteFacts::of(bytes)))
    } else {
        None
    }
}

fn record(bytes: &[u8]) -> RecordFacts {
    let parsed = Record::parse(bytes);
    let bytecode_bytes = parsed.map_or(0, |record| record.bytecode().len());
    let is_short = bytes.len() - bytecode_bytes <= MAX_TEXT;
    let metadata = parsed.ok().filter(|_| is_short).map(|record| record.metadata());
    RecordFacts {
        bytes: bytes.len(),
        format_version: u32_at(bytes, RECORD_MAGIC.len()),
        metadata_bytes: bytes.len() - bytecode_bytes,
        bytecode_bytes,
        metadata,
        fault: format::diagnose(bytes).map(|error| Fault {
            code: error.code(),
            message: error.to_string(),
            offset: Some(error.offset()),
        }),
    }
}

fn entry_facts(bytes: &[u8]) -> EntryFacts {
    let kind = u32_at(bytes, entry::KIND_AT);
    let runtime = entry::stated_runtime(bytes);
    let key: Option<[u8; 32]> =
        bytes.get(entry::KEY_AT..entry::PAYLOAD_LEN_AT).and_then(|key| key.try_into().ok());
    let whole = entry::payload_of(
        kind.unwrap_or_default(),
        bytes,
        &runtime.unwrap_or_default(),
        &key.unwrap_or_default(),
    );
    let holds = match kind {
        Some(entry::KIND_RECORD) => "record",
        Some(entry::KIND_TRANSCRIPT) => "transcript",
        _ => "unknown",
    };
    EntryFacts {
        bytes: bytes.len(),
        store_version: u32_at(bytes, entry::VERSION_AT),
        holds,
        runtime: runtime.map(|digest| hex(&digest)),
        key: key.map(|key| hex(&key)),
        payload_bytes: bytes.len().saturating_sub(entry::HEADER_LEN),
        record: whole.as_ref().ok().filter(|_| holds == "record").map(|payload| record(payload)),
        fault: whole.err().map(Fault::from),
    }
}

fn portable(bytes: &[u8]) -> PortableFacts {
    let mut rest = bytes;
    // Reading from memory fails only where it ends.
    let (label, fault) = match Label::read(&mut rest) {
        Ok(Ok(label)) => (label, None),
        Ok(Err(error)) => (None, Some(error.into())),
        Err(_) => (None, Some(PackError::Damaged { section: "label" }.into())),
    };
    let fault =
        fault.or_else(|| label.is_none().then(|| PackError::Damaged { section: "label" }.into()));
    let pack = label.is_some().then(|| pack(rest));
    PortableFacts { bytes: bytes.len(), label, pack, fault }
}

fn pack(bytes: &[u8]) -> PackFacts {
    let (runtime, app) = (Pack::stated_runtime(bytes), Pack::stated_app(bytes));
    let mut facts = PackFacts {
        bytes: bytes.len(),
        format_version: u32_at(bytes, PACK_MAGIC.len()),
        runtime: runtime.map(|digest| hex(&digest)),
        app: app.map(|key| hex(&key)),
        fault: None,
        contents: None,
    };
    let blob = Blob::Owned(bytes.to_vec());
    match Pack::open(blob, &runtime.unwrap_or_default(), &app.unwrap_or_default()) {
        Err(error) => facts.fault = Some(error.into()),
        Ok(pack) if text_len(&pack) > MAX_TEXT => {
            let message = "its rows have more text than can be shown".to_owned();
            facts.fault = Some(Fault { code: "BMES_PACK_MALFORMED", message, offset: None });
        }
        Ok(pack) => {
            let contents = contents(&pack);
            let damaged = contents.modules.iter().find(|module| module.fault.is_some());
            facts.fault = damaged.and_then(|module| {
                let fault = module.fault.clone()?;
                Some(Fault { message: format!("{}: {}", module.url, fault.message), ..fault })
            });
            facts.contents = Some(contents);
        }
    }
    facts
}

/// How much text all rows have, each by itself.
fn text_len(pack: &Pack) -> usize {
    let modules = (0..pack.module_count()).map(|at| {
        let names = pack.export_names(at).map_or(0, |names| names.map(str::len).sum());
        pack.url(at).len() + pack.path(at).len() + pack.left_to_runtime(at).len() + names
    });
    let edges = pack.edge_rows(0..pack.edge_count()).map(|edge| edge.specifier().len());
    let roots = pack.roots().map(|root| pack.url(root).len());
    let guards = pack.guards().map(|guard| guard.path.len());
    modules.chain(edges).chain(roots).chain(guards).fold(0, usize::saturating_add)
}

fn contents(pack: &Pack) -> Contents {
    Contents {
        roots: pack.roots().map(|root| pack.url(root).to_owned()).collect(),
        conditions: pack.conditions().map(str::to_owned).collect(),
        hooks_only: pack.hooks_only().to_owned(),
        reaches_modules: pack.reaches_modules(),
        sections: Section::ALL.into_iter().map(|section| part(pack, section)).collect(),
        modules: (0..pack.module_count()).map(|at| module(pack, at)).collect(),
        guards: pack
            .guards()
            .map(|guard| GuardFacts { found: Seen::before(&guard), path: guard.path.into_owned() })
            .collect(),
    }
}

fn part(pack: &Pack, section: Section) -> Part {
    let range = pack.section_range(section);
    let has_rows = section.row_len() > 1;
    Part {
        name: section.name(),
        offset: range.start,
        bytes: range.len(),
        rows: has_rows.then(|| range.len() / section.row_len()),
    }
}

fn module(pack: &Pack, at: u32) -> ModuleFacts {
    let lengths = pack.lengths(at);
    ModuleFacts {
        url: pack.url(at).to_owned(),
        path: pack.path(at).to_owned(),
        format: format_name(pack.format(at)),
        traits: trait_words(pack.trait_bits(at)),
        left_to_runtime: pack.left_to_runtime(at).to_owned(),
        sha256: hex(&pack.content_hash(at)),
        metadata_bytes: lengths.metadata,
        bytecode_bytes: lengths.bytecode,
        source_bytes: lengths.source,
        edges: pack
            .edges(at)
            .map(|edge| EdgeFacts {
                kind: match edge.kind {
                    EdgeKind::Import => "import",
                    EdgeKind::DynamicImport => "import()",
                    EdgeKind::Require => "require",
                },
                specifier: edge.specifier.into_owned(),
                attributes: match edge.attributes {
                    EdgeAttributes::None => None,
                    EdgeAttributes::Json => Some("json"),
                    EdgeAttributes::Other => Some("other"),
                },
                target: edge.target.map(|to| to.0),
            })
            .collect(),
        export_names: pack.export_names(at).map(|names| names.map(str::to_owned).collect()),
        fault: module_fault(pack, at).err(),
    }
}

/// What is wrong with what a pack holds of a module, which is verified only when it is handed over.
///
/// # Errors
/// The first thing that is.
pub(crate) fn module_fault(pack: &Pack, at: u32) -> Result<(), Fault> {
    pack.source(at)?;
    pack.bytecode(at)?;
    let record = pack.record(at)?;
    match format::diagnose(record).filter(|_| !record.is_empty()) {
        Some(error) => Err(Fault {
            code: "BMES_PACK_DAMAGED",
            message: error.to_string(),
            offset: Some(error.offset()),
        }),
        None => Ok(()),
    }
}

/// Node's name for a format, or `other`.
pub(crate) fn format_name(format: ModuleFormat) -> &'static str {
    format.name().unwrap_or("other")
}

fn trait_words(bits: u8) -> Vec<&'static str> {
    [
        (TRAIT_FORMAT_DETECTED, "formatDetected"),
        (TRAIT_NAMES_KNOWN, "namesKnown"),
        (TRAIT_UNLINKABLE, "unlinkable"),
        (TRAIT_ASKS_RUNTIME, "asksRuntime"),
    ]
    .into_iter()
    .filter(|(bit, _)| bits & bit != 0)
    .map(|(_, word)| word)
    .collect()
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_le_bytes(*four))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{RuntimeIdentity, record_key};

    fn entry() -> Vec<u8> {
        let record = format::write(&ModuleMetadata::default(), b"bytecode").expect("a record");
        let runtime = RuntimeIdentity::new("node", "v8");
        let key = record_key("file:///a.mjs", &[7; 32]);
        [&entry::header(runtime.digest(), &key, &record)[..], &record].concat()
    }

    #[test]
    fn an_entry_tells_what_it_holds() {
        let Some(Inspected::Entry(facts)) = inspect(&entry()) else { panic!("no entry") };
        assert_eq!((facts.holds, facts.fault.is_none()), ("record", true));
        let record = facts.record.expect("a record");
        assert_eq!((record.bytecode_bytes, record.format_version), (8, Some(1)));
    }

    #[test]
    fn every_damage_of_an_entry_is_named_and_no_cut_is_anything_else() {
        let whole = entry();
        for at in entry::MAGIC.len()..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            for bytes in [&damaged[..], &whole[..at]] {
                let Some(Inspected::Entry(facts)) = inspect(bytes) else { panic!("byte {at}") };
                assert!(facts.fault.is_some(), "byte {at}");
            }
        }
        assert!(inspect(b"import './a.mjs';").is_none());
    }
}
