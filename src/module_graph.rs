//! An app's modules, the edges between them, and what was looked at on disk to find them.
//!
//! Plain data: `graph` fills it, `pack` keeps it, neither knows the other.

use std::path::PathBuf;

use crate::metadata::{ImportAttribute, ModuleMetadata};

/// SHA-256 of a file's bytes. It names content; it does not detect damage.
pub type ContentHash = [u8; 32];

/// The position of a module in [`ModuleGraph::modules`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleIndex(pub u32);

impl ModuleIndex {
    /// As a slice index.
    pub fn get(self) -> usize {
        self.0 as usize
    }
}

/// Everything reachable from the roots, in depth-first order of requests from the first root.
#[derive(Debug, Clone, Default)]
pub struct ModuleGraph {
    /// The entry first, then modules that only a run has shown to be imported (computed specifiers).
    pub roots: Vec<ModuleIndex>,
    /// Each module once, by URL.
    pub modules: Vec<Module>,
    /// Everything whose change could change this graph, sorted by path, without repeats.
    pub observations: Vec<Observation>,
}

/// How the runtime treats a module, decided as Node decides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ModuleFormat {
    /// An ES module.
    Module = 0,
    /// CommonJS: evaluated by the runtime's own `require`.
    CommonJs = 1,
    /// JSON, imported with `type: 'json'` or required.
    Json = 2,
    /// A module of the runtime, `node:fs`.
    Builtin = 3,
    /// Left to the runtime: wasm, native module, TypeScript, `data:`, unreadable or unparsable file.
    Other = 4,
}

/// One module of the graph.
#[derive(Debug, Clone)]
pub struct Module {
    /// Its URL, query and fragment included; `node:`-prefixed for builtins.
    pub url: String,
    /// The real path of its file, if it has one.
    pub path: Option<PathBuf>,
    /// How the runtime treats it.
    pub format: ModuleFormat,
    /// Why it is [`ModuleFormat::Other`].
    pub left_to_runtime: Option<String>,
    /// The file's text, without decoding artefacts: bytes that are not UTF-8 make it `Other`.
    /// A leading byte order mark is kept out, as Node does. Empty for builtins.
    pub source: String,
    /// SHA-256 of the file's bytes.
    pub content_hash: ContentHash,
    /// The static interface; empty unless the format is `Module`.
    pub metadata: ModuleMetadata,
    /// What the record cannot say.
    pub traits: ModuleTraits,
    /// Where each of `metadata.requested_modules` leads, in that order.
    pub requests: Vec<Target>,
    /// `import()` with a literal specifier, in ES modules and CommonJS alike.
    pub dynamic_imports: Vec<DynamicImport>,
    /// `require()` with a literal specifier, in CommonJS. Unresolvable ones are left out.
    pub requires: Vec<(String, ModuleIndex)>,
}

/// What the engine or the linker must know about a module beyond its record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ModuleTraits {
    /// Has `import.meta`.
    pub import_meta: bool,
    /// Has an `import()` whose specifier is not a literal.
    pub computed_import: bool,
    /// How many points at the top level suspend (`await`, `for await`, `await using`).
    pub top_level_awaits: u32,
    /// Where the only one is: line and column from 1, in UTF-16 units. `None` if none or several.
    pub top_level_await_at: Option<(u32, u32)>,
    /// An ES module only because of its syntax: Node warns about it when it loads it.
    pub format_detected: bool,
}

/// Where a request leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// To this module.
    Module(ModuleIndex),
    /// Nowhere that we can tell; the runtime will give its own error.
    Unresolved,
}

/// An `import()` with a literal specifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DynamicImport {
    /// The specifier as written.
    pub specifier: String,
    /// `with` attributes, if they are literal. An `import()` with computed options is "computed".
    pub attributes: Vec<ImportAttribute>,
    /// Where it leads.
    pub target: Target,
}

/// What identifies a file's state without reading it: if none of these moved, nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileIdentity {
    /// Device.
    pub dev: u64,
    /// Inode.
    pub ino: u64,
    /// Size in bytes.
    pub size: u64,
    /// Modification time, nanoseconds since the epoch.
    pub mtime_ns: i64,
    /// Change time, nanoseconds since the epoch.
    pub ctime_ns: i64,
}

/// Something on disk that the graph depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// An absolute path.
    pub path: PathBuf,
    /// What was found there.
    pub found: Found,
}

/// What an [`Observation`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A file whose content matters: a source, a `package.json`. Captured by `fstat` before and
    /// after the read.
    File {
        /// Its state when read.
        identity: FileIdentity,
        /// What was read.
        content_hash: ContentHash,
        /// Read within two seconds of its own timestamps: its identity proves nothing yet.
        racy: bool,
    },
    /// Nothing.
    Absent,
    /// A directory in which a lookup that failed could succeed tomorrow (`node_modules`, `@scope`):
    /// what it holds matters, so its identity moves when an entry comes or goes.
    Directory {
        /// Its state.
        identity: FileIdentity,
        /// Seen within two seconds of its own timestamps.
        racy: bool,
    },
    /// A symbolic link that was followed, by `lstat`.
    Symlink {
        /// The state of the link itself.
        identity: FileIdentity,
        /// Where it points, as written.
        target: PathBuf,
    },
}
