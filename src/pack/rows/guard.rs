//! What must still be true of the disk: 96 bytes.

use std::borrow::Cow;
use std::path::PathBuf;

use super::super::bytes::{
    Interner, STRING_REF_LEN, Strings, array_at, malformed, put_u64, string_at, u64_at,
};
use super::super::error::PackError;
use super::super::guard::Guard;
use super::super::section::Section;
use crate::module_graph::{FileIdentity, Found, Stamp};

pub const G_PATH: usize = 0;
pub const G_KIND: usize = G_PATH + STRING_REF_LEN;
pub const G_RACY: usize = G_KIND + 1;
/// A symlink's target.
pub const G_TARGET: usize = G_KIND + 8;
pub const G_DEV: usize = G_TARGET + STRING_REF_LEN;
pub const G_INO: usize = G_DEV + 8;
pub const G_SIZE: usize = G_INO + 8;
pub const G_MTIME: usize = G_SIZE + 8;
pub const G_CTIME: usize = G_MTIME + 8;
pub const G_HASH: usize = G_CTIME + 8;
pub const GUARD_LEN: usize = G_HASH + 32;

const _: () = assert!(GUARD_LEN == 96, "docs/pack.md says 96");

const FILE: u8 = 0;
const ABSENT: u8 = 1;
const DIRECTORY: u8 = 2;
const SYMLINK: u8 = 3;

pub(in super::super) fn write(
    guard: &Guard<'_>,
    strings: &mut Interner,
) -> Result<[u8; GUARD_LEN], PackError> {
    let mut row = [0; GUARD_LEN];
    strings.put(&mut row, G_PATH, &guard.path)?;
    let (kind, stamp) = match &guard.found {
        Found::File { content_hash, stamp } => {
            row[G_HASH..].copy_from_slice(content_hash);
            (FILE, *stamp)
        }
        Found::Absent => (ABSENT, None),
        Found::Directory { stamp } => (DIRECTORY, *stamp),
        Found::Symlink { target } => {
            strings.put(&mut row, G_TARGET, &target.to_string_lossy())?;
            (SYMLINK, None)
        }
    };
    row[G_KIND] = kind;
    if let Some(Stamp { identity, racy }) = stamp {
        row[G_RACY] = u8::from(racy);
        put_u64(&mut row, G_DEV, identity.dev);
        put_u64(&mut row, G_INO, identity.ino);
        put_u64(&mut row, G_SIZE, identity.size);
        put_u64(&mut row, G_MTIME, identity.mtime_ns.cast_unsigned());
        put_u64(&mut row, G_CTIME, identity.ctime_ns.cast_unsigned());
    }
    Ok(row)
}

pub(in super::super) fn read<'a>(row: &[u8], strings: &'a [u8]) -> Guard<'a> {
    let identity = FileIdentity {
        dev: u64_at(row, G_DEV),
        ino: u64_at(row, G_INO),
        size: u64_at(row, G_SIZE),
        mtime_ns: u64_at(row, G_MTIME).cast_signed(),
        ctime_ns: u64_at(row, G_CTIME).cast_signed(),
    };
    let stamp = Stamp { identity, racy: row[G_RACY] != 0 };
    // No file has a number, a size and times of zero.
    let stamp = (identity != FileIdentity::default()).then_some(stamp);
    let found = match row[G_KIND] {
        FILE => Found::File { content_hash: array_at(row, G_HASH), stamp },
        DIRECTORY => Found::Directory { stamp },
        SYMLINK => Found::Symlink { target: PathBuf::from(string_at(strings, row, G_TARGET)) },
        _ => Found::Absent,
    };
    Guard { path: Cow::Borrowed(string_at(strings, row, G_PATH)), found }
}

pub(in super::super) fn check(row: &[u8], strings: Strings<'_>) -> Result<(), PackError> {
    strings.check(Section::Guards, row, G_PATH)?;
    strings.check(Section::Guards, row, G_TARGET)?;
    if row[G_KIND] > SYMLINK || row[G_RACY] > 1 {
        return Err(malformed(Section::Guards, "unknown kind"));
    }
    Ok(())
}
