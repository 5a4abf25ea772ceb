//! Detectors of database work, case by case, at and just beside each threshold.

use crate::detect_support::{Event, Made, ROOT, check, event, json, span, text};
use headwater::analysis::detect::{ALL, Kind};
use headwater::model::Value;

const SOURCE: &str = "SELECT a FROM s";
const REPEAT: &str = "SELECT b FROM t WHERE id = %s";

/// A source query, then `count` repeats of `each` microseconds.
fn n_plus_one(count: u64, each: i64) -> Event {
    let mut spans = vec![span(10, "db", SOURCE, 0, 5_000)];
    spans.extend(repeats(count, each));
    event(spans)
}

fn repeats(count: u64, each: i64) -> Vec<Made> {
    let repeat = |at: u64| {
        let start = 10_000 + at as i64 * each;
        span(11 + at, "db", REPEAT, start, start + each)
    };
    (0..count).map(repeat).collect()
}

fn changed(mut event: Event, change: impl Fn(&mut Made)) -> Event {
    event.spans.iter_mut().for_each(change);
    event
}

fn repeats_only(event: Event, change: impl Fn(&mut Made)) -> Event {
    changed(event, |span| {
        if span.id > 10 {
            change(span);
        }
    })
}

#[test]
fn every_kind_has_one_detector_with_all_its_words() {
    for (place, detector) in ALL.iter().enumerate() {
        assert_eq!(detector.kind.name(), detector.name);
        assert!(!detector.advice.is_empty() && !detector.source.is_empty());
        let same = ALL
            .iter()
            .position(|other| other.kind == detector.kind || other.name == detector.name);
        assert_eq!(same, Some(place), "{}", detector.name);
    }
}

/// Five repeats of this length, each this long after the one before.
fn overlapping(each: i64, apart: i64) -> Event {
    let mut event = n_plus_one(5, each);
    for (place, span) in (0..).zip(&mut event.spans[1..]) {
        (span.start, span.end) = (
            20_000_000 + place * apart,
            20_000_000 + place * apart + each,
        );
    }
    event
}

