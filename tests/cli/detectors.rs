//! Detectors through the whole path: transactions written by hand, as Sentry's SDKs and as OpenTelemetry write them, at
//! and just beside each threshold, imported and asked for on the command line.

use crate::cli_support::Program;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Where all begins, nanoseconds since 1970.
const BEGIN: u64 = 1_700_000_000_000_000_000;
const ROOT: u64 = 0xa0;

/// A span; times in microseconds after the transaction's start.
#[derive(Clone)]
struct Made {
    id: u64,
    parent: u64,
    op: &'static str,
    text: String,
    start: u64,
    length: u64,
    data: Vec<(&'static str, Value)>,
}

/// A transaction that is made span by span, one after the other.
#[derive(Clone)]
struct Event {
    op: &'static str,
    sdk: &'static str,
    more: Map<String, Value>,
    spans: Vec<Made>,
    at: u64,
}

fn event(op: &'static str) -> Event {
    Event {
        op,
        sdk: "sentry.python",
        more: Map::new(),
        spans: Vec::new(),
        at: 0,
    }
}

impl Event {
    fn sdk(mut self, sdk: &'static str) -> Self {
        self.sdk = sdk;
        self
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.to_owned(), value);
        self
    }

    /// A span of so many microseconds under the root, when the one before ended.
    fn span(self, op: &'static str, text: &str, length: u64) -> Self {
        self.under(ROOT, op, text, length)
    }

    fn under(mut self, parent: u64, op: &'static str, text: &str, length: u64) -> Self {
        self.spans.push(Made {
            id: self.spans.len() as u64 + 1,
            parent,
            op,
            text: text.to_owned(),
            start: self.at,
            length,
            data: Vec::new(),
        });
        self.at += length;
        self
    }

    /// A span around what comes next.
    fn around(mut self, op: &'static str, text: &str, length: u64) -> Self {
        let at = self.at;
        self = self.span(op, text, length);
        self.at = at;
        self
    }

    fn times(self, count: usize, more: impl Fn(Self, usize) -> Self) -> Self {
        (0..count).fold(self, more)
    }

    fn pause(mut self, length: u64) -> Self {
        self.at += length;
        self
    }

    /// What comes next begins so long after the last span began.
    fn after_start(mut self, length: u64) -> Self {
        self.at = self.spans.last().map_or(0, |span| span.start + length);
        self
    }

    /// An attribute of the last span.
    fn data(mut self, name: &'static str, value: Value) -> Self {
        if let Some(last) = self.spans.last_mut() {
            last.data.push((name, value));
        }
        self
    }

    fn end(&self) -> u64 {
        let ends = self.spans.iter().map(|span| span.start + span.length);
        ends.max().unwrap_or(1)
    }

    /// As a transaction event of Sentry, in an envelope.
    fn sentry(&self, number: u64) -> String {
        let seconds = |micros: u64| {
            let text = format!(
                "{}.{:06}",
                BEGIN / 1_000_000_000 + micros / 1_000_000,
                micros % 1_000_000
            );
            Value::Number(text.parse().expect("a number"))
        };
        let spans = self.spans.iter().map(|span| {
            json!({
                "span_id": format!("{:016x}", span.id),
                "parent_span_id": format!("{:016x}", span.parent),
                "trace_id": format!("{number:032x}"),
                "op": span.op,
                "description": span.text,
                "start_timestamp": seconds(span.start),
                "timestamp": seconds(span.start + span.length),
                "data": span.data.iter().cloned().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>(),
            })
        });
        let mut event = json!({
            "type": "transaction",
            "event_id": format!("{number:032x}"),
            "transaction": format!("/page/{number:x}a"),
            "sdk": { "name": self.sdk },
            "start_timestamp": seconds(0),
            "timestamp": seconds(self.end()),
            "contexts": { "trace": {
                "trace_id": format!("{number:032x}"), "span_id": format!("{ROOT:016x}"), "op": self.op,
            } },
            "spans": spans.collect::<Vec<_>>(),
        });
        for (name, value) in &self.more {
            event[name] = value.clone();
        }
        format!("{{}}\n{{\"type\":\"transaction\"}}\n{event}\n")
    }

