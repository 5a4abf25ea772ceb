//! Rules back into the text of their file, which people write, too: comments and order stay.

use super::read::length;
use super::rule::{
    Condition, DEFAULT_SEASON, Does, IssueRule, Level, Measure, Metric, Rule, Subject, Thresholds,
    Unit, Watches, When,
};
use std::fmt::Write as _;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table};

/// A rule as a table of a file.
pub fn text_of(rule: &Rule) -> String {
    let mut out = String::new();
    let kind = table_of(rule);
    // Writing to a string cannot fail.
    let _ = writeln!(out, "[[{kind}]]");
    pair(&mut out, "name", &quoted(&rule.name));
    if rule.does != Does::default() {
        pair(&mut out, "does", &quoted(rule.does.name()));
    }
    match &rule.watches {
        Watches::Metric(metric) => metric_text(&mut out, metric),
        Watches::Issues(rule) => issue_text(&mut out, rule),
    }
    out
}

fn pair(out: &mut String, key: &str, value: &str) {
    let _ = writeln!(out, "{key} = {value}");
}

/// A text in the quotes of TOML.
fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

fn metric_text(out: &mut String, metric: &Metric) {
    if metric.subject != Subject::default() {
        pair(out, "subject", &quoted(metric.subject.name()));
    }
    match &metric.measure {
        Measure::Aggregate(aggregate) => pair(out, "aggregate", &quoted(&aggregate.to_string())),
        Measure::Cost => pair(out, "aggregate", &quoted("cost()")),
        Measure::Share(part) => pair(out, "share", &quoted(&part.text)),
        Measure::Difference(minus) => pair(out, "minus", &quoted(&minus.text)),
    }
    if !metric.filter.text.is_empty() {
        pair(out, "filter", &quoted(&metric.filter.text));
    }
    pair(out, "window", &quoted(&length(metric.window as i64)));
    if metric.windows > 1 {
        pair(out, "windows", &metric.windows.to_string());
    }
    match &metric.condition {
        Condition::Threshold(thresholds) => thresholds_text(out, thresholds, metric.unit()),
        Condition::Change { offset, by } => {
            pair(out, "change", &quoted(&length(*offset as i64)));
            thresholds_text(out, by, Unit::Number);
        }
        Condition::Anomaly(anomaly) => {
            let mut inner = vec![
                format!("sensitivity = {}", quoted(anomaly.sensitivity.name())),
                format!("direction = {}", quoted(anomaly.direction.name())),
            ];
            if anomaly.season != DEFAULT_SEASON {
                inner.push(format!(
                    "season = {}",
                    quoted(&length(anomaly.season as i64))
                ));
            }
            if let Some(peers) = &anomaly.peers {
                inner.push(format!("peers = {}", quoted(&peers.text)));
            }
            pair(out, "anomaly", &format!("{{ {} }}", inner.join(", ")));
        }
    }
}

fn thresholds_text(out: &mut String, thresholds: &Thresholds, unit: Unit) {
    let named = [
        ("critical", thresholds.critical),
        ("warning", thresholds.warning),
        ("resolve", thresholds.resolve),
    ];
    let inner = named
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name} = {}", unit.written(value?))));
    let inner = inner.collect::<Vec<_>>().join(", ");
    pair(out, thresholds.direction.name(), &format!("{{ {inner} }}"));
}

fn issue_text(out: &mut String, rule: &IssueRule) {
    pair(out, "when", &quoted(rule.when.name()));
    let mut minutes = |key: &str, value: i64| pair(out, key, &quoted(&length(value)));
    match rule.when {
        When::New { after: 0 } | When::Regression => {}
        When::New { after } => minutes("after", after),
        When::MoreThan { count, within } => {
            minutes("within", within);
            pair(out, "count", &count.to_string());
        }
        When::Spike {
            factor,
            within,
            least,
        } => {
            minutes("within", within);
            pair(out, "factor", &Unit::Number.written(factor));
            pair(out, "least", &least.to_string());
        }
        When::Escalating { within, least } => {
            minutes("within", within);
            pair(out, "least", &least.to_string());
        }
    }
    if !rule.filter.text.is_empty() {
        pair(out, "filter", &quoted(&rule.filter.text));
    }
    if let Some(traces) = &rule.traces {
        pair(out, "traces", &quoted(&traces.text));
    }
    if rule.severity != Level::Critical {
        pair(out, "severity", &quoted(rule.severity.name()));
    }
    pair(
        out,
        "action_interval",
        &quoted(&length(rule.action_interval)),
    );
}

/// The name of the tables that rules of this sort are.
fn table_of(rule: &Rule) -> &'static str {
    match rule.watches {
        Watches::Metric(_) => "rule",
        Watches::Issues(_) => "issue_rule",
    }
}

