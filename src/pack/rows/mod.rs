//! The layout, one file for each kind of row: where its fields are, how they are written, read, and
//! held against the tables they point into. docs/pack.md has the same numbers.

#![expect(missing_docs, reason = "docs/pack.md says what the fields are")]

pub mod edge;
pub mod guard;
pub mod header;
pub mod module;
