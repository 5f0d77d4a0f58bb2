//! A pack made ahead of time: nothing of the app has run.
//!
//! The evidence is the runtime's own answers, as for a watched run, but asked for one by one: where
//! each specifier leads, which format and text each module has, what the engine says it requests,
//! what its names are. Here they are compared with the crawl, and unlike a run's they must cover it:
//! what the runtime refuses and the crawl does not is a difference as well.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest, Sha256};

use super::assemble::Seen;
use super::evidence::Observed;
use super::linkable::{asks_too_much, static_graph};
use super::named::key_of;
use super::place::{Place, options_for};
use super::portable::{Root, make_relative, settings_of};
use super::session::{Session, Settings};
use super::transcript::ObservedEdge;
use super::typescript::{Strip, crawl_whole};
use crate::format;
use crate::graph::{Entry, GraphOptions, StrippedTexts};
use crate::miss::MissReason;
use crate::module_graph::{ContentHash, EdgeKind, Found, Module, ModuleFormat, ModuleGraph};
use crate::pack::{Label, PackContents, SourceText, encode};

/// What the runtime and its engine said when they were asked.
#[derive(Debug, Default)]
pub struct Answers {
    /// As a watched run notes it.
    pub observed: Observed,
    /// Where `require()` leads, by the runtime's own resolution.
    pub requires: Vec<ObservedEdge>,
    /// What the runtime refuses to resolve or to load; the target is what it says.
    pub refused: Vec<ObservedEdge>,
    /// SHA-256 of what the runtime's loader has read.
    pub contents: Vec<(String, ContentHash)>,
    /// Specifiers that the engine requests, in its order.
    pub requests: Vec<(String, Vec<String>)>,
    /// What the engine keeps of modules it has compiled.
    pub bytecode: Vec<(String, Vec<u8>)>,
}

/// A file of its own that serves any place, instead of the store.
#[derive(Debug, Clone, Default)]
pub struct Output {
    /// Where it is written.
    pub file: PathBuf,
    /// What it is relative to; the nearest folder that holds all of it if `None`.
    pub root: Option<PathBuf>,
    /// What lies outside is left to the runtime.
    pub leaves_outside: bool,
    /// It is not compared with the disk but for its entry.
    pub is_frozen: bool,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compiled {
    /// Rows.
    pub modules: u32,
    /// Those of them that are ES modules.
    pub es_modules: u32,
    /// Bytes of the texts of ES modules and JSON; in a frozen pack of CommonJS too.
    pub source_bytes: u64,
    /// Bytes of records, bytecode left out.
    pub metadata_bytes: u64,
    /// Bytes of bytecode.
    pub bytecode_bytes: u64,
    /// Bytes of the whole pack.
    pub pack_bytes: u64,
    /// Why the linker must not run this app; empty if it may.
    pub hooks_only: String,
    /// Modules that are left to the runtime, each with the reason.
    pub left: Vec<(String, String)>,
}

/// A crawl, and where the pack that is made of it belongs.
#[derive(Debug)]
pub struct Compiler {
    place: Place,
    settings: Settings,
    output: Option<Output>,
    graph: Option<ModuleGraph>,
}

impl Compiler {
    /// Crawls an app, as a start with these settings would. `strip` is asked about TypeScript.
    ///
    /// # Errors
    /// Why there is no graph.
    pub fn new(
        settings: Settings,
        conditions: Vec<String>,
        extra_roots: Vec<String>,
        output: Option<Output>,
        strip: &mut Strip<'_>,
    ) -> Result<Self, MissReason> {
        let options = GraphOptions {
            every_absence: output.is_some(),
            ..options_for(&settings.graph, &conditions, extra_roots)
        };
        let (session, _) = Session::open(settings.clone());
        let place = session.place().clone();
        // A file that serves any place names none.
        let mut texts = match output {
            Some(_) => StrippedTexts::nameless(),
            None => StrippedTexts::default(),
        };
        let graph = crawl_whole(Entry::Url(&place.entry_url), &options, &mut texts, strip)?;
        Ok(Self { place, settings, output, graph: Some(graph) })
    }

