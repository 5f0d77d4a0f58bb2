//! The start path's door: one class, few calls, arrays instead of objects.
//!
//! Everything a run needs crosses in a handful of calls, because each call costs more than what
//! most of them do. Sources become external strings over the pack's own bytes and bytecode is a
//! view of them; both keep the pack alive.
#![expect(unsafe_code, reason = "external strings and buffers over a pack cannot be made without")]

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use napi::bindgen_prelude::*;
use napi::{Env, JsString, JsStringLatin1, JsStringUtf16};
use napi_derive::napi;

use crate::app::{
    Left, MAX_ATTEMPTS, ObservedEdge, Obstacle, Opened, SelfTest, Session, Settings, Taken, Task,
    Transcript, take_up,
};
use crate::graph::{GraphOptions, PathAlias, Transform, Unstripped};
use crate::miss::MissReason;
use crate::module_graph::{EdgeKind, ModuleFormat};
use crate::pack::{Encoding, Pack, PackError};
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

/// The pack's tables, one element per module unless said otherwise.
#[napi(object, object_from_js = false)]
pub struct Tables {
    /// URLs.
    pub urls: Vec<String>,
    /// `ModuleFormat` numbers: 0 module, 1 commonjs, 2 json, 3 builtin, 4 other.
    pub formats: Uint8Array,
    /// `TRAIT_*` bits of src/pack/rows/module.rs.
    pub traits: Uint8Array,
    /// Where its edges start; every edge of the pack has the number of its row.
    pub edges_at: Uint32Array,
    /// How many of them are static requests, which come first.
    pub requests: Uint32Array,
    /// How many of them come next and are literal `import()`s.
    pub dynamic_imports: Uint32Array,
    /// How many of them come last and are `require()`s.
    pub requires: Uint32Array,
    /// One per edge: the target's row, 0xffffffff if there is none.
    pub targets: Uint32Array,
    /// One per edge: 0 no attributes, 1 `type: 'json'`, 2 others.
    pub attributes: Uint8Array,
    /// Where its bytecode lies in `bytes`: offset, length. Not verified before `source` is called.
    pub bytecode: Float64Array,
    /// The entry's row.
    pub entry: u32,
    /// Why the linker must not run this app; empty if it may.
    pub hooks_only: String,
    /// The conditions the graph was resolved with.
    pub conditions: Vec<String>,
    /// A CommonJS program that was seen to reach ES modules.
    pub reaches_modules: bool,
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
        let pack = Arc::clone(self.pack()?);
        let (data, len) = (pack.bytes().as_ptr().cast_mut(), pack.bytes().len());
        // SAFETY: the bytes live as long as `pack`, which the finalizer drops, and do not move.
        // They are lent for reading only: `runtime/linker/pack.js` hands views of them to V8 as code
        // cache, which reads them, and keeps the buffer to itself.
        unsafe { ArrayBuffer::from_external(env, data, len, pack, |_, pack| drop(pack)) }
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

fn tables_of(pack: &Pack) -> Tables {
    let modules = 0..pack.module_count();
    let (mut edges_at, mut requests) = (Vec::new(), Vec::new());
    let (mut dynamic_imports, mut requires) = (Vec::new(), Vec::new());
    let mut bytecode = Vec::new();
    for at in modules.clone() {
        let range = pack.bytecode_range(at);
        bytecode.extend([range.start as f64, range.len() as f64]);
        let edges = pack.edge_range(at);
        edges_at.push(edges.start as u32);
        let edges = pack.edge_rows(edges);
        let count = |kind| edges.clone().filter(|edge| edge.kind() == kind).count() as u32;
        requests.push(count(EdgeKind::Import));
        dynamic_imports.push(count(EdgeKind::DynamicImport));
        requires.push(count(EdgeKind::Require));
    }
    let edges = pack.edge_rows(0..pack.edge_count());
    let targets = edges.clone().map(|edge| edge.target().map_or(u32::MAX, |target| target.0));
    let targets: Vec<u32> = targets.collect();
    let attributes: Vec<u8> = edges.map(|edge| edge.attributes() as u8).collect();
    Tables {
        urls: modules.clone().map(|at| pack.url(at).to_owned()).collect(),
        formats: modules.clone().map(|at| pack.format(at) as u8).collect::<Vec<_>>().into(),
        traits: modules.map(|at| pack.trait_bits(at)).collect::<Vec<_>>().into(),
        edges_at: edges_at.into(),
        requests: requests.into(),
        dynamic_imports: dynamic_imports.into(),
        requires: requires.into(),
        targets: targets.into(),
        attributes: attributes.into(),
        bytecode: bytecode.into(),
        entry: pack.roots().next().unwrap_or_default(),
        hooks_only: pack.hooks_only().to_owned(),
        conditions: pack.conditions().map(str::to_owned).collect(),
        reaches_modules: pack.reaches_modules(),
    }
}

fn external_text<'env>(
    env: &'env Env,
    pack: &Arc<Pack>,
    encoding: Encoding,
    bytes: &[u8],
) -> Result<JsString<'env>> {
    if bytes.is_empty() {
        return env.create_string("");
    }
    let owner = Arc::clone(pack);
    match encoding {
        Encoding::Latin1 => {
            // SAFETY: the bytes are the pack's own, which do not move or change and live until
            // the finalizer drops `owner`, once the string is gone.
            let text = unsafe {
                JsStringLatin1::from_external(
                    env,
                    bytes.as_ptr(),
                    bytes.len(),
                    owner,
                    |_, owner| {
                        drop(owner);
                    },
                )
            };
            Ok(text?.into_value())
        }
        Encoding::Utf16 => {
            // SAFETY: `u16` has no invalid bit patterns; `align_to` gives no wrong element.
            let (head, units, tail) = unsafe { bytes.align_to::<u16>() };
            if !head.is_empty() || !tail.is_empty() || cfg!(target_endian = "big") {
                let units =
                    bytes.chunks_exact(2).map(|two| u16::from(two[0]) | u16::from(two[1]) << 8);
                return env.create_string_utf16(units.collect::<Vec<_>>());
            }
            // SAFETY: as for Latin-1 above.
            let text = unsafe {
                JsStringUtf16::from_external(env, units.as_ptr(), units.len(), owner, |_, owner| {
                    drop(owner);
                })
            };
            Ok(text?.into_value())
        }
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
