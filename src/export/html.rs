//! The waterfall as one HTML file that needs nothing else: no network, no Headwater.
//!
//! Rows come flat with their depth, whatever the depth; a script of a few lines folds them and shows what a span says of
//! itself. Everything from the trace is escaped, and the page forbids itself to load or send anything.

use super::colors::{class, escaped, style};
use super::drawing::{Ink, facts, root_title, row_title};
use super::source::Material;
use crate::analysis::{Expansion, GroupOptions, NodeKind, SpanTree, Waterfall, visible_rows};
use crate::layout::Picture;
use crate::model::batch::SpanStatus;
use crate::model::conventions::category;
use crate::model::human::{self, Clock};
use crate::model::record::RecordDetails;
use crate::model::trace::Trace;
use hashbrown::HashMap;
use std::io::{self, Write};

/// The most rows that a page holds: browsers get slow beyond.
pub const MOST_ROWS: usize = 20_000;

const SHEET: &str = include_str!("html/sheet.css");
const SCRIPT: &str = include_str!("html/script.js");

/// Writes the page.
///
/// # Errors
/// Those of the file and of reading records.
pub fn write(material: &Material, out: &mut dyn Write) -> io::Result<()> {
    let trace = material.trace;
    let tree = SpanTree::new(trace);
    let waterfall = Waterfall::new(trace, &tree, GroupOptions::ALL);
    let rows = visible_rows(&waterfall, &Expansion::with_groups_unfolded());
    let picture = Picture {
        trace,
        tree: &tree,
        waterfall: &waterfall,
        rows: &rows,
    };
    let title = escaped(&root_title(&picture));
    let inks = style(|class, color| format!(":root{{--{class}:{color}}}"));
    let bars: String = super::colors::inks()
        .map(|ink| format!(".{0}{{background:var(--{0})}}", class(ink)))
        .collect();
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\n<style>{inks}{bars}\n{SHEET}</style></head>\n<body>\n\
         <header><h1>{title}</h1><p>{}</p><p><button id=\"open\">Expand all</button> <button id=\"close\">Collapse groups</button></p></header>\n<main>\n",
        escaped(&facts(trace).join("  ·  "))
    )?;
    let mut details = Details::new(material);
    for (place, row) in rows.iter().take(MOST_ROWS).enumerate() {
        write_row(&picture, place, out)?;
        if let NodeKind::Span(span) = waterfall.node(row.node).kind {
            let (at, span) = (span.at(), &trace.spans[span.at()]);
            write!(out, "<dl hidden>")?;
            for (name, text) in [
                ("Name", span.name.to_string()),
                ("Service", span.service.to_string()),
                ("Status", span.status.name().to_owned()),
                ("Span id", span.id.to_string()),
            ] {
                pair(name, &text, out)?;
            }
            let found = details.get(at)?;
            for (name, value) in &found.attributes {
                pair(name, &value.text(), out)?;
            }
            for event in crate::analysis::span_events::span_events(&found.events) {
                let said = event
                    .attributes
                    .iter()
                    .map(|(name, text)| format!("{name}: {text}"));
                pair(
                    &format!("Event {}", event.name),
                    &said.collect::<Vec<_>>().join("\n"),
                    out,
                )?;
            }
            writeln!(out, "</dl>")?;
        }
    }
    if rows.len() > MOST_ROWS {
        let more = human::counted((rows.len() - MOST_ROWS) as u64, "row");
        writeln!(
            out,
            "<p class=\"note\">and {more} more: export a part of the trace to see them</p>"
        )?;
    }
    writeln!(out, "</main>")?;
    records(trace, out)?;
    writeln!(out, "<script>{SCRIPT}</script>\n</body></html>")
}

