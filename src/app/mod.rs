//! The state of the window without a window.
//!
//! What is shown ([`route`], [`history`]), what can be done ([`command`]), what is being fetched and imported
//! ([`jobs`]), what is remembered between starts ([`settings`]), and the one struct that ties them together
//! ([`state::App`]). No egui here: the window paints from this state and sends commands back, and tests and the command
//! line drive it the same way.
//!
//! The invariant: nothing in here blocks. Questions go to threads through [`jobs`], answers are picked up by
//! [`state::App::poll`], and a stale answer stays visible until the next one is there.

pub mod alerts;
mod answered;
mod arriving;
mod asking;
pub mod bar_lengths;
pub mod bar_marks;
pub mod behind;
pub mod columns;
pub mod command;
pub mod comparing;
mod doing;
mod events;
pub mod export_draft;
pub mod exporting;
pub mod fetched;
mod finding;
pub mod fuzzy;
pub mod group_words;
pub mod history;
pub mod insights;
pub mod issues;
pub mod jobs;
mod let_go;
pub mod looking;
pub mod looks;
mod place;
pub mod questions;
pub mod route;
mod searches;
pub mod settings;
pub mod span_pane;
pub mod span_search;
pub mod state;
pub mod surroundings;
pub mod trace_facts;
pub mod views;
pub mod writer;

pub use crate::import::format::name_of as format_name;
pub use command::Command;
pub use looking::Look;
pub use route::Route;
pub use state::App;
