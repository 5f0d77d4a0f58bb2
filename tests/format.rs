//! BMES v1 against its vectors, and against damage.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    fs,
    path::{Path, PathBuf},
};

use bmes_cache::{
    format::{Record, WriteError, diagnose, metadata_len, validate, with_bytecode, write},
    metadata::{
        ExportEntry, ExportType, ImportAttribute, ImportEntry, ImportType, ModuleMetadata,
        ModuleRequest,
    },
};
use proptest::{collection::vec, option, prelude::*};
use serde_json::Value;
use sha2::{Digest, Sha256};

fn fixtures(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder)
}

fn read(folder: &str, file: &str) -> Vec<u8> {
    fs::read(fixtures(folder).join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn table(folder: &str, file: &str) -> Vec<Value> {
    let rows: Vec<Value> = serde_json::from_slice(&read(folder, file)).expect("a table");
    assert!(!rows.is_empty());
    rows
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

fn optional(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn list<T>(value: &Value, read: impl Fn(&Value) -> T) -> Vec<T> {
    value.as_array().expect("a list").iter().map(read).collect()
}

fn metadata_from(json: &Value) -> ModuleMetadata {
    ModuleMetadata {
        requested_modules: list(&json["requestedModules"], |request| ModuleRequest {
            specifier: text(&request["specifier"]),
            attributes: request["attributes"].as_object().map(|pairs| {
                pairs
                    .iter()
                    .map(|(key, value)| ImportAttribute { key: key.clone(), value: text(value) })
                    .collect()
            }),
        }),
        import_entries: list(&json["importEntries"], |entry| ImportEntry {
            import_type: match entry["type"].as_str() {
                Some("Single") => ImportType::Single,
                Some("SingleTypeScript") => ImportType::SingleTypeScript,
                Some("Namespace") => ImportType::Namespace,
                other => panic!("import type {other:?}"),
            },
            module_request: text(&entry["moduleRequest"]),
            import_name: text(&entry["importName"]),
            local_name: text(&entry["localName"]),
        }),
        export_entries: list(&json["exportEntries"], |entry| ExportEntry {
            export_type: match entry["type"].as_str() {
                Some("Local") => ExportType::Local,
                Some("Indirect") => ExportType::Indirect,
                Some("Namespace") => ExportType::Namespace,
                other => panic!("export type {other:?}"),
            },
            export_name: text(&entry["exportName"]),
            module_name: optional(&entry["moduleName"]),
            import_name: optional(&entry["importName"]),
            local_name: optional(&entry["localName"]),
        }),
        star_exports: list(&json["starExports"], text),
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A record with every kind of entry and every optional field both ways.
fn sample() -> (ModuleMetadata, Vec<u8>) {
    let attribute =
        |key: &str, value: &str| ImportAttribute { key: key.into(), value: value.into() };
    let import = |import_type, name: &str| ImportEntry {
        import_type,
        module_request: "m".into(),
        import_name: name.into(),
        local_name: "é😀".into(),
    };
    let metadata = ModuleMetadata {
        requested_modules: vec![
            ModuleRequest { specifier: "m".into(), attributes: None },
            ModuleRequest { specifier: "m".into(), attributes: Some(vec![]) },
            ModuleRequest {
                specifier: String::new(),
                attributes: Some(vec![attribute("type", "json"), attribute("a", "")]),
            },
        ],
        import_entries: vec![
            import(ImportType::Single, "a"),
            import(ImportType::SingleTypeScript, "b"),
            import(ImportType::Namespace, "*"),
        ],
        export_entries: vec![
            ExportEntry {
                export_type: ExportType::Local,
                export_name: "a".into(),
                module_name: None,
                import_name: None,
                local_name: Some("a".into()),
            },
            ExportEntry {
                export_type: ExportType::Indirect,
                export_name: "b".into(),
                module_name: Some("m".into()),
                import_name: Some("c".into()),
                local_name: None,
            },
            ExportEntry {
                export_type: ExportType::Namespace,
                export_name: "ns".into(),
                module_name: Some("m".into()),
                import_name: None,
                local_name: None,
            },
        ],
        star_exports: vec!["m".into(), "n".into()],
    };
    let bytes = write(&metadata, &[1, 2, 3]).expect("small");
    (metadata, bytes)
}

/// The bytes of every golden record and of the sample. Under Miri, which is a thousand times slower,
/// the sample stands for all: it has one of everything.
fn records() -> Vec<(String, Vec<u8>)> {
    if cfg!(miri) {
        return vec![("sample".into(), sample().1)];
    }
    let mut records: Vec<_> = table("golden", "golden.json")
        .iter()
        .map(|row| (text(&row["file"]), read("golden", &text(&row["file"]))))
        .collect();
    records.push(("sample".into(), sample().1));
    records
}

#[test]
#[cfg_attr(
    miri,
    ignore = "the tables are JSON, which takes it minutes; tests/fuzz.rs reads the records"
)]
fn golden_records_read_as_written_and_write_as_read() {
    for row in table("golden", "golden.json") {
        let file = text(&row["file"]);
        let bytes = read("golden", &file);
        assert_eq!(sha256(&bytes), text(&row["sha256"]), "{file}");
        assert!(validate(&bytes), "{file}");
        assert_eq!(diagnose(&bytes), None, "{file}");

        let record = Record::parse(&bytes).expect(&file);
        let metadata = record.metadata();
        assert_eq!(metadata, metadata_from(&row["metadata"]), "{file}");
        assert_eq!(record.bytecode().len() as u64, row["bytecodeLength"], "{file}");
        assert_eq!(sha256(record.bytecode()), text(&row["bytecodeSha256"]), "{file}");
        assert_eq!(&bytes[record.bytecode_range()], record.bytecode(), "{file}");

        assert_eq!(write(&metadata, record.bytecode()), Ok(bytes.clone()), "{file}");
        assert_eq!(metadata_len(&metadata), record.bytecode_range().start, "{file}");
    }
}

#[test]
#[cfg_attr(
    miri,
    ignore = "the tables are JSON, which takes it minutes; tests/fuzz.rs reads the records"
)]
fn every_golden_file_is_in_the_table() {
    for (folder, name) in [("golden", "golden.json"), ("bad", "expect.json")] {
        let mut listed: Vec<_> = table(folder, name).iter().map(|row| text(&row["file"])).collect();
        let mut found: Vec<_> = fs::read_dir(fixtures(folder))
            .expect("fixtures")
            .map(|entry| entry.expect("entry").file_name().into_string().expect("a name"))
            .filter(|name| name.ends_with(".bmes"))
            .collect();
        listed.sort();
        found.sort();
        assert_eq!(found, listed);
    }
}

#[test]
#[cfg_attr(
    miri,
    ignore = "the tables are JSON, which takes it minutes; tests/fuzz.rs reads the records"
)]
fn bad_records_are_refused_with_kind_and_offset() {
    for row in table("bad", "expect.json") {
        let file = text(&row["file"]);
        let bytes = read("bad", &file);
        assert!(!validate(&bytes), "{file}");
        let error = diagnose(&bytes).expect(&file);
        let code = format!("BMES_{}", text(&row["kind"]).to_uppercase());
        assert_eq!(
            (error.code(), error.offset() as u64),
            (&*code, row["offset"].as_u64().unwrap()),
            "{file}: {error}"
        );
        assert_eq!(Record::parse(&bytes).err(), Some(error), "{file}");
    }
}

