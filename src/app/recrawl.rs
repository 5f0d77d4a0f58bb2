//! A pack that no longer describes the disk: what the disk says now, believed as far as the pack's evidence goes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::assemble::{Seen, rows_by_url};
use super::evidence::Observed;
use super::place::{Place, options_for};
use super::typescript::{Strip, crawl_whole, texts_of};
use crate::graph::{Entry, GraphOptions, Unstripped};
use crate::miss::MissReason;
use crate::module_graph::{Edge, EdgeKind, ModuleFormat, ModuleGraph};
use crate::pack::{Pack, encode};

/// The pack's app as the disk has it now. Everything the runtime was seen to do must still be what the crawl
/// predicts; content may differ.
///
/// # Errors
/// Why it has to be watched again: `reason`, and what is against going on.
pub(super) fn recrawl(
    old: &Pack,
    place: &Place,
    settings: &GraphOptions,
    reason: &MissReason,
    strip: &mut Strip<'_>,
) -> Result<Vec<u8>, MissReason> {
    let relearn = |why: &str| MissReason::new(reason.code, format!("{}; {why}", reason.detail));
    let conditions: Vec<String> = old.conditions().map(str::to_owned).collect();
    let extra_roots = old.roots().skip(1).map(|root| old.url(root).to_owned()).collect();
    let mut options = options_for(settings, &conditions, extra_roots);
    options.extra_requires = requires_of(old);
    // That its answer is what the engine compiles has been looked at by whoever made such a pack.
    let mut unproven = |_: &[Unstripped]| Err("no pack has any TypeScript yet".to_owned());
    let is_proven = (0..old.module_count()).any(|at| old.is_typescript(at));
    let strip = if is_proven { strip } else { &mut unproven };
    let entry = Entry::Url(&place.entry_url);
    let graph = crawl_whole(entry, &options, &mut texts_of(old), strip)
        .map_err(|error| relearn(&error.detail))?;
    let rows = rows_by_url(old);
    let reaches_modules = old.reaches_modules();
    let observed = Observed { conditions, reaches_modules, ..Observed::default() };
    let mut seen = Seen::of(graph, &observed, |module| rows.contains_key(&*module.url));
    drop_unseen_requires(old, &rows, &mut seen.graph);
    if let Some(difference) = unseen(old, &rows, &seen.graph) {
        return Err(relearn(&difference));
    }
    if seen.hooks_only.is_empty() && !old.hooks_only().is_empty() {
        let why = old.hooks_only();
        return Err(relearn(&format!("it may be linked now, and could not before: {why}")));
    }
    Ok(encode(&seen.assemble(place, &observed, Some(old))?)?)
}

/// What modules of a pack require, by URL.
fn requires_of(pack: &Pack) -> BTreeMap<String, Vec<String>> {
    let requires = |at| {
        let edges = pack.edges(at).filter(|edge| edge.kind == EdgeKind::Require);
        edges.map(|edge| edge.specifier.into_owned()).collect()
    };
    (0..pack.module_count()).map(|at| (pack.url(at).to_owned(), requires(at))).collect()
}

/// Leaves to the runtime what modules of a new crawl require and the old pack has no evidence for.
fn drop_unseen_requires(old: &Pack, rows: &FxHashMap<&str, u32>, graph: &mut ModuleGraph) {
    let urls: Vec<String> = graph.modules.iter().map(|module| module.url.clone()).collect();
    for module in &mut graph.modules {
        let edges = rows.get(&*module.url).into_iter().flat_map(|at| old.edges(*at));
        let edges = edges.filter(|edge| edge.kind == EdgeKind::Require);
        let known = edges.map(|edge| (edge.specifier, edge.target.map(|to| old.url(to.0))));
        let known: FxHashSet<_> = known.collect();
        module.edges.retain(|edge| {
            let target = edge.target.map(|to| &*urls[to.get()]);
            edge.kind != EdgeKind::Require
                || known.contains(&(Cow::Borrowed(&*edge.specifier), target))
        });
    }
}

/// The first thing of a new crawl that the old pack's evidence does not cover.
fn unseen(old: &Pack, rows: &FxHashMap<&str, u32>, graph: &ModuleGraph) -> Option<String> {
    for module in &graph.modules {
        let Some(&at) = rows.get(&*module.url) else {
            return Some(format!("{} is new", module.url));
        };
        if module.format != old.format(at) {
            return Some(format!("{} is another kind of module", module.url));
        }
        if module.format == ModuleFormat::CommonJs && module.content_hash != old.content_hash(at) {
            return Some(format!("{} may export other names", module.url));
        }
        let known =
            old.edges(at).map(|it| (it.kind, it.specifier, it.target.map(|to| old.url(to.0))));
        let known: FxHashSet<_> = known.collect();
        for Edge { kind, specifier, target, .. } in &module.edges {
            let target = target.map(|to| &*graph.modules[to.get()].url);
            let is_known = |kind| known.contains(&(kind, Cow::Borrowed(&**specifier), target));
            // An `import()` that led nowhere known is no evidence for a static import.
            let is_seen = match kind {
                EdgeKind::Import => {
                    is_known(EdgeKind::Import)
                        || (is_known(EdgeKind::DynamicImport) && target.is_some())
                }
                EdgeKind::DynamicImport => {
                    target.is_none()
                        || is_known(EdgeKind::Import)
                        || is_known(EdgeKind::DynamicImport)
                }
                EdgeKind::Require => true,
            };
            if !is_seen {
                return Some(format!("{specifier} in {} leads elsewhere or is new", module.url));
            }
        }
    }
    None
}
