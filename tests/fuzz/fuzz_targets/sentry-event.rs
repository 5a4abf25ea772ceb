//! Any bytes as `sentry-event`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| headwater_fuzz::read_as("sentry-event", data));
