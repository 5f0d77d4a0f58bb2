//! One module as a pack holds it: borrowed from a graph that was just crawled, or from an older
//! pack whose content is still good.

use std::borrow::Cow;

use super::text::SourceText;
use crate::format::{self, WriteError};
use crate::metadata::ImportAttribute;
use crate::module_graph::{ContentHash, Module, ModuleFormat, ModuleGraph, ModuleTraits, Target};

/// The `with` clause of an edge, as far as Node gives it a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum EdgeAttributes {
    /// No clause, or an empty one.
    None = 0,
    /// `type: 'json'` alone.
    Json = 1,
    /// Anything else: left to the runtime, which has its own error for it.
    Other = 2,
}

impl EdgeAttributes {
    /// What a `with` clause asks for.
    pub fn of(attributes: &[ImportAttribute]) -> Self {
        match attributes {
            [] => Self::None,
            [one] if one.key == "type" && one.value == "json" => Self::Json,
            _ => Self::Other,
        }
    }
}

/// From a module to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge<'a> {
    /// The specifier as written.
    pub specifier: Cow<'a, str>,
    /// Its `with` clause.
    pub attributes: EdgeAttributes,
    /// The row of the target; `None` where it could not be resolved.
    pub target: Option<u32>,
}

/// One row of the modules table with everything it points to.
#[derive(Debug, Clone)]
pub struct PackModule<'a> {
    /// The module's URL.
    pub url: Cow<'a, str>,
    /// Its real path, empty if it has none.
    pub path: Cow<'a, str>,
    /// Why it is left to the runtime, empty if it is not.
    pub left_to_runtime: Cow<'a, str>,
    /// How the runtime treats it.
    pub format: ModuleFormat,
    /// What the record cannot say.
    pub traits: ModuleTraits,
    /// Has an export named `default`.
    pub exports_default: bool,
    /// Imports a name that a CommonJS module was not seen to export.
    pub unlinkable: bool,
    /// SHA-256 of the file.
    pub content_hash: ContentHash,
    /// A BMES v1 record; empty unless the format is `Module`.
    pub record: Cow<'a, [u8]>,
    /// How many bytes at the record's end are bytecode.
    pub bytecode_len: usize,
    /// The text the engine compiles.
    pub source: SourceText<'a>,
    /// Static requests, in the record's order.
    pub requests: Vec<Edge<'a>>,
    /// `import()` with a literal specifier.
    pub dynamic_imports: Vec<Edge<'a>>,
    /// `require()` with a literal specifier.
    pub requires: Vec<Edge<'a>>,
    /// What a CommonJS module exports to ES modules, as the runtime itself said. `None`: not seen.
    pub export_names: Option<Vec<Cow<'a, str>>>,
}

/// The rows of a graph that was just crawled, without bytecode or export names.
///
/// # Errors
/// When a record cannot hold a module's metadata.
pub fn modules_of(graph: &ModuleGraph) -> Result<Vec<PackModule<'_>>, WriteError> {
    graph.modules.iter().map(module_of).collect()
}

fn module_of(module: &Module) -> Result<PackModule<'_>, WriteError> {
    let record = match module.format {
        ModuleFormat::Module => Cow::Owned(format::write(&module.metadata, &[])?),
        _ => Cow::Borrowed(&[][..]),
    };
    // CommonJS is read and compiled by the runtime's own `require`: its text stays on disk.
    let text = match module.format {
        ModuleFormat::Module | ModuleFormat::Json => module.source.as_str(),
        _ => "",
    };
    let requested = module.metadata.requested_modules.iter().zip(&module.requests);
    Ok(PackModule {
        url: Cow::Borrowed(&module.url),
        path: module.path.as_deref().map_or(Cow::Borrowed(""), |path| path.to_string_lossy()),
        left_to_runtime: Cow::Borrowed(module.left_to_runtime.as_deref().unwrap_or("")),
        format: module.format,
        traits: module.traits,
        exports_default: module
            .metadata
            .export_entries
            .iter()
            .any(|entry| entry.export_name == "default"),
        unlinkable: false,
        content_hash: module.content_hash,
        record,
        bytecode_len: 0,
        source: SourceText::new(text),
        requests: requested
            .map(|(request, target)| {
                edge(&request.specifier, request.attributes.as_deref().unwrap_or(&[]), target)
            })
            .collect(),
        dynamic_imports: module
            .dynamic_imports
            .iter()
            .map(|import| edge(&import.specifier, &import.attributes, &import.target))
            .collect(),
        requires: module
            .requires
            .iter()
            .map(|(specifier, target)| edge(specifier, &[], &Target::Module(*target)))
            .collect(),
        export_names: None,
    })
}

fn edge<'a>(specifier: &'a str, attributes: &[ImportAttribute], target: &Target) -> Edge<'a> {
    Edge {
        specifier: Cow::Borrowed(specifier),
        attributes: EdgeAttributes::of(attributes),
        target: match target {
            Target::Module(index) => Some(index.0),
            Target::Unresolved => None,
        },
    }
}
