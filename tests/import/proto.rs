//! OTLP protobuf against the same records as OTLP JSON.

use crate::import_support::{Memory, import, import_bytes};
use crate::proto_support::*;
use headwater::import::FORMATS;
use headwater::model::batch::*;
use headwater::model::report::Outcome;
use proptest::prelude::*;
use std::path::Path;

fn assert_same(one: &Path, other: &Path) -> usize {
    let (mut first, mut second) = (Memory::default(), Memory::default());
    let reports = [import(one, &mut first), import(other, &mut second)];
    for report in &reports {
        assert_eq!(report.problems, Default::default(), "{}", report.path);
    }
    assert_eq!(reports[0].counts, reports[1].counts);
    let (first, second) = (records(&first), records(&second));
    for (one, other) in first.iter().zip(&second) {
        assert_eq!(one, other);
    }
    assert_eq!(first.len(), second.len());
    first.len()
}

#[test]
fn both_forms_of_a_record_are_the_same() {
    let same = |name: &str| {
        let [json, proto] = ["jsonl", "pb"].map(|end| data(&format!("proto/{name}.{end}")));
        assert_same(&json, &proto)
    };
    assert_eq!(same("traces"), 55 + 2);
    assert!(same("logs") > 20);
}

#[test]
#[ignore = "needs the whole captures: set HEADWATER_CAPTURES to their folder"]
fn whole_captures_are_the_same_too() {
    let folder = std::env::var("HEADWATER_CAPTURES").expect("HEADWATER_CAPTURES is set");
    let at = |name: &str| Path::new(&folder).join("otlp").join(name);
    for (name, records) in [("otel-b-traces", 1134 + 6), ("otel-b-logs", 230)] {
        let [json, proto] = ["jsonl", "pb"].map(|end| at(&format!("{name}.{end}")));
        assert_eq!(assert_same(&json, &proto), records);
    }
    let report = import(&at("otel-b-metrics.pb"), &mut Memory::default());
    assert_eq!(report.problems.remarks[0].times, 10);
}

#[test]
fn metrics_are_counted() {
    let (report, _) = import_bytes(&read("proto/metrics.pb"));
    assert_eq!(report.format, "otlp-proto");
    assert_eq!(report.counts, Default::default());
    let [remark] = &report.problems.remarks[..] else {
        panic!("{:?}", report.problems);
    };
    assert!(
        remark.text.starts_with("Metrics") && remark.times == 5,
        "{remark:?}"
    );
}

#[test]
fn each_sample_is_in_one_format() {
    let mut samples: Vec<_> = [data(""), data("proto")]
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    samples.sort();
    assert!(samples.len() > 10);
    for path in samples {
        let bytes = std::fs::read(&path).unwrap();
        let is_binary = path.extension().is_some_and(|end| end == "pb");
        let in_proto = FORMATS
            .iter()
            .filter(|format| (format.sniff)(&bytes))
            .map(|format| format.id == "otlp-proto");
        assert_eq!(in_proto.collect::<Vec<_>>(), [is_binary], "{path:?}");
    }
}

#[test]
fn places_lead_to_the_record() {
    let bytes = read("proto/traces.pb");
    let (_, sink) = import_bytes(&bytes);
    for span in &sink.batches[0].spans {
        let start = span.position as usize;
        assert_eq!(bytes[start..start + 2], [0x0A, 16]);
        assert_eq!(bytes[start + 2..start + 18], span.trace.0);
    }
    for error in &sink.batches[0].errors {
        let start = error.position as usize;
        let event = &bytes[start..start + 40];
        assert!(event.windows(9).any(|word| word == b"exception"));
    }
}

