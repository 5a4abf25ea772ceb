//! `headwater traces [QUERY]`: list traces of which a span fits.
//!
//! JSON: `trace_id, root_name, root_op, root_service, services, start_ns, duration_ns, span_count, error_count,
//! log_count, issue_count, issues` (the kinds of problems found in it). Sorted by start, newest first, unless `--sort` says
//! `start, duration, spans, errors, logs, name` or `service`, or the field of JSON that has it (with a leading `-` for
//! descending). Groups of traces ([`super::groups`]) have the keys and attributes
//! `root_name, root_op, service, start, duration, spans, errors, logs` and `trace_id`; a trace fails when it has an error.

use super::Failure;
use super::args::ListArgs;
use super::groups::{print_groups, wanted_grouping};
use super::list::{Listed, Rows, print_wanted_facet, wanted_cursor};
use super::output::{filter_from, limit_from, print_count};
use crate::app::route::TracesPlace;
use crate::insights::issues::{self, Kind};
use crate::model::CancelToken;
use crate::model::human::{self, Clock};
use crate::model::record::TraceSummary;
use crate::query::Subject;
use crate::store::{Reader, RecordKind, TraceOrder, check_trace_grouping};
use hashbrown::HashMap;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::process::ExitCode;

pub fn run(args: &ListArgs, reader: &Reader) -> Result<ExitCode, Failure> {
    if args.differs.is_some() {
        let text = "traces are not compared; ask for --differs of spans or logs";
        return Err(Failure::Usage(text.to_owned()));
    }
    // Values are those of spans.
    let subject = match args.facet {
        Some(_) => Subject::Records,
        None => Subject::Traces,
    };
    let filter = filter_from(args, subject)?;
    let cancel = CancelToken::default();
    if print_wanted_facet(args, reader, RecordKind::Span, &filter, &cancel)? {
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(grouping) = wanted_grouping(args)? {
        check_trace_grouping(&grouping).map_err(Failure::Usage)?;
        if args.every.is_some() {
            let text = "traces are not counted over time; ask for --every of spans";
            return Err(Failure::Usage(text.to_owned()));
        }
        let groups = reader.group_traces(&filter, &grouping, &cancel)?;
        print_groups(args, &grouping, &groups)?;
        return Ok(ExitCode::SUCCESS);
    }
    let order = order(args)?;
    let after = wanted_cursor(args, |cursor| cursor.is_of_traces(order.0, order.1))?;
    let limit = if args.count { 0 } else { limit_from(args) };
    let page = reader.page_traces(&filter, order, after.as_ref(), limit, &cancel)?;
    if args.count {
        print_count(args.json, page.total)?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows = Rows {
        header: &[
            ("TRACE", false),
            ("START (UTC)", false),
            ("DURATION", true),
            ("SPANS", true),
            ("ERRORS", true),
            ("LOGS", true),
            ("SERVICE", false),
            ("ROOT", false),
        ],
        read: &|numbers| {
            let rows = reader.trace_rows(numbers)?;
            let mut kinds = match args.json {
                true => issues::kinds_of(reader, numbers, &issues::settings(reader)?, &cancel)?,
                false => HashMap::new(),
            };
            let with_kinds = |row: TraceSummary| {
                let kinds = kinds.remove(&row.number).unwrap_or_default();
                (row, kinds)
            };
            Ok(rows.into_iter().map(with_kinds).collect())
        },
        json: &|(trace, kinds)| Ok(trace_json(trace, kinds)),
        cells: &|(trace, _)| trace_cells(trace),
    };
    let list = Listed {
        keys: &page.numbers,
        total: page.total,
        noun: "traces",
        next: page.next.as_ref(),
    };
    rows.print(args, &list)
}

/// Fields of the JSON that traces can be sorted by, and what their order is called.
const FIELDS: &[(&str, &str)] = &[
    ("root_name", "name"),
    ("root_service", "service"),
    ("start_ns", "start"),
    ("duration_ns", "duration"),
    ("span_count", "spans"),
    ("error_count", "errors"),
    ("log_count", "logs"),
];

fn order(args: &ListArgs) -> Result<(TraceOrder, bool), Failure> {
    let Some(name) = &args.sort else {
        return Ok((TraceOrder::Start, true));
    };
    let (sign, field) = match name.strip_prefix('-') {
        Some(field) => ("-", field),
        None => ("", name.as_str()),
    };
    let known = FIELDS.iter().find(|(json, _)| *json == field);
    let field = known.map_or(field, |(_, order)| order);
    TracesPlace::order_from_name(&format!("{sign}{field}")).ok_or_else(|| {
        let allowed = "start, duration, spans, errors, logs, name or service, with a leading - for descending";
        Failure::Usage(format!("traces cannot be sorted by {name:?}; use {allowed}"))
    })
}

fn trace_json(trace: &TraceSummary, kinds: &[Kind]) -> Json {
    let names: BTreeSet<&str> = kinds.iter().map(|kind| kind.name()).collect();
    json!({
        "trace_id": trace.id.to_string(),
        "root_name": &*trace.root_name,
        "root_op": &*trace.root_op,
        "root_service": &*trace.root_service,
        "services": trace.services.iter().map(|service| &**service).collect::<Vec<_>>(),
        "start_ns": trace.start.0,
        "duration_ns": trace.duration,
        "span_count": trace.spans,
        "error_count": trace.errors,
        "log_count": trace.logs,
        "issue_count": kinds.len(),
        "issues": names,
    })
}

fn trace_cells(trace: &TraceSummary) -> Vec<String> {
    vec![
        trace.id.to_string(),
        human::date_time(trace.start, Clock::Utc),
        human::duration(trace.duration),
        trace.spans.to_string(),
        trace.errors.to_string(),
        trace.logs.to_string(),
        trace.root_service.to_string(),
        format!("{} {}", trace.root_op, trace.root_name),
    ]
}
