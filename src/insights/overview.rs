//! How the capture is, on one page: services and who calls whom, the worst endpoints, what mending would win, and the health of
//! caches, queues, requests and agents. As data, and as sentences in plain words, each with a place behind it.
//!
//! Every figure is one of a module's table, a closer look or the issues; nothing is computed here in another way. What spans are to
//! each other is read once for all of it. Issues are handed in: the window keeps them, and finding them opens every trace.

mod calls;
mod sentences;

pub use sentences::of_issues;

use super::caches::keys;
use super::doctor::{self, Finding};
use super::family::Family;
use super::issue::Issue;
use super::place::Place;
use super::queues::{backlog, periodic};
use super::{Asked, Cell, Module, Table, table_among, transactions};
use crate::analysis::service_map::ServiceEdge;
use crate::model::{CancelToken, TimeRange, Value};
use crate::query::{Aggregate, Percent, quote};
use crate::store::{Grouping, Reader, RecordKind, StoreError};
use std::sync::Arc;

/// Endpoints and issues that are listed.
const LISTED: usize = 5;

/// How a capture is.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The time that rates refer to.
    pub time: Option<TimeRange>,
    /// In plain words, what matters most first within each part.
    pub sentences: Vec<Sentence>,
    /// Services by their requests, most first.
    pub services: Vec<Service>,
    /// Who calls whom: places in [`Self::services`].
    pub calls: Vec<ServiceEdge>,
    /// The transactions with most failures, then those that take most time.
    pub endpoints: Vec<Endpoint>,
    /// The tables behind it: transactions, queries, requests, caches, queues and agents.
    pub tables: Vec<Table>,
    /// What is wrong with the instrumentation.
    pub findings: Vec<Finding>,
}

/// A service.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Its name; empty for spans that name none.
    pub name: Arc<str>,
    /// Entry spans: requests answered, jobs done, pages loaded.
    pub requests: u64,
    /// How many a minute.
    pub tpm: Option<f64>,
    /// How many failed.
    pub failed: u64,
    /// The duration that 95 of 100 stay below, nanoseconds.
    pub p95: Option<i64>,
}

/// A transaction that is worth a look.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// Its name, and the service that does it.
    pub transaction: Arc<str>,
    /// The service.
    pub service: Arc<str>,
    /// How many.
    pub count: u64,
    /// How many failed.
    pub failed: u64,
    /// The duration that 95 of 100 stay below, nanoseconds.
    pub p95: Option<i64>,
    /// The share of the time of all transactions.
    pub share: Option<f64>,
    /// Its spans.
    pub place: Place,
}

/// How good what is said is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Good,
    /// Neither good nor bad.
    Plain,
    /// Somebody should look.
    Bad,
}

/// A sentence with what is behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sentence {
    /// The part of the page: `capture`, `endpoints`, `issues`, `queries`, `requests`, `caches`, `queues`, `agents`, `instrumentation`.
    pub part: &'static str,
    /// How good it is.
    pub tone: Tone,
    /// The words.
    pub text: String,
    /// Where to look further.
    pub place: Place,
}

/// The modules whose tables are part of it, behind that of the transactions.
const MODULES: [Module; 5] = [
    Module::Queries,
    Module::Requests,
    Module::Caches,
    Module::Queues,
    Module::Agents,
];

/// See the module. `issues` are those of the same records, the one whose mending wins most first.
///
/// # Errors
/// As with every question.
pub fn overview(
    reader: &Reader,
    asked: &Asked,
    issues: &[Issue],
    cancel: &CancelToken,
) -> Result<Overview, StoreError> {
    let first = first(reader, asked, cancel)?;
    let family = Family::read(reader, cancel)?;
    rest(reader, asked, (&family, issues), first, cancel)
}

/// The first figures: services and endpoints, which are there long before all that is to be said of them.
///
/// # Errors
/// As with every question.
pub fn first(reader: &Reader, asked: &Asked, cancel: &CancelToken) -> Result<Overview, StoreError> {
    let services = services(reader, asked, cancel)?;
    let transactions = transactions::table(reader, asked, cancel)?;
    Ok(Overview {
        time: asked.time(reader, cancel)?,
        sentences: Vec::new(),
        services,
        calls: Vec::new(),
        endpoints: endpoints(&transactions),
        tables: vec![transactions],
        findings: Vec::new(),
    })
}

