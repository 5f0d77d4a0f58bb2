//! Modules that are there to pass on the names of others, and how much of that is used.

use rustc_hash::FxHashSet;

use super::exports::{Expander, Meaning, OriginName};
use super::{Cost, Explorer};
use crate::module_graph::{ModuleFormat, ModuleIndex};

/// Fewer names are no barrel to speak of.
const FEWEST_EXPORTS: usize = 8;

/// A module most of whose names are those of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Barrel {
    /// Which.
    pub module: ModuleIndex,
    /// How many names it exports.
    pub exports: u32,
    /// How many of them are used.
    pub used: u32,
    /// What its static imports load, itself included.
    pub loads: Cost,
    /// What of that the used names need: the modules that have them, and what those import.
    pub needs: Cost,
}

impl Explorer {
    /// Every barrel, the one that loads most bytes in vain first.
    pub fn barrels(&self) -> Vec<Barrel> {
        let mut expander = Expander::new(self);
        let mut barrels: Vec<Barrel> =
            self.indices().filter_map(|module| self.barrel(module, &mut expander)).collect();
        barrels.sort_by_key(|barrel| {
            (std::cmp::Reverse(barrel.loads.bytes - barrel.needs.bytes), barrel.module)
        });
        barrels
    }

    fn barrel(&self, module: ModuleIndex, expander: &mut Expander<'_>) -> Option<Barrel> {
        let it = self.module(module);
        // Most modules pass nothing on; they are told apart before their names are looked for.
        let passes_on = !it.metadata.star_exports.is_empty()
            || it.metadata.export_entries.iter().any(|entry| entry.module_name.is_some());
        if it.format != ModuleFormat::Module || !passes_on {
            return None;
        }
        let names = expander.expand(module).names;
        if names.len() < FEWEST_EXPORTS {
            return None;
        }
        let mut sources: FxHashSet<ModuleIndex> = FxHashSet::default();
        let mut of_others = 0;
        let mut used_count = 0;
        let mut uses_own = false;
        let mut needed = vec![module];
        let used = self.used_names(module);
        for expanded in &names {
            let is_used = used.contains(expanded.name);
            used_count += u32::from(is_used);
            let Meaning::One(origin) = expanded.meaning else { continue };
            let is_own = origin.module == module && origin.name != OriginName::Namespace;
            if !is_own {
                of_others += 1;
                sources.insert(origin.module);
            }
            if is_used {
                needed.push(origin.module);
                uses_own |= is_own;
            }
        }
        if of_others * 2 <= names.len() || sources.len() < 2 {
            return None;
        }
        Some(Barrel {
            module,
            exports: names.len() as u32,
            used: used_count,
            loads: self.static_cost(&[module], None),
            // A name of its own may need whatever it imports.
            needs: self.static_cost(&needed, (!uses_own).then_some(module)),
        })
    }

    /// What static imports load from `modules`, those of `except` left out.
    fn static_cost(&self, modules: &[ModuleIndex], except: Option<ModuleIndex>) -> Cost {
        let mut is_met = vec![false; self.modules().len()];
        let mut cost = Cost::default();
        let mut waiting = modules.to_vec();
        while let Some(module) = waiting.pop() {
            if !std::mem::replace(&mut is_met[module.get()], true) {
                if self.module(module).format != ModuleFormat::Builtin {
                    cost.add(self.bytes(module));
                }
                if Some(module) != except {
                    waiting.extend(self.static_targets(module));
                }
            }
        }
        cost
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::explorer;

    #[test]
    fn a_barrel_loads_all_and_needs_what_is_used() {
        let names = ["p", "q", "r", "s", "t", "u", "v", "w"];
        let texts: Vec<String> = names
            .iter()
            .map(|name| format!("import './shared'; export let {name}; // {name}"))
            .collect();
        let all: String = names.iter().map(|name| format!("export * from './{name}';")).collect();
        let mut sources =
            vec![("main", "import { q } from './all'; import './local'"), ("all", &all)];
        sources.extend(names.iter().zip(&texts).map(|(name, text)| (*name, text.as_str())));
        sources.push(("shared", ""));
        sources
            .push(("local", "export let a1, a2, a3, a4, a5, a6, a7, a8; export { p } from './p'"));
        let it = explorer(&sources);
        let barrels = it.barrels();
        assert_eq!(barrels.len(), 1);
        let barrel = &barrels[0];
        assert_eq!((it.url(barrel.module), barrel.exports, barrel.used), ("all", 8, 1));
        assert_eq!((barrel.loads.modules, barrel.needs.modules), (10, 3));
    }
}
