//! Queues: what was left for others to do, by destination and job.
//!
//! Selected are `queue.publish` and `queue.process`, and of what older SDKs wrote `queue.submit.*` and `queue.task.*`, but only
//! where it is not wrapped around one of the former: a job is counted once. Columns:
//!
//! | column | meaning |
//! |---|---|
//! | `destination, job` | the queue, and what is to be done; grouped by `destination`, jobs are merged |
//! | `published, processed` | how many were put in and taken out |
//! | `avg_time_in_queue, p95_time_in_queue` | of `messaging.message.receive.latency`; where that is missing, from the start of the publishing span above to that of the processing one |
//! | `avg_processing, p95_processing` | of the duration of processing |
//! | `error_rate, errors` | processing spans that ended with an error, of all |
//! | `retries` | processing of messages that were tried before (`messaging.message.retry.count` above 0) |
//! | `backlog` | published − processed in the time looked at; below zero where what was published before was worked off |
//! | `published_pm, processed_pm` | a minute of the time looked at |
//! | `time_spent, share` | the sum of self times of processing, and its share of that of all rows |
//! | `avg_message_size` | mean of `messaging.message.body.size`, bytes |
//! | `producers, consumers` | the transactions that published and processed, with how often |
//! | `slowest` | the longest processing |

use super::family::{Family, Member};
use super::gather::{Groups, Sum, add_counts, gather};
use super::measure::{Measure, mean, per_minute};
use super::over::Over;
use super::table::{column, detail};
use super::texts::{Codes, Texts};
use super::{Asked, Cell, Column, Module, Table, Unit};
use crate::analysis::percentile::percentile;
use crate::model::{CancelToken, TimeRange};
use crate::store::{Reader, SpanColumns, StoreError};
use hashbrown::{HashMap, HashSet};

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

