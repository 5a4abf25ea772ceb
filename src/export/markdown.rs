//! A trace in words, as Markdown for an issue or an assistant: what it is, where the time went, what repeats, what failed and
//! what was logged around that.

use super::drawing::{facts, root_title};
use super::markdown_text::{code, words};
use super::source::Material;
use crate::analysis::classes::Classes;
use crate::analysis::critical_path::CriticalPath;
use crate::analysis::{
    Expansion, GroupOptions, NodeIndex, NodeKind, PathRows, SpanIndex, SpanTree, TraceShape,
    Waterfall, group_figures, path_table, self_times, sort_statistics, statistics, visible_rows,
};
use crate::layout::Picture;
use crate::model::batch::SpanStatus;
use crate::model::human::{self, Clock};
use crate::model::record::{ErrorEntry, LogEntry};
use crate::model::trace::{Span, Trace};
use std::io::{self, Write};

/// Most characters of a note.
const NOTE: usize = 2_000;
/// Lines of each table.
const LINES: usize = 15;
/// Errors told with what was logged around them.
const ERRORS: usize = 20;
/// Log records around an error, before and after.
const AROUND: usize = 3;
/// How long before and after an error a log record may be, in nanoseconds.
const NEAR: i64 = 1_000_000_000;

/// Writes the summary.
///
/// # Errors
/// Those of the file.
pub fn write(material: &Material, out: &mut dyn Write) -> io::Result<()> {
    let trace = material.trace;
    let tree = SpanTree::new(trace);
    let waterfall = Waterfall::new(trace, &tree, GroupOptions::ALL);
    let rows = visible_rows(&waterfall, &Expansion::default());
    let picture = Picture {
        trace,
        tree: &tree,
        waterfall: &waterfall,
        rows: &rows,
    };
    let path = CriticalPath::new(trace, &tree);
    writeln!(out, "# {}\n", words(&root_title(&picture), 120))?;
    for fact in facts(trace) {
        writeln!(out, "- {}", words(&fact, 200))?;
    }
    if let Some(remark) = TraceShape::of(trace, &tree).remark() {
        writeln!(out, "- {remark}")?;
    }
    notes(material, &tree, out)?;
    services(trace, &tree, out)?;
    slowest_path(trace, &path, out)?;
    repeats(trace, &waterfall, &path, out)?;
    failed_spans(trace, out)?;
    errors(trace, out)
}

/// What people wrote about spans of the trace, or of the part of it.
fn notes(material: &Material, tree: &SpanTree, out: &mut dyn Write) -> io::Result<()> {
    let trace = material.trace;
    let start = trace.range().start;
    let notes = material.details.notes(trace.id)?.into_iter();
    let here =
        notes.filter_map(|(span, text)| Some((&trace.spans[tree.find(trace, span)?.at()], text)));
    for (place, (span, text)) in here.enumerate() {
        if place == 0 {
            writeln!(out, "\n## Notes\n")?;
        }
        writeln!(
            out,
            "- {} at +{}: {}",
            code(said(span), 140),
            human::duration(span.start - start),
            words(&text, NOTE)
        )?;
    }
    Ok(())
}

fn services(trace: &Trace, tree: &SpanTree, out: &mut dyn Write) -> io::Result<()> {
    let self_times = self_times(trace, tree);
    let mut table = statistics(trace, &self_times, &Classes::by_service(trace));
    if table.is_empty() {
        return Ok(());
    }
    sort_statistics(&mut table, crate::analysis::StatisticColumn::SelfTime, true);
    writeln!(
        out,
        "\n## Services\n\n| service | spans | failed | self time | share |\n|---|---:|---:|---:|---:|"
    )?;
    for line in table.iter().take(LINES) {
        writeln!(
            out,
            "| {} | {} | {} | {} | {:.1} % |",
            words(&line.value, 60),
            human::grouped(line.count as u64),
            human::grouped(line.errors as u64),
            human::duration(line.self_time),
            line.share * 100.0
        )?;
    }
    more(table.len(), LINES, "service", out)
}

