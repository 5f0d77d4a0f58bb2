//! Everything there is in a store, one file at a time.

use super::Folder;
use super::error::StoreError;
use super::key::key_of_hex;
use super::listing::{Facts, Kind};

/// Where temporaries are, beside the folders of runtimes.
pub(super) const TEMPORARIES: &str = "tmp";
/// Where a runtime's folder has its loose entries, in a folder for each first two digits.
pub(super) const RECORDS: &str = "records";
/// The engine's own cache.
pub(super) const COMPILE_CACHE: &str = "compile-cache";

/// What the self-test said of a runtime.
pub(super) const SELF_TEST: &str = "self-test";

const MARK: &str = ".mark";
const PACK: &str = ".pack";
const TRANSCRIPT: &str = ".seen";
const LEARNER_LOCK: &str = ".lock";
const RECORD: &str = ".bmes";

/// How deep the engine's own cache is looked into. Node's has two levels.
const MAX_DEPTH: usize = 4;

/// What a file is, by its place and name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// An app's pack.
    Pack {
        /// The app's key.
        key: [u8; 32],
    },
    /// What a run of an app has seen, until somebody learns from it.
    Transcript {
        /// The app's key.
        key: [u8; 32],
    },
    /// Held by whoever learns an app; nothing is ever written to it.
    LearnerLock,
    /// A module's entry.
    Record {
        /// The record's key.
        key: [u8; 32],
    },
    /// What is known of linking: what the self-test said of a runtime, or an app's mark.
    Note,
    /// A file of the engine's own cache.
    CompileCache,
    /// Being written, or left by a writer that died.
    Temporary,
    /// Nothing of ours. It is never read or removed.
    Unknown,
}

/// The name of an app's pack.
pub(super) fn pack_name(key: &[u8; 32]) -> String {
    format!("{}{PACK}", super::key::hex(key))
}

/// The name of an app's mark.
pub(super) fn mark_name(key: &[u8; 32]) -> String {
    format!("{}{MARK}", super::key::hex(key))
}

/// Whether a name in a runtime's folder is of a note.
fn is_note(name: &str) -> bool {
    name == SELF_TEST || name.strip_suffix(MARK).and_then(key_of_hex).is_some()
}

/// The name of what was seen of an app.
pub(super) fn transcript_name(key: &[u8; 32]) -> String {
    format!("{}{TRANSCRIPT}", super::key::hex(key))
}

/// The name of the lock of an app's learner.
pub(super) fn learner_lock_name(key: &[u8; 32]) -> String {
    format!("{}{LEARNER_LOCK}", super::key::hex(key))
}

/// The folder and the name of a record's entry.
pub(super) fn record_name(key: &[u8; 32]) -> (String, String) {
    let name = format!("{}{RECORD}", super::key::hex(key));
    (shard_of(&name).to_owned(), name)
}

/// The folder for names like this one, which begins with a key's digits.
pub(super) fn shard_of(name: &str) -> &str {
    name.get(..2).unwrap_or("00")
}

/// What a name in a runtime's folder is.
pub(super) fn pack_of(name: &str) -> Option<[u8; 32]> {
    key_of_hex(name.strip_suffix(PACK)?)
}

fn stored_of(name: &str) -> Stored {
    let key = |suffix| key_of_hex(name.strip_suffix(suffix)?);
    if let Some(key) = key(PACK) {
        Stored::Pack { key }
    } else if let Some(key) = key(TRANSCRIPT) {
        Stored::Transcript { key }
    } else if key(LEARNER_LOCK).is_some() {
        Stored::LearnerLock
    } else if is_note(name) {
        Stored::Note
    } else {
        Stored::Unknown
    }
}

fn record_of(shard: &str, name: &str) -> Option<[u8; 32]> {
    key_of_hex(name.strip_suffix(RECORD)?).filter(|_| name.starts_with(shard))
}

/// One file.
pub(super) struct Visited<'a> {
    /// The folder it is in.
    pub(super) folder: &'a Folder,
    /// The names that lead from `v1` to that folder.
    pub(super) way: &'a [String],
    pub(super) name: &'a str,
    pub(super) facts: Facts,
    pub(super) stored: Stored,
}

