//! The directory and its folders, opened so that nobody can swap them under us.
//!
//! Every step is taken from the descriptor of the one before, without following links, and each
//! descriptor is asked who owns it and who may write to it. A cache somebody else can write to is
//! code somebody else can run, so anything else is refused with its reason.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::error::StoreError;
use super::identity::RuntimeIdentity;
use super::location::LAYOUT;
use super::publish::publish;

/// One runtime's folder in the store.
#[derive(Debug)]
pub struct Directory {
    folder: OwnedFd,
    path: PathBuf,
}

impl Directory {
    /// Opens `root/v1/<runtime>`, if it is there and can be believed.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if it was never made, or why it cannot be believed.
    pub fn open(root: &Path, runtime: &RuntimeIdentity) -> Result<Self, StoreError> {
        Self::walk(root, runtime, false)
    }

    /// The same, and makes what is missing, for the current user only.
    ///
    /// # Errors
    /// Why it cannot be made or believed.
    pub fn create(root: &Path, runtime: &RuntimeIdentity) -> Result<Self, StoreError> {
        Self::walk(root, runtime, true)
    }

    fn walk(root: &Path, runtime: &RuntimeIdentity, create: bool) -> Result<Self, StoreError> {
        if !root.is_absolute() {
            // One that moves with the working directory would be believed in every project that
            // ships a folder of that name, and a pack is code.
            return Err(not_trusted(root, "is not an absolute path"));
        }
        if create {
            make_root(root)?;
        }
        check_above(root)?;
        let mut path = root.to_owned();
        let mut folder = open_directory(rustix::fs::CWD, root, root)?;
        check_own(&folder, root, FileType::Directory)?;
        for name in [LAYOUT, runtime.folder()] {
            path.push(name);
            if create {
                match rustix::fs::mkdirat(&folder, name, Mode::RWXU) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(error) => return Err(StoreError::io("create", &path, error.into())),
                }
            }
            folder = open_directory(folder.as_fd(), Path::new(name), &path)?;
            check_own(&folder, &path, FileType::Directory)?;
        }
        Ok(Self { folder, path })
    }

    /// Where it is, for messages and for the engine's own cache.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a file of the current user's, never through a link.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is none, or why it cannot be believed.
    pub fn open_file(&self, name: &str) -> Result<File, StoreError> {
        let path = self.path.join(name);
        // NONBLOCK: a FIFO planted under the name must not hang us; it has no effect on files.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.folder, name, flags, Mode::empty())
            .map_err(|error| StoreError::io("open", &path, error.into()))?;
        check_own(&file, &path, FileType::RegularFile)?;
        Ok(File::from(file))
    }

    /// Takes a file's name away. That there is none is success.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        match rustix::fs::unlinkat(&self.folder, name, AtFlags::empty()) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => Ok(()),
            Err(error) => Err(StoreError::io("remove", &self.path.join(name), error.into())),
        }
    }

    /// Gives `bytes` a name, whole or not at all.
    ///
    /// # Errors
    /// What the system says: a full disk, a read-only directory.
    pub fn publish(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        publish(self.folder.as_fd(), OsStr::new(name), bytes)
            .map_err(|error| StoreError::io("write", &self.path.join(name), error))
    }
}

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

fn open_directory(from: BorrowedFd<'_>, name: &Path, path: &Path) -> Result<OwnedFd, StoreError> {
    rustix::fs::openat(from, name, DIRECTORY, Mode::empty()).map_err(|error| match error {
        Errno::NOTDIR | Errno::LOOP => not_trusted(path, "is a link or no directory"),
        error => StoreError::io("open", path, error.into()),
    })
}

/// The store's own folders are made here; the home above them is not ours to make.
fn make_root(root: &Path) -> Result<(), StoreError> {
    let mut missing: Vec<&Path> = root.ancestors().take_while(|path| !path.exists()).collect();
    if missing.len() > 2 {
        // `<home>/.bun-cache/esm` at most: a home that is not there is not made.
        let home = missing.pop().unwrap_or(root);
        let error = io::Error::from(io::ErrorKind::NotFound);
        return Err(StoreError::Io { what: "create", path: home.to_owned(), source: error });
    }
    for path in missing.into_iter().rev() {
        check_above(path)?;
        match make_private(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(StoreError::io("create", path, error));
            }
            _ => {}
        }
    }
    Ok(())
}

fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().mode(0o700).create(path)
}

/// `.bun-cache` and the home above it belong to the user or root: under `sudo` with another's
/// `HOME` they do not, and whoever owns them can put a directory of our own in the store's place.
fn check_above(path: &Path) -> Result<(), StoreError> {
    for above in path.ancestors().skip(1).take(2) {
        let stat =
            rustix::fs::stat(above).map_err(|error| StoreError::io("open", above, error.into()))?;
        if stat.st_uid != 0 && stat.st_uid != current_user() {
            return Err(not_trusted(above, "belongs to another user"));
        }
        // A shared directory is fine as a parent only where names in it cannot be taken over.
        let mode = Mode::from_raw_mode(stat.st_mode);
        if mode.intersects(Mode::WGRP | Mode::WOTH) && !mode.contains(Mode::SVTX) {
            return Err(not_trusted(above, "can be written to by others"));
        }
    }
    Ok(())
}

fn check_own(file: impl AsFd, path: &Path, kind: FileType) -> Result<(), StoreError> {
    let stat = fstat(file.as_fd(), path)?;
    if FileType::from_raw_mode(stat.st_mode) != kind {
        return Err(not_trusted(path, "is neither a file nor a folder of the cache"));
    }
    if stat.st_uid != current_user() {
        return Err(not_trusted(path, "belongs to another user"));
    }
    if Mode::from_raw_mode(stat.st_mode).intersects(Mode::WGRP | Mode::WOTH) {
        return Err(not_trusted(path, "can be written to by others"));
    }
    Ok(())
}

fn fstat(file: BorrowedFd<'_>, path: &Path) -> Result<Stat, StoreError> {
    rustix::fs::fstat(file).map_err(|error| StoreError::io("look at", path, error.into()))
}

fn current_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn not_trusted(path: &Path, why: &'static str) -> StoreError {
    StoreError::NotTrusted { path: path.to_owned(), why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn runtime() -> RuntimeIdentity {
        RuntimeIdentity::new("test-1.0.0", "")
    }

    fn created() -> (tempfile::TempDir, Directory) {
        let home = tempfile::tempdir().expect("a temporary directory");
        let root = home.path().join("esm");
        let directory = Directory::create(&root, &runtime()).expect("a fresh store");
        (home, directory)
    }

    #[test]
    fn a_published_file_is_read_back() {
        let (_home, directory) = created();
        directory.publish("a.pack", b"one").expect("published");
        directory.publish("a.pack", b"two").expect("replaced");
        let file = directory.open_file("a.pack").expect("opened");
        assert_eq!(io::read_to_string(file).expect("read"), "two");
        assert_eq!(
            fs::read_dir(directory.path()).expect("listed").count(),
            1,
            "no temporary stays"
        );
    }

    #[test]
    fn what_others_can_write_is_not_read() {
        let (_home, directory) = created();
        directory.publish("a.pack", b"one").expect("published");
        let path = directory.path().join("a.pack");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o620)).expect("chmod");
        let refused = directory.open_file("a.pack").expect_err("refused");
        assert_eq!(refused.code(), "BMES_STORE_NOT_TRUSTED");
    }

    #[test]
    fn links_directories_and_fifos_are_not_read() {
        let (_home, directory) = created();
        directory.publish("real", b"one").expect("published");
        symlink(directory.path().join("real"), directory.path().join("link")).expect("symlink");
        fs::create_dir(directory.path().join("dir")).expect("mkdir");
        rustix::fs::mknodat(&directory.folder, "fifo", FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)
            .expect("mkfifo");
        for name in ["link", "dir", "fifo"] {
            assert!(directory.open_file(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_store_others_can_write_to_is_refused() {
        let (home, directory) = created();
        let root = home.path().join("esm");
        drop(directory);
        fs::set_permissions(&root, fs::Permissions::from_mode(0o777)).expect("chmod");
        let refused = Directory::open(&root, &runtime()).expect_err("refused");
        assert_eq!(refused.code(), "BMES_STORE_NOT_TRUSTED");
    }

    #[test]
    fn a_home_that_is_not_there_is_not_made() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let root = home.path().join("nobody/.bun-cache/esm");
        assert!(Directory::create(&root, &runtime()).is_err());
        assert!(!home.path().join("nobody").exists());
    }
}
