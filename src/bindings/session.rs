//! The start path's door: one class, few calls, arrays instead of objects.
//!
//! Everything a run needs crosses in a handful of calls, because each call costs more than what
//! most of them do. Sources become external strings over the pack's own bytes and bytecode is a
//! view of them; both keep the pack alive.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use napi::bindgen_prelude::*;
use napi::{Env, JsString};
use napi_derive::napi;

use super::pack::{Tables, external_bytes, external_text, tables_of};
use crate::app::{
    Left, MAX_ATTEMPTS, ObservedEdge, Obstacle, Opened, SelfTest, Session, Settings, Taken, Task,
    Transcript, take_up,
};
use crate::graph::{GraphOptions, PathAlias, Transform, Unstripped};
use crate::miss::MissReason;
use crate::module_graph::ModuleFormat;
use crate::pack::{Pack, PackError};
use crate::store::{Outcome, hex, key_of_hex};

/// What a process tells about itself.
#[napi(object, object_to_js = false)]
pub struct SessionSettings {
    /// The entry's path.
    pub entry: String,
    /// The cache directory, if not the default one.
    pub directory: Option<String>,
    /// `node-24.9.0-linux-x64`.
    pub runtime: String,
    /// What else tells builds apart.
    pub build: String,
    /// Flags that could lead a specifier elsewhere.
    pub flags: Vec<String>,
    /// Write nothing.
    pub read_only: bool,
    /// Records of equal modules elsewhere will do.
    pub shared: bool,
    /// The store's limit in bytes, if not the default one.
    pub max_size: Option<f64>,
    /// A pack to use where the store has none.
    pub pack: Option<String>,
    /// Of a worker thread.
    pub in_worker: bool,
    /// `module.builtinModules`, joined by commas.
    pub builtins: String,
    /// `--preserve-symlinks`.
    pub preserve_symlinks: bool,
    /// `--preserve-symlinks-main`.
    pub preserve_symlinks_main: bool,
    /// ES syntax is looked for where nothing says what a file is.
    pub detect_module: bool,
    /// `require()` takes ES modules.
    pub require_module: bool,
    /// Types are stripped from TypeScript, and nothing else is done with it.
    pub strip_types: bool,
    /// What is asked for beyond that: more is transformed.
    pub transform: Option<TransformSettings>,
    /// Specifiers may start with `#/`.
    pub root_imports: bool,
    /// `module.globalPaths`, where `require` looks last.
    pub global_paths: Vec<String>,
}

impl From<SessionSettings> for Settings {
    fn from(settings: SessionSettings) -> Self {
        Self {
            entry: PathBuf::from(settings.entry),
            directory: settings.directory.map(PathBuf::from),
            runtime: settings.runtime,
            build: settings.build,
            flags: settings.flags,
            read_only: settings.read_only,
            shared: settings.shared,
            max_size: settings.max_size.map(|bytes| bytes as u64),
            named_pack: settings.pack.map(PathBuf::from),
            in_worker: settings.in_worker,
            graph: GraphOptions {
                preserve_symlinks: settings.preserve_symlinks,
                preserve_symlinks_main: settings.preserve_symlinks_main,
                detect_module: settings.detect_module,
                require_module: settings.require_module,
                strip_types: settings.strip_types,
                transform: settings.transform.map(Transform::from),
                root_imports: settings.root_imports,
                global_paths: settings.global_paths.into_iter().map(PathBuf::from).collect(),
                builtins: settings.builtins.split(',').map(str::to_owned).collect(),
                ..GraphOptions::default()
            },
        }
    }
}

/// How specifiers of what is transformed are resolved.
#[napi(object, object_to_js = false)]
pub struct TransformSettings {
    /// `paths` of a `tsconfig.json`, the most specific first.
    pub paths: Vec<PathAliasSettings>,
}

/// One of these `paths`.
#[napi(object, object_to_js = false)]
pub struct PathAliasSettings {
    /// What specifiers are to look like, with one `*` at most.
    pub pattern: String,
    /// Absolute paths with the same `*`.
    pub targets: Vec<String>,
}

impl From<TransformSettings> for Transform {
    fn from(settings: TransformSettings) -> Self {
        let alias = |it: PathAliasSettings| PathAlias { pattern: it.pattern, targets: it.targets };
        Self { paths: settings.paths.into_iter().map(alias).collect() }
    }
}

/// The engine's own cache.
#[napi(object, object_from_js = false)]
pub struct CompileCache {
    /// Its folder in the store.
    pub directory: String,
    /// Whether an earlier run has made it.
    pub is_filled: bool,
}

