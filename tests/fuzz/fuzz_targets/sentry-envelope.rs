//! Any bytes as `sentry-envelope`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| headwater_fuzz::read_as("sentry-envelope", data));
