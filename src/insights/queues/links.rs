//! Who puts messages in for whom: producers and consumers, also where they are in different traces.
//!
//! A processing span belongs to the publishing one with the same message id (`messaging.message.id`), of several the last before it;
//! without ids, to the one above it in its trace; where there is none either, to those it is linked with (span links of
//! OpenTelemetry), each of which is a message of its own. Columns:
//!
//! | column | meaning |
//! |---|---|
//! | `producer, consumer` | the transactions; null where that end was not recorded |
//! | `destination, job` | the queue, and what is to be done |
//! | `messages` | how often; where there is no consumer, messages that were put in and not seen taken out |
//! | `other_trace` | of these, how many were processed in another trace than they were put in |
//! | `avg_wait, p95_wait` | from the start of putting in to the start of processing |
//! | `failed` | processing that ended with an error |
//! | `longest_wait` | the processing that waited longest; where there is no consumer, one that was put in |

use super::messages::{Message, Messages};
use crate::analysis::percentile::percentile;
use crate::insights::family::{Family, Member};
use crate::insights::measure::mean;
use crate::insights::table::{column, detail};
use crate::insights::{Asked, Cell, Column, Module, Table, Unit};
use crate::model::record::RecordRef;
use crate::model::{CancelToken, TraceId};
use crate::store::{Reader, StoreError};
use hashbrown::{HashMap, HashSet};
use std::cell::RefCell;

const COLUMNS: [Column; 10] = [
    column("producer", "Producer", Unit::Text),
    column("consumer", "Consumer", Unit::Text),
    column("destination", "Destination", Unit::Text),
    detail("job", "Job", Unit::Text),
    column("messages", "Messages", Unit::Count),
    column("other_trace", "Other trace", Unit::Count),
    column("avg_wait", "Wait", Unit::Duration),
    column("p95_wait", "P95 wait", Unit::Duration),
    column("failed", "Failed", Unit::Count),
    detail("longest_wait", "Longest wait", Unit::Span),
];

/// A way messages take: producer and consumer, destination and job, by number; 0 for what was not recorded.
type Way = (u32, u32, u32, u32);

#[derive(Default)]
struct Link {
    messages: u64,
    other_trace: u64,
    waits: Vec<i64>,
    failed: u64,
    longest: Option<(i64, RecordRef)>,
}

/// See the module.
///
/// # Errors
/// As with every question.
pub fn table(
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    cancel: &CancelToken,
) -> Result<Table, StoreError> {
    let messages = Messages::read(reader, asked, family, cancel)?;
    let producers = Producers {
        reader,
        family,
        sent: Sent::new(&messages),
        traces: RefCell::default(),
    };
    let rows = links(&messages, &producers)?
        .into_iter()
        .map(|(way, link)| {
            let (producer, consumer, destination, job) = way;
            let mut waits = link.waits;
            let sum = waits.iter().map(|wait| i128::from(*wait)).sum();
            let average = mean(sum, waits.len() as u64);
            vec![
                Cell::text(&family.text(producer)),
                Cell::text(&family.text(consumer)),
                Cell::text(&messages.text(destination)),
                Cell::text(&messages.text(job)),
                Cell::count(link.messages),
                Cell::count(link.other_trace),
                Cell::int(average),
                Cell::int(average.map(|_| percentile(&mut waits, 0.95))),
                Cell::count(link.failed),
                link.longest.map_or(Cell::None, |(_, at)| Cell::Span(at)),
            ]
        });
    let table = Table::of(
        Module::Queues,
        COLUMNS,
        rows.collect(),
        asked.time(reader, cancel)?,
    );
    Ok(table.greatest_first("messages"))
}

