//! From an entry to every module it reaches, the edges between them, and what on disk they rest on.
//!
//! The graph is a prediction of what Node will do, compared edge by edge with what it did before it
//! is used. So resolution here is Node's own algorithm step for step (`lib/internal/modules`), its
//! exact failures included: a general resolver is forgiving where Node throws (a `null` target under
//! a matching condition, folder mappings, a package directory without the file asked for) and such
//! an edge would be predicted wrong.
//!
//! What cannot be told is left open rather than guessed: an edge without a target for a request that
//! fails or would make Node warn, [`ModuleFormat::Other`] for a file we do not load ourselves. The
//! runtime then gives its own answer.
//!
//! `disk` is the only file that touches the disk, and it writes down everything it is asked:
//! those notes are the graph's observations. A file is read once, however many URLs lead to it.
//!
//! Formats are decided by URL, as for an `import`. A file without a known extension that only
//! `require` reaches inside `"type": "module"` is CommonJS to Node and a module here; the comparison
//! with the first run sees it.
//!
//! [`ModuleFormat::Other`]: crate::module_graph::ModuleFormat::Other

mod batch;
mod crawl;
mod disk;
mod draft;
mod error;
mod exports;
mod file_url;
mod format;
mod observed;
mod options;
mod order;
mod package;
mod place;
mod plan;
mod require;
mod reroute;
mod resolve;
mod survey;
mod typescript;

pub use batch::{Source, look_at_each};
pub use crawl::{Crawled, Entry, build_graph, crawl};
pub use error::{GraphError, ResolveError};
pub use file_url::from_path as file_url;
pub use format::Dialect;
pub use options::{GraphOptions, PathAlias, Transform};
pub use place::PackagePlace;
pub use plan::{Plan, Watch};
pub use reroute::reroutes;
pub use resolve::resolve;
pub use survey::{EXTERNAL, Problem, Survey, Unresolved, is_external, problem, survey};
pub use typescript::{StrippedTexts, Unstripped};
