//! The pack a run uses, and what of it still holds when it is asked for long after the start.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::requires::Required;
use super::saver::Save;
use crate::pack::{Guard, Listings, Pack, holds, layout_holds};

#[derive(Debug)]
pub(super) struct InUse {
    pub(super) pack: Arc<Pack>,
    /// What of it differs from the file.
    pub(super) unsaved: Save,
    /// It is not compared with the disk, by the word of whoever has deployed it.
    is_frozen: bool,
    /// Where the guard of each path is, once it is asked for.
    guard_rows: Option<FxHashMap<String, usize>>,
    /// The files of its modules, once they are asked for.
    module_paths: Option<FxHashSet<String>>,
    /// What was in folders that nobody can tell the age of, when this run began.
    listings: Listings,
}

impl InUse {
    pub(super) fn new(pack: Arc<Pack>, unsaved: Save, is_frozen: bool) -> Self {
        let listings = Listings::of(pack.guards());
        Self { pack, unsaved, is_frozen, guard_rows: None, module_paths: None, listings }
    }

    fn index_guards(&mut self) {
        let pack = &self.pack;
        self.guard_rows.get_or_insert_with(|| {
            let rows = pack.guards().enumerate();
            rows.map(|(row, guard)| (guard.path.into_owned(), row)).collect()
        });
    }

    /// The guard of a path, once they are indexed.
    fn guard(&self, path: &str) -> Option<Guard<'_>> {
        self.pack.guard_at(*self.guard_rows.as_ref()?.get(path)?)
    }

    /// Whether a module's file is still what the pack says.
    pub(super) fn is_current(&mut self, index: u32) -> bool {
        if self.is_frozen {
            return true;
        }
        self.index_guards();
        self.guard(self.pack.path(index)).is_some_and(|guard| holds(&guard))
    }

    /// Whether a `require()` still leads where the pack says: `edge` is one of module `parent`.
    pub(super) fn require_holds(
        &mut self,
        parent: u32,
        edge: u32,
        global_paths: &[PathBuf],
    ) -> bool {
        if !self.is_frozen {
            self.index_guards();
        }
        let pack = &self.pack;
        let edges = pack.edge_range(parent);
        let row = edges.contains(&(edge as usize)).then_some(edge as usize);
        let row = row.and_then(|row| pack.edge_rows(row..row + 1).next());
        let Some((row, target)) = row.and_then(|row| Some((row, row.target()?))) else {
            return false;
        };
        if self.is_frozen {
            return true;
        }
        let Some(directory) = Path::new(pack.path(parent)).parent() else { return false };
        let required = Required {
            directory,
            specifier: row.specifier(),
            target: Path::new(pack.path(target.0)),
            global_paths,
            guard: |path: &Path| self.guard(path.to_str()?),
        };
        required.holds()
    }

    /// Whether specifiers still lead where the pack says.
    pub(super) fn is_layout_current(&mut self) -> bool {
        let pack = &self.pack;
        let modules = self.module_paths.get_or_insert_with(|| {
            (0..pack.module_count()).map(|at| pack.path(at).to_owned()).collect()
        });
        layout_holds(pack.guards(), |path| modules.contains(path), &self.listings)
    }
}
