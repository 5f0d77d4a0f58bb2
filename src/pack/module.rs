//! One module as a pack holds it: borrowed from a graph that was just crawled, or from an older
//! pack whose content is still good.

use std::borrow::Cow;

use super::text::SourceText;
use crate::format::{self, WriteError};
use crate::module_graph::{ContentHash, Edge, EdgeKind, Module, ModuleFormat, ModuleGraph};

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
    /// An ES module only because of its syntax.
    pub format_detected: bool,
    /// TypeScript; its text is what the runtime has made of it.
    pub typescript: bool,
    /// Imports a name that a CommonJS module was not seen to export.
    pub unlinkable: bool,
    /// Has `import()` or `import.meta`, or names what makes code that may have them.
    pub asks_runtime: bool,
    /// SHA-256 of the file.
    pub content_hash: ContentHash,
    /// A BMES v1 record; empty unless the format is `Module`.
    pub record: Cow<'a, [u8]>,
    /// How many bytes at the record's end are bytecode.
    pub bytecode_len: usize,
    /// The text the engine compiles.
    pub source: SourceText<'a>,
    /// What it asks for, by kind.
    pub edges: Cow<'a, [Edge<'a>]>,
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

fn asks_runtime(module: &Module) -> bool {
    let traits = module.traits;
    let imports = || module.edges_of(EdgeKind::DynamicImport).next().is_some();
    module.format == ModuleFormat::Module
        && (traits.import_meta || traits.computed_import || traits.makes_code || imports())
}

fn module_of(module: &Module) -> Result<PackModule<'_>, WriteError> {
    let record = match module.format {
        ModuleFormat::Module => Cow::Owned(format::write(&module.metadata, &[])?),
        _ => Cow::Borrowed(&[][..]),
    };
    // CommonJS is read and compiled by the runtime's own `require`: its text stays on disk. What was made of
    // TypeScript is nowhere else, and tells what it requires.
    let text = match module.format {
        ModuleFormat::Module | ModuleFormat::Json => module.source.as_str(),
        _ if module.traits.typescript => module.source.as_str(),
        _ => "",
    };
    Ok(PackModule {
        url: Cow::Borrowed(&module.url),
        path: module.path.as_deref().map_or(Cow::Borrowed(""), |path| path.to_string_lossy()),
        left_to_runtime: Cow::Borrowed(module.left_to_runtime.as_deref().unwrap_or("")),
        format: module.format,
        format_detected: module.traits.format_detected,
        typescript: module.traits.typescript,
        unlinkable: false,
        asks_runtime: asks_runtime(module),
        content_hash: module.content_hash,
        record,
        bytecode_len: 0,
        source: SourceText::new(text),
        edges: Cow::Borrowed(&module.edges),
        export_names: None,
    })
}
