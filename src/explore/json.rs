//! Answers as JSON: what index.d.ts describes.
//!
//! Names are those of the field where it has them: esbuild's metafile for imports (`kind`, `external`,
//! `with`), Rollup's module information for modules (`isEntry`, `isExternal`).

use rustc_hash::FxHashMap;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::exports::{Binding, BindingName, Exports, Resolution};
use super::{Changes, Cost, Explorer, Usage, Why};
use crate::analyze::{
    Details, Place, SourceImport, SourceImportKind, analyze_module_in_detail, locate_commonjs,
};
use crate::graph::{EXTERNAL, Problem, is_external, problem};
use crate::metadata::{ImportAttribute, attributes_as_object};
use crate::module_graph::{Edge, EdgeAttributes, EdgeKind, Module, ModuleFormat, ModuleIndex};

/// Of the graph as JSON. It goes up when something that was there changes or goes away.
pub const SCHEMA: u32 = 1;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ModuleJson<'a> {
    url: &'a str,
    path: Option<&'a str>,
    format: Option<&'static str>,
    bytes: u64,
    content_hash: Option<String>,
    package: Option<PackageJson<'a>>,
    is_entry: bool,
    is_external: bool,
    problem: Option<ProblemJson>,
    has_top_level_await: bool,
    has_import_meta: bool,
    has_computed_imports: bool,
    imports: Vec<EdgeJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PackageJson<'a> {
    name: &'a str,
    version: Option<&'a str>,
    directory: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProblemJson {
    code: &'static str,
    message: String,
    line: Option<u32>,
    column: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EdgeJson<'a> {
    kind: &'static str,
    specifier: &'a str,
    url: Option<&'a str>,
    #[serde(serialize_with = "attributes_as_object::serialize")]
    with: Option<Vec<ImportAttribute>>,
    external: bool,
    error: Option<ErrorJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    positions: Option<Vec<Place>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorJson<'a> {
    code: &'static str,
    message: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ImporterJson<'a> {
    url: &'a str,
    kind: &'static str,
    specifier: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UnresolvedJson<'a> {
    importer: &'a str,
    kind: &'static str,
    specifier: &'a str,
    code: &'static str,
    message: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BindingJson<'a> {
    url: &'a str,
    name: &'a str,
    kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CostJson {
    modules: u32,
    bytes: u64,
}

impl From<Cost> for CostJson {
    fn from(Cost { modules, bytes }: Cost) -> Self {
        Self { modules, bytes }
    }
}

/// Node's name for it.
fn format_name(module: &Module) -> Option<&'static str> {
    match module.format {
        ModuleFormat::Module if module.traits.typescript => Some("module-typescript"),
        ModuleFormat::CommonJs if module.traits.typescript => Some("commonjs-typescript"),
        format => format.name(),
    }
}

fn kind_name(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Import => "import-statement",
        EdgeKind::DynamicImport => "dynamic-import",
        EdgeKind::Require => "require-call",
    }
}

fn text(value: &impl Serialize) -> String {
    // Strings, numbers and lists always have a text.
    serde_json::to_string(value).unwrap_or_default()
}

/// A list that is never held as one.
struct Each<I>(I);

impl<I: Iterator<Item = T> + Clone, T: Serialize> Serialize for Each<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}

impl Explorer {
    /// `GraphModule`.
    pub fn module_json(&self, module: ModuleIndex, with_positions: bool) -> String {
        text(&self.module_value(module, with_positions))
    }

