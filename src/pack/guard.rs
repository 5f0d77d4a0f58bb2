//! Does the pack still describe the disk?
//!
//! A guard is one observation of the crawl. While a file's identity has not moved nothing was
//! written to it; where it has, its content decides, and the guard is refreshed. An identity
//! captured within two seconds of its own timestamps proves nothing (a write in the same tick
//! leaves it as it was) and its content is looked at until it can be captured again, as git does.

use std::borrow::Cow;
use std::fs;
use std::io::{self, Read as _};
use std::num::NonZero;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_64;

use crate::module_graph::{ContentHash, FileIdentity, Found, Observation, Stamp};

/// One thing that must still be true of the disk.
#[derive(Debug, Clone)]
pub struct Guard<'a> {
    /// An absolute path.
    pub path: Cow<'a, str>,
    /// What was found there.
    pub found: Found,
}

impl<'a> Guard<'a> {
    /// The guard of an observation; `None` where its path or a link's target is not Unicode, which
    /// no pack can say.
    pub fn of(observation: &'a Observation) -> Option<Self> {
        let path = Cow::Borrowed(observation.path.to_str()?);
        if let Found::Symlink { target, .. } = &observation.found {
            target.to_str()?;
        }
        Some(Self { path, found: observation.found.clone() })
    }
}

/// What came of looking at all guards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuardCheck {
    /// Nothing moved.
    Holds,
    /// Something was touched and its content is the same: the guards should be written again.
    Refresh,
    /// Something changed. The first change found, for people.
    Changed {
        /// Where.
        path: String,
        /// What: `content changed`, `appeared`, `is gone`, ...
        what: &'static str,
    },
}

/// Looks at every guard, and stops at the first that does not hold.
pub fn check_guards<'a>(guards: impl Iterator<Item = Guard<'a>>) -> GuardCheck {
    check_all(guards, check)
}

/// Whether specifiers lead where they did: of the files that `is_module` names, which are looked at
/// one by one before they are handed over, only that they are there.
///
/// A folder that was seen while it was young is compared with what was in it when `listings` were
/// made: it would never hold otherwise, and nothing has changed in most of them.
pub fn layout_holds<'a>(
    guards: impl Iterator<Item = Guard<'a>>,
    is_module: impl Fn(&str) -> bool,
    listings: &Listings,
) -> bool {
    let check_place = |guard: &Guard<'_>| match fs::symlink_metadata(Path::new(&*guard.path)) {
        Ok(now) if now.is_file() => State::Same,
        _ => State::Changed("is no longer a file"),
    };
    let check = |guard: &Guard<'_>| match is_module(&guard.path) {
        true => check_place(guard),
        false if listings.holds(guard) => State::Same,
        false => check(guard),
    };
    !matches!(check_all(guards, check), GuardCheck::Changed { .. })
}

/// What was in the folders of guards that say nothing by themselves, because they were seen within
/// two seconds of their own timestamps.
#[derive(Debug, Default)]
pub struct Listings(FxHashMap<PathBuf, u64>);

impl Listings {
    /// As they are now. Nothing is listed unless there are such guards.
    pub fn of<'a>(guards: impl Iterator<Item = Guard<'a>>) -> Self {
        let young = guards.filter(|guard| young_folder(&guard.found).is_some());
        let listed = young.filter_map(|guard| {
            let path = PathBuf::from(&*guard.path);
            let names = names_in(&path)?;
            Some((path, names))
        });
        Self(listed.collect())
    }

    fn holds(&self, guard: &Guard<'_>) -> bool {
        let Some(identity) = young_folder(&guard.found) else { return false };
        let path = Path::new(&*guard.path);
        let is_same = |now: &fs::Metadata| FileIdentity::of(now) == identity;
        self.0.get(path).is_some_and(|names| {
            fs::symlink_metadata(path).as_ref().is_ok_and(is_same)
                && names_in(path).as_ref() == Some(names)
        })
    }
}

fn young_folder(found: &Found) -> Option<FileIdentity> {
    match found {
        Found::Directory { stamp: Some(Stamp { identity, racy: true }) } => Some(*identity),
        _ => None,
    }
}

/// A hash of the names in a folder and of what kind each is, in whatever order they are listed.
fn names_in(folder: &Path) -> Option<u64> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).ok()? {
        let entry = entry.ok()?;
        let kind = entry.file_type().ok()?;
        let kind = u8::from(kind.is_dir()) + 2 * u8::from(kind.is_symlink());
        names.push((entry.file_name().into_encoded_bytes(), kind));
    }
    names.sort_unstable();
    let flat: Vec<u8> =
        names.into_iter().flat_map(|(name, kind)| [&name[..], &[0, kind]].concat()).collect();
    Some(xxh3_64(&flat))
}

