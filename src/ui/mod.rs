//! The window: egui paints the state of [`crate::app`] and sends commands back.
//!
//! [`shell`] is the frame around every page; each page is one file under [`pages`]. Every colour, size and font is in
//! [`theme`]; [`widgets`] know nothing of traces. [`soft`] draws the same window into a picture without a display, and
//! [`window`] puts it on a real screen. Nothing here opens a file, asks the store or computes a layout: pages read
//! snapshots and draw only what is visible.

pub mod actions;
pub mod dialogs;
mod export_dialog;
mod go_to;
pub mod icons;
mod keys_list;
pub mod pages;
mod palette;
pub mod picture;
pub mod save_search;
mod shell;
pub mod soft;
pub mod theme;
pub mod widgets;
pub mod window;

pub use shell::Shell;
