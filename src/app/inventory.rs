//! What there is in a store, app by app: packs of all runtimes, whose they are, and what waits for a learner.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::left::{LeftBehind, State};
use crate::cache::Damage;
use crate::miss::MissReason;
use crate::module_graph::ModuleFormat;
use crate::pack::{Blob, Pack};
use crate::store::{Kind, Store, StoreError, Stored, StoredFile, Trust, entry, hex};

/// Everything of one app and one runtime.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredApp {
    /// The app's key, in hex.
    pub key: String,
    /// The name of the runtime's folder: `node-24.9.0-linux-x64-3f9c2ab81d07`.
    pub runtime: String,
    /// The URL of the ES module where its graph begins, if anything says so.
    pub entry: Option<String>,
    /// The main module of a CommonJS program, while what a run has seen still says so.
    pub main: Option<String>,
    /// Its pack.
    pub pack: Option<StoredPack>,
    /// What waits for a learner, or was refused by one.
    pub learning: Option<StoredTranscript>,
}

/// A pack of the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredPack {
    /// Where it is.
    pub file: String,
    /// In bytes.
    pub bytes: u64,
    /// When it was written, in milliseconds since 1970; `None` where the system does not tell.
    pub made_ms: Option<u64>,
    /// When it was last used, to the hour.
    pub used_ms: u64,
    /// How many modules it has.
    pub modules: u32,
    /// How many of them are ES modules.
    pub es_modules: u32,
    /// How many of these have bytecode.
    pub with_bytecode: u32,
    /// The conditions of imports.
    pub conditions: Vec<String>,
    /// Why the linker must not run it; empty if it may.
    pub hooks_only: String,
    /// It is of a CommonJS program that was seen to reach ES modules.
    pub reaches_modules: bool,
    /// SHA-256 of the entry's file, in hex.
    pub entry_sha256: String,
}

/// What a run has seen and nobody has made a pack of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredTranscript {
    /// `waiting`, `taken` (a learner works on it, or has died over it) or `refused`.
    pub state: &'static str,
    /// How many learners have died over it.
    pub attempts: u32,
    /// How long ago it was left, in milliseconds.
    pub age_ms: u64,
    /// Why it was refused.
    pub reason: Option<String>,
}

/// What there is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inventory {
    /// By runtime and key.
    pub apps: Vec<StoredApp>,
    /// Files that are not as they were written. They are left where they are.
    pub damaged: Vec<Damage>,
    /// Folders that could not be looked into, with the reason.
    pub passed_over: Vec<String>,
}

impl Inventory {
    /// Looks at every pack and transcript. Only tables of packs are read.
    ///
    /// # Errors
    /// Why the store cannot be used; that it was never made is an empty one.
    pub fn of(root: &Path) -> Result<Self, MissReason> {
        let store = match Store::open(root, Trust::Own) {
            Ok(store) => store.read_only(),
            Err(StoreError::Missing) => return Ok(Self::default()),
            Err(error) => return Err(error.into()),
        };
        let mut inventory = Self::default();
        let mut apps: BTreeMap<(String, [u8; 32]), StoredApp> = BTreeMap::new();
        let passed_over = store.for_each(|file| {
            let (key, found) = match file.stored() {
                Stored::Pack { key } => (key, pack(&file, &key)),
                Stored::Transcript { key } => (key, transcript(&file, &key)),
                _ => return,
            };
            match found {
                Ok(found) => {
                    let place = (file.runtime().to_owned(), key);
                    let app = apps.entry(place).or_insert_with(|| StoredApp {
                        key: hex(&key),
                        runtime: file.runtime().to_owned(),
                        ..StoredApp::default()
                    });
                    app.entry = found.entry.or(app.entry.take());
                    app.main = found.main.or(app.main.take());
                    app.pack = found.pack.or(app.pack.take());
                    app.learning = found.learning.or(app.learning.take());
                }
                // Evicted, replaced or learnt meanwhile.
                Err(reason) if reason.code == "BMES_STORE_MISSING" => {}
                Err(reason) => inventory.damaged.push(Damage {
                    path: file.path().to_string_lossy().into_owned(),
                    code: reason.code,
                    message: reason.detail,
                    removed: false,
                }),
            }
        })?;
        inventory.apps = apps.into_values().collect();
        inventory.passed_over =
            passed_over.into_iter().map(|error| MissReason::from(error).to_string()).collect();
        Ok(inventory)
    }
}

/// What one file says of its app.
#[derive(Default)]
struct Said {
    entry: Option<String>,
    main: Option<String>,
    pack: Option<StoredPack>,
    learning: Option<StoredTranscript>,
}

