//! What can be done on the issues page.

use crate::app::issues::{IssueRecords, Settings, Threshold};
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

    /// Tells of the selected issue what records of a kind are made of, and of which attributes.
    pub(super) fn show_issue_attributes(
        &mut self,
        records: Option<IssueRecords>,
        attribute: String,
    ) {
        if let Route::Issues(place) = &mut self.history.current_mut().route {
            place.records = records;
            place.attribute = attribute;
        }
    }

    /// Another issue of the same list is no other place to come back from.
    pub(super) fn select_issue(&mut self, fingerprint: Option<String>) {
        if let Route::Issues(place) = &mut self.history.current_mut().route {
            if place.fingerprint != fingerprint {
                place.records = None;
            }
            place.fingerprint = fingerprint;
            place.thresholds = false;
            place.changes = None;
        }
    }

    pub(super) fn show_issues_in(&mut self, shown: IssuesShown) {
        if let Route::Issues(place) = self.route().clone() {
            self.history.push(Route::Issues(IssuesPlace {
                shown,
                fingerprint: None,
                thresholds: false,
                changes: None,
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

    /// The thresholds beside the issues, from wherever one is.
    pub(super) fn show_thresholds(&mut self) {
        self.show_issues();
        if let Route::Issues(place) = &mut self.history.current_mut().route {
            place.fingerprint = None;
            place.thresholds = true;
            place.changes = None;
        }
    }

    /// What changed between two sets of traces; empty sides are still to be chosen.
    pub(super) fn show_changes(&mut self, sides: [String; 2]) {
        let place = match self.route() {
            Route::Issues(place) => place.clone(),
            _ => IssuesPlace::default(),
        };
        self.history.push(Route::Issues(IssuesPlace {
            changes: Some(sides),
            fingerprint: None,
            thresholds: false,
            records: None,
            attribute: String::new(),
            ..place
        }));
    }

    /// Sets a threshold, or back to what is usual. A value that cannot be read stays as it was typed; the page says why.
    pub(super) fn set_threshold(&mut self, name: String, value: Option<&str>) {
        let Some(threshold) = Threshold::named(&name) else {
            return;
        };
        let mut settings = Settings::default();
        if let Some(value) = value
            && threshold.set(&mut settings, value).is_err()
        {
            self.issues.typed.insert(name, value.to_owned());
            return;
        }
        self.issues.typed.remove(&name);
        let value = threshold.is_changed(&settings);
        let value = value.then(|| threshold.value(&settings));
        self.waiting_imports += 1;
        self.writer.set_detector(name, value);
    }

    pub(super) fn decide_issue(&mut self, kind: &str, fingerprint: &str, state: IssueState) {
        let known = self.issues.find(fingerprint);
        let fingerprints = match known {
            Some((issue, _)) => issue.fingerprints.iter().cloned().collect(),
            None => vec![fingerprint.to_owned()],
        };
        self.waiting_imports += 1;
        self.writer.decide_issue(kind, fingerprints, state);
    }
}
