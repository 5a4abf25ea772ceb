//! `headwater logs [QUERY]`: list log records, oldest first (`--sort -time` for newest first).
//!
//! JSON: `time_ns, severity, severity_number, body, template, trace_id, span_id, service, attributes, resource`.

use super::Failure;
use super::args::ListArgs;
use super::output::{Output, filter_from, json_attributes, limit_from, print_count, print_facet};
use crate::model::CancelToken;
use crate::model::human::{self, Clock};
use crate::model::record::{LogEntry, RecordDetails};
use crate::store::{Reader, RecordKind};
use serde_json::{Value as Json, json};
use std::process::ExitCode;

/// Rows read from the store at a time.
const CHUNK: usize = 1_000;

pub fn run(args: &ListArgs, reader: &Reader) -> Result<ExitCode, Failure> {
    let filter = filter_from(args)?;
    let cancel = CancelToken::default();
    if let Some(key) = &args.facet {
        let values = reader.facet(RecordKind::Log, key, &filter, limit_from(args), &cancel)?;
        print_facet(args.json, key, &values)?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.count {
        print_count(args.json, reader.count(RecordKind::Log, &filter, &cancel)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let newest_first = newest_first(args)?;
    let matches = reader.find(RecordKind::Log, &filter, newest_first, &cancel)?;
    let refs = &matches.refs[..matches.refs.len().min(limit_from(args))];
    let mut out = Output::stdout();
    let mut rows = Vec::new();
    for chunk in refs.chunks(CHUNK) {
        for log in reader.log_rows(chunk, &[])? {
            if args.json {
                let details = reader.details(RecordKind::Log, log.at)?;
                out.json(&log_json(&log, &details))?;
            } else {
                rows.push(log_cells(&log));
            }
        }
    }
    if !args.json {
        let header = [
            ("TIME (UTC)", false),
            ("LEVEL", false),
            ("SERVICE", false),
            ("TRACE", false),
            ("MESSAGE", false),
        ];
        out.table(&header, &rows)?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// Whether `--sort` asks for the newest first; log records are sorted by time only.
fn newest_first(args: &ListArgs) -> Result<bool, Failure> {
    match args.sort.as_deref() {
        None | Some("time") => Ok(false),
        Some("-time") => Ok(true),
        Some(other) => Err(Failure::Usage(format!(
            "log records cannot be sorted by {other:?}; use time or -time"
        ))),
    }
}

/// A log record with all its attributes.
pub fn log_json(log: &LogEntry, details: &RecordDetails) -> Json {
    let mut line = log_line(log);
    line["template"] = json!((!details.template.is_empty()).then_some(&*details.template));
    line["attributes"] = json_attributes(&details.attributes);
    line["resource"] = json_attributes(&details.resource);
    line
}

/// A log record without its attributes.
pub fn log_line(log: &LogEntry) -> Json {
    json!({
        "time_ns": log.time.0,
        "severity": &*log.severity_text,
        "severity_number": log.severity,
        "body": &*log.body,
        "trace_id": log.trace.map(|trace| trace.to_string()),
        "span_id": log.span.map(|span| span.to_string()),
        "service": &*log.service,
    })
}

fn log_cells(log: &LogEntry) -> Vec<String> {
    let trace = log
        .trace
        .map_or_else(|| "-".to_owned(), |trace| trace.to_string()[..8].to_owned());
    vec![
        human::date_time(log.time, Clock::Utc),
        log.severity_text.to_string(),
        log.service.to_string(),
        trace,
        log.body.lines().next().unwrap_or_default().to_owned(),
    ]
}
