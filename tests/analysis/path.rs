//! The critical path and self times, worked by hand: the drawings are the cases.
//!
//! A line is a span: its name, its parent (`.` for none, `?` for one that is not in the trace), its bar, its self time in
//! columns. In a bar `=` is time in which the span itself is on the critical path, `-` time in which it runs but is not; `o`
//! is a span that takes no time.

use headwater::analysis::{CriticalPath, SpanIndex, SpanTree, self_times};
use headwater::model::record::RecordRef;
use headwater::model::trace::{Common, Said, Span, Trace};
use headwater::model::{Nanos, SpanId, TraceId};
use std::sync::Arc;

/// Nanoseconds a column.
const COLUMN: i64 = 1_000;

const CASES: [(&str, &str); 31] = [
    (
        "a span alone",
        "
a . |=====| 5
",
    ),
    (
        "the parent is on the path before and after its child",
        "
a . |==---==| 4
b a |  ===  | 3
",
    ),
    (
        "children one after the other, with time of the parent's own between them",
        "
a . |=--=--=| 3
b a | ==    | 2
c a |    == | 2
",
    ),
    (
        "a child that ends in the instant in which the next starts was waited for",
        "
a . |=----=| 2
b a | ==   | 2
c a |   == | 2
",
    ),
    (
        "one that still ran when its sibling started was not",
        "
a . |==---===| 4
b a | ---    | 3
c a |  ===   | 3
",
    ),
    (
        "from level to level",
        "
a . |=-----=| 2
b a | =---= | 2
c b |  ===  | 3
",
    ),
    (
        "levels that end together",
        "
a . |=---| 1
b a | =--| 1
c b |  ==| 2
",
    ),
    (
        "fork and join: the one that finishes last",
        "
a . |=-----=| 2
b a | ---   | 3
c a | ===== | 5
d a | --    | 2
",
    ),
    (
        "fork and join, then one more",
        "
a . |=------=| 2
b a | --     | 2
c a | ===    | 3
d a |    === | 3
",
    ),
    (
        "a pipeline: every other stage, as each overlaps its neighbours",
        "
a . |=---=---=| 2
b a | ===     | 3
c a |   ---   | 3
d a |     === | 3
",
    ),
    (
        "what runs below a child off the path is off it, too",
        "
a . |==-----=| 2
b a | ----   | 2
c b |  --    | 2
d a |  ===== | 5
",
    ),
    (
        "three attempts with pauses: the pauses are the parent's",
        "
a . |=-=--=---=| 4
b a | =        | 1
c a |   ==     | 2
d a |      === | 3
",
    ),
    (
        "a long pause between two children",
        "
a . |=-====-=| 6
b a | =      | 1
c a |      = | 1
",
    ),
    (
        "of children that end together the longest",
        "
a . |=---=| 2
b a | === | 3
c a |  -- | 2
",
    ),
    (
        "of equal children the first",
        "
a . |=--=| 2
b a | == | 2
c a | -- | 2
",
    ),
    (
        "a child that outlives its parent counts while the parent lasts",
        "
a . |==--    | 2
b a |  ==----| 6
",
    ),
    (
        "work started and left to itself hides what was really waited for",
        "
a . |=----   | 1
b a | ====---| 7
c a |  --    | 2
",
    ),
    (
        "a child that starts after its parent ended was never waited for",
        "
a . |====    | 4
b a |     ---| 3
",
    ),
    (
        "a message is handled after it was sent: the sender did not wait",
        "
a . |=-====   | 5
b a | =       | 1
c b |    -----| 5
",
    ),
    (
        "below a child that outlives the root, only what lies within the root",
        "
a . |==--   | 2
b a |  ==-- | 3
c b |     --| 2
",
    ),
    (
        "a grandchild is clipped as its parent is",
        "
a . |==---   | 2
b a |  =-----| 2
c b |   ==-- | 4
",
    ),
    (
        "a clock behind: the child seems to start before its parent",
        "
a . |  ---===| 3
b a |--===   | 5
",
    ),
    (
        "a clock far behind: the child seems to be over before its parent starts",
        "
a . |   ====| 4
b a |--     | 2
",
    ),
    (
        "a child around its parent",
        "
a . |  ---   | 0
b a |--===---| 8
",
    ),
    (
        "a child without duration",
        "
a . |====| 4
b a | o  | 0
",
    ),
    (
        "a root without duration has an empty path",
        "
a . |o   | 0
b a | ---| 3
",
    ),
    (
        "of several roots the longest, and nothing below the others",
        "
a . |----    | 2
b a | --     | 2
c . |   =--==| 3
d c |    ==  | 2
",
    ),
    (
        "of equal roots the first",
        "
a . |===   | 3
b . |   ---| 3
",
    ),
    (
        "without a root the longest orphan",
        "
a ? |---    | 3
b ? | ======| 6
",
    ),
    (
        "a root before a longer orphan",
        "
a . |==    | 2
b ? |------| 6
",
    ),
    (
        "a circle of parents is cut at its earliest span",
        "
a b |===--=| 4
b a |   == | 2
",
    ),
];

