//! `analyze` against the committed vectors: for each source, its record, or that it has none.

use bmes_cache::{
    analyze::{ErrorKind, Syntax, analyze_commonjs, analyze_module, detect_syntax},
    metadata::{ExportType, ImportType, ModuleMetadata},
};
use serde_json::{Map, Value, json};

/// The shape that JavaScript callers see.
fn to_json(metadata: &ModuleMetadata) -> Value {
    let requests = metadata.requested_modules.iter().map(|request| {
        let attributes = request.attributes.as_ref().map(|pairs| {
            pairs
                .iter()
                .map(|pair| (pair.key.clone(), Value::from(pair.value.clone())))
                .collect::<Map<_, _>>()
        });
        json!({ "specifier": request.specifier, "attributes": attributes })
    });
    let imports = metadata.import_entries.iter().map(|entry| {
        let kind = match entry.import_type {
            ImportType::Single => "Single",
            ImportType::SingleTypeScript => "SingleTypeScript",
            ImportType::Namespace => "Namespace",
        };
        json!({
            "type": kind,
            "moduleRequest": entry.module_request,
            "importName": entry.import_name,
            "localName": entry.local_name,
        })
    });
    let exports = metadata.export_entries.iter().map(|entry| {
        let kind = match entry.export_type {
            ExportType::Local => "Local",
            ExportType::Indirect => "Indirect",
            ExportType::Namespace => "Namespace",
        };
        json!({
            "type": kind,
            "exportName": entry.export_name,
            "moduleName": entry.module_name,
            "importName": entry.import_name,
            "localName": entry.local_name,
        })
    });
    json!({
        "requestedModules": requests.collect::<Vec<_>>(),
        "importEntries": imports.collect::<Vec<_>>(),
        "exportEntries": exports.collect::<Vec<_>>(),
        "starExports": metadata.star_exports,
    })
}

fn metadata_of(source: &str) -> ModuleMetadata {
    analyze_module(source).unwrap_or_else(|error| panic!("{source:?}: {error}")).metadata
}

