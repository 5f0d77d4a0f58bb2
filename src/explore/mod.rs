//! What people and tools ask of a graph: who imports a module, which names it really exports, what runs
//! in which order, what a change affects, what an import costs.
//!
//! Everything is answered from one [`Survey`]; what several questions need (importers, used names,
//! dominators) is found out once, when it is first asked for; interfaces, which nearly all of them need,
//! at once. No walk is a recursion: graphs come from
//! disks, and a chain of ten thousand modules is a graph.

mod barrels;
mod changes;
mod cycles;
mod duplicates;
mod evaluation;
mod exports;
mod importers;
mod json;
mod paths;
mod targets;
mod usage;

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

pub use barrels::Barrel;
pub use changes::Changes;
pub use cycles::Cycle;
pub use duplicates::{Copy, Duplicate};
pub use exports::{Binding, BindingName, Conflict, Exports, Resolution};
pub use importers::Importer;
pub use json::{Packed, SCHEMA};
pub use paths::{Cost, Why};
pub use usage::Usage;

use crate::graph::Survey;
use crate::module_graph::{EdgeKind, Found, Module, ModuleIndex};
use exports::Interfaces;
use importers::Importers;
use paths::Dominators;
use usage::Usages;

/// A graph that is asked about.
#[derive(Debug)]
pub struct Explorer {
    survey: Survey,
    by_url: FxHashMap<String, ModuleIndex>,
    /// Of each module's file.
    bytes: Vec<u64>,
    is_entry: Vec<bool>,
    importers: OnceLock<Importers>,
    interfaces: Interfaces,
    dominators: OnceLock<Dominators>,
    usage: OnceLock<Usages>,
}

impl Explorer {
    /// Questions about `survey`.
    pub fn new(survey: Survey) -> Self {
        let graph = &survey.graph;
        let files = graph.observations.iter().filter_map(|observation| match observation.found {
            Found::File { stamp: Some(stamp), .. } => {
                Some((observation.path.as_path(), stamp.identity.size))
            }
            _ => None,
        });
        let sizes: FxHashMap<_, u64> = files.collect();
        let bytes = graph.modules.iter().map(|module| {
            let path = module.path.as_deref();
            path.and_then(|path| sizes.get(path)).copied().unwrap_or_default()
        });
        let bytes = bytes.collect();
        let urls = graph.modules.iter().enumerate();
        let by_url = urls.map(|(at, module)| (module.url.clone(), index(at))).collect();
        let mut is_entry = vec![false; graph.modules.len()];
        graph.roots.iter().for_each(|root| is_entry[root.get()] = true);
        let interfaces = Interfaces::of(&graph.modules);
        Self {
            by_url,
            bytes,
            is_entry,
            survey,
            importers: OnceLock::new(),
            interfaces,
            dominators: OnceLock::new(),
            usage: OnceLock::new(),
        }
    }

    /// What is asked about.
    pub fn survey(&self) -> &Survey {
        &self.survey
    }

    /// Every module, in the order in which a walk from the entries meets them.
    pub fn modules(&self) -> &[Module] {
        &self.survey.graph.modules
    }

    /// The entries.
    pub fn roots(&self) -> &[ModuleIndex] {
        &self.survey.graph.roots
    }

    /// The module at a URL.
    pub fn find(&self, url: &str) -> Option<ModuleIndex> {
        self.by_url.get(url).copied()
    }

    /// The size of a module's file; 0 for what has none or was not read.
    pub fn bytes(&self, module: ModuleIndex) -> u64 {
        self.bytes[module.get()]
    }

    /// The URL of a module.
    pub fn url(&self, module: ModuleIndex) -> &str {
        &self.module(module).url
    }

    /// One module.
    pub fn module(&self, module: ModuleIndex) -> &Module {
        &self.survey.graph.modules[module.get()]
    }

    fn is_root(&self, module: ModuleIndex) -> bool {
        self.is_entry[module.get()]
    }

    fn indices(&self) -> impl DoubleEndedIterator<Item = ModuleIndex> + use<> {
        (0..self.survey.graph.modules.len()).map(index)
    }

    /// Where a module's edges lead, those that lead somewhere.
    fn targets(&self, module: ModuleIndex) -> impl DoubleEndedIterator<Item = ModuleIndex> {
        self.module(module).edges.iter().filter_map(|edge| edge.target)
    }

