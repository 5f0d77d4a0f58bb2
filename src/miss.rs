//! Why something is not taken from the cache. Never an error to the app: a reason for people.

use std::fmt;

/// A stable code and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissReason {
    /// For programs: `BMES_GUARD_CHANGED`, `BMES_PACK_DAMAGED`, ...
    pub code: &'static str,
    /// For people: which file, which difference.
    pub detail: String,
}

impl MissReason {
    /// A reason of that code.
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

impl fmt::Display for MissReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.detail)
    }
}
