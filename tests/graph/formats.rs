//! How modules are treated.

use bmes_cache::graph::GraphOptions;
use bmes_cache::module_graph::ModuleFormat::{self, CommonJs, Json, Module, Other};

use crate::tree::{Tree, options};

const ESM: &str = "export default 1";
const CJS: &str = "module.exports = 1";

#[test]
fn formats_follow_name_then_scope_then_syntax() {
    let tree = Tree::new(&[
        ("m/package.json", r#"{"type": "module"}"#),
        ("c/package.json", r#"{"type": "commonjs"}"#),
        ("t/package.json", "{}"),
        ("o/package.json", r#"{"type": "other"}"#),
        ("m/node_modules/x/f.js", CJS),
    ]);
    for (path, text, format, detected) in [
        ("m/a.mjs", CJS, Module, false),
        ("m/a.cjs", CJS, CommonJs, false),
        ("m/a.js", CJS, Module, false),
        ("m/a", CJS, Module, false),
        ("m/.js", CJS, Module, false),
        ("m/sub/a.js", CJS, Module, false),
        ("m/wasm", "\0asm\u{1}", Other, false),
        ("c/a.js", CJS, CommonJs, false),
        ("c/a.mjs", ESM, Module, false),
        ("c/esm.js", ESM, CommonJs, false),
        ("t/esm.js", ESM, Module, true),
        ("t/cjs.js", CJS, CommonJs, false),
        ("t/esm", ESM, Module, true),
        ("t/cjs", CJS, CommonJs, false),
        ("t/empty.js", "", CommonJs, false),
        ("t/await.js", "await 1", Module, true),
        ("o/esm.js", ESM, Module, true),
        ("none/esm.js", ESM, Module, true),
        ("none/node_modules/esm.js", ESM, Module, true),
        ("m/node_modules/x/f.js", CJS, CommonJs, false),
        ("a.txt", CJS, Other, false),
        ("a.ts", ESM, Other, false),
        ("a.wasm", "", Other, false),
        ("a.node", "", Other, false),
        ("A.JS", CJS, Other, false),
        ("broken.mjs", "import {", Other, false),
        ("broken.cjs", "if (", Other, false),
        ("marked.mjs", "\u{feff}export default 1", Module, false),
    ] {
        tree.write(path, text);
        tree.write("main.mjs", format!("import './{path}'"));
        let graph = tree.graph();
        let module = tree.module(&graph, path);
        assert_eq!(module.format, format, "{path}: {:?}", module.left_to_runtime);
        assert_eq!(module.traits.format_detected, detected, "{path}");
        assert_eq!(module.left_to_runtime.is_some(), format == Other, "{path}");
    }
}

#[test]
fn without_detection_typeless_files_are_commonjs() {
    let tree = Tree::new(&[("main.mjs", "import './a.js'"), ("a.js", "")]);
    let graph = tree.graph_with(&GraphOptions { detect_module: false, ..options() });
    assert_eq!(tree.module(&graph, "a.js").format, CommonJs);
}

#[test]
fn a_byte_order_mark_is_hashed_but_not_kept() {
    let tree = Tree::new(&[("main.mjs", "\u{feff}export {}")]);
    let marked = tree.graph();
    assert_eq!(marked.modules[0].source, "export {}");
    tree.write("main.mjs", "export {}");
    assert_ne!(tree.graph().modules[0].content_hash, marked.modules[0].content_hash);
}

#[test]
fn text_that_is_not_utf_8_is_left_to_the_runtime() {
    let tree = Tree::new(&[("main.mjs", "import './a.mjs'")]);
    tree.write("a.mjs", b"export default '\xff'");
    let graph = tree.graph();
    let module = tree.module(&graph, "a.mjs");
    assert_eq!(module.format, Other);
    assert_eq!(module.left_to_runtime.as_deref(), Some("it is not UTF-8"));
}

#[test]
fn a_broken_package_json_stops_only_what_must_read_it() {
    let tree = Tree::new(&[("b/package.json", "{"), ("b/a.js", ESM), ("b/a.mjs", "import 'p'")]);
    assert_eq!(tree.import("./b/a.js"), "-");
    assert_eq!(tree.import("./b/a.mjs"), "b/a.mjs");
}

#[test]
fn attributes_must_suit_what_they_are_for() {
    let tree = Tree::new(&[("d.json", "{}"), ("bad.json", "{"), ("a.mjs", "")]);
    for (import, expected) in [
        ("import './d.json' with { type: 'json' }", "d.json"),
        ("import './d.json'", "-"),
        ("import './d.json' with { type: 'css' }", "-"),
        ("import './d.json' with { type: 'json', x: 'y' }", "-"),
        ("import './a.mjs'", "a.mjs"),
        ("import './a.mjs' with { type: 'json' }", "-"),
        ("import './a.mjs' with {}", "a.mjs"),
        ("import 'fs' with { type: 'json' }", "-"),
    ] {
        tree.write("main.mjs", import);
        let graph = tree.graph();
        assert_eq!(tree.targets(&graph), [expected], "{import}");
        let reachable = usize::from(expected != "-");
        assert_eq!(graph.modules.len(), 1 + reachable, "nothing leads to the rest: {import}");
    }
    tree.write("main.mjs", "import d from './d.json' with { type: 'json' }");
    let format: ModuleFormat = tree.graph().modules[1].format;
    assert_eq!(format, Json);
    tree.write("main.mjs", "import d from './bad.json' with { type: 'json' }");
    assert_eq!(tree.graph().modules[1].format, Other);
}
