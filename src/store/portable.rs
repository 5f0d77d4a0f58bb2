//! The directory where there are no Unix owners and modes: Windows and others.
//!
//! The profile directory keeps other users out there, so what is in it is believed; links are
//! refused as everywhere. `--cfg bmes_portable` builds and tests this file on Unix.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::error::StoreError;
use super::identity::RuntimeIdentity;
use super::location::LAYOUT;

/// One runtime's folder in the store.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
}

impl Directory {
    /// Opens `root/v1/<runtime>`, if it is there.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if it was never made, or why it cannot be believed.
    pub fn open(root: &Path, runtime: &RuntimeIdentity) -> Result<Self, StoreError> {
        if !root.is_absolute() {
            let why = "is not an absolute path";
            return Err(StoreError::NotTrusted { path: root.to_owned(), why });
        }
        let path = root.join(LAYOUT).join(runtime.folder());
        for folder in [root, &root.join(LAYOUT), &path] {
            let found = fs::symlink_metadata(folder);
            if !found.map_err(|error| StoreError::io("open", folder, error))?.is_dir() {
                let why = "is a link or no directory";
                return Err(StoreError::NotTrusted { path: folder.to_owned(), why });
            }
        }
        Ok(Self { path })
    }

    /// The same, and makes what is missing; the home above it is not ours to make.
    ///
    /// # Errors
    /// Why it cannot be made or believed.
    pub fn create(root: &Path, runtime: &RuntimeIdentity) -> Result<Self, StoreError> {
        let above = root.parent().and_then(Path::parent).unwrap_or(root);
        if !above.is_dir() {
            let source = io::Error::from(io::ErrorKind::NotFound);
            return Err(StoreError::Io { what: "create", path: above.to_owned(), source });
        }
        let path = root.join(LAYOUT).join(runtime.folder());
        fs::create_dir_all(&path).map_err(|error| StoreError::io("create", &path, error))?;
        Self::open(root, runtime)
    }

    /// Where it is, for messages and for the engine's own cache.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a file, never through a link.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is none, or why it cannot be believed.
    pub fn open_file(&self, name: &str) -> Result<File, StoreError> {
        let path = self.path.join(name);
        let found = fs::symlink_metadata(&path);
        if !found.map_err(|error| StoreError::io("open", &path, error))?.is_file() {
            let why = "is neither a file nor a folder of the cache";
            return Err(StoreError::NotTrusted { path, why });
        }
        File::open(&path).map_err(|error| StoreError::io("open", &path, error))
    }

    /// Takes a file's name away. That there is none is success.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        let path = self.path.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::io("remove", &path, error))
            }
            _ => Ok(()),
        }
    }

    /// Gives `bytes` a name, whole or not at all.
    ///
    /// # Errors
    /// What the system says: a full disk, a target that is mapped by another process.
    pub fn publish(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let temporary = self.path.join(format!(".tmp-{}-{number}", std::process::id()));
        let written = File::create_new(&temporary)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_data()))
            .and_then(|()| fs::rename(&temporary, self.path.join(name)));
        written.map_err(|error| {
            // Best effort: what stays is swept when it is an hour old.
            let _ = fs::remove_file(&temporary);
            StoreError::io("write", &self.path.join(name), error)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_file_is_read_back_and_leaves_no_temporary() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let runtime = RuntimeIdentity::new("test-1.0.0", "");
        let root = home.path().join(".bun-cache").join("esm");
        let directory = Directory::create(&root, &runtime).expect("a fresh store");
        directory.publish("a.pack", b"one").expect("published");
        directory.publish("a.pack", b"two").expect("replaced");
        let file = directory.open_file("a.pack").expect("opened");
        assert_eq!(io::read_to_string(file).expect("read"), "two");
        assert_eq!(fs::read_dir(directory.path()).expect("listed").count(), 1);
        directory.remove("a.pack").expect("removed");
        let gone = directory.open_file("a.pack").expect_err("gone");
        assert_eq!(gone.code(), "BMES_STORE_MISSING");
    }
}
