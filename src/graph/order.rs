//! From the order of discovery, which depends on timing, to the order of the source.
//!
//! Modules are numbered as a depth-first walk from the roots meets them: requests in source order,
//! then `import()`, then `require`. Here every format is known at last, so here too the edges are
//! dropped that Node would refuse for what they lead to.

use std::sync::Arc;

use super::crawl::{Draft, DraftId};
use super::disk::FileText;
use crate::metadata::ImportAttribute;
use crate::module_graph::{
    DynamicImport, Module, ModuleFormat, ModuleGraph, ModuleIndex, Observation, Target,
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
    let target =
        |id: Option<DraftId>| id.map_or(Target::Unresolved, |id| Target::Module(place(id)));
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
                source: draft.file.map(into_text).unwrap_or_default(),
                content_hash: content_hash.unwrap_or_default(),
                metadata: draft.metadata,
                traits: draft.traits,
                requests: draft.requests.into_iter().map(target).collect(),
                dynamic_imports: draft
                    .dynamic_imports
                    .into_iter()
                    .map(|(import, id)| DynamicImport {
                        specifier: import.specifier,
                        attributes: import.attributes,
                        target: target(id),
                    })
                    .collect(),
                requires: draft
                    .requires
                    .into_iter()
                    .map(|(specifier, id)| (specifier, place(id)))
                    .collect(),
            }
        })
        .collect();
    ModuleGraph { roots: found_roots, modules, observations }
}

/// Drops imports whose attributes do not suit their target, and with `require(esm)` off every
/// `require` of an ES module: Node throws there.
fn drop_refused(drafts: &mut [Draft], require_module: bool) {
    let formats: Vec<ModuleFormat> = drafts.iter().map(|draft| draft.format).collect();
    let accepts = |id: &DraftId, attributes: &[ImportAttribute]| {
        accepts_attributes(formats[id.get()], attributes)
    };
    for draft in drafts {
        for (request, target) in draft.metadata.requested_modules.iter().zip(&mut draft.requests) {
            let attributes = request.attributes.as_deref().unwrap_or_default();
            *target = target.filter(|id| accepts(id, attributes));
        }
        for (import, target) in &mut draft.dynamic_imports {
            *target = target.filter(|id| accepts(id, &import.attributes));
        }
        if !require_module {
            draft.requires.retain(|(_, id)| formats[id.get()] != ModuleFormat::Module);
        }
    }
}

/// `validateAttributes` of Node's ESM loader. What is left to the runtime is left to it whole.
fn accepts_attributes(format: ModuleFormat, attributes: &[ImportAttribute]) -> bool {
    match format {
        ModuleFormat::Other => true,
        ModuleFormat::Json => {
            matches!(attributes, [only] if only.key == "type" && only.value == "json")
        }
        ModuleFormat::Module | ModuleFormat::CommonJs | ModuleFormat::Builtin => {
            attributes.is_empty()
        }
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
        let draft = &drafts[id.get()];
        let requests = draft.requests.iter().flatten();
        let dynamic = draft.dynamic_imports.iter().filter_map(|(_, target)| target.as_ref());
        let requires = draft.requires.iter().map(|(_, target)| target);
        // The last one pushed is met first.
        let children = waiting.len();
        waiting.extend(requests.chain(dynamic).chain(requires));
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
