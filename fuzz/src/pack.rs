//! Packs: `pack`, but not whether its guards hold, which is asked of the disk.

use std::borrow::Cow;

use bmes_cache::module_graph::{Edge, EdgeKind, Found, ModuleIndex};
use bmes_cache::pack::layout::*;
use bmes_cache::pack::{
    Blob, Encoding, Pack, PackContents, PackError, PackModule, SourceText, encode,
};
use xxhash_rust::xxh3::xxh3_64;

use super::allocations::peak_of;
use forge::Forge;

#[path = "../../tests/pack/forge.rs"]
#[allow(dead_code, reason = "its other half is for tests that forge single fields")]
mod forge;
#[path = "../../tests/pack/sample.rs"]
#[allow(dead_code, reason = "its other half is for tests that compare")]
mod sample;

use sample::{APP, RUNTIME};

/// A row of a table becomes at most 3 times as long (a name: 8 bytes, and 24 of a `Cow`).
const MOST_PER_BYTE: usize = 3;

/// Packs to start from: one of everything, and the same with less around each thing.
pub fn seeds() -> Vec<Vec<u8>> {
    let whole = sample::contents();
    let mut packs = vec![sample::bytes()];
    for module in &whole.modules {
        let mut module = module.clone();
        let edges = module.edges.to_mut();
        edges.retain(|edge| edge.kind != EdgeKind::DynamicImport);
        for edge in edges {
            edge.target = edge.target.map(|_| ModuleIndex(0));
        }
        if module.source.bytes.is_empty() {
            // A length that UTF-16 cannot have: one bit from what must be refused.
            module.source = SourceText::new("odd");
        }
        let modules = vec![module];
        let guards = Vec::new();
        let alone = PackContents { roots: vec![0], modules, guards, ..sample::contents() };
        packs.push(encode(&alone).expect("small"));
    }
    packs
}

/// As they are, and with a valid preamble and checksums, as a forger would write them. Whether either
/// is a pack.
pub fn check(bytes: &[u8]) -> bool {
    let is_pack = check_pack(bytes);
    bytes.len() >= HEADER_LEN && check_pack(&with_valid_preamble(bytes)) || is_pack
}

/// Everything right that can be put right without knowing what is meant: magic, version, identities,
/// the file's length and every checksum. Offsets, counts and rows are left as they are.
fn with_valid_preamble(bytes: &[u8]) -> Vec<u8> {
    let mut forge = Forge::new(bytes.to_vec());
    forge.bytes[..MAGIC.len()].copy_from_slice(&MAGIC);
    forge.put_u32(VERSION_AT, VERSION);
    forge.put_u32(SECTION_COUNT_AT, SECTIONS as u32);
    forge.put_u64(FILE_LEN_AT, bytes.len() as u64);
    forge.bytes[RUNTIME_AT..RUNTIME_AT + 32].copy_from_slice(&RUNTIME);
    forge.bytes[APP_AT..APP_AT + 32].copy_from_slice(&APP);
    forge.seal()
}

fn open(bytes: &[u8]) -> Result<Pack, PackError> {
    let blob = Blob::Owned(bytes.to_vec());
    let (opened, allocated) = peak_of(|| Pack::open(blob, &RUNTIME, &APP));
    assert_eq!(allocated, 0, "opening allocates nothing");
    opened
}

fn check_pack(bytes: &[u8]) -> bool {
    let opened = open(bytes);
    match &opened {
        Ok(pack) => {
            assert_eq!(pack.bytes(), bytes);
            check_whole(pack);
            let modules = (0..pack.module_count()).map(|index| check_module(pack, index));
            if let Ok(modules) = modules.collect() {
                check_written_again(pack, modules);
            }
            check_damaged(pack);
        }
        Err(error) => {
            assert!(error.code().starts_with("BMES_PACK_"), "{error}");
            assert!(!error.to_string().is_empty());
        }
    }
    opened.is_ok()
}

/// What is asked of a pack as a whole.
fn check_whole(pack: &Pack) {
    assert!(pack.roots().len() > 0, "an app has an entry");
    assert!(pack.roots().all(|root| root < pack.module_count()));
    assert!(pack.conditions().all(|name| !name.is_empty() && !name.contains('\n')));
    // A symbolic link's target is one string of the pack; paths are borrowed.
    let most = pack.bytes().len();
    let (guards, allocated) = peak_of(|| pack.guards().filter(|it| !it.path.is_empty()).count());
    assert!(allocated <= most, "{allocated} for {most}");
    assert!(guards <= pack.guards().len());
    for (row, guard) in pack.guards().enumerate() {
        let same = pack.guard_at(row).expect("in range");
        assert_eq!((same.path, same.found), (guard.path, guard.found));
    }
    assert!(pack.guard_at(pack.guards().len()).is_none());
    assert!(pack.guard_at(usize::MAX).is_none());
}

