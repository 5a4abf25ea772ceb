//! Batches become segments: everything that can be done without knowing the store, done on the parser threads.
//!
//! A batch is cut into segments of at most [`SEGMENT_ROWS`] records of one kind, and each attribute of a segment into a
//! column ([`column`](mod@column)), compressed ([`blob`]) and with a filter for rare values ([`bloom`]). What only the writer can
//! know, the numbers of traces, resources and scopes, stays as indices into lists of the batch.

pub(super) mod blob;
pub(super) mod bloom;
mod builtin;
pub(super) mod column;
mod encoded;
mod scratch;
pub(super) mod trace_spans;

use super::RecordKind;
use super::bits::Bits;
use super::fields::attribute_column;
use super::resource;
use super::span_block::Core;
use super::value::ValueRef;
use crate::model::TraceId;
use crate::model::batch::{
    AttrRange, Batch, ErrorRecord, LogRecord, Resource, SpanKind, SpanRecord, Text,
};
use crate::model::sink::Encode;
pub use encoded::EncodedBatch;
pub(super) use encoded::{
    EncodedCheckIn, EncodedError, EncodedResource, EncodedSegment, LocalTrace, Root,
};

use builtin::{LOG_NUMBERS, LOG_VALUES, Numbered, SPAN_NUMBERS, SPAN_VALUES, Valued, service_text};
use column::{EncodedColumn, Mark, encode_ints};
use hashbrown::HashMap;
use scratch::{Scratch, Scratches};
use trace_spans::by_trace;
use xxhash_rust::xxh3::{Xxh3, xxh3_64, xxh3_128};

/// Most records of a segment: fewer make filters slower, more make fetching single records slower.
pub(super) const SEGMENT_ROWS: usize = 32 * 1024;

/// How many records are looked at column by column before the next: as many as a core's cache holds.
const CACHED_RECORDS: usize = 256;

/// An index of a batch's list that stands for "none".
pub(super) const NONE: u32 = u32::MAX;

/// Encodes batches for [`super::Writer`].
pub struct SegmentEncoder {
    segment_rows: usize,
    scratch: Scratches,
}

impl SegmentEncoder {
    pub(super) fn new(segment_rows: usize) -> Self {
        Self {
            segment_rows,
            scratch: Scratches::default(),
        }
    }
}

impl Encode for SegmentEncoder {
    type Encoded = EncodedBatch;

    fn encode(&self, batch: &mut Batch) -> EncodedBatch {
        let mut encoding = Encoding::new(batch, self.scratch.take());
        for spans in batch.spans.chunks(self.segment_rows) {
            encoding.spans(spans);
        }
        for logs in batch.logs.chunks(self.segment_rows) {
            encoding.logs(logs);
        }
        encoding.errors();
        encoding.check_ins();
        let (out, scratch) = encoding.finish();
        self.scratch.give(scratch);
        out
    }
}

/// The work of encoding one batch.
struct Encoding<'b> {
    batch: &'b Batch,
    out: EncodedBatch,
    trace_index: HashMap<TraceId, u32>,
    string_index: HashMap<&'b str, u32>,
    scope_index: Vec<u32>,
    /// Builders for the built-in columns of a kind, then for the attributes by their names in the batch.
    scratch: Scratch<'b>,
    /// The trace that was asked for last.
    last_trace: Option<(TraceId, u32)>,
    /// The service of the resource that was asked for last.
    last_service: Option<(u32, u32)>,
    /// The operation that was asked for last: operations repeat, and mostly as the same text.
    last_op: Option<(Text, u32)>,
}

impl<'b> Encoding<'b> {
    fn new(batch: &'b Batch, scratch: Scratch<'b>) -> Self {
        let mut encoding = Self {
            batch,
            out: EncodedBatch {
                traces: Vec::new(),
                strings: Vec::new(),
                resources: Vec::new(),
                scopes: Vec::new(),
                segments: Vec::new(),
                errors: Vec::new(),
                check_ins: Vec::new(),
                repeated: 0,
            },
            trace_index: HashMap::new(),
            string_index: HashMap::new(),
            scope_index: Vec::new(),
            scratch,
            last_trace: None,
            last_service: None,
            last_op: None,
        };
        let names = batch.keys.names().len();
        encoding.scratch.builders_for(names);
        for resource in &batch.resources {
            let encoded = encoding.resource(resource);
            encoding.out.resources.push(encoded);
        }
        for scope in &batch.scopes {
            let pair = (batch.text(scope.name), batch.text(scope.version));
            let index = if pair == ("", "") {
                NONE
            } else {
                encoding.out.scopes.push((pair.0.into(), pair.1.into()));
                encoding.out.scopes.len() as u32 - 1
            };
            encoding.scope_index.push(index);
        }
        encoding
    }

