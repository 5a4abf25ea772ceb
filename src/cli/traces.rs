//! `headwater traces [QUERY]`: list traces of which a span fits.
//!
//! JSON: `trace_id, root_name, root_op, root_service, services, start_ns, duration_ns, span_count, error_count,
//! log_count`. Sorted by start, newest first, unless `--sort` says `start, duration, spans, errors, logs, name` or
//! `service` (with a leading `-` for descending).

use super::Failure;
use super::args::ListArgs;
use super::output::{Output, filter_from, limit_from, print_count, print_facet};
use crate::app::route::TracesPlace;
use crate::model::CancelToken;
use crate::model::human::{self, Clock};
use crate::model::record::TraceSummary;
use crate::store::{Reader, RecordKind, TraceOrder};
use serde_json::{Value as Json, json};
use std::process::ExitCode;

/// Rows read from the store at a time.
const CHUNK: usize = 1_000;

pub fn run(args: &ListArgs, reader: &Reader) -> Result<ExitCode, Failure> {
    let filter = filter_from(args)?;
    let cancel = CancelToken::default();
    if let Some(key) = &args.facet {
        let values = reader.facet(RecordKind::Span, key, &filter, limit_from(args), &cancel)?;
        print_facet(args.json, key, &values)?;
        return Ok(ExitCode::SUCCESS);
    }
    let (order, descending) = order(args)?;
    let matches = reader.find_traces(&filter, order, descending, &cancel)?;
    if args.count {
        print_count(args.json, matches.numbers.len() as u64)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = Output::stdout();
    let numbers = &matches.numbers[..matches.numbers.len().min(limit_from(args))];
    let mut rows = Vec::new();
    for chunk in numbers.chunks(CHUNK) {
        for trace in reader.trace_rows(chunk)? {
            if args.json {
                out.json(&trace_json(&trace))?;
            } else {
                rows.push(trace_cells(&trace));
            }
        }
    }
    if !args.json {
        let header = [
            ("TRACE", false),
            ("START (UTC)", false),
            ("DURATION", true),
            ("SPANS", true),
            ("ERRORS", true),
            ("LOGS", true),
            ("SERVICE", false),
            ("ROOT", false),
        ];
        out.table(&header, &rows)?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn order(args: &ListArgs) -> Result<(TraceOrder, bool), Failure> {
    let Some(name) = &args.sort else {
        return Ok((TraceOrder::Start, true));
    };
    TracesPlace::order_from_name(name).ok_or_else(|| {
        let allowed = "start, duration, spans, errors, logs, name or service, with a leading - for descending";
        Failure::Usage(format!("traces cannot be sorted by {name:?}; use {allowed}"))
    })
}

fn trace_json(trace: &TraceSummary) -> Json {
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
