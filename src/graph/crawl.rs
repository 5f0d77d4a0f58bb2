//! The crawl: every module once, on every thread at hand.
//!
//! A module's URL gets a number when it is first asked for; whoever asks first starts its load, and
//! loads wait for nobody. Numbers therefore depend on timing, and [`order`] gives the
//! final ones. Each load is a task of its own, not a call, so a chain of any length needs no stack.
//!
//! The threads live as long as the crawl: an app that starts should not keep them. Their stacks are
//! large because a parser descends as deep as the source nests; they cost address space only. Where
//! even that is short, they are smaller, and deep sources are read elsewhere.

use std::borrow::Cow;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::Scope as Tasks;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::de::IgnoredAny;
use url::Url;

use super::disk::{Disk, FileText, ReadError};
use super::draft::{Draft, DraftEdge, DraftId};
use super::error::{GraphError, ResolveError};
use super::format::{self, ByName, Dialect};
use super::options::GraphOptions;
use super::order;
use super::package::PackageType;
use super::place::{self, PackagePlace};
use super::plan::{NOT_FOLLOWED, Plan, Refusal, Refused};
use super::resolve::{Base, Destination, Resolver};
use super::typescript::{self, StrippedTexts, Unstripped};
use crate::analyze::{
    CommonJsAnalysis, LiteralImport, ROOMY_STACK, Syntax, analyze_commonjs, analyze_module,
    detect_syntax, set_thread_stack_size,
};
use crate::module_graph::{
    ContentHash, Edge, EdgeAttributes, EdgeKind, ModuleFormat, ModuleGraph, ModuleTraits,
};

const SMALL_STACK: usize = 4 << 20;
/// More would take longer to start than the crawl of most apps.
const MAX_THREADS: usize = 8;

/// Where a graph begins.
#[derive(Debug, Clone, Copy)]
pub enum Entry<'a> {
    /// What `node` is given to run: extensions and `index` are tried.
    Path(&'a Path),
    /// A `file:` URL, exactly.
    Url(&'a str),
}

impl<'a> From<&'a Path> for Entry<'a> {
    fn from(path: &'a Path) -> Self {
        Self::Path(path)
    }
}

/// What a crawl has found.
#[derive(Debug)]
pub struct Crawled {
    /// Everything that was reached.
    pub graph: ModuleGraph,
    /// TypeScript of which there was no text, each content once. If there is any, the graph is not whole:
    /// what it imports may be missing.
    pub unstripped: Vec<Unstripped>,
    /// Requests that lead nowhere, in no order.
    pub(super) refused: Vec<Refused>,
    /// By the URL of each module that lies in one; empty unless the plan asks for them.
    pub(super) packages: FxHashMap<String, Arc<PackagePlace>>,
}

/// Crawls everything that `entry` reaches; TypeScript is left to the runtime.
pub fn build_graph<'e>(
    entry: impl Into<Entry<'e>>,
    options: &GraphOptions,
) -> Result<ModuleGraph, GraphError> {
    crawl(entry, options, &StrippedTexts::default()).map(|crawled| crawled.graph)
}

/// Crawls everything that `entry` reaches, with what the runtime makes of TypeScript.
pub fn crawl<'e>(
    entry: impl Into<Entry<'e>>,
    options: &GraphOptions,
    texts: &StrippedTexts,
) -> Result<Crawled, GraphError> {
    crawl_within(&[entry.into()], options, texts, &Plan::default())
}

/// Crawls everything that `entries` reach within `plan`.
pub(super) fn crawl_within(
    entries: &[Entry<'_>],
    options: &GraphOptions,
    texts: &StrippedTexts,
    plan: &Plan,
) -> Result<Crawled, GraphError> {
    let pool = pool()?;
    let disk = Disk::default();
    let crawl = Crawl {
        resolver: Resolver::new(&disk, options),
        texts,
        plan,
        table: Mutex::default(),
        unstripped: Mutex::default(),
        refused: Mutex::default(),
    };
    let roots = crawl.roots(entries)?;

    let roots: Vec<DraftId> = pool.in_place_scope(|tasks| {
        roots.into_iter().map(|root| crawl.intern(root, true, tasks)).collect()
    });
    if plan.watch.is_cancelled() {
        return Err(GraphError::Cancelled);
    }
    let table = crawl.table.into_inner().unwrap_or_else(PoisonError::into_inner);
    let drafts: Vec<Draft> = table.drafts.into_iter().flatten().collect();
    let packages = match plan.wants_packages {
        true => place::packages_of(&crawl.resolver, &drafts),
        false => FxHashMap::default(),
    };
    let refused = crawl.refused.into_inner().unwrap_or_else(PoisonError::into_inner);
    let unstripped = crawl.unstripped.into_inner().unwrap_or_else(PoisonError::into_inner);
    let unstripped = unstripped.into_iter();
    let unstripped = unstripped
        .map(|((content_hash, dialect), text)| Unstripped { content_hash, text, dialect })
        .collect();
    // Their text has one owner from here on.
    let observations = disk.finish(options.every_absence);
    let graph = order::into_graph(&roots, drafts, observations, options.require_module);
    Ok(Crawled { graph, unstripped, refused, packages })
}

/// Threads that are made for reading sources and end with this.
pub(super) fn pool() -> Result<rayon::ThreadPool, GraphError> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS);
    let pool = |stack_size: usize| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .stack_size(stack_size)
            .start_handler(move |_| set_thread_stack_size(stack_size))
            .thread_name(|number| format!("graph-{number}"))
            .build()
    };
    pool(ROOMY_STACK)
        .or_else(|_| pool(SMALL_STACK))
        .map_err(|source| GraphError::Threads { source })
}

