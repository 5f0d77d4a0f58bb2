//! bmes-cache

pub mod analyze;
mod file_identity;
pub mod graph;
pub mod metadata;
pub mod module_graph;
