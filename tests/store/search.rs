//! The evaluator against the plainest possible one: random records, random searches, row by row.

use crate::store_support::*;
use headwater::model::batch::{Batch, SpanStatus};
use headwater::model::{CancelToken, Nanos, SpanId, TimeRange, Value};
use headwater::query::{
    self, Comparison, Expr, Flag, Moment, Pattern, Regex, Term, Test, ValueType,
};
use headwater::store::{Filter, Reader, RecordKind};
use proptest::prelude::*;
use serde_json::Value as Json;

/// A record as the plain evaluator sees it; imported as a log and as a span.
#[derive(Clone, Debug)]
struct Plain {
    time: i64,
    text: String,
    severity: u8,
    trace: u64,
    span: u64,
    parent: u64,
    segment: bool,
    failed: bool,
    resource: usize,
    attributes: Vec<(&'static str, Value)>,
}

type ResourceAttributes = Vec<(&'static str, Value)>;

/// `name` is a field of spans as well.
const KEYS: [&str; 5] = ["a", "b", "rare", "#odd", "name"];
const SERVICES: [&str; 3] = ["", "shop", "cart"];
const LEVELS: [(u8, &str); 5] = [
    (0, ""),
    (5, "debug"),
    (13, "warn"),
    (17, "error"),
    (21, "fatal"),
];

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Null),
        1 => prop_oneof![
            Just(""),
            Just("x"),
            Just("Xy"),
            Just("ÄÖ x"),
            Just("5"),
            Just("-2.50"),
            Just("007"),
            Just("1e9"),
            Just("600"),
            Just("true"),
            Just("a.b")
        ]
        .prop_map(text),
        1 => prop_oneof![-3i64..4, Just(5_000_000), Just(i64::MIN), Just(i64::MAX)].prop_map(Value::Int),
        1 => prop_oneof![
            Just(5.0),
            Just(-0.5),
            Just(2.0),
            Just(0.1),
            Just(f64::NAN),
            Just(f64::INFINITY)
        ]
        .prop_map(Value::Float),
        1 => any::<bool>().prop_map(Value::Bool),
        2 => prop_oneof![
            Just("[1,\"x\"]"),
            Just("[\"user-3\",[1],null,true,2.5,\"\"]"),
            Just("[]"),
            Just("{\"x\":1}"),
            Just("[no json")
        ]
        .prop_map(|json| Value::Json(json.into())),
        // Many different ones, so that filters come into play.
        3 => (0i64..100).prop_map(|n| text(&format!("user-{n}"))),
        3 => (0i64..100).prop_map(Value::Int),
        3 => (0i64..100).prop_map(|n| Value::Float(n as f64 + 100.0)),
    ]
}

fn any_attributes() -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    let key = prop_oneof![10 => Just(KEYS[0]), 10 => Just(KEYS[1]), 1 => Just(KEYS[2]), 2 => Just(KEYS[3]), 3 => Just(KEYS[4])];
    proptest::collection::vec((key, any_value()), 0..4)
}

fn any_record() -> impl Strategy<Value = Plain> {
    let text = prop_oneof![
        Just(""),
        Just("GET /x"),
        Just("ÄÖ failed"),
        Just("x failed xy"),
        Just("5")
    ];
    let ids = (0u64..4, 0u64..6, 0u64..3);
    let outcome = (any::<bool>(), any::<bool>());
    (
        0i64..1_000,
        text,
        0usize..LEVELS.len(),
        ids,
        outcome,
        0usize..4,
        any_attributes(),
    )
        .prop_map(
            |(
                time,
                text,
                level,
                (trace, span, parent),
                (segment, failed),
                resource,
                attributes,
            )| Plain {
                time,
                text: text.to_owned(),
                severity: LEVELS[level].0,
                trace,
                span,
                parent,
                segment,
                failed,
                resource,
                attributes,
            },
        )
}

