//! Batches become segments: everything that can be done without knowing the store, done on the parser threads.
//!
//! A batch is cut into segments of at most [`SEGMENT_ROWS`] records of one kind, and each attribute of a segment into a
//! column ([`column`]), compressed ([`blob`]) and with a filter for rare values ([`bloom`]). What only the writer can
//! know, the numbers of traces, resources and scopes, stays as indices into lists of the batch.

pub(super) mod blob;
pub(super) mod bloom;
pub(super) mod column;
mod encoded;

use super::RecordKind;
use super::fields::{attribute_column, column as name, level_name};
use super::resource;
use super::value::ValueRef;
use crate::model::TraceId;
use crate::model::batch::{Batch, LogRecord, Resource, SpanRecord, Text};
use crate::model::sink::Encode;
pub use encoded::EncodedBatch;
pub(super) use encoded::{
    EncodedError, EncodedResource, EncodedSegment, LocalTrace, Root, SpanRow,
};

use blob::BlobWriter;
use column::{ColumnBuilder, EncodedColumn, encode_ints};
use hashbrown::HashMap;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// Most records of a segment: fewer make filters slower, more make fetching single records slower.
pub(super) const SEGMENT_ROWS: usize = 32 * 1024;

/// An index of a batch's list that stands for "none".
pub(super) const NONE: u32 = u32::MAX;

/// Encodes batches for [`super::Writer`].
pub struct SegmentEncoder {
    pub(super) segment_rows: usize,
}

impl Encode for SegmentEncoder {
    type Encoded = EncodedBatch;

    fn encode(&self, batch: Batch) -> EncodedBatch {
        let mut encoding = Encoding::new(&batch);
        for spans in batch.spans.chunks(self.segment_rows) {
            encoding.spans(spans);
        }
        for logs in batch.logs.chunks(self.segment_rows) {
            encoding.logs(logs);
        }
        encoding.errors();
        encoding.out
    }
}

/// The work of encoding one batch.
struct Encoding<'b> {
    batch: &'b Batch,
    out: EncodedBatch,
    trace_index: HashMap<TraceId, u32>,
    string_index: HashMap<&'b str, u32>,
    scope_index: Vec<u32>,
    blob: BlobWriter,
    /// A builder for every attribute name of the batch.
    builders: Vec<ColumnBuilder<'b>>,
    /// A builder for built-in columns, one after the other.
    builder: ColumnBuilder<'b>,
}

