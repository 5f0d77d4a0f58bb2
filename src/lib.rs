//! bmes-cache

pub mod metadata;
pub mod module_graph;
