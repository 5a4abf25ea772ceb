//! What is taken out of an export, by rules: the same value becomes the same sign everywhere in one export, so that what
//! belongs together still shows.
//!
//! Trace and span ids stay as they are. A value that is taken out of an attribute is also taken out of the other texts of
//! its record, which often are made of it: the name, the description, the address.

use super::json_text::{is_json, with_strings};
use super::secrets::{is_secret_name, mails, tokens};
use super::source::{Details, Material};
use crate::analysis::sql::{SqlPart, sql_parts};
use crate::model::conventions::{Category, canonical_key, category};
use crate::model::record::{RecordDetails, RecordRef};
use crate::model::trace::Trace;
use crate::model::{SpanId, TraceId, Value};
use hashbrown::{HashMap, HashSet};
use std::cell::RefCell;
use std::cmp::Reverse;
use std::fmt;
use std::io;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

/// The shortest value that is looked for within other texts of its record.
const SHORTEST_WITHIN: usize = 3;

/// The attribute that a record's service is from.
const SERVICE: &str = "service.name";

/// A value that goes as a whole, and why.
type Taken = (Rule, String);

/// What is taken out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Literals and parameters of queries; they become `?1`, `?2`, ….
    Sql,
    /// Mail addresses.
    Mail,
    /// Tokens, keys and passwords, known by their shape or by the name of their attribute.
    Token,
    /// The values of attributes with this name; with a `*` at its end, of all that begin so.
    Attribute(String),
}

impl Rule {
    /// Whether the value of an attribute goes as a whole.
    fn takes(&self, name: &str) -> bool {
        match self {
            Self::Sql => is_sql_parameter(name),
            Self::Mail => false,
            Self::Token => is_secret_name(name),
            Self::Attribute(wanted) => match wanted.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => name == wanted,
            },
        }
    }

    /// The sign for the value with this number.
    fn sign(&self, number: usize) -> String {
        match self {
            Self::Sql => format!("?{number}"),
            Self::Mail => format!("[mail {number}]"),
            Self::Token => format!("[token {number}]"),
            Self::Attribute(name) => format!("[{} {number}]", name.trim_end_matches(['*', '.'])),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sql => out.write_str("sql"),
            Self::Mail => out.write_str("mail"),
            Self::Token => out.write_str("token"),
            Self::Attribute(name) => write!(out, "attr:{name}"),
        }
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "sql" => Ok(Self::Sql),
            "mail" => Ok(Self::Mail),
            "token" => Ok(Self::Token),
            other => match other.strip_prefix("attr:") {
                Some(name) if !name.trim_matches('*').is_empty() => {
                    Ok(Self::Attribute(name.to_owned()))
                }
                _ => Err(format!(
                    "{other:?} is no rule; there are sql, mail, token and attr:NAME"
                )),
            },
        }
    }
}

/// A value that is taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// Which rule.
    pub rule: Rule,
    /// What was there.
    pub before: String,
    /// What is there now.
    pub after: String,
    /// How often.
    pub times: u64,
}

/// Takes values out. One for each export: signs are numbered in order of first sight.
#[derive(Debug, Default)]
pub struct Redactor {
    rules: Vec<Rule>,
    known: HashMap<(Rule, String), usize>,
    replaced: Vec<Replaced>,
    numbers: HashMap<Rule, usize>,
}

impl Redactor {
    /// One with these rules; the first that fits counts, chosen attributes before shapes.
    pub fn new(rules: &[Rule]) -> Self {
        let mut rules = rules.to_vec();
        rules.sort_by_key(|rule| match rule {
            Rule::Attribute(_) => 0,
            Rule::Token => 1,
            Rule::Sql => 2,
            Rule::Mail => 3,
        });
        rules.dedup();
        Self {
            rules,
            ..Self::default()
        }
    }

    /// Everything that was taken out so far, in order of first sight.
    pub fn replaced(&self) -> impl Iterator<Item = &Replaced> {
        self.replaced.iter().filter(|replaced| replaced.times > 0)
    }

    /// The sign for a value, without counting.
    fn entry(&mut self, rule: &Rule, before: &str) -> usize {
        let key = (rule.clone(), before.to_owned());
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let number = self.numbers.entry(rule.clone()).or_default();
        *number += 1;
        self.replaced.push(Replaced {
            rule: rule.clone(),
            before: before.to_owned(),
            after: rule.sign(*number),
            times: 0,
        });
        self.known.insert(key, self.replaced.len() - 1);
        self.replaced.len() - 1
    }

