//! Which apps the linker may run, and the reason given for each that it may not.

use crate::project::{Project, edge};

/// Learns the app and returns why it is left to hooks.
#[track_caller]
fn why(files: &[(&str, &str)]) -> String {
    let project = Project::new(files);
    project.learn();
    reason(&project)
}

#[track_caller]
fn reason(project: &Project) -> String {
    let session = project.hit();
    let why = session.pack().expect("a hit has a pack").hooks_only();
    why.replace(&project.url(""), "")
}

#[test]
fn es_modules_with_plain_commonjs_json_and_builtins_are_linked() {
    let why = why(&[
        (
            "main.mjs",
            "import './a.mjs'; import c from './c.cjs'; import 'fs'; await import('./c.cjs')",
        ),
        ("a.mjs", "import d from './d.json' with { type: 'json' }; await 1; await 2;"),
        ("c.cjs", "require('./deep.cjs'); require('./d.json'); require('fs')"),
        ("deep.cjs", "require('./c.cjs')"),
        ("d.json", "{}"),
    ]);
    assert_eq!(why, "");
}

#[test]
fn commonjs_that_reaches_a_linked_module_is_left_to_hooks() {
    for reaches in ["require('./a.mjs')", "import('./a.mjs')", "require('./deep.cjs')"] {
        let why = why(&[
            ("main.mjs", "import './a.mjs'; import './c.cjs';"),
            ("a.mjs", ""),
            ("c.cjs", reaches),
            ("deep.cjs", "require('./a.mjs')"),
        ]);
        assert_eq!(why, "CommonJS reaches a.mjs", "{reaches}");
    }
}

#[test]
fn commonjs_that_was_seen_to_load_a_linked_module_is_left_to_hooks() {
    let project = Project::new(&[
        ("main.mjs", "import './a.mjs'; import './c.cjs';"),
        ("a.mjs", ""),
        ("c.cjs", "require(['.', 'a.mjs'].join('/'))"),
    ]);
    let mut observed = project.observed();
    let (other, c) = (project.url("other.mjs"), project.url("elsewhere.cjs"));
    observed.imports.push(edge(&c, "./other.mjs", &other));
    observed.imports.push(edge(&c, "./a.mjs", &project.url("a.mjs")));
    observed.commonjs = vec![c];
    project.learn_from(&observed).expect("learnt");
    assert_eq!(reason(&project), "CommonJS was seen to load a.mjs");
    // An edit does not make us forget: only another watched run can tell.
    project.write("a.mjs", "1");
    let (_, missed) = project.missed();
    assert!(missed.detail.contains("it may be linked now, and could not before"), "{missed}");
}

#[test]
fn commonjs_that_reaches_other_es_modules_is_linked() {
    let why = why(&[
        ("main.mjs", "import './c.cjs';"),
        ("c.cjs", "require('./only-theirs.mjs')"),
        ("only-theirs.mjs", ""),
    ]);
    assert_eq!(why, "");
}

#[test]
fn an_entry_that_is_no_es_module_is_left_to_hooks() {
    let project = Project::new(&[("main.mjs", ""), ("main.cjs", "import('./main.mjs')")]);
    let settings =
        bmes_cache::app::Settings { entry: project.path("main.cjs"), ..project.settings() };
    let (mut session, _) = bmes_cache::app::Session::open(settings.clone());
    let mut observed = project.observed();
    observed.imports.push(edge(&project.url("main.cjs"), "./main.mjs", &project.url("main.mjs")));
    crate::project::learn(&mut session, &observed).expect("learnt");
    let (session, opened) = bmes_cache::app::Session::open(settings);
    assert_eq!(opened, bmes_cache::app::Opened::Hit);
    assert_eq!(session.pack().expect("a pack").hooks_only(), "the entry is not an ES module");
}

#[test]
fn a_static_graph_with_something_left_to_the_runtime_is_left_to_hooks() {
    let project = Project::new(&[("main.mjs", "import './a.ts'"), ("a.ts", "let a: number")]);
    project.learn();
    let why = reason(&project);
    assert!(why.starts_with("a.ts: "), "{why}");
}

#[test]
fn es_modules_by_syntax_only_are_left_to_hooks() {
    let why = why(&[("main.mjs", "import './a.js'"), ("a.js", "export {}")]);
    assert_eq!(why, "a.js: is an ES module by its syntax only, which the runtime warns of");
}

#[test]
fn a_static_request_nobody_could_resolve_is_left_to_hooks() {
    // The second has attributes its target does not take; another loader may have its own idea.
    for (main, specifier) in [
        ("import 'nowhere'", "nowhere"),
        ("import './a.mjs' with { kind: 'x' }", "./a.mjs"),
        ("import './d.json'", "./d.json"),
    ] {
        let project = Project::new(&[("main.mjs", main), ("a.mjs", ""), ("d.json", "{}")]);
        let mut observed = project.observed();
        observed.imports.push(edge(&project.url("main.mjs"), specifier, "virtual:x"));
        project.learn_from(&observed).expect("learnt");
        assert_eq!(reason(&project), format!("main.mjs: cannot resolve {specifier}"));
    }
}

#[test]
fn an_import_of_a_name_commonjs_was_not_seen_to_export_is_marked() {
    let project = Project::new(&[
        ("main.mjs", "import './one.mjs'; import './two.mjs'; import './three.mjs'"),
        ("one.mjs", "import c, { known } from './c.cjs'; import * as all from './c.cjs'"),
        ("two.mjs", "import { unknown } from './c.cjs'"),
        ("three.mjs", "export { unknown } from './c.cjs'"),
        ("c.cjs", "exports.known = 1;"),
    ]);
    let mut observed = project.observed();
    for (_, names) in &mut observed.export_names {
        names.push("known".to_owned());
    }
    project.learn_from(&observed).expect("learnt");
    let session = project.hit();
    let pack = session.pack().expect("a hit has a pack");
    let marked = ["main.mjs", "one.mjs", "two.mjs", "three.mjs"]
        .map(|name| pack.pack_module(project.row(pack, name)).expect("undamaged").unlinkable);
    assert_eq!(marked, [false, false, true, true]);
}
