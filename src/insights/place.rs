//! Where to look further: what a finding or a sentence leads to.
//!
//! Whoever shows it turns it into a place of the program.

use super::Module;
use super::looks::Look;
use crate::model::{SpanId, TraceId};

/// Somewhere to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A trace, at a span if there is one.
    Trace(TraceId, Option<SpanId>),
    /// The spans that a search finds.
    Spans(String),
    /// The log records that a search finds.
    Logs(String),
    /// The issues.
    Issues,
    /// A module of insights.
    Module(Module),
    /// A closer look at one.
    Look(Look),
    /// The findings about the instrumentation.
    Doctor,
}
