//! The attributes of error records: what their source says of each, counted for those of an issue and for all others.
//!
//! An error record keeps the document it came in. Of that everything is read that describes it in a word or a number: tags,
//! contexts, user, request, SDK, the mechanism that caught it, or the attributes of an OTLP exception. Stack traces, ids and
//! times describe nothing that records have in common. Each record is read once, in stretches, on all cores.

use crate::model::record::ErrorEntry;
use crate::model::sides::{AttributeCounts, Comparison, Sides};
use crate::model::{CancelToken, Nanos, SpanId, TraceId, Value};
use crate::store::{ErrorWithDocument, Reader, SideTally, StoreError};
use hashbrown::{HashMap, HashSet};
use serde_json::{Map, Value as Json};
use std::cmp::Reverse;
use std::sync::Arc;

/// Records read together.
const STRETCH: usize = 512;
/// Records with one value that are named: the newest.
const NAMED: usize = 20;
/// Characters of a value; longer texts tell records apart.
const LONGEST: usize = 400;

/// An error record as a way to what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Met {
    /// When.
    pub at: Nanos,
    /// In which trace.
    pub trace: Option<TraceId>,
    /// In which span of it.
    pub span: Option<SpanId>,
}

/// Error records by attribute.
#[derive(Debug, Default)]
pub struct ErrorRecords {
    /// Those of the issue beside all others.
    pub comparison: Comparison,
    /// Those of the issue by attribute and text of the value: the newest of each.
    pub met: HashMap<(Arc<str>, String), Vec<Met>>,
}

/// Counts all error records; those with one of the numbers in `inside` are the issue's.
///
/// # Errors
/// As with every question.
pub fn read(
    reader: &Reader,
    inside: &[i64],
    all: &[i64],
    cancel: &CancelToken,
) -> Result<ErrorRecords, StoreError> {
    let inside: HashSet<i64> = inside.iter().copied().collect();
    let mut all = all.to_vec();
    all.sort_unstable();
    all.dedup();
    let stretches: Vec<(i64, i64)> = all
        .chunks(STRETCH)
        .filter_map(|some| Some((*some.first()?, *some.last()?)))
        .collect();
    let parts = reader.work_through_errors(&stretches, cancel, |_, errors| {
        let mut sum = Sum::default();
        for error in &errors {
            sum.add(error, inside.contains(&error.entry.number));
        }
        sum
    })?;
    let mut sum = Sum::default();
    for part in parts {
        sum.absorb(part);
    }
    Ok(sum.finish())
}

/// What was counted so far.
#[derive(Default)]
struct Sum {
    records: Sides,
    tallies: HashMap<Arc<str>, SideTally>,
    met: HashMap<(Arc<str>, String), Vec<Met>>,
}

impl Sum {
    fn add(&mut self, error: &ErrorWithDocument, is_inside: bool) {
        let count = Sides {
            inside: u64::from(is_inside),
            outside: u64::from(!is_inside),
        };
        self.records += count;
        for (key, value) in attributes(error) {
            if is_inside {
                let text = value.text().into_owned();
                let met = self.met.entry((key.clone(), text)).or_default();
                met.push(met_in(&error.entry));
                if met.len() > 2 * NAMED {
                    keep_newest(met);
                }
            }
            self.tallies
                .entry(key)
                .or_default()
                .add_records(&value, count);
        }
    }

    fn absorb(&mut self, more: Self) {
        self.records += more.records;
        for (key, tally) in more.tallies {
            self.tallies.entry(key).or_default().absorb(tally);
        }
        for (of, more) in more.met {
            let met = self.met.entry(of).or_default();
            met.extend(more);
            keep_newest(met);
        }
    }

    fn finish(mut self) -> ErrorRecords {
        self.met.values_mut().for_each(keep_newest);
        let attributes = self.tallies.into_iter();
        ErrorRecords {
            comparison: Comparison {
                records: self.records,
                attributes: attributes
                    .map(|(key, tally)| AttributeCounts {
                        key,
                        asked: false,
                        counted: tally.finish(),
                    })
                    .collect(),
            },
            met: self.met,
        }
    }
}

fn met_in(entry: &ErrorEntry) -> Met {
    Met {
        at: entry.time,
        trace: entry.trace,
        span: entry.span,
    }
}

fn keep_newest(met: &mut Vec<Met>) {
    met.sort_by_key(|one| Reverse(one.at));
    met.truncate(NAMED);
}

/// What describes an error record, each name once.
fn attributes(error: &ErrorWithDocument) -> Vec<(Arc<str>, Value)> {
    let mut found = Found::default();
    let entry = &error.entry;
    for (key, text) in [
        ("level", &entry.level),
        ("exception.type", &entry.exception_type),
        ("transaction", &entry.transaction),
        ("service", &entry.service),
    ] {
        found.text(key, text);
    }
    if let Ok(document) = serde_json::from_str::<Json>(&error.document) {
        match document["attributes"].as_array() {
            Some(attributes) => found.otlp(attributes),
            None => found.event(&document),
        }
    }
    for (key, value) in &error.resource {
        found.value(key, value.clone());
    }
    found.all
}

#[derive(Default)]
struct Found {
    all: Vec<(Arc<str>, Value)>,
}

impl Found {
    fn value(&mut self, key: &str, value: Value) {
        let is_told = |(known, _): &(Arc<str>, Value)| **known == *key;
        let is_long = value.text().chars().nth(LONGEST).is_some();
        if !is_long && !value.text().is_empty() && !self.all.iter().any(is_told) {
            self.all.push((Arc::from(key), value));
        }
    }

