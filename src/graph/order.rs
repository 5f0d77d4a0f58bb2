//! From the order of discovery, which depends on timing, to the order of the source.
//!
//! Modules are numbered as a depth-first walk from the roots meets them: requests in source order,
//! then `import()`, then `require`. Here every format is known at last, so here too the edges are
//! dropped that Node would refuse for what they lead to.

use std::sync::Arc;

use super::disk::FileText;
use super::draft::{Draft, DraftEdge, DraftId};
use crate::module_graph::{
    Edge, EdgeKind, Module, ModuleFormat, ModuleGraph, ModuleIndex, Observation,
};

pub(super) fn into_graph(
    roots: &[DraftId],
    mut drafts: Vec<Draft>,
    observations: Vec<Observation>,
    require_module: bool,
) -> ModuleGraph {
    drop_refused(&mut drafts, require_module);
    let (order, places) = number(roots, &drafts);

    let place = |id: DraftId| places[id.get()].expect("the walk numbers all it can reach");
    let placed = |edge: DraftEdge| Edge {
        kind: edge.kind,
        specifier: edge.specifier,
        attributes: edge.attributes,
        target: edge.target.map(place),
    };
    let mut found_roots = Vec::new();
    for root in roots.iter().map(|root| place(*root)) {
        if !found_roots.contains(&root) {
            found_roots.push(root);
        }
    }
    let mut drafts: Vec<Option<Draft>> = drafts.into_iter().map(Some).collect();
    let modules = order
        .into_iter()
        .filter_map(|id| drafts[id.get()].take())
        .map(|draft| {
            let content_hash = draft.file.as_ref().map(|file| file.content_hash);
            Module {
                url: draft.url,
                path: draft.path,
                format: draft.format,
                left_to_runtime: draft.left_to_runtime,
                source: draft.text.or_else(|| draft.file.map(into_text)).unwrap_or_default(),
                content_hash: content_hash.unwrap_or_default(),
                metadata: draft.metadata,
                traits: draft.traits,
                edges: draft.edges.into_iter().map(placed).collect(),
            }
        })
        .collect();
    ModuleGraph { roots: found_roots, modules, observations }
}

/// Drops imports whose attributes do not suit their target, and with `require(esm)` off every
/// `require` of an ES module: Node throws there.
fn drop_refused(drafts: &mut [Draft], require_module: bool) {
    let formats: Vec<ModuleFormat> = drafts.iter().map(|draft| draft.format).collect();
    for draft in drafts {
        draft.edges.retain_mut(|edge| {
            let format = edge.target.map(|id| formats[id.get()]);
            match edge.kind {
                EdgeKind::Require => require_module || format != Some(ModuleFormat::Module),
                EdgeKind::Import | EdgeKind::DynamicImport => {
                    edge.target =
                        edge.target.filter(|_| format.is_some_and(|it| edge.attributes.suit(it)));
                    true
                }
            }
        });
    }
}

/// The drafts in final order, and each draft's place in it.
fn number(roots: &[DraftId], drafts: &[Draft]) -> (Vec<DraftId>, Vec<Option<ModuleIndex>>) {
    let mut order = Vec::with_capacity(drafts.len());
    let mut places = vec![None; drafts.len()];
    let mut waiting: Vec<DraftId> = roots.iter().rev().copied().collect();
    while let Some(id) = waiting.pop() {
        if places[id.get()].is_some() {
            continue;
        }
        places[id.get()] = u32::try_from(order.len()).ok().map(ModuleIndex);
        order.push(id);
        // The last one pushed is met first.
        let children = waiting.len();
        waiting.extend(drafts[id.get()].edges.iter().filter_map(|edge| edge.target));
        waiting[children..].reverse();
    }
    (order, places)
}

/// The text, copied only if another URL leads to the same file.
fn into_text(file: Arc<FileText>) -> String {
    match Arc::try_unwrap(file) {
        Ok(file) => file.text.unwrap_or_default(),
        Err(shared) => shared.text.clone().unwrap_or_default(),
    }
}
