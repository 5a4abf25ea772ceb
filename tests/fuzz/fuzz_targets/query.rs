//! Any text as a search: it is read or refused with a place, and what is read prints as itself.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| headwater_fuzz::search(text));
