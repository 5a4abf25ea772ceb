//! What is marked on the bars of a waterfall: events that spans recorded, and web vitals of pages ([`vitals`]), each at its
//! instant.
//!
//! Computed on a reader thread for the whole trace, in little memory: names are kept once, and the rest of an event is read
//! when its span is selected.

mod vitals;

use crate::analysis::SpanIndex;
use crate::analysis::span_events::span_events;
use crate::model::record::RecordRef;
use crate::model::trace::Trace;
use crate::model::{CancelToken, Nanos, SpanId};
use crate::store::{Reader, StoreError};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Spans whose events are read at a time.
const STRETCH: usize = 4_096;
/// The name of events that are shown as errors.
const EXCEPTION: &str = "exception";
/// Something that happened at an instant of a span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BarMark {
    /// The span's place in the trace.
    pub span: SpanIndex,
    /// When.
    pub time: Nanos,
    /// What.
    pub what: MarkKind,
}

/// What is marked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MarkKind {
    /// An event, by the number of its name.
    Event(u32),
    /// A web vital.
    Vital {
        /// `LCP`, …
        name: &'static str,
        /// Milliseconds; of a layout shift a number without a unit.
        value: f64,
        /// How well it scores, 0 to 1; `None` where there is no curve for it.
        score: Option<f64>,
        /// Whether it is a sum up to then, of which no instant was recorded.
        is_sum: bool,
    },
}

/// The marks of a trace.
#[derive(Debug, Default)]
pub struct BarMarks {
    names: Vec<Arc<str>>,
    /// Span by span, and of each in order of time.
    marks: Vec<BarMark>,
}

impl BarMarks {
    /// Reads them.
    pub(super) fn read(
        reader: &Reader,
        trace: &Trace,
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let mut marks = Self::default();
        marks.read_events(reader, trace, cancel)?;
        marks.marks.extend(vitals::read(reader, trace, cancel)?);
        marks.marks.sort_by_key(|mark| (mark.span, mark.time));
        Ok(marks)
    }

    fn read_events(
        &mut self,
        reader: &Reader,
        trace: &Trace,
        cancel: &CancelToken,
    ) -> Result<(), StoreError> {
        // An exception is an error as well, which has a mark of its own.
        let failed: HashSet<SpanId> = trace.errors.iter().filter_map(|error| error.span).collect();
        let mut known: HashMap<String, u32> = HashMap::new();
        for (stretch, spans) in trace.spans.chunks(STRETCH).enumerate() {
            let refs: Vec<RecordRef> = spans.iter().map(|span| span.at).collect();
            for (place, json) in reader.span_events(&refs, cancel)? {
                let span = SpanIndex((stretch * STRETCH + place) as u32);
                for event in span_events(&json) {
                    let is_error = event.name == EXCEPTION && failed.contains(&spans[place].id);
                    let Some(time) = event.time.filter(|_| !is_error) else {
                        continue;
                    };
                    let next = self.names.len() as u32;
                    let name = *known.entry(event.name).or_insert_with_key(|name| {
                        self.names.push(name.as_str().into());
                        next
                    });
                    self.marks.push(BarMark {
                        span,
                        time,
                        what: MarkKind::Event(name),
                    });
                }
            }
        }
        Ok(())
    }

    /// Those of a span, in order of time.
    pub fn of(&self, span: SpanIndex) -> &[BarMark] {
        let from = self.marks.partition_point(|mark| mark.span < span);
        let to = self.marks.partition_point(|mark| mark.span <= span);
        &self.marks[from..to]
    }

    /// What a mark is called.
    pub fn name(&self, mark: &BarMark) -> &str {
        match mark.what {
            MarkKind::Vital { name, .. } => name,
            MarkKind::Event(name) => self.names.get(name as usize).map_or("event", |name| name),
        }
    }
}
