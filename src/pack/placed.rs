//! A pack with relative paths becomes one of the place it is opened at.
//!
//! In such a pack the URL of a file begins with `/` and its path has no root; [`Pack::placed`] gives
//! both what is before them, in memory. Records and texts stay where they are: strings and guards are
//! written anew behind them, and the rows of modules point there.

use std::path::Path;

use super::blob::Blob;
use super::bytes::Interner;
use super::error::PackError;
use super::guard::Guard;
use super::reader::Pack;
use super::rows::guard;
use super::rows::module::{M_PATH, M_URL, MODULE_LEN};
use super::section::Section;

/// The URL of a file below the root as a portable pack has it; `None` if it is not below.
pub fn relative_url<'a>(url: &'a str, root_url: &str) -> Option<&'a str> {
    url.strip_prefix(root_url).filter(|rest| rest.starts_with('/'))
}

/// The URL of the folder in which an entry of this relative URL lies.
pub fn root_of<'a>(entry_url: &'a str, relative: &str) -> Option<&'a str> {
    let is_relative = relative.starts_with('/');
    entry_url.strip_suffix(relative).filter(|root| is_relative && root.starts_with("file://"))
}

impl Pack {
    /// This pack as one of the files below `root`, with guards that were looked at there. `root_url`
    /// is its URL without a slash at the end.
    ///
    /// # Errors
    /// [`PackError::TooLarge`] where 32 bits cannot number the strings.
    pub fn placed(
        self,
        root: &Path,
        root_url: &str,
        guards: &[Guard<'_>],
    ) -> Result<Self, PackError> {
        let names: Vec<(String, String)> = (0..self.module_count())
            .map(|at| {
                let (url, path) = (self.url(at), self.path(at));
                let url = match url.starts_with('/') {
                    true => format!("{root_url}{url}"),
                    false => url.to_owned(),
                };
                let path = match path {
                    "" => String::new(),
                    path => root.join(path).to_string_lossy().into_owned(),
                };
                (url, path)
            })
            .collect();
        let mut strings = Interner::after(self.section(Section::Strings));
        let (blob, mut header) = self.into_parts();
        let mut bytes = match blob {
            Blob::Owned(bytes) => bytes,
            Blob::Mapped(map) => map.to_vec(),
        };
        let modules = header.section(Section::Modules);
        for ((url, path), row) in names.iter().zip(bytes[modules].chunks_exact_mut(MODULE_LEN)) {
            strings.put(row, M_URL, url)?;
            strings.put(row, M_PATH, path)?;
        }
        let rows: Result<Vec<_>, _> =
            guards.iter().map(|guard| guard::write(guard, &mut strings)).collect();
        for (section, content) in
            [(Section::Guards, rows?.concat()), (Section::Strings, strings.bytes)]
        {
            bytes.resize(bytes.len().next_multiple_of(8), 0);
            header.move_section(section, bytes.len(), content.len());
            bytes.extend_from_slice(&content);
        }
        Ok(Self::from_parts(Blob::Owned(bytes), header))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_below_the_root_is_relative() {
        assert_eq!(relative_url("file:///a/b/c.mjs", "file:///a/b"), Some("/c.mjs"));
        assert_eq!(relative_url("file:///a/bc.mjs", "file:///a/b"), None);
        assert_eq!(relative_url("node:fs", "file:///a"), None);
    }

    #[test]
    fn a_root_is_what_is_before_the_entry() {
        assert_eq!(root_of("file:///x/y/lib/m.mjs", "/lib/m.mjs"), Some("file:///x/y"));
        assert_eq!(root_of("file:///lib/m.mjs", "/lib/m.mjs"), Some("file://"));
        assert_eq!(root_of("file:///x/lib/n.mjs", "/lib/m.mjs"), None);
        assert_eq!(root_of("file:///x/lib/m.mjs", "m.mjs"), None);
    }
}
