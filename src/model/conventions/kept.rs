//! Names of attributes that records are given for what their format has a field for, or wrote in a way of its own, and a
//! record here has no place for. Import writes them; an export puts them back into the fields they came from.

/// The text of a trace id that was no hex or base64, for which a hash stands.
pub const ORIGINAL_TRACE: &str = "headwater.original_trace_id";
/// The same of a span's id.
pub const ORIGINAL_SPAN: &str = "headwater.original_span_id";
/// The same of its parent's.
pub const ORIGINAL_PARENT: &str = "headwater.original_parent_span_id";
/// The same of a span that it is linked with.
pub const ORIGINAL_LINK: &str = "headwater.original_link_span_id";
/// The same of the transaction that it belongs to.
pub const ORIGINAL_TRANSACTION: &str = "headwater.original_transaction_id";

/// How many attributes the SDK had to drop.
pub const DROPPED_ATTRIBUTES: &str = "otel.dropped_attributes_count";
/// How many events.
pub const DROPPED_EVENTS: &str = "otel.dropped_events_count";
/// How many links.
pub const DROPPED_LINKS: &str = "otel.dropped_links_count";
/// OTLP's name of a log record that is an event.
pub const EVENT_NAME: &str = "event.name";
/// The state that vendors hand along with a trace, as the W3C's header writes it.
pub const TRACE_STATE: &str = "w3c.tracestate";
