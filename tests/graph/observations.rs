//! What the graph rests on: whatever would change it must be seen in an observation.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use bmes_cache::module_graph::{FileIdentity, Found, ModuleGraph, Observation, Stamp};

use crate::tree::{Tree, package};

/// Whether the disk is still as observed.
fn holds(observation: &Observation) -> bool {
    let now = fs::symlink_metadata(&observation.path).ok();
    let identity = now.as_ref().map(FileIdentity::of);
    match &observation.found {
        Found::Absent => now.is_none(),
        Found::File { stamp, .. } | Found::Directory { stamp } => {
            identity == stamp.map(|stamp| stamp.identity)
        }
        Found::Symlink { target } => fs::read_link(&observation.path).ok().as_ref() == Some(target),
    }
}

/// Asserts that a graph's observations hold until `change` is made, and that one is broken by it.
#[track_caller]
fn seen(tree: &Tree, change: impl FnOnce()) {
    let graph = tree.graph();
    assert!(graph.observations.iter().all(holds), "nothing has changed yet");
    // Past the granularity of the clock that stamps files; `racy` covers what is faster.
    sleep(Duration::from_millis(20));
    change();
    let broken: Vec<&Observation> = graph.observations.iter().filter(|it| !holds(it)).collect();
    assert!(!broken.is_empty(), "unseen by {:#?}", graph.observations);
}

fn found<'g>(graph: &'g ModuleGraph, path: &Path) -> Option<&'g Found> {
    graph.observations.iter().find(|it| it.path == path).map(|it| &it.found)
}

fn app() -> Tree {
    let tree = Tree::new(&[
        ("main.mjs", "import './src/deep/a.js'; import './lib/none.mjs'"),
        ("package.json", r#"{"type": "module"}"#),
        ("src/deep/a.js", "import 'p'; import '@s/p'; import './c.cjs'; import '#x'"),
        ("src/deep/c.cjs", "require('./d'); require('p/sub/file'); require('optional')"),
        ("src/deep/d.js/index.json", "{}"),
        ("src/deep/d.json", "{}"),
    ]);
    package(&tree, "p", r#"{"main": "lib"}"#, &["lib/index.js", "sub/file.js"]);
    tree.write("node_modules/@s/other/index.js", "");
    tree.write("store/s/index.js", "");
    tree.link("store/current", "s");
    tree.link("node_modules/@s/p", "../../store/current");
    tree
}

#[test]
fn each_kind_of_look_is_kept() {
    let tree = app();
    let graph = tree.graph();
    let at = |path: &str| found(&graph, &tree.path(path));
    for file in ["main.mjs", "package.json", "src/deep/c.cjs", "node_modules/p/package.json"] {
        assert!(
            matches!(at(file), Some(Found::File { stamp: Some(Stamp { racy: true, .. }), .. })),
            "{file}"
        );
    }
    for absent in [
        "src/package.json",
        "src/deep/package.json",
        "src/node_modules",
        "src/deep/node_modules",
        "src/deep/d",
        "lib",
        "store/s/package.json",
    ] {
        assert_eq!(at(absent), Some(&Found::Absent), "{absent}");
    }
    for directory in ["node_modules", "node_modules/@s", "node_modules/p/lib", "src/deep/d.js"] {
        assert!(matches!(at(directory), Some(Found::Directory { .. })), "{directory}");
    }
    for link in ["node_modules/@s/p", "store/current"] {
        assert!(matches!(at(link), Some(Found::Symlink { .. })), "{link}");
    }
    for told in ["lib/none.mjs", "node_modules/optional", "src/node_modules/p"] {
        assert_eq!(at(told), None, "another observation tells of {told}");
    }
    let mut paths: Vec<_> = graph.observations.iter().map(|it| it.path.clone()).collect();
    let count = paths.len();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), count, "sorted, each once");
    assert!(paths.iter().eq(graph.observations.iter().map(|it| &it.path)));
}

#[test]
fn edits_are_seen() {
    let tree = app();
    for file in ["main.mjs", "src/deep/c.cjs", "package.json", "node_modules/p/package.json"] {
        let text = fs::read(tree.path(file)).expect("a file");
        seen(&tree, || tree.write(file, &text));
        seen(&tree, || {
            fs::remove_file(tree.path(file)).expect("removed");
            tree.write(file, &text);
        });
    }
}