fn pack(file: &StoredFile<'_>, key: &[u8; 32]) -> Result<Said, MissReason> {
    let opened = open(file)?;
    let io = |error: std::io::Error| MissReason::new("BMES_STORE_IO", error.to_string());
    let facts = opened.metadata().map_err(io)?;
    let blob = Blob::map(&opened).map_err(io)?;
    let runtime = Pack::stated_runtime(&blob).unwrap_or_default();
    let pack = Pack::open(blob, &runtime, key)?;
    if !file.runtime().ends_with(&hex(&runtime)[..12]) {
        return Err(MissReason::new("BMES_STORE_FOREIGN", "it lies in another runtime's folder"));
    }
    let entry = pack.roots().next().unwrap_or_default();
    let is_module = |at: &u32| pack.format(*at) == ModuleFormat::Module;
    let es_modules = (0..pack.module_count()).filter(is_module);
    let with_bytecode = es_modules.clone().filter(|at| !pack.bytecode_range(*at).is_empty());
    Ok(Said {
        entry: Some(pack.url(entry).to_owned()),
        pack: Some(StoredPack {
            file: file.path().to_string_lossy().into_owned(),
            bytes: facts.len(),
            made_ms: facts.created().ok().map(milliseconds),
            used_ms: milliseconds(file.facts().modified),
            modules: pack.module_count(),
            es_modules: es_modules.clone().count() as u32,
            with_bytecode: with_bytecode.count() as u32,
            conditions: pack.conditions().map(str::to_owned).collect(),
            hooks_only: pack.hooks_only().to_owned(),
            reaches_modules: pack.reaches_modules(),
            entry_sha256: hex(&pack.content_hash(entry)),
        }),
        ..Said::default()
    })
}

fn transcript(file: &StoredFile<'_>, key: &[u8; 32]) -> Result<Said, MissReason> {
    drop(open(file)?);
    let bytes = file.read()?;
    let runtime = entry::stated_runtime(&bytes).unwrap_or_default();
    let payload = entry::payload_of(entry::KIND_TRANSCRIPT, &bytes, &runtime, key)?;
    let left: LeftBehind = serde_json::from_slice(payload)
        .map_err(|error| MissReason::new("BMES_STORE_FOREIGN", error.to_string()))?;
    let (entry, main) = match &left.state {
        State::Waiting(waiting) => (
            crate::graph::file_url(&waiting.settings.entry),
            waiting.settings.flags.iter().find_map(|flag| flag.strip_prefix(REACHED_FROM)),
        ),
        State::Refused { .. } => (None, None),
    };
    let main = main.map(str::to_owned);
    let learning = Some(StoredTranscript::of(left, file.facts().age(SystemTime::now())));
    Ok(Said { entry, main, pack: None, learning })
}

/// What `runtime/settings.js` puts before the main module of a CommonJS program.
const REACHED_FROM: &str = "reached from ";

impl StoredTranscript {
    pub(super) fn of(left: LeftBehind, age: Duration) -> Self {
        let (state, reason) = match left.state {
            State::Waiting(_) if left.is_taken => ("taken", None),
            State::Waiting(_) => ("waiting", None),
            State::Refused { reason, .. } => ("refused", Some(reason)),
        };
        let age_ms = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        Self { state, attempts: left.attempts, age_ms, reason }
    }
}

fn open(file: &StoredFile<'_>) -> Result<std::fs::File, MissReason> {
    if file.facts().kind != Kind::File {
        return Err(MissReason::new("BMES_STORE_NOT_TRUSTED", "is no regular file"));
    }
    Ok(file.open()?)
}

pub(super) fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// What there is of the app that begins at this file, by any runtime and under any options.
///
/// # Errors
/// As [`Inventory::of`].
pub fn apps_of(root: &Path, entry: &Path) -> Result<Vec<StoredApp>, MissReason> {
    let real = entry.canonicalize().unwrap_or_else(|_| entry.to_owned());
    let named: Vec<String> = [&real, &entry.to_owned()]
        .into_iter()
        .filter_map(|path| crate::graph::file_url(path))
        .collect();
    let is_main = |main: &String| [&*real, entry].contains(&Path::new(main));
    let apps = Inventory::of(root)?.apps.into_iter();
    let is_of = |app: &StoredApp| {
        app.entry.as_ref().is_some_and(|url| named.contains(url))
            || app.main.as_ref().is_some_and(is_main)
    };
    Ok(apps.filter(is_of).collect())
}
