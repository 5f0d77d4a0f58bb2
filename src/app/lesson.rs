//! What a watched run teaches: prediction and observation are compared, and a pack is written where
//! they agree.

use std::sync::Arc;
use std::thread::JoinHandle;

use rustc_hash::FxHashMap;

use super::adopt::adopt;
use super::contents::{Frame, contents_of};
use super::evidence::Observed;
use super::linkable::hooks_only;
use super::place::{Place, options_for};
use super::prune::prune;
use crate::cache::Records;
use crate::graph::{Entry, GraphError, GraphOptions, build_graph};
use crate::miss::MissReason;
use crate::module_graph::ModuleGraph;
use crate::pack::{Pack, encode};
use crate::store::{Counters, Trust};

/// A crawl on another thread.
pub(super) type Crawl = JoinHandle<Result<ModuleGraph, GraphError>>;

/// Everything needed to learn, wherever that is done.
pub(super) struct Lesson {
    pub(super) place: Place,
    pub(super) options: GraphOptions,
    /// A pack that no longer describes the disk, for what of it is still true.
    pub(super) stale: Option<Arc<Pack>>,
    pub(super) crawl: Option<Crawl>,
    /// Records of equal modules elsewhere will do.
    pub(super) is_shared: bool,
}

/// What came of it.
pub(super) struct Learnt {
    /// How many modules the pack holds.
    pub(super) modules: u32,
    pub(super) counters: Counters,
}

impl Lesson {
    /// Says what was written.
    ///
    /// # Errors
    /// Why nothing was written.
    pub(super) fn learn(mut self, observed: &Observed) -> Result<Learnt, MissReason> {
        let mut graph = match self.crawl.take().map(JoinHandle::join) {
            Some(Ok(graph)) => graph.map_err(failed)?,
            Some(Err(_)) => return Err(MissReason::new("BMES_NOT_PACKED", "the crawl panicked")),
            None => self.crawl_now(observed, Vec::new())?,
        };
        let computed = observed.computed_targets(&graph);
        if !computed.is_empty() {
            graph = self.crawl_now(observed, computed)?;
        }
        observed.compare(&graph)?;
        let loaded = observed.loaded(&graph);
        if !loaded.contains(&*self.place.entry_url) {
            return Err(MissReason::new("BMES_NOT_PACKED", "the entry did not load"));
        }
        let names: FxHashMap<&str, &[String]> =
            observed.export_names.iter().map(|(url, names)| (&**url, &**names)).collect();
        let crawled_why = hooks_only(&graph, observed);
        let graph = prune(graph, |module| loaded.contains(&*module.url));
        let why = crawled_why.or_else(|| hooks_only(&graph, observed)).unwrap_or_default();
        let frame = Frame {
            runtime: *self.place.identity.digest(),
            app: self.place.key,
            hooks_only: &why,
            conditions: &observed.conditions,
        };
        let mut contents = contents_of(&graph, &frame, self.stale.as_deref(), &names)?;
        let modules = contents.modules.len() as u32;
        let mut counters = Counters::default();
        // Bytecode serves the linker only.
        if let (Ok(directory), true) = (self.place.open(), why.is_empty()) {
            let identity = self.place.identity.clone();
            let mut records = Records::new(directory, identity, Trust::Own, self.is_shared);
            counters = adopt(&mut contents, &mut records);
        }
        counters.merge(&self.place.publish(&encode(&contents)?)?);
        Ok(Learnt { modules, counters })
    }

    fn crawl_now(
        &self,
        observed: &Observed,
        extra_roots: Vec<String>,
    ) -> Result<ModuleGraph, MissReason> {
        let options = options_for(&self.options, &observed.conditions, extra_roots);
        build_graph(Entry::Url(&self.place.entry_url), &options).map_err(failed)
    }
}

fn failed(error: GraphError) -> MissReason {
    MissReason::new("BMES_NOT_PACKED", error.to_string())
}
