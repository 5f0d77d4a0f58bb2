//! Which names a module really exports: `GetExportedNames` and `ResolveExport` of ECMA-262 (16.2.1.7.2),
//! without running anything.
//!
//! `ResolveExport` is a recursion that either follows an export to where it comes from or asks every
//! `export * from` in turn, gives up at two different answers and takes a module that it has already
//! asked for the same name as an answer of nothing. No level of it adds anything to what the levels
//! below found, so it is a walk to every place at which an answer can end: one place is the answer, two
//! are an ambiguity. That walk needs no stack.
//!
//! What CommonJS and builtin modules export only the runtime knows. A name that is asked of one is taken
//! to be there; an `export *` of one is named as unknown.

use std::cmp::Ordering;
use std::collections::hash_map::Entry;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Explorer;
use crate::metadata::{ExportEntry, ExportType, ModuleMetadata};
use crate::module_graph::{EdgeKind, Module, ModuleFormat, ModuleIndex};

/// What one module gives and takes, by module instead of specifier.
#[derive(Debug)]
pub(super) struct Interface {
    /// Its export entries, sorted by name.
    by_name: Vec<u32>,
    /// Where each export entry's specifier leads.
    pub(super) export_targets: Vec<Option<ModuleIndex>>,
    /// Where each import entry's specifier leads.
    pub(super) import_targets: Vec<Option<ModuleIndex>>,
    /// Where each `export * from` leads.
    stars: Vec<Option<ModuleIndex>>,
}

/// Where a name comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Binding<'a> {
    /// The module that has it.
    pub module: ModuleIndex,
    /// As what.
    pub name: BindingName<'a>,
}

/// What a binding is called where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BindingName<'a> {
    /// A variable of the module.
    Local(&'a str),
    /// The module's namespace.
    Namespace,
    /// An export of a module that is not an ES module.
    Foreign(&'a str),
}

/// What a name of a module stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution<'a> {
    /// One binding.
    Found(Binding<'a>),
    /// Nothing; to import it is a `SyntaxError`.
    Missing,
    /// Several bindings; to import it is a `SyntaxError`, and the namespace leaves it out.
    Ambiguous(Vec<Binding<'a>>),
    /// Nothing that we can see, but these modules, which only the runtime knows, may have it.
    Unknown(Vec<ModuleIndex>),
}

/// What a module exports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exports<'a> {
    /// The names of its namespace, in the order of its keys, but for what `unknown` adds.
    pub names: Vec<&'a str>,
    /// Names that several `export * from` give, each its own. The namespace leaves them out.
    pub conflicts: Vec<Conflict<'a>>,
    /// Names that it exports from modules that do not have them: it cannot be linked.
    pub missing: Vec<&'a str>,
    /// Modules whose names it exports and only the runtime knows, or that could not be found, by their
    /// importers: those of an `export * from` that leads nowhere are left out.
    pub unknown: Vec<ModuleIndex>,
    /// Has an `export * from` that leads nowhere.
    pub has_unresolved: bool,
}

/// A name with several meanings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict<'a> {
    /// The name.
    pub name: &'a str,
    /// What it may mean.
    pub bindings: Vec<Binding<'a>>,
}

impl Interface {
    fn of(module: &Module) -> Self {
        let metadata = &module.metadata;
        let mut targets: FxHashMap<&str, ModuleIndex> = FxHashMap::default();
        for edge in module.edges_of(EdgeKind::Import) {
            if let Some(target) = edge.target {
                targets.entry(&edge.specifier).or_insert(target);
            }
        }
        let to = |specifier: &str| targets.get(specifier).copied();
        let exports = &metadata.export_entries;
        let mut by_name: Vec<u32> = (0..exports.len() as u32).collect();
        by_name.sort_unstable_by_key(|at| &exports[*at as usize].export_name);
        Self {
            by_name,
            export_targets: exports
                .iter()
                .map(|it| it.module_name.as_deref().and_then(to))
                .collect(),
            import_targets: metadata
                .import_entries
                .iter()
                .map(|it| to(&it.module_request))
                .collect(),
            stars: metadata.star_exports.iter().map(|it| to(it)).collect(),
        }
    }

    /// The place of the entry of that name.
    fn find(&self, metadata: &ModuleMetadata, name: &str) -> Option<usize> {
        let entry = |at: &u32| metadata.export_entries[*at as usize].export_name.as_str();
        let at = self.by_name.binary_search_by(|at| entry(at).cmp(name)).ok()?;
        Some(self.by_name[at] as usize)
    }
}

