//! From the moments of a recording to its spans: beginnings and ends are paired, spans nested, instants and flows given to
//! the span they lie in.

use super::event;
use super::nest::{Item, Kind, nest};
use super::recording::{Moment, Recording};
use crate::import::fill::Result;
use crate::import::otlp_json::document::Walk;
use crate::import::plain::{self, Event, Links};
use crate::model::batch::{BatchValue, Resource, SpanRecord, Text};
use crate::model::{Nanos, SpanId};
use hashbrown::HashMap;
use xxhash_rust::xxh3::Xxh3;

const UNENDED: &str = "Spans that begin and do not end are shown up to the end of the recording";
const NO_DURATION: &str = "Complete events without a duration are shown with duration 0";
const RELATIVE: &str =
    "Times are relative to the start of the recording: they are shown from the beginning of 1970";
const LOOSE_FLOWS: &str = "Flow events that no span lies around were passed over";
const NO_BEGINNING: &str = "Event left out: it ends a span that did not begin";

/// Times from here on are taken as times since the epoch: September 2001, in nanoseconds.
const PLAUSIBLE: i64 = 1_000_000_000_000_000_000;

/// How many open asynchronous spans of one id are looked through for the one that an end names.
const LOOKED_THROUGH: usize = 64;

/// A span on its way.
struct Span {
    begin: Moment,
    /// Its end; `i64::MAX` while it is open.
    end: i64,
    /// Where the event lies that ended it.
    ended_at: Option<u32>,
    parent: Option<u32>,
    is_async: bool,
    /// Where the instants lie that happened in it.
    instants: Vec<u32>,
    /// Spans that lead to it.
    sources: Vec<u32>,
}

/// A point that belongs to a span of its thread.
struct Point {
    moment: Moment,
    span: Option<u32>,
}

/// All that is being laid out.
#[derive(Default)]
struct Layout {
    spans: Vec<Span>,
    points: Vec<Point>,
    /// Open spans by thread.
    open: HashMap<u32, Vec<u32>>,
    /// Open asynchronous spans by what ties them.
    open_async: HashMap<u64, Vec<u32>>,
}

/// Makes spans of a recording. An error means that the import was cancelled.
pub fn build(walk: &mut Walk, mut recording: Recording) -> Result<()> {
    // Stable: events of one time stay in the order in which they were written.
    recording.moments.sort_by_key(|moment| moment.time);
    let Some(first) = recording.moments.first() else {
        return Ok(());
    };
    if first.time < PLAUSIBLE {
        walk.fill.batch.problems.note(RELATIVE);
    }
    let ends = recording.moments.iter();
    let last = ends
        .map(|moment| moment.time + moment.duration.max(0))
        .max();
    let mut layout = Layout::default();
    for moment in std::mem::take(&mut recording.moments) {
        layout.take(walk, moment);
    }
    layout.close_all(walk, last.unwrap_or_default());
    layout.nest();
    layout.connect(walk);
    write(walk, &recording, &layout)
}

impl Layout {
    /// Takes the next moment in order of time.
    fn take(&mut self, walk: &mut Walk, moment: Moment) {
        match moment.phase {
            b'X' => {
                if moment.duration < 0 {
                    walk.fill.batch.problems.repair(NO_DURATION);
                }
                self.add(moment, moment.time + moment.duration.max(0), None, false);
            }
            b'B' => {
                let span = self.add(moment, i64::MAX, None, false);
                self.open.entry(moment.thread).or_default().push(span);
            }
            b'E' => {
                let span = self.open.get_mut(&moment.thread).and_then(Vec::pop);
                self.end(walk, span, moment);
            }
            b'b' | b'S' => {
                let open = self.open_async.entry(moment.tie).or_default();
                let parent = open.last().copied();
                let span = self.add(moment, i64::MAX, parent, true);
                self.open_async.entry(moment.tie).or_default().push(span);
            }
            b'e' | b'F' => {
                let span = self.pop_async(moment);
                self.end(walk, span, moment);
            }
            b'n' | b'T' | b'p' => {
                let open = self.open_async.get(&moment.tie);
                let span = open.and_then(|open| open.last()).copied();
                match span.and_then(|span| self.spans.get_mut(span as usize)) {
                    Some(span) => span.instants.push(moment.at),
                    None => drop(self.add(moment, moment.time, None, true)),
                }
            }
            _ => self.points.push(Point { moment, span: None }),
        }
    }

