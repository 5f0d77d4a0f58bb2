//! The walk over a module: what the engine or the linker must know that a record cannot say.

use oxc_ast::ast::{
    AccessorProperty, ArrowFunctionExpression, AwaitExpression, CallExpression, Class, Decorator,
    ExportNamedDeclaration, Expression, ForInStatement, ForOfStatement, ForStatementLeft,
    FormalParameter, FormalParameters, Function, IdentifierReference, ImportExpression, ImportMeta,
    ImportPhase, LogicalExpression, MethodDefinition, MethodDefinitionKind, NewExpression,
    ObjectProperty, Program, PropertyDefinition, PropertyKind, StaticBlock, VariableDeclaration,
};
use oxc_ast_visit::{Visit, walk};
use oxc_span::{GetSpan, Span};
use oxc_syntax::scope::ScopeFlags;
use rustc_hash::FxHashSet;

use super::{
    AnalyzeError, LiteralImport,
    leniency::{
        assigns_to_reserved, export_lacks_specifier, field_has_modifiers, getter_has_parameters,
        method_has_modifiers, mixes_coalescing, parameter_has_modifiers,
    },
    location::line_and_column,
};
use crate::module_graph::ModuleTraits;

/// What the walk found.
pub(super) struct Findings {
    pub(super) traits: ModuleTraits,
    pub(super) dynamic_imports: Vec<LiteralImport>,
    /// Every point at the top level that suspends, in source order.
    pub(super) awaits: Vec<Span>,
}

/// Walks a module that has no syntax errors.
pub(super) fn find(program: &Program<'_>) -> Result<Findings, AnalyzeError> {
    let source = program.source_text;
    let mut walk = TraitsWalk {
        source,
        traits: ModuleTraits::default(),
        suspensions: Vec::new(),
        dynamic_imports: Vec::new(),
        seen: FxHashSet::default(),
        awaits: Await::TopLevel,
        refused: None,
    };
    walk.visit_program(program);
    if let Some((span, refusal)) = walk.refused {
        return Err(match refusal {
            Refusal::Phase(phase) => AnalyzeError::unsupported_phase(source, span, phase),
            Refusal::Syntax(message) => AnalyzeError::syntax(source, span, message),
        });
    }
    if let [Suspension { at: Some(at), .. }] = walk.suspensions.as_slice() {
        walk.traits.top_level_await_at = Some(line_and_column(source, *at as usize));
    }
    walk.traits.top_level_awaits = u32::try_from(walk.suspensions.len()).unwrap_or(u32::MAX);
    let mut awaits: Vec<Span> = walk.suspensions.iter().map(|it| it.span).collect();
    awaits.sort_unstable_by_key(|span| span.start);
    Ok(Findings { traits: walk.traits, dynamic_imports: walk.dynamic_imports, awaits })
}

/// The word for an import phase.
pub(super) fn phase_name(phase: ImportPhase) -> &'static str {
    match phase {
        ImportPhase::Defer => "defer",
        ImportPhase::Source => "source",
    }
}

struct TraitsWalk<'a> {
    source: &'a str,
    traits: ModuleTraits,
    suspensions: Vec<Suspension>,
    dynamic_imports: Vec<LiteralImport>,
    seen: FxHashSet<LiteralImport>,
    awaits: Await,
    refused: Option<(Span, Refusal)>,
}

/// What an `await` means where the walk is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Await {
    /// The module waits.
    TopLevel,
    /// A function waits.
    Function,
    /// An error: the function is not async, or this is a field initialiser or a static block.
    Forbidden,
}

impl Await {
    fn inside_function(is_async: bool) -> Self {
        if is_async { Self::Function } else { Self::Forbidden }
    }
}

/// A point at the top level where evaluation stops until a promise settles.
struct Suspension {
    /// Where V8 says it stopped. An `await using` stops at the end of its block, at a place that
    /// V8 picks from the statements before it, so that is not guessed.
    at: Option<u32>,
    span: Span,
}

/// What the parser accepts and we do not.
enum Refusal {
    Phase(&'static str),
    Syntax(&'static str),
}

impl TraitsWalk<'_> {
    fn refuse(&mut self, span: Span, refusal: Refusal) {
        self.refused.get_or_insert((span, refusal));
    }

    fn refuse_typescript(&mut self, span: Span) {
        self.refuse(span, Refusal::Syntax("TypeScript must be compiled first"));
    }

    /// For an `await` of any kind in `span`.
    fn suspend(&mut self, span: Span, at: Option<u32>) {
        match self.awaits {
            Await::TopLevel => self.suspensions.push(Suspension { at, span }),
            Await::Function => {}
            Await::Forbidden => {
                let message = "await is only valid in async functions and at the top level";
                self.refuse(span, Refusal::Syntax(message));
            }
        }
    }

    fn check_target(&mut self, target: &ForStatementLeft<'_>) {
        if assigns_to_reserved(target) {
            self.refuse(target.span(), Refusal::Syntax("'eval' and 'arguments' are no targets"));
        }
    }

    fn check_getter(&mut self, parameters: &FormalParameters<'_>) {
        if getter_has_parameters(parameters) {
            self.refuse(parameters.span, Refusal::Syntax("A getter has no parameters"));
        }
    }

    fn inside(&mut self, awaits: Await, walk: impl FnOnce(&mut Self)) {
        let outside = std::mem::replace(&mut self.awaits, awaits);
        walk(self);
        self.awaits = outside;
    }
}

/// Something's `constructor`, of which a function's makes functions.
fn is_constructor(callee: &Expression<'_>) -> bool {
    let member = callee.without_parentheses().as_member_expression();
    member.is_some_and(|member| member.static_property_name() == Some("constructor"))
}

impl<'a> Visit<'a> for TraitsWalk<'a> {
    fn visit_import_meta(&mut self, _: &ImportMeta) {
        self.traits.import_meta = true;
    }

