//! A bad pack is a miss with its reason, and is replaced.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use bmes_cache::app::{Session, Settings};

use crate::life::{app, warm};
use crate::project::{Project, learn};

/// Puts other bytes in the pack's place, the way a publish does: maps of the old ones stay whole.
fn replace(project: &Project, change: impl FnOnce(&mut Vec<u8>)) {
    let path = project.pack_file();
    let mut bytes = fs::read(&path).expect("read");
    change(&mut bytes);
    fs::remove_file(&path).expect("removed");
    fs::write(&path, bytes).expect("written");
    fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("chmod");
}

type Damage = fn(&mut Vec<u8>);

#[test]
fn a_damaged_pack_is_a_miss_and_is_replaced() {
    let damages: [(&str, Damage); 6] = [
        ("BMES_PACK_NOT_A_PACK", |bytes| bytes.clear()),
        ("BMES_PACK_NOT_A_PACK", |bytes| bytes[0] ^= 1),
        ("BMES_PACK_VERSION", |bytes| bytes[8] ^= 1),
        ("BMES_PACK_DAMAGED", |bytes| bytes[100] ^= 1),
        ("BMES_PACK_DAMAGED", |bytes| bytes[300] ^= 1),
        ("BMES_PACK_LENGTH", |bytes| bytes.truncate(bytes.len() - 1)),
    ];
    let project = app();
    project.learn();
    for (code, damage) in damages {
        replace(&project, damage);
        let (session, reason) = project.missed();
        assert_eq!(reason.code, code);
        assert!(session.pack().is_none());
        project.learn();
        project.hit();
    }
}

#[test]
fn another_apps_pack_under_our_name_is_foreign() {
    let project = app();
    project.learn();
    let theirs = fs::read(project.pack_file()).expect("read");
    fs::remove_file(project.pack_file()).expect("removed");
    let flags = Settings { flags: vec!["--x".to_owned()], ..project.settings() };
    learn(&mut Session::open(flags.clone()).0, &project.observed()).expect("learnt");
    replace(&project, |bytes| *bytes = theirs);
    let (_, opened) = Session::open(flags);
    let bmes_cache::app::Opened::Miss(reason) = opened else { panic!("{opened:?}") };
    assert_eq!(reason.to_string(), "BMES_PACK_FOREIGN pack was made for another app");
}

#[test]
fn a_pack_others_could_have_written_is_not_read() {
    let project = app();
    project.learn();
    let path = project.pack_file();
    fs::set_permissions(&path, Permissions::from_mode(0o666)).expect("chmod");
    let (_, reason) = project.missed();
    assert_eq!(reason.code, "BMES_STORE_NOT_TRUSTED");
    project.learn();
    project.hit();
    // A link is replaced too, not followed.
    let elsewhere = project.path("elsewhere");
    fs::rename(&path, &elsewhere).expect("moved");
    symlink(&elsewhere, &path).expect("linked");
    project.missed();
    let before = fs::read(&elsewhere).expect("read");
    project.learn();
    project.hit();
    assert_eq!(fs::read(&elsewhere).expect("read"), before);
}

#[test]
fn a_folder_in_the_packs_place_is_a_miss() {
    let project = app();
    project.learn();
    let path = project.pack_file();
    fs::remove_file(&path).expect("removed");
    fs::create_dir(&path).expect("made");
    project.missed();
    let refused = project.learn_from(&project.observed()).expect_err("refused");
    assert_eq!(refused.code, "BMES_STORE_IO");
    let folder = path.parent().expect("a folder");
    assert_eq!(fs::read_dir(folder).expect("listed").count(), 1, "no temporary stays");
}

#[test]
fn a_store_that_cannot_be_made_is_a_reason() {
    let project = app();
    fs::write(project.cache(), "a file").expect("written");
    let (_, reason) = project.missed();
    assert_eq!(reason.code, "BMES_STORE_NOT_TRUSTED");
    assert!(project.learn_from(&project.observed()).is_err());
}

/// The last byte of the file is a source's, the last of the records is bytecode's.
fn damage_source(project: &Project) {
    replace(project, |bytes| {
        let at = bytes.iter().rposition(|byte| *byte != 0).expect("a source");
        bytes[at] ^= 1;
    });
}

#[test]
fn a_damaged_source_is_caught_when_it_is_asked_for() {
    let project = app();
    project.learn();
    damage_source(&project);
    let session = project.hit();
    let pack = session.pack().expect("tables are whole");
    let damaged: Vec<_> = (0..pack.module_count()).filter(|at| pack.source(*at).is_err()).collect();
    assert_eq!(damaged.len(), 1);
}

#[test]
fn a_pack_with_a_damaged_source_is_replaced() {
    let project = app();
    project.learn();
    damage_source(&project);
    let mut session = project.hit();
    let pack = session.pack().expect("tables are whole").clone();
    assert!((0..pack.module_count()).any(|at| pack.source(at).is_err()));
    session.discard().expect("removed");
    assert!(session.finish().is_ok(), "nothing of a damaged pack is saved");
    let (_, reason) = project.missed();
    assert_eq!(reason.code, "BMES_STORE_MISSING");
}

#[test]
fn a_damaged_record_is_made_again_when_the_app_is_crawled() {
    let project = warm();
    let session = project.hit();
    let main = project.row(session.pack().expect("a hit has a pack"), "main.mjs");
    let code = session.pack().expect("a hit has a pack").bytecode(main).expect("whole").to_vec();
    drop(session);
    replace(&project, |bytes| {
        let at = bytes.windows(code.len()).position(|part| part == code).expect("bytecode");
        bytes[at] ^= 1;
    });
    project.write("d.json", "[]");
    let (session, _) = project.refreshed();
    let pack = session.pack().expect("made in memory");
    let main = project.row(pack, "main.mjs");
    assert!(pack.record(main).is_ok());
    assert!(pack.bytecode(main).expect("whole").is_empty());
}