    /// As spans of OpenTelemetry; `None` where it has no place for what the event says.
    fn otlp(&self, number: u64) -> Option<String> {
        if !self.more.is_empty() {
            return None;
        }
        let span = |id: u64, parent: u64, name: &str, times: [u64; 2], attributes: Vec<Value>| {
            json!({
                "traceId": format!("{number:032x}"),
                "spanId": format!("{id:016x}"),
                "parentSpanId": if parent == 0 { String::new() } else { format!("{parent:016x}") },
                "name": name,
                "kind": 1,
                "startTimeUnixNano": (BEGIN + times[0] * 1_000).to_string(),
                "endTimeUnixNano": (BEGIN + times[1] * 1_000).to_string(),
                "attributes": attributes,
            })
        };
        let op = vec![attribute("sentry.op", &json!(self.op))];
        let root = span(ROOT, 0, "/page", [0, self.end()], op);
        let made = self.spans.iter().map(|made| {
            let times = [made.start, made.start + made.length];
            span(made.id, made.parent, made.name(), times, made.attributes())
        });
        let spans: Vec<Value> = [root].into_iter().chain(made).collect();
        let resource = [
            attribute("service.name", &json!("shop")),
            attribute("telemetry.sdk.name", &json!(self.sdk)),
        ];
        let line = json!({ "resourceSpans": [{
            "resource": { "attributes": resource },
            "scopeSpans": [{ "spans": spans }],
        }] });
        Some(format!("{line}\n"))
    }
}

impl Made {
    /// As OpenTelemetry's instrumentations name it: by the verb of a query or request.
    fn name(&self) -> &str {
        let verb = self.text.split(' ').next().unwrap_or_default();
        let is_short = self.op.starts_with("db") || self.op == "http.client";
        if is_short { verb } else { &self.text }
    }

    fn attributes(&self) -> Vec<Value> {
        let mut all = vec![("sentry.op", json!(self.op))];
        if self.op.starts_with("db") {
            all.push(("db.system.name", json!("postgresql")));
            all.push(("db.query.text", json!(self.text)));
        }
        if let Some((method, url)) = self
            .text
            .split_once(' ')
            .filter(|_| self.op == "http.client")
        {
            all.push(("http.request.method", json!(method)));
            all.push(("url.full", json!(url)));
        }
        let all = all.into_iter().chain(self.data.iter().cloned());
        all.map(|(name, value)| attribute(name, &value)).collect()
    }
}

fn attribute(name: &str, value: &Value) -> Value {
    let value = match value {
        Value::Bool(value) => json!({ "boolValue": value }),
        Value::Number(number) if number.is_f64() => json!({ "doubleValue": number }),
        Value::Number(number) => json!({ "intValue": number.to_string() }),
        other => json!({ "stringValue": other }),
    };
    json!({ "key": name, "value": value })
}

