//! Which runtime made a file.
//!
//! V8 checks bytecode against its own version and flags only, and has accepted bytecode of another
//! patch release and crashed on it; so everything that could tell two builds apart goes in, and
//! files of one runtime live in a folder of their own.

use sha2::{Digest, Sha256};

use super::key::hex;

/// A runtime's identity: name, exact version, platform, architecture, build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeIdentity {
    digest: [u8; 32],
    folder: String,
}

impl RuntimeIdentity {
    /// `label` is what people see in the folder's name (`node-24.9.0-linux-x64`); `build` is
    /// everything else that tells builds apart (engine version, compiler flags, addon version).
    pub fn new(label: &str, build: &str) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(label);
        hasher.update([0]);
        hasher.update(build);
        let digest: [u8; 32] = hasher.finalize().into();
        let safe: String = label
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' })
            .collect();
        let folder = format!("{}-{}", safe.trim_start_matches('.'), &hex(&digest)[..12]);
        Self { digest, folder }
    }

    /// SHA-256 of all of it.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The name of its folder.
    pub fn folder(&self) -> &str {
        &self.folder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_name_cannot_leave_the_store() {
        let folder = RuntimeIdentity::new("../../etc", "").folder().to_owned();
        assert!(!folder.contains('/') && !folder.starts_with('.'), "{folder}");
    }

    #[test]
    fn builds_that_share_a_label_do_not_share_a_folder() {
        let one = RuntimeIdentity::new("node-24.0.0-linux-x64", "v8 1");
        assert_ne!(one, RuntimeIdentity::new("node-24.0.0-linux-x64", "v8 2"));
    }
}
