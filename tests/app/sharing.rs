//! What one app's runs leave for another's, and packs that a user has named.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use bmes_cache::app::{Opened, Session, Settings};
use bmes_cache::cache::{CacheSettings, Content, ModuleCache, Tally};
use bmes_cache::format;
use bmes_cache::store::RuntimeIdentity;

use super::life::{app, warm};
use super::project::{Project, learn, observed};

fn records(cache: &Path, shared: bool) -> ModuleCache {
    ModuleCache::new(CacheSettings {
        directory: Some(cache.to_owned()),
        layers: Vec::new(),
        identity: RuntimeIdentity::new("test-1.0.0", ""),
        is_read_only: false,
        is_shared: shared,
        max_size: None,
    })
}

/// Learns `project` into another's cache; says what was counted there, and whether all is warm.
fn learn_into(project: &Project, cache: &Path, shared: bool) -> (Tally, bool) {
    let settings = || Settings { directory: Some(cache.to_owned()), shared, ..project.settings() };
    records(cache, false).stats(true);
    let (mut session, opened) = Session::open(settings());
    assert!(matches!(opened, Opened::Miss(_)));
    learn(&mut session, &observed(&project.graph())).expect("learnt");
    session.finish().expect("finished");
    let (session, opened) = Session::open(settings());
    assert_eq!(opened, Opened::Hit);
    let is_warm = session.pack().expect("a hit has a pack").has_bytecode();
    (records(cache, false).stats(false).total, is_warm)
}

#[test]
fn records_of_a_pack_are_found_by_url_and_content() {
    let project = warm();
    let mut cache = records(&project.cache(), false);
    let (url, path) = (project.url("a.mjs"), project.path("a.mjs"));
    let record = cache.find(&url, Content::File(&path)).expect("in the pack");
    let record = format::Record::parse(&record).expect("a record");
    assert!(!record.bytecode().is_empty());
    assert_eq!(record.exports().next().map(|export| export.export_name), Some("a"));
    // Neither the same file elsewhere nor another one there.
    let elsewhere = cache.find("file:///elsewhere.mjs", Content::File(&path));
    assert_eq!(elsewhere.expect_err("another URL").code, "BMES_STORE_MISSING");
    let other = cache.find(&url, Content::Bytes(b"export const a = 'other';"));
    assert_eq!(other.expect_err("other content").code, "BMES_STORE_MISSING");
    let shared =
        records(&project.cache(), true).find("file:///elsewhere.mjs", Content::File(&path));
    assert!(shared.is_ok());
}

#[test]
fn a_second_app_of_the_same_project_starts_with_what_the_first_compiled() {
    let project = warm();
    project.write("second.mjs", "import './a.mjs';");
    let second = Settings { entry: project.path("second.mjs"), ..project.settings() };
    let (mut session, _) = Session::open(second.clone());
    let graph = bmes_cache::graph::build_graph(
        bmes_cache::graph::Entry::Path(&project.path("second.mjs")),
        &super::project::options(),
    );
    learn(&mut session, &observed(&graph.expect("a graph"))).expect("learnt");
    session.finish().expect("finished");
    let (session, opened) = Session::open(second);
    assert_eq!(opened, Opened::Hit);
    let pack = session.pack().expect("a hit has a pack");
    for at in 0..pack.module_count() {
        let is_known = pack.url(at).ends_with("/a.mjs");
        assert_eq!(!pack.bytecode(at).expect("whole").is_empty(), is_known, "{}", pack.url(at));
    }
}

#[test]
fn a_second_project_finds_the_firsts_records_where_both_share() {
    let first = warm();
    let (tally, is_warm) = learn_into(&app(), &first.cache(), true);
    assert_eq!((tally.hits, is_warm), (2, true), "{tally:?}");
    let (tally, is_warm) = learn_into(&app(), &first.cache(), false);
    assert_eq!((tally.hits, is_warm), (0, false), "{tally:?}");
    assert_eq!(tally.misses.get("BMES_STORE_MISSING"), Some(&2));
}

#[test]
fn what_a_build_tool_saved_is_taken_unless_its_metadata_is_not_the_sources() {
    for (source, is_taken) in [
        ("import './a.mjs'; import d from './d.json' with { type: 'json' };", true),
        ("import './b.mjs';", false),
    ] {
        let project = app();
        let metadata = bmes_cache::analyze::analyze_module(source).expect("a module").metadata;
        let record = format::write(&metadata, b"bytecode").expect("a record");
        let mut cache = records(&project.cache(), false);
        let (url, path) = (project.url("main.mjs"), project.path("main.mjs"));
        cache.save(&url, Content::File(&path), &record).expect("saved");
        project.learn();
        let session = project.hit();
        let pack = session.pack().expect("a hit has a pack");
        let main = pack.bytecode(project.row(pack, "main.mjs")).expect("whole");
        assert_eq!(main == b"bytecode", is_taken, "{source}");
    }
}

