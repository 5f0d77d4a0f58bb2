//! Processes of our own, and what threads of this one owe each other.

use std::ffi::OsString;
use std::sync::atomic::{AtomicU8, Ordering};

use napi::bindgen_prelude::*;
use napi_derive::napi;

use crate::app::start_detached;

/// Starts a program that outlives this one. `more` are further arguments; `env` is name, value, over
/// and over. Its process id.
#[napi(catch_unwind)]
pub fn spawn_detached(
    program: String,
    args: Vec<String>,
    more: Vec<String>,
    env: Vec<String>,
) -> Result<u32> {
    let pair = |two: &[String]| match two {
        [name, value] => Some((OsString::from(name), OsString::from(value))),
        _ => None,
    };
    let args: Vec<OsString> = args.into_iter().chain(more).map(OsString::from).collect();
    let program = OsString::from(program);
    start_detached(&program, &args, env.chunks(2).filter_map(pair)).map_err(|error| {
        Error::new(Status::GenericFailure, format!("cannot start {}: {error}", program.display()))
    })
}

/// What the main thread has said about learning; 0 until it has.
static POLICY: AtomicU8 = AtomicU8::new(0);

/// How this process learns. The main thread's word holds for all threads: a worker's environment may
/// be made by the app.
#[napi(catch_unwind)]
pub fn learning_policy(own: u8, is_worker: bool) -> u8 {
    if !is_worker {
        POLICY.store(own, Ordering::Relaxed);
        return own;
    }
    match POLICY.load(Ordering::Relaxed) {
        0 => own,
        said => said,
    }
}
