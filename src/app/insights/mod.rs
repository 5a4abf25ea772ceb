//! Insights as the window sees them: a module's table, the order its rows are in, what may be chosen from.
//!
//! All is computed by reader threads. A table stays in sight until the next one of its module is there; sorting it asks
//! the store nothing.

pub mod detail;
pub mod health;
pub mod records;
pub mod words;

pub use crate::insights::doctor::Finding;
pub use crate::insights::looks::Look;
pub use crate::insights::nothing;
pub use crate::insights::overview::{Endpoint, Overview, Sentence, Service, Tone};
pub use crate::insights::place::Place;
pub use crate::insights::series::Series;
pub use crate::insights::{Cell, Column, Module, Table, Unit};

use super::fetched::Fetched;
use super::questions::Lane;
use super::route::{Dimension, InsightFilters, InsightsPlace, SpansPlace, TracePlace};
use super::state::Versioned;
use crate::insights::behind::Number;
use crate::insights::family::Family;
use crate::insights::prices::Prices;
use crate::insights::transactions::Thresholds;
use crate::insights::{self, Asked, behind, doctor, looks, series};
use crate::model::CancelToken;
use crate::model::record::RecordRef;
use crate::store::{Facet, Filter, Reader, RecordKind, StoreError};
use detail::{Detail, DetailKey, FoundIssues};
use hashbrown::HashMap;
use health::HealthLook;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use words::Form;

/// Stretches that the time of charts is cut into.
const STRETCHES: usize = 60;
/// Values offered of each dimension.
const VALUES: usize = 50;
/// What spans are to each other, read once for all questions about the same data.
///
/// It is the greater part of the work of most modules. It takes about 100 bytes a span, so it is given back when the
/// pages are left.
#[derive(Clone, Default)]
pub struct SharedFamily(Arc<Mutex<Option<Arc<Family>>>>);

impl std::fmt::Debug for SharedFamily {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // All spans of a store say nothing to a reader.
        out.write_str("SharedFamily")
    }
}

impl SharedFamily {
    fn get(&self, reader: &Reader, cancel: &CancelToken) -> Result<Arc<Family>, StoreError> {
        // Only threads that answer wait here, one for the other's answer.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(family) = &*known {
            return Ok(family.clone());
        }
        let family = Arc::new(Family::read(reader, cancel)?);
        Ok(known.insert(family).clone())
    }
}

/// A column by its name, and whether the largest come first.
pub type Sort = Option<(String, bool)>;
/// The places of rows by their keys.
pub type Keys = HashMap<String, usize>;

/// What is asked of a module.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// Which.
    pub module: Module,
    /// A closer look at it.
    pub look: Option<Look>,
    /// Of these spans.
    pub filter: Filter,
    /// One of its groupings; empty for the usual one.
    pub by: String,
    /// What is fast enough.
    pub apdex: Thresholds,
    /// What was set for the look, by the names of its inputs.
    pub inputs: Vec<(String, String)>,
    /// Without the marks of issues, which are not found yet.
    pub without_issues: bool,
    /// Of which version of the data.
    pub family: VersionedFamily,
}

/// What is asked of a module, and the key of one of its rows.
pub type WantedRow = (Wanted, Option<String>);

/// A family with the version of the data it is of; two are equal when that is.
#[derive(Clone, Debug, Default)]
pub struct VersionedFamily {
    pub(super) version: u64,
    pub(super) family: SharedFamily,
}

impl PartialEq for VersionedFamily {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version
    }
}

impl Wanted {
    /// What spans are to each other.
    fn family(&self, reader: &Reader, cancel: &CancelToken) -> Result<Arc<Family>, StoreError> {
        self.family.family.get(reader, cancel)
    }

    fn asked(&self, reader: &Reader) -> Result<Asked, StoreError> {
        let by = Some(self.by.clone()).filter(|by| !by.is_empty());
        let mut asked = Asked {
            filter: self.filter.clone(),
            group_by: by.into_iter().collect(),
            apdex: self.apdex.clone(),
            without_issues: self.without_issues,
            prices: prices_beside(reader.path())?,
            ..Asked::default()
        };
        let wrong = |reason| StoreError::failed("try that", reason);
        asked.set(&self.inputs).map_err(wrong)?;
        Ok(asked)
    }
}

/// The file beside a store that says what models cost, instead of the table that comes with the program.
const PRICES: &str = "prices.json";

/// What models cost: by the table beside a store, else by the one that comes with the program.
///
/// # Errors
/// When there is one that cannot be read.
pub fn prices_beside(store: &Path) -> Result<Prices, StoreError> {
    let path = store.with_file_name(PRICES);
    let read = match std::fs::read_to_string(&path) {
        Ok(text) => Prices::parse(&text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Prices::default()),
        Err(error) => Err(error.to_string()),
    };
    let what = format!("read {}", path.display());
    read.map_err(|reason| StoreError::failed(&what, reason))
}