/// Everything one module can be asked.
fn check_module(pack: &Pack, index: u32) -> Result<PackModule<'_>, PackError> {
    let len = pack.bytes().len();
    let (module, allocated) = peak_of(|| pack.pack_module(index));
    assert!(allocated <= MOST_PER_BYTE * len, "{allocated} for {len}");

    let targets = |edges: &[Edge<'_>]| {
        edges.iter().filter_map(|edge| edge.target).all(|target| target.0 < pack.module_count())
    };
    let range = pack.bytecode_range(index);
    let in_place = pack.bytes().get(range).expect("bytecode lies in the pack");
    let bytecode = pack.bytecode(index);
    if let Ok(bytecode) = bytecode {
        assert_eq!(bytecode, in_place);
    }
    if let Ok(source) = pack.source(index)
        && source.encoding == Encoding::Utf16
    {
        let offset = source.bytes.as_ptr().addr() - pack.bytes().as_ptr().addr();
        assert!(offset.is_multiple_of(8) && source.bytes.len().is_multiple_of(2));
    }
    match &module {
        Ok(module) => {
            assert_eq!(Ok(&*module.record), pack.record(index));
            assert!(module.bytecode_len <= module.record.len());
            assert!(targets(&module.edges), "an edge leads nowhere");
            assert!(module.edges.is_sorted_by_key(|edge| edge.kind as u8), "edges come by kind");
        }
        Err(error) => assert!(matches!(error, PackError::Damaged { .. }), "{error}"),
    }
    module
}

/// What was read is written as a pack of the same content, and that one is written as itself.
fn check_written_again<'a>(pack: &'a Pack, modules: Vec<PackModule<'a>>) {
    let contents = PackContents {
        runtime: RUNTIME,
        app: APP,
        roots: pack.roots().collect(),
        hooks_only: Cow::Borrowed(pack.hooks_only()),
        conditions: pack.conditions().map(Cow::Borrowed).collect(),
        reaches_modules: pack.reaches_modules(),
        modules,
        guards: pack.guards().collect(),
    };
    let bytes = encode(&contents).expect("it fitted");
    let again = open(&bytes).expect("our own");
    assert_eq!(again.module_count(), pack.module_count());
    assert_eq!(again.has_bytecode(), pack.has_bytecode());
    assert_eq!(again.hooks_only(), pack.hooks_only());
    assert!(again.roots().eq(pack.roots()));
    assert!(again.conditions().eq(pack.conditions()));
    let guards = |pack: &Pack| -> Vec<(String, Found)> {
        pack.guards().map(|guard| (guard.path.into_owned(), guard.found)).collect()
    };
    assert_eq!(guards(&again), guards(pack));
    for index in 0..pack.module_count() {
        assert_eq!(again.url(index), pack.url(index));
        assert_eq!(again.path(index), pack.path(index));
        assert_eq!(again.left_to_runtime(index), pack.left_to_runtime(index));
        assert_eq!(again.format(index), pack.format(index));
        assert_eq!(again.trait_bits(index), pack.trait_bits(index));
        assert_eq!(again.content_hash(index), pack.content_hash(index));
        assert_eq!(again.record(index), pack.record(index));
        assert_eq!(again.bytecode(index), pack.bytecode(index));
        let text = |pack: &Pack| {
            pack.source(index).map(|it| (it.encoding, it.bytes.into_owned())).expect("verified")
        };
        assert_eq!(text(&again), text(pack));
        assert!(again.edges(index).eq(pack.edges(index)));
        let names = |pack: &Pack| {
            let names = pack.export_names(index)?;
            Some(names.map(str::to_owned).collect::<Vec<_>>())
        };
        assert_eq!(names(&again), names(pack));
    }
}

/// One byte is other than it was when the checksums were made: of what was sound, what is still handed
/// over is the same. What was not may have been mended by it, the bytes being anybody's.
fn check_damaged(pack: &Pack) {
    let whole = pack.bytes();
    let chance = xxh3_64(whole);
    check_flipped(pack, (chance % whole.len() as u64) as usize, 1 << (chance >> 61));
}

/// [`check_damaged`] of a bit that is named.
pub fn check_bit(bytes: &[u8], at: usize, mask: u8) {
    if let Ok(pack) = open(bytes) {
        check_flipped(&pack, at, mask);
    }
}

fn check_flipped(pack: &Pack, at: usize, mask: u8) {
    let mut bytes = pack.bytes().to_vec();
    bytes[at] ^= mask;
    let Ok(damaged) = open(&bytes) else { return };
    assert_eq!(damaged.module_count(), pack.module_count());
    for index in 0..pack.module_count() {
        if let (Ok(record), Ok(sound)) = (damaged.record(index), pack.record(index)) {
            assert_eq!(record, sound, "byte {at}");
        }
        if let (Ok(source), Ok(sound)) = (damaged.source(index), pack.source(index)) {
            assert_eq!(source.bytes, sound.bytes, "byte {at}");
        }
    }
}
