//! What sessions of one process owe each other.
//!
//! Every thread that runs an app has a session of its own. A pool of workers starts the same app many
//! times at once: one of them is watched, which is enough. And a worker can be ended from outside at
//! any moment, while its pack is being written; the main thread, with which the process ends, waits.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::place::Place;
use crate::miss::MissReason;
use crate::store::{AppKey, Counters};

/// A pack that is being written on another thread.
pub(super) type Writing = JoinHandle<Result<Counters, MissReason>>;

type App = (Option<PathBuf>, AppKey);

static WATCHED: Mutex<Vec<App>> = Mutex::new(Vec::new());
static WRITERS: Mutex<usize> = Mutex::new(0);
static WRITER_ENDS: Condvar = Condvar::new();

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

/// Starts a thread that writes.
pub(super) fn write(
    work: impl FnOnce() -> Result<Counters, MissReason> + Send + 'static,
) -> Writing {
    let writer = Writer::new();
    std::thread::spawn(move || {
        let _writer = writer;
        work()
    })
}

/// Waits until nothing is being written by any session.
pub(super) fn wait_for_writers() {
    let writers = lock(&WRITERS);
    drop(WRITER_ENDS.wait_while(writers, |writers| *writers > 0));
}

/// A thread that writes, from before its start to its end, however that comes.
struct Writer;

impl Writer {
    fn new() -> Self {
        *lock(&WRITERS) += 1;
        Self
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        *lock(&WRITERS) -= 1;
        WRITER_ENDS.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
