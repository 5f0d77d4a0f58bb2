//! Where specifiers lead. Every expectation was compared with Node 22, 24 and 26.

use std::fs;

use bmes_cache::graph::{GraphOptions, resolve};
use bmes_cache::module_graph::ModuleFormat;

use crate::tree::{Tree, options, package};

/// Asserts where `import` of each specifier leads.
#[track_caller]
fn imports(tree: &Tree, expected: &[(&str, &str)]) {
    for (specifier, target) in expected {
        assert_eq!(tree.import(specifier), *target, "import {specifier:?}");
    }
}

#[test]
fn a_path_is_a_url_and_never_searched() {
    let tree = Tree::new(&[("a.js", ""), ("dir/index.js", ""), ("a b.js", ""), ("p%c.js", "")]);
    imports(
        &tree,
        &[
            ("./a.js", "a.js"),
            ("./dir/../a.js", "a.js"),
            (".//a.js", "a.js"),
            ("./a", "-"),
            ("./dir", "-"),
            ("./dir/", "-"),
            ("./a.js/", "-"),
            ("./a.js/x", "-"),
            (".", "-"),
            ("./a b.js", "a%20b.js"),
            ("./a%20b.js", "a%20b.js"),
            ("./p%25c.js", "p%25c.js"),
            ("./dir%2findex.js", "-"),
            ("./dir%5Cindex.js", "-"),
            ("./a.js?x=1#y", "a.js?x=1#y"),
            ("./a.js?", "a.js"),
            ("file://host/a.js", "-"),
        ],
    );
    assert_eq!(tree.import(&tree.url("a.js")), "a.js");
    assert_eq!(tree.import(tree.path("a.js").to_str().expect("UTF-8")), "a.js");
}

#[test]
fn names_are_encoded_as_node_encodes_them() {
    let tree = Tree::new(&[("é~^[]|{}`\"#?%.mjs", "")]);
    let encoded = "%C3%A9%7E%5E%5B%5D%7C%7B%7D%60%22%23%3F%25.mjs";
    assert_eq!(tree.import(&format!("./{encoded}")), encoded);
    assert_eq!(tree.import("./é~^[]|{}`\"%23%3F%25.mjs"), encoded);
}

#[test]
fn builtins_win_over_packages() {
    let tree = Tree::new(&[]);
    package(&tree, "fs", "{}", &["index.js"]);
    package(&tree, "test", "{}", &["index.js"]);
    imports(
        &tree,
        &[
            ("fs", "node:fs"),
            ("node:fs", "node:fs"),
            ("fs/promises", "node:fs/promises"),
            ("node:test", "node:test"),
            ("test", "node_modules/test/index.js"),
            ("node:nope", "-"),
            ("node:fs?x", "-"),
        ],
    );
    let graph = tree.graph();
    assert_eq!(graph.modules.len(), 1, "a name that does not exist is no module");
}

#[test]
fn other_schemes_are_left_to_the_runtime() {
    let tree = Tree::new(&[]);
    for specifier in ["data:text/javascript,1", "https://x.example/y.js", "foo:bar"] {
        assert_eq!(tree.import(specifier), specifier);
        let graph = tree.graph();
        assert_eq!(graph.modules[1].format, ModuleFormat::Other);
        assert!(graph.modules[1].left_to_runtime.is_some());
    }
}

