//! What is asked about issues: all of them, also while an import runs, and what a place shows of them.

use crate::app::insights::Look;
use crate::app::issues::{self, IssueRecords, Listing};
use crate::app::questions::{Question, Slot};
use crate::app::route::{HealthOf, IssuesPlace, Route};
use crate::app::state::App;
use crate::query::{self, Expr, Subject};
use crate::store::Filter;

impl App {
    /// Looks for issues in the background. While an import runs, a look is finished before the next begins.
    pub(super) fn ask_for_issues(&mut self) {
        let is_shown = matches!(self.route(), Route::Issues(place) if place.thresholds);
        if is_shown && self.issues.settings.should_ask(self.issues.thresholds) {
            self.jobs.ask(Question::DetectorSettings);
        }
        let is_needed = match self.route() {
            Route::Issues(_) => true,
            // An opened row shows its issues, and some looks do once their own figures are there.
            Route::Insights(place) => {
                let is_marked = place.look.is_some_and(Look::shows_issues);
                place.row.is_some() || is_marked && self.insights.table_of(place).is_some()
            }
            // The rest of the overview is there before.
            Route::Health(place) => {
                place.of == HealthOf::Capture
                    && place.filters.is_empty()
                    && self.insights.health.value.is_some()
                    && !self.insights.health.waiting
            }
            _ => false,
        };
        // Detection takes all cores, so it begins when nobody waits for anything.
        let idle = self.overview.value.is_some() && !self.jobs.is_waiting();
        let beside = self.jobs.has_threads() && idle;
        let is_looking = self.importing.is_some() && self.jobs.is_waiting_for(Slot::Issues);
        let wanted = (self.data_version, self.issues.thresholds);
        if (beside || is_needed) && !is_looking && self.issues.found.should_ask(wanted) {
            // What was found when the store was open last is shown at once.
            if self.issues.found.value.is_none() {
                self.jobs.ask(Question::IssuesBefore);
            }
            self.jobs.ask(Question::Issues(self.writer.findings()));
        }
    }

    /// How many of the issues that were found are open: what is decided about them is read, then they are counted.
    pub(super) fn ask_for_open_issues(&mut self) {
        if self.issues.found.value.is_some() {
            self.ask_for_issue_states();
        }
        let issues = &mut self.issues;
        let (Some(found), Some(states)) = (&issues.found.value, &issues.states.value) else {
            return;
        };
        let (found, states) = (found.clone(), states.clone());
        let rules = self.saved_searches.revision;
        let versions = (issues.found.revision, issues.states.revision, rules);
        if issues.open.should_ask(versions) {
            self.jobs.ask(Question::OpenIssues {
                issues: found,
                states,
                noise: self.noise(),
            });
        }
    }

    fn ask_for_issue_states(&mut self) {
        // While an import runs, one answer is waited for before the next.
        let is_busy = self.importing.is_some() && self.issues.states.waiting;
        let wanted = (self.data_version, self.issues.changes);
        if !is_busy && self.issues.states.should_ask(wanted) {
            self.jobs.ask(Question::IssueStates);
        }
    }

    pub(super) fn ask_for_listed_issues(&mut self, place: &IssuesPlace) {
        self.ask_for_issue_states();
        let Ok(search) = query::parse_filter(&place.query) else {
            return;
        };
        let listing = Listing {
            search,
            noise: self.noise(),
            // Which one is selected makes no other list.
            place: IssuesPlace {
                fingerprint: None,
                thresholds: false,
                changes: None,
                records: None,
                attribute: String::new(),
                ..place.clone()
            },
        };
        let issues = &mut self.issues;
        if let (Some(found), Some(states)) = (&issues.found.value, &issues.states.value) {
            let versions = (issues.found.revision, issues.states.revision);
            if issues
                .listed
                .should_ask((versions.0, versions.1, listing.clone()))
            {
                self.jobs.ask(Question::ListedIssues {
                    issues: found.clone(),
                    states: states.clone(),
                    listing: Box::new(listing),
                });
            }
        }
    }

    /// What the records of the selected issue are made of. While an import runs, one answer is waited for before the next.
    pub(super) fn ask_for_issue_attributes(&mut self, place: &IssuesPlace) {
        let name = place.fingerprint.as_deref();
        let Some((issue, _)) = name.and_then(|name| self.issues.find(name)) else {
            return;
        };
        let records = place.records.unwrap_or_else(|| IssueRecords::usual(issue));
        let fingerprint = issue.fingerprint.clone();
        let attributes = &mut self.issues.attributes;
        let is_other = |(_, _, of, by): &(u64, u64, String, IssueRecords)| {
            *of != fingerprint || *by != records
        };
        if attributes.asked.as_ref().is_some_and(is_other) {
            attributes.clear();
        }
        let is_busy = self.importing.is_some() && attributes.waiting;
        let versions = (self.data_version, self.issues.thresholds);
        let wanted = (versions.0, versions.1, fingerprint.clone(), records);
        if !is_busy && self.issues.attributes.should_ask(wanted) {
            self.jobs.ask(Question::IssueAttributes {
                fingerprint,
                records,
            });
        }
    }

    /// What changed between two sides, and what sides there are to choose from.
    pub(super) fn ask_for_changes(&mut self, sides: &[String; 2]) {
        if self.issues.sides.should_ask(self.data_version) {
            self.jobs.ask(Question::Sides);
        }
        let filter = |text: &String| {
            let search = query::parse_for(text, Subject::Traces).ok()?;
            let range = None;
            (search != Expr::All).then_some(Filter { search, range })
        };
        let (Some(left), Some(right)) = (filter(&sides[0]), filter(&sides[1])) else {
            return;
        };
        let wanted = (self.data_version, self.issues.thresholds, sides.clone());
        if self.issues.between.should_ask(wanted) {
            self.jobs
                .ask(Question::BeforeAfter(Box::new([left, right])));
        }
    }

    /// The saved searches that say which issues do not matter.
    pub fn noise(&self) -> Vec<Expr> {
        let saved = self.saved_searches.value.as_deref();
        saved.map(issues::noise).unwrap_or_default()
    }
}
