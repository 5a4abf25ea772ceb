//! Groups, series and pages against the plainest possible computation of them: random records, row by row.

use crate::store_support::*;
use headwater::model::batch::{Batch, SpanStatus};
use headwater::model::{CancelToken, Nanos, SpanId, TimeRange, Value};
use headwater::query::{Aggregate, Comparison, Expr, Test, parse_aggregates};
use headwater::store::*;
use proptest::prelude::*;
use std::cmp::Ordering;

const SPAN: RecordKind = RecordKind::Span;
const LOG: RecordKind = RecordKind::Log;
const SERVICES: [&str; 3] = ["", "shop", "cart"];

/// A record as the plain computation sees it; imported as a log and as a span.
#[derive(Clone, Debug)]
struct Plain {
    time: i64,
    duration: i64,
    failed: bool,
    resource: usize,
    attributes: Vec<(&'static str, Value)>,
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        prop_oneof![Just(""), Just("x"), Just("5"), Just("2.50"), Just("true")].prop_map(text),
        prop_oneof![-3i64..4, Just(i64::MIN), Just(i64::MAX)].prop_map(Value::Int),
        prop_oneof![
            Just(5.0),
            Just(-0.5),
            Just(2.0),
            Just(f64::NAN),
            Just(f64::INFINITY)
        ]
        .prop_map(Value::Float),
        any::<bool>().prop_map(Value::Bool),
        Just(Value::Json("[1]".into())),
        (0i64..60).prop_map(|n| text(&format!("user-{n}"))),
        (0i64..60).prop_map(Value::Int),
        (0i64..60).prop_map(|n| Value::Float(n as f64 / 8.0)),
    ]
}

fn any_record() -> impl Strategy<Value = Plain> {
    let key = prop_oneof![4 => Just("a"), 4 => Just("b"), 3 => Just("user.id"), 1 => Just("rare")];
    let attributes = proptest::collection::vec((key, any_value()), 0..4);
    let time = prop_oneof![20 => 0i64..1_000, 1 => Just(400i64)];
    let duration = prop_oneof![8 => 0i64..5_000_000, 1 => Just(i64::MAX)];
    (time, duration, any::<bool>(), 0usize..3, attributes).prop_map(
        |(time, duration, failed, resource, attributes)| Plain {
            time,
            duration,
            failed,
            resource,
            attributes,
        },
    )
}

fn batch_of(records: &[Plain], first: usize, kind: RecordKind, host: &Value) -> Batch {
    let mut batch = Batch::default();
    for (place, service) in SERVICES.iter().enumerate() {
        let own: &[(&str, Value)] = &[("a", host.clone()), ("host", text("h1"))];
        resource(&mut batch, service, if place == 1 { own } else { &[] });
    }
    for (place, record) in records.iter().enumerate() {
        let attrs = attributes(&mut batch, &record.attributes);
        let position = (first + place) as u64;
        match kind {
            RecordKind::Log => {
                let mut made = log(&mut batch, record.time, "x");
                (made.attrs, made.resource) = (attrs, record.resource as u32);
                (made.severity, made.position) = (if record.failed { 17 } else { 9 }, position);
                batch.logs.push(made);
            }
            RecordKind::Span => {
                let mut made = span(&mut batch, position, 1, 0, "x");
                (made.attrs, made.resource) = (attrs, record.resource as u32);
                (made.start, made.duration) = (Nanos(record.time), record.duration);
                made.status = if record.failed {
                    SpanStatus::Error
                } else {
                    SpanStatus::Ok
                };
                (made.id, made.position) = (SpanId(position + 1), position);
                batch.spans.push(made);
            }
        }
    }
    batch
}

struct World {
    kind: RecordKind,
    host: Value,
}

impl World {
    fn value(&self, record: &Plain, key: &str) -> Option<Value> {
        let own = record.attributes.iter().find(|(name, _)| *name == key);
        let found = match key {
            "service" => Some(SERVICES[record.resource])
                .filter(|name| !name.is_empty())
                .map(text),
            "duration" if self.kind == SPAN => Some(Value::Int(record.duration)),
            _ => own.map(|(_, value)| value.clone()),
        };
        let inherited = || match (record.resource, key) {
            (1, "a") => Some(self.host.clone()),
            (1, "host") => Some(text("h1")),
            _ => None,
        };
        found
            .or_else(inherited)
            .filter(|value| *value != Value::Null)
    }

    fn numbers(&self, records: &[&Plain], key: &str) -> Vec<Value> {
        let values = records.iter().filter_map(|record| self.value(record, key));
        let values = values.map(|value| match &value {
            Value::Str(text) if **text == *"5" => Value::Int(5),
            Value::Str(text) if **text == *"2.50" => Value::Float(2.5),
            _ => value,
        });
        let is_number = |value: &Value| value.as_f64().is_some_and(|number| !number.is_nan());
        values.filter(is_number).collect()
    }

    fn distinct(&self, records: &[&Plain], key: &str) -> i64 {
        let mut seen: Vec<Value> = Vec::new();
        for value in records.iter().filter_map(|record| self.value(record, key)) {
            if !seen.iter().any(|known| known.text() == value.text()) {
                seen.push(value);
            }
        }
        seen.len() as i64
    }

