//! Why a module is there, and what would be gone without it.

use std::collections::VecDeque;

use super::Explorer;
use crate::module_graph::{ModuleFormat, ModuleIndex};

/// Modules and their bytes; builtins are not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// How many.
    pub modules: u32,
    /// Bytes of their files.
    pub bytes: u64,
}

/// Why a module is in the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// For each that imports it the shortest way from an entry, shortest first. An entry has a way of one.
    pub chains: Vec<Vec<ModuleIndex>>,
    /// How many there are, since not all may be listed.
    pub importers: u32,
    /// What only this module brings in, itself included.
    pub saves: Cost,
}

/// The module that every way to a module leads through last, and what is behind each.
#[derive(Debug)]
pub(super) struct Dominators {
    /// `None` for entries, which nothing but themselves leads to for certain.
    parents: Vec<Option<ModuleIndex>>,
    retained: Vec<Cost>,
    /// Places in a walk down the tree of dominators: what is behind a module follows it.
    places: Vec<u32>,
    /// How many that are, the module itself included.
    behind: Vec<u32>,
}

impl Explorer {
    /// Why `module` is there, by at most `most` chains.
    pub fn why(&self, module: ModuleIndex, most: usize) -> Why {
        let (came_from, depth) = self.shortest();
        let mut sources: Vec<ModuleIndex> =
            self.importers(module).iter().map(|it| it.module).collect();
        sources.dedup();
        sources.retain(|it| *it != module);
        let importers = sources.len() as u32;
        sources.sort_by_key(|it| depth[it.get()]);
        let mut chains: Vec<Vec<ModuleIndex>> = Vec::new();
        if self.is_root(module) {
            chains.push(vec![module]);
        }
        for source in sources {
            if chains.len() >= most {
                break;
            }
            let mut chain = vec![module];
            let mut at = Some(source);
            while let Some(step) = at {
                chain.push(step);
                at = came_from[step.get()];
            }
            // A way that leads through the module itself says nothing of why it is there.
            if !chain[1..].contains(&module) {
                chain.reverse();
                chains.push(chain);
            }
        }
        Why { chains, importers, saves: self.retained(module) }
    }

    /// What would be gone if `from` did not ask for `to`: all that only `to` brings in, if nobody else asks
    /// for it but what it brings in itself.
    pub fn savings(&self, from: ModuleIndex, to: ModuleIndex) -> Cost {
        let importers = self.importers(to);
        let is_only_way = importers.iter().any(|it| it.module == from)
            && !self.is_root(to)
            && importers
                .iter()
                .all(|it| it.module == from || self.dominators().is_behind(to, it.module));
        if is_only_way { self.retained(to) } else { Cost::default() }
    }

    /// What only `module` brings in, itself included.
    pub fn retained(&self, module: ModuleIndex) -> Cost {
        self.dominators().retained[module.get()]
    }

    /// The module that every way from the entries to `module` leads through, and the nearest such.
    pub fn dominator(&self, module: ModuleIndex) -> Option<ModuleIndex> {
        self.dominators().parents[module.get()]
    }

    fn dominators(&self) -> &Dominators {
        self.dominators.get_or_init(|| Dominators::of(self))
    }

    /// Of each module the one before it on a shortest way from an entry, `None` for entries; and how many
    /// steps that way has.
    fn shortest(&self) -> (Vec<Option<ModuleIndex>>, Vec<u32>) {
        let mut came_from = vec![None; self.modules().len()];
        let mut depths = vec![0; self.modules().len()];
        let mut is_met = vec![false; self.modules().len()];
        let mut waiting = VecDeque::new();
        for root in self.roots() {
            is_met[root.get()] = true;
            waiting.push_back(*root);
        }
        while let Some(module) = waiting.pop_front() {
            for target in self.targets(module) {
                if !std::mem::replace(&mut is_met[target.get()], true) {
                    came_from[target.get()] = Some(module);
                    depths[target.get()] = depths[module.get()] + 1;
                    waiting.push_back(target);
                }
            }
        }
        (came_from, depths)
    }
}

