//! Room for the recursion of the parser and the walks.
//!
//! They go as deep as the source does, and Rust ends the process where a stack ends. A thread of a
//! pool has 2 MB, which `[[[[...]]]]` of 2,000 levels fills, and so does `a?b:a?b:...` of 12 kB:
//! generated code has both. So the depth is estimated from the bytes first, and a source that may go
//! deep is read on a thread of its own with a stack to match, of which the system gives only what is
//! touched. It is mostly long comments that are sent there in vain.

use std::thread;

/// Brackets within brackets that any caller's stack has room for.
const SAFE_DEPTH: usize = if cfg!(debug_assertions) { 60 } else { 250 };
/// Bytes without a `;`, `{` or `}` that any caller's stack has room for, each a level of its own in
/// the worst case (`!!!!a`).
const SAFE_RUN: usize = if cfg!(debug_assertions) { 500 } else { 4000 };

/// Far more than is read by V8, which gives up between 2,000 and 4,000 levels of brackets: the
/// estimate counts those in strings too, and a source must not be refused for them.
const MAX_DEPTH: usize = 100_000;

/// Stack bytes per level of brackets, and per byte of a run: twice what was seen without
/// optimisation.
const STACK_PER_LEVEL: usize = 8 << 10;
const STACK_PER_BYTE: usize = 2 << 10;
const MIN_STACK: usize = 8 << 20;
const MAX_STACK: usize = if cfg!(target_pointer_width = "64") { 1 << 30 } else { 64 << 20 };

/// Runs `f`, which recurses into `source`, where there is room. `None` if there is nowhere.
pub(super) fn with_room<T: Send>(source: &str, f: impl FnOnce() -> T + Send) -> Option<T> {
    // Too short to be deep: most modules of a package of small ones end here.
    if source.len() <= SAFE_DEPTH {
        return Some(f());
    }
    let Extent { depth, run } = Extent::of(source);
    if depth <= SAFE_DEPTH && run <= SAFE_RUN {
        return Some(f());
    }
    if depth > MAX_DEPTH {
        return None;
    }
    let stack = MIN_STACK
        .saturating_add(depth * STACK_PER_LEVEL)
        .saturating_add(run.saturating_mul(STACK_PER_BYTE))
        .min(MAX_STACK);
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(stack).spawn_scoped(scope, f).ok()?;
        match thread.join() {
            Ok(result) => Some(result),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// How deep a source may go. Comments and strings count as code, which is mostly too much.
#[derive(Debug, PartialEq, Eq)]
struct Extent {
    depth: usize,
    run: usize,
}

impl Extent {
    /// By chunks, which the compiler turns into a few vector instructions each. Both numbers may be
    /// too large by a chunk.
    fn of(source: &str) -> Self {
        let mut extent = Self { depth: 0, run: 0 };
        let (mut depth, mut run) = (0_usize, 0);
        for chunk in source.as_bytes().chunks(CHUNK) {
            let (mut opened, mut closed, mut ended) = (0_u8, 0_u8, 0_u8);
            for byte in chunk {
                opened += u8::from(matches!(byte, b'(' | b'[' | b'{'));
                closed += u8::from(matches!(byte, b')' | b']' | b'}'));
                ended += u8::from(matches!(byte, b';' | b'{' | b'}'));
            }
            depth += usize::from(opened);
            extent.depth = extent.depth.max(depth);
            depth = depth.saturating_sub(usize::from(closed));
            run += chunk.len();
            extent.run = extent.run.max(run);
            if ended > 0 {
                run = chunk.len();
            }
        }
        extent
    }
}

/// Few enough that a byte counts them.
const CHUNK: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_and_runs_are_measured() {
        assert_eq!(Extent::of(""), Extent { depth: 0, run: 0 });
        assert_eq!(Extent::of("f([{}])); a"), Extent { depth: 3, run: 11 });
        let deep = Extent::of(&("[".repeat(1000) + &"]".repeat(1000)));
        assert!((1000..1000 + CHUNK).contains(&deep.depth), "{deep:?}");
        let flat = Extent::of(&"f(a);".repeat(1000));
        assert!(flat.depth <= CHUNK && flat.run <= 2 * CHUNK, "{flat:?}");
        let long = Extent::of(&("a;".to_owned() + &"+a".repeat(1000) + ";"));
        assert!((2000..2000 + 2 * CHUNK).contains(&long.run), "{long:?}");
    }

    #[test]
    fn a_deep_source_is_read_elsewhere_and_a_shallow_one_here() {
        let here = thread::current().id();
        let thread_for = |source: &str| with_room(source, || thread::current().id());
        assert_eq!(thread_for("a"), Some(here));
        assert_eq!(thread_for(&"a;".repeat(5000)), Some(here));
        assert_ne!(thread_for(&"[".repeat(300)), Some(here));
        assert_ne!(thread_for(&"!".repeat(5000)), Some(here));
        assert_eq!(thread_for(&"[".repeat(MAX_DEPTH + 1)), None);
    }
}
