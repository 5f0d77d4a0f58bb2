//! Edits that leave a file's identity as it was: same inode, size and times.
//!
//! No program can set a file's `ctime`, so two states of one identity are not made on disk but in the
//! pack: its guard gets the identity of the edited file, as if it had been read in the same tick.

use std::borrow::Cow;
use std::fs;

use bmes_cache::app::Opened;
use bmes_cache::module_graph::{FileIdentity, Found, Stamp};
use bmes_cache::pack::{Guard, Pack, PackContents, encode};

use crate::life::app;
use crate::project::Project;

/// Where a pack says whose it is (docs/pack.md).
const RUNTIME_AT: usize = 24;
const APP_AT: usize = 56;

/// Gives the guard of a file the identity that the file has now.
fn forge(project: &Project, pack: &Pack, name: &str, is_racy: bool) {
    let path = project.path(name);
    let now = FileIdentity::of(&fs::metadata(&path).expect("it is there"));
    let mut forged = 0;
    let guards: Vec<Guard<'_>> = pack
        .guards()
        .map(|mut guard| {
            if path == *guard.path {
                let Found::File { stamp, .. } = &mut guard.found else { unreachable!() };
                *stamp = Some(Stamp { identity: now, racy: is_racy });
                forged += 1;
            }
            guard
        })
        .collect();
    assert_eq!(forged, 1);
    let digest = |at: usize| pack.bytes()[at..at + 32].try_into().expect("32 bytes");
    let modules = (0..pack.module_count()).map(|at| pack.pack_module(at).expect("undamaged"));
    let contents = PackContents {
        runtime: digest(RUNTIME_AT),
        app: digest(APP_AT),
        roots: pack.roots().collect(),
        hooks_only: Cow::Borrowed(pack.hooks_only()),
        conditions: pack.conditions().map(Cow::Borrowed).collect(),
        reaches_modules: pack.reaches_modules(),
        modules: modules.collect(),
        guards,
    };
    fs::write(project.pack_file(), encode(&contents).expect("encoded")).expect("written");
}

#[test]
fn an_edit_in_the_tick_in_which_the_file_was_read_is_seen() {
    let project = app();
    project.learn();
    let pack = project.hit().pack().expect("a hit has a pack").clone();
    let text = fs::read_to_string(project.path("a.mjs")).expect("read");
    let edited = text.replace("export const a", "export const z");
    assert_ne!(text, edited);
    assert_eq!(text.len(), edited.len());
    project.write("a.mjs", &edited);

    // This is what the flag is for: the identity alone says that nothing was written.
    forge(&project, &pack, "a.mjs", false);
    drop(project.hit());

    forge(&project, &pack, "a.mjs", true);
    let reason = match project.open() {
        (_, Opened::Hit) => panic!("the edit was not seen"),
        (_, Opened::Refreshed(reason) | Opened::Miss(reason)) => reason,
    };
    assert_eq!(reason.code, "BMES_GUARD_CHANGED");
    assert!(reason.detail.contains("a.mjs content changed"), "{}", reason.detail);
}

#[test]
fn a_guard_that_is_refreshed_at_once_stays_too_young_to_be_believed() {
    let project = app();
    project.learn();
    let text = fs::read_to_string(project.path("a.mjs")).expect("read");
    project.write("a.mjs", &text);
    project.hit().finish().expect("saved");
    let pack = project.hit().pack().expect("a hit has a pack").clone();
    let path = project.path("a.mjs");
    let guard = pack.guards().find(|guard| path == *guard.path).expect("guarded");
    let now = FileIdentity::of(&fs::metadata(&path).expect("it is there"));
    let Found::File { stamp, .. } = guard.found else { unreachable!() };
    assert_eq!(stamp, Some(Stamp { identity: now, racy: true }));
}

#[test]
fn a_folder_that_was_young_when_it_was_seen_holds_until_something_comes_or_goes() {
    let project = Project::new(&[
        ("main.mjs", "import 'one';"),
        ("node_modules/one/package.json", r#"{ "exports": "./one.mjs" }"#),
        ("node_modules/one/one.mjs", ""),
    ]);
    project.learn();
    // As `npm ci` leaves it: another folder with the same entries.
    let (modules, moved) = (project.path("node_modules"), project.path("moved"));
    fs::rename(&modules, &moved).expect("moved");
    fs::create_dir(&modules).expect("made");
    fs::rename(moved.join("one"), modules.join("one")).expect("moved back");
    let (mut session, why) = project.refreshed();
    assert!(why.detail.contains("node_modules was made anew"), "{why}");
    assert!(session.is_layout_current());
    fs::create_dir(modules.join("two")).expect("made");
    assert!(!session.is_layout_current());
    // Not to be believed again because it looks as it did: what was between nobody knows.
    fs::remove_dir(modules.join("two")).expect("removed");
    assert!(!session.is_layout_current());
}