/// An expression with what it means, spelled out.
type Spelled = (&'static str, fn(&str) -> bool);

const REGEXES: [Spelled; 6] = [
    ("x", |text| text.contains('x')),
    ("(?i)FAILED", |text| text.to_lowercase().contains("failed")),
    ("^user-[0-9]$", |text| {
        text.len() == 6 && text.starts_with("user-")
    }),
    ("^-?[0-9]+$", |text| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    }),
    ("Ä", |text| text.contains('Ä')),
    ("^$", str::is_empty),
];

fn any_moment() -> impl Strategy<Value = Moment> {
    prop_oneof![
        8 => (-5i64..2_100).prop_map(|at| Moment::At(Nanos(at))),
        4 => (0i64..2_100).prop_map(Moment::Ago),
        1 => prop_oneof![Just(i64::MIN), Just(i64::MAX)].prop_map(|at| Moment::At(Nanos(at))),
        1 => Just(Moment::Ago(i64::MAX)),
    ]
}

fn any_comparison() -> impl Strategy<Value = Comparison> {
    prop_oneof![
        Just(Comparison::Less),
        Just(Comparison::LessOrEqual),
        Just(Comparison::Greater),
        Just(Comparison::GreaterOrEqual)
    ]
}

/// Tests of what only attributes have: an exact name, a type, items.
fn any_attribute_test() -> impl Strategy<Value = Test> {
    let kind = prop_oneof![
        Just(ValueType::String),
        Just(ValueType::Number),
        Just(ValueType::Boolean),
        Just(ValueType::Array)
    ];
    (
        proptest::option::of(proptest::option::of(kind)),
        any::<bool>(),
        any_test(),
    )
        .prop_map(|(explicit, items, mut test)| {
            if items {
                test = Test::AnyItem(Box::new(test));
            }
            match explicit {
                Some(kind) => Test::Attribute(kind, Box::new(test)),
                None => test,
            }
        })
}

fn any_test() -> impl Strategy<Value = Test> {
    let word = || {
        prop_oneof![
            Just("x"),
            Just("X"),
            Just("5"),
            Just("äö"),
            Just("true"),
            Just("user-7"),
            Just("")
        ]
    };
    let exact = prop_oneof![
        Just("x"),
        Just("Xy"),
        Just("5"),
        Just("5.0"),
        Just("-0.5"),
        Just("true"),
        Just("NaN"),
        Just("inf"),
        Just(""),
        Just("null"),
        Just("9223372036854775807"),
        Just("shop"),
        Just("GET /x"),
        Just("2"),
        Just("user-3"),
        Just("100"),
        Just("5ms"),
        Just("10%"),
        Just("TRUE"),
        Just("False"),
        Just("1"),
        Just("0")
    ];
    let regex = (0..REGEXES.len()).prop_map(|at| Test::Regex(Regex::new(REGEXES[at].0).unwrap()));
    prop_oneof![
        Just(Test::Present),
        exact.prop_map(|text| Test::Equals(text.to_owned())),
        (0i64..200).prop_map(|n| Test::Equals(n.to_string())),
        (0i64..200).prop_map(|n| Test::Equals(format!("{n}.0"))),
        (0i64..100).prop_map(|n| Test::Equals(format!("user-{n}"))),
        proptest::collection::vec(word(), 2..4).prop_map(|pieces| Test::Matches(Pattern {
            pieces: pieces.into_iter().map(str::to_lowercase).collect()
        })),
        word().prop_map(|text| Test::Matches(Pattern {
            pieces: vec![String::new(), text.to_lowercase(), String::new()]
        })),
        word().prop_map(|text| Test::Contains(text.to_owned())),
        regex,
        (
            any_comparison(),
            prop_oneof![Just(-1.0), Just(0.0), Just(2.0), Just(500.0), Just(1e19)]
        )
            .prop_map(|(comparison, number)| Test::Compare(comparison, number)),
    ]
}

