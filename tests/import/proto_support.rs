//! Records as text to compare, protobuf written by hand, and bytes packed in every way.

use crate::import_support::Memory;
use flate2::{Compression, write::GzEncoder};
use headwater::model::batch::*;
use std::io::Write;
use std::path::{Path, PathBuf};

pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

pub fn read(name: &str) -> Vec<u8> {
    std::fs::read(data(name)).unwrap()
}

pub fn value(batch: &Batch, value: BatchValue) -> String {
    match value {
        BatchValue::Str(text) => format!("{:?}", batch.text(text)),
        BatchValue::Json(text) => batch.text(text).to_owned(),
        other => format!("{other:?}"),
    }
}

pub fn attrs(batch: &Batch, range: &AttrRange) -> String {
    let pair = |attr: &Attr| format!("{}={}", batch.keys.name(attr.key), value(batch, attr.value));
    let pairs: Vec<_> = batch.attrs(range).iter().map(pair).collect();
    pairs.join(", ")
}

/// Who sent a record, in full.
pub fn sender(batch: &Batch, resource: u32, scope: u32) -> String {
    let resource = &batch.resources[resource as usize];
    let scope = &batch.scopes[scope as usize];
    let texts = [resource.service, resource.sdk, scope.name, scope.version];
    let texts = texts.map(|text| batch.text(text));
    format!("{texts:?} {}", attrs(batch, &resource.attrs))
}

/// Everything about every record but its place in the file.
pub fn records(sink: &Memory) -> Vec<String> {
    let mut all = Vec::new();
    for batch in &sink.batches {
        let texts = |texts: &[Text]| {
            let texts: Vec<_> = texts.iter().map(|text| batch.text(*text)).collect();
            format!("{texts:?}")
        };
        for span in &batch.spans {
            all.push(format!(
                "{} {} {} {:?} {:?} {:?} {} {} {} {} {}",
                span.trace,
                span.id,
                span.parent,
                (span.kind, span.status, span.segment),
                span.start,
                span.duration,
                texts(&[span.name, span.op, span.description, span.status_message]),
                texts(&[span.events, span.links]),
                attrs(batch, &span.attrs),
                sender(batch, span.resource, span.scope),
                "span"
            ));
        }
        for log in &batch.logs {
            all.push(format!(
                "{:?} {} {} {} {} {} {} log",
                log.time,
                log.severity,
                texts(&[log.severity_text, log.body, log.template]),
                log.trace,
                log.span,
                attrs(batch, &log.attrs),
                sender(batch, log.resource, log.scope),
            ));
        }
        for error in &batch.errors {
            let kind = [error.level, error.exception_type, error.message];
            all.push(format!(
                "{:x} {} {} {:?} {} {} error",
                error.id,
                error.trace,
                error.span,
                error.time,
                texts(&kind),
                texts(&[error.transaction, error.document]),
            ));
        }
    }
    all
}

pub fn varint(mut number: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
    out
}

pub fn bytes(number: u64, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    [
        varint(number << 3 | 2),
        varint(content.len() as u64),
        content.to_vec(),
    ]
    .concat()
}

pub fn int(number: u64, value: u64) -> Vec<u8> {
    [varint(number << 3), varint(value)].concat()
}

pub fn fixed(number: u64, value: u64) -> Vec<u8> {
    [varint(number << 3 | 1), value.to_le_bytes().to_vec()].concat()
}

pub fn attribute(list: u64, key: &str, value: Vec<u8>) -> Vec<u8> {
    bytes(list, [bytes(1, key), bytes(2, value)].concat())
}

pub fn framed(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u32).to_be_bytes()[..], message].concat()
}

/// A span with what is to be in it besides ids and times.
pub fn span(id: u64, more: &[u8]) -> Vec<u8> {
    let ids = [bytes(1, [7; 16]), bytes(2, id.to_be_bytes())].concat();
    [
        ids,
        bytes(5, "n"),
        fixed(7, 1000),
        fixed(8, 3000),
        more.to_vec(),
    ]
    .concat()
}

pub fn request(spans: &[Vec<u8>]) -> Vec<u8> {
    let spans: Vec<u8> = spans.iter().flat_map(|span| bytes(2, span)).collect();
    let scope = bytes(1, bytes(1, "lib"));
    let service = attribute(1, "service.name", bytes(1, "api"));
    let records = [bytes(1, service), bytes(2, [scope, spans].concat())].concat();
    bytes(1, records)
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

pub fn zstd_of(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// As the Collector writes it: each record compressed by itself, with its length.
pub fn zstd_records(records: &[&[u8]]) -> Vec<u8> {
    records
        .iter()
        .flat_map(|record| framed(&zstd_of(record)))
        .collect()
}
