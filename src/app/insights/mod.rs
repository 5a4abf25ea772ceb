//! Insights as the window sees them: a module's table, the order its rows are in, what may be chosen from.
//!
//! All is computed by reader threads. A table stays in sight until the next one of its module is there; sorting it asks
//! the store nothing.

pub mod words;

pub use crate::insights::{Cell, Column, Module, Table, Unit};

use super::fetched::Fetched;
use super::questions::{Lane, Question};
use super::route::{Dimension, InsightsPlace};
use super::settings::Settings;
use super::state::{App, Versioned};
use crate::insights::transactions::Thresholds;
use crate::insights::{self, Asked};
use crate::model::CancelToken;
use crate::query::Threshold;
use crate::store::{Facet, Filter, Reader, RecordKind, StoreError};
use std::sync::Arc;
use words::Form;

/// Values offered of each dimension.
const VALUES: usize = 50;
/// A column by its name, and whether the largest come first.
pub type Sort = Option<(String, bool)>;

/// What is asked of a module.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// Which.
    pub module: Module,
    /// Of these spans.
    pub filter: Filter,
    /// One of its groupings; empty for the usual one.
    pub by: String,
    /// What is fast enough.
    pub apdex: Thresholds,
}

impl Wanted {
    fn asked(&self) -> Asked {
        let by = Some(self.by.clone()).filter(|by| !by.is_empty());
        Asked {
            filter: self.filter.clone(),
            group_by: by.into_iter().collect(),
            apdex: self.apdex.clone(),
            ..Asked::default()
        }
    }
}

/// A question about insights.
#[derive(Clone, Debug)]
pub enum Insight {
    /// A module's table.
    Table(Wanted),
    /// The order of its rows.
    Order { table: Arc<Table>, sort: Sort },
    /// What filters may be chosen from, among the spans of a filter.
    Choices(Filter),
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
    Choices,
    Text,
}

/// An answer.
#[derive(Clone, Debug)]
pub enum Told {
    /// To [`Insight::Table`].
    Table(Arc<Table>),
    /// To [`Insight::Order`].
    Order(Arc<[u32]>),
    /// To [`Insight::Choices`].
    Choices(Arc<[Facet]>),
    /// To [`Insight::Text`].
    Text(Form, String),
}

impl Insight {
    /// The view that waits for it.
    pub fn slot(&self) -> InsightSlot {
        match self {
            Self::Table(_) => InsightSlot::Table,
            Self::Order { .. } => InsightSlot::Order,
            Self::Choices(_) => InsightSlot::Choices,
            Self::Text { .. } => InsightSlot::Text,
        }
    }

    /// The thread that answers it.
    pub fn lane(&self) -> Lane {
        match self {
            Self::Order { .. } => Lane::Interactive,
            _ => Lane::Bulk,
        }
    }

    /// Answers it.
    pub fn answer(self, reader: &Reader, cancel: &CancelToken) -> Result<Told, StoreError> {
        match self {
            Self::Table(wanted) => {
                let table = insights::table(wanted.module, reader, &wanted.asked(), cancel)?;
                Ok(Told::Table(Arc::new(table)))
            }
            Self::Order { table, sort } => Ok(Told::Order(order(&table, &sort).into())),
            Self::Choices(filter) => {
                let keys = Dimension::ALL.map(|dimension| dimension.key().to_owned());
                let values =
                    reader.facets(RecordKind::Span, &keys[..3], &filter, VALUES, cancel)?;
                Ok(Told::Choices(values.into()))
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
    /// The order of its rows, by version of the table.
    pub order: Fetched<(u64, Sort), Arc<[u32]>>,
    /// Values of the dimensions.
    pub choices: Fetched<Versioned<Filter>, Arc<[Facet]>>,
    /// A table as text, to be copied by the window.
    pub copied: Option<(Form, String)>,
}

impl Insights {
    /// The table of a module with the order of its rows, if both are at hand.
    pub fn listed(&self, module: Module) -> Option<(Arc<Table>, Arc<[u32]>)> {
        let table = self.table.value.clone()?;
        let order = self.order.value.clone()?;
        // Until the order of a new table is known, it is not the one of this.
        let fits = table.module == module && order.len() == table.rows.len();
        fits.then_some((table, order))
    }

    pub(super) fn take(&mut self, slot: InsightSlot, result: Result<Told, String>) {
        match (slot, result) {
            (InsightSlot::Table, Ok(Told::Table(table))) => self.table.answered(Ok(table)),
            (InsightSlot::Table, Err(error)) => self.table.answered(Err(error)),
            (InsightSlot::Order, Ok(Told::Order(order))) => self.order.answered(Ok(order)),
            (InsightSlot::Order, Err(error)) => self.order.answered(Err(error)),
            (InsightSlot::Choices, Ok(Told::Choices(values))) => self.choices.answered(Ok(values)),
            (InsightSlot::Choices, Err(error)) => self.choices.answered(Err(error)),
            (InsightSlot::Text, Ok(Told::Text(form, text))) => self.copied = Some((form, text)),
            (InsightSlot::Text, Err(_)) => {}
            _ => debug_assert!(false, "{slot:?} got another slot's answer"),
        }
    }
}

/// What is fast enough, as it was set.
fn thresholds(settings: &Settings) -> Thresholds {
    let own = settings.apdex.iter();
    Thresholds {
        usual: Threshold::default(),
        by_name: own
            .map(|(name, nanos)| (name.clone(), Threshold(*nanos)))
            .collect(),
    }
}

impl App {
    /// What a place asks of its module; `None` while its search cannot be read.
    pub fn wanted_insight(&self, place: &InsightsPlace) -> Option<Wanted> {
        Some(Wanted {
            module: place.module,
            filter: place.filters.filter().ok()?,
            by: place.by.clone(),
            apdex: thresholds(&self.settings),
        })
    }

    pub(super) fn ask_for_insights(&mut self, place: &InsightsPlace) {
        let version = self.data_version;
        if self.span_keys.should_ask(version) {
            self.jobs.ask(Question::Keys(RecordKind::Span));
        }
        if self.imports.should_ask(version) {
            self.jobs.ask(Question::Imports);
        }
        let Some(wanted) = self.wanted_insight(place) else {
            return;
        };
        let insights = &mut self.insights;
        let of_time = Filter {
            range: wanted.filter.range,
            ..Filter::default()
        };
        if insights.table.should_ask((version, wanted.clone())) {
            self.jobs.ask(Question::Insight(Insight::Table(wanted)));
        }
        if insights.choices.should_ask((version, of_time.clone())) {
            self.jobs.ask(Question::Insight(Insight::Choices(of_time)));
        }
        let Some(table) = &insights.table.value else {
            return;
        };
        let key = (insights.table.revision, place.sort.clone());
        if table.module == place.module && insights.order.should_ask(key) {
            let (table, sort) = (table.clone(), place.sort.clone());
            self.jobs
                .ask(Question::Insight(Insight::Order { table, sort }));
        }
    }

    /// Makes a text of the table that is shown, for the clipboard.
    pub(super) fn copy_insight(&mut self, place: &InsightsPlace, form: Form) {
        if let Some(table) = self.insights.table.value.clone()
            && table.module == place.module
        {
            let sort = place.sort.clone();
            self.jobs
                .ask(Question::Insight(Insight::Text { table, sort, form }));
        }
    }
}
