//! What is in the directory is not what was put there.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use bmes_cache::store::{Directory, RuntimeIdentity, StoreError};

use super::support::{
    KEY, numbered, pack_path, read_pack, record_path, runtime, set_age, set_mode, store,
};

const RECORD: &[u8] = b"what a module exports";

/// The names of all temporaries of a store.
fn temporaries(root: &Path) -> Vec<String> {
    let folders = fs::read_dir(root.join("v1/tmp")).expect("listed");
    let files = folders.flat_map(|folder| fs::read_dir(folder.expect("there").path()));
    files
        .flatten()
        .map(|file| file.expect("there").file_name().into_string().expect("UTF-8"))
        .collect()
}

fn code(result: Result<impl Sized, StoreError>) -> &'static str {
    result.err().map_or("none", |error| error.code())
}

#[test]
fn what_was_published_is_read_back_and_replaced() {
    let (_home, root, directory) = store();
    for bytes in [&b"one"[..], b"two"] {
        directory.publish_pack(&KEY, bytes).expect("published");
        assert_eq!(read_pack(&directory).expect("read"), bytes);
        directory.publish_record(&KEY, bytes).expect("published");
        assert_eq!(directory.read_record(&KEY).expect("read"), bytes);
    }
    assert_eq!(temporaries(&root), [""; 0], "no temporary stays");
}

#[test]
fn every_flipped_byte_and_every_truncation_of_an_entry_is_a_miss() {
    let (_home, _root, directory) = store();
    directory.publish_record(&KEY, RECORD).expect("published");
    let path = record_path(directory.path(), &KEY);
    let whole = fs::read(&path).expect("there");
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x41;
        fs::write(&path, flipped).expect("written");
        assert_ne!(code(directory.read_record(&KEY)), "none", "byte {at} flipped");
        fs::write(&path, &whole[..at]).expect("written");
        assert_eq!(code(directory.read_record(&KEY)), "BMES_STORE_DAMAGED", "{at} bytes left");
    }
    fs::write(&path, &whole).expect("written");
    // Longer than there is memory, and no byte of it on the disk.
    let file = fs::File::options().write(true).open(&path).expect("opened");
    file.set_len(1 << 42).expect("made longer");
    assert_eq!(code(directory.read_record(&KEY)), "BMES_STORE_DAMAGED");
    fs::write(&path, &whole).expect("written");
    assert_eq!(directory.read_record(&KEY).expect("whole again"), RECORD);
}

#[test]
fn an_entry_in_anothers_place_is_not_taken_for_it() {
    let (_home, _root, directory) = store();
    let other = numbered(1);
    directory.publish_record(&KEY, RECORD).expect("published");
    directory.publish_record(&other, b"another").expect("published");
    let (path, theirs) =
        (record_path(directory.path(), &KEY), record_path(directory.path(), &other));
    fs::remove_file(&path).expect("removed");
    fs::hard_link(&theirs, &path).expect("linked");
    assert_eq!(code(directory.read_record(&KEY)), "BMES_STORE_FOREIGN");
    // A link to itself by another name is still the file that was written.
    fs::hard_link(&theirs, directory.path().join("hard-link")).expect("linked");
    assert_eq!(directory.read_record(&other).expect("read"), b"another");
}

#[test]
fn links_directories_and_fifos_are_not_read_and_do_not_hang() {
    for (pack, what) in [(true, "link"), (true, "dir"), (true, "fifo"), (false, "link")]
        .into_iter()
        .chain([(false, "dir"), (false, "fifo")])
    {
        let (_home, _root, directory) = store();
        directory.publish_pack(&KEY, b"one").expect("published");
        directory.publish_record(&KEY, RECORD).expect("published");
        let path = match pack {
            true => pack_path(directory.path()),
            false => record_path(directory.path(), &KEY),
        };
        let moved = path.with_extension("moved");
        fs::rename(&path, &moved).expect("moved");
        match what {
            "link" => symlink(&moved, &path).expect("linked"),
            "dir" => fs::create_dir(&path).expect("made"),
            _ => {
                let made = Command::new("mkfifo").arg(&path).status().expect("mkfifo runs");
                assert!(made.success());
            }
        }
        let refused = match pack {
            true => code(directory.open_pack(&KEY)),
            false => code(directory.read_record(&KEY)),
        };
        assert_eq!(refused, "BMES_STORE_NOT_TRUSTED", "{what}");
        // It is replaced where a file can replace it, and is never in the way of others.
        let replaced = match pack {
            true => directory.publish_pack(&KEY, b"two").is_ok(),
            false => directory.publish_record(&KEY, b"two").is_ok(),
        };
        assert_eq!(replaced, what != "dir", "{what}");
        directory.publish_record(&numbered(1), RECORD).expect("others are kept");
    }
}