#[test]
fn exports_decide_what_a_package_offers() {
    let tree = Tree::new(&[]);
    let json = r#"{"exports": {
        ".": {"browser": "./no.js", "node": {"import": "./m.mjs", "require": "./c.cjs"}},
        "./null": null, "./stop": {"node": null, "default": "./a.js"},
        "./skip": {"node": {"browser": "./no.js"}, "default": "./a.js"},
        "./list": ["bad", null, "./a.js"], "./first": ["./no.js", "./a.js"],
        "./f/*": "./lib/*.js", "./f/deep/*": null, "./f/*.js": "./a.js",
        "./dir/": "./lib/", "./out": "../x.js", "./mod": "./node_modules/y.js",
        "./q": "./a.js?q", "./e": "./a%20b.js", "./twice": "./lib//x.js", "./number": 1
    }}"#;
    package(&tree, "p", json, &["m.mjs", "c.cjs", "a.js", "a b.js", "lib/x.js", "lib/deep/y.js"]);
    let at = |file: &str| format!("node_modules/p/{file}");
    for (specifier, target) in [
        ("p", at("m.mjs")),
        ("p/skip", at("a.js")),
        ("p/list", at("a.js")),
        ("p/f/x", at("lib/x.js")),
        ("p/f/x.js", at("a.js")),
        ("p/q", at("a.js?q")),
        ("p/e", at("a%20b.js")),
    ] {
        assert_eq!(tree.import(specifier), target, "{specifier}");
    }
    for closed in [
        "p/null",
        "p/stop",
        "p/first",
        "p/f/deep/y",
        "p/f/none",
        "p/f/../a",
        "p/f/a//b",
        "p/dir/x.js",
        "p/out",
        "p/mod",
        "p/twice",
        "p/number",
        "p/a.js",
        "p/package.json",
        "p/",
        "p/f/",
    ] {
        assert_eq!(tree.import(closed), "-", "{closed}");
    }
    assert_eq!(tree.require("p"), at("c.cjs"));
}

#[test]
fn exports_that_mix_or_number_their_keys_are_refused() {
    let tree = Tree::new(&[]);
    for json in [
        r#"{"exports": {".": "./a.js", "import": "./a.js"}}"#,
        r#"{"exports": {"0": "./a.js", "default": "./a.js"}}"#,
        r#"{"exports": "a.js"}"#,
        r#"{"exports": []}"#,
        r#"{"exports": {}}"#,
        r#"{"name": 1}"#,
        "{",
        "[]",
    ] {
        package(&tree, "p", json, &["a.js", "index.js"]);
        assert_eq!(tree.import("p"), "-", "{json}");
    }
    package(&tree, "p", r#"{"exports": false}"#, &[]);
    assert_eq!(tree.import("p"), "node_modules/p/index.js");
}

#[test]
fn conditions_apply_in_the_order_they_are_written() {
    let tree = Tree::new(&[]);
    let json = r#"{"exports": {"custom": "./custom.js", "module-sync": "./sync.js",
        "node-addons": "./addons.js", "default": "./default.js"}}"#;
    package(&tree, "p", json, &["custom.js", "sync.js", "addons.js", "default.js"]);
    let with = |change: fn(&mut GraphOptions)| {
        let mut options = options();
        change(&mut options);
        tree.import_with("p", &options).replace("node_modules/p/", "")
    };
    assert_eq!(with(|_| ()), "sync.js");
    assert_eq!(with(|it| it.conditions.push("custom".to_owned())), "custom.js");
    assert_eq!(with(|it| it.require_module = false), "addons.js");
    assert_eq!(with(|it| (it.require_module, it.addons) = (false, false)), "default.js");
}

#[test]
fn a_package_imports_its_own_names() {
    let json = r##"{"name": "app", "exports": {"./x": "./a.js"}, "imports": {"#a": "./a.js",
        "#dep/*": "dep/*", "#fs": "fs", "#node": "node:fs", "#null": null, "#/root": "./a.js",
        "#out": "../a.js"}}"##;
    let tree = Tree::new(&[("package.json", json), ("a.js", "")]);
    package(&tree, "dep", "{}", &["x.js"]);
    imports(
        &tree,
        &[
            ("#a", "a.js"),
            ("#dep/x.js", "node_modules/dep/x.js"),
            ("#fs", "node:fs"),
            ("#node", "-"),
            ("#null", "-"),
            ("#out", "-"),
            ("#none", "-"),
            ("#", "-"),
            ("#/root", "a.js"),
            ("app/x", "a.js"),
            ("app/y", "-"),
            ("app", "-"),
        ],
    );
    assert_eq!(tree.require("#a"), "a.js");
    assert_eq!(tree.require("app/x"), "a.js");
    let node_22 = GraphOptions { root_imports: false, ..options() };
    assert_eq!(tree.import_with("#/root", &node_22), "-");
}

