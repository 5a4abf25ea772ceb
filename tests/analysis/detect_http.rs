//! Detectors of calls, assets, input and tools, case by case, at and just beside each threshold.

use crate::detect_support::{Event, Made, check, event, json, span, text};
use headwater::analysis::detect::Kind;
use headwater::model::Value;

fn changed(mut event: Event, change: impl Fn(&mut Made)) -> Event {
    event.spans.iter_mut().for_each(change);
    event
}

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

/// An asset with its sizes: transferred, encoded, decoded.
fn asset(id: u64, op: &str, url: &str, length: i64, sizes: [i64; 3]) -> Made {
    span(id, op, url, 0, length)
        .with("http.response_transfer_size", Value::Int(sizes[0]))
        .with("http.response_content_length", Value::Int(sizes[1]))
        .with("http.decoded_response_content_length", Value::Int(sizes[2]))
}

#[test]
fn uncompressed_assets() {
    const LARGE: [i64; 3] = [600_000, 600_000, 600_000];
    let with =
        |browser: &str, op: &str, url: &str, length: i64, sizes: [i64; 3], other: [i64; 3]| {
            let spans = vec![
                asset(10, op, url, length, sizes),
                asset(11, "resource.script", "/b.js", 1_000, other),
            ];
            event(spans).with("browser.name", text(browser))
        };
    let one = |length: i64, sizes: [i64; 3]| {
        with(
            "Chrome",
            "resource.script",
            "/a.js",
            length,
            sizes,
            [5, 4, 5],
        )
    };
    let named = |op: &str, url: &str| with("chrome", op, url, 400_000, LARGE, [5, 4, 5]);
    let old = {
        let large = ["Transfer Size", "Encoded Body Size", "Decoded Body Size"]
            .into_iter()
            .fold(
                span(10, "resource.script", "/a.js", 0, 400_000),
                |span, name| span.with(name, Value::Int(600_000)),
            );
        event(vec![
            large,
            asset(11, "resource.css", "/b.css", 1, [5, 4, 5]),
        ])
        .with("browser.name", text("edge"))
    };
    check(
        Kind::UncompressedAssets,
        vec![
            ("large and slow", 1, one(400_000, LARGE)),
            ("just 512 kB", 1, one(400_000, [512_000; 3])),
            ("just under 512 kB", 0, one(400_000, [511_999; 3])),
            ("just above 300 ms", 1, one(300_001, LARGE)),
            ("just 300 ms", 0, one(300_000, LARGE)),
            (
                "from the cache",
                0,
                one(400_000, [599_999, 600_000, 600_000]),
            ),
            ("with headers", 1, one(400_000, [600_300, 600_000, 600_000])),
            ("compressed", 0, one(400_000, [600_000, 600_000, 900_000])),
            (
                "nothing is compressed",
                0,
                with(
                    "chrome",
                    "resource.script",
                    "/a.js",
                    400_000,
                    LARGE,
                    [5, 5, 5],
                ),
            ),
            (
                "Safari",
                1,
                with(
                    "SAFARI",
                    "resource.script",
                    "/a.js",
                    400_000,
                    LARGE,
                    [5, 4, 5],
                ),
            ),
            (
                "a mobile browser",
                0,
                with(
                    "Chrome Mobile",
                    "resource.script",
                    "/a.js",
                    400_000,
                    LARGE,
                    [5, 4, 5],
                ),
            ),
            (
                "no browser",
                0,
                with("", "resource.script", "/a.js", 400_000, LARGE, [5, 4, 5]),
            ),
            ("a style sheet", 1, named("resource.css", "/a.css")),
            ("a picture", 0, named("resource.script", "/a.png")),
            ("JSON", 1, named("resource.script", "/a.json?b=1")),
            ("no ending", 1, named("resource.script", "/a")),
            ("an image", 0, named("resource.img", "/a.js")),
            ("the older names", 1, old),
        ],
    );
}

