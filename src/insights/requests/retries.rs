//! Retries: requests that were made again after they failed.
//!
//! Attempts are requests of one method and address within a transaction, each begun after the one before ended, at most [`PATIENCE`] after
//! it, and after one that failed: with 429, 5xx or an error without an answer. Columns:
//!
//! | column | meaning |
//! |---|---|
//! | `domain, route` | where they went |
//! | `retried` | requests that were made again, however often |
//! | `attempts` | all attempts of these, the first ones included |
//! | `most` | the most attempts of one |
//! | `recovered, given_up` | how many of them worked in the end, and how many did not |
//! | `avg_wait` | the mean time from the end of an attempt to the start of the next |
//! | `time_lost` | the time from the first attempt's start to the last one's start, over all |
//! | `callers` | the transactions that retried, with how often |
//! | `longest` | the first attempt of the one that lost most time |

use super::asks::{Ask, Asks};
use crate::insights::family::{Family, Member};
use crate::insights::measure::mean;
use crate::insights::table::{column, detail};
use crate::insights::{Asked, Cell, Column, Module, Table, Unit};
use crate::model::CancelToken;
use crate::model::record::RecordRef;
use crate::store::{Reader, StoreError};
use hashbrown::HashMap;

/// How long after a failure the same request still is a retry of it, nanoseconds.
const PATIENCE: i64 = 60_000_000_000;

const COLUMNS: [Column; 11] = [
    column("domain", "Domain", Unit::Text),
    column("route", "Route", Unit::Text),
    column("retried", "Retried", Unit::Count),
    column("attempts", "Attempts", Unit::Count),
    column("most", "Most", Unit::Count),
    column("recovered", "Recovered", Unit::Count),
    column("given_up", "Given up", Unit::Count),
    column("avg_wait", "Wait", Unit::Duration),
    column("time_lost", "Time lost", Unit::Duration),
    detail("callers", "Callers", Unit::Counts),
    detail("longest", "Longest", Unit::Span),
];

#[derive(Default)]
struct Retries {
    retried: u64,
    attempts: u64,
    most: u64,
    recovered: u64,
    waits: i128,
    time_lost: i64,
    callers: HashMap<u32, u64>,
    longest: Option<(i64, RecordRef)>,
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
    let asks = Asks::read(reader, asked, family, cancel)?;
    let mut same: HashMap<(Member, u64), Vec<&Ask>> = HashMap::new();
    for ask in &asks.all {
        if let Some(member) = ask.member {
            let key = (family.entry(member), ask.address);
            same.entry(key).or_default().push(ask);
        }
    }
    let mut rows: HashMap<(u32, u32), Retries> = HashMap::new();
    for ((entry, _), attempts) in &same {
        for run in attempts.chunk_by(|before, after| is_retry(before, after)) {
            if let [first, .., last] = run {
                let retries = rows.entry((first.domain, first.route)).or_default();
                retries.add(run, first, last);
                let caller = family.transaction(*entry);
                *retries.callers.entry(caller).or_default() += 1;
            }
        }
    }
    let row = |((domain, route), retries): ((u32, u32), Retries)| {
        vec![
            Cell::text(&asks.text(domain)),
            Cell::text(&asks.text(route)),
            Cell::count(retries.retried),
            Cell::count(retries.attempts),
            Cell::count(retries.most),
            Cell::count(retries.recovered),
            Cell::count(retries.retried - retries.recovered),
            Cell::int(mean(retries.waits, retries.attempts - retries.retried)),
            Cell::Int(retries.time_lost),
            Cell::Counts(family.counted(&retries.callers)),
            retries.longest.map_or(Cell::None, |(_, at)| Cell::Span(at)),
        ]
    };
    let table = Table::of(
        Module::Requests,
        COLUMNS,
        rows.into_iter().map(row).collect(),
        asked.time(reader, cancel)?,
    );
    Ok(table.greatest_first("retried"))
}

fn is_retry(before: &Ask, after: &Ask) -> bool {
    let wait = after.start.saturating_sub(before.end());
    has_failed(before) && (0..=PATIENCE).contains(&wait)
}

fn has_failed(ask: &Ask) -> bool {
    ask.is_refused() || (ask.failed && ask.code == 0)
}

impl Retries {
    fn add(&mut self, run: &[&Ask], first: &Ask, last: &Ask) {
        let attempts = run.len() as u64;
        let lost = last.start.saturating_sub(first.start);
        self.retried += 1;
        self.attempts += attempts;
        self.most = self.most.max(attempts);
        self.recovered += u64::from(!has_failed(last));
        let waits = run.windows(2).map(|pair| pair[1].start - pair[0].end());
        self.waits += waits.map(i128::from).sum::<i128>();
        self.time_lost = self.time_lost.saturating_add(lost);
        if self.longest.is_none_or(|(longest, _)| lost > longest) {
            self.longest = Some((lost, first.at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(start: i64, code: u16, failed: bool) -> Ask {
        Ask {
            at: RecordRef {
                segment: 1,
                row: start as u32,
            },
            member: None,
            trace: 1,
            start,
            duration: 10,
            code,
            failed,
            domain: 0,
            route: 0,
            address: 0,
        }
    }

    #[test]
    fn a_request_is_made_again_after_it_failed() {
        for (before, after, expected) in [
            (ask(0, 503, true), ask(20, 200, false), true),
            (ask(0, 429, false), ask(10, 429, false), true),
            (ask(0, 0, true), ask(20, 200, false), true),
            (ask(0, 404, true), ask(20, 200, false), false),
            (ask(0, 200, false), ask(20, 200, false), false),
            // Side by side with the first.
            (ask(0, 503, true), ask(5, 200, false), false),
            (ask(0, 503, true), ask(PATIENCE + 11, 200, false), false),
        ] {
            assert_eq!(is_retry(&before, &after), expected, "{before:?} {after:?}");
        }
        let run = [ask(0, 503, true), ask(20, 429, true), ask(50, 200, false)];
        let run: Vec<&Ask> = run.iter().collect();
        let mut retries = Retries::default();
        retries.add(&run, run[0], run[2]);
        assert_eq!(
            (
                retries.retried,
                retries.attempts,
                retries.recovered,
                retries.waits,
                retries.time_lost
            ),
            (1, 3, 1, 30, 50)
        );
    }
}
