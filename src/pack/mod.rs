//! One app, one file: its linked graph, records, sources and the guards that say whether they
//! still describe the disk.
//!
//! A start maps the file and reads three tables; sources and bytecode are handed to the engine
//! where they lie. Every section is covered by a checksum: tables when the pack is opened, a
//! module's source and record when they are handed over, so that a damaged pack is a miss with a
//! reason and never reaches the engine. The bytes are described in docs/pack.md.
//!
//! This room knows neither how a graph is found nor where packs are kept.

mod blob;
mod bytes;
mod difference;
mod error;
mod guard;
mod label;
mod module;
mod placed;
mod reader;
mod rows;
mod section;
mod text;
mod writer;

/// Every offset, for the tests that damage packs.
#[doc(hidden)]
pub mod layout {
    pub use super::bytes::NO_TARGET;
    pub use super::rows::edge::*;
    pub use super::rows::guard::*;
    pub use super::rows::header::*;
    pub use super::rows::module::*;
    pub use super::section::SECTIONS;
}

pub use blob::Blob;
pub use difference::{Difference, Seen, differences};
pub use error::PackError;
pub use guard::{
    Guard, GuardCheck, Listings, check_guards, holds, layout_holds, look_again, refresh,
};
pub use label::{LABEL_MAGIC, Label};
pub use module::{PackModule, modules_of};
pub use placed::{relative_url, root_of};
pub use reader::{ModuleLengths, Pack};
pub use rows::edge::EdgeRow;
pub use rows::header::MAGIC as PACK_MAGIC;
pub use section::Section;
pub use text::{Encoding, SourceText};
pub use writer::{PackContents, encode};