/// Every URL asked for so far.
#[derive(Debug, Default)]
struct Table {
    ids: FxHashMap<String, DraftId>,
    /// `None` until loaded.
    drafts: Vec<Option<Draft>>,
    /// Those that nobody has asked to be followed yet.
    unfollowed: FxHashSet<usize>,
}

struct Crawl<'a> {
    resolver: Resolver<'a>,
    texts: &'a StrippedTexts,
    plan: &'a Plan,
    table: Mutex<Table>,
    unstripped: Mutex<FxHashMap<(ContentHash, Dialect), String>>,
    refused: Mutex<Vec<Refused>>,
}

impl<'a> Crawl<'a> {
    /// The entries, then the extra roots that are still files.
    fn roots(&self, entries: &[Entry<'_>]) -> Result<Vec<Destination>, GraphError> {
        let mut roots =
            entries.iter().map(|entry| self.root(*entry)).collect::<Result<Vec<_>, _>>()?;
        roots.extend(self.resolver.options.extra_roots.iter().filter_map(|text| {
            let url = Url::parse(text).ok().filter(|url| url.scheme() == "file")?;
            self.resolver.finish(&url, self.resolver.options.preserve_symlinks).ok()
        }));
        Ok(roots)
    }

    fn root(&self, entry: Entry<'_>) -> Result<Destination, GraphError> {
        match entry {
            Entry::Path(path) => {
                let working_directory = std::env::current_dir();
                let path = match (working_directory, path.is_absolute()) {
                    (_, true) => super::file_url::join(Path::new("/"), &path.to_string_lossy()),
                    (Ok(base), false) => super::file_url::join(&base, &path.to_string_lossy()),
                    (Err(source), false) => return Err(GraphError::NoWorkingDirectory { source }),
                };
                let entry = path.display().to_string();
                self.resolver.main(&path).ok_or(GraphError::EntryNotFound { entry })
            }
            Entry::Url(text) => {
                let entry = || text.to_owned();
                let url = Url::parse(text).ok().filter(|url| url.scheme() == "file");
                let url = url.ok_or_else(|| GraphError::EntryNotAFile { entry: entry() })?;
                self.resolver
                    .finish(&url, self.resolver.options.preserve_symlinks_main)
                    .map_err(|_| GraphError::EntryNotFound { entry: entry() })
            }
        }
    }

    /// The number of the module at `destination`; its load is started if it is to be followed and nobody
    /// has.
    fn intern<'s>(&'s self, destination: Destination, follow: bool, tasks: &Tasks<'s>) -> DraftId
    where
        'a: 's,
    {
        let (url, real) = match destination {
            Destination::File { url, real } => (url, Ok(real)),
            Destination::Builtin(url) => (url, Err(ModuleFormat::Builtin)),
            Destination::Foreign { url } => (url, Err(ModuleFormat::Other)),
        };
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let known = table.ids.get(&url).copied();
        if let Some(id) = known
            && !(follow && table.unfollowed.remove(&id.get()))
        {
            return id;
        }
        let id = known.unwrap_or_else(|| {
            let id = DraftId(u32::try_from(table.drafts.len()).unwrap_or(u32::MAX));
            table.ids.insert(url.clone(), id);
            table.drafts.push(None);
            id
        });
        match real {
            Ok(real) if !follow => {
                let mut draft = Draft::new(url, Some(real.to_path_buf()), ModuleFormat::Other);
                draft.left_to_runtime = Some(NOT_FOLLOWED.to_owned());
                table.drafts[id.get()] = Some(draft);
                table.unfollowed.insert(id.get());
            }
            Ok(real) => {
                self.plan.watch.found();
                table.drafts[id.get()] = None;
                tasks.spawn(move |tasks| {
                    let draft = self.load(url, &real, tasks);
                    self.plan.watch.loaded();
                    let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
                    table.drafts[id.get()] = Some(draft);
                });
            }
            Err(format) => {
                let mut draft = Draft::new(url, None, format);
                if format == ModuleFormat::Other {
                    draft.left_to_runtime = Some("not a file".to_owned());
                }
                table.drafts[id.get()] = Some(draft);
            }
        }
        id
    }

    fn load<'s>(&'s self, url: String, real: &Path, tasks: &Tasks<'s>) -> Draft
    where
        'a: 's,
    {
        let path = Some(real.to_path_buf());
        let mut draft = Draft::new(url, path.clone(), ModuleFormat::Other);
        if self.plan.watch.is_cancelled() {
            return draft;
        }
        // A file that no code of ours was written for must not take the app with it.
        let filled = catch_unwind(AssertUnwindSafe(|| self.fill(&mut draft, real, tasks)))
            .unwrap_or_else(|_| Err("its analysis panicked".to_owned()));
        match filled {
            Ok(()) => draft,
            Err(reason) => Draft {
                left_to_runtime: Some(reason),
                file: draft.file,
                ..Draft::new(draft.url, path, ModuleFormat::Other)
            },
        }
    }

    /// Reads and analyses the module. On `Err` it is left to the runtime, for the reason given.
    fn fill<'s>(&'s self, draft: &mut Draft, real: &Path, tasks: &Tasks<'s>) -> Result<(), String>
    where
        'a: 's,
    {
        // Before the format: what is left to the runtime is watched for changes as well.
        let file = self.resolver.disk.read(real).map_err(|error| match error {
            ReadError::Unstable => "it changes while it is read".to_owned(),
            ReadError::Io(kind) => format!("it cannot be read: {kind}"),
        })?;
        draft.file = Some(Arc::clone(&file));
        let base = Base::new(&draft.url).ok_or("its URL is not a file")?;
        let dialect = Dialect::of(base.pathname(), self.resolver.options);
        let typescript = dialect.is_some();
        let name = format::by_name(base.pathname(), self.resolver.options);
        if let ByName::Left(reason) = name {
            return Err(reason.to_owned());
        }
        let scope = match name {
            ByName::ByScope { .. } => self.package_type(&base).map_err(|it| it.to_string())?,
            _ => PackageType::None,
        };
        if name == (ByName::ByScope { bare: true }) && scope != PackageType::CommonJs && file.wasm {
            return Err("WebAssembly".to_owned());
        }
        let text = file.text.as_deref().ok_or("it is not UTF-8")?;
        let text = match dialect {
            Some(dialect) => self.strip(&draft.url, &file, text, dialect, &base, tasks)?,
            None => text,
        };
        draft.traits.typescript = typescript;
        let detect =
            || self.resolver.options.detect_module && detect_syntax(text) == Syntax::Module;
        draft.format = match (name, scope) {
            (ByName::Json, _) => ModuleFormat::Json,
            (ByName::Module, _) | (ByName::ByScope { .. }, PackageType::Module) => {
                ModuleFormat::Module
            }
            (ByName::ByScope { .. }, PackageType::None) if detect() => {
                draft.traits.format_detected = true;
                ModuleFormat::Module
            }
            _ => ModuleFormat::CommonJs,
        };
        match draft.format {
            ModuleFormat::Json => {
                let parsed: Result<IgnoredAny, _> = serde_json::from_str(text);
                parsed.map(|_| ()).map_err(|error| error.to_string())
            }
            ModuleFormat::Module => {
                draft.text = typescript.then(|| self.texts.named(text, &draft.url));
                self.fill_module(draft, text, &base, tasks)
            }
            _ => {
                draft.text = typescript.then(|| text.to_owned());
                self.fill_commonjs(draft, text, &base, tasks)
            }
        }
    }

    /// What the runtime makes of TypeScript. Where nobody knows, what it may import is crawled all the
    /// same, so that all that is not known is found at once.
    fn strip<'s>(
        &'s self,
        url: &str,
        file: &FileText,
        text: &str,
        dialect: Dialect,
        base: &Base,
        tasks: &Tasks<'s>,
    ) -> Result<&'s str, String>
    where
        'a: 's,
    {
        if typescript::is_refused_at(url) || typescript::is_refused_at(&base.path.to_string_lossy())
        {
            return Err("TypeScript below node_modules".to_owned());
        }
        match self.texts.get(&file.content_hash, dialect) {
            Some(Some(stripped)) => Ok(stripped),
            Some(None) => Err("TypeScript that the runtime does not strip".to_owned()),
            None => {
                let mut unstripped = self.unstripped.lock().unwrap_or_else(PoisonError::into_inner);
                let key = (file.content_hash, dialect);
                let is_new = unstripped.insert(key, text.to_owned()).is_none();
                drop(unstripped);
                let guessed = if is_new { typescript::guess_specifiers(text) } else { Vec::new() };
                for specifier in guessed {
                    if let Ok(destination) = self.resolver.import(specifier, base) {
                        self.intern(destination, true, tasks);
                    }
                }
                Err("TypeScript that was changed, or never stripped".to_owned())
            }
        }
    }

