//! Everything that fuzzing has kept, once more: the inputs that reach each part of a reader, and every
//! find. `npm run fuzz` makes new ones; this needs neither libFuzzer nor a C++ compiler. `npm run miri`
//! runs it too.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

/// Checks every file of a folder, and says how many were accepted and refused.
fn replay(folder: &str, check: fn(&[u8]) -> bool) -> (usize, usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder);
    let files = fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("one").path());
    // Miri needs a second for a kilobyte.
    let is_short = |path: &PathBuf| fs::metadata(path).expect("a file").len() < 4096;
    let is_input = |path: &PathBuf| {
        path.extension().is_none_or(|extension| extension != "json")
            && (!cfg!(miri) || is_short(path))
    };
    let mut files: Vec<_> = files.filter(is_input).collect();
    files.sort();
    let stride = if cfg!(miri) { 5 } else { 1 };
    let (mut accepted, mut refused) = (0, 0);
    for path in files.iter().step_by(stride) {
        // A panic's message says what, and this says with what.
        println!("{}", path.display());
        let is_accepted = check(&fs::read(path).expect("a file"));
        *if is_accepted { &mut accepted } else { &mut refused } += 1;
    }
    (accepted, refused)
}

/// Replays a corpus. Some of it must be accepted: where all ends at the first check, as after a change
/// of layout, it is worth nothing and has to be made anew.
fn replay_corpus(target: &str, check: fn(&[u8]) -> bool) {
    let (accepted, refused) = replay(&format!("fuzz/{target}"), check);
    assert!(accepted > 0 && refused > 0, "{accepted} accepted, {refused} refused");
}

#[test]
fn records_that_fuzzing_kept() {
    replay_corpus("record", fuzz::record::check);
}

#[test]
fn entries_that_fuzzing_kept() {
    let (accepted, _) = replay("fuzz/entry", fuzz::entry::check);
    assert!(accepted > 0, "with a valid header before it, any is an entry");
}

/// With a valid preamble some bad ones are good, so only those are counted that must be.
#[test]
fn records_of_the_vectors() {
    let (accepted, refused) = replay("golden", fuzz::record::check);
    assert!(accepted > 0 && refused == 0, "{refused} refused");
    let (_, refused) = replay("bad", fuzz::record::check);
    assert!(refused > 0);
}

#[test]
fn packs_that_fuzzing_kept() {
    replay_corpus("pack", fuzz::pack::check);
}

#[test]
fn packs_that_fuzzing_starts_from() {
    assert!(fuzz::pack::seeds().iter().all(|seed| fuzz::pack::check(seed)));
}

/// A step of one bit from a sound pack, checksums put right: the nearest misses there are, which chance
/// takes minutes to meet.
#[test]
#[cfg_attr(miri, ignore = "it would be a day")]
fn packs_one_bit_from_those() {
    for mut bytes in fuzz::pack::seeds() {
        for at in 0..bytes.len() {
            for bit in [0, 3, 7] {
                bytes[at] ^= 1 << bit;
                fuzz::pack::check(&bytes);
                bytes[at] ^= 1 << bit;
            }
        }
    }
}

/// Of what is one bit off, the same bit makes it sound again.
#[test]
#[cfg_attr(miri, ignore = "it would be an hour")]
fn packs_that_are_mended_by_a_bit() {
    for mut bytes in fuzz::pack::seeds() {
        for at in 0..bytes.len() {
            bytes[at] ^= 1;
            fuzz::pack::check_bit(&bytes, at, 1);
            bytes[at] ^= 1;
        }
    }
}

#[test]
#[cfg(feature = "analysis")]
fn sources_that_fuzzing_kept() {
    replay_corpus("analyze", fuzz::analyze::check);
}

/// A source that overflows the stack ends this process; the last seed printed is its.
/// `npm run fuzz -- nesting` makes larger ones, and others.
#[test]
#[cfg(feature = "analysis")]
fn nestings_of_every_production() {
    let folder = tempfile::tempdir().expect("a folder");
    for seed in 0..200 {
        println!("seed {seed}");
        fuzz::nesting::check(seed, 8 << 10, folder.path());
    }
}