#[test]
fn a_named_pack_serves_where_the_store_has_none() {
    let project = warm();
    let named = project.path("app.bmes");
    fs::rename(project.pack_file(), &named).expect("moved");
    let settings = || Settings { named_pack: Some(named.clone()), ..project.settings() };
    let (session, opened) = Session::open(settings());
    assert_eq!(opened, Opened::Hit);
    assert!(session.pack().is_some_and(|pack| pack.has_bytecode()));
    assert_eq!(session.named_miss(), None);
    // It is read, not mapped: a copy over it in place changes nothing for who runs from it.
    let pack = session.pack().expect("in use").clone();
    let before = pack.source(0).expect("whole").bytes.to_vec();
    fs::write(&named, "something else").expect("written in place");
    assert_eq!(&*pack.source(0).expect("whole").bytes, &before[..]);
    let (session, opened) = Session::open(settings());
    assert!(matches!(opened, Opened::Miss(_)));
    assert_eq!(session.named_miss().map(|why| why.code), Some("BMES_PACK_NOT_A_PACK"));
}

#[test]
fn a_named_pack_is_used_only_where_it_is_true_and_to_be_believed() {
    let project = warm();
    let named = project.path("app.bmes");
    fs::rename(project.pack_file(), &named).expect("moved");
    let miss = |entry: &str| {
        let settings = Settings {
            named_pack: Some(named.clone()),
            entry: project.path(entry),
            ..project.settings()
        };
        let (session, opened) = Session::open(settings);
        assert!(matches!(opened, Opened::Miss(_)), "{opened:?}");
        session.named_miss().expect("it was looked at").code
    };
    assert_eq!(miss("a.mjs"), "BMES_PACK_FOREIGN");
    fs::set_permissions(&named, fs::Permissions::from_mode(0o666)).expect("chmod");
    assert_eq!(miss("main.mjs"), "BMES_STORE_NOT_TRUSTED");
    fs::set_permissions(&named, fs::Permissions::from_mode(0o664)).expect("chmod");
    project.write("a.mjs", "export const a = 'edited';");
    assert_eq!(miss("main.mjs"), "BMES_GUARD_CHANGED");
    fs::remove_file(&named).expect("removed");
    assert_eq!(miss("main.mjs"), "BMES_STORE_MISSING");
}

#[test]
fn a_named_pack_serves_without_any_directory() {
    let project = warm();
    let named = project.path("app.bmes");
    fs::rename(project.pack_file(), &named).expect("moved");
    let nowhere = project.path("no/such/home/.bun-cache/esm");
    let settings =
        Settings { named_pack: Some(named), directory: Some(nowhere), ..project.settings() };
    assert_eq!(Session::open(settings).1, Opened::Hit);
}

#[test]
fn starts_are_counted_with_the_reason_of_a_miss() {
    let project = app();
    project.learn();
    let stats = |reset| records(&project.cache(), false).stats(reset).total;
    let (mut session, _) = Session::open(project.settings());
    session.finish().expect("finished");
    // The run that was watched, and the one that came from the pack.
    assert_eq!(stats(false).missed_starts.get("BMES_STORE_MISSING"), Some(&1));
    assert_eq!((stats(false).starts, stats(false).missed_starts.len()), (1, 1));
    project.write("a.mjs", "import './new.mjs';");
    project.write("new.mjs", "");
    let (mut session, _) = Session::open(project.settings());
    session.finish().expect("finished");
    assert_eq!(stats(true).missed_starts.get("BMES_GUARD_CHANGED"), Some(&1));
    assert_eq!(stats(false), Tally::default());
}

#[test]
fn stats_say_why_nothing_can_be_kept_before_anything_was_saved() {
    let home = tempfile::tempdir().expect("made");
    let home = home.path().canonicalize().expect("a home");
    let code = |root: &Path| records(root, false).stats(false).code;
    assert_eq!(code(&home.join("a/b")), None, "both are made by the first save");
    assert!(!home.join("a").exists(), "and not by a question");
    assert_eq!(code(&home.join("a/b/c")), Some("BMES_STORE_IO"), "no home is made");
    fs::write(home.join("file"), "").expect("written");
    assert!(code(&home.join("file/esm")).is_some());
    fs::create_dir(home.join("open")).expect("made");
    fs::set_permissions(home.join("open"), fs::Permissions::from_mode(0o777)).expect("set");
    assert_eq!(code(&home.join("open/esm")), Some("BMES_STORE_NOT_TRUSTED"));
    fs::create_dir(home.join("closed")).expect("made");
    fs::set_permissions(home.join("closed"), fs::Permissions::from_mode(0o500)).expect("set");
    // Root may write there.
    let expected = (!rustix::process::geteuid().is_root()).then_some("BMES_STORE_IO");
    assert_eq!(code(&home.join("closed/esm")), expected);
}
