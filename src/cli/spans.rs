//! `headwater spans [QUERY]`: list spans, oldest first (`--sort -time` for newest, `--sort -duration` for longest first,
//! `--sort KEY` by any attribute); or groups of them ([`super::groups`]).
//!
//! JSON: `trace_id, span_id, parent_span_id, name, op, description, service, kind, status, status_message, start_ns,
//! duration_ns, attributes, resource, scope, events, links`.

use super::Failure;
use super::args::ListArgs;
use super::differs::print_wanted_differences;
use super::list::{Listed, Rows, print_wanted_facet, print_wanted_groups, wanted_records};
use super::output::{filter_from, json_attributes, json_list, print_count};
use crate::model::CancelToken;
use crate::model::human::{self, Clock};
use crate::model::record::{RecordDetails, SpanEntry};
use crate::query::Subject;
use crate::store::{Reader, RecordKind};
use serde_json::{Value as Json, json};
use std::process::ExitCode;

pub fn run(args: &ListArgs, reader: &Reader) -> Result<ExitCode, Failure> {
    let filter = filter_from(args, Subject::Records)?;
    let cancel = CancelToken::default();
    if print_wanted_facet(args, reader, RecordKind::Span, &filter, &cancel)?
        || print_wanted_groups(args, reader, RecordKind::Span, &filter, &cancel)?
        || print_wanted_differences(args, reader, RecordKind::Span, &filter, &cancel)?
    {
        return Ok(ExitCode::SUCCESS);
    }
    if args.count {
        print_count(args.json, reader.count(RecordKind::Span, &filter, &cancel)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows = Rows {
        header: &[
            ("START (UTC)", false),
            ("DURATION", true),
            ("STATUS", false),
            ("SERVICE", false),
            ("TRACE", false),
            ("SPAN", false),
            ("OP", false),
            ("DESCRIPTION", false),
        ],
        read: &|refs| reader.span_rows(refs, &[]),
        json: &|span| Ok(span_json(span, &reader.details(RecordKind::Span, span.at)?)),
        cells: &span_cells,
    };
    let page = wanted_records(args, reader, RecordKind::Span, &filter, &cancel)?;
    let list = Listed {
        keys: &page.refs,
        total: page.total,
        noun: "spans",
        next: page.next.as_ref(),
    };
    rows.print(args, &list)
}

fn span_json(span: &SpanEntry, details: &RecordDetails) -> Json {
    json!({
        "trace_id": span.trace.to_string(),
        "span_id": span.id.to_string(),
        "parent_span_id": span.parent.map(|parent| parent.to_string()),
        "name": &*span.name,
        "op": &*span.op,
        "description": &*span.description,
        "service": &*span.service,
        "kind": span.kind.name(),
        "status": span.status.name(),
        "status_message": &*details.status_message,
        "start_ns": span.start.0,
        "duration_ns": span.duration,
        "attributes": json_attributes(&details.attributes),
        "resource": json_attributes(&details.resource),
        "scope": { "name": &*details.scope.0, "version": &*details.scope.1 },
        "events": json_list(&details.events),
        "links": json_list(&details.links),
    })
}

fn span_cells(span: &SpanEntry) -> Vec<String> {
    let text = if span.description.is_empty() {
        &span.name
    } else {
        &span.description
    };
    vec![
        human::date_time(span.start, Clock::Utc),
        human::duration(span.duration),
        span.status.name().to_owned(),
        span.service.to_string(),
        span.trace.to_string()[..8].to_owned(),
        span.id.to_string(),
        span.op.to_string(),
        text.lines().next().unwrap_or_default().to_owned(),
    ]
}
