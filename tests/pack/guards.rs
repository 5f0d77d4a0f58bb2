//! Whatever could change an app's graph is seen at its next start, and nothing else is.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use bmes_cache::module_graph::{FileIdentity, Found, Observation, Stamp};
use bmes_cache::pack::{Guard, GuardCheck, Listings, check_guards, layout_holds, refresh};
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// Something done to a path.
type Change<'a> = &'a dyn Fn(&Path);
/// What is done to a tree, how, and how it is undone.
type Undone<'a> = (&'a str, &'a dyn Fn(), &'a dyn Fn());

struct Tree {
    _directory: TempDir,
    root: PathBuf,
}

impl Tree {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let root = directory.path().canonicalize().expect("it exists");
        Self { _directory: directory, root }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("inside the tree")).expect("directories");
        fs::write(&path, text).expect("written");
        path
    }

    /// As a crawl long after the last change would have seen it.
    fn guard(&self, name: &str) -> Guard<'static> {
        let path = self.path(name);
        let Ok(metadata) = fs::symlink_metadata(&path) else {
            return guard(&path, Found::Absent);
        };
        let stamp = Some(Stamp { identity: FileIdentity::of(&metadata), racy: false });
        let found = if metadata.is_dir() {
            Found::Directory { stamp }
        } else if metadata.is_symlink() {
            Found::Symlink { target: fs::read_link(&path).expect("a link") }
        } else {
            let content_hash = Sha256::digest(fs::read(&path).expect("read")).into();
            Found::File { content_hash, stamp }
        };
        guard(&path, found)
    }
}

fn guard(path: &Path, found: Found) -> Guard<'static> {
    Guard { path: Cow::Owned(path.to_str().expect("UTF-8").to_owned()), found }
}

