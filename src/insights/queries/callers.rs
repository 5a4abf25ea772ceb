//! Which transactions run a query, how often each time, and whether that is one of the repeated queries that detectors find.
//!
//! | column | meaning |
//! |---|---|
//! | `query, system` | the template, and the database |
//! | `caller` | the transaction |
//! | `count` | how often it ran the query |
//! | `runs` | runs of the transaction in which it did |
//! | `per_run, most_per_run` | the mean and the most in one run |
//! | `avg` | the mean duration |
//! | `time_spent, share` | the sum of self times, and its share of that of all rows |
//! | `issues` | kinds of issues whose offending spans run the query under this transaction, with how many such spans were sampled |
//! | `slowest` | the longest |
//!
//! Issues are those of the traces with such a query; of each issue, the spans of its samples are looked up.

use super::{KnownQueries, NAMES, PARTS, Query, SELECTED, read};
use crate::insights::family::{Family, Member};
use crate::insights::gather::{Sum, add_counts, gather};
use crate::insights::measure::Measure;
use crate::insights::table::{column, detail};
use crate::insights::{Asked, Cell, Column, Module, Table, Unit, issues};
use crate::model::{CancelToken, SpanId};
use crate::store::{Reader, SpanColumns, StoreError};
use hashbrown::HashMap;
use std::sync::Arc;

const COLUMNS: [Column; 12] = [
    column("query", "Query", Unit::Text),
    detail("system", "System", Unit::Text),
    column("caller", "Caller", Unit::Text),
    column("count", "Count", Unit::Count),
    column("runs", "Runs", Unit::Count),
    column("per_run", "A run", Unit::Number),
    column("most_per_run", "Most", Unit::Count),
    column("avg", "Average", Unit::Duration),
    column("time_spent", "Time spent", Unit::Duration),
    column("share", "Share", Unit::Share),
    column("issues", "Issues", Unit::Counts),
    detail("slowest", "Slowest", Unit::Span),
];

#[derive(Default)]
struct Calls {
    measure: Measure,
    runs: HashMap<Member, u64>,
    issues: HashMap<&'static str, u64>,
}

impl Sum for Calls {
    fn absorb(&mut self, other: Self) {
        self.measure.absorb(other.measure);
        add_counts(&mut self.runs, other.runs);
        add_counts(&mut self.issues, other.issues);
    }
}

/// What is said of a table without the marks of issues.
const MARKS_FOLLOW: &str = "Issues are still looked for; queries they are about are marked then.";

/// A query and the transaction that ran it, by number.
type Key = (Arc<Query>, u32);
/// The kinds of issues of spans, by trace number and id.
type Flags = HashMap<(i64, u64), &'static str>;

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
    let filter = asked.spans(SELECTED);
    let flags = match asked.without_issues {
        true => Flags::new(),
        false => flags(reader, &filter, cancel)?,
    };
    let known = KnownQueries::default();
    let groups = gather(reader, &filter, NAMES, cancel, |columns, groups| {
        for (key, calls) in calls(columns, family, &known, &flags) {
            let group: &mut Calls = groups.entry(key).or_default();
            group.absorb(calls);
        }
    })?;
    let spent = |calls: &Calls| i128::from(calls.measure.self_time());
    let all: i128 = groups.values().map(spent).sum();
    let row = |((query, caller), calls): (Key, Calls)| {
        let runs = calls.runs.len() as u64;
        let mut issues: Vec<(Arc<str>, u64)> = calls
            .issues
            .iter()
            .map(|(kind, count)| ((*kind).into(), *count))
            .collect();
        issues.sort();
        vec![
            Cell::text(&query.text),
            Cell::text(&query.system),
            Cell::text(&family.text(caller)),
            Cell::count(calls.measure.count()),
            Cell::count(runs),
            Cell::ratio(calls.measure.count() as f64, runs as f64),
            Cell::count(calls.runs.values().copied().max().unwrap_or(0)),
            Cell::int(calls.measure.average()),
            Cell::Int(calls.measure.self_time()),
            Cell::ratio(calls.measure.self_time() as f64, all as f64),
            Cell::Counts(issues),
            calls.measure.longest().map_or(Cell::None, Cell::Span),
        ]
    };
    let table = Table::of(
        Module::Queries,
        COLUMNS,
        groups.into_iter().map(row).collect(),
        asked.time(reader, cancel)?,
    );
    let mut table = table.greatest_first("time_spent");
    if asked.without_issues {
        table.notes.push(MARKS_FOLLOW.to_owned());
    }
    Ok(table)
}

/// The spans that issues are about.
fn flags(
    reader: &Reader,
    filter: &crate::store::Filter,
    cancel: &CancelToken,
) -> Result<Flags, StoreError> {
    let settings = issues::settings(reader)?;
    let issues = issues::find(reader, filter, &settings, cancel, &mut |_| ())?;
    let mut flags = Flags::new();
    let mut numbers = HashMap::new();
    for issue in issues
        .iter()
        .filter(|issue| issue.kind != issues::Kind::Error)
    {
        for sample in &issue.samples {
            let number = match numbers.get(&sample.trace) {
                Some(number) => *number,
                None => {
                    let number = reader.trace_number(sample.trace)?;
                    numbers.insert(sample.trace, number);
                    number
                }
            };
            let Some(number) = number else {
                continue;
            };
            for SpanId(span) in &sample.spans {
                flags.insert((number, *span), issue.kind.name());
            }
        }
    }
    Ok(flags)
}

/// The calls of a segment. Queries are known by a number each, so that their texts are compared once a group and not once a row.
fn calls(
    columns: &SpanColumns,
    family: &Family,
    known: &KnownQueries,
    flags: &Flags,
) -> Vec<(Key, Calls)> {
    let mut places: HashMap<[Option<usize>; PARTS], Option<usize>> = HashMap::new();
    let mut queries: Vec<Arc<Query>> = Vec::new();
    let mut found: HashMap<(usize, u32), Calls> = HashMap::new();
    for row in columns.rows().iter().copied() {
        let codes: [Option<usize>; PARTS] = std::array::from_fn(|at| columns.code(at, row));
        let place = *places.entry(codes).or_insert_with(|| {
            queries.push(read(columns, &codes, known)?);
            Some(queries.len() - 1)
        });
        let (Some(query), Some(member)) = (place, family.member(columns.at(row))) else {
            continue;
        };
        let calls = found
            .entry((query, family.transaction(member)))
            .or_default();
        calls.measure.add(columns, row, family.self_time(member));
        *calls.runs.entry(family.entry(member)).or_default() += 1;
        let flag = match flags.is_empty() {
            true => None,
            false => flags.get(&(columns.trace(row), columns.span(row))),
        };
        if let Some(kind) = flag {
            *calls.issues.entry(kind).or_default() += 1;
        }
    }
    let named = |((query, caller), calls): ((usize, u32), Calls)| {
        Some(((queries.get(query)?.clone(), caller), calls))
    };
    found.into_iter().filter_map(named).collect()
}
