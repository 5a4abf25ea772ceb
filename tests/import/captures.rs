//! Whole captures against their ground truth, where both are at hand: set `HEADWATER_CAPTURES` to a folder with a
//! `MANIFEST.json` beside the captured files.

use crate::import_support::{Memory, import};
use serde_json::Value;
use std::path::Path;

#[test]
#[ignore = "needs the whole captures: set HEADWATER_CAPTURES to their folder"]
fn captures_hold_what_their_manifest_says() {
    let folder = std::env::var("HEADWATER_CAPTURES").expect("HEADWATER_CAPTURES is set");
    let folder = Path::new(&folder);
    let manifest = std::fs::read_to_string(folder.join("MANIFEST.json")).expect("a manifest");
    let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
    let mut wrong = Vec::new();
    for entry in manifest["files"].as_array().expect("a list of files") {
        let name = entry["file"].as_str().expect("a name");
        let is_otlp = name.starts_with("otlp/") && name.ends_with(".jsonl");
        if !is_otlp && !name.contains(".envelope") {
            continue;
        }
        let mut sink = Memory::default();
        let report = import(&folder.join(name), &mut sink);
        let counts = report.counts;
        for (what, found) in [
            ("traces", counts.traces),
            ("spans_total", counts.spans),
            ("logs", counts.logs),
            ("errors", counts.errors),
        ] {
            let expected = entry["counts"][what].as_u64().unwrap_or(0);
            if found != expected {
                wrong.push(format!("{name}: {what} {found}, not {expected}"));
            }
        }
        check_ops(entry, &sink, &mut wrong);
        println!(
            "{name}: {counts:?} {:?} {:?}",
            report.outcome, report.problems
        );
        if report.problems.skipped_total > 0 || report.error.is_some() {
            wrong.push(format!(
                "{name}: {:?} {:?}",
                report.error, report.problems.skipped
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Operations of Sentry's spans, kinds of OTLP's, and the first start.
fn check_ops(entry: &Value, sink: &Memory, wrong: &mut Vec<String>) {
    let name = entry["file"].as_str().unwrap_or_default();
    let mut ops = std::collections::BTreeMap::<String, u64>::new();
    let mut first = i64::MAX;
    for batch in &sink.batches {
        for span in &batch.spans {
            let op = match name.starts_with("otlp/") {
                true => span.kind.name().to_uppercase(),
                false => batch.text(span.op).to_owned(),
            };
            *ops.entry(op).or_default() += 1;
            first = first.min(span.start.0 / 1_000);
        }
    }
    if let Some(expected) = entry["structure"]["start_min_us"].as_i64()
        && expected != first
    {
        wrong.push(format!("{name}: first start {first}, not {expected}"));
    }
    for (op, count) in entry["spans_by_op_or_kind"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let found = ops.get(op).copied().unwrap_or(0);
        if Some(found) != count.as_u64() {
            wrong.push(format!("{name}: {op} {found}, not {count}"));
        }
    }
}
