//! Which apps the linker may run, and why it may not run the others.
//!
//! The linker's instances and the runtime's are two worlds; a module must live in one of them. So
//! an app is linked whole or runs on hooks, where every module is the runtime's own. The rules
//! are those of docs/architecture.md; the reason found is kept in the pack and shown to people.

use super::evidence::{Observed, module_at};
use crate::metadata::ImportAttribute;
use crate::module_graph::{Module, ModuleFormat, ModuleGraph, ModuleIndex};

/// Why the linker must not run this app; `None` if it may.
pub(super) fn hooks_only(graph: &ModuleGraph, observed: &Observed) -> Option<String> {
    let entry = *graph.roots.first()?;
    if graph.modules[entry.get()].format != ModuleFormat::Module {
        return Some("the entry is not an ES module".to_owned());
    }
    let static_graph = closure(graph, &[entry], Follow::Requests);
    if let Some(reason) = static_graph.iter().find_map(|&at| unlinkable(&graph.modules[at.get()])) {
        return Some(reason);
    }
    let untold = |at: &&ModuleIndex| {
        let traits = &graph.modules[at.get()].traits;
        traits.top_level_awaits > 0 && traits.top_level_await_at.is_none()
    };
    if let Some(at) = static_graph.iter().find(untold) {
        // Which of several awaits has stalled only the engine can say.
        return Some(format!("{} has several top-level awaits", graph.modules[at.get()].url));
    }

    let linked = closure(graph, &graph.roots, Follow::Imports);
    let mut is_linked = vec![false; graph.modules.len()];
    for at in &linked {
        let format = graph.modules[at.get()].format;
        is_linked[at.get()] = matches!(format, ModuleFormat::Module);
    }
    commonjs_reaches(graph, &is_linked).or_else(|| island(graph, &linked, &is_linked)).or_else(
        || {
            let reached = |url: &&String| {
                graph.modules.iter().zip(&is_linked).any(|(m, linked)| *linked && m.url == **url)
            };
            let url = observed.reached_by_commonjs.iter().find(reached)?;
            Some(format!("CommonJS was seen to load {url}"))
        },
    )
}

/// CommonJS that leads to an ES module the linker would own: two instances of it.
fn commonjs_reaches(graph: &ModuleGraph, is_linked: &[bool]) -> Option<String> {
    let commonjs: Vec<ModuleIndex> = indices(graph)
        .filter(|at| graph.modules[at.get()].format == ModuleFormat::CommonJs)
        .collect();
    let reached = closure(graph, &commonjs, Follow::All);
    let module = reached.iter().find(|at| is_linked[at.get()])?;
    Some(format!("CommonJS reaches {}", graph.modules[module.get()].url))
}

/// An `import()` that must be left to the runtime, of modules that others have linked.
fn island(graph: &ModuleGraph, linked: &[ModuleIndex], is_linked: &[bool]) -> Option<String> {
    let dynamic = linked.iter().flat_map(|at| &graph.modules[at.get()].dynamic_imports);
    for target in dynamic.filter_map(|import| module_at(&import.target)) {
        let reached = closure(graph, &[target], Follow::Requests);
        let Some(reason) = reached.iter().find_map(|at| unlinkable(&graph.modules[at.get()]))
        else {
            continue;
        };
        if let Some(shared) = reached.iter().find(|at| is_linked[at.get()]) {
            let url = &graph.modules[shared.get()].url;
            return Some(format!("{url} is shared with what is left to the runtime: {reason}"));
        }
    }
    None
}

fn unlinkable(module: &Module) -> Option<String> {
    let url = &module.url;
    if module.format == ModuleFormat::Other {
        let reason = module.left_to_runtime.as_deref().unwrap_or("not supported");
        return Some(format!("{url}: {reason}"));
    }
    if module.traits.format_detected {
        return Some(format!(
            "{url}: is an ES module by its syntax only, which the runtime warns of"
        ));
    }
    for (request, target) in module.metadata.requested_modules.iter().zip(&module.requests) {
        let specifier = &request.specifier;
        let Some(target) = module_at(target) else {
            return Some(format!("{url}: cannot resolve {specifier}"));
        };
        let _ = target;
        if !plain(request.attributes.as_deref().unwrap_or(&[])) {
            return Some(format!("{url}: attributes of {specifier}"));
        }
    }
    None
}

fn plain(attributes: &[ImportAttribute]) -> bool {
    match attributes {
        [] => true,
        [one] => one.key == "type" && one.value == "json",
        _ => false,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Follow {
    /// Static requests of ES modules.
    Requests,
    /// Those and their `import()`.
    Imports,
    /// Those and CommonJS's `require()` and `import()`.
    All,
}

fn closure(graph: &ModuleGraph, from: &[ModuleIndex], follow: Follow) -> Vec<ModuleIndex> {
    let mut seen = vec![false; graph.modules.len()];
    let mut found = Vec::new();
    let mut open: Vec<ModuleIndex> = from.iter().rev().copied().collect();
    while let Some(at) = open.pop() {
        if std::mem::replace(&mut seen[at.get()], true) {
            continue;
        }
        found.push(at);
        let module = &graph.modules[at.get()];
        open.extend(module.requests.iter().filter_map(module_at));
        let is_commonjs = module.format == ModuleFormat::CommonJs;
        if follow == Follow::All || (follow == Follow::Imports && !is_commonjs) {
            open.extend(module.dynamic_imports.iter().filter_map(|one| module_at(&one.target)));
        }
        if follow == Follow::All {
            open.extend(module.requires.iter().map(|(_, target)| *target));
        }
    }
    found
}

fn indices(graph: &ModuleGraph) -> impl Iterator<Item = ModuleIndex> {
    (0..graph.modules.len() as u32).map(ModuleIndex)
}
