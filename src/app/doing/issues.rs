//! What can be done on the issues page.

use crate::app::route::{IssueOrder, IssuesPlace, IssuesShown, Route};
use crate::app::state::App;
use crate::app::views::Picture;
use crate::store::IssueState;

impl App {
    pub(super) fn show_issues(&mut self) {
        self.show(
            |route| matches!(route, Route::Issues(_)),
            Route::Issues(IssuesPlace::default()),
        );
    }

    /// Another issue of the same list is no other place to come back from.
    pub(super) fn select_issue(&mut self, fingerprint: Option<String>) {
        if let Route::Issues(place) = &mut self.history.current_mut().route {
            place.fingerprint = fingerprint;
        }
    }

    pub(super) fn show_issues_in(&mut self, shown: IssuesShown) {
        if let Route::Issues(place) = self.route().clone() {
            self.history.push(Route::Issues(IssuesPlace {
                shown,
                fingerprint: None,
                ..place
            }));
        }
    }

    pub(super) fn sort_issues(&mut self, order: IssueOrder) {
        let entry = self.history.current_mut();
        if let Route::Issues(place) = &mut entry.route {
            // Names read best from A, numbers and times from the largest.
            let first = matches!(order, IssueOrder::Kind | IssueOrder::Title);
            place.ascending = match place.order == order {
                true => !place.ascending,
                false => first,
            };
            place.order = order;
        }
        if let Picture::Issues(picture) = &mut entry.picture {
            picture.offset_rows = 0.0;
        }
    }

    pub(super) fn decide_issue(&mut self, kind: &str, fingerprint: &str, state: IssueState) {
        self.waiting_imports += 1;
        self.writer.decide_issue(kind, fingerprint, state);
    }
}
