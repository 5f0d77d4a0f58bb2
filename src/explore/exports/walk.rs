//! The walk from a name to every binding that it may mean.

use rustc_hash::FxHashSet;

use super::interface::Export;
use super::names::NameId;
use super::{Binding, BindingName, Resolution};
use crate::explore::Explorer;
use crate::metadata::ExportType;
use crate::module_graph::{ModuleFormat, ModuleIndex};

/// Where a name comes from, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::explore) struct Origin {
    pub(in crate::explore) module: ModuleIndex,
    pub(in crate::explore) name: OriginName,
}

/// What a binding is called where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::explore) enum OriginName {
    Local(NameId),
    Namespace,
    Foreign(NameId),
}

/// What a name stands for, as far as most need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::explore) enum Meaning {
    One(Origin),
    Missing,
    Ambiguous,
    Unknown,
}

/// A step of the walk, and the step it came from.
#[derive(Debug, Clone, Copy)]
pub(in crate::explore) struct Visited {
    pub(in crate::explore) module: ModuleIndex,
    pub(in crate::explore) name: NameId,
    pub(in crate::explore) from: Option<usize>,
}

/// What the walk found.
#[derive(Default)]
pub(in crate::explore) struct Walked {
    pub(in crate::explore) visited: Vec<Visited>,
    /// Each binding once, with the step that ended there.
    pub(in crate::explore) origins: Vec<(Origin, usize)>,
    unknown: Vec<ModuleIndex>,
    /// Of `visited`, once there are many.
    seen: FxHashSet<(ModuleIndex, NameId)>,
}

/// So many steps are looked through one by one.
const FEW_STEPS: usize = 16;

impl Walked {
    pub(super) fn meaning(&self) -> Meaning {
        match (self.origins.as_slice(), self.unknown.as_slice()) {
            ([], []) => Meaning::Missing,
            ([], _) => Meaning::Unknown,
            ([(origin, _)], _) => Meaning::One(*origin),
            _ => Meaning::Ambiguous,
        }
    }

    /// Whether it is the first time that the walk is there.
    fn visit(&mut self, step: Visited) -> bool {
        let key = |step: &Visited| (step.module, step.name);
        if self.visited.len() < FEW_STEPS {
            if self.visited.iter().any(|other| key(other) == key(&step)) {
                return false;
            }
        } else {
            if self.seen.is_empty() {
                self.seen.extend(self.visited.iter().map(key));
            }
            if !self.seen.insert(key(&step)) {
                return false;
            }
        }
        self.visited.push(step);
        true
    }

    fn end(&mut self, module: ModuleIndex, name: OriginName) {
        let origin = Origin { module, name };
        if !self.origins.iter().any(|(other, _)| *other == origin) {
            self.origins.push((origin, self.visited.len() - 1));
        }
    }
}

impl Explorer {
    /// What `name` of `module` stands for.
    pub fn resolve_export<'a>(&'a self, module: ModuleIndex, name: &'a str) -> Resolution<'a> {
        let known = self.interfaces().names.find(name).unwrap_or(NameId::UNKNOWN);
        let walked = self.walk_export(module, known);
        let binding = |(origin, _): &(Origin, usize)| self.binding_of(*origin, name);
        match walked.meaning() {
            Meaning::Missing => Resolution::Missing,
            Meaning::Unknown => Resolution::Unknown(walked.unknown),
            Meaning::One(origin) => Resolution::Found(self.binding_of(origin, name)),
            Meaning::Ambiguous => {
                Resolution::Ambiguous(walked.origins.iter().map(binding).collect())
            }
        }
    }

    /// The bindings that `name` of `module` may mean.
    pub(super) fn bindings(&self, module: ModuleIndex, name: NameId) -> Vec<Binding<'_>> {
        let walked = self.walk_export(module, name);
        walked.origins.iter().map(|(origin, _)| self.binding_of(*origin, "")).collect()
    }

    /// `asked` is the text of [`NameId::UNKNOWN`].
    fn binding_of<'a>(&'a self, Origin { module, name }: Origin, asked: &'a str) -> Binding<'a> {
        let text = |name: NameId| match name {
            NameId::UNKNOWN => asked,
            name => self.interfaces().names.text(name),
        };
        let name = match name {
            OriginName::Local(name) => BindingName::Local(text(name)),
            OriginName::Namespace => BindingName::Namespace,
            OriginName::Foreign(name) => BindingName::Foreign(text(name)),
        };
        Binding { module, name }
    }

    /// Of each module that the walk of a name goes through as long as nobody has that name, whose
    /// `export *` leads it there.
    pub(in crate::explore) fn star_ways(&self, module: ModuleIndex) -> Vec<Option<ModuleIndex>> {
        let interfaces = self.interfaces();
        let mut ways = vec![None; self.modules().len()];
        let mut is_met = vec![false; self.modules().len()];
        let mut waiting = vec![(module, None)];
        while let Some((at, from)) = waiting.pop() {
            if std::mem::replace(&mut is_met[at.get()], true) {
                continue;
            }
            ways[at.get()] = from;
            let stars = interfaces.stars(at).iter().rev().flatten();
            let stars = stars.filter(|it| interfaces.format(**it) == ModuleFormat::Module);
            waiting.extend(stars.map(|star| (*star, Some(at))));
        }
        ways
    }

    /// The walk of one name.
    pub(in crate::explore) fn walk_export(&self, module: ModuleIndex, name: NameId) -> Walked {
        let interfaces = self.interfaces();
        let mut walked = Walked::default();
        let mut waiting = vec![Visited { module, name, from: None }];
        while let Some(step) = waiting.pop() {
            if !walked.visit(step) {
                continue;
            }
            let Visited { module, name, .. } = step;
            let from = Some(walked.visited.len() - 1);
            match interfaces.format(module) {
                ModuleFormat::Module => {}
                ModuleFormat::Json if name != interfaces.names.default => continue,
                _ => {
                    walked.end(module, OriginName::Foreign(name));
                    continue;
                }
            }
            if let Some(entry) = interfaces.find(module, name) {
                match interfaces.exports(module)[entry].next(module) {
                    Ok(origin) => walked.end(origin.module, origin.name),
                    Err((module, name)) => waiting.push(Visited { module, name, from }),
                }
                continue;
            }
            if name == interfaces.names.default {
                continue;
            }
            // The last one pushed is asked first.
            for star in interfaces.stars(module).iter().rev().flatten() {
                match interfaces.format(*star) {
                    ModuleFormat::Module => waiting.push(Visited { module: *star, name, from }),
                    ModuleFormat::Json => {}
                    _ if !walked.unknown.contains(star) => walked.unknown.push(*star),
                    _ => {}
                }
            }
        }
        walked
    }
}

impl Export {
    /// What an entry of `module` stands for, or the name of which module says so.
    pub(super) fn next(&self, module: ModuleIndex) -> Result<Origin, (ModuleIndex, NameId)> {
        let (module, name) = match (self.export_type, self.target) {
            (ExportType::Local, _) => (module, OriginName::Local(self.source)),
            (ExportType::Namespace, Some(target)) => (target, OriginName::Namespace),
            (ExportType::Indirect, Some(target)) => return Err((target, self.source)),
            // It leads nowhere: what it would be, nobody knows.
            (_, None) => (module, OriginName::Foreign(self.name)),
        };
        Ok(Origin { module, name })
    }
}