/// What is asked of all modules at once: how the capture is.
#[derive(Clone, Debug, PartialEq)]
pub struct Whole {
    /// Of these spans.
    pub filter: Filter,
    /// What is fast enough.
    pub apdex: Thresholds,
    /// Of which version of the data.
    pub family: VersionedFamily,
}

impl Whole {
    fn asked(&self, reader: &Reader) -> Result<Asked, StoreError> {
        Ok(Asked {
            filter: self.filter.clone(),
            apdex: self.apdex.clone(),
            prices: prices_beside(reader.path())?,
            ..Asked::default()
        })
    }
}

/// A number of a table.
#[derive(Clone, Debug)]
pub struct Behind {
    /// What was asked.
    pub wanted: Wanted,
    /// The answer.
    pub table: Arc<Table>,
    /// The number's row in it.
    pub row: usize,
    /// Its column, by name.
    pub column: &'static str,
    /// What held over it.
    pub filters: InsightFilters,
}

/// A question about insights.
#[derive(Clone, Debug)]
pub enum Insight {
    /// A module's table.
    Table(Wanted),
    /// The order of its rows.
    Order { table: Arc<Table>, sort: Sort },
    /// A module over time, or one row of its table.
    Series {
        wanted: Wanted,
        row: Option<(Arc<Table>, usize)>,
    },
    /// Where the spans behind a number are listed.
    Behind(Box<Behind>),
    /// Where a span is, to be gone to.
    Sample(RecordRef),
    /// One row looked at closely, with the issues that were found.
    Detail(Box<Behind>, FoundIssues),
    /// What filters may be chosen from, among the spans of a filter.
    Choices(Filter),
    /// How the capture is: the first figures.
    Glance(Box<Whole>),
    /// How the capture is, from the first figures on.
    Overview(Box<Whole>, Arc<HealthLook>),
    /// What is wrong with how it was recorded.
    Doctor(Box<Whole>),
    /// What is to be said of the issues among the records of a filter, or of those that were found.
    Worst(Filter, Option<FoundIssues>),
    /// A table as text.
    Text {
        table: Arc<Table>,
        sort: Sort,
        form: Form,
    },
}

/// The views that wait for answers, one a kind of [`Insight`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InsightSlot {
    Table,
    Order,
    Series,
    Behind,
    Detail,
    Choices,
    Glance,
    Overview,
    Doctor,
    Worst,
    Text,
}

/// An answer.
#[derive(Clone, Debug)]
pub enum Told {
    /// To [`Insight::Table`], with the closer look it is and the places of its rows by their keys.
    Table(Option<Look>, Arc<Table>, Arc<Keys>),
    /// To [`Insight::Order`].
    Order(Arc<[u32]>),
    /// To [`Insight::Series`]; `None` where there is no time to cut.
    Series(Option<Arc<Series>>),
    /// To [`Insight::Behind`], with whether no other spans are listed there.
    Behind(Box<SpansPlace>, bool),
    /// To [`Insight::Sample`].
    Sample(Box<TracePlace>),
    /// To [`Insight::Detail`].
    Detail(Arc<Detail>),
    /// To [`Insight::Choices`].
    Choices(Arc<[Facet]>),
    /// To [`Insight::Glance`].
    Glance(Arc<HealthLook>),
    /// To [`Insight::Overview`].
    Overview(Arc<HealthLook>),
    /// To [`Insight::Doctor`].
    Doctor(Arc<[Finding]>),
    /// To [`Insight::Worst`].
    Worst(Arc<[Sentence]>),
    /// To [`Insight::Text`].
    Text(Form, String),
}

impl Insight {
    /// The view that waits for it.
    pub fn slot(&self) -> InsightSlot {
        match self {
            Self::Table(_) => InsightSlot::Table,
            Self::Order { .. } => InsightSlot::Order,
            Self::Series { .. } => InsightSlot::Series,
            Self::Behind(_) | Self::Sample(_) => InsightSlot::Behind,
            Self::Detail(..) => InsightSlot::Detail,
            Self::Choices(_) => InsightSlot::Choices,
            Self::Glance(_) => InsightSlot::Glance,
            Self::Overview(..) => InsightSlot::Overview,
            Self::Doctor(_) => InsightSlot::Doctor,
            Self::Worst(..) => InsightSlot::Worst,
            Self::Text { .. } => InsightSlot::Text,
        }
    }

    /// The thread that answers it.
    pub fn lane(&self) -> Lane {
        match self {
            Self::Order { .. } | Self::Sample(_) => Lane::Interactive,
            _ => Lane::Bulk,
        }
    }

