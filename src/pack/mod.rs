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
mod error;
mod guard;
#[doc(hidden)]
pub mod layout;
mod module;
mod reader;
mod text;
mod writer;

pub use blob::Blob;
pub use error::PackError;
pub use guard::{Guard, GuardCheck, check_guards, holds, layout_holds, refresh};
pub use layout::Section;
pub use module::{Edge, EdgeAttributes, PackModule, modules_of};
pub use reader::Pack;
pub use text::{Encoding, SourceText};
pub use writer::{PackContents, encode};
