//! Keeps of a crawl what a run has shown.
//!
//! The crawl follows every literal `import()` and `require()`, whether or not they ever run. What
//! was not loaded was not compared with the runtime, so it is not packed; it is found again, and
//! verified, when it is first imported.

use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};

use super::evidence::module_at;
use crate::module_graph::{
    DynamicImport, Found, Module, ModuleGraph, ModuleIndex, Observation, Target,
};

/// The part of `graph` that `keep` says was loaded. Roots that were not loaded are dropped too.
pub(super) fn prune(graph: &ModuleGraph, keep: impl Fn(&Module) -> bool) -> ModuleGraph {
    let kept: Vec<usize> =
        (0..graph.modules.len()).filter(|&at| keep(&graph.modules[at])).collect();
    let moved: FxHashMap<u32, u32> =
        kept.iter().enumerate().map(|(new, &old)| (old as u32, new as u32)).collect();
    let target = |old: &Target| match module_at(old).and_then(|index| moved.get(&index.0)) {
        Some(&index) => Target::Module(ModuleIndex(index)),
        None => Target::Unresolved,
    };
    let modules = kept
        .iter()
        .map(|&at| {
            let module = &graph.modules[at];
            Module {
                requests: module.requests.iter().map(target).collect(),
                dynamic_imports: module
                    .dynamic_imports
                    .iter()
                    .map(|one| DynamicImport { target: target(&one.target), ..one.clone() })
                    .collect(),
                requires: module
                    .requires
                    .iter()
                    .filter_map(|(specifier, index)| {
                        Some((specifier.clone(), ModuleIndex(*moved.get(&index.0)?)))
                    })
                    .collect(),
                ..module.clone()
            }
        })
        .collect();
    ModuleGraph {
        roots: graph
            .roots
            .iter()
            .filter_map(|r| moved.get(&r.0).copied().map(ModuleIndex))
            .collect(),
        modules,
        observations: kept_observations(graph, &kept),
    }
}

/// A dropped module's own file guards nothing; what was looked at to find it may guard others.
fn kept_observations(graph: &ModuleGraph, kept: &[usize]) -> Vec<Observation> {
    let kept: FxHashSet<&Path> =
        kept.iter().filter_map(|&at| graph.modules[at].path.as_deref()).collect();
    let sources: FxHashSet<&Path> =
        graph.modules.iter().filter_map(|module| module.path.as_deref()).collect();
    graph
        .observations
        .iter()
        .filter(|seen| {
            let path = seen.path.as_path();
            !matches!(seen.found, Found::File { .. })
                || !sources.contains(path)
                || kept.contains(path)
                || path.file_name().is_some_and(|name| name == "package.json")
        })
        .cloned()
        .collect()
}
