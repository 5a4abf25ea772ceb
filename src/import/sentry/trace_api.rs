//! A trace as Sentry's own interface answers it: spans within spans, errors among them.
//!
//! Two shapes: an array of nodes (`…/trace/<id>/`), and `{"transactions":[…],"orphan_errors":[…]}` (`…/events-trace/<id>/`).
//! The way down is a list, not a recursion, since traces may be of any depth. A node is read when its object ends; its
//! children may stand before what it says of itself. The id of the trace is in the address of the answer, rarely in the
//! answer: then one is made from the first node.

use super::envelope::{Walk, parse_text};
use super::event::Members;
use super::{details, trace_node};
use crate::import::fill::Result;
use crate::import::format::Parsed;
use crate::import::json::{self, JsonError, Reader};
use crate::import::stretch::Stretch;
use crate::import::tags::add_text;
use crate::model::conventions::kept;
use crate::model::{CancelToken, SpanId, TraceId};
use hashbrown::HashSet;

const NO_TRACE: &str =
    "The answer does not say the id of its trace: one was made from the id of its first span";
const ELSEWHERE: &str = "Spans whose parent is not in the answer belong to the transaction they stand under; the parent's id is kept as attribute headwater.original_parent_span_id";
const NO_OBJECT: &str = "Left out: an object was expected here";
const BOM: &str = "\u{FEFF}";

/// Reads a stretch. `None` when cancelled.
pub fn parse(stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    parse_text(stretch, cancel, read)
}

/// Reads all documents; tells whether the text ends within one.
fn read(walk: &mut Walk) -> bool {
    let text = walk.fill.json.text();
    if text.starts_with(BOM) {
        walk.fill.json.go_to(BOM.len());
    }
    let mut cut_off = false;
    while !walk.fill.json.at_end() && !walk.cancel.is_cancelled() {
        let begin = walk.fill.json.at();
        let mut answer = Answer {
            spans_from: walk.fill.batch.spans.len(),
            errors_from: walk.fill.batch.errors.len(),
            ..Answer::default()
        };
        if let Err(error) = answer.read(walk) {
            let rest = text.as_bytes().get(begin + 1..).unwrap_or_default();
            let mut lines = memchr::memchr_iter(b'\n', rest).map(|at| begin + at + 2);
            let next = lines.find(|at| matches!(text.as_bytes().get(*at), Some(b'{' | b'[')));
            cut_off = next.is_none();
            answer.broke(walk, begin, error);
            walk.fill.json.go_to(next.unwrap_or(text.len()));
        }
        answer.finish(walk);
    }
    cut_off
}

/// What a node is, by where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Top,
    Child,
    Error,
}

/// An object on the way.
pub struct Node<'t> {
    pub start: usize,
    pub members: Members<'t>,
    place: Place,
    /// It is what is around the nodes, not one of them.
    wraps: bool,
    /// Spans and errors directly in it, by index in the batch.
    spans: Vec<usize>,
    errors: Vec<usize>,
}

enum Level<'t> {
    Object(json::Members, Node<'t>),
    List(json::Elements, Place),
}

/// One answer.
#[derive(Default)]
struct Answer {
    spans_from: usize,
    errors_from: usize,
    /// Whether there was a node; events with their entries say all of themselves.
    nodes: bool,
    /// The trace, where a node says it.
    trace: TraceId,
    /// The first span or error at the top: where it stands and its id.
    first: Option<(usize, String)>,
    /// Spans and the span they stand in.
    inside: Vec<(usize, SpanId)>,
}

