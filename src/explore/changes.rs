//! What changed files mean to a graph.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use super::Explorer;
use crate::graph::{GraphOptions, Plan, reroutes};
use crate::module_graph::{Found, ModuleIndex};

/// What a change of some paths affects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Modules whose file is one of the paths.
    pub modules: Vec<ModuleIndex>,
    /// Modules that lead elsewhere or are read otherwise now, though their text is the same: by what is on
    /// disk when this is asked.
    pub rerouted: Vec<ModuleIndex>,
    /// These, and all that reach them.
    pub affected: Vec<ModuleIndex>,
    /// The paths that the graph does not rest on.
    pub unrelated: Vec<PathBuf>,
}

impl Explorer {
    /// What a change of `paths`, which are absolute, affects: files that were edited, that came or went,
    /// `package.json`s, links, folders. `options` and `plan` are those of the crawl.
    pub fn changes(&self, paths: &[PathBuf], options: &GraphOptions, plan: &Plan) -> Changes {
        let mut changes = Changes::default();
        let mut edited: FxHashSet<PathBuf> = FxHashSet::default();
        let mut is_looked_at = false;
        for path in paths {
            // Watchers name files by the path they were given, graphs by the real one.
            let real = path.canonicalize().unwrap_or_else(|_| {
                let parent = path.parent().and_then(|parent| parent.canonicalize().ok());
                match (parent, path.file_name()) {
                    (Some(parent), Some(name)) => parent.join(name),
                    _ => path.clone(),
                }
            });
            let mut is_source = false;
            for at in [path, &real] {
                is_source |= self.modules().iter().any(|it| it.path.as_deref() == Some(at));
                edited.insert(at.clone());
            }
            let rests = self.rests_on(path) || self.rests_on(&real);
            is_looked_at |= rests || (is_source && !real.exists());
            if !is_source && !rests {
                changes.unrelated.push(path.clone());
            }
        }
        let is_edited =
            |it: &ModuleIndex| self.module(*it).path.as_ref().is_some_and(|it| edited.contains(it));
        changes.modules = self.indices().filter(is_edited).collect();
        if is_looked_at {
            changes.rerouted = reroutes(self.survey(), options, plan);
        }
        let both: Vec<ModuleIndex> =
            changes.modules.iter().chain(&changes.rerouted).copied().collect();
        changes.affected = self.dependents(&both);
        changes
    }

    /// Whether something but the text of a module was told by what is or is not at `path`.
    fn rests_on(&self, path: &Path) -> bool {
        let observations = &self.survey().graph.observations;
        let at = |path: &Path| {
            let found = observations.binary_search_by(|it| it.path.as_path().cmp(path));
            found.ok().map(|at| &observations[at].found)
        };
        let is_source = || self.modules().iter().any(|it| it.path.as_deref() == Some(path));
        match at(path) {
            Some(Found::File { .. }) => !is_source(),
            Some(_) => true,
            None => {
                let parents = path.ancestors().skip(1);
                // In a folder that was searched; or below what was not there.
                let in_searched =
                    path.parent().is_some_and(|it| matches!(at(it), Some(Found::Directory { .. })));
                let below_absent = parents.clone().any(|it| at(it) == Some(&Found::Absent));
                // A folder that came or went with what was looked for in it.
                let first = observations.partition_point(|it| it.path.as_path() < path);
                let is_above = observations.get(first).is_some_and(|it| it.path.starts_with(path));
                in_searched || below_absent || is_above
            }
        }
    }

    /// Everything that was looked at, by what was found: files, places where nothing was, folders, links.
    pub fn watched(&self) -> [Vec<&Path>; 4] {
        let mut watched = [const { Vec::new() }; 4];
        for observation in &self.survey().graph.observations {
            let kind = match observation.found {
                Found::File { .. } => 0,
                Found::Absent => 1,
                Found::Directory { .. } => 2,
                Found::Symlink { .. } => 3,
            };
            watched[kind].push(observation.path.as_path());
        }
        watched
    }
}
