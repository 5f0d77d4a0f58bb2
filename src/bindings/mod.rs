//! The only room that knows JavaScript: each function converts, calls the core, converts back.
//!
//! Callers are index.js and runtime/, never users. Those check the arguments, so that every error a
//! user sees names what they passed; here a wrong type is only an error, whatever it says.
//!
//! Metadata crosses as JSON. For a module of 1,000 exports that takes 0.40 ms, setting the properties
//! one by one through Node-API 0.65 ms; and `JSON.parse` makes plain objects whose keys are all own
//! properties, `__proto__` too.
//!
//! `catch_unwind` turns a panic into an exception: a bug in here must not end somebody's process.

pub mod cache;
pub mod compile;
pub mod explain;
pub mod graph;
pub mod own_code;
pub mod pack;
pub mod process;
pub mod record;
pub mod session;

use napi_derive::napi;

/// The release that this is of. The JavaScript of another one has other calls.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
