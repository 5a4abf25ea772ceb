//! The same four traces as OTLP JSON, OTLP protobuf, Jaeger and Zipkin: whatever the form, they become the same spans.
//!
//! Where a form cannot hold something (Zipkin and Jaeger count microseconds, Zipkin's tags are all text), as much is
//! compared as it can hold.

use crate::cli_support::Program;
use crate::import_support::{Memory, import};
use headwater::model::batch::{Batch, BatchValue, SpanKind, SpanRecord, SpanStatus};
use std::collections::BTreeMap;
use std::path::Path;

/// What a span is, whatever form it was read from.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    parent: u64,
    name: String,
    op: String,
    description: String,
    service: String,
    kind: SpanKind,
    status: SpanStatus,
    start_us: i64,
    scope: String,
    events: usize,
}

/// A span and its attributes as text.
struct Seen {
    told: Told,
    duration: i64,
    attributes: BTreeMap<String, String>,
}

fn value(batch: &Batch, value: BatchValue) -> String {
    match value {
        BatchValue::Str(text) | BatchValue::Json(text) => batch.text(text).to_owned(),
        BatchValue::Int(number) => number.to_string(),
        BatchValue::Float(number) => number.to_string(),
        BatchValue::Bool(truth) => truth.to_string(),
        BatchValue::Null => String::new(),
    }
}

fn seen(batch: &Batch, span: &SpanRecord) -> Seen {
    let text = |text| batch.text(text).to_owned();
    let events: serde_json::Value = match batch.text(span.events) {
        "" => serde_json::Value::Array(Vec::new()),
        events => serde_json::from_str(events).expect("events are JSON"),
    };
    let told = Told {
        parent: span.parent.0,
        name: text(span.name),
        op: text(span.op),
        description: text(span.description),
        service: text(batch.resources[span.resource as usize].service),
        kind: span.kind,
        status: span.status,
        start_us: span.start.0 / 1_000,
        scope: text(batch.scopes[span.scope as usize].name),
        events: events.as_array().expect("a list").len(),
    };
    let attributes = batch.attrs(&span.attrs).iter();
    Seen {
        told,
        duration: span.duration,
        attributes: attributes
            .map(|attr| {
                (
                    batch.keys.name(attr.key).to_owned(),
                    value(batch, attr.value),
                )
            })
            .collect(),
    }
}

/// All spans of a file by trace and id.
fn spans(name: &str) -> BTreeMap<([u8; 16], u64), Seen> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/same");
    let mut sink = Memory::default();
    let report = import(&folder.join(name), &mut sink);
    assert_eq!(report.problems, Default::default(), "{name}");
    assert_eq!(
        (report.counts.traces, report.counts.spans),
        (4, 21),
        "{name}"
    );
    let all = sink.batches.iter();
    all.flat_map(|batch| batch.spans.iter().map(move |span| (batch, span)))
        .map(|(batch, span)| ((span.trace.0, span.id.0), seen(batch, span)))
        .collect()
}

#[test]
fn every_form_becomes_the_same_spans() {
    let source = spans("traces.otlp.jsonl");
    assert_eq!(source.len(), 21);
    for name in ["traces.otlp.pb", "traces.jaeger.json", "traces.zipkin.json"] {
        let others = spans(name);
        assert!(source.keys().eq(others.keys()), "{name}");
        for (span, other) in source.values().zip(others.values()) {
            let mut expected = span.told.clone();
            // Zipkin has no word for internal spans.
            if name.contains("zipkin") && expected.kind == SpanKind::Internal {
                expected.kind = SpanKind::Unspecified;
            }
            assert_eq!(expected, other.told, "{name}");
            let apart = (span.duration - other.duration).abs();
            assert!(apart < 1_000, "{name}: {apart} ns");
            for (key, value) in &span.attributes {
                assert_eq!(other.attributes.get(key), Some(value), "{name}: {key}");
            }
        }
    }
    let failed = source
        .values()
        .filter(|span| span.told.status == SpanStatus::Error);
    assert!(failed.count() >= 5, "they are worth comparing");
    assert!(source.values().any(|span| span.told.events > 0));
    assert!(source.values().any(|span| span.told.op.starts_with("db")));
}

#[test]
fn the_same_spans_in_another_form_add_nothing() {
    let program = Program::new();
    let form = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/same");
        let report = program.json(&["import", &path.join(name).to_string_lossy()]);
        let report = &report[0];
        ["spans", "errors", "duplicates"].map(|name| report[name].as_u64().expect("a count"))
    };
    let [spans, errors, _] = form("traces.otlp.jsonl");
    assert_eq!(spans, 21);
    assert!(errors > 0, "exceptions are worth comparing");
    assert_eq!(form("traces.otlp.pb"), [0, 0, spans + errors]);
    assert_eq!(form("traces.jaeger.json"), [0, 0, spans + errors]);
    // Zipkin keeps no exceptions apart from their names.
    let [spans_of_zipkin, _, duplicates] = form("traces.zipkin.json");
    assert_eq!(spans_of_zipkin, 0);
    assert!(duplicates >= spans);
}
