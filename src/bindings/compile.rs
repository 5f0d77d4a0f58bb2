//! What `bmes compile` asks of the core: the questions a crawl leaves, and the conclusion from answers.

use napi::bindgen_prelude::*;
use napi_derive::napi;

use super::session::{SessionSettings, StripTypes, asked, to_js};
use crate::app::{Answers, Compiled, Compiler, Observed, ObservedEdge, Output};
use crate::module_graph::{EdgeKind, ModuleFormat};

/// What the crawl says of one module, for the runtime to be asked about.
#[napi(object, object_from_js = false)]
pub struct Question {
    /// Its URL.
    pub url: String,
    /// `ModuleFormat` number: 0 module, 1 commonjs, 2 json, 3 builtin, 4 other.
    pub format: u8,
    /// What it asks for: specifiers, by kind.
    pub specifiers: Vec<String>,
    /// `EdgeKind` numbers: 0 import, 1 `import()`, 2 `require()`.
    pub kinds: Uint8Array,
    /// 0 no attributes, 1 `type: 'json'`, 2 others.
    pub attributes: Uint8Array,
    /// Of an ES module that is TypeScript: what the engine compiles.
    pub stripped: Option<String>,
}

/// What the runtime and its engine answered.
#[napi(object, object_to_js = false)]
pub struct AnswersGiven {
    /// Of imports: parent URL, specifier, target URL, over and over.
    pub imports: Vec<String>,
    /// Of `require()`: the same.
    pub requires: Vec<String>,
    /// What was refused: parent URL, specifier, what the runtime says, over and over. An empty
    /// specifier means the loading of the module itself.
    pub refused: Vec<String>,
    /// URL, format, over and over.
    pub formats: Vec<String>,
    /// URLs of CommonJS modules whose names were asked for.
    pub named: Vec<String>,
    /// Their export names.
    pub names: Vec<Vec<String>>,
    /// ES modules that CommonJS can reach.
    pub reached_by_commonjs: Vec<String>,
    /// URLs of ES modules that are imported from outside of the graph.
    pub roots: Vec<String>,
    /// URLs of modules that the loader has read.
    pub loaded: Vec<String>,
    /// SHA-256 of what it has read.
    pub hashes: Vec<Uint8Array>,
    /// URLs of modules that the engine has compiled.
    pub compiled: Vec<String>,
    /// What they request.
    pub requests: Vec<Vec<String>>,
    /// Their bytecode; empty if there is none.
    pub bytecode: Vec<Uint8Array>,
}

/// What was written.
#[napi(object, object_from_js = false)]
pub struct CompiledPack {
    /// How many modules the pack holds.
    pub modules: u32,
    /// How many of them are ES modules.
    pub es_modules: u32,
    /// Bytes of text.
    pub source_bytes: f64,
    /// Bytes of records without their bytecode.
    pub metadata_bytes: f64,
    /// Bytes of bytecode.
    pub bytecode_bytes: f64,
    /// Bytes of the pack.
    pub pack_bytes: f64,
    /// Why the linker must not run this app; empty if it may.
    pub hooks_only: String,
    /// URL and reason of what is left to the runtime, over and over.
    pub left: Vec<String>,
}

/// A portable file to write, instead of a pack in the store.
#[napi(object, object_to_js = false)]
pub struct CompileOutput {
    /// Where.
    pub file: String,
    /// What it is relative to, if not the nearest folder that holds all of it.
    pub root: Option<String>,
    /// What lies outside is left to the runtime.
    pub leaves_outside: bool,
    /// It is not compared with the disk but for its entry.
    pub is_frozen: bool,
}

/// An app that is being compiled. Internal: `learn/` is its only user.
#[napi(js_name = "Compiler")]
pub struct CompilerHandle(Compiler);