fn any_expr() -> impl Strategy<Value = Expr> {
    let key = prop_oneof![
        Just("a"),
        Just("b"),
        Just("rare"),
        Just("#odd"),
        Just("absent"),
        Just("host"),
        Just("service"),
        Just("time"),
        Just("trace_id"),
        Just("span_id"),
        Just("parent"),
        Just("message"),
        Just("name"),
        Just("severity_number"),
        Just("segment"),
        Just("")
    ];
    let attribute = prop_oneof![
        Just("a"),
        Just("b"),
        Just("#odd"),
        Just("host"),
        Just("name"),
        Just("time"),
        Just("trace_id"),
        Just("span_id")
    ];
    let flag = proptest::sample::select(Flag::ALL.to_vec());
    let stretch = (any_comparison(), any_moment());
    let leaf = prop_oneof![
        1 => Just(Expr::All),
        12 => (key, any_test()).prop_map(|(key, test)| term(key, test)),
        1 => (0u64..4).prop_map(|trace| equals("trace_id", &trace_id(trace).to_string())),
        1 => (0u64..6).prop_map(|span| equals("span_id", &SpanId(span).to_string())),
        1 => (0u64..4).prop_map(|span| equals("parent", &SpanId(span).to_string())),
        1 => Just(equals("level", "warning")),
        6 => (attribute, any_attribute_test()).prop_map(|(key, test)| term(key, test)),
        3 => stretch.prop_map(|(by, moment)| term("time", Test::Time(by, moment))),
        2 => flag.prop_map(|flag| term("", Test::Is(flag))),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Expr::And),
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Expr::Or),
            inner.prop_map(|expr| Expr::Not(Box::new(expr))),
        ]
    })
}

/// Whether a value passes a test, spelled out.
fn passes(test: &Test, value: &Value) -> bool {
    let shown = value.to_string();
    match (value, test) {
        (Value::Null, _) | (_, Test::Time(..) | Test::Is(_) | Test::Version(..)) => false,
        (Value::Bool(own), Test::Equals(wanted)) => match wanted.to_lowercase().as_str() {
            "true" | "1" => *own,
            "false" | "0" => !own,
            _ => false,
        },
        (_, Test::Regex(regex)) => {
            let known = REGEXES.iter().find(|(source, _)| *source == regex.source());
            known.unwrap().1(&shown)
        }
        (_, Test::Attribute(kind, test)) => {
            let fits = match (kind, value) {
                (None, _) => true,
                (Some(ValueType::String), Value::Str(_)) => true,
                (Some(ValueType::Number), Value::Int(_) | Value::Float(_)) => true,
                (Some(ValueType::Boolean), Value::Bool(_)) => true,
                (Some(ValueType::Array), Value::Json(text)) => text.starts_with('['),
                _ => false,
            };
            fits && passes(test, value)
        }
        (Value::Json(text), Test::AnyItem(test)) => {
            let items: Vec<Json> = serde_json::from_str(text).unwrap_or_default();
            items.iter().any(|item| passes(test, &value_of(item)))
        }
        (_, Test::AnyItem(_)) => false,
        (_, Test::Present) => !shown.is_empty(),
        (Value::Str(_) | Value::Json(_), Test::Equals(wanted)) => shown == *wanted,
        (Value::Int(_) | Value::Float(_), Test::Equals(wanted)) => {
            shown == *wanted || same_number(value, wanted)
        }
        (_, Test::Contains(part)) => shown.to_lowercase().contains(&part.to_lowercase()),
        (_, Test::Matches(pattern)) => wild(&shown.to_lowercase(), &pattern.pieces),
        (Value::Int(_) | Value::Float(_), Test::Compare(comparison, right)) => value
            .as_f64()
            .is_some_and(|left| comparison.holds(left, *right)),
        (Value::Str(own), Test::Compare(comparison, right)) if is_plain(own) => {
            comparison.holds(own.parse().unwrap(), *right)
        }
        (_, Test::Compare(..)) => false,
    }
}

/// Whether a text is a number as one writes it without thinking of exponents.
fn is_plain(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let starts_well = !text.starts_with("0") || text == "0" || text.starts_with("0.");
    let ends_well = text
        .chars()
        .last()
        .is_some_and(|last| last.is_ascii_digit());
    let points = text.matches('.').count();
    let fits = text.chars().all(|one| one.is_ascii_digit() || one == '.');
    starts_well && ends_well && points < 2 && fits && !text.starts_with('.')
}

