//! A syntax tree to the entries of a module record, by JavaScriptCore's rules.

use oxc_ast::ast::{
    BindingIdentifier, Declaration, ExportDefaultDeclarationKind, ExportSpecifier,
    ImportAttributeKey, ImportDeclaration, ImportDeclarationSpecifier, ModuleExportName, Program,
    Statement, StringLiteral, WithClause, WithClauseKeyword,
};
use oxc_span::{GetSpan, Span};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{AnalyzeError, traits::phase_name};
use crate::metadata::{
    ExportEntry, ExportType, ImportAttribute, ImportEntry, ImportType, ModuleMetadata,
    ModuleRequest,
};

/// The local name of a default export that has none.
const STAR_DEFAULT: &str = "starDefault";

/// The record of a module that has no syntax errors.
pub(super) fn collect(program: &Program<'_>) -> Result<ModuleMetadata, AnalyzeError> {
    let mut collector = Collector {
        source: program.source_text,
        metadata: ModuleMetadata::default(),
        requests: FxHashSet::default(),
        imported: FxHashMap::default(),
        exported: FxHashSet::default(),
        stars: FxHashSet::default(),
    };
    // Imports first: an export of an imported binding may come before its import.
    for statement in &program.body {
        if let Statement::ImportDeclaration(declaration) = statement {
            collector.import(declaration)?;
        }
    }
    for statement in &program.body {
        collector.request_and_export(statement)?;
    }
    Ok(collector.metadata)
}

struct Collector<'a> {
    source: &'a str,
    metadata: ModuleMetadata,
    /// What is in `requested_modules`, in the form that decides whether two are one.
    requests: FxHashSet<RequestKey<'a>>,
    /// The import entry of each imported local name.
    imported: FxHashMap<&'a str, usize>,
    exported: FxHashSet<&'a str>,
    /// What is in `star_exports`.
    stars: FxHashSet<&'a str>,
}

/// Two requests are one if their specifiers are equal and their attributes are, in any order
/// (ECMA-262, ModuleRequestsEqual). An empty clause is no clause.
type RequestKey<'a> = (&'a str, Vec<(&'a str, &'a str)>);

