//! Any bytes as `clickhouse-otel`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| headwater_fuzz::read_as("clickhouse-otel", data));