impl Answer {
    fn read<'t>(&mut self, walk: &mut Walk<'t, '_>) -> Result<()> {
        let mut stack: Vec<Level<'t>> = Vec::new();
        self.open(walk, &mut stack, Place::Top)?;
        while let Some(level) = stack.last_mut() {
            match level {
                Level::List(elements, place) => {
                    let place = *place;
                    if !walk.fill.json.next_element(elements)? {
                        stack.pop();
                    } else if !walk.fill.json.take_null() {
                        self.open(walk, &mut stack, place)?;
                    }
                }
                Level::Object(members, node) => {
                    let Some(name) = walk.fill.json.next_member(members)? else {
                        if let Some(Level::Object(_, node)) = stack.pop() {
                            self.close(walk, node, &mut stack);
                        }
                        continue;
                    };
                    if walk.fill.json.take_null() {
                        continue;
                    }
                    let first = walk.fill.json.peek()?;
                    let is_list = first == b'[';
                    let name = walk.fill.json.raw_text(name);
                    if matches!(first, b'{' | b'"') && is_list_of_records(name) {
                        let at = walk.fill.json.at();
                        walk.skip(at, &format!("Records left out: {name:?} should be a list"));
                    }
                    node.wraps |= matches!(name, "transactions" | "orphan_errors");
                    let place = match name {
                        "children" | "transactions" if is_list => Place::Child,
                        "errors" | "orphan_errors" if is_list => Place::Error,
                        _ => {
                            node.members.push((name, walk.fill.json.at()));
                            walk.fill.json.skip()?;
                            continue;
                        }
                    };
                    let elements = walk.fill.json.begin_array()?;
                    stack.push(Level::List(elements, place));
                }
            }
        }
        Ok(())
    }

    /// Goes into a node, or reads an event in whole.
    fn open<'t>(
        &mut self,
        walk: &mut Walk<'t, '_>,
        stack: &mut Vec<Level<'t>>,
        place: Place,
    ) -> Result<()> {
        match walk.fill.json.peek()? {
            b'[' if place == Place::Top && stack.is_empty() => {
                let elements = walk.fill.json.begin_array()?;
                stack.push(Level::List(elements, place));
                return Ok(());
            }
            b'{' => {}
            _ => {
                let at = walk.fill.json.at();
                walk.fill.json.skip()?;
                walk.skip(at, NO_OBJECT);
                return Ok(());
            }
        }
        let start = walk.fill.json.at();
        if place == Place::Top && is_details(walk) {
            walk.fill.json.go_to(start);
            return details::read(walk);
        }
        walk.fill.json.go_to(start);
        let members = walk.fill.json.begin_object()?;
        let node = Node {
            start,
            members: Members::new(),
            place,
            wraps: false,
            spans: Vec::new(),
            errors: Vec::new(),
        };
        stack.push(Level::Object(members, node));
        Ok(())
    }

    /// Reads a node whose object has ended.
    fn close(&mut self, walk: &mut Walk, node: Node, stack: &mut [Level]) {
        if node.wraps {
            return;
        }
        let end = walk.fill.json.at();
        let around = stack.iter_mut().rev().find_map(|level| match level {
            Level::Object(_, node) if !node.wraps => Some(node),
            _ => None,
        });
        let is_error = node.place == Place::Error || trace_node::is_error(walk, &node.members);
        let (what, read) = match is_error {
            true => ("Error", trace_node::error(walk, &node, end)),
            false => ("Span", trace_node::span(walk, &node)),
        };
        if let Err(error) = read {
            let place = walk.places.within(node.start, error.at);
            walk.skip(
                node.start,
                &format!("{what} left out: {}{place}", error.what),
            );
            walk.fill.json.go_to(end);
            return;
        }
        self.nodes = true;
        if self.trace.is_none() {
            self.trace = trace_node::trace(walk, &node.members);
        }
        walk.fill.json.go_to(end);
        let batch = &mut *walk.fill.batch;
        let (mut id, index) = (String::new(), batch.spans.len().saturating_sub(1));
        if !is_error && let Some(span) = batch.spans.last() {
            id = span.id.to_string();
            self.inside
                .extend(node.spans.iter().map(|child| (*child, span.id)));
            let id = span.id;
            for place in &node.errors {
                if let Some(error) = batch.errors.get_mut(*place) {
                    error.span = error.span.some().unwrap_or(id);
                }
            }
        } else if let Some(error) = batch.errors.last() {
            id = format!("{:032x}", error.id);
        }
        match (around, is_error) {
            (Some(around), true) => around.errors.push(batch.errors.len().saturating_sub(1)),
            (Some(around), false) => around.spans.push(index),
            (None, _) => {
                let is_first = self.first.as_ref().is_none_or(|(at, _)| node.start < *at);
                if is_first {
                    self.first = Some((node.start, id));
                }
            }
        }
    }

    /// Notes that the text breaks off.
    fn broke(&self, walk: &mut Walk, begin: usize, error: JsonError) {
        let spans = walk.fill.batch.spans.len() - self.spans_from;
        let kept = spans + walk.fill.batch.errors.len() - self.errors_from;
        let byte = walk.places.byte(error.at);
        let reason = format!(
            "Not complete JSON: {} at byte {byte}; {kept} records before that were kept",
            error.what
        );
        walk.skip(begin, &reason);
    }

    /// Gives spans and errors what only the whole answer tells: the trace, and parents.
    fn finish(self, walk: &mut Walk) {
        if !self.nodes {
            return;
        }
        let batch = &mut *walk.fill.batch;
        let spans = batch.spans.get(self.spans_from..).unwrap_or_default();
        let ids: HashSet<SpanId> = spans.iter().map(|span| span.id).collect();
        for (index, around) in self.inside {
            let Some(span) = batch.spans.get_mut(index) else {
                continue;
            };
            let said = span.parent;
            if said.is_none() {
                span.parent = around;
            } else if !ids.contains(&said) {
                span.parent = around;
                let said = said.to_string();
                add_text(batch, index, kept::ORIGINAL_PARENT, &said);
                batch.problems.repair(ELSEWHERE);
            }
        }
        let spans = batch.spans.get(self.spans_from..).unwrap_or_default();
        let errors = batch.errors.get(self.errors_from..).unwrap_or_default();
        let traceless = spans.iter().any(|span| span.trace.is_none())
            || errors.iter().any(|error| error.trace.is_none());
        let made = match (self.first, spans.first()) {
            _ if !traceless || !self.trace.is_none() => self.trace,
            (Some((_, id)), _) => TraceId::from_foreign(&format!("sentry trace {id}")),
            (None, Some(span)) => TraceId::from_foreign(&format!("sentry trace {}", span.id)),
            (None, None) => TraceId::default(),
        };
        if made != self.trace {
            batch.problems.note(NO_TRACE);
        }
        for span in batch.spans.iter_mut().skip(self.spans_from) {
            if span.trace.is_none() {
                span.trace = made;
            }
        }
        for error in batch.errors.iter_mut().skip(self.errors_from) {
            if error.trace.is_none() {
                error.trace = made;
            }
        }
    }
}

