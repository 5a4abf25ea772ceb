//! What a trace means: pure functions from a loaded trace to facts about it.
//!
//! The same input always gives the same output; nothing here reads a file, asks the store or knows what a pixel is.
//! The steps build on each other:
//!
//! * [`tree`] finds each span's parent, whatever is wrong with the ids, and [`shape`] judges the whole;
//! * [`gaps`], [`chains`] and [`siblings`] each look for one pattern in the tree; [`autogroup`] puts their findings
//!   together as a [`waterfall`], the tree a person looks at;
//! * [`rows`] lists what is visible of it while parts are folded away;
//! * [`self_time`] and [`critical_path`] say where the time went;
//! * [`patterns`] finds what log messages have in common, [`ansi`] reads their terminal colours, [`json_tree`] lists what
//!   a JSON value holds.
//!
//! Traces may be a million spans deep, so nothing here recurses.

pub mod ansi;
pub mod autogroup;
pub mod chains;
pub mod critical_path;
pub mod gaps;
pub mod json_tree;
pub mod patterns;
pub mod rows;
pub mod self_time;
pub mod shape;
pub mod siblings;
#[cfg(test)]
pub(crate) mod test_trace;
pub mod tree;
pub mod waterfall;

pub use autogroup::GroupOptions;
pub use critical_path::{Step, critical_path};
pub use rows::{Expansion, Row, visible_rows};
pub use self_time::{self_time, self_times};
pub use shape::TraceShape;
pub use tree::{Link, SpanIndex, SpanTree};
pub use waterfall::{Group, Node, NodeIndex, NodeKind, Waterfall};
