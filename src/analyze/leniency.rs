//! What oxc's parser lets through in JavaScript and no engine runs.
//!
//! It reads the modifiers of TypeScript everywhere, to say something better than "unexpected token"
//! later, and drops those it has no field for, so some are only in the text. Found by comparing
//! verdicts with V8's on mutated sources; each has its line in tests/analyze.rs.

use oxc_ast::ast::{
    ExportNamedDeclaration, FormalParameter, MethodDefinition, MethodDefinitionType,
    PropertyDefinition, PropertyDefinitionType,
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
