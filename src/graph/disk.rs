//! The only code of this room that touches the disk.
//!
//! Paths are walked one name at a time, each name asked for once by `lstat`. That is what it takes to
//! know every link on the way, the first name that is missing, and the real path, and it is cheaper
//! than `realpath` because the files of one directory share its walk. Everything asked is noted in
//! [`Observed`].
//!
//! A directory's identity is taken before anything inside it is asked for, so an entry that appears
//! during the crawl is seen as a change by whoever checks later.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use super::observed::Observed;
use crate::module_graph::{ContentHash, FileIdentity, Observation, Stamp};

/// As many links as Linux follows before it calls the path a loop.
const MAX_LINKS: u32 = 40;
/// How often a file that changes while it is read is read again.
const READ_ATTEMPTS: u32 = 4;

/// What is at a path, links followed.
#[derive(Debug, Clone)]
pub(super) enum Look {
    /// A regular file, at this real path.
    File(Arc<Path>),
    /// A directory, at this real path.
    Directory(Arc<Path>),
    /// Something else: a socket, a loop of links.
    Neither(Arc<Path>),
    /// Nothing.
    Missing,
}

/// A file's content, as read once.
#[derive(Debug)]
pub(super) struct FileText {
    /// The text without a byte order mark; `None` if it is not UTF-8.
    pub(super) text: Option<String>,
    /// SHA-256 of all bytes.
    pub(super) content_hash: ContentHash,
    /// Whether it starts as WebAssembly does.
    pub(super) wasm: bool,
}

/// Why a file's content cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadError {
    /// It kept changing.
    Unstable,
    /// The system refused.
    Io(io::ErrorKind),
}

/// The `lstat` view of one physical path.
#[derive(Debug, Clone)]
struct DirectoryEntry {
    kind: Kind,
    /// `None` where nothing is.
    stamp: Option<Stamp>,
}

#[derive(Debug, Clone)]
enum Kind {
    File,
    Directory,
    Link(Arc<Path>),
    Neither,
    Missing,
}

type Slot = Arc<OnceLock<Result<Arc<FileText>, ReadError>>>;

#[derive(Debug, Default)]
pub(super) struct Disk {
    /// By the path as asked.
    looks: Mutex<FxHashMap<PathBuf, Look>>,
    /// By physical path.
    entries: Mutex<FxHashMap<PathBuf, DirectoryEntry>>,
    /// By real path.
    files: Mutex<FxHashMap<PathBuf, Slot>>,
    observed: Observed,
}

