//! Notes of everything the crawl looked at, turned into the graph's observations.
//!
//! A note is made where the disk is asked, never where an answer is used, so no lookup can be
//! forgotten. The first note of a path stands: if the disk moved during the crawl, the older state is
//! the one a later check will find changed.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::module_graph::{ContentHash, Found, Observation, Stamp};

/// Absences in one directory that are worth replacing by the directory.
const MANY: usize = 4;

#[derive(Debug, Default)]
pub(super) struct Observed(Mutex<FxHashMap<PathBuf, Found>>);

impl Observed {
    pub(super) fn file(&self, path: &Path, stamp: Option<Stamp>, content_hash: ContentHash) {
        self.note(path, || Found::File { content_hash, stamp });
    }

    pub(super) fn absent(&self, path: &Path) {
        self.note(path, || Found::Absent);
    }

    /// As it was looked at, which may be long ago.
    pub(super) fn directory(&self, path: &Path, stamp: Stamp) {
        self.note(path, || Found::Directory { stamp: Some(stamp) });
    }

    pub(super) fn symlink(&self, path: &Path, target: &Path) {
        self.note(path, || Found::Symlink { target: target.to_path_buf() });
    }

    /// The directories in which so much was absent that watching them whole is cheaper.
    pub(super) fn with_many_absences(&self) -> Vec<PathBuf> {
        let notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut absences: FxHashMap<&Path, usize> = FxHashMap::default();
        for (path, _) in notes.iter().filter(|(_, found)| **found == Found::Absent) {
            if let Some(parent) = path.parent() {
                *absences.entry(parent).or_default() += 1;
            }
        }
        let many = absences.into_iter().filter(|(_, count)| *count >= MANY);
        many.map(|(directory, _)| directory.to_path_buf()).collect()
    }

    fn note(&self, path: &Path, found: impl FnOnce() -> Found) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !notes.contains_key(path) {
            notes.insert(path.to_path_buf(), found());
        }
    }

    /// The notes in order of path, without absences that a guarded directory already tells: nothing
    /// can appear in it without changing its identity. With `every_absence` those are there too.
    pub(super) fn finish(self, every_absence: bool) -> Vec<Observation> {
        let notes = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let told = |path: &Path| {
            path.parent()
                .and_then(|parent| notes.get(parent))
                .is_some_and(|found| matches!(found, Found::Directory { .. }))
        };
        let mut observations: Vec<Observation> = notes
            .iter()
            .filter(|(path, found)| every_absence || **found != Found::Absent || !told(path))
            .map(|(path, found)| Observation { path: path.clone(), found: found.clone() })
            .collect();
        observations.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        observations
    }
}