#[test]
fn what_appears_nearer_is_seen() {
    for path in [
        "src/package.json",
        "src/deep/package.json",
        "src/node_modules/p/index.js",
        "src/deep/node_modules/p/index.js",
        "src/deep/node_modules/other",
        "src/deep/d",
        "src/deep/d.js/index.js",
        "lib/none.mjs",
        "node_modules/optional/index.js",
        "node_modules/optional.js",
        "node_modules/p/lib.js",
        "node_modules/p/sub/file",
        "store/s/package.json",
    ] {
        let tree = app();
        seen(&tree, || tree.write(path, ""));
    }
}

#[test]
fn what_disappears_is_seen() {
    for path in ["node_modules", "node_modules/p", "node_modules/@s", "src/deep", "store/s"] {
        let tree = app();
        seen(&tree, || fs::rename(tree.path(path), tree.path("elsewhere")).expect("moved"));
    }
    for path in ["node_modules/@s/p", "store/current", "package.json", "src/deep/d.json"] {
        let tree = app();
        seen(&tree, || fs::remove_file(tree.path(path)).expect("removed"));
    }
}

#[test]
fn links_turned_elsewhere_are_seen_at_every_level() {
    for (link, target) in [("node_modules/@s/p", "../../store/s"), ("store/current", "t")] {
        let tree = app();
        tree.write("store/t/index.js", "");
        seen(&tree, || {
            fs::remove_file(tree.path(link)).expect("removed");
            symlink(target, tree.path(link)).expect("linked");
        });
    }
}

#[test]
fn a_dangling_link_is_seen_to_gain_its_target() {
    let tree = Tree::new(&[("main.mjs", "import 'p'; import './l.mjs'")]);
    tree.write("node_modules/.keep", "");
    tree.link("node_modules/p", "../store/p");
    tree.link("l.mjs", "later.mjs");
    seen(&tree, || tree.write("store/p/index.js", ""));
    seen(&tree, || tree.write("later.mjs", ""));
}

#[test]
fn a_directory_in_place_of_a_file_is_seen_and_the_other_way_round() {
    let tree = Tree::new(&[("main.mjs", "import './a.mjs'; import './d'"), ("a.mjs", "")]);
    tree.write("d/index.js", "");
    seen(&tree, || {
        fs::remove_file(tree.path("a.mjs")).expect("removed");
        fs::create_dir(tree.path("a.mjs")).expect("made");
    });
    seen(&tree, || {
        fs::remove_dir_all(tree.path("d")).expect("removed");
        tree.write("d", "");
    });
}

#[test]
fn many_absences_in_an_installed_directory_become_one_look_at_it() {
    let names = ["a", "b", "c", "d", "e"];
    let tree = Tree::new(&[("main.mjs", "import 'p'; import './own.cjs'")]);
    package(&tree, "p", "{}", &[]);
    let requires: String = names.iter().map(|name| format!("require('./{name}');")).collect();
    tree.write("node_modules/p/index.js", &requires);
    tree.write("own.cjs", &requires);
    for name in names {
        tree.write(&format!("node_modules/p/{name}.js"), "");
        tree.write(&format!("{name}.js"), "");
    }
    let graph = tree.graph();
    let directory = found(&graph, &tree.path("node_modules/p"));
    assert!(matches!(directory, Some(Found::Directory { .. })));
    assert_eq!(found(&graph, &tree.path("node_modules/p/a")), None);
    assert_eq!(found(&graph, &tree.path("a")), Some(&Found::Absent), "edited by hand");
    seen(&tree, || tree.write("node_modules/p/a", ""));
}

#[test]
fn a_flat_package_costs_hardly_more_than_its_files() {
    let tree = Tree::new(&[("main.mjs", "import 'p'")]);
    package(&tree, "p", r#"{"type": "module", "exports": "./index.js"}"#, &[]);
    let imports: String = (0..100).map(|number| format!("import './{number}.js';")).collect();
    tree.write("node_modules/p/index.js", imports);
    for number in 0..100 {
        tree.write(&format!("node_modules/p/{number}.js"), "");
    }
    let graph = tree.graph();
    assert_eq!(graph.modules.len(), 102);
    assert!(graph.observations.len() <= graph.modules.len() + 10);
}
