//! The memory that syntax trees live in: one arena per thread, emptied after each source.
//!
//! A fresh arena costs more than parsing a small module does. What a thread keeps is bounded, since
//! one bundle of several megabytes would otherwise hold its peak until the thread ends.

use std::cell::RefCell;

use oxc_allocator::Allocator;

use super::{AnalyzeError, stack::with_room};

/// Enough for the tree of a source of about half a megabyte.
const KEPT_CAPACITY: usize = 16 << 20;

thread_local! {
    static ARENA: RefCell<Allocator> = RefCell::new(Allocator::new());
}

/// Runs `f`, which reads `source` into an empty arena, where there is room for its recursion. Must
/// not be called from within `f`, which would find no arena to reuse.
pub(super) fn with_arena<T: Send>(
    source: &str,
    f: impl FnOnce(&Allocator) -> Result<T, AnalyzeError> + Send,
) -> Result<T, AnalyzeError> {
    // Taken, not borrowed: `f` may run on another thread, and if it panics its tree goes with it.
    let mut arena = ARENA.take();
    let exclusive = &mut arena;
    let result = with_room(source, move || f(exclusive));
    if arena.capacity() <= KEPT_CAPACITY {
        arena.reset();
        ARENA.set(arena);
    }
    result.unwrap_or_else(|| Err(AnalyzeError::too_deep()))
}
