//! What a run leaves in the store, and who takes it up.

use std::fs;
use std::path::PathBuf;

use bmes_cache::app::{Left, MAX_ATTEMPTS, Opened, Settings, Task, take_up};
use bmes_cache::store::{AppKey, hex};

use crate::life::app;
use crate::project::{Project, edge, files_below, strip};

fn task(project: &Project) -> Task {
    let (session, _) = project.open();
    Task {
        root: project.cache(),
        runtime: "test-1.0.0".to_owned(),
        build: String::new(),
        key: *session.key(),
    }
}

/// A run that is watched and leaves what it saw.
fn leave(project: &Project) -> Left {
    let (mut session, opened) = project.open();
    assert!(matches!(opened, Opened::Miss(_)), "{opened:?}");
    session.watch().expect("nobody else watches it");
    session.leave(project.observed()).expect("left")
}

fn left_file(project: &Project) -> PathBuf {
    let mut files = files_below(&project.cache());
    files.retain(|path| path.extension().is_some_and(|extension| extension == "seen"));
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

fn has_left(project: &Project) -> bool {
    files_below(&project.cache()).iter().any(|path| path.extension().is_some_and(|it| it == "seen"))
}

#[test]
fn what_was_left_becomes_a_pack() {
    let project = app();
    assert_eq!(leave(&project), Left::ToBeLearnt);
    project.missed();
    let (mut session, taken) = take_up(&task(&project), &mut strip).expect("taken up");
    // Nothing is written before it is whole.
    project.missed();
    let pack = session.pack().expect("made").clone();
    session.save(crate::life::bytecode(&pack));
    session.finish().expect("written");
    assert!(has_left(&project));
    taken.done().expect("done");
    assert!(!has_left(&project));
    let session = project.hit();
    let pack = session.pack().expect("a pack");
    assert_eq!(pack.module_count(), 5);
    assert!(pack.bytecode(project.row(pack, "a.mjs")).is_ok_and(|bytes| !bytes.is_empty()));
}

#[test]
fn there_is_one_learner_at_a_time() {
    let project = app();
    leave(&project);
    let first = take_up(&task(&project), &mut strip).expect("taken up");
    let second = take_up(&task(&project), &mut strip).expect_err("taken already");
    assert_eq!(second.code, "BMES_LEARNING");
    // Nor is a run watched, and what is left now waits for the next round.
    assert_eq!(project.open().0.watch().expect_err("learnt").code, "BMES_LEARNING");
    let mut more = project.observed();
    more.imports.push(edge(&project.url("a.mjs"), "./more.mjs", &project.url("more.mjs")));
    assert_eq!(project.open().0.leave(more), Ok(Left::BeingLearnt));
    let (mut session, taken) = first;
    session.finish().expect("written");
    assert!(task(&project).is_left());
    taken.done().expect("done");
    assert!(task(&project).is_left());
    let (_, taken) = take_up(&task(&project), &mut strip).expect("the next round");
    assert!(!task(&project).is_left());
    taken.done().expect("done");
    assert!(!task(&project).is_left() && !has_left(&project));
}

#[test]
fn a_learner_that_dies_is_counted_and_its_task_stays() {
    let project = app();
    for died in 0..MAX_ATTEMPTS {
        let (mut session, _) = project.open();
        assert_eq!(session.watch(), Ok(died));
        drop(session);
        assert_eq!(leave(&project), Left::ToBeLearnt);
        drop(take_up(&task(&project), &mut strip).expect("taken up"));
        project.missed();
    }
    let (mut session, _) = project.open();
    assert_eq!(session.watch(), Ok(MAX_ATTEMPTS));
    // Whoever learns here has done it, and the dead are forgotten.
    session.start_learning(project.observed(), &mut strip);
    session.finish().expect("learnt");
    assert!(!has_left(&project));
    project.hit();
}

#[test]
fn what_was_refused_is_not_tried_again_until_something_else_is_seen() {
    let project = app();
    let (session, _) = project.open();
    let mut wrong = project.observed();
    wrong.imports[0].target = project.url("elsewhere.mjs");
    assert_eq!(session.leave(wrong.clone()), Ok(Left::ToBeLearnt));
    let refused = take_up(&task(&project), &mut strip).expect_err("refused");
    assert_eq!(refused.code, "BMES_PREDICTION_DIFFERS");
    assert_eq!(session.leave(wrong), Ok(Left::Refused(refused.to_string())));
    assert_eq!(session.leave(project.observed()), Ok(Left::ToBeLearnt));
    take_up(&task(&project), &mut strip).expect("another answer");
}

#[test]
fn a_file_that_is_not_as_it_was_left_is_a_reason() {
    let project = app();
    leave(&project);
    let whole = fs::read(left_file(&project)).expect("read");
    let mut codes = Vec::new();
    let steps = (0..whole.len()).step_by(7);
    let cut = steps.clone().map(|len| whole[..len].to_vec());
    let flipped = steps.map(|at| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x20;
        bytes
    });
    for bytes in cut.chain(flipped) {
        fs::write(left_file(&project), &bytes).expect("written");
        codes.push(take_up(&task(&project), &mut strip).expect_err("refused").code);
    }
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes, ["BMES_STORE_DAMAGED"]);
    // It has the form and the checksums, and says anything.
    for payload in [&b""[..], b"{}", b"[[[[", b"null", &[b'['; 100_000]] {
        let key = task(&project).key;
        let runtime = bmes_cache::store::RuntimeIdentity::new("test-1.0.0", "");
        let folder = bmes_cache::store::Directory::open(&project.cache(), &runtime).expect("open");
        folder.publish_transcript(&key, payload).expect("written");
        assert_eq!(
            take_up(&task(&project), &mut strip).expect_err("refused").code,
            "BMES_STORE_FOREIGN"
        );
        // And is nothing to a run.
        assert_eq!(project.open().0.watch(), Ok(0));
    }
    assert_eq!(leave(&project), Left::ToBeLearnt);
    take_up(&task(&project), &mut strip).expect("taken up");
}

#[test]
fn what_was_left_of_another_app_is_not_learnt_under_this_key() {
    let project = app();
    leave(&project);
    let other: AppKey = [7; 32];
    let name = left_file(&project);
    let runtime = bmes_cache::store::RuntimeIdentity::new("test-1.0.0", "");
    let folder = bmes_cache::store::Directory::open(&project.cache(), &runtime).expect("open");
    let (payload, _) = folder.read_transcript(&task(&project).key).expect("read");
    folder.publish_transcript(&other, &payload).expect("written");
    let refused = take_up(&Task { key: other, ..task(&project) }, &mut strip).expect_err("refused");
    assert_eq!(refused.code, "BMES_STORE_FOREIGN");
    // A plain copy says itself whose it is.
    let copy = name.with_file_name(format!("{}.seen", hex(&other)));
    fs::copy(name, copy).expect("copied");
    let refused = take_up(&Task { key: other, ..task(&project) }, &mut strip).expect_err("refused");
    assert_eq!(refused.code, "BMES_STORE_FOREIGN");
}

#[test]
fn what_a_worker_has_left_is_learnt_as_a_workers() {
    let project = app();
    let settings =
        Settings { in_worker: true, flags: vec!["in a worker".to_owned()], ..project.settings() };
    let (session, _) = bmes_cache::app::Session::open(settings.clone());
    session.leave(project.observed()).expect("left");
    let (mut learnt, _) =
        take_up(&Task { key: *session.key(), ..task(&project) }, &mut strip).expect("taken up");
    learnt.finish().expect("written");
    assert_eq!(bmes_cache::app::Session::open(settings).1, Opened::Hit);
}