    /// An aggregate, straight from its definition. `nanos` is the time that rates refer to.
    fn aggregate(&self, records: &[&Plain], aggregate: &Aggregate, nanos: f64) -> Value {
        let n = records.len() as f64;
        let spans = self.kind == SPAN;
        let ratio = |part: f64| {
            if n == 0.0 {
                Value::Null
            } else {
                Value::Float(part / n)
            }
        };
        let failed = records.iter().filter(|record| record.failed).count();
        let within = |nanos: i128| {
            let fits = |record: &&&Plain| i128::from(record.duration) <= nanos;
            records.iter().filter(fits).count() as f64
        };
        match aggregate {
            Aggregate::Count => Value::Int(records.len() as i64),
            Aggregate::CountUnique(key) => Value::Int(self.distinct(records, key)),
            Aggregate::Sum(key) => sum(&self.numbers(records, key)),
            Aggregate::Avg(key) => match self.numbers(records, key) {
                numbers if numbers.is_empty() => Value::Null,
                numbers => Value::Float(float(&sum(&numbers)) / numbers.len() as f64),
            },
            Aggregate::Min(key) => extreme(self.numbers(records, key), Ordering::Less),
            Aggregate::Max(key) => extreme(self.numbers(records, key), Ordering::Greater),
            Aggregate::Percentile(percent, key) => {
                let mut numbers: Vec<f64> = self.numbers(records, key).iter().map(float).collect();
                numbers.sort_by(f64::total_cmp);
                let Some(last) = numbers.len().checked_sub(1) else {
                    return Value::Null;
                };
                let rank = last as f64 * percent.share();
                let (low, high) = (numbers[rank as usize], numbers[last.min(rank as usize + 1)]);
                let part = rank - rank.floor();
                let between = if low == high || part == 0.0 {
                    low
                } else {
                    low + (high - low) * part
                };
                Value::Float(between)
            }
            Aggregate::FailureRate => ratio(failed as f64),
            Aggregate::FailureCount => Value::Int(failed as i64),
            Aggregate::Epm if nanos > 0.0 => Value::Float(n / (nanos / 60e9)),
            Aggregate::Eps if nanos > 0.0 => Value::Float(n / (nanos / 1e9)),
            Aggregate::Apdex(t) if spans => {
                let (fine, bearable) = (within(t.0.into()), within(4 * i128::from(t.0)));
                ratio(fine + (bearable - fine) / 2.0)
            }
            Aggregate::UserMisery(t) if spans => {
                let slow = |record: &&&Plain| i128::from(record.duration) > 4 * i128::from(t.0);
                let slow: Vec<&Plain> = records.iter().filter(slow).copied().collect();
                let users = self.distinct(records, "user.id") as f64;
                let miserable = self.distinct(&slow, "user.id") as f64;
                let weighted = (miserable + 5.8875) / (users + 5.8875 + 111.8625);
                Value::Float(if users == 0.0 { 0.0 } else { weighted })
            }
            _ => Value::Null,
        }
    }

    /// The groups in order of first sight.
    fn groups<'r>(
        &self,
        records: &[&'r Plain],
        keys: &[&str],
    ) -> Vec<(Vec<Option<Value>>, Vec<&'r Plain>)> {
        let mut groups: Vec<(Vec<Option<Value>>, Vec<&Plain>)> = Vec::new();
        if keys.is_empty() {
            groups.push((Vec::new(), Vec::new()));
        }
        for record in records {
            let own: Vec<_> = keys.iter().map(|key| self.value(record, key)).collect();
            match groups.iter_mut().find(|(known, _)| same_keys(known, &own)) {
                Some((_, list)) => list.push(record),
                None => groups.push((own, vec![record])),
            }
        }
        groups
    }
}

fn float(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn sum(numbers: &[Value]) -> Value {
    let ints = numbers.iter().filter_map(|value| match value {
        Value::Int(int) => Some(i128::from(*int)),
        _ => None,
    });
    let ints: i128 = ints.sum();
    let mut floats = numbers
        .iter()
        .filter(|value| matches!(value, Value::Float(_)))
        .peekable();
    match (floats.peek(), i64::try_from(ints)) {
        (None, Ok(int)) => Value::Int(int),
        _ => Value::Float(ints as f64 + floats.map(float).sum::<f64>()),
    }
}

fn extreme(numbers: Vec<Value>, wanted: Ordering) -> Value {
    let better = |best: Value, next: Value| match by_size(&next, &best) == wanted {
        true => next,
        false => best,
    };
    numbers.into_iter().reduce(better).unwrap_or(Value::Null)
}

/// Numbers by size; no integer in these tests is close to a float without being the same.
fn by_size(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => left.cmp(right),
        _ => float(left)
            .partial_cmp(&float(right))
            .unwrap_or(Ordering::Equal),
    }
}

fn same_keys(left: &[Option<Value>], right: &[Option<Value>]) -> bool {
    let pairs = left.iter().zip(right);
    left.len() == right.len()
        && pairs.into_iter().all(|pair| match pair {
            // Values of one text are one group.
            (Some(left), Some(right)) => left.text() == right.text(),
            (left, right) => left.is_none() && right.is_none(),
        })
}

/// The same, but for rounding. Sums that differ in type only are the same number.
fn close(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => left == right,
        (Value::Null, Value::Null) => true,
        _ => match (left.as_f64(), right.as_f64()) {
            (Some(left), Some(right)) => {
                left == right
                    || left.is_nan() && right.is_nan()
                    || (left - right).abs() <= 1e-9 * left.abs().max(right.abs())
            }
            _ => false,
        },
    }
}