    /// The same without `import()`: what must be there before the module has run.
    fn static_targets(&self, module: ModuleIndex) -> impl DoubleEndedIterator<Item = ModuleIndex> {
        let edges = self.module(module).edges.iter();
        edges.filter(|edge| edge.kind != EdgeKind::DynamicImport).filter_map(|edge| edge.target)
    }
}

fn index(at: usize) -> ModuleIndex {
    // The crawl gives no graph of more.
    ModuleIndex(u32::try_from(at).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod testing {
    //! Graphs of a few letters.

    use std::borrow::Cow;

    use super::Explorer;
    use crate::analyze::analyze_module;
    use crate::graph::Survey;
    use crate::module_graph::{
        Edge, EdgeAttributes, EdgeKind, Module, ModuleFormat, ModuleGraph, ModuleIndex,
    };

    /// Modules by name and text; `./name` leads to the module of that name, anything else nowhere. The
    /// first one is the entry.
    pub(super) fn explorer(sources: &[(&str, &str)]) -> Explorer {
        let place = |specifier: &str| {
            let name = specifier.strip_prefix("./")?;
            let at = sources.iter().position(|(other, _)| *other == name)?;
            Some(ModuleIndex(at as u32))
        };
        let modules = sources.iter().map(|(name, text)| {
            let analysis = analyze_module(text).expect("a module");
            let edge = |kind, specifier: &str| Edge {
                kind,
                specifier: Cow::Owned(specifier.to_owned()),
                attributes: EdgeAttributes::None,
                target: place(specifier),
            };
            let requests = analysis.metadata.requested_modules.iter();
            let requests = requests.map(|it| edge(EdgeKind::Import, &it.specifier));
            let dynamic = analysis.dynamic_imports.iter();
            let dynamic = dynamic.map(|it| edge(EdgeKind::DynamicImport, &it.specifier));
            Module {
                url: (*name).to_owned(),
                path: None,
                format: if name.ends_with(".cjs") {
                    ModuleFormat::CommonJs
                } else {
                    ModuleFormat::Module
                },
                left_to_runtime: None,
                source: (*text).to_owned(),
                content_hash: [0; 32],
                edges: requests.chain(dynamic).collect(),
                metadata: analysis.metadata,
                traits: analysis.traits,
            }
        });
        let modules: Vec<Module> = modules.collect();
        let package_of = vec![None; modules.len()];
        let graph = ModuleGraph { roots: vec![ModuleIndex(0)], modules, observations: Vec::new() };
        let mut explorer = Explorer::new(Survey { graph, package_of, ..Survey::default() });
        explorer.bytes = sources.iter().map(|(_, text)| text.len() as u64).collect();
        explorer
    }

    /// A graph of numbers without text: who leads where. 0 is the entry.
    pub(super) fn shape(targets: &[Vec<usize>]) -> Explorer {
        let modules = targets.iter().enumerate().map(|(at, targets)| Module {
            url: at.to_string(),
            path: None,
            format: ModuleFormat::Module,
            left_to_runtime: None,
            source: String::new(),
            content_hash: [0; 32],
            metadata: Default::default(),
            traits: Default::default(),
            edges: targets
                .iter()
                .map(|target| Edge {
                    kind: EdgeKind::Import,
                    specifier: Cow::Owned(target.to_string()),
                    attributes: EdgeAttributes::None,
                    target: Some(ModuleIndex(*target as u32)),
                })
                .collect(),
        });
        let modules: Vec<Module> = modules.collect();
        let package_of = vec![None; modules.len()];
        let graph = ModuleGraph { roots: vec![ModuleIndex(0)], modules, observations: Vec::new() };
        let mut explorer = Explorer::new(Survey { graph, package_of, ..Survey::default() });
        explorer.bytes = vec![1; targets.len()];
        explorer
    }

    /// The next of a row of numbers that is the same each time.
    pub(super) fn random(state: &mut u64) -> usize {
        *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (*state >> 33) as usize
    }

    pub(super) fn names(explorer: &Explorer, modules: &[ModuleIndex]) -> Vec<String> {
        modules.iter().map(|module| explorer.url(*module).to_owned()).collect()
    }
}
