//! What the fuzz targets share: a format's cutter and parser, driven as import drives them, with the bytes coming in pieces.
//!
//! Any panic is a finding, and so is a cutter that makes no headway or a batch that points outside of its text.

use headwater::import::format::{Cutting, FORMATS, Format};
use headwater::import::stretch::Stretch;
use headwater::import::{Options, Progress, import_file};
use headwater::model::CancelToken;
use headwater::model::batch::{Batch, BatchValue, Text};
use headwater::model::report::FileReport;
use headwater::model::sink::*;
use std::sync::Arc;

/// Reads bytes as a format, whether or not they look like it. The first byte says in which pieces they come.
pub fn read_as(id: &str, data: &[u8]) {
    let format = FORMATS.iter().find(|format| format.id == id);
    let format = format.expect("the target is named after a format");
    let Some((size, data)) = data.split_first() else {
        return;
    };
    let _ = (format.sniff)(data);
    let piece = 1 + usize::from(*size) * 8;
    read(format, data, piece);
}

fn read(format: &Format, data: &[u8], piece: usize) {
    let mut cutter = (format.cutter)(&data[..data.len().min(piece)]);
    let (mut start, mut seen, mut line) = (0, 0, 1);
    while start < data.len() {
        seen = data.len().min(seen.max(start + piece));
        let ends = seen == data.len();
        let (end, before, after, dropped) = match cutter.cut(&data[start..seen], ends) {
            Cutting::More => {
                assert!(!ends, "a cutter asked for more than there is");
                seen += piece;
                continue;
            }
            Cutting::At {
                end, before, after, ..
            } => (end, before, after, None),
            Cutting::Drop { end, reason } => (end, Vec::new(), Vec::new(), Some(reason)),
        };
        let end = start + end.clamp(1, seen - start);
        let own = &data[start..end];
        let bytes = match dropped {
            Some(_) => Vec::new(),
            None => [&before[..], own, &after].concat(),
        };
        let stretch = Stretch {
            bytes,
            before: before.len(),
            base: start as u64,
            line,
            by_lines: cutter.by_lines(),
            last: end == data.len(),
            dropped: dropped.flatten(),
            ..Stretch::default()
        };
        let parsed = (format.parse)(stretch, &CancelToken::default());
        check(&parsed.expect("nobody cancelled").batch);
        line += own.iter().filter(|byte| **byte == b'\n').count() as u64;
        start = end;
    }
}

/// Touches everything a batch refers to: a reference that leads nowhere panics. A scope that is not in the list is none.
fn check(batch: &Batch) {
    let text = |text: Text| batch.text(text).len();
    let attrs = |range: &std::ops::Range<u32>| {
        for attr in batch.attrs(range) {
            batch.keys.name(attr.key);
            if let BatchValue::Str(value) | BatchValue::Json(value) = attr.value {
                text(value);
            }
        }
    };
    for resource in &batch.resources {
        attrs(&resource.attrs);
        text(resource.service);
        text(resource.sdk);
    }
    for scope in &batch.scopes {
        text(scope.name);
        text(scope.version);
    }
    for span in &batch.spans {
        attrs(&span.attrs);
        for part in [
            span.name,
            span.op,
            span.description,
            span.events,
            span.links,
        ] {
            text(part);
        }
        text(span.status_message);
        assert!(span.duration >= 0, "a duration is never negative");
        assert!((span.resource as usize) < batch.resources.len());
    }
    for log in &batch.logs {
        attrs(&log.attrs);
        for part in [log.body, log.template, log.severity_text] {
            text(part);
        }
        assert!(log.severity <= 24);
        assert!((log.resource as usize) < batch.resources.len());
    }
    for error in &batch.errors {
        for part in [
            error.level,
            error.exception_type,
            error.message,
            error.transaction,
            error.document,
        ] {
            text(part);
        }
        assert!((error.resource as usize) < batch.resources.len());
    }
}

/// Imports bytes as a file into a sink that forgets everything.
pub fn import(data: &[u8]) {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::io::Write::write_all(&mut file, data).expect("room for it");
    let (options, progress) = (Options { threads: 1 }, Progress::default());
    let mut reports = 0;
    let mut done = |report: FileReport| {
        reports += 1;
        let error = report.error.unwrap_or_default();
        assert!(!error.contains("mistake"), "{error}");
    };
    let cancel = CancelToken::default();
    import_file(
        file.path(),
        &mut Forget,
        &options,
        &progress,
        &cancel,
        &mut done,
    );
    assert!(reports > 0, "whatever happens, a report says it");
}

/// Reads a text as a search.
pub fn search(text: &str) {
    match headwater::query::parse(text) {
        Ok(tree) => {
            let printed = tree.to_string();
            let again = headwater::query::parse(&printed);
            assert_eq!(again.as_ref(), Ok(&tree), "{printed}");
        }
        Err(error) => assert!(error.at.end <= text.len(), "{error:?}"),
    }
    for cursor in [text.len() / 2, text.len()] {
        if let Some(place) = headwater::query::Completion::at(text, cursor) {
            assert!(text.get(place.replaces.clone()).is_some(), "{place:?}");
            place.rest(text);
        }
    }
    headwater::query::aggregate_tokens(text);
}

/// A sink that forgets everything.
struct Forget;

impl Encode for Forget {
    type Encoded = ();
    fn encode(&self, batch: &mut Batch) {
        check(&batch);
    }
}

impl Sink for Forget {
    type Encoder = Forget;
    fn encoder(&self) -> Arc<Forget> {
        Arc::new(Forget)
    }
    fn known(&mut self) -> Result<Vec<KnownImport>, SinkError> {
        Ok(Vec::new())
    }
    fn begin(&mut self, _: &FileIdentity, _: Option<ImportId>) -> Result<ImportId, SinkError> {
        Ok(ImportId(1))
    }
    fn commit(&mut self, _: ImportId, (): (), _: Checkpoint) -> Result<Committed, SinkError> {
        Ok(Committed::default())
    }
    fn finish(&mut self, _: ImportId, _: &FileReport, _: bool) -> Result<(), SinkError> {
        Ok(())
    }
}