#[test]
fn n_plus_one_queries() {
    let with_break = |op: &str, text: &str| {
        let mut event = n_plus_one(8, 20_000);
        event.spans.insert(5, span(50, op, text, 89_999, 89_999));
        event
    };
    let other_parent = |parent: u64| {
        let mut event = n_plus_one(6, 20_000);
        event.spans[4].parent = parent;
        event.spans.push(span(9, "view", "other", 0, 900_000));
        event
    };
    let below = |parent_op: &str, parent_of_parent: u64| {
        let mut event = changed(n_plus_one(5, 10_000), |span| span.parent = 9);
        let mut parent = span(9, parent_op, "view", 0, 900_000);
        parent.parent = parent_of_parent;
        event.spans.insert(0, parent);
        event
    };
    let parallel = |each: i64| {
        repeats_only(n_plus_one(6, 1), |span| {
            (span.start, span.end) = (10_000, 10_000 + each)
        })
    };
    let below_sibling = |source_op: &str, between: bool, count: u64| {
        let mut event = event(repeats(count, 20_000));
        event.spans.push(span(8, "function", "load", 0, 9_000));
        event
            .spans
            .push(span(9, source_op, SOURCE, 1_000, 5_000).under(8));
        if between {
            event.spans.push(span(7, "function", "other", 9_500, 9_600));
        }
        event
    };
    check(
        Kind::NPlusOneDb,
        vec![
            (
                "source below a sibling of twenty repeats",
                1,
                below_sibling("db", false, 20),
            ),
            (
                "source below a sibling of nineteen repeats",
                0,
                below_sibling("db", false, 19),
            ),
            (
                "a Redis source below a sibling",
                0,
                below_sibling("db.redis", false, 20),
            ),
            (
                "work between source and repeats",
                0,
                below_sibling("db", true, 20),
            ),
            ("five repeats of 10 ms", 1, n_plus_one(5, 10_000)),
            ("four repeats", 0, n_plus_one(4, 100_000)),
            ("just under 50 ms", 0, n_plus_one(5, 9_999)),
            ("many short ones", 1, n_plus_one(100, 500)),
            (
                "some at once, too short together",
                0,
                overlapping(13_999, 9_000),
            ),
            (
                "some at once, long enough together",
                1,
                overlapping(14_000, 9_000),
            ),
            ("many too short ones", 0, n_plus_one(100, 499)),
            ("no source", 0, event(repeats(8, 20_000))),
            (
                "source with the repeats' hash",
                0,
                repeats_only(
                    changed(n_plus_one(6, 20_000), |span| {
                        span.values = vec![("hash", text("x"))]
                    }),
                    |_| (),
                ),
            ),
            ("literals in the text", 0, {
                let mut event = n_plus_one(6, 20_000);
                for (at, span) in event.spans.iter_mut().enumerate().skip(1) {
                    span.text = format!("SELECT b FROM t WHERE id = {at}");
                }
                event
            }),
            (
                "cut repeats",
                0,
                repeats_only(n_plus_one(6, 20_000), |span| {
                    span.text = "SELECT b FROM t...".to_owned()
                }),
            ),
            ("a cut source still counts", 1, {
                let mut event = n_plus_one(6, 20_000);
                event.spans[0].text = "SELECT a FROM ...".to_owned();
                event
            }),
            (
                "Redis repeats",
                0,
                repeats_only(n_plus_one(6, 20_000), |span| {
                    span.op = "db.redis".to_owned()
                }),
            ),
            (
                "connections",
                0,
                repeats_only(n_plus_one(6, 20_000), |span| {
                    span.op = "db.connection".to_owned()
                }),
            ),
            (
                "pg-pool.connect",
                0,
                repeats_only(n_plus_one(6, 20_000), |span| {
                    span.text = "pg-pool.connect".to_owned()
                }),
            ),
            (
                "another kind of db operation",
                1,
                changed(n_plus_one(6, 20_000), |span| {
                    span.op = "db.sql.query".to_owned()
                }),
            ),
            (
                "an empty hash",
                0,
                repeats_only(n_plus_one(6, 20_000), |span| {
                    span.values = vec![("hash", text(""))]
                }),
            ),
            (
                "broken by other work, neither half enough",
                0,
                with_break("http.client", "GET /x"),
            ),
            (
                "broken by another query",
                0,
                with_break("db", "SELECT other FROM elsewhere"),
            ),
            (
                "broken by a Redis command",
                0,
                with_break("db.redis", "GET x"),
            ),
            ("one repeat has another parent", 0, other_parent(9)),
            ("under a view", 1, below("view", ROOT)),
            ("under a view whose parent is missing", 1, below("view", 77)),
            ("under a query", 0, below("db", ROOT)),
            ("under a Redis command", 1, below("db.redis", ROOT)),
            ("side by side, long enough", 1, parallel(50_000)),
            ("side by side, too short together", 0, parallel(49_999)),
            (
                "MongoDB with a query",
                1,
                repeats_only(n_plus_one(6, 20_000), |span| {
                    span.values = vec![
                        ("sentry_tags.system", text("mongodb")),
                        ("sentry_tags.description", text("{\"find\":\"a\"}")),
                    ];
                }),
            ),
            (
                "MongoDB without a query",
                0,
                repeats_only(n_plus_one(6, 20_000), |span| {
                    span.values = vec![
                        ("sentry_tags.system", text("mongodb")),
                        ("sentry_tags.description", text("find")),
                    ];
                }),
            ),
        ],
    );
    let problem = n_plus_one(5, 10_000).first(Kind::NPlusOneDb);
    assert_eq!(
        (problem.description.as_str(), problem.offenders.len()),
        (REPEAT, 5)
    );
    assert_eq!((problem.causes.len(), problem.parents.len()), (1, 1));
    assert_eq!(problem.duration, 50_000_000);
    assert!(
        problem
            .fingerprint
            .starts_with("1-GroupType.PERFORMANCE_N_PLUS_ONE_DB_QUERIES-")
    );
    assert_eq!(
        n_plus_one(9, 10_000).first(Kind::NPlusOneDb).fingerprint,
        problem.fingerprint
    );
}

