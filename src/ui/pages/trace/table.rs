//! The spans of the trace in numbers, by what they have in common.
//!
//! Selecting a line selects the span of it that lasted longest, unless one of its spans is selected already; opening it
//! lists its spans.

use super::find_bar::matches_in_words;
use super::lit::{self, Lit};
use crate::analysis::{Statistic, StatisticColumn};
use crate::app::App;
use crate::app::group_words::percent;
use crate::app::looks::{Counted, LookOption, TABLE_BY, TableBy, TableLook};
use crate::model::human;
use crate::ui::icons::Icon;
use crate::ui::pages::op_color;
use crate::ui::theme::{self, size};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::virtual_table::{Column, Sort, TableState, VirtualTable};
use egui::{Align, Frame, Key, Layout, Margin, RichText, TextEdit, Ui};
use std::sync::Arc;

/// Points that a digit of a number takes.
const DIGIT: f32 = 8.0;
/// What each column is sorted by.
const ORDERS: [Option<StatisticColumn>; 9] = [
    Some(StatisticColumn::Value),
    Some(StatisticColumn::Count),
    Some(StatisticColumn::Errors),
    Some(StatisticColumn::Total),
    Some(StatisticColumn::Wall),
    Some(StatisticColumn::SelfTime),
    Some(StatisticColumn::Average),
    Some(StatisticColumn::P50),
    Some(StatisticColumn::P95),
];

/// The view's own state.
#[derive(Default)]
pub struct TableView {
    table: TableState,
}

/// Paints tools and table; `arrived` gives the table the keyboard.
pub fn ui(ui: &mut Ui, app: &mut App, view: &mut TableView, arrived: bool) {
    let look = app.looks.table.value.clone();
    Frame::new()
        .inner_margin(Margin::symmetric(12, 4))
        .show(ui, |ui| tools(ui, app, look.as_deref()));
    if let Some(error) = &app.looks.table.error {
        EmptyState::new(Icon::Error, "The table could not be made", error).show(ui);
        return;
    }
    let current = app.grouped.value.clone();
    let is_current = |look: &Arc<TableLook>| {
        current.is_some_and(|current| Arc::ptr_eq(&current.trace, &look.grouped.trace))
    };
    let Some(look) = look.filter(is_current) else {
        let palette = theme::palette(ui);
        ui.label(RichText::new("   Counting…").color(palette.muted));
        return;
    };
    lines(ui, app, view, &look, arrived);
}

/// What lines have in common, and how many there are.
fn tools(ui: &mut Ui, app: &mut App, look: Option<&TableLook>) {
    let palette = theme::palette(ui);
    let waiting = app.looks.table.waiting;
    let Some(picture) = app.trace_picture() else {
        return;
    };
    let set = &mut picture.looks;
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        let names = ["Operation", "Service", "Kind", "Name"];
        // Beyond the last while an attribute is chosen.
        let by = TABLE_BY.iter().position(|by| *by == set.table_by);
        let mut at = by.unwrap_or(TABLE_BY.len());
        if segmented(ui, "Spans by", &mut at, &names)
            && let Some(by) = TABLE_BY.get(at)
        {
            set.set(LookOption::TableBy(by.clone()));
        }
        let field = TextEdit::singleline(&mut set.attribute)
            .hint_text("Any attribute")
            .desired_width(160.0);
        let response = ui.add(field);
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Attribute to group spans by")
        });
        let enter = ui.input(|input| input.key_pressed(Key::Enter));
        let key = set.attribute.trim();
        if response.lost_focus() && enter && !key.is_empty() {
            let by = TableBy::Attribute(key.to_owned());
            set.set(LookOption::TableBy(by));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let color = if waiting {
                palette.faint
            } else {
                palette.muted
            };
            let lines = look.map_or(0, |look| look.lines.len() as u64);
            let text = human::counted(lines, "line");
            ui.label(RichText::new(text).font(theme::small()).color(color));
        });
    });
}

fn columns(look: &TableLook) -> [Column; 10] {
    // Numbers are never cut: those of a large trace get more room.
    let number = |title: &str, least: f32, of: fn(&Statistic) -> usize| {
        let greatest = look.lines.iter().map(of).max().unwrap_or(0);
        let digits = human::grouped(greatest as u64).len();
        let width = digits as f32 * DIGIT + 2.0 * size::GAP + size::GRID;
        Column::px(title, width.max(least)).right().sortable()
    };
    let time = |title: &str, hint: &str| Column::px(title, 72.0).right().sortable().hint(hint);
    [
        Column::rest(look.by.name(), 128.0).sortable(),
        number("Spans", 64.0, |line| line.count),
        number("Failed", 60.0, |line| line.errors),
        time("Total", "Sum of their durations"),
        time("Wall", "Time in which at least one of them ran"),
        time(
            "Self",
            "Sum of the times in which they did something themselves",
        ),
        time("Average", "Mean duration"),
        time("p50", "The middle duration"),
        time("p95", "The duration that 95 of 100 stay below"),
        Column::px("Share", 112.0).hint("Self time as a share of that of all spans"),
    ]
}

