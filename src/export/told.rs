//! Which canonical fields of a span its attributes tell by themselves, so that reading them back gives the same.

use crate::model::Value;
use crate::model::batch::{Attr, Batch, BatchValue, SpanRecord};
use crate::model::conventions;
use crate::model::record::RecordDetails;
use crate::model::trace::Span;

/// What need not be written beside the attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// The operation.
    pub op: bool,
    /// The description.
    pub description: bool,
}

/// Asks the conventions what they make of name, kind and attributes of each span.
pub fn told(spans: &[Span], details: &[RecordDetails]) -> Vec<Told> {
    let mut batch = Batch::default();
    for (span, details) in spans.iter().zip(details) {
        let from = batch.attrs.len() as u32;
        for (name, value) in &details.attributes {
            // The conventions read nothing but text.
            if let Value::Str(text) = value {
                let key = batch.keys.intern(name);
                let value = BatchValue::Str(batch.keep(text));
                batch.attrs.push(Attr { key, value });
            }
        }
        let record = SpanRecord {
            name: batch.keep(&span.name),
            kind: span.kind,
            status: span.status,
            parent: span.parent_id,
            attrs: from..batch.attrs.len() as u32,
            ..SpanRecord::default()
        };
        batch.spans.push(record);
    }
    conventions::resolve(&mut batch);
    let read = batch.spans.iter().zip(spans);
    read.map(|(read, span)| Told {
        op: *batch.text(read.op) == *span.op,
        description: *batch.text(read.description) == *span.description,
    })
    .collect()
}
