//! `import()` calls whose target can be told from their text.

use oxc_ast::ast::{
    Argument, Expression, ImportExpression, ObjectExpression, ObjectPropertyKind, PropertyKey,
    PropertyKind,
};

use rustc_hash::FxHashSet;

use crate::metadata::ImportAttribute;

/// An `import()` with a literal specifier and literal options.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LiteralImport {
    /// The specifier as written, not normalised.
    pub specifier: String,
    /// The pairs of its `with` option; empty without options.
    pub attributes: Vec<ImportAttribute>,
}

impl LiteralImport {
    /// `None` if the specifier or the options must be computed to be known.
    pub(super) fn read(import: &ImportExpression<'_>) -> Option<Self> {
        let attributes = match &import.options {
            None => Vec::new(),
            Some(options) => read_options(options)?,
        };
        Some(Self { specifier: literal_text(&import.source)?.to_owned(), attributes })
    }
}

/// The text of a string literal or of a template without substitutions. `None` for anything else,
/// lone surrogates included, which a Rust string cannot hold.
pub(super) fn literal_text<'a>(expression: &Expression<'a>) -> Option<&'a str> {
    match expression.without_parentheses() {
        Expression::StringLiteral(literal) if !literal.lone_surrogates => {
            Some(literal.value.as_str())
        }
        Expression::TemplateLiteral(template) if template.expressions.is_empty() => {
            let [text] = template.quasis.as_slice() else { return None };
            let cooked = text.value.cooked?;
            (!text.lone_surrogates).then_some(cooked.as_str())
        }
        _ => None,
    }
}

/// [`literal_text`] of an argument; a spread is not a literal.
pub(super) fn literal_argument<'a>(argument: &Argument<'a>) -> Option<&'a str> {
    argument.as_expression().and_then(literal_text)
}

/// Only `{}` and `{ with: { key: 'value' } }`. Other options have no meaning to any engine today,
/// so whoever writes them is not to be second-guessed.
fn read_options(options: &Expression<'_>) -> Option<Vec<ImportAttribute>> {
    let pairs = read_pairs(as_object(options)?)?;
    match pairs.as_slice() {
        [] => Some(Vec::new()),
        [("with", attributes)] => {
            let mut read: Vec<ImportAttribute> = Vec::new();
            let mut keys = FxHashSet::default();
            for (key, value) in read_pairs(as_object(attributes)?)? {
                if !keys.insert(key) {
                    return None;
                }
                let value = literal_text(value)?.to_owned();
                read.push(ImportAttribute { key: key.to_owned(), value });
            }
            Some(read)
        }
        _ => None,
    }
}

fn as_object<'e, 'a>(expression: &'e Expression<'a>) -> Option<&'e ObjectExpression<'a>> {
    match expression.without_parentheses() {
        Expression::ObjectExpression(object) => Some(object),
        _ => None,
    }
}

/// The properties of an object that is nothing but `key: value`.
fn read_pairs<'e, 'a>(
    object: &'e ObjectExpression<'a>,
) -> Option<Vec<(&'a str, &'e Expression<'a>)>> {
    object
        .properties
        .iter()
        .map(|property| {
            let ObjectPropertyKind::ObjectProperty(property) = property else { return None };
            if property.kind != PropertyKind::Init || property.computed || property.method {
                return None;
            }
            let key = match &property.key {
                PropertyKey::StaticIdentifier(name) => name.name.as_str(),
                PropertyKey::StringLiteral(name) if !name.lone_surrogates => name.value.as_str(),
                _ => return None,
            };
            // `__proto__: x` sets the prototype; it is not a property.
            (key != "__proto__").then_some((key, &property.value))
        })
        .collect()
}
