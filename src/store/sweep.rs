//! Keeping the store under its limit: least recently used first.
//!
//! A sweep looks at every file, so it happens seldom: when what was noted since the last one
//! reaches the limit, and once a day. It leaves a tenth of the limit free at least, so its cost is
//! spread over that many bytes of writes. One process sweeps at a time, under a lock that the
//! system takes back from a process that dies; readers never wait for it.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use super::Folder;
use super::error::StoreError;
use super::listing::{Facts, Kind};
use super::usage::{self, Usage};
use super::walk::{COMPILE_CACHE, RECORDS, Stored, TEMPORARIES, walk};

/// A temporary this old was left by a writer that died.
pub(super) const TEMPORARY_LIFE: Duration = Duration::from_secs(60 * 60);

/// A runtime nothing of which was used for this long is gone.
const RUNTIME_LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Bytes that are in the store now, by apparent size.
    pub size: u64,
    /// Files that were removed.
    pub removed: u64,
    /// Their bytes.
    pub freed: u64,
}

/// How much may stay.
#[derive(Debug, Clone, Copy)]
pub(super) struct Goal {
    /// Nothing is evicted while there are no more bytes than this.
    pub(super) evict_above: u64,
    /// What is evicted then leaves no more than this.
    pub(super) evict_to: u64,
}

struct Item {
    /// Index into the ways.
    folder: usize,
    name: String,
    size: u64,
    age: Duration,
}

/// Removes temporaries of dead writers, runtimes that are gone, and what is over the goal; then
/// writes down what is there. The caller holds the lock.
///
/// # Errors
/// What the system says. What was removed until then stays removed.
pub(super) fn sweep(v1: &Folder, goal: Goal, now: SystemTime) -> Result<Swept, StoreError> {
    let noted_before = Usage::read(v1).map_or(0, |usage| usage.noted);
    let temporaries = v1.make_folder(TEMPORARIES)?;
    let mut swept = Swept::default();
    let mut items: Vec<Item> = Vec::new();
    let mut ways: Vec<Vec<String>> = Vec::new();
    // How long ago each runtime's own cache was last used: its files are not touched one by one.
    let mut compile_caches: HashMap<String, Duration> = HashMap::new();
    walk(v1, &mut |file| {
        swept.size += file.facts.size;
        let mut age = file.facts.age(now);
        match file.stored {
            // Something that is no file can have a name of ours; it is not ours to remove.
            _ if file.facts.kind != Kind::File => return,
            Stored::Unknown => return,
            Stored::Temporary => {
                if age > TEMPORARY_LIFE && file.folder.remove(file.name).is_ok() {
                    swept.removed += 1;
                    swept.freed += file.facts.size;
                }
                return;
            }
            Stored::CompileCache => {
                let runtime = &file.way[0];
                let folder_age = *compile_caches.entry(runtime.clone()).or_insert_with(|| {
                    let folder = v1.folder(runtime).ok();
                    let facts = folder.and_then(|folder| folder.look_at(COMPILE_CACHE));
                    facts.map_or(Duration::MAX, |facts| facts.age(now))
                });
                age = age.min(folder_age);
            }
            Stored::Pack { .. }
            | Stored::Transcript { .. }
            | Stored::LearnerLock
            | Stored::Note
            | Stored::Record { .. } => {}
        }
        if ways.last().is_none_or(|way| way != file.way) {
            ways.push(file.way.to_vec());
        }
        let (folder, name) = (ways.len() - 1, file.name.to_owned());
        items.push(Item { folder, name, size: file.facts.size, age });
    })?;
    swept.size -= swept.freed;

    let dead = dead_runtimes(v1, &items, &ways, now)?;
    // The oldest last, from where they are taken.
    items.sort_by_key(|item| item.age);
    let (mut unused, mut kept): (Vec<Item>, Vec<Item>) =
        items.into_iter().partition(|item| dead.contains(&ways[item.folder][0]));
    let mut left = swept.size - unused.iter().map(|item| item.size).sum::<u64>();
    if left > goal.evict_above {
        while left > goal.evict_to {
            let Some(item) = kept.pop() else { break };
            left -= item.size;
            unused.push(item);
        }
    }
    remove_all(v1, unused, &ways, &mut swept);
    for runtime in &dead {
        remove_folders(v1, runtime);
    }
    let noted_since = Usage::read(v1).map_or(0, |usage| usage.noted.saturating_sub(noted_before));
    usage::write(v1, &temporaries, swept.size, noted_since, now)?;
    Ok(swept)
}

