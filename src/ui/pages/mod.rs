//! One file a page. A page reads the app's snapshots, changes its own picture, and returns commands.

pub mod imports;
pub mod logs;
pub mod query_field;
pub mod trace;
pub mod traces;

use crate::model::conventions::Category;
use crate::ui::theme::{Hue, Palette};
use egui::Color32;

/// The colour of an operation.
pub fn op_color(palette: &Palette, op: &str) -> Color32 {
    palette.hue(hue_of(crate::model::conventions::category(op)))
}

fn hue_of(category: Category) -> Hue {
    match category {
        Category::Database => Hue::Database,
        Category::Cache => Hue::Cache,
        Category::HttpClient => Hue::HttpClient,
        Category::Server => Hue::Server,
        Category::Queue => Hue::Queue,
        Category::View => Hue::View,
        Category::Function => Hue::Function,
        Category::Browser => Hue::Browser,
        Category::Ai => Hue::Ai,
        Category::Other => Hue::Other,
    }
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
