//! The walk over a module: what the engine or the linker must know that a record cannot say.

use oxc_ast::ast::{
    AccessorProperty, ArrowFunctionExpression, AwaitExpression, Class, Decorator, ForOfStatement,
    ForStatementLeft, FormalParameter, Function, ImportExpression, ImportMeta, ImportPhase,
    MethodDefinition, MethodDefinitionType, Program, PropertyDefinition, PropertyDefinitionType,
    StaticBlock, VariableDeclaration,
};
use oxc_ast_visit::{Visit, walk};
use oxc_span::{GetSpan, Span};
use oxc_syntax::scope::ScopeFlags;
use rustc_hash::FxHashSet;

use super::{AnalyzeError, LiteralImport, location::line_and_column};
use crate::module_graph::ModuleTraits;

/// What the walk found.
pub(super) struct Findings {
    pub(super) traits: ModuleTraits,
    pub(super) dynamic_imports: Vec<LiteralImport>,
}

/// Walks a module that has no syntax errors.
pub(super) fn find(program: &Program<'_>) -> Result<Findings, AnalyzeError> {
    let mut walk = TraitsWalk::default();
    walk.visit_program(program);
    if let Some((span, refusal)) = walk.refused {
        let source = program.source_text;
        return Err(match refusal {
            Refusal::Phase(phase) => AnalyzeError::unsupported_phase(source, span, phase),
            Refusal::Syntax(message) => AnalyzeError::syntax(source, span, message),
        });
    }
    if let [Suspension { at: Some(at) }] = walk.suspensions.as_slice() {
        walk.traits.top_level_await_at = Some(line_and_column(program.source_text, *at as usize));
    }
    walk.traits.top_level_awaits = u32::try_from(walk.suspensions.len()).unwrap_or(u32::MAX);
    Ok(Findings { traits: walk.traits, dynamic_imports: walk.dynamic_imports })
}

/// The word for an import phase.
pub(super) fn phase_name(phase: ImportPhase) -> &'static str {
    match phase {
        ImportPhase::Defer => "defer",
        ImportPhase::Source => "source",
    }
}

#[derive(Default)]
struct TraitsWalk {
    traits: ModuleTraits,
    suspensions: Vec<Suspension>,
    dynamic_imports: Vec<LiteralImport>,
    seen: FxHashSet<LiteralImport>,
    /// How many functions, field initialisers and static blocks are open.
    depth: u32,
    refused: Option<(Span, Refusal)>,
}

/// A point at the top level where evaluation stops until a promise settles.
struct Suspension {
    /// Where V8 says it stopped. An `await using` stops at the end of its block, at a place that
    /// V8 picks from the statements before it, so that is not guessed.
    at: Option<u32>,
}

/// What the parser accepts and we do not.
enum Refusal {
    Phase(&'static str),
    Syntax(&'static str),
}

impl TraitsWalk {
    fn refuse(&mut self, span: Span, refusal: Refusal) {
        self.refused.get_or_insert((span, refusal));
    }

    /// The parser reads the modifiers of TypeScript in JavaScript too, to say something better than
    /// "unexpected token" later.
    fn refuse_typescript(&mut self, span: Span) {
        self.refuse(span, Refusal::Syntax("TypeScript must be compiled first"));
    }

    fn suspend(&mut self, at: Option<u32>) {
        if self.depth == 0 {
            self.suspensions.push(Suspension { at });
        }
    }

    fn inside(&mut self, walk: impl FnOnce(&mut Self)) {
        self.depth += 1;
        walk(self);
        self.depth -= 1;
    }
}

impl<'a> Visit<'a> for TraitsWalk {
    fn visit_import_meta(&mut self, _: &ImportMeta) {
        self.traits.import_meta = true;
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        if let Some(phase) = import.phase {
            self.refuse(import.span, Refusal::Phase(phase_name(phase)));
        }
        match LiteralImport::read(import) {
            Some(literal) => {
                if self.seen.insert(literal.clone()) {
                    self.dynamic_imports.push(literal);
                }
            }
            None => self.traits.computed_import = true,
        }
        walk::walk_import_expression(self, import);
    }

    fn visit_await_expression(&mut self, expression: &AwaitExpression<'a>) {
        self.suspend(Some(expression.span.start));
        walk::walk_await_expression(self, expression);
    }

    fn visit_for_of_statement(&mut self, statement: &ForOfStatement<'a>) {
        if statement.r#await {
            // V8 points at the variable, past `const`.
            let at = match &statement.left {
                ForStatementLeft::VariableDeclaration(declaration) => {
                    declaration.declarations.first().map_or(declaration.span, GetSpan::span)
                }
                target => target.span(),
            };
            self.suspend(Some(at.start));
        }
        walk::walk_for_of_statement(self, statement);
    }

    fn visit_variable_declaration(&mut self, declaration: &VariableDeclaration<'a>) {
        if declaration.kind.is_await() {
            self.suspend(None);
        }
        walk::walk_variable_declaration(self, declaration);
    }

    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        self.inside(|this| walk::walk_function(this, function, flags));
    }

    fn visit_arrow_function_expression(&mut self, function: &ArrowFunctionExpression<'a>) {
        self.inside(|this| walk::walk_arrow_function_expression(this, function));
    }

    fn visit_static_block(&mut self, block: &StaticBlock<'a>) {
        self.inside(|this| walk::walk_static_block(this, block));
    }

    fn visit_method_definition(&mut self, method: &MethodDefinition<'a>) {
        if method.r#type != MethodDefinitionType::MethodDefinition
            || method.accessibility.is_some()
            || method.r#override
            || method.optional
        {
            self.refuse_typescript(method.span);
        }
        walk::walk_method_definition(self, method);
    }

    fn visit_formal_parameter(&mut self, parameter: &FormalParameter<'a>) {
        if parameter.has_modifier() || parameter.optional {
            self.refuse_typescript(parameter.span);
        }
        walk::walk_formal_parameter(self, parameter);
    }

    fn visit_property_definition(&mut self, property: &PropertyDefinition<'a>) {
        if property.r#type != PropertyDefinitionType::PropertyDefinition
            || property.accessibility.is_some()
            || property.declare
            || property.r#override
            || property.optional
            || property.definite
            || property.readonly
        {
            self.refuse_typescript(property.span);
        }
        // The key is evaluated with the class, the initialiser is a function of its own.
        self.visit_decorators(&property.decorators);
        self.visit_property_key(&property.key);
        if let Some(value) = &property.value {
            self.inside(|this| this.visit_expression(value));
        }
    }

    fn visit_decorator(&mut self, decorator: &Decorator<'a>) {
        self.refuse(decorator.span, Refusal::Syntax("Decorators are not JavaScript yet"));
    }

    fn visit_class(&mut self, class: &Class<'a>) {
        if class.r#abstract {
            self.refuse_typescript(class.span);
        }
        walk::walk_class(self, class);
    }

    fn visit_accessor_property(&mut self, property: &AccessorProperty<'a>) {
        self.refuse(property.span, Refusal::Syntax("Auto-accessors are not JavaScript yet"));
    }
}