    /// `GraphJson`: everything.
    pub fn json(&self, with_positions: bool) -> String {
        struct Modules<'a>(&'a Explorer, bool);
        impl Serialize for Modules<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut list = serializer.serialize_seq(Some(self.0.modules().len()))?;
                for module in self.0.indices() {
                    list.serialize_element(&self.0.module_value(module, self.1))?;
                }
                list.end()
            }
        }
        #[derive(Serialize)]
        struct Whole<'a> {
            schema: u32,
            entries: Vec<&'a str>,
            modules: Modules<'a>,
        }
        let entries = self.roots().iter().map(|root| self.url(*root)).collect();
        text(&Whole { schema: SCHEMA, entries, modules: Modules(self, with_positions) })
    }

    /// URLs, as a list.
    pub fn urls_json(&self, modules: &[ModuleIndex]) -> String {
        text(&Each(modules.iter().map(|module| self.url(*module))))
    }

    /// Every URL, as a list.
    pub fn all_urls_json(&self) -> String {
        text(&Each(self.modules().iter().map(|module| module.url.as_str())))
    }

    /// `GraphImporter[]`.
    pub fn importers_json(&self, module: ModuleIndex) -> String {
        text(&Each(self.importers(module).iter().map(|importer| {
            let edge = self.edge(*importer);
            let url = self.url(importer.module);
            ImporterJson { url, kind: kind_name(edge.kind), specifier: &edge.specifier }
        })))
    }

    /// `ExpandedExports`.
    pub fn exports_json(&self, module: ModuleIndex) -> String {
        text(&ExportsJson(self, self.exports(module)))
    }

    /// `ExpandedExports` of every module, by URL.
    pub fn all_exports_json(&self) -> String {
        struct All<'a>(&'a Explorer);
        impl Serialize for All<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(Some(self.0.modules().len()))?;
                for module in self.0.indices() {
                    let exports = ExportsJson(self.0, self.0.exports(module));
                    map.serialize_entry(self.0.url(module), &exports)?;
                }
                map.end()
            }
        }
        text(&All(self))
    }

    /// `ResolvedExport`.
    pub fn resolved_json(&self, module: ModuleIndex, name: &str) -> String {
        #[derive(Serialize)]
        struct Resolved<'a> {
            status: &'static str,
            bindings: Vec<BindingJson<'a>>,
            unknown: Vec<&'a str>,
        }
        let resolution = self.resolve_export(module, name);
        let mut unknown = Vec::new();
        let (status, bindings) = match &resolution {
            Resolution::Found(binding) => ("found", vec![self.binding(binding)]),
            Resolution::Missing => ("missing", Vec::new()),
            Resolution::Ambiguous(bindings) => {
                ("ambiguous", bindings.iter().map(|it| self.binding(it)).collect())
            }
            Resolution::Unknown(modules) => {
                unknown = modules.iter().map(|it| self.url(*it)).collect();
                ("unknown", Vec::new())
            }
        };
        text(&Resolved { status, bindings, unknown })
    }

    /// `GraphCycle[]`.
    pub fn cycles_json(&self, dynamic: bool) -> String {
        #[derive(Serialize)]
        struct CycleJson<'a> {
            modules: Vec<&'a str>,
            path: Vec<&'a str>,
        }
        let cycles = self.cycles(dynamic);
        text(&Each(cycles.iter().map(|cycle| CycleJson {
            modules: cycle.modules.iter().map(|it| self.url(*it)).collect(),
            path: cycle.path.iter().map(|it| self.url(*it)).collect(),
        })))
    }

    /// `DuplicatePackage[]`.
    pub fn duplicates_json(&self) -> String {
        #[derive(Serialize)]
        struct CopyJson<'a> {
            version: Option<&'a str>,
            directory: Option<&'a str>,
            modules: Vec<&'a str>,
            bytes: u64,
        }
        #[derive(Serialize)]
        struct DuplicateJson<'a> {
            name: &'a str,
            copies: Vec<CopyJson<'a>>,
        }
        let duplicates = self.duplicates();
        text(&Each(duplicates.iter().map(|duplicate| {
            DuplicateJson {
                name: duplicate.name,
                copies: duplicate
                    .copies
                    .iter()
                    .map(|copy| CopyJson {
                        version: copy.version,
                        directory: copy.directory.to_str(),
                        modules: copy.modules.iter().map(|it| self.url(*it)).collect(),
                        bytes: copy.bytes,
                    })
                    .collect(),
            }
        })))
    }

    /// `UnresolvedImport[]`, but for what was to be left alone.
    pub fn unresolved_json(&self) -> String {
        let unresolved = self.survey().unresolved.iter().filter(|it| it.code != EXTERNAL);
        text(&Each(unresolved.map(|one| UnresolvedJson {
            importer: self.url(one.importer),
            kind: kind_name(one.kind),
            specifier: &one.specifier,
            code: one.code,
            message: &one.message,
        })))
    }

    /// `WatchedPaths`.
    pub fn watched_json(&self) -> String {
        #[derive(Serialize)]
        struct Watched<'a> {
            files: Vec<&'a str>,
            missing: Vec<&'a str>,
            directories: Vec<&'a str>,
            links: Vec<&'a str>,
        }
        let [files, missing, directories, links] = self
            .watched()
            .map(|paths| paths.into_iter().filter_map(|path| path.to_str()).collect::<Vec<_>>());
        text(&Watched { files, missing, directories, links })
    }

    /// `GraphChanges`.
    pub fn changes_json(&self, changes: &Changes) -> String {
        #[derive(Serialize)]
        struct ChangesJson<'a> {
            modules: Vec<&'a str>,
            rerouted: Vec<&'a str>,
            affected: Vec<&'a str>,
            unrelated: Vec<&'a str>,
        }
        let urls = |modules: &[ModuleIndex]| modules.iter().map(|it| self.url(*it)).collect();
        text(&ChangesJson {
            modules: urls(&changes.modules),
            rerouted: urls(&changes.rerouted),
            affected: urls(&changes.affected),
            unrelated: changes.unrelated.iter().filter_map(|path| path.to_str()).collect(),
        })
    }

    /// `WhyIncluded`.
    pub fn why_json(&self, module: ModuleIndex, most: usize) -> String {
        #[derive(Serialize)]
        struct Step<'a> {
            url: &'a str,
            saves: Option<CostJson>,
        }
        #[derive(Serialize)]
        struct WhyJson<'a> {
            chains: Vec<Vec<Step<'a>>>,
            importers: u32,
            saves: CostJson,
        }
        let Why { chains, importers, saves } = self.why(module, most);
        let steps = |chain: Vec<ModuleIndex>| {
            let before = std::iter::once(None).chain(chain.iter().copied().map(Some));
            let steps = before.zip(&chain).map(|(before, at)| Step {
                url: self.url(*at),
                saves: before.map(|before| self.savings(before, *at).into()),
            });
            steps.collect()
        };
        let chains = chains.into_iter().map(steps).collect();
        text(&WhyJson { chains, importers, saves: saves.into() })
    }

    /// `{ modules, bytes }`.
    pub fn cost_json(cost: Cost) -> String {
        text(&CostJson::from(cost))
    }

    /// `ExportUsage`.
    pub fn usage_json(&self, module: ModuleIndex) -> String {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct UsageJson<'a> {
            names: &'a [String],
            is_whole: bool,
        }
        let Usage { names, is_whole } = self.usage(module);
        text(&UsageJson { names, is_whole: *is_whole })
    }

    /// `Barrel[]`.
    pub fn barrels_json(&self) -> String {
        #[derive(Serialize)]
        struct BarrelJson<'a> {
            url: &'a str,
            exports: u32,
            used: u32,
            loads: CostJson,
            needs: CostJson,
        }
        let barrels = self.barrels();
        text(&Each(barrels.iter().map(|barrel| BarrelJson {
            url: self.url(barrel.module),
            exports: barrel.exports,
            used: barrel.used,
            loads: barrel.loads.into(),
            needs: barrel.needs.into(),
        })))
    }

    /// `ModuleMetadata`.
    pub fn metadata_json(&self, module: ModuleIndex) -> String {
        text(&self.module(module).metadata)
    }

    fn binding<'a>(&'a self, binding: &Binding<'a>) -> BindingJson<'a> {
        let (name, kind) = match binding.name {
            BindingName::Local(name) => (name, "local"),
            BindingName::Namespace => ("*", "namespace"),
            BindingName::Foreign(name) => (name, "foreign"),
        };
        BindingJson { url: self.url(binding.module), name, kind }
    }

    fn module_value(&self, index: ModuleIndex, with_positions: bool) -> ModuleJson<'_> {
        let module = self.module(index);
        let survey = self.survey();
        let package = survey.package_of[index.get()].map(|at| &survey.packages[at as usize]);
        let has_file = module.path.is_some() && module.content_hash != [0; 32];
        ModuleJson {
            url: &module.url,
            path: module.path.as_deref().and_then(|path| path.to_str()),
            format: format_name(module),
            bytes: self.bytes(index),
            content_hash: has_file.then(|| hex(&module.content_hash)),
            package: package.map(|place| PackageJson {
                name: &place.name,
                version: place.version.as_deref(),
                directory: place.directory.to_str(),
            }),
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
            imports: self.edge_values(index, with_positions),
        }
    }

    fn edge_values(&self, index: ModuleIndex, with_positions: bool) -> Vec<EdgeJson<'_>> {
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
        let mut values = Vec::with_capacity(module.edges.len());
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
            values.push(EdgeJson {
                kind: kind_name(edge.kind),
                specifier: &edge.specifier,
                url: edge.target.map(|target| self.url(target)),
                with,
                external: is_external,
                error: refusal
                    .filter(|it| it.code != EXTERNAL)
                    .map(|it| ErrorJson { code: it.code, message: &it.message }),
                positions: with_positions.then(|| places.iter().map(|it| it.place).collect()),
            });
        }
        // `require()`s that lead nowhere are no edges.
        values.extend(refused.map(|one| {
            EdgeJson {
                kind: kind_name(one.kind),
                specifier: &one.specifier,
                url: None,
                with: None,
                external: one.code == EXTERNAL,
                error: (one.code != EXTERNAL)
                    .then_some(ErrorJson { code: one.code, message: &one.message }),
                positions: with_positions.then(|| {
                    let places = of(&one.specifier).iter();
                    let calls = places.filter(|it| it.kind == SourceImportKind::RequireCall);
                    calls.map(|it| it.place).collect()
                }),
            }
        }));
        values
    }
}

struct ExportsJson<'a>(&'a Explorer, Exports<'a>);

impl Serialize for ExportsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct ConflictJson<'a> {
            name: &'a str,
            bindings: Vec<BindingJson<'a>>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Fields<'a> {
            names: &'a [&'a str],
            conflicts: Vec<ConflictJson<'a>>,
            missing: &'a [&'a str],
            unknown: Vec<&'a str>,
            has_unresolved_star: bool,
        }
        let Self(explorer, exports) = self;
        let conflicts = exports.conflicts.iter().map(|conflict| ConflictJson {
            name: conflict.name,
            bindings: conflict.bindings.iter().map(|it| explorer.binding(it)).collect(),
        });
        let fields = Fields {
            names: &exports.names,
            conflicts: conflicts.collect(),
            missing: &exports.missing,
            unknown: exports.unknown.iter().map(|it| explorer.url(*it)).collect(),
            has_unresolved_star: exports.has_unresolved,
        };
        fields.serialize(serializer)
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

fn hex(hash: &[u8; 32]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(64);
    for byte in hash {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