fn lines(ui: &mut Ui, app: &mut App, view: &mut TableView, look: &Arc<TableLook>, arrived: bool) {
    let palette = theme::palette(ui);
    let selected = app.selected_span().and_then(|span| look.line_of(span));
    let lit = Lit::parts(app, &Counted::Table(look.clone()));
    let Some(picture) = app.trace_picture() else {
        return;
    };
    let set = &mut picture.looks;
    view.table.offset_rows = set.table_offset;
    view.table.selected = selected.map(|line| line as u64);
    if arrived {
        view.table.focus();
        selected
            .into_iter()
            .for_each(|line| view.table.reveal(line as u64));
    }
    let sort = Sort {
        column: ORDERS
            .iter()
            .position(|order| *order == Some(set.table_sort.column))
            .unwrap_or(0),
        descending: set.table_sort.descending,
    };
    let columns = columns(look);
    let at = |row: u64| look.lines.get(usize::try_from(row).ok()?);
    let output = VirtualTable::new("Spans in numbers", &columns, look.lines.len() as u64)
        .at_edge()
        .sort(Some(sort))
        .show(
            ui,
            &mut view.table,
            |row| {
                let found = lit::in_words(lit.count(row as usize));
                at(row).map(|line| format!("{}{found}", name(look, line)))
            },
            |row, column, cell| {
                let Some(line) = at(row) else { return };
                let found = lit.count(row as usize);
                lit.ground(found, column, cell);
                if column == 0 {
                    let longest = look.longest.get(row as usize).copied().flatten();
                    let span = longest.and_then(|span| look.grouped.trace.spans.get(span.at()));
                    if let Some(span) = span {
                        cell.dot(op_color(palette, &span.op));
                    }
                }
                if let (0, Some(count @ 1..)) = (column, found) {
                    cell.badge(&matches_in_words(count as usize), palette.found);
                }
                paint(line, column, cell);
                lit.veil(found, cell);
            },
        );
    set.table_offset = view.table.offset_rows;
    if let Some(Some(column)) = output.sort_clicked.and_then(|column| ORDERS.get(column)) {
        set.set(LookOption::TableSort(*column));
    }
    if let Some(line) = output.activated.and_then(at) {
        let of = Some((look.by.clone(), line.value.clone()));
        picture.list_spans_of(of);
    }
    let chosen = output
        .selected
        .filter(|row| selected.map(|line| line as u64) != Some(*row));
    let chosen = chosen.and_then(|row| look.longest.get(usize::try_from(row).ok()?).copied()?);
    if let Some(span) = chosen {
        app.select_span(span);
    }
}

fn value_of(line: &Statistic) -> &str {
    match &*line.value {
        "" => "none",
        value => value,
    }
}

/// A line in words.
fn name(look: &TableLook, line: &Statistic) -> String {
    format!(
        "{} {}: {}, {} failed, total {}, self {}, p95 {}, {}",
        look.by.name(),
        value_of(line),
        human::counted(line.count as u64, "span"),
        human::grouped(line.errors as u64),
        human::duration(line.total),
        human::duration(line.self_time),
        human::duration(line.p95),
        percent(line.share),
    )
}

fn paint(line: &Statistic, column: usize, cell: &mut Cell<'_>) {
    let palette = cell.palette;
    let mut time = |nanos: i64| {
        let text = human::duration(nanos);
        cell.styled(&text, theme::mono_small(), palette.text);
    };
    match column {
        0 if line.value.is_empty() => cell.muted("none"),
        0 => cell.text(&line.value),
        1 => cell.mono(&human::grouped(line.count as u64)),
        2 if line.errors == 0 => cell.faint("–"),
        2 => cell.colored(&human::grouped(line.errors as u64), palette.error),
        3 => time(line.total),
        4 => time(line.wall),
        5 => time(line.self_time),
        6 => time(line.average),
        7 => time(line.p50),
        8 => time(line.p95),
        _ => share(line.share, cell),
    }
}

/// A bar with its number.
pub(super) fn share(share: f64, cell: &mut Cell<'_>) {
    let palette = cell.palette;
    let full = cell.rect;
    let bar = egui::Rect::from_min_size(
        egui::pos2(full.left() + size::CELL_PAD, full.center().y - 3.0),
        egui::vec2(40.0, 6.0),
    );
    cell.painter().rect_filled(bar, 2.0, palette.sunken);
    let mut filled = bar;
    filled.set_width(bar.width() * share.clamp(0.0, 1.0) as f32);
    cell.painter().rect_filled(filled, 2.0, palette.accent);
    cell.space(48.0);
    cell.styled(&percent(share), theme::mono_small(), palette.muted);
}
