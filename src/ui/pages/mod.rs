//! One file a page. A page reads the app's snapshots, changes its own picture, and returns commands.

pub mod alerts;
pub mod compare;
pub mod differs;
pub mod group_chart;
pub mod import_report;
pub mod imports;
pub mod insights;
pub mod issues;
pub mod logs;
pub mod query_field;
pub mod records;
pub mod spans;
pub mod summary;
pub mod time_chart;
pub mod trace;
pub mod trace_chart;
pub mod traces;

use crate::model::conventions::category;
use crate::ui::theme::Palette;
use egui::Color32;

/// The colour of an operation.
pub fn op_color(palette: &Palette, op: &str) -> Color32 {
    palette.hue(category(op))
}

/// The classes a log severity is counted and coloured by: unknown, trace, debug, info, warn, error, fatal.
pub fn severity_class(number: u8) -> usize {
    match number {
        1..=24 => usize::from(number - 1) / 4 + 1,
        _ => 0,
    }
}

/// Colours of the severity classes.
pub fn severity_colors(palette: &Palette) -> [Color32; 7] {
    let Palette {
        faint,
        debug,
        info,
        warning,
        error,
        ..
    } = *palette;
    [faint, faint, debug, info, warning, error, error]
}

/// Names of the severity classes.
pub const SEVERITY_NAMES: [&str; 7] = [
    "unknown", "trace", "debug", "info", "warn", "error", "fatal",
];
