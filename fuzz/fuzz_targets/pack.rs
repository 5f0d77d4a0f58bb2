#![no_main]

use std::path::PathBuf;

use bmes_cache_fuzz::pack;
use libfuzzer_sys::fuzz_target;

/// Written anew by each run, since a pack of an older layout is no start.
fn write_seeds(folder: PathBuf) {
    for (number, bytes) in pack::seeds().into_iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{number}")), bytes).expect("a folder");
    }
}

fuzz_target!(
    init: {
        if let Some(folder) = std::env::var_os("BMES_FUZZ_SEEDS") {
            write_seeds(folder.into());
        }
    },
    |bytes| {
        pack::check(bytes);
    }
);
