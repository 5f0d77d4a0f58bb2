//! Whether an app may be linked here, and the net under it.
//!
//! The linker reaches into the runtime, so each exact build must have passed a self-test once. And if a
//! process dies while it is at work, the next start of that app does without it.

use std::ffi::OsString;
use std::path::PathBuf;

use super::detached;
use super::place::Place;
use crate::miss::MissReason;
use crate::store::{AppKey, DEFAULT_MAX_SIZE, Mark, Note, Outcome, RuntimeIdentity};

/// What is against linking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// Nobody has tested this runtime, or nobody has come to an end with it.
    Untested,
    /// The self-test says that it cannot be done here.
    Failed(String),
    /// The last starts of this app that were linked have died of it.
    Crashed(String),
}

/// What was found at the start, and the mark of this app while it is linked.
#[derive(Debug)]
pub(super) struct Linking {
    pub(super) obstacle: Option<Obstacle>,
    mark: Option<Mark>,
}

impl Linking {
    /// Looks at what there is, and takes the app's mark. `is_proven` is a runtime on which the pack in
    /// use was linked before, elsewhere.
    pub(super) fn look(place: &Place, is_proven: bool) -> Self {
        let against = |obstacle| Self { obstacle: Some(obstacle), mark: None };
        let untested = (!is_proven).then_some(Obstacle::Untested);
        let Ok(directory) = place.open() else { return Self { obstacle: untested, mark: None } };
        match directory.self_test().map(|found| found.note) {
            Some(Note { outcome: Outcome::Passed, .. }) => {}
            Some(Note { outcome: Outcome::Failed, detail, .. }) => {
                return against(Obstacle::Failed(detail));
            }
            Some(Note { outcome: Outcome::Begun, .. }) | None => {
                if let Some(untested) = untested {
                    return against(untested);
                }
            }
        }
        // Nothing can be written, or another process links this app now: it goes without a net.
        let mark = directory.take_mark(&place.key).unwrap_or_default();
        match mark.as_ref().and_then(Mark::death).filter(|death| death.is_held()) {
            Some(death) => against(Obstacle::Crashed(explain(&death.note))),
            None => Self { obstacle: None, mark },
        }
    }

    /// Dying is noticed from now on.
    pub(super) fn begin(&mut self, place: &Place) {
        if self.mark.is_none() && self.obstacle.is_none() {
            let directory = place.open().ok();
            self.mark = directory.and_then(|directory| directory.take_mark(&place.key).ok()?);
        }
        // Best effort, as all that is written.
        let _ = self.mark.as_mut().map(Mark::set);
    }

    /// It is not noticed any more. The mark is taken anew each time: a descriptor that stays open is one
    /// less for the app.
    pub(super) fn end(&mut self) {
        let _ = self.mark.as_mut().map(Mark::clear);
        self.mark = None;
    }
}

fn explain(death: &Note) -> String {
    match death.tries {
        1 => "the last start of this app died while its modules were linked".to_owned(),
        tries => format!("the last {tries} starts of this app died while it was linked"),
    }
}

/// Why starts of an app do without the linker for a while, for whoever asks without starting it.
pub(super) fn crashed(place: &Place) -> Option<String> {
    let death = place.open().ok()?.look_at_mark(&place.key)?;
    death.is_held().then(|| explain(&death.note))
}

/// The self-test of one runtime, for one store.
#[derive(Debug)]
pub struct SelfTest {
    place: Place,
}

impl SelfTest {
    /// The one of the runtime that says so of itself.
    pub fn of(root: PathBuf, runtime: &str, build: &str) -> Self {
        let place = Place {
            identity: RuntimeIdentity::new(runtime, build),
            root: Some(root),
            key: AppKey::default(),
            entry_url: String::new(),
            is_read_only: false,
            max_size: DEFAULT_MAX_SIZE,
        };
        Self { place }
    }

    /// Keeps what it has found.
    ///
    /// # Errors
    /// Why it is not kept.
    pub fn end(&self, outcome: Outcome, detail: &str) -> Result<(), MissReason> {
        self.place.create()?.publish_self_test(&Note::ended(outcome, detail))?;
        Ok(())
    }
}

/// Whether somebody is to run the self-test now. That it was begun is written down, so that of many
/// starts one does it, and so that one that never comes to an end is not tried at each start.
fn begin_self_test(place: &Place) -> bool {
    let Ok(directory) = place.create() else { return false };
    let tries = match directory.self_test() {
        Some(before) if before.note.outcome != Outcome::Begun || before.is_held() => return false,
        Some(before) => before.note.tries,
        None => 0,
    };
    directory.publish_self_test(&Note::begun(tries)).is_ok()
}

/// Starts `program` with `args` and the cache directory, unless nobody is to run the self-test now.
pub(super) fn start_self_test(
    place: &Place,
    program: &OsString,
    mut args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
) {
    let Some(root) = &place.root else { return };
    args.push(root.into());
    if begin_self_test(place) {
        // Best effort: it is tried again in an hour.
        let _ = detached::start(program, &args, env);
    }
}
