//! Two sets of records, attribute by attribute, against counting them row by row.

use crate::store_support::*;
use headwater::analysis::differs::differences;
use headwater::model::batch::Batch;
use headwater::model::sides::{Comparison, Counted, Sides};
use headwater::model::{CancelToken, Nanos, TimeRange, Value};
use headwater::query::parse_filter;
use headwater::store::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

const SERVICES: [&str; 3] = ["", "shop", "cart"];
/// The resource whose records inherit attributes.
const WITH_HOST: usize = 1;

/// A log record as the plain computation sees it.
#[derive(Clone, Debug)]
struct Plain {
    time: i64,
    resource: usize,
    attributes: Vec<(&'static str, Value)>,
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        prop_oneof![Just(""), Just("x"), Just("5"), Just("true")].prop_map(text),
        (4i64..7).prop_map(Value::Int),
        prop_oneof![Just(5.0), Just(-0.5), Just(f64::NAN), Just(f64::INFINITY)]
            .prop_map(Value::Float),
        any::<bool>().prop_map(Value::Bool),
    ]
}

fn any_attribute() -> impl Strategy<Value = (&'static str, Value)> {
    let many = (-40i64..400).prop_map(|n| ("many", Value::Float(n as f64 / 3.0)));
    let key = prop_oneof![3 => Just("a"), 3 => Just("host"), 1 => Just("rare")];
    prop_oneof![2 => (key, any_value()), 2 => many]
}

fn any_record() -> impl Strategy<Value = Plain> {
    let attributes = proptest::collection::vec(any_attribute(), 0..4);
    (0i64..1_000, 0usize..3, attributes).prop_map(|(time, resource, attributes)| Plain {
        time,
        resource,
        attributes,
    })
}

fn batch_of(records: &[Plain], first: usize) -> Batch {
    let mut batch = Batch::default();
    for (place, service) in SERVICES.iter().enumerate() {
        let own: &[(&str, Value)] = &[("host", text("h1"))];
        let own = if place == WITH_HOST { own } else { &[] };
        resource(&mut batch, service, own);
    }
    for (place, record) in records.iter().enumerate() {
        let mut made = log(&mut batch, record.time, "the same");
        made.attrs = attributes(&mut batch, &record.attributes);
        made.resource = record.resource as u32;
        made.position = (first + place) as u64;
        batch.logs.push(made);
    }
    batch
}

fn store(place: &Place, records: &[Plain], batch_size: usize) -> Reader {
    let batches = records.chunks(batch_size).enumerate();
    let batches = batches.map(|(at, records)| batch_of(records, at * batch_size));
    store_of(place, batches.collect())
}

fn filter(text: &str, range: Option<(i64, i64)>) -> Filter {
    Filter {
        search: parse_filter(text).unwrap(),
        range: range.map(|(start, end)| TimeRange {
            start: Nanos(start),
            end: Nanos(end),
        }),
    }
}

fn compare(reader: &Reader, inside: &Filter, outside: &Filter) -> Comparison {
    let cancel = CancelToken::default();
    reader
        .differs(RecordKind::Log, inside, outside, &cancel)
        .unwrap()
}

/// What a record has under a name, its resource's value included; a null is none.
fn value_of(record: &Plain, key: &str) -> Option<Value> {
    if key == "service" {
        return Some(SERVICES[record.resource])
            .filter(|name| !name.is_empty())
            .map(text);
    }
    let own = record.attributes.iter().find(|(name, _)| *name == key);
    let inherited = (key == "host" && record.resource == WITH_HOST).then(|| text("h1"));
    let value = own.map(|(_, value)| value.clone()).or(inherited);
    value.filter(|value| *value != Value::Null)
}

fn side(count: &mut Sides, inside: bool) {
    match inside {
        true => count.inside += 1,
        false => count.outside += 1,
    }
}

/// Counts by text: values that a search takes for the same are one.
fn by_text(records: &[(&Plain, bool)], key: &str) -> BTreeMap<String, Sides> {
    let mut counts = BTreeMap::new();
    for (record, inside) in records {
        if let Some(value) = value_of(record, key) {
            side(counts.entry(value.to_string()).or_default(), *inside);
        }
    }
    counts
}

