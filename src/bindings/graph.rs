//! Graphs that tools ask about, and many modules at once. Its one user is `api/graph/`.
//!
//! A graph stays here; answers cross as JSON, lists and columns, each only as large as the question.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use napi::bindgen_prelude::*;
use napi_derive::napi;
use serde::Serialize;

use super::record::SourceError;
use crate::analyze::{
    AnalyzeError, Details, DetectedFormat, analyze_module, analyze_module_in_detail, detect_format,
};
use crate::explore::{Explorer, Packed};
use crate::graph::{
    Entry, GraphError, GraphOptions, Plan, Source, StrippedTexts, Unstripped, Watch, file_url,
    look_at_each, survey,
};
use crate::metadata::ModuleMetadata;
use crate::module_graph::{ModuleIndex, ModuleTraits};

/// What a graph is made from.
#[napi(object, object_to_js = false)]
pub struct GraphSettings {
    /// Absolute paths, or `file:` URLs.
    pub entries: Vec<String>,
    /// Conditions beyond Node's own.
    pub conditions: Vec<String>,
    /// `--preserve-symlinks`.
    pub preserve_symlinks: bool,
    /// `--preserve-symlinks-main`.
    pub preserve_symlinks_main: bool,
    /// Whether `require` loads ES modules.
    pub require_module: bool,
    /// Whether types are stripped from TypeScript.
    pub strip_types: bool,
    /// Whether `#/name` may be a key of `imports`.
    pub root_imports: bool,
    /// `module.builtinModules`, joined by commas.
    pub builtins: String,
    /// `module.globalPaths`.
    pub global_paths: Vec<String>,
    /// Specifiers that are left alone.
    pub external: Vec<String>,
    /// Every package is left alone.
    pub packages_external: bool,
    /// Absolute paths that are not read.
    pub exclude: Vec<String>,
    /// What only `import()` reaches is read.
    pub follow_dynamic: bool,
}

/// Why there is no graph.
#[napi(object, object_from_js = false)]
pub struct GraphFailure {
    /// Stable, `BMES_...`.
    pub code: String,
    /// For people.
    pub message: String,
}

impl From<GraphError> for GraphFailure {
    fn from(error: GraphError) -> Self {
        Self { code: format!("BMES_{}", error.code()), message: error.to_string() }
    }
}

/// What came of a crawl. No field is optional: such a field is set, not defined, and what a program has put
/// on `Object.prototype` would be read where it is not.
#[napi(object, object_from_js = false)]
pub struct CrawlOutcome {
    /// Why there is no graph: stable, `BMES_...`; empty if there is one.
    pub code: String,
    /// For people.
    pub message: String,
    /// TypeScript that the runtime is to be asked about before the next crawl; none if the graph is whole.
    pub unstripped: Vec<String>,
}

impl From<std::result::Result<Vec<String>, GraphError>> for CrawlOutcome {
    fn from(crawled: std::result::Result<Vec<String>, GraphError>) -> Self {
        match crawled {
            Ok(unstripped) => Self { code: String::new(), message: String::new(), unstripped },
            Err(error) => {
                let GraphFailure { code, message } = error.into();
                Self { code, message, unstripped: Vec::new() }
            }
        }
    }
}

/// An answer in columns: what `Packed` says.
#[napi(object, object_from_js = false)]
pub struct PackedAnswer {
    /// Texts, list by list.
    pub lists: Vec<String>,
    /// Numbers and places in lists.
    pub numbers: Uint32Array,
    /// What few modules have, as JSON.
    pub rest: String,
}

impl From<Packed> for PackedAnswer {
    fn from(Packed { lists, numbers, rest }: Packed) -> Self {
        Self { lists, numbers: numbers.into(), rest }
    }
}

struct Shared {
    entries: Vec<String>,
    options: GraphOptions,
    plan: Plan,
    texts: Mutex<Texts>,
    explorer: OnceLock<Explorer>,
}

/// TypeScript, and what the runtime makes of it.
struct Texts {
    stripped: StrippedTexts,
    /// What it was not asked about yet.
    unstripped: Vec<Unstripped>,
}

impl Shared {
    fn crawl(&self) -> std::result::Result<Vec<String>, GraphError> {
        let entries: Vec<Entry<'_>> = self
            .entries
            .iter()
            .map(|entry| match entry.starts_with("file:") {
                true => Entry::Url(entry),
                false => Entry::Path(entry.as_ref()),
            })
            .collect();
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let (survey, unstripped) = survey(&entries, &self.options, &texts.stripped, &self.plan)?;
        if unstripped.is_empty() {
            let _ = self.explorer.set(Explorer::new(survey));
        }
        let asked = unstripped.iter().map(|it| it.text.clone()).collect();
        texts.unstripped = unstripped;
        Ok(asked)
    }
}

