//! Jaeger's JSON: what its page "Trace JSON" and its query API `/api/traces` give, and what it keeps in Elasticsearch.
//!
//! A document is `{"data":[trace…]}`, one trace object, or an array of traces. [`trace`](mod@trace) reads a trace with its
//! processes, [`span`](mod@span) one span, [`tag`] the typed tags both are made of, [`log`] the logs of a span as span
//! events; [`documents`] reads spans that stand alone. What tags mean is told in [`tags`]. Times are whole microseconds.

mod documents;
mod log;
mod span;
mod tag;
mod trace;

use super::format::{Format, Parsed};
use super::otlp_json::{self, cutter, document};
use super::stretch::Stretch;
use super::tags;
use crate::model::CancelToken;
use crate::model::batch::Batch;
use memchr::memmem;

/// Jaeger's JSON.
pub static FORMAT: Format = Format {
    id: "jaeger-json",
    name: "Jaeger JSON",
    sniff,
    cutter: |prefix| cutter::for_lists(prefix, &[b"", b"data"]),
    parse,
};

/// Jaeger's documents in Elasticsearch and OpenSearch.
pub static DOCUMENTS: Format = Format {
    id: "jaeger-elasticsearch",
    name: "Jaeger documents from Elasticsearch",
    sniff: documents::sniff,
    cutter: |prefix| cutter::for_lists(prefix, &[b"", b"hits"]),
    parse: parse_documents,
};

/// Its way of writing ids, together with a name only a trace of Jaeger has.
fn sniff(prefix: &[u8]) -> bool {
    let has = |name: &str| memmem::find(prefix, name.as_bytes()).is_some();
    let own = has("\"operationName\"") || has("\"processes\"") || has("\"processID\"");
    has("\"traceID\"")
        && has("\"spans\"")
        && own
        && !otlp_json::sniff(prefix)
        && !documents::sniff(prefix)
}

fn parse(stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    document::parse_with(stretch, cancel, trace::document, finish)
}

fn parse_documents(stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    document::parse_with(stretch, cancel, documents::document, |batch| {
        documents::share_resources(batch);
        finish(batch);
    })
}

fn finish(batch: &mut Batch) {
    tags::resolve(batch, false);
    log::complete(batch);
}