/// A line of a drawing.
struct Line {
    name: u64,
    span: Span,
    on_path: Vec<(i64, i64)>,
    self_time: i64,
}

fn number(name: &str) -> u64 {
    name.bytes().next().map_or(0, u64::from)
}

fn read(line: &str) -> Line {
    let parts: Vec<&str> = line.split('|').collect();
    let [names, bar, self_time] = parts[..] else {
        panic!("a line has two bounds: {line}");
    };
    let (name, parent) = names.trim().split_once(' ').expect("a name and a parent");
    let runs = |c: char| matches!(c, '=' | '-');
    let start = bar.find(|c: char| c != ' ').expect("the bar is drawn");
    let end = bar.rfind(runs).map_or(start, |last| last + 1);
    let on_path = stretches(bar);
    let span = Span {
        id: SpanId(number(name)),
        parent_id: match parent {
            "." => SpanId::default(),
            parent => SpanId(number(parent)),
        },
        said: Arc::new(Said {
            name: name.into(),
            description: "".into(),
            common: Arc::new(Common {
                op: "work".into(),
                service: "shop".into(),
                ..Common::default()
            }),
        }),
        start: Nanos(start as i64 * COLUMN),
        duration: (end - start) as i64 * COLUMN,
        at: RecordRef { segment: 1, row: 0 },
    };
    Line {
        name: number(name),
        span,
        on_path,
        self_time: self_time.trim().parse().expect("a self time"),
    }
}

/// The runs of `=`, from column to column.
fn stretches(bar: &str) -> Vec<(i64, i64)> {
    let mut out: Vec<(i64, i64)> = Vec::new();
    for (column, _) in bar.char_indices().filter(|(_, c)| *c == '=') {
        let column = column as i64;
        match out.last_mut() {
            Some((_, end)) if *end == column => *end += 1,
            _ => out.push((column, column + 1)),
        }
    }
    out
}

#[test]
fn what_is_drawn_is_what_is_found() {
    for (about, drawing) in CASES {
        let lines: Vec<Line> = drawing.trim().lines().map(read).collect();
        let mut spans: Vec<Span> = lines.iter().map(|line| line.span.clone()).collect();
        spans.sort_by_key(|span| span.start);
        let trace = Trace {
            id: TraceId([1; 16]),
            spans,
            logs: Vec::new(),
            errors: Vec::new(),
        };
        let tree = SpanTree::new(&trace);
        let path = CriticalPath::new(&trace, &tree);
        let self_times = self_times(&trace, &tree);
        for line in lines {
            let span: SpanIndex = tree
                .find(&trace, SpanId(line.name))
                .expect("the span is there");
            let own = path.own(span).iter();
            let own: Vec<_> = own
                .map(|r| (r.start.0 / COLUMN, r.end.0 / COLUMN))
                .collect();
            let name = &line.span.name;
            assert_eq!(own, line.on_path, "path of {name}: {about}{drawing}");
            let found = self_times[span.at()] / COLUMN;
            assert_eq!(
                found, line.self_time,
                "self time of {name}: {about}{drawing}"
            );
        }
    }
}