fn check_all<'a>(
    guards: impl Iterator<Item = Guard<'a>>,
    check: impl Fn(&Guard<'_>) -> State,
) -> GuardCheck {
    let mut refresh = false;
    for (guard, state) in states(guards, check) {
        match state {
            State::Same => {}
            State::Touched(_) => refresh = true,
            State::Changed(what) => {
                return GuardCheck::Changed { path: guard.path.into_owned(), what };
            }
        }
    }
    if refresh { GuardCheck::Refresh } else { GuardCheck::Holds }
}

/// Each guard with what came of looking at it, in their order.
fn states<'a>(
    guards: impl Iterator<Item = Guard<'a>>,
    check: impl Fn(&Guard<'_>) -> State,
) -> impl Iterator<Item = (Guard<'a>, State)> {
    let mut above = Above::default();
    guards.map(move |guard| {
        let state = match check(&guard) {
            State::Same | State::Touched(_) if !above.is_physical(&guard) => {
                State::Changed(ANOTHER_WAY)
            }
            state => state,
        };
        (guard, state)
    })
}

/// A folder above is a link now.
const ANOTHER_WAY: &str = "is reached by another way";

/// Every guard that moved, with what is wrong with it; `None` if its content is the same.
pub(super) fn moved<'a>(
    guards: impl Iterator<Item = Guard<'a>>,
) -> impl Iterator<Item = (Guard<'a>, Option<&'static str>)> {
    states(guards, check).filter_map(|(guard, state)| match state {
        State::Same => None,
        State::Touched(_) => Some((guard, None)),
        State::Changed(what) => Some((guard, Some(what))),
    })
}

/// Whether this one still holds: a file that is handed over long after the start may have been
/// written since.
pub fn holds(guard: &Guard<'_>) -> bool {
    !matches!(check(guard), State::Changed(_))
}

/// Looks at guards that were made elsewhere: content, kinds and links are as they say, whatever the
/// identities, which are those of this place afterwards. On several threads, as it reads every file.
///
/// # Errors
/// The first that does not hold: where, and what is wrong.
pub fn look_again<'a>(guards: Vec<Guard<'a>>) -> Result<Vec<Guard<'a>>, (String, &'static str)> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS);
    let share = guards.len().div_ceil(threads).max(1);
    let looked: Vec<Result<Vec<Guard<'a>>, _>> = std::thread::scope(|scope| {
        let shares: Vec<_> = guards.chunks(share).collect();
        let others: Vec<_> = shares
            .iter()
            .skip(1)
            .map(|share| scope.spawn(|| share.iter().map(look_once).collect()))
            .collect();
        let first = shares.first().map(|share| share.iter().map(look_once).collect());
        let others = others.into_iter().map(|thread| {
            thread.join().unwrap_or_else(|_| Err((String::new(), "could not be looked at")))
        });
        first.into_iter().chain(others).collect()
    });
    let guards: Vec<Guard<'a>> = looked.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    let mut above = Above::default();
    match guards.iter().find(|guard| !above.is_physical(guard)) {
        Some(guard) => Err((guard.path.to_string(), ANOTHER_WAY)),
        None => Ok(guards),
    }
}

/// More do not read faster.
const MAX_THREADS: usize = 8;

fn look_once<'a>(guard: &Guard<'a>) -> Result<Guard<'a>, (String, &'static str)> {
    let path = Path::new(&*guard.path);
    let found = match (&guard.found, fs::symlink_metadata(path)) {
        // A folder's identity is of one place; what is absent in it has guards of its own.
        (Found::Directory { .. }, Ok(now)) if now.is_dir() => {
            Found::Directory { stamp: Some(Stamp::now(FileIdentity::of(&now))) }
        }
        (Found::Directory { .. }, _) => return Err((guard.path.to_string(), "is no directory")),
        _ => match check(guard) {
            State::Same => guard.found.clone(),
            State::Touched(found) => found,
            State::Changed(what) => return Err((guard.path.to_string(), what)),
        },
    };
    Ok(Guard { path: guard.path.clone(), found })
}