#[test]
fn kinds_without_a_vector_have_their_offset_too() {
    let check = |bytes: &[u8], code: &str, offset: usize| {
        let error = diagnose(bytes).expect(code);
        assert_eq!((error.code(), error.offset()), (code, offset), "{error}");
    };
    let (metadata, bytes) = sample();

    for len in 0..8 {
        check(&bytes[..len], "BMES_TOO_SHORT", 0);
    }
    check(&bytes[..8], "BMES_TRUNCATED", 8);

    let exports = ModuleMetadata { export_entries: metadata.export_entries, ..Default::default() };
    let mut bytes = write(&exports, &[]).expect("small");
    assert_eq!(bytes[16..20], [3, 0, 0, 0], "the count of exports");
    bytes[20] = 3;
    check(&bytes, "BMES_BAD_EXPORT_TYPE", 20);
    bytes[16] = 200;
    check(&bytes, "BMES_COUNT_TOO_LARGE", 16);
}

#[test]
fn messages_say_what_and_where_and_what_to_do() {
    let error = diagnose(&read("bad", "specifier-length-past-end.bmes")).expect("bad");
    let message = error.to_string();
    assert!(message.starts_with("a specifier of "), "{message}");
    assert!(message.contains("at byte 12"), "{message}");
    assert!(message.ends_with("write it again from the source"), "{message}");
}

