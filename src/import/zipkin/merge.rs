//! Puts together what Zipkin reports apart.
//!
//! Both ends of a call may use one span id: the server's half becomes a child of the client's, with an id made from the
//! shared one. Data that came late, without a start, joins its twin. Trace ids of 64 bits join the one of 128 with the
//! same end. Looks at one batch; halves farther apart than a stretch stay as they are.

use crate::import::tags::{add, add_text};
use crate::model::batch::{Batch, SpanKind};
use crate::model::conventions::kept;
use crate::model::{Nanos, SpanId, TraceId};
use hashbrown::{HashMap, HashSet};
use xxhash_rust::xxh3::xxh3_64;

const SHORT: &str =
    "Spans with a trace id of 64 bits joined the trace whose id of 128 bits ends so";
const HALVES: &str = "Server halves of shared spans became children of the client's half; the shared id is kept as attribute headwater.original_span_id";
const LATE: &str = "Spans without a start joined the span of the same id";
const NO_START: &str = "Spans without a start are placed at the first start of their trace";

type Key = (TraceId, SpanId);

/// Does all of it.
pub fn merge(batch: &mut Batch) {
    lengthen(batch);
    join_late(batch);
    part_halves(batch);
    place_unstarted(batch);
}

fn low(id: TraceId) -> u64 {
    u128::from_be_bytes(id.0) as u64
}

fn is_short(id: TraceId) -> bool {
    u128::from_be_bytes(id.0) >> 64 == 0
}

fn lengthen(batch: &mut Batch) {
    let long = batch.spans.iter().filter(|span| !is_short(span.trace));
    let long: HashMap<u64, TraceId> = long.map(|span| (low(span.trace), span.trace)).collect();
    for index in 0..batch.spans.len() {
        let short = batch.spans[index].trace;
        if is_short(short)
            && let Some(trace) = long.get(&low(short))
        {
            batch.spans[index].trace = *trace;
            add_text(
                batch,
                index,
                kept::ORIGINAL_TRACE,
                &format!("{:016x}", low(short)),
            );
            batch.problems.repair(SHORT);
        }
    }
}

fn join_late(batch: &mut Batch) {
    let started = batch.spans.iter().enumerate();
    let started = started.filter(|(_, span)| span.start.0 > 0);
    let twins: HashMap<(Key, u32), usize> = started
        .map(|(index, span)| (((span.trace, span.id), span.resource), index))
        .collect();
    let mut joined = HashSet::new();
    for index in 0..batch.spans.len() {
        let late = &batch.spans[index];
        let twin = twins.get(&((late.trace, late.id), late.resource));
        let Some(twin) = twin.copied().filter(|_| late.start.0 == 0) else {
            continue;
        };
        let late = late.clone();
        let more = batch.attrs(&late.attrs).to_vec();
        add(batch, twin, &more);
        let span = &mut batch.spans[twin];
        if span.name.is_empty() {
            span.name = late.name;
        }
        if span.parent.is_none() {
            span.parent = late.parent;
        }
        if span.kind == SpanKind::Unspecified {
            span.kind = late.kind;
        }
        if span.events.is_empty() {
            span.events = late.events;
        }
        span.duration = span.duration.max(late.duration);
        batch.problems.repair(LATE);
        joined.insert(index);
    }
    let mut index = 0;
    batch.spans.retain(|_| {
        index += 1;
        !joined.contains(&(index - 1))
    });
}

fn part_halves(batch: &mut Batch) {
    let clients = batch.spans.iter();
    let clients = clients.filter(|span| span.kind == SpanKind::Client);
    let clients: HashSet<Key> = clients.map(|span| (span.trace, span.id)).collect();
    let mut servers = HashMap::new();
    for index in 0..batch.spans.len() {
        let span = &batch.spans[index];
        let (key, id) = ((span.trace, span.id), span.id);
        if span.kind != SpanKind::Server || !clients.contains(&key) {
            continue;
        }
        let own = SpanId(xxh3_64(format!("{id} server").as_bytes()));
        servers.insert((key, span.resource), own);
        let span = &mut batch.spans[index];
        span.id = own;
        span.parent = id;
        add_text(batch, index, kept::ORIGINAL_SPAN, &id.to_string());
        batch.problems.repair(HALVES);
    }
    // What the server did names the shared id as its parent, too.
    for span in &mut batch.spans {
        let server = servers.get(&((span.trace, span.parent), span.resource));
        if let Some(server) = server
            && *server != span.id
        {
            span.parent = *server;
        }
    }
}

fn place_unstarted(batch: &mut Batch) {
    if batch.spans.iter().all(|span| span.start.0 > 0) {
        return;
    }
    let mut first: HashMap<TraceId, Nanos> = HashMap::new();
    for span in batch.spans.iter().filter(|span| span.start.0 > 0) {
        let start = first.entry(span.trace).or_insert(span.start);
        *start = span.start.min(*start);
    }
    for span in batch.spans.iter_mut().filter(|span| span.start.0 == 0) {
        span.start = first.get(&span.trace).copied().unwrap_or_default();
        batch.problems.repair(NO_START);
    }
}