    fn text(&mut self, key: &str, text: &Arc<str>) {
        if !text.is_empty() {
            self.value(key, Value::Str(text.clone()));
        }
    }

    /// A word or a number; lists and objects are none.
    fn scalar(&mut self, key: &str, json: &Json) {
        let value = match json {
            Json::String(text) => Value::Str(Arc::from(text.as_str())),
            Json::Bool(is) => Value::Bool(*is),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(number), _) => Value::Int(number),
                (None, Some(number)) => Value::Float(number),
                (None, None) => return,
            },
            Json::Null | Json::Array(_) | Json::Object(_) => return,
        };
        self.value(key, value);
    }

    fn members(&mut self, prefix: &str, object: &Json) {
        for (name, json) in object.as_object().into_iter().flatten() {
            self.scalar(&format!("{prefix}{name}"), json);
        }
    }

    /// Attributes as OTLP writes them.
    fn otlp(&mut self, attributes: &[Json]) {
        for attribute in attributes {
            let key = attribute["key"].as_str().unwrap_or_default();
            let value = attribute["value"].as_object();
            if let Some(value) = value.and_then(|value| value.values().next())
                && !matches!(key, "" | "exception.stacktrace")
            {
                self.scalar(key, value);
            }
        }
    }

    /// An event of Sentry, or an error of Elastic APM.
    fn event(&mut self, event: &Json) {
        for tags in [&event["tags"], &event["labels"]] {
            self.members("", tags);
            for pair in tags.as_array().into_iter().flatten() {
                if let Some(key) = pair[0].as_str() {
                    self.scalar(key, &pair[1]);
                }
            }
        }
        for name in [
            "release",
            "environment",
            "dist",
            "server_name",
            "platform",
            "logger",
        ] {
            self.scalar(name, &event[name]);
        }
        self.members("user.", &event["user"]);
        for name in ["method", "url"] {
            self.scalar(&format!("request.{name}"), &event["request"][name]);
        }
        for name in ["name", "version"] {
            self.scalar(&format!("sdk.{name}"), &event["sdk"][name]);
        }
        let raised = &event["exception"];
        let raised = raised["values"].as_array().or(raised.as_array());
        if let Some(last) = raised.and_then(|all| all.last()) {
            for name in ["type", "handled"] {
                self.scalar(&format!("mechanism.{name}"), &last["mechanism"][name]);
            }
        }
        self.contexts(event["contexts"].as_object());
        self.members("extra.", &event["extra"]);
    }

    /// What stands in a context; that of the trace tells records apart.
    fn contexts(&mut self, contexts: Option<&Map<String, Json>>) {
        let contexts = contexts.into_iter().flatten();
        for (context, members) in contexts.filter(|(name, _)| *name != "trace") {
            let members = members.as_object().into_iter().flatten();
            for (name, json) in members.filter(|(name, _)| *name != "type") {
                self.scalar(&format!("{context}.{name}"), json);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(document: &str) -> Vec<String> {
        let entry = ErrorEntry {
            number: 1,
            trace: None,
            span: None,
            time: Nanos(0),
            level: "error".into(),
            exception_type: "Declined".into(),
            message: "no".into(),
            transaction: "".into(),
            service: "shop".into(),
        };
        let error = ErrorWithDocument {
            entry,
            resource: vec![
                ("service".into(), Value::Str("other".into())),
                ("host.name".into(), Value::Str("h1".into())),
            ],
            document: document.to_owned(),
        };
        let mut all: Vec<String> = attributes(&error)
            .iter()
            .map(|(key, value)| format!("{key}={}", value.text()))
            .collect();
        all.sort();
        all
    }

    #[test]
    fn an_event_is_described_by_its_tags_contexts_user_and_mechanism() {
        let document = r#"{"tags": [["plan", "pro"], ["release", "2"]], "release": "1", "event_id": "x",
            "user": {"id": 7, "geo": {"city": "B"}}, "request": {"url": "/a", "headers": []},
            "contexts": {"trace": {"trace_id": "1"}, "os": {"name": "Linux", "type": "os"}},
            "exception": {"values": [{"mechanism": {"type": "a"}}, {"mechanism": {"type": "b", "handled": false}}]}}"#;
        assert_eq!(
            shown(document),
            [
                "exception.type=Declined",
                "host.name=h1",
                "level=error",
                "mechanism.handled=false",
                "mechanism.type=b",
                "os.name=Linux",
                "plan=pro",
                "release=2",
                "request.url=/a",
                "service=shop",
                "user.id=7",
            ]
        );
    }

    #[test]
    fn an_exception_of_otlp_is_described_by_its_attributes() {
        let document = r#"{"name": "exception", "attributes": [
            {"key": "exception.stacktrace", "value": {"stringValue": "at a"}},
            {"key": "retries", "value": {"intValue": "3"}},
            {"key": "parts", "value": {"arrayValue": {"values": []}}}]}"#;
        let expected = ["exception.type=Declined", "host.name=h1", "level=error"];
        let mut all = shown(document);
        all.retain(|line| !line.starts_with("service"));
        assert_eq!(all[..3], expected);
        assert_eq!(all[3..], ["retries=3"]);
        assert_eq!(shown("{")[..3], expected, "a damaged document");
    }
}