/// Positions to damage: all of them, but a sample of a large record's, where each costs a walk of
/// the whole, and under Miri. The strides are prime, so they meet every kind of field.
fn positions(end: usize) -> impl Iterator<Item = usize> {
    let stride = if cfg!(miri) { 7 } else { 1 };
    (0..end).step_by(if end < 1000 { stride } else { 997 })
}

#[test]
fn every_truncation_is_an_error() {
    for (file, bytes) in records() {
        for len in positions(bytes.len()) {
            assert!(!validate(&bytes[..len]), "{file}: accepted {len} of {} bytes", bytes.len());
        }
    }
}

#[test]
fn every_changed_byte_is_refused_or_reads_as_exactly_that() {
    for (file, mut bytes) in records() {
        // Bytecode is opaque: a change there is only another bytecode.
        let end = Record::parse(&bytes).expect(&file).bytecode_range().start;
        for at in positions(end) {
            let original = bytes[at];
            for change in (1..=u8::MAX).step_by(if cfg!(miri) { 127 } else { 1 }) {
                bytes[at] = original ^ change;
                if let Ok(record) = Record::parse(&bytes) {
                    let again = write(&record.metadata(), record.bytecode()).expect("small");
                    assert!(again == bytes, "{file}: byte {at} ^ {change}");
                }
            }
            bytes[at] = original;
        }
    }
}

#[test]
fn appended_bytes_are_refused() {
    for (file, mut bytes) in records() {
        let end = bytes.len();
        bytes.push(0);
        let error = diagnose(&bytes).expect(&file);
        assert_eq!((error.code(), error.offset()), ("BMES_TRAILING_BYTES", end), "{file}");
    }
}

#[test]
fn borrowed_entries_are_the_owned_ones() {
    let (metadata, bytes) = sample();
    let record = Record::parse(&bytes).expect("sample");
    assert_eq!(record.requests().len(), 3);
    let specifiers: Vec<_> = record.requests().map(|request| request.specifier).collect();
    assert_eq!(specifiers, ["m", "m", ""]);
    let pairs: Vec<_> =
        record.requests().filter_map(|request| request.attributes).flatten().collect();
    assert_eq!(pairs, [("type", "json"), ("a", "")]);
    assert!(record.imports().map(|import| import.to_owned()).eq(metadata.import_entries));
    assert!(record.exports().map(|export| export.to_owned()).eq(metadata.export_entries));
    assert!(record.stars().eq(metadata.star_exports));
    assert_eq!(format!("{:?}", record.requests()), "3 entries at byte 12");
}

#[test]
fn attributes_that_repeat_a_key_are_kept_as_they_are() {
    let pair = |value: &str| ImportAttribute { key: "type".into(), value: value.into() };
    let request =
        ModuleRequest { specifier: "m".into(), attributes: Some(vec![pair("a"), pair("b")]) };
    let metadata = ModuleMetadata { requested_modules: vec![request], ..Default::default() };
    let bytes = write(&metadata, &[]).expect("small");
    assert_eq!(Record::parse(&bytes).expect("a record").metadata(), metadata);
}

#[test]
fn bytecode_is_replaced_without_touching_the_metadata() {
    let (metadata, bytes) = sample();
    for bytecode in [&[][..], &[9; 4], &[7; 1000]] {
        let replaced = with_bytecode(&bytes, bytecode).expect("a record");
        assert_eq!(Ok(&replaced), write(&metadata, bytecode).as_ref());
    }
    let error = with_bytecode(b"SEMB", &[]).expect_err("no record");
    assert_eq!(error.code(), "BMES_TOO_SHORT");
    assert!(matches!(error, WriteError::NotARecord(_)));
    assert!(std::error::Error::source(&error).is_some());
}

/// Counts this thread's allocations.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

#[expect(unsafe_code, reason = "the only way to see that nothing is allocated")]
// SAFETY: every call is passed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise is this one's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `alloc` got the pointer from there.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn reading_in_place_allocates_nothing() {
    let (_, good) = sample();
    let bad = read("bad", "utf8-in-star.bmes");
    let before = ALLOCATIONS.get();
    let valid = validate(&good);
    let error = diagnose(&bad);
    let record = Record::parse(&good).ok();
    let names = record.map_or(0, |record| {
        record.exports().map(|export| export.export_name.len()).sum::<usize>()
            + record.requests().filter_map(|request| request.attributes).flatten().count()
    });
    let allocated = ALLOCATIONS.get() - before;
    assert!(valid && error.is_some() && names > 0);
    assert_eq!(allocated, 0);
}

