//! Why an app does not start from the cache. Never an error to the app: a reason for people.

use std::fmt;

use crate::pack::PackError;
use crate::store::StoreError;

/// A stable code and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissReason {
    /// For programs: `BMES_GUARD_CHANGED`, `BMES_PACK_DAMAGED`, ...
    pub code: &'static str,
    /// For people: which file, which difference.
    pub detail: String,
}

impl MissReason {
    pub(super) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

impl fmt::Display for MissReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.detail)
    }
}

impl From<PackError> for MissReason {
    fn from(error: PackError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<StoreError> for MissReason {
    fn from(error: StoreError) -> Self {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        Self::new(error.code(), format!("{error}{}", cause.unwrap_or_default()))
    }
}