fn write_row(picture: &Picture, place: usize, out: &mut dyn Write) -> io::Result<()> {
    let row = &picture.rows[place];
    let node = picture.waterfall.node(row.node);
    let whole = picture.trace.range();
    let share = |nanos: i64| nanos as f64 * 100.0 / whole.duration().max(1) as f64;
    let (op, text) = row_title(picture, row.node);
    let first = picture
        .waterfall
        .first_span(row.node)
        .map(|span| &picture.trace.spans[span.at()]);
    let failed = node.errors > 0
        || node.count == 1 && first.is_some_and(|span| span.status == SpanStatus::Error);
    let ink = match (node.kind, first) {
        (NodeKind::Gap { .. }, _) => Ink::Muted,
        (_, Some(span)) => Ink::Work(category(&span.op)),
        (_, None) => Ink::Error,
    };
    let kind = match node.kind {
        NodeKind::Gap { .. } => " gap",
        NodeKind::Span(_) | NodeKind::Error(_) => "",
        _ => " group",
    };
    let error = if failed { " failed" } else { "" };
    let fold = match (row.expandable, kind) {
        (false, _) => "<i></i>".to_owned(),
        (true, kind) => {
            let open = kind != " group";
            format!(
                "<button aria-expanded=\"{open}\" aria-label=\"Fold {}\"></button>",
                escaped(&op)
            )
        }
    };
    writeln!(
        out,
        "<div class=\"row{kind}{error}\" data-depth=\"{}\" tabindex=\"0\"><span class=\"title\" style=\"padding-left:{}px\">{fold}<b>{}</b> {}</span>\
         <span class=\"time\"><em class=\"{}\" style=\"left:{:.3}%;width:{:.3}%\"></em></span><span class=\"length\">{}</span></div>",
        row.depth,
        row.depth.min(24) * 12,
        escaped(&op),
        escaped(&text),
        class(ink),
        share(node.range.start - whole.start),
        share(node.range.duration()),
        human::duration(node.range.duration()),
    )
}

fn pair(name: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    match text {
        "" => Ok(()),
        text => write!(out, "<dt>{}</dt><dd>{}</dd>", escaped(name), escaped(text)),
    }
}

/// Errors and log records below the waterfall.
fn records(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    let start = trace.range().start;
    if !trace.errors.is_empty() {
        writeln!(out, "<section><h2>Errors</h2>")?;
        for error in &trace.errors {
            writeln!(
                out,
                "<p class=\"record failed\"><time>+{}</time> <b>{}</b> {}</p>",
                human::duration(error.time - start),
                escaped(&error.exception_type),
                escaped(&error.message)
            )?;
        }
        writeln!(out, "</section>")?;
    }
    if !trace.logs.is_empty() {
        writeln!(out, "<section><h2>Log records</h2>")?;
        for log in trace.logs.iter().take(MOST_ROWS) {
            writeln!(
                out,
                "<p class=\"record\"><time>{}</time> <b>{}</b> {}</p>",
                human::time_of_day(log.time, Clock::Utc),
                escaped(&log.severity_text),
                escaped(&log.body)
            )?;
        }
        if trace.logs.len() > MOST_ROWS {
            let more = human::counted((trace.logs.len() - MOST_ROWS) as u64, "log record");
            writeln!(out, "<p class=\"note\">and {more} more</p>")?;
        }
        writeln!(out, "</section>")?;
    }
    Ok(())
}

/// Details of spans, read a stretch at a time: neighbours in the tree mostly are neighbours in time.
struct Details<'a> {
    material: &'a Material<'a>,
    known: HashMap<usize, RecordDetails>,
}

impl<'a> Details<'a> {
    /// How many spans are read at a time, and how many stretches are kept at most.
    const STRETCH: usize = 64;
    const KEPT: usize = 64;

    fn new(material: &'a Material<'a>) -> Self {
        Self {
            material,
            known: HashMap::new(),
        }
    }

    fn get(&mut self, span: usize) -> io::Result<RecordDetails> {
        if let Some(known) = self.known.remove(&span) {
            return Ok(known);
        }
        if self.known.len() > Self::STRETCH * Self::KEPT {
            self.known.clear();
        }
        if self.material.cancel.is_cancelled() {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "it was stopped"));
        }
        let first = span / Self::STRETCH * Self::STRETCH;
        let spans = self.material.trace.spans[first..]
            .iter()
            .take(Self::STRETCH);
        let refs: Vec<_> = spans.map(|span| span.at).collect();
        let read = self.material.details.spans(&refs)?;
        self.known.extend((first..).zip(read));
        Ok(self.known.remove(&span).unwrap_or_default())
    }
}
