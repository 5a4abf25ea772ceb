//! `headwater trace TRACE_ID`: one trace as a tree, as the waterfall shows it.
//!
//! JSON: `trace_id, start_ns, duration_ns, span_count, nodes, logs, errors, critical_path`. A node has `kind` (`span`,
//! `siblings`, `chain`, `gap`, `error`, with `--repeats` also `repeats`), `span_id, parent_span_id, name, op, description,
//! service, status, start_ns, duration_ns, self_time_ns, depth, children`. What does not apply is null: a group has no id
//! and no status of its own, and tells the names of its first member. Groups add `count, total_duration_ns, span_ids, wall_duration_ns, p50_ns,
//! p95_ns, slowest_span_id, distinct, critical_path_ns, share_of_trace, share_of_critical_path` (siblings and repeats also
//! `segments`, repeats `motif_length` and `rounds`), while their members stand below them as children; an error adds
//! `error`. A span adds `critical_path_ns`, the time in which it is itself on the path. `--story` prints lines instead
//! ([`super::story`]).

use super::Failure;
use super::args::TraceArgs;
use super::output::{Output, one_line};
use crate::analysis::self_time::self_times;
use crate::analysis::{
    CriticalPath, Expansion, Group, GroupFigures, GroupOptions, NodeIndex, NodeKind, PathRows, Row,
    SpanIndex, SpanTree, Waterfall, group_figures, visible_rows,
};
use crate::export::log_record::log_line;
use crate::model::human;
use crate::model::record::ErrorEntry;
use crate::model::trace::{Span, Trace};
use crate::model::{CancelToken, TimeRange, TraceId};
use crate::store::Reader;
use serde_json::{Map, Value as Json, json};
use std::process::ExitCode;

/// As many traces as the store names for one prefix.
const MOST_NAMED: usize = 10;
/// Fewest digits of a trace id that are accepted as a prefix.
const SHORTEST_PREFIX: usize = 6;

