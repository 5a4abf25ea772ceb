//! What a trace means: pure functions from a loaded trace to facts about it.
//!
//! The same input always gives the same output; nothing here reads a file, asks the store or knows what a pixel is.
//! The steps build on each other:
//!
//! * [`tree`] finds each span's parent, whatever is wrong with the ids, and [`shape`] judges the whole;
//! * [`gaps`], [`chains`], [`siblings`] and [`repeats`] each look for one pattern in the tree; [`autogroup`] puts their
//!   findings together as a [`waterfall`], the tree a person looks at;
//! * [`rows`] lists what is visible of it while parts are folded away, [`showing`] which part is looked at at all;
//! * [`self_time`](mod@self_time) and [`critical_path`] say where the time went, [`path_rows`] row by row, [`path_table`](mod@path_table) and
//!   [`figures`] in sums;
//! * [`kinds`] and [`classes`] say which spans are of a kind, [`statistics`](mod@statistics) what they amount to;
//! * [`path_tree`] merges spans by the path that leads to them, for [`flame`] and [`compare`], of which [`changes`] are the
//!   summary;
//! * [`service_map`] says who calls whom, and [`clocks`] whose clock is wrong;
//! * [`story`] tells everything in the order of time, with the [`span_events`] of its spans;
//! * [`sql`] cuts a query into its parts, [`sql_format`] breaks it into lines; [`span_fields`] says what a span was about,
//!   [`conversation`] what was said to a model and by it;
//! * [`patterns`] finds what log messages have in common, [`ansi`] reads their terminal colours, [`json_tree`] lists what
//!   a JSON value holds, [`json_text`] breaks it into lines; [`differs`] what one set of records has and another has not;
//! * [`detect`] finds what is wrong, [`gain`] says what mending it wins;
//! * [`errors`] reads failures and says which are the same;
//! * [`normalise`] makes one of texts that differ only in what they are about, [`digest`] names the groups.
//!
//! Traces may be a million spans deep, so nothing here recurses.

pub mod ansi;
pub mod autogroup;
pub mod before_after;
pub mod breakdown;
pub mod chains;
pub mod change_point;
pub mod changes;
pub mod classes;
pub mod clocks;
pub mod compare;
pub mod conversation;
pub mod critical_path;
pub mod detect;
pub mod differs;
pub mod digest;
pub mod errors;
pub mod figures;
pub mod flame;
pub mod found;
pub mod gain;
pub mod gaps;
pub mod json_text;
pub mod json_tree;
#[cfg(test)]
mod kept_bytes;
pub mod kinds;
pub mod normalise;
pub mod path_rows;
pub mod path_table;
pub mod path_tree;
pub mod patterns;
pub mod percentile;
pub mod repeats;
mod row_list;
pub mod rows;
pub mod schedule;
pub mod self_time;
pub mod service_map;
pub mod shape;
pub mod showing;
pub mod siblings;
pub mod significance;
pub mod span_events;
pub mod span_fields;
pub mod sql;
pub mod sql_format;
pub mod statistics;
pub mod story;
#[cfg(test)]
pub(crate) mod test_trace;
pub mod tree;
pub mod waterfall;
pub mod web_vitals;

pub use autogroup::GroupOptions;
pub use changes::{Change, ChangeKind};
pub use classes::Classes;
pub use clocks::{ClockPair, Clocks, Verdict};
pub use compare::{ComparedStep, Comparer, Comparison, Side};
pub use critical_path::{CriticalPath, Step};
pub use figures::{GroupFigures, group_figures};
pub use flame::{FlameBy, FlameGraph, Frame};
pub use found::Found;
pub use path_rows::PathRows;
pub use path_table::{PathEntry, path_table};
pub use row_list::Rows;
pub use rows::{Expansion, Row, visible_rows};
pub use self_time::{self_time, self_times};
pub use service_map::{ServiceEdge, ServiceMap, ServiceMapBuilder, ServiceNode};
pub use shape::TraceShape;
pub use showing::{Showing, Shown, shown_rows};
pub use statistics::{Statistic, StatisticColumn, sort_statistics, statistics};
pub use tree::{Link, SpanIndex, SpanTree};
pub use waterfall::{Group, GroupIndex, Node, NodeIndex, NodeKind, Waterfall};
