//! Queries that became slower or faster: [`trends`] of each template, told apart by `query, system`.

use super::{KnownQueries, NAMES, PARTS, Query, SELECTED, read};
use crate::insights::gather::{Sum, gather};
use crate::insights::table::{column, detail};
use crate::insights::trends::{self, Group, Run};
use crate::insights::{Asked, Cell, Column, Module, Table, Unit};
use crate::model::CancelToken;
use crate::store::{Reader, SpanColumns, StoreError};
use hashbrown::HashMap;
use std::sync::Arc;

const COLUMNS: [Column; 2] = [
    column("query", "Query", Unit::Text),
    detail("system", "System", Unit::Text),
];

/// The runs of a query.
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
    let known = KnownQueries::default();
    let filter = asked.spans(SELECTED);
    let groups = gather(reader, &filter, NAMES, cancel, |columns, groups| {
        for (query, runs) in runs(columns, &known) {
            let group: &mut Runs = groups.entry(query).or_default();
            group.0.extend(runs);
        }
    })?;
    let group = |(query, runs): (Arc<Query>, Runs)| Group {
        names: vec![Cell::text(&query.text), Cell::text(&query.system)],
        runs: runs.0,
    };
    let groups = groups.into_iter().map(group).collect();
    let time = asked.time(reader, cancel)?;
    Ok(trends::table(Module::Queries, &COLUMNS, groups, time))
}

fn runs(columns: &SpanColumns, known: &KnownQueries) -> Vec<(Arc<Query>, Vec<Run>)> {
    let mut places: HashMap<[Option<usize>; PARTS], Option<usize>> = HashMap::new();
    let mut found: Vec<(Arc<Query>, Vec<Run>)> = Vec::new();
    for row in columns.rows().iter().copied() {
        let codes: [Option<usize>; PARTS] = std::array::from_fn(|at| columns.code(at, row));
        let place = *places.entry(codes).or_insert_with(|| {
            found.push((read(columns, &codes, known)?, Vec::new()));
            Some(found.len() - 1)
        });
        if let Some(place) = place {
            let run = (columns.start(row), columns.duration(row), columns.at(row));
            found[place].1.push(run);
        }
    }
    found
}
