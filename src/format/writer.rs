//! Metadata to the bytes of a record. The same input gives the same bytes.

use super::{
    error::WriteError,
    layout::{
        INTEGER_LEN, MAGIC, MIN_ATTRIBUTE_LEN, MIN_EXPORT_LEN, MIN_IMPORT_LEN, MIN_RECORD_LEN,
        MIN_REQUEST_LEN, MIN_STAR_LEN, VERSION, WITH_ATTRIBUTES, WITHOUT_ATTRIBUTES,
    },
    record::Record,
};
use crate::metadata::{ExportEntry, ImportAttribute, ImportEntry, ModuleMetadata, ModuleRequest};

/// The record of a module.
pub fn write(metadata: &ModuleMetadata, bytecode: &[u8]) -> Result<Vec<u8>, WriteError> {
    let len = metadata_len(metadata) + bytecode.len();
    let mut out = Writer { bytes: Vec::with_capacity(len) };
    out.integer(MAGIC);
    out.integer(VERSION);
    out.list("requests", &metadata.requested_modules, Writer::request)?;
    out.list("imports", &metadata.import_entries, Writer::import)?;
    out.list("exports", &metadata.export_entries, Writer::export)?;
    out.list("star exports", &metadata.star_exports, |out, star| {
        out.string("a star export", star)
    })?;
    out.bytecode(bytecode)?;
    debug_assert_eq!(out.bytes.len(), len, "metadata_len says what is written");
    Ok(out.bytes)
}

/// How many bytes of the record come before the first of its bytecode, so that whoever stores it can
/// align the bytecode.
pub fn metadata_len(metadata: &ModuleMetadata) -> usize {
    let pair = |pair: &ImportAttribute| MIN_ATTRIBUTE_LEN + pair.key.len() + pair.value.len();
    let request = |request: &ModuleRequest| {
        let attributes = request
            .attributes
            .as_ref()
            .map_or(0, |pairs| INTEGER_LEN + pairs.iter().map(pair).sum::<usize>());
        MIN_REQUEST_LEN + request.specifier.len() + attributes
    };
    let import = |import: &ImportEntry| {
        MIN_IMPORT_LEN
            + import.module_request.len()
            + import.import_name.len()
            + import.local_name.len()
    };
    let export = |export: &ExportEntry| {
        MIN_EXPORT_LEN
            + export.export_name.len()
            + or_empty(&export.module_name).len()
            + or_empty(&export.import_name).len()
            + or_empty(&export.local_name).len()
    };
    MIN_RECORD_LEN
        + metadata.requested_modules.iter().map(request).sum::<usize>()
        + metadata.import_entries.iter().map(import).sum::<usize>()
        + metadata.export_entries.iter().map(export).sum::<usize>()
        + metadata.star_exports.iter().map(|star| MIN_STAR_LEN + star.len()).sum::<usize>()
}

/// The same metadata with other bytecode.
pub fn with_bytecode(record: &[u8], bytecode: &[u8]) -> Result<Vec<u8>, WriteError> {
    let old = Record::parse(record).map_err(WriteError::NotARecord)?;
    let metadata = &record[..old.bytecode_range().start - INTEGER_LEN];
    let mut out =
        Writer { bytes: Vec::with_capacity(metadata.len() + INTEGER_LEN + bytecode.len()) };
    out.bytes.extend_from_slice(metadata);
    out.bytecode(bytecode)?;
    Ok(out.bytes)
}

struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    fn request(&mut self, request: &ModuleRequest) -> Result<(), WriteError> {
        self.string("a specifier", &request.specifier)?;
        let Some(attributes) = &request.attributes else {
            self.integer(WITHOUT_ATTRIBUTES);
            return Ok(());
        };
        self.integer(WITH_ATTRIBUTES);
        self.list("attributes", attributes, |out, pair| {
            out.string("an attribute key", &pair.key)?;
            out.string("an attribute value", &pair.value)
        })
    }

    fn import(&mut self, import: &ImportEntry) -> Result<(), WriteError> {
        self.integer(import.import_type as u32);
        self.string("an import's module", &import.module_request)?;
        self.string("an import's name", &import.import_name)?;
        self.string("an import's local name", &import.local_name)
    }

    fn export(&mut self, export: &ExportEntry) -> Result<(), WriteError> {
        self.integer(export.export_type as u32);
        self.string("an export's name", &export.export_name)?;
        self.string("an export's module", or_empty(&export.module_name))?;
        self.string("an export's import name", or_empty(&export.import_name))?;
        self.string("an export's local name", or_empty(&export.local_name))
    }

    fn bytecode(&mut self, bytecode: &[u8]) -> Result<(), WriteError> {
        self.integer(fit("bytecode", bytecode.len())?);
        self.bytes.extend_from_slice(bytecode);
        Ok(())
    }

    fn list<T>(
        &mut self,
        what: &'static str,
        entries: &[T],
        mut write: impl FnMut(&mut Self, &T) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        self.integer(fit(what, entries.len())?);
        entries.iter().try_for_each(|entry| write(self, entry))
    }

    fn string(&mut self, what: &'static str, text: &str) -> Result<(), WriteError> {
        self.integer(fit(what, text.len())?);
        self.bytes.extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn integer(&mut self, value: u32) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }
}

fn or_empty(text: &Option<String>) -> &str {
    text.as_deref().unwrap_or_default()
}

fn fit(what: &'static str, len: usize) -> Result<u32, WriteError> {
    u32::try_from(len).map_err(|_| WriteError::TooLong { what, len })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn a_length_of_more_than_32_bits_is_an_error() {
        let len = u32::MAX as usize;
        assert_eq!(fit("bytecode", len), Ok(u32::MAX));
        let error = WriteError::TooLong { what: "bytecode", len: len + 1 };
        assert_eq!(fit("bytecode", len + 1), Err(error));
        assert_eq!(error.code(), "BMES_TOO_LONG");
    }
}
