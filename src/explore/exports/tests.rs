use rustc_hash::FxHashSet;

use super::*;
use crate::explore::testing::{explorer, random};
use crate::metadata::ExportType;

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
    assert_eq!(it.resolve_export(ModuleIndex(0), "z"), Resolution::Unknown(vec![ModuleIndex(2)]));
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
    #[derive(Clone, PartialEq, Debug)]
    enum Answer {
        Null,
        Ambiguous,
        Is(u32, String),
    }
    fn target(it: &Explorer, module: ModuleIndex, specifier: &str) -> ModuleIndex {
        let mut edges = it.module(module).edges.iter();
        let edge = edges.find(|edge| edge.specifier == specifier);
        edge.and_then(|edge| edge.target).expect("every specifier leads somewhere here")
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
        for entry in &metadata.export_entries {
            if entry.export_name == name {
                let target = entry.module_name.as_deref().map(|from| target(it, module, from));
                return match (entry.export_type, target) {
                    (ExportType::Local, _) => {
                        Answer::Is(module.0, entry.local_name.clone().expect("a local name"))
                    }
                    (ExportType::Namespace, Some(target)) => Answer::Is(target.0, "*".to_owned()),
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
        for specifier in &metadata.star_exports {
            let answer = ask(it, target(it, module, specifier), name, resolve_set);
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
    fn exported(it: &Explorer, module: ModuleIndex, seen: &mut Vec<ModuleIndex>) -> Vec<String> {
        if seen.contains(&module) {
            return Vec::new();
        }
        seen.push(module);
        let entries = it.module(module).metadata.export_entries.iter();
        let mut names: Vec<String> = entries.map(|entry| entry.export_name.clone()).collect();
        for star in &it.module(module).metadata.star_exports {
            for name in exported(it, target(it, module, star), seen) {
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
                            2 => format!("let v{0} = 1; export {{ v{0} as {name} }};", taken.len()),
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
