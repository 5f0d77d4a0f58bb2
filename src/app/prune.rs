//! Keeps of a crawl what a run has shown.
//!
//! The crawl follows every literal `import()` and `require()`, whether or not they ever run. What
//! was not loaded was not compared with the runtime, so it is not packed; it is found again, and
//! verified, when it is first imported.

use std::path::Path;

use rustc_hash::FxHashMap;

use crate::module_graph::{EdgeKind, Found, Module, ModuleGraph, ModuleIndex, Observation};

/// The part of `graph` that `keep` says was loaded. Roots that were not loaded are dropped too.
pub(super) fn prune(graph: ModuleGraph, keep: impl Fn(&Module) -> bool) -> ModuleGraph {
    let kept: Vec<bool> = graph.modules.iter().map(keep).collect();
    let mut moved: Vec<Option<ModuleIndex>> = Vec::with_capacity(kept.len());
    let mut next = 0;
    for is_kept in &kept {
        moved.push(is_kept.then_some(ModuleIndex(next)));
        next += u32::from(*is_kept);
    }
    let observations = kept_observations(graph.observations, &graph.modules, &kept);
    let mut modules = graph.modules;
    let mut is_kept = kept.into_iter();
    modules.retain(|_| is_kept.next().unwrap_or(false));
    for module in &mut modules {
        module.edges.retain_mut(|edge| {
            edge.target = edge.target.and_then(|index| moved[index.get()]);
            edge.target.is_some() || edge.kind != EdgeKind::Require
        });
    }
    let roots = graph.roots.iter().filter_map(|root| moved[root.get()]).collect();
    ModuleGraph { roots, modules, observations }
}

/// A dropped module's own file guards nothing; what was looked at to find it may guard others.
fn kept_observations(
    observations: Vec<Observation>,
    modules: &[Module],
    kept: &[bool],
) -> Vec<Observation> {
    let mut is_needed: FxHashMap<&Path, bool> = FxHashMap::default();
    for (module, is_kept) in modules.iter().zip(kept) {
        if let Some(path) = module.path.as_deref() {
            *is_needed.entry(path).or_default() |= is_kept;
        }
    }
    let mut observations = observations;
    observations.retain(|seen| {
        let path = seen.path.as_path();
        !matches!(seen.found, Found::File { .. })
            || is_needed.get(path).copied().unwrap_or(true)
            || path.file_name().is_some_and(|name| name == "package.json")
    });
    observations
}
