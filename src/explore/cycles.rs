//! Modules that import each other: strongly connected components, by Tarjan's algorithm, with a stack
//! of its own.

use std::collections::VecDeque;

use super::targets::Targets;
use super::{Explorer, index};
use crate::module_graph::ModuleIndex;

/// Modules each of which reaches all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// All of them, in the order of modules.
    pub modules: Vec<ModuleIndex>,
    /// A shortest way from the first of them back to it; it is named at both ends.
    pub path: Vec<ModuleIndex>,
}

const UNVISITED: u32 = u32::MAX;

impl Explorer {
    /// Every cycle of static imports and `require()`s, in the order of their first modules; with
    /// `import()`s too if `dynamic`.
    pub fn cycles(&self, dynamic: bool) -> Vec<Cycle> {
        let targets = Targets::of(self, dynamic);
        let components = components(self.modules().len(), &targets);
        let mut cycles: Vec<Cycle> = components
            .into_iter()
            .filter(|modules| modules.len() > 1 || targets.row(modules[0]).contains(&modules[0]))
            .map(|mut modules| {
                modules.sort_unstable();
                let path = shortest_way_back(&modules, &targets);
                Cycle { modules, path }
            })
            .collect();
        cycles.sort_unstable_by_key(|cycle| cycle.modules[0]);
        cycles
    }
}

struct Frame {
    module: ModuleIndex,
    next: usize,
}

fn components(count: usize, targets: &Targets) -> Vec<Vec<ModuleIndex>> {
    let mut numbers = vec![UNVISITED; count];
    let mut lowest = vec![0u32; count];
    let mut is_open = vec![false; count];
    let mut open: Vec<ModuleIndex> = Vec::new();
    let mut components = Vec::new();
    let mut visited = 0;
    for start in (0..count).map(index) {
        if numbers[start.get()] != UNVISITED {
            continue;
        }
        let mut frames = vec![Frame { module: start, next: 0 }];
        while let Some(frame) = frames.last_mut() {
            let at = frame.module.get();
            if frame.next == 0 && numbers[at] == UNVISITED {
                (numbers[at], lowest[at], is_open[at]) = (visited, visited, true);
                visited += 1;
                open.push(frame.module);
            }
            let target = targets.row(frame.module).get(frame.next).copied();
            frame.next += 1;
            match target {
                Some(target) if numbers[target.get()] == UNVISITED => {
                    frames.push(Frame { module: target, next: 0 });
                }
                Some(target) if is_open[target.get()] => {
                    lowest[at] = lowest[at].min(numbers[target.get()]);
                }
                Some(_) => {}
                None => {
                    frames.pop();
                    if let Some(parent) = frames.last() {
                        let parent = parent.module.get();
                        lowest[parent] = lowest[parent].min(lowest[at]);
                    }
                    if lowest[at] == numbers[at] {
                        let first = open.iter().rposition(|it| it.get() == at).unwrap_or_default();
                        let component = open.split_off(first);
                        component.iter().for_each(|it| is_open[it.get()] = false);
                        components.push(component);
                    }
                }
            }
        }
    }
    components
}

/// `modules` are sorted and strongly connected.
fn shortest_way_back(modules: &[ModuleIndex], targets: &Targets) -> Vec<ModuleIndex> {
    let start = modules[0];
    let mut came_from = vec![None; modules.len()];
    let mut waiting = VecDeque::from([start]);
    while let Some(module) = waiting.pop_front() {
        for target in targets.row(module).iter().copied() {
            if target == start {
                let mut path = vec![start];
                let mut at = module;
                while at != start {
                    path.push(at);
                    let place = modules.binary_search(&at).unwrap_or_default();
                    at = came_from[place].unwrap_or(start);
                }
                path.push(start);
                path.reverse();
                return path;
            }
            if let Ok(place) = modules.binary_search(&target)
                && came_from[place].is_none()
            {
                came_from[place] = Some(module);
                waiting.push_back(target);
            }
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{explorer, random, shape};
    use super::*;

    fn numbers(modules: &[ModuleIndex]) -> Vec<u32> {
        modules.iter().map(|module| module.0).collect()
    }

    #[test]
    fn a_cycle_is_found_once_with_a_way_round_it() {
        let it = shape(&[vec![1], vec![2, 3], vec![1], vec![4, 1], vec![4]]);
        let cycles = it.cycles(false);
        let found: Vec<_> =
            cycles.iter().map(|cycle| (numbers(&cycle.modules), numbers(&cycle.path))).collect();
        assert_eq!(found, [(vec![1, 2, 3], vec![1, 2, 1]), (vec![4], vec![4, 4])]);
    }

    #[test]
    fn an_import_call_closes_a_cycle_only_if_asked_for() {
        let it = explorer(&[("a", "import './b'"), ("b", "import('./a')")]);
        assert_eq!(it.cycles(false), []);
        assert_eq!(it.cycles(true).len(), 1);
    }

    #[test]
    fn a_long_cycle_needs_no_stack() {
        let ring: Vec<Vec<usize>> = (0..50_000).map(|at| vec![(at + 1) % 50_000]).collect();
        let cycles = shape(&ring).cycles(false);
        assert_eq!((cycles.len(), cycles[0].path.len()), (1, 50_001));
    }

    #[test]
    fn components_are_those_of_mutual_reachability() {
        let mut state = 7;
        for _ in 0..300 {
            let count = 1 + random(&mut state) % 9;
            let edges: Vec<Vec<usize>> = (0..count)
                .map(|_| (0..random(&mut state) % 3).map(|_| random(&mut state) % count).collect())
                .collect();
            let mut reaches = vec![vec![false; count]; count];
            for (from, targets) in edges.iter().enumerate() {
                targets.iter().for_each(|to| reaches[from][*to] = true);
            }
            for middle in 0..count {
                for from in 0..count {
                    for to in 0..count {
                        reaches[from][to] |= reaches[from][middle] && reaches[middle][to];
                    }
                }
            }
            let mut expected: Vec<Vec<u32>> = Vec::new();
            for at in (0..count).filter(|at| reaches[*at][*at]) {
                let with = |to: &usize| reaches[at][*to] && reaches[*to][at];
                let component: Vec<u32> = (0..count).filter(with).map(|to| to as u32).collect();
                if component[0] == at as u32 {
                    expected.push(component);
                }
            }
            let cycles = shape(&edges).cycles(false);
            let found: Vec<_> = cycles.iter().map(|cycle| numbers(&cycle.modules)).collect();
            assert_eq!(found, expected, "{edges:?}");
            for Cycle { path, .. } in cycles {
                assert_eq!(path.first(), path.last());
                assert!(path.windows(2).all(|two| edges[two[0].get()].contains(&two[1].get())));
            }
        }
    }
}
