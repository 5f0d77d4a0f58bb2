#![no_main]

use bmes_cache_fuzz::record;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes| {
    record::check(bytes);
});