/// A graph, before and after it was crawled.
#[napi(js_name = "GraphHandle")]
pub struct GraphHandle(Arc<Shared>);

/// A crawl on another thread.
pub struct CrawlTask(Arc<Shared>);

#[napi]
impl Task for CrawlTask {
    type Output = std::result::Result<Vec<String>, GraphError>;
    type JsValue = CrawlOutcome;

    fn compute(&mut self) -> Result<Self::Output> {
        guarded(|| self.0.crawl())
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(output.into())
    }
}

/// A panic on a thread of the pool would end the process.
fn guarded<T>(f: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(f))
        .map_err(|_| Error::from_reason("the core panicked; please report it"))
}

#[napi]
impl GraphHandle {
    /// Nothing is read yet.
    #[napi(constructor, catch_unwind)]
    pub fn new(settings: GraphSettings) -> Self {
        Self(Arc::new(Shared {
            entries: settings.entries,
            options: GraphOptions {
                conditions: settings.conditions,
                preserve_symlinks: settings.preserve_symlinks,
                preserve_symlinks_main: settings.preserve_symlinks_main,
                require_module: settings.require_module,
                strip_types: settings.strip_types,
                root_imports: settings.root_imports,
                builtins: settings.builtins.split(',').map(str::to_owned).collect(),
                global_paths: settings.global_paths.into_iter().map(PathBuf::from).collect(),
                ..GraphOptions::default()
            },
            plan: Plan {
                external: settings.external,
                packages_external: settings.packages_external,
                exclude: settings.exclude.into_iter().map(PathBuf::from).collect(),
                follow_dynamic: settings.follow_dynamic,
                wants_packages: true,
                watch: Arc::default(),
            },
            texts: Mutex::new(Texts {
                stripped: StrippedTexts::nameless(),
                unstripped: Vec::new(),
            }),
            explorer: OnceLock::new(),
        }))
    }

    /// Crawls, in this thread's time.
    #[napi(catch_unwind)]
    pub fn crawl(&self) -> CrawlOutcome {
        self.0.crawl().into()
    }

    /// The same on another thread.
    #[napi(catch_unwind, ts_return_type = "Promise<CrawlOutcome>")]
    pub fn crawl_async(&self) -> AsyncTask<CrawlTask> {
        AsyncTask::new(CrawlTask(Arc::clone(&self.0)))
    }

    /// What the runtime makes of the texts that the crawl has asked about, in their order; null where it
    /// refuses one.
    #[napi(catch_unwind)]
    pub fn strip(&self, stripped: Vec<Option<String>>) {
        let mut texts = self.0.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = std::mem::take(&mut texts.unstripped);
        for (asked, text) in asked.into_iter().zip(stripped) {
            texts.stripped.insert(asked.content_hash, asked.dialect, text.as_deref());
        }
    }

