//! Queues: what was left for others to do, by destination and job.
//!
//! Selected are `queue.publish` and `queue.process`, and of what older SDKs wrote `queue.submit.*` and `queue.task.*`, but only
//! where it is not wrapped around one of the former: a job is counted once. Nor are polls (`messaging.operation.type` is
//! `receive`), where the destination has spans of processing as well. Columns:
//!
//! | column | meaning |
//! |---|---|
//! | `destination, job` | the queue, and what is to be done; grouped by `destination`, jobs are merged |
//! | `published, processed` | how many were put in and taken out |
//! | `avg_time_in_queue, p95_time_in_queue` | of `messaging.message.receive.latency`; where no message of the row has it, from the start of the publishing span above to that of the processing one |
//! | `avg_processing, p95_processing` | of the duration of processing |
//! | `error_rate, errors` | processing spans that ended with an error, of all |
//! | `retries` | processing of messages that were tried before (`messaging.message.retry.count` above 0) |
//! | `backlog` | published − processed in the time looked at; below zero where what was published before was worked off |
//! | `published_pm, processed_pm` | a minute of the time looked at |
//! | `time_spent, share` | the sum of self times of processing, and its share of that of all rows |
//! | `avg_message_size` | mean of `messaging.message.body.size`, bytes |
//! | `producers, consumers` | the transactions that published and processed, with how often |
//! | `slowest` | the longest processing |

pub mod backlog;
pub mod links;
mod messages;
pub mod periodic;

use super::family::Family;
use super::measure::{Measure, mean, per_minute};
use super::over::Over;
use super::table::{column, detail, key_of};
use super::{Asked, Cell, Column, Module, Table, Unit};
use crate::analysis::percentile::percentile;
use crate::model::record::RecordRef;
use crate::model::{CancelToken, TimeRange};
use crate::store::{Reader, StoreError};
use hashbrown::HashMap;
use messages::{Message, Messages};

/// The spans that are about queues.
pub const SELECTED: &str =
    "op:[queue.publish, queue.process, queue.task, queue.task.*, queue.submit, queue.submit.*]";

const COLUMNS: [Column; 17] = [
    column("destination", "Destination", Unit::Text),
    column("published", "Published", Unit::Count),
    column("processed", "Processed", Unit::Count),
    column("avg_time_in_queue", "In queue", Unit::Duration),
    detail("p95_time_in_queue", "In queue, P95", Unit::Duration),
    column("avg_processing", "Processing", Unit::Duration),
    detail("p95_processing", "Processing, P95", Unit::Duration),
    column("error_rate", "Failed", Unit::Share),
    detail("errors", "Failures", Unit::Count),
    column("retries", "Retries", Unit::Count),
    column("backlog", "Backlog", Unit::Count),
    detail("published_pm", "Published a minute", Unit::PerMinute),
    detail("processed_pm", "Processed a minute", Unit::PerMinute),
    column("time_spent", "Time spent", Unit::Duration),
    column("share", "Share", Unit::Share),
    detail("avg_message_size", "Size", Unit::Bytes),
    detail("producers", "Producers", Unit::Counts),
];
const LAST: [Column; 2] = [
    detail("consumers", "Consumers", Unit::Counts),
    detail("slowest", "Slowest", Unit::Span),
];
const JOB: Column = column("job", "Job", Unit::Text);

#[derive(Default)]
struct Flow {
    published: u64,
    producers: HashMap<u32, u64>,
    processed: Measure,
    consumers: HashMap<u32, u64>,
    /// How long messages waited, as their consumers say, or else as their spans do.
    said: Vec<i64>,
    measured: Vec<i64>,
    errors: u64,
    retries: u64,
    sizes: (i128, u64),
}

/// Destination and job, by number.
type Key = (u32, u32);

/// See the module.
pub(super) fn tables(
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    over: &Over,
    cancel: &CancelToken,
) -> Result<Vec<Table>, StoreError> {
    let messages = Messages::read(reader, asked, family, cancel)?;
    let by_job = !asked.is_by("destination");
    let mut all: Vec<HashMap<Key, Flow>> = Vec::new();
    all.resize_with(over.count(), HashMap::new);
    for message in &messages.all {
        let job = if by_job { message.job } else { 0 };
        let key = match over.is_merged() {
            true => Key::default(),
            false => (message.destination, job),
        };
        if let Some(flows) = all.get_mut(over.at(message.start)) {
            let flow = flows.entry(key).or_default();
            flow.add(message, &messages, family);
        }
    }
    let time = asked.time(reader, cancel)?;
    let of_stretch = |(groups, time)| table_of(groups, family, (&messages, by_job), time);
    Ok(all
        .into_iter()
        .zip(over.times(time))
        .map(of_stretch)
        .collect())
}

