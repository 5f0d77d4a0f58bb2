//! What a run leaves behind for its learner: a transcript in the store, beside the pack to come.
//!
//! It is the only thing there is until a pack is written, so a learner that dies has lost nothing:
//! the next run leaves a transcript of its own in its place, with the number of those who have died
//! over it. It is read as anything from a disk is: a file that is not as it was written, or was
//! written for another app or runtime, is a reason and nothing else.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::place::Place;
use super::session::Settings;
use super::transcript::Transcript;
use crate::miss::MissReason;

/// After so many learners have died over an app there is something about it that kills them.
pub const MAX_ATTEMPTS: u32 = 3;

/// How long what was refused once is not tried again, if nothing else was seen meanwhile. An edit of
/// a module can make another answer of it without another edge.
const REFUSED_FOR: Duration = Duration::from_secs(10 * 60);

/// What is in the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LeftBehind {
    /// How many learners have taken it up and not come to an end.
    pub(super) attempts: u32,
    /// The last of them has taken up just this; otherwise it is new.
    pub(super) is_taken: bool,
    pub(super) state: State,
}

/// Whether it waits for a learner.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum State {
    /// It does.
    Waiting(Box<Waiting>),
    /// A learner has refused it.
    Refused {
        /// Of what was seen.
        digest: u64,
        reason: String,
    },
}

/// Everything a learner needs to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Waiting {
    pub(super) settings: Settings,
    pub(super) seen: Transcript,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// A learner is to be started.
    ToBeLearnt,
    /// One is at work, and looks again when it is done.
    BeingLearnt,
    /// The same was refused a moment ago, for this reason.
    Refused(String),
}

impl LeftBehind {
    /// What was left last; `None` if there is nothing that can be believed.
    pub(super) fn read(place: &Place) -> Option<(Self, Duration)> {
        let (bytes, age) = place.open().ok()?.read_transcript(&place.key).ok()?;
        Some((serde_json::from_slice(&bytes).ok()?, age))
    }

    pub(super) fn write(&self, place: &Place) -> Result<(), MissReason> {
        let bytes = serde_json::to_vec(self)
            .map_err(|error| MissReason::new("BMES_NOT_PACKED", error.to_string()))?;
        Ok(place.create()?.publish_transcript(&place.key, &bytes)?)
    }

    fn is_refused(&self, digest: u64, age: Duration) -> Option<&str> {
        match &self.state {
            State::Refused { digest: refused, reason } if *refused == digest => {
                (age < REFUSED_FOR).then_some(reason)
            }
            _ => None,
        }
    }
}

/// What tells whether a run has seen something new.
pub(super) fn digest(seen: &Transcript) -> u64 {
    // It was read from JSON or is about to be written as such.
    xxh3_64(&serde_json::to_vec(seen).unwrap_or_default())
}

/// Whether something waits that no learner has taken up yet.
pub(super) fn is_new(place: &Place) -> bool {
    LeftBehind::read(place)
        .is_some_and(|(left, _)| !left.is_taken && matches!(left.state, State::Waiting(_)))
}

/// How many learners have died over an app since one came to an end.
pub(super) fn attempts(place: &Place) -> u32 {
    LeftBehind::read(place).map_or(0, |(left, _)| left.attempts)
}

/// Leaves what was seen, unless the same was refused just now.
///
/// # Errors
/// Why nothing can be left.
pub(super) fn leave(
    place: &Place,
    settings: &Settings,
    seen: Transcript,
) -> Result<Left, MissReason> {
    let before = LeftBehind::read(place);
    if let Some((left, age)) = &before
        && let Some(reason) = left.is_refused(digest(&seen), *age)
    {
        return Ok(Left::Refused(reason.to_owned()));
    }
    let is_at_work = || place.open().is_ok_and(|folder| folder.is_being_learnt(&place.key));
    // One that is at work has not died yet.
    let attempts = before.map_or(0, |(left, _)| {
        left.attempts.saturating_sub(u32::from(left.is_taken && is_at_work()))
    });
    let waiting = Waiting { settings: settings.clone(), seen };
    LeftBehind { attempts, is_taken: false, state: State::Waiting(Box::new(waiting)) }
        .write(place)?;
    // Asked after it is there: whoever lets go of the lock looks once more (`is_left`).
    Ok(if is_at_work() { Left::BeingLearnt } else { Left::ToBeLearnt })
}
