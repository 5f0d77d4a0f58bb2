#![no_main]

use bmes_cache_fuzz::analyze;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes| {
    analyze::check(bytes);
});
