//! Rules that the recorded traffic itself suggests, each with its numbers.
//!
//! They come from the tables of insights: the busiest endpoints, each cache, queue and domain, what models cost, and
//! failures. Thresholds lie above what was seen on the whole, so that a rule fires where some minutes stand out from it, or
//! where something is at fault by a known measure: a cache that never hits, answers 429 or 5xx, a growing backlog.

use crate::alerts::edit;
use crate::alerts::read::search;
use crate::alerts::rule::{
    Anomaly, Condition, DEFAULT_SEASON, Direction, Does, IssueRule, Level, Measure, Metric, Rule,
    Sensitivity, Subject, Thresholds, Watches, When, rounded,
};
use crate::insights::{self, Asked, Cell, Module, Table};
use crate::model::{CancelToken, human};
use crate::query::{Aggregate, Percent, with_term};
use crate::store::{Reader, StoreError};

/// The busiest of each sort that rules are offered for.
const BUSIEST: usize = 3;

/// A rule that is offered.
#[derive(Clone, Debug, PartialEq)]
pub struct Starter {
    /// The rule.
    pub rule: Rule,
    /// Why, with numbers from the recording.
    pub why: String,
}

impl Starter {
    /// As it is added to a file: the rule, and why as a comment above it.
    pub fn text(&self) -> String {
        edit::with_added("", &self.rule, &self.why)
    }
}

/// All rules that the store suggests.
pub fn starters(reader: &Reader, cancel: &CancelToken) -> Result<Vec<Starter>, StoreError> {
    let table = |module: Module, by: &[&str]| {
        let asked = Asked {
            group_by: by.iter().map(|name| (*name).to_owned()).collect(),
            ..Asked::default()
        };
        insights::table(module, reader, &asked, cancel)
    };
    let mut found = Vec::new();
    endpoints(&table(Module::Transactions, &[])?, &mut found);
    caches(&table(Module::Caches, &[])?, &mut found);
    queues(&table(Module::Queues, &["destination"])?, &mut found);
    domains(&table(Module::Requests, &["domain"])?, &mut found);
    agents(&table(Module::Agents, &[])?, &mut found);
    if reader.overview()?.errors > 0 {
        errors(&mut found);
    }
    Ok(found)
}

/// A row of a table, read by the names of its columns.
struct Row<'a> {
    table: &'a Table,
    at: usize,
}

impl Row<'_> {
    fn text(&self, name: &str) -> String {
        match self.table.cell(self.at, name) {
            Some(Cell::Text(text)) => text.to_string(),
            _ => String::new(),
        }
    }

    fn number(&self, name: &str) -> f64 {
        let cell = self.table.cell(self.at, name);
        cell.and_then(Cell::number).unwrap_or(0.0)
    }
}

/// The rows of which there is most, by a column.
fn busiest<'a>(table: &'a Table, column: &str, most: usize) -> Vec<Row<'a>> {
    let mut rows: Vec<Row> = (0..table.rows.len()).map(|at| Row { table, at }).collect();
    rows.sort_by(|left, right| right.number(column).total_cmp(&left.number(column)));
    rows.truncate(most);
    rows
}

/// A search for records with these values.
fn of(terms: &[(&str, &str)]) -> String {
    let used = terms.iter().filter(|(_, value)| !value.is_empty());
    used.fold(String::new(), |search, (key, value)| {
        with_term(&search, key, value, false)
    })
}