/// A number's size, exactly: whether it is none, the nearest float, and what tells 2⁶³ from the greatest integer, whose
/// nearest float it is.
type Size = (bool, f64, i128);

fn size_of(value: &Value) -> Option<Size> {
    match value {
        Value::Int(number) => Some((false, *number as f64, i128::from(*number))),
        Value::Float(number) if number.is_nan() => Some((true, 0.0, 0)),
        Value::Float(number) => Some((false, *number, *number as i128)),
        _ => None,
    }
}

/// Where a value stands among values: numbers, truth values, texts, JSON, none.
fn place_of(value: Option<&Value>) -> (u8, Size, bool, String) {
    let none = (false, 0.0, 0);
    match value {
        Some(number @ (Value::Int(_) | Value::Float(_))) => {
            let is_float = matches!(number, Value::Float(_));
            (0, size_of(number).unwrap_or(none), is_float, String::new())
        }
        Some(Value::Bool(value)) => (2, none, *value, String::new()),
        Some(Value::Str(text)) => (3, none, false, text.to_string()),
        Some(Value::Json(text)) => (4, none, false, text.to_string()),
        Some(Value::Null) | None => (5, none, false, String::new()),
    }
}

fn all_aggregates() -> Vec<Aggregate> {
    parse_aggregates(
        "count(),count_unique(a),count_unique(user.id),sum(b),avg(b),min(b),max(b),p50(b),p75(b),p90(b),p95(b),p99(b),\
         p100(b),sum(duration),p50(duration),failure_rate(),failure_count(),epm(),eps(),apdex(0.5),user_misery(0.3)",
    )
    .unwrap()
}

fn fits(record: &Plain, world: &World, filter: &Filter) -> bool {
    let in_range = filter
        .range
        .is_none_or(|range| range.contains(Nanos(record.time)));
    in_range
        && match &filter.search {
            Expr::All => true,
            _ => world.value(record, "service") == Some(text("shop")),
        }
}

/// The time that rates refer to.
fn time_of(records: &[&Plain], filter: &Filter) -> f64 {
    let times = || records.iter().map(|record| record.time);
    match filter.range {
        Some(range) => (range.end.0 - range.start.0) as f64,
        None => times()
            .max()
            .zip(times().min())
            .map_or(0.0, |(max, min)| (max - min) as f64),
    }
}

fn no_cancel() -> CancelToken {
    CancelToken::default()
}

fn any_records() -> impl Strategy<Value = Vec<Plain>> {
    prop_oneof![
        proptest::collection::vec(any_record(), 1..60),
        proptest::collection::vec(any_record(), 300..400)
    ]
}

fn any_filter() -> impl Strategy<Value = Filter> {
    let range = proptest::option::of((0i64..900, 1i64..600));
    (any::<bool>(), range).prop_map(|(all, range)| Filter {
        search: if all {
            Expr::All
        } else {
            equals("service", "shop")
        },
        range: range.map(|(start, length)| TimeRange {
            start: Nanos(start),
            end: Nanos(start + length),
        }),
    })
}

