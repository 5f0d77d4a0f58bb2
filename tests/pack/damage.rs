//! What an accident does to a pack is seen before the engine sees the pack.

use bmes_cache::pack::layout::*;
use bmes_cache::pack::{Blob, Pack, PackError, Section};

use crate::forge::Forge;
use crate::sample::{APP, RUNTIME, bytes, everything, open};

/// What a byte of the file is, by the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Magic,
    Version,
    Header,
    Table(Section),
    Record(u32),
    Source(u32),
    Padding,
}

fn parts(bytes: &[u8]) -> Vec<Part> {
    let forge = Forge::new(bytes.to_vec());
    let mut parts = vec![Part::Padding; bytes.len()];
    parts[..HEADER_LEN].fill(Part::Header);
    parts[..MAGIC.len()].fill(Part::Magic);
    parts[VERSION_AT..VERSION_AT + 4].fill(Part::Version);
    for section in Section::ALL.into_iter().filter(|section| section.is_table()) {
        parts[forge.section(section).expect("sound")].fill(Part::Table(section));
    }
    let modules = forge.section(Section::Modules).expect("sound");
    for (index, row) in (0..).zip(modules.step_by(MODULE_LEN)) {
        let record = forge.part(Section::Records, row, M_RECORD_AT).expect("sound");
        parts[record].fill(Part::Record(index));
        let source = forge.part(Section::Sources, row, M_SOURCE_AT).expect("sound");
        parts[source].fill(Part::Source(index));
    }
    parts
}

#[test]
fn padding_is_zeros_between_eight_byte_boundaries() {
    let bytes = bytes();
    let parts = parts(&bytes);
    let mut run = 0;
    for (at, (byte, part)) in bytes.iter().zip(&parts).enumerate() {
        run = if *part == Part::Padding { run + 1 } else { 0 };
        assert!(run < 8 && (run == 0 || *byte == 0), "byte {at}");
    }
}

#[test]
fn every_flip_outside_the_padding_is_caught_where_it_is() {
    let whole = bytes();
    let sound = open(&whole).expect("a sound pack");
    let expected = everything(&sound);
    let mut padding = 0;
    for (at, part) in parts(&whole).into_iter().enumerate() {
        for mask in [0x01, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= mask;
            let found = bytes[VERSION_AT..VERSION_AT + 4].try_into().expect("four bytes");
            let found = u32::from_le_bytes(found);
            let damaged = |section| Err(PackError::Damaged { section });
            let opened = open(&bytes);
            let error = opened.as_ref().map(|_| ()).map_err(PackError::clone);
            let expect = match part {
                Part::Magic => Err(PackError::NotAPack),
                Part::Version => Err(PackError::Version { found }),
                Part::Header => damaged("header"),
                Part::Table(section) => damaged(section.name()),
                Part::Record(_) | Part::Source(_) | Part::Padding => Ok(()),
            };
            assert_eq!(error, expect, "byte {at} ^ {mask:#x} in {part:?}");
            let Ok(pack) = opened else { continue };
            padding += usize::from(part == Part::Padding);
            if part == Part::Padding {
                assert_eq!(everything(&pack), expected, "byte {at}");
            }
            for index in 0..pack.module_count() {
                let (record, source) = (pack.record(index), pack.source(index));
                let (record, source) = (record.map(|_| ()), source.map(|_| ()));
                let is_hit = |hit: Part| if part == hit { 1 } else { 0 };
                let expect = [Ok(()), damaged("records")][is_hit(Part::Record(index))].clone();
                assert_eq!(record, expect, "record {index}, byte {at}");
                assert_eq!(pack.bytecode(index).map(|_| ()), expect, "bytecode {index}");
                let expect = [Ok(()), damaged("sources")][is_hit(Part::Source(index))].clone();
                assert_eq!(source, expect, "source {index}, byte {at}");
                let is_whole = record.is_ok() && source.is_ok();
                assert_eq!(pack.pack_module(index).is_ok(), is_whole);
            }
        }
    }
    assert!(padding > 0, "the sample has padding");
}

#[test]
fn every_truncation_is_refused() {
    let whole = bytes();
    for len in 0..whole.len() {
        let expected = match len {
            _ if len < MAGIC.len() => PackError::NotAPack,
            _ if len < HEADER_LEN => {
                PackError::Length { expected: HEADER_LEN as u64, found: len as u64 }
            }
            _ => PackError::Length { expected: whole.len() as u64, found: len as u64 },
        };
        assert_eq!(open(&whole[..len]).map(|_| ()), Err(expected));
    }
}

#[test]
fn a_byte_too_many_is_refused() {
    let mut bytes = bytes();
    bytes.push(0);
    let refused = open(&bytes).expect_err("refused");
    let found = bytes.len() as u64;
    assert_eq!(refused, PackError::Length { expected: found - 1, found });
}

#[test]
fn another_runtimes_or_apps_pack_is_foreign() {
    let open = |runtime: &[u8; 32], app: &[u8; 32]| {
        Pack::open(Blob::Owned(bytes()), runtime, app).map(|_| ())
    };
    for bit in 0..256 {
        let other = |mut digest: [u8; 32]| {
            digest[bit / 8] ^= 1 << (bit % 8);
            digest
        };
        assert_eq!(open(&other(RUNTIME), &APP), Err(PackError::Foreign { what: "runtime" }));
        assert_eq!(open(&RUNTIME, &other(APP)), Err(PackError::Foreign { what: "app" }));
    }
}

#[test]
fn another_versions_pack_is_told_by_its_version() {
    for found in [0, VERSION + 1, u32::MAX] {
        let mut forge = Forge::new(bytes());
        forge.put_u32(VERSION_AT, found);
        // Whatever else that version means by its bytes.
        forge.bytes[FILE_LEN_AT..].fill(0xa5);
        assert_eq!(open(&forge.bytes).map(|_| ()), Err(PackError::Version { found }));
    }
}

#[test]
fn a_section_of_another_number_is_refused() {
    let mut forge = Forge::new(bytes());
    forge.put_u32(SECTION_COUNT_AT, SECTIONS as u32 + 1);
    assert!(open(&forge.seal()).is_err());
}
