//! The order in which modules run: `InnerModuleEvaluation` of ECMA-262 (16.2.1.6.1.3), with top-level
//! `await`.
//!
//! An ES module runs after all it imports, which is a walk in post-order. Where one of them waits, what
//! imports it waits too, and what does not goes on. How long a wait is only a run can tell; here they end
//! in the order in which they began, and after everything that need not wait.
//!
//! CommonJS calls `require` while it runs; it is listed where it ends.

use std::collections::VecDeque;

use super::Explorer;
use super::targets::Targets;
use crate::module_graph::{ModuleFormat, ModuleIndex};

struct Frame {
    module: ModuleIndex,
    next: usize,
    /// `[[DFSAncestorIndex]]`.
    lowest: u32,
}

/// What the specification keeps of each module.
#[derive(Clone, Default)]
struct State {
    /// `[[DFSIndex]]`, from 1.
    number: u32,
    is_on_stack: bool,
    /// `[[CycleRoot]]`.
    cycle_root: Option<ModuleIndex>,
    /// `[[AsyncEvaluationOrder]]`, from 1.
    async_order: u32,
    /// `[[PendingAsyncDependencies]]`.
    pending: u32,
    /// `[[AsyncParentModules]]`.
    async_parents: Vec<ModuleIndex>,
}

impl Explorer {
    /// The modules that run when the entries are imported one after the other, in that order. What only
    /// `import()` reaches does not run then; builtins have run, and what we leave to the runtime counts as
    /// a module without imports.
    pub fn evaluation_order(&self) -> Vec<ModuleIndex> {
        let mut evaluation = Evaluation {
            explorer: self,
            targets: Targets::of(self, false),
            states: vec![State::default(); self.modules().len()],
            stack: Vec::new(),
            visited: 0,
            waits: 0,
            order: Vec::new(),
            waiting: VecDeque::new(),
        };
        for root in self.roots() {
            evaluation.evaluate(*root);
        }
        let order = evaluation.order.into_iter();
        order.filter(|it| self.module(*it).format != ModuleFormat::Builtin).collect()
    }
}

struct Evaluation<'a> {
    explorer: &'a Explorer,
    targets: Targets,
    states: Vec<State>,
    stack: Vec<ModuleIndex>,
    visited: u32,
    waits: u32,
    order: Vec<ModuleIndex>,
    /// Those that have begun and wait, in that order.
    waiting: VecDeque<ModuleIndex>,
}

