//! Caches: what was kept for later, and how often that helped, by transaction and beginning of the key.
//!
//! Selected are spans whose operation begins with `cache`. Reading is `get` and `get_item`; writing `put`, `set`, `add` and
//! `set_item`; what else there is (`remove`, `flush`) is counted apart. Of several keys at once the first tells the prefix.
//! Columns:
//!
//! | column | meaning |
//! |---|---|
//! | `transaction, key_prefix` | who asked, and the first part of the key; grouped by `key`, instead of both the `key` with `*` for ids |
//! | `hits, misses` | reads that say so (`cache.hit`) |
//! | `miss_rate` | misses / (hits + misses) |
//! | `gets, puts, others` | reads, writes, and what else was done |
//! | `avg_item_size` | mean of `cache.item_size`, bytes |
//! | `tpm` | reads a minute of the time looked at |
//! | `avg_get, avg_put` | mean duration of reads and writes |
//! | `avg_transaction_hit, avg_transaction_miss` | mean duration of the transactions in which reads hit, and in which they missed |
//! | `time_spent, share` | the sum of self times, and its share of that of all rows |
//! | `keys` | different keys, up to 10,000 |
//! | `slowest` | the longest of the spans |

pub mod accesses;
pub mod candidates;
pub mod expansion;
mod key_sets;
pub mod keys;
mod replay;

use super::family::{Family, Member};
use super::gather::{Groups, Sum, gather_over};
use super::measure::{Measure, mean, per_minute};
use super::over::Over;
use super::table::{column, detail, key_of};
use super::texts::Codes;
use super::{Asked, Cell, Column, Module, Table, Unit};
use crate::analysis::normalise::cache_key;
use crate::model::record::RecordRef;
use crate::model::{CancelToken, TimeRange, Value};
use crate::store::{Reader, SpanColumns, StoreError};
use hashbrown::{HashMap, HashSet};
use std::sync::Arc;

/// The spans that are about caches.
pub const SELECTED: &str = "op:[cache, cache.*]";

const BY_TRANSACTION: [Column; 2] = [
    column("transaction", "Transaction", Unit::Text),
    column("key_prefix", "Key", Unit::Text),
];
const BY_KEY: Column = column("key", "Key", Unit::Text);
const COLUMNS: [Column; 16] = [
    column("hits", "Hits", Unit::Count),
    column("misses", "Misses", Unit::Count),
    column("puts", "Puts", Unit::Count),
    column("miss_rate", "Miss rate", Unit::Share),
    column("avg_item_size", "Size", Unit::Bytes),
    column("tpm", "Per minute", Unit::PerMinute),
    column("avg_get", "Get", Unit::Duration),
    detail("avg_put", "Put", Unit::Duration),
    detail("avg_transaction_hit", "Transaction on hit", Unit::Duration),
    detail(
        "avg_transaction_miss",
        "Transaction on miss",
        Unit::Duration,
    ),
    column("time_spent", "Time spent", Unit::Duration),
    column("share", "Share", Unit::Share),
    detail("gets", "Gets", Unit::Count),
    detail("others", "Others", Unit::Count),
    detail("keys", "Keys", Unit::Count),
    detail("slowest", "Slowest", Unit::Span),
];

const OP: usize = 0;
const KEY: usize = 1;
const HIT: usize = 2;
const SIZE: usize = 3;
const DESCRIPTION: usize = 4;
const NAMES: &[&[&str]] = &[
    &["op"],
    &["cache.key"],
    &["cache.hit"],
    &["cache.item_size"],
    &["description"],
];

/// Different keys of a group that are counted.
const MOST_KEYS: usize = 10_000;

/// What was done with a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It was read.
    Get,
    /// It was written.
    Put,
    /// Anything else: keys were removed, all of it was emptied.
    Other,
}

fn done(op: &str) -> Done {
    match op.split('.').nth(1).unwrap_or_default() {
        "get" | "get_item" | "get_many" => Done::Get,
        "put" | "set" | "add" | "set_item" | "set_many" => Done::Put,
        _ => Done::Other,
    }
}

/// A mean in the making.
#[derive(Clone, Copy, Default)]
struct Mean {
    sum: i128,
    count: u64,
}

impl Mean {
    fn add(&mut self, number: i64) {
        self.sum += i128::from(number);
        self.count += 1;
    }

    fn absorb(&mut self, other: Self) {
        self.sum += other.sum;
        self.count += other.count;
    }

    fn cell(self) -> Cell {
        Cell::int(mean(self.sum, self.count))
    }
}

#[derive(Default)]
struct Kept {
    all: Measure,
    hits: u64,
    misses: u64,
    gets: Mean,
    puts: Mean,
    others: u64,
    sizes: Mean,
    /// Durations of transactions: on a hit, on a miss.
    transactions: [Mean; 2],
    keys: HashSet<Arc<str>>,
}

