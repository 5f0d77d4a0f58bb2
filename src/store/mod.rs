//! The cache directory: where it is, who may be believed, how a file gets a name in it.
//!
//! Files are named by what they depend on and are never written to once named, so readers need no
//! locks and see all of a file or none of it. What is not the current user's own, or could have
//! been written by somebody else, is not read (docs/store.md). This room knows names, bytes and
//! owners; it does not know what the bytes mean.

mod error;
mod identity;
mod key;
mod location;

#[cfg(all(unix, not(bmes_portable)))]
mod directory;
#[cfg(any(not(unix), bmes_portable))]
mod portable;
#[cfg(all(unix, not(bmes_portable)))]
mod publish;

#[cfg(all(unix, not(bmes_portable)))]
pub use directory::Directory;
pub use error::StoreError;
pub use identity::RuntimeIdentity;
pub use key::{AppKey, app_key, content_hash, hex};
pub use location::default_directory;
#[cfg(any(not(unix), bmes_portable))]
pub use portable::Directory;
