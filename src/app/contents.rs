//! What is written: a graph, with everything an older pack knows that is still true.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::linkable::asks_too_much;
use crate::miss::MissReason;
use crate::module_graph::{ModuleFormat, ModuleGraph};
use crate::pack::{Guard, Pack, PackContents, modules_of};

/// Everything of a pack that is not its modules.
pub(super) struct Frame<'a> {
    pub(super) runtime: [u8; 32],
    pub(super) app: [u8; 32],
    pub(super) hooks_only: &'a str,
    pub(super) conditions: &'a [String],
}

/// A graph as a pack. Records, bytecode and export names of modules whose content is the same are
/// taken from `old`; `names` are those a run has just shown.
///
/// # Errors
/// When the graph holds something no pack can say.
pub(super) fn contents_of<'a>(
    graph: &'a ModuleGraph,
    frame: &Frame<'a>,
    old: Option<&'a Pack>,
    names: &'a FxHashMap<&str, &'a [String]>,
) -> Result<PackContents<'a>, MissReason> {
    let unsayable = |what: &str| MissReason::new("BMES_NOT_PACKED", what);
    let mut modules = modules_of(graph).map_err(|error| unsayable(&error.to_string()))?;
    let guards: Option<Vec<Guard<'_>>> = graph.observations.iter().map(Guard::of).collect();
    let guards = guards.ok_or_else(|| unsayable("a path is not Unicode"))?;
    let known = old.map(rows_by_url).unwrap_or_default();
    for module in &mut modules {
        if let Some(names) = names.get(&*module.url) {
            module.export_names = Some(names.iter().map(|name| Cow::Borrowed(&**name)).collect());
        }
        let Some((pack, &at)) = old.zip(known.get(&*module.url)) else { continue };
        if pack.content_hash(at) != module.content_hash || pack.format(at) != module.format {
            continue;
        }
        if module.export_names.is_none() {
            module.export_names =
                pack.export_names(at).map(|names| names.map(Cow::Borrowed).collect());
        }
        // A record that is damaged is made again: what was just analysed stays.
        if let (ModuleFormat::Module, Ok(record)) = (module.format, pack.record(at)) {
            module.bytecode_len = pack.bytecode(at).map_or(0, <[u8]>::len);
            module.record = Cow::Borrowed(record);
        }
    }
    let asks = asks_too_much(graph, |at| modules[at.get()].export_names.as_deref());
    for (module, asks) in modules.iter_mut().zip(asks) {
        module.unlinkable = asks;
    }
    Ok(PackContents {
        runtime: frame.runtime,
        app: frame.app,
        roots: graph.roots.iter().map(|root| root.0).collect(),
        hooks_only: Cow::Borrowed(frame.hooks_only),
        conditions: frame.conditions.iter().map(|name| Cow::Borrowed(&**name)).collect(),
        modules,
        guards,
    })
}

/// Where each module of a pack is.
pub(super) fn rows_by_url(pack: &Pack) -> FxHashMap<&str, u32> {
    (0..pack.module_count()).map(|at| (pack.url(at), at)).collect()
}
