//! Edges as numbers alone: where each module leads, all in one list.

use super::Explorer;
use crate::module_graph::{EdgeKind, ModuleIndex};

/// One row for each module.
#[derive(Debug)]
pub(super) struct Targets {
    /// Where each row starts; one more than there are modules.
    starts: Vec<u32>,
    all: Vec<ModuleIndex>,
}

impl Targets {
    /// Edges that lead somewhere; without `import()`s unless `dynamic`.
    pub(super) fn of(explorer: &Explorer, dynamic: bool) -> Self {
        let mut starts = Vec::with_capacity(explorer.modules().len() + 1);
        let mut all = Vec::new();
        starts.push(0);
        for module in explorer.modules() {
            let edges = module.edges.iter();
            let edges = edges.filter(|edge| dynamic || edge.kind != EdgeKind::DynamicImport);
            all.extend(edges.filter_map(|edge| edge.target));
            starts.push(all.len() as u32);
        }
        Self { starts, all }
    }

    pub(super) fn row(&self, module: ModuleIndex) -> &[ModuleIndex] {
        let at = module.get();
        &self.all[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}
