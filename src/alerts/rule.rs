//! What a rule is, as data.

pub use super::unit::{Unit, rounded, short};
use crate::query::{Aggregate, Expr};

/// All rules of a file, in its order: rules about numbers first, then rules about issues.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleSet {
    /// Minutes without any record after which the recording counts as stopped.
    pub gap: i64,
    /// The rules.
    pub rules: Vec<Rule>,
    /// Known noise.
    pub ignored: Vec<Ignored>,
}

impl Default for RuleSet {
    fn default() -> Self {
        Self {
            gap: DEFAULT_GAP,
            rules: Vec::new(),
            ignored: Vec::new(),
        }
    }
}

/// See [`RuleSet::gap`].
pub const DEFAULT_GAP: i64 = 30;

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What it is called; no other rule is called so.
    pub name: String,
    /// What happens when it fires.
    pub does: Does,
    /// What it watches.
    pub watches: Watches,
}

impl Rule {
    /// A rule to begin with, with a name that is not among `names`: many failures, or any new error.
    pub fn usual(about_issues: bool, names: &[&str]) -> Self {
        let stem = if about_issues {
            "New issue rule"
        } else {
            "New rule"
        };
        let mut name = stem.to_owned();
        let mut number = 1;
        while names.contains(&&*name) {
            number += 1;
            name = format!("{stem} {number}");
        }
        let watches = match about_issues {
            true => Watches::Issues(Box::new(IssueRule {
                when: When::New { after: 0 },
                filter: Search::default(),
                traces: None,
                severity: Level::Critical,
                action_interval: 30,
            })),
            false => Watches::Metric(Box::new(Metric {
                subject: Subject::Spans,
                measure: Measure::Aggregate(Aggregate::FailureRate),
                filter: Search::default(),
                window: 5,
                condition: Condition::Threshold(Thresholds {
                    critical: Some(0.05),
                    ..Thresholds::default()
                }),
                windows: 1,
            })),
        };
        Self {
            name,
            does: Does::Notify,
            watches,
        }
    }
}

/// What a rule watches.
#[derive(Clone, Debug, PartialEq)]
pub enum Watches {
    /// A number over time.
    Metric(Box<Metric>),
    /// Each issue.
    Issues(Box<IssueRule>),
}

/// What happens when a rule fires at its critical level. A warning is a notification at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Does {
    /// Somebody is woken.
    #[default]
    Page,
    /// Somebody may read it.
    Notify,
    /// Nothing: it is only looked at.
    Ignore,
}

impl Does {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Page, Self::Notify, Self::Ignore];

    /// Its name in a file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Notify => "notify",
            Self::Ignore => "ignore",
        }
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// It may become bad.
    Warning,
    /// It is.
    Critical,
}

impl Level {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// Which records are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Spans.
    #[default]
    Spans,
    /// Log records.
    Logs,
    /// Failures as the issues page counts them: each once, however many records tell of it.
    Errors,
}

impl Subject {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Spans, Self::Logs, Self::Errors];

    /// Its name in a file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spans => "spans",
            Self::Logs => "logs",
            Self::Errors => "errors",
        }
    }
}

/// A rule about a number over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Of which records.
    pub subject: Subject,
    /// What is computed over those of a window.
    pub measure: Measure,
    /// Which of the records count.
    pub filter: Search,
    /// Length of a window in minutes, one of [`WINDOWS`].
    pub window: usize,
    /// What must not be.
    pub condition: Condition,
    /// So many windows one after the other must agree before it fires, and before it is resolved; at least 1.
    pub windows: usize,
}

/// A search, as written and as read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Search {
    /// As written.
    pub text: String,
    /// As read.
    pub expr: Expr,
}

/// What is computed over the records of a window.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// An aggregate of the search language.
    Aggregate(Aggregate),
    /// The share of records that fit this, too; 0 to 1.
    Share(Search),
    /// How many more records there are than of these others (which need not fit the filter).
    Difference(Search),
    /// What models cost, in United States dollars.
    Cost,
}

/// Lengths of a window, in minutes.
pub const WINDOWS: [usize; 11] = [1, 5, 10, 15, 30, 60, 90, 120, 240, 720, 1440];

/// How far back a change is measured, in minutes.
pub const OFFSETS: [usize; 6] = [5, 15, 60, 1440, 10_080, 43_200];