#[test]
fn render_blocking_assets() {
    let with = |fcp: f64, start: i64, length: i64, size: i64, status: &str| {
        let asset = span(
            10,
            "resource.script",
            "https://example.com/a.js",
            start,
            start + length,
        )
        .with("http.response_content_length", Value::Int(size))
        .with("resource.render_blocking_status", text(status));
        event(vec![asset]).with("measurements.fcp", Value::Float(fcp))
    };
    let usual = |fcp: f64, length: i64| with(fcp, 0, length, 1_000_000, "blocking");
    let unit = |unit: &str| usual(2_500.0, 1_000_000).with("measurements.fcp.unit", text(unit));
    check(
        Kind::RenderBlockingAssets,
        vec![
            ("blocking", 1, usual(2_500.0, 1_000_000)),
            ("painted at 2 s", 1, usual(2_000.0, 1_000_000)),
            ("painted before 2 s", 0, usual(1_999.9, 1_000_000)),
            ("painted before 10 s", 1, usual(9_999.9, 4_000_000)),
            ("painted at 10 s", 0, usual(10_000.0, 4_000_000)),
            ("a third", 1, usual(3_000.0, 991_000)),
            ("just 0.33", 0, usual(3_000.0, 990_000)),
            (
                "ends before the paint",
                1,
                with(2_500.0, 1_400_000, 1_099_999, 1_000_000, ""),
            ),
            (
                "ends with the paint",
                0,
                with(2_500.0, 1_400_000, 1_100_000, 1_000_000, ""),
            ),
            ("500 kB", 1, with(2_500.0, 0, 1_000_000, 500_000, "")),
            (
                "just under 500 kB",
                0,
                with(2_500.0, 0, 1_000_000, 499_999, ""),
            ),
            ("1 GB", 1, with(2_500.0, 0, 1_000_000, 1_000_000_000, "")),
            (
                "more than 1 GB",
                0,
                with(2_500.0, 0, 1_000_000, 1_000_000_001, ""),
            ),
            (
                "not blocking",
                0,
                with(2_500.0, 0, 1_000_000, 1_000_000, "non-blocking"),
            ),
            ("in milliseconds", 1, unit("millisecond")),
            ("without a unit", 1, unit("none")),
            ("in seconds", 0, unit("second")),
            (
                "a style sheet",
                1,
                changed(usual(2_500.0, 1_000_000), |span| {
                    span.op = "resource.link".to_owned()
                }),
            ),
            (
                "an image",
                0,
                changed(usual(2_500.0, 1_000_000), |span| {
                    span.op = "resource.img".to_owned()
                }),
            ),
        ],
    );
    let problem = usual(2_500.0, 1_000_000).first(Kind::RenderBlockingAssets);
    assert_eq!(
        problem.fingerprint,
        "1-1004-ba43281143a88ba902029356cb543dd0bff8f41c"
    );
    let of = |url: &'static str| {
        changed(usual(2_500.0, 1_000_000), move |span| {
            span.text = url.to_owned()
        })
        .first(Kind::RenderBlockingAssets)
        .fingerprint
    };
    for (left, right, alike) in [
        ("/foo.6a7a65d8.chunk.js", "/foo.9aa723de.chunk.js", true),
        ("/foo.6a7a65d8.chunk.js", "/bar.9aa723de.chunk.js", false),
        (
            "/foo-6dbbbd06.cfdb8c53.js",
            "/bar-7753eadb.362e3029.js",
            false,
        ),
        (
            "/6a7a65d8bf641868d868/foo.js",
            "/9aa723de2aa141eeb2e6/foo.js",
            true,
        ),
        ("/v7.7.19.1.2/foo.js", "/v8.10/foo.js", true),
        ("/v1/foo.js", "/v20220301115713/foo.js", true),
    ] {
        assert_eq!(of(left) == of(right), alike, "{left} {right}");
    }
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

fn query(statement: &str, inputs: &str) -> Event {
    event(vec![span(10, "db", statement, 0, 1_000)]).with("request.query_string", json(inputs))
}

