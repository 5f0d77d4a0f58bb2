//! Many files, read and looked at on every thread at hand.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::crawl::pool;
use super::error::GraphError;
use super::plan::Watch;

/// A module to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Its text.
    Text(String),
    /// Its file.
    File(PathBuf),
}

/// What `look` says of each text, without byte order mark, or of why there is none; in the order of
/// `sources`.
pub fn look_at_each<T: Send>(
    sources: &[Source],
    watch: &Watch,
    look: impl Fn(Result<&str, String>) -> T + Sync,
) -> Result<Vec<T>, GraphError> {
    let one = |source: &Source| {
        if watch.is_cancelled() {
            return Err(GraphError::Cancelled);
        }
        watch.found();
        let looked = match source {
            Source::Text(text) => look(Ok(text)),
            Source::File(path) => look(read(path).as_deref().map_err(Clone::clone)),
        };
        watch.loaded();
        Ok(looked)
    };
    pool()?.install(|| sources.par_iter().map(one).collect())
}

fn read(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let mut text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    Ok(text)
}
