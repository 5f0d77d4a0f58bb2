//! Which exports of a module anybody uses.
//!
//! A name is used if a module imports it, through however many others; if somebody has the namespace
//! (`import *`, `import()`, `require()`), since what is read of that is not looked at; or if it is an
//! entry's, which is there for others. To pass a name on is not to use it.

use super::Explorer;
use super::exports::{Expanded, Expander, Meaning, NameId, NameSet, OriginName};
use crate::module_graph::{EdgeKind, ModuleFormat, ModuleIndex};

/// What of a module is used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage<'a> {
    /// Exported names that are used, passed on or not, in the order of a namespace's keys.
    pub names: Vec<&'a str>,
    /// Somebody has its namespace, or it is an entry: all names are used.
    pub is_whole: bool,
}

/// What of every module is used.
#[derive(Debug)]
pub(super) struct Usages {
    names: Vec<NameSet>,
    is_whole: Vec<bool>,
}

struct Marks<'a> {
    explorer: &'a Explorer,
    expander: Expander<'a>,
    usages: Usages,
    /// Modules all of whose names are used and were not followed yet.
    waiting: Vec<ModuleIndex>,
}

impl Explorer {
    /// What of `module` is used.
    pub fn usage(&self, module: ModuleIndex) -> Usage<'_> {
        let names = self.used_names(module).sorted().into_iter();
        Usage {
            names: names.map(|name| self.interfaces().names.text(name)).collect(),
            is_whole: self.usages().is_whole[module.get()],
        }
    }

    pub(super) fn used_names(&self, module: ModuleIndex) -> &NameSet {
        &self.usages().names[module.get()]
    }

    fn usages(&self) -> &Usages {
        self.usage.get_or_init(|| {
            let count = self.modules().len();
            let mut marks = Marks {
                explorer: self,
                expander: Expander::new(self),
                usages: Usages {
                    names: vec![NameSet::default(); count],
                    is_whole: vec![false; count],
                },
                waiting: Vec::new(),
            };
            marks.run();
            marks.usages
        })
    }
}

impl Marks<'_> {
    fn run(&mut self) {
        let explorer = self.explorer;
        for root in explorer.roots() {
            self.use_whole(*root);
        }
        for module in explorer.indices() {
            let it = explorer.module(module);
            for edge in it.edges.iter().filter(|edge| edge.kind != EdgeKind::Import) {
                if let Some(target) = edge.target {
                    self.use_whole(target);
                }
            }
            for import in explorer.interfaces().imports(module) {
                match import.target {
                    Some(target) if import.is_namespace => self.use_whole(target),
                    Some(target) => self.follow(target, import.name),
                    None => {}
                }
            }
        }
        while let Some(module) = self.waiting.pop() {
            self.follow_all(module);
        }
    }

    fn use_whole(&mut self, module: ModuleIndex) {
        let is_known = std::mem::replace(&mut self.usages.is_whole[module.get()], true);
        if !is_known && self.explorer.module(module).format == ModuleFormat::Module {
            self.waiting.push(module);
        }
    }

    /// Marks every name of a module. Where a name has one provider among its stars, the way there is that
    /// of the walk that looks for it, which is the same for all those names.
    fn follow_all(&mut self, module: ModuleIndex) {
        let expansion = self.expander.expand(module);
        let ways = self.explorer.star_ways(module);
        for Expanded { name, meaning, provider } in expansion.names {
            let provider = provider.filter(|_| matches!(meaning, Meaning::One(_)));
            let Some(provider) = provider else {
                self.follow(module, name);
                continue;
            };
            if self.usages.names[module.get()].contains(name) {
                continue;
            }
            self.follow(provider, name);
            let mut at = provider;
            while let Some(from) = ways[at.get()] {
                self.mark(from, name);
                at = from;
            }
        }
    }

    /// Marks a name of a module, and on every module that passes it on to there.
    fn follow(&mut self, module: ModuleIndex, name: NameId) {
        if self.usages.names[module.get()].contains(name) {
            return;
        }
        let walked = self.explorer.walk_export(module, name);
        for (origin, end) in &walked.origins {
            let mut at = Some(*end);
            while let Some(step) = at.map(|at| &walked.visited[at]) {
                self.mark(step.module, step.name);
                at = step.from;
            }
            if origin.name == OriginName::Namespace {
                self.use_whole(origin.module);
            }
        }
    }

    fn mark(&mut self, module: ModuleIndex, name: NameId) {
        let all = self.explorer.interfaces().names.len();
        self.usages.names[module.get()].insert(name, all);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::explorer;
    use super::*;

    fn used(it: &Explorer, url: &str) -> Vec<String> {
        it.usage(it.find(url).expect("a module")).names.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_name_is_used_on_its_whole_way() {
        let it = explorer(&[
            ("a", "import { x } from './barrel'; import d from './b'"),
            ("barrel", "export * from './b'; export { y as z } from './c'"),
            ("b", "export { inner as x } from './c'; export let unused; export default 1"),
            ("c", "export let inner, y"),
        ]);
        assert_eq!(used(&it, "barrel"), ["x"]);
        assert_eq!(used(&it, "b"), ["default", "x"]);
        assert_eq!(used(&it, "c"), ["inner"]);
    }

    #[test]
    fn a_namespace_is_every_name() {
        let it = explorer(&[
            ("a", "import { ns } from './b'; import('./d'); export let own;"),
            ("b", "export * as ns from './c'; export let other"),
            ("c", "export let p, q; export { r } from './e'"),
            ("d", "export let late"),
            ("e", "export let r, s"),
        ]);
        assert_eq!(used(&it, "a"), ["own"]);
        assert_eq!(used(&it, "b"), ["ns"]);
        assert_eq!(used(&it, "c"), ["p", "q", "r"]);
        assert!(it.usage(ModuleIndex(2)).is_whole);
        assert_eq!(used(&it, "d"), ["late"]);
        assert_eq!(used(&it, "e"), ["r"]);
    }
}
