//! `ModuleBytecodeCache`: records found and saved one by one. Its one user is `api/cache.js`.

use std::path::{Path, PathBuf};

use napi::bindgen_prelude::*;
use napi_derive::napi;

use crate::cache::{CacheSettings, Choice, Content, ModuleCache};
use crate::miss::MissReason;
use crate::store::{RuntimeIdentity, check_usable, key_of_hex};

/// Where and how.
#[napi(object, object_to_js = false)]
pub struct ModuleCacheSettings {
    /// The directory, if not the default one.
    pub directory: Option<String>,
    /// Directories that are only read.
    pub layers: Vec<String>,
    /// `node-24.9.0-linux-x64`.
    pub runtime: String,
    /// What else tells builds apart.
    pub build: String,
    /// Write nothing.
    pub read_only: bool,
    /// Equal files share a record.
    pub shared: bool,
    /// The limit in bytes, if not the default one.
    pub max_size: Option<f64>,
}

/// Why an answer was no.
#[napi(object, object_from_js = false)]
pub struct Reason {
    /// Stable, `BMES_...`.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

/// Why nothing can come of a cache in this directory; `null` as far as something can.
#[napi(catch_unwind)]
pub fn check_directory(
    directory: String,
    runtime: String,
    build: String,
    read_only: bool,
) -> Option<Reason> {
    let identity = RuntimeIdentity::new(&runtime, &build);
    let fault = check_usable(Path::new(&directory), &identity, read_only).err()?;
    let MissReason { code, detail } = fault.into();
    Some(Reason { code, message: detail })
}

/// What was removed.
#[napi(object, object_from_js = false)]
pub struct Removed {
    /// Files.
    pub removed: f64,
    /// Their bytes.
    pub bytes: f64,
    /// Bytes that are left.
    pub size: f64,
}

/// What is to be removed; everything if nothing is named.
#[napi(object, object_to_js = false)]
pub struct CleanChoice {
    /// Names of runtimes' folders.
    pub runtimes: Option<Vec<String>>,
    /// Name of a runtime's folder, key of an app, over and over.
    pub apps: Option<Vec<String>>,
}

/// Records of this runtime. Internal: `api/cache.js` is its only user.
#[napi(js_name = "ModuleCache")]
pub struct ModuleCacheHandle {
    cache: ModuleCache,
    reason: Option<MissReason>,
}

#[napi]
impl ModuleCacheHandle {
    /// Never throws for what the disk holds.
    #[napi(constructor, catch_unwind)]
    pub fn new(settings: ModuleCacheSettings) -> Self {
        let cache = ModuleCache::new(CacheSettings {
            directory: settings.directory.map(PathBuf::from),
            layers: settings.layers.into_iter().map(PathBuf::from).collect(),
            identity: RuntimeIdentity::new(&settings.runtime, &settings.build),
            is_read_only: settings.read_only,
            is_shared: settings.shared,
            max_size: settings.max_size.map(|bytes| bytes as u64),
        });
        Self { cache, reason: None }
    }

    /// The record of the module of this URL whose text is `source`, or what the file at `path` holds.
    #[napi(catch_unwind)]
    pub fn find(
        &mut self,
        url: String,
        source: Option<&[u8]>,
        path: Option<String>,
    ) -> Option<Buffer> {
        let found = self.cache.find(&url, content(source, path.as_deref()));
        self.answer(found).map(Buffer::from)
    }

    /// Keeps a record. Says whether it is kept.
    #[napi(catch_unwind)]
    pub fn save(
        &mut self,
        url: String,
        source: Option<&[u8]>,
        path: Option<String>,
        record: &[u8],
    ) -> bool {
        let saved = self.cache.save(&url, content(source, path.as_deref()), record);
        self.answer(saved).is_some()
    }

    /// Why the last answer was no; `null` if it was yes.
    #[napi(getter, catch_unwind)]
    pub fn reason(&self) -> Option<Reason> {
        let reason = self.reason.as_ref()?;
        Some(Reason { code: reason.code, message: reason.detail.clone() })
    }