impl Cost {
    pub(super) fn add(&mut self, bytes: u64) {
        self.modules += 1;
        self.bytes += bytes;
    }
}

/// Nobody: the place before all entries.
const START: usize = 0;

impl Dominators {
    /// The algorithm of Cooper, Harvey and Kennedy ("A Simple, Fast Dominance Algorithm"). Numbers are
    /// places in reverse post-order, from 1; 0 stands before the entries.
    fn of(explorer: &Explorer) -> Self {
        let order = reverse_post_order(explorer);
        let mut places = vec![None; explorer.modules().len()];
        for (at, module) in order.iter().enumerate() {
            places[module.get()] = Some(at + 1);
        }
        let mut predecessors: Vec<Vec<usize>> = vec![Vec::new(); order.len() + 1];
        for root in explorer.roots() {
            predecessors[places[root.get()].unwrap_or(START)].push(START);
        }
        for (at, module) in order.iter().enumerate() {
            for target in explorer.targets(*module) {
                predecessors[places[target.get()].unwrap_or(START)].push(at + 1);
            }
        }

        let mut parents: Vec<Option<usize>> = vec![None; order.len() + 1];
        parents[START] = Some(START);
        let mut has_moved = true;
        while has_moved {
            has_moved = false;
            for at in 1..=order.len() {
                let known = predecessors[at].iter().copied().filter(|it| parents[*it].is_some());
                let parent = known.reduce(|a, b| meet(&parents, a, b));
                if parent.is_some() && parents[at] != parent {
                    parents[at] = parent;
                    has_moved = true;
                }
            }
        }

        let mut retained = vec![Cost::default(); explorer.modules().len()];
        let mut behind = vec![1; explorer.modules().len()];
        for (at, module) in order.iter().enumerate().rev() {
            // Builtins are there anyway.
            if explorer.module(*module).format != ModuleFormat::Builtin {
                retained[module.get()].add(explorer.bytes(*module));
            }
            if let Some(parent) = parents[at + 1].filter(|parent| *parent != START) {
                let Cost { modules, bytes } = retained[module.get()];
                let parent = order[parent - 1].get();
                retained[parent].modules += modules;
                retained[parent].bytes += bytes;
                behind[parent] += behind[module.get()];
            }
        }
        let parent = |module: ModuleIndex| {
            let parent = parents[places[module.get()]?]?;
            (parent != START).then(|| order[parent - 1])
        };
        let parents: Vec<Option<ModuleIndex>> = explorer.indices().map(parent).collect();

        // Whoever is behind a module comes after it in the order.
        let mut walk = vec![0; explorer.modules().len()];
        let mut next = vec![0; explorer.modules().len()];
        let mut next_root = 0;
        for module in &order {
            let place = match parents[module.get()] {
                Some(parent) => &mut next[parent.get()],
                None => &mut next_root,
            };
            let at = *place;
            *place += behind[module.get()];
            walk[module.get()] = at;
            next[module.get()] = at + 1;
        }
        Self { parents, retained, places: walk, behind }
    }

    /// Whether every way to `module` leads through `door`, which it may be.
    fn is_behind(&self, door: ModuleIndex, module: ModuleIndex) -> bool {
        let first = self.places[door.get()];
        (first..first + self.behind[door.get()]).contains(&self.places[module.get()])
    }
}

/// The last place that the ways to both lead through.
fn meet(parents: &[Option<usize>], mut a: usize, mut b: usize) -> usize {
    while a != b {
        if a > b {
            a = parents[a].unwrap_or(START);
        } else {
            b = parents[b].unwrap_or(START);
        }
    }
    a
}

fn reverse_post_order(explorer: &Explorer) -> Vec<ModuleIndex> {
    let mut order = Vec::new();
    let mut is_met = vec![false; explorer.modules().len()];
    let mut frames: Vec<(ModuleIndex, usize)> = Vec::new();
    for root in explorer.roots() {
        if !std::mem::replace(&mut is_met[root.get()], true) {
            frames.push((*root, 0));
        }
        while let Some((module, next)) = frames.last_mut() {
            let edge = explorer.module(*module).edges.get(*next);
            *next += 1;
            match edge {
                Some(edge) => {
                    if let Some(target) = edge.target
                        && !std::mem::replace(&mut is_met[target.get()], true)
                    {
                        frames.push((target, 0));
                    }
                }
                None => order.extend(frames.pop().map(|(module, _)| module)),
            }
        }
    }
    order.reverse();
    order
}

