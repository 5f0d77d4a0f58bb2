//! Where a module says what it says: every import, export and top-level `await`, with its place.
//!
//! This is for tools, which ask about one module at a time, so it is a walk of its own: a start never
//! needs it. Places are what editors and `String.prototype.slice` count in.

use oxc_ast::ast::{
    CallExpression, Declaration, ImportAttributeKey, ImportExpression, ImportMeta,
    ModuleExportName, Program, Statement, StringLiteral, WithClause,
};
use oxc_ast_visit::{Visit, walk};
use oxc_span::{GetSpan, Span};
use serde::Serialize;

use super::{
    LiteralImport,
    literal_import::literal_argument,
    location::{Place, locate},
};
use crate::metadata::{ImportAttribute, attributes_as_object};

/// What has a place in a module's text, each list in source order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// Everything that asks for a module, and `import.meta`.
    pub imports: Vec<SourceImport>,
    /// Every exported name but those of `export * from`.
    pub exports: Vec<SourceExport>,
    /// Where evaluation of the module stops: `await`, `for await`, `await using`.
    pub top_level_awaits: Vec<Place>,
}

/// One place that asks for a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceImport {
    /// How.
    pub kind: SourceImportKind,
    /// For what; `None` where that must be computed, and for `import.meta`.
    pub specifier: Option<String>,
    /// Its `with` clause; `None` without one, and where it must be computed.
    #[serde(serialize_with = "attributes_as_object::serialize")]
    pub attributes: Option<Vec<ImportAttribute>>,
    /// The statement up to its specifier or attributes, or the whole expression.
    #[serde(flatten)]
    pub place: Place,
    /// The text between the quotes of a statement, or the argument of a call, or `import.meta`.
    pub specifier_start: u32,
    /// Its end.
    pub specifier_end: u32,
}

/// How a place asks for a module; the names are those of esbuild's metafile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceImportKind {
    /// `import` and `export ... from`.
    ImportStatement,
    /// `import()`.
    DynamicImport,
    /// `require()`, in CommonJS.
    RequireCall,
    /// `import.meta`, which asks for none.
    ImportMeta,
}

/// One exported name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceExport {
    /// The name importers use.
    pub export_name: String,
    /// The name, or `default`.
    #[serde(flatten)]
    pub place: Place,
}

/// The details of a program without syntax errors. `awaits` are the spans of its suspensions.
pub(super) fn collect(program: &Program<'_>, awaits: &[Span], is_commonjs: bool) -> Details {
    let mut found = Found { is_commonjs, imports: Vec::new(), exports: Vec::new() };
    for statement in &program.body {
        found.statement(statement, program.source_text);
    }
    found.visit_program(program);
    found.imports.sort_by_key(|import| import.span.start);
    found.exports.sort_by_key(|(_, span)| span.start);

    let mut spans =
        Vec::with_capacity(found.imports.len() * 2 + found.exports.len() + awaits.len());
    for import in &found.imports {
        spans.extend([import.span, import.specifier_span]);
    }
    spans.extend(found.exports.iter().map(|(_, span)| *span));
    spans.extend(awaits);
    let mut places = locate(program.source_text, &spans).into_iter();
    let mut next = || places.next().unwrap_or_default();

    let imports = found.imports.into_iter().map(|import| {
        let (place, specifier) = (next(), next());
        SourceImport {
            kind: import.kind,
            specifier: import.specifier,
            attributes: import.attributes,
            place,
            specifier_start: specifier.start,
            specifier_end: specifier.end,
        }
    });
    let imports = imports.collect();
    let exports = found.exports.into_iter();
    let exports =
        exports.map(|(export_name, _)| SourceExport { export_name, place: next() }).collect();
    let top_level_awaits = awaits.iter().map(|_| next()).collect();
    Details { imports, exports, top_level_awaits }
}

struct FoundImport {
    kind: SourceImportKind,
    specifier: Option<String>,
    attributes: Option<Vec<ImportAttribute>>,
    span: Span,
    specifier_span: Span,
}

struct Found {
    is_commonjs: bool,
    imports: Vec<FoundImport>,
    exports: Vec<(String, Span)>,
}