fn links(messages: &Messages, producers: &Producers) -> Result<HashMap<Way, Link>, StoreError> {
    let family = producers.family;
    let name = |member: Option<Member>| member.map_or(0, |member| family.transaction(member));
    let mut links: HashMap<Way, Link> = HashMap::new();
    let mut taken: HashSet<RecordRef> = HashSet::new();
    for message in messages.all.iter().filter(|message| !message.is_published) {
        let mut producers = producers.of(messages, message)?;
        if producers.is_empty() {
            producers.push(Producer::default());
        }
        for producer in producers {
            let way = (
                name(producer.member),
                name(message.member),
                message.destination,
                message.job,
            );
            let link = links.entry(way).or_default();
            link.messages += 1;
            link.failed += u64::from(message.failed);
            link.other_trace += u64::from(producer.is_elsewhere);
            let Some(sent) = producer.sent else {
                continue;
            };
            taken.insert(sent.at);
            let wait = message.start.saturating_sub(sent.start);
            if wait < 0 {
                continue;
            }
            link.waits.push(wait);
            if link.longest.is_none_or(|(longest, _)| wait > longest) {
                link.longest = Some((wait, message.at));
            }
        }
    }
    for message in messages.all.iter().filter(|message| message.is_published) {
        if !taken.contains(&message.at) {
            let way = (name(message.member), 0, message.destination, message.job);
            let link = links.entry(way).or_default();
            link.messages += 1;
            link.longest.get_or_insert((0, message.at));
        }
    }
    Ok(links)
}

/// Who put a message in.
#[derive(Clone, Copy, Default)]
struct Producer<'a> {
    /// The span that says so; `None` if it was not recorded.
    member: Option<Member>,
    /// Its message, where the span is about a queue.
    sent: Option<&'a Message>,
    /// Whether it is in another trace than the processing.
    is_elsewhere: bool,
}

/// Looks for producers.
struct Producers<'a> {
    reader: &'a Reader,
    family: &'a Family,
    sent: Sent<'a>,
    /// The store's numbers of traces that links named.
    traces: RefCell<HashMap<TraceId, Option<i64>>>,
}

impl<'a> Producers<'a> {
    /// Those of a message that was taken out: one, or with links several.
    fn of(&self, messages: &Messages, message: &Message) -> Result<Vec<Producer<'a>>, StoreError> {
        let by_id = self.sent.last_before(message);
        let publishing = || messages.publishing(message, self.family);
        let known = by_id.or_else(|| self.sent.by_member.get(&publishing()?).copied());
        if let Some(sent) = known {
            return Ok(vec![Producer {
                member: sent.member,
                sent: Some(sent),
                is_elsewhere: sent.trace != message.trace,
            }]);
        }
        let mut found: Vec<Producer> = Vec::new();
        for (trace, span) in messages.linked(message) {
            let Some(number) = self.number(trace)? else {
                continue;
            };
            let member = self.family.find(number, span);
            let is_known = found.iter().any(|producer| producer.member == member);
            if member.is_some() && member != message.member && !is_known {
                found.push(Producer {
                    member,
                    sent: member.and_then(|member| self.sent.by_member.get(&member).copied()),
                    is_elsewhere: number != message.trace,
                });
            }
        }
        Ok(found)
    }

    fn number(&self, trace: TraceId) -> Result<Option<i64>, StoreError> {
        if let Some(known) = self.traces.borrow().get(&trace) {
            return Ok(*known);
        }
        let number = self.reader.trace_number(trace)?;
        self.traces.borrow_mut().insert(trace, number);
        Ok(number)
    }
}

/// What was put in.
struct Sent<'a> {
    /// By message id, each list by start.
    by_id: HashMap<u32, Vec<&'a Message>>,
    by_member: HashMap<Member, &'a Message>,
}

impl<'a> Sent<'a> {
    fn new(messages: &'a Messages) -> Self {
        let mut by_id: HashMap<u32, Vec<&Message>> = HashMap::new();
        let mut by_member = HashMap::new();
        for message in messages.all.iter().filter(|message| message.is_published) {
            if message.id != 0 {
                by_id.entry(message.id).or_default().push(message);
            }
            by_member.extend(message.member.map(|member| (member, message)));
        }
        for sent in by_id.values_mut() {
            sent.sort_by_key(|message| message.start);
        }
        Self { by_id, by_member }
    }

    /// The last with the same id before a message was taken out; the first of all if clocks differ.
    fn last_before(&self, message: &Message) -> Option<&'a Message> {
        let sent = self.by_id.get(&message.id).filter(|_| message.id != 0)?;
        let before = sent.partition_point(|sent| sent.start <= message.start);
        sent.get(before.saturating_sub(1)).copied()
    }
}