/// What was found at the start.
#[napi(object, object_from_js = false)]
pub struct OpenedState {
    /// `hit`, `refreshed` or `miss`.
    pub kind: &'static str,
    /// Why, unless it is a hit.
    pub code: &'static str,
    /// About what.
    pub detail: String,
}

/// What a watched run saw.
#[napi(object, object_to_js = false)]
pub struct Observation {
    /// Of imports: parent URL, specifier, target URL, over and over.
    pub imports: Vec<String>,
    /// Of `require()`: the same.
    pub requires: Vec<String>,
    /// URL, format, over and over.
    pub formats: Vec<String>,
    /// URLs of CommonJS modules whose namespaces were asked.
    pub named: Vec<String>,
    /// Their export names.
    pub names: Vec<Vec<String>>,
    /// URLs of importers that are CommonJS.
    pub commonjs: Vec<String>,
    /// The program ran already.
    pub is_late: bool,
    /// The conditions of imports.
    pub conditions: Vec<String>,
}

impl From<Observation> for Transcript {
    fn from(seen: Observation) -> Self {
        let edges = |flat: Vec<String>| {
            let mut flat = flat.into_iter();
            let mut edges = Vec::with_capacity(flat.len() / 3);
            while let (Some(parent), Some(specifier), Some(target)) =
                (flat.next(), flat.next(), flat.next())
            {
                edges.push(ObservedEdge { parent, specifier, target });
            }
            edges
        };
        let pair = |two: &[String]| match two {
            [url, format] => Some((url.clone(), format.clone())),
            _ => None,
        };
        Self {
            imports: edges(seen.imports),
            requires: edges(seen.requires),
            formats: seen.formats.chunks(2).filter_map(pair).collect(),
            export_names: seen.named.into_iter().zip(seen.names).collect(),
            commonjs: seen.commonjs,
            is_late: seen.is_late,
            conditions: seen.conditions,
        }
    }
}

/// What is against linking an app.
#[napi(object, object_from_js = false)]
pub struct LinkingObstacle {
    /// `untested`, `failed` or `crashed`.
    pub kind: &'static str,
    /// For people.
    pub detail: String,
}

/// What the self-test of a runtime has found.
#[napi(object, object_to_js = false)]
pub struct SelfTestResult {
    /// The cache directory.
    pub directory: String,
    /// `node-24.9.0-linux-x64`.
    pub runtime: String,
    /// What else tells builds apart.
    pub build: String,
    /// Whether the linker may run on it.
    pub has_passed: bool,
    /// If not, why; for people.
    pub detail: String,
}

/// Keeps what the self-test has found.
#[napi(catch_unwind)]
pub fn end_self_test(result: SelfTestResult) -> Result<()> {
    let SelfTestResult { directory, runtime, build, has_passed, detail } = result;
    let outcome = if has_passed { Outcome::Passed } else { Outcome::Failed };
    SelfTest::of(directory.into(), &runtime, &build).end(outcome, &detail).map_err(to_js)
}

/// One process's view of its app's cache. Internal: the package's own `runtime/` is its only user.
#[napi(js_name = "Session")]
pub struct SessionHandle {
    session: Session,
    opened: Opened,
    /// Of a learner.
    taken: Option<Taken>,
}

#[napi]
impl SessionHandle {
    /// Opens the app's pack and looks at its guards. Never throws for what the disk holds. `strip` is asked
    /// about TypeScript that was written to since.
    #[napi(constructor, catch_unwind)]
    pub fn new(settings: SessionSettings, strip: Option<StripTypes<'_>>) -> Self {
        let (session, opened) = match strip {
            Some(strip) => Session::open_stripping(settings.into(), &mut asked(strip)),
            None => Session::open(settings.into()),
        };
        Self { session, opened, taken: None }
    }

    /// Takes up what a run has left of an app, and makes its pack. Nothing is written before `save` or
    /// `finish`, and what was left stays until `done`. `strip` is asked about TypeScript.
    #[napi(factory, catch_unwind)]
    pub fn take_up(
        root: String,
        runtime: String,
        build: String,
        key: String,
        strip: StripTypes<'_>,
    ) -> Result<Self> {
        let task = task(root, runtime, build, &key)?;
        let (session, taken) = take_up(&task, &mut asked(strip)).map_err(to_js)?;
        Ok(Self { session, opened: Opened::Hit, taken: Some(taken) })
    }

    /// What was taken up is done.
    #[napi(catch_unwind)]
    pub fn done(&mut self) -> Result<()> {
        self.taken.take().map_or(Ok(()), Taken::done).map_err(to_js)
    }

    /// Whether something was left that nobody has taken up yet.
    #[napi(catch_unwind)]
    pub fn is_left(root: String, runtime: String, build: String, key: String) -> Result<bool> {
        Ok(task(root, runtime, build, &key)?.is_left())
    }

