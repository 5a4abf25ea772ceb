//! What was found in a trace as it is kept in the store: JSON, read back without a loss.

use super::issue::{Context, Occurrence, Sample, Source};
use crate::analysis::detect::{self, Kind, Settings};
use crate::analysis::digest::md5_hex;
use crate::analysis::errors::Failure;
use crate::model::{Nanos, SpanId, TraceId};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was found in a trace.
pub(super) struct KeptTrace {
    /// The trace, where an error record tells of a failure in it.
    pub told: Option<(TraceId, ToldTrace)>,
    /// What detectors found, and failures that only spans tell of.
    pub found: Vec<Occurrence>,
}

/// What is known of a trace in which an error record tells of a failure.
#[derive(Clone)]
pub(super) struct ToldTrace {
    /// Its name.
    pub name: Arc<str>,
    /// The transactions of the spans of which it is told, where they are called otherwise.
    pub others: BTreeMap<SpanId, Arc<str>>,
    /// How long it is, nanoseconds.
    pub duration: i64,
    /// Whose it was, where a span says so.
    pub user: Option<Arc<str>>,
}

impl ToldTrace {
    /// The name of the transaction that a span of which it is told belongs to.
    pub fn transaction(&self, of: Option<&SpanId>) -> &Arc<str> {
        let own = of.and_then(|span| self.others.get(span));
        own.unwrap_or(&self.name)
    }
}

/// The name of what decides what is found: this program's version, its detectors and their thresholds.
pub(super) fn rules(settings: &Settings) -> String {
    let program = env!("CARGO_PKG_VERSION");
    let version = detect::VERSION;
    md5_hex(&[&format!("{program}/{version}/{settings:?}")])
}

#[derive(Serialize, Deserialize)]
struct Line {
    told: Option<ToldLine>,
    /// Id and duration of the trace of what was found.
    trace: String,
    duration: i64,
    found: Vec<Entry>,
}

/// Id, name, duration and user of a trace in which an error record tells of a failure, and names of further transactions.
type ToldLine = (String, String, i64, Option<String>, Vec<(u64, String)>);

#[derive(Serialize, Deserialize)]
struct Entry {
    kind: String,
    title: String,
    fingerprint: String,
    same: Option<(String, String)>,
    parent: Option<u64>,
    spans: Vec<u64>,
    causes: Vec<u64>,
    transaction: String,
    service: String,
    start: i64,
    duration: i64,
    won: Option<i64>,
    evidence: Vec<(String, Json)>,
    release: Option<String>,
    environment: Option<String>,
    user: Option<String>,
    /// What the span says that failed.
    failure: Option<String>,
}

/// The bytes to keep; none when nothing was found.
pub(super) fn write(trace: &KeptTrace) -> Vec<u8> {
    let first = trace.found.first().map(|found| &found.sample);
    if first.is_none() && trace.told.is_none() {
        return Vec::new();
    }
    let told = trace.told.as_ref();
    let line = Line {
        told: told.map(|(id, trace)| {
            let user = trace.user.as_deref().map(str::to_owned);
            let others = trace.others.iter();
            let others = others.map(|(span, name)| (span.0, name.to_string()));
            let (id, name) = (id.to_string(), trace.name.to_string());
            (id, name, trace.duration, user, others.collect())
        }),
        trace: first.map_or_else(String::new, |sample| sample.trace.to_string()),
        duration: first.map_or(0, |sample| sample.trace_duration),
        found: trace.found.iter().map(entry).collect(),
    };
    // Texts and numbers can always be written.
    serde_json::to_vec(&line).unwrap_or_default()
}

/// What was kept; `None` when the bytes are damaged.
pub(super) fn read(bytes: &[u8]) -> Option<KeptTrace> {
    let line: Line = serde_json::from_slice(bytes).ok()?;
    let told = match line.told {
        Some((id, name, duration, user, others)) => {
            let (name, user) = (name.into(), user.map(Arc::from));
            let others = others.into_iter();
            let others = others.map(|(span, name)| (SpanId(span), name.into()));
            let trace = ToldTrace {
                name,
                others: others.collect(),
                duration,
                user,
            };
            Some((id.parse().ok()?, trace))
        }
        None => None,
    };
    let trace = match line.found.is_empty() {
        true => TraceId::default(),
        false => line.trace.parse().ok()?,
    };
    let found = line.found.into_iter();
    let found = found.map(|entry| occurrence(entry, trace, line.duration));
    Some(KeptTrace {
        told,
        found: found.collect::<Option<_>>()?,
    })
}

fn entry(found: &Occurrence) -> Entry {
    let Sample {
        parent,
        spans,
        causes,
        transaction,
        service,
        start,
        duration,
        time_to_win,
        evidence,
        context,
        ..
    } = &found.sample;
    let text = |text: &Option<Arc<str>>| text.as_deref().map(str::to_owned);
    let ids = |ids: &[SpanId]| ids.iter().map(|id| id.0).collect();
    Entry {
        kind: found.kind.name().to_owned(),
        title: found.title.clone(),
        fingerprint: found.fingerprint.clone(),
        same: found
            .same
            .as_ref()
            .map(|(name, sdk)| (name.clone(), sdk.to_string())),
        parent: parent.map(|id| id.0),
        spans: ids(spans),
        causes: ids(causes),
        transaction: transaction.to_string(),
        service: service.to_string(),
        start: start.0,
        duration: *duration,
        won: *time_to_win,
        evidence: evidence.clone(),
        release: text(&context.release),
        environment: text(&context.environment),
        user: text(&context.user),
        failure: found
            .failure
            .as_ref()
            .map(|failure| failure.message.clone()),
    }
}

fn occurrence(entry: Entry, trace: TraceId, trace_duration: i64) -> Option<Occurrence> {
    let kind = Kind::named(&entry.kind)?;
    let text = |text: Option<String>| text.map(Arc::<str>::from);
    let ids = |ids: Vec<u64>| ids.into_iter().map(SpanId).collect();
    let context = Context {
        release: text(entry.release),
        environment: text(entry.environment),
        user: text(entry.user),
        level: None,
    };
    let failure = entry.failure.map(|message| {
        Arc::new(Failure {
            user: context.user.clone(),
            release: context.release.clone(),
            environment: context.environment.clone(),
            ..Failure::plain("", &message)
        })
    });
    Some(Occurrence {
        kind,
        title: entry.title,
        fingerprint: entry.fingerprint,
        same: entry.same.map(|(name, sdk)| (name, sdk.into())),
        sample: Sample {
            trace,
            parent: entry.parent.map(SpanId),
            spans: ids(entry.spans),
            causes: ids(entry.causes),
            transaction: entry.transaction.into(),
            service: entry.service.into(),
            start: Nanos(entry.start),
            duration: entry.duration,
            trace_duration,
            time_to_win: entry.won,
            evidence: entry.evidence,
            source: match kind {
                Kind::Error => Source::Span,
                _ => Source::Trace,
            },
            context,
        },
        failure,
    })
}
