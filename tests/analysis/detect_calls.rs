//! Detectors of calls: repeated, one after another, large, slow to begin; at and just beside each threshold.

use crate::detect_support::{Event, Made, changed, check, event, span, text};
use headwater::analysis::detect::Kind;
use headwater::model::Value;

/// Calls of one endpoint, each `apart` microseconds after the one before.
fn api_calls(count: u64, each: i64, apart: i64) -> Event {
    let call = |at: u64| {
        let start = at as i64 * apart;
        let text = format!("GET /clients/{at}/info?id={at}");
        span(10 + at, "http.client", &text, start, start + each)
    };
    event((0..count).map(call).collect())
}

#[test]
fn n_plus_one_calls() {
    let all = |url: &'static str| {
        changed(api_calls(6, 100_000, 0), move |span| {
            span.text = url.replace("{}", &span.id.to_string())
        })
    };
    check(
        Kind::NPlusOneApiCalls,
        vec![
            ("five of 60 ms", 1, api_calls(5, 60_000, 0)),
            ("just under 300 ms", 0, api_calls(5, 59_999, 0)),
            ("four", 0, api_calls(4, 1_000_000, 0)),
            (
                "starts just under 15 ms apart",
                1,
                api_calls(6, 100_000, 14_999),
            ),
            ("starts 15 ms apart", 0, api_calls(6, 100_000, 15_000)),
            ("POST", 0, all("POST /a/{}")),
            ("small letters", 1, all("get /a/{}")),
            ("GraphQL", 0, all("GET /graphql?x={}")),
            ("Next.js data", 0, all("GET /_next/data/{}/x")),
            (
                "Next.js stack frames",
                0,
                all("GET /__nextjs_original-stack-frame?x={}"),
            ),
            (
                "LaunchDarkly",
                0,
                all("GET https://app.launchdarkly.com/sdk/{}"),
            ),
            ("a script", 0, all("GET /a/x.js?v={}")),
            ("a picture", 0, all("GET /a/x.jpeg?v={}")),
            ("a page", 1, all("GET /a/x.html?v={}")),
            ("nothing varies", 0, all("GET /a/b")),
            ("one id asked again and again", 1, all("GET /a/17/b")),
            ("different endpoints", 0, all("GET /a{}/b")),
            (
                "prefetched",
                0,
                changed(api_calls(6, 100_000, 0), |span| {
                    span.values
                        .push(("http.request.prefetch", Value::Bool(true)))
                }),
            ),
            (
                "not prefetched",
                1,
                changed(api_calls(6, 100_000, 0), |span| {
                    span.values
                        .push(("http.request.prefetch", Value::Bool(false)))
                }),
            ),
            (
                "an empty hash",
                0,
                changed(api_calls(6, 100_000, 0), |span| {
                    span.values.push(("hash", text("")))
                }),
            ),
            (
                "no request",
                0,
                changed(api_calls(6, 100_000, 0), |span| span.op = "http".to_owned()),
            ),
            ("in a page load", 1, api_calls(6, 100_000, 0).op("pageload")),
            ("in a screen", 1, api_calls(6, 100_000, 0).op("ui.load")),
            ("in an action", 1, api_calls(6, 100_000, 0).op("ui.action")),
            (
                "in a navigation",
                1,
                api_calls(6, 100_000, 0).op("navigation"),
            ),
            ("in a server", 0, api_calls(6, 100_000, 0).op("http.server")),
            ("different parents", 0, {
                let mut event = api_calls(8, 100_000, 0);
                for (at, call) in event.spans.iter_mut().enumerate() {
                    call.parent = 8 + at as u64 % 2;
                }
                event.spans.push(span(8, "view", "left", 0, 1_000_000));
                event.spans.push(span(9, "view", "right", 0, 1_000_000));
                event
            }),
            ("other spans between", 1, {
                let mut event = api_calls(6, 100_000, 0);
                event.spans.insert(3, span(90, "function", "f", 0, 1));
                event
            }),
        ],
    );
    let problem = api_calls(6, 100_000, 0).first(Kind::NPlusOneApiCalls);
    assert_eq!(problem.description, "/clients/*/info?id=*");
    assert_eq!(
        problem.fingerprint,
        "1-1010-e9daac10ea509a0bf84a8b8da45d36394868ad67"
    );
    let by_attribute = changed(api_calls(6, 100_000, 0), |span| {
        span.values = vec![
            ("url", text("https://a.io/b/1")),
            ("http.query", text("q=1")),
        ];
    });
    assert_eq!(
        by_attribute.first(Kind::NPlusOneApiCalls).description,
        "https://a.io/b/*?q=*"
    );
}