/// Who has an export entry of some name.
#[derive(Clone, Copy)]
struct Provider {
    module: ModuleIndex,
    entry: usize,
}

/// A step of the walk, and the step it came from.
pub(super) struct Visited<'a> {
    pub(super) module: ModuleIndex,
    pub(super) name: &'a str,
    pub(super) from: Option<usize>,
}

/// What the walk found.
#[derive(Default)]
pub(super) struct Walked<'a> {
    pub(super) visited: Vec<Visited<'a>>,
    /// Each binding once, with the step that ended there.
    pub(super) bindings: Vec<(Binding<'a>, usize)>,
    unknown: Vec<ModuleIndex>,
}

impl Explorer {
    pub(super) fn interfaces(&self) -> &[Interface] {
        self.interfaces.get_or_init(|| self.modules().iter().map(Interface::of).collect())
    }

    /// What `name` of `module` stands for.
    pub fn resolve_export<'a>(&'a self, module: ModuleIndex, name: &'a str) -> Resolution<'a> {
        let Walked { mut bindings, unknown, .. } = self.walk_export(module, name, true);
        match bindings.len() {
            0 if unknown.is_empty() => Resolution::Missing,
            0 => Resolution::Unknown(unknown),
            1 => bindings.pop().map_or(Resolution::Missing, |(it, _)| Resolution::Found(it)),
            _ => Resolution::Ambiguous(bindings.into_iter().map(|(it, _)| it).collect()),
        }
    }