/// A query that leaves out what is marked as deleted in so many tables.
fn deleted(tables: usize) -> Event {
    let conditions: String = (0..tables)
        .map(|at| format!(" AND t{at}.deleted_at IS NULL"))
        .collect();
    let text = format!("SELECT a FROM b WHERE username = 'hello'{conditions}");
    query(&text, r#"[["username", "hello"]]"#)
}

#[test]
fn queries_built_from_input() {
    const BUILT: &str = "SELECT * FROM users WHERE username = 'hello' ORDER BY id";
    const INPUT: &str = r#"[["username", "hello"]]"#;
    let built = |change: fn(&mut Made)| changed(query(BUILT, INPUT), change);
    check(
        Kind::SqlInjection,
        vec![
            ("in the query's text", 1, query(BUILT, INPUT)),
            (
                "as text of the query string",
                1,
                event(query(BUILT, "[]").spans)
                    .with("request.query_string", text("username=hello")),
            ),
            (
                "in the body",
                1,
                event(query(BUILT, "[]").spans)
                    .with("request.data", json(r#"{"username":"hello"}"#)),
            ),
            (
                "a number in the body",
                0,
                event(query(BUILT, "[]").spans).with("request.data", json(r#"{"username":7}"#)),
            ),
            (
                "two letters",
                0,
                query(
                    "SELECT a FROM b WHERE username = 'he'",
                    r#"[["username", "he"]]"#,
                ),
            ),
            (
                "three letters",
                1,
                query(
                    "SELECT a FROM b WHERE username = 'hel'",
                    r#"[["username", "hel"]]"#,
                ),
            ),
            (
                "the same as its name",
                0,
                query(
                    "SELECT a FROM b WHERE name = 'name'",
                    r#"[["name", "name"]]"#,
                ),
            ),
            (
                "a keyword",
                0,
                query("SELECT a FROM b WHERE x = 'desc'", r#"[["x", "desc"]]"#),
            ),
            (
                "named like a keyword",
                0,
                query(
                    "SELECT a FROM b WHERE sort = 'hello'",
                    r#"[["sort", "hello"]]"#,
                ),
            ),
            (
                "part of a word",
                0,
                query("SELECT a FROM b WHERE username = 'hello2'", INPUT),
            ),
            (
                "part of a name",
                0,
                query("SELECT a FROM b WHERE t.username = 'hello'", INPUT),
            ),
            (
                "name in double quotes",
                1,
                query("SELECT a FROM b WHERE \"username\" = 'hello'", INPUT),
            ),
            (
                "value without quotes",
                1,
                query("SELECT a FROM b WHERE username = hello", INPUT),
            ),
            (
                "in a comment",
                0,
                query("SELECT a FROM b WHERE c = d -- username = 'hello'", INPUT),
            ),
            (
                "before WHERE",
                0,
                query("SELECT 'hello' username FROM b WHERE c = d", INPUT),
            ),
            ("no WHERE", 0, query("SELECT username FROM hello", INPUT)),
            (
                "an UPDATE",
                0,
                query("UPDATE a SET b = c WHERE username = 'hello'", INPUT),
            ),
            (
                "a placeholder",
                0,
                query("SELECT a WHERE username = 'hello' AND b = ?", INPUT),
            ),
            (
                "a numbered placeholder",
                0,
                query("SELECT a WHERE username = 'hello' AND b = $1", INPUT),
            ),
            (
                "a named placeholder",
                0,
                query("SELECT a WHERE username = 'hello' AND b = &name", INPUT),
            ),
            (
                "bindings",
                0,
                built(|span| span.values.push(("db.sql.bindings", json("[1]")))),
            ),
            (
                "ActiveRecord",
                0,
                built(|span| span.op = "db.sql.active_record".to_owned()),
            ),
            ("Redis", 0, built(|span| span.op = "db.redis".to_owned())),
            (
                "Rails",
                0,
                built(|span| span.values.push(("sentry.origin", text("auto.db.rails")))),
            ),
            (
                "OpenTelemetry",
                0,
                built(|span| {
                    span.values
                        .push(("sentry.origin", text("auto.db.otel.postgres")))
                }),
            ),
            (
                "another origin",
                1,
                built(|span| {
                    span.values
                        .push(("sentry.origin", text("auto.db.psycopg2")))
                }),
            ),
            (
                "a library that escapes",
                0,
                query(BUILT, INPUT).with("modules", json(r#"{"sequelize":"6"}"#)),
            ),
            (
                "a library that does not",
                1,
                query(BUILT, INPUT).with("modules", json(r#"{"left-pad":"1"}"#)),
            ),
            (
                "four alias chains",
                0,
                query(
                    "SELECT a->b, c->d, e->f, g->h WHERE username = 'hello'",
                    INPUT,
                ),
            ),
            (
                "three alias chains",
                1,
                query("SELECT a->b, c->d, e->f WHERE username = 'hello'", INPUT),
            ),
            ("three soft deletions", 1, deleted(3)),
            ("four soft deletions", 0, deleted(4)),
            (
                "Laravel's lists",
                0,
                query("SELECT a WHERE b IN (1, 2) AND username = 'hello'", INPUT)
                    .sdk("sentry.php.laravel"),
            ),
            (
                "lists elsewhere",
                1,
                query("SELECT a WHERE b IN (1, 2) AND username = 'hello'", INPUT),
            ),
        ],
    );
    let problem = query(BUILT, INPUT).first(Kind::SqlInjection);
    let shown = "Untrusted Inputs [username] in `SELECT * FROM users WHERE username = [UNTRUSTED_INPUT] ORDER BY id`";
    assert_eq!(problem.description, shown);
    assert!(problem.fingerprint.starts_with("1-1021-"));
}

#[test]
fn query_objects_taken_from_input() {
    let find = |statement: &str, body: &str| {
        event(vec![span(10, "db", statement, 0, 1_000)]).with("request.data", json(body))
    };
    const QUERY: &str = r#"{"find":"users","filter":{"username":{"$ne":"?"}}}"#;
    check(
        Kind::QueryInjection,
        vec![
            ("an object", 1, find(QUERY, r#"{"username":{"$ne":null}}"#)),
            (
                "with blanks",
                1,
                find(
                    r#"{"find": "users", "filter": {"username": {"$ne": "?"}}}"#,
                    r#"{"username":{"$ne":null}}"#,
                ),
            ),
            ("a plain value", 0, find(QUERY, r#"{"username":"me"}"#)),
            (
                "another object",
                0,
                find(QUERY, r#"{"username":{"$gt":null}}"#),
            ),
            ("another name", 0, find(QUERY, r#"{"name":{"$ne":null}}"#)),
            (
                "SQL",
                0,
                find(
                    r#"SELECT "username":{"$ne":"?"}"#,
                    r#"{"username":{"$ne":null}}"#,
                ),
            ),
        ],
    );
}

#[test]
fn redundant_tool_calls() {
    let call = |id: u64, start: i64, question: &str, answer: &str| {
        span(
            id,
            "gen_ai.execute_tool",
            "execute_tool search",
            start,
            start + 500_000,
        )
        .with("gen_ai.tool.name", text("search"))
        .with("gen_ai.tool.call.arguments", text(question))
        .with("gen_ai.tool.call.result", text(answer))
    };
    let calls = |pause: i64, questions: [&str; 3], answers: [&str; 3]| {
        let pairs = questions.into_iter().zip(answers).enumerate();
        event(
            pairs
                .map(|(at, (question, answer))| {
                    call(10 + at as u64, at as i64 * pause, question, answer)
                })
                .collect(),
        )
    };
    const ASK: &str = r#"{"q":"weather in paris today","n":1}"#;
    const SAME: &str = r#"{ "n": 1, "q": "weather in paris today" }"#;
    const RAIN: &str = "rain all day long in the city";
    let usual = || calls(1_000_000, [ASK, SAME, ASK], [RAIN; 3]);
    let with = |made: Made| {
        let mut event = usual();
        event.spans.push(made);
        event
    };
    let thrice = |mut spans: Vec<Made>, start: i64| {
        let again = |at: i64| call(5_000 + at as u64, start + at * 1_000_000, ASK, RAIN);
        spans.extend((0..3).map(again));
        event(spans)
    };
    // Questions of which each is asked once come first.
    let after_questions = |count: i64| {
        let ask = |at: i64| call(100 + at as u64, at * 1_000_000, &format!("only{at}"), "one");
        thrice((0..count).map(ask).collect(), count * 1_000_000)
    };
    // One question of another tool comes first, again and again.
    let after_calls = |count: i64| {
        let ask = |at: i64| {
            let mut made = call(100 + at as u64, at * 1_000_000, ASK, RAIN);
            made.values[0].1 = text("other");
            made
        };
        thrice((0..count).map(ask).collect(), count * 1_000_000)
    };
    check(
        Kind::RedundantToolCalls,
        vec![
            ("three alike", 1, usual()),
            ("two", 0, {
                let mut event = usual();
                event.spans.pop();
                event
            }),
            (
                "other questions",
                0,
                calls(
                    1_000_000,
                    [
                        "{\"q\":\"a b c\"}",
                        "{\"q\":\"d e f\"}",
                        "{\"q\":\"g h i\"}",
                    ],
                    [RAIN; 3],
                ),
            ),
            (
                "the last answer is new",
                0,
                calls(1_000_000, [ASK; 3], [RAIN, RAIN, "sunshine tomorrow"]),
            ),
            (
                "answers differ",
                0,
                calls(1_000_000, [ASK; 3], [RAIN, "snow", "fog"]),
            ),
            (
                "a minute between",
                1,
                calls(60_500_000, [ASK; 3], [RAIN; 3]),
            ),
            (
                "more than a minute between",
                0,
                calls(60_500_001, [ASK; 3], [RAIN; 3]),
            ),
            (
                "something was written",
                0,
                with(span(50, "db", "INSERT INTO a", 700_000, 800_000)),
            ),
            (
                "something was sent",
                0,
                with(span(50, "http.client", "POST /a", 700_000, 800_000)),
            ),
            (
                "something was read",
                1,
                with(span(50, "http.client", "GET /a", 700_000, 800_000)),
            ),
            (
                "every second answer is the first",
                1,
                calls(1_000_000, [ASK; 3], [RAIN, "snow", RAIN]),
            ),
            ("fewer answers are the first", 0, {
                let mut event = calls(1_000_000, [ASK; 3], [RAIN, "snow", "fog"]);
                event.spans.push(call(13, 3_000_000, ASK, RAIN));
                event
            }),
            (
                "four words of five are the same",
                1,
                calls(1_000_000, ["a b c d", "a b c d", "a b c d e"], [RAIN; 3]),
            ),
            (
                "three words of four are the same",
                0,
                calls(1_000_000, ["a b c", "a b c", "a b c d"], [RAIN; 3]),
            ),
            (
                "four words of five are answered again",
                1,
                calls(1_000_000, [ASK; 3], ["a b c d", "x", "a b c d e"]),
            ),
            (
                "three words of four are answered again",
                0,
                calls(1_000_000, [ASK; 3], ["a b c", "a b c", "a b c d"]),
            ),
            (
                "the twentieth question again and again",
                1,
                after_questions(19),
            ),
            ("the twenty-first", 0, after_questions(20)),
            ("the last of 200 calls", 2, after_calls(197)),
            ("the last of 201 calls", 1, after_calls(198)),
            ("one failed", 0, {
                let mut event = usual();
                event.spans[1].failed = true;
                event
            }),
        ],
    );
}