fn check(guards: &[Guard<'static>]) -> GuardCheck {
    check_guards(guards.iter().cloned())
}

#[track_caller]
fn assert_changed(guards: &[Guard<'static>], expected: &str) {
    match check(guards) {
        GuardCheck::Changed { what, .. } => assert_eq!(what, expected),
        other => panic!("{other:?} where {expected} was expected"),
    }
}

/// Past the granularity of the clock that stamps files.
fn tick() {
    sleep(Duration::from_millis(20));
}

fn set_mtime(path: &Path, metadata: &fs::Metadata) {
    use std::os::unix::fs::MetadataExt as _;
    let mtime = Timespec { tv_sec: metadata.mtime(), tv_nsec: metadata.mtime_nsec() as _ };
    let times = Timestamps { last_access: mtime, last_modification: mtime };
    utimensat(CWD, path, &times, AtFlags::empty()).expect("utimensat");
}

#[test]
fn an_untouched_tree_holds() {
    let tree = Tree::new();
    tree.write("a/b.mjs", "1");
    symlink("a", tree.path("link")).expect("symlink");
    let names = ["a/b.mjs", "a", "link", "a/none", "a/none/deep", "a/b.mjs/package.json", "a/x\0y"];
    let guards = names.map(|name| tree.guard(name));
    assert_eq!(check(&guards), GuardCheck::Holds);
}

#[test]
fn an_edit_of_the_same_size_and_mtime_is_seen() {
    let tree = Tree::new();
    let path = tree.write("a.mjs", "let a = 1");
    let guards = [tree.guard("a.mjs")];
    let before = fs::metadata(&path).expect("there");
    tick();
    tree.write("a.mjs", "let a = 2");
    set_mtime(&path, &before);
    let after = fs::metadata(&path).expect("there");
    assert_eq!(after.modified().expect("a time"), before.modified().expect("a time"));
    assert_changed(&guards, "content changed");
}

#[test]
fn the_same_content_anew_is_refreshed_and_holds() {
    let tree = Tree::new();
    tree.write("a.mjs", "1");
    tree.write("b.mjs", "2");
    let mut guards = [tree.guard("a.mjs"), tree.guard("b.mjs")];
    tick();
    tree.write("a.mjs", "1");
    // As `git checkout` does it: another file of the same name.
    let copy = tree.write("copy", "2");
    fs::rename(copy, tree.path("b.mjs")).expect("renamed");
    assert_eq!(check(&guards), GuardCheck::Refresh);
    guards = refresh(guards.into_iter()).try_into().expect("as many");
    // Too young to be believed without a look at the content, but nothing to write again.
    assert!(guards.iter().all(|guard| is_racy(guard) == Some(true)));
    assert_eq!(check(&guards), GuardCheck::Holds);
    tree.write("a.mjs", "2");
    assert_changed(&guards, "content changed");
}

fn is_racy(guard: &Guard<'_>) -> Option<bool> {
    match guard.found {
        Found::File { stamp, .. } => stamp.map(|stamp| stamp.racy),
        _ => None,
    }
}

#[test]
fn a_guard_of_no_place_is_its_content_and_its_kind() {
    let tree = Tree::new();
    tree.write("a.mjs", "1");
    tree.write("lib/b.mjs", "1");
    let of_no_place = |name: &str| {
        let mut guard = tree.guard(name);
        match &mut guard.found {
            Found::File { stamp, .. } | Found::Directory { stamp } => *stamp = None,
            Found::Absent | Found::Symlink { .. } => unreachable!(),
        }
        guard
    };
    let guards = ["a.mjs", "lib"].map(of_no_place);
    assert_eq!(check(&guards[1..]), GuardCheck::Holds);
    // Where it was looked at it has a stamp, which is worth being kept.
    assert_eq!(check(&guards), GuardCheck::Refresh);
    tree.write("lib/c.mjs", "another entry");
    assert_eq!(check(&guards[1..]), GuardCheck::Holds);
    tree.write("a.mjs", "2");
    assert_changed(&guards[..1], "content changed");
    fs::remove_dir_all(tree.path("lib")).expect("removed");
    assert_changed(&guards[1..], "is gone");
    tree.write("lib", "a file");
    assert_changed(&guards[1..], "is no longer a directory");
}

#[test]
fn a_racy_identity_is_not_believed_until_it_is_captured_again() {
    let tree = Tree::new();
    tree.write("a.mjs", "1");
    let with = |racy: bool, content: &str| {
        let mut guard = tree.guard("a.mjs");
        let Found::File { content_hash, stamp: Some(stamp) } = &mut guard.found else {
            unreachable!()
        };
        stamp.racy = racy;
        *content_hash = Sha256::digest(content).into();
        [guard]
    };
    // An identity that did not move: only the flag makes anybody look at the content.
    assert_eq!(check(&with(false, "2")), GuardCheck::Holds);
    assert_changed(&with(true, "2"), "content changed");
    let young = with(true, "1");
    assert_eq!(check(&young), GuardCheck::Holds);
    sleep(Duration::from_millis(2100));
    assert_eq!(check(&young), GuardCheck::Refresh);
    let old = refresh(young.into_iter());
    assert_eq!(is_racy(&old[0]), Some(false));
    assert_eq!(check(&old), GuardCheck::Holds);
}

#[test]
fn the_layout_is_all_but_what_the_modules_say() {
    let tree = Tree::new();
    tree.write("lib/a.mjs", "1");
    tree.write("lib/package.json", "{}");
    symlink("a.mjs", tree.path("lib/link.mjs")).expect("linked");
    let names = ["lib/a.mjs", "lib/link.mjs", "lib/nearer.json", "lib/package.json"];
    let guards = names.map(|name| tree.guard(name));
    let module = tree.path("lib/a.mjs");
    let holds = || {
        layout_holds(guards.iter().cloned(), |path| Path::new(path) == module, &Listings::default())
    };
    tick();
    tree.write("lib/a.mjs", "2");
    assert!(holds(), "content of a module is looked at when it is handed over");
    let undone: [Undone<'_>; 4] = [
        ("another file is read", &|| drop(tree.write("lib/package.json", "{ }")), &|| {
            drop(tree.write("lib/package.json", "{}"))
        }),
        ("a file appears", &|| drop(tree.write("lib/nearer.json", "")), &|| {
            fs::remove_file(tree.path("lib/nearer.json")).expect("removed")
        }),
        ("a module is gone", &|| fs::rename(&module, tree.path("away")).expect("moved"), &|| {
            fs::rename(tree.path("away"), &module).expect("moved")
        }),
        (
            "a folder is behind a link",
            &|| {
                fs::rename(tree.path("lib"), tree.path("other")).expect("moved");
                symlink("other", tree.path("lib")).expect("linked");
            },
            &|| {
                fs::remove_file(tree.path("lib")).expect("removed");
                fs::rename(tree.path("other"), tree.path("lib")).expect("moved");
            },
        ),
    ];
    for (what, change, undo) in undone {
        change();
        assert!(!holds(), "{what}");
        undo();
        assert!(holds(), "{what}: undone");
    }
}

#[test]
fn a_refreshed_guard_that_changed_meanwhile_is_kept_as_it_was() {
    let tree = Tree::new();
    tree.write("a.mjs", "1");
    let before = tree.guard("a.mjs");
    tick();
    tree.write("a.mjs", "2");
    let after = refresh([before.clone()].into_iter());
    assert_eq!(after[0].found, before.found);
    assert_changed(&after, "content changed");
}

#[test]
fn what_was_absent_must_not_appear() {
    let tree = Tree::new();
    tree.write("file", "");
    let made: [(&str, Change<'_>); 4] = [
        ("a", &|path| fs::write(path, "").expect("written")),
        ("b", &|path| fs::create_dir(path).expect("made")),
        ("c", &|path| symlink("nowhere", path).expect("linked")),
        ("file/below", &|path| {
            fs::remove_file(path.parent().expect("file")).expect("removed");
            fs::create_dir(path.parent().expect("file")).expect("made");
            fs::write(path, "").expect("written");
        }),
    ];
    for (name, make) in made {
        let guards = [tree.guard(name)];
        assert_eq!(check(&guards), GuardCheck::Holds, "{name}");
        make(&tree.path(name));
        assert_changed(&guards, "appeared");
    }
}

#[test]
fn a_name_that_no_file_can_have_stays_absent() {
    let tree = Tree::new();
    // Too long for any file system: looked for by a failing import, and absent for ever.
    let guards = [tree.guard(&"n".repeat(300))];
    assert_eq!(check(&guards), GuardCheck::Holds);
}

#[test]
fn a_file_must_stay_a_file_of_its_own() {
    let tree = Tree::new();
    let replaced: [(&str, Change<'_>); 4] = [
        ("is gone", &|_| {}),
        ("is no longer a file", &|path| fs::create_dir(path).expect("made")),
        ("is no longer a file", &|path| {
            // The same content by another name is another URL.
            let other = path.with_file_name("other");
            fs::write(&other, "1").expect("written");
            symlink(other, path).expect("linked");
        }),
        ("is no longer a file", &|path| {
            rustix::fs::mknodat(
                CWD,
                path,
                rustix::fs::FileType::Fifo,
                rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
                0,
            )
            .expect("made");
        }),
    ];
    for (expected, replace) in replaced {
        let path = tree.write("a.mjs", "1");
        let guards = [tree.guard("a.mjs")];
        fs::remove_file(&path).expect("removed");
        replace(&path);
        assert_changed(&guards, expected);
        let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir(&path));
    }
}

#[test]
fn a_directorys_entries_must_stay() {
    for change in ["add", "remove", "rename", "directory"] {
        let tree = Tree::new();
        tree.write("node_modules/a/index.js", "");
        let guards = [tree.guard("node_modules")];
        tick();
        match change {
            "add" => drop(tree.write("node_modules/b", "")),
            "remove" => fs::remove_dir_all(tree.path("node_modules/a")).expect("removed"),
            "rename" => {
                fs::rename(tree.path("node_modules/a"), tree.path("node_modules/b"))
                    .expect("renamed");
            }
            _ => fs::create_dir(tree.path("node_modules/@s")).expect("made"),
        }
        assert_changed(&guards, "has other entries");
    }
}

#[test]
fn what_is_deep_in_a_directory_is_not_its_entry() {
    let tree = Tree::new();
    tree.write("node_modules/a/index.js", "");
    let guards = [tree.guard("node_modules")];
    tick();
    tree.write("node_modules/a/other.js", "");
    assert_eq!(check(&guards), GuardCheck::Holds);
}

#[test]
fn a_directory_that_goes_or_was_seen_too_young_is_a_change() {
    let tree = Tree::new();
    tree.write("node_modules/a/index.js", "");
    let mut guard = tree.guard("node_modules");
    let guards = [guard.clone()];
    let Found::Directory { stamp: Some(stamp) } = &mut guard.found else { unreachable!() };
    stamp.racy = true;
    assert_changed(&[guard], "was seen while it was written to");
    fs::remove_dir_all(tree.path("node_modules")).expect("removed");
    assert_changed(&guards, "is gone");
    tree.write("node_modules", "a file");
    assert!(matches!(check(&guards), GuardCheck::Changed { .. }));
}

#[test]
fn a_link_is_what_it_points_to() {
    let tree = Tree::new();
    tree.write("one/a.mjs", "1");
    tree.write("two/a.mjs", "1");
    symlink("one", tree.path("link")).expect("linked");
    let guards = [tree.guard("link")];
    tick();
    fs::remove_file(tree.path("link")).expect("removed");
    assert_changed(&guards, "is gone");
    symlink("one", tree.path("link")).expect("linked");
    assert_eq!(check(&guards), GuardCheck::Holds, "made again, it points to the same");
    fs::remove_file(tree.path("link")).expect("removed");
    symlink("two", tree.path("link")).expect("linked");
    assert_changed(&guards, "points elsewhere");
    fs::remove_file(tree.path("link")).expect("removed");
    tree.write("link", "one");
    assert_changed(&guards, "is no longer a symbolic link");
}

#[test]
fn a_link_retargeted_within_one_tick_of_the_clock_is_seen() {
    let tree = Tree::new();
    tree.write("one/a.mjs", "1");
    symlink("one", tree.path("link")).expect("linked");
    let guard = tree.guard("link");
    fs::remove_file(tree.path("link")).expect("removed");
    symlink("two", tree.path("link")).expect("linked");
    // Whatever the inode and the time stamps are: they may be given out again.
    assert_changed(&[guard], "points elsewhere");
}

#[test]
fn a_directory_moved_away_and_linked_to_is_another_place() {
    for above in ["lib", "lib/deep"] {
        let tree = Tree::new();
        tree.write("a.mjs", "0");
        tree.write("lib/deep/a.mjs", "1");
        tree.write("lib/deep/b.mjs", "2");
        let guards = ["a.mjs", "lib/deep/a.mjs", "lib/deep/b.mjs"].map(|name| tree.guard(name));
        assert_eq!(check(&guards), GuardCheck::Holds);
        tick();
        // No file's identity moves, yet every URL below is another one to the runtime.
        fs::rename(tree.path(above), tree.path("moved")).expect("moved");
        symlink(tree.path("moved"), tree.path(above)).expect("linked");
        assert_eq!(tree.guard("lib/deep/a.mjs").found, guards[1].found);
        assert_changed(&guards, "is reached by another way");
    }
}

#[test]
fn a_non_directory_in_the_way_is_a_change_for_what_was_there_only() {
    let tree = Tree::new();
    tree.write("lib/a.mjs", "1");
    let there = [tree.guard("lib/a.mjs")];
    let absent = [tree.guard("lib/b.mjs")];
    fs::remove_dir_all(tree.path("lib")).expect("removed");
    tree.write("lib", "a file");
    assert_changed(&there, "is gone");
    assert_eq!(check(&absent), GuardCheck::Holds);
}

#[test]
fn a_path_or_link_that_no_pack_can_say_has_no_guard() {
    let odd = OsStr::from_bytes(b"/\xff");
    let of = |path: &OsStr, found| {
        let observation = Observation { path: PathBuf::from(path), found };
        Guard::of(&observation).is_some()
    };
    assert!(!of(odd, Found::Absent));
    assert!(!of(OsStr::new("/a"), Found::Symlink { target: PathBuf::from(odd) }));
    assert!(of(OsStr::new("/é"), Found::Symlink { target: PathBuf::from("é") }));
}

/// Not an assertion: `cargo test --test pack -- --ignored --nocapture` prints what a start pays.
#[test]
#[ignore = "prints a time"]
fn what_641_guards_cost() {
    for folders in [1, 64, 641] {
        let tree = Tree::new();
        let names: Vec<String> =
            (0..641).map(|number| format!("{:03}/{number:03}.mjs", number % folders)).collect();
        for name in &names {
            tree.write(name, "export {}");
        }
        let mut guards: Vec<_> = names.iter().map(|name| tree.guard(name)).collect();
        guards.sort_by(|a, b| a.path.cmp(&b.path));
        let mut times = Vec::new();
        for _ in 0..50 {
            let start = Instant::now();
            assert_eq!(check_guards(guards.iter().cloned()), GuardCheck::Holds);
            times.push(start.elapsed());
        }
        times.sort();
        println!("641 files in {folders} folders: {:?}, least {:?}", times[25], times[0]);
    }
}