/// Removes temporaries of dead writers and nothing else.
pub(super) fn sweep_temporaries(temporaries: &Folder, now: SystemTime) {
    for (name, facts) in temporaries.list().unwrap_or_default() {
        match facts.kind {
            Kind::Folder => {
                let Ok(folder) = temporaries.folder(&name) else { continue };
                sweep_old_files(&folder, folder.list().unwrap_or_default(), now);
            }
            _ => sweep_old_files(temporaries, vec![(name, facts)], now),
        }
    }
}

fn sweep_old_files(folder: &Folder, names: Vec<(String, Facts)>, now: SystemTime) {
    for (name, facts) in names {
        if facts.kind == Kind::File && facts.age(now) > TEMPORARY_LIFE {
            // Best effort: the next writer tries again.
            let _ = folder.remove(&name);
        }
    }
}

fn dead_runtimes(
    v1: &Folder,
    items: &[Item],
    ways: &[Vec<String>],
    now: SystemTime,
) -> Result<Vec<String>, StoreError> {
    let mut youngest: HashMap<&str, Duration> = HashMap::new();
    for item in items {
        let age = youngest.entry(&ways[item.folder][0]).or_insert(Duration::MAX);
        *age = item.age.min(*age);
    }
    let is_dead = |(name, facts): &(String, Facts)| {
        let age = youngest.get(name.as_str()).copied().unwrap_or_else(|| facts.age(now));
        facts.kind == Kind::Folder && name != TEMPORARIES && age > RUNTIME_LIFE
    };
    Ok(v1.list()?.into_iter().filter(is_dead).map(|(name, _)| name).collect())
}

/// Folders are opened again on the way to each group of files: hundreds of them held open would
/// leave an app without descriptors.
fn remove_all(v1: &Folder, mut items: Vec<Item>, ways: &[Vec<String>], swept: &mut Swept) {
    items.sort_by_key(|item| item.folder);
    for group in items.chunk_by(|one, other| one.folder == other.folder) {
        let Ok(folder) = open_way(v1, &ways[group[0].folder]) else { continue };
        for item in group {
            if folder.remove(&item.name).is_ok() {
                swept.removed += 1;
                swept.freed += item.size;
                swept.size -= item.size;
            }
        }
    }
}

fn open_way(v1: &Folder, way: &[String]) -> Result<Folder, StoreError> {
    let (first, rest) = way.split_first().ok_or(StoreError::Missing)?;
    rest.iter().try_fold(v1.folder(first)?, |folder, name| folder.folder(name))
}

/// Takes the folders of one runtime away, as far as they are empty.
pub(super) fn remove_folders(v1: &Folder, runtime: &str) {
    if let Ok(folder) = v1.folder(runtime) {
        for name in [RECORDS, COMPILE_CACHE] {
            remove_empty(&folder, name, 4);
        }
    }
    // Best effort: what is not empty stays.
    let _ = v1.remove_folder(runtime);
}

/// Takes the folders of temporaries away, as far as they are empty.
pub(super) fn remove_temporaries(v1: &Folder) {
    remove_empty(v1, TEMPORARIES, 2);
}

fn remove_empty(parent: &Folder, name: &str, depth: usize) {
    if let (Ok(folder), true) = (parent.folder(name), depth > 0) {
        for (inner, facts) in folder.list().unwrap_or_default() {
            if facts.kind == Kind::Folder {
                remove_empty(&folder, &inner, depth - 1);
            }
        }
    }
    let _ = parent.remove_folder(name);
}
