//! Where the cache is and who may be believed, in processes with other users, umasks and homes.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use bmes_cache::store::{Directory, RuntimeIdentity, StoreError, default_directory, hex};

use super::support::{KEY, home, pack_path, runtime, set_mode, use_store};

const NOBODY: u32 = 65534;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").mode() & 0o7777
}

fn outcome(result: Result<(), StoreError>) -> String {
    match result {
        Ok(()) => "used".to_owned(),
        Err(error) => format!("{} {error}", error.code()),
    }
}

/// Runs [`in_another_process`] with this environment only, and returns what it says.
fn elsewhere(setting: &[(&str, &str)], umask: &str, user: Option<u32>) -> String {
    let mut command = Command::new("/bin/sh");
    let test = std::env::current_exe().expect("the test itself");
    command
        .args([
            "-c",
            &format!("umask {umask}; exec \"$0\" --exact trust::in_another_process --nocapture"),
        ])
        .arg(test)
        .env_clear()
        .env("IN_ANOTHER_PROCESS", "1")
        .envs(setting.iter().copied())
        .current_dir("/");
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    let output = command.output().expect("a shell");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let said = text.split_once("said: ").unwrap_or_else(|| panic!("{text}"));
    said.1.lines().next().expect("a line").to_owned()
}

/// Not a test by itself: the other half of those that need a process of their own.
#[test]
fn in_another_process() {
    if std::env::var_os("IN_ANOTHER_PROCESS").is_some() {
        let used = default_directory().and_then(|root| {
            use_store(&root)?;
            println!("root: {}", root.display());
            Ok(())
        });
        println!("said: {}", outcome(used));
    }
}

#[test]
fn the_cache_is_private_whatever_the_umask() {
    for umask in ["000", "022", "077"] {
        let (_guard, home) = home();
        let said = elsewhere(&[("HOME", home.to_str().expect("UTF-8"))], umask, None);
        assert_eq!(said, "used", "umask {umask}");
        let mut path = home;
        for name in [".bun-cache", "esm", "v1", runtime().folder()] {
            path.push(name);
            assert_eq!(mode(&path), 0o700, "{name} under umask {umask}");
        }
        assert_eq!(mode(&pack_path(&path)), 0o600, "umask {umask}");
    }
}

#[test]
fn without_a_usable_home_there_is_no_cache() {
    for setting in [&[][..], &[("HOME", "")], &[("HOME", "relative")]] {
        let said = elsewhere(setting, "022", None);
        assert!(said.starts_with("BMES_STORE_NO_DIRECTORY"), "{said}");
    }
    let said = elsewhere(&[("HOME", "/nowhere/at/all")], "022", None);
    assert!(said.starts_with("BMES_STORE_IO cannot create /nowhere"), "{said}");
    assert!(!Path::new("/nowhere").exists());
}

#[test]
fn the_environment_names_the_directory() {
    let (_guard, home) = home();
    let elsewhere_too = home.join("other");
    let (home, other) = (home.to_str().expect("UTF-8"), elsewhere_too.to_str().expect("UTF-8"));
    assert_eq!(elsewhere(&[("HOME", home), ("BMES_CACHE_DIR", other)], "022", None), "used");
    assert!(elsewhere_too.join("v1").exists() && !Path::new(home).join(".bun-cache").exists());
    // Set to nothing is not set.
    assert_eq!(elsewhere(&[("HOME", home), ("BMES_CACHE_DIR", "")], "022", None), "used");
    assert!(Path::new(home).join(".bun-cache").exists());
}

#[test]
fn a_directory_that_moves_with_the_working_directory_is_refused() {
    let (_guard, home) = home();
    for relative in [".cache", "./cache", "../cache"] {
        let setting = [("HOME", home.to_str().expect("UTF-8")), ("BMES_CACHE_DIR", relative)];
        let said = elsewhere(&setting, "022", None);
        assert_eq!(said, format!("BMES_STORE_NOT_TRUSTED {relative} is not an absolute path"));
    }
    assert_eq!(fs::read_dir(&home).expect("listed").count(), 0);
}

#[test]
fn a_cache_moved_to_another_disk_and_linked_to_is_used() {
    let (_guard, home) = home();
    let disk = home.join("disk");
    fs::create_dir(&disk).expect("made");
    set_mode(&disk, 0o700);
    symlink(&disk, home.join(".bun-cache")).expect("linked");
    assert_eq!(outcome(use_store(&home.join(".bun-cache/esm"))), "used");
    assert!(disk.join("esm/v1").exists());
    // Not if what it leads to could be somebody else's.
    set_mode(&disk, 0o777);
    let refused = outcome(use_store(&home.join(".bun-cache/esm")));
    assert!(refused.ends_with("can be written to by others"), "{refused}");
}

#[test]
fn no_folder_of_the_cache_is_a_link() {
    for linked in ["", "v1", "v1/runtime"] {
        let (_guard, home) = home();
        let root = home.join("esm");
        assert_eq!(outcome(use_store(&root)), "used");
        let path = match linked {
            "" => root.clone(),
            "v1" => root.join("v1"),
            _ => root.join("v1").join(runtime().folder()),
        };
        fs::rename(&path, home.join("moved")).expect("moved");
        symlink(home.join("moved"), &path).expect("linked");
        let refused = outcome(use_store(&root));
        let expected =
            format!("BMES_STORE_NOT_TRUSTED {} is a link or no directory", path.display());
        assert_eq!(refused, expected);
        fs::remove_file(&path).expect("removed");
        fs::write(&path, "a file").expect("written");
        assert_eq!(outcome(use_store(&root)), expected);
    }
}