    fn add(&mut self, begin: Moment, end: i64, parent: Option<u32>, is_async: bool) -> u32 {
        self.spans.push(Span {
            begin,
            end,
            ended_at: None,
            parent,
            is_async,
            instants: Vec::new(),
            sources: Vec::new(),
        });
        (self.spans.len() - 1) as u32
    }

    fn end(&mut self, walk: &mut Walk, span: Option<u32>, moment: Moment) {
        match span.and_then(|span| self.spans.get_mut(span as usize)) {
            Some(span) => {
                span.end = moment.time;
                span.ended_at = Some(moment.at);
            }
            None => list(walk, moment.at as usize, NO_BEGINNING),
        }
    }

    /// The open span that an end closes: the last of its name and process, else the last.
    fn pop_async(&mut self, moment: Moment) -> Option<u32> {
        let open = self.open_async.get_mut(&moment.tie)?;
        let spans = &self.spans;
        let is_own = |span: &u32| {
            let begin = spans.get(*span as usize).map(|span| span.begin);
            begin.is_some_and(|begin| begin.name == moment.name)
        };
        let from = open.len().saturating_sub(LOOKED_THROUGH);
        let place = open.iter().skip(from).rposition(is_own);
        let place = place.map_or(open.len().checked_sub(1)?, |place| from + place);
        Some(open.remove(place))
    }

    /// Closes what is still open.
    fn close_all(&mut self, walk: &mut Walk, last: i64) {
        for span in self.spans.iter_mut().filter(|span| span.end == i64::MAX) {
            span.end = last;
            walk.fill.batch.problems.repair(UNENDED);
        }
    }

    /// Gives spans and points the span of their thread that they lie in.
    fn nest(&mut self) {
        let mut threads: HashMap<u32, Vec<Item>> = HashMap::new();
        for (index, span) in self.spans.iter().enumerate() {
            if !span.is_async {
                threads.entry(span.begin.thread).or_default().push(Item {
                    start: span.begin.time,
                    end: span.end,
                    index: index as u32,
                    kind: Kind::Span,
                });
            }
        }
        for (index, Point { moment, .. }) in self.points.iter().enumerate() {
            let waits = moment.phase == b'f' && !moment.binds_around;
            threads.entry(moment.thread).or_default().push(Item {
                start: moment.time,
                end: moment.time,
                index: index as u32,
                kind: if waits { Kind::Before } else { Kind::Point },
            });
        }
        for items in threads.values_mut() {
            nest(items, |item, around| match item.kind {
                Kind::Span => {
                    if let Some(span) = self.spans.get_mut(item.index as usize) {
                        span.parent = around;
                    }
                }
                _ => {
                    if let Some(point) = self.points.get_mut(item.index as usize) {
                        point.span = around;
                    }
                }
            });
        }
    }

    /// Gives instants to their spans, or makes spans of them; follows flows from span to span.
    fn connect(&mut self, walk: &mut Walk) {
        let mut flows: HashMap<u64, u32> = HashMap::new();
        for Point { moment, span } in std::mem::take(&mut self.points) {
            let is_flow = matches!(moment.phase, b's' | b't' | b'f');
            let Some(index) = span else {
                match is_flow {
                    true => walk.fill.batch.problems.note(LOOSE_FLOWS),
                    false => drop(self.add(moment, moment.time, None, false)),
                }
                continue;
            };
            let Some(span) = self.spans.get_mut(index as usize) else {
                continue;
            };
            if !is_flow {
                span.instants.push(moment.at);
                continue;
            }
            let source = flows.insert(moment.tie, index);
            if let Some(source) = source
                && moment.phase != b's'
                && source != index
            {
                span.sources.push(source);
            }
            if moment.phase == b'f' {
                flows.remove(&moment.tie);
            }
        }
    }
}

/// Lists an event that is left out.
fn list(walk: &mut Walk, at: usize, reason: &str) {
    let text = walk.fill.json.text();
    walk.fill.json.go_to(at);
    let end = walk
        .fill
        .json
        .skip_range()
        .map_or(at, |(range, _)| range.end);
    let record = text.as_bytes().get(at..end).unwrap_or_default();
    let (line, byte) = (walk.places.line(text, at), walk.places.byte(at));
    walk.fill.batch.problems.skip(line, byte, reason, record);
}

/// A span's id: a hash of where it begins in its file.
fn id(walk: &Walk, recording: &Recording, span: &Span) -> SpanId {
    let mut hash = Xxh3::new();
    hash.update(&recording.trace.0);
    hash.update(&walk.places.byte(span.begin.at as usize).to_be_bytes());
    SpanId(hash.digest().max(1))
}