/// Calls one after another of these lengths in milliseconds, with a pause between them.
fn calls(lengths: &[i64], pause: i64) -> Event {
    let mut start = 0;
    let mut spans = Vec::new();
    for (id, length) in (10..).zip(lengths) {
        let end = start + length * 1_000;
        spans.push(span(
            id,
            "http.client",
            &format!("GET /e{}", id % 10),
            start,
            end,
        ));
        start = end + pause;
    }
    event(spans)
}

#[test]
fn consecutive_calls() {
    let urls = |urls: [&'static str; 3]| {
        let mut event = calls(&[2_000, 2_000, 2_000], 0);
        for (span, url) in event.spans.iter_mut().zip(urls) {
            span.text = url.to_owned();
        }
        event
    };
    let usual = || calls(&[2_000, 2_000, 2_000], 0);
    let overlapping = {
        let mut event = usual();
        event.spans[2].start -= 1;
        event
    };
    let of_agent = {
        let mut event = changed(usual(), |span| span.parent = 9);
        event
            .spans
            .insert(0, span(9, "gen_ai.chat", "chat", 0, 9_000_000));
        event
    };
    check(
        Kind::ConsecutiveHttp,
        vec![
            ("three of 2 s", 1, usual()),
            ("two", 0, calls(&[3_000, 3_000], 0)),
            ("just 2 s saved", 1, calls(&[1_000, 1_000, 1_000], 0)),
            ("just under 2 s saved", 0, calls(&[1_000, 1_000, 999], 0)),
            ("500 ms each", 1, calls(&[500; 5], 0)),
            ("499 ms each", 0, calls(&[499; 9], 0)),
            (
                "short ones do not count",
                0,
                calls(&[900, 900, 900, 400, 400, 400], 0),
            ),
            ("pauses just under 500 ms", 1, calls(&[2_000; 3], 499_999)),
            ("pauses of 500 ms", 0, calls(&[2_000; 3], 500_000)),
            ("overlapping by a microsecond", 0, overlapping),
            (
                "Next.js assets",
                0,
                urls(["GET /_next/static/x", "GET /b", "GET /c"]),
            ),
            (
                "Google",
                0,
                urls(["GET https://x.googleapis.com/a", "GET /b", "GET /c"]),
            ),
            ("all methods", 1, urls(["POST /a", "DELETE /b", "PATCH /c"])),
            (
                "another method",
                0,
                urls(["OPTIONS /a", "PUT /b", "GET /c"]),
            ),
            (
                "two hosts",
                1,
                urls([
                    "GET https://a.io/x",
                    "GET https://b.io/x",
                    "GET https://a.io/y",
                ]),
            ),
            (
                "three hosts",
                0,
                urls([
                    "GET https://a.io/x",
                    "GET https://b.io/x",
                    "GET https://c.io/x",
                ]),
            ),
            (
                "a hidden host",
                0,
                urls([
                    "GET https://[Filtered]/x",
                    "GET https://a.io/x",
                    "GET https://a.io/y",
                ]),
            ),
            (
                "an address in brackets",
                1,
                urls([
                    "GET https://[::1]/x",
                    "GET https://[::1]/y",
                    "GET https://[::1]/z",
                ]),
            ),
            ("calls of an agent", 0, of_agent),
            ("in a browser", 0, usual().sdk("sentry.javascript.react")),
            ("in Node", 1, usual().sdk("sentry.javascript.node")),
            (
                "an empty hash",
                0,
                changed(usual(), |span| span.values.push(("hash", text("")))),
            ),
            ("other work between", 1, {
                let mut event = usual();
                event
                    .spans
                    .push(span(90, "db", "SELECT 1", 1_900_000, 2_100_000));
                event
            }),
        ],
    );
    let problem = urls([
        "GET /api/0/organizations/endpoint1",
        "GET /api/0/organizations/endpoint2",
        "GET /api/0/organizations/endpoint3",
    ]);
    assert_eq!(
        problem.first(Kind::ConsecutiveHttp).fingerprint,
        "1-1009-00b8644b56309c8391aa365783145162ab9c589a"
    );
}

fn payload(url: &str, length: i64, size: Value) -> Event {
    event(vec![
        span(10, "http.client", url, 0, length).with("http.response_content_length", size),
    ])
}

