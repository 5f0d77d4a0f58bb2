//! How a file gets its name: written under another, synced, renamed.
//!
//! The directory holds all of a file or none of it, whatever dies in between. What a dead writer
//! leaves is a temporary with a name no reader looks for.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{AtFlags, Mode, OFlags};

/// Temporaries start with this; no published name does.
pub(super) const TEMPORARY_PREFIX: &str = ".tmp-";

/// Writes `bytes` so that `name` in `directory` is either what it was or all of them.
pub(super) fn publish(directory: BorrowedFd<'_>, name: &OsStr, bytes: &[u8]) -> io::Result<()> {
    let (mut file, temporary) = create_temporary(directory)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_data())
        .and_then(|()| Ok(rustix::fs::renameat(directory, &temporary, directory, name)?));
    if written.is_err() {
        // Best effort: what stays is swept when it is an hour old.
        let _ = rustix::fs::unlinkat(directory, &temporary, AtFlags::empty());
    }
    written
}

fn create_temporary(directory: BorrowedFd<'_>) -> io::Result<(File, String)> {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let process = std::process::id();
    loop {
        let name =
            format!("{TEMPORARY_PREFIX}{process}-{}", COUNTER.fetch_add(1, Ordering::Relaxed));
        match rustix::fs::openat(directory.as_fd(), &name, flags, Mode::RUSR | Mode::WUSR) {
            Ok(file) => return Ok((File::from(file), name)),
            // Left by a process that had this id before.
            Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