/// The guards with identities as they are now. A guard that no longer holds is kept as it was, so
/// that the next start sees the change.
pub fn refresh<'a>(guards: impl Iterator<Item = Guard<'a>>) -> Vec<Guard<'a>> {
    guards
        .map(|guard| match check(&guard) {
            State::Touched(found) => Guard { found, ..guard },
            State::Same | State::Changed(_) => guard,
        })
        .collect()
}

/// The directories above the guards seen so far. Paths are physical, so none of them is a link:
/// a directory that is moved away and linked to from its old place leaves the identity of every
/// file in it as it was, while the runtime now finds the files, and their URLs, elsewhere.
#[derive(Default)]
struct Above(PathBuf);

impl Above {
    /// Guards come sorted by path, so each directory is looked at once.
    fn is_physical(&mut self, guard: &Guard<'_>) -> bool {
        let parent = Path::new(&*guard.path).parent();
        let parent = parent.filter(|parent| guard.found != Found::Absent && self.0 != **parent);
        let Some(parent) = parent else { return true };
        let mut unseen = parent.ancestors().take_while(|directory| !self.0.starts_with(directory));
        let is_directory = |path: &Path| fs::symlink_metadata(path).is_ok_and(|it| it.is_dir());
        let all = unseen.all(is_directory);
        self.0 = parent.to_owned();
        all
    }
}

enum State {
    Same,
    Touched(Found),
    Changed(&'static str),
}

fn check(guard: &Guard<'_>) -> State {
    let path = Path::new(&*guard.path);
    match &guard.found {
        // Whatever stops us from looking (a name too long, a file in the way) stopped the crawl too.
        Found::Absent => match fs::symlink_metadata(path) {
            Ok(_) => State::Changed("appeared"),
            Err(_) => State::Same,
        },
        // Paths are physical: a link in the place of a file is a change whatever it leads to.
        Found::File { content_hash, stamp } => match fs::symlink_metadata(path) {
            Ok(now) if stamp.is_some_and(|stamp| stamp.proves(&now)) => State::Same,
            Ok(now) if now.is_file() => check_content(path, &guard.found, content_hash),
            Ok(_) => State::Changed("is no longer a file"),
            Err(_) => State::Changed("is gone"),
        },
        Found::Directory { stamp: None } => match fs::symlink_metadata(path) {
            Ok(now) if now.is_dir() => State::Same,
            Ok(_) => State::Changed("is no longer a directory"),
            Err(_) => State::Changed("is gone"),
        },
        Found::Directory { stamp: Some(stamp) } => match fs::symlink_metadata(path) {
            Ok(now) if stamp.proves(&now) => State::Same,
            Ok(now) if FileIdentity::of(&now) == stamp.identity => {
                State::Changed("was seen while it was written to")
            }
            Ok(now) if now.is_dir() && is_another(&FileIdentity::of(&now), &stamp.identity) => {
                State::Changed("was made anew")
            }
            Ok(_) => State::Changed("has other entries"),
            Err(_) => State::Changed("is gone"),
        },
        Found::Symlink { target } => match fs::read_link(path) {
            Ok(points_to) if points_to == *target => State::Same,
            Ok(_) => State::Changed("points elsewhere"),
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                State::Changed("is no longer a symbolic link")
            }
            Err(_) => State::Changed("is gone"),
        },
    }
}

impl Stamp {
    /// Whether nothing was written since it was taken.
    fn proves(self, now: &fs::Metadata) -> bool {
        !self.racy && FileIdentity::of(now) == self.identity
    }
}

fn is_another(now: &FileIdentity, before: &FileIdentity) -> bool {
    (now.dev, now.ino) != (before.dev, before.ino)
}

fn check_content(path: &Path, before: &Found, expected: &ContentHash) -> State {
    match hash_file(path) {
        Ok((stamp, content_hash)) if content_hash == *expected => {
            let found = Found::File { content_hash, stamp: Some(stamp) };
            // Still too young to tell: it is looked at again next time, and nothing is rewritten.
            if found == *before { State::Same } else { State::Touched(found) }
        }
        Ok(_) => State::Changed("content changed"),
        Err(_) => State::Changed("can no longer be read"),
    }
}

/// A file's stamp and hash, of one and the same state.
pub(super) fn hash_file(path: &Path) -> io::Result<(Stamp, ContentHash)> {
    let mut file = fs::File::open(path)?;
    let before = FileIdentity::of(&file.metadata()?);
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let after = FileIdentity::of(&file.metadata()?);
    // Written to while it was read: no state has this hash for certain.
    let racy = before != after || after.is_racy_now();
    Ok((Stamp { identity: after, racy }, Sha256::digest(&bytes).into()))
}