impl Evaluation<'_> {
    fn evaluate(&mut self, root: ModuleIndex) {
        let mut frames = Vec::new();
        self.enter(root, &mut frames);
        while let Some(frame) = frames.last_mut() {
            let module = frame.module;
            let Some(target) = self.targets_of(module).get(frame.next).copied() else {
                let lowest = frame.lowest;
                frames.pop();
                self.leave(module, lowest);
                if let Some(parent) = frames.last_mut() {
                    parent.lowest = parent.lowest.min(lowest);
                }
                continue;
            };
            if self.states[target.get()].number == 0 {
                self.enter(target, &mut frames);
                // Looked at again when it is done.
                continue;
            }
            frame.next += 1;
            let state = &self.states[target.get()];
            if state.is_on_stack {
                frame.lowest = frame.lowest.min(state.number);
            }
            let required = state.cycle_root.unwrap_or(target);
            let required = &mut self.states[required.get()];
            if required.async_order > 0 {
                required.async_parents.push(module);
                self.states[module.get()].pending += 1;
            }
        }
        while let Some(module) = self.waiting.pop_front() {
            self.fulfil(module);
        }
    }

    fn enter(&mut self, module: ModuleIndex, frames: &mut Vec<Frame>) {
        self.visited += 1;
        let state = &mut self.states[module.get()];
        (state.number, state.is_on_stack) = (self.visited, true);
        self.stack.push(module);
        frames.push(Frame { module, next: 0, lowest: self.visited });
    }

    fn leave(&mut self, module: ModuleIndex, lowest: u32) {
        let is_waiting = self.awaits(module);
        let state = &mut self.states[module.get()];
        if state.pending > 0 || is_waiting {
            self.waits += 1;
            state.async_order = self.waits;
            if state.pending == 0 {
                self.start(module);
            }
        } else {
            self.order.push(module);
        }
        if lowest == self.states[module.get()].number {
            while let Some(member) = self.stack.pop() {
                let state = &mut self.states[member.get()];
                (state.is_on_stack, state.cycle_root) = (false, Some(module));
                if member == module {
                    break;
                }
            }
        }
    }

    /// Begins a module that waits.
    fn start(&mut self, module: ModuleIndex) {
        self.order.push(module);
        self.waiting.push_back(module);
    }

    /// `AsyncModuleExecutionFulfilled`: whoever waited for `module` alone goes on.
    fn fulfil(&mut self, module: ModuleIndex) {
        self.states[module.get()].async_order = 0;
        let mut ready = Vec::new();
        let mut done = vec![module];
        while let Some(module) = done.pop() {
            for parent in std::mem::take(&mut self.states[module.get()].async_parents) {
                let state = &mut self.states[parent.get()];
                state.pending -= 1;
                if state.pending == 0 {
                    ready.push(parent);
                    if !self.awaits(parent) {
                        done.push(parent);
                    }
                }
            }
        }
        ready.sort_unstable_by_key(|module| self.states[module.get()].async_order);
        for module in ready {
            if self.awaits(module) {
                self.start(module);
            } else {
                self.order.push(module);
                self.states[module.get()].async_order = 0;
            }
        }
    }

    fn targets_of(&self, module: ModuleIndex) -> &[ModuleIndex] {
        match self.explorer.module(module).format {
            ModuleFormat::Module | ModuleFormat::CommonJs => self.targets.row(module),
            _ => &[],
        }
    }

    fn awaits(&self, module: ModuleIndex) -> bool {
        self.explorer.module(module).traits.top_level_awaits > 0
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        index,
        testing::{explorer, names, random, shape},
    };
    use super::*;

    /// The place of each module in an order.
    fn places(order: &[ModuleIndex], count: usize) -> Vec<Option<usize>> {
        let place = |module| order.iter().position(|it| *it == module);
        (0..count).map(index).map(place).collect()
    }

    fn order(sources: &[(&str, &str)]) -> Vec<String> {
        let it = explorer(sources);
        names(&it, &it.evaluation_order())
    }

    #[test]
    fn what_is_imported_runs_first_and_once() {
        let sources = [
            ("a", "import './b'; import './c'; import('./late')"),
            ("b", "import './d'"),
            ("c", "import './d'; import './b'"),
            ("d", "import './a'"),
            ("late", ""),
        ];
        assert_eq!(order(&sources), ["d", "b", "c", "a"]);
    }

    #[test]
    fn who_need_not_wait_does_not() {
        let sources = [
            ("a", "import './slow'; import './b'; import './c'"),
            ("slow", "await 0"),
            ("b", "import './slow'"),
            ("c", ""),
        ];
        assert_eq!(order(&sources), ["slow", "c", "b", "a"]);
    }

    #[test]
    fn a_cycle_waits_as_one() {
        let sources = [
            ("a", "import './b'; import './e'"),
            ("b", "import './c'; await 0"),
            ("c", "import './b'"),
            ("e", "import './c'"),
        ];
        assert_eq!(order(&sources), ["c", "b", "e", "a"]);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let chain: Vec<Vec<usize>> =
            (0..50_000).map(|at| if at + 1 < 50_000 { vec![at + 1] } else { vec![] }).collect();
        let order = shape(&chain).evaluation_order();
        assert_eq!((order[0].0, order.len()), (49_999, 50_000));
    }

    #[test]
    fn without_cycles_what_is_imported_always_runs_first() {
        let mut state = 3;
        for _ in 0..200 {
            let count = 2 + random(&mut state) % 12;
            let sources: Vec<(String, String)> = (0..count)
                .map(|at| {
                    let mut text = String::new();
                    for to in at + 1..count {
                        if random(&mut state).is_multiple_of(3) {
                            text += &format!("import './{to}';");
                        }
                    }
                    if random(&mut state).is_multiple_of(3) {
                        text += "await 0;";
                    }
                    (at.to_string(), text)
                })
                .collect();
            let sources: Vec<(&str, &str)> =
                sources.iter().map(|(url, text)| (url.as_str(), text.as_str())).collect();
            let it = explorer(&sources);
            let places = places(&it.evaluation_order(), count);
            for module in it.indices().filter(|module| places[module.get()].is_some()) {
                for target in it.targets(module) {
                    assert!(places[target.get()] < places[module.get()], "{sources:?}");
                }
            }
        }
    }
}