fn value_of(item: &Json) -> Value {
    match item {
        Json::Null => Value::Null,
        Json::Bool(bool) => Value::Bool(*bool),
        Json::Number(number) => match number.as_i64() {
            Some(int) => Value::Int(int),
            None => Value::Float(number.as_f64().unwrap()),
        },
        Json::String(item) => text(item),
        other => Value::Json(other.to_string().into()),
    }
}

fn same_number(value: &Value, wanted: &str) -> bool {
    if let Ok(wanted) = wanted.parse::<i64>() {
        return match value {
            Value::Int(int) => *int == wanted,
            Value::Float(float) => float.fract() == 0.0 && *float as i128 == i128::from(wanted),
            _ => false,
        };
    }
    let Some(wanted) = wanted.parse::<f64>().ok().or_else(|| query::number(wanted)) else {
        return false;
    };
    match value {
        Value::Int(int) => wanted.fract() == 0.0 && wanted as i128 == i128::from(*int),
        Value::Float(float) => *float == wanted,
        _ => false,
    }
}

/// Tries every way to place the pieces.
fn wild(text: &str, pieces: &[String]) -> bool {
    let Some((first, rest)) = pieces.split_first() else {
        return false;
    };
    let Some(after) = text.strip_prefix(first.as_str()) else {
        return false;
    };
    if rest.is_empty() {
        return after.is_empty();
    }
    let cuts = after
        .char_indices()
        .map(|(place, _)| place)
        .chain([after.len()]);
    cuts.into_iter().any(|cut| wild(&after[cut..], rest))
}

struct World {
    kind: RecordKind,
    resources: Vec<ResourceAttributes>,
    /// When the last record was made.
    now: i64,
}

