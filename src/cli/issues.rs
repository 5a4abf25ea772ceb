//! `headwater issues [QUERY]`: what is wrong in the traces of which a span fits.
//!
//! JSON: `kind, title, fingerprint, count, first_seen_ns, last_seen_ns, services, transactions, samples, evidence, advice`,
//! and `summary, total_duration_ns, time_to_win_ns` (null where it is not known). A sample has `trace_id, parent_span_id,
//! span_ids, cause_span_ids, count, transaction, service, start_ns, total_duration_ns, trace_duration_ns, time_to_win_ns`; at
//! most 100 of them are listed, the longest first. `fingerprints` are all that an issue goes by: what different SDKs
//! recorded of one problem is one issue, named by the fingerprint that was seen first. Sorted by what mending an issue wins in all. Also `releases` and
//! `environments` (occurrences of each), `users` (how many), `trend` (occurrences in equal shares of time), `found_in`
//! (occurrences by what told of them) and, of errors, `stack`: the exceptions with their frames. `state` is `open`, `ignored`
//! (by decision or by a saved search), `resolved` or `regressed`; `check` has none.

use super::args::IssuesArgs;
use super::output::{Output, notice, print_count, range_of};
use super::{Failure, query_failure};
use crate::analysis::detect::thresholds::{THRESHOLDS, Threshold};
use crate::analysis::detect::{self, Settings};
use crate::analysis::errors::{self, Exception, StackFrame};
use crate::app::issues::{states_in, to_note};
use crate::insights::issues::{self, Issue, Kind, Sample, Source};
use crate::model::{CancelToken, TraceId, human};
use crate::query;
use crate::store::{Filter, IssueState, Kept, Reader, Writer};
use serde_json::{Map, Value as Json, json};
use std::cmp::Ordering;
use std::path::Path;
use std::process::ExitCode;

pub fn run(args: &IssuesArgs, reader: &Reader, store: &Path) -> Result<ExitCode, Failure> {
    if wants_list(&args.set) {
        return print_thresholds(&issues::settings(reader)?, args.json);
    }
    let query = args.query.join(" ");
    let search = query::parse_filter(&query).map_err(|error| query_failure(&query, &error))?;
    let range = range_of(&args.time)?;
    let filter = Filter { search, range };
    let kinds = kinds_named(&args.kind)?;
    let settings = set(issues::settings(reader)?, &args.set)?;
    let order = args.sort.as_deref().map(order).transpose()?;
    let mut findings = Vec::new();
    let mut keep = |found| findings.push(found);
    let cancel = CancelToken::default();
    let mut found = issues::find(reader, &filter, &settings, &cancel, &mut keep)?;
    if args.set.is_empty() {
        let is_all = filter == Filter::default();
        keep_for_later(store, &findings, is_all.then_some(&found));
    }
    found.retain(|issue| kinds.is_empty() || kinds.contains(&issue.kind));
    let states = states_in(reader, &found)?;
    let found = found.into_iter().zip(states);
    let wanted = |state| args.state.is_empty() || args.state.contains(&state);
    let mut found: Vec<(Issue, IssueState)> = found.filter(|(_, state)| wanted(*state)).collect();
    if args.count {
        print_count(args.json, found.len() as u64)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some((compare, descending)) = order {
        found.sort_by(|(left, _), (right, _)| match descending {
            true => compare(right, left),
            false => compare(left, right),
        });
    }
    let total = found.len() as u64;
    if args.limit > 0 {
        found.truncate(args.limit);
    }
    let mut out = Output::stdout();
    match args.json {
        true => found.iter().try_for_each(|(issue, state)| {
            let mut json = issue_json(issue);
            json["state"] = json!(state.name());
            out.json(&json)
        })?,
        false => {
            let lines = found.iter().map(|(issue, state)| (issue, Some(*state)));
            print_table(&mut out, lines)?;
        }
    }
    out.finish()?;
    notice(found.len() as u64, total, "issues", None);
    Ok(ExitCode::SUCCESS)
}

/// How issues compare by one of their fields.
type Compare = fn(&Issue, &Issue) -> Ordering;

/// The fields that issues can be sorted by.
const ORDERS: &[(&str, Compare)] = &[
    ("kind", |left, right| {
        left.kind.name().cmp(right.kind.name())
    }),
    ("title", |left, right| left.title.cmp(&right.title)),
    ("fingerprint", |left, right| {
        left.fingerprint.cmp(&right.fingerprint)
    }),
    ("count", |left, right| left.count.cmp(&right.count)),
    ("first_seen_ns", |left, right| {
        left.first_seen.cmp(&right.first_seen)
    }),
    ("last_seen_ns", |left, right| {
        left.last_seen.cmp(&right.last_seen)
    }),
    ("users", |left, right| {
        left.users.len().cmp(&right.users.len())
    }),
    ("total_duration_ns", |left, right| {
        left.total_duration.cmp(&right.total_duration)
    }),
    ("time_to_win_ns", |left, right| {
        left.time_to_win.cmp(&right.time_to_win)
    }),
];

/// The order that `--sort` names, and whether it is turned around.
fn order(text: &str) -> Result<(Compare, bool), Failure> {
    let name = text.strip_prefix('-');
    let (name, descending) = (name.unwrap_or(text), name.is_some());
    let known = ORDERS.iter().find(|(known, _)| *known == name);
    let (_, compare) = known.ok_or_else(|| {
        let known: Vec<&str> = ORDERS.iter().map(|(known, _)| *known).collect();
        let known = known.join(", ");
        Failure::Usage(format!(
            "issues cannot be sorted by {name:?}; use {known}, with a leading - for descending"
        ))
    })?;
    Ok((*compare, descending))
}

/// Keeps what was found, so that the next one need not look for it again; where another program writes to the store, it does
/// that itself.
/// Where all issues were looked for, they are noted, too, so that it shows which came back.
fn keep_for_later(store: &Path, findings: &[Kept], issues: Option<&Vec<Issue>>) {
    if findings.is_empty() {
        return;
    }
    if let Ok(mut writer) = Writer::open(store) {
        for found in findings {
            let _ = writer.keep(found);
        }
        if let Some(issues) = issues {
            let _ = writer.note_issues(&to_note(issues));
        }
    }
}

/// Settings with what `--set` says of them.
pub fn set(mut settings: Settings, texts: &[String]) -> Result<Settings, Failure> {
    for text in texts {
        let usage = |reason: &str| Failure::Usage(format!("--set {text:?}: {reason}"));
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| usage("write DETECTOR.KEY=VALUE; --set help lists them"))?;
        let threshold = Threshold::named(name.trim())
            .ok_or_else(|| usage("there is no such threshold; --set help lists them"))?;
        threshold
            .set(&mut settings, value)
            .map_err(|reason| usage(&reason))?;
    }
    Ok(settings)
}