    fn replace(&mut self, rule: &Rule, before: &str) -> String {
        let entry = self.entry(rule, before);
        self.replaced[entry].times += 1;
        self.replaced[entry].after.clone()
    }

    /// The rule that takes an attribute's value as a whole.
    fn whole(&self, name: &str) -> Option<Rule> {
        self.rules.iter().find(|rule| rule.takes(name)).cloned()
    }

    /// A text by the name of its attribute; `None` when it may stay.
    fn text(&mut self, name: &str, text: &str) -> Option<String> {
        self.text_beside(name, text, is_query(name), &[])
    }

    /// The same in a record of which other values are `taken` as a whole: they go from this text, too.
    fn text_beside(
        &mut self,
        name: &str,
        text: &str,
        is_query: bool,
        taken: &[Taken],
    ) -> Option<String> {
        if let Some(rule) = self.whole(name).filter(|_| !text.is_empty()) {
            return Some(self.replace(&rule, text));
        }
        // A text that is JSON, as the body of a request: its names tell more than its shape. A text within it may be some again;
        // since each level doubles the signs before its quotes, there are few.
        let mut changed = match text.trim_start().starts_with(['{', '[']) && is_json(text) {
            true => self.json(name, text, taken),
            false => None,
        };
        for (rule, value) in taken {
            let now = changed.as_deref().unwrap_or(text);
            if now == value || value.len() >= SHORTEST_WITHIN {
                let found = now.match_indices(value.as_str());
                let found: Vec<_> = found.map(|(at, found)| at..at + found.len()).collect();
                changed = self.cut(rule, now, &found).or(changed);
            }
        }
        let now = changed.as_deref().unwrap_or(text);
        self.within(now, is_query).or(changed)
    }

    /// What is taken out within a text.
    fn within(&mut self, text: &str, is_query: bool) -> Option<String> {
        let mut changed: Option<String> = None;
        for rule in self.rules.clone() {
            let text = changed.as_deref().unwrap_or(text);
            let found = match rule {
                Rule::Sql if is_query => literals(text),
                Rule::Mail => mails(text),
                Rule::Token => tokens(text),
                Rule::Sql | Rule::Attribute(_) => continue,
            };
            if let Some(other) = self.cut(&rule, text, &found) {
                changed = Some(other);
            }
        }
        changed
    }

    fn cut(&mut self, rule: &Rule, text: &str, found: &[Range<usize>]) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for range in found {
            out.push_str(&text[from..range.start]);
            let before = &text[range.clone()];
            let replaced = match rule {
                // However it is written.
                Rule::Mail => self.replace(rule, &before.replace("%40", "@")),
                _ => self.replace(rule, before),
            };
            out.push_str(&replaced);
            from = range.end;
        }
        out.push_str(&text[from..]);
        (!found.is_empty()).then_some(out)
    }

    fn value(&mut self, name: &str, value: &mut Value, taken: &[Taken]) {
        let text = match &*value {
            Value::Json(json) if self.whole(name).is_none() => {
                if let Some(other) = self.json(name, json, taken) {
                    *value = Value::Json(other.into());
                }
                return;
            }
            Value::Null => return,
            other => other.text().into_owned(),
        };
        if let Some(other) = self.text_beside(name, &text, is_query(name), taken) {
            *value = Value::Str(other.into());
        }
    }

    fn json(&mut self, name: &str, json: &str, taken: &[Taken]) -> Option<String> {
        with_strings(json, name, |name, text| {
            self.text_beside(name, text, is_query(name), taken)
        })
    }

    /// Takes out of everything the source said of a record.
    pub fn details(&mut self, details: &mut RecordDetails) {
        let taken = self.taken(details);
        for (name, value) in details.attributes.iter_mut().chain(&mut details.resource) {
            self.value(name, value, &taken);
        }
        for json in [&mut details.events, &mut details.links] {
            if let Some(other) = self.json("", json, &taken) {
                *json = other.into();
            }
        }
        for text in [&mut details.status_message, &mut details.template] {
            self.plain("", text, false, &taken);
        }
    }

    fn plain(&mut self, name: &str, text: &mut Arc<str>, is_query: bool, taken: &[Taken]) {
        if let Some(other) = self.text_beside(name, text, is_query, taken) {
            *text = other.into();
        }
    }

    /// The values of a record that go as a whole.
    fn taken(&self, details: &RecordDetails) -> Vec<Taken> {
        let all = details.attributes.iter().chain(&details.resource);
        let taken =
            all.filter_map(|(name, value)| Some((self.whole(name)?, value.text().into_owned())));
        taken.filter(|(_, value)| !value.is_empty()).collect()
    }

    /// The trace without what the rules take out of its own texts.
    ///
    /// # Errors
    /// When a record cannot be read any more, and when cancelled.
    pub fn trace(&mut self, material: &Material) -> io::Result<Trace> {
        let mut trace = material.trace.clone();
        let homes = trace.errors.iter().filter_map(|error| error.span);
        let homes: HashSet<SpanId> = homes.collect();
        let mut taken_at_home: HashMap<SpanId, Vec<Taken>> = HashMap::new();
        let mut spans = trace.spans.iter_mut();
        material.spans(|_, details| {
            for (details, span) in details.iter().zip(&mut spans) {
                let taken = self.taken(details);
                let is_query = category(&span.op) == Category::Database;
                self.plain("", &mut span.name, is_query, &taken);
                self.plain("", &mut span.description, is_query, &taken);
                self.plain(SERVICE, &mut span.service, false, &taken);
                if homes.contains(&span.id) {
                    taken_at_home.entry(span.id).or_default().extend(taken);
                }
            }
            Ok(())
        })?;
        let mut logs = trace.logs.iter_mut();
        material.logs(|_, details| {
            for (details, log) in details.iter().zip(&mut logs) {
                let taken = self.taken(details);
                self.plain("", &mut log.body, false, &taken);
                self.plain(SERVICE, &mut log.service, false, &taken);
            }
            Ok(())
        })?;
        for error in &mut trace.errors {
            let taken = error.span.and_then(|span| taken_at_home.get(&span));
            let taken = taken.map_or(&[][..], Vec::as_slice);
            for (name, text) in [
                ("exception.message", &mut error.message),
                ("exception.type", &mut error.exception_type),
                ("transaction", &mut error.transaction),
                (SERVICE, &mut error.service),
            ] {
                self.plain(name, text, false, taken);
            }
        }
        Ok(trace)
    }
}

