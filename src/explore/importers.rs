//! Edges the other way round.

use super::{Explorer, index};
use crate::module_graph::{Edge, ModuleIndex};

/// Who asks for each module: one row per module, all in one list.
#[derive(Debug)]
pub(super) struct Importers {
    /// Where each row starts; one more than there are modules.
    starts: Vec<u32>,
    rows: Vec<Importer>,
}

/// An edge, seen from its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Importer {
    /// Who asks.
    pub module: ModuleIndex,
    /// Its place in that module's edges.
    edge: u32,
}

impl Importers {
    fn of(explorer: &Explorer) -> Self {
        let count = explorer.modules().len();
        let mut starts = vec![0u32; count + 1];
        for module in explorer.indices() {
            explorer.targets(module).for_each(|target| starts[target.get() + 1] += 1);
        }
        for at in 0..count {
            starts[at + 1] += starts[at];
        }
        let none = Importer { module: index(0), edge: 0 };
        let mut rows = vec![none; starts[count] as usize];
        let mut next = starts.clone();
        for module in explorer.indices() {
            for (edge, it) in explorer.module(module).edges.iter().enumerate() {
                let Some(target) = it.target else { continue };
                let at = &mut next[target.get()];
                rows[*at as usize] = Importer { module, edge: edge as u32 };
                *at += 1;
            }
        }
        Self { starts, rows }
    }

    fn row(&self, module: ModuleIndex) -> &[Importer] {
        let at = module.get();
        &self.rows[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

impl Explorer {
    /// The edges that lead to `module`, in the order of modules.
    pub fn importers(&self, module: ModuleIndex) -> &[Importer] {
        self.importers.get_or_init(|| Importers::of(self)).row(module)
    }

    /// The edge that `importer` is.
    pub fn edge(&self, importer: Importer) -> &Edge<'static> {
        &self.module(importer.module).edges[importer.edge as usize]
    }

    /// `modules` and all that reach them, in the order of modules.
    pub fn dependents(&self, modules: &[ModuleIndex]) -> Vec<ModuleIndex> {
        let mut is_one = vec![false; self.modules().len()];
        let mut waiting = modules.to_vec();
        while let Some(module) = waiting.pop() {
            if !std::mem::replace(&mut is_one[module.get()], true) {
                waiting.extend(self.importers(module).iter().map(|importer| importer.module));
            }
        }
        self.indices().filter(|module| is_one[module.get()]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{explorer, names, shape};
    use super::*;

    #[test]
    fn importers_are_the_edges_that_lead_there() {
        let it = explorer(&[
            ("a", "import './b'; import './c'; import('./c')"),
            ("b", "import './c'"),
            ("c", ""),
        ]);
        let importers = |module| -> Vec<_> {
            let importers = it.importers(ModuleIndex(module)).iter();
            importers.map(|one| (one.module.0, it.edge(*one).kind as u8)).collect()
        };
        assert_eq!(importers(0), []);
        assert_eq!(importers(2), [(0, 0), (0, 1), (1, 0)]);
    }

    #[test]
    fn dependents_go_round_cycles_and_down_long_chains() {
        let it = shape(&[vec![1, 3], vec![2], vec![1], vec![]]);
        assert_eq!(names(&it, &it.dependents(&[ModuleIndex(2)])), ["0", "1", "2"]);
        let chain: Vec<Vec<usize>> = (0..20_000).map(|at| vec![(at + 1) % 20_000]).collect();
        assert_eq!(shape(&chain).dependents(&[ModuleIndex(7)]).len(), 20_000);
    }
}
