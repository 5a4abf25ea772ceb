//! What the records of an issue are made of: every attribute they have, beside all other records of their kind.

use super::{Issue, Kind};
use crate::analysis::breakdown::{Breakdown, LISTED, breakdown};
use crate::analysis::differs::What;
use crate::app::comparing;
use crate::insights::error_records::{self, Met};
use crate::model::sides::Sides;
use crate::model::{CancelToken, Value};
use crate::query::{self, Expr, Term, Test};
use crate::store::{Filter, Reader, RecordKind, StoreError};
use hashbrown::HashMap;
use std::sync::Arc;

/// The records an issue is broken down by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IssueRecords {
    /// Its spans: those that are wrong, or in which it failed.
    Spans,
    /// The log records that tell of it.
    Logs,
    /// The error records that tell of it.
    Errors,
}

impl IssueRecords {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::Spans, Self::Logs, Self::Errors];

    /// As in the text of a place, and as they are called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spans => "spans",
            Self::Logs => "logs",
            Self::Errors => "errors",
        }
    }

    /// One of them, as it is called in sentences.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Spans => "span",
            Self::Logs => "log record",
            Self::Errors => "error record",
        }
    }

    /// Those that an issue has.
    pub fn of(issue: &Issue) -> Vec<Self> {
        let [_, events, logs, spans] = issue.sources;
        let is_in_spans = issue.samples.iter().any(|sample| !sample.spans.is_empty());
        let mut all = Vec::with_capacity(Self::ALL.len());
        if issue.kind != Kind::Error || spans > 0 || is_in_spans {
            all.push(Self::Spans);
        }
        all.extend((logs > 0).then_some(Self::Logs));
        all.extend((events > 0).then_some(Self::Errors));
        all
    }

    /// Those that tell most of an issue: what it is counted by.
    pub fn usual(issue: &Issue) -> Self {
        let [found, events, logs, spans] = issue.sources;
        match events.max(logs) {
            most if most < found.max(spans) || most == 0 => Self::Spans,
            most if most == events => Self::Errors,
            _ => Self::Logs,
        }
    }

    /// What they are called on a button.
    pub fn title(self) -> &'static str {
        match self {
            Self::Spans => "Spans",
            Self::Logs => "Logs",
            Self::Errors => "Errors",
        }
    }

    /// The kind of records; error records lie apart.
    pub fn kind(self) -> Option<RecordKind> {
        match self {
            Self::Spans => Some(RecordKind::Span),
            Self::Logs => Some(RecordKind::Log),
            Self::Errors => None,
        }
    }
}

/// The search for the records of an issue.
pub fn search_for(fingerprint: &str) -> String {
    query::with_term("", "issue", fingerprint, false)
}

/// What the records of an issue are made of.
#[derive(Debug)]
pub struct IssueAttributes {
    /// Its attributes.
    pub breakdown: Breakdown,
    /// Of error records, the newest with a value, by attribute and text of the value.
    met: HashMap<(Arc<str>, String), Vec<Met>>,
}

impl IssueAttributes {
    /// Reads the records of an issue and counts all others beside them.
    ///
    /// # Errors
    /// As with every question.
    pub fn read(
        reader: &Reader,
        fingerprint: &str,
        of: IssueRecords,
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        match of.kind() {
            Some(kind) => Ok(Self {
                breakdown: of_records(reader, fingerprint, kind, cancel)?,
                met: HashMap::new(),
            }),
            None => {
                let inside = reader.named(fingerprint, cancel)?.errors;
                let all = reader.named(Kind::Error.name(), cancel)?.errors;
                let read = error_records::read(reader, &inside, &all, cancel)?;
                Ok(Self {
                    breakdown: breakdown(read.comparison),
                    met: read.met,
                })
            }
        }
    }

    /// The newest error records with a value.
    pub fn met(&self, key: &str, what: &What) -> &[Met] {
        let What::Value(value) = what else {
            return &[];
        };
        let of = (Arc::from(key), value.text().into_owned());
        self.met.get(&of).map_or(&[], |met| met)
    }
}

fn of_records(
    reader: &Reader,
    fingerprint: &str,
    kind: RecordKind,
    cancel: &CancelToken,
) -> Result<Breakdown, StoreError> {
    let inside = filter(Expr::Term(Term {
        key: "issue".to_owned(),
        test: Test::Equals(fingerprint.to_owned()),
    }));
    let rest = Filter::default();
    let mut told = breakdown(reader.differs(kind, &inside, &rest, cancel)?);
    let untold = told.attributes.iter().filter(|one| one.is_untold());
    let untold: Vec<String> = untold.map(|one| one.key.to_string()).collect();
    if untold.is_empty() {
        return Ok(told);
    }
    let facets = reader.facets(kind, &untold, &inside, LISTED, cancel)?;
    for facet in facets {
        let all = elsewhere(reader, kind, &facet.key, &facet.values, cancel)?;
        let attribute = told.attributes.iter_mut();
        if let Some(attribute) = attribute.into_iter().find(|one| *one.key == *facet.key) {
            attribute.tell(all, facet.distinct);
        }
    }
    Ok(told)
}

fn filter(search: Expr) -> Filter {
    Filter {
        search,
        range: None,
    }
}

/// The values with how often records of the issue and others have them.
fn elsewhere(
    reader: &Reader,
    kind: RecordKind,
    key: &str,
    values: &[crate::store::ValueCount],
    cancel: &CancelToken,
) -> Result<Vec<(Value, Sides)>, StoreError> {
    let mut all = Vec::with_capacity(values.len());
    for value in values {
        let what = What::Value(value.value.clone());
        let search = comparing::narrowed("", key, &what, false).unwrap_or_default();
        let search = query::parse_filter(&search).unwrap_or_default();
        let count = reader.count(kind, &filter(search), cancel)?;
        let outside = count.saturating_sub(value.count);
        let inside = value.count;
        all.push((value.value.clone(), Sides { inside, outside }));
    }
    Ok(all)
}
