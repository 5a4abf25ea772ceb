//! Requests: what was asked of other services over HTTP, by domain and route.
//!
//! Selected are spans of the operation `http.client`. The domain is the host of the URL with its port, as written; where no
//! URL has one, that of the description, else the address a client span names. The route is the URL's template if the
//! span has one, else the path with `*` for ids. Columns:
//!
//! | column | meaning |
//! |---|---|
//! | `domain, route, methods` | where to, and how |
//! | `count, tpm` | how many, and how many a minute of the time looked at |
//! | `avg, p50, p95` | of the duration, linear interpolation between the closest ranks |
//! | `rate_3xx, rate_4xx, rate_5xx` | n(status in class) / n(status known) |
//! | `statuses` | status codes with how many of each; `none` where there was no answer |
//! | `time_spent, share` | the sum of self times, and its share of that of all rows |
//! | `total_duration, failed` | the sum of durations; spans that ended with an error |
//! | `bursts` | runs of at least 5 answers 429 or 5xx, each within 10 s of the one before, with how many |
//! | `callers` | the transactions that asked, with how often |
//! | `slowest` | the longest of them |
//!
//! Grouped by `domain`, routes are merged.

mod asks;
pub mod bursts;
pub mod retries;

use super::family::Family;
use super::gather::{Groups, Sum, add_counts, gather_over};
use super::measure::{Measure, per_minute};
use super::over::Over;
use super::table::{Texts, column, detail, key_of};
use super::texts::{Codes, Made};
use super::{Asked, Cell, Column, Module, Table, Unit};
use crate::analysis::normalise::url::{self, Url};
use crate::model::human::{self, Clock};
use crate::model::{CancelToken, Nanos, TimeRange};
use crate::store::{Reader, SpanColumns, StoreError};
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The spans that are requests to others.
pub const SELECTED: &str = "op:[http.client, http.client.*]";

const COLUMNS: [Column; 18] = [
    column("domain", "Domain", Unit::Text),
    column("route", "Route", Unit::Text),
    detail("methods", "Methods", Unit::List),
    column("count", "Count", Unit::Count),
    column("tpm", "Per minute", Unit::PerMinute),
    column("avg", "Average", Unit::Duration),
    detail("p50", "P50", Unit::Duration),
    column("p95", "P95", Unit::Duration),
    column("rate_3xx", "3xx", Unit::Share),
    column("rate_4xx", "4xx", Unit::Share),
    column("rate_5xx", "5xx", Unit::Share),
    detail("statuses", "Statuses", Unit::Counts),
    column("time_spent", "Time spent", Unit::Duration),
    column("share", "Share", Unit::Share),
    detail("total_duration", "Duration", Unit::Duration),
    detail("failed", "Failures", Unit::Count),
    detail("bursts", "Bursts", Unit::Counts),
    detail("callers", "Callers", Unit::Counts),
];

/// The address as it was recorded.
pub(super) const URL: usize = 0;
pub(super) const DESCRIPTION: usize = 1;
const NAME: usize = 2;
const KIND: usize = 3;
const ADDRESS: usize = 4;
const PORT: usize = 5;
const TEMPLATE: usize = 6;
const METHOD: usize = 7;
/// The first eight make a request what it is.
pub(super) const PARTS: usize = 8;
pub(super) const CODE: usize = 8;
pub(super) const STATUS: usize = 9;
pub(super) const NAMES: &[&[&str]] = &[
    &["url.full"],
    &["description"],
    &["name"],
    &["kind"],
    &["server.address"],
    &["server.port"],
    &["url.template"],
    &["http.request.method"],
    &["http.response.status_code"],
    &["status"],
];

/// Where a request went.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Target {
    pub domain: Arc<str>,
    pub route: Arc<str>,
    pub method: Arc<str>,
}

#[derive(Default)]
struct Asks {
    measure: Measure,
    failed: u64,
    methods: BTreeSet<Arc<str>>,
    /// Status codes; 0 for none.
    statuses: BTreeMap<u16, u64>,
    /// When requests began that were answered 429 or 5xx.
    refused: Vec<(i64, u16)>,
    callers: HashMap<u32, u64>,
}

