//! Several threads of one process that run the same app.

use bmes_cache::app::{Session, Settings};

use crate::life::app;
use crate::project::{files_below, strip};

#[test]
fn one_session_of_a_process_watches_an_app() {
    let project = app();
    let (mut first, _) = project.open();
    let (mut second, _) = project.open();
    let settings = Settings { flags: vec!["in a worker".to_owned()], ..project.settings() };
    let (mut another_app, _) = Session::open(settings);
    first.watch().expect("the first");
    assert_eq!(second.watch().expect_err("the second").code, "BMES_LEARNING");
    another_app.watch().expect("another app");
    drop(first);
    let (mut third, _) = project.open();
    third.watch().expect("nobody watches it");
}

#[test]
fn what_an_ended_thread_was_writing_is_waited_for() {
    let project = app();
    let (mut worker, _) = Session::open(Settings { in_worker: true, ..project.settings() });
    let observed = project.observed();
    worker.watch().expect("the first");
    worker.start_learning(observed, &mut strip);
    drop(worker);
    let (mut main, _) = project.open();
    main.finish().expect("nothing of its own to write");
    assert!(project.pack_file().exists());
    let temporaries = files_below(&project.cache().join("v1/tmp"));
    assert!(temporaries.is_empty(), "{temporaries:?}");
}