#[test]
fn every_outer_form() {
    let one = request(&[span(1, &[]), span(2, &[])]);
    let two = request(&[span(3, &[])]);
    let library = bytes(1, [bytes(1, "lib"), bytes(2, "0.1")].concat());
    let old = [library, bytes(2, span(4, &[]))].concat();
    let old = bytes(1, bytes(1000, old));
    let unknown = [int(900, 1), bytes(901, "?")].concat();
    for (what, file, spans) in [
        ("bare", one.clone(), 2),
        ("bare, two resources", [&one[..], &two].concat(), 3),
        ("bare, with more", [&one[..], &unknown].concat(), 2),
        ("old", old, 1),
        (
            "Tempo",
            [bytes(1, [&one[..], &two].concat()), bytes(2, [8, 1])].concat(),
            3,
        ),
        ("one", framed(&one), 2),
        ("two", [framed(&one), framed(&[]), framed(&two)].concat(), 3),
        ("nothing first", [framed(&[]), framed(&one)].concat(), 2),
    ] {
        let (report, sink) = import_bytes(&file);
        assert_eq!(report.format, "otlp-proto", "{what}");
        assert_eq!(report.counts.spans, spans, "{what}");
        // What might hold records of a kind that is not known yet is told.
        let notes = report.problems.remarks.iter().map(|remark| remark.times);
        let told = if what == "bare, with more" { 2 } else { 0 };
        assert_eq!(notes.sum::<u64>(), told, "{what}");
        assert_eq!(report.problems.skipped, [], "{what}");
        let batch = &sink.batches[0];
        let scope = &batch.scopes[batch.spans[0].scope as usize];
        assert_eq!(
            (batch.text(scope.name), batch.spans[0].duration),
            ("lib", 2000)
        );
    }
}

#[test]
fn every_kind_of_value() {
    let list = |values: &[Vec<u8>]| -> Vec<u8> {
        values.iter().flat_map(|value| bytes(1, value)).collect()
    };
    let pairs = bytes(6, attribute(1, "x\"y", int(3, -5_i64 as u64)));
    let array = bytes(
        5,
        list(&[
            bytes(1, "a\nb"),
            pairs,
            Vec::new(),
            fixed(4, 1.5_f64.to_bits()),
        ]),
    );
    let link = [
        bytes(1, [9; 16]),
        bytes(2, [8; 8]),
        attribute(4, "k", int(2, 1)),
    ]
    .concat();
    let more = [
        int(6, 2),
        attribute(9, "text", bytes(1, "ä")),
        // Another field between elements of the same list.
        bytes(15, [bytes(2, "no"), int(3, 2)].concat()),
        attribute(9, "int", int(3, -7_i64 as u64)),
        attribute(9, "bool", int(2, 0)),
        attribute(9, "double", fixed(4, 2.5_f64.to_bits())),
        attribute(9, "nan", fixed(4, f64::NAN.to_bits())),
        attribute(9, "bytes", bytes(7, "foo")),
        attribute(9, "array", array),
        attribute(9, "null", Vec::new()),
        attribute(9, "not text", bytes(1, b"a\xFFb")),
        bytes(9, bytes(2, int(3, 1))),
        bytes(13, link),
        int(999, 5),
    ];
    let (report, sink) = import_bytes(&request(&[span(1, &more.concat())]));
    assert_eq!(report.problems.skipped, []);
    let batch = &sink.batches[0];
    let span = &batch.spans[0];
    assert_eq!(
        (span.kind, span.status),
        (SpanKind::Server, SpanStatus::Error)
    );
    assert_eq!(batch.text(span.status_message), "no");
    assert_eq!(
        attrs(batch, &span.attrs),
        r#"text="ä", int=Int(-7), bool=Bool(false), double=Float(2.5), nan=Float(NaN), bytes="Zm9v", array=["a\nb",{"x\"y":-5},null,1.5], null=Null, not text="a�b", =Int(1)"#
    );
    assert_eq!(
        batch.text(span.links),
        r#"[{"traceId":"09090909090909090909090909090909","spanId":"0808080808080808","attributes":[{"key":"k","value":{"boolValue":true}}]}]"#
    );
    assert!(report.problems.remarks[0].text.contains("UTF-8"));
}

#[test]
fn what_repeats_is_as_right_as_the_first_time() {
    let spans: Vec<Vec<u8>> = (0..6)
        .map(|index| {
            let more = [
                attribute(9, "same", bytes(1, "text")),
                attribute(9, "either", int(2, index % 2)),
                attribute(9, "text", bytes(1, ["ab", "cb", "db"][index as usize % 3])),
                attribute(9, "not text", bytes(1, b"a\xFFb")),
                attribute(9, "same", bytes(1, "text")),
                bytes(9, [bytes(1, b"n\xFF"), bytes(2, int(3, 7))].concat()),
                attribute(9, "n\u{FFFD}", int(3, 7)),
            ];
            span(index + 1, &more.concat())
        })
        .collect();
    let (report, sink) = import_bytes(&request(&spans));
    let batch = &sink.batches[0];
    for (index, span) in batch.spans.iter().enumerate() {
        let (either, text) = (index % 2 == 1, ["ab", "cb", "db"][index % 3]);
        let expected = format!(
            "same=\"text\", either=Bool({either}), text=\"{text}\", not text=\"a\u{FFFD}b\", same=\"text\", n\u{FFFD}=Int(7), n\u{FFFD}=Int(7)"
        );
        assert_eq!(attrs(batch, &span.attrs), expected);
    }
    assert_eq!(batch.spans.len(), 6);
    // A value and a name of each.
    assert_eq!(report.problems.remarks[0].times, 12);
}