    /// The same for an export entry of a module, without a walk where the entry itself is the answer.
    fn resolve_entry<'a>(&'a self, module: ModuleIndex, entry_at: usize) -> Resolution<'a> {
        let entry = &self.module(module).metadata.export_entries[entry_at];
        match (entry.export_type, self.interfaces()[module.get()].export_targets[entry_at]) {
            (ExportType::Local, _) => {
                let name = BindingName::Local(local_name(entry));
                Resolution::Found(Binding { module, name })
            }
            (ExportType::Namespace, Some(target)) => {
                Resolution::Found(Binding { module: target, name: BindingName::Namespace })
            }
            _ => self.resolve_export(module, &entry.export_name),
        }
    }

    /// The walk of one name. Unless `whole`, it may end at the second binding.
    pub(super) fn walk_export<'a>(
        &'a self,
        module: ModuleIndex,
        name: &'a str,
        whole: bool,
    ) -> Walked<'a> {
        let interfaces = self.interfaces();
        let mut walked = Walked::default();
        let mut seen: FxHashSet<(ModuleIndex, &str)> = FxHashSet::default();
        let mut waiting = vec![Visited { module, name, from: None }];
        while let Some(step) = waiting.pop() {
            if !whole && walked.bindings.len() > 1 {
                break;
            }
            if !seen.insert((step.module, step.name)) {
                continue;
            }
            let (module, name) = (step.module, step.name);
            let at = walked.visited.len();
            walked.visited.push(step);
            let next = |module, name| Visited { module, name, from: Some(at) };
            let mut found = |module, name| {
                let binding = Binding { module, name };
                if !walked.bindings.iter().any(|(other, _)| *other == binding) {
                    walked.bindings.push((binding, at));
                }
            };
            let it = self.module(module);
            match it.format {
                ModuleFormat::Module => {}
                ModuleFormat::Json if name != "default" => continue,
                _ => {
                    found(module, BindingName::Foreign(name));
                    continue;
                }
            }
            let interface = &interfaces[module.get()];
            if let Some(entry_at) = interface.find(&it.metadata, name) {
                let entry = &it.metadata.export_entries[entry_at];
                match (entry.export_type, interface.export_targets[entry_at]) {
                    (ExportType::Local, _) => found(module, BindingName::Local(local_name(entry))),
                    (ExportType::Namespace, Some(target)) => found(target, BindingName::Namespace),
                    (ExportType::Indirect, Some(target)) => {
                        waiting
                            .push(next(target, entry.import_name.as_deref().unwrap_or_default()));
                    }
                    // It leads nowhere: what it would be, nobody knows.
                    (_, None) => found(module, BindingName::Foreign(name)),
                }
                continue;
            }
            if name == "default" {
                continue;
            }
            // The last one pushed is asked first.
            for star in interface.stars.iter().rev().flatten() {
                match self.module(*star).format {
                    ModuleFormat::Module => waiting.push(next(*star, name)),
                    ModuleFormat::Json => {}
                    _ if !walked.unknown.contains(star) => walked.unknown.push(*star),
                    _ => {}
                }
            }
        }
        walked
    }

    /// What `module` exports, star exports expanded.
    pub fn exports(&self, module: ModuleIndex) -> Exports<'_> {
        let mut exports = Exports::default();
        match self.module(module).format {
            ModuleFormat::Module => {}
            ModuleFormat::Json => {
                exports.names.push("default");
                return exports;
            }
            ModuleFormat::CommonJs | ModuleFormat::Builtin => {
                exports.names.push("default");
                exports.unknown.push(module);
                return exports;
            }
            ModuleFormat::Other => {
                exports.unknown.push(module);
                return exports;
            }
        }
        let own = |at: ModuleIndex| &self.module(at).metadata.export_entries;
        for (at, entry) in own(module).iter().enumerate() {
            self.sort_in(&entry.export_name, self.resolve_entry(module, at), &mut exports);
        }
        let closure = self.star_closure(module, &mut exports);
        // Nearly every name has one provider, so the others of a name are kept elsewhere.
        let names = closure.iter().map(|at| own(*at).len()).sum();
        let mut providers: FxHashMap<&str, Provider> = FxHashMap::default();
        providers.reserve(names);
        let mut others: FxHashMap<&str, Vec<Provider>> = FxHashMap::default();
        for module in closure {
            for (entry, provided) in own(module).iter().enumerate() {
                if provided.export_name == "default" {
                    continue;
                }
                match providers.entry(&provided.export_name) {
                    Entry::Vacant(first) => drop(first.insert(Provider { module, entry })),
                    Entry::Occupied(known) => {
                        others.entry(known.key()).or_default().push(Provider { module, entry });
                    }
                }
            }
        }
        let interface = &self.interfaces()[module.get()];
        let has_own = !own(module).is_empty();
        for (name, provider) in providers {
            if has_own && interface.find(&self.module(module).metadata, name).is_some() {
                continue;
            }
            // Where all that have the name mean the same by it, nobody need know who is asked first.
            let meaning = |it: &Provider| self.resolve_entry(it.module, it.entry);
            let first = meaning(&provider);
            let others = others.get(name).map_or(&[][..], Vec::as_slice);
            let is_one = matches!(first, Resolution::Found(_))
                && others.iter().all(|other| meaning(other) == first);
            match (is_one, others.is_empty()) {
                (true, _) => exports.names.push(name),
                (false, true) => self.sort_in_star(name, first, &mut exports),
                (false, false) => {
                    self.sort_in_star(name, self.resolve_export(module, name), &mut exports);
                }
            }
        }
        match exports.names.iter().all(|name| name.is_ascii()) {
            true => exports.names.sort_unstable(),
            false => exports.names.sort_unstable_by(|a, b| utf16_order(a, b)),
        }
        exports.conflicts.sort_unstable_by(|a, b| utf16_order(a.name, b.name));
        exports.missing.sort_unstable_by(|a, b| utf16_order(a, b));
        exports
    }

    fn sort_in<'a>(&self, name: &'a str, meaning: Resolution<'a>, exports: &mut Exports<'a>) {
        match meaning {
            Resolution::Found(_) | Resolution::Unknown(_) => exports.names.push(name),
            Resolution::Missing => exports.missing.push(name),
            Resolution::Ambiguous(bindings) => exports.conflicts.push(Conflict { name, bindings }),
        }
    }

    /// The same for a name of an `export *`, which is left out where it means nothing.
    fn sort_in_star<'a>(&self, name: &'a str, meaning: Resolution<'a>, exports: &mut Exports<'a>) {
        if meaning != Resolution::Missing {
            self.sort_in(name, meaning, exports);
        }
    }

    /// The ES modules that `export * from` reaches from `module`, itself left out.
    fn star_closure(&self, module: ModuleIndex, exports: &mut Exports<'_>) -> Vec<ModuleIndex> {
        let mut seen = FxHashSet::from_iter([module]);
        let mut closure = Vec::new();
        let mut waiting = vec![module];
        while let Some(at) = waiting.pop() {
            let stars = &self.interfaces()[at.get()].stars;
            exports.has_unresolved |= stars.iter().any(Option::is_none);
            for star in stars.iter().flatten().filter(|star| seen.insert(**star)) {
                match self.module(*star).format {
                    ModuleFormat::Module => {
                        closure.push(*star);
                        waiting.push(*star);
                    }
                    ModuleFormat::Json => {}
                    _ => exports.unknown.push(*star),
                }
            }
        }
        closure
    }
}

fn local_name(entry: &ExportEntry) -> &str {
    entry.local_name.as_deref().unwrap_or(&entry.export_name)
}

