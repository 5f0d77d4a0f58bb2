//! How a file gets its name: written under another, then renamed.
//!
//! A folder holds all of a file or none of it, whatever dies in between. Temporaries have folders
//! of their own, so that what dead writers leave is found by listing what is all but empty, and no
//! reader ever sees one. There is one for each first two digits of a key: ext4 looks for a new
//! file's inode near its folder, and where 100,000 were made in one folder that took 97 us instead
//! of 12.

use std::fs::File;
use std::io::{self, ErrorKind, Write as _};
use std::sync::atomic::{AtomicU32, Ordering};

use super::Folder;

/// Writes `bytes` so that `name` in `folder` is either what it was or all of them. `temporaries` is
/// on the same file system.
pub(super) fn publish(
    temporaries: &Folder,
    folder: &Folder,
    name: &str,
    bytes: &[u8],
) -> io::Result<()> {
    let (mut file, temporary) = create_temporary(temporaries)?;
    let written = file.write_all(bytes).and_then(|()| temporaries.rename(&temporary, folder, name));
    if written.is_err() {
        // Best effort: what stays is swept when it is an hour old.
        let _ = temporaries.remove(&temporary);
    }
    written
}

fn create_temporary(temporaries: &Folder) -> io::Result<(File, String)> {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let process = std::process::id();
    loop {
        let name = format!("{process}-{}", COUNTER.fetch_add(1, Ordering::Relaxed));
        match temporaries.create_new(&name) {
            Ok(file) => return Ok((file, name)),
            // Left by a process that had this id before.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}
