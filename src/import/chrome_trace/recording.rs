//! A recording as it is read: its moments in file order, its processes and threads, and what is not shown.

use super::cutter::HEADER;
use super::{event, spans};
use crate::import::fill::Result;
use crate::import::json::JsonError;
use crate::import::otlp_json::document::Walk;
use crate::import::plain;
use crate::import::stretch;
use crate::model::TraceId;
use crate::model::batch::BatchValue;
use hashbrown::HashMap;
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_128;

const COUNTERS: &str = "Counters were passed over: only spans and what happened in them are shown";
const OBJECTS: &str =
    "Snapshots of objects were passed over: only spans and what happened in them are shown";
const PROFILES: &str =
    "Samples of CPU profiles were passed over: only spans and what happened in them are shown";
const SORTING: &str = "Sort orders of processes and threads were passed over";
const OTHERS: &str = "Memory dumps, clock marks and other events without a span were passed over";
const PARTS: &str = "Parts of the recording besides its events (stack frames, samples, system traces) were passed over";
const NO_END: &str = "The list of events has no end, as recorders leave it when they are stopped; all of it was read";
const PIECES: &str = "The recording is longer than 48 MiB and was read in pieces: spans in different pieces are not put together";

/// An event that has a time, reduced to what places it.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Nanoseconds from wherever the recording counts.
    pub time: i64,
    /// Nanoseconds; -1 for none.
    pub duration: i64,
    /// What ties it to others, for asynchronous events and flows.
    pub tie: u64,
    /// Hash of its name and process.
    pub name: u64,
    /// Where it lies in the text.
    pub at: u32,
    /// Index into [`Recording::threads`].
    pub thread: u32,
    /// Its phase.
    pub phase: u8,
    /// Whether a flow's end belongs to the span around it.
    pub binds_around: bool,
}

/// A process.
#[derive(Debug, Default)]
pub struct Process {
    /// Its id as written.
    pub pid: String,
    /// Its name, if the recording tells it.
    pub name: String,
    /// What else the recording tells of it.
    pub attributes: Vec<(String, BatchValue)>,
    threads: HashMap<String, u32>,
}

/// A thread.
#[derive(Debug, Default)]
pub struct Thread {
    /// Index into [`Recording::processes`].
    pub process: u32,
    /// Its id as written.
    pub tid: String,
    /// Its name, if the recording tells it.
    pub name: String,
}

/// Everything needed to lay out a recording.
#[derive(Debug, Default)]
pub struct Recording {
    /// The one trace that it is.
    pub trace: TraceId,
    /// Timed events in file order.
    pub moments: Vec<Moment>,
    /// Its processes.
    pub processes: Vec<Process>,
    /// Its threads.
    pub threads: Vec<Thread>,
    /// What the document says besides.
    pub attributes: Vec<(String, BatchValue)>,
    pids: HashMap<String, u32>,
}

/// One document. What was read before its text breaks off is kept, and the rest listed here: what follows a piece of a
/// recording is no recording of its own.
pub fn document(walk: &mut Walk) -> Result<()> {
    let mut recording = Recording {
        trace: trace(walk),
        ..Recording::default()
    };
    let read = match walk.fill.json.peek()? {
        b'[' => events(walk, &mut recording),
        _ => object(walk, &mut recording),
    };
    if let Err(error) = read {
        let text_end = walk.fill.json.text().len();
        let at = error.at.min(text_end);
        list(walk, at..text_end, error);
        walk.fill.json.go_to(text_end);
    }
    let end = walk.fill.json.at();
    let built = spans::build(walk, recording);
    walk.fill.json.go_to(end);
    built
}