impl World {
    fn attribute<'a>(&'a self, record: &'a Plain, key: &str) -> Option<&'a Value> {
        let named = |attributes: &'a [(&'static str, Value)]| {
            attributes.iter().find(|(name, _)| *name == key)
        };
        let own = named(&record.attributes);
        let inherited = || {
            self.resources
                .get(record.resource)
                .and_then(|attributes| named(attributes))
        };
        own.or_else(inherited).map(|(_, value)| value)
    }

    fn values(&self, record: &Plain, key: &str) -> Vec<Value> {
        let log = self.kind == RecordKind::Log;
        let filled = |value: &str| {
            if value.is_empty() {
                vec![]
            } else {
                vec![text(value)]
            }
        };
        let mut values = match key {
            "time" => vec![Value::Int(record.time)],
            "service" => filled(SERVICES.get(record.resource).copied().unwrap_or_default()),
            "trace_id" if record.trace > 0 => vec![text(&trace_id(record.trace).to_string())],
            "span_id" if record.span > 0 => vec![text(&SpanId(record.span).to_string())],
            "parent" if !log && record.parent > 0 => vec![text(&SpanId(record.parent).to_string())],
            "message" if log => filled(&record.text),
            "name" if !log => filled(&record.text),
            "severity_number" if log && record.severity > 0 => {
                vec![Value::Int(record.severity.into())]
            }
            "segment" if !log => vec![Value::Bool(record.segment)],
            "" => filled(&record.text),
            _ => vec![],
        };
        values.extend(self.attribute(record, key).cloned());
        values
    }

    fn is(&self, record: &Plain, flag: Flag) -> bool {
        match (flag, self.kind) {
            (Flag::Error, RecordKind::Log) => record.severity >= 17,
            (Flag::Error, RecordKind::Span) => record.failed,
            (Flag::Root, RecordKind::Span) => record.parent == 0,
            (Flag::Segment, RecordKind::Span) => record.segment,
            (Flag::Root | Flag::Segment, RecordKind::Log) => false,
            (Flag::Traced, _) => record.trace > 0,
        }
    }

    fn fits(&self, record: &Plain, expr: &Expr) -> bool {
        match expr {
            Expr::All => true,
            Expr::And(parts) => parts.iter().all(|part| self.fits(record, part)),
            Expr::Or(parts) => parts.iter().any(|part| self.fits(record, part)),
            Expr::Not(part) => !self.fits(record, part),
            // Asked of groups and of traces; see the tests of conditions.
            Expr::Having(_) | Expr::SomeSpan(_) => false,
            Expr::Term(Term {
                test: Test::Is(flag),
                ..
            }) => self.is(record, *flag),
            Expr::Term(Term {
                test: Test::Time(comparison, moment),
                ..
            }) => {
                let wanted = match moment {
                    Moment::At(at) => i128::from(at.0),
                    Moment::Ago(ago) => i128::from(self.now) - i128::from(*ago),
                };
                let time = i128::from(record.time);
                match comparison {
                    Comparison::Less => time < wanted,
                    Comparison::LessOrEqual => time <= wanted,
                    Comparison::Greater => time > wanted,
                    Comparison::GreaterOrEqual => time >= wanted,
                    Comparison::Equal => time == wanted,
                }
            }
            Expr::Term(Term {
                key,
                test: test @ Test::Attribute(..),
            }) => {
                let value = self.attribute(record, key);
                match test {
                    Test::Attribute(None, test) if **test == Test::Equals(String::new()) => {
                        !value.is_some_and(|value| passes(&Test::Present, value))
                    }
                    test => value.is_some_and(|value| passes(test, value)),
                }
            }
            Expr::Term(Term {
                key,
                test: Test::Equals(wanted),
            }) if wanted.is_empty() && !key.is_empty() => {
                let mut values = self.values(record, key).into_iter();
                !values.any(|value| passes(&Test::Present, &value))
            }
            Expr::Term(Term { key, .. }) if key == "level" => {
                self.kind == RecordKind::Log && record.severity == 13
            }
            Expr::Term(Term {
                key,
                test: Test::Equals(id),
            }) if key == "parent" && id.parse::<SpanId>().is_ok() => {
                let has_parents = self.kind == RecordKind::Span && record.parent > 0;
                has_parents && id.parse() == Ok(SpanId(record.parent))
            }
            Expr::Term(Term {
                key,
                test: Test::Equals(id),
            }) if key == "span_id" && id.parse::<SpanId>().is_ok() => {
                record.span > 0 && id.parse() == Ok(SpanId(record.span))
            }
            Expr::Term(Term {
                key,
                test: Test::Equals(id),
            }) if key == "trace_id" && id.parse::<headwater::model::TraceId>().is_ok() => {
                record.trace > 0 && id.parse() == Ok(trace_id(record.trace))
            }
            Expr::Term(Term { key, test }) => self
                .values(record, key)
                .iter()
                .any(|value| passes(test, value)),
        }
    }
}

fn batch_of(
    records: &[Plain],
    first: usize,
    kind: RecordKind,
    resources: &[ResourceAttributes],
) -> Batch {
    let mut batch = Batch::default();
    for (place, attributes) in resources.iter().enumerate() {
        resource(&mut batch, SERVICES[place], attributes);
    }
    for (place, record) in records.iter().enumerate() {
        let attrs = attributes(&mut batch, &record.attributes);
        let trace = if record.trace == 0 {
            Default::default()
        } else {
            trace_id(record.trace)
        };
        match kind {
            RecordKind::Log => {
                let mut made = log(&mut batch, record.time, &record.text);
                (made.attrs, made.trace, made.span) = (attrs, trace, SpanId(record.span));
                (made.severity, made.resource) = (record.severity, record.resource as u32);
                made.position = (first + place) as u64;
                batch.logs.push(made);
            }
            RecordKind::Span => {
                let mut made = span(&mut batch, 0, record.span, 0, &record.text);
                (made.attrs, made.trace, made.start) = (attrs, trace, Nanos(record.time));
                // The duration makes them all different, whole microseconds of it.
                let duration = (first + place) as i64 * 1_000;
                (made.duration, made.resource) = (duration, record.resource as u32);
                made.position = (first + place) as u64;
                (made.parent, made.segment) = (SpanId(record.parent), record.segment);
                if record.failed {
                    made.status = SpanStatus::Error;
                }
                batch.spans.push(made);
            }
        }
    }
    batch
}

