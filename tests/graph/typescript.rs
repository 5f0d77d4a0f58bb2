//! How TypeScript is treated where the runtime strips types.

use bmes_cache::graph::{Crawled, Entry, GraphOptions, StrippedTexts, crawl};
use bmes_cache::module_graph::ModuleFormat::{self, CommonJs, Module, Other};

use crate::tree::{Tree, options};

const ESM: &str = "export default 1 as number";
const CJS: &str = "module.exports = 1 as number";

fn stripping() -> GraphOptions {
    GraphOptions { strip_types: true, ..options() }
}

/// A crawl with the texts of everything it asks for, and how many rounds that took.
fn whole(tree: &Tree, options: &GraphOptions) -> (Crawled, usize) {
    let (mut texts, url) = (StrippedTexts::default(), tree.url("main.mjs"));
    for round in 1.. {
        let crawled = crawl(Entry::Url(&url), options, &texts).expect("a graph");
        if crawled.unstripped.is_empty() {
            return (crawled, round);
        }
        for missing in crawled.unstripped {
            let stripped = missing.text.replace(" as number", "").replace("type A", "A");
            texts.insert(missing.content_hash, missing.dialect, Some(&stripped));
        }
    }
    unreachable!()
}

#[test]
fn formats_follow_name_then_scope_then_syntax() {
    let tree = Tree::new(&[
        ("m/package.json", r#"{"type": "module"}"#),
        ("c/package.json", r#"{"type": "commonjs"}"#),
        ("t/package.json", "{}"),
    ]);
    let cases: &[(&str, &str, ModuleFormat, bool)] = &[
        ("m/a.mts", CJS, Module, false),
        ("m/a.cts", CJS, CommonJs, false),
        ("m/a.ts", CJS, Module, false),
        ("m/a.tsx", ESM, Other, false),
        ("m/node_modules/x/a.ts", ESM, Other, false),
        ("c/a.ts", CJS, CommonJs, false),
        ("c/a.mts", ESM, Module, false),
        ("t/esm.ts", ESM, Module, true),
        ("t/cjs.ts", CJS, CommonJs, false),
        ("marked.mts", "\u{feff}export default 1 as number", Module, false),
        ("broken.mts", "export default 1 as string", Other, false),
    ];
    for (path, text, format, detected) in cases {
        tree.write(path, text);
        tree.write("main.mjs", format!("import './{path}'"));
        let (crawled, _) = whole(&tree, &stripping());
        let module = tree.module(&crawled.graph, path);
        assert_eq!(module.format, *format, "{path}: {:?}", module.left_to_runtime);
        assert_eq!(module.traits.format_detected, *detected, "{path}");
        if *format != Other {
            assert!(module.traits.typescript, "{path}");
            let name = module.format_name().expect("a name");
            assert!(name.ends_with("-typescript"), "{path} {name}");
        }
        // Where types are not stripped it is not ours at all.
        let graph = tree.graph();
        assert_eq!(tree.module(&graph, path).format, Other, "{path}");
    }
}

#[test]
fn edges_are_those_of_the_stripped_text() {
    let tree = Tree::new(&[
        ("main.mjs", "import './a.mts'"),
        ("a.mts", "import { type A } from './b.mts'; export default 1 as number;"),
        ("b.mts", "export {};"),
    ]);
    let (crawled, _) = whole(&tree, &stripping());
    let module = tree.module(&crawled.graph, "a.mts");
    let imported = &module.metadata.import_entries;
    assert_eq!(imported.len(), 1);
    assert_eq!(imported[0].import_name, "A");
    assert!(module.source.ends_with(&format!("\n\n//# sourceURL={}", tree.url("a.mts"))));
}

#[test]
fn chains_of_any_length_take_two_rounds() {
    let mut files = vec![("main.mjs".to_owned(), "import './a0.mts'".to_owned())];
    for at in 0..50 {
        let text = format!("import {{ a }} from \"./a{}.mts\"; // {at}", at + 1);
        files.push((format!("a{at}.mts"), text));
    }
    files.push(("a50.mts".to_owned(), "export const a = 1 as number".to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    let tree = Tree::new(&files);
    let (crawled, rounds) = whole(&tree, &stripping());
    assert_eq!(crawled.graph.modules.len(), 52);
    assert_eq!(rounds, 2);
}
