//! Packs that somebody wrote by hand: every checksum is right, something else is not.

use bmes_cache::module_graph::EdgeKind;
use bmes_cache::pack::layout::*;
use bmes_cache::pack::{Encoding, PackError, Section};
use proptest::prelude::*;

use crate::forge::Forge;
use crate::sample::{bytes, everything, open};

/// Asserts that a pack with this edit is malformed, in that section.
#[track_caller]
fn refused(section: Section, edit: impl FnOnce(&mut Forge)) {
    let mut forge = Forge::new(bytes());
    edit(&mut forge);
    match open(&forge.seal()) {
        Err(PackError::Malformed { section: found, .. }) => assert_eq!(found, section.name()),
        other => panic!("not refused: {:?}", other.map(|_| ())),
    }
}

#[test]
fn an_untouched_pack_survives_the_forge() {
    let sealed = Forge::new(bytes()).seal();
    assert_eq!(sealed, bytes());
}

#[test]
fn sections_must_lie_in_the_file_whole_and_aligned() {
    for section in Section::ALL {
        let row = section_row(section);
        for at in [1 << 20, u64::MAX, u64::MAX - 7, i64::MAX as u64] {
            refused(section, |forge| forge.put_u64(row, at));
            refused(section, |forge| forge.put_u64(row + 8, at));
        }
        refused(section, |forge| {
            let at = forge.u64(row);
            forge.put_u64(row, at - 4);
        });
    }
    for section in [Section::Modules, Section::Edges, Section::Names, Section::Guards] {
        refused(section, |forge| {
            let row = section_row(section);
            let len = forge.u64(row + 8);
            forge.put_u64(row + 8, len - 4);
        });
    }
}

#[test]
fn strings_must_lie_in_the_strings() {
    let strings = |forge: &Forge| forge.section(Section::Strings).expect("sound").len() as u32;
    let rows = [
        (Section::Modules, M_URL),
        (Section::Modules, M_PATH),
        (Section::Modules, M_REASON),
        (Section::Edges, E_SPECIFIER),
        (Section::Names, 0),
        (Section::Guards, G_PATH),
        (Section::Guards, G_TARGET),
    ];
    for (section, field) in rows {
        let last = Forge::new(bytes()).section(section).expect("sound").len() / section.row_len();
        for row in [0, last - 1] {
            let at = |forge: &Forge| forge.row(section, row) + field;
            refused(section, |forge| forge.put_u32(at(forge) + 4, u32::MAX));
            refused(section, |forge| {
                forge.put_u32(at(forge), strings(forge) + 1);
                forge.put_u32(at(forge) + 4, 0);
            });
            refused(section, |forge| {
                forge.put_u32(at(forge), strings(forge));
                forge.put_u32(at(forge) + 4, 1);
            });
            refused(section, |forge| forge.put_u64(at(forge), u64::MAX));
        }
    }
    for field in [HOOKS_ONLY_AT, CONDITIONS_AT] {
        refused(Section::Modules, |forge| forge.put_u64(field, u64::MAX));
    }
}

#[test]
fn strings_must_not_cut_a_character() {
    let cut = |forge: &Forge| {
        let range = forge.section(Section::Strings).expect("sound");
        let strings = &forge.bytes[range];
        strings.iter().position(|byte| *byte == 0xc3).expect("an é") as u32
    };
    for (offset, len) in [(0, 1), (1, 1), (1, 0)] {
        refused(Section::Guards, |forge| {
            let (at, start) = (forge.row(Section::Guards, 0) + G_PATH, cut(forge));
            forge.put_u32(at, start + offset);
            forge.put_u32(at + 4, len);
        });
    }
}

#[test]
fn strings_must_be_utf8() {
    refused(Section::Strings, |forge| {
        let at = forge.row(Section::Strings, 3);
        forge.put_u8(at, 0xff);
    });
}

