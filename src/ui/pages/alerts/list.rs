//! The rules as a table, the loosest first.

use super::AlertsPage;
use crate::alerts::judged::span_words;
use crate::alerts::rule::{Does, Level};
use crate::alerts::{Backtest, RuleResult, words};
use crate::app::route::AlertsPlace;
use crate::app::{App, Command};
use crate::model::human;
use crate::ui::theme::{Palette, size};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::virtual_table::{Column, VirtualTable};
use egui::{Color32, Ui};

/// Columns shown beside the details.
const BESIDE_DETAILS: usize = 3;
/// Bars of when it fired.
const BARS: usize = 32;

impl AlertsPage {
    pub(super) fn list(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &AlertsPlace,
        backtest: &Backtest,
        commands: &mut Vec<Command>,
    ) {
        let order = backtest.loosest();
        let result = |row: u64| {
            let at = order.get(usize::try_from(row).ok()?)?;
            backtest.results.get(*at)
        };
        let shown = place.rule.as_deref();
        let is_shown =
            |row: &u64| result(*row).is_some_and(|result| Some(&*result.rule.name) == shown);
        let selected = (0..order.len() as u64).find(is_shown);
        let Some(picture) = app.list_picture() else {
            return;
        };
        self.table.offset_rows = picture.offset_rows;
        self.table.selected = selected;
        self.table.focus_on_arrival(ui, &mut self.arrived);
        let columns = columns();
        let columns = match shown {
            Some(_) => &columns[..BESIDE_DETAILS],
            None => &columns[..],
        };
        let output = VirtualTable::new("Alert rules", columns, order.len() as u64)
            .at_edge()
            .row_height(40.0)
            .show(
                ui,
                &mut self.table,
                |row| result(row).map(name_row),
                |row, column, cell| {
                    if let Some(result) = result(row) {
                        paint_cell(backtest, result, column, cell);
                    }
                },
            );
        picture.offset_rows = self.table.offset_rows;
        picture.visible = output.visible.clone();
        let chosen = output.selected.or(output.activated).and_then(result);
        commands.extend(chosen.map(|result| Command::SelectRule(Some(result.rule.name.clone()))));
    }
}

fn columns() -> [Column; 7] {
    [
        Column::px("Level", 80.0).hint("What happens when it fires"),
        Column::rest("Rule", 240.0),
        Column::px("Fired", 64.0)
            .right()
            .hint("Pages and notifications in what was recorded"),
        Column::px("Pages", 64.0)
            .right()
            .hint("How often somebody would have been woken"),
        Column::px("A week", 72.0)
            .right()
            .hint("Pages and notifications a week, where at least a day was recorded"),
        Column::px("In alert", 96.0)
            .right()
            .hint("Time in which it was not resolved"),
        Column::px("When", 136.0).hint("Incidents over the time of the recording"),
    ]
}

/// The row in words, for screen readers and tests.
fn name_row(result: &RuleResult) -> String {
    let fired = result.pages() + result.notifications();
    let fired = match fired {
        0 if result.incidents.is_empty() => "never fired".to_owned(),
        _ => format!(
            "{} and {}",
            human::counted(result.pages(), "page"),
            human::counted(result.notifications(), "notification")
        ),
    };
    format!("{}: {}, {fired}", result.rule.name, result.rule.does.name())
}

/// The colour of a level that fired; of none, that of what is quiet.
pub fn level_color(palette: &Palette, level: Option<Level>) -> Color32 {
    match level {
        Some(Level::Critical) => palette.error,
        Some(Level::Warning) => palette.warning,
        None => palette.ok,
    }
}

fn does_color(palette: &Palette, does: Does) -> Color32 {
    match does {
        Does::Page => palette.error,
        Does::Notify => palette.info,
        Does::Ignore => palette.muted,
    }
}

fn paint_cell(backtest: &Backtest, result: &RuleResult, column: usize, cell: &mut Cell<'_>) {
    let palette = cell.palette;
    let fired = result.pages() + result.notifications();
    let or_none = |cell: &mut Cell<'_>, text: Option<String>| match text {
        Some(text) => cell.mono(&text),
        None => cell.faint("–"),
    };
    match column {
        0 => cell.badge(
            result.rule.does.name(),
            does_color(palette, result.rule.does),
        ),
        1 => {
            let whole = cell.block;
            let half = whole.height() / 2.0;
            let near = egui::vec2(0.0, size::GRID / 2.0);
            cell.rect = whole.with_max_y(whole.top() + half).translate(near);
            let mut below = cell.part(whole.with_min_y(whole.top() + half).translate(-near));
            cell.dot(level_color(palette, result.level()));
            cell.strong(&result.rule.name);
            if result.flaps() {
                cell.badge("flapping", palette.warning);
            }
            below.faint(&words::rule(&result.rule));
        }
        2 => or_none(cell, (fired > 0).then(|| human::count(fired))),
        3 => or_none(
            cell,
            (result.pages() > 0).then(|| human::count(result.pages())),
        ),
        4 => {
            let week = backtest.per_week(fired).filter(|week| *week > 0.0);
            or_none(cell, week.map(|week| format!("{week:.1}")));
        }
        5 => {
            let minutes = result.minutes();
            or_none(
                cell,
                (minutes > 0).then(|| span_words(usize::try_from(minutes).unwrap_or(0))),
            );
        }
        _ => cell.spark(
            &bars(backtest, result),
            level_color(palette, result.level()),
        ),
    }
}

/// Minutes in alert in equal shares of the recording.
fn bars(backtest: &Backtest, result: &RuleResult) -> Vec<u32> {
    let (start, end) = (backtest.recorded.start, backtest.recorded.end);
    let length = (end - start).max(1);
    let mut bars = vec![0u32; BARS];
    for incident in &result.incidents {
        let place =
            |minute: i64| ((minute - start).clamp(0, length - 1) * BARS as i64 / length) as usize;
        for bar in bars
            .get_mut(place(incident.start)..=place(incident.end))
            .into_iter()
            .flatten()
        {
            *bar += 1;
        }
    }
    bars
}
