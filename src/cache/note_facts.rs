//! What a note about linking says, for people: that of the self-test, or an app's mark.

use serde::Serialize;

use super::inspect::Fault;
use crate::store::{Note, Outcome, StoreError, hex};

/// What a note holds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NoteFacts {
    /// In bytes.
    pub bytes: usize,
    /// The digest of the runtime that it is said to be of, in hex.
    pub runtime: Option<String>,
    /// `begun` (and nothing since), `passed` or `failed`; `None` if it cannot be believed.
    pub outcome: Option<&'static str>,
    /// How often in a row it was begun and has not come to an end.
    pub tries: Option<u32>,
    /// What was said of it, for people.
    pub detail: Option<String>,
    /// What is wrong with it.
    pub fault: Option<Fault>,
}

impl NoteFacts {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let runtime = Note::stated_runtime(bytes);
        let note = runtime.and_then(|runtime| Note::decode(bytes, &runtime));
        let outcome = note.as_ref().map(|note| match note.outcome {
            Outcome::Begun => "begun",
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
        });
        let damaged = StoreError::Damaged { what: "is not as it was written" };
        Self {
            bytes: bytes.len(),
            runtime: runtime.map(|digest| hex(&digest)),
            outcome,
            tries: note.as_ref().map(|note| note.tries),
            fault: note.is_none().then(|| damaged.into()),
            detail: note.map(|note| note.detail),
        }
    }
}
