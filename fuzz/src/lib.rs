//! What must hold of any bytes, one module per reader of untrusted bytes.
//!
//! Each has a `check(bytes)` that panics where a property is broken. Three things call it: a target
//! in `fuzz_targets/`, to which libFuzzer gives inputs it has made; `tests/fuzz.rs`, which replays
//! `tests/fixtures/fuzz/` on any toolchain; and Miri, through that test. This file is compiled into
//! the latter by path, so it uses nothing of libFuzzer.

pub mod allocations;
#[cfg(feature = "analysis")]
pub mod analyze;
pub mod entry;
#[cfg(feature = "analysis")]
pub mod nesting;
pub mod pack;
pub mod record;
