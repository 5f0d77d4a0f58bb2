//! A module and its requests as JSON: `GraphModule` and `GraphEdge`.

use rustc_hash::FxHashMap;
use serde::{Serialize, Serializer};

use super::kind_name;
use crate::analyze::{
    Details, Place, SourceImport, SourceImportKind, analyze_module_in_detail, locate_commonjs,
};
use crate::explore::Explorer;
use crate::graph::{EXTERNAL, PackagePlace, Problem, is_external, problem};
use crate::metadata::{ImportAttribute, attributes_as_object};
use crate::module_graph::{
    ContentHash, Edge, EdgeAttributes, EdgeKind, Module, ModuleFormat, ModuleIndex,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ModuleJson<'a> {
    pub(super) url: &'a str,
    pub(super) path: Option<&'a str>,
    pub(super) format: Option<&'static str>,
    pub(super) bytes: u64,
    #[serde(serialize_with = "as_digits")]
    pub(super) content_hash: Option<&'a ContentHash>,
    pub(super) package: Option<PackageJson<'a>>,
    pub(super) is_entry: bool,
    pub(super) is_external: bool,
    pub(super) problem: Option<ProblemJson>,
    pub(super) has_top_level_await: bool,
    pub(super) has_import_meta: bool,
    pub(super) has_computed_imports: bool,
    pub(super) imports: Vec<EdgeJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PackageJson<'a> {
    pub(super) name: &'a str,
    pub(super) version: Option<&'a str>,
    pub(super) directory: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProblemJson {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) line: Option<u32>,
    pub(super) column: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EdgeJson<'a> {
    #[serde(serialize_with = "as_name")]
    pub(super) kind: EdgeKind,
    pub(super) specifier: &'a str,
    pub(super) url: Option<&'a str>,
    /// Of `url`.
    #[serde(skip)]
    pub(super) target: Option<ModuleIndex>,
    #[serde(serialize_with = "attributes_as_object::serialize")]
    pub(super) with: Option<Vec<ImportAttribute>>,
    pub(super) external: bool,
    pub(super) error: Option<ErrorJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) positions: Option<Vec<Place>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorJson<'a> {
    pub(super) code: &'static str,
    pub(super) message: &'a str,
}

impl<'a> PackageJson<'a> {
    pub(super) fn of(place: &'a PackagePlace) -> Self {
        Self {
            name: &place.name,
            version: place.version.as_deref(),
            directory: place.directory.to_str(),
        }
    }
}

fn as_digits<S: Serializer>(hash: &Option<&ContentHash>, serializer: S) -> Result<S::Ok, S::Error> {
    let digits = hash.map(|hash| {
        let mut digits = String::with_capacity(2 * hash.len());
        push_digits(hash, &mut digits);
        digits
    });
    digits.serialize(serializer)
}

fn as_name<S: Serializer>(kind: &EdgeKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind_name(*kind))
}

