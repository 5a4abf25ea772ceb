//! What might be worth keeping in a cache: reading queries and requests, by what keeping them would win a minute.
//!
//! Cost density = calls a minute × time saved a call; the latter is the mean duration of the call less that of reading a cache
//! (the mean over the recorded `get`s; where none is recorded, [`USUAL_GET`]). It is an upper bound, which `reusable` and
//! `stable` bring down. Columns:
//!
//! | column | meaning |
//! |---|---|
//! | `kind, what, where_from` | `query` or `request`; the template or the route; tables or the domain |
//! | `count, tpm, avg` | how many, how many a minute of the time looked at, the mean duration |
//! | `density` | time that would be saved a minute, nanoseconds |
//! | `time_saved` | what would have been saved in the time looked at: (avg − cache) × calls that asked the same again; null where that is not known |
//! | `expensive` | avg ÷ mean time to read a cache: at least [`EXPENSIVE`] passes |
//! | `frequent` | the calls a minute: at least [`FREQUENT`] pass |
//! | `reusable` | the share of calls that repeat an earlier one to the letter; null where texts have parameters left out. At least half passes |
//! | `stable` | 1 − writes ÷ calls, of writes to the same tables or the same route, at the least 0. At least [`STABLE`] passes |
//! | `spiky` | calls in the busiest of 32 equal shares of the time ÷ the mean: at least [`SPIKY`] passes |
//! | `tail` | P95 ÷ median: at least [`TAIL`] passes: a cache also takes the slow ones away |
//! | `checklist` | those that pass |
//! | `callers, slowest` | the transactions that call; the longest call |

use super::Done;
use super::accesses::Accesses;
use crate::insights::family::Family;
use crate::insights::gather::{Groups, Sum, add_counts, gather};
use crate::insights::measure::{Measure, mean, per_minute};
use crate::insights::table::{column, detail};
use crate::insights::texts::Made;
use crate::insights::{Asked, Cell, Column, Module, Table, Unit, queries, requests};
use crate::model::{CancelToken, TimeRange, human};
use crate::store::{Reader, SpanColumns, StoreError};
use hashbrown::{HashMap, HashSet};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// What reading a cache takes where none was recorded, nanoseconds.
const USUAL_GET: i64 = 1_000_000;
/// How many times as long as reading a cache is expensive.
const EXPENSIVE: f64 = 10.0;
/// Calls a minute that are frequent.
const FREQUENT: f64 = 6.0;
/// The share of calls that no write comes with.
const STABLE: f64 = 0.9;
/// How much busier than the mean the busiest share of the time is.
const SPIKY: f64 = 4.0;
/// How many times as long as the middle the 95th percentile is.
const TAIL: f64 = 3.0;
/// Shares of the time.
const SHARES: usize = 32;
/// Calls below which nothing is a candidate.
const FEW: u64 = 5;

const COLUMNS: [Column; 17] = [
    column("what", "What", Unit::Text),
    column("kind", "Kind", Unit::Text),
    detail("where_from", "From", Unit::Text),
    column("count", "Count", Unit::Count),
    column("tpm", "Per minute", Unit::PerMinute),
    column("avg", "Average", Unit::Duration),
    column("density", "Saved a minute", Unit::Duration),
    detail("time_saved", "Saved", Unit::Duration),
    detail("expensive", "Cost", Unit::Number),
    detail("frequent", "Frequency", Unit::PerMinute),
    column("reusable", "Reusable", Unit::Share),
    column("stable", "Stable", Unit::Share),
    detail("spiky", "Peak", Unit::Number),
    detail("tail", "Tail", Unit::Number),
    column("checklist", "Checklist", Unit::List),
    detail("callers", "Callers", Unit::Counts),
    detail("slowest", "Slowest", Unit::Span),
];

