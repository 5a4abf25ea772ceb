//! What is asked about issues: all of them once no import runs, and what a place shows of them.

use crate::app::issues::Listing;
use crate::app::questions::Question;
use crate::app::route::{IssuesPlace, Route};
use crate::app::state::App;
use crate::query::{self, Expr};

/// Saved searches of issues whose name begins so say what is noise.
const NOISE: &str = "ignore";

impl App {
    /// Looks for issues in the background, as soon as the data stands still.
    pub(super) fn ask_for_issues(&mut self) {
        let is_needed = matches!(self.route(), Route::Issues(_));
        // Detection takes all cores, so it begins when nobody waits for anything.
        let stands_still =
            self.importing.is_none() && self.overview.value.is_some() && !self.jobs.is_waiting();
        if (stands_still && self.jobs.has_threads() || is_needed)
            && self.issues.found.should_ask(self.data_version)
        {
            self.jobs.ask(Question::Issues);
        }
    }

    pub(super) fn ask_for_listed_issues(&mut self, place: &IssuesPlace) {
        if self
            .issues
            .states
            .should_ask((self.data_version, self.issues.changes))
        {
            self.jobs.ask(Question::IssueStates);
        }
        let Ok(search) = query::parse_filter(&place.query) else {
            return;
        };
        let listing = Listing {
            search,
            noise: self.noise(),
            // Which one is selected makes no other list.
            place: IssuesPlace {
                fingerprint: None,
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

    /// The saved searches that say which issues do not matter.
    pub fn noise(&self) -> Vec<Expr> {
        let saved = self.saved_searches.value.iter().flat_map(|all| all.iter());
        let rules = saved.filter(|saved| saved.name.to_lowercase().starts_with(NOISE));
        let rules = rules.filter_map(|saved| match saved.place.parse() {
            Ok(Route::Issues(place)) => query::parse_filter(&place.query).ok(),
            _ => None,
        });
        // A rule without a search would ignore everything.
        rules.filter(|rule| *rule != Expr::All).collect()
    }
}
