//! What oxc's parser lets through in JavaScript and no engine runs.
//!
//! It reads the modifiers of TypeScript everywhere, to say something better than "unexpected token"
//! later, and drops those it has no field for, so some are only in the text. Found by comparing
//! verdicts with V8's on mutated sources; each has its line in tests/analyze.rs or
//! tests/analyze_parser.rs. What is not put right is in docs/parser.md.

use oxc_ast::ast::{
    ExportNamedDeclaration, Expression, ForStatementLeft, FormalParameter, FormalParameters,
    LogicalExpression, MethodDefinition, MethodDefinitionType, PropertyDefinition,
    PropertyDefinitionType,
};
use oxc_span::GetSpan;

/// Whether a class field is more than `static key = value`.
pub(super) fn field_has_modifiers(field: &PropertyDefinition<'_>, source: &str) -> bool {
    let before_key = &source[field.span.start as usize..field.key.span().start as usize];
    field.r#type != PropertyDefinitionType::PropertyDefinition
        || field.accessibility.is_some()
        || field.declare
        || field.r#override
        || field.optional
        || field.definite
        || field.readonly
        || has_other_words(before_key, &["static"])
}

/// Whether a method is more than `static async *key() {}` and its like.
pub(super) fn method_has_modifiers(method: &MethodDefinition<'_>, source: &str) -> bool {
    let before_key = &source[method.span.start as usize..method.key.span().start as usize];
    method.r#type != MethodDefinitionType::MethodDefinition
        || method.accessibility.is_some()
        || method.r#override
        || method.optional
        || has_other_words(before_key, &["static", "async", "get", "set"])
}

/// Whether a parameter is more than a pattern and its default.
pub(super) fn parameter_has_modifiers(parameter: &FormalParameter<'_>) -> bool {
    parameter.has_modifier() || parameter.optional
}

/// Whether `??` and `||` or `&&` are operands of each other, without parentheses.
pub(super) fn mixes_coalescing(logical: &LogicalExpression<'_>) -> bool {
    [&logical.left, &logical.right].into_iter().any(|operand| match operand {
        Expression::LogicalExpression(operand) => {
            operand.operator.is_coalesce() != logical.operator.is_coalesce()
        }
        _ => false,
    })
}

/// Whether a getter has a parameter.
pub(super) fn getter_has_parameters(parameters: &FormalParameters<'_>) -> bool {
    !parameters.items.is_empty() || parameters.rest.is_some()
}

/// Whether a loop assigns to `eval` or `arguments`.
pub(super) fn assigns_to_reserved(target: &ForStatementLeft<'_>) -> bool {
    let ForStatementLeft::AssignmentTargetIdentifier(name) = target else { return false };
    matches!(name.name.as_str(), "eval" | "arguments")
}

/// Whether `export {}` is followed by a `from` that leads nowhere.
pub(super) fn export_lacks_specifier(export: &ExportNamedDeclaration<'_>, source: &str) -> bool {
    let list_end = export.specifiers.last().map_or(export.span.start, |last| last.span.end);
    let tail = &source[list_end as usize..export.span.end as usize];
    tail.rsplit('}').next().is_some_and(|rest| has_other_words(rest, &[]))
}

/// Whether `text` has a word that is not in `known`. Text with a comment in it is not looked at.
fn has_other_words(text: &str, known: &[&str]) -> bool {
    let is_separator = |c: char| c.is_whitespace() || matches!(c, '*' | '[' | ';' | '\u{FEFF}');
    !text.contains('/')
        && text.split(is_separator).any(|word| !word.is_empty() && !known.contains(&word))
}
