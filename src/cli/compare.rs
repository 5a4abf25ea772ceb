//! `headwater compare A B`: two traces side by side, with what changed; or one and the median of those like it, or the
//! medians of those that two searches find.
//!
//! JSON: `left` and `right` (`trace_id, start_ns, duration_ns, span_count`; of a median `trace_count`, out of `of_traces`,
//! instead of id and start), `changes`, the weightiest first (`kind` as in
//! [`kind_name`], `text`, `step`, `left_count, right_count, self_time_change_ns`), and `steps`, each before those under it
//! (`service, op, description` without literals, `depth`, `parent` as a place in the list or null, `left` and `right` as
//! `count, duration_ns, self_time_ns` or null, `self_time_change_ns`). Steps beyond what is kept apart are one with
//! `"rest": true`. Of searches also `issues` and `endpoints`.
//!
//! With `--releases`, `--environments` or `--imports` the two are sets of traces: see [`sides`].

mod sides;

use super::Failure;
use super::args::CompareArgs;
use super::output::{Output, one_line};
use super::trace::find_id;
use crate::analysis::changes::step_in_words;
use crate::analysis::path_tree::PathSums;
use crate::analysis::{Change, ChangeKind, ComparedStep, Side};
use crate::app::looks::{Compared, ComparedSide, Source};
use crate::model::{CancelToken, human};
use crate::query::{self, Subject};
use crate::store::{Filter, Reader};
use serde_json::{Value as Json, json};
use std::process::ExitCode;

/// Changes told in text; JSON has all.
const MOST_CHANGES: usize = 10;

pub fn run(args: &CompareArgs, reader: &Reader) -> Result<ExitCode, Failure> {
    if args.releases || args.environments || args.imports || args.markdown {
        return sides::run(args, reader);
    }
    let compared = Compared::new(reader, sources(args, reader)?, &CancelToken::default())?;
    for (side, text) in compared
        .sides
        .iter()
        .zip([Some(&args.left), args.right.as_ref()])
    {
        let text = text.unwrap_or(&args.left);
        match side {
            ComparedSide::Unknown(_) => {
                return Err(Failure::Usage(format!("the store has no trace {text:?}")));
            }
            ComparedSide::Usual { traces: 0, .. } if args.searches => {
                return Err(Failure::Usage(format!("no trace fits {text:?}")));
            }
            ComparedSide::Usual { traces: 0, .. } => {
                let reason = "no other trace has a root of the same name and service as";
                return Err(Failure::Usage(format!("{reason} {text:?}")));
            }
            _ => {}
        }
    }
    let mut out = Output::stdout();
    let found = args.searches.then(|| sides::found(args, reader));
    let found = found.transpose()?;
    if args.json {
        let mut json = comparison_json(&compared);
        if let (Some(json), Some(found)) = (json.as_object_mut(), &found) {
            sides::add_json(json, found, args);
        }
        out.json(&json)?;
    } else {
        print(&mut out, &compared)?;
        if let Some(found) = &found {
            out.line("")?;
            sides::print(&mut out, found, args)?;
        }
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// What the two sides are made of.
fn sources(args: &CompareArgs, reader: &Reader) -> Result<[Source; 2], Failure> {
    let right = args.right.as_ref().unwrap_or(&args.left);
    if args.searches {
        return Ok([fitting(&args.left)?, fitting(right)?]);
    }
    let right = find_id(reader, right)?;
    let left = match args.median {
        true => Source::Like(right),
        false => Source::Trace(find_id(reader, &args.left)?),
    };
    Ok([left, Source::Trace(right)])
}

fn fitting(text: &str) -> Result<Source, Failure> {
    let search = query::parse_for(text, Subject::Traces);
    let search = search.map_err(|error| Failure::Usage(format!("{text:?}: {error}")))?;
    let range = None;
    Ok(Source::Fitting(Filter { search, range }))
}

fn comparison_json(compared: &Compared) -> Json {
    let comparison = &compared.comparison;
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
    json!({
        "left": side_json(compared, Side::Left),
        "right": side_json(compared, Side::Right),
        "changes": compared.changes.iter().map(change).collect::<Vec<_>>(),
        "steps": comparison.steps.iter().map(step_json).collect::<Vec<_>>(),
    })
}

fn side_json(compared: &Compared, side: Side) -> Json {
    let at = side as usize;
    let duration = compared.comparison.durations[at];
    let spans = compared.comparison.spans[at];
    match &compared.sides[at] {
        ComparedSide::Trace(trace) => json!({
            "trace_id": trace.id.to_string(),
            "start_ns": trace.start.0,
            "duration_ns": duration,
            "span_count": spans,
        }),
        ComparedSide::Usual { traces, of } => json!({
            "trace_count": traces,
            "of_traces": of,
            "duration_ns": duration,
            "span_count": spans,
        }),
        ComparedSide::Unknown(id) => json!({ "trace_id": id.to_string() }),
    }
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

fn print(out: &mut Output, compared: &Compared) -> Result<(), Failure> {
    let (comparison, changes) = (&compared.comparison, &compared.changes);
    for (at, name) in ["left ", "right"].iter().enumerate() {
        let of = match &compared.sides[at] {
            ComparedSide::Trace(trace) => out.paint("1", &trace.id.to_string()),
            ComparedSide::Unknown(id) => id.to_string(),
            ComparedSide::Usual { traces, of } if *of == *traces as u64 => {
                format!("the median of {}", human::counted(*of, "trace"))
            }
            ComparedSide::Usual { traces, of } => {
                let of = human::grouped(*of);
                format!("the median of the last {traces} of {of} traces")
            }
        };
        let lasted = human::duration(comparison.durations[at]);
        let spans = human::counted(comparison.spans[at], "span");
        out.line(&format!("{name}  {of}  {lasted}, {spans}"))?;
    }
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
