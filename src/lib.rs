//! bmes-cache

pub mod analyze;
pub mod bindings;
pub mod format;
pub mod metadata;
pub mod module_graph;
