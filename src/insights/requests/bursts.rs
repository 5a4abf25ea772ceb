//! Bursts: stretches of time in which another service turned requests away (429) or failed (5xx).
//!
//! A burst is at least [`BURST`] such answers of one sort from one domain, none more than 10 s after the one before. Columns:
//!
//! | column | meaning |
//! |---|---|
//! | `name` | the burst in words |
//! | `domain, sort` | who refused; `429` or `5xx` |
//! | `start, end` | when the first and the last of these requests began |
//! | `count` | how many were refused |
//! | `share` | of all requests to the domain that began in that time |
//! | `statuses, routes` | the codes and the routes, with how often |
//! | `callers` | the transactions that asked, with how often |
//! | `retry_after` | the mean time from a refusal to the next request of the same method and address in the same transaction; null where none came |
//! | `traces` | ids of traces it shows in, at most ten |
//! | `first` | the first of the requests |

use super::asks::{Ask, Asks};
use super::{BURST, BURST_GAP};
use crate::insights::family::{Family, Member};
use crate::insights::measure::mean;
use crate::insights::table::{column, detail};
use crate::insights::{Asked, Cell, Column, Module, Table, Unit};
use crate::model::human::{self, Clock};
use crate::model::{CancelToken, Nanos};
use crate::store::{Reader, StoreError};
use hashbrown::HashMap;
use std::sync::Arc;

/// Traces that are listed.
const TRACES: usize = 10;

const COLUMNS: [Column; 13] = [
    column("name", "Burst", Unit::Text),
    detail("domain", "Domain", Unit::Text),
    column("sort", "Answer", Unit::Text),
    column("start", "From", Unit::Time),
    column("end", "To", Unit::Time),
    column("count", "Refused", Unit::Count),
    column("share", "Of all then", Unit::Share),
    detail("statuses", "Statuses", Unit::Counts),
    detail("routes", "Routes", Unit::Counts),
    detail("callers", "Callers", Unit::Counts),
    detail("retry_after", "Asked again after", Unit::Duration),
    detail("traces", "Traces", Unit::List),
    detail("first", "First", Unit::Span),
];

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
    let asks = Asks::read(reader, asked, family, cancel)?;
    let mut domains: HashMap<u32, Vec<i64>> = HashMap::new();
    let mut refused: HashMap<(u32, bool), Vec<&Ask>> = HashMap::new();
    for ask in &asks.all {
        domains.entry(ask.domain).or_default().push(ask.start);
        if ask.is_refused() {
            refused
                .entry((ask.domain, ask.code == 429))
                .or_default()
                .push(ask);
        }
    }
    let again = again(&asks.all, family);
    let mut rows = Vec::new();
    for ((domain, is_limit), refused) in refused {
        let starts = domains.get(&domain).map(Vec::as_slice).unwrap_or_default();
        let near =
            |before: &&Ask, after: &&Ask| after.start.saturating_sub(before.start) <= BURST_GAP;
        let runs = refused.chunk_by(near).filter(|run| run.len() >= BURST);
        for run in runs {
            let burst = Burst {
                domain: asks.text(domain),
                sort: if is_limit { "429" } else { "5xx" },
                run,
                starts,
            };
            rows.push(burst.cells(&asks, family, &again, reader)?);
        }
    }
    let mut table = Table {
        module: Module::Requests,
        rows,
        columns: COLUMNS.to_vec(),
        time: asked.time(reader, cancel)?,
        notes: Vec::new(),
    };
    let order = table.column("count").unwrap_or_default();
    table.sort(order, true);
    Ok(table)
}

/// Of each refused request, when the same was asked again in its transaction: nanoseconds from its end.
fn again(asks: &[Ask], family: &Family) -> HashMap<crate::model::record::RecordRef, i64> {
    let mut last: HashMap<(Member, u64), &Ask> = HashMap::new();
    let mut again = HashMap::new();
    for ask in asks {
        let Some(member) = ask.member else {
            continue;
        };
        let before = last.insert((family.entry(member), ask.address), ask);
        if let Some(before) =
            before.filter(|before| before.is_refused() && ask.start >= before.end())
        {
            again.insert(before.at, ask.start - before.end());
        }
    }
    again
}

struct Burst<'a> {
    domain: Arc<str>,
    sort: &'static str,
    /// In the order of time; never empty.
    run: &'a [&'a Ask],
    /// When all requests to the domain began, in order.
    starts: &'a [i64],
}

impl Burst<'_> {
    fn cells(
        &self,
        asks: &Asks,
        family: &Family,
        again: &HashMap<crate::model::record::RecordRef, i64>,
        reader: &Reader,
    ) -> Result<Vec<Cell>, StoreError> {
        let ends = self.run.first().zip(self.run.last());
        let (start, end) = ends.map_or((0, 0), |(first, last)| (first.start, last.start));
        let all = self.starts.partition_point(|at| *at <= end)
            - self.starts.partition_point(|at| *at < start);
        let at = |time: i64| human::date_time(Nanos(time), Clock::Utc);
        let count = self.run.len() as u64;
        let name = format!(
            "{} answers {} {} from {} in {}",
            self.domain,
            human::grouped(count),
            if count == 1 { "request" } else { "requests" },
            at(start),
            human::duration(end - start)
        );
        let name = format!("{name} with {}", self.sort);
        let mut callers: HashMap<u32, u64> = HashMap::new();
        let mut numbers: Vec<i64> = Vec::new();
        for ask in self.run {
            if let Some(member) = ask.member {
                *callers.entry(family.transaction(member)).or_default() += 1;
            }
            if numbers.len() < TRACES && !numbers.contains(&ask.trace) && ask.trace != 0 {
                numbers.push(ask.trace);
            }
        }
        let traces = reader.trace_rows(&numbers)?;
        let waits: Vec<i128> = self
            .run
            .iter()
            .filter_map(|ask| again.get(&ask.at))
            .map(|wait| i128::from(*wait))
            .collect();
        Ok(vec![
            Cell::Text(name.into()),
            Cell::text(&self.domain),
            Cell::Text(self.sort.into()),
            Cell::Int(start),
            Cell::Int(end),
            Cell::count(count),
            Cell::share(count, all as u64),
            counted(self.run.iter().map(|ask| ask.code.to_string().into())),
            counted(self.run.iter().map(|ask| asks.text(ask.route))),
            Cell::Counts(family.counted(&callers)),
            Cell::int(mean(waits.iter().sum(), waits.len() as u64)),
            Cell::List(
                traces
                    .iter()
                    .map(|trace| trace.id.to_string().into())
                    .collect(),
            ),
            self.run
                .first()
                .map_or(Cell::None, |first| Cell::Span(first.at)),
        ])
    }
}

/// How many there are of each text, the most frequent first.
fn counted(texts: impl Iterator<Item = Arc<str>>) -> Cell {
    let mut counts: HashMap<Arc<str>, u64> = HashMap::new();
    for text in texts {
        *counts.entry(text).or_default() += 1;
    }
    let mut counts: Vec<(Arc<str>, u64)> = counts.into_iter().collect();
    counts.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    Cell::Counts(counts)
}