impl Disk {
    /// What is at `path`, which must be absolute and free of `.` and `..`.
    pub(super) fn look(&self, path: &Path) -> Look {
        if let Some(look) = locked(&self.looks).get(path) {
            return look.clone();
        }
        let look = match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) => match self.look(parent) {
                Look::Directory(real) => self.step(&real, name, &mut 0),
                other => self.past_the_end(&other, name),
            },
            _ => Look::Directory(path.into()),
        };
        locked(&self.looks).insert(path.to_path_buf(), look.clone());
        look
    }

    /// The real path of the file at `path`. A directory in its place is noted: it could become one.
    pub(super) fn file_at(&self, path: &Path) -> Option<Arc<Path>> {
        match self.look(path) {
            Look::File(real) => Some(real),
            Look::Directory(real) | Look::Neither(real) => {
                self.guard(&real);
                None
            }
            Look::Missing => None,
        }
    }

    /// Whether a directory is at `path`. It is noted with all it holds: lookups in it may fail
    /// today and succeed tomorrow.
    pub(super) fn searched_directory_at(&self, path: &Path) -> bool {
        match self.look(path) {
            Look::Directory(real) => {
                self.guard(&real);
                true
            }
            Look::File(real) | Look::Neither(real) => {
                self.guard(&real);
                false
            }
            Look::Missing => false,
        }
    }

    /// Whether a directory is at `path`.
    pub(super) fn is_directory(&self, path: &Path) -> bool {
        matches!(self.look(path), Look::Directory(_))
    }

    /// The content of the file at `real`, read once however often it is asked for.
    pub(super) fn read(&self, real: &Path) -> Result<Arc<FileText>, ReadError> {
        let slot = {
            let mut files = locked(&self.files);
            match files.get(real) {
                Some(slot) => Arc::clone(slot),
                None => Arc::clone(files.entry(real.to_path_buf()).or_default()),
            }
        };
        slot.get_or_init(|| self.read_now(real)).clone()
    }

    /// Everything asked, as observations. Inside `node_modules`, where nothing is edited by hand, a
    /// directory stands for many absences in it: one `stat` at each start instead of many.
    /// Not with `every_absence`.
    pub(super) fn finish(self, every_absence: bool) -> Vec<Observation> {
        if every_absence {
            return self.observed.finish(true);
        }
        let entries = self.entries.into_inner().unwrap_or_else(PoisonError::into_inner);
        for directory in self.observed.with_many_absences() {
            let installed = directory.components().any(|part| part.as_os_str() == "node_modules");
            let entry = entries.get(&directory).filter(|_| installed);
            if let Some(stamp) = entry.and_then(|entry| entry.stamp) {
                self.observed.directory(&directory, stamp);
            }
        }
        self.observed.finish(false)
    }

    fn read_now(&self, real: &Path) -> Result<Arc<FileText>, ReadError> {
        match read_steady(real) {
            Ok((identity, bytes)) => {
                let content_hash = Sha256::digest(&bytes).into();
                self.observed.file(real, Some(Stamp::now(identity)), content_hash);
                Ok(Arc::new(FileText::new(bytes, content_hash)))
            }
            Err(error) => {
                // No content has this hash, so the first check that looks at content reads again.
                self.observed.file(real, self.entry(real).stamp, ContentHash::default());
                Err(error)
            }
        }
    }

    fn guard(&self, real: &Path) {
        match self.entry(real).stamp {
            Some(stamp) => self.observed.directory(real, stamp),
            None => self.observed.absent(real),
        }
    }

    /// What `name` is in the physical directory `real`, links followed.
    fn step(&self, real: &Path, name: &OsStr, links: &mut u32) -> Look {
        let at = real.join(name);
        match self.entry(&at).kind {
            Kind::File => Look::File(at.into()),
            Kind::Directory => Look::Directory(at.into()),
            Kind::Neither => Look::Neither(at.into()),
            Kind::Link(target) => self.follow(real, &at, &target, links),
            Kind::Missing => {
                self.observed.absent(&at);
                Look::Missing
            }
        }
    }

    fn follow(&self, from: &Path, link: &Path, target: &Path, links: &mut u32) -> Look {
        *links += 1;
        if *links > MAX_LINKS {
            return Look::Neither(link.into());
        }
        let mut look = Look::Directory(from.into());
        for component in target.components() {
            look = match (&look, component) {
                (_, Component::CurDir) => continue,
                (_, Component::Prefix(_) | Component::RootDir) => {
                    Look::Directory(Path::new(&component).into())
                }
                (Look::Directory(real), Component::ParentDir) => {
                    Look::Directory(real.parent().unwrap_or(real).into())
                }
                (Look::Directory(real), Component::Normal(name)) => self.step(real, name, links),
                (other, _) => return self.past_the_end(other, component.as_os_str()),
            };
        }
        look
    }

    /// Looks for `name` below something that is not a directory.
    fn past_the_end(&self, look: &Look, name: &OsStr) -> Look {
        if let Look::File(real) | Look::Neither(real) = look {
            self.observed.absent(&real.join(name));
        }
        Look::Missing
    }

    fn entry(&self, at: &Path) -> DirectoryEntry {
        if let Some(entry) = locked(&self.entries).get(at) {
            return entry.clone();
        }
        let entry = DirectoryEntry::of(at);
        if let Kind::Link(target) = &entry.kind {
            self.observed.symlink(at, target);
        }
        locked(&self.entries).entry(at.to_path_buf()).or_insert(entry).clone()
    }
}

impl DirectoryEntry {
    fn of(at: &Path) -> Self {
        let Ok(metadata) = fs::symlink_metadata(at) else {
            return Self { kind: Kind::Missing, stamp: None };
        };
        let kind = match metadata.file_type() {
            kind if kind.is_file() => Kind::File,
            kind if kind.is_dir() => Kind::Directory,
            kind if kind.is_symlink() => {
                fs::read_link(at).map_or(Kind::Neither, |target| Kind::Link(target.into()))
            }
            _ => Kind::Neither,
        };
        Self { kind, stamp: Some(Stamp::now(FileIdentity::of(&metadata))) }
    }
}

impl FileText {
    fn new(bytes: Vec<u8>, content_hash: ContentHash) -> Self {
        const MARK: &str = "\u{feff}";
        let wasm = bytes.starts_with(b"\0asm");
        let mut text = String::from_utf8(bytes).ok();
        if let Some(text) = text.as_mut().filter(|text| text.starts_with(MARK)) {
            text.drain(..MARK.len());
        }
        Self { text, content_hash, wasm }
    }
}

/// The bytes of the file at `path` and the one state it was in from before the read until after it.
fn read_steady(path: &Path) -> Result<(FileIdentity, Vec<u8>), ReadError> {
    let io = |error: io::Error| ReadError::Io(error.kind());
    for _ in 0..READ_ATTEMPTS {
        let mut file = File::open(path).map_err(io)?;
        let before = file.metadata().map_err(io)?;
        if !before.is_file() {
            return Err(ReadError::Io(io::ErrorKind::InvalidInput));
        }
        let before = FileIdentity::of(&before);
        let mut bytes = Vec::with_capacity(usize::try_from(before.size).unwrap_or(0) + 1);
        file.read_to_end(&mut bytes).map_err(io)?;
        if FileIdentity::of(&file.metadata().map_err(io)?) == before {
            return Ok((before, bytes));
        }
    }
    Err(ReadError::Unstable)
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
