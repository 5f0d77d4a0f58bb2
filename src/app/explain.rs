//! What a start of an app would find, for whoever asks why: nothing is started, written or healed.
//!
//! The pack is found as a start finds it ([`Session::open`]), so that the answer is the start's. What is
//! added is what a start does not need: every guard that moved and not only the first, with both values;
//! what is wrong with a module that has not been asked for yet; and packs that would have been meant.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::inventory::{Inventory, StoredApp, StoredTranscript, milliseconds};
use super::left::LeftBehind;
use super::linking::crashed;
use super::place::options_for;
use super::session::{Opened, Session, Settings};
use super::typescript::{Strip, crawl_whole};
use crate::analyze::analyze_module;
use crate::cache::{Fault, format_name, module_fault};
use crate::graph::{Entry, StrippedTexts};
use crate::miss::MissReason;
use crate::module_graph::{EdgeKind, ModuleFormat};
use crate::pack::layout::{TRAIT_ASKS_RUNTIME, TRAIT_FORMAT_DETECTED, TRAIT_UNLINKABLE};
use crate::pack::{Difference, Encoding, Pack, differences};
use crate::store::{RuntimeIdentity, content_hash, hex};

/// A code and what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Stable.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

impl From<MissReason> for Reason {
    fn from(MissReason { code, detail }: MissReason) -> Self {
        Self { code, message: detail }
    }
}

/// What a start would find.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explained {
    /// The URL of the ES module where the graph begins.
    pub entry: String,
    /// The app's key, in hex.
    pub key: String,
    /// The name of the runtime's folder in the store.
    pub runtime: String,
    /// The pack that a start opens, whether or not it holds; `None` if there is none.
    pub pack: Option<Used>,
    /// Why the pack of the store, or the disk, is not as the pack in use has it.
    pub reason: Option<Reason>,
    /// Why the pack that the user has named is not used.
    pub named_miss: Option<Reason>,
    /// How many guards there are.
    pub guards: usize,
    /// Those that moved: first those that changed, then those that were only touched.
    pub moved: Vec<Difference>,
    /// The modules of the pack in use, or of the one that does not hold any more.
    pub modules: Vec<Module>,
    /// Why the linker is not tried: starts have died of it.
    pub crashed: Option<String>,
    /// A process makes a pack of this app now.
    pub is_being_learnt: bool,
    /// What waits for a learner, or was refused by one.
    pub learning: Option<StoredTranscript>,
    /// Without a pack: those of the same entry that other options, another runtime or another place have.
    pub others: Vec<Other>,
}

/// The pack that a start opens.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Used {
    /// Where it is.
    pub file: String,
    /// It is one that the user has named, not one of the store.
    pub is_named: bool,
    /// Nothing of it but the entry is compared with the disk.
    pub is_frozen: bool,
    /// In bytes.
    pub bytes: u64,
    /// When it was written or last used, in milliseconds since 1970.
    pub used_ms: u64,
    /// The conditions of imports.
    pub conditions: Vec<String>,
    /// Why the linker must not run it; empty if it may.
    pub hooks_only: String,
}

/// One module.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Module {
    /// Its URL.
    pub url: String,
    /// `module`, `commonjs`, `json`, `builtin` or `other`.
    pub format: &'static str,
    /// Whether the pack has bytecode of it.
    pub has_bytecode: bool,
    /// What in its text only a record of the loader's own can answer: `import()`, `import.meta`, ...
    pub asks_runtime: Vec<&'static str>,
    /// It is an ES module only because of its syntax: the runtime loads it itself.
    pub format_detected: bool,
    /// It imports a name that CommonJS does not export.
    pub unlinkable: bool,
    /// Why it is left to the runtime; empty if it is not.
    pub left_to_runtime: String,
    /// What is wrong with what the pack holds of it.
    pub fault: Option<Fault>,
}

