//! `headwater compare A B`: two traces side by side, with what changed.
//!
//! JSON: `left` and `right` (`trace_id, start_ns, duration_ns, span_count`), `changes`, the weightiest first (`kind` as in
//! [`kind_name`], `text`, `step`, `left_count, right_count, self_time_change_ns`), and `steps`, each before those under it
//! (`service, op, description` without literals, `depth`, `parent` as a place in the list or null, `left` and `right` as
//! `count, duration_ns, self_time_ns` or null, `self_time_change_ns`). Steps beyond what is kept apart are one with
//! `"rest": true`.

use super::Failure;
use super::args::CompareArgs;
use super::output::{Output, one_line};
use super::trace::find_id;
use crate::analysis::changes::step_in_words;
use crate::analysis::path_tree::PathSums;
use crate::analysis::{
    Change, ChangeKind, ComparedStep, Comparer, Comparison, Side, SpanTree, self_times,
};
use crate::model::trace::Trace;
use crate::model::{CancelToken, human};
use crate::store::Reader;
use serde_json::{Value as Json, json};
use std::process::ExitCode;

/// Changes told in text; JSON has all.
const MOST_CHANGES: usize = 10;

pub fn run(args: &CompareArgs, reader: &Reader) -> Result<ExitCode, Failure> {
    let traces = [load(reader, &args.left)?, load(reader, &args.right)?];
    let mut comparer = Comparer::default();
    for (side, trace) in [Side::Left, Side::Right].into_iter().zip(&traces) {
        let tree = SpanTree::new(trace);
        comparer.add(side, trace, &tree, &self_times(trace, &tree));
    }
    let comparison = comparer.finish();
    let mut out = Output::stdout();
    if args.json {
        out.json(&comparison_json(&traces, &comparison))?;
    } else {
        print(&mut out, &traces, &comparison)?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn load(reader: &Reader, text: &str) -> Result<Trace, Failure> {
    let trace = reader.trace(find_id(reader, text)?, &CancelToken::default())?;
    trace.ok_or_else(|| Failure::Usage(format!("the store has no trace {text:?}")))
}

fn comparison_json(traces: &[Trace; 2], comparison: &Comparison) -> Json {
    let changes = comparison.changes();
    let change = |change: &Change| {
        let step = &comparison.steps[change.step];
        let count = |sums: Option<PathSums>| sums.map_or(0, |sums| sums.count);
        json!({
            "kind": kind_name(change.kind),
            "text": comparison.in_words(change),
            "step": change.step,
            "left_count": count(step.left),
            "right_count": count(step.right),
            "self_time_change_ns": change.weight,
        })
    };
    let [left, right] = traces;
    json!({
        "left": trace_json(left),
        "right": trace_json(right),
        "changes": changes.iter().map(change).collect::<Vec<_>>(),
        "steps": comparison.steps.iter().map(step_json).collect::<Vec<_>>(),
    })
}

fn trace_json(trace: &Trace) -> Json {
    let range = trace.range();
    json!({
        "trace_id": trace.id.to_string(),
        "start_ns": range.start.0,
        "duration_ns": range.duration(),
        "span_count": trace.spans.len(),
    })
}

fn step_json(step: &ComparedStep) -> Json {
    let sums = |sums: &PathSums| json!({ "count": sums.count, "duration_ns": sums.total, "self_time_ns": sums.self_time });
    json!({
        "service": &*step.name.service,
        "op": &*step.name.op,
        "description": &*step.name.text,
        "rest": step.is_rest,
        "depth": step.depth,
        "parent": step.parent,
        "left": step.left.as_ref().map(sums),
        "right": step.right.as_ref().map(sums),
        "self_time_change_ns": step.self_change(),
    })
}

fn kind_name(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Gone => "gone",
        ChangeKind::New => "new",
        ChangeKind::Count { .. } => "count",
        ChangeKind::Slower => "slower",
        ChangeKind::Faster => "faster",
    }
}

fn print(out: &mut Output, traces: &[Trace; 2], comparison: &Comparison) -> Result<(), Failure> {
    for (name, trace) in ["left ", "right"].iter().zip(traces) {
        let id = out.paint("1", &trace.id.to_string());
        let lasted = human::duration(trace.range().duration());
        let spans = human::counted(trace.spans.len() as u64, "span");
        out.line(&format!("{name}  {id}  {lasted}, {spans}"))?;
    }
    let changes = comparison.changes();
    out.line("")?;
    for change in changes.iter().take(MOST_CHANGES) {
        let color = if change.weight > 0 { "31" } else { "32" };
        let text = one_line(&comparison.in_words(change));
        out.line(&out.paint(color, &text))?;
    }
    match changes.len().saturating_sub(MOST_CHANGES) {
        0 if changes.is_empty() => out.line("no difference that matters")?,
        0 => {}
        more => out.line(&format!("and {} more", human::grouped(more as u64)))?,
    }
    out.line("")?;
    let rows: Vec<Vec<String>> = comparison.steps.iter().map(step_row).collect();
    let header = [
        ("LEFT", true),
        ("", true),
        ("RIGHT", true),
        ("", true),
        ("OWN TIME", true),
        ("STEP", false),
    ];
    out.table(&header, &rows)
}

fn step_row(step: &ComparedStep) -> Vec<String> {
    let side = |sums: Option<PathSums>| match sums {
        Some(sums) => [
            format!("{} ×", human::grouped(sums.count)),
            human::duration(sums.total),
        ],
        None => ["–".to_owned(), String::new()],
    };
    let ([left_count, left], [right_count, right]) = (side(step.left), side(step.right));
    let change = match step.self_change() {
        change @ 1.. => format!("+{}", human::duration(change)),
        change => human::duration(change),
    };
    let indent = "  ".repeat(step.depth.min(40) as usize);
    let text = format!("{indent}{}", step_in_words(step));
    vec![left_count, left, right_count, right, change, text]
}