/// The trace's id, from the line the cutter put before the text.
fn trace(walk: &mut Walk) -> TraceId {
    let text = walk.fill.json.text();
    let told = text.get(..HEADER).unwrap_or_default();
    let id = told.get(..32).and_then(|id| id.parse().ok());
    if walk.fill.json.at() < HEADER {
        walk.fill.json.go_to(HEADER);
        if walk.fill.json.rest().starts_with("\u{FEFF}".as_bytes()) {
            walk.fill.json.go_to(HEADER + 3);
        }
        if !told.trim_end().ends_with("00000000") {
            walk.fill.batch.problems.note(PIECES);
        }
    }
    id.unwrap_or_else(|| TraceId(xxh3_128(text.as_bytes()).to_be_bytes()))
}

/// `{"traceEvents":[…], …}`. What else is in it is told of every process.
fn object(walk: &mut Walk, recording: &mut Recording) -> Result<()> {
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        let next = walk.fill.json.peek()?;
        match (walk.fill.json.raw(name), next) {
            (b"traceEvents", b'[') => {
                events(walk, recording)?;
                if walk.fill.json.at_end() {
                    return Ok(());
                }
            }
            (b"metadata" | b"otherData", b'{') => {
                let before = plain::name(&walk.fill, name);
                others(walk, recording, &before)?;
            }
            (b"displayTimeUnit", _) => {
                walk.fill.json.skip()?;
            }
            (_, b'{' | b'[') => {
                walk.fill.batch.problems.note(PARTS);
                walk.fill.json.skip()?;
            }
            _ => {
                let name = plain::name(&walk.fill, name);
                let value = walk.fill.value()?;
                recording.attributes.push((name, value));
            }
        }
    }
    Ok(())
}

fn others(walk: &mut Walk, recording: &mut Recording, before: &str) -> Result<()> {
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        let name = plain::name(&walk.fill, name);
        let value = walk.fill.value()?;
        recording
            .attributes
            .push((format!("{before}.{name}"), value));
    }
    Ok(())
}

/// The list of events. Its end may be missing; where its text is damaged, it goes on with the next line that begins one.
fn events(walk: &mut Walk, recording: &mut Recording) -> Result<()> {
    walk.fill.json.begin_array()?;
    let mut goes_on = true;
    while !walk.is_cancelled() {
        if walk.fill.json.at_end() {
            if goes_on {
                walk.fill.batch.problems.note(NO_END);
            }
            return Ok(());
        }
        let start = walk.fill.json.at();
        let read = match walk.fill.json.peek()? {
            b']' => {
                walk.fill.json.go_to(start + 1);
                return Ok(());
            }
            b',' => {
                walk.fill.json.go_to(start + 1);
                continue;
            }
            b'{' => walk.record("Event", |walk| event(walk, recording)),
            _ => Err(walk.fill.json.error("an event was expected")),
        };
        if let Err(error) = read {
            goes_on = go_on(walk, start, error);
        }
    }
    Ok(())
}

/// Lists a broken event and goes to the next line that begins one, or to the end; tells whether there is one.
fn go_on(walk: &mut Walk, start: usize, error: JsonError) -> bool {
    let text = walk.fill.json.text();
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let next = memchr::memchr_iter(b'\n', rest).find(|newline| {
        let line = rest.get(*newline..).unwrap_or_default();
        line.trim_ascii_start().first() == Some(&b'{')
    });
    let end = next.map_or(text.len(), |newline| start + newline + 1);
    list(walk, start..end, error);
    walk.fill.json.go_to(end);
    next.is_some()
}

/// Lists text that is not JSON.
fn list(walk: &mut Walk, range: Range<usize>, error: JsonError) {
    let text = walk.fill.json.text();
    let within = walk.places.within(range.start, error.at);
    let reason = format!("Not complete JSON: {}{within}", error.what);
    let (line, byte) = (
        walk.places.line(text, range.start),
        walk.places.byte(range.start),
    );
    let record = text.as_bytes().get(range).unwrap_or_default();
    walk.fill.batch.problems.skip(line, byte, reason, record);
}

