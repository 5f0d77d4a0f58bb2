//! A folder of the store, opened so that nobody can swap it under us.
//!
//! Every step is taken from the descriptor of the one before, without following links, and each
//! descriptor is asked who owns it and who may write to it. A cache somebody else can write to is
//! code somebody else can run, so anything else is refused with its reason.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, SystemTime};

use rustix::fs::{Access, AtFlags, Dir, FileType, Mode, OFlags, Stat, Timespec, Timestamps};
use rustix::io::Errno;

use super::error::StoreError;
use super::listing::{Facts, Kind};
use super::trust::Trust;

/// Device and number.
type Inode = (i128, i128);

/// A folder that was believed when it was opened.
#[derive(Debug)]
pub(super) struct Folder {
    fd: Arc<OwnedFd>,
    path: PathBuf,
    trust: Trust,
}

impl Folder {
    /// Opens the root of a store and, if `create`, makes it and the folder above it.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if it was never made, or why it cannot be made or believed.
    pub(super) fn root(root: &Path, trust: Trust, create: bool) -> Result<Self, StoreError> {
        if !root.is_absolute() {
            // One that moves with the working directory would be believed in every project that
            // ships a folder of that name, and a pack is code.
            return Err(not_trusted(root, "is not an absolute path"));
        }
        if create {
            make_root(root)?;
        }
        check_above(root)?;
        let fd = open_directory(rustix::fs::CWD, root, root)?;
        check(&fd, root, FileType::Directory, trust)?;
        Ok(Self { fd: Arc::new(fd), path: root.to_owned(), trust })
    }