    fn finish(self) -> (EncodedBatch, Scratch<'b>) {
        (self.out, self.scratch)
    }

    fn resource(&self, resource: &Resource) -> EncodedResource {
        let batch = self.batch;
        let attrs = batch.attrs(&resource.attrs).iter();
        let pairs = attrs.map(|attr| {
            let value = ValueRef::in_batch(batch, attr.value);
            (batch.keys.name(attr.key), value)
        });
        let attributes = resource::to_json(pairs);
        let (service, sdk) = (batch.text(resource.service), batch.text(resource.sdk));
        let identity = format!("{attributes}\0{service}\0{sdk}");
        EncodedResource {
            hash: xxh3_128(identity.as_bytes()),
            attributes,
            service: service.into(),
            sdk: sdk.into(),
        }
    }

    /// The index of a text in the batch's strings.
    fn string(&mut self, text: &'b str) -> u32 {
        *self.string_index.entry(text).or_insert_with(|| {
            self.out.strings.push(text.into());
            self.out.strings.len() as u32 - 1
        })
    }

    /// The index of a trace in the batch's traces.
    fn trace(&mut self, id: TraceId) -> u32 {
        if id.is_none() {
            return NONE;
        }
        if let Some((known, index)) = self.last_trace
            && known == id
        {
            return index;
        }
        let index = *self.trace_index.entry(id).or_insert_with(|| {
            self.out.traces.push(LocalTrace { id, root: None });
            self.out.traces.len() as u32 - 1
        });
        self.last_trace = Some((id, index));
        index
    }

    /// The index of a resource, if the batch has it.
    fn resource_index(&self, index: u32) -> u32 {
        let known = (index as usize) < self.out.resources.len();
        if known { index } else { NONE }
    }

    fn scope_index(&self, index: u32) -> u32 {
        self.scope_index
            .get(index as usize)
            .copied()
            .unwrap_or(NONE)
    }

    /// The service of a resource as an index into the batch's strings.
    fn service(&mut self, resource: u32) -> u32 {
        if let Some((known, index)) = self.last_service
            && known == resource
        {
            return index;
        }
        let index = self.string(service_text(self.batch, resource));
        self.last_service = Some((resource, index));
        index
    }

    /// An operation as an index into the batch's strings.
    fn op(&mut self, op: Text) -> u32 {
        if let Some((known, index)) = self.last_op
            && known == op
        {
            return index;
        }
        let index = self.string(self.batch.text(op));
        self.last_op = Some((op, index));
        index
    }

    /// The columns of records: what all have, then their own attributes.
    fn columns<R>(
        &mut self,
        records: &'b [R],
        numbers: &[Numbered<R>],
        values: &[Valued<R>],
        attrs: fn(&R) -> AttrRange,
    ) -> Vec<EncodedColumn> {
        let scratch = &mut self.scratch;
        scratch.builtin_for(numbers.len(), values.len());
        // A few records at a time: they are looked at once a column, and should still be in the cache.
        for (part, records) in records.chunks(CACHED_RECORDS).enumerate() {
            let first = (part * CACHED_RECORDS) as u32;
            for (column, (_, _, number)) in scratch.numbers.iter_mut().zip(numbers) {
                column.extend(records.iter().map(number));
            }
            for (builder, (_, mark, value)) in scratch.builtin.iter_mut().zip(values) {
                for (row, record) in (first..).zip(records) {
                    builder.push(row, mark(record), || value(self.batch, record));
                }
            }
            for (row, record) in (first..).zip(records) {
                for attr in self.batch.attrs(&attrs(record)) {
                    let builder = &mut scratch.builders[attr.key.0 as usize];
                    let value = || Some(ValueRef::in_batch(self.batch, attr.value));
                    let repeated = builder.push(row, Mark::of(attr.value), value);
                    self.out.repeated += u64::from(repeated);
                }
            }
        }
        let rows = records.len() as u32;
        let mut columns = Vec::new();
        for (column, (name, zero_is_none, _)) in scratch.numbers.iter_mut().zip(numbers) {
            columns.push(encode_ints(name, column, *zero_is_none, &mut scratch.blob));
            column.clear();
        }
        for (builder, (name, ..)) in scratch.builtin.iter_mut().zip(values) {
            columns.extend(builder.finish(name, rows, &mut scratch.blob));
        }
        for (builder, name) in scratch.builders.iter_mut().zip(self.batch.keys.names()) {
            columns.extend(builder.finish(&attribute_column(name), rows, &mut scratch.blob));
        }
        columns
    }