/// All of it, where the first figures and what spans are to each other are at hand.
///
/// # Errors
/// As with every question.
pub fn rest(
    reader: &Reader,
    asked: &Asked,
    (family, issues): (&Family, &[Issue]),
    first: Overview,
    cancel: &CancelToken,
) -> Result<Overview, StoreError> {
    let Overview {
        time,
        services,
        endpoints,
        mut tables,
        ..
    } = first;
    for module in MODULES {
        tables.push(table_among(module, reader, asked, family, cancel)?);
    }
    let is_used = |module: Module| {
        tables
            .iter()
            .any(|table| table.module == module && !table.rows.is_empty())
    };
    let keys = match is_used(Module::Caches) {
        true => Some(keys::table(reader, asked, family, cancel)?),
        false => None,
    };
    let backlogs = match is_used(Module::Queues) {
        true => Some(backlog::table(reader, asked, family, cancel)?),
        false => None,
    };
    let periodic = periodic::table(reader, asked, cancel)?;
    let findings = doctor::findings(reader, asked, family, cancel)?;
    let facts = sentences::Facts {
        services: &services,
        endpoints: &endpoints,
        issues,
        tables: &tables,
        keys: keys.as_ref(),
        backlogs: backlogs.as_ref(),
        periodic: &periodic,
        findings: &findings,
        time,
    };
    let sentences = facts.sentences();
    let (services, calls) = calls::calls(reader, asked, family, services, cancel)?;
    Ok(Overview {
        time,
        sentences,
        services,
        calls,
        endpoints,
        tables,
        findings,
    })
}

fn services(
    reader: &Reader,
    asked: &Asked,
    cancel: &CancelToken,
) -> Result<Vec<Service>, StoreError> {
    let filter = asked.spans(transactions::SELECTED);
    let aggregates = [
        Aggregate::Count,
        Aggregate::FailureCount,
        Aggregate::Percentile(Percent::P95, "duration".to_owned()),
    ];
    let grouping = Grouping::new(&["service"], &aggregates, usize::MAX);
    let groups = reader.group(RecordKind::Span, &filter, &grouping, cancel)?;
    let time = asked.time(reader, cancel)?;
    let service = |group: &crate::store::Group| {
        let number = |at: usize| match group.values.get(at) {
            Some(Value::Int(number)) => Some(*number),
            Some(Value::Float(number)) => Some(number.round() as i64),
            _ => None,
        };
        let name = group.keys.first().and_then(Option::as_ref);
        Service {
            name: name.map_or_else(Arc::default, |name| Arc::from(&*name.text())),
            requests: group.count,
            tpm: super::measure::per_minute(group.count, time),
            failed: number(1)
                .and_then(|failed| u64::try_from(failed).ok())
                .unwrap_or(0),
            p95: number(2),
        }
    };
    Ok(groups.groups.iter().map(service).collect())
}

/// The transactions with most failures, then those that take most time; each once.
fn endpoints(table: &Table) -> Vec<Endpoint> {
    let count = |row: usize, name: &str| match table.cell(row, name) {
        Some(Cell::Int(count)) => u64::try_from(*count).unwrap_or(0),
        _ => 0,
    };
    let mut failing: Vec<usize> = (0..table.rows.len())
        .filter(|row| count(*row, "failed") > 0)
        .collect();
    failing.sort_by_key(|row| std::cmp::Reverse(count(*row, "failed")));
    failing.truncate(LISTED);
    // The module's own order is the time they take.
    let slow = (0..table.rows.len()).take(LISTED);
    let mut rows = failing;
    for row in slow {
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    let text = |row: usize, name: &str| match table.cell(row, name) {
        Some(Cell::Text(text)) => text.clone(),
        _ => Arc::default(),
    };
    let endpoint = |row: usize| {
        let transaction = text(row, "transaction");
        let mut search = format!("is:segment name:{}", quote(&transaction));
        let service = text(row, "service");
        if !service.is_empty() {
            search.push_str(&format!(" service:{}", quote(&service)));
        }
        Endpoint {
            count: count(row, "count"),
            failed: count(row, "failed"),
            p95: match table.cell(row, "p95") {
                Some(Cell::Int(p95)) => Some(*p95),
                _ => None,
            },
            share: table.cell(row, "share").and_then(Cell::number),
            place: Place::Spans(search),
            transaction,
            service,
        }
    };
    rows.into_iter().map(endpoint).collect()
}
