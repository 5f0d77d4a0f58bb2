//! What is written: a graph, with everything an older pack knows that is still true.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::evidence::Observed;
use super::linkable::{asks_too_much, hooks_only};
use super::place::Place;
use super::prune::prune;
use crate::miss::MissReason;
use crate::module_graph::{Module, ModuleFormat, ModuleGraph};
use crate::pack::{Guard, Pack, PackContents, modules_of};

/// A graph without what no run has shown, and why the linker must not run it.
pub(super) struct Seen {
    pub(super) graph: ModuleGraph,
    /// Empty if it may.
    pub(super) hooks_only: String,
}

impl Seen {
    /// What `keep` says was loaded. CommonJS may lead to an ES module by a way that no run has taken
    /// yet, so whether the linker may run it is asked of the whole graph too.
    pub(super) fn of(
        crawled: ModuleGraph,
        observed: &Observed,
        keep: impl Fn(&Module) -> bool,
    ) -> Self {
        let crawled_why = hooks_only(&crawled, observed);
        let graph = prune(crawled, keep);
        let why = crawled_why.or_else(|| hooks_only(&graph, observed));
        Self { graph, hooks_only: why.unwrap_or_default() }
    }

    /// As a pack. Records, bytecode and export names of modules whose content is the same are taken
    /// from `old`; the names that `observed` has are those a run has just shown.
    ///
    /// # Errors
    /// When the graph holds something no pack can say.
    pub(super) fn assemble<'a>(
        &'a self,
        place: &Place,
        observed: &'a Observed,
        old: Option<&'a Pack>,
    ) -> Result<PackContents<'a>, MissReason> {
        let graph = &self.graph;
        let unsayable = |what: &str| MissReason::new("BMES_NOT_PACKED", what);
        let mut modules = modules_of(graph).map_err(|error| unsayable(&error.to_string()))?;
        let guards: Option<Vec<Guard<'_>>> = graph.observations.iter().map(Guard::of).collect();
        let guards = guards.ok_or_else(|| unsayable("a path is not Unicode"))?;
        let names: FxHashMap<&str, &[String]> =
            observed.export_names.iter().map(|(url, names)| (&**url, &**names)).collect();
        let known = old.map(rows_by_url).unwrap_or_default();
        for module in &mut modules {
            if let Some(names) = names.get(&*module.url) {
                module.export_names =
                    Some(names.iter().map(|name| Cow::Borrowed(&**name)).collect());
            }
            let Some((pack, &at)) = old.zip(known.get(&*module.url)) else { continue };
            if pack.content_hash(at) != module.content_hash
                || pack.format(at) != module.format
                || pack.is_typescript(at) != module.typescript
            {
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
            runtime: *place.identity.digest(),
            app: place.key,
            roots: graph.roots.iter().map(|root| root.0).collect(),
            hooks_only: Cow::Borrowed(&self.hooks_only),
            conditions: observed.conditions.iter().map(|name| Cow::Borrowed(&**name)).collect(),
            reaches_modules: observed.reaches_modules,
            modules,
            guards,
        })
    }
}

/// Where each module of a pack is.
pub(super) fn rows_by_url(pack: &Pack) -> FxHashMap<&str, u32> {
    (0..pack.module_count()).map(|at| (pack.url(at), at)).collect()
}
