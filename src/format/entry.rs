//! What a record lists, read where it lies.
//!
//! One reader per kind of entry serves both the check of a record and the iteration over it, so the
//! two cannot disagree.

use std::{fmt, iter::FusedIterator, marker::PhantomData};

use super::{
    cursor::Cursor,
    error::FormatError,
    layout::{
        MIN_ATTRIBUTE_LEN, MIN_EXPORT_LEN, MIN_IMPORT_LEN, MIN_REQUEST_LEN, MIN_STAR_LEN,
        WITH_ATTRIBUTES, WITHOUT_ATTRIBUTES,
    },
};
use crate::metadata::{
    ExportEntry, ExportType, ImportAttribute, ImportEntry, ImportType, ModuleRequest,
};

/// A module request of a record.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The specifier as written.
    pub specifier: &'a str,
    /// `None` without a `with` clause.
    pub attributes: Option<Attributes<'a>>,
}

/// The `key: value` pairs of a request.
pub type Attributes<'a> = Entries<'a, (&'a str, &'a str)>;

impl Request<'_> {
    /// Copies it.
    pub fn to_owned(&self) -> ModuleRequest {
        let pair = |(key, value): (&str, &str)| ImportAttribute {
            key: key.to_owned(),
            value: value.to_owned(),
        };
        ModuleRequest {
            specifier: self.specifier.to_owned(),
            attributes: self.attributes.map(|pairs| pairs.map(pair).collect()),
        }
    }
}

/// An import entry of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Import<'a> {
    /// What is imported.
    pub import_type: ImportType,
    /// The specifier it comes from.
    pub module_request: &'a str,
    /// The name there.
    pub import_name: &'a str,
    /// The name here.
    pub local_name: &'a str,
}

impl Import<'_> {
    /// Copies it.
    pub fn to_owned(&self) -> ImportEntry {
        ImportEntry {
            import_type: self.import_type,
            module_request: self.module_request.to_owned(),
            import_name: self.import_name.to_owned(),
            local_name: self.local_name.to_owned(),
        }
    }
}

/// An export entry of a record. An empty optional string is read as absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Export<'a> {
    /// Where the binding lives.
    pub export_type: ExportType,
    /// The name importers use.
    pub export_name: &'a str,
    /// The specifier, for `Indirect` and `Namespace`.
    pub module_name: Option<&'a str>,
    /// The name in that module, for `Indirect`.
    pub import_name: Option<&'a str>,
    /// The name here, for `Local`.
    pub local_name: Option<&'a str>,
}

impl Export<'_> {
    /// Copies it.
    pub fn to_owned(&self) -> ExportEntry {
        ExportEntry {
            export_type: self.export_type,
            export_name: self.export_name.to_owned(),
            module_name: self.module_name.map(str::to_owned),
            import_name: self.import_name.map(str::to_owned),
            local_name: self.local_name.map(str::to_owned),
        }
    }
}

/// One kind of thing that a record lists.
pub(super) trait Entry<'a>: Sized {
    const WHAT: &'static str;
    const MIN_LEN: usize;

    fn read(cursor: &mut Cursor<'a>) -> Result<Self, FormatError>;
}

impl<'a> Entry<'a> for Request<'a> {
    const WHAT: &'static str = "requests";
    const MIN_LEN: usize = MIN_REQUEST_LEN;

    fn read(cursor: &mut Cursor<'a>) -> Result<Self, FormatError> {
        let specifier = cursor.string("a specifier")?;
        let at = cursor.at();
        let attributes = match cursor.integer("hasAttributes")? {
            WITHOUT_ATTRIBUTES => None,
            WITH_ATTRIBUTES => Some(check(cursor)?),
            found => return Err(FormatError::BadHasAttributes { at, found }),
        };
        Ok(Self { specifier, attributes })
    }
}

impl<'a> Entry<'a> for (&'a str, &'a str) {
    const WHAT: &'static str = "attributes";
    const MIN_LEN: usize = MIN_ATTRIBUTE_LEN;

    fn read(cursor: &mut Cursor<'a>) -> Result<Self, FormatError> {
        Ok((cursor.string("an attribute key")?, cursor.string("an attribute value")?))
    }
}

impl<'a> Entry<'a> for Import<'a> {
    const WHAT: &'static str = "imports";
    const MIN_LEN: usize = MIN_IMPORT_LEN;

    fn read(cursor: &mut Cursor<'a>) -> Result<Self, FormatError> {
        let at = cursor.at();
        let import_type = match cursor.integer("an import type")? {
            0 => ImportType::Single,
            1 => ImportType::SingleTypeScript,
            2 => ImportType::Namespace,
            found => return Err(FormatError::BadImportType { at, found }),
        };
        Ok(Self {
            import_type,
            module_request: cursor.string("an import's module")?,
            import_name: cursor.string("an import's name")?,
            local_name: cursor.string("an import's local name")?,
        })
    }
}

impl<'a> Entry<'a> for Export<'a> {
    const WHAT: &'static str = "exports";
    const MIN_LEN: usize = MIN_EXPORT_LEN;

    fn read(cursor: &mut Cursor<'a>) -> Result<Self, FormatError> {
        let at = cursor.at();
        let export_type = match cursor.integer("an export type")? {
            0 => ExportType::Local,
            1 => ExportType::Indirect,
            2 => ExportType::Namespace,
            found => return Err(FormatError::BadExportType { at, found }),
        };
        let present = |text: &'a str| (!text.is_empty()).then_some(text);
        Ok(Self {
            export_type,
            export_name: cursor.string("an export's name")?,
            module_name: present(cursor.string("an export's module")?),
            import_name: present(cursor.string("an export's import name")?),
            local_name: present(cursor.string("an export's local name")?),
        })
    }
}

impl<'a> Entry<'a> for &'a str {
    const WHAT: &'static str = "star exports";
    const MIN_LEN: usize = MIN_STAR_LEN;

    fn read(cursor: &mut Cursor<'a>) -> Result<Self, FormatError> {
        cursor.string("a star export")
    }
}

/// A list in a checked record: an iterator that reads each entry where it lies.
pub struct Entries<'a, T> {
    cursor: Cursor<'a>,
    left: u32,
    entry: PhantomData<T>,
}

/// Reads a list to its end, and returns it from its start.
pub(super) fn check<'a, T: Entry<'a>>(
    cursor: &mut Cursor<'a>,
) -> Result<Entries<'a, T>, FormatError> {
    let left = cursor.count(T::WHAT, T::MIN_LEN)?;
    let entries = Entries { cursor: *cursor, left, entry: PhantomData };
    for _ in 0..left {
        T::read(cursor)?;
    }
    Ok(entries)
}

impl<'a, T: Entry<'a>> Iterator for Entries<'a, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        // `check` has read these very bytes, so this does not fail.
        T::read(&mut self.cursor).ok()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.left as usize;
        (left, Some(left))
    }
}

impl<'a, T: Entry<'a>> ExactSizeIterator for Entries<'a, T> {}
impl<'a, T: Entry<'a>> FusedIterator for Entries<'a, T> {}

// By hand, since a derive would ask the same of `T`.
impl<T> Clone for Entries<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Entries<'_, T> {}

impl<T> fmt::Debug for Entries<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} entries at byte {}", self.left, self.cursor.at())
    }
}