    /// What the runtime is to be asked about; `None` once the pack is made.
    pub fn graph(&self) -> Option<&ModuleGraph> {
        self.graph.as_ref()
    }

    /// Whether something was written to so shortly before the crawl that another write would leave
    /// no trace: its guard would have to be looked at by every start.
    pub fn is_racy(&self) -> bool {
        let observations = self.graph.iter().flat_map(|graph| &graph.observations);
        observations.map(|seen| &seen.found).any(|found| match found {
            Found::File { stamp, .. } | Found::Directory { stamp } => {
                stamp.is_some_and(|stamp| stamp.racy)
            }
            Found::Absent | Found::Symlink { .. } => false,
        })
    }

    /// The entry's URL as the runtime writes it.
    pub fn entry_url(&self) -> &str {
        &self.place.entry_url
    }

    /// Compares the answers with the crawl and writes the pack where the next start finds it.
    ///
    /// # Errors
    /// What differs, with both answers, or why nothing was written.
    pub fn write(&mut self, answers: &Answers) -> Result<Compiled, MissReason> {
        let none = || MissReason::new("BMES_NOT_PACKED", "it is compiled already");
        let graph = self.graph.take().ok_or_else(none)?;
        answers.observed.compare(&graph)?;
        answers.compare(&graph)?;
        let loaded = answers.observed.loaded(&graph);
        let entry = graph.roots.first().map(|root| &graph.modules[root.get()]);
        if let Some(entry) = entry.filter(|entry| entry.format != ModuleFormat::Module) {
            let why = entry.left_to_runtime.as_deref().unwrap_or("it is not an ES module");
            return Err(MissReason::new("BMES_NOT_PACKED", format!("{}: {why}", entry.url)));
        }
        // What the app is linked with before it starts.
        let needed = graph.modules.iter().zip(static_graph(&graph));
        let mut needed = needed.filter_map(|(module, is_static)| is_static.then_some(module));
        if let Some(module) = needed.find(|module| !loaded.contains(&*module.url)) {
            let why = answers.refused_to(&module.url);
            let why = why.unwrap_or_else(|| "the runtime does not load it".to_owned());
            return Err(MissReason::new("BMES_NOT_PACKED", format!("{}: {why}", module.url)));
        }
        let observed = &answers.observed;
        let broken = broken_when_imported(&graph, &observed.export_names);
        let root = self.output.as_ref().map(|output| root_of(output, &graph)).transpose()?;
        let leaves_outside = self.output.as_ref().is_some_and(|output| output.leaves_outside);
        let is_left = |module: &Module| {
            let path = module.path.as_deref().filter(|_| leaves_outside);
            path.zip(root.as_ref()).is_some_and(|(path, root)| !root.holds(path))
        };
        let seen = Seen::of(graph, observed, |module| {
            loaded.contains(&*module.url) && !broken.contains(&*module.url) && !is_left(module)
        });
        let mut contents = seen.assemble(&self.place, observed, None)?;
        add_bytecode(&mut contents, &answers.bytecode)?;
        if self.output.as_ref().is_some_and(|output| output.is_frozen) {
            add_commonjs(&mut contents, &seen.graph);
        }
        let label = match self.output.as_ref().zip(root.as_ref()) {
            None => None,
            Some((output, root)) => Some(self.make_portable(&mut contents, output, root)?),
        };
        let bytes = encode(&contents)?;
        let compiled = summary(&contents, bytes.len());
        match (&self.output, label) {
            (Some(output), Some(label)) => write_file(&output.file, &[&label, &bytes])?,
            _ => drop(self.place.publish(&bytes)?),
        }
        Ok(compiled)
    }