/// Visits every file. A folder that cannot be believed or read is passed over.
///
/// # Errors
/// When `v1` itself cannot be listed.
pub(super) fn walk(
    v1: &Folder,
    visit: &mut dyn FnMut(Visited<'_>),
) -> Result<Vec<StoreError>, StoreError> {
    let mut walk = Walk { visit, way: Vec::new(), passed_over: Vec::new() };
    for (name, facts) in v1.list()? {
        match facts.kind {
            Kind::Folder => walk.enter(v1, name, Walk::runtime),
            _ => walk.file(v1, &name, facts, Stored::Unknown),
        }
    }
    Ok(walk.passed_over)
}

struct Walk<'a> {
    visit: &'a mut dyn FnMut(Visited<'_>),
    way: Vec<String>,
    passed_over: Vec<StoreError>,
}

impl Walk<'_> {
    /// Does `then` for a folder, if it can be opened and listed.
    fn enter(
        &mut self,
        parent: &Folder,
        name: String,
        then: fn(&mut Self, &Folder, Vec<(String, Facts)>),
    ) {
        let opened = parent.folder(&name).and_then(|folder| Ok((folder.list()?, folder)));
        self.way.push(name);
        match opened {
            Ok((names, folder)) => then(self, &folder, names),
            // Removed meanwhile.
            Err(StoreError::Missing) => {}
            Err(error) => self.passed_over.push(error),
        }
        self.way.pop();
    }

    fn file(&mut self, folder: &Folder, name: &str, facts: Facts, stored: Stored) {
        (self.visit)(Visited { folder, way: &self.way, name, facts, stored });
    }

    /// A folder of `v1`: a runtime's, or that of temporaries.
    fn runtime(&mut self, folder: &Folder, names: Vec<(String, Facts)>) {
        if self.way == [TEMPORARIES] {
            return self.temporaries(folder, names);
        }
        for (name, facts) in names {
            match (facts.kind, name.as_str()) {
                (Kind::Folder, RECORDS) => self.enter(folder, name, Self::records),
                (Kind::Folder, COMPILE_CACHE) => self.enter(folder, name, Self::compile_cache),
                _ => {
                    let stored = stored_of(&name);
                    self.file(folder, &name, facts, stored);
                }
            }
        }
    }

    fn temporaries(&mut self, folder: &Folder, names: Vec<(String, Facts)>) {
        for (name, facts) in names {
            match facts.kind {
                Kind::Folder => self.enter(folder, name, |walk, folder, names| {
                    walk.files(folder, names, |_, _| Stored::Temporary);
                }),
                _ => self.file(folder, &name, facts, Stored::Temporary),
            }
        }
    }

    fn records(&mut self, folder: &Folder, names: Vec<(String, Facts)>) {
        for (name, facts) in names {
            match facts.kind {
                Kind::Folder => self.enter(folder, name, |walk, folder, names| {
                    walk.files(folder, names, |way, name| {
                        let shard = way.last().map_or("", String::as_str);
                        record_of(shard, name).map_or(Stored::Unknown, |key| Stored::Record { key })
                    });
                }),
                _ => self.file(folder, &name, facts, Stored::Unknown),
            }
        }
    }

    fn compile_cache(&mut self, folder: &Folder, names: Vec<(String, Facts)>) {
        for (name, facts) in names {
            match facts.kind {
                Kind::Folder if self.way.len() < 2 + MAX_DEPTH => {
                    self.enter(folder, name, Self::compile_cache);
                }
                Kind::File => self.file(folder, &name, facts, Stored::CompileCache),
                _ => self.file(folder, &name, facts, Stored::Unknown),
            }
        }
    }

    fn files(
        &mut self,
        folder: &Folder,
        names: Vec<(String, Facts)>,
        what: fn(&[String], &str) -> Stored,
    ) {
        for (name, facts) in names {
            let stored = match facts.kind {
                Kind::Folder => Stored::Unknown,
                _ => what(&self.way, &name),
            };
            self.file(folder, &name, facts, stored);
        }
    }
}
