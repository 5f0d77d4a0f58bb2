//! A process of our own beside the app.
//!
//! Not by `child_process`: the app may have put functions of its own there, counts the handles it has
//! open, and does not always have it loaded. The child belongs to no terminal's foreground, shares no
//! stream, and nobody waits for it but the system.

use std::ffi::OsString;
use std::io;
use std::process::{Command, Stdio};

/// Starts `program` and lets go of it.
///
/// # Errors
/// What the system says.
pub(super) fn start(
    program: &OsString,
    args: &[OsString],
    env: impl IntoIterator<Item = (OsString, OsString)>,
) -> io::Result<()> {
    let mut command = Command::new(program);
    command.args(args).env_clear().envs(env);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(&mut command, DETACHED_PROCESS);
    let mut child = command.spawn()?;
    // One that has ended is in the system's books until somebody has asked how.
    std::thread::spawn(move || child.wait());
    Ok(())
}

#[cfg(windows)]
const DETACHED_PROCESS: u32 = 0x0000_0008;
