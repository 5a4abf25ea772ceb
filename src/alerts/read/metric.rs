//! Rules about numbers: what is measured, and what it must not do.

use super::Reading;
use super::fields::Fields;
use crate::alerts::rule::{
    Anomaly, Condition, DEFAULT_SEASON, Direction, Does, Measure, Metric, OFFSETS, Rule,
    Sensitivity, Subject, Thresholds, WINDOWS, Watches,
};
use crate::query::{self, Aggregate};
use toml_edit::Item;

const RULE: [&str; 13] = [
    "name",
    "does",
    "subject",
    "aggregate",
    "filter",
    "share",
    "minus",
    "window",
    "windows",
    "above",
    "below",
    "change",
    "anomaly",
];
const THRESHOLDS: [&str; 3] = ["critical", "warning", "resolve"];
const ANOMALY: [&str; 4] = ["sensitivity", "direction", "season", "peers"];
/// Aggregates there are of failures.
const OF_ERRORS: &str = "count(), count_unique(x), epm() and eps()";

impl Reading<'_> {
    pub(super) fn metric_rule(&mut self, fields: &Fields) -> Option<Rule> {
        let before = self.errors.len();
        self.known(fields, &RULE);
        let name = self.name(fields);
        let does = self.choice(fields, "does", &Does::ALL, Does::name);
        let subject = self.subject(fields);
        let measure = self.measure(fields, subject);
        let filter = self.search(fields, "filter", subject).unwrap_or_default();
        let window = self.one_of(fields, "window", &WINDOWS, 5);
        let windows = self.whole(fields, "windows", 1, 1);
        let condition = self.condition(fields, subject);
        let (measure, condition) = (measure?, condition?);
        if let Condition::Anomaly(Anomaly { peers: Some(_), .. }) = &condition
            && !matches!(
                measure,
                Measure::Share(_) | Measure::Aggregate(Aggregate::FailureRate)
            )
        {
            let message = "peers are compared by shares: with share = \"…\" or aggregate = \"failure_rate()\" only";
            self.fail_at(fields, "anomaly", message);
        }
        let metric = Metric {
            subject,
            measure,
            filter,
            window,
            condition,
            windows: usize::try_from(windows).unwrap_or(1),
        };
        (self.errors.len() == before).then(|| Rule {
            name,
            does,
            watches: Watches::Metric(Box::new(metric)),
        })
    }

    fn measure(&mut self, fields: &Fields, subject: Subject) -> Option<Measure> {
        let ways = ["aggregate", "share", "minus"];
        let given: Vec<&str> = ways
            .into_iter()
            .filter(|key| fields.get(key).is_some())
            .collect();
        if given.len() > 1 {
            let message = format!(
                "{} are given, but one of {} is enough",
                given.join(" and "),
                ways.join(", ")
            );
            self.fail_at(fields, given[1], message);
            return None;
        }
        match given.first() {
            Some(&"share") => self.search(fields, "share", subject).map(Measure::Share),
            Some(&"minus") => self
                .search(fields, "minus", subject)
                .map(Measure::Difference),
            Some(_) => self.aggregate(fields, subject),
            None => {
                self.fail_at(fields, "aggregate", "what is measured is missing: aggregate = \"count()\", share = \"…\" or minus = \"…\"");
                None
            }
        }
    }

    fn aggregate(&mut self, fields: &Fields, subject: Subject) -> Option<Measure> {
        let text = self.text(fields, "aggregate")?;
        if text.replace(' ', "") == "cost()" {
            if subject == Subject::Spans {
                return Some(Measure::Cost);
            }
            self.fail_at(fields, "aggregate", "cost() is of spans only");
            return None;
        }
        let aggregate: Aggregate = match text.parse() {
            Ok(aggregate) => aggregate,
            Err(error) => {
                let error: query::SyntaxError = error;
                self.fail_at(fields, "aggregate", format!("aggregate: {}", error.message));
                return None;
            }
        };
        let is_counted = matches!(
            aggregate,
            Aggregate::Count | Aggregate::CountUnique(_) | Aggregate::Epm | Aggregate::Eps
        );
        if subject == Subject::Errors && !is_counted {
            self.fail_at(
                fields,
                "aggregate",
                format!("of errors there are {OF_ERRORS}, not {text}"),
            );
            return None;
        }
        if subject == Subject::Logs
            && matches!(aggregate, Aggregate::Apdex(_) | Aggregate::UserMisery(_))
        {
            self.fail_at(
                fields,
                "aggregate",
                "log records do not last, so they have no apdex() and user_misery()",
            );
            return None;
        }
        Some(Measure::Aggregate(aggregate))
    }

    fn condition(&mut self, fields: &Fields, subject: Subject) -> Option<Condition> {
        let ways = ["above", "below", "anomaly"];
        let given: Vec<&str> = ways
            .into_iter()
            .filter(|key| fields.get(key).is_some())
            .collect();
        let [way] = given[..] else {
            let message = match given.is_empty() {
                true => "what must not be is missing: above = { critical = … }, below = { … } or anomaly = { … }".to_owned(),
                false => format!("{} are given, but a rule has one of them; write another rule for the other", given.join(" and ")),
            };
            self.fail_at(fields, "above", message);
            return None;
        };
        let item = fields.get(way)?;
        if way == "anomaly" {
            return self.anomaly(fields, item, subject);
        }
        let inner = self.fields(item, "a threshold", fields, way)?;
        self.known(&inner, &THRESHOLDS);
        let is_change = fields.get("change").is_some();
        let thresholds = Thresholds {
            direction: if way == "below" {
                Direction::Below
            } else {
                Direction::Above
            },
            critical: self.number(&inner, "critical", is_change),
            warning: self.number(&inner, "warning", is_change),
            resolve: self.number(&inner, "resolve", is_change),
        };
        if let Some(fault) = thresholds.fault() {
            self.note(inner.at.clone(), way, fault);
            return None;
        }
        Some(match is_change {
            true => Condition::Change {
                offset: self.one_of(fields, "change", &OFFSETS, 60),
                by: thresholds,
            },
            false => Condition::Threshold(thresholds),
        })
    }

    fn anomaly(&mut self, fields: &Fields, item: &Item, subject: Subject) -> Option<Condition> {
        if fields.get("change").is_some() {
            self.fail_at(
                fields,
                "change",
                "change goes with above or below, not with anomaly",
            );
        }
        let inner = self.fields(item, "an anomaly", fields, "anomaly")?;
        self.known(&inner, &ANOMALY);
        let season = self.minutes(&inner, "season", DEFAULT_SEASON as i64);
        Some(Condition::Anomaly(Anomaly {
            sensitivity: self.choice(&inner, "sensitivity", &Sensitivity::ALL, Sensitivity::name),
            direction: self.choice(&inner, "direction", &Direction::ALL, Direction::name),
            season: usize::try_from(season).unwrap_or(DEFAULT_SEASON),
            peers: self.search(&inner, "peers", subject),
        }))
    }
}
