//! What an edit costs: nothing, one module, or the evidence.

use std::fs::{self, File};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use crate::life::{app, bytecode};
use crate::project::Project;

/// A pack with bytecode.
fn warm(project: &Project) {
    project.learn();
    let mut session = project.hit();
    let pack = session.pack().expect("a hit has a pack").clone();
    session.save(bytecode(&pack));
    session.finish().expect("saved");
}

/// Past the granularity of the clock that stamps files.
fn tick() {
    sleep(Duration::from_millis(20));
}

#[test]
fn a_touched_file_is_a_hit_and_its_guard_is_written_again() {
    let project = app();
    warm(&project);
    tick();
    let past = SystemTime::now() - Duration::from_secs(3600);
    let file = File::options().write(true).open(project.path("a.mjs")).expect("opened");
    file.set_modified(past).expect("touched");
    let before = fs::read(project.pack_file()).expect("read");
    project.hit().finish().expect("saved");
    assert_ne!(fs::read(project.pack_file()).expect("read"), before);
    assert!(project.hit().pack().expect("a hit has a pack").has_bytecode());
}

#[test]
fn other_content_is_refreshed_and_all_else_is_kept_byte_for_byte() {
    let project = app();
    warm(&project);
    let session = project.hit();
    let old = session.pack().expect("a hit has a pack").clone();
    tick();
    project.write("a.mjs", "import c from './c.cjs'; import fs from 'fs'; export const b = 'b';");
    let (mut session, reason) = project.refreshed();
    assert_eq!(reason.code, "BMES_GUARD_CHANGED");
    assert_eq!(reason.detail, format!("{} content changed", project.path("a.mjs").display()));
    let new = session.pack().expect("made in memory").clone();
    let row = |name| (project.row(&old, name), project.row(&new, name));
    let (was, is) = row("main.mjs");
    assert_eq!(old.record(was), new.record(is), "bytecode included");
    assert!(!new.bytecode(is).expect("undamaged").is_empty());
    let (was, is) = row("a.mjs");
    assert_ne!(old.content_hash(was), new.content_hash(is));
    assert!(new.bytecode(is).expect("undamaged").is_empty(), "bytecode of other text is dropped");
    assert!(String::from_utf8_lossy(&new.source(is).expect("undamaged").bytes).contains("'b'"));
    let (was, is) = row("c.cjs");
    let names = |pack: &bmes_cache::pack::Pack, at| {
        pack.export_names(at).map(|names| names.map(str::to_owned).collect::<Vec<_>>())
    };
    assert_eq!(names(&old, was), names(&new, is));
    assert!(!new.has_bytecode());
    session.finish().expect("saved");
    let session = project.hit();
    assert_eq!(session.pack().expect("a hit has a pack").bytes().len(), new.bytes().len());
}

#[test]
fn json_may_say_something_else() {
    let project = app();
    project.learn();
    tick();
    project.write("d.json", "[1]");
    let (session, _) = project.refreshed();
    let pack = session.pack().expect("made in memory");
    let source = pack.source(project.row(pack, "d.json")).expect("undamaged");
    assert_eq!(&*source.bytes, b"[1]");
}

#[test]
fn a_new_import_is_learnt_anew() {
    let project = app();
    project.learn();
    tick();
    project.write("new.mjs", "");
    project.write("a.mjs", "import c from './c.cjs'; import './new.mjs'");
    let (_, reason) = project.missed();
    assert_eq!(reason.code, "BMES_GUARD_CHANGED");
    let expected = format!("./new.mjs in {} leads elsewhere or is new", project.url("a.mjs"));
    assert!(reason.detail.ends_with(&expected), "{reason}");
    assert_eq!(project.learn(), 5);
    assert!(project.names(project.hit().pack().expect("a pack")).contains(&"new.mjs".to_owned()));
}

#[test]
fn a_new_name_for_a_known_module_is_learnt_anew() {
    let project = app();
    project.learn();
    tick();
    project.write("a.mjs", "import c from '../app/c.cjs'; import fs from 'fs';");
    let (_, reason) = project.missed();
    assert!(reason.detail.contains("leads elsewhere or is new"), "{reason}");
}

#[test]
fn a_learnt_edit_keeps_bytecode_of_what_did_not_change() {
    let project = app();
    warm(&project);
    tick();
    project.write("new.mjs", "");
    project.write("a.mjs", "import c from './c.cjs'; import './new.mjs'");
    project.learn();
    let session = project.hit();
    let pack = session.pack().expect("a hit has a pack");
    let has_bytecode =
        |name| !pack.bytecode(project.row(pack, name)).expect("undamaged").is_empty();
    assert!(has_bytecode("main.mjs") && !has_bytecode("a.mjs") && !has_bytecode("new.mjs"));
}

