//! What each module gives and takes, by module instead of specifier and by number instead of text.
//!
//! Found out with the graph, while the processor still has what the crawl has written: later most of it
//! must come from memory, text by text, which takes longer than any answer that is made of it.

use rustc_hash::FxHashMap;

use super::names::{NameId, Names, Occurrence};
use crate::metadata::{ExportType, ImportType};
use crate::module_graph::{Edge, EdgeKind, Module, ModuleFormat, ModuleIndex};

/// The interfaces of all modules: rows of one list for each kind of thing.
#[derive(Debug)]
pub(in crate::explore) struct Interfaces {
    pub(in crate::explore) names: Names,
    formats: Vec<ModuleFormat>,
    exports: Rows<Export>,
    imports: Rows<Import>,
    /// Where each `export * from` leads.
    stars: Rows<Option<ModuleIndex>>,
}

/// An export entry.
#[derive(Debug, Clone, Copy)]
pub(in crate::explore) struct Export {
    pub(super) name: NameId,
    pub(super) export_type: ExportType,
    /// Of what is local the name in the module, of what is passed on the name where it comes from.
    pub(super) source: NameId,
    /// Where its specifier leads.
    pub(super) target: Option<ModuleIndex>,
}

/// An import entry.
#[derive(Debug, Clone, Copy)]
pub(in crate::explore) struct Import {
    /// As the module has it that is imported from; `*` for a namespace.
    pub(in crate::explore) name: NameId,
    pub(in crate::explore) is_namespace: bool,
    /// Where its specifier leads.
    pub(in crate::explore) target: Option<ModuleIndex>,
}

impl Interfaces {
    pub(in crate::explore) fn of(modules: &[Module]) -> Self {
        let all = |count: fn(&Module) -> usize| modules.iter().map(count).sum();
        let mut exports = Rows::new(modules.len(), all(|it| it.metadata.export_entries.len()));
        let mut imports = Rows::new(modules.len(), all(|it| it.metadata.import_entries.len()));
        let mut stars = Rows::new(modules.len(), all(|it| it.metadata.star_exports.len()));
        let mut occurrences = Vec::with_capacity(exports.capacity() + imports.capacity() + 1);
        for module in modules {
            let metadata = &module.metadata;
            let targets = Targets::of(module);
            for entry in &metadata.export_entries {
                let name = occurrences.len();
                occurrences.push(Occurrence::new(&entry.export_name, name));
                let source = match entry.export_type {
                    ExportType::Local => entry.local_name.as_deref(),
                    ExportType::Indirect => Some(entry.import_name.as_deref().unwrap_or_default()),
                    ExportType::Namespace => None,
                };
                let mut source_at = name;
                if let Some(source) = source.filter(|source| *source != entry.export_name) {
                    source_at = occurrences.len();
                    occurrences.push(Occurrence::new(source, source_at));
                }
                exports.push(Export {
                    // A place for now.
                    name: NameId(name as u32),
                    export_type: entry.export_type,
                    source: NameId(source_at as u32),
                    target: entry.module_name.as_deref().and_then(|it| targets.find(it)),
                });
            }
            exports.end_row();
            for entry in &metadata.import_entries {
                let name = occurrences.len();
                occurrences.push(Occurrence::new(&entry.import_name, name));
                imports.push(Import {
                    name: NameId(name as u32),
                    is_namespace: entry.import_type == ImportType::Namespace,
                    target: targets.find(&entry.module_request),
                });
            }
            imports.end_row();
            metadata.star_exports.iter().for_each(|star| stars.push(targets.find(star)));
            stars.end_row();
        }
        // What is no ES module has this name too.
        occurrences.push(Occurrence::new("default", occurrences.len()));
        let (names, of_place) = Names::of(occurrences);
        for export in &mut exports.all {
            export.name = of_place[export.name.get()];
            export.source = of_place[export.source.get()];
        }
        for import in &mut imports.all {
            import.name = of_place[import.name.get()];
        }
        exports.for_each_row(|row| row.sort_unstable_by_key(|export| export.name));
        let formats = modules.iter().map(|module| module.format).collect();
        Self { names, formats, exports, imports, stars }
    }

    /// How the runtime treats a module.
    pub(super) fn format(&self, module: ModuleIndex) -> ModuleFormat {
        self.formats[module.get()]
    }

    /// Of one module, sorted by name.
    pub(in crate::explore) fn exports(&self, module: ModuleIndex) -> &[Export] {
        self.exports.row(module)
    }

    /// Of one module, as it writes them.
    pub(in crate::explore) fn imports(&self, module: ModuleIndex) -> &[Import] {
        self.imports.row(module)
    }

    /// Of one module, as it writes them.
    pub(super) fn stars(&self, module: ModuleIndex) -> &[Option<ModuleIndex>] {
        self.stars.row(module)
    }

    /// The place of the export entry of that name in [`Self::exports`].
    pub(super) fn find(&self, module: ModuleIndex, name: NameId) -> Option<usize> {
        self.exports(module).binary_search_by_key(&name, |export| export.name).ok()
    }

    /// The place of an entry of `module` among those of all modules.
    pub(super) fn place(&self, module: ModuleIndex, entry: usize) -> usize {
        self.exports.starts[module.get()] as usize + entry
    }
}

/// A list of rows, one for each module.
#[derive(Debug)]
struct Rows<T> {
    /// Where each row starts; one more than there are rows.
    starts: Vec<u32>,
    all: Vec<T>,
}

impl<T> Rows<T> {
    fn new(rows: usize, all: usize) -> Self {
        let mut starts = Vec::with_capacity(rows + 1);
        starts.push(0);
        Self { starts, all: Vec::with_capacity(all) }
    }

    fn capacity(&self) -> usize {
        self.all.capacity()
    }

    fn push(&mut self, item: T) {
        self.all.push(item);
    }

    fn end_row(&mut self) {
        self.starts.push(self.all.len() as u32);
    }

    fn row(&self, module: ModuleIndex) -> &[T] {
        let at = module.get();
        &self.all[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    fn for_each_row(&mut self, act: impl Fn(&mut [T])) {
        let mut rest = self.all.as_mut_slice();
        for bounds in self.starts.windows(2) {
            let (row, after) = rest.split_at_mut((bounds[1] - bounds[0]) as usize);
            act(row);
            rest = after;
        }
    }
}

/// Where the static requests of a module lead.
enum Targets<'a> {
    /// Looked through from the first; of two with one specifier the first that leads somewhere counts.
    Few(&'a [Edge<'static>]),
    Many(FxHashMap<&'a str, ModuleIndex>),
}

impl<'a> Targets<'a> {
    fn of(module: &'a Module) -> Self {
        // Edges are in the order of their kinds.
        let end = module.edges.partition_point(|edge| edge.kind == EdgeKind::Import);
        let edges = &module.edges[..end];
        if edges.len() <= 8 {
            return Self::Few(edges);
        }
        let mut targets = FxHashMap::default();
        for edge in edges {
            if let Some(target) = edge.target {
                targets.entry(edge.specifier.as_ref()).or_insert(target);
            }
        }
        Self::Many(targets)
    }

    fn find(&self, specifier: &str) -> Option<ModuleIndex> {
        match self {
            Self::Few(edges) => {
                let mut those = edges.iter().filter(|edge| edge.specifier == specifier);
                those.find_map(|edge| edge.target)
            }
            Self::Many(targets) => targets.get(specifier).copied(),
        }
    }
}
