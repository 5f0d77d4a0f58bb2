//! Answers about every module: columns instead of JSON.
//!
//! To read JSON an engine looks every short text up in its table of texts and makes one text again for
//! each place that names a URL. Ten thousand modules are read in a quarter of the time if each text comes
//! once, in a list that is cut at one character, and everything else is a number. What few modules have
//! stays JSON. `api/graph/packed.js` makes the objects.

use serde::Serialize;

use super::module::{ErrorJson, PackageJson, ProblemJson, push_digits};
use super::{SCHEMA, SpecialExports, text};
use crate::explore::Explorer;
use crate::metadata::{ImportAttribute, attributes_as_object};
use crate::module_graph::ModuleIndex;

/// An answer in columns.
#[derive(Debug, Default)]
pub struct Packed {
    /// Lists of texts, see [`texts`].
    pub lists: Vec<String>,
    /// Numbers and places in lists.
    pub numbers: Vec<u32>,
    /// What few modules have, as JSON.
    pub rest: String,
}

/// Texts as one: each after a line feed. Where one has a line feed itself, as an exported name may, it is
/// the JSON of the list instead, which does not begin with one.
pub(super) fn texts<'a>(items: impl Iterator<Item = &'a str> + Clone) -> String {
    let mut joined = String::with_capacity(items.clone().map(|item| item.len() + 1).sum());
    for item in items.clone() {
        if memchr::memchr(b'\n', item.as_bytes()).is_some() {
            return text(&super::Each(items));
        }
        joined.push('\n');
        joined.push_str(item);
    }
    joined
}

impl Explorer {
    /// `GraphJson`: everything. Numbers are, of each module, the place of its format in `formats` and what
    /// it is in bits (the last one: its path is that of its URL), its size in two words, the place of its package from 1 and how many requests it has;
    /// of each of those its kind and whether it is external in bits, and the place of its target from 1.
    pub fn packed(&self) -> Packed {
        #[derive(Serialize)]
        struct Rest<'a> {
            schema: u32,
            entries: Vec<&'a str>,
            formats: Vec<Option<&'static str>>,
            packages: Vec<PackageJson<'a>>,
            problems: Vec<(usize, ProblemJson)>,
            special: Vec<(usize, SpecialEdge<'a>)>,
        }
        #[derive(Serialize)]
        struct SpecialEdge<'a> {
            #[serde(serialize_with = "attributes_as_object::serialize")]
            with: Option<Vec<ImportAttribute>>,
            error: Option<ErrorJson<'a>>,
        }
        let survey = self.survey();
        let mut rest = Rest {
            schema: SCHEMA,
            entries: self.roots().iter().map(|root| self.url(*root)).collect(),
            formats: Vec::new(),
            packages: survey.packages.iter().map(|place| PackageJson::of(place)).collect(),
            problems: Vec::new(),
            special: Vec::new(),
        };
        let count = self.modules().len();
        let edges: usize = self.modules().iter().map(|module| module.edges.len()).sum();
        let mut hashes = String::with_capacity(65 * count);
        let mut paths = Vec::with_capacity(count);
        let mut specifiers = Vec::with_capacity(edges);
        let mut numbers = Vec::with_capacity(5 * count + 2 * edges);
        for index in self.indices() {
            let module = self.module_alone(index);
            let known = rest.formats.iter().position(|format| *format == module.format);
            let format = known.unwrap_or_else(|| {
                rest.formats.push(module.format);
                rest.formats.len() - 1
            });
            let has_path_in_url = module.path.is_some() && module.path == path_in(module.url);
            paths.push(module.path.filter(|_| !has_path_in_url).unwrap_or_default());
            hashes.push('\n');
            if let Some(hash) = module.content_hash {
                push_digits(hash, &mut hashes);
            }
            let is = [
                module.is_entry,
                module.is_external,
                module.has_top_level_await,
                module.has_import_meta,
                module.has_computed_imports,
                has_path_in_url,
            ];
            let package = survey.package_of[index.get()].map_or(0, |at| at + 1);
            let size = [module.bytes as u32, (module.bytes >> 32) as u32];
            numbers.extend([bits(format as u32, &is), size[0], size[1], package, 0]);
            if let Some(problem) = module.problem {
                rest.problems.push((index.get(), problem));
            }
            let (count_at, first) = (numbers.len() - 1, specifiers.len());
            self.each_edge(index, false, |edge| {
                let target = edge.target.map_or(0, |target| target.0 + 1);
                numbers.extend([bits(edge.kind as u32, &[edge.external]), target]);
                if edge.with.is_some() || edge.error.is_some() {
                    let special = SpecialEdge { with: edge.with, error: edge.error };
                    rest.special.push((specifiers.len(), special));
                }
                specifiers.push(edge.specifier);
            });
            numbers[count_at] = (specifiers.len() - first) as u32;
        }
        let paths = texts(paths.iter().copied());
        let specifiers = texts(specifiers.iter().copied());
        Packed {
            lists: vec![self.all_urls(), paths, hashes, specifiers],
            numbers,
            rest: text(&rest),
        }
    }

    /// `ExpandedExports` of every module, by URL. Numbers are, of each module, how many names it has and
    /// which.
    pub fn packed_exports(&self) -> Packed {
        #[derive(Serialize)]
        struct Special<'a>(usize, SpecialExports<'a>);
        let mut numbers = Vec::new();
        let mut special = Vec::new();
        let mut expander = None;
        for module in self.indices() {
            let (names, exports) = self.numbered_exports(module, &mut expander);
            numbers.push(names.len() as u32);
            numbers.extend(names.iter().map(|name| name.get() as u32));
            if exports.is_special() {
                special.push((module.get(), exports));
            }
        }
        let rest: Vec<Special<'_>> =
            special.iter().map(|(at, it)| Special(*at, self.special_exports(it))).collect();
        let names = self.interfaces().names.iter();
        Packed { lists: vec![self.all_urls(), texts(names)], numbers, rest: text(&rest) }
    }

    /// `GraphCycle[]`. Numbers are, of each cycle, how many modules it has and how long its path is.
    pub fn packed_cycles(&self, dynamic: bool) -> Packed {
        let cycles = self.cycles(dynamic);
        let all = cycles.iter().flat_map(|cycle| cycle.modules.iter().chain(&cycle.path));
        let numbers = cycles.iter().flat_map(|it| [it.modules.len() as u32, it.path.len() as u32]);
        Packed {
            lists: vec![texts(all.map(|module: &ModuleIndex| self.url(*module)))],
            numbers: numbers.collect(),
            rest: String::new(),
        }
    }
}

/// The path of a `file:` URL in which nothing is written otherwise.
fn path_in(url: &str) -> Option<&str> {
    url.strip_prefix("file://")
}

/// A small number, and one bit for each of `is` above it.
fn bits(number: u32, is: &[bool]) -> u32 {
    is.iter().zip(4..).fold(number, |bits, (is, at)| bits | u32::from(*is) << at)
}