/// A file with one rule more, behind all others; with a comment above it, if there is one.
pub fn with_added(text: &str, rule: &Rule, comment: &str) -> String {
    let mut out = text.trim_end().to_owned();
    if !out.is_empty() {
        out.push_str("\n\n");
    }
    for line in comment.lines() {
        let _ = writeln!(out, "# {line}");
    }
    out.push_str(&text_of(rule));
    out
}

/// A file in which the rule of this name is as given; keys that stay as they are keep their comments. `None` when there is
/// no such rule of that sort, or the text is no TOML.
pub fn with_changed(text: &str, name: &str, rule: &Rule) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    let new: DocumentMut = text_of(rule).parse().ok()?;
    let kind = table_of(rule);
    let wanted = new.get(kind)?.as_array_of_tables()?.get(0)?;
    let tables = document.get_mut(kind)?.as_array_of_tables_mut()?;
    let at = position(tables, name)?;
    change(tables.get_mut(at)?, wanted);
    Some(document.to_string())
}

/// A file without the rule of this name, of either sort.
pub fn without(text: &str, name: &str) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    for kind in ["rule", "issue_rule"] {
        let Some(tables) = document
            .get_mut(kind)
            .and_then(Item::as_array_of_tables_mut)
        else {
            continue;
        };
        if let Some(at) = position(tables, name) {
            tables.remove(at);
            if tables.is_empty() {
                document.remove(kind);
            }
            return Some(document.to_string());
        }
    }
    None
}

fn position(tables: &ArrayOfTables, name: &str) -> Option<usize> {
    let is_it = |table: &Table| table.get("name").and_then(Item::as_str) == Some(name);
    tables.iter().position(is_it)
}

fn change(table: &mut Table, wanted: &Table) {
    let gone: Vec<String> = table
        .iter()
        .map(|(key, _)| key.to_owned())
        .filter(|key| !wanted.contains_key(key))
        .collect();
    for key in gone {
        table.remove(&key);
    }
    for (key, item) in wanted {
        let Some(new) = item.as_value() else { continue };
        match table.get_mut(key).and_then(Item::as_value_mut) {
            Some(old) if says_the_same(old, new) => {}
            Some(old) => {
                let decor = old.decor().clone();
                *old = new.clone();
                *old.decor_mut() = decor;
            }
            None => {
                table.insert(key, item.clone());
            }
        }
    }
}

/// Whether two values are one: the same text may stand in other quotes.
fn says_the_same(one: &toml_edit::Value, other: &toml_edit::Value) -> bool {
    match (one.as_str(), other.as_str()) {
        (Some(one), Some(other)) => one == other,
        _ => one.to_string().trim() == other.to_string().trim(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::rules_from;

    const TEXT: &str = r#"# What wakes us.
[settings]
gap = "1h"

# Slow: people leave.
[[rule]]
name = "Slow \"checkout\""
aggregate = "p95(span.duration)" # as in the contract
filter = "op:http.server"
window = "5m"
above = { critical = "2s", warning = "1s", resolve = "900ms" }

[[rule]]
name = "Misses"
share = "cache.hit:false"
filter = "op:cache.get"
window = "15m"
windows = 2
anomaly = { sensitivity = "low", direction = "both", season = "1w", peers = "op:cache.*" }

[[issue_rule]]
name = "New"
does = "notify"
when = "more_than"
within = "1h"
count = 3
filter = "level:error"
traces = "op:db"
severity = "warning"
action_interval = "1d"
"#;

    #[test]
    fn rules_are_written_as_they_are_read() {
        let set = rules_from(TEXT).expect("it is right");
        let mut text = "[settings]\ngap = \"1h\"\n".to_owned();
        for rule in &set.rules {
            text = with_added(&text, rule, "again");
        }
        assert_eq!(rules_from(&text), Ok(set));
    }

    #[test]
    fn a_change_leaves_everything_else_as_it_was() {
        let mut rule = rules_from(TEXT).expect("it is right").rules.remove(0);
        let Watches::Metric(metric) = &mut rule.watches else {
            panic!("the first is about a number");
        };
        let thresholds = metric.thresholds_mut().expect("it has some");
        *thresholds = thresholds.with(Level::Critical, 3.5e9);
        let changed = with_changed(TEXT, &rule.name, &rule).expect("it is there");
        let expected = TEXT.replace("critical = \"2s\"", "critical = \"3.5s\"");
        assert_eq!(changed, expected);
        assert_eq!(with_changed(TEXT, "other", &rule), None);
        let less = without(TEXT, "New").expect("it is there");
        assert_eq!(
            less,
            TEXT.split("\n[[issue_rule]]").next().unwrap_or_default()
        );
        assert_eq!(without(TEXT, "other"), None);
    }
}
