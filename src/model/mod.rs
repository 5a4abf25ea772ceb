//! The words of the field as types: time, ids, values, records, traces.
//!
//! Everything above speaks in these types, and this module knows nothing of what is above: no file format, no SQL,
//! no query, no widget. Two shapes of the same data live here:
//!
//! * [`batch`]: records on their way *in*, columnar and borrowed from the input, made for speed;
//! * [`trace`], [`record`]: records on their way *out*, owned and shared, made for looking at.
//!
//! What the many dialects of telemetry mean by the same thing is data in [`conventions`].

pub mod batch;
pub mod cancel;
pub mod conventions;
pub mod human;
pub mod id;
pub mod record;
pub mod report;
pub mod sides;
pub mod sink;
pub mod time;
pub mod trace;
pub mod value;

pub use cancel::CancelToken;
pub use id::{SpanId, TraceId};
pub use time::{Nanos, TimeRange};
pub use value::Value;
