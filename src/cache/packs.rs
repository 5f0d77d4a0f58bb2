//! Which of a runtime's packs hold a module, by its content.

use std::fs::{self, File};
use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustc_hash::FxHashMap;

use crate::module_graph::{ContentHash, ModuleFormat};
use crate::pack::{Blob, Pack};
use crate::store::{Directory, RuntimeIdentity};

/// A folder that was changed this recently may change again without its time showing it.
const SETTLED_AFTER: Duration = Duration::from_secs(2);

/// How a pack's bytes come into memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Mapped: only our own writers are there, and they never write into a file that has a name.
    Map,
    /// Read: whoever installs a shipped store may write over a file in place.
    Read,
}

/// An index of packs, made at the first question and made anew when the folder has changed.
#[derive(Debug)]
pub(super) struct PackIndex {
    access: Access,
    made_at: Option<SystemTime>,
    packs: Vec<Arc<Pack>>,
    /// Pack and row of each ES module, by content.
    rows: FxHashMap<ContentHash, Vec<(usize, u32)>>,
}

impl PackIndex {
    pub(super) fn new(access: Access) -> Self {
        Self { access, made_at: None, packs: Vec::new(), rows: FxHashMap::default() }
    }

    /// The record of a module with this content, verified; one with bytecode if there is one. `url`
    /// is that of the module, or `None` if that of any module will do.
    pub(super) fn find(
        &mut self,
        directory: &Directory,
        identity: &RuntimeIdentity,
        content: &ContentHash,
        url: Option<&str>,
    ) -> Option<Vec<u8>> {
        self.refresh(directory, identity);
        let mut found: Option<Vec<u8>> = None;
        for &(pack, row) in self.rows.get(content)? {
            let pack = &self.packs[pack];
            if url.is_some_and(|url| url != pack.url(row)) {
                continue;
            }
            // A damaged one is passed over here; the app it belongs to replaces it.
            let Ok(bytecode) = pack.bytecode(row) else { continue };
            if !bytecode.is_empty() {
                return pack.record(row).ok().map(<[u8]>::to_vec);
            }
            found = found.or_else(|| pack.record(row).ok().map(<[u8]>::to_vec));
        }
        found
    }

    fn refresh(&mut self, directory: &Directory, identity: &RuntimeIdentity) {
        let changed_at = fs::metadata(directory.path()).and_then(|found| found.modified()).ok();
        if changed_at.is_some() && changed_at == self.made_at {
            return;
        }
        let is_settled = changed_at
            .and_then(|at| SystemTime::now().duration_since(at).ok())
            .is_some_and(|age| age > SETTLED_AFTER);
        *self = Self::new(self.access);
        self.made_at = changed_at.filter(|_| is_settled);
        for key in directory.packs().unwrap_or_default() {
            let Ok(file) = directory.open_pack(&key) else { continue };
            let blob = match self.access {
                Access::Map => Blob::map(&file),
                Access::Read => read(file),
            };
            let Ok(blob) = blob else { continue };
            let Ok(pack) = Pack::open(blob, identity.digest(), &key) else { continue };
            let at = self.packs.len();
            for row in 0..pack.module_count() {
                // Bytecode of TypeScript is of what the runtime has made of it: no use to who has the file.
                if pack.format(row) == ModuleFormat::Module && !pack.is_typescript(row) {
                    self.rows.entry(pack.content_hash(row)).or_default().push((at, row));
                }
            }
            self.packs.push(Arc::new(pack));
        }
    }
}

fn read(mut file: File) -> std::io::Result<Blob> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(Blob::Owned(bytes))
}
