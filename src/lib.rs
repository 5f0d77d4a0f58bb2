//! bmes-cache

pub mod analyze;
mod file_identity;
pub mod format;
pub mod graph;
pub mod metadata;
pub mod module_graph;
