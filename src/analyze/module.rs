//! The whole analysis of one ES module.

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_parser::{ParseOptions, Parser, ParserReturn};
use oxc_semantic::SemanticBuilder;
use oxc_span::{SourceType, Span};

use super::{
    AnalyzeError, LiteralImport,
    arena::with_arena,
    details::{self, Details},
    entries, traits,
};
use crate::{metadata::ModuleMetadata, module_graph::ModuleTraits};

/// What a module's text says about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Analysis {
    /// What its record says.
    pub metadata: ModuleMetadata,
    /// What its record cannot say. `format_detected` is left to whoever chose the format.
    pub traits: ModuleTraits,
    /// Its literal `import()` calls, distinct, in source order.
    pub dynamic_imports: Vec<LiteralImport>,
}

/// Analyses the text of an ES module, without byte order mark.
pub fn analyze_module(source: &str) -> Result<Analysis, AnalyzeError> {
    with_arena(source, |arena| analyze(arena, source, |_, _| ()).map(|(analysis, ())| analysis))
}

/// The same, and where each thing is.
pub fn analyze_module_in_detail(source: &str) -> Result<(Analysis, Details), AnalyzeError> {
    with_arena(source, |arena| {
        analyze(arena, source, |program, awaits| details::collect(program, awaits, false))
    })
}

fn analyze<T>(
    arena: &Allocator,
    source: &str,
    more: impl FnOnce(&Program<'_>, &[Span]) -> T,
) -> Result<(Analysis, T), AnalyzeError> {
    let parsed = parse_module(arena, source);
    check_module(&parsed, source)?;
    let traits = traits::find(&parsed.program)?;
    let analysis = Analysis {
        metadata: entries::collect(&parsed.program)?,
        traits: traits.traits,
        dynamic_imports: traits.dynamic_imports,
    };
    Ok((analysis, more(&parsed.program, &traits.awaits)))
}

/// Whether `source` is a module that an engine accepts.
pub(super) fn is_module(source: &str) -> bool {
    with_arena(source, |arena| check_module(&parse_module(arena, source), source)).is_ok()
}

fn parse_module<'a>(arena: &'a Allocator, source: &'a str) -> ParserReturn<'a> {
    let options = ParseOptions { parse_regular_expression: true, ..ParseOptions::default() };
    Parser::new(arena, source, SourceType::mjs()).with_options(options).parse()
}

/// The early errors: those of the parser, then those that need scopes.
fn check_module(parsed: &ParserReturn<'_>, source: &str) -> Result<(), AnalyzeError> {
    if let Some(error) = AnalyzeError::first_of(source, &parsed.diagnostics) {
        return Err(error);
    }
    let semantic = SemanticBuilder::new_compiler().build(&parsed.program);
    AnalyzeError::first_of(source, &semantic.diagnostics).map_or(Ok(()), Err)
}