#[cfg(test)]
mod tests {
    use super::super::{
        index,
        testing::{names, random, shape},
    };
    use super::*;

    /// What a walk from the entry does not meet without `gone`.
    fn lost(edges: &[Vec<usize>], gone: usize) -> u32 {
        let mut is_met = vec![false; edges.len()];
        let mut waiting = if gone == 0 { vec![] } else { vec![0] };
        while let Some(at) = waiting.pop() {
            if !std::mem::replace(&mut is_met[at], true) {
                waiting.extend(edges[at].iter().filter(|to| **to != gone));
            }
        }
        is_met.iter().filter(|is_met| !**is_met).count() as u32
    }

    #[test]
    fn what_is_retained_is_what_would_be_lost() {
        let mut state = 11;
        for _ in 0..500 {
            let count = 1 + random(&mut state) % 12;
            let mut edges: Vec<Vec<usize>> = (0..count)
                .map(|_| (0..random(&mut state) % 4).map(|_| random(&mut state) % count).collect())
                .collect();
            // A graph holds what is reachable only.
            for at in 1..count {
                let from = random(&mut state) % at;
                edges[from].push(at);
            }
            let it = shape(&edges);
            for at in 0..count {
                assert_eq!(it.retained(index(at)).modules, lost(&edges, at), "{at} of {edges:?}");
            }
        }
    }

    #[test]
    fn chains_are_shortest_and_one_for_each_importer() {
        let it = shape(&[vec![1, 2], vec![3], vec![4], vec![5], vec![5], vec![3]]);
        let why = it.why(ModuleIndex(5), 10);
        let chains: Vec<_> = why.chains.iter().map(|chain| names(&it, chain)).collect();
        assert_eq!(chains, [["0", "1", "3", "5"], ["0", "2", "4", "5"]]);
        assert_eq!(why.saves.modules, 1);
        let why = it.why(ModuleIndex(3), 10);
        // The shortest way to the other importer leads through the module itself.
        assert_eq!((why.chains.len(), why.importers), (1, 2));
        assert_eq!(it.why(ModuleIndex(0), 10).chains, [vec![ModuleIndex(0)]]);
    }

    #[test]
    fn an_import_saves_what_nothing_else_reaches() {
        let it = shape(&[vec![1, 2], vec![3], vec![3], vec![4], vec![]]);
        let saves = |from, to| it.savings(ModuleIndex(from), ModuleIndex(to)).modules;
        assert_eq!((saves(0, 1), saves(1, 3), saves(3, 4)), (1, 0, 1));
    }

    #[test]
    fn savings_are_what_a_walk_without_the_import_does_not_meet() {
        let mut state = 5;
        for _ in 0..500 {
            let count = 1 + random(&mut state) % 10;
            let mut edges: Vec<Vec<usize>> = (0..count)
                .map(|_| (0..random(&mut state) % 3).map(|_| random(&mut state) % count).collect())
                .collect();
            for at in 1..count {
                let from = random(&mut state) % at;
                edges[from].push(at);
            }
            let it = shape(&edges);
            for from in 0..count {
                for to in 0..count {
                    let mut without = edges.clone();
                    without[from].retain(|target| *target != to);
                    let expected = lost(&without, count);
                    let saved = it.savings(index(from), index(to)).modules;
                    assert_eq!(saved, expected, "{from} {to} of {edges:?}");
                }
            }
        }
    }

    #[test]
    fn long_chains_need_no_stack() {
        let chain: Vec<Vec<usize>> =
            (0..20_000).map(|at| if at + 1 < 20_000 { vec![at + 1] } else { vec![] }).collect();
        let it = shape(&chain);
        assert_eq!(it.retained(ModuleIndex(5)).modules, 19_995);
        assert_eq!(it.why(ModuleIndex(19_999), 1).chains[0].len(), 20_000);
    }
}
