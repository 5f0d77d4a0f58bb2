//! A graph for people and tools: with what leads nowhere and why, and whose files it is made of.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::de::IgnoredAny;

use super::crawl::{Crawled, Entry, crawl_within};
use super::error::GraphError;
use super::options::GraphOptions;
use super::place::PackagePlace;
use super::plan::{NOT_FOLLOWED, Plan, Refusal};
use super::typescript::{StrippedTexts, Unstripped};
use crate::analyze::{AnalyzeError, analyze_commonjs, analyze_module};
use crate::module_graph::{EdgeAttributes, EdgeKind, Module, ModuleGraph, ModuleIndex};

/// A graph, and what is known beside it.
#[derive(Debug, Default)]
pub struct Survey {
    /// The modules and edges.
    pub graph: ModuleGraph,
    /// What leads nowhere, in the order of modules and their requests.
    pub unresolved: Vec<Unresolved>,
    /// Every package that a module is part of, in the order of modules.
    pub packages: Vec<Arc<PackagePlace>>,
    /// Of each module its place in `packages`.
    pub package_of: Vec<Option<u32>>,
}

/// A request that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// Who asks.
    pub importer: ModuleIndex,
    /// How.
    pub kind: EdgeKind,
    /// For what, as written.
    pub specifier: String,
    /// Node's code, or [`EXTERNAL`].
    pub code: &'static str,
    /// For people.
    pub message: String,
}

/// The code of a request that was left alone because the plan says so.
pub const EXTERNAL: &str = "BMES_EXTERNAL";

/// Why a module was not read or not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable, `BMES_...`.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// Line and column, from 1, in UTF-16 units, where there is a place in its text.
    pub at: Option<(u32, u32)>,
}

/// Whether `module` was left out because the plan says so.
pub fn is_external(module: &Module) -> bool {
    module.left_to_runtime.as_deref() == Some(NOT_FOLLOWED)
}

/// Why `module` was left to the runtime, if it was for another reason than the plan.
pub fn problem(module: &Module) -> Option<Problem> {
    let reason = module.left_to_runtime.as_ref().filter(|_| !is_external(module))?;
    let plain = |code| Problem { code, message: reason.clone(), at: None };
    if module.path.is_none() {
        return Some(plain("BMES_NOT_A_FILE"));
    }
    if module.content_hash == [0; 32] {
        return Some(plain("BMES_SOURCE_UNREADABLE"));
    }
    // The crawl keeps a sentence only; the text tells again.
    let error = analyze_module(&module.source).err();
    let error = error.filter(|error| error.to_string() == *reason);
    let error = error.or_else(|| {
        let error = analyze_commonjs(&module.source).err();
        error.filter(|error| error.to_string() == *reason)
    });
    let json: Result<IgnoredAny, _> = serde_json::from_str(&module.source);
    let is_bad_json = json.is_err_and(|error| error.to_string() == *reason);
    Some(match error {
        Some(error) => in_text(&error),
        None if is_bad_json => plain("BMES_SYNTAX_ERROR"),
        None => plain("BMES_UNSUPPORTED_FORMAT"),
    })
}

fn in_text(error: &AnalyzeError) -> Problem {
    Problem {
        code: error.code(),
        message: error.message().to_owned(),
        at: Some((error.line(), error.column())),
    }
}

/// Crawls everything that `entries` reach within `plan`, with what the runtime makes of TypeScript. What
/// it was not asked about is given back too; the survey is not whole then.
pub fn survey(
    entries: &[Entry<'_>],
    options: &GraphOptions,
    texts: &StrippedTexts,
    plan: &Plan,
) -> Result<(Survey, Vec<Unstripped>), GraphError> {
    let Crawled { graph, unstripped, refused, packages: by_url } =
        crawl_within(entries, options, texts, plan)?;
    let mut packages: Vec<Arc<PackagePlace>> = Vec::new();
    let mut numbers: FxHashMap<Arc<PackagePlace>, u32> = FxHashMap::default();
    let mut package_of = Vec::with_capacity(graph.modules.len());
    for module in &graph.modules {
        package_of.push(by_url.get(&module.url).map(|place| {
            *numbers.entry(Arc::clone(place)).or_insert_with(|| {
                packages.push(Arc::clone(place));
                packages.len() as u32 - 1
            })
        }));
    }

    let mut by_importer: FxHashMap<String, Vec<_>> = FxHashMap::default();
    for one in refused {
        let refusal = match one.refusal {
            Refusal::External => (EXTERNAL, "left alone, as asked for".to_owned()),
            Refusal::Error(error) => (error.code(), error.to_string()),
        };
        by_importer.entry(one.importer).or_default().push((one.kind, one.specifier, refusal));
    }
    let mut unresolved = Vec::new();
    for (at, module) in graph.modules.iter().enumerate() {
        let importer = ModuleIndex(at as u32);
        let mut refused = by_importer.remove(&module.url).unwrap_or_default();
        for edge in module.edges.iter().filter(|edge| edge.target.is_none()) {
            let same = |(kind, specifier, _): &(EdgeKind, String, _)| {
                *kind == edge.kind && *specifier == edge.specifier
            };
            // Found, and then refused for its attributes.
            let by_attributes = || {
                (
                    refused_attributes(edge.attributes),
                    String::from("the attributes of the import do not suit the module's format"),
                )
            };
            let (code, message) = match refused.iter().position(same) {
                Some(at) => refused.remove(at).2,
                None => by_attributes(),
            };
            let (kind, specifier) = (edge.kind, edge.specifier.to_string());
            unresolved.push(Unresolved { importer, kind, specifier, code, message });
        }
        // Of those the graph has no edge.
        refused.retain(|(kind, ..)| *kind == EdgeKind::Require);
        unresolved.extend(refused.into_iter().map(|(kind, specifier, (code, message))| {
            Unresolved { importer, kind, specifier, code, message }
        }));
    }
    Ok((Survey { graph, unresolved, packages, package_of }, unstripped))
}

/// Node's code for it.
fn refused_attributes(attributes: EdgeAttributes) -> &'static str {
    match attributes {
        EdgeAttributes::None => "ERR_IMPORT_ATTRIBUTE_MISSING",
        EdgeAttributes::Json => "ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE",
        EdgeAttributes::Other => "ERR_IMPORT_ATTRIBUTE_UNSUPPORTED",
    }
}
