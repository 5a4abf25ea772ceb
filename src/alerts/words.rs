//! A backtest in words.

use super::backtest::{Backtest, RuleResult};
use super::judged::span_words;
use super::rule::{Condition, Direction, Does, Metric, Rule, Watches, When, short};
use crate::model::human;

/// Pages a week that are too many.
const TOO_MANY: f64 = 2.0;

/// What a set of rules would have done, in a few sentences.
pub fn summary(backtest: &Backtest) -> Vec<String> {
    let mut sentences = vec![pages(backtest)];
    // What happened once may be chance.
    for pair in backtest.together.iter().filter(|pair| pair.times > 1) {
        let name = |at: usize| {
            backtest
                .results
                .get(at)
                .map_or("", |result| &*result.rule.name)
        };
        let (one, other) = (name(pair.rules.0), name(pair.rules.1));
        let times = human::grouped(pair.times as u64);
        sentences.push(format!(
            "“{one}” and “{other}” always fired together, {times} times."
        ));
    }
    let names = |which: &dyn Fn(&RuleResult) -> bool| -> Vec<String> {
        let found = backtest.results.iter().filter(|result| which(result));
        found
            .map(|result| format!("“{}”", result.rule.name))
            .collect()
    };
    let flapping = names(&RuleResult::flaps);
    if !flapping.is_empty() {
        let verb = if flapping.len() == 1 {
            "opens and closes"
        } else {
            "open and close"
        };
        sentences.push(format!(
            "{} {verb} all the time: more windows or a resolve threshold would calm that.",
            list(&flapping)
        ));
    }
    let silent = names(&|result| result.incidents.is_empty());
    if !silent.is_empty() {
        sentences.push(format!("{} never fired.", list(&silent)));
    }
    sentences
}

fn pages(backtest: &Backtest) -> String {
    let pages = backtest.pages();
    let told = backtest.notifications();
    let length = span_words(usize::try_from(backtest.recorded.minutes()).unwrap_or(0));
    let woke = backtest
        .results
        .iter()
        .filter(|result| result.pages() > 0)
        .count() as u64;
    let notified = human::counted(told, "notification");
    if backtest.results.is_empty() {
        return format!("There is no rule yet. {length} were recorded to try rules on.");
    }
    if pages == 0 {
        return format!("No rule would have paged in {length}; {notified}.");
    }
    let rules = human::counted(woke, "rule");
    let times = match pages {
        1 => "once".to_owned(),
        pages => format!("{} times", human::grouped(pages)),
    };
    let verdict = match backtest.per_week(pages) {
        Some(week) if week > TOO_MANY => format!(
            "too loose, with {} a week",
            short((week * 10.0).round() / 10.0)
        ),
        Some(week) => format!("{} a week", short((week * 10.0).round() / 10.0)),
        None => "too short a time to tell how often a week".to_owned(),
    };
    format!("{rules} would have paged {times} in {length}: {verdict}; {notified}.")
}

/// Names, the first few of many.
fn list(names: &[String]) -> String {
    const MOST: usize = 3;
    match names {
        _ if names.len() > MOST + 1 => {
            let first = names[..MOST].join(", ");
            format!("{first} and {} more rules", names.len() - MOST)
        }
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What a rule watches and when it fires, in one sentence.
pub fn rule(rule: &Rule) -> String {
    let what = match &rule.watches {
        Watches::Metric(metric) => metric_words(metric),
        Watches::Issues(issues) => {
            let of = match issues.filter.text.is_empty() {
                true => "An issue".to_owned(),
                false => format!("An issue of {}", issues.filter.text),
            };
            let minutes = |minutes: i64| span_words(usize::try_from(minutes).unwrap_or(0));
            match issues.when {
                When::New { after: 0 } => format!("{of} is met for the first time"),
                When::New { after } => format!(
                    "{of} is met for the first time, later than {} after the beginning",
                    minutes(after)
                ),
                When::MoreThan { count, within } => format!(
                    "{of} is met more than {} in {}",
                    human::counted(count, "time"),
                    minutes(within)
                ),
                When::Spike { factor, within, .. } => format!(
                    "{of} is met {} times as often in {} as before",
                    short(factor),
                    minutes(within)
                ),
                When::Regression => format!("{of} comes back after it was resolved"),
                When::Escalating { within, .. } => format!(
                    "{of} is met more often in {} than its past makes likely",
                    minutes(within)
                ),
            }
        }
    };
    match rule.does {
        Does::Page => what,
        Does::Notify => format!("{what}; nobody is woken"),
        Does::Ignore => format!("{what}; nobody is told"),
    }
}

fn metric_words(metric: &Metric) -> String {
    let of = match metric.filter.text.is_empty() {
        true => metric.subject.name().to_owned(),
        false => format!("{} with {}", metric.subject.name(), metric.filter.text),
    };
    let windows = match metric.windows {
        1 => String::new(),
        windows => format!(", {windows} times in a row"),
    };
    let measured = format!(
        "{} of {of} in {}",
        metric.measured(),
        span_words(metric.window)
    );
    let beyond = |direction: Direction| match direction {
        Direction::Below => "below",
        _ => "above",
    };
    let condition = match &metric.condition {
        Condition::Threshold(thresholds) => {
            let value = thresholds
                .critical
                .or(thresholds.warning)
                .unwrap_or_default();
            format!(
                "{} {}",
                beyond(thresholds.direction),
                metric.shown_threshold(value)
            )
        }
        Condition::Change { offset, by } => {
            let value = by.critical.or(by.warning).unwrap_or_default();
            let more = if by.direction == Direction::Below {
                "lower"
            } else {
                "higher"
            };
            format!(
                "{} {more} than {} before",
                metric.shown_threshold(value),
                span_words(*offset)
            )
        }
        Condition::Anomaly(anomaly) => {
            let side = match anomaly.direction {
                Direction::Above => "above",
                Direction::Below => "below",
                Direction::Both => "outside of",
            };
            let from = match &anomaly.peers {
                Some(peers) => format!("what {} shows", peers.text),
                None => "what its past makes likely".to_owned(),
            };
            format!("{side} {from} ({} sensitivity)", anomaly.sensitivity.name())
        }
    };
    format!("{measured} {condition}{windows}")
}
