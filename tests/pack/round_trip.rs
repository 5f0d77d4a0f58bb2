//! What is written is read.

use std::borrow::Cow;
use std::fs::File;

use bmes_cache::module_graph::ModuleFormat;
use bmes_cache::pack::{Blob, Encoding, Pack, PackError, PackModule, SourceText, encode};
use proptest::prelude::*;

use crate::sample::{
    APP, RUNTIME, bytes, contents, everything, guards, module, modules, open, record,
};

#[test]
fn every_field_is_read_back() {
    let pack = open(&bytes()).expect("a sound pack");
    assert_eq!(pack.roots().collect::<Vec<_>>(), [0, 6]);
    assert_eq!(pack.hooks_only(), "CommonJS reaches é");
    assert_eq!(pack.conditions().collect::<Vec<_>>(), ["node", "import"]);
    assert!(!pack.has_bytecode(), "the last has none");
    assert!(pack.reaches_modules());
    let written = modules();
    assert_eq!(pack.module_count() as usize, written.len());
    for (at, module) in (0..).zip(&written) {
        let read = pack.pack_module(at).expect("undamaged");
        assert_eq!(format!("{read:?}"), format!("{module:?}"));
    }
    let read: Vec<_> = pack.guards().map(|guard| format!("{guard:?}")).collect();
    let written: Vec<_> = guards().iter().map(|guard| format!("{guard:?}")).collect();
    assert_eq!(read, written);
}

#[test]
fn unknown_names_are_not_no_names() {
    let pack = open(&bytes()).expect("a sound pack");
    assert!(pack.export_names(0).is_none());
    assert_eq!(pack.export_names(2).expect("known").collect::<Vec<_>>(), ["default", "é", ""]);
    assert_eq!(pack.export_names(4).expect("known").len(), 0);
}

#[test]
fn sources_take_the_encoding_the_engine_wants() {
    let pack = open(&bytes()).expect("a sound pack");
    let source = |at| pack.source(at).expect("undamaged");
    assert_eq!((source(0).encoding, &*source(0).bytes), (Encoding::Latin1, &b"export {};"[..]));
    assert_eq!(source(1).encoding, Encoding::Utf16);
    assert_eq!(source(3).encoding, Encoding::Latin1);
    assert_eq!(&*source(3).bytes, b"\"\xe9\xff\"");
    assert!(source(6).bytes.is_empty());
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert_eq!(bytes(), bytes());
    let pack = open(&bytes()).expect("a sound pack");
    let copied: Result<Vec<PackModule<'_>>, _> =
        (0..pack.module_count()).map(|at| pack.pack_module(at)).collect();
    let again = encode(&bmes_cache::pack::PackContents {
        roots: pack.roots().collect(),
        hooks_only: Cow::Borrowed(pack.hooks_only()),
        conditions: pack.conditions().map(Cow::Borrowed).collect(),
        modules: copied.expect("undamaged"),
        guards: pack.guards().collect(),
        ..contents()
    });
    assert_eq!(again.expect("encoded"), pack.bytes());
}

#[test]
fn a_pack_of_a_file_is_a_pack_of_its_bytes() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("a.pack");
    let map = |bytes: &[u8]| {
        std::fs::write(&path, bytes).expect("written");
        let blob = Blob::map(&File::open(&path).expect("opened")).expect("mapped");
        Pack::open(blob, &RUNTIME, &APP)
    };
    let pack = map(&bytes()).expect("a sound pack");
    assert_eq!(everything(&pack), everything(&open(&bytes()).expect("a sound pack")));
    drop(pack);
    assert_eq!(map(&[]).map(|_| ()), Err(PackError::NotAPack));
}

#[test]
fn an_app_of_nothing_but_its_entry_is_a_pack() {
    let smallest = bmes_cache::pack::PackContents {
        roots: vec![0],
        hooks_only: Cow::Borrowed(""),
        conditions: Vec::new(),
        modules: vec![module("file:///a.mjs", ModuleFormat::Other)],
        guards: Vec::new(),
        ..contents()
    };
    let pack = open(&encode(&smallest).expect("encoded")).expect("a sound pack");
    assert_eq!((pack.module_count(), pack.hooks_only(), pack.has_bytecode()), (1, "", true));
    assert_eq!((pack.conditions().count(), pack.guards().len()), (0, 0));
}

#[test]
fn more_bytecode_than_record_is_refused() {
    let mut contents = contents();
    contents.modules[0].bytecode_len = contents.modules[0].record.len() + 1;
    assert_eq!(encode(&contents).expect_err("refused").code(), "BMES_PACK_MALFORMED");
}

proptest! {
    /// V8 copies bytecode that does not start on an 8-byte boundary.
    #[test]
    fn bytecode_and_sources_start_on_an_8_byte_boundary(
        parts in prop::collection::vec(("[a-zé漢]{0,9}", prop::collection::vec(any::<u8>(), 0..40)), 1..9)
    ) {
        let made: Vec<PackModule<'_>> = parts
            .iter()
            .map(|(text, bytecode)| PackModule {
                record: Cow::Owned(record(text, bytecode)),
                bytecode_len: bytecode.len(),
                source: SourceText::new(text),
                ..module("file:///a.mjs", ModuleFormat::Module)
            })
            .collect();
        let contents = bmes_cache::pack::PackContents { modules: made, roots: vec![0], ..contents() };
        let pack = open(&encode(&contents).expect("encoded")).expect("a sound pack");
        let start = pack.bytes().as_ptr().addr();
        for (at, (text, bytecode)) in (0..).zip(&parts) {
            let read = pack.bytecode(at).expect("undamaged");
            prop_assert_eq!(read, &bytecode[..]);
            prop_assert!(bytecode.is_empty() || (read.as_ptr().addr() - start).is_multiple_of(8));
            let source = pack.source(at).expect("undamaged");
            prop_assert_eq!((source.bytes.as_ptr().addr() - start) % 8, 0);
            let units: Vec<u16> = match source.encoding {
                Encoding::Latin1 => source.bytes.iter().map(|byte| u16::from(*byte)).collect(),
                Encoding::Utf16 => {
                    source.bytes.chunks(2).map(|two| u16::from(two[0]) | u16::from(two[1]) << 8).collect()
                }
            };
            prop_assert_eq!(String::from_utf16(&units).expect("text"), text.as_str());
        }
    }
}
