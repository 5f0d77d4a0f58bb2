//! Which names a module really exports: `GetExportedNames` and `ResolveExport` of ECMA-262 (16.2.1.7.2),
//! without running anything.
//!
//! `ResolveExport` is a recursion that either follows an export to where it comes from or asks every
//! `export * from` in turn, gives up at two different answers and takes a module that it has already
//! asked for the same name as an answer of nothing. No level of it adds anything to what the levels
//! below found, so it is a walk to every place at which an answer can end: one place is the answer, two
//! are an ambiguity. That walk needs no stack.
//!
//! What CommonJS and builtin modules export only the runtime knows. A name that is asked of one is taken
//! to be there; an `export *` of one is named as unknown.

mod expand;
mod interface;
mod names;
#[cfg(test)]
mod tests;
mod walk;

use expand::Expansion;
pub(super) use expand::{Expanded, Expander};
pub(super) use interface::Interfaces;
pub(super) use names::{NameId, NameSet};
pub(super) use walk::{Meaning, OriginName};

use super::Explorer;
use crate::module_graph::{ModuleFormat, ModuleIndex};

/// Where a name comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Binding<'a> {
    /// The module that has it.
    pub module: ModuleIndex,
    /// As what.
    pub name: BindingName<'a>,
}

/// What a binding is called where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BindingName<'a> {
    /// A variable of the module.
    Local(&'a str),
    /// The module's namespace.
    Namespace,
    /// An export of a module that is not an ES module.
    Foreign(&'a str),
}

/// What a name of a module stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution<'a> {
    /// One binding.
    Found(Binding<'a>),
    /// Nothing; to import it is a `SyntaxError`.
    Missing,
    /// Several bindings; to import it is a `SyntaxError`, and the namespace leaves it out.
    Ambiguous(Vec<Binding<'a>>),
    /// Nothing that we can see, but these modules, which only the runtime knows, may have it.
    Unknown(Vec<ModuleIndex>),
}

/// What a module exports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exports<'a> {
    /// The names of its namespace, in the order of its keys, but for what `unknown` adds.
    pub names: Vec<&'a str>,
    /// Names that several `export * from` give, each its own. The namespace leaves them out.
    pub conflicts: Vec<Conflict<'a>>,
    /// Names that it exports from modules that do not have them: it cannot be linked.
    pub missing: Vec<&'a str>,
    /// Modules whose names it exports and only the runtime knows, or that could not be found, by their
    /// importers: those of an `export * from` that leads nowhere are left out.
    pub unknown: Vec<ModuleIndex>,
    /// Has an `export * from` that leads nowhere.
    pub has_unresolved: bool,
}

/// A name with several meanings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict<'a> {
    /// The name.
    pub name: &'a str,
    /// What it may mean.
    pub bindings: Vec<Binding<'a>>,
}

impl Explorer {
    pub(super) fn interfaces(&self) -> &Interfaces {
        &self.interfaces
    }

    /// What `module` exports, star exports expanded.
    pub fn exports(&self, module: ModuleIndex) -> Exports<'_> {
        let (names, mut exports) = self.numbered_exports(module, &mut None);
        exports.names = names.into_iter().map(|name| self.interfaces().names.text(name)).collect();
        exports
    }

    /// The same with its names apart, as numbers. Whoever asks for many modules keeps the expander.
    pub(super) fn numbered_exports<'a>(
        &'a self,
        module: ModuleIndex,
        expander: &mut Option<Expander<'a>>,
    ) -> (Vec<NameId>, Exports<'a>) {
        let names = &self.interfaces().names;
        let known = match self.module(module).format {
            ModuleFormat::Module => {
                let expander = expander.get_or_insert_with(|| Expander::new(self));
                return self.told(module, expander.expand(module));
            }
            ModuleFormat::Json => return (vec![names.default], Exports::default()),
            ModuleFormat::CommonJs | ModuleFormat::Builtin => vec![names.default],
            ModuleFormat::Other => Vec::new(),
        };
        // Only the runtime knows the others.
        (known, Exports { unknown: vec![module], ..Exports::default() })
    }

    fn told(&self, module: ModuleIndex, mut expansion: Expansion) -> (Vec<NameId>, Exports<'_>) {
        expansion.missing.sort_unstable();
        expansion.conflicts.sort_unstable();
        let text = |name: NameId| self.interfaces().names.text(name);
        let conflict = |name| Conflict { name: text(name), bindings: self.bindings(module, name) };
        let names = expansion.sorted();
        let exports = Exports {
            names: Vec::new(),
            conflicts: expansion.conflicts.into_iter().map(conflict).collect(),
            missing: expansion.missing.into_iter().map(text).collect(),
            unknown: expansion.unknown,
            has_unresolved: expansion.has_unresolved,
        };
        (names, exports)
    }
}

impl Exports<'_> {
    /// Has more than names.
    pub(super) fn is_special(&self) -> bool {
        let Self { names: _, conflicts, missing, unknown, has_unresolved } = self;
        *has_unresolved || !conflicts.is_empty() || !missing.is_empty() || !unknown.is_empty()
    }
}