/// Whether an attribute of this name holds a query.
fn is_query(name: &str) -> bool {
    matches!(canonical_key(name), Some("db.query.text"))
        || matches!(name, "db.query.text" | "sentry.description" | "sql.query")
}

/// Whether it holds a parameter of one.
fn is_sql_parameter(name: &str) -> bool {
    [
        "db.query.parameter.",
        "db.operation.parameter.",
        "db.sql.parameter.",
        "db.statement.parameters",
    ]
    .iter()
    .any(|start| name.starts_with(start))
}

/// Where the literals of a query stand.
fn literals(query: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    let mut found = Vec::new();
    for (part, text) in sql_parts(query) {
        if matches!(part, SqlPart::Text | SqlPart::Number) {
            found.push(at..at + text.len());
        }
        at += text.len();
    }
    found
}

/// Details of which the rules took out what they take.
pub struct Redacted<'a> {
    inner: &'a dyn Details,
    redactor: &'a RefCell<Redactor>,
}

impl<'a> Redacted<'a> {
    /// Lets `inner` be read through a redactor.
    pub fn new(inner: &'a dyn Details, redactor: &'a RefCell<Redactor>) -> Self {
        Self { inner, redactor }
    }

    fn through(&self, mut all: Vec<RecordDetails>) -> Vec<RecordDetails> {
        let mut redactor = self.redactor.borrow_mut();
        all.iter_mut().for_each(|details| redactor.details(details));
        all
    }
}

impl Details for Redacted<'_> {
    fn spans(&self, refs: &[RecordRef]) -> io::Result<Vec<RecordDetails>> {
        Ok(self.through(self.inner.spans(refs)?))
    }

    fn logs(&self, refs: &[RecordRef]) -> io::Result<Vec<RecordDetails>> {
        Ok(self.through(self.inner.logs(refs)?))
    }

    fn notes(&self, trace: TraceId) -> io::Result<Vec<(SpanId, String)>> {
        let mut notes = self.inner.notes(trace)?;
        let mut redactor = self.redactor.borrow_mut();
        for (_, text) in &mut notes {
            if let Some(changed) = redactor.text("", text) {
                *text = changed;
            }
        }
        Ok(notes)
    }
}