impl Sum for Kept {
    fn absorb(&mut self, other: Self) {
        self.all.absorb(other.all);
        self.hits += other.hits;
        self.misses += other.misses;
        self.gets.absorb(other.gets);
        self.puts.absorb(other.puts);
        self.others += other.others;
        self.sizes.absorb(other.sizes);
        for (own, other) in self.transactions.iter_mut().zip(other.transactions) {
            own.absorb(other);
        }
        self.keys.extend(other.keys);
    }
}

/// What tells groups apart: the transaction by number, and the prefix or shape of the key.
type Key = (u32, Arc<str>);

/// See the module.
pub(super) fn tables(
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    over: &Over,
    cancel: &CancelToken,
) -> Result<Vec<Table>, StoreError> {
    let by_key = asked.is_by("key");
    let filter = asked.spans(SELECTED);
    let all = gather_over(reader, &filter, NAMES, over, cancel, |columns, groups| {
        add(columns, family, by_key, groups);
    })?;
    let time = asked.time(reader, cancel)?;
    let of_stretch = |(groups, time)| table_of(over.wanted(groups), family, by_key, time);
    Ok(all
        .into_iter()
        .zip(over.times(time))
        .map(of_stretch)
        .collect())
}

fn table_of(
    groups: Groups<Key, Kept>,
    family: &Family,
    by_key: bool,
    time: Option<TimeRange>,
) -> Table {
    let spent = |kept: &Kept| i128::from(kept.all.self_time());
    let total: i128 = groups.values().map(spent).sum();
    let row = |(group, kept): (Key, Kept)| {
        let mut row = cells(&group, family, by_key);
        let [on_hit, on_miss] = kept.transactions.map(Mean::cell);
        row.extend([
            Cell::count(kept.hits),
            Cell::count(kept.misses),
            Cell::count(kept.puts.count),
            Cell::share(kept.misses, kept.hits + kept.misses),
            kept.sizes.cell(),
            per_minute(kept.gets.count, time).map_or(Cell::None, Cell::Float),
            kept.gets.cell(),
            kept.puts.cell(),
            on_hit,
            on_miss,
            Cell::Int(kept.all.self_time()),
            Cell::ratio(kept.all.self_time() as f64, total as f64),
            Cell::count(kept.gets.count),
            Cell::count(kept.others),
            Cell::count(kept.keys.len().min(MOST_KEYS) as u64),
            kept.all.longest().map_or(Cell::None, Cell::Span),
        ]);
        row
    };
    let names = match by_key {
        true => vec![BY_KEY],
        false => BY_TRANSACTION.to_vec(),
    };
    let mut table = Table {
        module: Module::Caches,
        rows: groups.into_iter().map(row).collect(),
        columns: names.into_iter().chain(COLUMNS).collect(),
        time,
        notes: Vec::new(),
    };
    let order = table.column("time_spent").unwrap_or_default();
    table.sort(order, true);
    table
}

/// The rows of a segment by what tells groups apart.
struct Rows<'a> {
    columns: &'a SpanColumns,
    family: &'a Family,
    by_key: bool,
    keys: Codes<(Arc<str>, Arc<str>)>,
    described: Codes<(Arc<str>, Arc<str>)>,
}

impl<'a> Rows<'a> {
    fn new(columns: &'a SpanColumns, family: &'a Family, by_key: bool) -> Self {
        Self {
            columns,
            family,
            by_key,
            keys: Codes::new(columns.codes(KEY)),
            described: Codes::new(columns.codes(DESCRIPTION)),
        }
    }

    /// The group of a row, and the whole key.
    fn group(&mut self, row: u32) -> (Key, Arc<str>) {
        let (columns, by_key) = (self.columns, self.by_key);
        let read = |text: &str| {
            let key = first_key(text);
            let grouped = match by_key {
                true => cache_key::shape(&key).into(),
                false => cache_key::prefix(&key).into(),
            };
            (Arc::from(key), grouped)
        };
        let (key, grouped) = match (columns.code(KEY, row), columns.code(DESCRIPTION, row)) {
            (Some(code), _) => self
                .keys
                .get(code, || read(&columns.value(KEY, code).text())),
            (None, Some(code)) => self.described.get(code, || {
                read(columns.text(DESCRIPTION, code).unwrap_or_default())
            }),
            (None, None) => read(""),
        };
        let member = self.family.member(columns.at(row));
        let transaction = match by_key {
            true => 0,
            false => member.map_or(0, |member| self.family.transaction(member)),
        };
        ((transaction, grouped), key)
    }
}

/// The spans that a number counts, by the key of its row and the name of its column.
pub(super) fn spans(
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    (wanted, column): (&str, &str),
    cancel: &CancelToken,
) -> Result<Vec<RecordRef>, StoreError> {
    let by_key = asked.is_by("key");
    let filter = asked.spans(SELECTED);
    let parts = reader.work_through_spans(&filter, NAMES, cancel, |columns| {
        let mut rows = Rows::new(&columns, family, by_key);
        let mut known: HashMap<Key, bool> = HashMap::new();
        let counted = Counted::new(&columns);
        let mut found = Vec::new();
        for row in columns.rows().iter().copied() {
            let (group, _) = rows.group(row);
            let is_wanted = *known
                .entry(group)
                .or_insert_with_key(|group| key_of(cells(group, family, by_key).iter()) == wanted);
            if is_wanted && counted.counts(&columns, row, column) {
                found.push(columns.at(row));
            }
        }
        found
    })?;
    Ok(parts.into_iter().flatten().collect())
}

