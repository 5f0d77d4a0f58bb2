//! Room for sources that nest deeply.
//!
//! The parser and the passes after it recurse as deep as the source nests, and an exhausted stack
//! ends the process, not the call. Measured with oxc 0.146, a source byte can cost up to 1.7 KB of
//! stack (`[[[[...`), and `1 + 1 + 1 + ...`, which V8 reads at any length, 50 bytes. Node's main
//! thread has 8 MB, its workers 4 MB. So a source gets a thread whose stack grows with its length;
//! the pages are only reserved, and starting it takes some 10 microseconds.

use std::thread;

use napi::{Error, Result};

/// Twice what was measured, since releases of oxc differ.
const STACK_PER_BYTE: usize = 4 << 10;

/// More than this may not be had on small machines. 300,000 brackets deep fit into it, a hundred
/// times what V8 reads.
const MAX_STACK: usize = 512 << 20;

/// Sources so short cannot exhaust any stack, so they are analysed where they are.
const SHALLOW: usize = 512;

/// What `work` makes of `source`, on a stack that is deep enough for it.
pub(super) fn with_room_for<T: Send>(
    source: &str,
    work: impl FnOnce(&str) -> T + Send,
) -> Result<T> {
    if source.len() <= SHALLOW {
        return Ok(work(source));
    }
    let size = (SHALLOW + source.len()).saturating_mul(STACK_PER_BYTE).min(MAX_STACK);
    thread::scope(|scope| {
        thread::Builder::new()
            .name("bmes-analyze".into())
            .stack_size(size)
            .spawn_scoped(scope, || work(source))?
            .join()
            .map_err(|_| Error::from_reason("the analysis panicked"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::analyze_module;

    #[test]
    fn sources_that_engines_accept_fit_the_stack() {
        for source in [format!("1{}", "+1".repeat(200_000)), format!("{}1", "1?1:".repeat(50_000))]
        {
            assert!(with_room_for(&source, |source| analyze_module(source).is_ok()).unwrap());
        }
    }

    #[test]
    fn sources_that_no_engine_accepts_fit_the_stack() {
        for source in ["(", "[", "{", "()=>", "if(1)", "`${", "- "].map(|open| open.repeat(20_000))
        {
            assert!(with_room_for(&source, |source| analyze_module(source).is_err()).unwrap());
        }
    }
}
