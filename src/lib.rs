//! bmes-cache

pub mod analyze;
pub mod format;
pub mod metadata;
pub mod module_graph;
