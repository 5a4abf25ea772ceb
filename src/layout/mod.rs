//! What things look like, in numbers: plain data that the window paints and a test can read.
//!
//! Everything here is a pure function of a trace or a list of numbers, a size in points and a view. Nothing here knows
//! a toolkit, a colour or a font; where the width of text matters it is passed in as a function.
//!
//! * [`time_scale`] maps time to points and back, [`ticks`] finds where marks on a ruler go;
//! * [`flame`] places the frames of a flame graph, [`layered`](mod@layered) the boxes of a map;
//! * [`waterfall`] gives the bars of the rows in view, [`minimap`] all spans folded into a strip, or some of them;
//! * [`histogram`] and [`density`] do the same for durations of many traces, [`duration_axis`] places single ones.
//!
//! Time is subtracted as `i64`, scaled as `f64`, and becomes an `f32` last (see [`crate::model::Nanos`]).

pub mod density;
pub mod duration_axis;
pub mod flame;
pub mod histogram;
pub mod layered;
pub mod minimap;
pub mod ticks;
pub mod time_scale;
pub mod waterfall;

pub use density::{Mark, Scatter};
pub use duration_axis::DurationAxis;
pub use flame::{FlamePicture, FlameRect, flame_picture};
pub use histogram::{DurationHistogram, duration_edges};
pub use layered::{LayeredGraph, layered};
pub use minimap::{Minimap, MinimapItem};
pub use ticks::{Tick, ruler_ticks, time_ticks};
pub use time_scale::TimeScale;
pub use waterfall::{Label, Picture, Placement, RowGeometry, RowTitle, pieces, spots};