/// What the rules take out of a trace, the most frequent first.
///
/// # Errors
/// When a record cannot be read any more, and when cancelled.
pub fn preview(material: &Material, rules: &[Rule]) -> io::Result<Vec<Replaced>> {
    let mut redactor = Redactor::new(rules);
    if !rules.is_empty() {
        redactor.trace(material)?;
        let redactor = &mut redactor;
        let mut look = |details: &[RecordDetails]| {
            details
                .iter()
                .for_each(|details| redactor.details(&mut details.clone()));
            Ok(())
        };
        material.spans(|_, details| look(details))?;
        material.logs(|_, details| look(details))?;
    }
    let mut all: Vec<Replaced> = redactor.replaced().cloned().collect();
    all.sort_by_key(|one| Reverse(one.times));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(pairs: &[(&str, Value)]) -> RecordDetails {
        let own = pairs
            .iter()
            .map(|(name, value)| (Arc::from(*name), value.clone()));
        RecordDetails {
            attributes: own.collect(),
            ..RecordDetails::default()
        }
    }

    fn text(text: &str) -> Value {
        Value::Str(text.into())
    }

    fn redacted(rules: &[Rule], pairs: &[(&str, Value)]) -> Vec<Value> {
        let mut details = attributes(pairs);
        Redactor::new(rules).details(&mut details);
        details
            .attributes
            .into_iter()
            .map(|(_, value)| value)
            .collect()
    }

    #[test]
    fn rules_are_read_and_written() {
        for rule in [
            "sql",
            "mail",
            "token",
            "attr:user.id",
            "attr:http.request.header.*",
        ] {
            assert_eq!(
                rule.parse::<Rule>().map(|rule| rule.to_string()),
                Ok(rule.to_owned())
            );
        }
        assert!("attr:".parse::<Rule>().is_err());
        assert!("attr:*".parse::<Rule>().is_err());
        assert!("names".parse::<Rule>().is_err());
    }

    #[test]
    fn equal_literals_have_equal_signs() {
        let query = "SELECT * FROM a WHERE x = 'ann' AND y IN (7, 8) OR z = 7";
        let expected = "SELECT * FROM a WHERE x = ?1 AND y IN (?2, ?3) OR z = ?2";
        let found = redacted(
            &[Rule::Sql],
            &[("db.statement", text(query)), ("note", text(query))],
        );
        assert_eq!(found, [text(expected), text(query)]);
    }

    #[test]
    fn mails_and_tokens_go_wherever_they_stand() {
        let rules = [Rule::Mail, Rule::Token];
        let json = Value::Json(r#"{"to":["ann@x.org"],"password":"p"}"#.into());
        let found = redacted(
            &rules,
            &[
                ("a", text("ann@x.org wrote to bob@x.org")),
                ("b", json),
                (
                    "http.request.header.authorization",
                    text("Bearer abcdefghij"),
                ),
                ("c", Value::Int(7)),
            ],
        );
        let expected = [
            text("[mail 1] wrote to [mail 2]"),
            Value::Json(r#"{"to":["[mail 1]"],"password":"[token 1]"}"#.into()),
            text("[token 2]"),
            Value::Int(7),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn texts_that_are_json_are_known_by_their_names() {
        let body =
            r#"{"user":{"password":"correct horse"},"note":"{\"pwd\":\"battery staple\"}","n":1}"#;
        let found = redacted(
            &[Rule::Token, Rule::Mail],
            &[
                ("http.request.body", text(body)),
                ("url.full", text("https://x.org/?to=ann%40x.org")),
                ("to", text("ann@x.org")),
            ],
        );
        let clean = r#"{"user":{"password":"[token 1]"},"note":"{\"pwd\":\"[token 2]\"}","n":1}"#;
        let expected = [
            text(clean),
            text("https://x.org/?to=[mail 1]"),
            text("[mail 1]"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn chosen_attributes_go_whatever_they_are() {
        let rules = [Rule::Attribute("user.*".into()), Rule::Mail];
        let found = redacted(
            &rules,
            &[
                ("user.id", Value::Int(7)),
                ("user.tags", Value::Json("[1]".into())),
                ("user.key", Value::Int(7)),
                ("username", text("ann")),
            ],
        );
        assert_eq!(
            found,
            [
                text("[user 1]"),
                text("[user 2]"),
                text("[user 1]"),
                text("ann")
            ]
        );
    }

    #[test]
    fn events_keep_their_shape() {
        let events = r#"[{"name":"exception","timeUnixNano":"12","attributes":[{"key":"exception.message","value":{"stringValue":"no ann@x.org"}},{"key":"n","value":{"intValue":"7"}}]}]"#;
        let mut details = RecordDetails {
            events: events.into(),
            ..RecordDetails::default()
        };
        Redactor::new(&[Rule::Mail]).details(&mut details);
        assert_eq!(*details.events, events.replace("ann@x.org", "[mail 1]"));
    }
}
