//! CommonJS or ES module, for a file whose name and `package.json` do not say.
//!
//! Node compiles such a file as CommonJS, wrapped in a function. If that fails, the first error
//! decides: `import`, `export` or `import.meta` make it a module at once; any other error does if
//! the file then compiles as a module, which is how top-level `await` and a top-level
//! `const require` are found (ShouldRetryAsESM in node_contextify.cc). V8 and oxc do not word errors
//! alike, so "any other" is meant literally here; Node goes by a list of messages. The two differ
//! where V8 has a message of its own for an `await` it did not expect, as inside a template literal.

use oxc_ast::ast::{BindingIdentifier, Declaration, Program, Statement, VariableDeclarationKind};
use oxc_parser::{Parser, ParserReturn};
use oxc_semantic::SemanticBuilder;
use oxc_span::{GetSpan, SourceType};

use super::{arena::with_arena, error::offset_of, module::is_module, traits};

/// How Node reads a JavaScript file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// An ES module.
    Module,
    /// CommonJS, also for text that is neither.
    CommonJs,
}

/// The parameters of the function that Node wraps a CommonJS module in.
const WRAPPER_PARAMETERS: [&str; 5] = ["exports", "require", "module", "__filename", "__dirname"];

/// Tells how Node would read `source`, without byte order mark, from its syntax alone.
pub fn detect_syntax(source: &str) -> Syntax {
    let verdict = with_arena(source, |arena| {
        let parsed = Parser::new(arena, source, SourceType::cjs()).parse();
        let error = parsed.diagnostics.iter().map(offset_of).min();
        let redeclared = redeclared_parameter(&parsed.program);
        let first_error = error.into_iter().chain(redeclared).min();
        Ok(match (first_module_syntax(&parsed), first_error) {
            (None, None) if !disposes_asynchronously(&parsed.program) => Verdict::CommonJs,
            (Some(_), None) => Verdict::Module,
            (Some(syntax), Some(error)) if syntax <= error => Verdict::Module,
            _ => Verdict::ModuleIfItCompiles,
        })
    });
    // Outside the closure: the second parse uses the same arena.
    match verdict {
        Ok(Verdict::Module) => Syntax::Module,
        Ok(Verdict::ModuleIfItCompiles) if is_module(source) => Syntax::Module,
        _ => Syntax::CommonJs,
    }
}

/// What the syntax of a source says about its format, and what its names do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DetectedFormat {
    /// Node reads it as an ES module where nothing else says what it is.
    Module,
    /// Node reads it as CommonJS, and it would not do as an ES module: it has syntax that those do not
    /// have, or uses a name that only CommonJS has (`require`, `module`, `exports`, `__filename`,
    /// `__dirname`).
    CommonJs,
    /// Node reads it as CommonJS; it would do as either.
    Ambiguous,
}

/// Tells what `source`, without byte order mark, is made for.
pub fn detect_format(source: &str) -> DetectedFormat {
    if detect_syntax(source) == Syntax::Module {
        return DetectedFormat::Module;
    }
    let uses_commonjs = with_arena(source, |arena| {
        let parsed = Parser::new(arena, source, SourceType::cjs()).parse();
        let semantic = SemanticBuilder::new_compiler().build(&parsed.program);
        let free = semantic.semantic.scoping().root_unresolved_references();
        Ok(free.keys().any(|name| WRAPPER_PARAMETERS.contains(&name.as_str())))
    });
    match uses_commonjs {
        Ok(false) if is_module(source) => DetectedFormat::Ambiguous,
        _ => DetectedFormat::CommonJs,
    }
}

enum Verdict {
    CommonJs,
    Module,
    ModuleIfItCompiles,
}

/// Where the first `import`, `export` or `import.meta` is.
fn first_module_syntax(parsed: &ParserReturn<'_>) -> Option<usize> {
    let record = &parsed.module_record;
    let requests = record.requested_modules.values().flatten().map(|it| it.statement_span);
    let exports = record.local_export_entries.iter().map(|entry| entry.statement_span);
    // The record outlives a tree that the parser gave up on; the tree knows `export {}`.
    let statements = parsed
        .program
        .body
        .iter()
        .filter(|statement| statement.is_module_declaration())
        .map(GetSpan::span);
    let metas = record.import_metas.iter().copied();
    requests.chain(exports).chain(statements).chain(metas).map(|span| span.start as usize).min()
}

/// Whether there is an `await using` at the top level, which the parser accepts in CommonJS.
fn disposes_asynchronously(program: &Program<'_>) -> bool {
    program.source_text.contains("using")
        && traits::find(program).is_ok_and(|found| found.traits.top_level_awaits > 0)
}

/// Where a top-level `let`, `const`, `using` or class takes the name of a wrapper parameter.
fn redeclared_parameter(program: &Program<'_>) -> Option<usize> {
    let taken = |id: &BindingIdentifier<'_>| {
        WRAPPER_PARAMETERS.contains(&id.name.as_str()).then_some(id.span.start as usize)
    };
    program.body.iter().filter_map(Statement::as_declaration).find_map(|declaration| {
        match declaration {
            Declaration::VariableDeclaration(variables)
                if variables.kind != VariableDeclarationKind::Var =>
            {
                variables
                    .declarations
                    .iter()
                    .flat_map(|variable| variable.id.get_binding_identifiers())
                    .find_map(taken)
            }
            Declaration::ClassDeclaration(class) => class.id.as_ref().and_then(taken),
            _ => None,
        }
    })
}