#[test]
fn a_removed_import_is_refreshed() {
    let project = app();
    project.learn();
    tick();
    project.write("a.mjs", "export const a = 1;");
    let (mut session, _) = project.refreshed();
    let mut names = project.names(session.pack().expect("made in memory"));
    names.sort();
    assert_eq!(names, ["a.mjs", "d.json", "main.mjs"]);
    session.finish().expect("saved");
    // What is no longer reached guards nothing.
    project.write("c.cjs", "exports.other = 1;");
    project.hit();
}

#[test]
fn changed_commonjs_is_learnt_anew() {
    let project = app();
    project.learn();
    tick();
    project.write("c.cjs", "exports.other = 1;");
    let (_, reason) = project.missed();
    assert!(reason.detail.ends_with("c.cjs may export other names"), "{reason}");
}

#[test]
fn another_kind_of_module_is_learnt_anew() {
    let project = Project::new(&[
        ("main.mjs", "import './a.js';"),
        ("a.js", "exports.a = 1;"),
        ("package.json", r#"{"type": "commonjs"}"#),
    ]);
    project.learn();
    tick();
    project.write("package.json", r#"{"type": "module"}"#);
    let (_, reason) = project.missed();
    assert!(reason.detail.ends_with("a.js is another kind of module"), "{reason}");
}

#[test]
fn a_file_that_takes_anothers_place_is_learnt_anew() {
    let project = Project::new(&[
        ("main.mjs", "import 'p';"),
        ("node_modules/p/package.json", r#"{"exports": "./one.mjs"}"#),
        ("node_modules/p/one.mjs", ""),
        ("node_modules/p/two.mjs", ""),
    ]);
    project.learn();
    tick();
    project.write("node_modules/p/package.json", r#"{"exports": "./two.mjs"}"#);
    let (_, reason) = project.missed();
    assert!(reason.detail.contains("p in "), "{reason}");
}

#[test]
fn a_package_json_that_says_the_same_is_refreshed() {
    let project = Project::new(&[
        ("main.mjs", "import 'p';"),
        ("node_modules/p/package.json", r#"{"exports": "./one.mjs"}"#),
        ("node_modules/p/one.mjs", ""),
    ]);
    project.learn();
    tick();
    project.write("node_modules/p/package.json", r#"{"exports": "./one.mjs", "version": "2"}"#);
    project.refreshed();
}

#[test]
fn a_folder_moved_away_and_linked_to_is_learnt_anew() {
    let project = Project::new(&[("main.mjs", "import './lib/a.mjs'"), ("lib/a.mjs", "")]);
    project.learn();
    tick();
    fs::rename(project.path("lib"), project.path("moved")).expect("moved");
    std::os::unix::fs::symlink("moved", project.path("lib")).expect("linked");
    let (_, reason) = project.missed();
    assert!(reason.detail.contains("is reached by another way"), "{reason}");
    project.learn();
    assert_eq!(project.names(project.hit().pack().expect("a pack")), ["main.mjs", "moved/a.mjs"]);
}

#[test]
fn an_entry_that_no_longer_parses_is_learnt_anew() {
    let project = app();
    project.learn();
    tick();
    project.write("main.mjs", "import");
    let (session, _) = project.missed();
    assert!(session.pack().is_none());
}

#[test]
fn an_import_that_was_dynamic_and_never_ran_is_learnt_anew() {
    let project = Project::new(&[
        ("main.mjs", "if (process.argv[2]) await import('./late.mjs');"),
        ("late.mjs", ""),
    ]);
    let mut observed = project.observed();
    observed.imports.clear();
    project.learn_from(&observed).expect("learnt");
    tick();
    project.write("main.mjs", "import './late.mjs';");
    // Else it runs on hooks for ever, because of a request that "cannot be resolved".
    let (_, reason) = project.missed();
    assert_eq!(reason.code, "BMES_GUARD_CHANGED");
}

#[test]
fn an_entrys_links_are_kept_where_the_settings_say_so() {
    let project = app();
    std::os::unix::fs::symlink("main.mjs", project.path("link.mjs")).expect("linked");
    let mut settings = project.settings();
    settings.entry = project.path("link.mjs");
    settings.graph.preserve_symlinks_main = true;
    let (session, _) = bmes_cache::app::Session::open(settings);
    assert_eq!(session.entry_url(), project.url("link.mjs"));
}

#[test]
fn commonjs_that_commonjs_requires_is_watched() {
    let project = Project::new(&[
        ("main.mjs", "import './a.mjs'; import c from './c.cjs';"),
        ("a.mjs", "export let count = 0;"),
        ("c.cjs", "module.exports = require('./deep.cjs');"),
        ("deep.cjs", "exports.one = 1;"),
    ]);
    project.learn();
    assert_eq!(project.hit().pack().expect("a pack").hooks_only(), "");
    tick();
    // Now CommonJS reaches a module that the linker would own: it would exist twice. And the names
    // that c.cjs passes on are others.
    project.write("deep.cjs", "exports.two = require('./a.mjs');");
    let (_, reason) = project.missed();
    assert_eq!(reason.code, "BMES_GUARD_CHANGED");
}
