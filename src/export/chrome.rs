//! A trace as Chrome's trace events, for Perfetto and `chrome://tracing`.
//!
//! A service is a process. Within a thread, slices may only nest; so a span goes into its parent's thread if it fits there,
//! else into the one that has been free for longest, else into a new one. Times count from the start of the trace, in
//! microseconds with three decimals, so that no nanosecond is lost; the start itself is told beside.

use super::json_text::quoted;
use super::source::Material;
use crate::analysis::{SpanIndex, SpanTree};
use crate::model::trace::Trace;
use crate::model::{Nanos, Value};
use serde_json::Value as Json;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io::{self, Write};

/// Writes the trace.
///
/// # Errors
/// Those of the file and of reading records.
pub fn write(material: &Material, out: &mut dyn Write) -> io::Result<()> {
    let trace = material.trace;
    let start = trace.range().start;
    let services: BTreeMap<&str, usize> =
        trace.spans.iter().map(|span| (&*span.service, 0)).collect();
    let services: BTreeMap<&str, usize> = services.into_keys().zip(1..).collect();
    let threads = threads(trace);
    writeln!(
        out,
        "{{\"displayTimeUnit\":\"ms\",\"otherData\":{{\"trace_id\":\"{}\",\"start_unix_nano\":\"{}\"}},\"traceEvents\":[",
        trace.id, start.0
    )?;
    for (service, process) in &services {
        let name = if service.is_empty() {
            "unknown service"
        } else {
            service
        };
        writeln!(
            out,
            "{{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":{process},\"tid\":0,\"args\":{{\"name\":{}}}}},",
            quoted(name)
        )?;
    }
    let mut place = 0;
    material.spans(|spans, details| {
        for (span, details) in spans.iter().zip(details) {
            let mut args = vec![("span_id".to_owned(), quoted(&span.id.to_string()))];
            if let Some(parent) = span.parent() {
                args.push(("parent_span_id".to_owned(), quoted(&parent.to_string())));
            }
            let status = span.status.name();
            args.push(("status".to_owned(), quoted(status)));
            if !span.description.is_empty() && span.description != span.name {
                args.push(("description".to_owned(), quoted(&span.description)));
            }
            let own = details.attributes.iter();
            args.extend(own.map(|(name, value)| (name.to_string(), plain(value))));
            let args: Vec<String> = args
                .into_iter()
                .map(|(name, json)| format!("{}:{json}", quoted(&name)))
                .collect();
            writeln!(
                out,
                "{{\"ph\":\"X\",\"name\":{},\"cat\":{},\"ts\":{},\"dur\":{},\"pid\":{},\"tid\":{},\"args\":{{{}}}}},",
                quoted(&span.name),
                quoted(if span.op.is_empty() { "span" } else { &span.op }),
                micros(span.start - start),
                micros(span.duration),
                services.get(&*span.service).copied().unwrap_or(0),
                threads[place],
                args.join(",")
            )?;
            place += 1;
        }
        Ok(())
    })?;
    let logs = trace
        .logs
        .iter()
        .map(|log| (log.time, "log", &log.body, &log.service));
    let errors = trace
        .errors
        .iter()
        .map(|error| (error.time, "error", &error.message, &error.service));
    for (time, kind, text, service) in logs.chain(errors) {
        writeln!(
            out,
            "{{\"ph\":\"i\",\"s\":\"p\",\"name\":{},\"cat\":\"{kind}\",\"ts\":{},\"pid\":{},\"tid\":1}},",
            quoted(text),
            micros(time - start),
            services.get(&**service).copied().unwrap_or(0),
        )?;
    }
    // An event of its own at the end saves knowing which is the last.
    writeln!(
        out,
        "{{\"ph\":\"M\",\"name\":\"trace_name\",\"pid\":0,\"tid\":0,\"args\":{{\"name\":\"{}\"}}}}]}}",
        trace.id
    )
}

/// Nanoseconds as microseconds with three decimals.
fn micros(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    format!("{sign}{}.{:03}", nanos / 1_000, nanos % 1_000)
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Float(number) if number.is_finite() => Json::from(*number).to_string(),
        Value::Json(json) if super::json_text::is_json(json) => json.replace(['\n', '\r'], " "),
        other => quoted(&other.text()),
    }
}

/// The spans that are open in a thread, by their ends.
#[derive(Default)]
struct Thread {
    open: Vec<Nanos>,
}

impl Thread {
    /// Whether a span fits in at its start: what is open then ends no earlier.
    fn takes(&mut self, start: Nanos, end: Nanos) -> bool {
        while self.open.last().is_some_and(|open| *open <= start) {
            self.open.pop();
        }
        self.open.last().is_none_or(|open| *open >= end)
    }
}

/// Threads that nothing runs in from a time on, the earliest first.
type Free = BinaryHeap<Reverse<(Nanos, usize)>>;

/// The thread of each span within its service, from 1 on.
fn threads(trace: &Trace) -> Vec<usize> {
    let tree = SpanTree::new(trace);
    let mut of_services: BTreeMap<&str, (Vec<Thread>, Free)> = BTreeMap::new();
    let mut found = vec![0usize; trace.spans.len()];
    // In order of start, the longer first: what begins together nests.
    let mut order: Vec<usize> = (0..trace.spans.len()).collect();
    order.sort_by_key(|at| {
        (
            trace.spans[*at].start,
            Reverse(trace.spans[*at].duration),
            *at,
        )
    });
    for at in order {
        let span = &trace.spans[at];
        let (threads, free) = of_services.entry(&span.service).or_default();
        let parent = tree.parent(SpanIndex(at as u32)).map(SpanIndex::at);
        let of_parent = parent
            .filter(|parent| trace.spans[*parent].service == span.service && found[*parent] > 0)
            .map(|parent| found[parent] - 1)
            .filter(|thread| threads[*thread].takes(span.start, span.end()));
        let thread = of_parent.unwrap_or_else(|| {
            // A thread may have got another span since it was put aside.
            while let Some(Reverse((until, thread))) = free.peek().copied() {
                if until > span.start {
                    break;
                }
                free.pop();
                let is_idle = threads[thread].takes(span.start, span.end());
                if is_idle && threads[thread].open.is_empty() {
                    return thread;
                }
            }
            threads.push(Thread::default());
            threads.len() - 1
        });
        let own = &mut threads[thread];
        if own.takes(span.start, span.end()) && own.open.is_empty() {
            free.push(Reverse((span.end(), thread)));
        }
        own.open.push(span.end());
        found[at] = thread + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_trace::trace;

    #[test]
    fn slices_of_a_thread_nest() {
        //  1 |------------|
        //  2   |----|
        //  3      |----|        beside 2
        //  4            |---|   beyond 1
        //  5      |-|           within 3
        //  6        |-------|   beyond 3, 4 still to come
        let found = threads(&trace(&[
            (1, 0, 0, 100),
            (2, 1, 10, 50),
            (3, 1, 40, 80),
            (4, 1, 90, 130),
            (5, 3, 40, 60),
            (6, 3, 60, 130),
        ]));
        // In order of start: 1, 2, 3, 5, 6, 4.
        assert_eq!(found, [1, 1, 2, 2, 3, 2]);
    }

    #[test]
    fn no_nanosecond_is_lost() {
        assert_eq!(
            [micros(1_234_567), micros(7), micros(-1_001)],
            ["1234.567", "0.007", "-1.001"]
        );
    }
}