impl Sum for Asks {
    fn absorb(&mut self, other: Self) {
        self.measure.absorb(other.measure);
        self.failed += other.failed;
        self.methods.extend(other.methods);
        self.refused.extend(other.refused);
        for (code, count) in other.statuses {
            *self.statuses.entry(code).or_default() += count;
        }
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
    let known = Made::default();
    let by_domain = asked.is_by("domain");
    let filter = asked.spans(SELECTED);
    let all = gather_over(reader, &filter, NAMES, over, cancel, |columns, groups| {
        add(columns, family, &known, by_domain, groups);
    })?;
    let time = asked.time(reader, cancel)?;
    let of_stretch = |(groups, time)| table_of(over.wanted(groups), family, time);
    Ok(all
        .into_iter()
        .zip(over.times(time))
        .map(of_stretch)
        .collect())
}

fn table_of(
    groups: Groups<(Arc<str>, Arc<str>), Asks>,
    family: &Family,
    time: Option<TimeRange>,
) -> Table {
    let spent = |asks: &Asks| i128::from(asks.measure.self_time());
    let all: i128 = groups.values().map(spent).sum();
    let row = |((domain, route), mut asks): ((Arc<str>, Arc<str>), Asks)| {
        let answered: u64 = asks
            .statuses
            .iter()
            .filter(|(code, _)| **code > 0)
            .map(|(_, n)| n)
            .sum();
        let rate = |class: u16| {
            let codes = asks.statuses.range(class * 100..class * 100 + 100);
            Cell::share(codes.map(|(_, count)| count).sum(), answered)
        };
        let rates = [3, 4, 5].map(rate);
        let measure = &mut asks.measure;
        let mut row = vec![
            Cell::text(&domain),
            Cell::text(&route),
            Cell::List(asks.methods.into_iter().collect()),
            Cell::count(measure.count()),
            per_minute(measure.count(), time).map_or(Cell::None, Cell::Float),
            Cell::int(measure.average()),
            Cell::int(measure.percentile(0.5)),
            Cell::int(measure.percentile(0.95)),
        ];
        row.extend(rates);
        row.extend([
            Cell::Counts(statuses(&asks.statuses)),
            Cell::Int(measure.self_time()),
            Cell::ratio(measure.self_time() as f64, all as f64),
            Cell::Int(measure.total()),
            Cell::count(asks.failed),
            Cell::Counts(bursts(asks.refused)),
            Cell::Counts(family.counted(&asks.callers)),
            measure.longest().map_or(Cell::None, Cell::Span),
        ]);
        row
    };
    let mut columns = COLUMNS.to_vec();
    columns.push(detail("slowest", "Slowest", Unit::Span));
    let mut table = Table {
        module: Module::Requests,
        rows: groups.into_iter().map(row).collect(),
        columns,
        time,
        notes: Vec::new(),
    };
    let order = table.column("time_spent").unwrap_or_default();
    table.sort(order, true);
    table
}

fn statuses(statuses: &BTreeMap<u16, u64>) -> Vec<(Arc<str>, u64)> {
    let name = |code: u16| match code {
        0 => "none".into(),
        code => code.to_string().into(),
    };
    statuses
        .iter()
        .map(|(code, count)| (name(*code), *count))
        .collect()
}

/// Answers that make a burst.
const BURST: usize = 5;
/// How far apart they may be, nanoseconds.
const BURST_GAP: i64 = 10_000_000_000;

/// Runs of refusals, in words, with how many.
fn bursts(mut refused: Vec<(i64, u16)>) -> Vec<(Arc<str>, u64)> {
    refused.sort_unstable();
    let runs =
        refused.chunk_by(|(before, _), (after, _)| after.saturating_sub(*before) <= BURST_GAP);
    let named = runs.filter(|run| run.len() >= BURST).filter_map(|run| {
        let (first, last) = (run.first()?, run.last()?);
        let at = |time: i64| human::date_time(Nanos(time), Clock::Utc);
        let codes: BTreeSet<u16> = run.iter().map(|(_, code)| *code).collect();
        let codes: Vec<String> = codes.iter().map(u16::to_string).collect();
        let name = format!(
            "{} from {} to {} UTC",
            codes.join("/"),
            at(first.0),
            at(last.0)
        );
        Some((name.into(), run.len() as u64))
    });
    named.collect()
}

fn add(
    columns: &SpanColumns,
    family: &Family,
    known: &Made<Arc<Target>>,
    by_domain: bool,
    groups: &mut Groups<(Arc<str>, Arc<str>), Asks>,
) {
    let mut places: HashMap<[Option<usize>; PARTS], usize> = HashMap::new();
    let mut found: Vec<(Arc<Target>, Asks)> = Vec::new();
    let mut codes = Codes::new(columns.codes(CODE));
    let mut failures = Codes::new(columns.codes(STATUS));
    for row in columns.rows().iter().copied() {
        let parts: [Option<usize>; PARTS] = std::array::from_fn(|at| columns.code(at, row));
        let place = *places.entry(parts).or_insert_with(|| {
            found.push((read(columns, &parts, known), Asks::default()));
            found.len() - 1
        });
        let Some((_, asks)) = found.get_mut(place) else {
            continue;
        };
        let status = columns.code(CODE, row).map_or(0, |code| {
            codes.get(code, || {
                columns
                    .value(CODE, code)
                    .text()
                    .trim()
                    .parse::<u16>()
                    .unwrap_or(0)
            })
        });
        *asks.statuses.entry(status).or_default() += 1;
        if status == 429 || (500..600).contains(&status) {
            asks.refused.push((columns.start(row), status));
        }
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
    for (target, mut asks) in found {
        let route = match by_domain {
            true => Arc::default(),
            false => target.route.clone(),
        };
        if !target.method.is_empty() {
            asks.methods.insert(target.method.clone());
        }
        groups
            .entry((target.domain.clone(), route))
            .or_default()
            .absorb(asks);
    }
}

/// The texts of the requests behind the row with this key, by the attribute that says where they went.
pub(super) fn texts(
    reader: &Reader,
    asked: &Asked,
    key: &str,
    cancel: &CancelToken,
) -> Result<Texts, StoreError> {
    let known = Made::default();
    let by_domain = asked.is_by("domain");
    let filter = asked.spans(SELECTED);
    let parts = reader.work_through_spans(&filter, &NAMES[..PARTS], cancel, |columns| {
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for row in columns.rows().iter().copied() {
            let codes: [Option<usize>; PARTS] = std::array::from_fn(|at| columns.code(at, row));
            if !seen.insert(codes) || read(&columns, &codes, &known).key(by_domain) != key {
                continue;
            }
            let text = |at: usize| Some((at, columns.text(at, codes[at]?)?));
            let said = [URL, DESCRIPTION, NAME].into_iter().find_map(text);
            found.extend(said.map(|(at, text)| (NAMES[at][0], Arc::from(text))));
        }
        found
    })?;
    let mut texts = Texts::new();
    for (name, text) in parts.into_iter().flatten() {
        texts.entry(name).or_default().insert(text);
    }
    Ok(texts)
}

impl Target {
    /// As [`Table::key`] has it.
    fn key(&self, by_domain: bool) -> String {
        let route = match by_domain {
            true => Cell::None,
            false => Cell::text(&self.route),
        };
        key_of([Cell::text(&self.domain), route].iter())
    }
}

pub(super) fn read(
    columns: &SpanColumns,
    codes: &[Option<usize>; PARTS],
    known: &Made<Arc<Target>>,
) -> Arc<Target> {
    let text = |at: usize| {
        let value = codes[at].map(|code| columns.value(at, code));
        value.map_or_else(String::new, |value| value.text().into_owned())
    };
    let parts: [String; PARTS] = std::array::from_fn(text);
    known.of(&parts.join("\0"), || Arc::new(target(&parts)))
}

/// Where a request went, from what its span says.
fn target(parts: &[String; PARTS]) -> Target {
    let part = |at: usize| parts[at].as_str();
    let (said, described, named) = (
        part(URL),
        without_method(part(DESCRIPTION)),
        without_method(part(NAME)),
    );
    let urls = [said, described, named];
    let with_host = urls.into_iter().find(|text| !host(text).is_empty());
    let domain = match with_host {
        Some(text) => host(text),
        None if part(KIND) == "client" => authority(part(ADDRESS), part(PORT)),
        None => String::new(),
    };
    let is_path = |text: &&str| text.starts_with('/');
    let path = with_host
        .or_else(|| urls.into_iter().find(is_path))
        .unwrap_or_default();
    let route = match (part(TEMPLATE), path) {
        ("", "") => String::new(),
        ("", path) => match url::shape(path).path() {
            "" => "/".to_owned(),
            shape => shape.to_owned(),
        },
        (template, _) => template.to_owned(),
    };
    let method = match part(METHOD) {
        "" => part(DESCRIPTION)
            .split_once(' ')
            .map_or("", |(method, _)| method),
        method => method,
    };
    Target {
        domain: domain.into(),
        route: route.into(),
        method: method.to_ascii_uppercase().into(),
    }
}

/// The URL behind `GET `.
fn without_method(text: &str) -> &str {
    text.split_once(' ').map_or(text, |(_, url)| url)
}

/// The host of a URL, in small letters, without user and usual port.
fn host(text: &str) -> String {
    let url = Url::parse(text);
    let host = url
        .host
        .rsplit('@')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let usual = match url.scheme.to_ascii_lowercase().as_str() {
        "http" => ":80",
        "https" => ":443",
        _ => return host,
    };
    host.strip_suffix(usual).unwrap_or(&host).to_owned()
}

fn authority(address: &str, port: &str) -> String {
    match port {
        "" | "80" | "443" => address.to_ascii_lowercase(),
        port => format!("{}:{port}", address.to_ascii_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_read_from_whatever_says_it() {
        let of = |said: &[(usize, &str)]| {
            let mut parts: [String; PARTS] = Default::default();
            for (at, text) in said {
                parts[*at] = (*text).to_owned();
            }
            let target = target(&parts);
            format!("{} {} {}", target.method, target.domain, target.route)
        };
        for (said, expected) in [
            (
                &[
                    (URL, "https://Api.Test:443/v1/users/12345?x=1"),
                    (METHOD, "get"),
                ][..],
                "GET api.test /v1/users/*",
            ),
            (
                &[(DESCRIPTION, "POST http://u:p@pay.test:8001/charge")],
                "POST pay.test:8001 /charge",
            ),
            (
                &[
                    (URL, "/feed?x=1"),
                    (DESCRIPTION, "GET http://shop.test/feed"),
                ],
                "GET shop.test /feed",
            ),
            (
                &[
                    (DESCRIPTION, "GET /feed"),
                    (KIND, "client"),
                    (ADDRESS, "a.test"),
                    (PORT, "8080"),
                ],
                "GET a.test:8080 /feed",
            ),
            // What names the reporting machine is no target.
            (
                &[(DESCRIPTION, "GET /feed"), (ADDRESS, "web-1")],
                "GET  /feed",
            ),
            (
                &[(URL, "http://a.test/x/7"), (TEMPLATE, "/x/{id}")],
                " a.test /x/{id}",
            ),
            (&[(URL, "http://a.test")], " a.test /"),
            (&[(NAME, "GET")], "  "),
        ] {
            assert_eq!(of(said), expected, "{said:?}");
        }
    }

    #[test]
    fn refusals_close_together_are_a_burst() {
        let second = 1_000_000_000;
        let start = 1_795_243_582 * second;
        let mut refused: Vec<(i64, u16)> =
            (0..5).map(|at| (start + at * 9 * second, 429)).collect();
        refused.push((start + 100 * second, 503));
        let found = bursts(refused.clone());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1, 5);
        assert!(
            found[0].0.starts_with("429 from 2026-11-21"),
            "{}",
            found[0].0
        );
        assert!(bursts(refused[..4].to_vec()).is_empty());
    }
}
