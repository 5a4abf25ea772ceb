//! Any bytes as `journald-export`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| headwater_fuzz::read_as("journald-export", data));
