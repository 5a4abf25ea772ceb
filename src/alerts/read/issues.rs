//! Rules about issues.

use super::Reading;
use super::fields::Fields;
use crate::alerts::rule::{Does, IssueRule, Level, Rule, Subject, Watches, When};

const ISSUE_RULE: [&str; 12] = [
    "name",
    "does",
    "when",
    "count",
    "factor",
    "least",
    "within",
    "after",
    "filter",
    "traces",
    "severity",
    "action_interval",
];

impl Reading<'_> {
    pub(super) fn issue_rule(&mut self, fields: &Fields) -> Option<Rule> {
        let before = self.errors.len();
        self.known(fields, &ISSUE_RULE);
        let name = self.name(fields);
        let does = self.choice(fields, "does", &Does::ALL, Does::name);
        let when = self.when(fields);
        let severity = match self.text(fields, "severity").as_deref() {
            None | Some("critical") => Level::Critical,
            Some("warning") => Level::Warning,
            Some(other) => {
                self.fail_at(
                    fields,
                    "severity",
                    format!("severity is one of critical, warning, not {other:?}"),
                );
                Level::Critical
            }
        };
        let rule = IssueRule {
            when: when?,
            filter: self
                .search(fields, "filter", Subject::Errors)
                .unwrap_or_default(),
            traces: self.search(fields, "traces", Subject::Spans),
            severity,
            action_interval: self.minutes(fields, "action_interval", 30),
        };
        (self.errors.len() == before).then(|| Rule {
            name,
            does,
            watches: Watches::Issues(Box::new(rule)),
        })
    }

    fn when(&mut self, fields: &Fields) -> Option<When> {
        let name = self.text(fields, "when").unwrap_or_default();
        let within = |own: &mut Self| own.minutes(fields, "within", 60);
        let least = |own: &mut Self| own.whole(fields, "least", 1, 10) as u64;
        Some(match &*name {
            "new" => When::New {
                after: self.minutes(fields, "after", 0),
            },
            "more_than" => When::MoreThan {
                count: self.whole(fields, "count", 0, 10) as u64,
                within: within(self),
            },
            "spike" => When::Spike {
                factor: self
                    .number(fields, "factor", false)
                    .filter(|factor| *factor > 0.0)
                    .unwrap_or(5.0),
                within: within(self),
                least: least(self),
            },
            "regression" => When::Regression,
            "escalating" => When::Escalating {
                within: within(self),
                least: least(self),
            },
            _ => {
                self.fail_at(
                    fields,
                    "when",
                    format!("when is one of {}", When::NAMES.join(", ")),
                );
                return None;
            }
        })
    }
}
