//! Queries: what was asked of databases, by the template of the text.
//!
//! Selected are spans whose operation begins with `db` and whose description can be normalised; how many cannot is noted
//! (connections, texts that are no query). Columns:
//!
//! | column | meaning |
//! |---|---|
//! | `query, group` | the template, and the first 16 digits of its MD5, as in Sentry |
//! | `system, action, domain` | `postgresql`; the verb or command; the tables or the collection |
//! | `count, tpm` | how many, and how many a minute of the time looked at |
//! | `avg, p50, p95` | of the duration, linear interpolation between the closest ranks |
//! | `time_spent, share` | the sum of self times, and its share of that of all rows |
//! | `total_duration, failed` | the sum of durations; spans that ended with an error |
//! | `callers` | the transactions that ran it, with how often |
//! | `slowest` | the longest of them |
//!
//! Grouped by `domain` there is a row for each system, verb and set of tables.

pub mod callers;
pub mod trends;

use super::family::Family;
use super::gather::{Groups, Sum, add_counts, gather_over};
use super::measure::{Measure, per_minute};
use super::over::Over;
use super::table::{Texts, column, detail, key_of};
use super::texts::{Codes, Made};
use super::{Asked, Cell, Column, Module, Table, Unit};
use crate::analysis::normalise::sql::Statement;
use crate::analysis::normalise::{self, Described, redis, sql};
use crate::model::{CancelToken, TimeRange};
use crate::store::{Reader, SpanColumns, StoreError};
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The spans that are queries.
pub const SELECTED: &str = "op:[db, db.*]";

const COLUMNS: [Column; 16] = [
    column("query", "Query", Unit::Text),
    column("system", "System", Unit::Text),
    column("action", "Action", Unit::Text),
    column("domain", "Tables", Unit::List),
    detail("group", "Group", Unit::Text),
    column("count", "Count", Unit::Count),
    column("tpm", "Per minute", Unit::PerMinute),
    column("avg", "Average", Unit::Duration),
    detail("p50", "P50", Unit::Duration),
    column("p95", "P95", Unit::Duration),
    column("time_spent", "Time spent", Unit::Duration),
    column("share", "Share", Unit::Share),
    detail("total_duration", "Duration", Unit::Duration),
    detail("failed", "Failures", Unit::Count),
    detail("callers", "Callers", Unit::Counts),
    detail("slowest", "Slowest", Unit::Span),
];

const STATUS: usize = 6;
/// The text as it was recorded.
pub(super) const DESCRIPTION: usize = 1;
/// The first six make a query what it is.
pub(super) const NAMES: &[&[&str]] = &[
    &["op"],
    &["description"],
    &["db.collection.name"],
    &["db.system.name"],
    &["db.operation.name"],
    &["sentry.origin"],
    &["status"],
];
pub(super) const PARTS: usize = 6;

/// A query, without what it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Query {
    pub text: Arc<str>,
    pub system: Arc<str>,
    pub action: Arc<str>,
    pub domain: Vec<Arc<str>>,
}

/// Queries that were read, and the statements in them, shared by threads.
#[derive(Default)]
pub(super) struct KnownQueries {
    queries: Made<Option<Arc<Query>>>,
    /// By what decides them.
    statements: Made<Option<Arc<Statement>>>,
}

#[derive(Default)]
struct Asks {
    measure: Measure,
    failed: u64,
    callers: HashMap<u32, u64>,
}

impl Sum for Asks {
    fn absorb(&mut self, other: Self) {
        self.measure.absorb(other.measure);
        self.failed += other.failed;
        add_counts(&mut self.callers, other.callers);
    }
}

/// See the module.
pub(super) fn tables(
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    over: &Over,
    cancel: &CancelToken,
) -> Result<Vec<Table>, StoreError> {
    let known = KnownQueries::default();
    let by_domain = asked.is_by("domain");
    let filter = asked.spans(SELECTED);
    let all = gather_over(reader, &filter, NAMES, over, cancel, |columns, groups| {
        add(columns, family, &known, by_domain, groups);
    })?;
    let time = asked.time(reader, cancel)?;
    let of_stretch = |(groups, time)| table_of(groups, family, over, time);
    Ok(all
        .into_iter()
        .zip(over.times(time))
        .map(of_stretch)
        .collect())
}

