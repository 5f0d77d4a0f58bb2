//! Metadata and bytecode to BMES v1 bytes, and back.
//!
//! A record is a header, four lists, and bytecode, with nothing between them and no second way to
//! write any of it: whatever [`validate`] accepts, [`write()`] gives back byte for byte from what
//! [`Record`] reads. The layout has no checksum. Records live inside files that have one; what is
//! checked here is structure, so that bytes from anywhere can be read without a panic and without an
//! allocation that a length in them decided.
//!
//! [`Record::parse`] checks the whole record once and then lends its strings and bytecode; it copies
//! nothing. No I/O, no oxc, no unsafe.

mod cursor;
mod entry;
mod error;
mod layout;
mod record;
mod writer;

pub use entry::{Attributes, Entries, Export, Import, Request};
pub use error::{FormatError, WriteError};
pub use record::{Record, diagnose, validate};
pub use writer::{metadata_len, with_bytecode, write};
