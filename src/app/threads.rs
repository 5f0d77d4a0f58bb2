//! What sessions of one process owe each other.
//!
//! Every thread that runs an app has a session of its own. A pool of workers starts the same app many
//! times at once: one of them is watched, which is enough. And a worker can be ended from outside at
//! any moment, while its pack is being written: whoever ends last waits for that.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::error::MissReason;
use super::place::Place;
use crate::store::AppKey;

/// A pack that is being written on another thread.
pub(super) type Writing = JoinHandle<Result<(), MissReason>>;

type App = (Option<PathBuf>, AppKey);

static WATCHED: Mutex<Vec<App>> = Mutex::new(Vec::new());
static LEFT: Mutex<Vec<Writing>> = Mutex::new(Vec::new());

/// The right to watch a run of an app; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Claim(App);

impl Claim {
    /// `None` if another session of this process has it.
    pub(super) fn take(place: &Place) -> Option<Self> {
        let app = (place.root.clone(), place.key);
        let mut watched = lock(&WATCHED);
        if watched.contains(&app) {
            return None;
        }
        watched.push(app.clone());
        Some(Self(app))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        lock(&WATCHED).retain(|app| *app != self.0);
    }
}

/// Leaves a pack that is being written to whoever waits for it.
pub(super) fn leave(writing: Writing) {
    lock(&LEFT).push(writing);
}

/// Waits for what was left. What became of it is nobody's concern any more.
pub(super) fn wait_for_left() {
    let left = std::mem::take(&mut *lock(&LEFT));
    for writing in left {
        drop(writing.join());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
