//! The modules that a CommonJS module reaches by literal calls.
//!
//! Bindings are not followed: `require` is taken to be Node's even where a bundle has its own
//! function of that name, and `const r = require; r('x')` is not seen. The graph drops what does not
//! resolve, and an app's first run shows what was missed.

use oxc_ast::ast::{CallExpression, Expression, ImportExpression};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::Parser;
use oxc_span::{SourceType, Span};
use rustc_hash::FxHashSet;

use super::{
    AnalyzeError, LiteralImport,
    arena::with_arena,
    details::{self, Details},
    literal_import::literal_argument,
    traits::phase_name,
};

/// What a CommonJS module's text says about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommonJsAnalysis {
    /// The specifiers of literal `require` calls, distinct, in source order.
    pub requires: Vec<String>,
    /// Its literal `import()` calls, distinct, in source order.
    pub dynamic_imports: Vec<LiteralImport>,
    /// Has a `require` or `import()` whose target must be computed.
    pub computed: bool,
}

/// Analyses the text of a CommonJS module as Node wraps it: sloppy unless it says otherwise, with
/// `return` at the top level. Early errors that need scopes are left to the engine.
pub fn analyze_commonjs(source: &str) -> Result<CommonJsAnalysis, AnalyzeError> {
    with_arena(source, |arena| {
        let parsed = Parser::new(arena, source, SourceType::cjs()).parse();
        if let Some(error) = AnalyzeError::first_of(source, &parsed.diagnostics) {
            return Err(error);
        }
        let mut calls = CallsWalk::default();
        calls.visit_program(&parsed.program);
        match calls.phase {
            Some((span, phase)) => Err(AnalyzeError::unsupported_phase(source, span, phase)),
            None => Ok(calls.found),
        }
    })
}

/// Where each call of [`analyze_commonjs`] is, and those whose target must be computed. It knows no
/// exports and no top-level `await`.
pub fn locate_commonjs(source: &str) -> Result<Details, AnalyzeError> {
    with_arena(source, |arena| {
        let parsed = Parser::new(arena, source, SourceType::cjs()).parse();
        match AnalyzeError::first_of(source, &parsed.diagnostics) {
            Some(error) => Err(error),
            None => Ok(details::collect(&parsed.program, &[], true)),
        }
    })
}

#[derive(Default)]
struct CallsWalk<'a> {
    found: CommonJsAnalysis,
    seen_requires: FxHashSet<&'a str>,
    seen_imports: FxHashSet<LiteralImport>,
    phase: Option<(Span, &'static str)>,
}

impl<'a> Visit<'a> for CallsWalk<'a> {
    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if let Expression::Identifier(callee) = &call.callee
            && callee.name == "require"
            && let Some(argument) = call.arguments.first()
        {
            match literal_argument(argument) {
                Some(specifier) => {
                    if self.seen_requires.insert(specifier) {
                        self.found.requires.push(specifier.to_owned());
                    }
                }
                None => self.found.computed = true,
            }
        }
        walk::walk_call_expression(self, call);
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        if let Some(phase) = import.phase {
            self.phase.get_or_insert((import.span, phase_name(phase)));
        }
        match LiteralImport::read(import) {
            Some(literal) => {
                if self.seen_imports.insert(literal.clone()) {
                    self.found.dynamic_imports.push(literal);
                }
            }
            None => self.found.computed = true,
        }
        walk::walk_import_expression(self, import);
    }
}
