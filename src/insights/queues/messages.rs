//! What went through queues, message by message: what was put in and what was taken out.
//!
//! A span that is only wrapped around another one for the same job is left out: a job is counted once.

use super::SELECTED;
use crate::insights::Asked;
use crate::insights::family::{Family, Member};
use crate::insights::texts::{Codes, Texts};
use crate::model::record::RecordRef;
use crate::model::{CancelToken, SpanId, TraceId};
use crate::store::{Reader, SpanColumns, StoreError};
use hashbrown::{HashMap, HashSet};
use std::sync::Arc;

const OP: usize = 0;
const DESTINATION: usize = 1;
const TASK: usize = 2;
const NAME: usize = 3;
const STATUS: usize = 4;
const LATENCY: usize = 5;
const RETRY: usize = 6;
const SIZE: usize = 7;
const ID: usize = 8;
const LINKS: usize = 9;
const OPERATION: usize = 10;
const NAMES: &[&[&str]] = &[
    &["op"],
    &["messaging.destination.name"],
    &["celery.task_name"],
    &["name", "description"],
    &["status"],
    &["messaging.message.receive.latency"],
    &["messaging.message.retry.count"],
    &["messaging.message.body.size"],
    &["messaging.message.id"],
    &["span.links"],
    &["messaging.operation.type"],
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Publish,
    Process,
    /// Around a publishing span, or one of an SDK that writes no other.
    Submit,
    /// Likewise for processing.
    Task,
}

fn side(op: &str) -> Side {
    match op {
        "queue.publish" => Side::Publish,
        "queue.process" => Side::Process,
        op if op.starts_with("queue.submit") => Side::Submit,
        _ => Side::Task,
    }
}

/// One end of a message's way.
#[derive(Clone, Copy)]
pub(super) struct Message {
    pub at: RecordRef,
    pub member: Option<Member>,
    /// The store's number of the trace.
    pub trace: i64,
    /// Put in, or else taken out.
    pub is_published: bool,
    /// Taken out without being worked off: a poll, which may bring several or none.
    is_received: bool,
    /// Destination, job and the message's id, by number.
    pub destination: u32,
    pub job: u32,
    pub id: u32,
    /// The links of the span, in OTLP's JSON shape, by number.
    links: u32,
    /// When it was put in, or processing began; how long that took. Nanoseconds.
    pub start: i64,
    pub duration: i64,
    pub failed: bool,
    pub retried: bool,
    /// How long it waited, as the consumer says.
    latency: Option<i64>,
    /// How large it was, bytes.
    pub size: Option<f64>,
}

impl Message {
    /// How long it waited, as the consumer says, nanoseconds.
    pub fn said_latency(&self) -> Option<i64> {
        self.latency.filter(|latency| *latency >= 0)
    }
}

/// What went through queues, in order of import.
pub(super) struct Messages {
    pub all: Vec<Message>,
    ends: Ends,
    texts: Texts,
}

impl Messages {
    pub fn read(
        reader: &Reader,
        asked: &Asked,
        family: &Family,
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let ends = Ends::read(reader, family, cancel)?;
        let texts = Texts::default();
        let filter = asked.spans(SELECTED);
        let parts = reader.work_through_spans(&filter, NAMES, cancel, |columns| {
            part(&columns, family, &ends, &texts)
        })?;
        let mut all: Vec<Message> = parts.into_iter().flatten().collect();
        leave_out_polls(&mut all);
        Ok(Self { all, ends, texts })
    }

    /// The text behind a number.
    pub fn text(&self, number: u32) -> Arc<str> {
        self.texts.get(number)
    }

    /// How long a message waited before this processing, nanoseconds: as the consumer says, or else as the spans show.
    pub fn waited(&self, message: &Message, family: &Family) -> Option<i64> {
        let measured = || self.measured(message, family);
        message.said_latency().or_else(measured)
    }

    /// From the start of the publishing span to that of this processing one, nanoseconds.
    pub fn measured(&self, message: &Message, family: &Family) -> Option<i64> {
        let publishing = self.publishing(message, family)?;
        let waited = message.start.saturating_sub(family.start(publishing));
        (waited >= 0).then_some(waited)
    }

