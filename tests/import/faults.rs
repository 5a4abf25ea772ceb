//! Broken, hostile and interrupted input.

use crate::import_support::{Memory, import, import_bytes, import_with};
use headwater::model::CancelToken;
use headwater::model::batch::Batch;
use headwater::model::report::{FileReport, Outcome};
use headwater::model::sink::*;
use proptest::prelude::*;
use std::io::Write;
use std::sync::Arc;

fn span(number: u64) -> String {
    format!(
        r#"{{"traceId":"000000000000000000000000000000aa","spanId":"{:016x}","name":"n{number}","startTimeUnixNano":"1000","endTimeUnixNano":"2000","attributes":[{{"key":"k","value":{{"stringValue":"v{number}"}}}}]}}"#,
        number + 1
    )
}

fn line(spans: &[String]) -> String {
    let resource = r#"{"attributes":[{"key":"service.name","value":{"stringValue":"api"}}]}"#;
    let spans = spans.join(",");
    format!(
        r#"{{"resourceSpans":[{{"resource":{resource},"scopeSpans":[{{"scope":{{"name":"s"}},"spans":[{spans}]}}]}}]}}"#
    )
}

fn lines(count: u64) -> String {
    (0..count)
        .map(|number| line(&[span(number)]) + "\n")
        .collect()
}

#[test]
fn files_that_are_nothing_say_what_they_are() {
    for (bytes, word) in [
        (&b""[..], "empty"),
        (b"{}", "without content"),
        (b"\x1F\x8B\x08\0abc", "gzip"),
        (b"<html><body>Sign in</body></html>", "HTML"),
        (&[0x80, 0xFF, 0, 1, 2, 3], "binary"),
        (b"{\"data\":[{\"processes\":{}}]}", "Jaeger"),
    ] {
        let (report, sink) = import_bytes(bytes);
        assert_eq!(report.outcome, Outcome::Failed);
        assert!(
            report
                .error
                .as_ref()
                .is_some_and(|error| error.contains(word)),
            "{report:?}"
        );
        assert!(sink.known.is_empty());
    }
    let report = import(std::path::Path::new("no/such/file"), &mut Memory::default());
    assert_eq!(report.error.as_deref(), Some("There is no such file."));
}

#[test]
fn a_truncated_last_line_loses_only_itself() {
    let whole = lines(3);
    let start = whole[..whole.len() - 1].rfind('\n').unwrap() + 1;
    for end in start + 1..whole.len() - 1 {
        let (report, _) = import_bytes(&whole.as_bytes()[..end]);
        assert_eq!(report.outcome, Outcome::Complete);
        assert!((2..=3).contains(&report.counts.spans), "cut at {end}");
        let skipped = &report.problems.skipped;
        assert_eq!(skipped.len(), 1, "cut at {end}: {skipped:?}");
        assert_eq!(
            (skipped[0].line, skipped[0].byte),
            (3, start as u64),
            "cut at {end}"
        );
    }
}

#[test]
fn a_bad_record_is_left_out_alone() {
    let bad = [
        r#"{"traceId":"000000000000000000000000000000aa","spanId":5,"name":"x"}"#,
        r#"{"spanId":"0000000000000001","name":"no trace"}"#,
        r#"{"traceId":"000000000000000000000000000000aa","spanId":"1111111111111111","attributes":5}"#,
        r#"{"traceId":"000000000000000000000000000000aa","spanId":"1111111111111111","startTimeUnixNano":"soon"}"#,
        r#"{"traceId":"000000000000000000000000000000aa","spanId":"1111111111111111","startTimeUnixNano":-5}"#,
        r#""just text""#,
        "17",
        "[]",
    ];
    for bad in bad {
        let text = lines(1) + &line(&[span(7), bad.to_owned(), span(8)]) + "\n" + &lines(0);
        let (report, sink) = import_bytes(text.as_bytes());
        assert_eq!(report.counts.spans, 3, "{bad}");
        let skipped = &report.problems.skipped;
        assert_eq!(skipped.len(), 1, "{bad}: {skipped:?}");
        let place = text.find(bad).unwrap() as u64;
        assert_eq!((skipped[0].line, skipped[0].byte), (2, place), "{bad}");
        let batch = &sink.batches[0];
        let last = &batch.spans[2];
        assert_eq!(batch.attrs(&last.attrs).len(), 1, "{bad}");
    }
}