/// Writes all spans into the batch.
fn write(walk: &mut Walk, recording: &Recording, layout: &Layout) -> Result<()> {
    let scope = plain::scope(walk.fill.batch, "", "");
    let mut resources: HashMap<u32, u32> = HashMap::new();
    for span in &layout.spans {
        let thread = recording.threads.get(span.begin.thread as usize);
        let process = thread.map_or(0, |thread| thread.process);
        let resource = match resources.get(&process) {
            Some(known) => *known,
            None => {
                let new = resource(walk, recording, process);
                resources.insert(process, new);
                new
            }
        };
        walk.fill.json.go_to(span.begin.at as usize);
        let kept = walk.fill.json.at();
        walk.record("Event", |walk| {
            let span = read(walk, recording, layout, span, (resource, scope))?;
            walk.fill.batch.spans.push(span);
            walk.fill.json.go_to(kept);
            Ok(())
        })?;
    }
    Ok(())
}

/// The resource of a process.
fn resource(walk: &mut Walk, recording: &Recording, process: u32) -> u32 {
    let mark = walk.fill.mark();
    if let Some(process) = recording.processes.get(process as usize) {
        let service = match process.name.as_str() {
            "" => format!("pid {}", process.pid),
            name => name.to_owned(),
        };
        plain::push_text(&mut walk.fill, mark, "service.name", &service);
        push_id(walk, mark, "process.pid", &process.pid);
        for (name, value) in recording.attributes.iter().chain(&process.attributes) {
            walk.fill.push_named(mark, name, *value);
        }
    }
    let attrs = walk.fill.since(mark);
    walk.fill.batch.resources.push(Resource {
        attrs,
        ..Resource::default()
    });
    (walk.fill.batch.resources.len() - 1) as u32
}

/// Adds the id of a process or thread: a number where it is one.
fn push_id(walk: &mut Walk, mark: u32, name: &str, id: &str) {
    match id.parse() {
        Ok(number) => walk.fill.push_named(mark, name, BatchValue::Int(number)),
        Err(_) => plain::push_text(&mut walk.fill, mark, name, id),
    }
}

/// Reads what a span's events say of it.
fn read(
    walk: &mut Walk,
    recording: &Recording,
    layout: &Layout,
    span: &Span,
    (resource, scope): (u32, u32),
) -> Result<SpanRecord> {
    let at = span.begin.at as usize;
    let mark = walk.fill.mark();
    let parent = span
        .parent
        .and_then(|parent| layout.spans.get(parent as usize));
    let parent = parent.map_or(SpanId::default(), |parent| id(walk, recording, parent));
    let name = name(walk, at)?;
    if let Some(thread) = recording.threads.get(span.begin.thread as usize) {
        push_id(walk, mark, "thread.id", &thread.tid);
        if !thread.name.is_empty() {
            plain::push_text(&mut walk.fill, mark, "thread.name", &thread.name);
        }
    }
    event::attributes(walk, at, mark, false)?;
    if let Some(end) = span.ended_at {
        event::attributes(walk, end as usize, mark, true)?;
    }
    let attrs = walk.fill.since(mark);
    let mut record = SpanRecord {
        trace: recording.trace,
        id: id(walk, recording, span),
        parent,
        start: Nanos(span.begin.time),
        duration: (span.end - span.begin.time).max(0),
        segment: parent.is_none(),
        name,
        resource,
        scope,
        attrs,
        position: walk.places.byte(at),
        ..SpanRecord::default()
    };
    let mut links = Links::default();
    for source in &span.sources {
        if let Some(source) = layout.spans.get(*source as usize) {
            links.add(recording.trace, id(walk, recording, source), &[]);
        }
    }
    record.links = links.keep(walk.fill.batch);
    let events = instants(walk, span);
    plain::set_events(walk.fill.batch, &mut record, &events);
    Ok(record)
}

/// The name of the event at a place.
fn name(walk: &mut Walk, at: usize) -> Result<Text> {
    walk.fill.json.go_to(at);
    let mut text = Text::EMPTY;
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match (walk.fill.json.raw(name), walk.fill.json.peek()?) {
            (b"name", b'"') => text = walk.fill.text()?,
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    Ok(text)
}

/// What happened in a span. An event that is wrong in itself is left out alone.
fn instants(walk: &mut Walk, span: &Span) -> Vec<Event> {
    let mut events = Vec::with_capacity(span.instants.len());
    for at in span.instants.iter().map(|at| *at as usize) {
        match event::instant(walk, at) {
            Ok(event) => events.push(event),
            Err(error) => list(walk, at, &format!("Event left out: {}", error.what)),
        }
    }
    events
}
