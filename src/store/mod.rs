//! The cache directory: where it is, who may be believed, how a file gets a name in it.
//!
//! Files are named by what they depend on and are never written to once named, so readers need no
//! locks and see all of a file or none of it. What is not the current user's own, or could have
//! been written by somebody else, is not read (docs/store.md). This room knows names, bytes and
//! owners; it does not know what the bytes mean.

mod directory;
mod error;
mod identity;
mod key;
mod publish;

pub use directory::{Directory, default_directory};
pub use error::StoreError;
pub use identity::RuntimeIdentity;
pub use key::{AppKey, app_key, content_hash, hex};
