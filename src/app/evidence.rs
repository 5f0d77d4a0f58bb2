//! Prediction against observation.
//!
//! The crawl says where each specifier leads and how each module is treated; the watched run says
//! what the runtime really did. A pack is written only where the two agree on every edge of every
//! module that was loaded. What the crawl could not know (computed specifiers) is added as roots.

use rustc_hash::{FxHashMap, FxHashSet};

use super::transcript::ObservedEdge;
use crate::miss::MissReason;
use crate::module_graph::{Edge, EdgeKind, Module, ModuleFormat, ModuleGraph};

/// What the runtime was seen to do in one run.
#[derive(Debug, Default)]
pub struct Observed {
    /// Every resolution an ES module or the entry asked for.
    pub edges: Vec<ObservedEdge>,
    /// URL and format of modules whose format the runtime told.
    pub formats: Vec<(String, String)>,
    /// URL and export names of CommonJS modules and builtins, from their native namespaces.
    pub export_names: Vec<(String, Vec<String>)>,
    /// ES modules that CommonJS reached, by `require()` or `import()`.
    pub reached_by_commonjs: Vec<String>,
    /// Everything that was required.
    pub required: Vec<String>,
    /// Every resolution of a `require()`.
    pub requires: Vec<ObservedEdge>,
    /// A CommonJS program has reached ES modules.
    pub reaches_modules: bool,
    /// ES modules that something outside of the graph has imported: a CommonJS main module, say.
    pub roots: Vec<String>,
    /// The conditions imports were resolved with.
    pub conditions: Vec<String>,
}

impl Observed {
    /// URLs only a run could show: import() of a computed specifier from a module of the graph, and
    /// any from outside of it.
    /// One with a query or a fragment is made anew by each run, and would grow the pack for ever.
    pub(super) fn computed_targets(&self, graph: &ModuleGraph) -> Vec<String> {
        let by_url = index(graph);
        let is_plain = |url: &&String| url.starts_with("file:") && !url.contains(['?', '#']);
        let outside = self.roots.iter().filter(|url| !by_url.contains_key(&***url));
        let mut computed: Vec<String> = self
            .edges
            .iter()
            .filter(|edge| {
                by_url.get(&*edge.parent).is_some_and(|&parent| {
                    let module = &graph.modules[parent];
                    module.format == ModuleFormat::Module
                        && imports(module, &edge.specifier).next().is_none()
                })
            })
            .map(|edge| &edge.target)
            .chain(outside)
            .filter(is_plain)
            .cloned()
            .collect();
        computed.sort();
        computed.dedup();
        computed
    }

    /// The modules the runtime was seen to load whole: it resolved every one of their requests.
    /// One that it gave up on is known no better than one it never met.
    pub(super) fn loaded(&self, graph: &ModuleGraph) -> FxHashSet<String> {
        let asked: FxHashSet<(&str, &str)> =
            self.edges.iter().map(|edge| (&*edge.parent, &*edge.specifier)).collect();
        let by_url = index(graph);
        let required = self.required.iter().map(String::as_str);
        let targets = self.edges.iter().map(|edge| &*edge.target).chain(required);
        let is_whole = |url: &&str| {
            by_url.get(url).is_some_and(|&at| {
                let requests = &graph.modules[at].metadata.requested_modules;
                requests.iter().all(|request| asked.contains(&(*url, &*request.specifier)))
            })
        };
        let entry = graph.roots.first().map(|root| &*graph.modules[root.get()].url);
        let named: FxHashSet<&str> = self.export_names.iter().map(|(url, _)| &**url).collect();
        let imported: FxHashSet<&str> = self.edges.iter().map(|edge| &*edge.target).collect();
        // CommonJS whose names nobody could tell: what imports it is left to the runtime there.
        let is_nameless = |url: &&str| {
            imported.contains(*url)
                && !named.contains(*url)
                && by_url
                    .get(url)
                    .is_some_and(|&at| graph.modules[at].format == ModuleFormat::CommonJs)
        };
        targets
            .chain(entry)
            .filter(|url| is_whole(url) && !is_nameless(url))
            .map(str::to_owned)
            .collect()
    }

    /// What of it is said of a program whose main module is CommonJS. The ES modules it reaches are an
    /// app of their own, known by the first of them.
    pub(super) fn of_commonjs(&mut self) {
        self.reaches_modules = !self.edges.is_empty();
        self.edges.clear();
        self.roots.clear();
    }

    /// Drops what the crawl says of a `require()` that was seen to lead elsewhere: the app has changed
    /// how it is resolved, and will again.
    pub(super) fn drop_other_requires(&self, graph: &mut ModuleGraph) {
        let mut seen: FxHashMap<(&str, &str), Vec<&str>> = FxHashMap::default();
        for edge in &self.requires {
            seen.entry((&edge.parent, &edge.specifier)).or_default().push(&edge.target);
        }
        let urls: Vec<String> = graph.modules.iter().map(|module| module.url.clone()).collect();
        for (module, url) in graph.modules.iter_mut().zip(&urls) {
            module.edges.retain(|edge| {
                let led_to = seen.get(&(&**url, &*edge.specifier));
                let target = edge.target.map(|target| &*urls[target.get()]);
                edge.kind != EdgeKind::Require
                    || led_to.is_none_or(|all| all.iter().all(|one| Some(*one) == target))
            });
        }
    }

    /// Whether the runtime did what the crawl predicts.
    ///
    /// # Errors
    /// The first difference, as a reason not to write a pack.
    pub(super) fn compare(&self, graph: &ModuleGraph) -> Result<(), MissReason> {
        let by_url = index(graph);
        for edge in &self.edges {
            let Some(&parent) = by_url.get(&*edge.parent) else { continue };
            for predicted in imports(&graph.modules[parent], &edge.specifier) {
                // Nothing predicted contradicts nothing: such an edge is left to the runtime.
                let Some(index) = predicted.target else { continue };
                let predicted = &*graph.modules[index.get()].url;
                if predicted != edge.target {
                    return Err(MissReason::new(
                        "BMES_PREDICTION_DIFFERS",
                        format!(
                            "{} in {}: predicted {predicted}, the runtime took {}",
                            edge.specifier, edge.parent, edge.target
                        ),
                    ));
                }
            }
        }
        for (url, format) in &self.formats {
            let Some(&at) = by_url.get(&**url) else { continue };
            let Some(predicted) = graph.modules[at].format_name() else { continue };
            if predicted != format {
                return Err(MissReason::new(
                    "BMES_PREDICTION_DIFFERS",
                    format!("{url}: predicted {predicted}, the runtime took it as {format}"),
                ));
            }
        }
        Ok(())
    }
}

fn index(graph: &ModuleGraph) -> FxHashMap<&str, usize> {
    graph.modules.iter().enumerate().map(|(at, module)| (&*module.url, at)).collect()
}

/// What the crawl says of a specifier, as a request and as an `import()`.
fn imports<'a>(module: &'a Module, specifier: &'a str) -> impl Iterator<Item = &'a Edge<'static>> {
    let edges = module.edges.iter().filter(|edge| edge.kind != EdgeKind::Require);
    edges.filter(move |edge| edge.specifier == specifier)
}