#[test]
fn a_broken_record_is_left_out_alone() {
    let wrong_kind = span(2, &bytes(7, "x"));
    let cut_short = span(3, &[0x4A, 100]);
    let no_id = [bytes(1, [7; 16]), fixed(7, 5)].concat();
    let file = framed(&request(&[
        span(1, &[]),
        wrong_kind,
        cut_short,
        no_id,
        span(4, &[]),
    ]));
    let (report, sink) = import_bytes(&file);
    let ids: Vec<_> = sink.batches[0].spans.iter().map(|span| span.id.0).collect();
    assert_eq!(ids, [1, 4]);
    assert_eq!(report.problems.skipped_total, 3);
    for skipped in &report.problems.skipped {
        assert!(skipped.reason.starts_with("Span left out: "), "{skipped:?}");
        let start = skipped.byte as usize;
        assert_eq!(
            (skipped.line, &file[start..start + 2]),
            (0, &[0x0A, 16][..])
        );
    }
}

#[test]
fn depth_costs_no_stack() {
    for field in [5, 6] {
        let mut value = bytes(1, "deep");
        for _ in 0..5_000 {
            value = match field {
                5 => bytes(5, bytes(1, value)),
                _ => bytes(6, attribute(1, "k", value)),
            };
        }
        let (report, sink) = import_bytes(&request(&[span(1, &attribute(9, "a", value))]));
        assert_eq!((report.counts.spans, report.problems.skipped_total), (1, 0));
        assert!(report.problems.remarks[0].text.contains("128 levels"));
        assert_eq!(sink.batches[0].spans[0].attrs.len(), 1);
    }
}

