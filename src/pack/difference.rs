//! What guards say for people: what the pack has, and what is there.
//!
//! A start stops at the first guard that does not hold and says no more than that ([`check_guards`]).
//! Whoever asks why wants all of them, with both values.
//!
//! [`check_guards`]: super::check_guards

use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;

use super::guard::{Guard, hash_file, moved};
use crate::module_graph::{ContentHash, FileIdentity, Found, Stamp};

/// One guard that moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Where.
    pub path: String,
    /// What is wrong, as a start says it; `None` where it was touched and its content is the same.
    pub what: Option<&'static str>,
    /// What the pack has.
    pub was: Seen,
    /// What is there.
    pub is: Seen,
}

/// What was found at a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Seen {
    /// A file.
    File {
        /// SHA-256 of its content, in hex.
        sha256: String,
        /// Its state; `None` in a portable pack, whose guards are of no place.
        #[serde(flatten)]
        state: Option<SeenState>,
    },
    /// Nothing.
    Absent,
    /// A folder; what is in it matters.
    Directory {
        /// As of a file.
        #[serde(flatten)]
        state: Option<SeenState>,
    },
    /// A symbolic link.
    Symlink {
        /// Where it points, as written.
        target: String,
    },
    /// Something below a folder that is a link now.
    BelowLink {
        /// The link.
        link: String,
        /// Where it points, as written.
        target: String,
    },
    /// Something that is none of these, or cannot be looked at.
    Other {
        /// What the system says.
        reason: String,
    },
}

/// What tells whether something was written to. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SeenState {
    /// In bytes.
    pub size: u64,
    /// When its content was written.
    pub modified_ms: i64,
    /// When anything of it was changed.
    pub changed_ms: i64,
    /// Device and number.
    pub inode: String,
    /// It was looked at within two seconds of its own timestamps, so that all of this says nothing yet.
    pub is_young: bool,
}

/// All guards that moved, in the order in which a start looks at them.
pub fn differences<'a>(guards: impl Iterator<Item = Guard<'a>>) -> Vec<Difference> {
    let difference = |(guard, what): (Guard<'a>, Option<&'static str>)| Difference {
        is: Seen::now(&guard),
        was: Seen::before(&guard),
        path: guard.path.into_owned(),
        what,
    };
    moved(guards).map(difference).collect()
}

impl Seen {
    /// What a guard says.
    pub fn before(guard: &Guard<'_>) -> Self {
        match &guard.found {
            Found::Absent => Self::Absent,
            Found::File { content_hash, stamp } => Self::file(content_hash, *stamp),
            Found::Directory { stamp } => Self::Directory { state: stamp.map(SeenState::from) },
            Found::Symlink { target } => {
                Self::Symlink { target: target.to_string_lossy().into_owned() }
            }
        }
    }

    fn file(hash: &ContentHash, stamp: Option<Stamp>) -> Self {
        let sha256 = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Self::File { sha256, state: stamp.map(SeenState::from) }
    }

    /// What is there now.
    fn now(guard: &Guard<'_>) -> Self {
        let path = Path::new(&*guard.path);
        Self::below_link(path).unwrap_or_else(|| {
            Self::at(path).unwrap_or_else(|error| match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Absent,
                _ => Self::Other { reason: error.to_string() },
            })
        })
    }

    fn at(path: &Path) -> io::Result<Self> {
        let metadata = fs::symlink_metadata(path)?;
        Ok(if metadata.is_file() {
            let (stamp, hash) = hash_file(path)?;
            Self::file(&hash, Some(stamp))
        } else if metadata.is_dir() {
            let stamp = Stamp::now(FileIdentity::of(&metadata));
            Self::Directory { state: Some(stamp.into()) }
        } else if metadata.is_symlink() {
            Self::Symlink { target: fs::read_link(path)?.to_string_lossy().into_owned() }
        } else {
            Self::Other { reason: "neither a file, a folder nor a link".to_owned() }
        })
    }

    fn below_link(path: &Path) -> Option<Self> {
        let mut above = path.ancestors().skip(1);
        let link = above.find(|it| fs::symlink_metadata(it).is_ok_and(|it| it.is_symlink()))?;
        let target = fs::read_link(link).ok()?.to_string_lossy().into_owned();
        Some(Self::BelowLink { link: link.to_string_lossy().into_owned(), target })
    }
}

impl From<Stamp> for SeenState {
    fn from(Stamp { identity, racy }: Stamp) -> Self {
        const NANOSECONDS: i64 = 1_000_000;
        Self {
            size: identity.size,
            modified_ms: identity.mtime_ns / NANOSECONDS,
            changed_ms: identity.ctime_ns / NANOSECONDS,
            inode: format!("{}:{}", identity.dev, identity.ino),
            is_young: racy,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn guard(path: &Path, found: Found) -> Guard<'static> {
        Guard { path: Cow::Owned(path.to_string_lossy().into_owned()), found }
    }

    #[test]
    fn what_moved_is_named_with_both_values_and_nothing_else_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = fs::canonicalize(folder.path()).expect("its path");
        let (edited, same) = (root.join("edited"), root.join("same"));
        fs::write(&edited, "1").expect("write");
        fs::write(&same, "1").expect("write");
        let file = |path: &Path| {
            let (stamp, content_hash) = hash_file(path).expect("read");
            guard(path, Found::File { content_hash, stamp: Some(stamp) })
        };
        let appeared = guard(&root.join("appeared"), Found::Absent);
        let guards = [appeared, file(&edited), file(&same)];
        assert_eq!(differences(guards.iter().cloned()), []);
        fs::write(&edited, "22").expect("write");
        fs::write(root.join("appeared"), "").expect("write");
        let moved = differences(guards.into_iter());
        let named: Vec<_> = moved.iter().map(|it| (Path::new(&it.path), it.what)).collect();
        let appeared = root.join("appeared");
        let expected: [(&Path, _); 2] =
            [(&appeared, Some("appeared")), (&edited, Some("content changed"))];
        assert_eq!(named, expected);
        assert_eq!(moved[0].was, Seen::Absent);
        let sizes = |seen: &Seen| match seen {
            Seen::File { state: Some(state), .. } => state.size,
            _ => u64::MAX,
        };
        assert_eq!((sizes(&moved[1].was), sizes(&moved[1].is)), (1, 2));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_below_a_link_now_names_the_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = fs::canonicalize(folder.path()).expect("its path");
        fs::create_dir(root.join("there")).expect("make");
        fs::write(root.join("there/file"), "1").expect("write");
        std::os::unix::fs::symlink("there", root.join("here")).expect("link");
        let path = root.join("here/file");
        let (stamp, content_hash) = hash_file(&path).expect("read");
        let file = guard(&path, Found::File { content_hash, stamp: Some(stamp) });
        let moved = differences([file].into_iter());
        let link = root.join("here").to_string_lossy().into_owned();
        assert_eq!(moved[0].is, Seen::BelowLink { link, target: "there".to_owned() });
        assert_eq!(moved[0].what, Some("is reached by another way"));
    }
}