    /// Whether [`Folder::root`] could make what is missing; nothing is made.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn check_can_make(root: &Path) -> Result<(), StoreError> {
        let missing = missing_folders(root)?;
        let Some(highest) = missing.last() else { return Ok(()) };
        check_above(highest)?;
        let above = highest.parent().unwrap_or(highest);
        may_write(rustix::fs::CWD, above, above)
    }

    /// Whether names can be made in it.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn check_can_write(&self) -> Result<(), StoreError> {
        may_write(self.fd.as_fd(), Path::new("."), &self.path)?;
        let Ok(system) = rustix::fs::fstatvfs(&self.fd) else { return Ok(()) };
        // Some file systems count no files.
        let is_full = system.f_bavail == 0 || (system.f_files > 0 && system.f_favail == 0);
        let full = || StoreError::io("write to", &self.path, Errno::NOSPC.into());
        if is_full { Err(full()) } else { Ok(()) }
    }

    /// Opens a folder in this one.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is none, or why it cannot be believed.
    pub(super) fn folder(&self, name: &str) -> Result<Self, StoreError> {
        let path = self.path.join(name);
        let fd = open_directory(self.fd.as_fd(), Path::new(name), &path)?;
        check(&fd, &path, FileType::Directory, self.trust)?;
        Ok(Self { fd: Arc::new(fd), path, trust: self.trust })
    }

    /// The same, and makes it for the current user only if it is not there.
    ///
    /// # Errors
    /// Why it cannot be made or believed.
    pub(super) fn make_folder(&self, name: &str) -> Result<Self, StoreError> {
        match self.folder(name) {
            Err(StoreError::Missing) => {}
            opened => return opened,
        }
        match rustix::fs::mkdirat(&self.fd, name, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => self.folder(name),
            Err(error) => Err(StoreError::io("create", &self.path.join(name), error.into())),
        }
    }

    /// The same folder by the descriptor that this process has of it already, if it has one: however
    /// many caches are in use, they hold one.
    pub(super) fn shared(self) -> Self {
        static OPEN: Mutex<Vec<(Inode, Weak<OwnedFd>)>> = Mutex::new(Vec::new());
        let Ok(stat) = rustix::fs::fstat(&self.fd) else { return self };
        // While a descriptor is open no other folder gets its number.
        let inode = inode_of(&stat);
        let Ok(mut open) = OPEN.lock() else { return self };
        open.retain(|(_, fd)| fd.strong_count() > 0);
        let known = open.iter().find(|(known, _)| *known == inode);
        if let Some(fd) = known.and_then(|(_, fd)| fd.upgrade()) {
            return Self { fd, ..self };
        }
        open.push((inode, Arc::downgrade(&self.fd)));
        self
    }

    /// Whether it may still be believed, and still has a name.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let stat = check(&self.fd, &self.path, FileType::Directory, self.trust)?;
        if stat.st_nlink == 0 { Err(StoreError::Missing) } else { Ok(()) }
    }

    /// Where it is, for messages and for the engine's own cache.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a file for reading, never through a link.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is none, or why it cannot be believed.
    pub(super) fn open_file(&self, name: &str) -> Result<(File, Facts), StoreError> {
        self.open(name, OFlags::RDONLY)
    }

    /// Opens a file for reading and for writing at its end, and makes it if it is not there.
    ///
    /// # Errors
    /// As [`Folder::open_file`].
    pub(super) fn make_for_append(&self, name: &str) -> Result<(File, Facts), StoreError> {
        self.open(name, OFlags::RDWR | OFlags::APPEND | OFlags::CREATE)
    }

    /// Opens a file for reading and for writing anywhere in it, and makes it if it is not there.
    ///
    /// # Errors
    /// As [`Folder::open_file`].
    pub(super) fn make_for_update(&self, name: &str) -> Result<(File, Facts), StoreError> {
        self.open(name, OFlags::RDWR | OFlags::CREATE)
    }

    fn open(&self, name: &str, access: OFlags) -> Result<(File, Facts), StoreError> {
        let path = self.path.join(name);
        // NONBLOCK: a FIFO planted under the name must not hang us; it has no effect on files.
        let flags = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(&self.fd, name, flags, OWNER_ONLY);
        let file = opened.map_err(|error| match error {
            // A link, a socket, a folder that should be written to.
            Errno::LOOP | Errno::NXIO | Errno::ISDIR => not_trusted(&path, NO_FILE),
            error => StoreError::io("open", &path, error.into()),
        })?;
        let stat = check(&file, &path, FileType::RegularFile, self.trust)?;
        Ok((File::from(file), facts_of(&stat)))
    }

    /// What is in it: names that are Unicode, in no order. Links are not followed.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn list(&self) -> Result<Vec<(String, Facts)>, StoreError> {
        let failed = |error: Errno| StoreError::io("list", &self.path, error.into());
        let mut found = Vec::new();
        for entry in Dir::read_from(&self.fd).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let Ok(name) = entry.file_name().to_str() else { continue };
            if name == "." || name == ".." {
                continue;
            }
            // What was removed meanwhile is not there.
            let Some(facts) = self.look_at(name) else { continue };
            found.push((name.to_owned(), facts));
        }
        Ok(found)
    }

    /// What there is under a name; links are not followed.
    pub(super) fn look_at(&self, name: &str) -> Option<Facts> {
        let stat = rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        Some(facts_of(&stat))
    }

    /// Sets when a folder in this one was last used; best effort.
    pub(super) fn touch_folder(&self, name: &str, now: SystemTime) {
        let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let now = Timespec { tv_sec: since.as_secs().cast_signed(), tv_nsec: 0 };
        let times = Timestamps { last_access: now, last_modification: now };
        let _ = rustix::fs::utimensat(&self.fd, name, &times, AtFlags::SYMLINK_NOFOLLOW);
    }

    /// Takes a file's name away. That there is none is success.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.unlink(name, AtFlags::empty())
    }

    /// Takes an empty folder's name away. That there is none is success.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn remove_folder(&self, name: &str) -> Result<(), StoreError> {
        self.unlink(name, AtFlags::REMOVEDIR)
    }

    fn unlink(&self, name: &str, flags: AtFlags) -> Result<(), StoreError> {
        match rustix::fs::unlinkat(&self.fd, name, flags) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(StoreError::io("remove", &self.path.join(name), error.into())),
        }
    }

    /// Makes a file that was not there, for writing.
    pub(super) fn create_new(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::CREATE
            .union(OFlags::EXCL)
            .union(OFlags::WRONLY)
            .union(OFlags::NOFOLLOW)
            .union(OFlags::CLOEXEC);
        Ok(File::from(rustix::fs::openat(&self.fd, name, flags, OWNER_ONLY)?))
    }

    /// Gives a file another name, in place of what had it.
    pub(super) fn rename(&self, name: &str, to: &Self, new_name: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.fd, name, &to.fd, new_name)?)
    }
}

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

const NO_FILE: &str = "is neither a file nor a folder of the cache";

const OWNER_ONLY: Mode = Mode::RUSR.union(Mode::WUSR);