fn any_metadata() -> impl Strategy<Value = ModuleMetadata> {
    let name = || "\\PC{0,8}";
    // An empty optional string reads back as none, so none is written here.
    let optional_name = || option::of("\\PC{1,8}");
    let attribute = (name(), name()).prop_map(|(key, value)| ImportAttribute { key, value });
    let request = (name(), option::of(vec(attribute, 0..3)))
        .prop_map(|(specifier, attributes)| ModuleRequest { specifier, attributes });
    let import_type = prop_oneof![
        Just(ImportType::Single),
        Just(ImportType::SingleTypeScript),
        Just(ImportType::Namespace)
    ];
    let import = (import_type, name(), name(), name()).prop_map(
        |(import_type, module_request, import_name, local_name)| ImportEntry {
            import_type,
            module_request,
            import_name,
            local_name,
        },
    );
    let export_type = prop_oneof![
        Just(ExportType::Local),
        Just(ExportType::Indirect),
        Just(ExportType::Namespace)
    ];
    let export = (export_type, name(), optional_name(), optional_name(), optional_name()).prop_map(
        |(export_type, export_name, module_name, import_name, local_name)| ExportEntry {
            export_type,
            export_name,
            module_name,
            import_name,
            local_name,
        },
    );
    (vec(request, 0..5), vec(import, 0..5), vec(export, 0..5), vec(name(), 0..5)).prop_map(
        |(requested_modules, import_entries, export_entries, star_exports)| ModuleMetadata {
            requested_modules,
            import_entries,
            export_entries,
            star_exports,
        },
    )
}

/// Reads all there is to read, if it is a record, and checks that it is written the same.
fn read_everything(bytes: &[u8]) {
    match Record::parse(bytes) {
        Ok(record) => {
            assert!(validate(bytes));
            assert_eq!(diagnose(bytes), None);
            let again = write(&record.metadata(), record.bytecode()).expect("small");
            assert!(again == bytes);
        }
        Err(error) => {
            assert!(!validate(bytes));
            assert!(error.offset() <= bytes.len());
            assert!(error.to_string().len() > 20);
        }
    }
}

proptest! {
    #[test]
    #[cfg_attr(miri, ignore = "making the inputs takes it minutes; tests/fuzz.rs has a corpus")]
    fn what_is_written_is_read(metadata in any_metadata(), bytecode in vec(any::<u8>(), 0..40)) {
        let bytes = write(&metadata, &bytecode).expect("small");
        let record = Record::parse(&bytes).expect("just written");
        prop_assert_eq!(record.metadata(), metadata.clone());
        prop_assert_eq!(record.bytecode(), &bytecode[..]);
        prop_assert_eq!(metadata_len(&metadata), record.bytecode_range().start);
        prop_assert_eq!(write(&metadata, &bytecode), Ok(bytes));
    }

    #[test]
    #[cfg_attr(miri, ignore = "making the inputs takes it minutes; tests/fuzz.rs has a corpus")]
    fn any_bytes_are_read_without_a_panic(tail in vec(any::<u8>(), 0..200)) {
        read_everything(&tail);
        // Past the header, where small counts and lengths let the walk go on.
        let mut bytes = b"SEMB\x01\0\0\0".to_vec();
        bytes.extend(&tail);
        read_everything(&bytes);
        bytes.truncate(8);
        bytes.extend(tail.iter().flat_map(|byte| u32::from(byte % 3).to_le_bytes()));
        read_everything(&bytes);
    }

    #[test]
    #[cfg_attr(miri, ignore = "making the inputs takes it minutes; tests/fuzz.rs has a corpus")]
    fn damaged_records_are_read_without_a_panic(
        metadata in any_metadata(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = write(&metadata, b"bytecode").expect("small");
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        read_everything(&bytes);
    }
}

#[test]
fn the_example_in_the_docs_is_a_record() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/format.md"));
    let page = page.expect("docs/format.md");
    let (_, example) = page.split_once("is these 39 bytes:\n\n```text\n").expect("the example");
    let (example, _) = example.split_once("```").expect("its end");
    let bytes: Vec<u8> = example
        .lines()
        .flat_map(|line| line.split_whitespace().map_while(|hex| u8::from_str_radix(hex, 16).ok()))
        .collect();
    assert_eq!(bytes.len(), 39);
    let record = Record::parse(&bytes).expect("a record");
    let requests: Vec<_> =
        record.requests().map(|it| (it.specifier, it.attributes.is_none())).collect();
    assert_eq!(requests, [("./a", true)]);
    assert_eq!(write(&record.metadata(), record.bytecode()).expect("written"), bytes);
}
