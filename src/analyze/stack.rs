//! Room for the recursion of the parser and the walks.
//!
//! They go as deep as the source does, and Rust ends the process where a stack ends. So what a source may
//! need is known first ([`depth`]): an upper bound, whatever the bytes are. Where the
//! stack of the caller does not have that, the source is read on a thread of its own whose stack does; the
//! system gives of it only what is touched. What would not fit into the largest is not read.
//!
//! The threads of a crawl are made with stacks so large ([`ROOMY_STACK`]) that few sources are ever
//! looked at for their depth.

use std::cell::Cell;
use std::thread;

use memchr::memchr_iter;

use super::depth;

/// Stack bytes per unit of depth: at least twice what any production was seen to take.
/// `tests/analyze_nesting.rs` runs each of them on a stack of that size.
const STACK_PER_UNIT: usize = if cfg!(debug_assertions) { 3 << 10 } else { 3 << 9 };
/// What it takes to read a source that is not deep at all, several times.
const STACK_FOR_ANY: usize = if cfg!(debug_assertions) { 256 << 10 } else { 96 << 10 };
/// What every caller's stack still has: a worker of Node has 4 MB and a thread of a pool 2 MB.
const ANY_ROOM: usize = if cfg!(debug_assertions) { 1 << 20 } else { 512 << 10 };
/// Engines have far less, so what needs more is no program, but for chains such as `a + b + ...`, of
/// which this holds 200,000 links.
const MAX_STACK: usize = match (cfg!(target_pointer_width = "64"), cfg!(debug_assertions)) {
    (true, false) => 1 << 30,
    // Twice the stack for the same depth.
    (true, true) => 2 << 30,
    (false, _) => 64 << 20,
};

/// Bytes from which on a source is read on a stack for the worst that they could be.
const LONG_FOR_A_LOOK: usize = 32 << 10;

/// For threads that read many sources. Address space only: what is not touched costs nothing.
pub const ROOMY_STACK: usize = MAX_STACK / 2;

thread_local! {
    /// What the stack of this thread has for a source.
    static ROOM: Cell<usize> = const { Cell::new(ANY_ROOM) };
}

/// Says that this thread has a stack of `size` bytes and has used next to nothing of it, so that fewer
/// sources are read elsewhere.
pub fn set_thread_stack_size(size: usize) {
    ROOM.set((size - size / 8).max(ANY_ROOM));
}

/// What may be read again of any source, in bytes ([`depth::read_again`]): each takes up to 53 bytes of memory,
/// which are not given back before all is read.
const ANY_AGAIN: usize = 32 << 20;
/// The same for each byte of a source. Of real packages none of 20 kB or more was seen to need two.
const AGAIN_PER_BYTE: usize = 4;

/// Whether reading `source` takes an amount of time and memory that has nothing to do with its size.
fn is_read_again_too_often(source: &str) -> bool {
    let len = source.len();
    let most = ANY_AGAIN + AGAIN_PER_BYTE * len;
    // A level takes four bytes, `(a=` and `)`, and half of the source on the average.
    if (len / 4).saturating_mul(len / 2) <= most {
        return false;
    }
    // All of them at the beginning, and within each other. Most parentheses are those of calls.
    let bytes = source.as_bytes();
    let opening =
        |at: &usize| !depth::is_call(&bytes[..*at]) && depth::may_be_parameters(&bytes[at + 1..]);
    let openings = memchr_iter(b'(', bytes).filter(opening).count();
    openings.saturating_mul(len) > most && depth::read_again(source) > most as u64
}

/// Runs `f`, which recurses into `source`, where there is room. `None` if there is nowhere.
pub(super) fn with_room<T: Send>(source: &str, f: impl FnOnce() -> T + Send) -> Option<T> {
    if is_read_again_too_often(source) {
        return None;
    }
    let room = ROOM.get();
    let most = stack_for(source.len().saturating_mul(depth::MOST_PER_BYTE));
    if most <= room {
        return Some(f());
    }
    let mut f = Some(f);
    let mut run = || f.take().map(|f| f());
    // A look at every byte of a long source takes more time than a stack for the worst of them. Where
    // the system does not give that, a look may show that a small one will do.
    if source.len() >= LONG_FOR_A_LOOK
        && most <= MAX_STACK
        && let Some(result) = on_a_stack_of(most, &mut run)
    {
        return result;
    }
    let needed = stack_needed(source)?;
    if needed <= room { run() } else { on_a_stack_of(needed, &mut run)? }
}

/// `None` if the system does not give that much.
fn on_a_stack_of<T: Send>(size: usize, f: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(size).spawn_scoped(scope, f).ok()?;
        match thread.join() {
            Ok(result) => Some(result),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// The stack that is enough for `source`; `None` if that is more than there may be. For tests.
#[doc(hidden)]
pub fn stack_needed(source: &str) -> Option<usize> {
    depth::units(source, (MAX_STACK - STACK_FOR_ANY) / STACK_PER_UNIT).map(stack_for)
}

fn stack_for(units: usize) -> usize {
    STACK_FOR_ANY.saturating_add(units.saturating_mul(STACK_PER_UNIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deep_source_is_read_elsewhere_and_a_shallow_one_here() {
        let here = thread::current().id();
        let thread_for = |source: &str| with_room(source, || thread::current().id());
        assert_eq!(thread_for("a"), Some(here));
        assert_eq!(thread_for(&"a;".repeat(5000)), Some(here));
        assert_eq!(thread_for(&format!("'{}'", "[".repeat(20_000))), Some(here));
        assert_eq!(thread_for(&format!("'{}'", "[".repeat(1_000_000))), Some(here));
        assert_ne!(thread_for(&"[".repeat(300)), Some(here));
        assert_ne!(thread_for(&"!".repeat(5000)), Some(here));
        assert_ne!(thread_for(&"a?{}:".repeat(300)), Some(here));
        assert_eq!(thread_for(&"[".repeat(1_000_000)), None);
        assert_eq!(thread_for(&"a?{}:".repeat(1_000_000)), None);
    }

    #[test]
    fn what_would_be_read_again_and_again_is_not_read() {
        let nested = |opening: &str, levels: usize| {
            format!("{}1{}", opening.repeat(levels), ")".repeat(levels))
        };
        let is_read = |source: &str| with_room(source, || ()).is_some();
        for opening in ["({a}=", "([a]=", "(a=", "async(a=", "( a =", "(/**/a=", "({a}=[0,"] {
            assert!(is_read(&nested(opening, 1000)), "{opening}");
            assert!(!is_read(&nested(opening, 8000)), "{opening}");
        }
        // As often, but not within each other, or not twice.
        assert!(is_read(&"(a=1);".repeat(100_000)));
        assert!(is_read(&format!("(a={})", "f(b)+".repeat(8000))));
        assert!(is_read(&format!("x='{}'", "(a=".repeat(100_000))));
    }

    #[test]
    fn a_thread_that_has_room_reads_deep_sources_itself() {
        let deep = "[".repeat(2000);
        let read = move || {
            set_thread_stack_size(64 << 20);
            with_room(&deep, || thread::current().id()) == Some(thread::current().id())
        };
        let thread = thread::Builder::new().stack_size(64 << 20).spawn(read).expect("a thread");
        assert!(thread.join().expect("no panic"));
    }
}
