//! How much is kept, and what goes first.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use bmes_cache::store::{Counters, Directory, RuntimeIdentity, Store, StoreError, Trust};

use super::support::{KEY, numbered, pack_path, record_path, runtime, set_age, size_of_all, store};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn is_there(directory: &Directory, number: u32) -> bool {
    record_path(directory.path(), &numbered(number)).exists()
}

#[test]
fn the_limit_holds_after_every_save() {
    let (_home, root, directory) = store();
    let max = 100_000;
    let directory = directory.limited_to(max);
    let mut evicted = 0;
    for number in 0..400 {
        let record = vec![0; 100 + number as usize * 7];
        let swept = directory.publish_record(&numbered(number), &record).expect("published");
        evicted += swept.map_or(0, |swept| swept.removed);
        assert!(size_of_all(&root) <= max, "after {number}");
        assert!(is_there(&directory, number), "what was saved last is there");
    }
    assert!(evicted > 100, "{evicted}");
    assert!(size_of_all(&root) > max / 2, "no more is evicted than must be");
}

#[test]
fn what_was_used_least_recently_goes_first() {
    let (_home, _root, directory) = store();
    let directory = directory.limited_to(100_000);
    for number in 0..60 {
        directory.publish_record(&numbered(number), &[0; 1000]).expect("published");
        // As many hours ago as their number says, so the highest are the oldest.
        let path = record_path(directory.path(), &numbered(number));
        set_age(&path, Duration::from_secs(3600 * (2 + u64::from(number))));
    }
    // A hit makes the oldest the youngest.
    directory.read_record(&numbered(59)).expect("read");
    for number in 60..100 {
        directory.publish_record(&numbered(number), &[0; 1000]).expect("published");
    }
    let left: Vec<u32> = (0..60).filter(|number| is_there(&directory, *number)).collect();
    let kept = left.len() as u32;
    assert!(kept > 10 && kept < 60, "{kept} of 60 are left");
    let youngest: Vec<u32> = (0..kept - 1).chain([59]).collect();
    assert_eq!(left, youngest);
}

#[test]
fn a_hit_is_written_down_at_most_once_an_hour() {
    let (_home, _root, directory) = store();
    directory.publish_record(&KEY, b"record").expect("published");
    let path = record_path(directory.path(), &KEY);
    let modified = || fs::metadata(&path).and_then(|found| found.modified()).expect("there");
    for (age, is_touched) in [(50 * 60, false), (70 * 60, true)] {
        set_age(&path, Duration::from_secs(age));
        let before = modified();
        directory.read_record(&KEY).expect("read");
        assert_eq!(modified() != before, is_touched, "{age} seconds old");
    }
    // A reader that may not write does not write this either.
    set_age(&path, DAY);
    let before = modified();
    let (root, name) = (path.ancestors().nth(5).expect("root"), runtime());
    let store = Store::open(root, Trust::Own).expect("opened").read_only();
    Directory::of(store, &name).and_then(|it| it.read_record(&KEY)).expect("read");
    assert_eq!(modified(), before);
}

#[test]
fn what_is_larger_than_the_limit_allows_is_refused_and_evicts_nothing() {
    let (_home, _root, directory) = store();
    let directory = directory.limited_to(10_000);
    directory.publish_record(&numbered(0), &[0; 1000]).expect("published");
    let refused = directory.publish_pack(&KEY, &[0; 20_000]).expect_err("refused");
    assert_eq!(refused.code(), "BMES_STORE_FULL");
    assert!(is_there(&directory, 0));
    let nothing = directory.limited_to(0);
    let refused = nothing.publish_record(&numbered(1), b"").expect_err("refused");
    assert!(matches!(refused, StoreError::Full { max_size: 0, .. }));
}

