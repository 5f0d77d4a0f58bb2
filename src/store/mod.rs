//! The cache directory: where it is, who may be believed, how a file gets a name in it, how much of
//! it there may be.
//!
//! Files are named by what they depend on and are never written to once named, so readers need no
//! locks and see all of a file or none of it. What is not the current user's own, or could have
//! been written by somebody else, is not read (docs/store.md). Only what removes files takes a lock,
//! and no start of an app lists a folder. This room knows names, bytes and owners; it does not know
//! what the bytes mean.

mod counters;
mod directory;
pub mod entry;
mod error;
mod identity;
mod key;
mod listing;
mod location;
mod note;
mod publish;
mod root;
mod sweep;
mod trust;
mod usage;
mod walk;

#[cfg(all(unix, not(bmes_portable)))]
mod folder;
#[cfg(any(not(unix), bmes_portable))]
mod portable;

pub use counters::Counters;
pub use directory::{Directory, LearnerLock, check_usable};
pub use error::StoreError;
#[cfg(all(unix, not(bmes_portable)))]
use folder::Folder;
#[cfg(all(unix, not(bmes_portable)))]
pub use folder::open_named;
pub use identity::RuntimeIdentity;
pub use key::{
    AppKey, RecordKey, app_key, content_hash, content_hash_of, hex, key_of_hex, record_key,
};
pub use listing::{Facts, Kind};
pub use location::{DEFAULT_MAX_SIZE, default_directory};
pub use note::{Dated, Mark, Note, Outcome};
#[cfg(any(not(unix), bmes_portable))]
use portable::Folder;
#[cfg(any(not(unix), bmes_portable))]
pub use portable::open_named;
pub use root::{Cleared, Store, StoredFile};
pub use sweep::Swept;
pub use trust::Trust;
pub use walk::Stored;
