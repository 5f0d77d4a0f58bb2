//! The core of `bmes-cache`: what a JavaScript runtime finds out when it starts an ES module app,
//! kept for the next start.
//!
//! A runtime reads every file of an app, parses it to find its imports and exports, resolves every
//! specifier and compiles it, and throws all of that away at exit. Here it is kept: each module's
//! interface and bytecode in one **record** ([`mod@format`], BMES v1), and each app's linked graph in
//! one mapped file, its **pack** ([`pack`]). Node loads this crate as an addon; everything but
//! [`bindings`] is plain Rust and knows no JavaScript value.
//!
//! ```
//! use bmes_cache::analyze::analyze_module;
//! use bmes_cache::format::{Record, write};
//!
//! let module = analyze_module("export { a as b } from './a.mjs';")?;
//! let bytes = write(&module.metadata, b"bytecode of some engine")?;
//!
//! let record = Record::parse(&bytes)?;
//! let names: Vec<&str> = record.exports().map(|export| export.export_name).collect();
//! assert_eq!(names, ["b"]);
//! assert_eq!(record.bytecode(), b"bytecode of some engine");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to go
//!
//! Each room does one thing, and says in its first lines why it exists:
//!
//! | room | from | to | touches |
//! | --- | --- | --- | --- |
//! | [`analyze`] | source text | metadata | nothing |
//! | [`graph`] | an entry | modules, edges, what was looked at | the app's files, reading |
//! | [`explore`] | a graph | answers: importers, exports, order, costs | nothing, but to resolve anew |
//! | [`mod@format`] | metadata | BMES v1 bytes, and back | nothing |
//! | [`pack`] | a graph | one file's bytes, and back | the app's files, to see whether they changed |
//! | [`store`] | names and bytes | files nobody else can have written | the cache directory |
//! | [`cache`] | a module's URL and content | its record, from an entry or from any pack | the cache directory |
//! | [`app`] | a process that starts | a pack to run from, or the reason there is none | all of it |
//! | [`bindings`] | JavaScript | calls of the others, and back | nothing |
//!
//! [`metadata`] and [`module_graph`] are the plain data they hand to each other.
//!
//! ```text
//! bindings -> app -> graph -> analyze
//!                 -> analyze
//!                 -> cache -> pack -> format
//!                          -> store
//!          -> explore -> graph
//!          -> cache, format, analyze
//! all      -> metadata, module_graph
//! ```
//!
//! `analyze`, `format` and `store` do not know each other. `app` alone compares what the disk says
//! with what the cache says; start with [`app::Session`].
//!
//! The bytes are described in docs/format.md and docs/pack.md, the directory and whom it trusts in
//! docs/store.md.
//!
//! Damage is a miss, never a crash: no input makes a reader panic, and what cannot be verified never
//! reaches an engine.

#![warn(missing_docs)]

#[cfg(feature = "analysis")]
pub mod analyze;
#[cfg(feature = "analysis")]
pub mod app;
#[cfg(feature = "addon")]
pub mod bindings;
pub mod cache;
#[cfg(feature = "analysis")]
pub mod explore;
mod file_identity;
pub mod format;
#[cfg(feature = "analysis")]
pub mod graph;
pub mod metadata;
pub mod miss;
pub mod module_graph;
pub mod pack;
pub mod store;