    /// Ends a crawl soon.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        self.0.plan.watch.cancel();
    }

    /// How many files were found, and how many of them read.
    #[napi(catch_unwind)]
    pub fn progress(&self) -> Vec<u32> {
        let (found, loaded) = self.0.plan.watch.progress();
        vec![found, loaded]
    }

    /// How many modules there are.
    #[napi(getter, catch_unwind)]
    pub fn size(&self) -> Result<u32> {
        Ok(self.explorer()?.modules().len() as u32)
    }

    /// The place of the module at a URL.
    #[napi(catch_unwind)]
    pub fn find(&self, url: String) -> Result<Option<u32>> {
        Ok(self.explorer()?.find(&url).map(|module| module.0))
    }

    /// Lists of modules, and answers that are about the whole graph.
    #[napi(catch_unwind)]
    pub fn ask(&self, question: String) -> Result<String> {
        let explorer = self.explorer()?;
        Ok(match question.as_str() {
            "entries" => explorer.urls_of(explorer.roots()),
            "urls" => explorer.all_urls(),
            "evaluationOrder" => explorer.urls_of(&explorer.evaluation_order()),
            "duplicates" => explorer.duplicates_json(),
            "unresolved" => explorer.unresolved_json(),
            "watched" => explorer.watched_json(),
            "barrels" => explorer.barrels_json(),
            _ => return Err(unknown(&question)),
        })
    }

    /// Everything.
    #[napi(catch_unwind)]
    pub fn all(&self) -> Result<PackedAnswer> {
        Ok(self.explorer()?.packed().into())
    }

    /// What every module exports.
    #[napi(catch_unwind)]
    pub fn all_exports(&self) -> Result<PackedAnswer> {
        Ok(self.explorer()?.packed_exports().into())
    }

    /// Modules that import each other.
    #[napi(catch_unwind)]
    pub fn cycles(&self, dynamic: bool) -> Result<PackedAnswer> {
        Ok(self.explorer()?.packed_cycles(dynamic).into())
    }

    /// Answers that are about one module.
    #[napi(catch_unwind)]
    pub fn ask_of(&self, question: String, module: u32, flag: bool) -> Result<String> {
        let explorer = self.explorer()?;
        let module = self.module(module)?;
        Ok(match question.as_str() {
            "module" => explorer.module_json(module, flag),
            "metadata" => explorer.metadata_json(module),
            "importers" => explorer.importers_json(module),
            "dependents" => explorer.urls_of(&explorer.dependents(&[module])),
            "exports" => explorer.exports_json(module),
            "usage" => explorer.usage_json(module),
            "retained" => Explorer::cost_json(explorer.retained(module)),
            _ => return Err(unknown(&question)),
        })
    }

    /// The text of a module, without byte order mark.
    #[napi(catch_unwind)]
    pub fn source(&self, module: u32) -> Result<String> {
        let module = self.module(module)?;
        Ok(self.explorer()?.module(module).source.clone())
    }

    /// What a name of a module stands for.
    #[napi(catch_unwind)]
    pub fn resolve_export(&self, module: u32, name: String) -> Result<String> {
        let module = self.module(module)?;
        Ok(self.explorer()?.resolved_json(module, &name))
    }

    /// Why a module is there, by at most `most` chains.
    #[napi(catch_unwind)]
    pub fn why(&self, module: u32, most: u32) -> Result<String> {
        let module = self.module(module)?;
        Ok(self.explorer()?.why_json(module, most as usize))
    }

    /// What would be gone if `from` did not ask for `to`.
    #[napi(catch_unwind)]
    pub fn savings(&self, from: u32, to: u32) -> Result<String> {
        let (from, to) = (self.module(from)?, self.module(to)?);
        Ok(Explorer::cost_json(self.explorer()?.savings(from, to)))
    }

    /// What a change of absolute paths affects.
    #[napi(catch_unwind)]
    pub fn changes(&self, paths: Vec<String>) -> Result<String> {
        let paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
        let explorer = self.explorer()?;
        Ok(explorer.changes_json(&explorer.changes(&paths, &self.0.options, &self.0.plan)))
    }
}

impl GraphHandle {
    fn explorer(&self) -> Result<&Explorer> {
        self.0.explorer.get().ok_or_else(|| Error::from_reason("there is no graph yet"))
    }

    fn module(&self, module: u32) -> Result<ModuleIndex> {
        let is_one = (module as usize) < self.explorer()?.modules().len();
        is_one.then_some(ModuleIndex(module)).ok_or_else(|| Error::from_reason("no such module"))
    }
}

fn unknown(question: &str) -> Error {
    Error::from_reason(format!("nobody can answer {question}"))
}

/// `pathToFileURL(path).href`, as the crawl writes it.
#[napi(catch_unwind)]
pub fn url_of_path(path: String) -> Option<String> {
    file_url(path.as_ref())
}

/// `module`, `commonjs` or `ambiguous`.
#[napi(catch_unwind)]
pub fn detect_source_format(source: String) -> &'static str {
    format_name(detect_format(&source))
}

fn format_name(format: DetectedFormat) -> &'static str {
    match format {
        DetectedFormat::Module => "module",
        DetectedFormat::CommonJs => "commonjs",
        DetectedFormat::Ambiguous => "ambiguous",
    }
}

