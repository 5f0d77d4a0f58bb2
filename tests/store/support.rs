use std::fs::{self, Permissions};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bmes_cache::store::{Directory, RuntimeIdentity, StoreError, hex, record_key};
use tempfile::TempDir;

pub const KEY: [u8; 32] = [7; 32];

pub fn runtime() -> RuntimeIdentity {
    RuntimeIdentity::new("test-1.0.0", "")
}

pub fn home() -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().expect("a temporary directory");
    let path = home.path().canonicalize().expect("it exists");
    (home, path)
}

/// A store of its own in a home of its own.
pub fn store() -> (TempDir, PathBuf, Directory) {
    let (guard, home) = home();
    let root = home.join("esm");
    let directory = Directory::create(&root, &runtime()).expect("a fresh store");
    (guard, root, directory)
}

pub fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("chmod");
}

pub fn set_age(path: &Path, age: Duration) {
    let file = fs::File::open(path).expect("there");
    file.set_modified(SystemTime::now() - age).expect("utimes");
}

/// Where the pack of [`KEY`] is in a runtime's folder.
pub fn pack_path(folder: &Path) -> PathBuf {
    folder.join(format!("{}.pack", hex(&KEY)))
}

/// Where a record's entry is in a runtime's folder.
pub fn record_path(folder: &Path, key: &[u8; 32]) -> PathBuf {
    let name = hex(key);
    folder.join("records").join(&name[..2]).join(format!("{name}.bmes"))
}

pub fn numbered(number: u32) -> [u8; 32] {
    record_key(&format!("file:///{number}.mjs"), &[0; 32])
}

pub fn read_pack(directory: &Directory) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    directory.open_pack(&KEY)?.read_to_end(&mut bytes).expect("read");
    Ok(bytes)
}

/// A pack published and opened again, or why not.
pub fn use_store(root: &Path) -> Result<(), StoreError> {
    Directory::create(root, &runtime())?.publish_pack(&KEY, b"one")?;
    Directory::open(root, &runtime())?.open_pack(&KEY).map(|_| ())
}

/// Everything below a folder, by apparent size.
pub fn size_of_all(folder: &Path) -> u64 {
    let mut size = 0;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(metadata) = entry.metadata() else { continue };
        size += if metadata.is_dir() { size_of_all(&entry.path()) } else { metadata.len() };
    }
    size
}