/// `rounds` rounds of a view's query, a rendering and another query under a view.
fn motif(rounds: u64, each: i64) -> Event {
    let mut spans = vec![span(9, "view", "list", 0, 90_000_000)];
    for round in 0..rounds {
        let start = 1_000 + round as i64 * 3 * each;
        for (place, (op, text)) in [("db", "SELECT x"), ("template", "row"), ("db", "SELECT y")]
            .into_iter()
            .enumerate()
        {
            let start = start + place as i64 * each;
            spans.push(
                span(
                    100 + round * 3 + place as u64,
                    op,
                    text,
                    start,
                    start + each,
                )
                .under(9),
            );
        }
    }
    event(spans)
}

/// Three rounds of queries of so many tables in turn, 100 ms each, so many levels below a view.
fn rounds_of(tables: usize, levels: u64) -> Event {
    let mut spans = vec![span(9, "view", "list", 0, 90_000_000)];
    let mut at = 1_000;
    for place in 0..3 * tables as u64 {
        let mut parent = 9;
        // Of each table its own, so that they are part of the pattern.
        for level in 1..levels {
            let id = 1_000 + place * 10 + level;
            let op = format!("layer{level}.{}", place as usize % tables);
            spans.push(span(id, &op, "layer", at, at + 100_100).under(parent));
            (parent, at) = (id, at + 1);
        }
        let text = format!(
            "SELECT {}",
            (b'a' + (place as usize % tables) as u8) as char
        );
        spans.push(span(100 + place, "db", &text, at, at + 100_000).under(parent));
        at += 101_000;
    }
    event(spans)
}

#[test]
fn groups_of_queries_are_looked_for_within_bounds() {
    check(
        Kind::MNPlusOneDb,
        vec![
            ("two in turn", 1, rounds_of(2, 1)),
            ("eight in turn", 1, rounds_of(8, 1)),
            ("nine in turn", 0, rounds_of(9, 1)),
            ("the view is two levels up", 1, rounds_of(2, 2)),
            ("the view is three levels up", 1, rounds_of(2, 3)),
            ("the view is four levels up", 0, rounds_of(2, 4)),
            ("two whole rounds and a half", 0, {
                let mut event = rounds_of(2, 1);
                event.spans.pop();
                event
            }),
            ("exactly a twentieth", 1, {
                // 12 queries of 250 us in spans of 5 ms each.
                let mut event = motif(6, 10_000);
                for span in &mut event.spans[1..] {
                    span.end = span.start + if span.op == "db" { 250 } else { 9_500 };
                }
                event
            }),
            ("just under a twentieth", 0, {
                let mut event = motif(6, 10_000);
                for span in &mut event.spans[1..] {
                    span.end = span.start + if span.op == "db" { 249 } else { 9_500 };
                }
                event
            }),
        ],
    );
}

