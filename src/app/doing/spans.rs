//! What can be done on the span search.

use crate::app::route::{GroupsPlace, Route, SpansChart, SpansPlace, SpansView};
use crate::app::state::App;
use crate::app::views::Picture;
use crate::model::TimeRange;
use crate::store::SpanOrder;
use std::ops::Range;

impl App {
    pub(super) fn show_spans(&mut self) {
        let fresh = SpansPlace {
            columns: self.settings.span_columns.clone(),
            ..SpansPlace::default()
        };
        self.show(
            |route| matches!(route, Route::Spans(_)),
            Route::Spans(fresh),
        );
    }

    pub(super) fn push_spans(&mut self, place: SpansPlace) {
        self.history.push(Route::Spans(place));
    }

    /// Goes to the same search with something changed.
    fn go_on_with(&mut self, change: impl FnOnce(&mut SpansPlace)) {
        if let Route::Spans(mut place) = self.route().clone() {
            change(&mut place);
            self.push_spans(place);
        }
    }

    pub(super) fn show_spans_as(&mut self, view: SpansView) {
        self.go_on_with(|place| {
            place.view = view;
            if view == SpansView::Groups && place.groups == GroupsPlace::default() {
                place.groups = GroupsPlace {
                    keys: vec!["op".to_owned()],
                    aggregates: "count(), p95(duration), failure_rate()".to_owned(),
                    ..GroupsPlace::default()
                };
            }
        });
    }

    pub(super) fn span_region(&mut self, range: Option<TimeRange>, durations: Option<Range<i64>>) {
        self.go_on_with(|place| {
            place.range = range;
            place.durations = durations.filter(SpansPlace::is_narrow);
        });
    }

    /// The same place drawn in another way is no other place to come back from.
    pub(super) fn draw_spans_as(&mut self, chart: SpansChart) {
        if let Route::Spans(place) = &mut self.history.current_mut().route {
            place.chart = chart;
        }
    }

    pub(super) fn sort_spans(&mut self, order: SpanOrder) {
        let entry = self.history.current_mut();
        if let Route::Spans(place) = &mut entry.route {
            place.descending = place.order != order || !place.descending;
            place.order = order;
        }
        if let Picture::Spans(picture) = &mut entry.picture {
            picture.offset_rows = 0.0;
            picture.selected = None;
            picture.record = None;
        }
    }
}