/// Whether the object that comes next is an event with its entries.
fn is_details(walk: &mut Walk) -> bool {
    let mut found = Names::default();
    if let Ok(mut members) = walk.fill.json.begin_object() {
        while let Ok(Some(name)) = walk.fill.json.next_member(&mut members) {
            found.see(walk.fill.json.raw_text(name));
            if walk.fill.json.skip().is_err() {
                break;
            }
        }
    }
    found.is_details()
}

/// Names that tell what an object is.
#[derive(Default)]
struct Names {
    event_id: bool,
    typed: bool,
    project: bool,
    details_id: bool,
    entries: bool,
}

impl Names {
    fn see(&mut self, name: &str) {
        match name {
            "event_id" => self.event_id = true,
            "event_type" | "transaction.duration" | "generation" => self.typed = true,
            "project_slug" => self.project = true,
            "eventID" => self.details_id = true,
            "entries" => self.entries = true,
            _ => {}
        }
    }

    fn is_node(&self) -> bool {
        self.event_id && self.typed && self.project
    }

    fn is_details(&self) -> bool {
        self.details_id && self.entries
    }
}

/// How deep the first span may lie that tells the format.
const LOOKED_DOWN: usize = 256;

/// Whether a file that begins so is an answer.
pub fn sniff(prefix: &[u8]) -> bool {
    let text = String::from_utf8_lossy(prefix);
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    let first = text.strip_prefix('[').unwrap_or(text);
    let mut json = Reader::new(first, 0..first.len());
    (0..LOOKED_DOWN).find_map(|_| look(&mut json)) == Some(true)
}

/// Looks at an object: whether it is a node or an event. `None` where the first node lies within, with the reader before it.
fn look(json: &mut Reader) -> Option<bool> {
    let Ok(mut members) = json.begin_object() else {
        return Some(false);
    };
    let mut found = Names::default();
    while let Ok(Some(name)) = json.next_member(&mut members) {
        let name = json.raw_text(name);
        found.see(name);
        let is_list = json.peek() == Ok(b'[');
        if found.is_node() {
            break;
        }
        let (at, skipped) = (json.at(), json.skip());
        let wraps = matches!(name, "transactions" | "orphan_errors");
        if is_list && (wraps || (name == "children" && skipped.is_err())) {
            let after = json.at();
            json.go_to(at);
            if let Ok(mut elements) = json.begin_array()
                && json.next_element(&mut elements) == Ok(true)
            {
                return None;
            }
            json.go_to(after);
        }
        if skipped.is_err() {
            break;
        }
    }
    Some(found.is_node() || found.is_details())
}

/// Members that hold records as a list, or nothing.
fn is_list_of_records(name: &str) -> bool {
    matches!(
        name,
        "transactions" | "orphan_errors" | "children" | "errors"
    )
}