/// Where the time of the whole went: the spans that it waited for longest, and sums by operation.
fn slowest_path(trace: &Trace, path: &CriticalPath, out: &mut dyn Write) -> io::Result<()> {
    let whole = path.duration();
    if whole == 0 {
        return Ok(());
    }
    let own = path.spans().map(|span| (path.time(span), span));
    let mut own: Vec<(i64, SpanIndex)> = own.collect();
    let count = own.len();
    own.sort_by_key(|(time, span)| (-time, *span));
    own.truncate(LINES);
    own.sort_by_key(|(_, span)| *span);
    let share = |time: i64| time as f64 * 100.0 / whole as f64;
    writeln!(
        out,
        "\n## Slowest path\n\nThe spans that the {} were spent in (critical path), in order of start:\n\n\
         | at | on the path | share | operation | what | service |\n|---:|---:|---:|---|---|---|",
        human::duration(whole)
    )?;
    let start = trace.range().start;
    for (time, span) in &own {
        let span = &trace.spans[span.at()];
        writeln!(
            out,
            "| +{} | {} | {:.1} % | {} | {} | {} |",
            human::duration(span.start - start),
            human::duration(*time),
            share(*time),
            words(&span.op, 40),
            code(said(span), 140),
            words(&span.service, 40)
        )?;
    }
    more(count, LINES, "span", out)?;
    writeln!(out, "\nBy operation:\n")?;
    for entry in path_table::path_table(path, &Classes::by_operation(trace))
        .iter()
        .take(8)
    {
        writeln!(
            out,
            "- {}: {} in {} ({:.1} %)",
            words(&entry.value, 60),
            human::duration(entry.time),
            human::counted(entry.spans as u64, "span"),
            entry.share * 100.0
        )?;
    }
    Ok(())
}

fn repeats(
    trace: &Trace,
    waterfall: &Waterfall,
    path: &CriticalPath,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rows = PathRows::new(waterfall, path);
    let figures = group_figures(trace, waterfall, path, &rows);
    let nodes = (0..waterfall.nodes().len() as u32).map(NodeIndex);
    let mut groups: Vec<(NodeIndex, usize)> = nodes
        .filter(|node| {
            matches!(
                waterfall.node(*node).kind,
                NodeKind::Siblings(_) | NodeKind::Repeats(_)
            )
        })
        .filter_map(|node| Some((node, waterfall.group_index(node)?.at())))
        .collect();
    if groups.is_empty() {
        return Ok(());
    }
    groups.sort_by_key(|(node, group)| (-figures[*group].wall, *node));
    writeln!(
        out,
        "\n## Repeats\n\n| times | together | median | p95 | different | what | service |\n|---:|---:|---:|---:|---:|---|---|"
    )?;
    for (node, group) in groups.iter().take(LINES) {
        let (figures, first) = (&figures[*group], waterfall.first_span(*node));
        let Some(first) = first.map(|span| &trace.spans[span.at()]) else {
            continue;
        };
        let query = if waterfall.is_repeated_query(*node, trace) {
            " (a query for every row?)"
        } else {
            ""
        };
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} {}{query} | {} |",
            human::grouped(figures.count as u64),
            human::duration(figures.wall),
            human::duration(figures.median),
            human::duration(figures.p95),
            human::grouped(figures.distinct as u64),
            words(&first.op, 40),
            code(said(first), 140),
            words(&first.service, 40)
        )?;
    }
    more(groups.len(), LINES, "group", out)
}

fn failed_spans(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    let failed: Vec<&Span> = trace
        .spans
        .iter()
        .filter(|span| span.status == SpanStatus::Error)
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Failed spans\n")?;
    let start = trace.range().start;
    for span in failed.iter().take(LINES) {
        writeln!(
            out,
            "- +{}: {} {} in {} ({}, span {})",
            human::duration(span.start - start),
            words(&span.op, 40),
            code(said(span), 140),
            words(&span.service, 40),
            human::duration(span.duration),
            span.id
        )?;
    }
    more(failed.len(), LINES, "span", out)
}

fn errors(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    if trace.errors.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Errors")?;
    let start = trace.range().start;
    for error in trace.errors.iter().take(ERRORS) {
        let kind = if error.exception_type.is_empty() {
            &error.level
        } else {
            &error.exception_type
        };
        writeln!(
            out,
            "\n**{}**: {} at +{} in {}\n",
            words(kind, 80),
            code(&error.message, 400),
            human::duration(error.time - start),
            words(&error.service, 40)
        )?;
        for log in around(trace, error) {
            writeln!(
                out,
                "- {} {} {}",
                human::time_of_day(log.time, Clock::Utc),
                words(&log.severity_text, 12),
                code(&log.body, 300)
            )?;
        }
    }
    more(trace.errors.len(), ERRORS, "error", out)
}

/// The log records next before and after an error.
fn around<'a>(trace: &'a Trace, error: &ErrorEntry) -> &'a [LogEntry] {
    let logs = &trace.logs;
    let at = logs.partition_point(|log| log.time < error.time);
    let from = logs.partition_point(|log| log.time < error.time + -NEAR);
    let to = logs.partition_point(|log| log.time <= error.time + NEAR);
    &logs[from.max(at.saturating_sub(AROUND))..to.min(at + AROUND)]
}

fn said(span: &Span) -> &str {
    if span.description.is_empty() {
        &span.name
    } else {
        &span.description
    }
}

fn more(all: usize, shown: usize, noun: &str, out: &mut dyn Write) -> io::Result<()> {
    match all.saturating_sub(shown) {
        0 => Ok(()),
        left => writeln!(out, "\nand {} more", human::counted(left as u64, noun)),
    }
}
