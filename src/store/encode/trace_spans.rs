//! The spans of a segment by trace: their cores packed, and what they add to the trace's row.

use super::NONE;
use crate::model::batch::SpanStatus;
use crate::store::bits::Bits;
use crate::store::flags;
use crate::store::span_block::{self, Core};

/// The spans that one trace has in a segment.
pub(in crate::store) struct TraceSpans {
    /// Index into the batch's traces, or [`NONE`].
    pub trace: u32,
    /// The cores; services and operations are indices into the batch's strings.
    pub block: Vec<u8>,
    /// What they amount to.
    pub sums: Sums,
}

/// What spans add to their trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Sums {
    /// First start and last end.
    pub extent: Option<(i64, i64)>,
    pub spans: i64,
    pub failed: i64,
    /// Indices into the batch's strings, each once.
    pub services: Vec<u32>,
}

impl Sums {
    pub fn of(cores: &[Core]) -> Self {
        let mut sums = Self::default();
        for core in cores {
            let end = core.start.saturating_add(core.duration);
            let (first, last) = sums.extent.unwrap_or((core.start, end));
            sums.extent = Some((first.min(core.start), last.max(end)));
            sums.failed += i64::from(flags::status(i64::from(core.flags)) == SpanStatus::Error);
            if !sums.services.contains(&core.service) {
                sums.services.push(core.service);
            }
        }
        sums.spans = cores.len() as i64;
        sums
    }

    pub fn add(&mut self, more: &Self) {
        self.extent = match (self.extent, more.extent) {
            (Some(own), Some(other)) => Some((own.0.min(other.0), own.1.max(other.1))),
            (own, other) => own.or(other),
        };
        self.spans += more.spans;
        self.failed += more.failed;
        for service in &more.services {
            if !self.services.contains(service) {
                self.services.push(*service);
            }
        }
    }
}

/// Groups the cores of a segment, one a row, by the trace of their row. Rows that are the same span as another are left
/// out and returned.
pub(super) fn by_trace(
    traces: &[u32],
    cores: &[Core],
    trace_count: usize,
) -> (Vec<TraceSpans>, Bits) {
    let mut dropped = Bits::none(cores.len());
    let mut grouped = Vec::new();
    let order = in_order_of_traces(traces, trace_count);
    let trace_of = |row: u32| traces.get(row as usize).copied().unwrap_or(NONE);
    for rows in order.chunk_by(|a, b| trace_of(*a) == trace_of(*b)) {
        let mut own: Vec<Core> = rows.iter().map(|row| cores[*row as usize]).collect();
        own.sort_unstable_by_key(|core| (core.identity(), core.row));
        own.dedup_by(|core, before| {
            let twin = core.identity() == before.identity();
            if twin {
                dropped.set(core.row as usize);
            }
            twin
        });
        grouped.push(TraceSpans {
            trace: rows.first().map_or(NONE, |row| trace_of(*row)),
            block: span_block::pack(&own),
            sums: Sums::of(&own),
        });
    }
    (grouped, dropped)
}

/// All rows, those of the first trace first; rows without a trace come last. Counts instead of comparing: traces mostly
/// come one after the other.
fn in_order_of_traces(traces: &[u32], trace_count: usize) -> Vec<u32> {
    let place = |trace: u32| (trace as usize).min(trace_count);
    let mut next = vec![0u32; trace_count + 2];
    for trace in traces {
        next[place(*trace) + 1] += 1;
    }
    for at in 1..next.len() {
        next[at] += next[at - 1];
    }
    let mut order = vec![0; traces.len()];
    for (row, trace) in (0..).zip(traces) {
        let at = &mut next[place(*trace)];
        order[*at as usize] = row;
        *at += 1;
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn core(row: u32, id: u64, start: i64, service: u32) -> Core {
        Core {
            id,
            fingerprint: 0,
            parent: 0,
            start,
            duration: 10,
            service,
            op: 0,
            row,
            flags: flags::pack(Default::default(), SpanStatus::Error, false),
        }
    }

    #[test]
    fn spans_are_grouped_and_twins_left_out() {
        let cores = [
            core(0, 7, 100, 1),
            core(1, 3, 90, 1),
            core(2, 5, 50, 2),
            core(3, 7, 100, 1),
            core(4, 1, 0, 1),
        ];
        let (grouped, dropped) = by_trace(&[1, 0, 1, 1, NONE], &cores, 2);
        let traces: Vec<u32> = grouped.iter().map(|spans| spans.trace).collect();
        assert_eq!(traces, [0, 1, NONE]);
        assert_eq!(dropped.iter().collect::<Vec<_>>(), [3]);
        let second = span_block::unpack(&grouped[1].block).unwrap();
        assert_eq!(second, [cores[2], cores[0]]);
        let sums = Sums {
            extent: Some((50, 110)),
            spans: 2,
            failed: 2,
            services: vec![2, 1],
        };
        assert_eq!(grouped[1].sums, sums);
    }

    #[test]
    fn sums_add_up() {
        let mut sums = Sums::default();
        sums.add(&Sums::of(&[core(0, 1, 5, 1)]));
        sums.add(&Sums::of(&[core(1, 2, 0, 2), core(2, 3, 9, 1)]));
        sums.add(&Sums::default());
        let all = Sums::of(&[core(0, 1, 5, 1), core(1, 2, 0, 2), core(2, 3, 9, 1)]);
        assert_eq!(sums, all);
    }
}