    /// The spans that a message's span is linked with, wherever they are.
    pub fn linked(&self, message: &Message) -> Vec<(TraceId, SpanId)> {
        if message.links == 0 {
            return Vec::new();
        }
        let links = serde_json::from_str(&self.texts.get(message.links));
        let links: Vec<serde_json::Value> = links.unwrap_or_default();
        let ends = links.iter().filter_map(|link| {
            let trace = link.get("traceId")?.as_str()?.parse().ok()?;
            let span = link.get("spanId")?.as_str()?.parse().ok()?;
            Some((trace, span))
        });
        ends.collect()
    }

    /// The publishing span above a processing one, if no other transaction lies between.
    pub fn publishing(&self, message: &Message, family: &Family) -> Option<Member> {
        self.ends.publishing(message.member?, family)
    }
}

/// The spans at the ends of queues, also those that a search or a time leaves out: they tell what the rest is.
struct Ends {
    sides: HashMap<Member, Side>,
    wrapping: HashSet<Member>,
}

impl Ends {
    fn read(reader: &Reader, family: &Family, cancel: &CancelToken) -> Result<Self, StoreError> {
        let all = Asked::default().spans(SELECTED);
        let parts = reader.work_through_spans(&all, &NAMES[..1], cancel, |columns| {
            let mut sides = Codes::new(columns.codes(OP));
            let mut found = Vec::new();
            for row in columns.rows().iter().copied() {
                let Some(code) = columns.code(OP, row) else {
                    continue;
                };
                let side = sides.get(code, || side(columns.text(OP, code).unwrap_or_default()));
                found.extend(family.member(columns.at(row)).map(|member| (member, side)));
            }
            found
        })?;
        let sides: HashMap<Member, Side> = parts.into_iter().flatten().collect();
        let wrapped = |(member, own): (&Member, &Side)| {
            let above = family.parent(*member)?;
            let wraps = match sides.get(&above)? {
                Side::Submit => matches!(own, Side::Publish | Side::Submit),
                Side::Task => *own == Side::Process,
                Side::Publish | Side::Process => false,
            };
            wraps.then_some(above)
        };
        let wrapping = sides.iter().filter_map(wrapped).collect();
        Ok(Self { sides, wrapping })
    }

    /// Whether a span is one that counts, and for which end.
    fn counts(&self, side: Side, member: Option<Member>) -> Option<bool> {
        let is_outer = member.is_some_and(|member| self.wrapping.contains(&member));
        match side {
            Side::Publish => Some(true),
            Side::Process => Some(false),
            Side::Submit => (!is_outer).then_some(true),
            Side::Task => (!is_outer).then_some(false),
        }
    }

    fn publishing(&self, member: Member, family: &Family) -> Option<Member> {
        let mut above = family.parent(member)?;
        if family.entry(member) != member && family.is_segment(above) {
            above = family.parent(above)?;
        }
        let is_publishing = matches!(self.sides.get(&above), Some(Side::Publish | Side::Submit));
        is_publishing.then_some(above)
    }
}

/// Where spans tell of processing, those of receiving are left out: a message is counted once. Some libraries know only the
/// latter, and mean both.
fn leave_out_polls(all: &mut Vec<Message>) {
    let takes_out = |message: &&Message| !message.is_published && !message.is_received;
    let processed = all.iter().filter(takes_out);
    let processed: HashSet<u32> = processed.map(|message| message.destination).collect();
    all.retain(|message| !(message.is_received && processed.contains(&message.destination)));
}

