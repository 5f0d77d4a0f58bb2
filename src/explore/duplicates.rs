//! Packages that a program has more than once.

use std::path::Path;

use rustc_hash::FxHashMap;

use super::Explorer;
use crate::module_graph::ModuleIndex;

/// A name that several packages of a graph have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate<'a> {
    /// The name.
    pub name: &'a str,
    /// Each of them, in the order of modules.
    pub copies: Vec<Copy<'a>>,
}

/// One of the packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy<'a> {
    /// Of its `package.json`.
    pub version: Option<&'a str>,
    /// Where it is.
    pub directory: &'a Path,
    /// What of it is in the graph.
    pub modules: Vec<ModuleIndex>,
    /// Bytes of those.
    pub bytes: u64,
}

impl Explorer {
    /// Every package name of which there are several, by name.
    pub fn duplicates(&self) -> Vec<Duplicate<'_>> {
        let survey = self.survey();
        let copies = survey.packages.iter().map(|place| Copy {
            version: place.version.as_deref(),
            directory: &place.directory,
            modules: Vec::new(),
            bytes: 0,
        });
        let mut copies: Vec<Copy<'_>> = copies.collect();
        for module in self.indices() {
            if let Some(package) = survey.package_of[module.get()] {
                let copy = &mut copies[package as usize];
                copy.modules.push(module);
                copy.bytes += self.bytes(module);
            }
        }
        let mut by_name: FxHashMap<&str, Vec<Copy<'_>>> = FxHashMap::default();
        for (place, copy) in survey.packages.iter().zip(copies) {
            by_name.entry(&place.name).or_default().push(copy);
        }
        let several = by_name.into_iter().filter(|(_, copies)| copies.len() > 1);
        let mut found: Vec<Duplicate<'_>> =
            several.map(|(name, copies)| Duplicate { name, copies }).collect();
        found.sort_unstable_by_key(|duplicate| duplicate.name);
        found
    }
}