fn table_of(
    mut groups: Groups<Option<Arc<Query>>, Asks>,
    family: &Family,
    over: &Over,
    time: Option<TimeRange>,
) -> Table {
    let unread = groups.remove(&None).map_or(0, |asks| asks.measure.count());
    let groups = over.wanted(groups);
    let spent = |asks: &Asks| i128::from(asks.measure.self_time());
    let all: i128 = groups.values().map(spent).sum();
    let row = |(query, mut asks): (Option<Arc<Query>>, Asks)| {
        let Query {
            text,
            system,
            action,
            domain,
        } = query.map(Arc::unwrap_or_clone).unwrap_or_default();
        let group = match text.is_empty() {
            true => Arc::default(),
            false => normalise::group(&text).into(),
        };
        let measure = &mut asks.measure;
        vec![
            Cell::text(&text),
            Cell::text(&system),
            Cell::text(&action),
            Cell::List(domain),
            Cell::text(&group),
            Cell::count(measure.count()),
            per_minute(measure.count(), time).map_or(Cell::None, Cell::Float),
            Cell::int(measure.average()),
            Cell::int(measure.percentile(0.5)),
            Cell::int(measure.percentile(0.95)),
            Cell::Int(measure.self_time()),
            Cell::ratio(measure.self_time() as f64, all as f64),
            Cell::Int(measure.total()),
            Cell::count(asks.failed),
            Cell::Counts(family.counted(&asks.callers)),
            measure.longest().map_or(Cell::None, Cell::Span),
        ]
    };
    let mut table = Table {
        module: Module::Queries,
        rows: groups.into_iter().map(row).collect(),
        columns: COLUMNS.to_vec(),
        time,
        notes: Vec::new(),
    };
    if unread > 0 {
        let text = "database spans say no query and are left out: connections and the like";
        table.notes.push(format!("{unread} {text}"));
    }
    let order = table.column("time_spent").unwrap_or_default();
    table.sort(order, true);
    table
}

fn add(
    columns: &SpanColumns,
    family: &Family,
    known: &KnownQueries,
    by_domain: bool,
    groups: &mut Groups<Option<Arc<Query>>, Asks>,
) {
    // What makes a query what it is repeats from span to span, so it is looked up by codes first.
    let mut places: HashMap<[Option<usize>; PARTS], usize> = HashMap::new();
    let mut found: Vec<(Option<Arc<Query>>, Asks)> = Vec::new();
    let mut failures = Codes::new(columns.codes(STATUS));
    for row in columns.rows().iter().copied() {
        let codes: [Option<usize>; PARTS] = std::array::from_fn(|at| columns.code(at, row));
        let place = *places.entry(codes).or_insert_with(|| {
            let query = read(columns, &codes, known);
            found.push((query, Asks::default()));
            found.len() - 1
        });
        let Some((_, asks)) = found.get_mut(place) else {
            continue;
        };
        let failed = columns
            .code(STATUS, row)
            .is_some_and(|code| failures.get(code, || columns.text(STATUS, code) == Some("error")));
        asks.failed += u64::from(failed);
        let member = family.member(columns.at(row));
        let self_time = member.map_or(columns.duration(row), |member| family.self_time(member));
        asks.measure.add(columns, row, self_time);
        if let Some(member) = member {
            *asks.callers.entry(family.transaction(member)).or_default() += 1;
        }
    }
    for (query, asks) in found {
        let query = match (by_domain, query) {
            (true, Some(query)) => Some(Arc::new(Query {
                text: Arc::default(),
                ..(*query).clone()
            })),
            (_, query) => query,
        };
        groups.entry(query).or_default().absorb(asks);
    }
}

/// The texts of the queries behind the row with this key, by the attribute they are in.
pub(super) fn texts(
    reader: &Reader,
    asked: &Asked,
    key: &str,
    cancel: &CancelToken,
) -> Result<Texts, StoreError> {
    let known = KnownQueries::default();
    let by_domain = asked.is_by("domain");
    let filter = asked.spans(SELECTED);
    let parts = reader.work_through_spans(&filter, &NAMES[..PARTS], cancel, |columns| {
        let mut seen = HashSet::new();
        let mut found = BTreeSet::new();
        for row in columns.rows().iter().copied() {
            let codes: [Option<usize>; PARTS] = std::array::from_fn(|at| columns.code(at, row));
            if !seen.insert(codes) {
                continue;
            }
            let query = read(&columns, &codes, &known);
            let is_wanted = query.is_some_and(|query| query.key(by_domain) == key);
            let text = codes[DESCRIPTION].and_then(|code| columns.text(DESCRIPTION, code));
            found.extend(text.filter(|_| is_wanted).map(Arc::from));
        }
        found
    })?;
    let texts: BTreeSet<Arc<str>> = parts.into_iter().flatten().collect();
    Ok([("description", texts)].into())
}