    /// JSON of `CacheStats`.
    #[napi(catch_unwind)]
    pub fn stats(&mut self, reset: bool) -> Result<String> {
        serde_json::to_string(&self.cache.stats(reset)).map_err(|error| to_js(&error))
    }

    /// JSON of `Verified`; `null` if the directory cannot be used. What is damaged is removed if `remove`.
    /// `progress` is called with how many bytes have been read.
    #[napi(catch_unwind)]
    pub fn verify(
        &mut self,
        remove: bool,
        progress: Option<Function<'_, f64, ()>>,
    ) -> Result<Option<String>> {
        let verified = self.cache.verify(remove, &mut |bytes| {
            // Whoever is told has no say in it.
            let _ = progress.as_ref().map(|progress| progress.call(bytes as f64));
        });
        self.json(verified)
    }

    /// JSON of `Sizes`; `null` if the directory cannot be used.
    #[napi(catch_unwind)]
    pub fn sizes(&mut self) -> Result<Option<String>> {
        let sizes = self.cache.sizes();
        self.json(sizes)
    }

    /// JSON of `Cleaned`, of everything or of what is named; `null` if the directory cannot be used.
    /// Nothing is removed if `is_rehearsal`.
    #[napi(catch_unwind)]
    pub fn clean(&mut self, choice: CleanChoice, is_rehearsal: bool) -> Result<Option<String>> {
        let choice = match choice {
            CleanChoice { runtimes: Some(names), .. } => {
                Choice::Runtimes(names.into_iter().collect())
            }
            CleanChoice { apps: Some(apps), .. } => Choice::Apps(
                apps.chunks_exact(2)
                    .filter_map(|two| Some((two[0].clone(), key_of_hex(&two[1])?)))
                    .collect(),
            ),
            CleanChoice { runtimes: None, apps: None } => Choice::All,
        };
        let cleaned = self.cache.clean(&choice, is_rehearsal);
        self.json(cleaned)
    }

    /// Applies the limit now; `null` if that cannot be done.
    #[napi(catch_unwind)]
    pub fn prune(&mut self) -> Option<Removed> {
        let swept = self.cache.prune();
        self.answer(swept).map(|swept| Removed {
            removed: swept.removed as f64,
            bytes: swept.freed as f64,
            size: swept.size as f64,
        })
    }

    /// Removes everything; `null` if that cannot be done.
    #[napi(catch_unwind)]
    pub fn clear(&mut self) -> Option<Removed> {
        let cleared = self.cache.clear();
        self.answer(cleared).map(|cleared| Removed {
            removed: cleared.removed as f64,
            bytes: cleared.freed as f64,
            size: 0.0,
        })
    }

    /// Writes down what was counted.
    #[napi(catch_unwind)]
    pub fn write_counters(&mut self) {
        self.cache.write_counters();
    }

    fn json<T: serde::Serialize>(
        &mut self,
        answer: std::result::Result<T, MissReason>,
    ) -> Result<Option<String>> {
        let json = self.answer(answer).map(|answer| serde_json::to_string(&answer));
        json.transpose().map_err(|error| to_js(&error))
    }

    fn answer<T>(&mut self, answer: std::result::Result<T, MissReason>) -> Option<T> {
        match answer {
            Ok(value) => {
                self.reason = None;
                Some(value)
            }
            Err(reason) => {
                self.reason = Some(reason);
                None
            }
        }
    }
}

fn content<'a>(source: Option<&'a [u8]>, path: Option<&'a str>) -> Content<'a> {
    match (source, path) {
        (Some(source), _) => Content::Bytes(source),
        (None, path) => Content::File(Path::new(path.unwrap_or_default())),
    }
}

fn to_js(error: &serde_json::Error) -> Error {
    Error::from_reason(error.to_string())
}