#[test]
fn depth_within_events_costs_no_stack() {
    let mut value = bytes(1, "deep");
    for _ in 0..5_000 {
        value = bytes(6, attribute(1, "k", value));
    }
    let event = [bytes(2, "exception"), attribute(3, "a", value)].concat();
    let (report, sink) = import_bytes(&request(&[span(1, &bytes(11, event))]));
    assert_eq!((report.counts.spans, report.counts.errors), (1, 1));
    assert!(report.problems.remarks[0].text.contains("128 levels"));
    let batch = &sink.batches[0];
    let events = batch.text(batch.spans[0].events);
    assert!(events.starts_with(r#"[{"name":"exception""#));
    // What is too deep is left empty; all that was opened is closed.
    let count = |bracket| events.matches(bracket).count();
    assert_eq!((count('{'), count('[')), (count('}'), count(']')));
}

#[test]
fn ids_of_other_lengths() {
    let with_ids = |trace: &[u8], id: &[u8]| {
        let ids = [bytes(1, trace), bytes(2, id)].concat();
        [ids, bytes(5, "n"), fixed(7, 1000), fixed(8, 3000)].concat()
    };
    let (report, sink) = import_bytes(&request(&[
        span(1, &[]),
        with_ids(&[5; 8], &[6; 8]),
        with_ids(&[5; 3], &[6; 3]),
        with_ids(&[0; 16], &[6; 8]),
    ]));
    let batch = &sink.batches[0];
    assert_eq!(
        batch.spans[1].trace.to_string(),
        "00000000000000000505050505050505"
    );
    assert_eq!(
        attrs(batch, &batch.spans[2].attrs),
        r#"headwater.original_trace_id="050505", headwater.original_span_id="060606""#
    );
    assert!(report.problems.remarks[0].text.contains("hash"));
    let [skipped] = &report.problems.skipped[..] else {
        panic!("{:?}", report.problems);
    };
    assert_eq!(skipped.reason, "Span left out: it has no trace id");
    assert!(
        skipped.excerpt.contains(r#""name":"n""#),
        "{}",
        skipped.excerpt
    );
}

#[test]
fn long_texts_are_cut() {
    let text = "é".repeat((1 << 19) + 5);
    let (report, sink) = import_bytes(&request(&[span(1, &attribute(9, "a", bytes(1, &text)))]));
    let batch = &sink.batches[0];
    let BatchValue::Str(kept) = batch.attrs(&batch.spans[0].attrs)[0].value else {
        panic!("it is text");
    };
    let kept = batch.text(kept);
    assert_eq!(kept.len(), (1 << 20) + '…'.len_utf8());
    assert!(kept.ends_with("é…"));
    assert!(report.problems.remarks[0].text.contains("1 MiB"));
}

#[test]
fn fields_of_later_versions_between_records_stop_nothing() {
    let first = request(&[span(1, &[])]);
    let file = [first, int(2, 7), request(&[span(2, &[])])].concat();
    let (report, _) = import_bytes(&file);
    assert_eq!((report.counts.spans, report.problems.skipped_total), (2, 0));
    assert_eq!(report.problems.remarks[0].times, 1);
}

#[test]
fn after_a_false_length_the_next_message_is_found() {
    let good = |id| framed(&request(&[span(id, &[])]));
    for garbage in [vec![0xFF; 1000], b"some text\nand more of it".to_vec()] {
        let file = [good(1), garbage, good(2), good(3)].concat();
        let (report, _) = import_bytes(&file);
        assert_eq!(report.counts.spans, 3, "{:?}", report.problems);
        assert_eq!(report.problems.skipped_total, 1);
        assert_eq!(report.problems.skipped[0].byte, good(1).len() as u64);
    }
}

#[test]
fn messages_of_many_stretches() {
    let text = "x".repeat(1 << 20);
    let message = |id| request(&[span(id, &attribute(9, "a", bytes(1, &text)))]);
    for wrap in [framed as fn(&[u8]) -> Vec<u8>, |message: &[u8]| {
        message.to_vec()
    }] {
        let file: Vec<u8> = (1..=40).flat_map(|id| wrap(&message(id))).collect();
        let (report, sink) = import_bytes(&file);
        assert_eq!(report.counts.spans, 40);
        assert!(sink.batches.len() > 1);
        assert_eq!(report.problems, Default::default());
    }
}

#[test]
fn a_request_that_breaks_off_is_kept_up_to_there() {
    let whole = request(&[span(1, &[]), span(2, &[]), span(3, &[])]);
    let wrapped = bytes(1, &whole);
    for file in [whole, wrapped] {
        let (report, sink) = import_bytes(&file[..file.len() - 5]);
        let spans = sink.batches[0].spans.iter();
        assert_eq!(spans.map(|span| span.id.0).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(report.problems.skipped_total, 1, "{:?}", report.problems);
        assert!(report.problems.skipped[0].reason.contains("ends within"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Of a file that was cut off, every whole message is read, and the cut is told.
    #[test]
    fn truncated(cut in 0.0..1.0_f64) {
        let all = read("proto/traces.pb");
        let cut = (all.len() as f64 * cut) as usize;
        let (report, sink) = import_bytes(&all[..cut]);
        let mut whole = 0;
        let mut ends = 0;
        while let Some(length) = all[..cut].get(ends..ends + 4) {
            let next = ends + 4 + u32::from_be_bytes(length.try_into().unwrap()) as usize;
            if next > cut {
                break;
            }
            ends = next;
            whole += 1;
        }
        let (_, complete) = import_bytes(&all[..ends]);
        let (complete, found) = (complete.spans, sink.spans);
        prop_assert!(found.is_superset(&complete), "{whole} messages");
        if report.outcome == Outcome::Complete {
            prop_assert_eq!(report.problems.skipped_total, u64::from(cut > ends));
        }
    }

    /// Whatever is wrong in a file, nothing panics, and what is left out is listed.
    #[test]
    fn corrupted(at in 0.0..1.0_f64, with in prop::collection::vec(any::<u8>(), 1..6), packed in 0..4) {
        let plain = read("proto/traces.pb");
        let mut file = match packed {
            0 => plain,
            1 => gzip(&plain),
            2 => zstd_of(&plain),
            _ => zstd_records(&[&request(&[span(1, &[])]), &request(&[span(2, &[])])]),
        };
        let at = (file.len() as f64 * at) as usize;
        for (old, new) in file[at..].iter_mut().zip(&with) {
            *old = *new;
        }
        let (report, _) = import_bytes(&file);
        let all = if packed == 3 { 2 } else { 48 };
        if let Some(error) = &report.error {
            prop_assert!(!error.contains("mistake"), "{}", error);
        } else if report.counts.spans < all {
            let problems = report.problems.skipped_total + report.problems.remarks.len() as u64;
            prop_assert!(problems + report.duplicates > 0, "{:?}", report);
        }
    }
}
