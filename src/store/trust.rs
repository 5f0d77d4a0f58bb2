//! Who may have written what is read.

/// Whose files are believed. Nobody else may be able to write to them, whoever they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// The current user's alone: the user's own store.
    Own,
    /// The user's or root's: a store that came with a system or an image and is only read.
    Shipped,
    /// The user's, root's, or those of whoever owns the app: a pack somebody has named.
    Named {
        /// Who owns the app's entry, if that can be told.
        entry_owner: Option<u32>,
    },
}