fn check(records: &[(&Plain, bool)], found: &Comparison) -> Result<(), TestCaseError> {
    let mut sizes = Sides::default();
    records
        .iter()
        .for_each(|(_, inside)| side(&mut sizes, *inside));
    prop_assert_eq!(found.records, sizes);
    for key in ["a", "host", "rare", "many", "service"] {
        let expected = by_text(records, key);
        let attribute = found.attributes.iter().find(|found| &*found.key == key);
        let Some(attribute) = attribute else {
            prop_assert!(expected.is_empty(), "{} is missing", key);
            continue;
        };
        match &attribute.counted {
            Counted::Values(values) => {
                let values = values.iter();
                let found: BTreeMap<String, Sides> = values
                    .map(|(value, count)| (value.to_string(), *count))
                    .collect();
                prop_assert_eq!(found, expected);
            }
            Counted::Numbers { steps, others } => {
                prop_assert!(expected.len() > 24);
                prop_assert_eq!(*others, Sides::default());
                let mut all = 0;
                for step in steps {
                    let mut count = Sides::default();
                    for (record, inside) in records {
                        let number = value_of(record, key).and_then(|value| value.as_f64());
                        if number.is_some_and(|n| (step.from..step.to).contains(&n)) {
                            side(&mut count, *inside);
                        }
                    }
                    prop_assert_eq!(step.count, count);
                    all += count.total();
                }
                prop_assert_eq!(
                    all,
                    expected.values().map(|count| count.total()).sum::<u64>()
                );
            }
            Counted::Many(_) => prop_assert!(false, "{} has few values", key),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_value_is_counted_on_its_side(
        records in proptest::collection::vec(any_record(), 1..160),
        batch_size in 1usize..90,
        range in (0i64..900, 1i64..400),
    ) {
        let place = Place::new();
        let reader = store(&place, &records, batch_size);
        let within = |record: &Plain| (range.0..range.0 + range.1).contains(&record.time);
        // A stretch of time against the rest.
        let inside = filter("", Some((range.0, range.0 + range.1)));
        let found = compare(&reader, &inside, &filter("", None));
        let all: Vec<_> = records.iter().map(|record| (record, within(record))).collect();
        check(&all, &found)?;
        // One search against another that fits some of the same records: those count inside only.
        let found = compare(&reader, &filter("a:5", None), &filter("has:a OR host:h1", None));
        let text = |record: &Plain, key: &str| {
            value_of(record, key).map(|value| value.to_string()).filter(|text| !text.is_empty())
        };
        let sides = records.iter().filter_map(|record| {
            let inside = text(record, "a").as_deref() == Some("5");
            let outside = text(record, "a").is_some() || text(record, "host").as_deref() == Some("h1");
            (inside || outside).then_some((record, inside))
        });
        let sides: Vec<_> = sides.collect();
        check(&sides, &found)?;
        let asked = |key: &str| found.attributes.iter().find(|at| &*at.key == key).is_none_or(|at| at.asked);
        prop_assert!(asked("a") && asked("host"));
        prop_assert!(found.attributes.iter().all(|at| at.asked == matches!(&*at.key, "a" | "host")));
    }
}

#[test]
fn attributes_with_too_many_values_take_no_room_and_do_not_win() {
    let records: Vec<Plain> = (0..3_000)
        .map(|n| Plain {
            time: n,
            resource: 0,
            attributes: vec![
                ("request", text(&format!("id-{n}"))),
                ("size", Value::Int(n * n)),
                ("version", text(if n < 500 { "bad" } else { "good" })),
            ],
        })
        .collect();
    let place = Place::new();
    let reader = store(&place, &records, 700);
    let found = compare(&reader, &filter("", Some((0, 500))), &filter("", None));
    let sizes = Sides {
        inside: 500,
        outside: 2_500,
    };
    let counted = |key: &str| {
        let mut attributes = found.attributes.iter();
        let attribute = attributes.find(|found| &*found.key == key);
        &attribute.expect("it was counted").counted
    };
    assert_eq!(counted("request"), &Counted::Many(sizes));
    let Counted::Numbers { steps, .. } = counted("size") else {
        panic!("numbers become steps");
    };
    assert!(steps.len() < 400, "{} steps", steps.len());
    assert!(
        found
            .attributes
            .iter()
            .all(|found| !["time", "trace_id"].contains(&&*found.key))
    );
    let found = differences(found);
    let names: Vec<&str> = found.attributes.iter().map(|found| &*found.key).collect();
    assert_eq!(names, ["version", "size"]);
}

#[test]
fn a_cancelled_comparison_ends() {
    let place = Place::new();
    let reader = store(&place, &[], 1);
    let cancel = CancelToken::default();
    cancel.cancel();
    let all = filter("", None);
    let answer = reader.differs(RecordKind::Log, &all, &all, &cancel);
    assert!(matches!(answer, Err(StoreError::Cancelled)));
    assert_eq!(compare(&reader, &all, &all), Comparison::default());
}
