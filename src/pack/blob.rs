//! The bytes of one pack, mapped from the store or owned.
//!
//! A map costs nothing until a page is touched, and lets sources and bytecode reach the engine
//! without a copy. Only files of the store are mapped: they are never written again once named
//! (`store::publish` renames over them), so the map does not change. What code cannot promise is
//! that nobody else truncates such a file in place; docs/pack.md says so to users. The only
//! module of this room that holds `unsafe`.
#![expect(unsafe_code, reason = "a memory map cannot be made without it")]

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Deref;

use memmap2::Mmap;

/// A pack's bytes. Cheap to move; the bytes stay where they are.
pub enum Blob {
    /// A file of the store.
    Mapped(Mmap),
    /// Read or made in memory.
    Owned(Vec<u8>),
}

impl Blob {
    /// Maps a file of the store. The caller has checked that the file is the store's own.
    ///
    /// # Errors
    /// What the system says when it cannot map.
    pub fn map(file: &File) -> io::Result<Self> {
        // SAFETY: the file belongs to the current user and lives in a directory nobody else can
        // write to (`store::folder` has checked both through the open descriptor), and every
        // writer of ours replaces such a file by rename and never writes into it, so the mapped
        // bytes do not change while the map lives.
        let map = unsafe { Mmap::map(file) }?;
        Ok(Self::Mapped(map))
    }
}

/// How many, not which: they are megabytes, and a session that is printed holds one.
impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Mapped(_) => "mapped",
            Self::Owned(_) => "owned",
        };
        write!(f, "{} bytes, {kind}", self.len())
    }
}

impl Deref for Blob {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Owned(bytes) => bytes,
        }
    }
}
