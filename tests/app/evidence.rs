//! Only what the runtime was seen to do is packed.

use bmes_cache::app::Transcript;
use bmes_cache::module_graph::EdgeKind;

use crate::life::app;
use crate::project::{Project, edge, files_below};

/// Asserts that such a run teaches nothing, and returns why.
#[track_caller]
fn refused(project: &Project, change: impl FnOnce(&mut Transcript)) -> String {
    let mut observed = project.observed();
    change(&mut observed);
    let reason = project.learn_from(&observed).expect_err("refused");
    assert!(files_below(&project.cache()).is_empty());
    reason.to_string()
}

#[test]
fn an_edge_that_led_elsewhere_teaches_nothing() {
    let project = app();
    let elsewhere = project.url("elsewhere.mjs");
    let why = refused(&project, |seen| seen.imports[0].target.clone_from(&elsewhere));
    let expected = format!("predicted {}, the runtime took {elsewhere}", project.url("a.mjs"));
    assert!(why.starts_with("BMES_PREDICTION_DIFFERS") && why.ends_with(&expected), "{why}");
}

#[test]
fn a_format_that_was_another_teaches_nothing() {
    let project = app();
    let why = refused(&project, |seen| seen.formats[0].1 = "commonjs".to_owned());
    assert!(why.ends_with("predicted module, the runtime took it as commonjs"), "{why}");
    let why = refused(&project, |seen| seen.formats[0].1 = "wasm".to_owned());
    assert!(why.starts_with("BMES_PREDICTION_DIFFERS"), "{why}");
}

#[test]
fn an_entry_whose_requests_were_not_all_seen_teaches_nothing() {
    let project = app();
    let main = project.url("main.mjs");
    let why = refused(&project, |seen| {
        seen.imports.retain(|edge| edge.parent != main || edge.specifier != "./d.json");
    });
    assert_eq!(why, "BMES_NOT_PACKED the entry did not load");
    let why = refused(&project, |seen| *seen = Transcript::default());
    assert_eq!(why, "BMES_NOT_PACKED the entry did not load");
}

#[test]
fn a_module_that_did_not_load_whole_is_not_packed() {
    let project = app();
    let mut observed = project.observed();
    let a = project.url("a.mjs");
    observed.imports.retain(|edge| edge.parent != a || edge.specifier != "fs");
    project.learn_from(&observed).expect("learnt");
    let names = project.names(project.hit().pack().expect("a pack"));
    assert!(!names.contains(&"a.mjs".to_owned()), "{names:?}");
}

#[test]
fn what_was_never_imported_is_not_packed() {
    let project = Project::new(&[
        ("main.mjs", "if (process.argv[2]) await import('./rare.mjs'); import './a.mjs';"),
        ("a.mjs", ""),
        ("rare.mjs", "import './a.mjs'"),
    ]);
    let mut observed = project.observed();
    let rare = project.url("rare.mjs");
    observed.imports.retain(|edge| edge.target != rare && edge.parent != rare);
    assert_eq!(project.learn_from(&observed), Ok(2));
    let session = project.hit();
    let pack = session.pack().expect("a hit has a pack");
    assert_eq!(project.names(pack), ["main.mjs", "a.mjs"]);
    let dynamic: Vec<_> =
        pack.edges(0).filter(|edge| edge.kind == EdgeKind::DynamicImport).collect();
    assert_eq!((&*dynamic[0].specifier, dynamic[0].target), ("./rare.mjs", None));
    // Nor is it watched: who never imports it never notices.
    project.write("rare.mjs", "other");
    project.hit();
}