/// Whether `--set` asks what can be set.
pub fn wants_list(texts: &[String]) -> bool {
    texts.iter().any(|text| text == "help")
}

/// What can be set, with its value.
pub fn print_thresholds(settings: &Settings, json: bool) -> Result<ExitCode, Failure> {
    let usual = Settings::default();
    let mut out = Output::stdout();
    if json {
        for threshold in THRESHOLDS {
            out.json(&json!({
                "name": threshold.name(),
                "title": threshold.title,
                "value": threshold.value(settings),
                "default": threshold.value(&usual),
            }))?;
        }
    } else {
        let header = [
            ("NAME", false),
            ("VALUE", true),
            ("DEFAULT", true),
            ("WHAT", false),
        ];
        let row = |threshold: &Threshold| {
            vec![
                threshold.name(),
                threshold.value(settings),
                threshold.value(&usual),
                threshold.title.to_owned(),
            ]
        };
        out.table(&header, &THRESHOLDS.iter().map(row).collect::<Vec<_>>())?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// The kinds behind names; a name stands for all kinds whose words contain its words in this order.
pub fn kinds_named(names: &[String]) -> Result<Vec<Kind>, Failure> {
    let mut kinds = Vec::new();
    for name in names {
        let fitting = detect::kinds().filter(|detector| has_words(detector.name, name));
        let before = kinds.len();
        kinds.extend(fitting.map(|detector| detector.kind));
        if kinds.len() == before {
            let known: Vec<&str> = detect::kinds().map(|detector| detector.name).collect();
            let known = known.join(", ");
            return Err(Failure::Usage(format!(
                "{name:?} is no kind of issue; there are {known}"
            )));
        }
    }
    Ok(kinds)
}

/// Whether a name is exactly this, or no name is and its words contain these.
fn has_words(name: &str, wanted: &str) -> bool {
    if detect::kinds().any(|detector| detector.name == wanted) {
        return name == wanted;
    }
    let mut words = name.split('_');
    let mut wanted = wanted
        .split(['_', '-'])
        .filter(|word| !word.is_empty())
        .peekable();
    wanted.peek().is_some() && wanted.all(|word| words.any(|own| own == word))
}

/// An issue as scripts see it.
pub fn issue_json(issue: &Issue) -> Json {
    let evidence = issue.evidence.iter().cloned();
    let sources = Source::NAMES.iter().zip(issue.sources);
    let sources = sources.map(|(name, count)| ((*name).to_owned(), json!(count)));
    json!({
        "kind": issue.kind.name(),
        "title": issue.title,
        "summary": issue.story(),
        "fingerprint": issue.fingerprint,
        "fingerprints": issue.fingerprints,
        "count": issue.count,
        "first_seen_ns": issue.first_seen.0,
        "last_seen_ns": issue.last_seen.0,
        "services": issue.services,
        "transactions": issue.transactions,
        "releases": issue.releases,
        "environments": issue.environments,
        "users": issue.users.len(),
        "trend": issue.trend,
        "found_in": sources.collect::<Map<_, _>>(),
        "stack": issue.failure.as_ref().map(|failure| stack_json(failure)),
        "total_duration_ns": issue.total_duration,
        "time_to_win_ns": issue.time_to_win,
        "samples": issue.samples.iter().map(sample_json).collect::<Vec<_>>(),
        "evidence": evidence.collect::<Map<_, _>>(),
        "advice": issue.kind.detector().advice,
    })
}

/// The chain of exceptions, the one that was raised last first, with the innermost call first.
fn stack_json(failure: &errors::Failure) -> Json {
    let frame = |frame: &StackFrame| {
        json!({
            "function": frame.function,
            "module": frame.module,
            "file": frame.file,
            "line": frame.line,
            "in_app": frame.in_app,
        })
    };
    let raised = |raised: &Exception| {
        json!({
            "type": raised.kind,
            "message": raised.message,
            "frames": raised.frames.iter().map(frame).collect::<Vec<_>>(),
        })
    };
    failure.exceptions.iter().map(raised).collect()
}

fn sample_json(sample: &Sample) -> Json {
    let ids =
        |ids: &[crate::model::SpanId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    json!({
        "trace_id": (sample.trace != TraceId::default()).then(|| sample.trace.to_string()),
        "parent_span_id": sample.parent.map(|id| id.to_string()),
        "span_ids": ids(&sample.spans),
        "cause_span_ids": ids(&sample.causes),
        "count": sample.spans.len(),
        "transaction": sample.transaction,
        "service": sample.service,
        "start_ns": sample.start.0,
        "total_duration_ns": sample.duration,
        "trace_duration_ns": sample.trace_duration,
        "time_to_win_ns": sample.time_to_win,
    })
}

/// Issues for people, with what they say of themselves, and what became of them where that is known.
pub fn print_table<'a>(
    out: &mut Output,
    found: impl Iterator<Item = (&'a Issue, Option<IssueState>)>,
) -> Result<(), Failure> {
    let found: Vec<(&Issue, Option<IssueState>)> = found.collect();
    let header = [
        ("KIND", false),
        ("STATE", false),
        ("COUNT", true),
        ("TO WIN", true),
        ("TRACE", false),
        ("WHAT", false),
    ];
    let row = |(issue, state): &(&Issue, Option<IssueState>)| {
        vec![
            issue.kind.name().to_owned(),
            state.map_or("", IssueState::name).to_owned(),
            issue.count.to_string(),
            issue
                .time_to_win
                .map_or_else(|| "–".to_owned(), human::duration),
            issue
                .samples
                .first()
                .filter(|sample| sample.trace != TraceId::default())
                .map_or_else(String::new, |sample| sample.trace.to_string()),
            match issue.kind {
                Kind::Error => issue.story(),
                // Names and statements have lines; all of them belong to the sentence.
                _ => format!("{} | {}", issue.story(), issue.title).replace(['\n', '\r'], " "),
            },
        ]
    };
    let mut rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let mut header = header.to_vec();
    if found.iter().all(|(_, state)| state.is_none()) {
        header.remove(STATE);
        rows.iter_mut().for_each(|row| drop(row.remove(STATE)));
    }
    out.table(&header, &rows)
}

/// The column of states.
const STATE: usize = 1;