    fn fill_module<'s>(
        &'s self,
        draft: &mut Draft,
        text: &str,
        base: &Base,
        tasks: &Tasks<'s>,
    ) -> Result<(), String>
    where
        'a: 's,
    {
        let analysis = analyze_module(text).map_err(|error| error.to_string())?;
        let ModuleTraits { format_detected, typescript, .. } = draft.traits;
        draft.traits = ModuleTraits { format_detected, typescript, ..analysis.traits };
        draft.metadata = analysis.metadata;
        for request in &draft.metadata.requested_modules {
            let attributes = EdgeAttributes::of(request.attributes.as_deref().unwrap_or_default());
            let specifier = request.specifier.clone();
            draft.edges.push(self.import(EdgeKind::Import, specifier, attributes, base, tasks));
        }
        self.import_late(draft, analysis.dynamic_imports, base, tasks);
        // With what `createRequire` has given it.
        self.require(draft, Vec::new(), base, tasks);
        Ok(())
    }

    fn fill_commonjs<'s>(
        &'s self,
        draft: &mut Draft,
        text: &str,
        base: &Base,
        tasks: &Tasks<'s>,
    ) -> Result<(), String>
    where
        'a: 's,
    {
        let CommonJsAnalysis { requires, dynamic_imports, computed } =
            analyze_commonjs(text).map_err(|error| error.to_string())?;
        draft.traits.computed_import = computed;
        self.import_late(draft, dynamic_imports, base, tasks);
        self.require(draft, requires, base, tasks);
        Ok(())
    }

    /// What its text says it requires, and what it was seen to.
    fn require<'s>(
        &'s self,
        draft: &mut Draft,
        specifiers: Vec<String>,
        base: &Base,
        tasks: &Tasks<'s>,
    ) where
        'a: 's,
    {
        let seen = self.resolver.options.extra_requires.get(&draft.url);
        let more = seen.into_iter().flatten().filter(|one| !specifiers.contains(one)).cloned();
        let more: Vec<String> = more.collect();
        for specifier in specifiers.into_iter().chain(more) {
            let kind = EdgeKind::Require;
            let Some(target) = self.destination(kind, &specifier, base, tasks) else { continue };
            draft.edges.push(Edge {
                kind,
                specifier: Cow::Owned(specifier),
                attributes: EdgeAttributes::None,
                target: Some(target),
            });
        }
    }

    fn import_late<'s>(
        &'s self,
        draft: &mut Draft,
        imports: Vec<LiteralImport>,
        base: &Base,
        tasks: &Tasks<'s>,
    ) where
        'a: 's,
    {
        draft.edges.extend(imports.into_iter().map(|LiteralImport { specifier, attributes }| {
            let attributes = EdgeAttributes::of(&attributes);
            self.import(EdgeKind::DynamicImport, specifier, attributes, base, tasks)
        }));
    }

    fn import<'s>(
        &'s self,
        kind: EdgeKind,
        specifier: String,
        attributes: EdgeAttributes,
        base: &Base,
        tasks: &Tasks<'s>,
    ) -> DraftEdge
    where
        'a: 's,
    {
        let target = self.destination(kind, &specifier, base, tasks);
        Edge { kind, specifier: Cow::Owned(specifier), attributes, target }
    }

    /// The module that a specifier leads to. Why there is none is noted.
    fn destination<'s>(
        &'s self,
        kind: EdgeKind,
        specifier: &str,
        base: &Base,
        tasks: &Tasks<'s>,
    ) -> Option<DraftId>
    where
        'a: 's,
    {
        let is_builtin = self.resolver.is_bare_builtin(specifier);
        let resolved = match kind {
            _ if self.plan.is_external(specifier, is_builtin) => Err(Refusal::External),
            EdgeKind::Require => self.resolver.require(specifier, base).map_err(Refusal::Error),
            _ => self.resolver.import(specifier, base).map_err(Refusal::Error),
        };
        match resolved {
            Ok(destination) => {
                let follow = self.plan.follows(kind, &destination);
                Some(self.intern(destination, follow, tasks))
            }
            Err(refusal) => {
                let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
                refused.push(Refused {
                    importer: base.href().to_owned(),
                    kind,
                    specifier: specifier.to_owned(),
                    refusal,
                });
                None
            }
        }
    }

    fn package_type(&self, base: &Base) -> Result<PackageType, ResolveError> {
        let scope = self.resolver.packages.scope_of(self.resolver.disk, base.directory())?;
        Ok(scope.map_or(PackageType::None, |scope| scope.package.kind))
    }
}
