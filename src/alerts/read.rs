//! Rules from the text of a TOML file; errors name the line and what is allowed there.

use super::failures;
use super::rule::{
    Anomaly, Condition, DEFAULT_GAP, DEFAULT_SEASON, Direction, Does, Ignored, IssueRule, Level,
    Measure, Metric, OFFSETS, Rule, RuleSet, Search, Sensitivity, Subject, Thresholds, WINDOWS,
    Watches, When,
};
use crate::query::{self, Aggregate};
use std::fmt::{self, Display, Formatter};
use std::ops::Range;
use toml_edit::{Document, Item, TableLike};

/// What is wrong in a file of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    /// Line from 1.
    pub line: usize,
    /// What, and what is allowed.
    pub message: String,
}

impl Display for RuleError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "line {}: {}", self.line, self.message)
    }
}

/// Keys of the tables of a file.
const TABLES: [&str; 4] = ["settings", "rule", "issue_rule", "ignore"];
const SETTINGS: [&str; 1] = ["gap"];
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
const IGNORE: [&str; 3] = ["name", "subject", "filter"];
/// Aggregates there are of failures.
const OF_ERRORS: &str = "count(), count_unique(x), epm() and eps()";

/// Reads a file's rules. All that is wrong is told at once.
///
/// # Errors
/// When anything is; then there are no rules, since one that is left out would not warn.
pub fn rules_from(text: &str) -> Result<RuleSet, Vec<RuleError>> {
    let document = Document::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let message = error.message().trim().replace('\n', "; ");
        vec![RuleError {
            line: line_of(text, at),
            message,
        }]
    })?;
    let mut reading = Reading {
        text,
        errors: Vec::new(),
    };
    let set = reading.set(document.as_table());
    reading.errors.sort_by_key(|error| error.line);
    if reading.errors.is_empty() {
        Ok(set)
    } else {
        Err(reading.errors)
    }
}

fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

struct Reading<'a> {
    text: &'a str,
    errors: Vec<RuleError>,
}

/// A table on its way: what it is called in errors, and where it begins.
struct Fields<'a> {
    table: &'a dyn TableLike,
    what: &'static str,
    at: Range<usize>,
}

impl<'a> Fields<'a> {
    fn get(&self, key: &str) -> Option<&'a Item> {
        self.table.get(key).filter(|item| !item.is_none())
    }

    fn place(&self, key: &str) -> Range<usize> {
        let span = self
            .table
            .get_key_value(key)
            .and_then(|(key, item)| key.span().or_else(|| item.span()));
        span.unwrap_or_else(|| self.at.clone())
    }
}