/// Something that may be kept: its kind, what is asked for, and of what.
type Key = (&'static str, Arc<str>, Arc<str>);

/// What spans of some codes ask for: whether they read, and the hash of the text where that says all.
type Asks = (Key, bool, Option<u64>);

#[derive(Default)]
struct Calls {
    measure: Measure,
    /// Hashes of texts, with how many; none where parameters are left out.
    texts: HashMap<u64, u64>,
    unknown: u64,
    shares: Vec<u64>,
    callers: HashMap<u32, u64>,
    /// Writes to the same; calls that write are no candidates themselves.
    writes: u64,
}

impl Sum for Calls {
    fn absorb(&mut self, other: Self) {
        self.measure.absorb(other.measure);
        add_counts(&mut self.texts, other.texts);
        self.unknown += other.unknown;
        self.shares.resize(SHARES, 0);
        for (own, other) in self.shares.iter_mut().zip(other.shares) {
            *own += other;
        }
        add_counts(&mut self.callers, other.callers);
        self.writes += other.writes;
    }
}

/// See the module.
///
/// # Errors
/// As with every question.
pub fn table(
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    cancel: &CancelToken,
) -> Result<Table, StoreError> {
    let time = asked.time(reader, cancel)?;
    let accesses = Accesses::read(reader, asked, family, cancel)?;
    let gets = accesses
        .all
        .iter()
        .filter(|access| access.done == Done::Get);
    let gets: Vec<i128> = gets.map(|access| i128::from(access.duration)).collect();
    let recorded = mean(gets.iter().sum(), gets.len() as u64);
    let get = recorded.unwrap_or(USUAL_GET);
    let mut groups = queried(reader, asked, family, time, cancel)?;
    groups.extend(requested(reader, asked, family, time, cancel)?);
    let rows = groups
        .into_iter()
        .filter(|(_, calls)| calls.measure.count() >= FEW)
        .filter(|(_, calls)| calls.measure.average().is_some_and(|avg| avg > get))
        .map(|(key, calls)| calls.cells(&key, get, time, family));
    let mut table = Table {
        module: Module::Caches,
        columns: COLUMNS.to_vec(),
        rows: rows.collect(),
        time,
        notes: vec![match recorded {
            Some(get) => format!("reading a cache takes {} here", human::duration(get)),
            None => format!(
                "no cache is read here; reading one is taken to be {}",
                human::duration(USUAL_GET)
            ),
        }],
    };
    let order = table.column("density").unwrap_or_default();
    table.sort(order, true);
    Ok(table)
}

/// Which share of the time an instant is in.
fn share(at: i64, time: Option<TimeRange>) -> usize {
    let Some(time) = time else {
        return 0;
    };
    let length = i128::from(time.duration()).max(1);
    let share = (i128::from(at) - i128::from(time.start.0)) * SHARES as i128 / length;
    share.clamp(0, SHARES as i128 - 1) as usize
}

impl Calls {
    fn add(&mut self, columns: &SpanColumns, row: u32, family: &Family, time: Option<TimeRange>) {
        let member = family.member(columns.at(row));
        self.measure.add(columns, row, 0);
        self.shares.resize(SHARES, 0);
        self.shares[share(columns.start(row), time)] += 1;
        if let Some(member) = member {
            *self.callers.entry(family.transaction(member)).or_default() += 1;
        }
    }

    fn cells(
        mut self,
        (kind, what, from): &Key,
        get: i64,
        time: Option<TimeRange>,
        family: &Family,
    ) -> Vec<Cell> {
        let count = self.measure.count();
        let average = self.measure.average().unwrap_or(0);
        let saved = (average - get) as f64;
        let tpm = per_minute(count, time);
        let repeated = (self.unknown == 0).then(|| count - self.texts.len() as u64);
        let [median, slow] = [0.5, 0.95].map(|share| self.measure.percentile(share).unwrap_or(0));
        let peak = self.shares.iter().copied().max().unwrap_or(0) as f64;
        let checks = Checks {
            expensive: average as f64 / get.max(1) as f64,
            frequent: tpm,
            reusable: repeated.map(|repeated| repeated as f64 / count as f64),
            stable: (1.0 - self.writes as f64 / count as f64).max(0.0),
            // Fewer calls than shares are spiky by themselves.
            spiky: (count >= SHARES as u64).then(|| peak * SHARES as f64 / count as f64),
            tail: (median > 0).then(|| slow as f64 / median as f64),
        };
        let number = |number: Option<f64>| number.map_or(Cell::None, Cell::Float);
        vec![
            Cell::text(what),
            Cell::Text((*kind).into()),
            Cell::text(from),
            Cell::count(count),
            number(tpm),
            Cell::Int(average),
            Cell::int(tpm.map(|tpm| (tpm * saved).round() as i64)),
            Cell::int(repeated.map(|repeated| (repeated as f64 * saved).round() as i64)),
            Cell::Float(checks.expensive),
            number(checks.frequent),
            number(checks.reusable),
            Cell::Float(checks.stable),
            number(checks.spiky),
            number(checks.tail),
            Cell::List(checks.passed().into_iter().map(Arc::from).collect()),
            Cell::Counts(family.counted(&self.callers)),
            self.measure.longest().map_or(Cell::None, Cell::Span),
        ]
    }
}

/// What the checklist asks; see the module.
struct Checks {
    expensive: f64,
    frequent: Option<f64>,
    reusable: Option<f64>,
    stable: f64,
    spiky: Option<f64>,
    tail: Option<f64>,
}

impl Checks {
    fn passed(&self) -> Vec<&'static str> {
        let at_least = |number: Option<f64>, least: f64| number.is_some_and(|n| n >= least);
        let checks = [
            ("expensive", self.expensive >= EXPENSIVE),
            ("frequent", at_least(self.frequent, FREQUENT)),
            ("reusable", at_least(self.reusable, 0.5)),
            ("stable", self.stable >= STABLE),
            ("spiky", at_least(self.spiky, SPIKY)),
            ("tail", at_least(self.tail, TAIL)),
        ];
        let passed = checks.into_iter().filter(|(_, passed)| *passed);
        passed.map(|(name, _)| name).collect()
    }
}