/// A pack that is not the one that was asked for.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Other {
    /// What differs: `options`, `runtime` or `place`.
    pub differs: &'static str,
    /// Its runtime's folder.
    pub runtime: String,
    /// Its entry's URL.
    pub entry: String,
    /// The conditions of its imports.
    pub conditions: Vec<String>,
    /// Where it is.
    pub file: String,
}

/// Looks at everything that a start with these settings would look at, and more. `strip` is asked about
/// TypeScript that was written to.
pub fn explain(settings: Settings, strip: &mut Strip<'_>) -> Explained {
    let settings = Settings { read_only: true, ..settings };
    let runtime = RuntimeIdentity::new(&settings.runtime, &settings.build).folder().to_owned();
    let (session, opened) = Session::open_stripping(settings.clone(), strip);
    let place = session.place();
    let own = session.open_own();
    let is_named = session.is_named();
    let own_pack = own.as_ref().ok().map(|(pack, _)| pack);
    // What guards say is said of the file; a pack that was made just now holds.
    let guarded = if is_named { session.pack() } else { own_pack };
    let shown = session.pack().or(own_pack);
    let mut moved = guarded.map_or_else(Vec::new, |pack| differences(pack.guards()));
    moved.sort_by_key(|difference| difference.what.is_none());
    let left = LeftBehind::read(place);
    let is_missing = matches!(&opened, Opened::Miss(reason) if reason.code == "BMES_STORE_MISSING");
    Explained {
        entry: place.entry_url.clone(),
        key: hex(&place.key),
        pack: shown.and_then(|pack| used(&session, &settings, pack, is_named)),
        reason: match opened {
            Opened::Hit => None,
            Opened::Refreshed(reason) | Opened::Miss(reason) => Some(reason.into()),
        },
        named_miss: session.named_miss().cloned().map(Reason::from),
        guards: guarded.map_or(0, |pack| pack.guards().len()),
        moved,
        modules: shown.map_or_else(Vec::new, |pack| modules(pack)),
        crashed: crashed(place),
        is_being_learnt: place.open().is_ok_and(|folder| folder.is_being_learnt(&place.key)),
        learning: left.map(|(left, age)| StoredTranscript::of(left, age)),
        others: match (&place.root, is_missing) {
            (Some(root), true) => others(root, &settings.entry, &place.entry_url, &runtime),
            _ => Vec::new(),
        },
        runtime,
    }
}

fn used(session: &Session, settings: &Settings, pack: &Arc<Pack>, is_named: bool) -> Option<Used> {
    let file = match (&settings.named_pack, is_named) {
        (Some(named), true) => named.clone(),
        _ => session.place().open().ok()?.pack_path(session.key()),
    };
    let facts = std::fs::metadata(&file).ok();
    let used = facts.as_ref().and_then(|facts| facts.modified().ok());
    Some(Used {
        file: file.to_string_lossy().into_owned(),
        is_named,
        is_frozen: session.is_frozen(),
        bytes: facts.map_or(0, |facts| facts.len()),
        used_ms: used.map_or(0, milliseconds),
        conditions: pack.conditions().map(str::to_owned).collect(),
        hooks_only: pack.hooks_only().to_owned(),
    })
}

fn modules(pack: &Pack) -> Vec<Module> {
    (0..pack.module_count())
        .map(|at| {
            let traits = pack.trait_bits(at);
            let asks = traits & TRAIT_ASKS_RUNTIME != 0;
            Module {
                url: pack.url(at).to_owned(),
                format: format_name(pack.format(at)),
                has_bytecode: !pack.bytecode_range(at).is_empty(),
                asks_runtime: if asks { what_it_asks(pack, at) } else { Vec::new() },
                format_detected: traits & TRAIT_FORMAT_DETECTED != 0,
                unlinkable: traits & TRAIT_UNLINKABLE != 0,
                left_to_runtime: pack.left_to_runtime(at).to_owned(),
                fault: module_fault(pack, at).err(),
            }
        })
        .collect()
}