    /// Makes a pack relative to `root`, and what goes before it.
    fn make_portable(
        &self,
        contents: &mut PackContents<'_>,
        output: &Output,
        root: &Root,
    ) -> Result<Vec<u8>, MissReason> {
        let globals = &self.settings.graph.global_paths;
        make_relative(contents, root, globals, output.is_frozen, output.leaves_outside)?;
        let entry = contents.roots.first().map(|&at| contents.modules[at as usize].url.to_string());
        let label = Label {
            runtime: self.settings.runtime.clone(),
            build: self.settings.build.clone(),
            entry: entry.unwrap_or_default(),
            settings: settings_of(&self.settings, root),
            is_frozen: output.is_frozen,
        };
        contents.app = key_of(&label);
        Ok(label.to_bytes()?)
    }
}

impl Answers {
    /// What the runtime said against an import of this module.
    fn refused_to(&self, url: &str) -> Option<String> {
        self.refused.iter().find(|edge| edge.parent == url).map(|edge| edge.target.clone())
    }

    /// What a watched run cannot be asked: whether all of what was crawled is as the runtime has it.
    fn compare(&self, graph: &ModuleGraph) -> Result<(), MissReason> {
        let by_url: FxHashMap<&str, usize> =
            graph.modules.iter().enumerate().map(|(at, module)| (&*module.url, at)).collect();
        let module = |url: &str| by_url.get(url).map(|&at| &graph.modules[at]);
        let differs = |what: String| Err(MissReason::new("BMES_PREDICTION_DIFFERS", what));
        for edge in &self.requires {
            let Some(parent) = module(&edge.parent) else { continue };
            let requires = parent.edges_of(EdgeKind::Require);
            let same = requires.filter(|one| one.specifier == edge.specifier);
            for target in same.filter_map(|one| one.target) {
                let predicted = &*graph.modules[target.get()].url;
                if predicted != edge.target {
                    return differs(format!(
                        "require({:?}) in {}: predicted {predicted}, the runtime took {}",
                        edge.specifier, edge.parent, edge.target
                    ));
                }
            }
        }
        for edge in &self.refused {
            if let Some(predicted) = predicted(graph, module(&edge.parent), &edge.specifier) {
                return differs(format!(
                    "{} in {}: predicted {predicted}, the runtime says {}",
                    edge.specifier, edge.parent, edge.target
                ));
            }
        }
        for (url, hash) in &self.contents {
            if module(url).is_some_and(|module| module.content_hash != *hash) {
                return differs(format!(
                    "{url}: the runtime has read another text than is on disk"
                ));
            }
        }
        for (url, engine) in &self.requests {
            let Some(module) = module(url) else { continue };
            let recorded = module.metadata.requested_modules.iter().map(|it| &*it.specifier);
            if !recorded.eq(engine.iter().map(String::as_str)) {
                let recorded: Vec<_> = module.metadata.requested_modules.iter().collect();
                let recorded: Vec<_> = recorded.iter().map(|it| &*it.specifier).collect();
                return differs(format!(
                    "{url}: its record requests {recorded:?}, the engine {engine:?}"
                ));
            }
        }
        Ok(())
    }
}

fn root_of(output: &Output, graph: &ModuleGraph) -> Result<Root, MissReason> {
    let none = || MissReason::new("BMES_OUTSIDE_ROOT", "there is no folder that holds the app");
    let Some(root) = &output.root else { return Root::of(graph).ok_or_else(none) };
    let real = root.canonicalize().map_err(|error| {
        MissReason::new("BMES_OUTSIDE_ROOT", format!("{}: {error}", root.display()))
    })?;
    Root::new(&real).ok_or_else(none)
}

/// Gives the file its name when all of it is there. It is read by whoever runs the app.
fn write_file(file: &Path, parts: &[&[u8]]) -> Result<(), MissReason> {
    let write = || {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let temporary =
            folder.unwrap_or(Path::new(".")).join(format!(".{name}.{}.tmp", std::process::id()));
        let written = (|| {
            let mut out = File::create_new(&temporary)?;
            for part in parts {
                out.write_all(part)?;
            }
            #[cfg(unix)]
            out.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
            fs::rename(&temporary, file)
        })();
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    };
    write().map_err(|error| {
        MissReason::new("BMES_STORE_IO", format!("cannot write {}: {error}", file.display()))
    })
}

/// Modules that ask CommonJS for a name it does not have, and that only an `import()` reaches: the
/// runtime has its own error for them, which is none of the apps that never come there.
fn broken_when_imported(
    graph: &ModuleGraph,
    export_names: &[(String, Vec<String>)],
) -> FxHashSet<String> {
    let names: FxHashMap<&str, Vec<Cow<'_, str>>> = export_names
        .iter()
        .map(|(url, names)| (&**url, names.iter().map(|name| Cow::Borrowed(&**name)).collect()))
        .collect();
    let asks =
        asks_too_much(graph, |at| names.get(&*graph.modules[at.get()].url).map(Vec::as_slice));
    let is_broken = asks.into_iter().zip(static_graph(graph));
    let modules = graph.modules.iter().zip(is_broken);
    modules
        .filter(|(_, (asks, is_static))| *asks && !is_static)
        .map(|(module, _)| module.url.clone())
        .collect()
}

/// Where the crawl says a specifier leads; for an empty one, that the module itself is what it is.
fn predicted<'a>(
    graph: &'a ModuleGraph,
    parent: Option<&'a Module>,
    specifier: &str,
) -> Option<Cow<'a, str>> {
    let parent = parent?;
    if specifier.is_empty() {
        let is_ours = parent.format != ModuleFormat::Other;
        return is_ours.then(|| Cow::Owned(format!("{:?}", parent.format)));
    }
    let mut same = parent.edges.iter().filter(|edge| edge.specifier == specifier);
    let at = same.find_map(|edge| edge.target)?;
    Some(Cow::Borrowed(&*graph.modules[at.get()].url))
}

