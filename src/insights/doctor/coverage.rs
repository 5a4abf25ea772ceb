//! What services leave out: logs, trace ids in logs, spans within their requests.
//!
//! * *No logs*: a service with at least [`REQUESTS`] entry spans and no log record, where another one has some.
//! * *Untraced logs*: at least [`UNTRACED`] of a service's records, and [`RECORDS`] of them, belong to no trace, where the service has spans.
//! * *Uninstrumented time*: entry spans whose self time is at least [`BARE`] of their duration and at least [`LONG`], where they are at
//!   least [`OFTEN`] of the service's entry spans that last so long.

use super::lines::Lines;
use super::{Check, Found};
use crate::insights::Asked;
use crate::insights::family::Family;
use crate::insights::place::Place;
use crate::model::{CancelToken, human};
use crate::query::{self, Aggregate, Expr, quote};
use crate::store::{Filter, Grouping, Reader, RecordKind, StoreError};
use hashbrown::HashMap;
use std::cmp::Reverse;
use std::collections::BTreeMap;

const REQUESTS: u64 = 5;
const UNTRACED: f64 = 0.2;
const RECORDS: u64 = 10;
const BARE: f64 = 0.5;
const LONG: i64 = 50_000_000;
const OFTEN: f64 = 0.3;
/// Requests below which nothing is said about bare time.
const FEW: u64 = 3;

pub(super) fn findings(
    reader: &Reader,
    asked: &Asked,
    lines: &Lines,
    family: &Family,
    cancel: &CancelToken,
) -> Result<Vec<Found>, StoreError> {
    let mut found = logs(reader, asked, lines, cancel)?;
    found.extend(bare(lines, family));
    Ok(found)
}

fn logs(
    reader: &Reader,
    asked: &Asked,
    lines: &Lines,
    cancel: &CancelToken,
) -> Result<Vec<Found>, StoreError> {
    let mut by_number: HashMap<u32, u64> = HashMap::new();
    for line in &lines.all {
        *by_number.entry(line.service).or_default() += u64::from(line.is_segment);
    }
    // Number 0 is no name.
    let named = by_number.into_iter().filter(|(service, _)| *service != 0);
    let entries: BTreeMap<String, u64> = named
        .map(|(service, entries)| (lines.service(service), entries))
        .collect();
    // What the search asks of spans, log records need not have.
    let in_range = |search: &str| -> Result<BTreeMap<String, u64>, StoreError> {
        let filter = Filter {
            search: query::parse_filter(search).unwrap_or(Expr::All),
            range: asked.filter.range,
        };
        let grouping = Grouping::new(&["service"], &[Aggregate::Count], usize::MAX);
        let groups = reader.group(RecordKind::Log, &filter, &grouping, cancel)?;
        let named = groups.groups.iter().filter_map(|group| {
            let name = group.keys.first()?.as_ref()?;
            Some((name.text().into_owned(), group.count))
        });
        Ok(named.collect())
    };
    let all = in_range("")?;
    let untraced = in_range("!is:traced")?;
    let mut found = Vec::new();
    for (service, entries) in entries {
        let records = all.get(&service).copied().unwrap_or(0);
        let search = format!("service:{}", quote(&service));
        if records == 0 && entries >= REQUESTS && !all.is_empty() {
            let entries = human::counted(entries, "request");
            found.push(Found {
                check: Check::NoLogs,
                what: format!("{service} has {entries} and no log record, while others log"),
                count: 1,
                of: 1,
                spans: Vec::new(),
                places: vec![Place::Spans(search)],
            });
            continue;
        }
        let lost = untraced.get(&service).copied().unwrap_or(0);
        if lost >= RECORDS && lost as f64 >= UNTRACED * records as f64 {
            let (lost_words, records_words) = (human::grouped(lost), human::grouped(records));
            found.push(Found {
                check: Check::UntracedLogs,
                what: format!(
                    "{lost_words} of {records_words} log records of {service} belong to no trace"
                ),
                count: lost,
                of: records,
                spans: Vec::new(),
                places: vec![Place::Logs(format!("{search} !is:traced"))],
            });
        }
    }
    Ok(found)
}

/// The entry spans of a service that last long.
#[derive(Default)]
struct Requests<'a> {
    long: u64,
    bare: Vec<(i64, &'a super::lines::Line)>,
}

fn bare(lines: &Lines, family: &Family) -> Vec<Found> {
    let mut services: HashMap<u32, Requests> = HashMap::new();
    let long = lines.all.iter();
    for line in long.filter(|line| line.is_segment && line.duration >= LONG) {
        let requests = services.entry(line.service).or_default();
        requests.long += 1;
        let own = family.self_time(line.member);
        if own >= LONG && own as f64 >= BARE * line.duration as f64 {
            requests.bare.push((own, line));
        }
    }
    let often = services.into_iter().filter(|(_, requests)| {
        let bare = requests.bare.len() as u64;
        bare >= FEW && bare as f64 >= OFTEN * requests.long as f64
    });
    let found = often.map(|(service, mut requests)| {
        requests.bare.sort_by_key(|(own, _)| Reverse(*own));
        let sum = requests.bare.iter().map(|(own, _)| i128::from(*own)).sum::<i128>();
        let sum = human::duration(i64::try_from(sum).unwrap_or(i64::MAX));
        let (bare, long) = (requests.bare.len() as u64, requests.long);
        let service = lines.service(service);
        Found {
            check: Check::UninstrumentedTime,
            what: format!(
                "{} of {} longer requests of {service} spend most of their time without a span, {sum} in all",
                human::grouped(bare),
                human::grouped(long)
            ),
            count: bare,
            of: long,
            spans: requests.bare.iter().map(|(_, line)| line.at).collect(),
            places: Vec::new(),
        }
    });
    found.collect()
}
