//! Like siblings: runs of neighbouring spans that do the same thing, such as one query for each row of a page.
//!
//! Members are spans without children, of one operation and one description, side by side under one parent. Whatever
//! else lies between them (another span, a gap, a chain, an error, a segment) ends the run. At least [`SHORTEST`]
//! make a group. Spans without an operation are never members.

use crate::model::trace::Span;

/// The fewest spans that make a group.
pub const SHORTEST: usize = 5;

/// Whether the span says what it does: neither nothing nor `default`.
pub(super) fn has_op(span: &Span) -> bool {
    !matches!(&*span.op, "" | "default")
}

/// Whether two childless neighbours belong to one run.
pub(super) fn are_like(a: &Span, b: &Span) -> bool {
    a.op == b.op && a.description == b.description
}

/// Whether the span, which has no children, may be a member.
pub(super) fn may_join(span: &Span) -> bool {
    !span.segment && has_op(span)
}

/// Whether the span is a query to a database, as against a cache that speaks through the same kind of client.
pub(super) fn is_query(span: &Span) -> bool {
    const CACHES: [&str; 4] = ["redis", "valkey", "memcached", "cache"];
    let mut parts = span.op.split('.');
    parts.next() == Some("db") && !parts.any(|part| CACHES.contains(&part))
}
