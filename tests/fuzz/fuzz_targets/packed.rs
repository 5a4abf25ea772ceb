//! Any bytes as a file: packings, archives, and whatever is in them.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| headwater_fuzz::import(data));