/// Which records the store finds, by their place in the list, oldest first.
fn found(reader: &Reader, kind: RecordKind, filter: &Filter) -> Vec<usize> {
    let refs = reader
        .find(kind, filter, false, &CancelToken::default())
        .unwrap()
        .refs;
    let place = |at: &_| reader.details(kind, *at).unwrap().position as usize;
    refs.iter().map(place).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_finds_what_a_plain_search_finds(
        mut records in prop_oneof![proptest::collection::vec(any_record(), 1..100), proptest::collection::vec(any_record(), 400..500)],
        resources in proptest::collection::vec(proptest::collection::vec((prop_oneof![Just("a"), Just("host")], any_value()), 0..3), 3),
        exprs in proptest::collection::vec(any_expr(), 12),
        cut in 0usize..500,
        logs in any::<bool>(),
        apart in any::<bool>(),
        range in proptest::option::of((0i64..1_000, 0i64..1_000)),
    ) {
        let kind = if logs { RecordKind::Log } else { RecordKind::Span };
        let cut = cut.min(records.len());
        if apart {
            // So that the times of one segment say nothing of the other.
            records.iter_mut().skip(cut).for_each(|record| record.time += 1_000);
        }
        let now = records.iter().map(|record| record.time).max().unwrap_or_default();
        let world = World { kind, resources: resources.clone(), now };
        let (before, after) = records.split_at(cut);
        let place = Place::new();
        let batches = vec![batch_of(before, 0, kind, &resources), batch_of(after, cut, kind, &resources)];
        let reader = store_of(&place, batches);
        let range = range.map(|(start, end)| TimeRange { start: Nanos(start), end: Nanos(end) });
        for search in exprs {
            let fits = |record: &Plain| {
                range.is_none_or(|range| range.contains(Nanos(record.time))) && world.fits(record, &search)
            };
            let mut expected: Vec<usize> = (0..records.len()).filter(|place| fits(&records[*place])).collect();
            expected.sort_by_key(|place| (records[*place].time, *place));
            let filter = Filter { search: search.clone(), range };
            prop_assert_eq!(found(&reader, kind, &filter), expected.clone(), "{:?}", search);
            let token = CancelToken::default();
            prop_assert_eq!(reader.count(kind, &filter, &token).unwrap(), expected.len() as u64);
            let histogram = reader.histogram(kind, &filter, 7, &token).unwrap();
            let total: u64 = histogram.buckets.iter().map(|bucket| bucket.total()).sum();
            prop_assert_eq!(total, expected.len() as u64);
            let facet = reader.facet(kind, "a", &filter, usize::MAX, &token).unwrap();
            let with: Vec<&Value> = expected.iter().filter_map(|place| world.attribute(&records[*place], "a")).collect();
            prop_assert_eq!(facet.iter().map(|entry| entry.count).sum::<u64>(), with.len() as u64);
            for entry in facet {
                // What has the same text counts together, as a search takes it for the same.
                let there = with.iter().filter(|value| value.text() == entry.value.text()).count();
                prop_assert_eq!(entry.count, there as u64, "{:?}", entry.value);
            }
        }
    }
}

#[test]
fn what_logs_have_not_is_no_damage() {
    let place = Place::new();
    let mut batch = Batch::default();
    for time in 0..3 {
        let record = log(&mut batch, time, "a");
        batch.logs.push(record);
    }
    let reader = store_of(&place, vec![batch]);
    let token = CancelToken::default();
    for (search, expected) in [
        ("parent:x", 0),
        ("!parent:x", 3),
        ("has:parent_span_id", 0),
        ("duration:>5", 0),
        ("!segment:true", 3),
    ] {
        let search = query::parse(search).unwrap();
        let filter = Filter {
            search,
            range: None,
        };
        let count = reader.count(RecordKind::Log, &filter, &token).unwrap();
        assert_eq!(count, expected, "{}", filter.search);
    }
    assert!(reader.damage().is_empty(), "{:?}", reader.damage());
}

