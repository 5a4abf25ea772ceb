//! stub
use super::format::Format;
use super::otlp_json::{cutter, document};
/// Chrome.
pub static FORMAT: Format = Format {
    id: "chrome-trace",
    name: "Chrome trace events",
    sniff: |_| false,
    cutter: cutter::for_file,
    parse: document::parse,
};