/// Many segments of unlike size, so that several threads work and their tables have to be joined.
fn imported(place: &Place, records: &[Plain], world: &World, cut: usize) -> Reader {
    let (few, many) = records.split_at(cut.min(records.len()));
    let parts = few
        .chunks(few.len() / 4 + 1)
        .chain(many.chunks(many.len() / 5 + 1));
    let mut first = 0;
    let batches = parts.map(|part| {
        first += part.len();
        batch_of(part, first - part.len(), world.kind, &world.host)
    });
    store_of(place, batches.collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn groups_are_what_a_plain_computation_makes_of_them(
        records in any_records(),
        host in any_value(),
        cut in 0usize..400,
        logs in any::<bool>(),
        filter in any_filter(),
        keys in proptest::sample::select(vec![vec![], vec!["a"], vec!["service"], vec!["a", "b"], vec!["service", "user.id", "rare"], vec!["host"]]),
        order in 0usize..21,
        descending in any::<bool>(),
    ) {
        let world = World { kind: if logs { LOG } else { SPAN }, host };
        let place = Place::new();
        let reader = imported(&place, &records, &world, cut);
        let matching: Vec<&Plain> = records.iter().filter(|record| fits(record, &world, &filter)).collect();
        let expected = world.groups(&matching, &keys);
        let nanos = time_of(&matching, &filter);
        let aggregates = all_aggregates();
        let mut grouping = Grouping::new(&keys, &aggregates, usize::MAX);
        (grouping.order, grouping.descending) = (GroupOrder::Aggregate(order), descending);
        let found = reader.group(world.kind, &filter, &grouping, &no_cancel()).unwrap();
        prop_assert_eq!(found.total, expected.len() as u64);
        prop_assert_eq!(found.records, matching.len() as u64);
        prop_assert_eq!(found.groups.len(), expected.len());
        for group in &found.groups {
            let own = expected.iter().find(|(keys, _)| same_keys(keys, &group.keys));
            let Some((_, own)) = own else { panic!("no such group: {:?}", group.keys) };
            prop_assert_eq!(group.count, own.len() as u64);
            for (aggregate, value) in aggregates.iter().zip(&group.values) {
                let wanted = world.aggregate(own, aggregate, nanos);
                prop_assert!(close(value, &wanted), "{} of {:?}: {:?}, not {:?}", aggregate, group.keys, value, wanted);
            }
        }
        for (aggregate, total) in aggregates.iter().zip(&found.totals) {
            prop_assert_eq!(total.is_some(), aggregate.adds_up());
            if let Some(total) = total {
                let wanted = world.aggregate(&matching, aggregate, nanos);
                prop_assert!(close(total, &wanted), "{} of all: {:?}, not {:?}", aggregate, total, wanted);
            }
        }
        for pair in found.groups.windows(2) {
            let rank = |group: &Group| size_of(&group.values[order]);
            let places = |group: &Group| group.keys.iter().map(|key| place_of(key.as_ref())).collect::<Vec<_>>();
            let risen = match (rank(&pair[0]), rank(&pair[1])) {
                (Some(left), Some(right)) => match left.partial_cmp(&right) {
                    Some(order) if descending => order.reverse(),
                    order => order.unwrap_or(Ordering::Equal),
                },
                (left, right) => left.is_none().cmp(&right.is_none()),
            };
            prop_assert!(risen.is_le(), "{:?}", pair);
            if risen.is_eq() {
                prop_assert!(places(&pair[0]) < places(&pair[1]), "{:?}", pair);
            }
        }
        grouping.limit = 3;
        let few = reader.group(world.kind, &filter, &grouping, &no_cancel()).unwrap();
        prop_assert_eq!(few.total, found.total);
        for (own, all) in few.groups.iter().zip(&found.groups) {
            prop_assert!(same_keys(&own.keys, &all.keys));
        }
        prop_assert_eq!(few.groups.len(), found.groups.len().min(3));
    }

    #[test]
    fn series_are_groups_of_each_stretch_of_time(
        records in any_records(),
        cut in 0usize..400,
        filter in any_filter(),
        keys in proptest::sample::select(vec![vec![], vec!["a"], vec!["service", "b"]]),
        buckets in prop_oneof![(1usize..9).prop_map(Buckets::Count), (40i64..300).prop_map(Buckets::Step)],
        limit in 1usize..5,
    ) {
        let world = World { kind: SPAN, host: text("x") };
        let place = Place::new();
        let reader = imported(&place, &records, &world, cut);
        let matching: Vec<&Plain> = records.iter().filter(|record| fits(record, &world, &filter)).collect();
        let aggregates = all_aggregates();
        let grouping = Grouping::new(&keys, &aggregates, limit);
        let groups = reader.group(SPAN, &filter, &grouping, &no_cancel()).unwrap();
        let series = reader.series(SPAN, &filter, &grouping, buckets, &no_cancel()).unwrap();
        if series.buckets == 0 {
            // Nothing fits, so there is no time to draw, not even of the one group that is made of nothing.
            prop_assert!(matching.is_empty() && series.lines.is_empty());
            return Ok(());
        }
        prop_assert_eq!(series.total, groups.total);
        prop_assert_eq!(series.lines.len(), groups.groups.len());
        prop_assert_eq!(series.others.is_some(), groups.total > groups.groups.len() as u64);
        let length = (series.range.end.0 - series.range.start.0) as f64 / series.buckets.max(1) as f64;
        match buckets {
            Buckets::Step(step) if series.buckets > 0 => {
                prop_assert_eq!(length, step as f64);
                prop_assert_eq!(series.range.start.0 % step, 0);
            }
            Buckets::Count(count) if !matching.is_empty() => prop_assert_eq!(series.buckets, count),
            _ => {}
        }
        let inside = |bucket: usize, record: &Plain| {
            (series.start_of(bucket)..series.start_of(bucket + 1)).contains(&record.time)
        };
        let check = |line: &Line, own: &[&Plain], all: bool| {
            for bucket in 0..series.buckets {
                let here: Vec<&Plain> = own.iter().copied().filter(|record| inside(bucket, record)).collect();
                assert_eq!(line.counts[bucket], here.len() as u64);
                for (aggregate, values) in aggregates.iter().zip(&line.values) {
                    if all || aggregate.adds_up() {
                        let wanted = world.aggregate(&here, aggregate, length);
                        assert!(close(&values[bucket], &wanted), "{aggregate}: {:?}, not {wanted:?}", values[bucket]);
                    } else {
                        assert!(values.is_empty());
                    }
                }
            }
            assert_eq!(line.counts.iter().sum::<u64>(), own.len() as u64);
        };
        let mut others = world.groups(&matching, &keys);
        for (line, group) in series.lines.iter().zip(&groups.groups) {
            prop_assert!(same_keys(&line.keys, &group.keys));
            let at = others.iter().position(|(keys, _)| same_keys(keys, &line.keys)).unwrap();
            let (_, own) = others.swap_remove(at);
            check(line, &own, true);
        }
        if let Some(line) = &series.others {
            let own: Vec<&Plain> = others.into_iter().flat_map(|(_, own)| own).collect();
            check(line, &own, false);
        }
    }

    #[test]
    fn pages_put_together_are_the_sorted_list(
        records in any_records(),
        host in any_value(),
        cut in 0usize..400,
        logs in any::<bool>(),
        filter in any_filter(),
        key in proptest::sample::select(vec!["time", "duration", "a", "b", "service", "absent"]),
        descending in any::<bool>(),
        size in 1usize..90,
    ) {
        let world = World { kind: if logs { LOG } else { SPAN }, host };
        let place = Place::new();
        let reader = imported(&place, &records, &world, cut);
        let order = RecordOrder::named(key);
        let mut expected: Vec<usize> = (0..records.len()).filter(|at| fits(&records[*at], &world, &filter)).collect();
        let by_value = |left: usize, right: usize| {
            let value = |at: usize| world.value(&records[at], key);
            let (left, right) = (value(left), value(right));
            let places = (place_of(left.as_ref()), place_of(right.as_ref()));
            let order = places.0.partial_cmp(&places.1).unwrap();
            if descending && left.is_some() && right.is_some() { order.reverse() } else { order }
        };
        expected.sort_by(|left, right| {
            let tie = (records[*left].time, *left).cmp(&(records[*right].time, *right));
            match key {
                "time" if descending => tie.reverse(),
                "time" => tie,
                _ => by_value(*left, *right).then(tie),
            }
        });
        let mut pages = Vec::new();
        let mut cursor: Option<Cursor> = None;
        loop {
            let order = (&order, descending);
            let page = reader.page(world.kind, &filter, order, cursor.as_ref(), size, &no_cancel()).unwrap();
            prop_assert_eq!(page.total, expected.len() as u64);
            for at in page.refs.iter() {
                pages.push(reader.details(world.kind, *at).unwrap().position as usize);
            }
            prop_assert!(page.refs.len() == size || page.next.is_none());
            // As text, as a person hands it back.
            cursor = page.next.map(|next| next.to_string().parse().unwrap());
            if cursor.is_none() {
                break;
            }
        }
        prop_assert_eq!(pages, expected);
    }
}

fn grouped(reader: &Reader, keys: &[&str], aggregates: &str) -> Groups {
    let grouping = Grouping::new(keys, &parse_aggregates(aggregates).unwrap(), usize::MAX);
    reader
        .group(LOG, &Filter::default(), &grouping, &no_cancel())
        .unwrap()
}

/// A store of log records with these values of `a`.
fn logs_with(place: &Place, values: &[Option<Value>]) -> Reader {
    let mut batch = Batch::default();
    for (time, value) in values.iter().enumerate() {
        let own: Vec<(&str, Value)> = value.iter().map(|value| ("a", value.clone())).collect();
        let attrs = attributes(&mut batch, &own);
        let mut made = log(&mut batch, time as i64, "x");
        made.attrs = attrs;
        batch.logs.push(made);
    }
    store_of(place, vec![batch])
}

#[test]
fn records_without_the_attribute_are_a_group_of_their_own() {
    let place = Place::new();
    let reader = logs_with(
        &place,
        &[
            None,
            Some(Value::Null),
            Some(text("")),
            Some(text("x")),
            None,
        ],
    );
    let found = grouped(&reader, &["a"], "count()");
    let pairs: Vec<_> = found
        .groups
        .iter()
        .map(|group| (group.keys[0].clone(), group.count))
        .collect();
    assert_eq!(
        pairs,
        [(None, 3), (Some(text("")), 1), (Some(text("x")), 1)]
    );
    assert_eq!((found.total, found.records), (3, 5));
    assert_eq!(found.share(&found.groups[0]), 0.6);
    assert_eq!(found.share_of(&found.groups[0], 0), Some(0.6));
}

#[test]
fn values_of_one_text_are_one_group_and_numbers_count_however_written() {
    let place = Place::new();
    let values = [
        Value::Int(5),
        Value::Float(5.0),
        text("5"),
        Value::Bool(true),
        Value::Float(f64::NAN),
        Value::Json("[5]".into()),
    ];
    let reader = logs_with(&place, &values.clone().map(Some));
    let found = grouped(&reader, &["a"], "count()");
    assert_eq!(found.total, 4);
    // 5, 5.0 and "5" are one, shown as the integer; the others are equally many and stand in the order of values.
    let order = [0, 4, 3, 5].map(|place| values[place].clone());
    assert_eq!(found.groups[0].count, 3);
    for (group, value) in found.groups.iter().zip(&order) {
        assert!(
            same(group.keys[0].as_ref().unwrap(), value),
            "{:?}, not {value:?}",
            group.keys
        );
    }
    let all = grouped(
        &reader,
        &[],
        "sum(a),avg(a),p50(a),min(a),max(a),count_unique(a)",
    );
    assert_eq!(
        all.groups[0].values,
        [
            Value::Float(15.0),
            Value::Float(5.0),
            Value::Float(5.0),
            Value::Int(5),
            Value::Int(5),
            Value::Int(4)
        ]
    );
}

/// Wherever the spellings lie: in one segment or in several, first or last, under one key or beside another.
#[test]
fn groups_are_the_facets_of_their_key() {
    let place = Place::new();
    let spellings = [
        text("7"),
        Value::Int(7),
        text("x"),
        text("true"),
        Value::Bool(true),
    ];
    let batches = spellings.clone().map(|value| {
        let mut batch = Batch::default();
        for (time, own) in [&value, &text("8")].into_iter().enumerate() {
            let attrs = attributes(&mut batch, &[("a", own.clone()), ("b", text("7"))]);
            let mut made = log(&mut batch, time as i64, "x");
            made.attrs = attrs;
            batch.logs.push(made);
        }
        batch
    });
    let reader = store_of(&place, batches.into());
    let found = grouped(&reader, &["a", "b"], "count()");
    let facet = reader.facet(LOG, "a", &Filter::default(), usize::MAX, &no_cancel());
    let facet: Vec<(Value, u64)> = facet
        .unwrap()
        .into_iter()
        .map(|found| (found.value, found.count))
        .collect();
    for (value, count) in [
        (text("8"), 5),
        (Value::Int(7), 2),
        (Value::Bool(true), 2),
        (text("x"), 1),
    ] {
        let group = found
            .groups
            .iter()
            .find(|group| group.keys[0].as_ref() == Some(&value));
        assert_eq!(group.map(|group| group.count), Some(count), "{value:?}");
        assert!(facet.contains(&(value, count)), "{facet:?}");
    }
    assert_eq!((found.groups.len(), facet.len()), (4, 4));
    // What one key spells does not change how another is shown.
    assert!(
        found
            .groups
            .iter()
            .all(|group| group.keys[1] == Some(text("7")))
    );
    let grouping = Grouping::new(&["a"], &parse_aggregates("count()").unwrap(), 2);
    let series = reader.series(
        LOG,
        &Filter::default(),
        &grouping,
        Buckets::Count(2),
        &no_cancel(),
    );
    let series = series.unwrap();
    let seven = series
        .lines
        .iter()
        .find(|line| line.keys == [Some(Value::Int(7))]);
    let seven = seven.map(|line| line.counts.iter().sum::<u64>());
    assert!(seven.is_none_or(|count| count == 2), "{series:?}");
    assert_eq!(
        series.others.map(|line| line.counts.iter().sum()),
        Some(10 - 5 - 2u64)
    );
}

#[test]
fn the_largest_integers_stay_exact() {
    let place = Place::new();
    let values = [i64::MAX, i64::MIN, i64::MAX, -1, i64::MAX - 1];
    let reader = logs_with(&place, &values.map(|value| Some(Value::Int(value))));
    let all = grouped(&reader, &[], "sum(a),min(a),max(a),p100(a),p50(a)");
    let sum: i128 = values.iter().map(|value| i128::from(*value)).sum();
    assert!(i64::try_from(sum).is_err());
    assert_eq!(
        all.groups[0].values,
        [
            Value::Float(sum as f64),
            Value::Int(i64::MIN),
            Value::Int(i64::MAX),
            Value::Float(i64::MAX as f64),
            Value::Float(i64::MAX as f64),
        ]
    );
    let place = Place::new();
    let three = [i64::MAX, i64::MIN, 7].map(|value| Some(Value::Int(value)));
    let three = logs_with(&place, &three);
    assert_eq!(
        grouped(&three, &[], "sum(a)").groups[0].values,
        [Value::Int(6)]
    );
}

#[test]
fn an_empty_store_answers_too() {
    let place = Place::new();
    drop(place.writer());
    let reader = place.reader();
    for kind in [LOG, SPAN] {
        let ask = |keys: &[&str]| {
            let grouping = Grouping::new(keys, &all_aggregates(), 10);
            let filter = Filter::default();
            let groups = reader
                .group(kind, &filter, &grouping, &no_cancel())
                .unwrap();
            let series = reader.series(kind, &filter, &grouping, Buckets::Count(5), &no_cancel());
            assert_eq!(series.unwrap(), Series::default());
            groups
        };
        assert_eq!(ask(&["a"]).groups, []);
        let one = ask(&[]);
        assert_eq!(
            (one.total, one.records, one.groups[0].count, one.time),
            (1, 0, 0, None)
        );
        assert_eq!(one.groups[0].values[0], Value::Int(0));
        let order = (&RecordOrder::Attribute("a".to_owned()), true);
        let page = reader
            .page(kind, &Filter::default(), order, None, 5, &no_cancel())
            .unwrap();
        assert_eq!(page, Page::default());
        assert!(reader.is_empty(kind).unwrap() && !reader.knows(kind, "a").unwrap());
    }
    let grouping = Grouping::new(&["service"], &all_aggregates()[..1], 10);
    let traces = reader
        .group_traces(&Filter::default(), &grouping, &no_cancel())
        .unwrap();
    assert_eq!((traces.total, traces.groups.len()), (0, 0));
}

#[test]
fn a_cancelled_request_ends_as_one() {
    let place = Place::new();
    let reader = logs_with(&place, &[Some(text("x")), None]);
    let cancelled = CancelToken::default();
    cancelled.cancel();
    let grouping = Grouping::new(&["a"], &all_aggregates(), 10);
    let filter = Filter::default();
    let is_cancelled = |error: StoreError| matches!(error, StoreError::Cancelled);
    assert!(
        reader
            .group(LOG, &filter, &grouping, &cancelled)
            .is_err_and(is_cancelled)
    );
    let series = reader.series(LOG, &filter, &grouping, Buckets::Count(3), &cancelled);
    assert!(series.is_err_and(is_cancelled));
    let order = (&RecordOrder::Time, false);
    assert!(
        reader
            .page(LOG, &filter, order, None, 5, &cancelled)
            .is_err_and(is_cancelled)
    );
    assert!(reader.group(LOG, &filter, &grouping, &no_cancel()).is_ok());
}

#[test]
fn too_many_stretches_of_time_are_refused() {
    let place = Place::new();
    let reader = logs_with(&place, &[Some(text("x"))]);
    let grouping = Grouping::new(&[], &all_aggregates()[..1], 10);
    let filter = Filter {
        range: Some(TimeRange {
            start: Nanos(i64::MIN + 1),
            end: Nanos(i64::MAX - 1),
        }),
        ..Filter::default()
    };
    let ask = |buckets| reader.series(LOG, &filter, &grouping, buckets, &no_cancel());
    for buckets in [
        Buckets::Step(1),
        Buckets::Count(usize::MAX),
        Buckets::Count(1 << 23),
    ] {
        let error = ask(buckets).unwrap_err().to_string();
        assert!(error.contains("too many"), "{error}");
    }
    let all = ask(Buckets::Count(3)).unwrap();
    assert_eq!(all.lines[0].counts, [0, 1, 0]);
    assert_eq!(
        ask(Buckets::Step(i64::MAX)).unwrap().lines[0]
            .counts
            .iter()
            .sum::<u64>(),
        1
    );
}

#[test]
fn users_go_by_any_of_their_names() {
    let place = Place::new();
    let mut batch = Batch::default();
    let users: [&[(&str, Value)]; 5] = [
        &[("user.id", text("1"))],
        &[("enduser.id", text("1")), ("user.email", text("other"))],
        &[("user.email", text("a@b"))],
        &[("sentry.user.ip", text("::1"))],
        &[],
    ];
    for (number, user) in users.into_iter().enumerate() {
        let attrs = attributes(&mut batch, user);
        let mut made = span(&mut batch, 1, number as u64 + 1, 0, "x");
        (made.attrs, made.duration) = (attrs, 1_000_000_000 * number as i64);
        batch.spans.push(made);
    }
    let reader = store_of(&place, vec![batch]);
    let grouping = Grouping::new(
        &[],
        &parse_aggregates("user_misery(700), count_unique(user)").unwrap(),
        1,
    );
    let found = reader
        .group(SPAN, &Filter::default(), &grouping, &no_cancel())
        .unwrap();
    // Three users, one of whom (the third span's second) waited longer than 2.8 s.
    let expected = (1.0 + 5.8875) / (3.0 + 5.8875 + 111.8625);
    assert!(
        close(&found.groups[0].values[0], &Value::Float(expected)),
        "{found:?}"
    );
    // Two of them are persons; an address may be that of many.
    assert_eq!(found.groups[0].values[1], Value::Int(2));
}

#[test]
fn groups_of_many_values_survive_more_combinations_than_a_table_holds() {
    let place = Place::new();
    let mut batch = Batch::default();
    for number in 0..2_000i64 {
        let own = [
            ("a", Value::Int(number)),
            ("b", text(&format!("v{}", number % 500))),
        ];
        let attrs = attributes(&mut batch, &own);
        let mut made = log(&mut batch, number, "x");
        made.attrs = attrs;
        batch.logs.push(made);
    }
    let reader = store_of(&place, vec![batch]);
    let found = grouped(&reader, &["a", "b", "host"], "count(),max(a)");
    assert_eq!((found.total, found.records), (2_000, 2_000));
    for group in &found.groups {
        let Some(Value::Int(number)) = group.keys[0] else {
            panic!("{group:?}")
        };
        assert_eq!(group.keys[1], Some(text(&format!("v{}", number % 500))));
        assert_eq!(group.values, [Value::Int(1), Value::Int(number)]);
    }
}

#[test]
fn a_cursor_of_another_order_is_refused() {
    let place = Place::new();
    let reader = logs_with(&place, &[Some(text("x")), None]);
    let page = |order: &RecordOrder, descending: bool, after: Option<&Cursor>| {
        reader.page(
            LOG,
            &Filter::default(),
            (order, descending),
            after,
            1,
            &no_cancel(),
        )
    };
    let by_a = RecordOrder::Attribute("a".to_owned());
    let next = page(&by_a, false, None).unwrap().next.unwrap();
    assert!(page(&by_a, false, Some(&next)).is_ok());
    for (order, descending) in [(&by_a, true), (&RecordOrder::Time, false)] {
        assert!(page(order, descending, Some(&next)).is_err());
    }
    let traces = reader.page_traces(
        &Filter::default(),
        (TraceOrder::Start, false),
        Some(&next),
        1,
        &no_cancel(),
    );
    assert!(traces.is_err());
}

#[test]
fn long_texts_are_sorted_by_their_beginning() {
    let place = Place::new();
    let long = |end: &str| Some(text(&format!("{}ä{end}", "x".repeat(1_023))));
    let reader = logs_with(&place, &[long("b"), long("a"), Some(text("w"))]);
    let order = RecordOrder::Attribute("a".to_owned());
    let mut rows = Vec::new();
    let mut cursor = None;
    loop {
        let order = (&order, false);
        let page = reader
            .page(
                LOG,
                &Filter::default(),
                order,
                cursor.as_ref(),
                1,
                &no_cancel(),
            )
            .unwrap();
        rows.extend(page.refs.iter().map(|at| at.row));
        cursor = page.next;
        let Some(next) = &cursor else { break };
        assert!(next.to_string().len() < 1_200);
    }
    assert_eq!(
        rows,
        [2, 0, 1],
        "what differs only behind the first kilobyte stays oldest first"
    );
}

#[test]
fn a_damaged_segment_is_left_out_as_a_whole_and_named() {
    let place = Place::new();
    let batch = |first: i64| {
        let mut batch = Batch::default();
        for number in first..first + 40 {
            let own = [
                ("a", Value::Int(number % 3)),
                ("b", Value::Int(number * 1_000_003)),
            ];
            let attrs = attributes(&mut batch, &own);
            let mut made = log(&mut batch, number, "x");
            made.attrs = attrs;
            batch.logs.push(made);
        }
        batch
    };
    drop(store_of(&place, vec![batch(0), batch(40)]));
    let connection = rusqlite::Connection::open(&place.path).unwrap();
    let damaged = connection.execute(
        "UPDATE segment_column SET checksum = checksum + 1 WHERE segment = (SELECT min(id) FROM segment)
           AND key = (SELECT id FROM attribute_key WHERE name = 'b')",
        [],
    );
    assert_eq!(damaged, Ok(1));
    drop(connection);
    let reader = place.reader();
    let whole = grouped(&reader, &["a"], "count()");
    assert_eq!((whole.records, reader.damage().len()), (80, 0));
    // The keys of the damaged segment are sound, but not what is summed.
    let left = grouped(&reader, &["a"], "count(),sum(b)");
    let sum: i64 = (40..80).map(|number| number * 1_000_003).sum();
    assert_eq!(
        (left.records, left.totals),
        (40, vec![Some(Value::Int(40)), Some(Value::Int(sum))])
    );
    assert_eq!(reader.damage()[0].column, "b");
    let order = (&RecordOrder::Attribute("b".to_owned()), false);
    let page = reader
        .page(LOG, &Filter::default(), order, None, 100, &no_cancel())
        .unwrap();
    assert_eq!((page.refs.len(), page.total), (40, 40));
}

#[test]
fn traces_are_grouped_whether_few_or_many_fit() {
    const TRACES: u64 = 5_000;
    let place = Place::new();
    let mut batch = Batch::default();
    for number in 1..=TRACES {
        let name = format!("job {}", number % 7);
        let attrs = attributes(&mut batch, &[("n", Value::Int(number as i64))]);
        let mut made = span(&mut batch, number, number, 0, &name);
        (made.attrs, made.duration) = (attrs, number as i64 * 10);
        made.status = if number % 5 == 0 {
            SpanStatus::Error
        } else {
            SpanStatus::Ok
        };
        batch.spans.push(made);
    }
    let reader = store_of(&place, vec![batch]);
    let aggregates = "count(),sum(duration),p50(duration),failure_count(),max(spans),apdex(0.01)";
    let grouping = Grouping::new(
        &["root_name"],
        &parse_aggregates(aggregates).unwrap(),
        usize::MAX,
    );
    for from in [0, TRACES - 30] {
        let filter = search(term("n", Test::Compare(Comparison::Greater, from as f64)));
        let filter = if from == 0 { Filter::default() } else { filter };
        let found = reader
            .group_traces(&filter, &grouping, &no_cancel())
            .unwrap();
        assert_eq!((found.total, found.records), (7, TRACES - from));
        for group in &found.groups {
            let own = (from + 1..=TRACES)
                .filter(|number| group.keys[0] == Some(text(&format!("job {}", number % 7))));
            let own: Vec<i64> = own.map(|number| number as i64).collect();
            let middle = (own.len() - 1) as f64 / 2.0;
            let median = (own[middle.floor() as usize] + own[middle.ceil() as usize]) as f64 * 5.0;
            let fine = own.iter().filter(|number| **number * 10 <= 10_000).count() as f64;
            let bearable = own.iter().filter(|number| **number * 10 <= 40_000).count() as f64;
            let expected = [
                Value::Int(own.len() as i64),
                Value::Int(own.iter().sum::<i64>() * 10),
                Value::Float(median),
                Value::Int(own.iter().filter(|number| **number % 5 == 0).count() as i64),
                Value::Int(1),
                Value::Float((fine + bearable) / 2.0 / own.len() as f64),
            ];
            for (value, expected) in group.values.iter().zip(&expected) {
                assert!(close(value, expected), "{group:?}, not {expected:?}");
            }
        }
    }
    let by_route = Grouping::new(&["http.route"], &grouping.aggregates, 5);
    assert!(check_trace_grouping(&by_route).is_err() && check_trace_grouping(&grouping).is_ok());
    assert!(
        reader
            .group_traces(&Filter::default(), &by_route, &no_cancel())
            .is_err()
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, max_shrink_iters: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_around_a_record_is_a_stretch_of_the_list(
        records in any_records(),
        cut in 0usize..400,
        filter in any_filter(),
        at in any::<proptest::sample::Index>(),
        room in (0usize..40, 0usize..40),
    ) {
        let world = World { kind: LOG, host: text("x") };
        let place = Place::new();
        let reader = imported(&place, &records, &world, cut);
        let find = |filter: &Filter| reader.find(LOG, filter, false, &no_cancel()).unwrap().refs;
        let all = find(&Filter::default());
        let at = *at.get(&all);
        let fit = find(&filter);
        let order = |wanted: &_| all.iter().position(|known| known == wanted);
        let (before, after): (Vec<_>, Vec<_>) = fit.iter().filter(|own| **own != at).copied().partition(|own| order(own) < order(&at));
        let found = reader.around(LOG, &filter, at, room, &no_cancel()).unwrap();
        let near = before.len().saturating_sub(room.0);
        let expected: Vec<_> = before[near..].iter().chain([&at]).chain(after.iter().take(room.1)).copied().collect();
        prop_assert_eq!(found.refs, expected);
        prop_assert_eq!(found.at, before.len() - near);
        prop_assert_eq!((found.more_before, found.more_after), (near > 0, after.len() > room.1));
    }
}
