//! What a watched run teaches: prediction and observation are compared, and a pack is made where
//! they agree.

use std::sync::Arc;

use super::adopt::adopt;
use super::assemble::Seen;
use super::evidence::Observed;
use super::place::{Place, options_for};
use super::transcript::Transcript;
use crate::cache::Records;
use crate::graph::{Entry, GraphOptions, build_graph};
use crate::miss::MissReason;
use crate::module_graph::ModuleGraph;
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
    /// Makes the pack.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn learn(&self, seen: &Transcript) -> Result<Learnt, MissReason> {
        let observed = seen.conclude(&self.place.entry_url);
        let mut graph = self.crawl(&observed, Vec::new())?;
        let computed = observed.computed_targets(&graph);
        if !computed.is_empty() {
            graph = self.crawl(&observed, computed)?;
        }
        observed.compare(&graph)?;
        let loaded = observed.loaded(&graph);
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
    ) -> Result<ModuleGraph, MissReason> {
        let options = options_for(&self.options, &observed.conditions, extra_roots);
        build_graph(Entry::Url(&self.place.entry_url), &options)
            .map_err(|error| MissReason::new("BMES_NOT_PACKED", error.to_string()))
    }
}