fn part(columns: &SpanColumns, family: &Family, ends: &Ends, texts: &Texts) -> Vec<Message> {
    let mut sides = Codes::new(columns.codes(OP));
    let mut destinations = Codes::new(columns.codes(DESTINATION));
    let mut ids = Codes::new(columns.codes(ID));
    let mut links = Codes::new(columns.codes(LINKS));
    let mut jobs: HashMap<(usize, usize, u32), u32> = HashMap::new();
    let mut failures = Codes::new(columns.codes(STATUS));
    let mut polls = Codes::new(columns.codes(OPERATION));
    let message = |row: u32| {
        let op = columns.code(OP, row)?;
        let member = family.member(columns.at(row));
        let side = sides.get(op, || side(columns.text(OP, op).unwrap_or_default()));
        let is_published = ends.counts(side, member)?;
        let destination = columns.code(DESTINATION, row).map_or(0, |code| {
            destinations.get(code, || texts.of(&columns.value(DESTINATION, code).text()))
        });
        let id = columns.code(ID, row).map_or(0, |code| {
            ids.get(code, || texts.of(&columns.value(ID, code).text()))
        });
        let links = columns.code(LINKS, row).map_or(0, |code| {
            links.get(code, || {
                texts.of(columns.text(LINKS, code).unwrap_or_default())
            })
        });
        let job = [TASK, NAME].into_iter().find_map(|at| {
            let code = columns.code(at, row)?;
            let known = jobs.entry((at, code, destination));
            Some(*known.or_insert_with(|| {
                let name = columns.text(at, code).unwrap_or_default();
                texts.of(job(name, &texts.get(destination)))
            }))
        });
        let failed = columns
            .code(STATUS, row)
            .is_some_and(|code| failures.get(code, || columns.text(STATUS, code) == Some("error")));
        let is_poll = columns.code(OPERATION, row).is_some_and(|code| {
            polls.get(code, || columns.text(OPERATION, code) == Some("receive"))
        });
        Some(Message {
            at: columns.at(row),
            member,
            trace: columns.trace(row),
            is_published,
            is_received: is_poll && !is_published,
            destination,
            job: job.unwrap_or(0),
            id,
            links,
            start: columns.start(row),
            duration: columns.duration(row),
            failed,
            retried: columns.float(RETRY, row).is_some_and(|count| count > 0.0),
            latency: columns
                .float(LATENCY, row)
                .map(|millis| (millis * 1e6).round() as i64),
            size: columns.float(SIZE, row),
        })
    };
    columns.rows().iter().copied().filter_map(message).collect()
}

/// What OpenTelemetry's conventions put before or behind a destination to name a span.
const OPERATIONS: &[&str] = &[
    "ack", "consume", "create", "deliver", "poll", "process", "produce", "publish", "receive",
    "send", "settle",
];

/// The job behind a span's name: OpenTelemetry's Celery puts what it does in front. A name that says only what was done
/// with the destination, `process mail`, names no job: both ends of the queue would have names of their own.
fn job<'a>(name: &'a str, destination: &str) -> &'a str {
    let ends = ["run/", "apply_async/"];
    let name = ends
        .into_iter()
        .find_map(|end| name.strip_prefix(end))
        .unwrap_or(name);
    let is_operation = |word: &str| {
        OPERATIONS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(word))
    };
    let is_both = |operation: &str, rest: &str| is_operation(operation) && rest == destination;
    let is_bare = name
        .split_once(' ')
        .is_some_and(|(first, rest)| is_both(first, rest))
        || name
            .rsplit_once(' ')
            .is_some_and(|(rest, last)| is_both(last, rest));
    match is_bare {
        true => "",
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_one_end_of_a_queue() {
        assert!(side("queue.publish") == Side::Publish && side("queue.process") == Side::Process);
        assert!(side("queue.submit.celery") == Side::Submit && side("queue.task.rq") == Side::Task);
    }

    #[test]
    fn a_name_may_tell_the_job() {
        for (name, destination, expected) in [
            ("run/shop.tasks.mail", "default", "shop.tasks.mail"),
            ("shop.tasks.mail", "default", "shop.tasks.mail"),
            ("process mail", "mail", ""),
            ("mail publish", "mail", ""),
            ("Send two words", "two words", ""),
            ("process orders", "mail", "process orders"),
            ("mail", "mail", "mail"),
            ("send mail", "", "send mail"),
            ("", "", ""),
        ] {
            assert_eq!(job(name, destination), expected, "{name} to {destination}");
        }
    }
}