/// `exportName: kind(module, import name, local name)`, one a line, for short expectations.
fn exports_of(source: &str) -> String {
    let show = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    metadata_of(source)
        .export_entries
        .iter()
        .map(|entry| {
            let (module, import, local) =
                (show(&entry.module_name), show(&entry.import_name), show(&entry.local_name));
            format!("{}: {:?}({module}, {import}, {local})", entry.export_name, entry.export_type)
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn export_names(source: &str) -> Vec<String> {
    metadata_of(source).export_entries.into_iter().map(|entry| entry.export_name).collect()
}

/// `specifier` or `specifier{key=value,...}` of each request.
fn requests_of(source: &str) -> Vec<String> {
    metadata_of(source)
        .requested_modules
        .iter()
        .map(|request| match &request.attributes {
            None => request.specifier.clone(),
            Some(pairs) => {
                let pairs: Vec<_> =
                    pairs.iter().map(|pair| format!("{}={}", pair.key, pair.value)).collect();
                format!("{}{{{}}}", request.specifier, pairs.join(","))
            }
        })
        .collect()
}

fn is_refused(source: &str) -> bool {
    analyze_module(source).is_err_and(|error| error.kind() == ErrorKind::Syntax)
}

#[test]
fn every_vector_has_its_record() {
    let vectors: Vec<Value> =
        serde_json::from_str(include_str!("fixtures/metadata.json")).expect("vectors");
    assert!(!vectors.is_empty());
    for vector in &vectors {
        let source = vector["source"].as_str().expect("source");
        let got = analyze_module(source).map(|analysis| to_json(&analysis.metadata));
        match (&vector["expect"], got) {
            (Value::Null, Err(_)) => {}
            (expect, Ok(got)) => assert_eq!(&got, expect, "{}", vector["name"]),
            (_, Err(error)) => panic!("{}: {error}", vector["name"]),
        }
    }
}

#[test]
fn an_import_is_passed_on_wherever_the_export_stands() {
    assert_eq!(
        exports_of(
            "export { a as b, d, ns as n }; import d, { x as a } from 'm'; import * as ns from 'o';"
        ),
        "b: Indirect(m, x, -)\nd: Indirect(m, default, -)\nn: Namespace(o, -, -)"
    );
    assert_eq!(
        exports_of("import { 'a b' as a } from 'm'; export { a as 'c d' };"),
        "c d: Indirect(m, a b, -)"
    );
    // A local of the same name elsewhere is not the binding that is exported.
    assert_eq!(
        exports_of("import { a } from 'm'; { let a = 1; } function f(a) {} export { a };"),
        "a: Indirect(m, a, -)"
    );
}

#[test]
fn default_exports_are_named_only_by_declarations() {
    for source in [
        "export default (function f() {});",
        "export default (class C {});",
        "export default (async function f() {});",
        "export default function () {}",
        "export default function* () {}",
        "export default async function () {}",
        "export default async function* () {}",
        "export default class {}",
        "class X {} export default class extends X {}",
        "export default class { static async = 1 }",
        "export default async;\nvar async;",
        "export default async\nfunction f() {}",
        "export default [1, 2];",
        "export default ({ a: 1 });",
        "export default x = 1; var x;",
        "export default await 1;",
    ] {
        assert_eq!(exports_of(source), "default: Local(-, -, starDefault)", "{source}");
    }
    assert_eq!(exports_of("export default function f() {}"), "default: Local(-, -, f)");
    assert_eq!(exports_of("export default async function f() {}"), "default: Local(-, -, f)");
    assert_eq!(exports_of("export default function* g() {}"), "default: Local(-, -, g)");
    assert_eq!(
        exports_of("class X {} export default class C extends X {}"),
        "default: Local(-, -, C)"
    );
    assert_eq!(exports_of("export { x as default } from 'm';"), "default: Indirect(m, x, -)");
    assert_eq!(exports_of("export { default } from 'm';"), "default: Indirect(m, default, -)");
    assert_eq!(exports_of("export { default as d } from 'm';"), "d: Indirect(m, default, -)");
}

#[test]
fn every_bound_name_of_a_pattern_is_exported_in_order() {
    assert_eq!(
        export_names(
            "export const { a, b: c, d = 1, e: { f, ...g }, [k()]: [h, , i = 2, [...j]], ...rest } = o, z = 1;"
        ),
        ["a", "c", "d", "f", "g", "h", "i", "j", "rest", "z"]
    );
    assert_eq!(export_names("export var [a, [b], { c }] = x, [] = y, {} = z;"), ["a", "b", "c"]);
}

#[test]
fn names_are_cooked() {
    assert_eq!(
        exports_of("var \\u0061; export { \\u0061 as b, a as \\u{63}, a as 'x\\x79\\u{1F600}' };"),
        "b: Local(-, -, a)\nc: Local(-, -, a)\nxy😀: Local(-, -, a)"
    );
    assert_eq!(requests_of("import '\\x61\\\nb';"), ["ab"]);
    assert_eq!(exports_of("export { '\\uD83D\\uDE00' } from 'm';"), "😀: Indirect(m, 😀, -)");
}

#[test]
fn requests_are_distinct_by_specifier_and_attributes() {
    assert_eq!(
        requests_of(
            "import 'a' with { b: '1', c: '2' }; export * from 'a' with { 'c': '2', b: '1' };\n\
             import 'a' with { b: '1' }; import 'a' with { b: '2' };"
        ),
        ["a{b=1,c=2}", "a{b=1}", "a{b=2}"]
    );
    assert_eq!(requests_of("import 'a' with {};"), ["a"]);
    assert_eq!(requests_of("import 'a'; import 'a' with {};"), ["a"]);
    assert_eq!(requests_of("import 'a' with {}; export {} from 'a';"), ["a"]);
    assert_eq!(
        requests_of("export * from 'a' with {}; import 'a'; import 'b' with {};"),
        ["a", "b"]
    );
    assert_eq!(requests_of("export { x } from 'b'; import 'a'; import 'b';"), ["b", "a"]);
}

#[test]
fn star_exports_are_a_set() {
    let metadata = metadata_of("export * from 'b'; export * from 'a'; export * from 'b';");
    assert_eq!(metadata.star_exports, ["b", "a"]);
    assert_eq!(metadata.requested_modules.len(), 2);
    // By specifier alone: the attributes are the request's.
    let metadata = metadata_of("export * from 'a'; export * from 'a' with { type: 'json' };");
    assert_eq!(metadata.star_exports, ["a"]);
    assert_eq!(metadata.requested_modules.len(), 2);
    // With a name it is another kind of export.
    let metadata =
        metadata_of("export * as b from 'a'; export * from 'a'; export * as c from 'a';");
    assert_eq!((metadata.star_exports.len(), metadata.export_entries.len()), (1, 2));
}

#[test]
fn early_errors_are_refused() {
    let accepted: Vec<_> = [
        // Exports of nothing, or of what is not at the top level.
        "export { a };",
        "export { a as b };",
        "export { undefined };",
        "export { arguments };",
        "function f(a) {} export { a };",
        "{ class A {} } export { A };",
        "try {} catch (e) {} export { e };",
        "for (let i of []) ; export { i };",
        "(function g() {}); export { g };",
        "export default function () {} export { starDefault };",
        // Two of a name.
        "export { a, a }; var a;",
        "export let a; export { a };",
        "export { a as b }; export * as b from 'm'; var a;",
        "export default 1; export default 2;",
        "export default function f() {} export { f as default };",
        "export { default } from 'm'; export default 1;",
        "export * as default from 'm'; export default 1;",
        "let a; var a;",
        "let a; { var a; }",
        "function f() {} function f() {}",
        "function f() {} var f;",
        "export function f() {} export function f() {}",
        "import { a, a } from 'm';",
        "import a, * as a from 'm';",
        "import { a } from 'm'; var a;",
        "import { a } from 'm'; { var a; }",
        "import { a } from 'm'; function a() {}",
        "import { a } from 'm'; class a {}",
        // Reserved words and strict mode.
        "import { if } from 'm';",
        "import { a as eval } from 'm';",
        "import arguments from 'm';",
        "import { a as await } from 'm';",
        "import yield from 'm';",
        "import let from 'm';",
        "export { let };",
        "export { await };",
        "var await;",
        "with (a) {}",
        "delete a;",
        "010;",
        "'\\07';",
        "function f(a, a) {}",
        "arguments = 1;",
        "eval++;",
        "implements;",
        "if (1) function f() {}",
        "l: function f() {}",
        // Strings as names.
        "export { 'a' };",
        "export { 'a' as b };",
        "import { 'a' } from 'm';",
        "var a; export { a as '\\uD800' };",
        "import { '\\uDC00' as a } from 'm';",
        "export { '\\uD800' as a } from 'm';",
        "export * as '\\uD83D' from 'm';",
        // Attributes.
        "import 'm' with { a: '1', a: '1' };",
        "import 'm' with { 'a': '1', \\u0061: '2' };",
        "export * from 'm' with { a: '1', a: '2' };",
        "import 'm' with { a: 1 };",
        "import 'm' with { [a]: '1' };",
        "import 'm' with { 1: '1' };",
        "import 'm' assert { type: 'json' };",
        // Where things may stand.
        "{ export {} }",
        "function f() { import 'm'; }",
        "() => { export default 1; }",
        "if (1) export var a;",
        "return;",
        "new.target;",
        "super();",
        "break;",
        "continue;",
        "l: l: ;",
        "function f() { await 1; }",
        "class C { static { await 1; } }",
        "class C { x = await 1; }",
        "() => { await using a = b; };",
        "function f() { await using a = b; }",
        "class C { static { await using a = b; } }",
        "() => { for await (const a of b) ; };",
        "class C { x = arguments; }",
        "(a = await 1) => a;",
        "async (a = await 1) => a;",
        "function* g(a = yield) {}",
        "import.meta = 1;",
        "import.foo;",
        "import();",
        "import(...a);",
        "new import('a');",
        "import a from m;",
        "import * from 'm';",
        "import { * as a } from 'm';",
        "import a, b from 'm';",
        "import 'a' 'b';",
        "export a;",
        "export {} from;",
        "var a; export { a } from",
        "var a; export { a as b, } from ;",
        "export 'a';",
        "export * as ns;",
        "export * from;",
        "export async () => {};",
        "export default const a = 1;",
        "export default var a;",
        "export const a;",
        "export { a from 'm' };",
        "export function () {}",
        "export class {}",
        "class C { #a; #a; }",
        "a.#b;",
        "class C { constructor() {} constructor() {} }",
        "({ a = 1 });",
        "({ __proto__: 1, __proto__: 2 });",
        "1 = 2;",
        "for (let x of [], []) ;",
        "/(/;",
        "/a/gg;",
        "`\\u`;",
        "'\n';",
        "/* ",
        // HTML-like comments are for scripts.
        "<!-- a",
        "\n--> a",
        " #!/bin/sh",
        // Other languages, and proposals that no engine runs.
        "let a: number = 1;",
        "export type A = 1;",
        "import type { A } from 'm';",
        "import { type A } from 'm';",
        "export { type A } from 'm';",
        "import a = require('a');",
        "export import a = require('a');",
        "export = 1;",
        "export as namespace a;",
        "export default interface A {}",
        "export interface A {}",
        "interface A {}",
        "export default abstract class A {}",
        "export abstract class A {}",
        "abstract class A {}",
        "export enum A {}",
        "enum A {}",
        "declare const a;",
        "export declare const a;",
        "namespace A {}",
        "a as b;",
        "a!;",
        "<a>b;",
        "<a/>;",
        "function f(this) {}",
        "function f(a?) {}",
        "class A { private a; }",
        "class A { readonly a = 1; }",
        "class A { default a }",
        "class A { static async a = 1 }",
        "class A { async static = 1 }",
        "class A { export a() {} }",
        "class A { const [a] = 1 }",
        "class A { declare a; }",
        "class A { abstract a; }",
        "class A { override a() {} }",
        "class A { public static a() {} }",
        "class A { protected get a() {} }",
        "class A { a?; }",
        "class A { a!; }",
        "class A { a?() {} }",
        "class A { a(); }",
        "class A { constructor(private a) {} }",
        "class A { [a: string]: b; }",
        "class A implements B {}",
        "class A extends B<C> {}",
        "(a?) => a;",
        "(a: b) => a;",
        "(a): b => a;",
        "a satisfies b;",
        "a<b>(c) satisfies d;",
        "let a!: b;",
        "module A {}",
        "declare module 'a' {}",
        "declare global {}",
        "function f(): void {}",
        "function f<T>() {}",
        "function f();",
        "try {} catch (e: any) {}",
        "const enum A {}",
        "import a, { type b } from 'm';",
        "import type a = b.c;",
        "export type * from 'm';",
        "export import a = b.c;",
        "class A<T> {}",
        "class A { accessor a = 1; }",
        "@a class A {}",
        "@a export class A {}",
        "export @a class A {}",
        "export default @a class {}",
        "class A { @a b() {} }",
        "(@a class {});",
    ]
    .into_iter()
    .filter(|source| !is_refused(source))
    .collect();
    assert!(accepted.is_empty(), "accepted: {accepted:#?}");
}

#[test]
fn what_only_looks_wrong_is_accepted() {
    for source in [
        "#!/usr/bin/env node",
        "#!/usr/bin/env node\nexport {};",
        "export {};",
        "import {} from 'm';",
        "import { default as a } from 'm';",
        "import { a as b, } from 'm';",
        "import {a as as} from 'm'",
        "import as from 'm'",
        "import of, * as get from 'm'",
        "import type from 'm'",
        "import type, { a } from 'm'",
        "export { a as await, a as let, a as if }; var a;",
        "export { if, class as default } from 'm';",
        "export * as if from 'm';",
        "var starDefault; export default 1;",
        "{ function f() {} } function f() {}",
        "var a; var a; export { a };",
        "var a; { let a; }",
        "l: { break l; }",
        "class A { static; async; get; set; static static; static async; static get = 1; async\na() {} }",
        "class A { static async *[a]() {} static /* x default y */ b = 1; get static() {} 'c' = 1; *d() {} }",
        "class A { static { } static[a] = 1; async*e() {} static*f() {} #g; static #h() {} 1 = 1 }",
        "var a; export { a } /* from */;",
        "var from; export { from };",
        "export\n{\n}\nvar from; from",
        "async () => { await using a = b; for await (const c of d) ; }; var d;",
        "a <!--b; var a, b;",
        "x --> 0;",
        "/a/v; /(?<n>a)\\k<n>/u; /(?<n>a)|(?<n>b)/; /(?i:a)/; /[\\p{L}--[a-z]]/v;",
        "var type, of, async, get, set, from, as, accessor, defer, source, using;",
        "type\nA = 1; var A, type;",
        "async () => { await 1; for await (a of b) ; }; var a;",
        "await 1; for await (const a of b) ;",
        "using a = null; await using b = null;",
        "class C { static { var await_; } #p; static s = import.meta; m() { return #p in this; } }",
        "import.meta.url; import('a'); new (import('a')); import('a',); import('a', {},);",
        "a ??= b?.c?.[d]; 1_000n ** 2n; try {} catch {}",
        "export let let_ = `${`${1}`}`;",
        "if (1) { var v; } export { v };",
        "export { f }; { var f; }",
        "let undefined_; export { undefined_ as undefined };",
    ] {
        if let Err(error) = analyze_module(source) {
            panic!("{source:?}: {error}");
        }
    }
}

#[test]
fn import_phases_have_their_own_error() {
    for source in [
        "import defer * as ns from 'm';",
        "import source x from 'm';",
        "import source from from 'm';",
        "import.defer('m');",
        "function f() { return import.source(m); }",
    ] {
        let error = analyze_module(source).expect_err(source);
        assert_eq!(error.code(), "BMES_UNSUPPORTED_PHASE", "{source}: {error}");
    }
    let error = analyze_commonjs("1;\n import.defer('m')").expect_err("a phase");
    assert_eq!((error.code(), error.line(), error.column()), ("BMES_UNSUPPORTED_PHASE", 2, 2));
}

#[test]
fn text_that_utf8_cannot_hold_has_its_own_error() {
    for source in [
        "import '\\uD800';",
        "export * from '\\uDFFF';",
        "export { a } from 'x\\uD83D';",
        "import 'm' with { type: '\\uD800' };",
        "import 'm' with { '\\uD800': 'json' };",
    ] {
        let error = analyze_module(source).expect_err(source);
        assert_eq!(error.code(), "BMES_LONE_SURROGATE", "{source}: {error}");
    }
    assert_eq!(requests_of("import '\u{FFFD}';"), ["\u{FFFD}"]);
}

#[test]
fn errors_say_where() {
    let source = "const 変 = '😀';\r\n  let 😀;\n";
    let error = analyze_module(source).expect_err("not an identifier");
    assert_eq!(error.code(), "BMES_SYNTAX_ERROR");
    assert_eq!((error.line(), error.column()), (2, 7));
    assert_eq!(error.offset(), source.rfind('😀').unwrap());
    let frame = error.code_frame(source);
    assert_eq!(frame, "  1 | const 変 = '😀';\n> 2 |   let 😀;\n    |       ^");
    assert!(error.to_string().ends_with("at line 2, column 7"), "{error}");
}

#[test]
fn literal_imports_are_told_from_computed_ones() {
    let analysis = analyze_module(
        "import('./a.js'); f(`./b.js`); () => import(`./c.js`); import(('./d.js')); import('./a.js');\n\
         import('./e.json', { with: { type: 'json' } }); import('./f.js', {}); import('./g.js', { 'with': {} });",
    )
    .expect("a module");
    let specifiers: Vec<_> =
        analysis.dynamic_imports.iter().map(|import| import.specifier.as_str()).collect();
    assert_eq!(specifiers, ["./a.js", "./c.js", "./d.js", "./e.json", "./f.js", "./g.js"]);
    let attributes = &analysis.dynamic_imports[3].attributes;
    assert_eq!((attributes[0].key.as_str(), attributes[0].value.as_str()), ("type", "json"));
    assert!(!analysis.traits.computed_import);
    assert!(analysis.metadata.requested_modules.is_empty());

    for computed in [
        "import(a)",
        "import('a' + 'b')",
        "import(`a${b}`)",
        "import('a', b)",
        "import('a', { with: b })",
        "import('a', { with: { type: b } })",
        "import('a', { with: { [type]: 'json' } })",
        "import('a', { with: { ...b } })",
        "import('a', { with: { type: 'json', type: 'css' } })",
        "import('a', { ...b })",
        "import('a', { get with() {} })",
        "import('a', { with() {} })",
        "import('a', { other: {} })",
        "import('a', { __proto__: {} })",
        "import('\\uD800')",
    ] {
        let analysis = analyze_module(computed).expect(computed);
        assert!(analysis.traits.computed_import, "{computed}");
        assert!(analysis.dynamic_imports.is_empty(), "{computed}");
    }
    let nested = analyze_module("import(import('a'))").expect("nested");
    assert!(nested.traits.computed_import);
    assert_eq!(nested.dynamic_imports.len(), 1);
}

#[test]
fn top_level_suspensions_are_counted_and_a_sole_one_is_placed() {
    let awaits = |source: &str| {
        let traits = analyze_module(source).unwrap_or_else(|e| panic!("{source}: {e}")).traits;
        (traits.top_level_awaits, traits.top_level_await_at)
    };
    assert_eq!(awaits("async () => { await 1; for await (a of b) ; }; var a;"), (0, None));
    assert_eq!(awaits("const x = [1,\n  await y];"), (1, Some((2, 3))));
    assert_eq!(awaits("if (a) { for (;;) { '😀' + await b; } }"), (1, Some((1, 28))));
    assert_eq!(awaits("await await 1;"), (2, None));
    assert_eq!(awaits("for  await (const x of y) { }"), (1, Some((1, 19))));
    assert_eq!(awaits("var x; for await (x of y) { }"), (1, Some((1, 19))));
    assert_eq!(awaits("for await (const x of await y) { }"), (2, None));
    assert_eq!(awaits("await using x = y;"), (1, None));
    assert_eq!(awaits("export default await 1;"), (1, Some((1, 16))));
    assert_eq!(
        awaits("class C extends (await 1) { [await 2] = 3; static [await 4]() {} }"),
        (3, None)
    );
    assert_eq!(
        awaits("class C { x = async () => { await 1; }; static { (async () => await 1)(); } }"),
        (0, None)
    );
    assert_eq!(awaits("({ async f() { await 1; }, [await 2]: 3 });"), (1, Some((1, 29))));
    assert_eq!(awaits("async function f(a) { await a; } `${await f()}`;"), (1, Some((1, 37))));
}

#[test]
fn import_meta_is_seen_anywhere() {
    let has_meta = |source: &str| analyze_module(source).expect(source).traits.import_meta;
    assert!(has_meta("import.meta.url"));
    assert!(has_meta("class C { x = () => import.meta }"));
    assert!(!has_meta("// import.meta\n'import.meta'"));
    assert!(!analyze_module("import.meta").expect("a module").traits.format_detected);
}

#[test]
fn commonjs_calls_are_found() {
    let analysis = analyze_commonjs(
        "#!/usr/bin/env node\nvar a = require('a'), b = require(`b`);\nif (x) require?.('c'); else require('a');\n\
         require.resolve('no'); module.require('no'); new require('no'); ({ require }).require('no');\n\
         function f() { return import('d') } with (x) { require('e') } var await = 010; return;",
    )
    .expect("CommonJS");
    assert_eq!(analysis.requires, ["a", "b", "c", "e"]);
    assert_eq!(analysis.dynamic_imports.len(), 1);
    assert_eq!(analysis.dynamic_imports[0].specifier, "d");
    assert!(!analysis.computed);

    for computed in
        ["require(a)", "require('a' + b)", "require(...a)", "import(a)", "require(`${a}`)"]
    {
        assert!(analyze_commonjs(computed).expect(computed).computed, "{computed}");
    }
    assert!(!analyze_commonjs("require()").expect("no argument").computed);
    assert!(analyze_commonjs("await; new.target; <!-- html\n--> too").is_ok());
    assert!(analyze_commonjs("var a = ;").is_err());
}

#[test]
fn syntax_is_detected_as_node_does() {
    for source in [
        "import 'm';",
        "import a from 'm'; return;",
        "export {};",
        "export * from 'm';",
        "export const a = 1;",
        "export default 1;",
        "import.meta.url;",
        "function f() { return import.meta; }",
        "await 1;",
        "const a = await b();",
        "if (await 1) {}",
        "f(await 1);",
        "[await 1];",
        "for await (const a of b) ;",
        "const require = 1;",
        "let module, b;",
        "class exports {}",
        "const { __filename, __dirname } = x;",
        "const require = createRequire(import.meta.url);",
        "await using a = b;",
        "{ using a = null; await using b = null; }",
        // An error that only the module has is the module's.
        "import 'm'; delete a;",
    ] {
        assert_eq!(detect_syntax(source), Syntax::Module, "{source}");
    }
    for source in [
        "",
        "#!/usr/bin/env node\nrequire('a');",
        "module.exports = 1; return;",
        "import('m');",
        "await;",
        "await (1);",
        "var await;",
        "async () => { await 1; };",
        "async () => { await using a = b; };",
        "function f() { await 1; }",
        "var require = 1;",
        "function module() {}",
        "{ const require = 1; }",
        "const a = 1, require_ = 2;",
        "const require = 1; delete x; 010;",
        "await 1; with (a) {}",
        "<!-- html",
        "var a = ;",
        "let a: number;",
        "'import \"m\"'; // export {}",
    ] {
        assert_eq!(detect_syntax(source), Syntax::CommonJs, "{source}");
    }
}

#[test]
fn what_makes_code_is_named() {
    let makes_code = |source: &str| analyze_module(source).expect("a module").traits.makes_code;
    for source in [
        "eval('1')",
        "(0, eval)('1')",
        "const e = eval; e('1')",
        "new Function('1')",
        "Reflect.construct(Function, ['1'])",
        "x instanceof Function",
        "(() => {}).constructor('1')",
        "(async () => {})['constructor']('1')",
        "new (function* () {}.constructor)('1')",
        "f?.constructor('1')",
        "export const f = () => { class A { static x = eval('1'); } }",
        "`${eval('1')}`",
        "export { Function as F } from './x.mjs'; globalThis.x = Function;",
    ] {
        assert!(makes_code(source), "{source}");
    }
    for source in [
        "function f() {}; f('eval')",
        "class A { constructor() { super.x(); } }",
        "x.eval('1'); x.Function; ({ eval: 1, Function: 2 })",
        "x.constructor.name",
        "export { Function } from './x.mjs'",
        "// eval('1')",
    ] {
        assert!(!makes_code(source), "{source}");
    }
}
