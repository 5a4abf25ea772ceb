//! Exports of real captures: OTLP reads back as what it was made of, other forms are read by whoever reads them, and what is
//! taken out is nowhere.

use crate::cli_support::{Program, data, shop};
use crate::store_support;
use headwater::app::exporting::Export;
use headwater::export::Format;
use headwater::export::drawing::{Drawing, draw};
use headwater::export::format::MOST_PIXEL_ROWS;
use headwater::export::source::part;
use headwater::model::batch::Batch;
use headwater::model::record::RecordDetails;
use headwater::model::trace::Trace;
use headwater::model::{CancelToken, SpanId, TraceId, Value};
use headwater::store::{Filter, Reader, RecordKind, TraceOrder};
use headwater::ui::picture;
use proptest::prelude::*;
use serde_json::Value as Json;
use std::path::Path;
use std::sync::Arc;

fn no_painter(_: &Drawing, _: bool) -> Result<Vec<u8>, String> {
    Err("no picture is wanted here".to_owned())
}

/// Instead of pixels, what there is to be painted.
fn told_by(drawing: &Drawing, _: bool) -> Result<Vec<u8>, String> {
    Ok(format!("{drawing:?}").into_bytes())
}

fn exported(reader: &Reader, trace: TraceId, format: Format) -> String {
    let export = Export {
        trace,
        part: None,
        format,
        rules: Vec::new(),
        dark: false,
    };
    let mut out = Vec::new();
    export
        .write(reader, no_painter, &CancelToken::default(), &mut out)
        .unwrap();
    String::from_utf8(out).unwrap()
}

/// All traces with spans.
fn traces(reader: &Reader) -> Vec<TraceId> {
    let never = CancelToken::default();
    let found = reader
        .find_traces(&Filter::default(), TraceOrder::Start, false, &never)
        .unwrap();
    let rows = reader.trace_rows(&found.numbers).unwrap();
    rows.iter().map(|trace| trace.id).collect()
}

fn open(reader: &Reader, id: TraceId) -> Trace {
    reader.trace(id, &CancelToken::default()).unwrap().unwrap()
}

/// A store with what `format` makes of all traces of another.
fn again(reader: &Reader, format: Format) -> (Program, Reader) {
    let program = Program::new();
    std::fs::create_dir(program.at("out")).unwrap();
    for (number, id) in traces(reader).into_iter().enumerate() {
        let text = exported(reader, id, format);
        program.write(&format!("out/{number}.{}", format.id()), text);
    }
    program.ok(&["import", &program.at("out").display().to_string()]);
    let reader = Reader::open(&program.store()).unwrap();
    (program, reader)
}

fn json(text: &str) -> Json {
    match text {
        "" => Json::Null,
        text => serde_json::from_str(text).unwrap(),
    }
}

/// Everything of a record that does not tell where it was read.
fn told(details: &RecordDetails) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        details.attributes.clone(),
        details.resource.clone(),
        details.scope.clone(),
        details.status_message.clone(),
        json(&details.events),
        json(&details.links),
        details.template.clone(),
    )
}

/// That every span of a trace is in another, with all that is known of it.
fn same_spans((first, one): (&Reader, &Trace), (second, two): (&Reader, &Trace)) {
    for span in &one.spans {
        let fits = |other: &&headwater::model::trace::Span| {
            let at = span.at;
            headwater::model::trace::Span {
                at,
                ..(*other).clone()
            } == *span
        };
        let twin = two.spans.iter().find(fits);
        let twin = twin.unwrap_or_else(|| panic!("{span:#?}\n{:#?}", two.spans));
        let details = |reader: &Reader, at| told(&reader.details(RecordKind::Span, at).unwrap());
        assert_eq!(
            details(first, span.at),
            details(second, twin.at),
            "{span:?}"
        );
    }
}