/// Reads a file that a user has named: it and whoever else may write to it are checked as
/// [`Trust::Named`] says, links are followed, and nothing blocks.
///
/// # Errors
/// [`StoreError::Missing`] if there is none, or why it cannot be believed.
pub fn open_named(path: &Path, entry: &Path) -> Result<File, StoreError> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::openat(rustix::fs::CWD, path, flags, Mode::empty())
        .map_err(|error| StoreError::io("open", path, error.into()))?;
    let entry_owner = rustix::fs::stat(entry).ok().map(|stat| stat.st_uid);
    check(&file, path, FileType::RegularFile, Trust::Named { entry_owner })?;
    Ok(File::from(file))
}

fn open_directory(from: BorrowedFd<'_>, name: &Path, path: &Path) -> Result<OwnedFd, StoreError> {
    rustix::fs::openat(from, name, DIRECTORY, Mode::empty()).map_err(|error| match error {
        Errno::NOTDIR | Errno::LOOP => not_trusted(path, "is a link or no directory"),
        error => StoreError::io("open", path, error.into()),
    })
}

fn may_write(from: BorrowedFd<'_>, name: &Path, path: &Path) -> Result<(), StoreError> {
    let access = Access::WRITE_OK | Access::EXEC_OK;
    match rustix::fs::accessat(from, name, access, AtFlags::EACCESS) {
        Err(error @ (Errno::ACCESS | Errno::ROFS)) => {
            Err(StoreError::io("write to", path, error.into()))
        }
        // Anything else says that the question is not answered here, not that the answer is no.
        _ => Ok(()),
    }
}

/// The store's own folders that are not there, the root first; the home above them is not ours to
/// make.
fn missing_folders(root: &Path) -> Result<Vec<&Path>, StoreError> {
    let mut missing: Vec<&Path> = root.ancestors().take_while(|path| !path.exists()).collect();
    if missing.len() > 2 {
        // `<home>/.bun-cache/esm` at most: a home that is not there is not made.
        let home = missing.pop().unwrap_or(root);
        let error = io::Error::from(io::ErrorKind::NotFound);
        return Err(StoreError::Io { what: "create", path: home.to_owned(), source: error });
    }
    Ok(missing)
}

fn make_root(root: &Path) -> Result<(), StoreError> {
    for path in missing_folders(root)?.into_iter().rev() {
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

fn check(file: impl AsFd, path: &Path, kind: FileType, trust: Trust) -> Result<Stat, StoreError> {
    let stat = rustix::fs::fstat(file.as_fd())
        .map_err(|error| StoreError::io("look at", path, error.into()))?;
    if FileType::from_raw_mode(stat.st_mode) != kind {
        return Err(not_trusted(path, NO_FILE));
    }
    let owner = stat.st_uid;
    let is_owner_believed = owner == current_user()
        || match trust {
            Trust::Own => false,
            Trust::Shipped => owner == 0,
            Trust::Named { entry_owner } => owner == 0 || Some(owner) == entry_owner,
        };
    if !is_owner_believed {
        return Err(not_trusted(path, "belongs to another user"));
    }
    // Files of a project are often its group's to write, and so is the entry beside the pack.
    let others = match trust {
        Trust::Named { .. } => Mode::WOTH,
        Trust::Own | Trust::Shipped => Mode::WGRP | Mode::WOTH,
    };
    if Mode::from_raw_mode(stat.st_mode).intersects(others) {
        return Err(not_trusted(path, "can be written to by others"));
    }
    Ok(stat)
}

/// Their types differ by platform; all fit.
fn inode_of(stat: &Stat) -> Inode {
    (i128::from(stat.st_dev), i128::from(stat.st_ino))
}

#[expect(clippy::unnecessary_cast, reason = "the types of these fields differ by platform")]
fn facts_of(stat: &Stat) -> Facts {
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Folder,
        _ => Kind::Other,
    };
    let seconds = Duration::from_secs(u64::try_from(stat.st_mtime as i64).unwrap_or_default());
    let modified = SystemTime::UNIX_EPOCH.checked_add(seconds);
    let modified = modified.unwrap_or(SystemTime::UNIX_EPOCH);
    Facts { kind, size: u64::try_from(stat.st_size as i64).unwrap_or_default(), modified }
}

fn current_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn not_trusted(path: &Path, why: &'static str) -> StoreError {
    StoreError::NotTrusted { path: path.to_owned(), why }
}
