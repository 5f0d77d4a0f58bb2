//! What a watched run teaches: prediction and observation are compared, and a pack is made where
//! they agree.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::adopt::adopt;
use super::assemble::Seen;
use super::evidence::Observed;
use super::place::{Place, options_for};
use super::transcript::Transcript;
use super::typescript::{Strip, crawl_whole, texts_of};
use crate::cache::Records;
use crate::graph::{Entry, GraphOptions, StrippedTexts};
use crate::miss::MissReason;
use crate::module_graph::{ModuleFormat, ModuleGraph};
use crate::pack::{Pack, encode};
use crate::store::{Counters, Trust};

/// Everything needed to learn, wherever that is done.
pub(super) struct Lesson {
    pub(super) place: Place,
    pub(super) options: GraphOptions,
    /// One made before, for what of it is still true.
    pub(super) old: Option<Arc<Pack>>,
    /// Records of equal modules elsewhere will do.
    pub(super) is_shared: bool,
}

/// What came of it: a pack's bytes, and what is to be counted.
pub(super) struct Learnt {
    pub(super) pack: Vec<u8>,
    pub(super) counters: Counters,
}

impl Lesson {
    /// Makes the pack. `strip` is asked for what no older pack knows of TypeScript.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn learn(
        &self,
        seen: &Transcript,
        strip: &mut Strip<'_>,
    ) -> Result<Learnt, MissReason> {
        let mut observed = seen.conclude(&self.place.entry_url);
        let mut texts = self.old.as_deref().map(texts_of).unwrap_or_default();
        let mut crawl = |observed: &Observed, roots| self.crawl(observed, roots, &mut texts, strip);
        let mut graph = crawl(&observed, Vec::new())?;
        let entry = graph.roots.first().map(|root| graph.modules[root.get()].format);
        let is_commonjs = entry == Some(ModuleFormat::CommonJs);
        if is_commonjs {
            observed.of_commonjs();
        }
        let computed = observed.computed_targets(&graph);
        if !computed.is_empty() {
            graph = crawl(&observed, computed)?;
        }
        observed.compare(&graph)?;
        observed.drop_other_requires(&mut graph);
        let mut loaded = observed.loaded(&graph);
        if is_commonjs {
            observed.reaches_modules |= drop_modules(&graph, &mut loaded);
            loaded.extend(builtins_of(&graph, &loaded));
        }
        if !loaded.contains(&*self.place.entry_url) {
            return Err(MissReason::new("BMES_NOT_PACKED", "the entry did not load"));
        }
        let seen = Seen::of(graph, &observed, |module| loaded.contains(&*module.url));
        let mut contents = seen.assemble(&self.place, &observed, self.old.as_deref())?;
        let mut counters = Counters::default();
        // Bytecode serves the linker only.
        if let (Ok(directory), true) = (self.place.open(), seen.hooks_only.is_empty()) {
            let identity = self.place.identity.clone();
            let mut records = Records::new(directory, identity, Trust::Own, self.is_shared);
            counters = adopt(&mut contents, &mut records);
        }
        Ok(Learnt { pack: encode(&contents)?, counters })
    }

    fn crawl(
        &self,
        observed: &Observed,
        extra_roots: Vec<String>,
        texts: &mut StrippedTexts,
        strip: &mut Strip<'_>,
    ) -> Result<ModuleGraph, MissReason> {
        let mut options = options_for(&self.options, &observed.conditions, extra_roots);
        for edge in &observed.requires {
            let specifiers: &mut Vec<String> =
                options.extra_requires.entry(edge.parent.clone()).or_default();
            specifiers.push(edge.specifier.clone());
        }
        crawl_whole(Entry::Url(&self.place.entry_url), &options, texts, strip)
    }
}

/// Takes the ES modules out of these: a CommonJS program that requires them reaches another app. Whether there were
/// any.
fn drop_modules(graph: &ModuleGraph, loaded: &mut FxHashSet<String>) -> bool {
    let before = loaded.len();
    for module in &graph.modules {
        if module.format == ModuleFormat::Module {
            loaded.remove(&module.url);
        }
    }
    loaded.len() < before
}

/// The builtins that these modules require. No run tells them, and whether a program looks into the engine decides
/// whether its functions may come from a cache.
fn builtins_of(graph: &ModuleGraph, loaded: &FxHashSet<String>) -> Vec<String> {
    let modules = graph.modules.iter().filter(|module| loaded.contains(&*module.url));
    let targets = modules.flat_map(|module| &module.edges).filter_map(|edge| edge.target);
    let targets = targets.map(|target| &graph.modules[target.get()]);
    let builtins = targets.filter(|target| target.format == ModuleFormat::Builtin);
    builtins.map(|builtin| builtin.url.clone()).collect()
}
