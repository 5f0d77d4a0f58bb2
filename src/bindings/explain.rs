//! What the command line tells people: answers are JSON, since nobody waits for microseconds here.

use std::path::Path;

use napi::bindgen_prelude::*;
use napi_derive::napi;

use super::session::{SessionSettings, StripTypes, asked, to_js};
use crate::app::{self, Inventory, apps_of};
use crate::cache;
use crate::miss::MissReason;
use crate::store::RuntimeIdentity;

/// JSON of `Explained`: what a start with these settings would find. Nothing is written. `strip` is asked
/// about TypeScript that was written to.
#[napi(catch_unwind)]
pub fn explain(settings: SessionSettings, strip: StripTypes<'_>) -> Result<String> {
    json(&app::explain(settings.into(), &mut asked(strip)))
}

/// JSON of `Beginnings`: the ES modules that may be first under the main module of these settings. `strip`
/// is asked about TypeScript.
#[napi(catch_unwind)]
pub fn beginnings(
    settings: SessionSettings,
    conditions: Vec<String>,
    strip: StripTypes<'_>,
) -> Result<String> {
    let found = app::beginnings(settings.into(), &conditions, &mut asked(strip));
    json(&found.map_err(to_js)?)
}

/// The name of a runtime's folder in a store.
#[napi(catch_unwind)]
pub fn runtime_folder(runtime: String, build: String) -> String {
    RuntimeIdentity::new(&runtime, &build).folder().to_owned()
}

/// JSON of `Inventory`: the packs of all runtimes in a cache directory.
#[napi(catch_unwind)]
pub fn inventory(root: String) -> Result<String> {
    json(&Inventory::of(Path::new(&root)).map_err(to_js)?)
}

/// JSON of `StoredApp`s: what a cache directory has of the app that begins at this file.
#[napi(catch_unwind)]
pub fn stored_apps(root: String, entry: String) -> Result<String> {
    json(&apps_of(Path::new(&root), Path::new(&entry)).map_err(to_js)?)
}

/// JSON of `Inspected`: what the bytes of a file hold; `null` if they are nothing of ours.
#[napi(catch_unwind)]
pub fn inspect(bytes: &[u8]) -> Result<Option<String>> {
    cache::inspect(bytes).map(|inspected| json(&inspected)).transpose()
}

fn json(answer: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(answer)
        .map_err(|error| to_js(MissReason::new("BMES_INTERNAL", error.to_string())))
}
