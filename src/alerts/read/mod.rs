//! Rules from the text of a TOML file; errors name the line and what is allowed there.
//!
//! [`fields`] reads the values of a table, whatever they mean; [`metric`] and [`issues`] make rules of them.

mod fields;
mod issues;
mod metric;

use super::failures;
use super::rule::{DEFAULT_GAP, Ignored, Rule, RuleSet, Search, Subject};
use crate::query;
use fields::Fields;
use std::fmt::{self, Display, Formatter};
use toml_edit::{Document, TableLike};

/// What is wrong in a file of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    /// Line from 1.
    pub line: usize,
    /// The key whose value it is about; empty where it is about a rule as a whole.
    pub key: String,
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
const IGNORE: [&str; 3] = ["name", "subject", "filter"];

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
            key: String::new(),
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

impl Reading<'_> {
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
            self.fail_at(fields, "name", message);
        }
        set.rules.push(rule);
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
