//! bmes-cache

pub mod analyze;
pub mod app;
pub mod bindings;
mod file_identity;
pub mod format;
pub mod graph;
pub mod metadata;
pub mod module_graph;
pub mod pack;
pub mod store;