#[test]
fn otlp_reads_back_as_what_it_was() {
    let program = Program::new();
    for file in [
        "otel-b-some-traces.jsonl",
        "agent-genai-logs.jsonl",
        "same/traces.otlp.jsonl",
        "proto/traces.pb",
    ] {
        program.ok(&["import", &data(file)]);
    }
    for file in ["release-1.4.0.otlp.jsonl", "release-1.5.0.otlp.jsonl"] {
        program.ok(&["import", &shop(file)]);
    }
    let first = Reader::open(&program.store()).unwrap();
    let (_kept, second) = again(&first, Format::Otlp);
    let ids = traces(&first);
    assert!(ids.len() > 100, "{}", ids.len());
    for id in ids {
        let (one, two) = (open(&first, id), open(&second, id));
        assert_eq!(one.spans.len(), two.spans.len());
        same_spans((&first, &one), (&second, &two));
        let log = |log: &headwater::model::record::LogEntry| {
            (
                log.time,
                log.severity,
                log.severity_text.clone(),
                log.body.clone(),
                log.trace,
                log.span,
                log.service.clone(),
            )
        };
        assert_eq!(one.logs.len(), two.logs.len());
        for (a, b) in one.logs.iter().zip(&two.logs) {
            assert_eq!(log(a), log(b));
            let details = |reader: &Reader, at| told(&reader.details(RecordKind::Log, at).unwrap());
            assert_eq!(details(&first, a.at), details(&second, b.at));
        }
        let errors = |trace: &Trace| {
            let errors = trace.errors.iter();
            let mut all: Vec<_> = errors
                .map(|e| (e.time, e.span, e.exception_type.clone(), e.message.clone()))
                .collect();
            all.sort();
            all
        };
        assert_eq!(errors(&one), errors(&two));
    }
}

/// What is easily lost on the way: what an SDK dropped of a resource, a number with no fraction in a list, an exception
/// whose message is no text.
const ODD: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"odd"}}],"droppedAttributesCount":3},"scopeSpans":[{"scope":{"name":"lib","attributes":[{"key":"a","value":{"intValue":"1"}}]},"spans":[{"traceId":"0dd0dd00000000000000000000000001","spanId":"0dd0000000000001","name":"odd","startTimeUnixNano":"1800000000000000000","endTimeUnixNano":"1800000000900000000","attributes":[{"key":"list","value":{"arrayValue":{"values":[{"doubleValue":3.0},{"doubleValue":1e300},{"intValue":"3"}]}}}],"events":[{"timeUnixNano":"1800000000100000000","name":"exception","attributes":[{"key":"exception.message","value":{"boolValue":false}}]}]}]}]}]}"#;

#[test]
fn what_is_odd_is_neither_lost_nor_doubled() {
    let program = Program::new();
    let file = program.store().with_extension("json");
    std::fs::write(&file, ODD).unwrap();
    let report = program.ok(&["import", "--json", &file.to_string_lossy()]);
    assert!(
        report.contains("Attributes of scopes were passed over"),
        "{report}"
    );
    let exported = json(&program.ok(&["export", "0dd0dd00000000000000000000000001"]));
    let of = &exported["resourceSpans"][0];
    let span = &of["scopeSpans"][0]["spans"][0];
    assert_eq!(of["resource"]["droppedAttributesCount"], 3);
    let source = json(ODD)["resourceSpans"][0]["scopeSpans"][0]["spans"][0].take();
    assert_eq!(span["attributes"][0], source["attributes"][0]);
    assert_eq!(span["events"], source["events"]);
}

#[test]
fn what_sentry_says_survives_as_otlp() {
    let program = Program::new();
    program.ok(&["import", &shop("release-1.4.0.sentry.envelopes")]);
    let first = Reader::open(&program.store()).unwrap();
    let (_kept, second) = again(&first, Format::Otlp);
    let (mut spans, mut errors) = (0, 0);
    for id in traces(&first) {
        let (one, two) = (open(&first, id), open(&second, id));
        let key = |trace: &Trace| {
            let spans = trace.spans.iter();
            let mut all: Vec<_> = spans
                .map(|s| {
                    (
                        s.id,
                        s.parent(),
                        s.start,
                        s.duration,
                        s.op.clone(),
                        s.name.clone(),
                        s.service.clone(),
                    )
                })
                .collect();
            all.sort();
            all
        };
        assert_eq!(key(&one), key(&two));
        spans += one.spans.len();
        errors += one.errors.len();
        // An error that belongs to no span of the trace is a log record now.
        assert_eq!(
            one.errors.len() + one.logs.len(),
            two.errors.len() + two.logs.len(),
            "{id}"
        );
    }
    assert!(spans > 400 && errors > 5, "{spans} {errors}");
}