#[test]
fn repeating_groups_of_queries() {
    let top_level = changed(motif(4, 10_000), |span| span.parent = ROOT);
    check(
        Kind::MNPlusOneDb,
        vec![
            ("four rounds", 1, motif(4, 10_000)),
            ("three rounds", 1, motif(3, 10_000)),
            ("two rounds", 0, motif(2, 100_000)),
            ("just 50 ms", 1, motif(5, 3_334)),
            ("just under 50 ms", 0, motif(5, 3_333)),
            ("no common span of the event", 0, top_level),
            (
                "no query",
                0,
                changed(motif(4, 10_000), |span| {
                    if span.op == "db" {
                        span.op = "function".to_owned();
                    }
                }),
            ),
            (
                "only Redis",
                0,
                changed(motif(4, 10_000), |span| {
                    if span.op == "db" {
                        span.op = "db.redis".to_owned();
                    }
                }),
            ),
            (
                "cut queries",
                0,
                changed(motif(4, 10_000), |span| {
                    if span.op == "db" {
                        span.text.push_str("...");
                    }
                }),
            ),
            (
                "the same all over is an N+1",
                0,
                changed(motif(4, 10_000), |span| {
                    if span.id >= 100 {
                        (span.op, span.text) = ("db".to_owned(), "SELECT x".to_owned());
                    }
                }),
            ),
            (
                "queries take a twentieth",
                1,
                changed(motif(6, 10_000), |span| {
                    if span.op == "db" {
                        span.end = span.start + 265;
                    }
                }),
            ),
            (
                "queries take less than a twentieth",
                0,
                changed(motif(6, 10_000), |span| {
                    if span.op == "db" {
                        span.end = span.start + 250;
                    }
                }),
            ),
            (
                "serialisation comes first",
                1,
                changed(motif(4, 10_000), |span| {
                    if span.text == "SELECT x" {
                        (span.op, span.text) =
                            ("prisma".to_owned(), "prisma:engine:serialize".to_owned());
                    }
                }),
            ),
        ],
    );
    let problem = motif(4, 10_000).first(Kind::MNPlusOneDb);
    assert_eq!(
        (problem.description.as_str(), problem.offenders.len()),
        ("SELECT x", 12)
    );
    assert!(problem.fingerprint.starts_with("1-1011-"));
}

/// Queries one after another, each with its text and its length in milliseconds.
fn queries(all: &[(&str, i64)]) -> Event {
    let mut start = 0;
    let mut spans = Vec::new();
    for (id, (text, length)) in (10..).zip(all) {
        let end = start + length * 1_000;
        spans.push(span(id, "db", text, start, end).hash(""));
        start = end;
    }
    event(spans)
}

#[test]
fn consecutive_queries() {
    const A: &str = "SELECT x FROM customers";
    const B: &str = "SELECT y FROM orders";
    const C: &str = "SELECT z FROM products";
    let usual = || queries(&[(A, 1_000), (B, 1_000), (C, 1_000)]);
    let graphql = |method: &str, url: &str| {
        usual()
            .with("request.method", text(method))
            .with("request.url", text(url))
    };
    let overlapping = {
        let mut event = usual();
        event.spans[1].start -= 1;
        event
    };
    let apart = changed(usual(), |span| {
        (span.start, span.end) = (span.start * 2, span.end * 2 - 500_000)
    });
    check(
        Kind::ConsecutiveDb,
        vec![
            ("three of a second", 1, usual()),
            ("with pauses between them", 1, apart),
            ("two", 1, queries(&[(A, 1_000), (B, 1_000)])),
            ("one", 0, queries(&[(A, 1_000)])),
            (
                "others need an answer",
                0,
                queries(&[(A, 1_000), ("SELECT y WHERE id = %s", 1_000)]),
            ),
            (
                "a literal",
                0,
                queries(&[(A, 1_000), ("SELECT y LIMIT 3", 1_000)]),
            ),
            (
                "a quoted literal",
                0,
                queries(&[(A, 1_000), ("SELECT y AND b = 'c'", 1_000)]),
            ),
            (
                "a placeholder",
                0,
                queries(&[(A, 1_000), ("SELECT y LIMIT ?", 1_000)]),
            ),
            (
                "a numbered placeholder",
                0,
                queries(&[(A, 1_000), ("SELECT y LIMIT $1", 1_000)]),
            ),
            (
                "where in small letters",
                0,
                queries(&[(A, 1_000), ("select y where a", 1_000)]),
            ),
            (
                "cut",
                0,
                queries(&[(A, 1_000), ("SELECT y FROM ...", 1_000)]),
            ),
            (
                "an INSERT between",
                0,
                queries(&[(A, 1_000), ("INSERT INTO t", 1_000), (B, 1_000)]),
            ),
            (
                "what ends a run does not begin the next",
                0,
                queries(&[(A, 1_000), ("INSERT INTO t", 1), (B, 1_000)]),
            ),
            ("overlapping by a microsecond", 0, overlapping),
            ("just 100 ms saved", 1, queries(&[(A, 100), (B, 100)])),
            ("just under 100 ms saved", 0, queries(&[(A, 99), (B, 200)])),
            (
                "longer than 30 ms each",
                1,
                queries(&[(A, 500), (B, 31), (C, 200)]),
            ),
            ("one of 30 ms", 0, queries(&[(A, 500), (B, 30), (C, 200)])),
            ("a tenth saved", 1, queries(&[(A, 900), (B, 100)])),
            ("less than a tenth saved", 0, queries(&[(A, 910), (B, 100)])),
            ("PHP", 0, usual().sdk("sentry.php.laravel")),
            ("GraphQL", 0, graphql("POST", "https://a.io/graphql")),
            (
                "GraphQL with GET",
                0,
                graphql("get", "https://a.io/graphql"),
            ),
            (
                "something else",
                1,
                graphql("POST", "https://a.io/graphql/other"),
            ),
            (
                "leading blanks",
                1,
                queries(&[(" select x FROM a", 1_000), ("\n select y FROM b", 1_000)]),
            ),
        ],
    );
    let problem = usual().first(Kind::ConsecutiveDb);
    assert_eq!(problem.description, B);
    assert_eq!((problem.offenders.len(), problem.causes.len()), (2, 3));
    assert_eq!(
        problem.fingerprint,
        "1-1007-e6a9fc04320a924f46c7c737432bb0389d9dd095"
    );
}

