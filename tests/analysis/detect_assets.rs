//! Detectors of what a page loads, at and just beside each threshold.

use crate::detect_support::{Made, changed, check, event, span, text};
use headwater::analysis::detect::Kind;
use headwater::model::Value;

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