/// JSON metadata and details of a source, or why there is none.
#[napi(catch_unwind)]
pub fn analyze_in_detail(source: String) -> Result<Either<String, SourceError>> {
    match analyze_module_in_detail(&source) {
        Ok((analysis, details)) => {
            let detailed = Detailed::new(&analysis.metadata, analysis.traits, &details);
            serde_json::to_string(&detailed).map(Either::A).map_err(to_js)
        }
        Err(error) => Ok(Either::B(SourceError::new(&error, &source))),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Detailed<'a> {
    #[serde(flatten)]
    metadata: &'a ModuleMetadata,
    #[serde(flatten)]
    details: &'a Details,
    has_top_level_await: bool,
    has_import_meta: bool,
    has_computed_imports: bool,
    makes_code: bool,
}

impl<'a> Detailed<'a> {
    fn new(metadata: &'a ModuleMetadata, traits: ModuleTraits, details: &'a Details) -> Self {
        Self {
            metadata,
            details,
            has_top_level_await: traits.top_level_awaits > 0,
            has_import_meta: traits.import_meta,
            has_computed_imports: traits.computed_import,
            makes_code: traits.makes_code,
        }
    }
}

/// Modules to look at together.
#[napi(object, object_to_js = false)]
pub struct BatchSettings {
    /// Of each its text; empty where the file says it.
    pub texts: Vec<String>,
    /// Of each its absolute path; empty where there is a text.
    pub paths: Vec<String>,
    /// Places and traits too.
    pub in_detail: bool,
}

/// Many modules, before and after they were looked at.
#[napi(js_name = "BatchHandle")]
pub struct BatchHandle(Arc<Batch>);

struct Batch {
    sources: Vec<Source>,
    in_detail: bool,
    watch: Watch,
}

/// The same on another thread.
pub struct BatchTask(Arc<Batch>);

#[napi]
impl Task for BatchTask {
    type Output = std::result::Result<String, GraphError>;
    type JsValue = Either<String, GraphFailure>;

    fn compute(&mut self) -> Result<Self::Output> {
        guarded(|| self.0.run())
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(either(output))
    }
}

#[napi]
impl BatchHandle {
    /// Nothing is read yet.
    #[napi(constructor, catch_unwind)]
    pub fn new(settings: BatchSettings) -> Self {
        let sources = settings.texts.into_iter().zip(settings.paths);
        let sources = sources.map(|(text, path)| match path.is_empty() {
            true => Source::Text(text),
            false => Source::File(path.into()),
        });
        Self(Arc::new(Batch {
            sources: sources.collect(),
            in_detail: settings.in_detail,
            watch: Watch::default(),
        }))
    }

    /// A list of JSON, in the order of the modules.
    #[napi(catch_unwind)]
    pub fn run(&self) -> Either<String, GraphFailure> {
        either(self.0.run())
    }

    /// The same on another thread.
    #[napi(catch_unwind, ts_return_type = "Promise<string | GraphFailure>")]
    pub fn run_async(&self) -> AsyncTask<BatchTask> {
        AsyncTask::new(BatchTask(Arc::clone(&self.0)))
    }

    /// Ends it soon.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        self.0.watch.cancel();
    }
}

fn either(result: std::result::Result<String, GraphError>) -> Either<String, GraphFailure> {
    match result {
        Ok(text) => Either::A(text),
        Err(error) => Either::B(error.into()),
    }
}

impl Batch {
    fn run(&self) -> std::result::Result<String, GraphError> {
        let look = |text: std::result::Result<&str, String>| match text {
            Ok(text) => catch_unwind(|| self.look(text)).unwrap_or_else(|_| {
                failure("BMES_SOURCE_UNREADABLE", "its analysis panicked", None)
            }),
            Err(reason) => failure("BMES_SOURCE_UNREADABLE", &reason, None),
        };
        let each = look_at_each(&self.sources, &self.watch, look)?;
        Ok(format!("[{}]", each.join(",")))
    }

    fn look(&self, text: &str) -> String {
        let json = match self.in_detail {
            true => analyze_module_in_detail(text).map(|(analysis, details)| {
                serde_json::to_string(&Detailed::new(&analysis.metadata, analysis.traits, &details))
            }),
            false => analyze_module(text).map(|it| serde_json::to_string(&it.metadata)),
        };
        match json {
            Ok(Ok(metadata)) => format!(r#"{{"metadata":{metadata},"error":null}}"#),
            Ok(Err(error)) => failure("BMES_SOURCE_UNREADABLE", &error.to_string(), None),
            Err(error) => failure(error.code(), error.message(), Some(&error)),
        }
    }
}

fn failure(code: &str, message: &str, error: Option<&AnalyzeError>) -> String {
    let fault = serde_json::json!({
        "metadata": null,
        "error": {
            "code": code,
            "message": message,
            "line": error.map(AnalyzeError::line),
            "column": error.map(AnalyzeError::column),
        },
    });
    fault.to_string()
}

fn to_js(error: impl std::error::Error) -> Error {
    Error::from_reason(error.to_string())
}
