//! Source text to metadata: what a module asks for and what it gives, without running it.
//!
//! [`analyze_module`] gives what JavaScriptCore's ModuleAnalyzer records, which is what BMES v1
//! stores: imports that are exported again become indirect exports whatever the order of
//! statements, a default export without a name is bound to `starDefault`, requests are distinct by
//! specifier and attributes. [`analyze_commonjs`] gives the literal `require` and `import()` calls
//! of a CommonJS module, and [`detect_syntax`] tells the two apart as Node does.
//!
//! A module that no engine would accept is refused here too, early errors included, so a record is
//! never made for it. TypeScript, JSX, decorators and import phases are refused: the record cannot
//! say them, or the engines cannot run them.
//!
//! One parse by oxc, one pass of its semantic checks (modules only), one walk. The arena belongs to
//! the thread and is reused; a source that nests deeply gets a stack to match, whatever its bytes are. No bytes, no disk.

mod arena;
mod code_frame;
mod commonjs;
mod depth;
mod details;
mod entries;
mod error;
mod leniency;
mod literal_import;
mod location;
mod module;
mod stack;
mod syntax;
mod traits;
mod words;

pub use commonjs::{CommonJsAnalysis, analyze_commonjs, locate_commonjs};
pub use details::{Details, SourceExport, SourceImport, SourceImportKind};
pub use error::{AnalyzeError, ErrorKind};
pub use literal_import::LiteralImport;
pub use location::Place;
pub use module::{Analysis, analyze_module, analyze_module_in_detail};
pub use stack::{ROOMY_STACK, set_thread_stack_size, stack_needed};
pub use syntax::{DetectedFormat, Syntax, detect_format, detect_syntax};