/// Minutes from one evaluation to the next, for windows of this length.
pub fn step_of(window: usize) -> usize {
    match window {
        ..=15 => 1,
        16..=30 => 2,
        31..=120 => 3,
        121..=720 => 5,
        _ => 15,
    }
}

/// What a number must not do.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Go beyond these.
    Threshold(Thresholds),
    /// Differ from what it was so many minutes before by more than these, which are per cent.
    Change {
        /// Minutes back, one of [`OFFSETS`].
        offset: usize,
        /// Per cent, above 0.
        by: Thresholds,
    },
    /// Lie outside of what was to be expected.
    Anomaly(Anomaly),
}

/// Which side is bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// High values are.
    #[default]
    Above,
    /// Low values are.
    Below,
    /// Both; of anomalies only.
    Both,
}

impl Direction {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Above, Self::Below, Self::Both];

    /// Its name in a file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
            Self::Both => "both",
        }
    }
}

/// Where a number becomes bad. At least one of the levels is there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Thresholds {
    /// Never [`Direction::Both`].
    pub direction: Direction,
    /// Beyond this it is critical.
    pub critical: Option<f64>,
    /// Beyond this it is a warning.
    pub warning: Option<f64>,
    /// It is over when the number is back beyond this; without it, when it is not beyond the lowest level any more.
    pub resolve: Option<f64>,
}

impl Thresholds {
    /// The threshold of a level.
    pub fn of(&self, level: Level) -> Option<f64> {
        match level {
            Level::Critical => self.critical,
            Level::Warning => self.warning,
        }
    }

    /// The same with another threshold for a level.
    pub fn with(mut self, level: Level, value: f64) -> Self {
        match level {
            Level::Critical => self.critical = Some(value),
            Level::Warning => self.warning = Some(value),
        }
        self
    }

    /// What is wrong with them; `None` when nothing is.
    pub fn fault(&self) -> Option<String> {
        let order = |nearer: f64, further: f64| match self.direction {
            Direction::Below => nearer > further,
            _ => nearer < further,
        };
        let side = self.direction.name();
        if let (Some(critical), Some(warning)) = (self.critical, self.warning)
            && !order(warning, critical)
        {
            let text = format!("with {side}, a warning must come before critical");
            return Some(text);
        }
        let lowest = self.warning.or(self.critical);
        match (self.resolve, lowest) {
            (_, None) => Some("critical or warning is missing".to_owned()),
            (Some(resolve), Some(lowest)) if resolve != lowest && !order(resolve, lowest) => Some(
                format!("with {side}, resolve must not lie beyond the lowest level"),
            ),
            _ => None,
        }
    }
}

/// What counts as outside of what was to be expected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Anomaly {
    /// How little is enough.
    pub sensitivity: Sensitivity,
    /// Which side is bad.
    pub direction: Direction,
    /// Minutes after which the traffic repeats itself.
    pub season: usize,
    /// Other records of the same windows that tell what is to be expected, instead of earlier windows; of shares only.
    pub peers: Option<Search>,
}

/// A day.
pub const DEFAULT_SEASON: usize = 1440;

/// How little is enough to be unexpected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sensitivity {
    /// Only the unmistakable.
    Low,
    /// In between.
    #[default]
    Medium,
    /// A little.
    High,
}

impl Sensitivity {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// Its name in a file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A rule about issues, each for itself.
#[derive(Clone, Debug, PartialEq)]
pub struct IssueRule {
    /// When it fires.
    pub when: When,
    /// Which failures count: the search language over [`failures::KEYS`](super::failures::KEYS).
    pub filter: Search,
    /// Only failures in traces of which a span fits this.
    pub traces: Option<Search>,
    /// How bad it is.
    pub severity: Level,
    /// Minutes in which it does not fire again for the same issue.
    pub action_interval: i64,
}

/// When a rule about issues fires.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// An issue is met for the first time, later than so many minutes after the recording began.
    New {
        /// What is met in these first minutes counts as known.
        after: i64,
    },
    /// It is met more often than so many times within so many minutes.
    MoreThan {
        /// So many are still fine.
        count: u64,
        /// Minutes.
        within: i64,
    },
    /// It is met so many times more often within so many minutes than on average before.
    Spike {
        /// How many times.
        factor: f64,
        /// Minutes.
        within: i64,
        /// Fewer than this are never a spike.
        least: u64,
    },
    /// It is met although it was resolved.
    Regression,
    /// It is met more often than its past makes likely: beyond its mean and five standard deviations.
    Escalating {
        /// Minutes.
        within: i64,
        /// Fewer than this never escalate.
        least: u64,
    },
}

