//! Sentry envelopes, one or many in a file, as SDKs send them and relays and Spotlight keep them, and single events.
//!
//! [`framing`] finds envelopes and items in bytes, [`events`] events that were saved without their envelope, [`envelope`]
//! reads items by their type, [`event`] what transactions and errors have in common, [`transaction`] spans in their old form,
//! [`container`] the newer lists of spans and logs, [`check_in`] what jobs tell of their runs. What Sentry's own interface answers is read by [`trace_api`] (a trace as
//! a tree), [`trace_node`] (one span or error of it) and [`details`] (one event with its entries).
//! Attributes keep the names the SDK gave them; members of an event become attributes named by their path
//! (`request.url`, `user.id`, `measurements.lcp`, `browser.name` for `contexts.browser.name`), tags keep their bare name.

mod check_in;
mod container;
mod details;
mod envelope;
mod event;
mod events;
mod framing;
mod otel;
mod trace_api;
mod trace_node;
mod transaction;

use super::format::Format;
use super::otlp_json::cutter;

/// Sentry envelopes, one or many.
pub static FORMAT: Format = Format {
    id: "sentry-envelope",
    name: "Sentry envelopes",
    sniff: framing::sniff,
    cutter: |_| Box::new(framing::Cutter::default()),
    parse: envelope::parse,
};

/// What Sentry's own interface answers for a trace, or for an event.
pub static TRACE: Format = Format {
    id: "sentry-trace",
    name: "Sentry trace (JSON)",
    sniff: trace_api::sniff,
    // No cuts inside: what is said of the trace stands anywhere in an answer.
    cutter: |prefix| cutter::for_lists(prefix, &[]),
    parse: trace_api::parse,
};

/// Events and transactions saved without their envelope.
pub static EVENTS: Format = Format {
    id: "sentry-event",
    name: "Sentry events (JSON)",
    sniff: events::sniff,
    cutter: |_| Box::new(events::Cutter::default()),
    parse: envelope::parse_events,
};