#[test]
fn main_is_searched_only_without_exports() {
    let tree = Tree::new(&[]);
    for (main, files, expected) in [
        (r#"{"main": "x.js"}"#, &["x.js", "index.js"][..], "x.js"),
        (r#"{"main": "./x"}"#, &["x.js"], "x.js"),
        (r#"{"main": "lib"}"#, &["lib/index.js"], "lib/index.js"),
        (r#"{"main": "none"}"#, &["index.js"], "index.js"),
        (r#"{"main": 1}"#, &["index.js"], "index.js"),
        ("{}", &["index.node"], "index.node"),
        ("{}", &["index.mjs"], "-"),
    ] {
        let _ = fs::remove_dir_all(tree.path("node_modules"));
        package(&tree, "p", main, files);
        let found = tree.import("p").replace("node_modules/p/", "");
        assert_eq!(found, expected, "{main} {files:?}");
    }
    package(&tree, "q", "{}", &["sub/index.js", "x.js"]);
    imports(&tree, &[("q/x.js", "node_modules/q/x.js"), ("q/x", "-"), ("q/sub", "-")]);
}

#[test]
fn guessing_the_main_of_an_es_module_is_left_to_the_runtime_which_warns() {
    let tree = Tree::new(&[]);
    package(&tree, "guess", r#"{"type": "module", "main": "x"}"#, &["x.js"]);
    package(&tree, "told", r#"{"type": "module", "main": "x.js"}"#, &["x.js"]);
    imports(&tree, &[("guess", "-"), ("told", "node_modules/told/x.js")]);
}

#[test]
fn the_nearest_package_directory_is_the_only_one_tried() {
    let tree = Tree::new(&[("a/b/c/main.mjs", "import 'p'; import 'q'; import '@s/p';")]);
    package(&tree, "p", "{}", &["index.js"]);
    package(&tree, "q", "{}", &["index.js"]);
    package(&tree, "@s/p", "{}", &["index.js"]);
    tree.write("a/node_modules/p/other.js", "");
    tree.write("a/node_modules/q", "a file");
    tree.write("a/b/node_modules/@s/other/index.js", "");
    tree.write("main.mjs", "import './a/b/c/main.mjs'");
    let graph = tree.graph();
    let main = tree.module(&graph, "a/b/c/main.mjs");
    let names: Vec<String> = main.edges.iter().map(|it| tree.name(&graph, it.target)).collect();
    assert_eq!(names, ["-", "node_modules/q/index.js", "node_modules/@s/p/index.js"]);
}

#[test]
fn a_linked_package_lives_where_it_really_is() {
    let tree = Tree::new(&[("store/p/package.json", r#"{"main": "index.js"}"#)]);
    tree.write("store/p/index.js", "require('./other');");
    tree.write("store/p/other.js", "");
    tree.link("node_modules/p", "../store/p");
    assert_eq!(tree.import("p"), "store/p/index.js");
    let graph = tree.graph();
    tree.module(&graph, "store/p/other.js");

    let preserve = GraphOptions { preserve_symlinks: true, ..options() };
    assert_eq!(tree.import_with("p", &preserve), "node_modules/p/index.js");
    let graph = tree.graph_with(&preserve);
    let module = tree.module(&graph, "node_modules/p/other.js");
    assert_eq!(module.path, Some(tree.path("store/p/other.js")));
}

#[test]
fn require_searches_where_import_does_not() {
    let tree = Tree::new(&[("a.js", ""), ("d.json", "{}"), ("lib/index.js", ""), ("a/x.js", "")]);
    package(&tree, "p", r#"{"main": "./lib"}"#, &["lib/index.js", "x.js"]);
    tree.write("node_modules/file.js", "");
    for (specifier, target) in [
        ("./a", "a.js"),
        ("./a.js", "a.js"),
        ("./a/", "-"),
        ("./d", "d.json"),
        ("./lib", "lib/index.js"),
        ("./lib/", "lib/index.js"),
        ("p", "node_modules/p/lib/index.js"),
        ("p/x", "node_modules/p/x.js"),
        ("file", "node_modules/file.js"),
        ("fs", "node:fs"),
        ("test", "-"),
        ("./none", "-"),
        ("", "-"),
    ] {
        assert_eq!(tree.require(specifier), target, "require({specifier:?})");
    }
}

#[test]
fn one_specifier_can_be_resolved_alone() {
    let tree = Tree::new(&[("a.js", "")]);
    let parent = tree.url("main.mjs");
    assert_eq!(resolve("./a.js?x", &parent, &options()), Ok(tree.url("a.js?x")));
    let error = resolve("./b.js", &parent, &options()).expect_err("no such file");
    assert_eq!(error.code(), "ERR_MODULE_NOT_FOUND");
}
