//! What the overview and the doctor need. Both look at all that is stored, so they wait for the end of an import; what was
//! found before stays in sight.

use crate::app::insights::{Insight, Whole};
use crate::app::questions::Question;
use crate::app::route::{HealthOf, HealthPlace};
use crate::app::state::App;
use crate::store::Filter;

impl App {
    pub(super) fn ask_for_health(&mut self, place: &HealthPlace) {
        self.ask_what_insights_share(place.filters.range);
        let Ok(filter) = place.filters.filter() else {
            return;
        };
        if self.importing.is_some() {
            return;
        }
        let version = self.data_version;
        let whole = Whole {
            filter: filter.clone(),
            apdex: super::insights::thresholds(&self.settings),
            family: self.insights.family.clone(),
        };
        let insights = &mut self.insights;
        match place.of {
            HealthOf::Capture => {
                let wanted = (version, whole.clone());
                if insights.glance.should_ask(wanted.clone()) {
                    let glance = Insight::Glance(Box::new(whole.clone()));
                    self.jobs.ask(Question::Insight(glance));
                }
                let glance = &insights.glance;
                let is_newest = !glance.waiting && glance.error.is_none();
                let first = glance.value.clone().filter(|_| is_newest);
                if let Some(first) = first
                    && insights.health.should_ask(wanted)
                {
                    let rest = Insight::Overview(Box::new(whole), first);
                    self.jobs.ask(Question::Insight(rest));
                }
                self.ask_for_worst(filter);
            }
            HealthOf::Instrumentation => {
                if insights.findings.should_ask((version, whole.clone())) {
                    self.jobs
                        .ask(Question::Insight(Insight::Doctor(Box::new(whole))));
                }
            }
        }
    }

    /// What is said of issues; without a filter of those that are found anyway.
    fn ask_for_worst(&mut self, filter: Filter) {
        let (found, of) = match filter == Filter::default() {
            false => (None, 0),
            true => match &self.issues.found.value {
                None => return,
                found => (found.clone(), self.issues.found.revision),
            },
        };
        let wanted = (self.data_version, self.issues.thresholds, of, filter);
        if self.insights.worst.should_ask(wanted.clone()) {
            self.jobs
                .ask(Question::Insight(Insight::Worst(wanted.3, found)));
        }
    }
}
