//! Widgets: things painted and clicked, made of plain data.
//!
//! Each takes what to show as values, keeps what is its own (a scroll offset, a brush being drawn) in a small state the
//! caller holds, and returns what the user did. None reads a clock, a file or the store. Each part a person can act on
//! is a node of the accessibility tree with a name, and can be reached by keyboard.

pub mod cell;
pub mod chip;
pub mod dialog;
pub mod empty_state;
pub mod fill;
pub mod heatmap;
pub mod histogram;
pub mod json_lines;
pub mod key_values;
pub mod message;
pub mod progress;
pub mod ruler;
pub mod scatter;
pub mod search_bar;
pub mod segmented;
pub mod splitter;
pub mod table_header;
mod table_layout;
pub mod text;
pub mod toast;
pub mod virtual_table;