    /// Answers it.
    pub fn answer(self, reader: &Reader, cancel: &CancelToken) -> Result<Told, StoreError> {
        match self {
            Self::Table(wanted) => {
                let (module, asked) = (wanted.module, wanted.asked(reader)?);
                let table = match (wanted.look, module) {
                    (Some(look), _) => {
                        let family = || wanted.family(reader, cancel);
                        looks::table_among(look, reader, &asked, &family, cancel)?
                    }
                    // These need nothing but groups of the store.
                    (None, Module::Transactions) => {
                        insights::table(module, reader, &asked, cancel)?
                    }
                    _ => {
                        let family = wanted.family(reader, cancel)?;
                        insights::table_among(module, reader, &asked, &family, cancel)?
                    }
                };
                let keys = (0..table.rows.len()).filter_map(|row| Some((table.key(row)?, row)));
                let keys = Arc::new(keys.collect());
                Ok(Told::Table(wanted.look, Arc::new(table), keys))
            }
            Self::Order { table, sort } => Ok(Told::Order(order(&table, &sort).into())),
            Self::Series { wanted, row } => {
                let row = row.as_ref().map(|(table, row)| (&**table, *row));
                let (module, asked) = (wanted.module, wanted.asked(reader)?);
                let family = || wanted.family(reader, cancel);
                let of = (&asked, &family as &dyn Fn() -> _);
                let series = series::series(module, reader, of, row, STRETCHES, cancel)?;
                Ok(Told::Series(series.map(Arc::new)))
            }
            Self::Behind(behind) => {
                let Behind {
                    wanted,
                    table,
                    row,
                    column,
                    filters,
                } = *behind;
                let family = || wanted.family(reader, cancel);
                let of = Number {
                    table: &table,
                    row,
                    column,
                };
                let spans = behind::search(reader, &wanted.asked(reader)?, &family, of, cancel)?;
                let place = records::place(&spans.search, &filters, &table, row, column);
                Ok(Told::Behind(Box::new(place), spans.is_exact))
            }
            Self::Sample(at) => {
                let spans = reader.span_rows(&[at], &[])?;
                let span = spans
                    .first()
                    .ok_or_else(|| StoreError::failed("show the span", "it is gone"))?;
                let place = TracePlace::new(span.trace, Some(span.id));
                Ok(Told::Sample(Box::new(place)))
            }
            Self::Detail(of, issues) => {
                let detail = Detail::read(reader, *of, &issues, cancel)?;
                Ok(Told::Detail(Arc::new(detail)))
            }
            Self::Choices(filter) => {
                let keys = Dimension::ALL.map(|dimension| dimension.key().to_owned());
                let values =
                    reader.facets(RecordKind::Span, &keys[..3], &filter, VALUES, cancel)?;
                Ok(Told::Choices(values.into()))
            }
            Self::Glance(whole) => {
                let look = HealthLook::first(reader, &whole.asked(reader)?, cancel)?;
                Ok(Told::Glance(Arc::new(look)))
            }
            Self::Overview(whole, first) => {
                let asked = whole.asked(reader)?;
                let family = whole.family.family.get(reader, cancel)?;
                let look = HealthLook::whole(reader, &asked, &family, &first, cancel)?;
                Ok(Told::Overview(Arc::new(look)))
            }
            Self::Doctor(whole) => {
                let family = whole.family.family.get(reader, cancel)?;
                let found = doctor::findings(reader, &whole.asked(reader)?, &family, cancel)?;
                Ok(Told::Doctor(found.into()))
            }
            Self::Worst(filter, found) => {
                let said = health::worst(reader, &filter, found.as_ref(), cancel)?;
                Ok(Told::Worst(said.into()))
            }
            Self::Text { table, sort, form } => {
                let spans = words::spans_of(reader, &table)?;
                let text = words::text(&table, &order(&table, &sort), form, &spans);
                Ok(Told::Text(form, text))
            }
        }
    }
}

/// The rows of a table in an order; in its own where none is asked for, or one by a column that it has not.
fn order(table: &Table, sort: &Sort) -> Vec<u32> {
    let column = sort
        .as_ref()
        .and_then(|(name, descending)| Some((table.column(name)?, *descending)));
    match column {
        Some((column, descending)) => table.order(column, descending),
        None => (0u32..).take(table.rows.len()).collect(),
    }
}

