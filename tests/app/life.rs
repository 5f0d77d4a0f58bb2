//! Missed, learnt, hit; bytecode taken and given back.

use std::fs;
use std::path::Path;

use bmes_cache::app::{Opened, Session, Settings};
use bmes_cache::format::Record;
use bmes_cache::module_graph::ModuleFormat;
use bmes_cache::pack::Pack;

use crate::project::{Project, files_below, learn};

pub fn app() -> Project {
    Project::new(&[
        ("main.mjs", "import './a.mjs'; import d from './d.json' with { type: 'json' };"),
        ("a.mjs", "import c from './c.cjs'; import fs from 'fs'; export const a = 'é漢';"),
        ("c.cjs", "exports.c = 1;"),
        ("d.json", "{}"),
    ])
}

/// Bytecode as an engine would give it: another for each module that can have it.
pub fn bytecode(pack: &Pack) -> Vec<Option<Vec<u8>>> {
    let code = |at: u32| vec![0xc0 | at as u8; 5 + at as usize];
    let is_module = |at: &u32| pack.format(*at) == ModuleFormat::Module;
    (0..pack.module_count()).map(|at| Some(at).filter(is_module).map(code)).collect()
}

/// A project whose cache has the bytecode of every module.
pub fn warm() -> Project {
    let project = app();
    project.learn();
    let mut session = project.hit();
    let pack = session.pack().expect("a hit has a pack").clone();
    session.save(bytecode(&pack));
    session.finish().expect("saved");
    project
}

#[test]
fn a_first_run_is_missed_and_the_next_one_hit() {
    let project = app();
    let (_, reason) = project.missed();
    assert_eq!(reason.code, "BMES_STORE_MISSING");
    assert_eq!(project.learn(), 5);
    let session = project.hit();
    let pack = session.pack().expect("a hit has a pack");
    assert_eq!(session.entry_url(), project.url("main.mjs"));
    assert_eq!(pack.url(pack.roots().next().expect("an entry")), project.url("main.mjs"));
    assert_eq!(pack.hooks_only(), "");
    let conditions: Vec<_> = pack.conditions().collect();
    assert_eq!(conditions, ["node", "import", "module-sync", "node-addons"]);
    assert!(!pack.has_bytecode());
    let mut names = project.names(pack);
    names.sort();
    assert_eq!(names, ["a.mjs", "c.cjs", "d.json", "main.mjs", "node:fs"]);
    let row = project.row(pack, "c.cjs");
    let exported: Vec<_> = pack.export_names(row).expect("seen").collect();
    assert_eq!(exported, ["default", "module.exports"]);
}

#[test]
fn saved_bytecode_is_given_back() {
    let project = app();
    project.learn();
    let mut session = project.hit();
    let pack = session.pack().expect("a hit has a pack").clone();
    let taken = bytecode(&pack);
    session.save(taken.clone());
    session.finish().expect("saved");
    let session = project.hit();
    let pack = session.pack().expect("a hit has a pack");
    assert!(pack.has_bytecode());
    for (at, taken) in (0..).zip(taken) {
        let bytecode = pack.bytecode(at).expect("undamaged");
        assert_eq!(bytecode, taken.as_deref().unwrap_or_default());
        if taken.is_some() {
            let record = Record::parse(pack.record(at).expect("undamaged")).expect("a record");
            assert_eq!(record.bytecode(), bytecode);
        }
    }
}

#[test]
fn bytecode_of_some_modules_is_kept_and_the_rest_may_follow() {
    let project = app();
    project.learn();
    let save = |keep: u32| {
        let mut session = project.hit();
        let pack = session.pack().expect("a hit has a pack").clone();
        let mut taken = bytecode(&pack);
        for (at, one) in (0..).zip(&mut taken) {
            *one = one.take().filter(|_| at == keep);
        }
        session.save(taken);
        session.finish().expect("saved");
    };
    let modules = ["main.mjs", "a.mjs"].map(|name| {
        let session = project.hit();
        project.row(session.pack().expect("a hit has a pack"), name)
    });
    save(modules[0]);
    assert!(!project.hit().pack().expect("a hit has a pack").has_bytecode());
    save(modules[1]);
    assert!(project.hit().pack().expect("a hit has a pack").has_bytecode());
}

#[test]
fn a_hit_that_learnt_nothing_writes_nothing() {
    let project = app();
    project.learn();
    let written = fs::metadata(project.pack_file()).expect("there").modified().expect("a time");
    let mut session = project.hit();
    session.save(Vec::new());
    session.finish().expect("nothing to do");
    session.finish().expect("nor again");
    let now = fs::metadata(project.pack_file()).expect("there").modified().expect("a time");
    assert_eq!(now, written);
}