#[test]
fn a_broken_line_in_the_middle_keeps_what_was_complete() {
    let broken = line(&[span(1), span(2)]);
    let broken = &broken[..broken.len() - 40];
    let text = format!("{}{broken}\ngarbage\n\n{}", lines(1), line(&[span(3)]));
    let (report, _) = import_bytes(text.as_bytes());
    assert_eq!(report.counts.spans, 3);
    let places: Vec<_> = report.problems.skipped.iter().map(|s| s.line).collect();
    assert_eq!(places, [2, 3]);
    assert!(
        report.problems.skipped[0]
            .reason
            .contains("one record before")
    );
}

#[test]
fn a_line_of_fifty_megabytes_of_garbage_is_one_note() {
    for first in ["x", "{", "\"", "{\"resourceSpans\":[\""] {
        let garbage = first.to_owned() + &"y".repeat(50 << 20);
        let text = format!("{}{garbage}\n{}", lines(2), line(&[span(9)]));
        let (report, _) = import_bytes(text.as_bytes());
        assert_eq!(report.counts.spans, 3, "{first}");
        let skipped = &report.problems.skipped;
        assert_eq!(skipped.len(), 1, "{first}: {skipped:?}");
        let place = lines(2).len() as u64;
        assert_eq!((skipped[0].line, skipped[0].byte), (3, place), "{first}");
        assert_eq!(report.bytes, text.len() as u64);
    }
}

#[test]
fn nesting_cannot_exhaust_the_stack() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = open.repeat(2_000_000) + "1" + &close.repeat(2_000_000);
        let nested = r#"{"arrayValue":{"values":["#.repeat(200_000) + &"]}}".repeat(200_000);
        let text = format!(
            "{}{{\"extra\":{deep}}}\n{}\n",
            lines(1),
            line(&[
                span(1).replace("\"name\"", &format!("\"other\":{deep},\"name\"")),
                span(2).replace("{\"stringValue\":\"v2\"}", &nested),
                span(3),
            ])
        );
        let (report, _) = import_bytes(text.as_bytes());
        assert_eq!(report.counts.spans, 4, "{:?}", report.problems.skipped);
        assert!(
            report
                .problems
                .remarks
                .iter()
                .any(|remark| remark.text.contains("nested deeper"))
        );
    }
}

#[test]
fn bytes_that_are_not_utf8_are_replaced_and_places_stay_right() {
    let mut bytes = lines(1).replace("v0", "v\u{1}\u{1}").into_bytes();
    for byte in &mut bytes {
        if *byte == 1 {
            *byte = 0xFF;
        }
    }
    let bad_at = bytes.len() as u64;
    bytes.extend_from_slice(b"garbage\n");
    bytes.extend_from_slice(line(&[span(5)]).as_bytes());
    let (report, sink) = import_bytes(&bytes);
    assert_eq!(report.counts.spans, 2);
    assert_eq!(report.problems.skipped[0].byte, bad_at);
    assert_eq!(report.problems.remarks[0].times, 2);
    let batch = &sink.batches[0];
    let value = batch.attr(&batch.spans[0].attrs, "k");
    assert!(
        matches!(value, Some(headwater::model::batch::BatchValue::Str(text)) if batch.text(text) == "v\u{FFFD}\u{FFFD}")
    );
    let position = batch.spans[1].position as usize;
    assert!(bytes[position..].starts_with(b"{\"traceId\""));
}

/// One pretty-printed object far larger than a stretch: many batches, every span once, with its resource and exact place.
#[test]
fn one_huge_object_is_cut_inside() {
    let filler = "f".repeat(2_000);
    let spans: Vec<_> = (0..20_000)
        .map(|n| span(n).replace(&format!("v{n}\""), &format!("{filler}\"")))
        .collect();
    let flat = line(&spans);
    let pretty = flat.replace("},{\"traceId", "},\n  {\"traceId").replacen(
        "{\"resourceSpans\"",
        "{\n\"resourceSpans\"",
        1,
    );
    for text in [
        flat.clone(),
        pretty,
        format!("[\n{},\n{}\n]", line(&spans[..10]), line(&spans[10..])),
    ] {
        let (report, sink) = import_bytes(text.as_bytes());
        assert_eq!(report.problems.skipped, []);
        assert_eq!(report.counts.spans, 20_000);
        assert!(sink.batches.len() > 2);
        for batch in &sink.batches {
            assert!(batch.input.len() < 40 << 20);
            for span in &batch.spans {
                let resource = &batch.resources[span.resource as usize];
                assert_eq!(batch.text(resource.service), "api");
                assert_eq!(batch.text(batch.scopes[span.scope as usize].name), "s");
                assert!(text[span.position as usize..].starts_with("{\"traceId\""));
            }
        }
    }
}

