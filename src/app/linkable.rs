//! Which apps the linker may run, and why it may not run the others.
//!
//! The linker's instances and the runtime's are two worlds; a module must live in one of them. So
//! an app is linked whole or runs on hooks, where every module is the runtime's own. The rules
//! are those of docs/architecture.md; the reason found is kept in the pack and shown to people.

use super::evidence::Observed;
use crate::metadata::ImportType;
use crate::module_graph::{
    Edge, EdgeAttributes, EdgeKind, Module, ModuleFormat, ModuleGraph, ModuleIndex,
};

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
    let linked = closure(graph, &graph.roots, Follow::Imports);
    let mut is_linked = vec![false; graph.modules.len()];
    for at in &linked {
        let format = graph.modules[at.get()].format;
        is_linked[at.get()] = matches!(format, ModuleFormat::Module);
    }
    commonjs_reaches(graph, &is_linked).or_else(|| {
        let reached = |url: &&String| {
            graph.modules.iter().zip(&is_linked).any(|(m, linked)| *linked && m.url == **url)
        };
        let url = observed.reached_by_commonjs.iter().find(reached)?;
        Some(format!("CommonJS was seen to load {url}"))
    })
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

/// The modules that import from CommonJS a name it was not seen to export. The runtime explains
/// that error by looking at what the importer asked for, so it must do the linking itself.
pub(super) fn asks_too_much<'a>(
    graph: &ModuleGraph,
    names: impl Fn(ModuleIndex) -> Option<&'a [std::borrow::Cow<'a, str>]>,
) -> Vec<bool> {
    let has = |module: &Module, specifier: &str, name: &str| {
        module
            .edges_of(EdgeKind::Import)
            .filter(|edge| edge.specifier == specifier)
            .filter_map(|edge| edge.target)
            .filter(|at| graph.modules[at.get()].format == ModuleFormat::CommonJs)
            .all(|at| {
                let known = names(at).unwrap_or_default();
                name == "default" || known.iter().any(|known| known == name)
            })
    };
    graph
        .modules
        .iter()
        .map(|module| {
            let singles = module.metadata.import_entries.iter();
            let singles = singles.filter(|entry| entry.import_type != ImportType::Namespace);
            let imported = singles.map(|entry| (&entry.module_request, &entry.import_name));
            let passed_on = module.metadata.export_entries.iter().filter_map(|entry| {
                Some((entry.module_name.as_ref()?, entry.import_name.as_ref()?))
            });
            imported.chain(passed_on).any(|(specifier, name)| !has(module, specifier, name))
        })
        .collect()
}

/// What the entry is linked with before anything is evaluated.
pub(super) fn static_graph(graph: &ModuleGraph) -> Vec<bool> {
    let mut is_static = vec![false; graph.modules.len()];
    for at in graph
        .roots
        .first()
        .into_iter()
        .flat_map(|&entry| closure(graph, &[entry], Follow::Requests))
    {
        is_static[at.get()] = true;
    }
    is_static
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
    for Edge { specifier, attributes, target, .. } in module.edges_of(EdgeKind::Import) {
        if target.is_none() {
            return Some(format!("{url}: cannot resolve {specifier}"));
        }
        if *attributes == EdgeAttributes::Other {
            return Some(format!("{url}: attributes of {specifier}"));
        }
    }
    None
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
        let is_commonjs = module.format == ModuleFormat::CommonJs;
        let is_followed = |edge: &&Edge<'_>| match follow {
            Follow::Requests => edge.kind == EdgeKind::Import,
            Follow::Imports => edge.kind != EdgeKind::Require && !is_commonjs,
            Follow::All => true,
        };
        open.extend(module.edges.iter().filter(is_followed).filter_map(|edge| edge.target));
    }
    found
}

fn indices(graph: &ModuleGraph) -> impl Iterator<Item = ModuleIndex> {
    (0..graph.modules.len() as u32).map(ModuleIndex)
}
