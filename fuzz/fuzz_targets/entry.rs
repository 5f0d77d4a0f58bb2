#![no_main]

use bmes_cache_fuzz::entry;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes| {
    entry::check(bytes);
});
