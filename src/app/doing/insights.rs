//! What can be done on the insights pages.

use crate::app::insights::Module;
use crate::app::route::{InsightFilters, InsightsPlace, Route};
use crate::app::state::App;
use crate::app::views::Picture;

impl App {
    /// Goes to the insights, as they were left.
    pub(super) fn show_insights(&mut self) {
        self.show(
            |route| matches!(route, Route::Insights(_)),
            Route::Insights(InsightsPlace::new(Module::Transactions)),
        );
    }

    /// Another module under the filters of the one shown last, or as they were left.
    pub(super) fn show_module(&mut self, module: Module) {
        let last = self
            .history
            .last(|route| matches!(route, Route::Insights(_)));
        let place = match last {
            Some(Route::Insights(place)) => place.of_module(module),
            _ => InsightsPlace::new(module),
        };
        self.history.push(Route::Insights(place));
    }

    fn go_on_with_insights(&mut self, change: impl FnOnce(&mut InsightsPlace)) {
        if let Route::Insights(mut place) = self.route().clone() {
            change(&mut place);
            self.history.push(Route::Insights(place));
        }
    }

    pub(super) fn filter_insights(&mut self, filters: InsightFilters) {
        self.go_on_with_insights(|place| place.filters = filters);
    }

    pub(super) fn group_insights(&mut self, by: String) {
        self.go_on_with_insights(|place| {
            place.by = by;
            place.sort = None;
            place.row = None;
        });
    }

    pub(super) fn open_insight(&mut self, row: Option<String>) {
        self.go_on_with_insights(|place| place.row = row);
    }

    /// Words read best from A, numbers from the largest; the same column again turns it around.
    pub(super) fn sort_insights(&mut self, column: &str) {
        let table = self.insights.table.value.clone();
        let unit = table.and_then(|table| Some(table.columns.get(table.column(column)?)?.unit));
        let entry = self.history.current_mut();
        if let Route::Insights(place) = &mut entry.route {
            let descending = match &place.sort {
                Some((known, descending)) if known == column => !descending,
                _ => unit.is_none_or(|unit| unit.is_number()),
            };
            place.sort = Some((column.to_owned(), descending));
        }
        if let Picture::Insights(picture) = &mut entry.picture {
            picture.offset_rows = 0.0;
            picture.selected = None;
        }
    }
}
