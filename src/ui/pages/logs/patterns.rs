//! What log messages have in common: one row a pattern, with how many records it covers.

use crate::analysis::ansi;
use crate::analysis::patterns::{Patterns, Template, VARIABLE};
use crate::app::{App, Command};
use crate::model::human;
use crate::ui::icons::Icon;
use crate::ui::theme;
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::virtual_table::{Column, TableState, VirtualTable};
use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, Ui};

/// The table of patterns; opening one asks for its records.
pub fn patterns(ui: &mut Ui, app: &App, table: &mut TableState, commands: &mut Vec<Command>) {
    let Some(found) = app.log_patterns.value.clone() else {
        return;
    };
    if found.templates.is_empty() {
        if !app.log_patterns.waiting {
            let sentence =
                "No log record fits, so there is nothing to compare. Widen the search or the time.";
            EmptyState::new(Icon::Log, "No patterns", sentence).show(ui);
        }
        return;
    }
    if found.rest > 0 {
        let palette = theme::palette(ui);
        let records = human::counted(found.rest, "record");
        let patterns = human::grouped(found.templates.len() as u64);
        let text = format!("The first {patterns} patterns; {records} fit none of them");
        let text = egui::RichText::new(text).font(theme::small());
        egui::Frame::new()
            .inner_margin(egui::Margin::symmetric(12, 0))
            .show(ui, |ui| ui.label(text.color(palette.muted)));
    }
    let total = total(&found).max(1);
    let most = found
        .templates
        .first()
        .map_or(1, |first| first.count.max(1));
    let columns = [
        Column::px("Records", 90.0).right(),
        Column::px("Share", 150.0).right(),
        Column::rest("Pattern", 300.0)
            .hint("Messages that differ only in their variable parts; a click shows them"),
    ];
    let at = |row: u64| {
        usize::try_from(row)
            .ok()
            .and_then(|row| found.templates.get(row))
    };
    let output = VirtualTable::new("Message patterns", &columns, found.templates.len() as u64)
        .at_edge()
        .show(
            ui,
            table,
            |row| at(row).map(name_row),
            |row, column, cell| {
                if let Some(template) = at(row) {
                    paint_cell(template, total, most, column, cell);
                }
            },
        );
    if let Some(template) = output.clicked.or(output.activated).and_then(at) {
        commands.push(Command::LogsLike(template.pieces()));
    }
}

fn total(found: &Patterns) -> u64 {
    let counted: u64 = found.templates.iter().map(|template| template.count).sum();
    counted + found.rest
}

/// The row in words, for screen readers and tests.
fn name_row(template: &Template) -> String {
    let records = human::counted(template.count, "record");
    format!("{records}: {}", ansi::plain(&template.text()))
}

fn paint_cell(template: &Template, total: u64, most: u64, column: usize, cell: &mut Cell<'_>) {
    let palette = cell.palette;
    match column {
        0 => cell.mono(&human::grouped(template.count)),
        1 => {
            let percent = template.count as f64 / total as f64 * 100.0;
            cell.mono_muted(&format!("{percent:.1} %"));
            cell.room_of_figures("100.0 %".len());
            cell.bar(template.count as f32 / most as f32, palette.accent_soft);
        }
        _ => {
            let text = template.text();
            cell.job(coloured(&ansi::plain(&text), palette.text, palette.accent));
        }
    }
}

/// The pattern with its variable parts in another colour.
fn coloured(text: &str, literal: Color32, variable: Color32) -> LayoutJob {
    let mut job = LayoutJob::default();
    let mut escaped = false;
    for c in text.chars() {
        let is_variable = c == VARIABLE && !escaped;
        escaped = c == '\\' && !escaped;
        let color = if is_variable { variable } else { literal };
        let mut piece = [0; 4];
        job.append(
            c.encode_utf8(&mut piece),
            0.0,
            TextFormat::simple(theme::mono(), color),
        );
    }
    job
}
