//! A pack with one of everything, small enough to damage byte by byte.

use std::borrow::Cow;
use std::path::PathBuf;

use bmes_cache::format;
use bmes_cache::metadata::{ImportAttribute, ModuleMetadata, ModuleRequest};
use bmes_cache::module_graph::EdgeKind::{DynamicImport, Import, Require};
use bmes_cache::module_graph::{
    Edge, EdgeAttributes, EdgeKind, FileIdentity, Found, ModuleFormat, ModuleIndex, Stamp,
};
use bmes_cache::pack::{
    Blob, Guard, Pack, PackContents, PackError, PackModule, SourceText, encode,
};

pub const RUNTIME: [u8; 32] = [7; 32];
pub const APP: [u8; 32] = [9; 32];

pub fn open(bytes: &[u8]) -> Result<Pack, PackError> {
    Pack::open(Blob::Owned(bytes.to_vec()), &RUNTIME, &APP)
}

fn edge(
    kind: EdgeKind,
    specifier: &str,
    attributes: EdgeAttributes,
    target: Option<u32>,
) -> Edge<'_> {
    let target = target.map(ModuleIndex);
    Edge { kind, specifier: Cow::Borrowed(specifier), attributes, target }
}

/// A module of which nothing is known but its URL.
pub fn module(url: &str, format: ModuleFormat) -> PackModule<'_> {
    PackModule {
        url: Cow::Borrowed(url),
        path: Cow::Borrowed(""),
        left_to_runtime: Cow::Borrowed(""),
        format,
        format_detected: false,
        typescript: false,
        unlinkable: false,
        asks_runtime: true,
        content_hash: [0; 32],
        record: Cow::Borrowed(&[]),
        bytecode_len: 0,
        source: SourceText::new(""),
        edges: Cow::Borrowed(&[]),
        export_names: None,
    }
}

/// The record of a module with one request of this specifier.
pub fn record(specifier: &str, bytecode: &[u8]) -> Vec<u8> {
    let attributes =
        Some(vec![ImportAttribute { key: "type".to_owned(), value: "json".to_owned() }]);
    let metadata = ModuleMetadata {
        requested_modules: vec![ModuleRequest { specifier: specifier.to_owned(), attributes }],
        ..ModuleMetadata::default()
    };
    format::write(&metadata, bytecode).expect("a small record")
}

fn stamp(seed: u64, racy: bool) -> Option<Stamp> {
    let identity = FileIdentity {
        dev: seed,
        ino: u64::MAX - seed,
        size: 1 << (seed % 64),
        mtime_ns: -1,
        ctime_ns: i64::MIN + 1,
    };
    Some(Stamp { identity, racy })
}

pub fn guards() -> Vec<Guard<'static>> {
    let guard = |path: &'static str, found| Guard { path: Cow::Borrowed(path), found };
    let target = PathBuf::from("../é");
    vec![
        guard("/app/a.mjs", Found::File { content_hash: [3; 32], stamp: stamp(1, false) }),
        guard("/app/é😀.mjs", Found::File { content_hash: [4; 32], stamp: stamp(2, true) }),
        guard("/app/absent", Found::Absent),
        guard("/app/node_modules", Found::Directory { stamp: stamp(3, false) }),
        guard("/app/node_modules/@s", Found::Directory { stamp: stamp(4, true) }),
        guard("/app/link", Found::Symlink { target }),
        guard("/app/of-no-place.mjs", Found::File { content_hash: [5; 32], stamp: None }),
        guard("/app/folder", Found::Directory { stamp: None }),
    ]
}

pub fn modules() -> Vec<PackModule<'static>> {
    use EdgeAttributes::{Json, None as Plain, Other};
    let with_code = |specifier, bytecode: &[u8]| {
        let record = record(specifier, bytecode);
        (Cow::<'static, [u8]>::Owned(record), bytecode.len())
    };
    let (entry_record, entry_code) = with_code("./d.json", b"thirteen byte");
    let (wide_record, wide_code) = with_code("", b"1");
    let (empty_record, empty_code) = with_code("./e", b"");
    vec![
        PackModule {
            path: Cow::Borrowed("/app/a.mjs"),
            content_hash: [1; 32],
            record: entry_record,
            bytecode_len: entry_code,
            source: SourceText::new("export {};"),
            edges: Cow::Owned(vec![
                edge(Import, "./wide.mjs", Plain, Some(1)),
                edge(Import, "./d.json", Json, Some(3)),
                edge(Import, "node:fs", Plain, Some(4)),
                edge(Import, "./gone", Other, None),
                edge(DynamicImport, "./c.cjs", Plain, Some(2)),
                edge(DynamicImport, "./é😀", Json, None),
            ]),
            ..module("file:///app/a.mjs", ModuleFormat::Module)
        },
        PackModule {
            path: Cow::Borrowed("/app/wide.mjs"),
            content_hash: [2; 32],
            record: wide_record,
            bytecode_len: wide_code,
            source: SourceText::new("'漢😀'"),
            edges: Cow::Owned(vec![edge(Import, "./a.mjs", Plain, Some(0))]),
            ..module("file:///app/wide.mjs?q#f", ModuleFormat::Module)
        },
        PackModule {
            path: Cow::Borrowed("/app/c.cjs"),
            edges: Cow::Owned(vec![
                edge(DynamicImport, "./wide.mjs", Plain, Some(1)),
                edge(Require, "./d.json", Plain, Some(3)),
                edge(Require, "fs", Plain, Some(4)),
            ]),
            export_names: Some(vec!["default".into(), "é".into(), "".into()]),
            ..module("file:///app/c.cjs", ModuleFormat::CommonJs)
        },
        PackModule {
            path: Cow::Borrowed("/app/d.json"),
            source: SourceText::new("\"é\u{ff}\""),
            ..module("file:///app/d.json", ModuleFormat::Json)
        },
        PackModule { export_names: Some(Vec::new()), ..module("node:fs", ModuleFormat::Builtin) },
        PackModule {
            left_to_runtime: Cow::Borrowed("WebAssembly"),
            ..module("file:///app/w.wasm", ModuleFormat::Other)
        },
        PackModule {
            format_detected: true,
            unlinkable: true,
            asks_runtime: false,
            record: empty_record,
            bytecode_len: empty_code,
            ..module("file:///app/empty.js", ModuleFormat::Module)
        },
    ]
}

pub fn contents() -> PackContents<'static> {
    PackContents {
        runtime: RUNTIME,
        app: APP,
        roots: vec![0, 6],
        hooks_only: Cow::Borrowed("CommonJS reaches é"),
        conditions: vec!["node".into(), "import".into()],
        reaches_modules: true,
        modules: modules(),
        guards: guards(),
    }
}

pub fn bytes() -> Vec<u8> {
    encode(&contents()).expect("a small pack")
}

/// Everything a pack can be asked, as text. Damage shows as the error's code.
pub fn everything(pack: &Pack) -> String {
    let mut out = vec![format!(
        "{:?} {} {:?} {:?}",
        pack.roots().collect::<Vec<_>>(),
        pack.has_bytecode(),
        pack.hooks_only(),
        pack.conditions().collect::<Vec<_>>(),
    )];
    for at in 0..pack.module_count() {
        out.push(format!("{:?}", pack.pack_module(at)));
        out.push(format!("{:?} {:?}", pack.bytecode(at), pack.source(at)));
    }
    out.extend(pack.guards().map(|guard| format!("{guard:?}")));
    out.join("\n")
}
