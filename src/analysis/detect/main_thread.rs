//! File and database work on the thread that draws.

use super::subject::{Field, Subject};
use super::{Findings, Kind, Settings};
use crate::analysis::digest::sha1_hex;
use crate::analysis::tree::SpanIndex;
use crate::model::{SpanId, Value};
use serde_json::{Value as Json, json};

/// Files of the system that are read without the program's doing.
const SYSTEM_FILES: &[&str] = &[
    ".nib",
    ".plist",
    "kblayout_iphone.dat",
    "kblayouts_iphone.dat",
];

pub fn find_files(subject: &Subject, settings: &Settings, findings: &mut Findings) {
    let is_own = |at: SpanIndex| {
        let path = subject
            .text(at, Field::FilePath)
            .unwrap_or_default()
            .to_lowercase();
        !SYSTEM_FILES.iter().any(|ending| path.ends_with(ending))
    };
    find(
        subject,
        settings,
        findings,
        Kind::FileIoMainThread,
        "file",
        is_own,
        |spans| format!("1-1008-{}", sha1_hex(&call_stacks(subject, spans))),
    );
}

pub fn find_queries(subject: &Subject, settings: &Settings, findings: &mut Findings) {
    find(
        subject,
        settings,
        findings,
        Kind::DbMainThread,
        "db",
        |_| true,
        |spans| {
            let mut texts: Vec<&str> = Vec::new();
            for text in spans.iter().map(|at| subject.description(*at)) {
                if !texts.contains(&text) {
                    texts.push(text);
                }
            }
            format!("1-1013-{}", sha1_hex(&texts.join("-")))
        },
    );
}

fn find(
    subject: &Subject,
    settings: &Settings,
    findings: &mut Findings,
    kind: Kind,
    op: &str,
    is_eligible: impl Fn(SpanIndex) -> bool,
    fingerprint: impl Fn(&[SpanIndex]) -> String,
) {
    if !subject.any(Field::BlockedMainThread) && !subject.any(Field::BlockedUiThread) {
        return;
    }
    let mut groups: Vec<(Option<SpanId>, Vec<SpanIndex>)> = Vec::new();
    for at in subject.spans.iter().copied() {
        if !blocks(subject, at)
            || !subject.op(at).to_lowercase().starts_with(op)
            || !is_eligible(at)
        {
            continue;
        }
        let parent = subject.parent(at);
        match groups.iter_mut().find(|(known, _)| *known == parent) {
            Some((_, spans)) => spans.push(at),
            None => groups.push((parent, vec![at])),
        }
    }
    for (parent, spans) in groups {
        if subject.covered(&spans) < settings.main_thread {
            continue;
        }
        let mut problem = subject.problem(kind, fingerprint(&spans), spans);
        problem.parents = parent.and_then(|id| subject.find(id)).into_iter().collect();
        problem.evidence = vec![
            ("spans", json!(problem.offenders.len())),
            ("blocked_ns", json!(problem.duration)),
        ];
        findings.put(problem);
    }
}

/// Whether a span says that it held up the main thread: the value must be true itself, not merely say so.
fn blocks(subject: &Subject, at: SpanIndex) -> bool {
    let says = |field| subject.value(at, field) == Some(&Value::Bool(true));
    says(Field::BlockedMainThread) || says(Field::BlockedUiThread)
}

/// The functions on the spans' call stacks: `module.function`, those of a stack joined by dots, stacks by dashes.
fn call_stacks(subject: &Subject, spans: &[SpanIndex]) -> String {
    let mut frames: Vec<String> = Vec::new();
    let mut stacks: Vec<String> = Vec::new();
    for at in spans {
        let stack = subject.text(*at, Field::CallStack).unwrap_or_default();
        let stack: Json = serde_json::from_str(&stack).unwrap_or_default();
        for frame in stack.as_array().into_iter().flatten() {
            let part = |name: &str| frame[name].as_str().unwrap_or_default().to_owned();
            let frame = format!("{}.{}", part("module"), part("function"));
            if !frames.contains(&frame) {
                frames.push(frame);
            }
        }
        let stack = frames.join(".");
        if !stacks.contains(&stack) {
            stacks.push(stack);
        }
    }
    stacks.join("-")
}
