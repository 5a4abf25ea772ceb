//! Web vitals: how pages felt, by page.
//!
//! A page is the transaction of an operation `pageload`. Its vitals are its own measurements; those that spans of their own
//! report (`ui.webvital.*`, `ui.interaction.*`) belong to the page load they name or lie under and count instead. Of several
//! interactions the slowest makes the score of a page load, each counts for the percentile. Columns:
//!
//! | column | meaning |
//! |---|---|
//! | `page, pageloads` | the transaction, and how often it was loaded |
//! | `p75_lcp, p75_fcp, p75_inp, p75_ttfb` | nanoseconds, linear interpolation between the closest ranks |
//! | `p75_cls` | a number without a unit |
//! | `score` | 0 to 100: the mean over page loads of what their vitals score ([`web_vitals`]), weighted |
//! | `opportunity` | the page's share of all points that are missing: Σ weight · (1 − score), over the same of all pages |
//! | `score_lcp, …` | the same of one vital, weighted by page load |
//! | `good, meh, poor` | page loads that score at least 90, at least 50, and less |
//! | `slowest` | the page load that scored worst |

use super::family::{Family, Member};
use super::over::Over;
use super::table::{column, detail};
use super::texts::Codes;
use super::{Asked, Cell, Column, Module, Table, Unit};
use crate::analysis::percentile::percentile;
use crate::analysis::web_vitals::{self, Browser, Vital};
use crate::model::record::RecordRef;
use crate::model::{CancelToken, SpanId, TimeRange};
use crate::store::{Reader, SpanColumns, StoreError};
use hashbrown::HashMap;
use std::sync::Arc;

/// The spans that are page loads or say something of one.
pub const SELECTED: &str = "op:[pageload, ui.webvital.*, ui.interaction.*]";

const COLUMNS: [Column; 18] = [
    column("page", "Page", Unit::Text),
    column("pageloads", "Loads", Unit::Count),
    column("p75_lcp", "LCP", Unit::Duration),
    column("p75_fcp", "FCP", Unit::Duration),
    column("p75_inp", "INP", Unit::Duration),
    column("p75_cls", "CLS", Unit::Number),
    column("p75_ttfb", "TTFB", Unit::Duration),
    column("score", "Score", Unit::Number),
    column("opportunity", "Opportunity", Unit::Share),
    detail("score_lcp", "LCP score", Unit::Number),
    detail("score_fcp", "FCP score", Unit::Number),
    detail("score_inp", "INP score", Unit::Number),
    detail("score_cls", "CLS score", Unit::Number),
    detail("score_ttfb", "TTFB score", Unit::Number),
    detail("good", "Good", Unit::Count),
    detail("meh", "Meh", Unit::Count),
    detail("poor", "Poor", Unit::Count),
    detail("slowest", "Slowest", Unit::Span),
];

const OP: usize = 0;
const VALUES: usize = 1;
const UNITS: usize = 6;
const PAGE: usize = 11;
const NAMED: usize = 12;
const AGENT: usize = 13;
const BROWSER: usize = 14;
const HEADERS: usize = 15;
/// Vitals in the order of [`Vital::ALL`], then their units.
const NAMES: &[&[&str]] = &[
    &["op"],
    &["browser.web_vital.lcp.value"],
    &["browser.web_vital.fcp.value"],
    &["browser.web_vital.inp.value"],
    &["browser.web_vital.cls.value"],
    &["browser.web_vital.ttfb.value"],
    &["measurements.lcp.unit"],
    &["measurements.fcp.unit"],
    &["measurements.inp.unit"],
    &["measurements.cls.unit"],
    &["measurements.ttfb.unit"],
    &["sentry.segment.name"],
    &["sentry.pageload.span_id"],
    &["user_agent.original"],
    &["browser.name"],
    &["request.headers"],
];

/// Numbers are kept in billionths: nanoseconds of seconds, and as fine for what has no unit.
const FINE: f64 = 1e9;

/// What one span says.
struct Said {
    at: RecordRef,
    start: i64,
    member: Option<Member>,
    load: Option<Member>,
    is_load: bool,
    page: Arc<str>,
    values: [Option<f64>; 5],
    browser: Browser,
}

