//! Answers as JSON: what index.d.ts describes.
//!
//! Names are those of the field where it has them: esbuild's metafile for imports (`kind`, `external`,
//! `with`), Rollup's module information for modules (`isEntry`, `isExternal`).

mod module;
mod packed;

use serde::{Serialize, Serializer};

use super::exports::{Binding, BindingName, Exports, Resolution};
use super::{Changes, Cost, Explorer, Usage, Why};
use crate::graph::EXTERNAL;
use crate::module_graph::{EdgeKind, ModuleIndex};
pub use packed::Packed;
use packed::texts;

/// Of the graph as JSON. It goes up when something that was there changes or goes away.
pub const SCHEMA: u32 = 1;

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

    /// URLs, as a list of texts.
    pub fn urls_of(&self, modules: &[ModuleIndex]) -> String {
        texts(modules.iter().map(|module| self.url(*module)))
    }

    /// Every URL, as a list of texts.
    pub fn all_urls(&self) -> String {
        texts(self.modules().iter().map(|module| module.url.as_str()))
    }

    /// `GraphImporter[]`.
    pub fn importers_json(&self, module: ModuleIndex) -> String {
        text(&Each(self.importers(module).iter().map(|importer| {
            let edge = self.edge(*importer);
            let url = self.url(importer.module);
            ImporterJson { url, kind: kind_name(edge.kind), specifier: &edge.specifier }
        })))
    }

    /// `ExpandedExports`: all of it but the names, and in the next line the names as a list of texts.
    pub fn exports_json(&self, module: ModuleIndex) -> String {
        let exports = self.exports(module);
        let names = texts(exports.names.iter().copied());
        format!("{}\n{names}", text(&self.special_exports(&exports)))
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
            names: &'a [&'a str],
            is_whole: bool,
        }
        let Usage { names, is_whole } = self.usage(module);
        text(&UsageJson { names: &names, is_whole })
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

    /// What most exports have none of.
    fn special_exports<'a>(&'a self, exports: &'a Exports<'a>) -> SpecialExports<'a> {
        let conflicts = exports.conflicts.iter().map(|conflict| ConflictJson {
            name: conflict.name,
            bindings: conflict.bindings.iter().map(|it| self.binding(it)).collect(),
        });
        SpecialExports {
            conflicts: conflicts.collect(),
            missing: &exports.missing,
            unknown: exports.unknown.iter().map(|it| self.url(*it)).collect(),
            has_unresolved_star: exports.has_unresolved,
        }
    }
}

#[derive(Serialize)]
struct ConflictJson<'a> {
    name: &'a str,
    bindings: Vec<BindingJson<'a>>,
}

/// `ExpandedExports` without its names.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SpecialExports<'a> {
    conflicts: Vec<ConflictJson<'a>>,
    missing: &'a [&'a str],
    unknown: Vec<&'a str>,
    has_unresolved_star: bool,
}
