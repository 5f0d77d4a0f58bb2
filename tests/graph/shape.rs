//! Which modules a graph has, and in which order.

use bmes_cache::graph::{Entry, GraphError, GraphOptions, build_graph};
use bmes_cache::module_graph::{EdgeKind, ModuleFormat, ModuleGraph, ModuleIndex};

use crate::tree::{Tree, options};

fn names(tree: &Tree, graph: &ModuleGraph) -> Vec<String> {
    graph.modules.iter().map(|module| module.url.replace(&tree.url(""), "")).collect()
}

#[test]
fn modules_are_in_depth_first_order_of_requests() {
    let tree = Tree::new(&[
        ("main.mjs", "import('./late.mjs'); import './a.mjs'; import './b.cjs'; import './c.mjs'"),
        ("a.mjs", "import './shared.mjs'; import './c.mjs'"),
        ("b.cjs", "require('./r.cjs'); import('./shared.mjs')"),
        ("c.mjs", ""),
        ("r.cjs", ""),
        ("late.mjs", ""),
        ("shared.mjs", ""),
    ]);
    let graph = tree.graph();
    let expected = ["main.mjs", "a.mjs", "shared.mjs", "c.mjs", "b.cjs", "r.cjs", "late.mjs"];
    assert_eq!(names(&tree, &graph), expected);
    assert_eq!(graph.roots.len(), 1);
    for _ in 0..20 {
        let again = tree.graph();
        assert_eq!(format!("{:?}", again.modules), format!("{:?}", graph.modules));
        assert_eq!(again.observations, graph.observations);
    }
}

#[test]
fn cycles_end() {
    let tree = Tree::new(&[
        ("main.mjs", "import './main.mjs'; import './a.mjs'"),
        ("a.mjs", "import './main.mjs'; import './b.cjs'"),
        ("b.cjs", "require('./b.cjs'); require('./a.mjs')"),
    ]);
    let graph = tree.graph();
    assert_eq!(names(&tree, &graph), ["main.mjs", "a.mjs", "b.cjs"]);
    let targets: Vec<_> = graph.modules[0].edges.iter().map(|edge| edge.target).collect();
    assert_eq!(targets, [Some(ModuleIndex(0)), Some(ModuleIndex(1))]);
}

#[test]
fn a_chain_of_five_thousand_needs_no_stack() {
    const LENGTH: usize = 5000;
    let tree = Tree::new(&[("main.mjs", "import './0.mjs'")]);
    for number in 0..LENGTH {
        tree.write(&format!("{number}.mjs"), format!("import './{}.mjs'", number + 1));
    }
    tree.write(&format!("{LENGTH}.mjs"), "");
    let graph = tree.graph();
    assert_eq!(graph.modules.len(), LENGTH + 2);
    assert!(graph.modules[LENGTH + 1].url.ends_with(&format!("/{LENGTH}.mjs")));
}

#[test]
fn commonjs_shows_the_es_modules_it_reaches() {
    let tree = Tree::new(&[
        ("main.mjs", "import './a.cjs'"),
        ("a.cjs", "require('./b'); require('missing'); require(computed)"),
        ("b.js", "import('./c.mjs'); require('./d.json'); require('./e.mjs'); require('fs')"),
        ("c.mjs", ""),
        ("d.json", "{}"),
        ("e.mjs", ""),
    ]);
    let graph = tree.graph();
    let expected = ["main.mjs", "a.cjs", "b.js", "c.mjs", "d.json", "e.mjs", "node:fs"];
    assert_eq!(names(&tree, &graph), expected);
    assert!(tree.module(&graph, "a.cjs").traits.computed_import);
    let required = tree.module(&graph, "a.cjs").edges_of(EdgeKind::Require);
    assert_eq!(required.count(), 1, "what is missing is left out");
    assert_eq!(tree.module(&graph, "d.json").format, ModuleFormat::Json);

    let graph = tree.graph_with(&GraphOptions { require_module: false, ..options() });
    assert!(!names(&tree, &graph).contains(&"e.mjs".to_owned()), "Node would throw");
}

#[test]
fn urls_that_differ_in_query_are_modules_that_share_a_file() {
    let tree = Tree::new(&[
        ("main.mjs", "import './a.mjs'; import './a.mjs?1'; import './a.mjs#2'"),
        ("a.mjs", "export default 1"),
    ]);
    let graph = tree.graph();
    assert_eq!(names(&tree, &graph), ["main.mjs", "a.mjs", "a.mjs?1", "a.mjs#2"]);
    for module in &graph.modules[1..] {
        assert_eq!(module.source, "export default 1");
        assert_eq!(module.path, Some(tree.path("a.mjs")));
        assert_eq!(module.metadata.export_entries.len(), 1);
    }
    let files = graph.observations.iter().filter(|it| it.path == tree.path("a.mjs"));
    assert_eq!(files.count(), 1);
}

#[test]
fn extra_roots_follow_the_entry_and_vanish_with_their_file() {
    let tree = Tree::new(&[("main.mjs", ""), ("x.mjs", "import './y.mjs'"), ("y.mjs", "")]);
    let extra_roots = ["x.mjs", "gone.mjs", "main.mjs"].map(|name| tree.url(name)).to_vec();
    let graph = tree.graph_with(&GraphOptions { extra_roots, ..options() });
    assert_eq!(names(&tree, &graph), ["main.mjs", "x.mjs", "y.mjs"]);
    assert_eq!(graph.roots.iter().map(|root| root.0).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn the_entry_is_found_as_node_finds_it() {
    let tree = Tree::new(&[("app.js", ""), ("dir/index.js", ""), ("real/a.mjs", "")]);
    tree.link("link.mjs", "real/a.mjs");
    let entry = |path: &str| {
        let path = tree.path(path);
        build_graph(path.as_path(), &options()).map(|graph| names(&tree, &graph).remove(0))
    };
    assert_eq!(entry("app").expect("an extension is tried"), "app.js");
    assert_eq!(entry("dir").expect("index is tried"), "dir/index.js");
    assert_eq!(entry("dir/../app.js").expect("dots are removed"), "app.js");
    assert_eq!(entry("link.mjs").expect("links are followed"), "real/a.mjs");
    let preserve = GraphOptions { preserve_symlinks_main: true, ..options() };
    let kept = build_graph(tree.path("link.mjs").as_path(), &preserve).expect("a graph");
    assert_eq!(names(&tree, &kept), ["link.mjs"]);

    assert_eq!(entry("none").expect_err("nothing there").code(), "GRAPH_ENTRY_NOT_FOUND");
    let by_url = |url: &str| build_graph(Entry::Url(url), &options());
    assert_eq!(
        by_url(&tree.url("app.js?x")).expect("a graph").modules[0].url,
        tree.url("app.js?x")
    );
    assert!(matches!(by_url("data:,"), Err(GraphError::EntryNotAFile { .. })));
    assert!(matches!(by_url(&tree.url("app")), Err(GraphError::EntryNotFound { .. })));
}