    fn spans(&mut self, spans: &'b [SpanRecord]) {
        let columns = self.columns(spans, SPAN_NUMBERS, SPAN_VALUES, |span| span.attrs.clone());
        let mut traces = Vec::with_capacity(spans.len());
        let mut cores = Vec::with_capacity(spans.len());
        for (row, span) in (0..).zip(spans) {
            let trace = self.trace(span.trace);
            let core = self.core(row, span);
            self.offer_root(trace, span, &core);
            traces.push(trace);
            cores.push(core);
        }
        let (trace_spans, dropped) = by_trace(&traces, &cores, self.out.traces.len());
        let segment = EncodedSegment {
            kind: RecordKind::Span,
            columns,
            trace_spans,
            dropped,
            ..self.segment(spans, traces, |span| {
                (span.start.0, span.resource, span.scope)
            })
        };
        self.out.segments.push(segment);
    }

    fn core(&mut self, row: u32, span: &'b SpanRecord) -> Core {
        let name = self.batch.text(span.name);
        Core {
            id: span.id.0,
            fingerprint: fingerprint(span, name),
            parent: span.parent.0,
            start: span.start.0,
            duration: span.duration,
            service: self.service(span.resource),
            op: self.op(span.op),
            row,
            flags: super::flags::pack(span.kind, span.status, span.segment),
        }
    }

    /// Remembers the span as its trace's root if none before it was better.
    fn offer_root(&mut self, index: u32, span: &SpanRecord, core: &Core) {
        let Some(trace) = self.out.traces.get_mut(index as usize) else {
            return;
        };
        let mut offered = Root {
            rank: u8::from(!span.parent.is_none()),
            start: span.start.0,
            span: span.id,
            name: Box::default(),
            op: core.op,
            service: core.service,
        };
        let better = trace
            .root
            .as_ref()
            .is_none_or(|root| offered.order() < root.order());
        if better {
            let name = self.batch.text(span.name);
            let description = self.batch.text(span.description);
            offered.name = if name.is_empty() { description } else { name }.into();
            trace.root = Some(offered);
        }
    }

    fn logs(&mut self, logs: &'b [LogRecord]) {
        let columns = self.columns(logs, LOG_NUMBERS, LOG_VALUES, |log| log.attrs.clone());
        let traces = logs.iter().map(|log| self.trace(log.trace)).collect();
        let segment = EncodedSegment {
            columns,
            ..self.segment(logs, traces, |log| (log.time.0, log.resource, log.scope))
        };
        self.out.segments.push(segment);
    }

    /// A segment without columns. `of` gives time, resource and scope of a record.
    fn segment<R>(
        &self,
        records: &[R],
        traces: Vec<u32>,
        of: fn(&R) -> (i64, u32, u32),
    ) -> EncodedSegment {
        let mut segment = EncodedSegment {
            kind: RecordKind::Log,
            rows: records.len() as u32,
            time_min: i64::MAX,
            time_max: i64::MIN,
            traces,
            resources: Vec::with_capacity(records.len()),
            scopes: Vec::with_capacity(records.len()),
            columns: Vec::new(),
            trace_spans: Vec::new(),
            dropped: Bits::none(records.len()),
        };
        for (time, resource, scope) in records.iter().map(of) {
            segment.time_min = segment.time_min.min(time);
            segment.time_max = segment.time_max.max(time);
            segment.resources.push(self.resource_index(resource));
            segment.scopes.push(self.scope_index(scope));
        }
        segment
    }