#[test]
fn what_others_can_write_is_not_read() {
    let (_home, _root, directory) = store();
    directory.publish_pack(&KEY, b"one").expect("published");
    directory.publish_record(&KEY, RECORD).expect("published");
    for mode in [0o620, 0o602, 0o666] {
        set_mode(&pack_path(directory.path()), mode);
        set_mode(&record_path(directory.path(), &KEY), mode);
        assert_eq!(code(directory.open_pack(&KEY)), "BMES_STORE_NOT_TRUSTED");
        assert_eq!(code(directory.read_record(&KEY)), "BMES_STORE_NOT_TRUSTED");
    }
    // So is a file in a folder of records that others can write to.
    set_mode(&record_path(directory.path(), &KEY), 0o600);
    for folder in record_path(directory.path(), &KEY).ancestors().skip(1).take(2) {
        set_mode(folder, 0o770);
        assert_eq!(code(directory.read_record(&KEY)), "BMES_STORE_NOT_TRUSTED");
        set_mode(folder, 0o700);
    }
    assert_eq!(directory.read_record(&KEY).expect("read"), RECORD);
}

#[test]
fn a_folder_that_was_removed_or_opened_to_others_is_seen_by_who_holds_it() {
    let (_home, root, directory) = store();
    directory.check().expect("fresh");
    set_mode(directory.path(), 0o770);
    assert_eq!(code(directory.check()), "BMES_STORE_NOT_TRUSTED");
    set_mode(directory.path(), 0o700);
    fs::remove_dir_all(root.join("v1")).expect("removed");
    assert_ne!(code(directory.check()), "none");
}

#[test]
fn temporaries_of_dead_writers_go_after_an_hour_and_others_stay() {
    let (_home, root, directory) = store();
    let folder = root.join("v1/tmp/07");
    directory.publish_record(&KEY, RECORD).expect("published");
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    for (name, age) in [("1-0", minutes(59)), ("2-0", minutes(61))] {
        fs::write(folder.join(name), "half").expect("written");
        set_age(&folder.join(name), age);
    }
    // The clock was moved back: it says nothing about how old this one is.
    fs::write(folder.join("3-0"), "half").expect("written");
    let ahead = std::time::SystemTime::now() + minutes(600);
    fs::File::open(folder.join("3-0")).and_then(|file| file.set_modified(ahead)).expect("set");
    // A process looks once, at its first write.
    Directory::open(&root, &runtime())
        .and_then(|directory| directory.publish_record(&numbered(1), RECORD))
        .expect("published");
    assert_eq!(temporaries(&root), ["1-0"]);
}

#[test]
fn a_shipped_store_is_read_and_never_written() {
    use bmes_cache::store::{Store, Trust};
    let (_home, root, directory) = store();
    directory.publish_record(&KEY, RECORD).expect("published");
    let shipped = Store::open(&root, Trust::Shipped).expect("opened");
    let shipped = Directory::of(shipped, &runtime()).expect("opened");
    assert_eq!(shipped.read_record(&KEY).expect("read"), RECORD);
    let empty = RuntimeIdentity::new("test-2.0.0", "");
    let empty = Directory::create(&root, &empty).expect("made");
    let shipped_empty = Store::open(&root, Trust::Shipped)
        .and_then(|store| Directory::of(store, &RuntimeIdentity::new("test-2.0.0", "")))
        .expect("opened");
    for directory in [&shipped, &shipped_empty] {
        let refused = code(directory.publish_record(&numbered(1), RECORD));
        assert_eq!(refused, "BMES_READONLY");
    }
    assert!(!empty.path().join("records").exists());
    assert_eq!(code(shipped.remove_record(&KEY)), "BMES_READONLY");
    assert_eq!(code(shipped.store().prune()), "BMES_READONLY");
    assert_eq!(code(shipped.store().clear()), "BMES_READONLY");
}