    fn visit_identifier_reference(&mut self, reference: &IdentifierReference<'a>) {
        self.traits.makes_code |= matches!(reference.name.as_str(), "eval" | "Function");
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        self.traits.makes_code |= is_constructor(&call.callee);
        walk::walk_call_expression(self, call);
    }

    fn visit_new_expression(&mut self, new: &NewExpression<'a>) {
        self.traits.makes_code |= is_constructor(&new.callee);
        walk::walk_new_expression(self, new);
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
        self.suspend(expression.span, Some(expression.span.start));
        walk::walk_await_expression(self, expression);
    }

    fn visit_for_in_statement(&mut self, statement: &ForInStatement<'a>) {
        self.check_target(&statement.left);
        walk::walk_for_in_statement(self, statement);
    }

    fn visit_for_of_statement(&mut self, statement: &ForOfStatement<'a>) {
        self.check_target(&statement.left);
        if statement.r#await {
            // V8 points at the variable, past `const`.
            let at = match &statement.left {
                ForStatementLeft::VariableDeclaration(declaration) => {
                    declaration.declarations.first().map_or(declaration.span, GetSpan::span)
                }
                target => target.span(),
            };
            self.suspend(statement.span, Some(at.start));
        }
        walk::walk_for_of_statement(self, statement);
    }

    fn visit_variable_declaration(&mut self, declaration: &VariableDeclaration<'a>) {
        if declaration.kind.is_await() {
            self.suspend(declaration.span, None);
        }
        walk::walk_variable_declaration(self, declaration);
    }

    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        let awaits = Await::inside_function(function.r#async);
        self.inside(awaits, |this| walk::walk_function(this, function, flags));
    }

    fn visit_arrow_function_expression(&mut self, function: &ArrowFunctionExpression<'a>) {
        let awaits = Await::inside_function(function.r#async);
        self.inside(awaits, |this| walk::walk_arrow_function_expression(this, function));
    }

    fn visit_logical_expression(&mut self, logical: &LogicalExpression<'a>) {
        if mixes_coalescing(logical) {
            let message = "Parentheses are required to mix '??' with '||' and '&&'";
            self.refuse(logical.span, Refusal::Syntax(message));
        }
        walk::walk_logical_expression(self, logical);
    }

    fn visit_object_property(&mut self, property: &ObjectProperty<'a>) {
        if property.kind == PropertyKind::Get
            && let Expression::FunctionExpression(getter) = &property.value
        {
            self.check_getter(&getter.params);
        }
        walk::walk_object_property(self, property);
    }

    fn visit_static_block(&mut self, block: &StaticBlock<'a>) {
        self.inside(Await::Forbidden, |this| walk::walk_static_block(this, block));
    }

    fn visit_method_definition(&mut self, method: &MethodDefinition<'a>) {
        if method_has_modifiers(method, self.source) {
            self.refuse_typescript(method.span);
        }
        if method.kind == MethodDefinitionKind::Get {
            self.check_getter(&method.value.params);
        }
        walk::walk_method_definition(self, method);
    }

    fn visit_formal_parameter(&mut self, parameter: &FormalParameter<'a>) {
        if parameter_has_modifiers(parameter) {
            self.refuse_typescript(parameter.span);
        }
        walk::walk_formal_parameter(self, parameter);
    }

    fn visit_property_definition(&mut self, field: &PropertyDefinition<'a>) {
        if field_has_modifiers(field, self.source) {
            self.refuse_typescript(field.span);
        }
        // The key is evaluated with the class, the initialiser is a function of its own.
        self.visit_decorators(&field.decorators);
        self.visit_property_key(&field.key);
        if let Some(value) = &field.value {
            self.inside(Await::Forbidden, |this| this.visit_expression(value));
        }
    }

    fn visit_export_named_declaration(&mut self, export: &ExportNamedDeclaration<'a>) {
        if export_lacks_specifier(export, self.source) {
            self.refuse(export.span, Refusal::Syntax("Expected a specifier after 'from'"));
        }
        walk::walk_export_named_declaration(self, export);
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
