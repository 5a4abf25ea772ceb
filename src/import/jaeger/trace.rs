//! From a document to traces, and from a trace to its processes and spans.

use super::{span, tag};
use crate::import::fill::Result;
use crate::import::otlp_json::document::Walk;
use crate::model::batch::{BatchValue, Resource};
use hashbrown::{HashMap, HashSet};

const NO_SERVICE: &str = "Spans whose process is missing belong to the service unknown-service";
const NO_TRACES: &str = "JSON objects without traces were passed over";
const ADJUSTED: &str =
    "Warnings that Jaeger left on a trace or span: times may already be adjusted by Jaeger";

/// What the spans of a trace share.
#[derive(Default)]
pub struct Context {
    /// Resources of the processes.
    processes: HashMap<String, u32>,
    /// The ids of its spans as written, without leading zeros.
    pub spans: HashSet<String>,
    unknown: Option<u32>,
}

/// An array of traces, `{"data":[…]}`, or a trace.
pub fn document(walk: &mut Walk) -> Result<()> {
    if walk.fill.json.peek()? == b'[' {
        return walk.each(|walk| trace(walk));
    }
    walk.fill.json.peek()?;
    let start = walk.fill.json.at();
    let (mut data, mut spans, mut empty) = (None, false, true);
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        empty = false;
        match walk.fill.json.raw(name) {
            b"data" if walk.fill.json.peek()? == b'[' => {
                data = Some(walk.fill.json.at());
                // Read at once, so that what is complete stays when the text breaks later.
                walk.each(|walk| trace(walk))?;
            }
            b"spans" => {
                spans = true;
                break;
            }
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    if spans {
        walk.fill.json.go_to(start);
        return trace(walk);
    }
    if data.is_none() && !empty {
        walk.fill.batch.problems.note(NO_TRACES);
    }
    Ok(())
}

/// One trace. Its processes may come after its spans.
fn trace(walk: &mut Walk) -> Result<()> {
    if walk.fill.json.peek()? != b'{' {
        return walk.record("Trace", |walk| walk.fill.json.begin_object().map(drop));
    }
    let mut context = Context::default();
    let (mut spans, mut broken) = (None, None);
    let mut members = walk.fill.json.begin_object()?;
    loop {
        let name = match walk.fill.json.next_member(&mut members) {
            Ok(Some(name)) => name,
            Ok(None) => break,
            Err(error) => {
                broken = Some(error);
                break;
            }
        };
        walk.fill.json.peek()?;
        let at = walk.fill.json.at();
        if walk.fill.json.raw(name) == b"spans" {
            spans = Some(at);
        }
        let read = match walk.fill.json.raw(name) {
            b"processes" if walk.fill.json.peek()? == b'{' => processes(walk, &mut context),
            b"warnings" if walk.fill.json.peek()? == b'[' => warnings(walk),
            _ => walk.fill.json.skip().map(drop),
        };
        if let Err(error) = read {
            broken = Some(error);
            break;
        }
    }
    let end = walk.fill.json.at();
    if let Some(at) = spans {
        walk.fill.json.go_to(at);
        // Where the text breaks off, the ids that can be read still tell who is in the trace.
        let _ = span_ids(walk, &mut context);
        walk.fill.json.go_to(at);
        walk.each(|walk| {
            walk.fill.json.peek()?;
            let start = walk.fill.json.at();
            let resource = span::own_resource(walk, &mut context);
            walk.fill.json.go_to(start);
            walk.record("Span", |walk| span::span(walk, &context, resource?))
        })?;
    }
    match broken {
        Some(error) => Err(error),
        None => {
            walk.fill.json.go_to(end);
            Ok(())
        }
    }
}

fn span_ids(walk: &mut Walk, context: &mut Context) -> Result<()> {
    let mut elements = walk.fill.json.begin_array()?;
    while walk.fill.json.next_element(&mut elements)? {
        if walk.fill.json.peek()? != b'{' {
            walk.fill.json.skip()?;
            continue;
        }
        let mut members = walk.fill.json.begin_object()?;
        while let Some(name) = walk.fill.json.next_member(&mut members)? {
            if walk.fill.json.raw(name) == b"spanID" && walk.fill.json.peek()? == b'"' {
                let id = walk.fill.json.string()?;
                let id = walk.fill.json.raw_text(id).trim_start_matches('0');
                context.spans.insert(id.to_ascii_lowercase());
            } else {
                walk.fill.json.skip()?;
            }
        }
    }
    Ok(())
}

/// `{"p1":{"serviceName":…,"tags":[…]},…}`
fn processes(walk: &mut Walk, context: &mut Context) -> Result<()> {
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        let name = tag::text(&walk.fill, name);
        walk.record("Process", |walk| {
            let resource = process(walk)?;
            context.processes.insert(name, resource);
            Ok(())
        })?;
    }
    Ok(())
}

/// Takes a process and gives its resource.
pub fn process(walk: &mut Walk) -> Result<u32> {
    let mark = walk.fill.mark();
    let mut named = false;
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match walk.fill.json.raw(name) {
            _ if walk.fill.json.take_null() => {}
            b"serviceName" => {
                let service = BatchValue::Str(walk.fill.text()?);
                walk.fill.push_named(mark, "service.name", service);
                named = true;
            }
            b"tags" => tag::list(&mut walk.fill, mark)?,
            b"tag" => tag::object(&mut walk.fill, mark)?,
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    if !named {
        unknown_service(walk, mark);
    }
    Ok(add_resource(walk, mark))
}

/// The resource of a process id, or the one for those whose process is missing.
pub fn resource(walk: &mut Walk, context: &mut Context, id: Option<&str>) -> u32 {
    if let Some(known) = id.and_then(|id| context.processes.get(id)) {
        return *known;
    }
    if let Some(unknown) = context.unknown {
        walk.fill.batch.problems.repair(NO_SERVICE);
        return unknown;
    }
    let mark = walk.fill.mark();
    unknown_service(walk, mark);
    let unknown = add_resource(walk, mark);
    context.unknown = Some(unknown);
    unknown
}

fn unknown_service(walk: &mut Walk, mark: u32) {
    walk.fill.batch.problems.repair(NO_SERVICE);
    let name = BatchValue::Str(walk.fill.batch.keep("unknown-service"));
    walk.fill.push_named(mark, "service.name", name);
}

fn add_resource(walk: &mut Walk, mark: u32) -> u32 {
    let attrs = walk.fill.since(mark);
    walk.fill.batch.resources.push(Resource {
        attrs,
        ..Resource::default()
    });
    (walk.fill.batch.resources.len() - 1) as u32
}

/// Counts the warnings of a list.
pub fn warnings(walk: &mut Walk) -> Result<()> {
    walk.each(|walk| {
        walk.fill.batch.problems.note(ADJUSTED);
        walk.fill.json.skip().map(drop)
    })
}