#[test]
fn jaeger_and_chrome_read_back_with_every_span() {
    let program = Program::new();
    program.ok(&["import", &data("same/traces.otlp.jsonl")]);
    let first = Reader::open(&program.store()).unwrap();
    let (_kept, jaeger) = again(&first, Format::Jaeger);
    let micros = |trace: &Trace| {
        let spans = trace.spans.iter();
        let mut all: Vec<_> = spans
            .map(|s| {
                (
                    s.id,
                    s.parent(),
                    s.start.0 / 1000,
                    s.name.clone(),
                    s.op.clone(),
                    s.service.clone(),
                    s.kind as u8,
                    s.status as u8,
                )
            })
            .collect();
        all.sort();
        all
    };
    for id in traces(&first) {
        assert_eq!(micros(&open(&first, id)), micros(&open(&jaeger, id)));
    }
    let (kept, _) = again(&first, Format::Chrome);
    assert_eq!(kept.count("spans", ""), 21);
}

/// Any value that an attribute can have.
fn any_value() -> impl Strategy<Value = Value> {
    let text = || prop_oneof![".{0,12}", "[a-z\"\\\\\n]{0,8}"];
    let leaf = prop_oneof![
        text().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<bool>().prop_map(Json::from),
        Just(Json::Null),
        (-1e12..1e12f64).prop_map(Json::from),
    ];
    let nested = leaf.prop_recursive(4, 20, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map("[a-z\"]{0,5}", inner, 0..4)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    });
    prop_oneof![
        text().prop_map(|text| Value::Str(text.into())),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Float),
        any::<bool>().prop_map(Value::Bool),
        Just(Value::Null),
        prop::collection::vec(nested, 0..4)
            .prop_map(|all| Value::Json(Json::from(all).to_string().into())),
    ]
}

/// Equal, with whole numbers in JSON the same however they are written.
fn same(one: &Value, two: &Value) -> bool {
    fn plain(json: Json) -> Json {
        match json {
            Json::Array(all) => all.into_iter().map(plain).collect(),
            Json::Object(all) => Json::Object(
                all.into_iter()
                    .map(|(name, json)| (name, plain(json)))
                    .collect(),
            ),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Json::from(whole),
                None => number
                    .as_f64()
                    .filter(|n| n.fract() == 0.0)
                    .map_or(Json::Number(number), |n| Json::from(n as i64)),
            },
            other => other,
        }
    }
    match (one, two) {
        (Value::Json(one), Value::Json(two)) => plain(json(one)) == plain(json(two)),
        (one, two) => store_support::same(one, two),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn attributes_of_every_kind_read_back(values in prop::collection::vec(any_value(), 1..30)) {
        let place = store_support::Place::new();
        let names: Vec<String> = (0..values.len()).map(|n| format!("a.\"{n}")).collect();
        let pairs: Vec<(&str, Value)> = names.iter().map(|name| &**name).zip(values.iter().cloned()).collect();
        let mut batch = Batch::default();
        let resource = store_support::resource(&mut batch, "shop", &[("service.name", store_support::text("shop"))]);
        let mut span = store_support::span(&mut batch, 1, 1, 0, "span");
        span.resource = resource;
        span.attrs = store_support::attributes(&mut batch, &pairs);
        batch.scopes.push(Default::default());
        batch.spans.push(span);
        let first = store_support::store_of(&place, vec![batch]);
        let id = store_support::trace_id(1);
        let text = exported(&first, id, Format::Otlp);
        let program = Program::new();
        program.ok(&["import", &program.write("a.jsonl", text)]);
        let second = Reader::open(&program.store()).unwrap();
        let attributes = |reader: &Reader| {
            let span = open(reader, id).spans[0].at;
            reader.details(RecordKind::Span, span).unwrap().attributes
        };
        let (one, two) = (attributes(&first), attributes(&second));
        let two: Vec<_> = two.into_iter().filter(|(name, _)| !name.starts_with("sentry.")).collect();
        prop_assert_eq!(one.len(), two.len());
        for ((name, a), (other, b)) in one.iter().zip(&two) {
            prop_assert_eq!(name, other);
            prop_assert!(same(a, b), "{:?} {:?}", a, b);
        }
    }
}