#[test]
fn packs_records_and_the_engines_cache_share_one_limit_across_runtimes() {
    let (_home, root, directory) = store();
    let directory = directory.limited_to(50_000);
    let other = RuntimeIdentity::new("test-2.0.0", "");
    let other = Directory::create(&root, &other).expect("made").limited_to(50_000);
    other.publish_pack(&KEY, &[0; 15_000]).expect("published");
    set_age(&pack_path(other.path()), 2 * DAY);
    directory.publish_pack(&KEY, &[0; 15_000]).expect("published");
    let cache = directory.path().join("compile-cache/v24-x64");
    fs::create_dir_all(&cache).expect("made");
    fs::write(cache.join("1a2b.cache"), [0; 10_000]).expect("written");
    set_age(&cache.join("1a2b.cache"), 5 * DAY);
    // Not used for days, by its own time and its folder's.
    set_age(&directory.path().join("compile-cache"), 3 * DAY);
    directory.store().note(10_000).expect("noted");
    directory.publish_record(&numbered(0), &[0; 15_000]).expect("published");
    assert!(!cache.join("1a2b.cache").exists(), "the oldest");
    assert!(pack_path(directory.path()).exists(), "the youngest");
    assert!(size_of_all(&root) <= 50_000);
}

#[test]
fn what_the_engine_is_about_to_write_makes_room_for_itself() {
    let (_home, root, directory) = store();
    let directory = directory.limited_to(50_000);
    let cache = directory.path().join("compile-cache/v24-x64");
    fs::create_dir_all(&cache).expect("made");
    let mut removed = 0;
    for number in 0..20 {
        // Nothing is ever published here.
        let swept = directory.store().note(10_000).expect("noted").unwrap_or_default();
        removed += swept.removed;
        fs::write(cache.join(format!("{number}.cache")), [0; 10_000]).expect("written");
        assert!(size_of_all(&root) <= 51_000, "{} after {number}", size_of_all(&root));
    }
    assert!(removed >= 15, "only {removed} files were removed");
    // More than there may be comes all the same; the next one finds out.
    directory.store().note(1_000_000).expect("noted");
    fs::write(cache.join("large.cache"), [0; 1_000_000]).expect("written");
    directory.store().note(1).expect("noted");
    assert!(size_of_all(&root) <= 50_000);
}

#[test]
fn an_engines_cache_that_is_in_use_is_as_young_as_its_last_use() {
    let (_home, root, directory) = store();
    let directory = directory.limited_to(50_000);
    let cache = directory.path().join("compile-cache/v24-x64");
    fs::create_dir_all(&cache).expect("made");
    fs::write(cache.join("1a2b.cache"), [0; 10_000]).expect("written");
    set_age(&cache.join("1a2b.cache"), 5 * DAY);
    set_age(&directory.path().join("compile-cache"), 3 * DAY);
    assert_eq!(directory.compile_cache(), (directory.path().join("compile-cache"), true));
    directory.publish_pack(&KEY, &[0; 30_000]).expect("published");
    set_age(&pack_path(directory.path()), DAY);
    directory.publish_record(&numbered(0), &[0; 15_000]).expect("published");
    assert!(cache.join("1a2b.cache").exists());
    assert!(!pack_path(directory.path()).exists(), "the pack is older than that");
    assert!(size_of_all(&root) <= 50_000);
}

#[test]
fn runtimes_that_are_gone_are_removed_with_their_folders() {
    let (_home, root, directory) = store();
    directory.publish_pack(&KEY, b"mine").expect("published");
    for (name, age, stays) in [("gone-1", 31 * DAY, false), ("used-1", 29 * DAY, true)] {
        let other = Directory::create(&root, &RuntimeIdentity::new(name, "")).expect("made");
        other.publish_record(&KEY, b"theirs").expect("published");
        let cache = other.path().join("compile-cache/v1");
        fs::create_dir_all(&cache).expect("made");
        fs::write(cache.join("1.cache"), "theirs").expect("written");
        for path in [record_path(other.path(), &KEY), cache.join("1.cache")] {
            set_age(&path, age);
        }
        set_age(&other.path().join("compile-cache"), age);
        let swept = Store::open(&root, Trust::Own).and_then(|store| store.prune()).expect("pruned");
        assert_eq!(other.path().exists(), stays, "{name}");
        assert_eq!(swept.removed, if stays { 0 } else { 2 });
    }
    assert!(pack_path(directory.path()).exists());
}