#[test]
fn a_file_read_again_adds_nothing_and_a_grown_one_its_rest() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let whole = lines(200);
    let cut = whole.len() - 100;
    file.write_all(&whole.as_bytes()[..cut]).unwrap();
    let mut sink = Memory::default();
    let first = import(file.path(), &mut sink);
    assert_eq!(
        (first.outcome, first.counts.spans),
        (Outcome::Complete, 199)
    );
    assert_eq!(first.problems.skipped_total, 1);
    let again = import(file.path(), &mut sink);
    assert_eq!(
        (again.outcome, again.counts.spans),
        (Outcome::AlreadyImported, 0)
    );
    file.write_all(&whole.as_bytes()[cut..]).unwrap();
    let grown = import(file.path(), &mut sink);
    assert_eq!((grown.outcome, grown.counts.spans), (Outcome::Complete, 1));
    assert_eq!(grown.problems.skipped_total, 0);
    assert_eq!(sink.known.len(), 1);
    let unchanged = import(file.path(), &mut sink);
    assert_eq!(
        (unchanged.outcome, unchanged.bytes),
        (Outcome::AlreadyImported, 0)
    );
    file.write_all(b"garbage\n").unwrap();
    let more = import(file.path(), &mut sink);
    assert_eq!(more.problems.skipped[0].line, 201);
    assert_eq!(more.problems.skipped[0].byte, whole.len() as u64);
}

#[test]
fn a_full_disk_fails_the_file_and_keeps_what_was_committed() {
    let mut sink = Memory {
        refuse: Some(2),
        ..Memory::default()
    };
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let filler = "f".repeat(60_000);
    let long: String = (0..2_000)
        .map(|n| line(&[span(n).replace("n1", &filler)]) + "\n")
        .collect();
    file.write_all(long.as_bytes()).unwrap();
    let report = import(file.path(), &mut sink);
    assert_eq!(report.outcome, Outcome::Failed);
    assert_eq!(report.error.as_deref(), Some("The disk is full."));
    assert_eq!(sink.batches.len(), 2);
    assert!(!sink.known[0].complete && sink.known[0].read_to > 0);
    sink.refuse = None;
    let rest = import(file.path(), &mut sink);
    assert_eq!(rest.outcome, Outcome::Complete);
    assert_eq!(sink.spans.len(), 2_000);
    assert_eq!(rest.duplicates, 0);
}

/// A sink whose encoder has a mistake.
struct Mistaken;

impl Encode for Mistaken {
    type Encoded = ();
    fn encode(&self, _: &mut Batch) {
        panic!("index out of bounds");
    }
}

impl Sink for Mistaken {
    type Encoder = Mistaken;
    fn encoder(&self) -> Arc<Mistaken> {
        Arc::new(Mistaken)
    }
    fn known(&mut self) -> Result<Vec<KnownImport>, SinkError> {
        Ok(Vec::new())
    }
    fn begin(&mut self, _: &FileIdentity, _: Option<ImportId>) -> Result<ImportId, SinkError> {
        Ok(ImportId(1))
    }
    fn commit(&mut self, _: ImportId, (): (), _: Checkpoint) -> Result<Committed, SinkError> {
        Ok(Committed::default())
    }
    fn finish(&mut self, _: ImportId, _: &FileReport, complete: bool) -> Result<(), SinkError> {
        assert!(!complete);
        Ok(())
    }
}

#[test]
fn a_panic_on_a_parser_thread_fails_the_file() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(lines(10).as_bytes()).unwrap();
    let report = import_with(file.path(), &mut Mistaken, &CancelToken::default());
    assert_eq!(report.outcome, Outcome::Failed);
    assert!(report.error.unwrap().contains("index out of bounds"));
}

#[test]
fn cancelling_stops_it() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(lines(10).as_bytes()).unwrap();
    let cancel = CancelToken::default();
    cancel.cancel();
    let mut sink = Memory::default();
    let report = import_with(file.path(), &mut sink, &cancel);
    assert_eq!(report.outcome, Outcome::Cancelled);
    assert!(sink.batches.is_empty());
}

