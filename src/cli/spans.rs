//! `headwater spans [QUERY]`: list spans, oldest first (`--sort -time` for newest, `--sort -duration` for longest first).
//!
//! JSON: `trace_id, span_id, parent_span_id, name, op, description, service, kind, status, status_message, start_ns,
//! duration_ns, attributes, resource, scope, events, links`.

use super::Failure;
use super::args::ListArgs;
use super::output::{
    Output, filter_from, json_attributes, json_list, limit_from, print_count, print_facet,
};
use crate::model::CancelToken;
use crate::model::human::{self, Clock};
use crate::model::record::{RecordDetails, RecordRef, SpanEntry};
use crate::store::{Filter, Reader, RecordKind};
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
    if args.count {
        print_count(args.json, reader.count(RecordKind::Span, &filter, &cancel)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut refs = in_order(args, reader, &filter, &cancel)?;
    refs.truncate(limit_from(args));
    let mut out = Output::stdout();
    let mut rows = Vec::new();
    for chunk in refs.chunks(CHUNK) {
        for span in reader.span_rows(chunk, &[])? {
            if args.json {
                let details = reader.details(RecordKind::Span, span.at)?;
                out.json(&span_json(&span, &details))?;
            } else {
                rows.push(span_cells(&span));
            }
        }
    }
    if !args.json {
        let header = [
            ("START (UTC)", false),
            ("DURATION", true),
            ("STATUS", false),
            ("SERVICE", false),
            ("TRACE", false),
            ("SPAN", false),
            ("OP", false),
            ("DESCRIPTION", false),
        ];
        out.table(&header, &rows)?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// The spans that fit, in the order `--sort` asks for.
fn in_order(
    args: &ListArgs,
    reader: &Reader,
    filter: &Filter,
    cancel: &CancelToken,
) -> Result<Vec<RecordRef>, Failure> {
    let sort = args.sort.as_deref().unwrap_or("time");
    let (name, descending) = sort
        .strip_prefix('-')
        .map_or((sort, false), |name| (name, true));
    if !["time", "duration"].contains(&name) {
        let text = format!(
            "spans cannot be sorted by {sort:?}; use time or duration, with a leading - for descending"
        );
        return Err(Failure::Usage(text));
    }
    let refs = reader
        .find(
            RecordKind::Span,
            filter,
            descending && name == "time",
            cancel,
        )?
        .refs;
    if name == "time" {
        return Ok(refs.to_vec());
    }
    let mut timed = Vec::with_capacity(refs.len());
    for chunk in refs.chunks(CHUNK) {
        timed.extend(
            reader
                .span_rows(chunk, &[])?
                .iter()
                .map(|span| (span.duration, span.at)),
        );
    }
    // Stable: spans that lasted equally long stay oldest first.
    timed.sort_by_key(|(duration, _)| if descending { -duration } else { *duration });
    Ok(timed.into_iter().map(|(_, at)| at).collect())
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