/// Why a module's record must be one of the loader's own making.
fn what_it_asks(pack: &Pack, at: u32) -> Vec<&'static str> {
    let mut asks = Vec::new();
    let has_import = pack.edges(at).any(|edge| edge.kind == EdgeKind::DynamicImport);
    let text = pack.source(at).ok().filter(|_| pack.format(at) == ModuleFormat::Module);
    let traits = text
        .and_then(|text| {
            let text = match text.encoding {
                Encoding::Latin1 => text.bytes.iter().map(|byte| char::from(*byte)).collect(),
                Encoding::Utf16 => {
                    let units = text.bytes.chunks_exact(2);
                    let units = units.map(|two| u16::from_le_bytes([two[0], two[1]]));
                    char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect()
                }
            };
            let text: String = text;
            Some(analyze_module(&text).ok()?.traits)
        })
        .unwrap_or_default();
    if has_import || traits.computed_import {
        asks.push("import()");
    }
    if traits.import_meta {
        asks.push("import.meta");
    }
    if traits.makes_code {
        asks.push("eval, Function or constructor()");
    }
    asks
}

/// Packs of the same entry, or of an entry with the same content that lay elsewhere.
fn others(root: &Path, entry: &PathBuf, entry_url: &str, runtime: &str) -> Vec<Other> {
    let content = std::fs::read(entry).map(|bytes| hex(&content_hash(&bytes))).ok();
    let apps = Inventory::of(root).unwrap_or_default().apps;
    let other = |app: StoredApp| {
        let (url, pack) = (app.entry?, app.pack?);
        let differs = if url == entry_url {
            if app.runtime == runtime { "options" } else { "runtime" }
        } else if app.runtime == runtime && Some(&pack.entry_sha256) == content.as_ref() {
            "place"
        } else {
            return None;
        };
        Some(Other {
            differs,
            runtime: app.runtime,
            entry: url,
            conditions: pack.conditions,
            file: pack.file,
        })
    };
    apps.into_iter().filter_map(other).collect()
}

/// Where graphs may begin under a main module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Beginnings {
    /// The main module is CommonJS.
    pub is_commonjs: bool,
    /// The ES modules that it reaches through CommonJS by literal specifiers, in the order in which they
    /// are written.
    pub modules: Vec<Beginning>,
}

/// An ES module that CommonJS reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Beginning {
    /// Its URL.
    pub url: String,
    /// By `require()`, and not by `import()`.
    pub is_required: bool,
}

/// What may be first under the main module of these settings. `strip` is asked about TypeScript.
///
/// # Errors
/// Why the disk could not be crawled.
pub fn beginnings(
    settings: Settings,
    conditions: &[String],
    strip: &mut Strip<'_>,
) -> Result<Beginnings, MissReason> {
    let settings = Settings { read_only: true, ..settings };
    let options = options_for(&settings.graph, conditions, Vec::new());
    let (session, _) = Session::open(settings);
    let mut texts = StrippedTexts::default();
    let graph = crawl_whole(Entry::Url(session.entry_url()), &options, &mut texts, strip)?;
    let mut found = Beginnings::default();
    let Some(&main) = graph.roots.first() else { return Ok(found) };
    found.is_commonjs = graph.modules[main.get()].format == ModuleFormat::CommonJs;
    let mut seen = vec![false; graph.modules.len()];
    let mut open = if found.is_commonjs { VecDeque::from([main]) } else { VecDeque::new() };
    while let Some(parent) = open.pop_front() {
        for edge in &graph.modules[parent.get()].edges {
            let Some(target) = edge.target.filter(|to| !seen[to.get()]) else { continue };
            seen[target.get()] = true;
            let module = &graph.modules[target.get()];
            match module.format {
                ModuleFormat::CommonJs => open.push_back(target),
                ModuleFormat::Module => found.modules.push(Beginning {
                    url: module.url.clone(),
                    is_required: edge.kind == EdgeKind::Require,
                }),
                _ => {}
            }
        }
    }
    Ok(found)
}