    fn errors(&mut self) {
        let batch = self.batch;
        for error in &batch.errors {
            let owned = |text| Box::from(batch.text(text));
            let service = self.service(error.resource);
            let encoded = EncodedError {
                id: error_identity(batch, error),
                trace: self.trace(error.trace),
                span: error.span,
                time: error.time.0,
                level: owned(error.level),
                exception_type: owned(error.exception_type),
                message: owned(error.message),
                transaction: owned(error.transaction),
                service,
                resource: self.resource_index(error.resource),
                document: owned(error.document),
                position: error.position as i64,
            };
            self.out.errors.push(encoded);
        }
    }

    fn check_ins(&mut self) {
        let batch = self.batch;
        for told in &batch.check_ins {
            let owned = |text| Box::from(batch.text(text));
            let (monitor, status) = (batch.text(told.monitor), batch.text(told.status));
            let identity = format!("{monitor}\0{:x}\0{status}\0{}", told.run, told.time.0);
            let resource = batch.resources.get(told.resource as usize);
            self.out.check_ins.push(EncodedCheckIn {
                id: xxh3_128(identity.as_bytes()),
                run: told.run,
                monitor: monitor.into(),
                status: status.into(),
                time: told.time.0,
                duration: told.duration,
                environment: owned(told.environment),
                release: owned(told.release),
                service: resource.map_or_else(Box::default, |resource| owned(resource.service)),
                config: owned(told.config),
                trace: told.trace,
                span: told.span,
            });
        }
    }
}

/// Jaeger and Zipkin know times by the microsecond only.
const MICROSECOND: i64 = 1_000;

/// An error's own identity, or what it says, in which span and when: the same one is one in whatever form it comes.
fn error_identity(batch: &Batch, error: &ErrorRecord) -> u128 {
    if error.id != 0 {
        return error.id;
    }
    let mut hash = Xxh3::new();
    hash.update(&error.trace.0);
    hash.update(&error.span.0.to_be_bytes());
    hash.update(&error.time.0.div_euclid(MICROSECOND).to_le_bytes());
    hash.update(batch.text(error.exception_type).as_bytes());
    hash.update(b"\0");
    hash.update(batch.text(error.message).as_bytes());
    hash.digest128()
}

/// What, beside its id, makes a span the same in whatever form it comes. Zipkin has no word for internal spans.
fn fingerprint(span: &SpanRecord, name: &str) -> u32 {
    /// Names are mostly shorter; hashing in one go is much quicker than piece by piece, and gives the same.
    const USUAL: usize = 96;
    let kind = match span.kind {
        SpanKind::Internal => SpanKind::Unspecified,
        kind => kind,
    };
    let start = span.start.0.div_euclid(MICROSECOND).to_le_bytes();
    let duration = span.duration.div_euclid(MICROSECOND).to_le_bytes();
    let parts = [&start[..], &duration, &[kind as u8], name.as_bytes()];
    let mut whole = [0; USUAL];
    let mut len = 0;
    for part in parts {
        let Some(room) = whole.get_mut(len..len + part.len()) else {
            let mut hash = Xxh3::new();
            parts.iter().for_each(|part| hash.update(part));
            return hash.digest() as u32;
        };
        room.copy_from_slice(part);
        len += part.len();
    }
    xxh3_64(&whole[..len]) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Nanos;

    #[test]
    fn a_fingerprint_is_the_same_however_long_the_name() {
        let span = SpanRecord {
            start: Nanos(7_500),
            duration: 9_999,
            kind: SpanKind::Client,
            ..SpanRecord::default()
        };
        for len in [0, 1, 60, 78, 79, 80, 500] {
            let name = "n".repeat(len);
            let bytes = [
                &7i64.to_le_bytes()[..],
                &9i64.to_le_bytes(),
                &[3],
                name.as_bytes(),
            ];
            let expected = xxh3_64(&bytes.concat()) as u32;
            assert_eq!(fingerprint(&span, &name), expected, "{len}");
        }
    }
}