/// Takes an event.
fn event(walk: &mut Walk, recording: &mut Recording) -> Result<()> {
    let head = event::head(&mut walk.fill)?;
    let note = match head.phase {
        b'M' => return metadata(walk, recording, &head),
        b'X' | b'B' | b'E' | b'i' | b'I' | b'R' | b'n' | b'b' | b'e' | b'S' | b'F' | b'T'
        | b'p' | b's' | b't' | b'f' => return timed(recording, &head),
        b'C' => COUNTERS,
        b'N' | b'D' | b'O' => OBJECTS,
        b'P' => PROFILES,
        0 if head.is_empty => return Ok(()),
        0 => return Err(wrong(&head, "it has no phase")),
        _ => OTHERS,
    };
    walk.fill.batch.problems.note(note);
    Ok(())
}

fn wrong(head: &event::Head, what: &'static str) -> JsonError {
    JsonError { at: head.at, what }
}

fn timed(recording: &mut Recording, head: &event::Head) -> Result<()> {
    let time = head.time.ok_or(wrong(head, "it has no time"))?;
    let duration = head.duration.unwrap_or(-1);
    if time.checked_add(duration.max(0)).is_none() {
        return Err(wrong(head, "a time is out of range"));
    }
    let at = u32::try_from(head.at).map_err(|_| wrong(head, "it lies too far in"))?;
    let is_flow = matches!(head.phase, b's' | b't' | b'f');
    let thread = recording.thread(head.pid, head.tid);
    recording.moments.push(Moment {
        time,
        duration,
        tie: if is_flow { head.ties.1 } else { head.ties.0 },
        name: head.name_hash,
        at,
        thread,
        phase: head.phase,
        binds_around: head.binds_around,
    });
    Ok(())
}

/// Takes what a metadata event tells; the reader is left after the event.
fn metadata(walk: &mut Walk, recording: &mut Recording, head: &event::Head) -> Result<()> {
    let end = walk.fill.json.at();
    if matches!(head.name, "process_sort_index" | "thread_sort_index") {
        walk.fill.batch.problems.note(SORTING);
        return Ok(());
    }
    let process = recording.process(head.pid);
    let Some(args) = head.args else {
        return Ok(());
    };
    walk.fill.json.go_to(args);
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        let name = stretch::plain(walk.fill.json.raw_text(name), name.escaped);
        let is_text = walk.fill.json.peek()? == b'"';
        match (head.name, &*name) {
            ("process_name", "name") if is_text => {
                let text = plain::text(&mut walk.fill)?;
                if let Some(process) = recording.processes.get_mut(process as usize) {
                    process.name = text;
                }
            }
            ("thread_name", "name") if is_text => {
                let text = plain::text(&mut walk.fill)?;
                let thread = recording.thread(head.pid, head.tid);
                if let Some(thread) = recording.threads.get_mut(thread as usize) {
                    thread.name = text;
                }
            }
            _ => {
                let value = walk.fill.value()?;
                let name = format!("{}.{name}", event::undone(head.name));
                if let Some(process) = recording.processes.get_mut(process as usize) {
                    process.attributes.push((name, value));
                }
            }
        }
    }
    walk.fill.json.go_to(end);
    Ok(())
}

impl Recording {
    /// The process of an id.
    fn process(&mut self, pid: &str) -> u32 {
        if let Some(known) = self.pids.get(pid) {
            return *known;
        }
        let index = self.processes.len() as u32;
        self.pids.insert(pid.to_owned(), index);
        self.processes.push(Process {
            pid: event::undone(pid),
            ..Process::default()
        });
        index
    }

    /// The thread of an id in a process.
    fn thread(&mut self, pid: &str, tid: &str) -> u32 {
        let process = self.process(pid);
        let next = self.threads.len() as u32;
        let Some(own) = self.processes.get_mut(process as usize) else {
            return 0;
        };
        if let Some(known) = own.threads.get(tid) {
            return *known;
        }
        own.threads.insert(tid.to_owned(), next);
        self.threads.push(Thread {
            process,
            tid: event::undone(tid),
            ..Thread::default()
        });
        next
    }
}
