//! Which modules of a graph lead elsewhere by what is on disk now.

use std::path::Path;

use super::disk::Disk;
use super::format::{self, ByName};
use super::options::GraphOptions;
use super::package::PackageType;
use super::plan::Plan;
use super::resolve::{Base, Resolver};
use super::survey::{Survey, is_external};
use crate::analyze::{Syntax, detect_syntax};
use crate::module_graph::{EdgeKind, Module, ModuleFormat, ModuleIndex};

/// The modules of which a request leads to another place than it did, or nowhere, or somewhere at last;
/// and those that have another format now. No source is read.
pub fn reroutes(survey: &Survey, options: &GraphOptions, plan: &Plan) -> Vec<ModuleIndex> {
    let disk = Disk::default();
    let resolver = Resolver::new(&disk, options);
    let graph = &survey.graph;
    let mut rerouted: Vec<ModuleIndex> = Vec::new();
    let leads_to = |kind, specifier: &str, base: &Base| match kind {
        _ if plan.is_external(specifier, resolver.is_bare_builtin(specifier)) => None,
        EdgeKind::Require => resolver.require(specifier, base).ok(),
        _ => resolver.import(specifier, base).ok(),
    };
    let mut unresolved = survey.unresolved.iter().peekable();
    for (at, module) in graph.modules.iter().enumerate() {
        let index = ModuleIndex(at as u32);
        let mut is_other = false;
        let base = Base::new(&module.url);
        while let Some(one) = unresolved.next_if(|one| one.importer == index) {
            // What was refused for its attributes leads somewhere all the same.
            if let Some(base) = &base
                && !one.code.starts_with("ERR_IMPORT_ATTRIBUTE")
            {
                is_other |= leads_to(one.kind, &one.specifier, base).is_some();
            }
        }
        if let Some(base) = &base
            && module.path.is_some()
            && !is_external(module)
        {
            is_other |= module.edges.iter().filter_map(|edge| Some((edge, edge.target?))).any(
                |(edge, target)| {
                    let now = leads_to(edge.kind, &edge.specifier, base);
                    now.is_none_or(|now| now.into_url() != graph.modules[target.get()].url)
                },
            );
            is_other |= is_read_otherwise(module, base, &resolver);
        }
        if is_other {
            rerouted.push(index);
        }
    }
    rerouted
}

fn is_read_otherwise(module: &Module, base: &Base, resolver: &Resolver<'_>) -> bool {
    let is_code = matches!(module.format, ModuleFormat::Module | ModuleFormat::CommonJs);
    let name = format::by_name(base.pathname(), resolver.options);
    if !is_code || !matches!(name, ByName::ByScope { .. }) {
        return false;
    }
    let directory: &Path = base.directory();
    let Ok(scope) = resolver.packages.scope_of(resolver.disk, directory) else { return true };
    match scope.map_or(PackageType::None, |scope| scope.package.kind) {
        PackageType::Module => {
            module.format != ModuleFormat::Module || module.traits.format_detected
        }
        PackageType::CommonJs => module.format != ModuleFormat::CommonJs,
        PackageType::None => {
            let is_module = resolver.options.detect_module
                && (module.traits.format_detected
                    || detect_syntax(&module.source) == Syntax::Module);
            let was_module = module.format == ModuleFormat::Module;
            is_module != was_module || (was_module && !module.traits.format_detected)
        }
    }
}