#[test]
fn slow_queries() {
    let one = |op: &str, text: &str, length: i64| event(vec![span(10, op, text, 0, length)]);
    let twice = |second: &str| {
        event(vec![
            span(10, "db", "SELECT a", 0, 1_000_000),
            span(11, "db", second, 0, 1_000_000),
        ])
    };
    check(
        Kind::SlowDbQuery,
        vec![
            ("a second", 1, one("db", "SELECT a", 1_000_000)),
            ("just under", 0, one("db", "SELECT a", 999_999)),
            ("small letters", 1, one("db", " select a", 1_000_000)),
            ("DELETE", 0, one("db", "DELETE FROM a", 5_000_000)),
            ("cut", 0, one("db", "SELECT a...", 5_000_000)),
            ("no query", 0, one("http.client", "SELECT a", 5_000_000)),
            (
                "another db operation",
                1,
                one("db.sql.query", "SELECT a", 1_000_000),
            ),
            ("the same twice", 1, twice("SELECT a")),
            ("two queries", 2, twice("SELECT b")),
        ],
    );
}

#[test]
fn work_on_the_main_thread() {
    let blocking = |op: &str, length: i64, value: Value| {
        event(vec![
            span(10, op, "x", 0, length).with("blocked_main_thread", value),
        ])
    };
    let file = |path: &str| {
        let mut event = blocking("file.read", 20_000, Value::Bool(true));
        event.spans[0].values.push(("file.path", text(path)));
        event
    };
    let two = |second_start: i64, parent: u64| {
        let mut event = blocking("file.read", 8_000, Value::Bool(true));
        let second = span(11, "file.write", "y", second_start, second_start + 8_000).under(parent);
        event
            .spans
            .push(second.with("blocked_main_thread", Value::Bool(true)));
        event
    };
    check(
        Kind::FileIoMainThread,
        vec![
            (
                "a frame",
                1,
                blocking("file.read", 16_000, Value::Bool(true)),
            ),
            (
                "less than a frame",
                0,
                blocking("file.read", 15_999, Value::Bool(true)),
            ),
            (
                "not true",
                0,
                blocking("file.read", 20_000, Value::Bool(false)),
            ),
            (
                "true as a text",
                0,
                blocking("file.read", 20_000, text("true")),
            ),
            (
                "true as a number",
                0,
                blocking("file.read", 20_000, Value::Int(1)),
            ),
            ("a query", 0, blocking("db", 20_000, Value::Bool(true))),
            ("a list of properties", 0, file("/Info.PLIST")),
            ("an interface", 0, file("a.nib")),
            ("a keyboard", 0, file("/x/KBLayout_iPhone.dat")),
            ("a file", 1, file("/x/data.json")),
            ("two together", 1, two(8_000, ROOT)),
            ("two at once", 0, two(4_000, ROOT)),
            ("two under different parents", 0, two(8_000, 10)),
            (
                "the old name",
                1,
                event(vec![
                    span(10, "file", "x", 0, 16_000).with("blocked_ui_thread", Value::Bool(true)),
                ]),
            ),
        ],
    );
    check(
        Kind::DbMainThread,
        vec![
            ("a frame", 1, blocking("db", 16_000, Value::Bool(true))),
            (
                "less than a frame",
                0,
                blocking("db", 15_999, Value::Bool(true)),
            ),
            (
                "a file",
                0,
                blocking("file.read", 20_000, Value::Bool(true)),
            ),
            ("not true", 0, blocking("db", 20_000, text("true"))),
        ],
    );
    let stack = json(r#"[{"module":"m","function":"f"},{"module":"n","function":"g"}]"#);
    let problem = event(vec![
        span(10, "file", "x", 0, 16_000)
            .with("blocked_main_thread", Value::Bool(true))
            .with("call_stack", stack),
    ]);
    // The SHA-1 of `m.f.n.g`.
    assert_eq!(
        problem.first(Kind::FileIoMainThread).fingerprint,
        "1-1008-c6599868ba9e373a30119476b6095d38d566838f"
    );
}

#[test]
fn repeats_beyond_the_reference() {
    let literals = |count: u64, each: i64| {
        let mut event = n_plus_one(count, each);
        for (at, span) in event.spans.iter_mut().enumerate().skip(1) {
            span.text = format!("SELECT b FROM t WHERE id = {at}");
        }
        event
    };
    let interleaved = |count: u64, each: i64| {
        let mut event = n_plus_one(count, each);
        let between = |span: &Made| {
            let id = span.id + 100;
            self::span(id, "function", &format!("work {id}"), span.end, span.end)
        };
        let between: Vec<Made> = event.spans.iter().map(between).collect();
        event.spans.extend(between);
        event
    };
    check(
        Kind::LiteralDb,
        vec![
            ("five", 1, literals(5, 10_000)),
            ("four", 0, literals(4, 100_000)),
            ("under 50 ms", 0, literals(5, 9_999)),
            ("the same text", 0, n_plus_one(5, 10_000)),
        ],
    );
    check(
        Kind::InterleavedDb,
        vec![
            ("work between", 1, interleaved(5, 10_000)),
            ("four", 0, interleaved(4, 100_000)),
            ("under 50 ms", 0, interleaved(5, 9_999)),
            ("an N+1 is reported as that", 0, n_plus_one(8, 10_000)),
            ("nothing between", 0, event(repeats(8, 20_000))),
        ],
    );
    assert_eq!(interleaved(5, 10_000).offenders(Kind::NPlusOneDb).len(), 0);
}

#[test]
fn answers_read_again() {
    const READ: &str = "SELECT name FROM settings";
    let twice = |text: &str, each: i64, between: &str| {
        event(vec![
            span(10, "db", text, 0, each),
            span(11, "db", between, each, each),
            span(12, "db", text, each + 1, 2 * each + 1),
        ])
    };
    check(
        Kind::MissingCache,
        vec![
            ("100 ms again", 1, twice(READ, 100_000, "SELECT 1")),
            ("just under", 0, twice(READ, 99_999, "SELECT 1")),
            (
                "something was written",
                0,
                twice(READ, 100_000, "UPDATE settings SET a = b"),
            ),
            (
                "parameters may differ",
                0,
                twice("SELECT a WHERE b = %s", 100_000, "SELECT 1"),
            ),
            (
                "a write twice",
                0,
                twice("DELETE FROM a", 100_000, "SELECT 1"),
            ),
            ("cut", 0, twice("SELECT a...", 100_000, "SELECT 1")),
        ],
    );
}