#[test]
fn computed_targets_become_roots() {
    let project = Project::new(&[
        ("main.mjs", "const name = './plugin.mjs'; await import(name);"),
        ("plugin.mjs", "import './deep.mjs'"),
        ("deep.mjs", ""),
    ]);
    let mut observed = project.observed();
    let (main, plugin) = (project.url("main.mjs"), project.url("plugin.mjs"));
    observed.imports.push(edge(&main, "./plugin.mjs", &plugin));
    observed.imports.push(edge(&plugin, "./deep.mjs", &project.url("deep.mjs")));
    assert_eq!(project.learn_from(&observed), Ok(3));
    let session = project.hit();
    let pack = session.pack().expect("a hit has a pack");
    let roots: Vec<_> = pack.roots().map(|root| pack.url(root)).collect();
    assert_eq!(roots, [main, plugin]);
    drop(session);
    // A refreshed pack keeps them.
    project.write("deep.mjs", "1");
    let (session, _) = project.refreshed();
    assert_eq!(session.pack().expect("made in memory").roots().len(), 2);
}

#[test]
fn computed_targets_with_a_query_or_fragment_are_left_to_the_runtime() {
    let project = Project::new(&[
        ("main.mjs", "await import(`./plugin.mjs?${Date.now()}`);"),
        ("plugin.mjs", ""),
    ]);
    let mut observed = project.observed();
    let main = project.url("main.mjs");
    for made_up in ["?1", "?2", "#x"] {
        let specifier = format!("./plugin.mjs{made_up}");
        let target = format!("{}{made_up}", project.url("plugin.mjs"));
        observed.imports.push(edge(&main, &specifier, &target));
    }
    observed.imports.push(edge(&main, "data:,", "data:,"));
    assert_eq!(project.learn_from(&observed), Ok(1));
    assert_eq!(project.hit().pack().expect("a pack").roots().len(), 1);
}

#[test]
fn a_literal_query_is_a_module_of_its_own() {
    let project =
        Project::new(&[("main.mjs", "import './a.mjs?one'; import './a.mjs?two';"), ("a.mjs", "")]);
    assert_eq!(project.learn(), 3);
    let session = project.hit();
    let names = project.names(session.pack().expect("a hit has a pack"));
    assert_eq!(names, ["main.mjs", "a.mjs?one", "a.mjs?two"]);
}

#[test]
fn edges_of_modules_the_crawl_never_met_are_no_contradiction() {
    let project = app();
    let mut observed = project.observed();
    observed.imports.push(edge("file:///preload.mjs", "./x.mjs", "file:///x.mjs"));
    observed.formats.push(("file:///x.mjs".to_owned(), "module".to_owned()));
    assert_eq!(project.learn_from(&observed), Ok(5));
}

#[test]
fn what_is_imported_from_outside_of_the_graph_is_a_root() {
    let project = app();
    project.write("outside.mjs", "import './inside.mjs';");
    project.write("inside.mjs", "");
    let mut observed = project.observed();
    let (outside, inside) = (project.url("outside.mjs"), project.url("inside.mjs"));
    let now = format!("{outside}?now");
    observed.imports.push(edge(&project.url("bin.cjs"), "./outside.mjs", &outside));
    observed.imports.push(edge(&outside, "./inside.mjs", &inside));
    observed.imports.push(edge(&project.url("bin.cjs"), "./outside.mjs?now", &now));
    // Somebody had loaded it before.
    observed.is_late = true;
    observed.commonjs = vec![project.url("bin.cjs")];
    for url in [&outside, &now, &inside] {
        observed.formats.push((url.clone(), "module".to_owned()));
    }
    project.learn_from(&observed).expect("learnt");
    let session = project.hit();
    let pack = session.pack().expect("a pack");
    let names = project.names(pack);
    for name in ["outside.mjs", "inside.mjs"] {
        assert!(names.contains(&name.to_owned()), "{names:?}");
    }
    assert_eq!(pack.roots().count(), 2);
}

#[test]
fn commonjs_whose_names_nobody_could_tell_is_left_out_alone() {
    let project = app();
    let mut observed = project.observed();
    observed.export_names.clear();
    project.learn_from(&observed).expect("learnt");
    let names = project.names(project.hit().pack().expect("a pack"));
    assert!(!names.contains(&"c.cjs".to_owned()), "{names:?}");
    assert!(names.contains(&"a.mjs".to_owned()), "{names:?}");
}
