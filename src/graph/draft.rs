//! Modules in the order of discovery, before the walk that gives them their final numbers.

use std::path::PathBuf;
use std::sync::Arc;

use super::disk::FileText;
use crate::metadata::ModuleMetadata;
use crate::module_graph::{Edge, ModuleFormat, ModuleTraits};

/// A module before its final number.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) url: String,
    pub(super) path: Option<PathBuf>,
    pub(super) format: ModuleFormat,
    pub(super) left_to_runtime: Option<String>,
    pub(super) file: Option<Arc<FileText>>,
    /// What the engine compiles, where that is not the file's own text.
    pub(super) text: Option<String>,
    pub(super) metadata: ModuleMetadata,
    pub(super) traits: ModuleTraits,
    pub(super) edges: Vec<DraftEdge>,
}

/// An edge before its target's final number.
pub(super) type DraftEdge = Edge<'static, DraftId>;

/// A module's place in the order of discovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DraftId(pub(super) u32);

impl DraftId {
    pub(super) fn get(self) -> usize {
        self.0 as usize
    }
}

impl Draft {
    pub(super) fn new(url: String, path: Option<PathBuf>, format: ModuleFormat) -> Self {
        Self {
            url,
            path,
            format,
            left_to_runtime: None,
            file: None,
            text: None,
            metadata: ModuleMetadata::default(),
            traits: ModuleTraits::default(),
            edges: Vec::new(),
        }
    }
}
