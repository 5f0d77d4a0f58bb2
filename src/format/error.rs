//! What can be wrong with the bytes of a record, and where.

use std::fmt;

use super::layout::{HEADER_LEN, MAGIC_AT, VERSION, VERSION_AT};

/// Why bytes are not a BMES v1 record.
///
/// Every variant but the first three has `at`, the byte offset of the field that is wrong: the start
/// of the integer that could not be read or cannot be true, or of the text that is not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormatError {
    /// Too short to hold a magic number and a version.
    TooShort {
        /// How many bytes there are.
        len: usize,
    },
    /// Not a record at all.
    BadMagic {
        /// What stands where the magic number should.
        found: u32,
    },
    /// A record of another version.
    BadVersion {
        /// Its version.
        found: u32,
    },
    /// The bytes end before an integer does.
    Truncated {
        /// What was expected.
        what: &'static str,
        /// Where it was expected.
        at: usize,
    },
    /// A list of more entries than the rest of the bytes could hold.
    CountTooLarge {
        /// Of what.
        what: &'static str,
        /// Where the count is.
        at: usize,
        /// The count.
        count: u32,
        /// How many bytes follow it.
        left: usize,
    },
    /// A string longer than the rest of the bytes.
    StringOutOfBounds {
        /// Which.
        what: &'static str,
        /// Where its length is.
        at: usize,
        /// The length.
        len: u32,
        /// How many bytes follow it.
        left: usize,
    },
    /// A string that is not UTF-8.
    InvalidUtf8 {
        /// Which.
        what: &'static str,
        /// Where its first byte is.
        at: usize,
    },
    /// A `hasAttributes` that is neither 0 nor 1.
    BadHasAttributes {
        /// Where it is.
        at: usize,
        /// Its value.
        found: u32,
    },
    /// An import entry of no known type.
    BadImportType {
        /// Where the type is.
        at: usize,
        /// Its value.
        found: u32,
    },
    /// An export entry of no known type.
    BadExportType {
        /// Where the type is.
        at: usize,
        /// Its value.
        found: u32,
    },
    /// Bytecode longer than the rest of the bytes.
    BytecodeOutOfBounds {
        /// Where its size is.
        at: usize,
        /// The size.
        len: u32,
        /// How many bytes follow it.
        left: usize,
    },
    /// Bytes after the end of the record.
    TrailingBytes {
        /// Where the first is.
        at: usize,
        /// How many there are.
        count: usize,
    },
}

impl FormatError {
    /// A stable name for the variant.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooShort { .. } => "BMES_TOO_SHORT",
            Self::BadMagic { .. } => "BMES_BAD_MAGIC",
            Self::BadVersion { .. } => "BMES_BAD_VERSION",
            Self::Truncated { .. } => "BMES_TRUNCATED",
            Self::CountTooLarge { .. } => "BMES_COUNT_TOO_LARGE",
            Self::StringOutOfBounds { .. } => "BMES_STRING_OUT_OF_BOUNDS",
            Self::InvalidUtf8 { .. } => "BMES_INVALID_UTF8",
            Self::BadHasAttributes { .. } => "BMES_BAD_HAS_ATTRIBUTES",
            Self::BadImportType { .. } => "BMES_BAD_IMPORT_TYPE",
            Self::BadExportType { .. } => "BMES_BAD_EXPORT_TYPE",
            Self::BytecodeOutOfBounds { .. } => "BMES_BYTECODE_OUT_OF_BOUNDS",
            Self::TrailingBytes { .. } => "BMES_TRAILING_BYTES",
        }
    }

    /// The byte offset of the field that is wrong.
    pub fn offset(&self) -> usize {
        match *self {
            Self::TooShort { .. } | Self::BadMagic { .. } => MAGIC_AT,
            Self::BadVersion { .. } => VERSION_AT,
            Self::Truncated { at, .. }
            | Self::CountTooLarge { at, .. }
            | Self::StringOutOfBounds { at, .. }
            | Self::InvalidUtf8 { at, .. }
            | Self::BadHasAttributes { at, .. }
            | Self::BadImportType { at, .. }
            | Self::BadExportType { at, .. }
            | Self::BytecodeOutOfBounds { at, .. }
            | Self::TrailingBytes { at, .. } => at,
        }
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooShort { len } => {
                write!(
                    f,
                    "{len} bytes are too few for a BMES record, which starts with {HEADER_LEN}"
                )?;
            }
            Self::BadMagic { found } => {
                return write!(
                    f,
                    "not a BMES record: it starts with 0x{found:08X}; check the path"
                );
            }
            Self::BadVersion { found } => {
                write!(f, "BMES version {found} at byte {VERSION_AT} is not {VERSION}")?;
            }
            Self::Truncated { what, at } => {
                write!(f, "the record ends before {what} at byte {at}")?;
            }
            Self::CountTooLarge { what, at, count, left } => {
                write!(f, "{count} {what} at byte {at} cannot be in the {left} bytes that follow")?;
            }
            Self::StringOutOfBounds { what, at, len, left } => write!(
                f,
                "{what} of {len} bytes at byte {at} is longer than the {left} bytes that follow"
            )?,
            Self::InvalidUtf8 { what, at } => write!(f, "{what} at byte {at} is not UTF-8")?,
            Self::BadHasAttributes { at, found } => {
                write!(f, "hasAttributes {found} at byte {at} is neither 0 nor 1")?;
            }
            Self::BadImportType { at, found } => {
                write!(f, "import type {found} at byte {at} is not 0, 1 or 2")?;
            }
            Self::BadExportType { at, found } => {
                write!(f, "export type {found} at byte {at} is not 0, 1 or 2")?;
            }
            Self::BytecodeOutOfBounds { at, len, left } => write!(
                f,
                "bytecode of {len} bytes at byte {at} is longer than the {left} bytes that follow"
            )?,
            Self::TrailingBytes { at, count } => {
                write!(f, "{count} bytes follow the end of the record at byte {at}")?;
            }
        }
        f.write_str("; write it again from the source")
    }
}

impl std::error::Error for FormatError {}

/// Why a record cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteError {
    /// A length or a count does not fit into the 32 bits that the format has for it.
    TooLong {
        /// Of what.
        what: &'static str,
        /// The length or count.
        len: usize,
    },
    /// The record to take the metadata from is none.
    NotARecord(FormatError),
}

impl WriteError {
    /// A stable name for the variant; what is no record keeps the name of what is wrong with it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "BMES_TOO_LONG",
            Self::NotARecord(error) => error.code(),
        }
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { what, len } => {
                write!(
                    f,
                    "{what} of {len} is more than a BMES record can say, which is {}",
                    u32::MAX
                )
            }
            Self::NotARecord(_) => f.write_str("the metadata cannot be taken from a bad record"),
        }
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::TooLong { .. } => None,
            Self::NotARecord(error) => Some(error),
        }
    }
}
