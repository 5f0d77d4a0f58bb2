//! The learner: another process, or another run, that takes up what a run has left.
//!
//! It holds the app's lock, so there is one at a time, and the system takes the lock back from one
//! that dies. Before it begins it writes down that it tries; what it was left is taken away only when
//! the pack is written. What was left meanwhile is for another round.

use std::path::PathBuf;

use super::left::{LeftBehind, State, Waiting, digest, is_new};
use super::place::Place;
use super::session::{Session, Settings};
use super::typescript::Strip;
use crate::miss::MissReason;
use crate::store::{AppKey, DEFAULT_MAX_SIZE, LearnerLock, RuntimeIdentity};

/// Where something was left.
#[derive(Debug, Clone)]
pub struct Task {
    /// The cache directory.
    pub root: PathBuf,
    /// The runtime as people name it.
    pub runtime: String,
    /// What else tells builds of it apart.
    pub build: String,
    /// The app.
    pub key: AppKey,
}

impl Task {
    fn place(&self) -> Place {
        Place {
            identity: RuntimeIdentity::new(&self.runtime, &self.build),
            root: Some(self.root.clone()),
            key: self.key,
            entry_url: String::new(),
            is_read_only: false,
            max_size: DEFAULT_MAX_SIZE,
        }
    }

    /// Whether something waits that nobody has taken up yet. To be asked when the lock has been let go:
    /// whoever found it held has left something and started nobody.
    pub fn is_left(&self) -> bool {
        is_new(&self.place())
    }
}

/// What was taken up.
#[derive(Debug)]
pub struct Taken {
    place: Place,
    digest: u64,
    _lock: LearnerLock,
}

/// Takes up what was left of an app and makes its pack, which is not written yet: that is for
/// [`Session::save`] and [`Session::finish`], once its bytecode is there.
///
/// # Errors
/// Why there is no pack. Where what was seen is the reason, that is written down.
pub fn take_up(task: &Task, strip: &mut Strip<'_>) -> Result<(Session, Taken), MissReason> {
    let mut place = task.place();
    let busy = || MissReason::new("BMES_LEARNING", "another process learns this app already");
    let folder = place.open()?;
    let lock = folder.lock_learner(&place.key)?.ok_or_else(busy)?;
    let (bytes, _) = folder.read_transcript(&place.key)?;
    let foreign = |what: &str| MissReason::new("BMES_STORE_FOREIGN", what);
    let left: LeftBehind =
        serde_json::from_slice(&bytes).map_err(|error| foreign(&error.to_string()))?;
    let State::Waiting(waiting) = left.state else { return Err(busy()) };
    let Waiting { settings, seen } = *waiting;
    // What it says of itself must lead to the place where it was found.
    let settings = Settings {
        directory: Some(task.root.clone()),
        runtime: task.runtime.clone(),
        build: task.build.clone(),
        read_only: false,
        named_pack: None,
        in_worker: false,
        ..settings
    };
    place.max_size = settings.max_size.unwrap_or(DEFAULT_MAX_SIZE);
    let digest = digest(&seen);
    let waiting = Waiting { settings: settings.clone(), seen: seen.clone() };
    let attempts = left.attempts.saturating_add(1);
    LeftBehind { attempts, is_taken: true, state: State::Waiting(Box::new(waiting)) }
        .write(&place)?;
    let (mut session, _) = Session::open(settings);
    session.is_no_start();
    if session.place().key != task.key {
        let refused = foreign("what was left is of another app, or its entry has moved");
        folder.remove_transcript(&place.key)?;
        return Err(refused);
    }
    match session.lesson().learn(&seen, strip).and_then(|learnt| {
        session.count(&learnt.counters);
        session.use_new(learnt.pack)
    }) {
        Ok(()) => Ok((session, Taken { place, digest, _lock: lock })),
        Err(reason) => {
            let state = State::Refused { digest, reason: reason.to_string() };
            LeftBehind { attempts: 0, is_taken: true, state }.write(&place)?;
            Err(reason)
        }
    }
}

impl Taken {
    /// To be called when the pack is written. What was left meanwhile stays.
    ///
    /// # Errors
    /// What the system says.
    pub fn done(self) -> Result<(), MissReason> {
        let now = LeftBehind::read(&self.place).map(|(left, _)| left.state);
        let is_another = |waiting: &Waiting| digest(&waiting.seen) != self.digest;
        if matches!(now, Some(State::Waiting(waiting)) if is_another(&waiting)) {
            return Ok(());
        }
        Ok(self.place.open()?.remove_transcript(&self.place.key)?)
    }
}