#[test]
fn records_and_sources_must_lie_in_their_sections() {
    let cases = [(Section::Records, M_RECORD_AT), (Section::Sources, M_SOURCE_AT)];
    for (section, field) in cases {
        let len = |forge: &Forge| forge.section(section).expect("sound").len() as u64;
        for module in 0..7 {
            let at = |forge: &Forge| forge.row(Section::Modules, module) + field;
            for value in [u64::MAX, u64::MAX - 7, 1 << 40] {
                refused(section, |forge| forge.put_u64(at(forge), value));
                refused(section, |forge| forge.put_u64(at(forge) + 8, value & !1));
            }
            refused(section, |forge| {
                forge.put_u64(at(forge), (len(forge) + 8) & !7);
                forge.put_u64(at(forge) + 8, 2);
            });
        }
    }
}

#[test]
fn bytecode_must_be_what_its_record_says() {
    let field = |forge: &Forge| forge.row(Section::Modules, 0) + M_BYTECODE_LEN;
    for value in [u64::MAX, 1 << 32, 1000] {
        refused(Section::Records, |forge| forge.put_u64(field(forge), value));
    }
    for value in [1, 12, 14, 77] {
        let mut forge = Forge::new(bytes());
        let at = field(&forge);
        forge.put_u64(at, value);
        let pack = open(&forge.seal()).expect("only the record can tell");
        let refused = pack.bytecode(0).expect_err("refused");
        assert!(matches!(refused, PackError::Malformed { section: "records", .. }), "{value}");
    }
}

#[test]
fn utf16_must_be_aligned_and_even() {
    let row = |forge: &Forge| forge.row(Section::Modules, 1);
    for shift in [1, 2, 4] {
        refused(Section::Sources, |forge| {
            let at = row(forge) + M_SOURCE_AT;
            forge.put_u64(at, forge.u64(at) - shift);
        });
    }
    refused(Section::Sources, |forge| {
        let at = row(forge) + M_SOURCE_LEN;
        forge.put_u64(at, forge.u64(at) - 1);
    });
    // Latin-1 text of an odd length, called UTF-16.
    refused(Section::Sources, |forge| {
        let row = forge.row(Section::Modules, 0);
        let len = forge.u64(row + M_SOURCE_LEN);
        forge.put_u64(row + M_SOURCE_LEN, len - 1);
        forge.put_u8(row + M_ENCODING, Encoding::Utf16 as u8);
    });
}

#[test]
fn edges_and_names_must_lie_in_their_tables() {
    for module in 0..7 {
        for field in [M_EDGES_AT, M_EDGES] {
            for value in [u32::MAX, 1000] {
                refused(Section::Edges, |forge| {
                    let at = forge.row(Section::Modules, module) + field;
                    forge.put_u32(at, value);
                });
            }
        }
        for field in [M_NAMES_AT, M_NAMES] {
            for value in [u32::MAX, 1000] {
                refused(Section::Names, |forge| {
                    let at = forge.row(Section::Modules, module) + field;
                    forge.put_u32(at, value);
                });
            }
        }
    }
    // A place and a count whose sum wraps round to a small number.
    refused(Section::Edges, |forge| {
        let row = forge.row(Section::Modules, 0);
        forge.put_u32(row + M_EDGES_AT, 1);
        forge.put_u32(row + M_EDGES, u32::MAX);
    });
}

#[test]
fn the_edges_of_a_module_must_come_by_kind() {
    refused(Section::Edges, |forge| {
        // The two roots come first.
        let second = forge.row(Section::Edges, 3) + E_KIND;
        forge.put_u8(second, EdgeKind::Require as u8);
    });
}

