//! The life of an app: what is opened, believed, learnt and saved, in this order.
//!
//! This is the one room that knows both what the disk says (`graph`) and what the cache says
//! (`pack`, `store`), and the only place where the two are compared. An app's first run is native
//! and watched; at its end the crawl's prediction is compared with what the runtime did
//! ([`evidence`]), and only what was seen is packed. When a guard no longer holds the disk is
//! crawled again ([`Session::open`]): the same answer refreshes the pack, another one sends the
//! app back to its first run.

mod adopt;
mod assemble;
mod compile;
mod detached;
mod evidence;
mod explain;
mod in_use;
mod inventory;
mod learner;
mod left;
mod lesson;
mod linkable;
mod linking;
mod named;
mod place;
mod portable;
mod prune;
mod recrawl;
mod requires;
mod saver;
mod session;
mod threads;
mod transcript;
mod typescript;

pub use compile::{Answers, Compiled, Compiler, Output};
pub use detached::start as start_detached;
pub use evidence::Observed;
pub use explain::{Beginnings, Explained, beginnings, explain};
pub use inventory::{Inventory, StoredApp, apps_of};
pub use learner::{Taken, Task, take_up};
pub use left::{Left, MAX_ATTEMPTS};
pub use linking::{Obstacle, SelfTest};
pub use session::{Opened, Session, Settings};
pub use transcript::{ObservedEdge, Transcript};
pub use typescript::Strip;