    /// The app's key, by which a learner finds what was left.
    #[napi(getter, catch_unwind)]
    pub fn key(&self) -> String {
        hex(self.session.key())
    }

    /// What was found.
    #[napi(getter, catch_unwind)]
    pub fn opened(&self) -> OpenedState {
        let state = |kind, reason: &MissReason| OpenedState {
            kind,
            code: reason.code,
            detail: reason.detail.clone(),
        };
        match &self.opened {
            Opened::Hit => OpenedState { kind: "hit", code: "", detail: String::new() },
            Opened::Refreshed(reason) => state("refreshed", reason),
            Opened::Miss(reason) => state("miss", reason),
        }
    }

    /// The entry's URL as the runtime writes it.
    #[napi(getter, catch_unwind)]
    pub fn entry_url(&self) -> &str {
        self.session.entry_url()
    }

    /// Why the pack that the user has named was not used; empty if it was, or if none was named.
    #[napi(getter, catch_unwind)]
    pub fn named_miss(&self) -> String {
        self.session.named_miss().map(MissReason::to_string).unwrap_or_default()
    }

    /// Where the engine's own cache is.
    #[napi(catch_unwind)]
    pub fn compile_cache(&mut self) -> Result<CompileCache> {
        let (path, is_filled) = self.session.compile_cache().map_err(to_js)?;
        Ok(CompileCache { directory: path.to_string_lossy().into_owned(), is_filled })
    }

    /// The engine is going to keep a module that is not in the pack, with a text of this length.
    #[napi(catch_unwind)]
    pub fn expect_in_compile_cache(&mut self, source_length: u32) {
        self.session.expect_in_compile_cache(source_length.into());
    }

    /// Whether the pack is one that is not compared with the disk.
    #[napi(getter, catch_unwind)]
    pub fn frozen(&self) -> bool {
        self.session.is_frozen()
    }

    /// The pack's tables.
    #[napi(catch_unwind)]
    pub fn tables(&self) -> Result<Tables> {
        Ok(tables_of(self.pack()?))
    }

    /// The specifier of every edge.
    #[napi(catch_unwind)]
    pub fn specifiers(&self) -> Result<Vec<&str>> {
        let pack = self.pack()?;
        Ok(pack.edge_rows(0..pack.edge_count()).map(|edge| edge.specifier()).collect())
    }

