//! Why a pack is refused. Every kind is a miss for the caller; the kinds are for people.

use std::fmt;

use crate::miss::MissReason;

/// Why bytes are not a pack this process can use.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PackError {
    /// The bytes do not start like a pack.
    NotAPack,
    /// A pack of another release.
    Version {
        /// The version found.
        found: u32,
    },
    /// Made by another runtime, or for another app or other settings.
    Foreign {
        /// What differs: `runtime` or `app`.
        what: &'static str,
    },
    /// The file is shorter or longer than its header says.
    Length {
        /// Bytes the header promises.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
    /// A checksum does not match.
    Damaged {
        /// The section, or `header`.
        section: &'static str,
    },
    /// Checksums match, but an index or a length leads outside its table: written by hand.
    Malformed {
        /// The table.
        section: &'static str,
        /// What is wrong with it.
        what: &'static str,
    },
    /// More than the format can number.
    TooLarge {
        /// The table.
        section: &'static str,
    },
}

impl PackError {
    /// The stable code of this kind, for JS and for counters.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAPack => "BMES_PACK_NOT_A_PACK",
            Self::Version { .. } => "BMES_PACK_VERSION",
            Self::Foreign { .. } => "BMES_PACK_FOREIGN",
            Self::Length { .. } => "BMES_PACK_LENGTH",
            Self::Damaged { .. } => "BMES_PACK_DAMAGED",
            Self::Malformed { .. } => "BMES_PACK_MALFORMED",
            Self::TooLarge { .. } => "BMES_PACK_TOO_LARGE",
        }
    }
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotAPack => write!(f, "not a bmes pack"),
            Self::Version { found } => {
                write!(
                    f,
                    "pack version {found} is not {}; it will be rewritten",
                    super::rows::header::VERSION
                )
            }
            Self::Foreign { what } => write!(f, "pack was made for another {what}"),
            Self::Length { expected, found } => {
                write!(f, "pack has {found} bytes where its header says {expected}")
            }
            Self::Damaged { section } => write!(f, "checksum of {section} does not match"),
            Self::Malformed { section, what } => write!(f, "{section}: {what}"),
            Self::TooLarge { section } => {
                write!(f, "{section} has more than the format can number")
            }
        }
    }
}

impl std::error::Error for PackError {}

impl From<PackError> for MissReason {
    fn from(error: PackError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}