fn add_bytecode(
    contents: &mut PackContents<'_>,
    bytecode: &[(String, Vec<u8>)],
) -> Result<(), MissReason> {
    let by_url: FxHashMap<&str, &[u8]> =
        bytecode.iter().map(|(url, bytes)| (&**url, &**bytes)).collect();
    for module in &mut contents.modules {
        let Some(bytes) = by_url.get(&*module.url) else { continue };
        if module.format != ModuleFormat::Module || bytes.is_empty() {
            continue;
        }
        let record = format::with_bytecode(&module.record, bytes)
            .map_err(|error| MissReason::new("BMES_NOT_PACKED", error.to_string()))?;
        (module.record, module.bytecode_len) = (Cow::Owned(record), bytes.len());
    }
    Ok(())
}

/// Texts of CommonJS, as the runtime reads them: where what was decoded is not the file's own bytes, a byte
/// order mark say, it reads the file.
fn add_commonjs<'a>(contents: &mut PackContents<'a>, graph: &'a ModuleGraph) {
    for (packed, module) in contents.modules.iter_mut().zip(&graph.modules) {
        let is_text = module.format == ModuleFormat::CommonJs && !module.traits.typescript;
        if is_text && module.content_hash == *Sha256::digest(module.source.as_bytes()) {
            packed.source = SourceText::new(&module.source);
        }
    }
}

fn summary(contents: &PackContents<'_>, pack_len: usize) -> Compiled {
    let modules = &contents.modules;
    let sum = |of: &dyn Fn(&crate::pack::PackModule<'_>) -> usize| {
        modules.iter().map(|module| of(module) as u64).sum::<u64>()
    };
    let left = modules.iter().filter(|module| !module.left_to_runtime.is_empty());
    Compiled {
        modules: modules.len() as u32,
        es_modules: modules.iter().filter(|it| it.format == ModuleFormat::Module).count() as u32,
        source_bytes: sum(&|module| module.source.bytes.len()),
        metadata_bytes: sum(&|module| module.record.len() - module.bytecode_len),
        bytecode_bytes: sum(&|module| module.bytecode_len),
        pack_bytes: pack_len as u64,
        hooks_only: contents.hooks_only.to_string(),
        left: left
            .map(|module| (module.url.to_string(), module.left_to_runtime.to_string()))
            .collect(),
    }
}