type Case = (&'static str, Event, &'static [(&'static str, u64)]);

const NONE: &[(&str, u64)] = &[];
const SOURCE: &str = "SELECT a FROM s WHERE id = %s";
const REPEAT: &str = "SELECT b FROM t WHERE id = %s";

fn n_plus_one(count: usize, each: u64) -> Event {
    let event = event("http.server").span("db", SOURCE, 1_000);
    event.times(count, |event, _| event.span("db", REPEAT, each))
}

fn under_two_views(second: &str) -> Event {
    let mut made = event("http.server");
    for view in ["first", second] {
        made = made.around("view", view, 200_000);
        let parent = made.spans.len() as u64;
        made = made.under(parent, "db", SOURCE, 1_000);
        made = made.times(5, |event, _| event.under(parent, "db", REPEAT, 20_000));
        made = made.pause(100_000);
    }
    made
}

fn queries() -> Vec<Case> {
    const ONE: &[(&str, u64)] = &[("n_plus_one_db", 1)];
    const SLOW: &[(&str, u64)] = &[("slow_db_query", 1)];
    const SIDE_BY_SIDE: &[(&str, u64)] = &[("consecutive_db", 1)];
    let select = |length| event("http.server").span("db", "SELECT a FROM t WHERE b = %s", length);
    let run = |lengths: &[u64]| {
        let tables = [
            "SELECT a FROM t",
            "SELECT a FROM u",
            "SELECT a FROM v",
            "SELECT a FROM w",
            "SELECT a FROM x",
        ];
        let lengths = lengths.iter().zip(tables);
        lengths.fold(event("http.server"), |event, (length, text)| {
            event.span("db", text, *length)
        })
    };
    let motif = |rounds, length| {
        let event = event("http.server").around("view", "rows", 10_000_000);
        event.times(rounds, |event, _| {
            event
                .under(1, "db", REPEAT, length)
                .under(1, "http.client", "POST /x", length)
        })
    };
    vec![
        ("five repeats of 10 ms", n_plus_one(5, 10_000), ONE),
        ("five repeats of 9.999 ms", n_plus_one(5, 9_999), NONE),
        ("four repeats", n_plus_one(4, 100_000), NONE),
        (
            "redis",
            event("http.server")
                .span("db.redis", "SELECT a", 1_000)
                .times(9, |event, _| event.span("db.redis", "GET", 20_000)),
            NONE,
        ),
        (
            "other work between them",
            n_plus_one(4, 20_000)
                .span("function", "f", 10)
                .times(4, |event, _| event.span("db", REPEAT, 20_000)),
            &[("n_plus_one_db_interleaved", 1)],
        ),
        (
            "under two views with their own names",
            under_two_views("second"),
            &[("n_plus_one_db", 2)],
        ),
        ("under two views of one name", under_two_views("first"), ONE),
        (
            "the last repeat is the next source",
            n_plus_one(5, 20_000).times(5, |event, _| {
                event.span("db", "SELECT c FROM u WHERE id = %s", 20_000)
            }),
            &[("n_plus_one_db", 2)],
        ),
        (
            "three rounds of 50.004 ms",
            motif(3, 8_334),
            &[("m_n_plus_one_db", 1)],
        ),
        ("three rounds of 49.998 ms", motif(3, 8_333), NONE),
        ("two rounds", motif(2, 50_000), NONE),
        ("a second", select(1_000_000), SLOW),
        ("just below a second", select(999_999), NONE),
        (
            "two texts of one hash",
            event("http.server")
                .span("db", "SELECT a FROM t WHERE b = %s LIMIT 1", 1_000_000)
                .span("db", "SELECT a FROM t WHERE b = %s LIMIT 2", 1_000_000)
                .span("db", "SELECT a FROM t WHERE b = %s LIMIT 2", 1_000_000),
            &[("slow_db_query", 2)],
        ),
        (
            "in small letters",
            event("http.server").span("db.query", "select a from t where b = %s", 1_000_000),
            SLOW,
        ),
        (
            "no SELECT",
            event("http.server").span("db", "UPDATE t SET a = %s", 5_000_000),
            NONE,
        ),
        (
            "cut",
            event("http.server").span("db", "SELECT a FROM t WHERE b = %s AND...", 5_000_000),
            NONE,
        ),
        ("100 ms saved", run(&[100_000, 100_000]), SIDE_BY_SIDE),
        ("99.999 ms saved", run(&[100_000, 99_999]), NONE),
        (
            "four of 31 ms behind one of 150 ms",
            run(&[150_000, 31_000, 31_000, 31_000, 31_000]),
            SIDE_BY_SIDE,
        ),
        (
            "four of 30 ms behind one of 150 ms",
            run(&[150_000, 30_000, 30_000, 30_000, 30_000]),
            NONE,
        ),
        ("a tenth saved", run(&[900_000, 100_000]), SIDE_BY_SIDE),
        ("just below a tenth saved", run(&[900_010, 100_000]), NONE),
        ("PHP", run(&[200_000, 200_000]).sdk("sentry.php"), NONE),
    ]
}

fn calls() -> Vec<Case> {
    const API: &[(&str, u64)] = &[("n_plus_one_api_calls", 1)];
    const HTTP: &[(&str, u64)] = &[("consecutive_http", 1)];
    const LARGE: &[(&str, u64)] = &[("large_http_payload", 1)];
    let asked = |op, count, length, apart| {
        let page: Event = event(op).sdk("sentry.javascript.browser");
        page.times(count, move |event, at| {
            event.after_start(apart).span(
                "http.client",
                &format!("GET https://a.test/items/{at}"),
                length,
            )
        })
    };
    let in_turn = |lengths: &[u64], pause| {
        let lengths = lengths.iter().enumerate();
        lengths.fold(event("http.server"), move |event, (at, length)| {
            let host = ["a", "b", "b", "a", "b"][at % 5];
            event
                .span(
                    "http.client",
                    &format!("GET https://{host}.test/x"),
                    *length,
                )
                .pause(pause)
        })
    };
    let answered = |size: Value, length| {
        let call = event("http.server").span("http.client", "GET https://a.test/list", length);
        call.data("http.response_content_length", size)
    };
    let hosts = ["a", "b", "c"]
        .iter()
        .fold(event("http.server"), |event, host| {
            event.span(
                "http.client",
                &format!("GET https://{host}.test/x"),
                1_000_000,
            )
        });
    vec![
        (
            "five calls of 60 ms",
            asked("pageload", 5, 60_000, 10_000),
            API,
        ),
        (
            "five calls of 59.999 ms",
            asked("pageload", 5, 59_999, 10_000),
            NONE,
        ),
        ("four calls", asked("pageload", 4, 200_000, 10_000), NONE),
        (
            "14.999 ms apart",
            asked("navigation", 5, 100_000, 14_999),
            API,
        ),
        ("15 ms apart", asked("navigation", 5, 100_000, 15_000), NONE),
        (
            "of a server",
            asked("http.server", 5, 100_000, 10_000),
            NONE,
        ),
        ("three calls of a second", in_turn(&[1_000_000; 3], 0), HTTP),
        (
            "1.999999 s saved",
            in_turn(&[1_000_000, 999_999, 1_000_000], 0),
            NONE,
        ),
        ("five calls of 500 ms", in_turn(&[500_000; 5], 0), HTTP),
        ("calls of 499.999 ms", in_turn(&[499_999; 5], 0), NONE),
        (
            "499.999 ms between them",
            in_turn(&[1_000_000; 3], 499_999),
            HTTP,
        ),
        (
            "500 ms between them",
            in_turn(&[1_000_000; 3], 500_000),
            NONE,
        ),
        ("three hosts", hosts, NONE),
        (
            "in a browser",
            in_turn(&[1_000_000; 3], 0).sdk("sentry.javascript.vue"),
            NONE,
        ),
        (
            "in a browser, in capitals",
            in_turn(&[1_000_000; 3], 0).sdk("Sentry.JavaScript.Vue"),
            NONE,
        ),
        (
            "300,001 bytes in 100 ms",
            answered(json!(300_001), 100_000),
            LARGE,
        ),
        (
            "the size as text",
            answered(json!("300001"), 100_000),
            LARGE,
        ),
        (
            "the size in groups of digits",
            answered(json!("300_001"), 100_000),
            LARGE,
        ),
        ("no such groups", answered(json!("_300_001"), 100_000), NONE),
        ("no end of it", answered(json!("inf"), 100_000), NONE),
        ("300,000 bytes", answered(json!(300_000), 100_000), NONE),
        ("99.999 ms", answered(json!(300_001), 99_999), NONE),
    ]
}

fn pages() -> Vec<Case> {
    const ASSET: &[(&str, u64)] = &[("uncompressed_assets", 1)];
    const BLOCKING: &[(&str, u64)] = &[("render_blocking_assets", 1)];
    const OVERHEAD: &[(&str, u64)] = &[("http_overhead", 1)];
    const FILE: &[(&str, u64)] = &[("file_io_main_thread", 1)];
    const QUERY: &[(&str, u64)] = &[("db_main_thread", 1)];
    let sizes = |event: Event, encoded: u64, decoded: u64| {
        let event = event.data("http.response_transfer_size", json!(encoded));
        let event = event.data("http.response_content_length", json!(encoded));
        event.data("http.decoded_response_content_length", json!(decoded))
    };
    let asset = |size, length| {
        let page = event("pageload").with("tags", json!({ "browser.name": "Chrome" }));
        let page = sizes(
            page.span("resource.script", "https://a.test/app.js", length),
            size,
            size,
        );
        sizes(
            page.span("resource.css", "https://a.test/a.css", 1_000),
            1_000,
            4_000,
        )
    };
    let painted = |fcp: f64, size: u64, length| {
        let fcp = json!({ "fcp": { "value": fcp, "unit": "millisecond" } });
        let page = event("pageload").with("measurements", fcp);
        let page = page.span("resource.script", "https://a.test/app.js", length);
        let page = page.data("http.response_content_length", json!(size));
        page.data("resource.render_blocking_status", json!("blocking"))
    };
    let waiting = |delays: [u64; 6]| {
        let page = event("pageload").sdk("sentry.javascript.browser");
        delays.iter().fold(page, |page, delay| {
            let page = page
                .after_start(0)
                .span("http.client", "GET https://a.test/x", 2_000_000);
            let page = page.data("url", json!("https://a.test/x"));
            let page = page.data("network.protocol.version", json!("1.1"));
            let requested = (BEGIN / 1_000 + delay) as f64 / 1e6;
            page.data("http.request.request_start", json!(requested))
        })
    };
    let blocked = |op, length, value: Value| {
        let screen = event("ui.load")
            .sdk("sentry.cocoa")
            .span(op, "SELECT 1", length);
        screen.data("blocked_main_thread", value)
    };
    vec![
        (
            "512,000 bytes in 300.001 ms",
            asset(512_000, 300_001),
            ASSET,
        ),
        ("511,999 bytes", asset(511_999, 300_001), NONE),
        ("300 ms", asset(512_000, 300_000), NONE),
        (
            "painted after 2 s",
            painted(2_000.0, 500_000, 661_000),
            BLOCKING,
        ),
        (
            "33 % of the first paint",
            painted(2_000.0, 500_000, 660_000),
            NONE,
        ),
        (
            "499,999 bytes of script",
            painted(2_000.0, 499_999, 700_000),
            NONE,
        ),
        (
            "painted before 2 s",
            painted(1_999.9, 500_000, 700_000),
            NONE,
        ),
        (
            "painted after 10 s",
            painted(10_000.0, 500_000, 5_000_000),
            NONE,
        ),
        (
            "waited 251 ms",
            waiting([1_000, 1_000, 1_000, 1_000, 1_000, 251_000]),
            OVERHEAD,
        ),
        (
            "waited 250 ms",
            waiting([1_000, 1_000, 1_000, 1_000, 1_000, 250_000]),
            NONE,
        ),
        (
            "a file for a frame",
            blocked("file.read", 16_000, json!(true)),
            FILE,
        ),
        (
            "a file for less",
            blocked("file.read", 15_999, json!(true)),
            NONE,
        ),
        (
            "a file beside it",
            blocked("file.read", 90_000, json!(false)),
            NONE,
        ),
        (
            "a file, in words",
            blocked("file.read", 90_000, json!("true")),
            NONE,
        ),
        (
            "a query for a frame",
            blocked("db.query", 16_000, json!(true)),
            QUERY,
        ),
        (
            "a query for less",
            blocked("db.query", 15_999, json!(true)),
            NONE,
        ),
    ]
}

/// The kinds found in each trace, with how often.
fn found(program: &Program) -> BTreeMap<String, BTreeMap<String, u64>> {
    let mut found: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for issue in program.json(&["issues", "--limit", "0"]) {
        let kind = issue["kind"].as_str().expect("a kind");
        for sample in issue["samples"].as_array().expect("samples") {
            let trace = sample["trace_id"].as_str().expect("a trace");
            let kinds = found.entry(trace.to_owned()).or_default();
            *kinds.entry(kind.to_owned()).or_default() += 1;
        }
    }
    found
}

fn check(cases: Vec<Case>) {
    for form in ["sentry", "otlp"] {
        let program = Program::new();
        let written = cases
            .iter()
            .zip(1..)
            .filter_map(|((_, event, _), number)| match form {
                "sentry" => Some(event.sentry(number)),
                _ => event.otlp(number),
            });
        let path = program.write(form, written.collect::<String>());
        program.ok(&["import", &path]);
        let all = found(&program);
        let mut wrong = Vec::new();
        for ((name, event, expected), number) in cases.iter().zip(1..) {
            if form == "otlp" && event.otlp(number).is_none() {
                continue;
            }
            let own = all
                .get(&format!("{number:032x}"))
                .cloned()
                .unwrap_or_default();
            let expected: BTreeMap<String, u64> = expected
                .iter()
                .map(|(kind, count)| ((*kind).to_owned(), *count))
                .collect();
            if own != expected {
                wrong.push(format!("{form}, {name}: {own:?}, expected {expected:?}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[test]
fn queries_at_their_thresholds() {
    check(queries());
}

#[test]
fn calls_at_their_thresholds() {
    check(calls());
}

#[test]
fn pages_and_screens_at_their_thresholds() {
    check(pages());
}

/// Places in the code that run the same query in one endpoint stay issues of their own.
#[test]
fn two_places_are_two_issues() {
    let program = Program::new();
    let two = under_two_views("second");
    let path = program.write("two", two.sentry(1));
    program.ok(&["import", &path]);
    let issues = program.json(&["issues", "--kind", "n_plus_one_db"]);
    assert_eq!(issues.len(), 2, "{issues:?}");
    assert_ne!(issues[0]["fingerprint"], issues[1]["fingerprint"]);
    for issue in &issues {
        assert_eq!(issue["fingerprints"], json!([issue["fingerprint"]]));
    }
}
