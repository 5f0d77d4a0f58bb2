//! bmes-cache

pub mod analyze;
pub mod metadata;
pub mod module_graph;
