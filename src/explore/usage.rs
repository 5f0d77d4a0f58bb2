//! Which exports of a module anybody uses.
//!
//! A name is used if a module imports it, through however many others; if somebody has the namespace
//! (`import *`, `import()`, `require()`), since what is read of that is not looked at; or if it is an
//! entry's, which is there for others. To pass a name on is not to use it.

use rustc_hash::FxHashSet;

use super::Explorer;
use super::exports::{BindingName, utf16_order};
use crate::metadata::ImportType;
use crate::module_graph::{EdgeKind, ModuleFormat, ModuleIndex};

/// What of a module is used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// Exported names that are used, passed on or not, in the order of a namespace's keys.
    pub names: Vec<String>,
    /// Somebody has its namespace, or it is an entry: all names are used.
    pub is_whole: bool,
}

struct Marks<'a> {
    explorer: &'a Explorer,
    used: Vec<FxHashSet<&'a str>>,
    is_whole: Vec<bool>,
    /// Names that are used and were not followed yet.
    waiting: Vec<(ModuleIndex, &'a str)>,
}

impl Explorer {
    /// What of `module` is used.
    pub fn usage(&self, module: ModuleIndex) -> &Usage {
        &self.usages()[module.get()]
    }

    pub(super) fn usages(&self) -> &[Usage] {
        self.usage.get_or_init(|| {
            let count = self.modules().len();
            let mut marks = Marks {
                explorer: self,
                used: vec![FxHashSet::default(); count],
                is_whole: vec![false; count],
                waiting: Vec::new(),
            };
            marks.run();
            let used = marks.used.into_iter().zip(marks.is_whole);
            let usages = used.map(|(names, is_whole)| {
                let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
                names.sort_unstable_by(|a, b| utf16_order(a, b));
                Usage { names, is_whole }
            });
            usages.collect()
        })
    }
}

impl<'a> Marks<'a> {
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
            let targets = &explorer.interfaces()[module.get()].import_targets;
            for (entry, target) in it.metadata.import_entries.iter().zip(targets) {
                match (target, entry.import_type) {
                    (None, _) => {}
                    (Some(target), ImportType::Namespace) => self.use_whole(*target),
                    (Some(target), _) => self.waiting.push((*target, &entry.import_name)),
                }
            }
        }
        while let Some((module, name)) = self.waiting.pop() {
            self.follow(module, name);
        }
    }

    fn use_whole(&mut self, module: ModuleIndex) {
        if std::mem::replace(&mut self.is_whole[module.get()], true)
            || self.explorer.module(module).format != ModuleFormat::Module
        {
            return;
        }
        let names = self.explorer.exports(module).names;
        self.waiting.extend(names.into_iter().map(|name| (module, name)));
    }

    /// Marks a name of a module, and on every module that passes it on to there.
    fn follow(&mut self, module: ModuleIndex, name: &'a str) {
        if self.used[module.get()].contains(name) {
            return;
        }
        let walked = self.explorer.walk_export(module, name, true);
        for (binding, end) in &walked.bindings {
            let mut at = Some(*end);
            while let Some(step) = at.map(|at| &walked.visited[at]) {
                self.used[step.module.get()].insert(step.name);
                at = step.from;
            }
            if binding.name == BindingName::Namespace {
                self.use_whole(binding.module);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::explorer;
    use super::*;

    fn used(it: &Explorer, url: &str) -> Vec<String> {
        it.usage(it.find(url).expect("a module")).names.clone()
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