/// One page load.
#[derive(Default)]
struct Load {
    values: [Option<f64>; 5],
    /// Which of them spans of their own reported.
    reported: [bool; 5],
    browser: Browser,
}

#[derive(Default)]
struct Page {
    loads: u64,
    /// Vitals in billionths of a second, or of one.
    values: [Vec<i64>; 5],
    /// Scores and weights of each vital, summed up.
    scores: [(f64, f64); 5],
    missing: f64,
    grades: [u64; 3],
    worst: Option<(f64, RecordRef)>,
}

/// See the module. A page load lies in the stretch of time in which it began, with all its vitals.
pub(super) fn tables(
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    over: &Over,
    cancel: &CancelToken,
) -> Result<Vec<Table>, StoreError> {
    let filter = asked.spans(SELECTED);
    let parts =
        reader.work_through_spans(&filter, NAMES, cancel, |columns| read(&columns, family))?;
    let said: Vec<Said> = parts.into_iter().flatten().collect();
    let mut all: Vec<HashMap<Arc<str>, Page>> = Vec::new();
    all.resize_with(over.count(), HashMap::new);
    let mut loads: HashMap<Member, Load> = HashMap::new();
    let name = |span: &Said| match over.is_merged() {
        true => Arc::default(),
        false => span.page.clone(),
    };
    for span in &said {
        note(span, &mut loads);
        // Interactions count one by one, too.
        let slowness = span.values[Vital::Inp.place()];
        if let (Some(value), Some(pages)) = (slowness, all.get_mut(over.at(span.start))) {
            let page = pages.entry(name(span)).or_default();
            page.values[Vital::Inp.place()].push(billionths(Vital::Inp, value));
        }
    }
    for span in said.iter().filter(|span| span.is_load) {
        let Some(pages) = all.get_mut(over.at(span.start)) else {
            continue;
        };
        let page = pages.entry(name(span)).or_default();
        page.loads += 1;
        match span.member.and_then(|member| loads.get(&member)) {
            Some(load) => page.add(load, span.at),
            None => page.add(
                &Load {
                    values: span.values,
                    ..Load::default()
                },
                span.at,
            ),
        }
    }
    let time = asked.time(reader, cancel)?;
    let stretches = all.into_iter().zip(over.times(time));
    Ok(stretches
        .map(|(pages, time)| table_of(pages, time))
        .collect())
}

fn table_of(pages: HashMap<Arc<str>, Page>, time: Option<TimeRange>) -> Table {
    let missing: f64 = pages.values().map(|page| page.missing).sum();
    let rows = pages
        .into_iter()
        .map(|(name, page)| page.cells(&name, missing));
    let mut table = Table {
        module: Module::Vitals,
        rows: rows.collect(),
        columns: COLUMNS.to_vec(),
        time,
        notes: Vec::new(),
    };
    let order = table.column("opportunity").unwrap_or_default();
    table.sort(order, true);
    table
}

/// Puts what a span says to its page load.
fn note(span: &Said, loads: &mut HashMap<Member, Load>) {
    for vital in Vital::ALL {
        let Some(value) = span.values[vital.place()] else {
            continue;
        };
        let Some(load) = span.load else {
            continue;
        };
        let load = loads.entry(load).or_default();
        let (known, reported) = (
            &mut load.values[vital.place()],
            &mut load.reported[vital.place()],
        );
        let is_better = match (span.is_load, *reported) {
            (true, true) => false,
            (false, true) => known.is_none_or(|known| value > known),
            (_, false) => true,
        };
        if is_better {
            *known = Some(value);
        }
        *reported |= !span.is_load;
    }
    if let (true, Some(load)) = (span.is_load, span.load) {
        loads.entry(load).or_default().browser = span.browser;
    }
}

fn billionths(vital: Vital, value: f64) -> i64 {
    let seconds = match vital {
        Vital::Cls => value,
        _ => value / 1e3,
    };
    (seconds * FINE).round() as i64
}

