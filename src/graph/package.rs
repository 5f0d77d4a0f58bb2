//! `package.json`: what Node takes from it, and which one governs a directory.
//!
//! Fields of the wrong type are as good as absent, as in Node's own reader, but for `name` and `type`:
//! those are an error then, like text that is not a JSON object, for every lookup that reads it.
//! Node's reader stops early and so overlooks some bad JSON that is refused here; such a package is
//! left to it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;
use serde_json::Value;

use super::disk::Disk;
use super::error::ResolveError;

/// The `type` field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PackageType {
    /// Absent, or a value Node does not know.
    None,
    CommonJs,
    Module,
}

/// What resolution and formats need of one `package.json`.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: Option<String>,
    /// Resolution has no use for it; people do.
    pub(super) version: Option<String>,
    pub(super) main: Option<String>,
    pub(super) kind: PackageType,
    pub(super) exports: Option<Value>,
    pub(super) imports: Option<Value>,
}

/// A package and the directory its `package.json` was found in, as the path was asked for.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    pub(super) directory: PathBuf,
    pub(super) package: Arc<Package>,
}

type Read = Result<Option<Arc<Package>>, ResolveError>;
type Scoped = Result<Option<Scope>, ResolveError>;

/// Every `package.json` read so far, and the one that governs each directory.
#[derive(Debug, Default)]
pub(super) struct Packages {
    /// By directory.
    read: Mutex<FxHashMap<PathBuf, Read>>,
    /// By directory.
    scopes: Mutex<FxHashMap<PathBuf, Scoped>>,
}

impl Packages {
    /// The package whose `package.json` lies in `directory` itself. Unreadable is absent, as in Node.
    pub(super) fn in_directory(&self, disk: &Disk, directory: &Path) -> Read {
        let mut cached = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = cached.get(directory) {
            return read.clone();
        }
        // Held while reading, so that one parse serves every thread that asks.
        let read = read_package(disk, &directory.join("package.json"));
        cached.insert(directory.to_path_buf(), read.clone());
        read
    }

    /// The package that governs files in `directory`: the nearest one at or above it, but never one
    /// from beyond a `node_modules`.
    pub(super) fn scope_of(&self, disk: &Disk, directory: &Path) -> Scoped {
        let cached =
            |at: &Path| self.scopes.lock().unwrap_or_else(PoisonError::into_inner).get(at).cloned();
        let mut passed = Vec::new();
        let mut scope = Ok(None);
        for ancestor in directory.ancestors() {
            if let Some(known) = cached(ancestor) {
                scope = known;
                break;
            }
            if ancestor.file_name().is_some_and(|name| name == "node_modules") {
                break;
            }
            passed.push(ancestor);
            match self.in_directory(disk, ancestor) {
                Ok(None) => {}
                Ok(Some(package)) => {
                    scope = Ok(Some(Scope { directory: ancestor.to_path_buf(), package }));
                    break;
                }
                Err(error) => {
                    scope = Err(error);
                    break;
                }
            }
        }
        let mut scopes = self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        for ancestor in passed {
            scopes.insert(ancestor.to_path_buf(), scope.clone());
        }
        scope
    }
}

fn read_package(disk: &Disk, path: &Path) -> Read {
    let Some(real) = disk.file_at(path) else { return Ok(None) };
    let Ok(file) = disk.read(&real) else { return Ok(None) };
    let value = file.text.as_deref().and_then(|text| serde_json::from_str(text).ok());
    match value {
        Some(Value::Object(fields)) if fields_are_valid(&fields) => {
            Ok(Some(Arc::new(Package::from(fields))))
        }
        _ => Err(ResolveError::InvalidPackageConfig { path: path.to_path_buf() }),
    }
}

fn fields_are_valid(fields: &serde_json::Map<String, Value>) -> bool {
    ["name", "type"].iter().all(|field| fields.get(*field).is_none_or(Value::is_string))
}

impl From<serde_json::Map<String, Value>> for Package {
    fn from(mut fields: serde_json::Map<String, Value>) -> Self {
        let kind = match fields.get("type").and_then(Value::as_str) {
            Some("module") => PackageType::Module,
            Some("commonjs") => PackageType::CommonJs,
            _ => PackageType::None,
        };
        let mut text = |field: &str| match fields.remove(field) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let (name, version, main) = (text("name"), text("version"), text("main"));
        let exports = fields
            .remove("exports")
            .filter(|value| value.is_string() || value.is_array() || value.is_object());
        let imports =
            fields.remove("imports").filter(|value| value.is_array() || value.is_object());
        Self { name, version, main, kind, exports, imports }
    }
}