/// The cells that tell a group from others.
fn cells((transaction, key): &Key, family: &Family, by_key: bool) -> Vec<Cell> {
    let key = Cell::text(key);
    match by_key {
        true => vec![key],
        false => vec![Cell::text(&family.text(*transaction)), key],
    }
}

/// What was done, and whether it helped, by code.
struct Counted {
    done: Vec<Done>,
    hits: Vec<Option<bool>>,
}

impl Counted {
    fn new(columns: &SpanColumns) -> Self {
        let done = |code| done(columns.text(OP, code).unwrap_or_default());
        let hit = |code| says_yes(&columns.value(HIT, code));
        Self {
            done: (0..columns.codes(OP)).map(done).collect(),
            hits: (0..columns.codes(HIT)).map(hit).collect(),
        }
    }

    fn done(&self, columns: &SpanColumns, row: u32) -> Done {
        let done = columns.code(OP, row).and_then(|code| self.done.get(code));
        done.copied().unwrap_or(Done::Other)
    }

    fn hit(&self, columns: &SpanColumns, row: u32) -> Option<bool> {
        let code = columns.code(HIT, row)?;
        self.hits.get(code).copied().flatten()
    }

    /// Whether a column counts a row.
    fn counts(&self, columns: &SpanColumns, row: u32, column: &str) -> bool {
        match column {
            "hits" => self.hit(columns, row) == Some(true),
            "misses" | "miss_rate" => self.hit(columns, row) == Some(false),
            "tpm" | "gets" | "avg_get" => self.done(columns, row) == Done::Get,
            "puts" | "avg_put" => self.done(columns, row) == Done::Put,
            "others" => self.done(columns, row) == Done::Other,
            "avg_item_size" => columns.float(SIZE, row).is_some_and(|size| size >= 0.0),
            _ => true,
        }
    }
}

fn add(columns: &SpanColumns, family: &Family, by_key: bool, groups: &mut Groups<Key, Kept>) {
    let mut rows = Rows::new(columns, family, by_key);
    let counted = Counted::new(columns);
    for row in columns.rows().iter().copied() {
        let member = family.member(columns.at(row));
        let (group, key) = rows.group(row);
        let kept = groups.entry(group).or_default();
        let self_time = member.map_or(columns.duration(row), |member| family.self_time(member));
        kept.all.add(columns, row, self_time);
        if kept.keys.len() < MOST_KEYS {
            kept.keys.insert(key);
        }
        if let Some(size) = columns.float(SIZE, row).filter(|size| *size >= 0.0) {
            kept.sizes.add(size as i64);
        }
        match counted.done(columns, row) {
            Done::Get => kept.gets.add(columns.duration(row)),
            Done::Put => kept.puts.add(columns.duration(row)),
            Done::Other => kept.others += 1,
        }
        if let Some(hit) = counted.hit(columns, row) {
            kept.note(hit, member.map(|member| family.entry(member)), family);
        }
    }
}

impl Kept {
    fn note(&mut self, hit: bool, entry: Option<Member>, family: &Family) {
        match hit {
            true => self.hits += 1,
            false => self.misses += 1,
        }
        if let Some(entry) = entry {
            self.transactions[usize::from(!hit)].add(family.duration(entry));
        }
    }
}

/// A flag, also in words; `None` when it is neither yes nor no.
fn says_yes(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Str(text) => match text.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// The first of the keys, which may be a JSON list or one text.
fn first_key(text: &str) -> String {
    if !text.starts_with('[') {
        return text.to_owned();
    }
    match serde_json::from_str::<Vec<serde_json::Value>>(text) {
        Ok(keys) => match keys.into_iter().next() {
            Some(serde_json::Value::String(key)) => key,
            Some(other) => other.to_string(),
            None => String::new(),
        },
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_from_lists_and_texts() {
        for (text, expected) in [
            ("[\"a:1\", \"a:2\"]", "a:1"),
            ("a:1", "a:1"),
            ("[]", ""),
            ("[cut", "[cut"),
            ("[7]", "7"),
        ] {
            assert_eq!(first_key(text), expected, "{text}");
        }
    }

    #[test]
    fn a_hit_may_be_a_word() {
        for (value, expected) in [
            (Value::Bool(true), Some(true)),
            (Value::Str("False".into()), Some(false)),
            (Value::Str("".into()), None),
            (Value::Int(1), None),
        ] {
            assert_eq!(says_yes(&value), expected, "{value:?}");
        }
        assert!(done("cache.get_item") == Done::Get && done("cache.put") == Done::Put);
        assert!(done("cache.flush") == Done::Other && done("cache") == Done::Other);
    }
}