/// How JavaScript sorts strings, and so the keys of a namespace.
pub(super) fn utf16_order(a: &str, b: &str) -> Ordering {
    match a.is_ascii() && b.is_ascii() {
        true => a.cmp(b),
        false => a.encode_utf16().cmp(b.encode_utf16()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::explorer;
    use super::*;

    fn exports<'a>(it: &'a Explorer, url: &str) -> Exports<'a> {
        it.exports(it.find(url).expect("a module"))
    }

    #[test]
    fn stars_are_expanded_and_defaults_are_not_passed_on() {
        let it = explorer(&[
            ("a", "export * from './b'; export const own = 1;"),
            ("b", "export * from './c'; export default 1; export let x;"),
            (
                "c",
                "export { x as y, x as '\u{e000}' } from './b'; export * as ns from './a'; \
                 export let 𐐷;",
            ),
        ]);
        assert_eq!(exports(&it, "a").names, ["ns", "own", "x", "y", "𐐷", "\u{e000}"]);
    }

    #[test]
    fn two_meanings_are_a_conflict_and_one_by_two_ways_is_not() {
        let it = explorer(&[
            ("a", "export * from './b'; export * from './c';"),
            ("b", "export let x, same; export { z } from './d'"),
            ("c", "export let x; export { same } from './b'; export * from './d'"),
            ("d", "export let z"),
        ]);
        let found = exports(&it, "a");
        assert_eq!(found.names, ["same", "z"]);
        assert_eq!(found.conflicts.len(), 1);
        assert_eq!(found.conflicts[0].name, "x");
        assert_eq!(found.conflicts[0].bindings.len(), 2);
    }

    #[test]
    fn an_own_name_hides_the_conflict_below() {
        let it = explorer(&[
            ("a", "export * from './b'; export * from './c'; export let x;"),
            ("b", "export let x"),
            ("c", "export let x"),
        ]);
        assert_eq!(exports(&it, "a"), Exports { names: vec!["x"], ..Exports::default() });
    }

    #[test]
    fn circles_have_no_names_of_their_own() {
        let it = explorer(&[
            ("a", "export * from './b'; export { n } from './b';"),
            ("b", "export * from './a'; export { n } from './a'; export let y;"),
        ]);
        let found = exports(&it, "a");
        assert_eq!((found.names, found.missing), (vec!["y"], vec!["n"]));
    }

    #[test]
    fn a_namespace_is_one_binding_whoever_passes_it_on() {
        let it = explorer(&[
            ("a", "export * from './b'; export * from './c';"),
            ("b", "export * as ns from './d'"),
            ("c", "import * as ns from './d'; export { ns }"),
            ("d", ""),
        ]);
        assert_eq!(exports(&it, "a").names, ["ns"]);
    }

    #[test]
    fn what_only_the_runtime_knows_is_named() {
        let it = explorer(&[
            ("a", "export * from './b'; export { q } from './c.cjs'; export * from 'nowhere'"),
            ("b", "export * from './c.cjs'"),
            ("c.cjs", ""),
        ]);
        let found = exports(&it, "a");
        assert_eq!(found.names, ["q"]);
        assert_eq!(found.unknown, [ModuleIndex(2)]);
        assert!(found.has_unresolved);
        assert_eq!(
            it.resolve_export(ModuleIndex(0), "z"),
            Resolution::Unknown(vec![ModuleIndex(2)])
        );
    }

    #[test]
    fn a_long_chain_of_stars_needs_no_stack() {
        let names: Vec<String> = (0..20_000).map(|at| format!("m{at}")).collect();
        let texts: Vec<String> = (0..20_000)
            .map(|at| format!("export * from './m{}'; export let x{};", at + 1, at % 7))
            .collect();
        let sources: Vec<(&str, &str)> =
            names.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_str())).collect();
        // Quadratic in the helper that makes it, so only a part.
        let it = explorer(&sources[..2_000]);
        assert_eq!(exports(&it, "m0").conflicts.len(), 0);
        assert_eq!(exports(&it, "m0").names.len(), 7);
    }

    /// `ResolveExport` word for word, against random modules.
    #[test]
    fn the_walk_gives_the_answers_of_the_specification() {
        use super::super::testing::random;

        #[derive(Clone, PartialEq, Debug)]
        enum Answer {
            Null,
            Ambiguous,
            Is(u32, String),
        }
        fn ask(
            it: &Explorer,
            module: ModuleIndex,
            name: &str,
            resolve_set: &mut Vec<(ModuleIndex, String)>,
        ) -> Answer {
            if resolve_set.contains(&(module, name.to_owned())) {
                return Answer::Null;
            }
            resolve_set.push((module, name.to_owned()));
            let metadata = &it.module(module).metadata;
            let interface = &it.interfaces()[module.get()];
            for (at, entry) in metadata.export_entries.iter().enumerate() {
                if entry.export_name == name {
                    let target = interface.export_targets[at];
                    return match (entry.export_type, target) {
                        (ExportType::Local, _) => {
                            Answer::Is(module.0, local_name(entry).to_owned())
                        }
                        (ExportType::Namespace, Some(target)) => {
                            Answer::Is(target.0, "*".to_owned())
                        }
                        (_, Some(target)) => {
                            ask(it, target, entry.import_name.as_deref().unwrap_or(""), resolve_set)
                        }
                        _ => unreachable!("every specifier leads somewhere here"),
                    };
                }
            }
            if name == "default" {
                return Answer::Null;
            }
            let mut star = Answer::Null;
            for target in interface.stars.iter().flatten() {
                let answer = ask(it, *target, name, resolve_set);
                match (&star, answer) {
                    (_, Answer::Ambiguous) => return Answer::Ambiguous,
                    (_, Answer::Null) => {}
                    (Answer::Null, found) => star = found,
                    (known, found) if *known == found => {}
                    _ => return Answer::Ambiguous,
                }
            }
            star
        }
        fn exported(
            it: &Explorer,
            module: ModuleIndex,
            seen: &mut Vec<ModuleIndex>,
        ) -> Vec<String> {
            if seen.contains(&module) {
                return Vec::new();
            }
            seen.push(module);
            let entries = it.module(module).metadata.export_entries.iter();
            let mut names: Vec<String> = entries.map(|entry| entry.export_name.clone()).collect();
            for star in it.interfaces()[module.get()].stars.iter().flatten() {
                for name in exported(it, *star, seen) {
                    if name != "default" && !names.contains(&name) {
                        names.push(name);
                    }
                }
            }
            names
        }

        let mut state = 42;
        let mut conflicts = 0;
        for _ in 0..2_000 {
            let count = 2 + random(&mut state) % 5;
            let urls: Vec<String> = (0..count).map(|at| format!("m{at}")).collect();
            let texts: Vec<String> = (0..count)
                .map(|_| {
                    let mut text = String::new();
                    let mut taken = FxHashSet::default();
                    for _ in 0..random(&mut state) % 5 {
                        let to = random(&mut state) % count;
                        let name = ["p", "q", "r", "default"][random(&mut state) % 4];
                        let other = ["p", "q", "r", "default"][random(&mut state) % 4];
                        let kind = random(&mut state) % 5;
                        if kind < 2 {
                            text += &format!("export * from './m{to}';");
                        } else if taken.insert(name) {
                            text += &match kind {
                                2 => format!(
                                    "let v{0} = 1; export {{ v{0} as {name} }};",
                                    taken.len()
                                ),
                                3 => format!("export * as {name} from './m{to}';"),
                                _ => format!("export {{ {other} as {name} }} from './m{to}';"),
                            };
                        }
                    }
                    text
                })
                .collect();
            let sources: Vec<(&str, &str)> =
                urls.iter().zip(&texts).map(|(url, text)| (url.as_str(), text.as_str())).collect();
            let it = explorer(&sources);
            for module in it.indices() {
                let names = exported(&it, module, &mut Vec::new());
                let found = it.exports(module);
                for name in &names {
                    let answer = ask(&it, module, name, &mut Vec::new());
                    let ours = it.resolve_export(module, name);
                    let same = match (&answer, &ours) {
                        (Answer::Null, Resolution::Missing) => true,
                        (Answer::Ambiguous, Resolution::Ambiguous(_)) => true,
                        (Answer::Is(at, local), Resolution::Found(binding)) => {
                            let name = match binding.name {
                                BindingName::Local(name) | BindingName::Foreign(name) => name,
                                BindingName::Namespace => "*",
                            };
                            *at == binding.module.0 && local == name
                        }
                        _ => false,
                    };
                    assert!(same, "{name} of {module:?}: {answer:?}, {ours:?} in {sources:?}");
                    let is_name = found.names.contains(&name.as_str());
                    assert_eq!(is_name, matches!(answer, Answer::Is(..)), "{name} {sources:?}");
                    let conflict = found.conflicts.iter().any(|it| it.name == name);
                    assert_eq!(conflict, answer == Answer::Ambiguous, "{name} {sources:?}");
                    conflicts += usize::from(conflict);
                }
                assert!(found.names.iter().all(|name| names.iter().any(|it| it == name)));
            }
        }
        assert!(conflicts > 50, "{conflicts}");
    }
}