/// The spans that a number counts, by the key of its row and the name of its column.
pub(super) fn spans(
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    (wanted, column): (&str, &str),
    cancel: &CancelToken,
) -> Result<Vec<RecordRef>, StoreError> {
    let messages = Messages::read(reader, asked, family, cancel)?;
    let by_job = !asked.is_by("destination");
    let mut known: HashMap<Key, bool> = HashMap::new();
    let is_of_row = |message: &&Message| {
        let job = if by_job { message.job } else { 0 };
        let key = (message.destination, job);
        *known
            .entry(key)
            .or_insert_with(|| key_of(cells(key, &messages, by_job).iter()) == wanted)
    };
    let is_counted = |message: &&Message| match column {
        "published" | "published_pm" => message.is_published,
        "errors" | "error_rate" => !message.is_published && message.failed,
        "retries" => !message.is_published && message.retried,
        column if is_of_processing(column) => !message.is_published,
        _ => true,
    };
    let counted = messages.all.iter().filter(is_of_row).filter(is_counted);
    Ok(counted.map(|message| message.at).collect())
}

/// Whether a column is about processing alone.
pub(super) fn is_of_processing(column: &str) -> bool {
    const OF_PROCESSING: [&str; 8] = [
        "processed",
        "processed_pm",
        "avg_processing",
        "p95_processing",
        "avg_time_in_queue",
        "p95_time_in_queue",
        "time_spent",
        "share",
    ];
    OF_PROCESSING.contains(&column)
}

/// The cells that tell a row from others.
fn cells((destination, job): Key, messages: &Messages, by_job: bool) -> Vec<Cell> {
    let mut cells = vec![Cell::text(&messages.text(destination))];
    if by_job {
        cells.push(Cell::text(&messages.text(job)));
    }
    cells
}

fn table_of(
    groups: HashMap<Key, Flow>,
    family: &Family,
    (messages, by_job): (&Messages, bool),
    time: Option<TimeRange>,
) -> Table {
    let spent = |flow: &Flow| i128::from(flow.processed.self_time());
    let total: i128 = groups.values().map(spent).sum();
    let rate = |count: u64| per_minute(count, time).map_or(Cell::None, Cell::Float);
    let row = |(key, mut flow): (Key, Flow)| {
        let mut row = cells(key, messages, by_job);
        let processed = flow.processed.count();
        let mut waited = flow.take_waited();
        let waited_sum: i128 = waited.iter().map(|wait| i128::from(*wait)).sum();
        let has_waited = !waited.is_empty();
        let backlog = i128::from(flow.published) - i128::from(processed);
        row.extend([
            Cell::count(flow.published),
            Cell::count(processed),
            Cell::int(mean(waited_sum, waited.len() as u64)),
            Cell::int(has_waited.then(|| percentile(&mut waited, 0.95))),
            Cell::int(flow.processed.average()),
            Cell::int(flow.processed.percentile(0.95)),
            Cell::share(flow.errors, processed),
            Cell::count(flow.errors),
            Cell::count(flow.retries),
            Cell::int(i64::try_from(backlog).ok()),
            rate(flow.published),
            rate(processed),
            Cell::Int(flow.processed.self_time()),
            Cell::ratio(flow.processed.self_time() as f64, total as f64),
            Cell::int(mean(flow.sizes.0, flow.sizes.1)),
            Cell::Counts(family.counted(&flow.producers)),
            Cell::Counts(family.counted(&flow.consumers)),
            flow.processed.longest().map_or(Cell::None, Cell::Span),
        ]);
        row
    };
    let mut columns = COLUMNS.to_vec();
    if by_job {
        columns.insert(1, JOB);
    }
    columns.extend(LAST);
    let mut table = Table {
        module: Module::Queues,
        rows: groups.into_iter().map(row).collect(),
        columns,
        time,
        notes: Vec::new(),
    };
    let order = table.column("time_spent").unwrap_or_default();
    table.sort(order, true);
    table
}

impl Flow {
    fn add(&mut self, message: &Message, messages: &Messages, family: &Family) {
        if let Some(size) = message.size {
            self.sizes.0 += size as i128;
            self.sizes.1 += 1;
        }
        let transaction = message.member.map(|member| family.transaction(member));
        if message.is_published {
            self.published += 1;
            if let Some(transaction) = transaction {
                *self.producers.entry(transaction).or_default() += 1;
            }
            return;
        }
        let own = message.member.map(|member| family.self_time(member));
        let self_time = own.unwrap_or(message.duration);
        self.processed.take(message.duration, self_time, message.at);
        if let Some(transaction) = transaction {
            *self.consumers.entry(transaction).or_default() += 1;
        }
        self.errors += u64::from(message.failed);
        self.retries += u64::from(message.retried);
        match message.said_latency() {
            Some(latency) => self.said.push(latency),
            None => self.measured.extend(messages.measured(message, family)),
        }
    }

    /// How long messages waited. What consumers say and what spans show are two measures, and are not mixed.
    fn take_waited(&mut self) -> Vec<i64> {
        let measured = std::mem::take(&mut self.measured);
        match self.said.is_empty() {
            true => measured,
            false => std::mem::take(&mut self.said),
        }
    }
}