/// A search for records of which a text, or an item of a list, begins so.
fn begins_with(key: &str, beginning: &str) -> String {
    let mut pattern = String::new();
    for letter in beginning.chars() {
        if matches!(letter, '"' | '*' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    format!("({key}[*]:\"{pattern}*\" OR {key}:\"{pattern}*\")")
}

fn rule(name: String, does: Does, metric: Metric) -> Rule {
    Rule {
        name,
        does,
        watches: Watches::Metric(Box::new(metric)),
    }
}

/// A metric of spans; a search that cannot be read back is none, and so is the metric.
fn metric(measure: Measure, filter: &str, window: usize, condition: Condition) -> Option<Metric> {
    Some(Metric {
        subject: Subject::Spans,
        measure,
        filter: search(filter, Subject::Spans).ok()?,
        window,
        condition,
        windows: 1,
    })
}

fn above(critical: f64, warning: Option<f64>) -> Condition {
    Condition::Threshold(Thresholds {
        direction: Direction::Above,
        critical: Some(critical),
        warning,
        resolve: None,
    })
}

fn add(found: &mut Vec<Starter>, rule: Option<Rule>, why: String) {
    // Two rows may make rules of one name; the first is the busier one.
    if let Some(rule) = rule
        && !found.iter().any(|known| known.rule.name == rule.name)
    {
        found.push(Starter { rule, why });
    }
}

fn endpoints(table: &Table, found: &mut Vec<Starter>) {
    for row in busiest(table, "count", BUSIEST) {
        let (name, p95, p99) = (
            row.text("transaction"),
            row.number("p95"),
            row.number("p99"),
        );
        let (count, failure_rate) = (row.number("count"), row.number("failure_rate"));
        if name.is_empty() || count == 0.0 {
            continue;
        }
        let filter = of(&[
            ("is_segment", "true"),
            ("name", &name),
            ("service", &row.text("service")),
        ]);
        let critical = rounded(p99.max(p95) * 2.0, 2);
        let warning = rounded(p99.max(p95) * 1.5, 2);
        let aggregate = Measure::Aggregate(Aggregate::Percentile(
            Percent::P95,
            "span.duration".to_owned(),
        ));
        let made = metric(aggregate, &filter, 5, above(critical, Some(warning)));
        let why = format!(
            "{name} was answered {} times: P95 {}, P99 {}.",
            human::grouped(count as u64),
            human::duration(p95 as i64),
            human::duration(p99 as i64),
        );
        add(
            found,
            made.map(|metric| rule(format!("Slow: {name}"), Does::Page, metric)),
            why,
        );
        let critical = rounded((failure_rate * 2.0).max(0.05), 2).min(0.95);
        let made = metric(
            Measure::Aggregate(Aggregate::FailureRate),
            &filter,
            5,
            above(critical, None),
        );
        let failed = match failure_rate > 0.0 {
            true => human::percent(failure_rate),
            false => "None".to_owned(),
        };
        let answers = human::grouped(count as u64);
        let why = format!("{failed} of {answers} answers of {name} failed.");
        add(
            found,
            made.map(|metric| rule(format!("Failing: {name}"), Does::Page, metric)),
            why,
        );
    }
}

fn caches(table: &Table, found: &mut Vec<Starter>) {
    for row in busiest(table, "gets", usize::MAX) {
        let prefix = row.text("key_prefix");
        let (hits, misses) = (row.number("hits"), row.number("misses"));
        if hits + misses == 0.0 || prefix.is_empty() {
            continue;
        }
        let reads = "op:[cache.get, cache.get_item, cache.get_many] has:cache.hit";
        let keys = begins_with("cache.key", &prefix);
        let filter = format!("{reads} {keys}");
        let others = format!("{reads} !{keys}");
        let name = prefix.clone();
        let never_hits = hits == 0.0 && misses >= 10.0;
        // What never hit has no better past; other caches tell what one may expect.
        let peers = never_hits
            .then(|| search(&others, Subject::Spans).ok())
            .flatten();
        let condition = Condition::Anomaly(Anomaly {
            sensitivity: Sensitivity::Medium,
            direction: Direction::Above,
            season: DEFAULT_SEASON,
            peers,
        });
        let part = search("cache.hit:false", Subject::Spans).ok();
        let made = part.and_then(|part| metric(Measure::Share(part), &filter, 5, condition));
        let rate = human::percent(misses / (hits + misses));
        let hint = if never_hits {
            " It never hit: is something in the key that always changes?"
        } else {
            ""
        };
        let why = format!(
            "{rate} of {} reads of {name} in {} missed.{hint}",
            human::grouped((hits + misses) as u64),
            row.text("transaction")
        );
        add(
            found,
            made.map(|metric| rule(format!("Cache misses: {name}"), Does::Notify, metric)),
            why,
        );
    }
}

fn queues(table: &Table, found: &mut Vec<Starter>) {
    for row in busiest(table, "published", usize::MAX) {
        let destination = row.text("destination");
        let (published, processed) = (row.number("published"), row.number("processed"));
        if destination.is_empty() || published == 0.0 {
            continue;
        }
        let key = "messaging.destination.name";
        let filter = of(&[("op", "queue.publish"), (key, &destination)]);
        let minus = of(&[("op", "queue.process"), (key, &destination)]);
        // A tenth of what comes in within an hour, at the rate that was seen.
        let minutes = table
            .time
            .map_or(1.0, |time| (time.duration() as f64 / 60e9).max(1.0));
        let critical = rounded((published / minutes * 60.0 * 0.1).max(10.0), 2);
        let minus = search(&minus, Subject::Spans).ok();
        let made = minus.and_then(|minus| {
            metric(
                Measure::Difference(minus),
                &filter,
                15,
                above(critical, None),
            )
        });
        let why = format!(
            "{} messages were put into {destination} and {} taken out.",
            human::grouped(published as u64),
            human::grouped(processed as u64),
        );
        add(
            found,
            made.map(|metric| rule(format!("Backlog: {destination}"), Does::Page, metric)),
            why,
        );
    }
}

fn domains(table: &Table, found: &mut Vec<Starter>) {
    for row in busiest(table, "count", usize::MAX) {
        let domain = row.text("domain");
        let bursts = match row.table.cell(row.at, "bursts") {
            Some(Cell::Counts(bursts)) => bursts.len(),
            _ => 0,
        };
        let statuses = match row.table.cell(row.at, "statuses") {
            Some(Cell::Counts(statuses)) => statuses.as_slice(),
            _ => &[],
        };
        let is_refused = |code: &str| code == "429" || code.len() == 3 && code.starts_with('5');
        let refused: u64 = statuses
            .iter()
            .filter(|(code, _)| is_refused(code))
            .map(|(_, count)| count)
            .sum();
        if domain.is_empty() || refused == 0 {
            continue;
        }
        let count = row.number("count");
        let host = domain.split(':').next().unwrap_or(&domain);
        let place =
            format!("(url.full:*//{host}* OR server.address:{host} OR description:*//{host}*)");
        let filter = format!("op:[http.client, http.client.*] {place}");
        let part = search("http.response.status_code:[429, >=500]", Subject::Spans).ok();
        let condition = Condition::Threshold(Thresholds {
            direction: Direction::Above,
            critical: Some(0.2),
            warning: Some(0.05),
            resolve: None,
        });
        let made = part.and_then(|part| metric(Measure::Share(part), &filter, 1, condition));
        let why = format!(
            "{} of {} requests to {domain} were answered 429 or 5xx, in {}.",
            human::grouped(refused),
            human::grouped(count as u64),
            human::counted(bursts as u64, "burst"),
        );
        add(
            found,
            made.map(|metric| rule(format!("Refused: {domain}"), Does::Notify, metric)),
            why,
        );
    }
}

fn agents(table: &Table, found: &mut Vec<Starter>) {
    let rows = 0..table.rows.len();
    let rows: Vec<Row> = rows.map(|at| Row { table, at }).collect();
    let cost: f64 = rows.iter().map(|row| row.number("cost")).sum();
    let calls: f64 = rows.iter().map(|row| row.number("llm_calls")).sum();
    if cost <= 0.0 {
        return;
    }
    let hours = table
        .time
        .map_or(1.0, |time| (time.duration() as f64 / 3600e9).max(1.0));
    let critical = rounded(cost / hours * 3.0, 2);
    let made = metric(
        Measure::Cost,
        "",
        60,
        above(critical, Some(rounded(cost / hours * 2.0, 2))),
    );
    let why = format!(
        "{} calls of models cost $ {}.",
        human::grouped(calls as u64),
        rounded(cost, 3)
    );
    add(
        found,
        made.map(|metric| rule("Cost of agents".to_owned(), Does::Notify, metric)),
        why,
    );
}

fn errors(found: &mut Vec<Starter>) {
    let issue_rule = |name: &str, does, when, severity| Rule {
        name: name.to_owned(),
        does,
        watches: Watches::Issues(Box::new(IssueRule {
            when,
            filter: Default::default(),
            traces: None,
            severity,
            action_interval: 60,
        })),
    };
    let spike = When::Spike {
        factor: 5.0,
        within: 60,
        least: 10,
    };
    let rules = [
        (
            "Error spike",
            Does::Page,
            spike,
            Level::Critical,
            "An error five times as frequent as before.",
        ),
        (
            "New error",
            Does::Notify,
            When::New { after: 60 },
            Level::Warning,
            "An error that was not met in the first hour.",
        ),
        (
            "Regression",
            Does::Page,
            When::Regression,
            Level::Critical,
            "An error that was resolved and came back.",
        ),
    ];
    for (name, does, when, severity, why) in rules {
        add(
            found,
            Some(issue_rule(name, does, when, severity)),
            why.to_owned(),
        );
    }
}
