//! Transactions made by hand, and what detectors say of them.

use headwater::analysis::SpanTree;
use headwater::analysis::detect::{self, FIELD_NAMES, Hashes, Kind, Problem, Settings};
use headwater::model::batch::{SpanKind, SpanStatus};
use headwater::model::record::RecordRef;
use headwater::model::trace::{Common, Said, Span, SpanValues, Trace};
use headwater::model::{Nanos, SpanId, TraceId, Value};
use std::sync::Arc;

/// The transaction's own span.
pub const ROOT: u64 = 1;

/// A span; times are microseconds.
#[derive(Clone)]
pub struct Made {
    pub id: u64,
    pub parent: u64,
    pub op: String,
    pub text: String,
    pub start: i64,
    pub end: i64,
    pub failed: bool,
    pub values: Vec<(&'static str, Value)>,
}

/// A span under the root.
pub fn span(id: u64, op: &str, text: &str, start: i64, end: i64) -> Made {
    Made {
        id,
        parent: ROOT,
        op: op.to_owned(),
        text: text.to_owned(),
        start,
        end,
        failed: false,
        values: Vec::new(),
    }
}

impl Made {
    pub fn under(mut self, parent: u64) -> Self {
        self.parent = parent;
        self
    }

    pub fn with(mut self, name: &'static str, value: Value) -> Self {
        self.values.push((name, value));
        self
    }

    pub fn hash(self, hash: &str) -> Self {
        self.with("hash", text(hash))
    }
}

pub fn text(text: &str) -> Value {
    Value::Str(text.into())
}

pub fn json(text: &str) -> Value {
    Value::Json(text.into())
}

/// A transaction.
#[derive(Clone)]
pub struct Event {
    pub sdk: &'static str,
    pub op: &'static str,
    pub values: Vec<(&'static str, Value)>,
    pub spans: Vec<Made>,
}

pub fn event(spans: Vec<Made>) -> Event {
    Event {
        sdk: "sentry.python",
        op: "default",
        values: Vec::new(),
        spans,
    }
}

impl Event {
    pub fn sdk(mut self, sdk: &'static str) -> Self {
        self.sdk = sdk;
        self
    }

    pub fn op(mut self, op: &'static str) -> Self {
        self.op = op;
        self
    }

    pub fn with(mut self, name: &'static str, value: Value) -> Self {
        self.values.push((name, value));
        self
    }

    /// All problems.
    pub fn problems(&self, settings: &Settings) -> (Trace, Vec<Problem>) {
        let mut root = span(ROOT, self.op, "/page", 0, 100_000_000);
        root.parent = 0;
        root.values.clone_from(&self.values);
        let mut made = vec![root];
        made.extend(self.spans.iter().cloned());
        made.sort_by_key(|span| span.start);
        let mut columns = vec![Vec::new(); FIELD_NAMES.len()];
        for (place, span) in made.iter().enumerate() {
            for (name, value) in &span.values {
                let column = FIELD_NAMES.iter().position(|known| known == name);
                let column = column.unwrap_or_else(|| panic!("detectors do not know {name}"));
                columns[column].push((place as u32, value.clone()));
            }
        }
        let spans = made.iter().map(|span| self.span(span)).collect();
        let trace = Trace {
            id: TraceId([1; 16]),
            spans,
            logs: Vec::new(),
            errors: Vec::new(),
        };
        let tree = SpanTree::new(&trace);
        let values = SpanValues::new(columns);
        let problems = detect::detect(&trace, &tree, &values, settings, &mut Hashes::default());
        (trace, problems)
    }

    fn span(&self, made: &Made) -> Span {
        Span {
            id: SpanId(made.id),
            parent_id: SpanId(made.parent),
            said: Arc::new(Said {
                name: made.text.as_str().into(),
                description: made.text.as_str().into(),
                common: Arc::new(Common {
                    op: made.op.as_str().into(),
                    service: "shop".into(),
                    sdk: self.sdk.into(),
                    kind: SpanKind::default(),
                    status: match made.failed {
                        true => SpanStatus::Error,
                        false => SpanStatus::Ok,
                    },
                    segment: made.id == ROOT,
                }),
            }),
            start: Nanos(made.start * 1_000),
            duration: (made.end - made.start) * 1_000,
            at: RecordRef { segment: 1, row: 0 },
        }
    }

    /// The ids of the offenders of each problem of a kind.
    pub fn offenders(&self, kind: Kind) -> Vec<Vec<u64>> {
        let (trace, problems) = self.problems(&Settings::default());
        let of_kind = problems.iter().filter(|problem| problem.kind == kind);
        let ids = |problem: &Problem| {
            let ids = problem.offenders.iter().map(|at| trace.spans[at.at()].id.0);
            ids.collect()
        };
        of_kind.map(ids).collect()
    }

    /// The first problem of a kind.
    pub fn first(&self, kind: Kind) -> Problem {
        let (_, problems) = self.problems(&Settings::default());
        let mut of_kind = problems.into_iter().filter(|problem| problem.kind == kind);
        of_kind.next().expect("a problem")
    }
}

/// Checks how many problems of a kind each transaction has.
pub fn check(kind: Kind, cases: Vec<(&str, usize, Event)>) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(name, expected, event)| {
            let found = event.offenders(kind);
            (found.len() != *expected).then(|| format!("{name}: {found:?}, expected {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}\n{}", kind.name(), wrong.join("\n"));
}

/// An event whose spans are changed.
pub fn changed(mut event: Event, change: impl Fn(&mut Made)) -> Event {
    event.spans.iter_mut().for_each(change);
    event
}
