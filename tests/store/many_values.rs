//! Attributes of which nearly every record has a value of its own, counted by number, by letters and both at once.

use crate::store_support::*;
use headwater::model::batch::Batch;
use headwater::model::{CancelToken, Value};
use headwater::query;
use headwater::store::*;
use std::collections::HashMap;

/// So many records a batch, which is a segment.
const RECORDS: u64 = 6_000;

/// More names than have numbers for their values.
const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// The value of a record: one of 4,000 texts, differently spread for each name and batch. The last batch has integers among
/// them, which a text of the same digits is counted with.
fn value(name: usize, batch: u64, record: u64) -> Value {
    let number = (record * 7919 + name as u64 * 31 + batch * 577) % 4_000;
    match batch == 3 && record.is_multiple_of(5) {
        true => Value::Int(number as i64),
        false if number.is_multiple_of(4) => text(&number.to_string()),
        false => text(&format!("user-{number}")),
    }
}

fn batch_of(number: u64) -> Batch {
    let mut batch = Batch::default();
    for record in 0..RECORDS {
        let mut own: Vec<(&str, Value)> = NAMES
            .iter()
            .enumerate()
            .map(|(place, name)| (*name, value(place, number, record)))
            .collect();
        own.push(("part", Value::Int((record % 100) as i64)));
        let attrs = attributes(&mut batch, &own);
        let mut made = log(&mut batch, (number * RECORDS + record) as i64, "x");
        made.attrs = attrs;
        batch.logs.push(made);
    }
    batch
}

/// The counts of a name's values by their text, among records whose part is below.
fn plainly(name: usize, batches: u64, below: u64) -> HashMap<String, u64> {
    let mut counts = HashMap::new();
    for batch in 0..batches {
        for record in (0..RECORDS).filter(|record| record % 100 < below) {
            let text = value(name, batch, record).text().into_owned();
            *counts.entry(text).or_default() += 1;
        }
    }
    counts
}

fn assert_counts(reader: &Reader, batches: u64) {
    let names = NAMES.map(str::to_owned);
    // All records, most of them, and a few: of a few, values are counted by their letters.
    for below in [100, 60, 1] {
        let filter = Filter {
            search: query::parse(&format!("part:<{below}")).unwrap(),
            range: None,
        };
        let facets = reader.facets(
            RecordKind::Log,
            &names,
            &filter,
            usize::MAX,
            &CancelToken::default(),
        );
        for (name, facet) in facets.unwrap().into_iter().enumerate() {
            let expected = plainly(name, batches, below);
            assert_eq!(facet.distinct, expected.len() as u64, "{name} {below}");
            assert_eq!(facet.present, expected.values().sum::<u64>());
            let found = facet.values.iter();
            let found: HashMap<String, u64> = found
                .map(|found| (found.value.text().into_owned(), found.count))
                .collect();
            assert_eq!(found, expected, "{name} {below}");
        }
    }
}

#[test]
fn values_are_counted_the_same_again_and_again() {
    let place = Place::new();
    let reader = store_of(&place, (0..3).map(batch_of).collect());
    assert_counts(&reader, 3);
    assert_counts(&reader, 3);
}

#[test]
fn texts_with_numbers_are_counted_with_the_integers_they_spell() {
    let place = Place::new();
    let reader = store_of(&place, (0..4).map(batch_of).collect());
    assert_counts(&reader, 4);
    assert_counts(&reader, 4);
}