/// Queries that read, with the writes to their tables.
fn queried(
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    time: Option<TimeRange>,
    cancel: &CancelToken,
) -> Result<Groups<Key, Calls>, StoreError> {
    use queries::{DESCRIPTION, KnownQueries, NAMES, PARTS, read};
    let known = KnownQueries::default();
    let filter = asked.spans(queries::SELECTED);
    let mut groups = gather(
        reader,
        &filter,
        NAMES,
        cancel,
        |columns, groups: &mut Groups<Key, Calls>| {
            let mut read_queries: HashMap<[Option<usize>; PARTS], Option<Asks>> = HashMap::new();
            for row in columns.rows().iter().copied() {
                let codes: [Option<usize>; PARTS] = std::array::from_fn(|at| columns.code(at, row));
                let query = read_queries.entry(codes).or_insert_with(|| {
                    let query = read(columns, &codes, &known)?;
                    let text = codes[DESCRIPTION].and_then(|code| columns.text(DESCRIPTION, code));
                    let hash = text.filter(|text| !has_parameters(text));
                    let tables = query.domain.join(", ");
                    let reads = matches!(
                        query.action.to_ascii_uppercase().as_str(),
                        "SELECT"
                            | "GET"
                            | "MGET"
                            | "HGET"
                            | "HGETALL"
                            | "FIND"
                            | "AGGREGATE"
                            | "COUNT"
                    );
                    let key = ("query", query.text.clone(), tables.into());
                    Some((key, reads, hash.map(|text| xxh3_64(text.as_bytes()))))
                });
                let Some((key, reads, hash)) = query else {
                    continue;
                };
                if !*reads {
                    let writes = ("write", Arc::default(), key.2.clone());
                    groups.entry(writes).or_default().writes += 1;
                    continue;
                }
                let calls = groups.entry(key.clone()).or_default();
                calls.add(columns, row, family, time);
                match hash {
                    Some(hash) => *calls.texts.entry(*hash).or_default() += 1,
                    None => calls.unknown += 1,
                }
            }
        },
    )?;
    settle_writes(&mut groups);
    Ok(groups)
}

/// Whether a query leaves out what it is asked with, so that equal texts may ask for different things.
fn has_parameters(text: &str) -> bool {
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied().unwrap_or(' ');
        let is_parameter = match character {
            '?' => true,
            '%' => next == 's' || next == '(',
            '$' => next.is_ascii_digit(),
            ':' => before != ':' && (next.is_ascii_alphabetic() || next == '_'),
            _ => false,
        };
        if is_parameter {
            return true;
        }
        before = character;
    }
    false
}