impl Reading<'_> {
    fn fail(&mut self, at: Range<usize>, message: impl Into<String>) {
        self.errors.push(RuleError {
            line: line_of(self.text, at.start),
            message: message.into(),
        });
    }

    /// Says which keys a table has that nobody knows.
    fn known(&mut self, fields: &Fields, known: &[&str]) {
        for (key, _) in fields.table.iter() {
            if !known.contains(&key) {
                let what = fields.what;
                let message = format!("{what} has no {key:?}; allowed are {}", known.join(", "));
                self.fail(fields.place(key), message);
            }
        }
    }

    fn set(&mut self, root: &dyn TableLike) -> RuleSet {
        let mut set = RuleSet::default();
        let all = Fields {
            table: root,
            what: "the file",
            at: 0..0,
        };
        self.known(&all, &TABLES);
        if let Some(item) = all.get("settings")
            && let Some(fields) = self.fields(item, "settings", &all, "settings")
        {
            self.known(&fields, &SETTINGS);
            set.gap = self.minutes(&fields, "gap", DEFAULT_GAP).max(1);
        }
        for fields in self.list(&all, "rule", "a rule") {
            let rule = self.metric_rule(&fields);
            self.add(&mut set, &fields, rule);
        }
        for fields in self.list(&all, "issue_rule", "a rule about issues") {
            let rule = self.issue_rule(&fields);
            self.add(&mut set, &fields, rule);
        }
        for fields in self.list(&all, "ignore", "what is ignored") {
            self.known(&fields, &IGNORE);
            let subject = self.subject(&fields);
            let filter = self.search(&fields, "filter", subject);
            let name = self.text(&fields, "name").unwrap_or_default();
            match filter {
                Some(filter) => set.ignored.push(Ignored {
                    name,
                    subject,
                    filter,
                }),
                None => self.fail(
                    fields.at.clone(),
                    "filter is missing: which records are ignored",
                ),
            }
        }
        set
    }

    fn add(&mut self, set: &mut RuleSet, fields: &Fields, rule: Option<Rule>) {
        let Some(rule) = rule else { return };
        if set.rules.iter().any(|known| known.name == rule.name) {
            let message = format!(
                "there is another rule called {:?}; each needs a name of its own",
                rule.name
            );
            self.fail(fields.place("name"), message);
        }
        set.rules.push(rule);
    }

    fn list<'a>(&mut self, all: &Fields<'a>, key: &str, what: &'static str) -> Vec<Fields<'a>> {
        let Some(item) = all.get(key) else {
            return Vec::new();
        };
        let Some(tables) = item.as_array_of_tables() else {
            self.fail(all.place(key), format!("write [[{key}]] for each of them"));
            return Vec::new();
        };
        let fields = tables.iter().map(|table| Fields {
            table,
            what,
            at: table.span().unwrap_or(0..0),
        });
        fields.collect()
    }

    fn fields<'a>(
        &mut self,
        item: &'a Item,
        what: &'static str,
        within: &Fields,
        key: &str,
    ) -> Option<Fields<'a>> {
        let at = item.span().unwrap_or_else(|| within.place(key));
        match item.as_table_like() {
            Some(table) => Some(Fields { table, what, at }),
            None => {
                self.fail(at, format!("{key} is a table, such as {key} = {{ … }}"));
                None
            }
        }
    }

    fn text(&mut self, fields: &Fields, key: &str) -> Option<String> {
        let item = fields.get(key)?;
        match item.as_str() {
            Some(text) => Some(text.to_owned()),
            None => {
                self.fail(fields.place(key), format!("{key} is a text in quotes"));
                None
            }
        }
    }

    /// One of some names.
    fn choice<T: Copy + Default>(
        &mut self,
        fields: &Fields,
        key: &str,
        all: &[T],
        name: fn(T) -> &'static str,
    ) -> T {
        let Some(text) = self.text(fields, key) else {
            return T::default();
        };
        let found = all.iter().copied().find(|known| name(*known) == text);
        found.unwrap_or_else(|| {
            let names: Vec<&str> = all.iter().map(|known| name(*known)).collect();
            self.fail(
                fields.place(key),
                format!("{key} is one of {}, not {text:?}", names.join(", ")),
            );
            T::default()
        })
    }

    /// A length of time in whole minutes.
    fn minutes(&mut self, fields: &Fields, key: &str, default: i64) -> i64 {
        if fields.get(key).is_none() {
            return default;
        }
        let text = self.text(fields, key).unwrap_or_default();
        let nanos = query::parse_duration(&text).filter(|nanos| nanos % 60_000_000_000 == 0);
        match nanos {
            Some(nanos) => nanos / 60_000_000_000,
            None => {
                let message = format!(
                    "{key} is a length of time in whole minutes, such as \"5m\", \"1h\" or \"1d\""
                );
                self.fail(fields.place(key), message);
                default
            }
        }
    }

    fn one_of(&mut self, fields: &Fields, key: &str, allowed: &[usize], default: usize) -> usize {
        let minutes = self.minutes(fields, key, default as i64);
        let found = usize::try_from(minutes)
            .ok()
            .filter(|minutes| allowed.contains(minutes));
        found.unwrap_or_else(|| {
            let allowed: Vec<String> = allowed
                .iter()
                .map(|minutes| length(*minutes as i64))
                .collect();
            self.fail(
                fields.place(key),
                format!("{key} is one of {}", allowed.join(", ")),
            );
            default
        })
    }

    fn whole(&mut self, fields: &Fields, key: &str, least: i64, default: i64) -> i64 {
        let Some(item) = fields.get(key) else {
            return default;
        };
        match item.as_integer().filter(|number| *number >= least) {
            Some(number) => number,
            None => {
                self.fail(
                    fields.place(key),
                    format!("{key} is a whole number from {least} on"),
                );
                default
            }
        }
    }

    /// A number, or a text with a unit. `percent` is how much `%` makes of it.
    fn number(&mut self, fields: &Fields, key: &str, per_cent: bool) -> Option<f64> {
        let item = fields.get(key)?;
        let number = match (item.as_float(), item.as_integer(), item.as_str()) {
            (Some(number), ..) => Some(number),
            (_, Some(number), _) => Some(number as f64),
            (.., Some(text)) => {
                let factor = if per_cent && text.trim().ends_with('%') {
                    100.0
                } else {
                    1.0
                };
                query::number(text.trim()).map(|number| number * factor)
            }
            _ => None,
        };
        let number = number.filter(|number| number.is_finite());
        if number.is_none() {
            let message = format!(
                "{key} is a number, or one with its unit in quotes, such as \"250ms\" or \"5%\""
            );
            self.fail(fields.place(key), message);
        }
        number
    }

    fn subject(&mut self, fields: &Fields) -> Subject {
        self.choice(fields, "subject", &Subject::ALL, Subject::name)
    }

    fn search(&mut self, fields: &Fields, key: &str, subject: Subject) -> Option<Search> {
        let text = self.text(fields, key)?;
        match search(&text, subject) {
            Ok(search) => Some(search),
            Err(message) => {
                self.fail(fields.place(key), format!("{key}: {message}"));
                None
            }
        }
    }

    fn name(&mut self, fields: &Fields) -> String {
        let name = self.text(fields, "name").unwrap_or_default();
        if name.trim().is_empty() {
            self.fail(
                fields.at.clone(),
                format!("{} needs a name: name = \"…\"", fields.what),
            );
        }
        name
    }

    fn metric_rule(&mut self, fields: &Fields) -> Option<Rule> {
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
            self.fail(fields.place("anomaly"), message);
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
            self.fail(fields.place(given[1]), message);
            return None;
        }
        match given.first() {
            Some(&"share") => self.search(fields, "share", subject).map(Measure::Share),
            Some(&"minus") => self
                .search(fields, "minus", subject)
                .map(Measure::Difference),
            Some(_) => self.aggregate(fields, subject),
            None => {
                self.fail(fields.at.clone(), "what is measured is missing: aggregate = \"count()\", share = \"…\" or minus = \"…\"");
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
            self.fail(fields.place("aggregate"), "cost() is of spans only");
            return None;
        }
        let aggregate: Aggregate = match text.parse() {
            Ok(aggregate) => aggregate,
            Err(error) => {
                let error: query::SyntaxError = error;
                self.fail(
                    fields.place("aggregate"),
                    format!("aggregate: {}", error.message),
                );
                return None;
            }
        };
        let is_counted = matches!(
            aggregate,
            Aggregate::Count | Aggregate::CountUnique(_) | Aggregate::Epm | Aggregate::Eps
        );
        if subject == Subject::Errors && !is_counted {
            self.fail(
                fields.place("aggregate"),
                format!("of errors there are {OF_ERRORS}, not {text}"),
            );
            return None;
        }
        if subject == Subject::Logs
            && matches!(aggregate, Aggregate::Apdex(_) | Aggregate::UserMisery(_))
        {
            self.fail(
                fields.place("aggregate"),
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
            self.fail(fields.at.clone(), message);
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
            self.fail(inner.at.clone(), fault);
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
            self.fail(
                fields.place("change"),
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

    fn issue_rule(&mut self, fields: &Fields) -> Option<Rule> {
        let before = self.errors.len();
        self.known(fields, &ISSUE_RULE);
        let name = self.name(fields);
        let does = self.choice(fields, "does", &Does::ALL, Does::name);
        let when = self.when(fields);
        let severity = match self.text(fields, "severity").as_deref() {
            None | Some("critical") => Level::Critical,
            Some("warning") => Level::Warning,
            Some(other) => {
                self.fail(
                    fields.place("severity"),
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
                let at = if name.is_empty() {
                    fields.at.clone()
                } else {
                    fields.place("when")
                };
                self.fail(at, format!("when is one of {}", When::NAMES.join(", ")));
                return None;
            }
        })
    }
}

/// A search of records of a subject.
///
/// # Errors
/// With what is wrong, in words.
pub fn search(text: &str, subject: Subject) -> Result<Search, String> {
    let expr = query::parse_filter(text).map_err(|error| {
        let part = text.get(error.at.clone()).unwrap_or_default();
        format!("{} (at {part:?})", error.message)
    })?;
    if subject == Subject::Errors
        && let Some(key) = failures::unknown_keys(&expr).first()
    {
        return Err(format!(
            "failures have no {key}; allowed are {}",
            failures::KEYS.join(", ")
        ));
    }
    Ok(Search {
        text: text.trim().to_owned(),
        expr,
    })
}

/// A length of time as it is written: `5m`, `1h`, `1d`.
pub fn length(minutes: i64) -> String {
    match minutes {
        minutes if minutes > 0 && minutes % 10_080 == 0 => format!("{}w", minutes / 10_080),
        minutes if minutes > 0 && minutes % 1440 == 0 => format!("{}d", minutes / 1440),
        minutes if minutes > 0 && minutes % 60 == 0 => format!("{}h", minutes / 60),
        minutes => format!("{minutes}m"),
    }
}
