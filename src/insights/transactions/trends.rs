//! Transactions that became slower or faster: [`trends`] of each, told apart by `transaction, op, service`.

use super::SELECTED;
use crate::insights::gather::{Sum, gather};
use crate::insights::table::column;
use crate::insights::trends::{self, Group, Run};
use crate::insights::{Asked, Cell, Column, Module, Table, Unit};
use crate::model::CancelToken;
use crate::store::{Reader, SpanColumns, StoreError};
use hashbrown::HashMap;
use std::sync::Arc;

const NAMES: &[&[&str]] = &[&["name"], &["op"], &["service"]];
const COLUMNS: [Column; 3] = [
    column("transaction", "Transaction", Unit::Text),
    column("op", "Operation", Unit::Text),
    column("service", "Service", Unit::Text),
];

/// The runs of a group.
#[derive(Default)]
struct Runs(Vec<Run>);

impl Sum for Runs {
    fn absorb(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

/// See the module.
///
/// # Errors
/// As with every question.
pub fn table(reader: &Reader, asked: &Asked, cancel: &CancelToken) -> Result<Table, StoreError> {
    let filter = asked.spans(SELECTED);
    let groups = gather(reader, &filter, NAMES, cancel, |columns, groups| {
        for (names, runs) in runs(columns) {
            let group: &mut Runs = groups.entry(names).or_default();
            group.0.extend(runs);
        }
    })?;
    let group = |(names, runs): ([Arc<str>; 3], Runs)| Group {
        names: names.iter().map(Cell::text).collect(),
        runs: runs.0,
    };
    let groups = groups.into_iter().map(group).collect();
    let time = asked.time(reader, cancel)?;
    Ok(trends::table(Module::Transactions, &COLUMNS, groups, time))
}

fn runs(columns: &SpanColumns) -> Vec<([Arc<str>; 3], Vec<Run>)> {
    let mut places: HashMap<[Option<usize>; 3], usize> = HashMap::new();
    let mut found: Vec<([Arc<str>; 3], Vec<Run>)> = Vec::new();
    for row in columns.rows().iter().copied() {
        let codes: [Option<usize>; 3] = std::array::from_fn(|at| columns.code(at, row));
        let place = *places.entry(codes).or_insert_with(|| {
            let text = |at: usize| {
                let text = codes[at].and_then(|code| columns.text(at, code));
                Arc::from(text.unwrap_or_default())
            };
            found.push((std::array::from_fn(text), Vec::new()));
            found.len() - 1
        });
        let run = (columns.start(row), columns.duration(row), columns.at(row));
        found[place].1.push(run);
    }
    found
}