#[test]
fn what_is_not_ours_is_counted_and_never_removed() {
    let (_home, root, directory) = store();
    directory.publish_record(&KEY, b"record").expect("published");
    let theirs = ["v1/notes.txt", "v1/mine/notes.txt"].map(|name| root.join(name));
    let beside = directory.path().join("notes.txt");
    for path in theirs.iter().chain([&beside]) {
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, "theirs").expect("written");
        set_age(path, 100 * DAY);
    }
    let store = || Store::open(&root, Trust::Own).expect("opened").limited_to(0);
    assert!(store().prune().expect("pruned").size >= 18);
    store().clear().expect("cleared");
    assert!(theirs.iter().chain([&beside]).all(|path| path.exists()));
    assert!(!record_path(directory.path(), &KEY).exists());
}

#[test]
fn a_damaged_or_missing_account_is_made_again() {
    let (_home, root, directory) = store();
    directory.publish_record(&numbered(0), &[0; 5000]).expect("published");
    let usage = root.join("v1/usage");
    for damage in [&b""[..], b"BMESU", &[0xff; 100]] {
        fs::write(&usage, damage).expect("written");
        directory.publish_record(&numbered(1), &[0; 5000]).expect("published");
        let size = directory.store().size().expect("known again");
        assert!((10_000..20_000).contains(&size), "{size}");
    }
    fs::remove_file(&usage).expect("removed");
    directory.publish_record(&numbered(2), &[0; 5000]).expect("published");
    assert!(directory.store().size().expect("known again") > 15_000);
}

#[test]
fn an_account_of_yesterday_is_made_again() {
    let (_home, root, directory) = store();
    directory.publish_record(&numbered(0), &[0; 5000]).expect("published");
    // The engine has written meanwhile, unnoted.
    let cache = directory.path().join("compile-cache");
    fs::create_dir(&cache).expect("made");
    fs::write(cache.join("1.cache"), [0; 50_000]).expect("written");
    directory.publish_record(&numbered(1), b"").expect("published");
    assert!(directory.store().size().expect("known") < 20_000);
    age_the_account(&root, 2 * DAY);
    directory.publish_record(&numbered(2), b"").expect("published");
    assert!(directory.store().size().expect("known") > 50_000);
}

/// Moves the time of the last count back, as docs/store.md lays the file out.
fn age_the_account(root: &Path, age: Duration) {
    let path = root.join("v1/usage");
    let mut bytes = fs::read(&path).expect("there");
    let then = SystemTime::now() - age;
    let seconds = then.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
    bytes[16..24].copy_from_slice(&seconds.to_le_bytes());
    let checksum = xxhash_rust::xxh3::xxh3_64(&bytes[..24]);
    bytes[24..32].copy_from_slice(&checksum.to_le_bytes());
    fs::write(&path, bytes).expect("written");
}

#[test]
fn who_cannot_wait_for_a_sweep_is_told_and_nothing_is_over_the_limit() {
    let (_home, root, directory) = store();
    let directory = directory.limited_to(20_000);
    for number in 0..10 {
        directory.publish_record(&numbered(number), &[0; 1000]).expect("published");
    }
    let lock = fs::File::options().write(true).open(root.join("v1/lock")).expect("there");
    lock.lock().expect("locked");
    let mut refused = None;
    for number in 10..40 {
        if let Err(error) = directory.publish_record(&numbered(number), &[0; 1000]) {
            refused = Some(error.code());
            break;
        }
    }
    assert_eq!(refused, Some("BMES_STORE_BUSY"));
    assert!(size_of_all(&root) <= 20_000);
    drop(lock);
    directory.publish_record(&numbered(99), &[0; 1000]).expect("published");
}

#[test]
fn counters_of_all_processes_add_up_and_do_not_grow_the_file() {
    let (_home, root, directory) = store();
    let mut one = Counters::default();
    one.add("record.hit", 2);
    one.add("record.miss.BMES_STORE_MISSING", 1);
    for _ in 0..2000 {
        directory.store().add_counters(&one).expect("written");
    }
    let mut all = Counters::default();
    all.add("record.hit", 4000);
    all.add("record.miss.BMES_STORE_MISSING", 2000);
    assert_eq!(directory.store().counters(), all);
    assert!(fs::metadata(root.join("v1/counters")).expect("there").len() < 20_000);
}