#[test]
fn a_part_goes_out_alone() {
    let program = Program::with_shop();
    let errors = program.json(&["traces", "--sort", "-spans", "--limit", "1"]);
    let id = errors[0]["trace_id"].as_str().unwrap();
    let trace = program.json(&["trace", id, "--raw"]);
    let top = &trace[0]["nodes"][0];
    let child = top["children"].as_array().unwrap().iter().find(|child| {
        child["children"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    });
    let span = child.unwrap()["span_id"].as_str().unwrap();
    let whole = program.ok(&["export", id, "--to", "otlp"]);
    let part = program.ok(&["export", id, "--to", "otlp", "--span", span]);
    let count = |text: &str| text.matches("\"startTimeUnixNano\"").count();
    assert!(count(&part) > 1 && count(&part) < count(&whole));
    // Several make one part; below a span that is above another one everything is there already.
    let leaf = |of: &serde_json::Value| {
        let children = of["children"].as_array().into_iter().flatten();
        let mut leaves =
            children.filter(|one| one["children"].as_array().is_none_or(Vec::is_empty));
        leaves.find_map(|one| one["span_id"].as_str().map(str::to_owned))
    };
    let beside = leaf(top).expect("a span at the side with nothing below it");
    let both = program.ok(&["export", id, "--span", &format!("{span},{beside}")]);
    assert_eq!(count(&both), count(&part) + 1);
    let below = leaf(child.unwrap()).expect("a span below with nothing below it");
    let same = program.ok(&["export", id, "--span", span, "--span", &below]);
    assert_eq!(count(&same), count(&part));
    let unknown = program.run(&["export", id, "--span", "1"]);
    assert_eq!(
        (unknown.status, unknown.err.contains("has no span")),
        (2, true),
        "{}",
        unknown.err
    );
}

/// A part of a trace of several services: the trace, the top of the part, and the part.
fn a_part(reader: &Reader) -> (TraceId, SpanId, Trace) {
    for id in traces(reader) {
        let trace = open(reader, id);
        for span in trace.spans.iter().filter(|span| span.parent().is_some()) {
            let part = part(&trace, &[span.id]).unwrap();
            if (3..trace.spans.len()).contains(&part.spans.len()) {
                return (id, span.id, part);
            }
        }
    }
    panic!("no trace has a part of three spans");
}

#[test]
fn a_part_goes_out_in_every_form() {
    let program = Program::new();
    for file in ["release-1.4.0.otlp.jsonl", "release-1.5.0.otlp.jsonl"] {
        program.ok(&["import", &shop(file)]);
    }
    let reader = Reader::open(&program.store()).unwrap();
    let (trace, span, part) = a_part(&reader);
    let never = CancelToken::default();
    let export = |format, rules| Export {
        trace,
        part: Some(Arc::from([span])),
        format,
        rules,
        dark: false,
    };
    let text = |format, rules| {
        let mut out = Vec::new();
        let export = export(format, rules);
        export.write(&reader, no_painter, &never, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    // What is read again is the part, and nothing else.
    let again = Program::new();
    again.ok(&[
        "import",
        &again.write("part.otlp.jsonl", text(Format::Otlp, Vec::new())),
    ]);
    let second = Reader::open(&again.store()).unwrap();
    let two = open(&second, trace);
    assert_eq!(two.spans.len(), part.spans.len());
    assert_eq!(two.logs.len(), part.logs.len());
    same_spans((&reader, &part), (&second, &two));
    for format in [Format::Jaeger, Format::Chrome] {
        let program = Program::new();
        let file = program.write(&format!("part.{}", format.id()), text(format, Vec::new()));
        program.ok(&["import", &file]);
        assert_eq!(
            program.count("spans", ""),
            part.spans.len() as u64,
            "{format:?}"
        );
    }
    let whole = open(&reader, trace);
    let left_out = whole
        .spans
        .iter()
        .filter(|one| part.spans.iter().all(|in_it| in_it.id != one.id));
    let left_out: Vec<String> = left_out.map(|span| span.id.to_string()).collect();
    assert!(!left_out.is_empty());
    for format in [Format::Otlp, Format::Jaeger] {
        let text = text(format, Vec::new());
        let own = format!("{span}");
        assert!(text.contains(&own), "{format:?}");
        // The parent's id stays, so that the part can be put back where it was.
        let top = part.spans.iter().find(|one| one.id == span).unwrap();
        let parent = top.parent().unwrap().to_string();
        let others = left_out.iter().filter(|id| **id != parent);
        assert_eq!(
            others.filter(|id| text.contains(id.as_str())).count(),
            0,
            "{format:?}"
        );
    }
    let counted = format!("{} spans", part.spans.len());
    assert!(text(Format::Markdown, Vec::new()).contains(&counted));
    assert!(text(Format::Svg, Vec::new()).contains("<svg"));
    // A page has an entry for each span of the part, and for no other.
    let html = text(Format::Html, Vec::new());
    assert!(html.contains(&counted), "{html}");
    let id = |id: SpanId| format!("<dt>Span id</dt><dd>{id}</dd>");
    assert_eq!(html.matches("<dt>Span id</dt>").count(), part.spans.len());
    assert!(part.spans.iter().all(|one| html.contains(&id(one.id))));
    // Pixels show what the drawing of the part has.
    let mut drawn = Vec::new();
    let pixels = export(Format::Png, Vec::new());
    pixels.write(&reader, told_by, &never, &mut drawn).unwrap();
    let wanted = told_by(&draw(&part, MOST_PIXEL_ROWS), false).unwrap();
    assert!(drawn == wanted, "{}", String::from_utf8_lossy(&drawn));
    let height = |part| {
        let mut png = Vec::new();
        let export = Export {
            part,
            ..pixels.clone()
        };
        export
            .write(&reader, picture::png, &never, &mut png)
            .unwrap();
        assert!(png.starts_with(b"\x89PNG\r\n"));
        u32::from_be_bytes(png[20..24].try_into().unwrap())
    };
    assert!((1..height(None)).contains(&height(pixels.part.clone())));
    // The preview is of the part alone, and what it tells is taken out.
    let rules = vec!["attr:service.name".parse().unwrap()];
    let of_part = export(Format::Otlp, rules.clone())
        .preview(&reader, &never)
        .unwrap();
    let of_whole = Export {
        part: None,
        ..export(Format::Otlp, rules.clone())
    };
    let times =
        |all: &[headwater::export::redact::Replaced]| all.iter().map(|one| one.times).sum::<u64>();
    assert!(times(&of_part) > 0);
    assert!(times(&of_part) < times(&of_whole.preview(&reader, &never).unwrap()));
    for format in [Format::Otlp, Format::Jaeger] {
        let text = text(format, rules.clone());
        for one in &of_part {
            assert!(text.contains(&one.after), "{format:?}: {}", one.after);
        }
    }
}

/// A trace in which every text tries to be something else, and says what it should not.
fn nasty() -> String {
    let evil = r#"</title></script><script>alert(1)</script><img src=x onerror=alert(2)>"#;
    let text = |text: &str| serde_json::json!({"stringValue": text});
    let request = serde_json::json!({"resourceSpans": [{"resource": {"attributes": [
        {"key": "service.name", "value": text(evil)}]}, "scopeSpans": [{"scope": {"name": evil}, "spans": [
        {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": evil, "kind": 2,
         "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000000500000000",
         "status": {"code": 2, "message": "mail ann@example.com"},
         "attributes": [{"key": "user.id", "value": text("u-4711")}, {"key": "url.full", "value": text("http://x/u-4711?token=hunter2hunter2")},
                        {"key": evil, "value": text(evil)}],
         "events": [{"name": "exception", "timeUnixNano": "1700000000100000000", "attributes": [
            {"key": "exception.type", "value": text("Oops")}, {"key": "exception.message", "value": text("no ann@example.com")}]}]},
        {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203332", "parentSpanId": "b7ad6b7169203331",
         "name": "query for u-4711", "kind": 3, "startTimeUnixNano": "1700000000100000000", "endTimeUnixNano": "1700000000200000000",
         "attributes": [{"key": "db.system", "value": text("postgresql")}, {"key": "user.id", "value": text("u-4711")},
                        {"key": "db.statement", "value": text("SELECT * FROM t WHERE name = 'Ann Smith' AND n = 424242")}]}]}]}]});
    request.to_string()
}

const NASTY: &str = "0af7651916cd43dd8448eb211c80319c";

#[test]
fn pages_and_drawings_let_nothing_in() {
    let program = Program::new();
    program.ok(&["import", &program.write("nasty.json", nasty())]);
    let html = program.ok(&["export", NASTY, "--to", "html"]);
    assert_eq!(html.matches("<script>").count(), 1, "only the page's own");
    for text in [&html, &program.ok(&["export", NASTY, "--to", "svg"])] {
        assert!(!text.contains("<img") && !text.contains("alert(1)</script>"));
        assert!(text.contains("&lt;script&gt;alert(1)"));
        assert!(
            !text.contains("src=\"http") && !text.contains("href="),
            "no network"
        );
    }
    assert!(html.contains("default-src 'none'") && html.contains("prefers-color-scheme:dark"));
}

#[test]
fn what_is_taken_out_is_in_no_form() {
    let program = Program::new();
    program.ok(&["import", &program.write("nasty.json", nasty())]);
    let rules = "sql,mail,token,attr:user.id";
    let gone = [
        "ann@example.com",
        "Ann Smith",
        "424242",
        "hunter2",
        "u-4711",
    ];
    for form in ["otlp", "jaeger", "chrome", "markdown", "html", "svg"] {
        let plain = program.ok(&["export", NASTY, "--to", form]);
        let text = program.ok(&["export", NASTY, "--to", form, "--redact", rules]);
        assert!(gone.iter().any(|value| plain.contains(value)), "{form}");
        for value in gone {
            assert!(!text.contains(value), "{value} in {form}: {text}");
        }
        assert!(
            text.contains("b7ad6b7169203331") || matches!(form, "svg" | "markdown"),
            "ids stay: {form}"
        );
    }
    let preview = program.json(&["export", NASTY, "--redact", rules, "--preview"]);
    let times = |before: &str| {
        preview
            .iter()
            .find(|one| one["before"] == before)
            .map(|one| one["times"].as_u64())
    };
    assert_eq!(times("ann@example.com"), Some(Some(3)), "{preview:?}");
    assert_eq!(times("'Ann Smith'"), Some(Some(2)));
}

#[test]
fn files_are_whole_or_not_there() {
    let program = Program::new();
    program.ok(&["import", &program.write("nasty.json", nasty())]);
    let png = program.at("a.png");
    program.ok(&[
        "export",
        NASTY,
        "--to",
        "png",
        "-o",
        &png.display().to_string(),
    ]);
    assert!(std::fs::read(&png).unwrap().starts_with(b"\x89PNG\r\n"));
    let bad = program.run(&["export", NASTY, "-o", "/nowhere/a.json"]);
    assert_eq!(bad.status, 3, "{}", bad.err);
    let unfinished = std::fs::read_dir(png.parent().unwrap())
        .unwrap()
        .flatten()
        .filter(|entry| {
            Path::new(&entry.file_name())
                .extension()
                .is_some_and(|end| end == "part")
        });
    assert_eq!(unfinished.count(), 0);
    for wrong in [["--to", "pdf"], ["--redact", "names"]] {
        assert_eq!(
            program.run(&["export", NASTY, wrong[0], wrong[1]]).status,
            2
        );
    }
}