/// The newest answers.
#[derive(Debug, Default)]
pub struct Insights {
    /// The table of a module.
    pub table: Fetched<Versioned<Wanted>, Arc<Table>>,
    /// The closer look that the table is.
    look: Option<Look>,
    /// The places of its rows.
    pub(super) keys: Arc<Keys>,
    /// The order of its rows, by version of the table.
    pub order: Fetched<(u64, Sort), Arc<[u32]>>,
    /// It over time, or the opened row of it, by its key.
    pub series: Fetched<Versioned<WantedRow>, Option<Arc<Series>>>,
    /// The opened row looked at closely.
    pub detail: Fetched<DetailKey, Arc<Detail>>,
    /// Values of the dimensions.
    pub choices: Fetched<Versioned<Filter>, Arc<[Facet]>>,
    /// The first figures of how the capture is.
    pub glance: Fetched<Versioned<Whole>, Arc<HealthLook>>,
    /// How the capture is.
    pub health: Fetched<Versioned<Whole>, Arc<HealthLook>>,
    /// What is wrong with how it was recorded.
    pub findings: Fetched<Versioned<Whole>, Arc<[Finding]>>,
    /// What is said of issues, by versions of the data, the thresholds and the issues.
    pub worst: Fetched<(u64, u64, u64, Filter), Arc<[Sentence]>>,
    /// What spans are to each other, in the newest version of the data.
    pub(super) family: VersionedFamily,
    /// A table as text, to be copied by the window.
    pub copied: Option<(Form, String)>,
}

impl Insights {
    /// The table of a place with the order of its rows, if both are at hand.
    pub fn listed(&self, place: &InsightsPlace) -> Option<(Arc<Table>, Arc<[u32]>)> {
        let table = self.table_of(place)?;
        let order = self.order.value.clone()?;
        // Until the order of a new table is known, it is not the one of this.
        (order.len() == table.rows.len()).then_some((table.clone(), order))
    }

    /// The table of a place, perhaps still under other filters; `None` while there is only that of another module.
    pub fn table_of(&self, place: &InsightsPlace) -> Option<&Arc<Table>> {
        let table = self.table.value.as_ref();
        table.filter(|table| table.module == place.module && self.look == place.look)
    }

    /// A module over time, or one of its rows, as far as a place has it at hand.
    pub fn over_time(&self, place: &InsightsPlace) -> Option<Arc<Series>> {
        let series = self.series.value.clone().flatten()?;
        // Another stretch of time may still be drawn, another module or row not.
        (series.module == place.module && series.row == place.row).then_some(series)
    }

    /// How the capture is, as far as it is known: all of it, perhaps still under other filters, else the first figures.
    pub fn overview(&self) -> Option<&Arc<HealthLook>> {
        self.health.value.as_ref().or(self.glance.value.as_ref())
    }

    pub(super) fn take(&mut self, slot: InsightSlot, result: Result<Told, String>) {
        match (slot, result) {
            (InsightSlot::Table, Ok(Told::Table(look, table, keys))) => {
                (self.look, self.keys) = (look, keys);
                self.table.answered(Ok(table));
            }
            (InsightSlot::Table, Err(error)) => self.table.answered(Err(error)),
            (InsightSlot::Order, Ok(Told::Order(order))) => self.order.answered(Ok(order)),
            (InsightSlot::Order, Err(error)) => self.order.answered(Err(error)),
            (InsightSlot::Series, Ok(Told::Series(series))) => self.series.answered(Ok(series)),
            (InsightSlot::Series, Err(error)) => self.series.answered(Err(error)),
            (InsightSlot::Detail, Ok(Told::Detail(detail))) => self.detail.answered(Ok(detail)),
            (InsightSlot::Detail, Err(error)) => self.detail.answered(Err(error)),
            (InsightSlot::Choices, Ok(Told::Choices(values))) => self.choices.answered(Ok(values)),
            (InsightSlot::Choices, Err(error)) => self.choices.answered(Err(error)),
            (InsightSlot::Glance, Ok(Told::Glance(look))) => self.glance.answered(Ok(look)),
            (InsightSlot::Glance, Err(error)) => self.glance.answered(Err(error)),
            (InsightSlot::Overview, Ok(Told::Overview(look))) => self.health.answered(Ok(look)),
            (InsightSlot::Overview, Err(error)) => self.health.answered(Err(error)),
            (InsightSlot::Doctor, Ok(Told::Doctor(found))) => self.findings.answered(Ok(found)),
            (InsightSlot::Doctor, Err(error)) => self.findings.answered(Err(error)),
            (InsightSlot::Worst, Ok(Told::Worst(said))) => self.worst.answered(Ok(said)),
            (InsightSlot::Worst, Err(error)) => self.worst.answered(Err(error)),
            (InsightSlot::Text, Ok(Told::Text(form, text))) => self.copied = Some((form, text)),
            _ => debug_assert!(false, "{slot:?} got another slot's answer"),
        }
    }
}