#[test]
fn envelopes_survive_what_surrounds_them() {
    let transaction = r#"{"type":"transaction","transaction":"/a","start_timestamp":1.5,"timestamp":"1970-01-01T00:00:02.25Z","contexts":{"trace":{"trace_id":"000000000000000000000000000000aa","span_id":"00000000000000bb","status":"internal_error"}},"tags":[["a","b"]],"spans":[{"span_id":"00000000000000cc","start_timestamp":1.6,"timestamp":1.7,"op":"db","description":"SELECT 1"},{"span_id":7},{"span_id":"00000000000000dd","start_timestamp":2,"timestamp":1}]}"#;
    let mut bytes = b"\xEF\xBB\xBF{}\r\n".to_vec();
    bytes.extend_from_slice(b"{\"type\":\"attachment\",\"length\":6}\n\xFF\n{}\n\xFE\n");
    bytes.extend_from_slice(
        b"{\"type\":\"profile\"}\r\n{\"a\":1}\r\n\r\n{}\n{\"event_id\":\"1\"}\n",
    );
    bytes.extend_from_slice(
        format!(
            "{{\"type\":\"transaction\",\"length\":{}}}\n{transaction}\n",
            transaction.len()
        )
        .as_bytes(),
    );
    bytes.extend_from_slice(b"{\"type\":\"event\",\"length\":99}\n{\"level\":");
    let (report, sink) = import_bytes(&bytes);
    // The unfinished last envelope is a stretch of its own.
    let batch = &sink.batches[1];
    assert_eq!(batch.spans.len(), 3, "{report:?}");
    assert_eq!(
        (batch.spans[0].start.0, batch.spans[0].duration),
        (1_500_000_000, 750_000_000)
    );
    assert_eq!(
        batch.spans[0].status,
        headwater::model::batch::SpanStatus::Error
    );
    let names: Vec<_> = report
        .problems
        .remarks
        .iter()
        .map(|remark| remark.text.as_str())
        .collect();
    assert!(
        names[0].contains("attachment") && names[1].contains("profile"),
        "{names:?}"
    );
    let reasons: Vec<_> = report
        .problems
        .skipped
        .iter()
        .map(|s| s.reason.as_str())
        .collect();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(reasons[0].starts_with("Span left out"));
    assert!(reasons[1].contains("the file ends within it"));
}

/// Whatever happened to a file, the report says it, and says it of places inside the file.
fn check(bytes: &[u8]) {
    let (report, sink): (FileReport, Memory) = import_bytes(bytes);
    assert!(
        !report
            .error
            .as_ref()
            .is_some_and(|error| error.contains("made a mistake")),
        "{report:?}"
    );
    for skipped in &report.problems.skipped {
        assert!(skipped.byte <= bytes.len() as u64, "{skipped:?}");
        let lines = bytes[..skipped.byte as usize]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        assert_eq!(skipped.line, 1 + lines as u64, "{skipped:?}");
    }
    for batch in &sink.batches {
        for span in &batch.spans {
            assert!(span.position < bytes.len() as u64);
            assert!(span.duration >= 0);
            batch.attrs(&span.attrs);
            batch.text(span.name);
        }
        for resource in &batch.resources {
            batch.attrs(&resource.attrs);
            batch.text(resource.service);
        }
    }
}

const SAMPLES: [&[u8]; 4] = [
    include_bytes!("../data/otel-b-some-traces.jsonl"),
    include_bytes!("../data/agent-transaction-with-span-item.envelope"),
    include_bytes!("../data/error-chained.envelope"),
    include_bytes!("../data/logs-python.envelope"),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn truncation_and_corruption_are_reported(
        sample in 0..SAMPLES.len(),
        start in 0.0..0.3f64,
        end in 0.3..1.0f64,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        removals in prop::collection::vec((any::<prop::sample::Index>(), 1..200usize), 0..3),
        from_start in any::<bool>(),
    ) {
        let sample = SAMPLES[sample];
        let start = if from_start { 0 } else { (sample.len() as f64 * start) as usize };
        let mut bytes = sample[start..(sample.len() as f64 * end) as usize].to_vec();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        for (place, len) in removals {
            let place = place.index(bytes.len());
            let end = (place + len).min(bytes.len());
            bytes.drain(place..end);
            bytes.push(b'}');
        }
        check(&bytes);
    }
}
