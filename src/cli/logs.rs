//! `headwater logs [QUERY]`: list log records, oldest first (`--sort -time` for newest first, `--sort KEY` by any
//! attribute); or groups of them ([`super::groups`]).
//!
//! JSON: `time_ns, severity, severity_number, body, template, trace_id, span_id, service, attributes, resource`.

use super::Failure;
use super::args::ListArgs;
use super::differs::print_wanted_differences;
use super::list::{Listed, Rows, print_wanted_facet, print_wanted_groups, wanted_records};
use super::output::{filter_from, json_attributes, print_count};
use crate::model::CancelToken;
use crate::model::human::{self, Clock};
use crate::model::record::{LogEntry, RecordDetails};
use crate::query::Subject;
use crate::store::{Reader, RecordKind};
use serde_json::{Value as Json, json};
use std::process::ExitCode;

pub fn run(args: &ListArgs, reader: &Reader) -> Result<ExitCode, Failure> {
    let filter = filter_from(args, Subject::Records)?;
    let cancel = CancelToken::default();
    if print_wanted_facet(args, reader, RecordKind::Log, &filter, &cancel)?
        || print_wanted_groups(args, reader, RecordKind::Log, &filter, &cancel)?
        || print_wanted_differences(args, reader, RecordKind::Log, &filter, &cancel)?
    {
        return Ok(ExitCode::SUCCESS);
    }
    if args.count {
        print_count(args.json, reader.count(RecordKind::Log, &filter, &cancel)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let page = wanted_records(args, reader, RecordKind::Log, &filter, &cancel)?;
    let rows = Rows {
        header: &[
            ("TIME (UTC)", false),
            ("LEVEL", false),
            ("SERVICE", false),
            ("TRACE", false),
            ("MESSAGE", false),
        ],
        read: &|refs| reader.log_rows(refs, &[]),
        json: &|log| Ok(log_json(log, &reader.details(RecordKind::Log, log.at)?)),
        cells: &log_cells,
    };
    let list = Listed {
        keys: &page.refs,
        total: page.total,
        noun: "log records",
        next: page.next.as_ref(),
    };
    rows.print(args, &list)
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