#[test]
fn a_read_only_session_writes_nothing() {
    let project = app();
    let (mut session, _) = project.open_read_only();
    assert_eq!(session.watch().expect_err("refused").code, "BMES_READONLY");
    let refused = session.leave(project.observed()).expect_err("refused");
    assert_eq!(refused.code, "BMES_READONLY");
    let refused = learn(&mut session, &project.observed()).expect_err("refused");
    assert_eq!(refused.code, "BMES_READONLY");
    assert!(!project.cache().exists());

    project.learn();
    let before = fs::read(project.pack_file()).expect("read");
    project.write("a.mjs", "import c from './c.cjs'; import fs from 'fs'; export const a = 2;");
    let (mut session, opened) = project.open_read_only();
    assert!(matches!(opened, Opened::Refreshed(_)), "{opened:?}");
    let pack = session.pack().expect("made in memory").clone();
    session.save(bytecode(&pack));
    session.finish().expect("nothing written is no error");
    assert_eq!(fs::read(project.pack_file()).expect("read"), before);
}

#[test]
fn a_read_only_session_makes_no_folder() {
    let project = app();
    let (mut session, _) = project.open_read_only();
    assert_eq!(session.compile_cache().expect_err("nothing there").code, "BMES_STORE_MISSING");
    assert!(!project.cache().exists());
}

#[test]
fn the_engines_cache_is_the_runtimes_own() {
    let project = app();
    let (mut session, _) = project.open();
    let (folder, is_there) = session.compile_cache().expect("a place for it");
    assert!(folder.starts_with(project.cache()) && !is_there);
    assert!(folder.parent().is_some_and(Path::is_dir));
    let other = Settings { build: "another".to_owned(), ..project.settings() };
    assert_ne!(Session::open(other).0.compile_cache().expect("a place for it").0, folder);
}

#[test]
fn apps_flags_and_runtimes_do_not_share_packs() {
    let project = app();
    project.learn();
    for other in [
        Settings { flags: vec!["--conditions=x".to_owned()], ..project.settings() },
        Settings { runtime: "test-2.0.0".to_owned(), ..project.settings() },
        Settings { build: "another".to_owned(), ..project.settings() },
        Settings { entry: project.path("a.mjs"), ..project.settings() },
    ] {
        let (session, opened) = Session::open(other);
        let Opened::Miss(reason) = opened else { panic!("{opened:?}") };
        assert_eq!(reason.code, "BMES_STORE_MISSING");
        assert!(session.pack().is_none());
    }
}

#[test]
fn apps_resolved_by_other_rules_do_not_share_packs() {
    let project = app();
    project.learn();
    // NODE_PRESERVE_SYMLINKS=1 is no flag, NODE_PATH neither.
    let mut preserving = project.settings();
    preserving.graph.preserve_symlinks = true;
    let mut elsewhere = project.settings();
    elsewhere.graph.global_paths = vec![project.path("global")];
    for other in [preserving, elsewhere] {
        let (_, opened) = Session::open(other);
        assert!(matches!(opened, Opened::Miss(_)), "{opened:?}");
    }
}

#[test]
fn an_entry_that_is_not_there_is_a_miss() {
    let project = app();
    let none = Settings { entry: project.path("none.mjs"), ..project.settings() };
    let (mut session, opened) = Session::open(none);
    let Opened::Miss(reason) = opened else { panic!("{opened:?}") };
    assert_eq!((reason.code, session.entry_url()), ("BMES_NO_ENTRY", ""));
    assert!(learn(&mut session, &project.observed()).is_err());
    assert!(files_below(&project.cache()).is_empty());
}

#[test]
fn sessions_saving_at_once_leave_a_whole_pack() {
    let project = app();
    project.learn();
    let threads: Vec<_> = (0..6)
        .map(|_| {
            let settings = project.settings();
            std::thread::spawn(move || {
                for _ in 0..10 {
                    let (mut session, opened) = Session::open(settings.clone());
                    assert_eq!(opened, Opened::Hit);
                    let pack = session.pack().expect("a hit has a pack").clone();
                    session.save(bytecode(&pack));
                    session.finish().expect("saved");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no panic");
    }
    assert!(project.hit().pack().expect("a hit has a pack").has_bytecode());
    project.pack_file();
}