    /// A module's text over the pack's own bytes. It and the module's record, whose tail is the
    /// bytecode, are verified now, and that the record means the same tail by it.
    #[napi(catch_unwind)]
    pub fn source<'env>(&self, env: &'env Env, index: u32) -> Result<JsString<'env>> {
        let pack = self.module(index)?;
        let text = pack.source(index).map_err(|error| to_js(error.into()))?;
        pack.bytecode(index).map_err(|error| to_js(error.into()))?;
        external_text(env, pack, text.encoding, &text.bytes)
    }

    /// Whether a module's file is still what the pack says.
    #[napi(catch_unwind)]
    pub fn is_current(&mut self, index: u32) -> bool {
        self.module(index).is_ok() && self.session.is_current(index)
    }

    /// Whether a `require()` still leads where the pack says: `edge` is one of module `parent`.
    #[napi(catch_unwind)]
    pub fn require_holds(&mut self, parent: u32, edge: u32) -> bool {
        self.module(parent).is_ok() && self.session.require_holds(parent, edge)
    }

    /// Whether specifiers still lead where the pack says.
    #[napi(catch_unwind)]
    pub fn is_layout_current(&mut self) -> bool {
        self.session.is_layout_current()
    }

    /// The whole pack, not copied. It must never be written to.
    #[napi(catch_unwind)]
    pub fn bytes<'env>(&self, env: &'env Env) -> Result<ArrayBuffer<'env>> {
        external_bytes(env, self.pack()?)
    }

    /// Whether nothing is written.
    #[napi(getter, catch_unwind)]
    pub fn read_only(&self) -> bool {
        self.session.is_read_only()
    }

    /// Takes the right to watch this run, or says why it is not to be watched. False if learners have
    /// died over this app before: then it is to be learnt here.
    #[napi(catch_unwind)]
    pub fn watch(&mut self) -> Result<bool> {
        Ok(self.session.watch().map_err(to_js)? < MAX_ATTEMPTS)
    }

    /// Leaves what was seen for a learner. Null if one is to be started, else why not.
    #[napi(catch_unwind)]
    pub fn leave(&mut self, observation: Observation) -> Result<Option<String>> {
        Ok(match self.session.leave(observation.into()).map_err(to_js)? {
            Left::ToBeLearnt => None,
            Left::BeingLearnt => Some("BMES_LEARNING another process is at it".to_owned()),
            Left::Refused(reason) => Some(reason),
        })
    }

    /// Learns from a watched run and writes the pack, on another thread. `strip` is asked about TypeScript
    /// now.
    #[napi(catch_unwind)]
    pub fn learn(&mut self, observation: Observation, strip: StripTypes<'_>) {
        self.session.start_learning(observation.into(), &mut asked(strip));
    }

    /// Saves bytecode on another thread: one buffer or null per module.
    #[napi(catch_unwind)]
    pub fn save(&mut self, bytecode: Vec<Option<Uint8Array>>) {
        let owned = |buffer: Option<Uint8Array>| buffer.map(|bytes| bytes.to_vec());
        self.session.save(bytecode.into_iter().map(owned).collect());
    }

    /// What is against linking this app here, if anything is.
    #[napi(catch_unwind)]
    pub fn obstacle(&mut self) -> Option<LinkingObstacle> {
        let (kind, detail) = match self.session.obstacle()? {
            Obstacle::Untested => ("untested", ""),
            Obstacle::Failed(detail) => ("failed", detail.as_str()),
            Obstacle::Crashed(detail) => ("crashed", detail.as_str()),
        };
        Some(LinkingObstacle { kind, detail: detail.to_owned() })
    }

    /// The linker goes to work: if the process dies now, the next start of this app does without.
    #[napi(catch_unwind)]
    pub fn begin_linking(&mut self) {
        self.session.begin_linking();
    }

    /// It has done.
    #[napi(catch_unwind)]
    pub fn end_linking(&mut self) {
        self.session.end_linking();
    }

    /// Starts the self-test of this runtime in a process of its own, unless somebody has lately. To
    /// `args` the cache directory is added; `env` is name, value, over and over.
    #[napi(catch_unwind)]
    pub fn start_self_test(&self, program: String, args: Vec<String>, env: Vec<String>) {
        let pair = |two: &[String]| match two {
            [name, value] => Some((OsString::from(name), OsString::from(value))),
            _ => None,
        };
        let env = env.chunks(2).filter_map(pair).collect();
        let args = args.into_iter().map(OsString::from).collect();
        self.session.start_self_test(&program.into(), args, env);
    }

    /// Removes the app's pack: what it holds is damaged. The next run is native and watched. Says
    /// whether it is gone.
    #[napi(catch_unwind)]
    pub fn discard(&mut self) -> bool {
        self.session.discard().is_ok()
    }

    /// Waits for what is being saved.
    #[napi(catch_unwind)]
    pub fn finish(&mut self) -> Result<()> {
        self.session.finish().map_err(to_js)
    }
}

/// Strips the types of texts, each of them or null where the runtime refuses it. With them comes the
/// extension that says what each is: `ts`, `tsx` or `jsx`.
pub(super) type StripTypes<'env> =
    Function<'env, FnArgs<(Vec<String>, Vec<&'static str>)>, Vec<Option<String>>>;

pub(super) fn asked(
    strip: StripTypes<'_>,
) -> impl FnMut(&[Unstripped]) -> std::result::Result<Vec<Option<String>>, String> {
    move |unstripped| {
        let texts = unstripped.iter().map(|it| it.text.clone()).collect();
        let extensions = unstripped.iter().map(|it| it.dialect.extension()).collect();
        strip.call((texts, extensions).into()).map_err(|error| error.reason.clone())
    }
}

fn task(root: String, runtime: String, build: String, key: &str) -> Result<Task> {
    let key = key_of_hex(key).ok_or_else(|| Error::new(Status::InvalidArg, "no key"))?;
    Ok(Task { root: PathBuf::from(root), runtime, build, key })
}

impl SessionHandle {
    fn pack(&self) -> Result<&Arc<Pack>> {
        let none = || Error::new(Status::GenericFailure, "this run has no pack");
        self.session.pack().ok_or_else(none)
    }

    fn module(&self, index: u32) -> Result<&Arc<Pack>> {
        let pack = self.pack()?;
        if index < pack.module_count() {
            return Ok(pack);
        }
        Err(Error::new(Status::InvalidArg, format!("the pack has no module {index}")))
    }
}

pub(super) fn to_js(reason: MissReason) -> Error {
    Error::new(Status::GenericFailure, format!("{} {}", reason.code, reason.detail))
}

impl From<PackError> for Error {
    fn from(error: PackError) -> Self {
        to_js(error.into())
    }
}

/// Numbers of [`ModuleFormat`] that `runtime/` knows by value.
const _: () = assert!(ModuleFormat::Module as u8 == 0 && ModuleFormat::Other as u8 == 4);
