//! A borrowed view of a checked record.

use std::ops::Range;

use super::{
    cursor::Cursor,
    entry::{Entries, Export, Import, Request, check},
    error::FormatError,
    layout::{HEADER_LEN, MAGIC, MAGIC_AT, VERSION},
};
use crate::metadata::ModuleMetadata;

/// Whether `bytes` are one BMES v1 record, whole and nothing else. Allocates nothing.
pub fn validate(bytes: &[u8]) -> bool {
    Record::parse(bytes).is_ok()
}

/// Why `bytes` are not a record; `None` if they are.
pub fn diagnose(bytes: &[u8]) -> Option<FormatError> {
    Record::parse(bytes).err()
}

/// A record, checked from its first byte to its last. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    requests: Entries<'a, Request<'a>>,
    imports: Entries<'a, Import<'a>>,
    exports: Entries<'a, Export<'a>>,
    stars: Entries<'a, &'a str>,
    bytecode: &'a [u8],
    bytecode_at: usize,
}

impl<'a> Record<'a> {
    /// Checks all of `bytes`.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, FormatError> {
        if bytes.len() < HEADER_LEN {
            return Err(FormatError::TooShort { len: bytes.len() });
        }
        let mut cursor = Cursor::new(bytes, MAGIC_AT);
        let magic = cursor.integer("the magic number")?;
        if magic != MAGIC {
            return Err(FormatError::BadMagic { found: magic });
        }
        let version = cursor.integer("the version")?;
        if version != VERSION {
            return Err(FormatError::BadVersion { found: version });
        }
        let requests = check(&mut cursor)?;
        let imports = check(&mut cursor)?;
        let exports = check(&mut cursor)?;
        let stars = check(&mut cursor)?;
        let bytecode = cursor.bytecode()?;
        let bytecode_at = cursor.at() - bytecode.len();
        cursor.end()?;
        Ok(Self { requests, imports, exports, stars, bytecode, bytecode_at })
    }

    /// What must be loaded before this module is linked.
    pub fn requests(&self) -> Entries<'a, Request<'a>> {
        self.requests
    }

    /// The imported bindings.
    pub fn imports(&self) -> Entries<'a, Import<'a>> {
        self.imports
    }

    /// The exported names.
    pub fn exports(&self) -> Entries<'a, Export<'a>> {
        self.exports
    }

    /// The specifiers of `export * from`.
    pub fn stars(&self) -> Entries<'a, &'a str> {
        self.stars
    }

    /// The engine's bytes, which mean nothing here.
    pub fn bytecode(&self) -> &'a [u8] {
        self.bytecode
    }

    /// Where [`bytecode`](Self::bytecode) is in the record.
    pub fn bytecode_range(&self) -> Range<usize> {
        self.bytecode_at..self.bytecode_at + self.bytecode.len()
    }

    /// Everything but the bytecode, copied.
    pub fn metadata(&self) -> ModuleMetadata {
        ModuleMetadata {
            requested_modules: self.requests.map(|request| request.to_owned()).collect(),
            import_entries: self.imports.map(|import| import.to_owned()).collect(),
            export_entries: self.exports.map(|export| export.to_owned()).collect(),
            star_exports: self.stars.map(str::to_owned).collect(),
        }
    }
}
