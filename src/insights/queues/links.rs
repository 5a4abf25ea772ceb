//! Who puts messages in for whom: producers and consumers, also where they are in different traces.
//!
//! A processing span belongs to the publishing one with the same message id (`messaging.message.id`), of several the last before it;
//! without ids, to the one above it in its trace. Columns:
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
use crate::model::CancelToken;
use crate::model::record::RecordRef;
use crate::store::{Reader, StoreError};
use hashbrown::{HashMap, HashSet};

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
    let rows = links(&messages, family).into_iter().map(|(way, link)| {
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

fn links(messages: &Messages, family: &Family) -> HashMap<Way, Link> {
    let sent = Sent::new(messages);
    let name = |message: &Message| {
        message
            .member
            .map_or(0, |member| family.transaction(member))
    };
    let mut links: HashMap<Way, Link> = HashMap::new();
    let mut taken: HashSet<RecordRef> = HashSet::new();
    for message in messages.all.iter().filter(|message| !message.is_published) {
        let by_id = sent.last_before(message);
        let publishing = || messages.publishing(message, family);
        let sent = by_id.or_else(|| sent.by_member.get(&publishing()?).copied());
        let way = (
            sent.map_or(0, name),
            name(message),
            message.destination,
            message.job,
        );
        let link = links.entry(way).or_default();
        link.messages += 1;
        link.failed += u64::from(message.failed);
        let Some(sent) = sent else {
            continue;
        };
        taken.insert(sent.at);
        link.other_trace += u64::from(sent.trace != message.trace);
        let wait = message.start.saturating_sub(sent.start);
        if wait < 0 {
            continue;
        }
        link.waits.push(wait);
        if link.longest.is_none_or(|(longest, _)| wait > longest) {
            link.longest = Some((wait, message.at));
        }
    }
    for message in messages.all.iter().filter(|message| message.is_published) {
        if !taken.contains(&message.at) {
            let way = (name(message), 0, message.destination, message.job);
            let link = links.entry(way).or_default();
            link.messages += 1;
            link.longest.get_or_insert((0, message.at));
        }
    }
    links
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