#[test]
fn targets_and_roots_must_be_modules() {
    for (row, target) in [(0, 7), (0, NO_TARGET), (1, 7), (1, NO_TARGET - 1), (2, 7)] {
        refused(Section::Edges, |forge| {
            let at = forge.row(Section::Edges, row) + E_TARGET;
            forge.put_u32(at, target);
        });
    }
    for count in [0, 1000, u32::MAX] {
        refused(Section::Edges, |forge| forge.put_u32(ROOT_COUNT_AT, count));
    }
    // Even where every edge leads to a module.
    let mut forge = Forge::new(bytes());
    let edges = forge.section(Section::Edges).expect("sound");
    for at in edges.clone().step_by(EDGE_LEN) {
        forge.put_u32(at + E_TARGET, 0);
    }
    forge.put_u32(ROOT_COUNT_AT, (edges.len() / EDGE_LEN + 1) as u32);
    let refused = open(&forge.seal()).expect_err("refused");
    assert_eq!(refused.code(), "BMES_PACK_MALFORMED");
}

#[test]
fn numbers_that_mean_nothing_are_refused() {
    let cases: [(Section, Section, usize, &[u8]); 7] = [
        (Section::Modules, Section::Modules, M_FORMAT, &[5, 0xff]),
        (Section::Modules, Section::Modules, M_TRAITS, &[32, 0x80, 0xff]),
        (Section::Modules, Section::Modules, M_ENCODING, &[2, 0xff]),
        (Section::Edges, Section::Edges, E_KIND, &[3, 0xff]),
        (Section::Edges, Section::Edges, E_ATTRIBUTES, &[3, 0xff]),
        (Section::Guards, Section::Guards, G_KIND, &[4, 0xff]),
        (Section::Guards, Section::Guards, G_RACY, &[2, 0xff]),
    ];
    for (table, section, field, values) in cases {
        for &value in values {
            refused(section, |forge| {
                let at = forge.row(table, 0) + field;
                forge.put_u8(at, value);
            });
        }
    }
}

#[test]
fn unknown_flags_are_refused() {
    for flag in [2, 3, 1 << 31] {
        refused(Section::Modules, |forge| forge.put_u32(FLAGS_AT, flag));
    }
}

/// An edit: where, and a number of one, four or eight bytes.
fn edits() -> impl Strategy<Value = Vec<(prop::sample::Index, u64, usize)>> {
    let value = prop_oneof![
        any::<u64>(),
        0..16_u64,
        Just(u64::from(u32::MAX)),
        Just(u64::from(u32::MAX) - 1),
        Just(u64::MAX),
        Just(u64::MAX - 7),
    ];
    let width = prop::sample::select(vec![1_usize, 4, 8]);
    prop::collection::vec((any::<prop::sample::Index>(), value, width), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// The forger may write anywhere in the header and the tables. What opens can be read to the end.
    #[test]
    fn no_forged_pack_makes_us_panic(edits in edits()) {
        let mut forge = Forge::new(bytes());
        let tables = forge.section(Section::Strings).expect("sound").end;
        for (at, value, width) in edits {
            let at = at.index(tables - width);
            forge.bytes[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
        }
        if let Ok(pack) = open(&forge.seal()) {
            let _ = everything(&pack);
        }
    }

    /// The same with whole fields, so that one edit is one lie.
    #[test]
    fn no_forged_field_makes_us_panic(
        edits in prop::collection::vec((0..4_usize, any::<prop::sample::Index>(), edits()), 1..3)
    ) {
        let tables = [Section::Modules, Section::Edges, Section::Names, Section::Guards];
        let mut forge = Forge::new(bytes());
        for (table, row, fields) in edits {
            let range = forge.section(tables[table]).expect("sound");
            let len = tables[table].row_len();
            let row = range.start + row.index(range.len() / len) * len;
            for (field, value, _) in fields {
                let at = row + field.index(len / 4) * 4;
                forge.put_u32(at, value as u32);
            }
        }
        if let Ok(pack) = open(&forge.seal()) {
            let _ = everything(&pack);
        }
    }

    #[test]
    fn no_bytes_make_us_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(open(&bytes).is_err());
    }
}