impl Explorer {
    pub(super) fn module_value(&self, index: ModuleIndex, with_positions: bool) -> ModuleJson<'_> {
        let mut module = self.module_alone(index);
        self.each_edge(index, with_positions, |edge| module.imports.push(edge));
        module
    }

    /// A module without its requests.
    pub(super) fn module_alone(&self, index: ModuleIndex) -> ModuleJson<'_> {
        let module = self.module(index);
        let survey = self.survey();
        let package = survey.package_of[index.get()].map(|at| &survey.packages[at as usize]);
        let has_file = module.path.is_some() && module.content_hash != [0; 32];
        ModuleJson {
            url: &module.url,
            path: module.path.as_deref().and_then(|path| path.to_str()),
            format: module.format_name(),
            bytes: self.bytes(index),
            content_hash: has_file.then_some(&module.content_hash),
            package: package.map(|place| PackageJson::of(place)),
            is_entry: self.is_root(index),
            is_external: is_external(module) || module.format == ModuleFormat::Builtin,
            problem: problem(module).map(|Problem { code, message, at }| ProblemJson {
                code,
                message,
                line: at.map(|(line, _)| line),
                column: at.map(|(_, column)| column),
            }),
            has_top_level_await: module.traits.top_level_awaits > 0,
            has_import_meta: module.traits.import_meta,
            has_computed_imports: module.traits.computed_import,
            imports: Vec::new(),
        }
    }

    /// Each request of a module, in order.
    pub(super) fn each_edge<'a>(
        &'a self,
        index: ModuleIndex,
        with_positions: bool,
        mut act: impl FnMut(EdgeJson<'a>),
    ) {
        let module = self.module(index);
        // The record does not keep what nobody gives a meaning to.
        let has_odd = module
            .edges_of(EdgeKind::DynamicImport)
            .any(|edge| edge.attributes == EdgeAttributes::Other);
        let details = if with_positions || has_odd { details(module) } else { Details::default() };
        let refused = &self.survey().unresolved;
        let first = refused.partition_point(|one| one.importer < index);
        let mut refused =
            refused[first..].iter().take_while(|one| one.importer == index).peekable();
        let mut by_specifier: FxHashMap<&str, Vec<&SourceImport>> = FxHashMap::default();
        for import in &details.imports {
            if let Some(specifier) = &import.specifier {
                by_specifier.entry(specifier).or_default().push(import);
            }
        }
        let of = |specifier: &str| by_specifier.get(specifier).map_or(&[][..], Vec::as_slice);
        let mut requests = module.metadata.requested_modules.iter();
        for edge in &module.edges {
            let request = if edge.kind == EdgeKind::Import { requests.next() } else { None };
            let attributes =
                request.map(|request| request.attributes.as_deref().unwrap_or_default());
            let places = of(&edge.specifier).iter().filter(|it| is_of(it, edge, attributes));
            let places: Vec<&SourceImport> = places.copied().collect();
            let with = match (attributes, edge.attributes) {
                (Some(pairs), _) => Some(pairs.to_vec()).filter(|pairs| !pairs.is_empty()),
                (None, EdgeAttributes::None) => None,
                (None, EdgeAttributes::Json) => {
                    Some(vec![ImportAttribute { key: "type".into(), value: "json".into() }])
                }
                (None, EdgeAttributes::Other) => {
                    places.first().and_then(|it| it.attributes.clone())
                }
            };
            let refusal = if edge.target.is_none() { refused.next() } else { None };
            let is_external = refusal.is_some_and(|it| it.code == EXTERNAL)
                || edge.target.is_some_and(|target| {
                    let target = self.module(target);
                    is_external(target) || target.format == ModuleFormat::Builtin
                });
            act(EdgeJson {
                kind: edge.kind,
                specifier: &edge.specifier,
                url: edge.target.map(|target| self.url(target)),
                target: edge.target,
                with,
                external: is_external,
                error: refusal
                    .filter(|it| it.code != EXTERNAL)
                    .map(|it| ErrorJson { code: it.code, message: &it.message }),
                positions: with_positions.then(|| places.iter().map(|it| it.place).collect()),
            });
        }
        // `require()`s that lead nowhere are no edges.
        for one in refused {
            act(EdgeJson {
                kind: one.kind,
                specifier: &one.specifier,
                url: None,
                target: None,
                with: None,
                external: one.code == EXTERNAL,
                error: (one.code != EXTERNAL)
                    .then_some(ErrorJson { code: one.code, message: &one.message }),
                positions: with_positions.then(|| {
                    let places = of(&one.specifier).iter();
                    let calls = places.filter(|it| it.kind == SourceImportKind::RequireCall);
                    calls.map(|it| it.place).collect()
                }),
            });
        }
    }
}

/// Where things are in a module's text; nothing for what cannot be read.
fn details(module: &Module) -> Details {
    match module.format {
        ModuleFormat::Module => analyze_module_in_detail(&module.source).ok().map(|(_, it)| it),
        ModuleFormat::CommonJs => locate_commonjs(&module.source).ok(),
        _ => None,
    }
    .unwrap_or_default()
}

/// Whether `import`, which has the specifier of `edge`, is one of the places that it stands for.
/// `attributes` are those of a static request.
fn is_of(
    import: &SourceImport,
    edge: &Edge<'static>,
    attributes: Option<&[ImportAttribute]>,
) -> bool {
    let kind = match edge.kind {
        EdgeKind::Import => SourceImportKind::ImportStatement,
        EdgeKind::DynamicImport => SourceImportKind::DynamicImport,
        EdgeKind::Require => SourceImportKind::RequireCall,
    };
    let own = import.attributes.as_deref().unwrap_or_default();
    import.kind == kind
        && match attributes {
            Some(attributes) => {
                own.len() == attributes.len() && attributes.iter().all(|it| own.contains(it))
            }
            None => EdgeAttributes::of(own) == edge.attributes,
        }
}

/// Writes the digits of a hash behind `text`.
pub(super) fn push_digits(hash: &ContentHash, text: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in hash {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}
