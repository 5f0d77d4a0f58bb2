//! What a module record says about a module: its requests, imports, exports and star exports.
//!
//! Plain data, shared by every room. The shape is JavaScriptCore's module record, as Bun's BMES v1
//! writes it (docs/format.md); the terms are those of ECMA-262, section 16.2.1.

/// A module's static interface, in source order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModuleMetadata {
    /// One per distinct (specifier, attributes), in the order they are first written.
    pub requested_modules: Vec<ModuleRequest>,
    /// One per imported binding.
    pub import_entries: Vec<ImportEntry>,
    /// One per exported name, star exports excepted.
    pub export_entries: Vec<ExportEntry>,
    /// The specifiers of `export * from`, in source order.
    pub star_exports: Vec<String>,
}

/// A module that must be loaded before this one can be linked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModuleRequest {
    /// The specifier as written, not normalised.
    pub specifier: String,
    /// `None` without a `with` clause; pairs in source order otherwise.
    pub attributes: Option<Vec<ImportAttribute>>,
}

/// One `key: value` of a `with` clause.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ImportAttribute {
    /// The key, such as `type`.
    pub key: String,
    /// The value, such as `json`.
    pub value: String,
}

/// The kind of an import entry; the numbers are those of BMES v1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum ImportType {
    /// One name of the requested module.
    Single = 0,
    /// The same, from TypeScript, where the name may turn out to be a type. Never written here.
    SingleTypeScript = 1,
    /// `import * as ns`.
    Namespace = 2,
}

/// A binding that another module provides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportEntry {
    /// What is imported.
    pub import_type: ImportType,
    /// The specifier it comes from.
    pub module_request: String,
    /// The name there; `*` for a namespace.
    pub import_name: String,
    /// The name here.
    pub local_name: String,
}

/// The kind of an export entry; the numbers are those of BMES v1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum ExportType {
    /// A binding of this module.
    Local = 0,
    /// A binding of another module, passed on.
    Indirect = 1,
    /// Another module's namespace, as one name.
    Namespace = 2,
}

/// A name this module exports. The format cannot tell an absent string from an empty one, so an
/// empty string in an optional field reads back as `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportEntry {
    /// Where the binding lives.
    pub export_type: ExportType,
    /// The name importers use.
    pub export_name: String,
    /// The specifier, for `Indirect` and `Namespace`.
    pub module_name: Option<String>,
    /// The name in that module, for `Indirect`.
    pub import_name: Option<String>,
    /// The name here, for `Local`.
    pub local_name: Option<String>,
}
