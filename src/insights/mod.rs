//! What the store's records mean when they are taken together: pure analysis, run over all of them.
//!
//! It asks the store and puts its answers through [`analysis`](crate::analysis). It knows neither windows nor output.
//!
//! Each module of insights ([`Module`]) says what one part of an application did, as a [`Table`]: it selects spans by their
//! operation, reads the columns it needs in one parallel pass, and puts them into groups. Texts are normalised once a
//! distinct text. What a span is to others ([`family`]) is known without opening traces.

pub mod agents;
pub mod before_after;
pub mod behind;
pub mod caches;
pub mod doctor;
pub mod error_records;
mod errors;
pub mod family;
mod gather;
mod issue;
pub mod issues;
mod kept;
mod kept_told;
pub mod limits;
pub mod looks;
mod measure;
pub mod narrowed;
pub mod nothing;
mod over;
pub mod overview;
pub mod place;
pub mod prices;
pub mod queries;
pub mod queues;
pub mod requests;
mod same;
pub mod series;
pub mod spent;
mod statuses;
pub mod table;
mod texts;
mod told;
mod traced;
pub mod transactions;
mod trends;
pub mod vitals;

use crate::model::{CancelToken, TimeRange};
use crate::query::{self, Expr};
use crate::store::{Filter, Reader, RecordKind, StoreError};
use family::Family;
use over::Over;
pub use table::{Cell, Column, Table, Unit};

/// A part of an application that insights are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Module {
    /// Requests answered, jobs done, pages loaded.
    Transactions,
    /// What was asked of databases.
    Queries,
    /// What was asked of other services.
    Requests,
    /// What was kept for later.
    Caches,
    /// What was left for others to do.
    Queues,
    /// What was asked of models, and what they asked for.
    Agents,
    /// How pages felt.
    Vitals,
}

impl Module {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Transactions,
        Self::Queries,
        Self::Requests,
        Self::Caches,
        Self::Queues,
        Self::Agents,
        Self::Vitals,
    ];

    /// Its name for scripts and places.
    pub fn name(self) -> &'static str {
        match self {
            Self::Transactions => "transactions",
            Self::Queries => "queries",
            Self::Requests => "requests",
            Self::Caches => "caches",
            Self::Queues => "queues",
            Self::Agents => "agents",
            Self::Vitals => "vitals",
        }
    }

    /// The module of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|module| module.name() == name)
    }

    /// What its rows may be told apart by besides, or instead.
    pub fn groupings(self) -> &'static [&'static str] {
        match self {
            Self::Transactions => &["release", "environment"],
            Self::Queries => &["domain"],
            Self::Requests => &["domain"],
            Self::Caches => &["key"],
            Self::Queues => &["destination"],
            Self::Agents => agents::GROUPINGS,
            Self::Vitals => &[],
        }
    }
}

/// What is asked of a module.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Which spans count, of those that the module selects.
    pub filter: Filter,
    /// Some of [`Module::groupings`].
    pub group_by: Vec<String>,
    /// What is fast enough.
    pub apdex: transactions::Thresholds,
    /// What models cost.
    pub prices: prices::Prices,
    /// What caches are tried with.
    pub expansion: caches::expansion::WhatIf,
    /// What a plan for sampling is made with.
    pub sample_rate: agents::SampleRate,
    /// Leaves out the marks of issues: finding them may mean to open every trace.
    pub without_issues: bool,
}

impl Asked {
    fn is_by(&self, name: &str) -> bool {
        self.group_by.iter().any(|wanted| wanted == name)
    }

    /// The filter, narrowed to what a module selects.
    fn spans(&self, selected: &str) -> Filter {
        // Selections are literals, which tests parse.
        let selected = query::parse_filter(selected).unwrap_or_default();
        Filter {
            search: Expr::all_of([selected, self.filter.search.clone()]),
            range: self.filter.range,
        }
    }

    /// The time that rates refer to: the filter's range, its open ends closed by the first and the last start of any span.
    fn time(&self, reader: &Reader, cancel: &CancelToken) -> Result<Option<TimeRange>, StoreError> {
        let all = Filter {
            search: Expr::All,
            range: self.filter.range,
        };
        let spans = reader.histogram(RecordKind::Span, &all, 1, cancel)?;
        let is_any = spans.buckets.iter().any(|bucket| bucket.total() > 0);
        Ok(is_any.then_some(spans.range))
    }
}

/// The table of a module, in the module's own order.
pub fn table(
    module: Module,
    reader: &Reader,
    asked: &Asked,
    cancel: &CancelToken,
) -> Result<Table, StoreError> {
    if module == Module::Transactions {
        return transactions::table(reader, asked, cancel);
    }
    let family = Family::read(reader, cancel)?;
    table_among(module, reader, asked, &family, cancel)
}

/// As [`table()`], where what spans are to each other is known already: it is the same for all modules.
pub fn table_among(
    module: Module,
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    cancel: &CancelToken,
) -> Result<Table, StoreError> {
    match module {
        Module::Transactions => transactions::table(reader, asked, cancel),
        module => {
            let tables = tables(module, reader, asked, family, &Over::WHOLE, cancel)?;
            let only = tables.into_iter().next();
            only.ok_or_else(|| StoreError::failed("compute insights", "there is no table"))
        }
    }
}

/// The tables of a module, one a stretch of time; of transactions there are none here.
fn tables(
    module: Module,
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    over: &Over,
    cancel: &CancelToken,
) -> Result<Vec<Table>, StoreError> {
    match module {
        // They are groups of the store, which knows time itself.
        Module::Transactions => Ok(Vec::new()),
        Module::Queries => queries::tables(reader, asked, family, over, cancel),
        Module::Requests => requests::tables(reader, asked, family, over, cancel),
        Module::Caches => caches::tables(reader, asked, family, over, cancel),
        Module::Queues => queues::tables(reader, asked, family, over, cancel),
        Module::Agents => agents::tables(reader, asked, family, over, cancel),
        Module::Vitals => vitals::tables(reader, asked, family, over, cancel),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_modules_select_can_be_read() {
        for selected in [
            transactions::SELECTED,
            queries::SELECTED,
            requests::SELECTED,
            caches::SELECTED,
            queues::SELECTED,
            agents::SELECTED,
            vitals::SELECTED,
        ] {
            let search = query::parse_filter(selected);
            assert!(search.is_ok_and(|search| search != Expr::All), "{selected}");
        }
        for module in Module::ALL {
            assert_eq!(Module::named(module.name()), Some(module));
        }
    }
}
