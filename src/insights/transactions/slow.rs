//! Attributes that go with slowness: what differs between the slow runs of a transaction and its others.
//!
//! Looked at are the transactions that take most time, at most [`LOOKED_AT`], of those with at least [`RUNS`] runs. Slow is what takes longer
//! than the 90th percentile of its transaction. How much an attribute differs is measured as everywhere ([`differs`]): attributes
//! that chance may explain are left out. Columns:
//!
//! | column | meaning |
//! |---|---|
//! | `transaction` | which |
//! | `slower_than` | the 90th percentile of its durations |
//! | `attribute, value` | the attribute, and the value that is most more frequent among slow runs |
//! | `slow, others` | the share of slow runs and of others that have the value |
//! | `score` | how much the attribute differs in all, 0 to 1 |
//! | `search` | spans with the value; null where no search tells them |

use super::SELECTED;
#[cfg(doc)]
use crate::analysis::differs;
use crate::analysis::differs::differences;
use crate::insights::narrowed::narrowed;
use crate::insights::table::{column, detail};
use crate::insights::{Asked, Cell, Column, Module, Table, Unit};
use crate::model::{CancelToken, Value};
use crate::query::{self, Aggregate, Expr, Percent, quote};
use crate::store::{Filter, Grouping, Reader, RecordKind, StoreError};

/// Transactions that are looked at.
const LOOKED_AT: usize = 5;
/// Runs it takes to tell slow ones from others.
const RUNS: u64 = 50;
/// Attributes told of a transaction.
const TOLD: usize = 5;

const COLUMNS: [Column; 8] = [
    column("transaction", "Transaction", Unit::Text),
    column("slower_than", "Slower than", Unit::Duration),
    column("attribute", "Attribute", Unit::Text),
    column("value", "Value", Unit::Text),
    column("slow", "Of slow", Unit::Share),
    column("others", "Of others", Unit::Share),
    column("score", "Score", Unit::Number),
    detail("search", "Search", Unit::Text),
];

/// See the module.
///
/// # Errors
/// As with every question.
pub fn table(reader: &Reader, asked: &Asked, cancel: &CancelToken) -> Result<Table, StoreError> {
    let filter = asked.spans(SELECTED);
    let duration = || "duration".to_owned();
    let aggregates = [
        Aggregate::Sum(duration()),
        Aggregate::Percentile(Percent::P90, duration()),
    ];
    let grouping = Grouping::new(&["name"], &aggregates, usize::MAX);
    let groups = reader.group(RecordKind::Span, &filter, &grouping, cancel)?;
    let worth = groups.groups.iter().filter(|group| group.count >= RUNS);
    let mut rows = Vec::new();
    for group in worth.take(LOOKED_AT) {
        let Some(name) = group.keys.first().and_then(Option::as_ref) else {
            continue;
        };
        let limit = match group.values.get(1) {
            Some(Value::Int(limit)) => *limit,
            Some(Value::Float(limit)) => limit.round() as i64,
            _ => continue,
        };
        let own = format!("name:{}", quote(&name.text()));
        let own_runs = |more: &str| -> Filter {
            let search = query::parse_filter(&format!("{own} {more}")).unwrap_or_default();
            Filter {
                search: Expr::all_of([search, filter.search.clone()]),
                range: filter.range,
            }
        };
        let (slow, all) = (own_runs(&format!("duration:>{limit}ns")), own_runs(""));
        let found = differences(reader.differs(RecordKind::Span, &slow, &all, cancel)?);
        let records = found.records;
        // That slow runs last longer is how they were chosen.
        let told = found.attributes.iter();
        let told = told.filter(|attribute| !attribute.asked && &*attribute.key != "duration");
        for attribute in told.take(TOLD) {
            let share = |count: u64, of: u64| count as f64 / of.max(1) as f64;
            let more = |line: &&crate::analysis::differs::Line| {
                share(line.count.inside, records.inside)
                    - share(line.count.outside, records.outside)
            };
            let most = attribute
                .values
                .iter()
                .max_by(|left, right| more(left).total_cmp(&more(right)));
            let Some(line) = most else {
                continue;
            };
            let search = narrowed("", &attribute.key, &line.what, false);
            rows.push(vec![
                Cell::Text(name.text().as_ref().into()),
                Cell::Int(limit),
                Cell::text(&attribute.key),
                Cell::Text(line.what.text().as_ref().into()),
                Cell::share(line.count.inside, records.inside),
                Cell::share(line.count.outside, records.outside),
                Cell::Float(attribute.score),
                search.map_or(Cell::None, |search| Cell::Text(search.into())),
            ]);
        }
    }
    Ok(Table {
        module: Module::Transactions,
        rows,
        columns: COLUMNS.to_vec(),
        time: asked.time(reader, cancel)?,
        notes: vec![format!(
            "transactions with fewer than {RUNS} runs are not judged"
        )],
    })
}
