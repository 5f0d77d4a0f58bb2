//! Records, their checks, and the analysis that fills them.

use napi::bindgen_prelude::{Buffer, Either};
use napi::{Error, Result};
use napi_derive::napi;

use crate::analyze::{self, AnalyzeError};
use crate::format::{self, FormatError, Record};
use crate::metadata::ModuleMetadata;

/// The most metadata that is turned into objects. JSON takes up to six times the bytes of a record,
/// and the longest string of V8 is 512 MB; the largest real module seen has 0.2 MB.
const MAX_METADATA_BYTES: usize = 64 << 20;

/// A record as `deserialize` found it.
#[napi(object)]
pub struct StoredModule {
    /// JSON; empty if it is larger than 64 MB. Not optional: such a field is set, not defined, and what
    /// a program has put on `Object.prototype` may not let itself be set.
    pub metadata: String,
    /// Where the bytecode begins, from the first byte of the record.
    pub bytecode_start: f64,
    /// How many bytes of it there are.
    pub bytecode_length: u32,
}

/// Why bytes are not a record.
#[napi(object)]
pub struct Diagnosis {
    /// Stable, `BMES_...`.
    pub code: String,
    /// The byte at which it shows.
    pub offset: f64,
    /// For people.
    pub message: String,
}

/// Why a source has no record.
#[napi(object)]
pub struct SourceError {
    /// Stable, `BMES_...`.
    pub code: String,
    /// One sentence, without the place.
    pub message: String,
    /// From 1.
    pub line: u32,
    /// From 1, in UTF-16 units.
    pub column: u32,
    /// The lines around the place, with a mark under it.
    pub frame: String,
}

/// Whether the bytes are one whole record.
#[napi(catch_unwind)]
pub fn validate(bytes: &[u8]) -> bool {
    format::validate(bytes)
}

/// Why the bytes are not a record, if they are not.
#[napi(catch_unwind)]
pub fn diagnose(bytes: &[u8]) -> Option<Diagnosis> {
    format::diagnose(bytes).map(Diagnosis::from)
}

/// The record of JSON metadata and bytecode.
#[napi(catch_unwind)]
pub fn serialize(metadata: String, bytecode: &[u8]) -> Result<Buffer> {
    let metadata: ModuleMetadata = serde_json::from_str(&metadata).map_err(to_js)?;
    let record = format::write(&metadata, bytecode).map_err(to_js)?;
    Ok(record.into())
}

/// The record of a source and its bytecode; `null` if the source is not an ES module. Without the
/// bytecode if the engine that made it sees another number of `requests`: it would be linked by the
/// record's.
#[napi(catch_unwind)]
pub fn serialize_module(
    source: String,
    bytecode: &[u8],
    requests: Option<u32>,
) -> Result<Option<Buffer>> {
    let Ok(analysis) = analyze::analyze_module(&source) else { return Ok(None) };
    let recorded = analysis.metadata.requested_modules.len();
    let is_seen_alike = requests.is_none_or(|requests| requests as usize == recorded);
    let bytecode = if is_seen_alike { bytecode } else { &[] };
    let record = format::write(&analysis.metadata, bytecode).map_err(to_js)?;
    Ok(Some(record.into()))
}

/// What the bytes hold; `null` if they are not a record.
#[napi(catch_unwind)]
pub fn deserialize(bytes: &[u8]) -> Result<Option<StoredModule>> {
    let Ok(record) = Record::parse(bytes) else { return Ok(None) };
    let bytecode = record.bytecode_range();
    let metadata = (bytecode.start <= MAX_METADATA_BYTES)
        .then(|| serde_json::to_string(&record.metadata()))
        .transpose()
        .map_err(to_js)?;
    Ok(Some(StoredModule {
        metadata: metadata.unwrap_or_default(),
        bytecode_start: bytecode.start as f64,
        bytecode_length: bytecode.len() as u32,
    }))
}

/// JSON metadata of a source, or why there is none.
#[napi(catch_unwind)]
pub fn analyze(source: String) -> Result<Either<String, SourceError>> {
    match analyze::analyze_module(&source) {
        Ok(analysis) => serde_json::to_string(&analysis.metadata).map(Either::A).map_err(to_js),
        Err(error) => Ok(Either::B(SourceError::new(&error, &source))),
    }
}

impl From<FormatError> for Diagnosis {
    fn from(error: FormatError) -> Self {
        Self {
            code: error.code().into(),
            offset: error.offset() as f64,
            message: error.to_string(),
        }
    }
}

impl SourceError {
    pub(super) fn new(error: &AnalyzeError, source: &str) -> Self {
        Self {
            code: error.code().into(),
            message: error.message().into(),
            line: error.line(),
            column: error.column(),
            frame: error.code_frame(source),
        }
    }
}

fn to_js(error: impl std::error::Error) -> Error {
    Error::from_reason(error.to_string())
}