impl<'a> Collector<'a> {
    fn import(&mut self, declaration: &ImportDeclaration<'a>) -> Result<(), AnalyzeError> {
        if let Some(phase) = declaration.phase {
            let name = phase_name(phase);
            return Err(AnalyzeError::unsupported_phase(self.source, declaration.span, name));
        }
        let specifier = self.specifier(&declaration.source)?;
        for binding in declaration.specifiers.iter().flatten() {
            let (import_type, import_name, local) = match binding {
                ImportDeclarationSpecifier::ImportSpecifier(named) => {
                    (ImportType::Single, self.name(&named.imported)?, &named.local)
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(default) => {
                    (ImportType::Single, "default", &default.local)
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(namespace) => {
                    (ImportType::Namespace, "*", &namespace.local)
                }
            };
            self.imported.insert(local.name.as_str(), self.metadata.import_entries.len());
            self.metadata.import_entries.push(ImportEntry {
                import_type,
                module_request: specifier.to_owned(),
                import_name: import_name.to_owned(),
                local_name: local.name.to_string(),
            });
        }
        Ok(())
    }

    fn request_and_export(&mut self, statement: &Statement<'a>) -> Result<(), AnalyzeError> {
        match statement {
            Statement::ImportDeclaration(import) => {
                self.request(&import.source, import.with_clause.as_deref())?;
            }
            Statement::ExportFromDeclaration(export) => {
                let module = self.request(&export.source, export.with_clause.as_deref())?;
                for specifier in &export.specifiers {
                    let import_name = self.name(&specifier.local)?;
                    let (name, span) = self.exported_name(&specifier.exported)?;
                    self.export(name, span, indirect(module, import_name))?;
                }
            }
            Statement::ExportAllDeclaration(export) => {
                let module = self.request(&export.source, export.with_clause.as_deref())?;
                match &export.exported {
                    // Twice the same names are those names (JavaScriptCore keeps a set).
                    None => {
                        if self.stars.insert(module) {
                            self.metadata.star_exports.push(module.to_owned());
                        }
                    }
                    Some(name) => {
                        let (name, span) = self.exported_name(name)?;
                        self.export(name, span, namespace(module))?;
                    }
                }
            }
            Statement::ExportNamedDeclaration(export) => {
                for specifier in &export.specifiers {
                    self.export_specifier(specifier)?;
                }
            }
            Statement::ExportDefaultDeclaration(export) => {
                let id = match &export.declaration {
                    ExportDefaultDeclarationKind::FunctionDeclaration(function) => &function.id,
                    ExportDefaultDeclarationKind::ClassDeclaration(class) => &class.id,
                    ExportDefaultDeclarationKind::TSInterfaceDeclaration(interface) => {
                        return Err(self.typescript(interface.span));
                    }
                    _ => &None,
                };
                let local = id.as_ref().map_or(STAR_DEFAULT, |id| id.name.as_str());
                self.export("default", export.span, local_binding(local))?;
            }
            Statement::ExportDeclaration(export) => match &export.declaration {
                Declaration::VariableDeclaration(variables) => {
                    for variable in &variables.declarations {
                        for id in variable.id.get_binding_identifiers() {
                            self.export_binding(id)?;
                        }
                    }
                }
                Declaration::FunctionDeclaration(function) => {
                    function.id.as_ref().map_or(Ok(()), |id| self.export_binding(id))?;
                }
                Declaration::ClassDeclaration(class) => {
                    class.id.as_ref().map_or(Ok(()), |id| self.export_binding(id))?;
                }
                other => return Err(self.typescript(other.span())),
            },
            Statement::TSImportEqualsDeclaration(other) => {
                return Err(self.typescript(other.span));
            }
            _ => {}
        }
        Ok(())
    }

    /// `export { local as exported }`, which passes an import on or exports a binding.
    fn export_specifier(&mut self, specifier: &ExportSpecifier<'a>) -> Result<(), AnalyzeError> {
        let local = self.name(&specifier.local)?;
        let (name, span) = self.exported_name(&specifier.exported)?;
        let entry = match self.imported.get(local) {
            None => local_binding(local),
            Some(&at) => {
                let import = &self.metadata.import_entries[at];
                match import.import_type {
                    ImportType::Namespace => namespace(&import.module_request),
                    ImportType::Single | ImportType::SingleTypeScript => {
                        indirect(&import.module_request, &import.import_name)
                    }
                }
            }
        };
        self.export(name, span, entry)
    }

    fn export_binding(&mut self, id: &BindingIdentifier<'a>) -> Result<(), AnalyzeError> {
        self.export(id.name.as_str(), id.span, local_binding(id.name.as_str()))
    }

    fn export(
        &mut self,
        name: &'a str,
        span: Span,
        entry: ExportEntry,
    ) -> Result<(), AnalyzeError> {
        if !self.exported.insert(name) {
            let message = format!("Duplicate export of '{name}'");
            return Err(AnalyzeError::syntax(self.source, span, message));
        }
        self.metadata.export_entries.push(ExportEntry { export_name: name.to_owned(), ..entry });
        Ok(())
    }

    /// Records a request and returns its specifier.
    fn request(
        &mut self,
        source: &StringLiteral<'a>,
        clause: Option<&WithClause<'a>>,
    ) -> Result<&'a str, AnalyzeError> {
        let specifier = self.specifier(source)?;
        let pairs = clause.map_or(Ok(Vec::new()), |clause| self.attributes(clause))?;

        let mut sorted = pairs.clone();
        sorted.sort_unstable();
        if self.requests.insert((specifier, sorted)) {
            let attribute = |(key, value): (&str, &str)| ImportAttribute {
                key: key.to_owned(),
                value: value.to_owned(),
            };
            let attributes =
                (!pairs.is_empty()).then(|| pairs.into_iter().map(attribute).collect());
            self.metadata
                .requested_modules
                .push(ModuleRequest { specifier: specifier.to_owned(), attributes });
        }
        Ok(specifier)
    }

    fn attributes(&self, clause: &WithClause<'a>) -> Result<Vec<(&'a str, &'a str)>, AnalyzeError> {
        if clause.keyword == WithClauseKeyword::Assert {
            let message = "Import assertions were replaced by attributes; write 'with'";
            return Err(AnalyzeError::syntax(self.source, clause.span, message));
        }
        clause
            .with_entries
            .iter()
            .map(|entry| {
                let key = match &entry.key {
                    ImportAttributeKey::Identifier(name) => name.name.as_str(),
                    ImportAttributeKey::StringLiteral(text) => {
                        self.text(text, "an import attribute")?
                    }
                };
                Ok((key, self.text(&entry.value, "an import attribute")?))
            })
            .collect()
    }

    fn specifier(&self, source: &StringLiteral<'a>) -> Result<&'a str, AnalyzeError> {
        self.text(source, "a specifier")
    }

    fn text(&self, literal: &StringLiteral<'a>, what: &str) -> Result<&'a str, AnalyzeError> {
        if literal.lone_surrogates {
            return Err(AnalyzeError::lone_surrogate(self.source, literal.span, what));
        }
        Ok(literal.value.as_str())
    }

    fn exported_name(&self, name: &ModuleExportName<'a>) -> Result<(&'a str, Span), AnalyzeError> {
        Ok((self.name(name)?, name.span()))
    }

    /// A ModuleExportName. Written as a string it must be well-formed Unicode, which is an early
    /// error that the parser leaves to us.
    fn name(&self, name: &ModuleExportName<'a>) -> Result<&'a str, AnalyzeError> {
        match name {
            ModuleExportName::IdentifierName(name) => Ok(name.name.as_str()),
            ModuleExportName::IdentifierReference(name) => Ok(name.name.as_str()),
            ModuleExportName::StringLiteral(text) if text.lone_surrogates => {
                let message = "An export name contains a lone surrogate";
                Err(AnalyzeError::syntax(self.source, text.span, message))
            }
            ModuleExportName::StringLiteral(text) => Ok(text.value.as_str()),
        }
    }

    fn typescript(&self, span: Span) -> AnalyzeError {
        AnalyzeError::syntax(self.source, span, "TypeScript must be compiled first")
    }
}

fn local_binding(local: &str) -> ExportEntry {
    ExportEntry {
        export_type: ExportType::Local,
        export_name: String::new(),
        module_name: None,
        import_name: None,
        local_name: Some(local.to_owned()),
    }
}

fn indirect(module: &str, import_name: &str) -> ExportEntry {
    ExportEntry {
        export_type: ExportType::Indirect,
        export_name: String::new(),
        module_name: Some(module.to_owned()),
        import_name: Some(import_name.to_owned()),
        local_name: None,
    }
}

fn namespace(module: &str) -> ExportEntry {
    ExportEntry {
        export_type: ExportType::Namespace,
        export_name: String::new(),
        module_name: Some(module.to_owned()),
        import_name: None,
        local_name: None,
    }
}
