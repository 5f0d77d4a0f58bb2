//! The memory that syntax trees live in: one arena per thread, emptied after each source.
//!
//! A fresh arena costs more than parsing a small module does. What a thread keeps is bounded, since
//! one bundle of several megabytes would otherwise hold its peak until the thread ends.

use std::cell::RefCell;

use oxc_allocator::Allocator;

/// Enough for the tree of a source of about half a megabyte.
const KEPT_CAPACITY: usize = 16 << 20;

thread_local! {
    static ARENA: RefCell<Allocator> = RefCell::new(Allocator::new());
}

/// Runs `f` with an empty arena. Must not be called from within `f`.
pub(super) fn with_arena<T>(f: impl FnOnce(&Allocator) -> T) -> T {
    ARENA.with_borrow_mut(|arena| {
        // Emptied before use as well as bounded after: a panic in `f` leaves its tree behind.
        arena.reset();
        let result = f(arena);
        if arena.capacity() > KEPT_CAPACITY {
            *arena = Allocator::new();
        }
        result
    })
}