impl<'b> Encoding<'b> {
    fn new(batch: &'b Batch) -> Self {
        let mut encoding = Self {
            batch,
            out: EncodedBatch {
                traces: Vec::new(),
                strings: Vec::new(),
                resources: Vec::new(),
                scopes: Vec::new(),
                segments: Vec::new(),
                errors: Vec::new(),
                repeated: 0,
            },
            trace_index: HashMap::new(),
            string_index: HashMap::new(),
            scope_index: Vec::new(),
            blob: BlobWriter::new(),
            builders: Vec::new(),
            builder: ColumnBuilder::default(),
        };
        let names = batch.keys.names().len();
        encoding.builders.resize_with(names, ColumnBuilder::default);
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
        *self.trace_index.entry(id).or_insert_with(|| {
            self.out.traces.push(LocalTrace { id, root: None });
            self.out.traces.len() as u32 - 1
        })
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

    /// The service of a resource as text and as an index into the batch's strings.
    fn service(&mut self, resource: u32) -> (&'b str, u32) {
        let batch = self.batch;
        let resource = batch.resources.get(resource as usize);
        let text = resource.map_or("", |resource| batch.text(resource.service));
        (text, self.string(text))
    }

    fn ints(
        &mut self,
        name: &str,
        values: impl Iterator<Item = i64>,
        zero_is_none: bool,
    ) -> EncodedColumn {
        let values: Vec<i64> = values.collect();
        encode_ints(name, &values, zero_is_none, &mut self.blob)
    }

    /// A built-in column; rows without a value have none. Nothing when no row has one.
    fn dictionary(
        &mut self,
        columns: &mut Vec<EncodedColumn>,
        name: &str,
        values: impl Iterator<Item = Option<ValueRef<'b>>>,
    ) {
        let mut rows = 0;
        for value in values {
            if let Some(value) = value {
                self.builder.push(rows, value);
            }
            rows += 1;
        }
        if !self.builder.is_empty() {
            columns.push(self.builder.finish(name, rows, &mut self.blob));
        }
    }

    fn texts(
        &mut self,
        columns: &mut Vec<EncodedColumn>,
        name: &str,
        texts: impl Iterator<Item = Text>,
    ) {
        let batch = self.batch;
        let values = texts.map(|text| filled(batch.text(text)));
        self.dictionary(columns, name, values);
    }

    /// The columns of the records' own attributes.
    fn attributes(
        &mut self,
        columns: &mut Vec<EncodedColumn>,
        ranges: impl Iterator<Item = std::ops::Range<u32>>,
    ) {
        let mut rows = 0;
        for range in ranges {
            for attr in self.batch.attrs(&range) {
                let value = ValueRef::in_batch(self.batch, attr.value);
                let repeated = self.builders[attr.key.0 as usize].push(rows, value);
                self.out.repeated += u64::from(repeated);
            }
            rows += 1;
        }
        for (builder, name) in self.builders.iter_mut().zip(self.batch.keys.names()) {
            if !builder.is_empty() {
                let name = attribute_column(name);
                columns.push(builder.finish(&name, rows, &mut self.blob));
            }
        }
    }

    fn spans(&mut self, spans: &'b [SpanRecord]) {
        let batch = self.batch;
        let mut columns = vec![
            self.ints(name::TIME, spans.iter().map(|span| span.start.0), false),
            self.ints(
                name::DURATION,
                spans.iter().map(|span| span.duration),
                false,
            ),
            self.ints(name::SPAN, spans.iter().map(|span| span.id.0 as i64), true),
            self.ints(
                name::PARENT,
                spans.iter().map(|span| span.parent.0 as i64),
                true,
            ),
            self.ints(
                name::POSITION,
                spans.iter().map(|span| span.position as i64),
                false,
            ),
        ];
        let out = &mut columns;
        self.texts(out, name::NAME, spans.iter().map(|span| span.name));
        self.texts(
            out,
            name::DESCRIPTION,
            spans.iter().map(|span| span.description),
        );
        self.texts(out, name::OP, spans.iter().map(|span| span.op));
        let service = |span: &SpanRecord| service_text(batch, span.resource);
        self.dictionary(
            out,
            name::SERVICE,
            spans.iter().map(|span| filled(service(span))),
        );
        let status = |span: &SpanRecord| filled(span.status.name());
        self.dictionary(out, name::STATUS, spans.iter().map(status));
        self.texts(
            out,
            name::STATUS_MESSAGE,
            spans.iter().map(|span| span.status_message),
        );
        self.dictionary(
            out,
            name::KIND,
            spans.iter().map(|span| filled(span.kind.name())),
        );
        let segment = |span: &SpanRecord| Some(ValueRef::Bool(span.segment));
        self.dictionary(out, name::SEGMENT, spans.iter().map(segment));
        self.texts(out, name::EVENTS, spans.iter().map(|span| span.events));
        self.texts(out, name::LINKS, spans.iter().map(|span| span.links));
        self.attributes(out, spans.iter().map(|span| span.attrs.clone()));

        let rows: Vec<SpanRow> = spans.iter().map(|span| self.span_row(span)).collect();
        let times = spans.iter().map(|span| span.start.0);
        let segment = EncodedSegment {
            kind: RecordKind::Span,
            rows: spans.len() as u32,
            time_min: times.clone().min().unwrap_or(0),
            time_max: times.max().unwrap_or(0),
            traces: spans.iter().map(|span| self.trace(span.trace)).collect(),
            resources: spans
                .iter()
                .map(|span| self.resource_index(span.resource))
                .collect(),
            scopes: spans
                .iter()
                .map(|span| self.scope_index(span.scope))
                .collect(),
            columns,
            spans: rows,
        };
        self.out.segments.push(segment);
    }

    fn span_row(&mut self, span: &'b SpanRecord) -> SpanRow {
        let name = self.batch.text(span.name);
        let (_, service) = self.service(span.resource);
        let op = self.string(self.batch.text(span.op));
        self.offer_root(span, op, service);
        SpanRow {
            id: span.id,
            parent: span.parent,
            fingerprint: fingerprint(span.start.0, span.duration, span.kind as u8, name),
            start: span.start.0,
            duration: span.duration,
            op,
            service,
            flags: super::flags::pack(span.kind, span.status, span.segment),
        }
    }

    /// Remembers the span as its trace's root if none before it was better.
    fn offer_root(&mut self, span: &SpanRecord, op: u32, service: u32) {
        let index = self.trace(span.trace);
        let Some(trace) = self.out.traces.get_mut(index as usize) else {
            return;
        };
        let mut offered = Root {
            rank: u8::from(!span.parent.is_none()),
            start: span.start.0,
            span: span.id,
            name: Box::default(),
            op,
            service,
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
        let batch = self.batch;
        let mut columns = vec![
            self.ints(name::TIME, logs.iter().map(|log| log.time.0), false),
            self.ints(name::SPAN, logs.iter().map(|log| log.span.0 as i64), true),
            self.ints(
                name::POSITION,
                logs.iter().map(|log| log.position as i64),
                false,
            ),
        ];
        let out = &mut columns;
        let level = |log: &LogRecord| level_name(log.severity, batch.text(log.severity_text));
        self.dictionary(
            out,
            name::LEVEL,
            logs.iter().map(|log| level(log).map(ValueRef::Str)),
        );
        let severity = |log: &LogRecord| {
            let number = i64::from(log.severity);
            (number > 0).then_some(ValueRef::Int(number))
        };
        self.dictionary(out, name::SEVERITY, logs.iter().map(severity));
        self.texts(
            out,
            name::SEVERITY_TEXT,
            logs.iter().map(|log| log.severity_text),
        );
        self.texts(out, name::BODY, logs.iter().map(|log| log.body));
        self.texts(out, name::TEMPLATE, logs.iter().map(|log| log.template));
        let service = |log: &LogRecord| service_text(batch, log.resource);
        self.dictionary(
            out,
            name::SERVICE,
            logs.iter().map(|log| filled(service(log))),
        );
        self.attributes(out, logs.iter().map(|log| log.attrs.clone()));

        let times = logs.iter().map(|log| log.time.0);
        let segment = EncodedSegment {
            kind: RecordKind::Log,
            rows: logs.len() as u32,
            time_min: times.clone().min().unwrap_or(0),
            time_max: times.max().unwrap_or(0),
            traces: logs.iter().map(|log| self.trace(log.trace)).collect(),
            resources: logs
                .iter()
                .map(|log| self.resource_index(log.resource))
                .collect(),
            scopes: logs.iter().map(|log| self.scope_index(log.scope)).collect(),
            columns,
            spans: Vec::new(),
        };
        self.out.segments.push(segment);
    }

    fn errors(&mut self) {
        let batch = self.batch;
        for error in &batch.errors {
            let owned = |text| Box::from(batch.text(text));
            let (_, service) = self.service(error.resource);
            let encoded = EncodedError {
                id: error.id,
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
}

/// Empty text is "no value".
fn filled(text: &str) -> Option<ValueRef<'_>> {
    (!text.is_empty()).then_some(ValueRef::Str(text))
}

fn service_text(batch: &Batch, resource: u32) -> &str {
    let resource = batch.resources.get(resource as usize);
    resource.map_or("", |resource| batch.text(resource.service))
}

fn fingerprint(start: i64, duration: i64, kind: u8, name: &str) -> i64 {
    let mut hash = Xxh3::new();
    hash.update(&start.to_le_bytes());
    hash.update(&duration.to_le_bytes());
    hash.update(&[kind]);
    hash.update(name.as_bytes());
    hash.digest() as i64
}