#[test]
fn large_payloads() {
    let of = |url: &str| payload(url, 1_000_000, Value::Int(500_000));
    check(
        Kind::LargeHttpPayload,
        vec![
            (
                "just above",
                1,
                payload("GET /a", 1_000_000, Value::Int(300_001)),
            ),
            (
                "just 300 kB",
                0,
                payload("GET /a", 1_000_000, Value::Int(300_000)),
            ),
            ("as a text", 1, payload("GET /a", 1_000_000, text("300001"))),
            ("no number", 0, payload("GET /a", 1_000_000, text("large"))),
            ("100 ms", 1, payload("GET /a", 100_000, Value::Int(500_000))),
            (
                "just under 100 ms",
                0,
                payload("GET /a", 99_999, Value::Int(500_000)),
            ),
            ("JSON", 1, of("GET /a.json")),
            ("JSON in capitals with a query", 1, of("GET /a.JSON?b=c")),
            ("a script", 0, of("GET /a.js")),
            ("a picture with a query", 0, of("GET /a.png?b")),
            ("Next.js", 0, of("GET /_next/static/a")),
            ("Next.js data", 0, of("GET /_next/data/a.json")),
            (
                "an empty hash",
                0,
                changed(of("GET /a"), |span| span.values.push(("hash", text("")))),
            ),
            (
                "prefetched",
                0,
                changed(of("GET /a"), |span| {
                    span.values
                        .push(("http.request.prefetch", Value::Bool(true)))
                }),
            ),
            (
                "no call",
                0,
                changed(of("GET /a"), |span| span.op = "resource.script".to_owned()),
            ),
            ("two of one endpoint", 1, {
                let mut event = of("GET /a/1");
                let mut second = of("GET /a/2").spans.remove(0);
                second.id = 11;
                event.spans.push(second);
                event
            }),
        ],
    );
    let problem = of("GET /api/0/organizations/endpoint1").first(Kind::LargeHttpPayload);
    assert_eq!(
        problem.fingerprint,
        "1-1015-5e5543895c0f1f12c2d468da8c7f2d9e4dca81dc"
    );
}

/// Six requests that begin together and wait this long, in microseconds.
fn waiting(url: &str, delays: [i64; 6]) -> Vec<Made> {
    let request = |(id, delay): (u64, i64)| {
        span(id, "http.client", url, 1_000, 1_001_000)
            .with("url", text(url))
            .with("network.protocol.version", text("1.1"))
            .with(
                "http.request.request_start",
                Value::Float((1_000 + delay) as f64 / 1e6),
            )
    };
    (10..).zip(delays).map(request).collect()
}

#[test]
fn http_overhead() {
    let usual = || event(waiting("/api/1", [0, 1, 2, 3, 4, 300_000]));
    let later = |mut spans: Vec<Made>| {
        for span in &mut spans {
            (span.id, span.start, span.end) =
                (span.id + 50, span.start + 2_000_000, span.end + 2_000_000);
            span.values[2].1 = Value::Float(span.values[2].1.as_f64().expect("a time") + 2.0);
        }
        spans
    };
    let two_chains = {
        let mut spans = waiting("https://a.io/x", [0, 1, 2, 3, 4, 300_000]);
        spans.extend(later(waiting(
            "https://a.io/x",
            [0, 1, 2, 110_000, 120_000, 400_000],
        )));
        event(spans)
    };
    check(
        Kind::HttpOverhead,
        vec![
            ("the sixth waits", 1, usual()),
            (
                "250 ms",
                0,
                event(waiting("/api/1", [0, 1, 2, 3, 4, 250_000])),
            ),
            (
                "just above",
                1,
                event(waiting("/api/1", [0, 1, 2, 3, 4, 250_001])),
            ),
            ("five", 0, {
                let mut event = usual();
                event.spans.remove(0);
                event
            }),
            (
                "HTTP/2",
                0,
                changed(usual(), |span| span.values[1].1 = text("h2")),
            ),
            (
                "no request",
                0,
                changed(usual(), |span| span.op = "resource.script".to_owned()),
            ),
            ("another host", 0, {
                let mut event = usual();
                event.spans[5].values[0].1 = text("https://a.io/x");
                event
            }),
            ("two chains of one host", 1, two_chains.clone()),
        ],
    );
    let hundred = event(waiting("/api/1", [0, 1, 2, 100_000, 100_001, 300_000]));
    assert_eq!(hundred.offenders(Kind::HttpOverhead), [vec![14, 15]]);
    assert_eq!(two_chains.offenders(Kind::HttpOverhead), [vec![63, 64, 65]]);
    assert_eq!(
        two_chains.first(Kind::HttpOverhead).fingerprint,
        "1-1016-a.io"
    );
    assert_eq!(usual().first(Kind::HttpOverhead).fingerprint, "1-1016-/");
}
