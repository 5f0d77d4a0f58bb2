//! The cache directory: who may be believed, what survives, how much is kept.
#![cfg(unix)]

mod hostile;
mod limit;
mod support;
mod trust;
