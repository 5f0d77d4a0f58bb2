//! Records of modules, wherever they are kept: loose entries first, then the packs of apps.
//!
//! Git keeps objects loose or packed and looks in both; so does this. What a build tool saves is an
//! entry of its own, what an app's run found out is in its pack, and either serves the next asker
//! of the same module. A record is found by what it depends on (URL and content), so there is
//! nothing to invalidate, and it is verified before it is handed out.
//!
//! A start of an app comes here for one record, the engine's code of our own JavaScript, by its name:
//! packs are found by listing a folder, which no start does. Knows `store`, `pack` and
//! `format`; nothing of graphs or of JavaScript.

mod clean;
mod inspect;
mod module_cache;
mod note_facts;
mod own_code;
mod packs;
mod records;
mod report;
mod sizes;
mod verify;

pub use clean::{Choice, Cleaned, Left};
pub use inspect::{Fault, Inspected, inspect};
#[cfg(feature = "analysis")]
pub(crate) use inspect::{format_name, module_fault};
pub use module_cache::{CacheSettings, Content, ModuleCache};
pub use note_facts::NoteFacts;
pub use own_code::{find_own_code, keep_own_code};
pub use records::Records;
pub(crate) use report::counter;
pub use report::{CacheStats, Tally};
pub use sizes::{Amount, Sizes};
pub use verify::{Damage, Verified};
