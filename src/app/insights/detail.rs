//! One row of a module, looked at closely: how long its spans took, which took longest, what goes with slowness.

use super::records;
use super::{Behind, Module};
use crate::analysis::differs::{Differences, differences};
use crate::analysis::percentile::percentile;
use crate::app::issues::Issue;
use crate::app::route::SpansPlace;
use crate::insights::behind::{self, Number};
use crate::insights::spent::{self, Spent};
use crate::insights::{Cell, Table};
use crate::layout::DurationHistogram;
use crate::model::conventions::Category;
use crate::model::record::{RecordRef, SpanEntry};
use crate::model::{CancelToken, SpanId};
use crate::query::{self, Comparison, Expr, Term, Test};
use crate::store::{Filter, Reader, RecordKind, SpanOrder, StoreError};
use hashbrown::HashSet;
use std::sync::Arc;

/// Spans listed as samples.
const SAMPLES: usize = 8;
/// Bars of the durations.
const BINS: usize = 60;
/// Fewer spans than that do not show what goes with slowness.
const LEAST: usize = 20;
/// The slowest of so many hundredths are slow.
const SLOW: f64 = 0.95;
const SPAN: RecordKind = RecordKind::Span;

/// A part of the time of transactions.
#[derive(Debug)]
pub struct Part {
    /// What it was spent on.
    pub category: Category,
    /// Self time, nanoseconds.
    pub nanos: i64,
    /// The spans that it was spent in, as a search.
    pub search: String,
}

/// What is known of a row.
#[derive(Debug)]
pub struct Detail {
    /// Its module.
    pub module: Module,
    /// Its key.
    pub row: String,
    /// Its spans, as a search.
    pub records: SpansPlace,
    /// How many of them took how long.
    pub durations: DurationHistogram,
    /// How many the search finds.
    pub found: u64,
    /// Those that took longest.
    pub slowest: Vec<SpanEntry>,
    /// Those that began last.
    pub recent: Vec<SpanEntry>,
    /// Of transactions, what their time was spent on.
    pub spent: Vec<Part>,
    /// What holds over the row, as a search.
    pub within: String,
    /// What the slow ones have that others have not, and from how many nanoseconds they are slow; `None` if there are too
    /// few spans to tell.
    pub slow: Option<(i64, Differences)>,
    /// Issues that its spans show, by their places among those that were found.
    pub issues: Vec<usize>,
}

impl Detail {
    /// Looks closely at the row of a number; `issues` are those that were found so far.
    pub fn read(
        reader: &Reader,
        of: Behind,
        issues: &[Issue],
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let Behind {
            wanted,
            table,
            row,
            filters,
            ..
        } = of;
        let family = || wanted.family(reader, cancel);
        let number = Number {
            table: &table,
            row,
            column: "",
        };
        let spans = behind::search(reader, &wanted.asked(reader)?, &family, number, cancel)?;
        let records = records::place(&spans.search, &filters, &table, row, "");
        let filter = records.filter().map(|(filter, _)| filter);
        let filter =
            filter.map_err(|error| StoreError::failed("read the search", error.message))?;
        let parts = reader.work_through_spans(&filter, &[], cancel, |columns| {
            let rows = columns.rows().iter().copied();
            let span = |row: u32| (columns.duration(row), columns.span(row));
            rows.map(span).collect::<Vec<(i64, u64)>>()
        })?;
        let spans: Vec<(i64, u64)> = parts.into_iter().flatten().collect();
        let durations: Vec<i64> = spans.iter().map(|(duration, _)| *duration).collect();
        let first = |order| -> Result<Vec<SpanEntry>, StoreError> {
            let found = reader.find_spans(&filter, order, true, cancel)?;
            let refs: Vec<RecordRef> = found.refs.iter().copied().take(SAMPLES).collect();
            reader.span_rows(&refs, &[])
        };
        let ids: HashSet<SpanId> = spans.iter().map(|(_, id)| SpanId(*id)).collect();
        let name = table.cell(row, "transaction").map(|cell| cell.words());
        let name = name.filter(|_| table.module == Module::Transactions);
        let issues = issues.iter().enumerate();
        let related = issues.filter(|(_, issue)| is_related(issue, name.as_deref(), &ids));
        Ok(Self {
            module: table.module,
            row: table.key(row).unwrap_or_default(),
            durations: DurationHistogram::new(&durations, BINS),
            found: spans.len() as u64,
            slowest: first(SpanOrder::Duration)?,
            recent: first(SpanOrder::Start)?,
            spent: match table.module {
                Module::Transactions => {
                    let family = wanted.family(reader, cancel)?;
                    let spent = spent::by_category(reader, &family, &filter, cancel)?;
                    spent
                        .iter()
                        .map(|part| part_of(&table, row, part, &wanted.by))
                        .collect()
                }
                _ => Vec::new(),
            },
            within: filters.search(),
            slow: slow(reader, &filter, durations, cancel)?,
            issues: related.map(|(place, _)| place).collect(),
            records,
        })
    }
}

/// Where a part of a transaction's time was spent: spans of its kind in the transaction, in its service.
fn part_of(table: &Table, row: usize, part: &Spent, by: &str) -> Part {
    let text = |name: &str| table.cell(row, name).map(Cell::words).unwrap_or_default();
    let with = |search: &str, key: &str, value: &str| match value {
        "" => query::with_absence(search, key),
        value => query::with_term(search, key, value, false),
    };
    let search = with("", "transaction", &text("transaction"));
    let search = match text("service").as_str() {
        "" => search,
        service => with(&search, "service", service),
    };
    let search = match by {
        "release" | "environment" => with(&search, by, &text(by)),
        _ => search,
    };
    let ops = part.ops.iter().map(|op| with("", "op", op));
    let ops: Vec<String> = ops.collect();
    Part {
        category: part.category,
        nanos: part.nanos,
        search: query::both(&search, &ops.join(" OR ")),
    }
}

/// Whether an issue was met in a transaction, or shows in one of these spans: a job fails in the transaction of whoever left
/// it to be done.
fn is_related(issue: &Issue, transaction: Option<&str>, spans: &HashSet<SpanId>) -> bool {
    let is_named = |name: &str| issue.transactions.iter().any(|known| **known == *name);
    let samples = issue.samples.iter();
    let mut shown = samples.flat_map(|sample| &sample.spans);
    transaction.is_some_and(is_named) || shown.any(|span| spans.contains(span))
}

/// What the slowest spans have that the others have not.
fn slow(
    reader: &Reader,
    filter: &Filter,
    mut durations: Vec<i64>,
    cancel: &CancelToken,
) -> Result<Option<(i64, Differences)>, StoreError> {
    if durations.len() < LEAST {
        return Ok(None);
    }
    let from = percentile(&mut durations, SLOW);
    let term = Expr::Term(Term {
        key: "span.duration".to_owned(),
        test: Test::Compare(Comparison::GreaterOrEqual, from as f64),
    });
    let inside = Filter {
        search: Expr::all_of([filter.search.clone(), term]),
        range: filter.range,
    };
    let counted = reader.differs(SPAN, &inside, filter, cancel)?;
    Ok(Some((from, differences(counted))))
}

/// What is looked at, to know when to look anew: version of the data, of the table and of the issues, and the row.
pub type DetailKey = (u64, u64, u64, String);
/// A question's share of the issues.
pub type FoundIssues = Arc<[Issue]>;