/// Requests that read, with those that write to the same route.
fn requested(
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    time: Option<TimeRange>,
    cancel: &CancelToken,
) -> Result<Groups<Key, Calls>, StoreError> {
    use requests::{DESCRIPTION, NAMES, PARTS, URL, read};
    let known = Made::default();
    let filter = asked.spans(requests::SELECTED);
    let mut groups = gather(
        reader,
        &filter,
        NAMES,
        cancel,
        |columns, groups: &mut Groups<Key, Calls>| {
            let mut targets: HashMap<[Option<usize>; PARTS], (Key, bool, u64)> = HashMap::new();
            for row in columns.rows().iter().copied() {
                let codes: [Option<usize>; PARTS] = std::array::from_fn(|at| columns.code(at, row));
                let (key, reads, hash) = targets.entry(codes).or_insert_with(|| {
                    let target = read(columns, &codes, &known);
                    let text = [URL, DESCRIPTION].into_iter().find_map(|at| {
                        let code = codes[at]?;
                        columns.text(at, code)
                    });
                    let what = format!("{} {}", target.method, target.route);
                    let key = ("request", what.trim().into(), target.domain.clone());
                    let reads = matches!(&*target.method, "GET" | "HEAD" | "");
                    (key, reads, xxh3_64(text.unwrap_or_default().as_bytes()))
                });
                if !*reads {
                    let route = key.1.split_once(' ').map_or("", |(_, route)| route);
                    let writes = ("write", Arc::default(), format!("{}{route}", key.2).into());
                    groups.entry(writes).or_default().writes += 1;
                    continue;
                }
                let calls = groups.entry(key.clone()).or_default();
                calls.add(columns, row, family, time);
                *calls.texts.entry(*hash).or_default() += 1;
            }
        },
    )?;
    settle_writes(&mut groups);
    Ok(groups)
}

/// Takes the writes out and counts them where the same is read.
fn settle_writes(groups: &mut Groups<Key, Calls>) {
    let mut writes: HashMap<Arc<str>, u64> = HashMap::new();
    groups.retain(|(kind, _, to), calls| {
        if *kind == "write" {
            *writes.entry(to.clone()).or_default() += calls.writes;
        }
        *kind != "write"
    });
    for ((kind, what, from), calls) in groups.iter_mut() {
        calls.writes = match *kind {
            "query" => {
                let own: HashSet<&str> = from.split(", ").collect();
                let of_tables = writes.iter().filter(|(tables, _)| {
                    !tables.is_empty() && tables.split(", ").any(|table| own.contains(table))
                });
                of_tables.map(|(_, count)| count).sum()
            }
            _ => {
                let route = what.split_once(' ').map_or("", |(_, route)| route);
                writes
                    .get(format!("{from}{route}").as_str())
                    .copied()
                    .unwrap_or(0)
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Nanos;

    #[test]
    fn parameters_that_are_left_out() {
        for (text, expected) in [
            ("SELECT 1 FROM t WHERE a = %s", true),
            ("SELECT 1 FROM t WHERE a = $1", true),
            ("SELECT 1 FROM t WHERE a = ?", true),
            ("SELECT 1 FROM t WHERE a = :id", true),
            ("SELECT a::text FROM t WHERE a LIKE 'x%'", false),
            ("SELECT 1 FROM t WHERE a = 7", false),
        ] {
            assert_eq!(has_parameters(text), expected, "{text}");
        }
    }

    #[test]
    fn a_checklist_names_what_passes() {
        let checks = Checks {
            expensive: 12.0,
            frequent: Some(5.9),
            reusable: None,
            stable: 0.95,
            spiky: Some(4.0),
            tail: Some(2.9),
        };
        assert_eq!(checks.passed(), ["expensive", "stable", "spiky"]);
    }

    #[test]
    fn an_instant_lies_in_a_share_of_the_time() {
        let time = TimeRange {
            start: Nanos(0),
            end: Nanos(3200),
        };
        let shares = [-5, 0, 99, 100, 3199, 3200, 9999].map(|at| share(at, Some(time)));
        assert_eq!(shares, [0, 0, 0, 1, 31, 31, 31]);
        assert_eq!(share(7, None), 0);
    }
}
