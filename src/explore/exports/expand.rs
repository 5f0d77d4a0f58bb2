//! All names of a module at once.
//!
//! Where a name has one provider among the modules that `export * from` reaches, or several that mean the
//! same, that is what it stands for, and no walk is needed to know it. So all names of a module take one
//! walk of its stars. What a module's own entries pass on is found out once for all who ask.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::names::NameId;
use super::walk::Meaning;
use crate::explore::Explorer;
use crate::module_graph::{ModuleFormat, ModuleIndex};

/// What is kept from one module to the next.
pub(in crate::explore) struct Expander<'a> {
    explorer: &'a Explorer,
    /// By module and by name: in which expansion it was met last.
    reached: Vec<u32>,
    met: Vec<Met>,
    expansion: u32,
    /// Of entries that pass on what others have, by their places.
    passed_on: FxHashMap<usize, Meaning>,
}

/// A name in an expansion.
#[derive(Clone, Copy)]
struct Met {
    expansion: u32,
    provider: Provider,
}

#[derive(Clone, Copy)]
enum Provider {
    /// The module itself, which hides all others.
    Own,
    /// An entry; others mean the same unless it is the only one.
    One {
        module: ModuleIndex,
        entry: u32,
        is_only: bool,
    },
    Several,
}

/// A name that an `export *` gives, or an entry of the module itself.
#[derive(Debug, Clone, Copy)]
pub(in crate::explore) struct Expanded {
    pub(in crate::explore) name: NameId,
    pub(in crate::explore) meaning: Meaning,
    /// The module with the only entry of that name that `export *` reaches; `None` if the module that is
    /// expanded has one, or if there are several.
    pub(in crate::explore) provider: Option<ModuleIndex>,
}

/// What a module exports, by number.
#[derive(Debug, Default)]
pub(in crate::explore) struct Expansion {
    /// In no order.
    pub(in crate::explore) names: Vec<Expanded>,
    pub(super) missing: Vec<NameId>,
    pub(super) conflicts: Vec<NameId>,
    pub(super) unknown: Vec<ModuleIndex>,
    pub(super) has_unresolved: bool,
}

impl Expansion {
    fn sort_in(&mut self, expanded: Expanded) {
        match expanded.meaning {
            Meaning::One(_) | Meaning::Unknown => self.names.push(expanded),
            Meaning::Missing => self.missing.push(expanded.name),
            Meaning::Ambiguous => self.conflicts.push(expanded.name),
        }
    }

    /// The names of the namespace, in its order.
    pub(super) fn sorted(&self) -> Vec<NameId> {
        let mut names: Vec<NameId> = self.names.iter().map(|it| it.name).collect();
        names.sort_unstable();
        names
    }
}

impl<'a> Expander<'a> {
    pub(in crate::explore) fn new(explorer: &'a Explorer) -> Self {
        let none = Met { expansion: 0, provider: Provider::Own };
        Self {
            explorer,
            reached: vec![0; explorer.modules().len()],
            met: vec![none; explorer.interfaces().names.len()],
            expansion: 0,
            passed_on: FxHashMap::default(),
        }
    }

    /// What an ES module exports.
    pub(in crate::explore) fn expand(&mut self, module: ModuleIndex) -> Expansion {
        let interfaces = self.explorer.interfaces();
        let mut expansion = Expansion::default();
        self.expansion += 1;
        for (entry, export) in interfaces.exports(module).iter().enumerate() {
            self.met[export.name.get()] =
                Met { expansion: self.expansion, provider: Provider::Own };
            let meaning = self.meaning(module, entry);
            expansion.sort_in(Expanded { name: export.name, meaning, provider: None });
        }
        let closure = self.star_closure(module, &mut expansion);
        let mut names = Vec::new();
        for module in closure {
            for (entry, export) in interfaces.exports(module).iter().enumerate() {
                if export.name != interfaces.names.default && self.meet(module, entry, export.name)
                {
                    names.push(export.name);
                }
            }
        }
        expansion.names.reserve(names.len());
        for name in names {
            let (meaning, provider) = match self.met[name.get()].provider {
                Provider::One { module, entry, is_only } => {
                    (self.meaning(module, entry as usize), is_only.then_some(module))
                }
                _ => (self.explorer.walk_export(module, name).meaning(), None),
            };
            // A name of an `export *` that means nothing is left out.
            if meaning != Meaning::Missing {
                expansion.sort_in(Expanded { name, meaning, provider });
            }
        }
        expansion
    }

    /// Whether it is the first entry of that name.
    fn meet(&mut self, module: ModuleIndex, entry: usize, name: NameId) -> bool {
        let met = self.met[name.get()];
        if met.expansion != self.expansion {
            let provider = Provider::One { module, entry: entry as u32, is_only: true };
            self.met[name.get()] = Met { expansion: self.expansion, provider };
            return true;
        }
        if let Provider::One { module: at, entry: first, .. } = met.provider {
            // Where all that have the name mean the same by it, nobody need know who is asked first.
            let meaning = self.meaning(at, first as usize);
            let is_same =
                matches!(meaning, Meaning::One(_)) && self.meaning(module, entry) == meaning;
            self.met[name.get()].provider = match is_same {
                true => Provider::One { module: at, entry: first, is_only: false },
                false => Provider::Several,
            };
        }
        false
    }

    /// What an entry of a module stands for.
    fn meaning(&mut self, module: ModuleIndex, entry: usize) -> Meaning {
        let interfaces = self.explorer.interfaces();
        let (mut module, mut export) = (module, &interfaces.exports(module)[entry]);
        let mut place = interfaces.place(module, entry);
        // As long as one entry leads to another there is one answer for all of them.
        let mut passed = Vec::new();
        let meaning = loop {
            let (target, name) = match export.next(module) {
                Ok(origin) => break Meaning::One(origin),
                Err(next) => next,
            };
            match self.passed_on.entry(place) {
                Entry::Occupied(known) => break *known.get(),
                // They go round in a circle, unless this is said again.
                Entry::Vacant(it) => drop(it.insert(Meaning::Missing)),
            }
            passed.push(place);
            let is_module = interfaces.format(target) == ModuleFormat::Module;
            let found = if is_module { interfaces.find(target, name) } else { None };
            let Some(entry) = found else {
                break self.explorer.walk_export(target, name).meaning();
            };
            (module, export) = (target, &interfaces.exports(target)[entry]);
            place = interfaces.place(target, entry);
        };
        self.passed_on.extend(passed.into_iter().map(|place| (place, meaning)));
        meaning
    }

    /// The ES modules that `export * from` reaches from `module`, itself left out.
    fn star_closure(&mut self, module: ModuleIndex, expansion: &mut Expansion) -> Vec<ModuleIndex> {
        let interfaces = self.explorer.interfaces();
        self.reached[module.get()] = self.expansion;
        let mut closure = Vec::new();
        let mut waiting = vec![module];
        while let Some(at) = waiting.pop() {
            for star in interfaces.stars(at) {
                let Some(star) = *star else {
                    expansion.has_unresolved = true;
                    continue;
                };
                if std::mem::replace(&mut self.reached[star.get()], self.expansion)
                    == self.expansion
                {
                    continue;
                }
                match interfaces.format(star) {
                    ModuleFormat::Module => {
                        closure.push(star);
                        waiting.push(star);
                    }
                    ModuleFormat::Json => {}
                    _ => expansion.unknown.push(star),
                }
            }
        }
        closure
    }
}