pub fn run(args: &TraceArgs, reader: &Reader) -> Result<ExitCode, Failure> {
    let id = find_id(reader, &args.id)?;
    let trace = reader.trace(id, &CancelToken::default())?;
    let trace =
        trace.ok_or_else(|| Failure::Usage(format!("the store has no trace {:?}", args.id)))?;
    if args.story {
        super::story::print(&trace, reader, args.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    let options = match args.raw {
        true => GroupOptions::NONE,
        false => GroupOptions {
            // Scripts know the groups that are known elsewhere, unless they ask for more.
            repeats: !args.no_repeats && (args.repeats || !args.json),
            ..GroupOptions::ALL
        },
    };
    let tree = SpanTree::new(&trace);
    let waterfall = Waterfall::new(&trace, &tree, options);
    let path = CriticalPath::new(&trace, &tree);
    let rows = PathRows::new(&waterfall, &path);
    let sheet = Sheet {
        figures: group_figures(&trace, &waterfall, &path, &rows),
        path,
        trace: &trace,
        waterfall: &waterfall,
        self_times: self_times(&trace, &tree),
    };
    let mut out = Output::stdout();
    if args.json {
        out.json(&sheet.json())?;
    } else {
        sheet.print(&mut out)?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// The trace whose id is this text or, alone in the store, begins with it.
pub(super) fn find_id(reader: &Reader, text: &str) -> Result<TraceId, Failure> {
    if text.len() < SHORTEST_PREFIX
        || !text
            .chars()
            .all(|digit| digit.is_ascii_hexdigit() || digit == '-')
    {
        let needed =
            format!("a trace id is hex, and at least {SHORTEST_PREFIX} digits of it are needed");
        return Err(Failure::Usage(format!(
            "{text:?} does not name a trace: {needed}"
        )));
    }
    let found = reader.traces_with_prefix(text)?;
    match found.as_slice() {
        [] => text.parse().map_err(|_| {
            Failure::Usage(format!("the store has no trace that starts with {text:?}"))
        }),
        [id] => Ok(*id),
        several => {
            let names: Vec<String> = several.iter().map(|id| id.to_string()).collect();
            let more = match names.len() < MOST_NAMED {
                true => "",
                false => "\nthere may be more; more digits tell them apart",
            };
            Err(Failure::Usage(format!(
                "{text:?} fits several traces:\n  {}{more}",
                names.join("\n  ")
            )))
        }
    }
}

struct Sheet<'a> {
    trace: &'a Trace,
    waterfall: &'a Waterfall,
    self_times: Vec<i64>,
    path: CriticalPath,
    figures: Vec<GroupFigures>,
}

impl Sheet<'_> {
    fn json(&self) -> Json {
        let range = self.trace.range();
        let path = self.path.steps().into_iter();
        let path: Vec<Json> = path
            .map(|step| {
                let id = self.trace.spans[step.span.at()].id.to_string();
                json!({ "span_id": id, "start_ns": step.range.start.0, "end_ns": step.range.end.0 })
            })
            .collect();
        json!({
            "trace_id": self.trace.id.to_string(),
            "start_ns": range.start.0,
            "duration_ns": range.duration(),
            "span_count": self.trace.spans.len(),
            "nodes": self.nodes(),
            "logs": self.trace.logs.iter().map(log_line).collect::<Vec<_>>(),
            "errors": self.trace.errors.iter().map(error_json).collect::<Vec<_>>(),
            "critical_path": path,
        })
    }

    /// The tree, depth first with every group expanded. Built from the flat rows, so that depth costs no stack.
    fn nodes(&self) -> Vec<Json> {
        let rows = visible_rows(self.waterfall, &Expansion::with_groups_unfolded());
        let mut open: Vec<(u32, Json)> = Vec::new();
        let mut tops = Vec::new();
        for row in &rows {
            close(&mut open, &mut tops, row.depth);
            open.push((row.depth, self.node_json(row)));
        }
        close(&mut open, &mut tops, 0);
        tops
    }

    fn node_json(&self, row: &Row) -> Json {
        let node = self.waterfall.node(row.node);
        let mut json = Map::new();
        let mut put = |key: &str, value: Json| drop(json.insert(key.to_owned(), value));
        put("kind", json!(kind_name(node.kind)));
        let span = self.span(row.node);
        let alone = span.filter(|_| matches!(node.kind, NodeKind::Span(_)));
        put("span_id", json!(alone.map(|span| span.id.to_string())));
        let parent = span.and_then(Span::parent);
        put(
            "parent_span_id",
            json!(parent.map(|parent| parent.to_string())),
        );
        put("name", json!(span.map(|span| &*span.name)));
        put("op", json!(span.map(|span| &*span.op)));
        put("description", json!(span.map(|span| &*span.description)));
        put("service", json!(span.map(|span| &*span.service)));
        put("status", json!(alone.map(|span| span.status.name())));
        put("self_time_ns", json!(self.self_time(row.node)));
        if let NodeKind::Span(span) = node.kind {
            put("critical_path_ns", json!(self.path.time(span)));
        }
        let group = self.waterfall.group(row.node);
        let figures = self.waterfall.group_index(row.node);
        let figures = figures.and_then(|group| self.figures.get(group.at()));
        if let Some((group, figures)) = group.zip(figures) {
            self.put_group(node.kind, group, figures, &mut put);
        }
        if let NodeKind::Error(at) = node.kind
            && let Some(error) = self.trace.errors.get(at as usize)
        {
            put("error", error_json(error));
        }
        put("start_ns", json!(node.range.start.0));
        put("duration_ns", json!(node.range.duration()));
        put("depth", json!(row.depth));
        put("children", json!([]));
        Json::Object(json)
    }

    fn put_group(
        &self,
        kind: NodeKind,
        group: Group<'_>,
        figures: &GroupFigures,
        put: &mut impl FnMut(&str, Json),
    ) {
        let id = |span: &SpanIndex| self.trace.spans[span.at()].id.to_string();
        let ids: Vec<String> = group.members.iter().map(id).collect();
        put("count", json!(ids.len()));
        put("span_ids", json!(ids));
        put("total_duration_ns", json!(group.total));
        if !matches!(kind, NodeKind::Chain(_)) {
            let segment =
                |range: &TimeRange| json!({ "start_ns": range.start.0, "end_ns": range.end.0 });
            put("segments", group.segments.iter().map(segment).collect());
        }
        if matches!(kind, NodeKind::Repeats(_)) {
            put("motif_length", json!(group.motif));
            put("rounds", json!(group.rounds));
        }
        put("wall_duration_ns", json!(figures.wall));
        put("p50_ns", json!(figures.median));
        put("p95_ns", json!(figures.p95));
        put("slowest_span_id", json!(figures.slowest.as_ref().map(id)));
        put("distinct", json!(figures.distinct));
        put("critical_path_ns", json!(figures.on_path));
        put("share_of_trace", json!(figures.share_of_trace));
        put("share_of_critical_path", json!(figures.share_of_path));
    }

    /// Time in nanoseconds that no child accounts for; of a group the sum over its members.
    fn self_time(&self, node: NodeIndex) -> Option<i64> {
        let of = |span: &SpanIndex| self.self_times.get(span.at()).copied();
        match (self.waterfall.node(node).kind, self.waterfall.group(node)) {
            (NodeKind::Span(span), _) => of(&span),
            (_, Some(group)) => Some(group.members.iter().filter_map(of).sum()),
            _ => None,
        }
    }

    fn span(&self, node: NodeIndex) -> Option<&Span> {
        self.trace.spans.get(self.waterfall.first_span(node)?.at())
    }

    fn print(&self, out: &mut Output) -> Result<(), Failure> {
        let range = self.trace.range();
        let facts = [
            human::duration(range.duration()),
            human::counted(self.trace.spans.len() as u64, "span"),
            human::counted(self.trace.errors.len() as u64, "error"),
            human::counted(self.trace.logs.len() as u64, "log record"),
        ];
        out.line(&format!(
            "{}  {}",
            out.paint("1", &self.trace.id.to_string()),
            facts.join(", ")
        ))?;
        for row in visible_rows(self.waterfall, &Expansion::default()) {
            let node = self.waterfall.node(row.node);
            let offset = human::duration(node.range.start - range.start);
            let lasted = human::duration(node.range.duration());
            let indent = "  ".repeat(row.depth.min(40) as usize);
            out.line(&format!(
                "{:>10} {:>10}  {indent}{}",
                format!("+{offset}"),
                lasted,
                self.label(out, &row)
            ))?;
        }
        Ok(())
    }

    fn label(&self, out: &Output, row: &Row) -> String {
        let node = self.waterfall.node(row.node);
        let text = |span: &Span| {
            let text = if span.description.is_empty() {
                &span.name
            } else {
                &span.description
            };
            format!("{} {}", one_line(&span.op), one_line(text))
        };
        let failed = if node.errors > 0 {
            out.paint("31", " (failed)")
        } else {
            String::new()
        };
        match (node.kind, self.span(row.node)) {
            (NodeKind::Span(_), Some(span)) => text(span) + &failed,
            (NodeKind::Siblings(_), Some(span)) => {
                let group = format!("{} × ", node.count);
                out.paint("33;1", &group) + &text(span) + &failed
            }
            (NodeKind::Repeats(_), Some(_)) => {
                let motif = self.waterfall.motif(row.node);
                let steps = motif.filter_map(|row| self.span(row)).map(text);
                let steps = steps.collect::<Vec<_>>().join(", then ");
                let rounds = self
                    .waterfall
                    .group(row.node)
                    .map_or(0, |group| group.rounds);
                out.paint("33;1", &format!("{rounds} × ")) + &steps + &failed
            }
            (NodeKind::Chain(_), Some(span)) => {
                format!("chain of {} {}{failed}", node.count, one_line(&span.op))
            }
            (NodeKind::Gap { .. }, _) => out.paint("2", "nothing recorded"),
            (NodeKind::Error(at), _) => {
                let error = self.trace.errors.get(at as usize);
                out.paint(
                    "31",
                    &error.map_or_else(String::new, |error| {
                        one_line(&format!("{}: {}", error.exception_type, error.message))
                    }),
                )
            }
            (_, None) => String::new(),
        }
    }
}

/// Closes what is open at `depth` and deeper, handing each node to the one above it.
fn close(open: &mut Vec<(u32, Json)>, tops: &mut Vec<Json>, depth: u32) {
    while let Some((_, node)) = open.pop_if(|(open_depth, _)| *open_depth >= depth) {
        match open
            .last_mut()
            .and_then(|(_, parent)| parent["children"].as_array_mut())
        {
            Some(children) => children.push(node),
            None => tops.push(node),
        }
    }
}

fn kind_name(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Span(_) => "span",
        NodeKind::Siblings(_) => "siblings",
        NodeKind::Repeats(_) => "repeats",
        NodeKind::Chain(_) => "chain",
        NodeKind::Gap { .. } => "gap",
        NodeKind::Error(_) => "error",
    }
}

fn error_json(error: &ErrorEntry) -> Json {
    json!({
        "time_ns": error.time.0,
        "level": &*error.level,
        "type": &*error.exception_type,
        "message": &*error.message,
        "transaction": &*error.transaction,
        "service": &*error.service,
        "span_id": error.span.map(|span| span.to_string()),
    })
}
