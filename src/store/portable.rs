//! Folders where there are no Unix owners and modes: Windows and others.
//!
//! The profile directory keeps other users out there, so what is in it is believed; links are
//! refused as everywhere. `--cfg bmes_portable` builds and tests this file on Unix.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::error::StoreError;
use super::listing::{Facts, Kind};
use super::trust::Trust;

/// A folder that was there, and no link, when it was opened.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Opens the root of a store and, if `create`, makes it; the home above it is not ours to make.
    pub(super) fn root(root: &Path, _trust: Trust, create: bool) -> Result<Self, StoreError> {
        if !root.is_absolute() {
            let why = "is not an absolute path";
            return Err(StoreError::NotTrusted { path: root.to_owned(), why });
        }
        if create {
            Self::check_can_make(root)?;
            fs::create_dir_all(root).map_err(|error| StoreError::io("create", root, error))?;
        }
        Self::open(root.to_owned())
    }

    /// Whether [`Folder::root`] could make what is missing, as far as that can be told.
    pub(super) fn check_can_make(root: &Path) -> Result<(), StoreError> {
        let above = root.parent().and_then(Path::parent).unwrap_or(root);
        if above.is_dir() {
            return Ok(());
        }
        let source = io::Error::from(io::ErrorKind::NotFound);
        Err(StoreError::Io { what: "create", path: above.to_owned(), source })
    }

    /// Whether names can be made in it: only trying would tell.
    pub(super) fn check_can_write(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn open(path: PathBuf) -> Result<Self, StoreError> {
        let found = fs::symlink_metadata(&path);
        if !found.map_err(|error| StoreError::io("open", &path, error))?.is_dir() {
            return Err(StoreError::NotTrusted { path, why: "is a link or no directory" });
        }
        Ok(Self { path })
    }

    /// Opens a folder in this one.
    pub(super) fn folder(&self, name: &str) -> Result<Self, StoreError> {
        Self::open(self.path.join(name))
    }

    /// The same, and makes it if it is not there.
    pub(super) fn make_folder(&self, name: &str) -> Result<Self, StoreError> {
        let path = self.path.join(name);
        match fs::create_dir(&path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                Err(StoreError::io("create", &path, error))
            }
            _ => Self::open(path),
        }
    }

    /// The same folder: it holds no descriptor.
    pub(super) fn shared(self) -> Self {
        self
    }

    /// Whether it is still there.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        Self::open(self.path.clone()).map(drop)
    }

    /// Where it is, for messages and for the engine's own cache.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a file for reading, never through a link.
    pub(super) fn open_file(&self, name: &str) -> Result<(File, Facts), StoreError> {
        self.open_as(name, OpenOptions::new().read(true))
    }

    /// Opens a file for reading and for writing at its end, and makes it if it is not there.
    pub(super) fn make_for_append(&self, name: &str) -> Result<(File, Facts), StoreError> {
        self.make(name, OpenOptions::new().read(true).append(true))
    }

    /// Opens a file for reading and for writing anywhere in it, and makes it if it is not there.
    pub(super) fn make_for_update(&self, name: &str) -> Result<(File, Facts), StoreError> {
        self.make(name, OpenOptions::new().read(true).write(true))
    }

    fn make(&self, name: &str, options: &OpenOptions) -> Result<(File, Facts), StoreError> {
        let path = self.path.join(name);
        match File::create_new(&path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                Err(StoreError::io("create", &path, error))
            }
            _ => self.open_as(name, options),
        }
    }

    fn open_as(&self, name: &str, options: &OpenOptions) -> Result<(File, Facts), StoreError> {
        let path = self.path.join(name);
        let found = fs::symlink_metadata(&path);
        if !found.map_err(|error| StoreError::io("open", &path, error))?.is_file() {
            let why = "is neither a file nor a folder of the cache";
            return Err(StoreError::NotTrusted { path, why });
        }
        let failed = |error| StoreError::io("open", &path, error);
        let file = options.open(&path).map_err(failed)?;
        let facts = facts_of(&file.metadata().map_err(failed)?);
        Ok((file, facts))
    }

    /// What is in it: names that are Unicode, in no order. Links are not followed.
    pub(super) fn list(&self) -> Result<Vec<(String, Facts)>, StoreError> {
        let failed = |error| StoreError::io("list", &self.path, error);
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            // What was removed meanwhile is not there.
            if let Ok(metadata) = entry.metadata() {
                found.push((name, facts_of(&metadata)));
            }
        }
        Ok(found)
    }

    /// What there is under a name; links are not followed.
    pub(super) fn look_at(&self, name: &str) -> Option<Facts> {
        fs::symlink_metadata(self.path.join(name)).ok().map(|metadata| facts_of(&metadata))
    }

    /// Sets when a folder in this one was last used; best effort, and not everywhere possible.
    pub(super) fn touch_folder(&self, name: &str, now: SystemTime) {
        if let Ok(folder) = File::open(self.path.join(name)) {
            let _ = folder.set_modified(now);
        }
    }

    /// Takes a file's name away. That there is none is success.
    pub(super) fn remove(&self, name: &str) -> Result<(), StoreError> {
        let path = self.path.join(name);
        gone(fs::remove_file(&path), &path)
    }

    /// Takes an empty folder's name away. That there is none is success.
    pub(super) fn remove_folder(&self, name: &str) -> Result<(), StoreError> {
        let path = self.path.join(name);
        gone(fs::remove_dir(&path), &path)
    }

    /// Makes a file that was not there, for writing.
    pub(super) fn create_new(&self, name: &str) -> io::Result<File> {
        File::create_new(self.path.join(name))
    }

    /// Gives a file another name, in place of what had it.
    pub(super) fn rename(&self, name: &str, to: &Self, new_name: &str) -> io::Result<()> {
        fs::rename(self.path.join(name), to.path.join(new_name))
    }
}

/// Opens a file that a user has named.
///
/// # Errors
/// [`StoreError::Missing`] if there is none, or why it cannot be read.
pub fn open_named(path: &Path, _entry: &Path) -> Result<File, StoreError> {
    let failed = |error| StoreError::io("open", path, error);
    let file = File::open(path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(StoreError::NotTrusted { path: path.to_owned(), why: "is no file" });
    }
    Ok(file)
}

fn gone(removed: io::Result<()>, path: &Path) -> Result<(), StoreError> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::io("remove", path, error))
        }
        _ => Ok(()),
    }
}

fn facts_of(metadata: &Metadata) -> Facts {
    let kind = if metadata.is_file() {
        Kind::File
    } else if metadata.is_dir() {
        Kind::Folder
    } else {
        Kind::Other
    };
    let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    Facts { kind, size: metadata.len(), modified }
}