#[test]
fn newest_first_is_the_reverse_and_cancelling_ends_it() {
    let place = Place::new();
    let mut batch = Batch::default();
    for time in [5, 1, 5, 3] {
        let record = log(&mut batch, time, "x");
        batch.logs.push(record);
    }
    let reader = store_of(&place, vec![batch]);
    let find = |newest, token: &CancelToken| {
        reader.find(RecordKind::Log, &Filter::default(), newest, token)
    };
    let oldest = find(false, &CancelToken::default()).unwrap().refs;
    let mut newest = find(true, &CancelToken::default()).unwrap().refs.to_vec();
    newest.reverse();
    assert_eq!(*oldest, *newest);
    assert_eq!(
        oldest.iter().map(|at| at.row).collect::<Vec<_>>(),
        [1, 3, 0, 2]
    );
    let token = CancelToken::default();
    token.cancel();
    assert!(matches!(
        find(true, &token),
        Err(headwater::store::StoreError::Cancelled)
    ));
    // An interrupt while nothing runs does not hit the next request.
    reader.interrupt().interrupt();
    assert_eq!(find(true, &CancelToken::default()).unwrap().refs.len(), 4);
}

#[test]
fn the_first_records_are_the_beginning_of_all_of_them() {
    let place = Place::new();
    // Ten segments, each from later on than the one before; two of them overlap, one comes too late.
    let starts = [0, 100, 190, 300, 400, 250, 600, 700, 800, 900];
    let batches = starts.map(|start| {
        let mut batch = Batch::default();
        for row in 0..100 {
            let body = if row % 9 == 0 { "rare" } else { "often" };
            let record = log(&mut batch, start + row * 37 % 100, body);
            batch.logs.push(record);
        }
        batch
    });
    let reader = store_of(&place, batches.into());
    let token = CancelToken::default();
    for search in ["", "rare", "nothing"] {
        let filter = Filter {
            search: query::parse(search).unwrap(),
            range: None,
        };
        let all = reader
            .find(RecordKind::Log, &filter, false, &token)
            .unwrap();
        assert!(!all.more);
        for count in [0, 1, 7, 100, 550, 5_000] {
            let first = reader
                .first(RecordKind::Log, &filter, count, &token)
                .unwrap();
            let wanted = &all.refs[..count.min(all.refs.len())];
            assert_eq!(*first.refs, *wanted, "{count} of {search:?}");
            assert!(first.more || first.refs.len() == all.refs.len());
            let rows = reader.log_rows(&first.refs, &[]).unwrap();
            let places: Vec<_> = rows.iter().map(|row| row.at).collect();
            assert_eq!(places, *wanted);
        }
    }
}

