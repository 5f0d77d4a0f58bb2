//! What is transformed, and where its specifiers lead.

use bmes_cache::graph::{Dialect, Entry, GraphOptions, PathAlias, StrippedTexts, Transform, crawl};
use bmes_cache::module_graph::ModuleFormat::{CommonJs, Module, Other};

use crate::tree::{Tree, options};

fn transforming(paths: Vec<PathAlias>) -> GraphOptions {
    GraphOptions { transform: Some(Transform { paths }), ..options() }
}

fn alias(tree: &Tree, pattern: &str, targets: &[&str]) -> PathAlias {
    let targets = targets.iter().map(|it| tree.path(it).to_str().expect("ASCII").to_owned());
    PathAlias { pattern: pattern.to_owned(), targets: targets.collect() }
}

#[test]
fn only_what_is_not_there_is_looked_for_under_other_names() {
    let tree = Tree::new(&[
        ("main.mjs", ""),
        ("a.ts", ""),
        ("a.tsx", ""),
        ("b.tsx", ""),
        ("both.js", ""),
        ("both.ts", ""),
        ("c.mts", ""),
        ("d.cts", ""),
        ("folder/index.tsx", ""),
        ("folder.js", ""),
        ("folder/inner/index.js", ""),
        ("e.json", ""),
        ("dotted.name.ts", ""),
    ]);
    let cases = [
        ("./a.js", "a.ts"),
        ("./a", "a.ts"),
        ("./b.jsx", "b.tsx"),
        ("./b.js", "b.tsx"),
        ("./both.js", "both.js"),
        ("./both", "both.ts"),
        ("./c.mjs", "c.mts"),
        ("./d.cjs", "d.cts"),
        ("./folder", "folder.js"),
        ("./folder/", "folder/index.tsx"),
        ("./folder/inner", "folder/inner/index.js"),
        ("./e", "e.json"),
        ("./dotted.name", "dotted.name.ts"),
    ];
    for (specifier, target) in cases {
        assert_eq!(tree.import_with(specifier, &transforming(Vec::new())), target, "{specifier}");
    }
    for specifier in ["./nowhere", "./a.mjs", "./a?query", "./a#part", "nowhere"] {
        let error = tree.import_with(specifier, &transforming(Vec::new()));
        assert_eq!(error, tree.import(specifier), "{specifier}");
    }
}

#[test]
fn the_first_of_the_paths_that_matches_is_tried_before_packages() {
    let tree = Tree::new(&[
        ("main.mjs", ""),
        ("lib/one.ts", ""),
        ("lib/two.js", ""),
        ("lib/exact.ts", ""),
        ("node_modules/real/package.json", r#"{"exports": "./main.js"}"#),
        ("node_modules/real/main.js", ""),
    ]);
    let options = transforming(vec![
        alias(&tree, "exact", &["lib/nowhere", "lib/exact"]),
        alias(&tree, "@lib/*", &["lib/*"]),
        alias(&tree, "re*l", &["lib/*"]),
    ]);
    for (specifier, target) in [
        ("exact", "lib/exact.ts"),
        ("@lib/one", "lib/one.ts"),
        ("@lib/two.js", "lib/two.js"),
        ("real", "node_modules/real/main.js"),
        ("fs", "node:fs"),
    ] {
        assert_eq!(tree.import_with(specifier, &options), target, "{specifier}");
    }
}

#[test]
fn a_text_belongs_to_what_it_is_read_as() {
    let tree = Tree::new(&[
        ("package.json", r#"{"type": "module"}"#),
        ("main.mjs", "import './a.ts'; import './a.tsx'; import './a.jsx'; import './c.cts'"),
        ("a.ts", "same"),
        ("a.tsx", "same"),
        ("a.jsx", "same"),
        ("c.cts", "require('./d')"),
        ("d.ts", "export {}"),
    ]);
    let (options, url) = (transforming(Vec::new()), tree.url("main.mjs"));
    let mut texts = StrippedTexts::default();
    let mut asked = Vec::new();
    let graph = loop {
        let crawled = crawl(Entry::Url(&url), &options, &texts).expect("a graph");
        if crawled.unstripped.is_empty() {
            break crawled.graph;
        }
        for one in crawled.unstripped {
            let text = one.text.replace("same", one.dialect.extension());
            texts.insert(one.content_hash, one.dialect, Some(&text));
            asked.push(one.dialect);
        }
    };
    for dialect in [Dialect::Tsx, Dialect::Jsx] {
        assert_eq!(asked.iter().filter(|it| **it == dialect).count(), 1);
    }
    let formats = ["a.ts", "a.tsx", "a.jsx", "c.cts", "d.ts"].map(|path| {
        let module = tree.module(&graph, path);
        assert!(module.traits.typescript, "{path}");
        module.format
    });
    assert_eq!(formats, [Module, Module, Module, CommonJs, Module]);
    assert!(tree.module(&graph, "a.tsx").source.starts_with("tsx\n"));
    let exact = GraphOptions { strip_types: true, ..GraphOptions::default() };
    let crawled = crawl(Entry::Url(&url), &exact, &texts).expect("a graph");
    assert_eq!(tree.module(&crawled.graph, "a.tsx").format, Other);
}
