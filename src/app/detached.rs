//! A process of our own beside the app.
//!
//! Not by `child_process`: the app may have put functions of its own there, counts the handles it has
//! open, and does not always have it loaded. The child belongs to no terminal's foreground, shares no
//! stream, and nobody waits for it but the system.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// A thread that only waits needs next to no stack.
const WAITER_STACK: usize = 64 * 1024;

/// Starts `program` and lets go of it. Its process id.
///
/// # Errors
/// What the system says.
pub fn start(
    program: &OsString,
    args: &[OsString],
    env: impl IntoIterator<Item = (OsString, OsString)>,
) -> io::Result<u32> {
    let mut command = Command::new(program);
    command.args(args).env_clear().envs(env);
    // No folder of the app's is kept busy.
    if let Some(root) = Path::new(program).ancestors().last().filter(|root| root.is_absolute()) {
        command.current_dir(root);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(&mut command, DETACHED_PROCESS);
    let mut child = command.spawn()?;
    // One that has ended is in the system's books until somebody has asked how.
    let id = child.id();
    std::thread::Builder::new().stack_size(WAITER_STACK).spawn(move || child.wait())?;
    Ok(id)
}

#[cfg(windows)]
const DETACHED_PROCESS: u32 = 0x0000_0008;
