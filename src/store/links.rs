//! Which spans say that they belong with another one, wherever they are: links are recorded at one end only.

use super::fields::column;
use super::scan::{Scan, Scanner};
use super::search::Search;
use super::{Filter, Reader, RecordKind, StoreError};
use crate::model::record::{RecordRef, SpanEntry};
use crate::model::{CancelToken, SpanId, TraceId};

impl Reader {
    /// The spans with a link to a span, in order of import; at most `limit`, and how many there are.
    ///
    /// # Errors
    /// As with every question.
    pub fn spans_linked_to(
        &self,
        trace: TraceId,
        span: SpanId,
        limit: usize,
        cancel: &CancelToken,
    ) -> Result<(Vec<SpanEntry>, usize), StoreError> {
        let refs = linked_to(&self.scan(cancel), &self.scanner, trace, span)?;
        let shown = &refs[..refs.len().min(limit)];
        Ok((self.span_rows(shown, &[])?, refs.len()))
    }
}

/// Links lie in a column of JSON that few segments have, so that looking through it costs little.
fn linked_to(
    scan: &Scan,
    scanner: &Scanner,
    trace: TraceId,
    span: SpanId,
) -> Result<Vec<RecordRef>, StoreError> {
    let search = Search::new(scan, scanner, RecordKind::Span, &Filter::default())?;
    let (trace, span) = (trace.to_string(), span.to_string());
    let names = |json: &str| has_id(json, "spanId", &span) && has_id(json, "traceId", &trace);
    let found = search.each(|scanner, segment, rows| {
        let Some(links) = scanner.column(scan.shared, segment, column::LINKS)? else {
            return Ok(Vec::new());
        };
        let rows = rows.iter().filter(|row| names(links.text(*row)));
        let at = |row: usize| RecordRef {
            segment: segment.id,
            row: row as u32,
        };
        Ok(rows.map(at).collect())
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// Whether one of the links has this id; the cheap look at the text comes first.
fn has_id(json: &str, key: &str, id: &str) -> bool {
    if json.len() < id.len() || !json.to_ascii_lowercase().contains(id) {
        return false;
    }
    let Ok(serde_json::Value::Array(links)) = serde_json::from_str(json) else {
        return false;
    };
    let mut ids = links.iter().filter_map(|link| link[key].as_str());
    ids.any(|known| known.eq_ignore_ascii_case(id))
}