impl When {
    /// Names in a file.
    pub const NAMES: [&str; 5] = ["new", "more_than", "spike", "regression", "escalating"];

    /// Its name in a file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::New { .. } => "new",
            Self::MoreThan { .. } => "more_than",
            Self::Spike { .. } => "spike",
            Self::Regression => "regression",
            Self::Escalating { .. } => "escalating",
        }
    }
}

/// Records that no rule counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Ignored {
    /// Why, in words.
    pub name: String,
    /// Of which records.
    pub subject: Subject,
    /// Which of them.
    pub filter: Search,
}

impl Metric {
    /// The aggregate that is computed over windows.
    pub fn aggregate(&self) -> Aggregate {
        match &self.measure {
            Measure::Aggregate(aggregate) => aggregate.clone(),
            _ => Aggregate::Count,
        }
    }

    /// Minutes from one evaluation to the next: [`step_of`] its window, unless that would miss what it is compared with.
    pub fn step(&self) -> usize {
        let step = step_of(self.window);
        match &self.condition {
            Condition::Change { offset, .. } if !offset.is_multiple_of(step) => 1,
            _ => step,
        }
    }

    /// What its values count in.
    pub fn unit(&self) -> Unit {
        match &self.measure {
            Measure::Share(_) => Unit::Share,
            Measure::Difference(_) => Unit::Number,
            Measure::Cost => Unit::Dollars,
            Measure::Aggregate(Aggregate::FailureRate) => Unit::Share,
            Measure::Aggregate(aggregate) if aggregate.keeps_unit() => {
                match aggregate.attribute().unwrap_or_default() {
                    "duration" | "span.duration" | "self_time" | "trace.duration" => Unit::Duration,
                    name if name.ends_with("size") || name.ends_with("bytes") => Unit::Bytes,
                    _ => Unit::Number,
                }
            }
            Measure::Aggregate(_) => Unit::Number,
        }
    }

    /// What is measured, in words.
    pub fn measured(&self) -> String {
        match &self.measure {
            Measure::Aggregate(aggregate) => aggregate.to_string(),
            Measure::Share(part) => format!("share of {}", part.text),
            Measure::Difference(minus) => format!("count() less those of {}", minus.text),
            Measure::Cost => "cost()".to_owned(),
        }
    }

    /// Its thresholds, if it has some.
    pub fn thresholds(&self) -> Option<&Thresholds> {
        match &self.condition {
            Condition::Threshold(thresholds) | Condition::Change { by: thresholds, .. } => {
                Some(thresholds)
            }
            Condition::Anomaly(_) => None,
        }
    }

    /// The same, to be changed.
    pub fn thresholds_mut(&mut self) -> Option<&mut Thresholds> {
        match &mut self.condition {
            Condition::Threshold(thresholds) | Condition::Change { by: thresholds, .. } => {
                Some(thresholds)
            }
            Condition::Anomaly(_) => None,
        }
    }

    /// A threshold for people.
    pub fn shown_threshold(&self, value: f64) -> String {
        match &self.condition {
            Condition::Change { .. } => format!("{} %", short(value)),
            _ => self.unit().shown(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_lie_in_order() {
        let of = |direction, critical, warning, resolve| {
            Thresholds {
                direction,
                critical,
                warning,
                resolve,
            }
            .fault()
        };
        use Direction::{Above, Below};
        assert_eq!(of(Above, Some(2.0), Some(1.0), Some(0.5)), None);
        assert_eq!(of(Above, Some(2.0), None, Some(2.0)), None);
        assert_eq!(of(Below, Some(1.0), Some(2.0), Some(3.0)), None);
        assert!(of(Above, None, None, None).is_some_and(|text| text.contains("missing")));
        assert!(
            of(Above, Some(1.0), Some(1.0), None)
                .is_some_and(|text| text.contains("before critical"))
        );
        assert!(
            of(Below, Some(2.0), Some(1.0), None)
                .is_some_and(|text| text.contains("before critical"))
        );
        assert!(
            of(Above, Some(2.0), Some(1.0), Some(1.5)).is_some_and(|text| text.contains("resolve"))
        );
    }
}