impl Query {
    /// As [`Table::key`] has it.
    fn key(&self, by_domain: bool) -> String {
        let text = match by_domain {
            true => Cell::None,
            false => Cell::text(&self.text),
        };
        let rest = [&self.system, &self.action].map(Cell::text);
        let domain = Cell::List(self.domain.clone());
        key_of([text].iter().chain(&rest).chain([&domain]))
    }
}

/// The query of a span with these codes; `None` when it says none.
pub(super) fn read(
    columns: &SpanColumns,
    codes: &[Option<usize>; PARTS],
    known: &KnownQueries,
) -> Option<Arc<Query>> {
    let text = |at: usize| {
        codes[at]
            .and_then(|code| columns.text(at, code))
            .unwrap_or_default()
    };
    let parts: [&str; PARTS] = std::array::from_fn(text);
    let make = || query(&parts, &known.statements).map(Arc::new);
    known.queries.of(&parts.join("\0"), make)
}

fn query(parts: &[&str; PARTS], statements: &Made<Option<Arc<Statement>>>) -> Option<Query> {
    let [op, description, collection, system, operation, origin] = *parts;
    let filled = |text: &'static str, own: &str| match own.is_empty() {
        true => text.to_owned(),
        false => own.to_lowercase(),
    };
    let is_redis = op == "db.redis" || system.eq_ignore_ascii_case("redis");
    let system = filled(if is_redis { "redis" } else { "" }, system);
    let some = |text| Some(text).filter(|text: &&str| !text.is_empty());
    let described = Described {
        op,
        description,
        db_system: some(&system),
        db_operation: some(operation),
        db_collection: some(collection),
        origin: some(origin),
        ..Described::default()
    };
    // Texts that differ in literals only are one statement, which is read once.
    let statement = match is_redis || system == "mongodb" {
        true => None,
        false => sql::shape(description, some(&system)).and_then(|shape| {
            let read = || sql::statement(description, some(&system)).map(Arc::new);
            statements.of(&shape, read)
        }),
    };
    let text = normalise::describe_with(&described, &|text, system| match &statement {
        Some(statement) => Some(statement.template.clone()),
        None => sql::template(text, system),
    })?;
    let tables = statement.as_ref().and_then(|read| read.tables.as_ref());
    let domain: Vec<Arc<str>> = match tables {
        Some(tables) => tables
            .split(',')
            .filter(|table| !table.is_empty())
            .map(Arc::from)
            .collect(),
        None => some(collection).into_iter().map(Arc::from).collect(),
    };
    let action: Arc<str> = match (some(operation), is_redis) {
        (_, true) => redis::command(description).unwrap_or_default().into(),
        (Some(operation), _) => operation.to_uppercase().into(),
        (None, _) => sql::action(description).unwrap_or_default().into(),
    };
    Some(Query {
        text: text.into(),
        system: system.into(),
        action,
        domain,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_from_its_parts() {
        let of = |parts: [&str; PARTS]| {
            let query = query(&parts, &Made::default())?;
            let domain = query.domain.join(",");
            Some(format!(
                "{} | {} | {} | {domain}",
                query.text, query.system, query.action
            ))
        };
        for (parts, expected) in [
            (
                [
                    "db",
                    "SELECT a FROM b WHERE c = 7",
                    "",
                    "postgresql",
                    "",
                    "",
                ],
                Some("SELECT a FROM b WHERE c = %s | postgresql | SELECT | b"),
            ),
            (
                ["db.redis", "GET 'x:1'", "", "", "", ""],
                Some("GET * | redis | GET | "),
            ),
            (
                ["db", "{\"find\": \"x\"}", "users", "mongodb", "find", ""],
                Some("{\"find\":\"users\"} | mongodb | FIND | users"),
            ),
            (["db", "connect", "", "postgresql", "", ""], None),
        ] {
            assert_eq!(of(parts).as_deref(), expected, "{parts:?}");
        }
    }
}
