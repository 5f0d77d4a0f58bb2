//! The engine's code of our own JavaScript. Its one user is `runtime/internal.js`.

use std::path::Path;

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use crate::cache::{find_own_code, keep_own_code};
use crate::store::{DEFAULT_MAX_SIZE, RuntimeIdentity};

/// What the engine has made of `text`, if it is kept in `directory`.
#[napi(catch_unwind)]
pub fn find_code(directory: String, runtime: String, build: String, text: &[u8]) -> Option<Buffer> {
    let identity = RuntimeIdentity::new(&runtime, &build);
    find_own_code(Path::new(&directory), &identity, text).ok().map(Buffer::from)
}

/// Keeps it. Says why it is not kept, if it is not.
#[napi(catch_unwind)]
pub fn keep_code(
    directory: String,
    runtime: String,
    build: String,
    max_size: Option<f64>,
    text: &[u8],
    code: &[u8],
) -> Option<String> {
    let identity = RuntimeIdentity::new(&runtime, &build);
    let max_size = max_size.map_or(DEFAULT_MAX_SIZE, |bytes| bytes as u64);
    keep_own_code(Path::new(&directory), &identity, max_size, text, code)
        .err()
        .map(|reason| format!("{} {}", reason.code, reason.detail))
}