impl Page {
    fn add(&mut self, load: &Load, at: RecordRef) {
        for vital in Vital::ALL.into_iter().filter(|vital| *vital != Vital::Inp) {
            if let Some(value) = load.values[vital.place()] {
                self.values[vital.place()].push(billionths(vital, value));
            }
        }
        let scores = web_vitals::scores(&load.values, load.browser);
        let mut total = 0.0;
        let mut is_any = false;
        for ((sum, weights), (score, weight)) in self.scores.iter_mut().zip(scores) {
            *sum += score * weight;
            *weights += weight;
            total += score * weight;
            is_any |= weight > 0.0;
        }
        for (vital, (score, weight)) in Vital::ALL.iter().zip(scores) {
            if weight > 0.0 {
                self.missing += vital.weight() * (1.0 - score);
            }
        }
        if !is_any {
            return;
        }
        // Sentry's grades are of whole points.
        let grade = match (total * 100.0).round() {
            points if points >= 90.0 => 0,
            points if points >= 50.0 => 1,
            _ => 2,
        };
        self.grades[grade] += 1;
        if self.worst.is_none_or(|(worst, _)| total < worst) {
            self.worst = Some((total, at));
        }
    }

    fn cells(mut self, name: &Arc<str>, missing: f64) -> Vec<Cell> {
        let mut p75 = |vital: Vital| {
            let values = &mut self.values[vital.place()];
            (!values.is_empty()).then(|| percentile(values, 0.75))
        };
        let [lcp, fcp, inp, cls, ttfb] = Vital::ALL.map(&mut p75);
        let (points, weights) = self
            .scores
            .iter()
            .fold((0.0, 0.0), |(sum, weights), (own, weight)| {
                (sum + own, weights + weight)
            });
        let hundred = |part: f64, whole: f64| match whole > 0.0 {
            true => Cell::Float(100.0 * part / whole),
            false => Cell::None,
        };
        let mut row = vec![
            Cell::text(name),
            Cell::count(self.loads),
            Cell::int(lcp),
            Cell::int(fcp),
            Cell::int(inp),
            cls.map_or(Cell::None, |cls| Cell::Float(cls as f64 / FINE)),
            Cell::int(ttfb),
            hundred(points, weights),
            Cell::ratio(self.missing, missing),
        ];
        row.extend(self.scores.map(|(own, weight)| hundred(own, weight)));
        row.extend(self.grades.map(Cell::count));
        row.push(self.worst.map_or(Cell::None, |(_, at)| Cell::Span(at)));
        row
    }
}

fn read(columns: &SpanColumns, family: &Family) -> Vec<Said> {
    let mut loads = Codes::new(columns.codes(OP));
    let said = |row: u32| {
        let text = |at: usize| {
            columns
                .code(at, row)
                .and_then(|code| columns.text(at, code))
        };
        let is_load = columns
            .code(OP, row)
            .is_some_and(|code| loads.get(code, || columns.text(OP, code) == Some("pageload")));
        let member = family.member(columns.at(row));
        let named = text(NAMED).and_then(|id| id.parse::<SpanId>().ok());
        let named = named.and_then(|id| family.find(columns.trace(row), id));
        let load = match is_load {
            true => member,
            false => named.or_else(|| member.map(|member| family.entry(member))),
        };
        let page = match load.filter(|load| Some(*load) != member || is_load) {
            Some(load) => family.text(family.transaction(load)),
            None => text(PAGE).unwrap_or_default().into(),
        };
        let browser = [AGENT, HEADERS, BROWSER].into_iter().find_map(text);
        Said {
            at: columns.at(row),
            start: columns.start(row),
            member,
            load,
            is_load,
            page,
            values: std::array::from_fn(|vital| value(columns, vital, row)),
            browser: browser.map(Browser::of).unwrap_or_default(),
        }
    };
    columns.rows().iter().copied().map(said).collect()
}

/// A vital in milliseconds, or without a unit.
fn value(columns: &SpanColumns, vital: usize, row: u32) -> Option<f64> {
    let unit = columns.code(UNITS + vital, row);
    let scale = match unit.and_then(|code| columns.text(UNITS + vital, code)) {
        Some("second") => 1e3,
        Some("microsecond") => 1e-3,
        Some("nanosecond") => 1e-6,
        _ => 1.0,
    };
    let number = columns.float(VALUES + vital, row)? * scale;
    (number.is_finite() && number >= 0.0).then_some(number)
}