const OP: usize = 0;
const DESTINATION: usize = 1;
const TASK: usize = 2;
const NAME: usize = 3;
const STATUS: usize = 4;
const LATENCY: usize = 5;
const RETRY: usize = 6;
const SIZE: usize = 7;
const NAMES: &[&[&str]] = &[
    &["op"],
    &["messaging.destination.name"],
    &["celery.task_name"],
    &["name", "description"],
    &["status"],
    &["messaging.message.receive.latency"],
    &["messaging.message.retry.count"],
    &["messaging.message.body.size"],
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

#[derive(Default)]
struct Flow {
    published: u64,
    producers: HashMap<u32, u64>,
    processed: Measure,
    consumers: HashMap<u32, u64>,
    waited: Vec<i64>,
    errors: u64,
    retries: u64,
    sizes: (i128, u64),
}

impl Sum for Flow {
    fn absorb(&mut self, other: Self) {
        self.published += other.published;
        add_counts(&mut self.producers, other.producers);
        self.processed.absorb(other.processed);
        add_counts(&mut self.consumers, other.consumers);
        self.waited.extend(other.waited);
        self.errors += other.errors;
        self.retries += other.retries;
        self.sizes.0 += other.sizes.0;
        self.sizes.1 += other.sizes.1;
    }
}

/// Destination and job, by number.
type Key = (u32, u32);

/// See the module.
pub(super) fn tables(
    reader: &Reader,
    asked: &Asked,
    over: &Over,
    cancel: &CancelToken,
) -> Result<Vec<Table>, StoreError> {
    let family = Family::read(reader, cancel)?;
    let ends = Ends::read(reader, &family, cancel)?;
    let texts = Texts::default();
    let by_job = !asked.is_by("destination");
    let filter = asked.spans(SELECTED);
    let all = gather(reader, &filter, NAMES, over, cancel, |columns, groups| {
        add(columns, &family, &ends, (&texts, by_job), groups);
    })?;
    let time = asked.time(reader, cancel)?;
    let of_stretch =
        |(groups, time)| table_of(over.wanted(groups), &family, (&texts, by_job), time);
    Ok(all
        .into_iter()
        .zip(over.times(time))
        .map(of_stretch)
        .collect())
}

fn table_of(
    groups: Groups<Key, Flow>,
    family: &Family,
    (texts, by_job): (&Texts, bool),
    time: Option<TimeRange>,
) -> Table {
    let spent = |flow: &Flow| i128::from(flow.processed.self_time());
    let total: i128 = groups.values().map(spent).sum();
    let rate = |count: u64| per_minute(count, time).map_or(Cell::None, Cell::Float);
    let row = |((destination, job), mut flow): (Key, Flow)| {
        let mut row = vec![Cell::text(&texts.get(destination))];
        if by_job {
            row.push(Cell::text(&texts.get(job)));
        }
        let processed = flow.processed.count();
        let waited: i128 = flow.waited.iter().map(|wait| i128::from(*wait)).sum();
        let has_waited = !flow.waited.is_empty();
        let backlog = i128::from(flow.published) - i128::from(processed);
        row.extend([
            Cell::count(flow.published),
            Cell::count(processed),
            Cell::int(mean(waited, flow.waited.len() as u64)),
            Cell::int(has_waited.then(|| percentile(&mut flow.waited, 0.95))),
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

    /// How long a message waited, by the spans at both ends: the next publishing span above it, if no other transaction
    /// lies between.
    fn waited(&self, member: Member, family: &Family) -> Option<i64> {
        let mut above = family.parent(member)?;
        if family.entry(member) != member && family.is_segment(above) {
            above = family.parent(above)?;
        }
        let is_publishing = matches!(self.sides.get(&above), Some(Side::Publish | Side::Submit));
        is_publishing.then(|| family.start(member).saturating_sub(family.start(above)))
    }
}

fn add(
    columns: &SpanColumns,
    family: &Family,
    ends: &Ends,
    (texts, by_job): (&Texts, bool),
    groups: &mut Groups<Key, Flow>,
) {
    let mut sides = Codes::new(columns.codes(OP));
    let mut destinations = Codes::new(columns.codes(DESTINATION));
    let mut jobs = [TASK, NAME].map(|at| Codes::new(columns.codes(at)));
    let mut failures = Codes::new(columns.codes(STATUS));
    for row in columns.rows().iter().copied() {
        let Some(op) = columns.code(OP, row) else {
            continue;
        };
        let member = family.member(columns.at(row));
        let side = sides.get(op, || side(columns.text(OP, op).unwrap_or_default()));
        let Some(is_published) = ends.counts(side, member) else {
            continue;
        };
        let destination = columns.code(DESTINATION, row).map_or(0, |code| {
            destinations.get(code, || texts.of(&columns.value(DESTINATION, code).text()))
        });
        let job = [TASK, NAME].iter().zip(&mut jobs).find_map(|(at, known)| {
            let code = columns.code(*at, row)?;
            Some(known.get(code, || {
                texts.of(job(columns.text(*at, code).unwrap_or_default()))
            }))
        });
        let job = job.filter(|_| by_job).unwrap_or(0);
        let flow = groups.entry((destination, job)).or_default();
        if let Some(size) = columns.float(SIZE, row) {
            flow.sizes.0 += size as i128;
            flow.sizes.1 += 1;
        }
        let transaction = member.map(|member| family.transaction(member));
        if is_published {
            flow.published += 1;
            if let Some(transaction) = transaction {
                *flow.producers.entry(transaction).or_default() += 1;
            }
            continue;
        }
        let self_time = member.map_or(columns.duration(row), |member| family.self_time(member));
        flow.processed.add(columns, row, self_time);
        if let Some(transaction) = transaction {
            *flow.consumers.entry(transaction).or_default() += 1;
        }
        let failed = columns
            .code(STATUS, row)
            .is_some_and(|code| failures.get(code, || columns.text(STATUS, code) == Some("error")));
        flow.errors += u64::from(failed);
        flow.retries += u64::from(columns.float(RETRY, row).is_some_and(|count| count > 0.0));
        let recorded = columns
            .float(LATENCY, row)
            .map(|millis| (millis * 1e6).round() as i64);
        let waited = recorded.or_else(|| ends.waited(member?, family));
        flow.waited.extend(waited.filter(|wait| *wait >= 0));
    }
}

/// The job behind a span's name: OpenTelemetry's Celery puts what it does in front.
fn job(name: &str) -> &str {
    let ends = ["run/", "apply_async/"];
    ends.into_iter()
        .find_map(|end| name.strip_prefix(end))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_one_end_of_a_queue() {
        assert!(side("queue.publish") == Side::Publish && side("queue.process") == Side::Process);
        assert!(side("queue.submit.celery") == Side::Submit && side("queue.task.rq") == Side::Task);
        assert_eq!(job("run/shop.tasks.mail"), "shop.tasks.mail");
        assert_eq!(job("shop.tasks.mail"), "shop.tasks.mail");
    }
}