impl Found {
    fn statement(&mut self, statement: &Statement<'_>, source: &str) {
        match statement {
            Statement::ImportDeclaration(import) => {
                self.request(import.span, &import.source, import.with_clause.as_deref());
            }
            Statement::ExportFromDeclaration(export) => {
                self.request(export.span, &export.source, export.with_clause.as_deref());
                self.exports.extend(export.specifiers.iter().map(|it| name_of(&it.exported)));
            }
            Statement::ExportAllDeclaration(export) => {
                self.request(export.span, &export.source, export.with_clause.as_deref());
                self.exports.extend(export.exported.iter().map(name_of));
            }
            Statement::ExportNamedDeclaration(export) => {
                self.exports.extend(export.specifiers.iter().map(|it| name_of(&it.exported)));
            }
            Statement::ExportDefaultDeclaration(export) => {
                let word = default_word(source, export.span);
                self.exports.push(("default".to_owned(), word));
            }
            Statement::ExportDeclaration(export) => match &export.declaration {
                Declaration::VariableDeclaration(variables) => {
                    let ids = variables.declarations.iter();
                    let ids = ids.flat_map(|variable| variable.id.get_binding_identifiers());
                    self.exports.extend(ids.map(|id| (id.name.to_string(), id.span)));
                }
                Declaration::FunctionDeclaration(function) => {
                    let id = function.id.iter();
                    self.exports.extend(id.map(|id| (id.name.to_string(), id.span)));
                }
                Declaration::ClassDeclaration(class) => {
                    self.exports.extend(class.id.iter().map(|id| (id.name.to_string(), id.span)));
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn request(&mut self, span: Span, source: &StringLiteral<'_>, clause: Option<&WithClause<'_>>) {
        let end = clause.map_or(source.span.end, |clause| clause.span.end.max(source.span.end));
        let attribute = |entry: &oxc_ast::ast::ImportAttribute<'_>| ImportAttribute {
            key: match &entry.key {
                ImportAttributeKey::Identifier(name) => name.name.to_string(),
                ImportAttributeKey::StringLiteral(text) => text.value.to_string(),
            },
            value: entry.value.value.to_string(),
        };
        let attributes = clause.map(|clause| clause.with_entries.iter().map(attribute).collect());
        self.imports.push(FoundImport {
            kind: SourceImportKind::ImportStatement,
            specifier: Some(source.value.to_string()),
            attributes: attributes.filter(|pairs: &Vec<_>| !pairs.is_empty()),
            span: Span::new(span.start, end),
            // Without the quotes.
            specifier_span: Span::new(source.span.start + 1, source.span.end - 1),
        });
    }
}

impl<'a> Visit<'a> for Found {
    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        let literal = LiteralImport::read(import);
        let (specifier, attributes) = match literal {
            Some(LiteralImport { specifier, attributes }) => (Some(specifier), Some(attributes)),
            None => (None, None),
        };
        self.imports.push(FoundImport {
            kind: SourceImportKind::DynamicImport,
            specifier,
            attributes: attributes.filter(|pairs| !pairs.is_empty()),
            span: import.span,
            specifier_span: import.source.span(),
        });
        walk::walk_import_expression(self, import);
    }

    fn visit_import_meta(&mut self, meta: &ImportMeta) {
        self.imports.push(FoundImport {
            kind: SourceImportKind::ImportMeta,
            specifier: None,
            attributes: None,
            span: meta.span,
            specifier_span: meta.span,
        });
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if self.is_commonjs
            && call.callee.is_specific_id("require")
            && let Some(argument) = call.arguments.first()
        {
            self.imports.push(FoundImport {
                kind: SourceImportKind::RequireCall,
                specifier: literal_argument(argument).map(str::to_owned),
                attributes: None,
                span: call.span,
                specifier_span: argument.span(),
            });
        }
        walk::walk_call_expression(self, call);
    }
}

fn name_of(name: &ModuleExportName<'_>) -> (String, Span) {
    (name.name().to_string(), name.span())
}

/// The word `default` of `export default`: what is between the two is blank or a comment.
fn default_word(source: &str, span: Span) -> Span {
    let bytes = source.as_bytes();
    let mut at = span.start as usize + "export".len();
    while at < span.end as usize {
        let rest = &bytes[at..];
        at += match rest {
            [b'/', b'/', ..] => {
                let end = source[at..].find(['\n', '\r', '\u{2028}', '\u{2029}']);
                end.unwrap_or(rest.len())
            }
            [b'/', b'*', ..] => source[at..].find("*/").map_or(rest.len(), |end| end + 2),
            [b'd', ..] => break,
            _ => source[at..].chars().next().map_or(1, char::len_utf8),
        };
    }
    let start = u32::try_from(at).unwrap_or(span.start);
    Span::new(start, (start + "default".len() as u32).min(span.end.max(start)))
}