#[napi]
impl CompilerHandle {
    /// Crawls the app. `strip` is asked about TypeScript.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        settings: SessionSettings,
        conditions: Vec<String>,
        roots: Vec<String>,
        output: Option<CompileOutput>,
        strip: StripTypes<'_>,
    ) -> Result<Self> {
        let output = output.map(|output| Output {
            file: output.file.into(),
            root: output.root.map(Into::into),
            leaves_outside: output.leaves_outside,
            is_frozen: output.is_frozen,
        });
        let compiler = Compiler::new(settings.into(), conditions, roots, output, &mut asked(strip));
        Ok(Self(compiler.map_err(to_js)?))
    }

    /// The entry's URL as the runtime writes it.
    #[napi(getter, catch_unwind)]
    pub fn entry_url(&self) -> &str {
        self.0.entry_url()
    }

    /// Whether something was written to just before the crawl.
    #[napi(getter, catch_unwind)]
    pub fn is_racy(&self) -> bool {
        self.0.is_racy()
    }

    /// What the runtime is to be asked about.
    #[napi(catch_unwind)]
    pub fn questions(&self) -> Vec<Question> {
        let modules = self.0.graph().map_or(&[][..], |graph| &graph.modules);
        modules
            .iter()
            .map(|module| Question {
                url: module.url.clone(),
                format: module.format as u8,
                specifiers: module.edges.iter().map(|edge| edge.specifier.to_string()).collect(),
                kinds: module.edges.iter().map(|edge| edge.kind as u8).collect::<Vec<_>>().into(),
                attributes: module
                    .edges
                    .iter()
                    .map(|edge| edge.attributes as u8)
                    .collect::<Vec<_>>()
                    .into(),
                stripped: (module.traits.typescript && module.format == ModuleFormat::Module)
                    .then(|| module.source.clone()),
            })
            .collect()
    }

    /// Compares the answers with the crawl and writes the pack.
    #[napi(catch_unwind)]
    pub fn write(&mut self, given: AnswersGiven, conditions: Vec<String>) -> Result<CompiledPack> {
        let compiled = self.0.write(&answers(given, conditions)).map_err(to_js)?;
        Ok(pack(compiled))
    }
}

fn answers(given: AnswersGiven, conditions: Vec<String>) -> Answers {
    let requires = edges(&given.requires);
    Answers {
        observed: Observed {
            edges: edges(&given.imports),
            formats: given
                .formats
                .chunks_exact(2)
                .map(|two| (two[0].clone(), two[1].clone()))
                .collect(),
            export_names: given.named.into_iter().zip(given.names).collect(),
            reached_by_commonjs: given.reached_by_commonjs,
            reaches_modules: !given.imports.is_empty(),
            requires: requires.clone(),
            required: requires.iter().map(|edge| edge.target.clone()).collect(),
            roots: given.roots,
            conditions,
        },
        requires,
        refused: edges(&given.refused),
        contents: given
            .loaded
            .into_iter()
            .zip(&given.hashes)
            .filter_map(|(url, hash)| Some((url, hash.as_ref().try_into().ok()?)))
            .collect(),
        requests: given.compiled.iter().cloned().zip(given.requests).collect(),
        bytecode: given
            .compiled
            .into_iter()
            .zip(given.bytecode)
            .map(|(url, bytes)| (url, bytes.to_vec()))
            .collect(),
    }
}

fn edges(flat: &[String]) -> Vec<ObservedEdge> {
    flat.chunks_exact(3)
        .map(|three| ObservedEdge {
            parent: three[0].clone(),
            specifier: three[1].clone(),
            target: three[2].clone(),
        })
        .collect()
}

fn pack(compiled: Compiled) -> CompiledPack {
    CompiledPack {
        modules: compiled.modules,
        es_modules: compiled.es_modules,
        source_bytes: compiled.source_bytes as f64,
        metadata_bytes: compiled.metadata_bytes as f64,
        bytecode_bytes: compiled.bytecode_bytes as f64,
        pack_bytes: compiled.pack_bytes as f64,
        hooks_only: compiled.hooks_only,
        left: compiled.left.into_iter().flat_map(|(url, reason)| [url, reason]).collect(),
    }
}

/// Numbers of [`ModuleFormat`] that `learn/` knows by value.
const _: () = assert!(ModuleFormat::CommonJs as u8 == 1 && ModuleFormat::Json as u8 == 2);
const _: () = assert!(EdgeKind::DynamicImport as u8 == 1 && EdgeKind::Require as u8 == 2);
