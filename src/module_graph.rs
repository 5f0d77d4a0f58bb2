//! An app's modules, the edges between them, and what was looked at on disk to find them.
//!
//! Plain data: `graph` fills it, `pack` keeps it, neither knows the other.

use std::borrow::Cow;
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
    /// Left to the runtime: wasm, native module, `data:`, unreadable or unparsable file.
    Other = 4,
}

impl ModuleFormat {
    /// Every format, at its number.
    pub const ALL: [Self; 5] =
        [Self::Module, Self::CommonJs, Self::Json, Self::Builtin, Self::Other];

    /// Node's name for it, if it has one, types left out of account.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Module => Some("module"),
            Self::CommonJs => Some("commonjs"),
            Self::Json => Some("json"),
            Self::Builtin => Some("builtin"),
            Self::Other => None,
        }
    }
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
    /// A leading byte order mark is kept out, as Node does. Empty for builtins. Of TypeScript what the
    /// runtime makes of it.
    pub source: String,
    /// SHA-256 of the file's bytes.
    pub content_hash: ContentHash,
    /// The static interface; empty unless the format is `Module`.
    pub metadata: ModuleMetadata,
    /// What the record cannot say.
    pub traits: ModuleTraits,
    /// What it asks for, by kind in the order of [`EdgeKind`]. Imports are `metadata.requested_modules`,
    /// one for one.
    pub edges: Vec<Edge<'static>>,
}

impl Module {
    /// Node's name for its format, if it has one.
    pub fn format_name(&self) -> Option<&'static str> {
        match (self.format, self.traits.typescript) {
            (ModuleFormat::Module, true) => Some("module-typescript"),
            (ModuleFormat::CommonJs, true) => Some("commonjs-typescript"),
            (format, _) => format.name(),
        }
    }

    /// Its edges of one kind.
    pub fn edges_of(&self, kind: EdgeKind) -> impl Iterator<Item = &Edge<'static>> {
        self.edges.iter().filter(move |edge| edge.kind == kind)
    }
}

/// What the engine or the linker must know about a module beyond its record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ModuleTraits {
    /// Has `import.meta`.
    pub import_meta: bool,
    /// Has an `import()` whose specifier is not a literal.
    pub computed_import: bool,
    /// Names what makes code of text: `eval`, `Function`, or a call of something's `constructor`.
    pub makes_code: bool,
    /// How many points at the top level suspend (`await`, `for await`, `await using`).
    pub top_level_awaits: u32,
    /// Where the only one is: line and column from 1, in UTF-16 units. `None` if none or several.
    pub top_level_await_at: Option<(u32, u32)>,
    /// An ES module only because of its syntax: Node warns about it when it loads it.
    pub format_detected: bool,
    /// TypeScript, from which the runtime strips the types.
    pub typescript: bool,
}

/// From a module to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge<'a, To = ModuleIndex> {
    /// How it is asked for.
    pub kind: EdgeKind,
    /// The specifier as written.
    pub specifier: Cow<'a, str>,
    /// Its `with` clause.
    pub attributes: EdgeAttributes,
    /// Where it leads; `None` where we cannot tell: the runtime will give its own answer.
    pub target: Option<To>,
}

/// How a module asks for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum EdgeKind {
    /// A static request of an ES module.
    Import = 0,
    /// `import()` with a literal specifier, in ES modules and CommonJS alike. One with computed options
    /// counts as computed.
    DynamicImport = 1,
    /// `require()` with a literal specifier, in CommonJS. Unresolvable ones are left out.
    Require = 2,
}

/// The `with` clause of an edge, as far as Node gives it a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
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

    /// Whether they suit a module of this format: `validateAttributes` of Node's ESM loader. What is
    /// left to the runtime is left to it whole.
    pub fn suit(self, format: ModuleFormat) -> bool {
        match format {
            ModuleFormat::Other => true,
            ModuleFormat::Json => self == Self::Json,
            ModuleFormat::Module | ModuleFormat::CommonJs | ModuleFormat::Builtin => {
                self == Self::None
            }
        }
    }
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

/// What an [`Observation`] found: what is claimed of a path, and where it was looked at a stamp that makes
/// the next look cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A file whose content matters: a source, a `package.json`.
    File {
        /// What was read.
        content_hash: ContentHash,
        /// Captured by `fstat` before and after the read. `None` where the file was read elsewhere.
        stamp: Option<Stamp>,
    },
    /// Nothing.
    Absent,
    /// A directory in which a lookup that failed could succeed tomorrow (`node_modules`, `@scope`):
    /// what it holds matters, so its identity moves when an entry comes or goes.
    Directory {
        /// What is claimed is that it has not moved; without one no more than that it is a directory.
        stamp: Option<Stamp>,
    },
    /// A symbolic link that was followed. It is what it points to: links are made anew in no time, and
    /// an inode and a time stamp can be given out twice within one tick of the clock.
    Symlink {
        /// Where it points, as written.
        target: PathBuf,
    },
}

/// A path's state when it was looked at: while it is the same nothing was written there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The state.
    pub identity: FileIdentity,
    /// Taken within two seconds of its own timestamps: it proves nothing yet.
    pub racy: bool,
}

impl Stamp {
    /// Of a state that was taken just now.
    pub fn now(identity: FileIdentity) -> Self {
        Self { identity, racy: identity.is_racy_now() }
    }
}