#[test]
fn histograms_split_by_severity_and_outcome() {
    let place = Place::new();
    let mut batch = Batch::default();
    for (time, severity) in [(0, 1), (10, 9), (20, 13), (99, 17), (99, 21), (50, 0)] {
        let mut record = log(&mut batch, time, "x");
        record.severity = severity;
        batch.logs.push(record);
    }
    let reader = store_of(&place, vec![batch]);
    let histogram = reader
        .histogram(
            RecordKind::Log,
            &Filter::default(),
            10,
            &CancelToken::default(),
        )
        .unwrap();
    assert_eq!(
        histogram.range,
        TimeRange {
            start: Nanos(0),
            end: Nanos(100)
        }
    );
    let counts: Vec<[u64; 7]> = histogram
        .buckets
        .iter()
        .map(|bucket| bucket.counts)
        .collect();
    assert_eq!(counts[0], [0, 1, 0, 0, 0, 0, 0]);
    assert_eq!(counts[1], [0, 0, 0, 1, 0, 0, 0]);
    assert_eq!(counts[2], [0, 0, 0, 0, 1, 0, 0]);
    assert_eq!(counts[5], [1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(counts[9], [0, 0, 0, 0, 0, 1, 1]);
}

#[test]
fn relative_times_count_from_the_last_record_or_from_a_given_now() {
    let place = Place::new();
    let hour = 3_600_000_000_000;
    let mut batch = Batch::default();
    for hours in [0, 1, 5] {
        let record = log(&mut batch, hours * hour, "x");
        batch.logs.push(record);
    }
    let mut late = span(&mut batch, 1, 1, 0, "x");
    late.start = Nanos(6 * hour);
    batch.spans.push(late);
    let reader = store_of(&place, vec![batch]);
    let count = |expr: Expr| {
        let token = CancelToken::default();
        reader
            .count(RecordKind::Log, &search(expr), &token)
            .unwrap()
    };
    let parse = |text| query::parse(text).unwrap();
    // The last record is a span: one clock for both kinds.
    assert_eq!(count(parse("time:-1h")), 1);
    assert_eq!(count(parse("time:>-1h")), 0);
    assert_eq!(count(parse("time:+1h")), 3);
    assert_eq!(count(parse("time:<-5h")), 1);
    assert_eq!(count(parse("time:1970-01-01")), 3);
    assert_eq!(count(parse("time:1970-01-01T01:05Z")), 1);
    assert_eq!(count(parse("time:-1h").at(Nanos(2 * hour))), 2);
    assert_eq!(count(parse("time:-1h").at(Nanos(100 * hour))), 0);
}

#[test]
fn conditions_on_groups_are_refused_where_nothing_is_grouped() {
    let place = Place::new();
    let mut batch = Batch::default();
    let record = log(&mut batch, 1, "x");
    batch.logs.push(record);
    let reader = store_of(&place, vec![batch]);
    let filter = search(query::parse("x p95(a):>1s").unwrap());
    let refused = reader.count(RecordKind::Log, &filter, &CancelToken::default());
    assert_eq!(
        refused.unwrap_err().to_string(),
        "cannot search by p95(a):>1000000000: records are not grouped here, so there is nothing to aggregate"
    );
}

#[test]
fn times_at_the_edges_of_segments_are_exact() {
    let place = Place::new();
    let batch_of = |times: std::ops::Range<i64>| {
        let mut batch = Batch::default();
        for time in times {
            let record = log(&mut batch, time, "x");
            batch.logs.push(record);
        }
        batch
    };
    let reader = store_of(
        &place,
        vec![batch_of(-3..3), batch_of(3..4), batch_of(6..9)],
    );
    let times: Vec<i64> = (-3..4).chain(6..9).collect();
    for wanted in -5..11 {
        for (comparison, holds) in [
            (Comparison::Less, i64::lt as fn(&i64, &i64) -> bool),
            (Comparison::LessOrEqual, i64::le),
            (Comparison::Greater, i64::gt),
            (Comparison::GreaterOrEqual, i64::ge),
        ] {
            let test = Test::Time(comparison, Moment::At(Nanos(wanted)));
            let filter = search(term("timestamp", test));
            let expected = times.iter().filter(|time| holds(time, &wanted)).count();
            let found = reader.count(RecordKind::Log, &filter, &CancelToken::default());
            assert_eq!(found.unwrap(), expected as u64, "{comparison} {wanted}");
        }
    }
}

#[test]
fn filters_over_many_values_know_what_booleans_and_units_are_compared_by() {
    let place = Place::new();
    let mut batch = Batch::default();
    let users = (0..200).map(|n| text(&format!("user-{n}")));
    let values = users.chain([Value::Bool(true), Value::Int(5_000_000), Value::Float(0.1)]);
    for (time, value) in values.enumerate() {
        let mut record = log(&mut batch, time as i64, "x");
        record.attrs = attributes(&mut batch, &[("a", value)]);
        batch.logs.push(record);
    }
    store_of(&place, vec![batch]);
    for (query, expected) in [
        ("a:true", 1),
        ("a:TRUE", 1),
        ("a:1", 1),
        ("a:0", 0),
        ("a:5ms", 1),
        ("a:5M", 1),
        ("a:10%", 1),
        ("tags[a,boolean]:1", 1),
        ("tags[a,number]:1", 0),
        ("a:[user-3, 5ms, yes]", 2),
        ("!a:1", 202),
    ] {
        let filter = search(query::parse(query).unwrap());
        // A column that was read before is not asked for its filter.
        let reader = place.reader();
        let found = reader.count(RecordKind::Log, &filter, &CancelToken::default());
        assert_eq!(found.unwrap(), expected, "{query}");
    }
}
