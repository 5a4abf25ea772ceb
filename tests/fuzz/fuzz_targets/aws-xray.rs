//! Any bytes as `aws-xray`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| headwater_fuzz::read_as("aws-xray", data));
