//! What the insights pages need: a module's table and the order of its rows, it over time, and the row that is opened.

use crate::app::insights::records;
use crate::app::insights::words::Form;
use crate::app::insights::{
    Behind, Insight, InsightSlot, Look, SharedFamily, Table, Told, VersionedFamily, Wanted,
};
use crate::app::questions::Question;
use crate::app::route::{InsightsPlace, Route};
use crate::app::settings::Settings;
use crate::app::state::App;
use crate::insights::transactions::Thresholds;
use crate::model::TimeRange;
use crate::query::Threshold;
use crate::store::{Filter, RecordKind};
use std::sync::Arc;

/// What is fast enough, as it was set.
pub(super) fn thresholds(settings: &Settings) -> Thresholds {
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
            look: place.look,
            filter: place.filters.filter().ok()?,
            by: place.by.clone(),
            apdex: thresholds(&self.settings),
            inputs: place.inputs.clone(),
            without_issues: place.look.is_some_and(Look::shows_issues)
                && !self.issues.are_found(self.data_version),
            family: self.insights.family.clone(),
        })
    }

    /// What the pages of insights, the overview and the doctor need: attributes and values to filter by, and room for what
    /// spans are to each other.
    pub(super) fn ask_what_insights_share(&mut self, range: Option<TimeRange>) {
        let version = self.data_version;
        if self.span_keys.should_ask(version) {
            self.jobs.ask(Question::Keys(RecordKind::Span));
        }
        if self.imports.should_ask(version) {
            self.jobs.ask(Question::Imports);
        }
        if self.insights.family.version != version {
            self.insights.family = VersionedFamily {
                version,
                family: SharedFamily::default(),
            };
        }
        let of_time = Filter {
            range,
            ..Filter::default()
        };
        if self.insights.choices.should_ask((version, of_time.clone())) {
            self.jobs.ask(Question::Insight(Insight::Choices(of_time)));
        }
    }

    pub(super) fn ask_for_insights(&mut self, place: &InsightsPlace) {
        self.ask_what_insights_share(place.filters.range);
        let version = self.data_version;
        let Some(wanted) = self.wanted_insight(place) else {
            return;
        };
        let insights = &mut self.insights;
        if insights.table.should_ask((version, wanted.clone())) {
            self.jobs
                .ask(Question::Insight(Insight::Table(wanted.clone())));
        }
        self.ask_for_insight_over_time(version, &wanted, place);
        let insights = &mut self.insights;
        let Some(table) = insights.table_of(place).cloned() else {
            return;
        };
        let key = (insights.table.revision, place.sort.clone());
        if insights.order.should_ask(key) {
            let sort = place.sort.clone();
            self.jobs
                .ask(Question::Insight(Insight::Order { table, sort }));
        }
    }

    /// Gives back the memory that only these pages need.
    pub(super) fn leave_insights(&mut self) {
        if self.insights.family.version != 0 {
            self.insights.family = VersionedFamily::default();
            // Nobody waits for a copy any more.
            self.insights.copied = None;
        }
    }

    /// The opened row of the table; `None` while the table is not at hand.
    pub fn opened_insight(&self, place: &InsightsPlace) -> Option<(Arc<Table>, usize)> {
        let table = self.insights.table_of(place)?;
        let row = *self.insights.keys.get(place.row.as_deref()?)?;
        Some((table.clone(), row))
    }

    fn ask_for_insight_over_time(&mut self, version: u64, wanted: &Wanted, place: &InsightsPlace) {
        let row = match &place.row {
            // A closer look is a table of its own, and is not cut.
            None if place.look.is_some() => return,
            None => None,
            Some(_) => match self.opened_insight(place) {
                None => return,
                row => row,
            },
        };
        if let Some((table, row)) = &row {
            self.ask_for_insight_detail(version, wanted, place, (table, *row));
        }
        let key = (version, (wanted.clone(), place.row.clone()));
        if self.insights.series.should_ask(key) {
            let wanted = wanted.clone();
            self.jobs
                .ask(Question::Insight(Insight::Series { wanted, row }));
        }
    }

    fn ask_for_insight_detail(
        &mut self,
        version: u64,
        wanted: &Wanted,
        place: &InsightsPlace,
        (table, row): (&Arc<Table>, usize),
    ) {
        let issues = self.issues.found.value.clone().unwrap_or_default();
        let versions = (self.insights.table.revision, self.issues.found.revision);
        let opened = place.row.clone().unwrap_or_default();
        // The table is still that of other filters.
        if self.insights.table.waiting {
            return;
        }
        let key = (version, versions.0, versions.1, opened);
        if self.insights.detail.should_ask(key) {
            let of = Behind {
                wanted: wanted.clone(),
                table: table.clone(),
                row,
                column: "",
                filters: place.filters.clone(),
            };
            self.jobs
                .ask(Question::Insight(Insight::Detail(Box::new(of), issues)));
        }
    }

    /// Goes to the spans behind a number of the table that is shown.
    pub(in crate::app) fn show_behind(
        &mut self,
        place: &InsightsPlace,
        row: &str,
        column: &'static str,
    ) {
        let table = self.insights.table_of(place).cloned();
        let (Some(table), Some(wanted)) = (table, self.wanted_insight(place)) else {
            return;
        };
        if let Some(row) = self.insights.keys.get(row).copied() {
            let behind = Behind {
                wanted,
                table,
                row,
                column,
                filters: place.filters.clone(),
            };
            self.jobs
                .ask(Question::Insight(Insight::Behind(Box::new(behind))));
        }
    }

    /// Goes to what a row of a closer look tells of: the span that shows it, else the spans it is made of.
    pub(in crate::app) fn follow_look(&mut self, place: &InsightsPlace, row: usize) {
        let (Some(look), Some(table)) = (place.look, self.insights.table_of(place)) else {
            return;
        };
        match records::of_look(look, table, row, &place.filters) {
            Some(records::Leads::Span(at)) => {
                self.jobs.ask(Question::Insight(Insight::Sample(at)));
            }
            Some(records::Leads::Place(route)) => self.go(*route),
            None => {}
        }
    }

    /// Takes an answer; one that leads elsewhere is followed.
    pub(in crate::app) fn take_insight(&mut self, slot: InsightSlot, result: Result<Told, String>) {
        match (slot, result) {
            (InsightSlot::Behind, Ok(Told::Behind(mut place, is_exact))) => {
                place.columns = self.settings.span_columns.clone();
                self.history.push(Route::Spans(*place));
                if !is_exact {
                    let reason =
                        "The search finds more spans than were counted: nothing tells them apart";
                    self.tell(reason.to_owned(), false);
                }
            }
            (InsightSlot::Behind, Ok(Told::Sample(place))) => {
                self.history.push(Route::Trace(*place))
            }
            (InsightSlot::Behind | InsightSlot::Text, Err(reason)) => self.tell(reason, true),
            (slot, result) => self.insights.take(slot, result),
        }
    }

    /// Makes a text of the table that is shown, for the clipboard.
    pub(in crate::app) fn copy_insight(&mut self, place: &InsightsPlace, form: Form) {
        if let Some(table) = self.insights.table_of(place).cloned() {
            let sort = place.sort.clone();
            self.jobs
                .ask(Question::Insight(Insight::Text { table, sort, form }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_could_not_be_copied_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let route = "insights".parse().unwrap();
        let mut app = App::inline(&folder.path().join("test.store"), route);
        let reason = "The store is gone".to_owned();
        app.take_insight(InsightSlot::Text, Err(reason.clone()));
        let told = app.notices.last().map(|told| (&told.text, told.is_error));
        assert_eq!(told, Some((&reason, true)));
        assert!(app.insights.copied.is_none());
    }
}