#[test]
fn what_belongs_to_another_user_is_refused() {
    if !is_root() {
        return;
    }
    let name = format!("{}.pack", hex(&KEY));
    let names = [".bun-cache", "esm", "v1", runtime().folder(), &name].map(str::to_owned);
    for depth in 0..=names.len() {
        let (_guard, home) = home();
        let root = home.join(".bun-cache/esm");
        fs::create_dir(home.join(".bun-cache")).expect("made");
        set_mode(&home.join(".bun-cache"), 0o700);
        assert_eq!(outcome(use_store(&root)), "used");
        let theirs = names[..depth].iter().fold(home, |path, name| path.join(name));
        chown(&theirs, Some(NOBODY), None).expect("chown");
        let directory = Directory::open(&root, &runtime());
        let refused = directory.and_then(|it| it.open_pack(&KEY).map(|_| ()));
        let expected =
            format!("BMES_STORE_NOT_TRUSTED {} belongs to another user", theirs.display());
        assert_eq!(outcome(refused), expected);
        if depth < names.len() {
            // Nor is it written to.
            assert_eq!(outcome(use_store(&root)), expected);
        }
    }
}

#[test]
fn root_with_another_users_home_has_no_cache() {
    if !is_root() {
        return;
    }
    let (_guard, home) = home();
    chown(&home, Some(NOBODY), Some(NOBODY)).expect("chown");
    let setting = [("HOME", home.to_str().expect("UTF-8"))];
    let expected = format!("BMES_STORE_NOT_TRUSTED {} belongs to another user", home.display());
    // As `sudo` without `-H` runs it; nothing is left there for its owner to trip over.
    assert_eq!(elsewhere(&setting, "022", None), expected);
    assert_eq!(fs::read_dir(&home).expect("listed").count(), 0);
    // And where an earlier run had made the folder.
    fs::create_dir(home.join(".bun-cache")).expect("made");
    set_mode(&home.join(".bun-cache"), 0o700);
    assert_eq!(elsewhere(&setting, "022", None), expected);
}

#[test]
fn the_owner_uses_what_root_may_not() {
    if !is_root() {
        return;
    }
    let (_guard, home) = home();
    chown(&home, Some(NOBODY), Some(NOBODY)).expect("chown");
    // The test binary must be reachable by that user.
    let setting = [("HOME", home.to_str().expect("UTF-8"))];
    let test = std::env::current_exe().expect("the test itself");
    let reachable = test.ancestors().skip(1).all(|above| mode(above) & 0o001 != 0);
    if reachable {
        assert_eq!(elsewhere(&setting, "022", Some(NOBODY)), "used");
        let owner = fs::metadata(home.join(".bun-cache/esm")).expect("made").uid();
        assert_eq!(owner, NOBODY);
    }
}

#[test]
fn a_home_that_others_can_write_to_has_no_cache_unless_names_in_it_are_safe() {
    for (mode, expected) in [(0o777, false), (0o770, false), (0o1777, true), (0o755, true)] {
        let (_guard, home) = home();
        assert_eq!(outcome(use_store(&home.join(".bun-cache/esm"))), "used");
        set_mode(&home, mode);
        let used = use_store(&home.join(".bun-cache/esm")).is_ok();
        assert_eq!(used, expected, "{mode:o}");
        set_mode(&home, 0o700);
    }
}

#[test]
fn a_runtime_reads_its_own_folder_only() {
    let (_guard, home) = home();
    let root = home.join("esm");
    assert_eq!(outcome(use_store(&root)), "used");
    let other = RuntimeIdentity::new("test-1.0.0", "another build");
    let missing = Directory::open(&root, &other).expect_err("never made");
    assert_eq!(missing.code(), "BMES_STORE_MISSING");
}

#[test]
fn writers_at_once_leave_one_whole_file() {
    let (_guard, home) = home();
    let root = home.join("esm");
    let directory = Directory::create(&root, &runtime()).expect("made");
    let texts: Vec<Vec<u8>> =
        (0..8_u8).map(|writer| vec![writer; 10_000 + usize::from(writer)]).collect();
    std::thread::scope(|scope| {
        for text in &texts {
            let directory = &directory;
            scope.spawn(move || {
                for _ in 0..20 {
                    directory.publish_pack(&KEY, text).expect("published");
                }
            });
        }
        for _ in 0..200 {
            let Ok(mut file) = directory.open_pack(&KEY) else { continue };
            let mut read = Vec::new();
            std::io::Read::read_to_end(&mut file, &mut read).expect("read");
            assert!(texts.contains(&read), "torn");
        }
    });
    assert_eq!(fs::read_dir(directory.path()).expect("listed").count(), 1, "no temporary stays");
}

#[test]
fn a_read_only_directory_is_an_error_and_leaves_nothing() {
    if is_root() {
        return; // Root writes anyway.
    }
    let (_guard, home) = home();
    let directory = Directory::create(&home.join("esm"), &runtime()).expect("made");
    set_mode(directory.path(), 0o500);
    let refused = directory.publish_pack(&KEY, b"one").expect_err("refused");
    assert_eq!(refused.code(), "BMES_STORE_IO");
    set_mode(directory.path(), 0o700);
}
