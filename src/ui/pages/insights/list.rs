//! The rows of a module as a table, whatever its columns are.

use super::InsightsPage;
use super::rail::title;
use crate::app::insights::words::words_at;
use crate::app::insights::{Cell, Column, Table, Unit};
use crate::app::route::InsightsPlace;
use crate::app::{App, Command};
use crate::model::Nanos;
use crate::model::human::{self, Clock};
use crate::ui::theme::size;
use crate::ui::widgets::cell::Cell as Painted;
use crate::ui::widgets::text::single_line;
use crate::ui::widgets::virtual_table::{self, Sort, VirtualTable, Width};
use egui::Ui;

impl InsightsPage {
    pub(super) fn list(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &InsightsPlace,
        table: &Table,
        order: &[u32],
        commands: &mut Vec<Command>,
    ) {
        let clock = app.settings.clock;
        let name = title(place.module);
        let list = match place.look {
            Some(look) => format!("insights/{}", look.path()),
            None => format!("insights/{}", place.module.name()),
        };
        app.settings.swap_widths(&list, &mut self.table.widths);
        let Some(picture) = app.list_picture() else {
            return;
        };
        self.table.offset_rows = picture.offset_rows;
        self.table.selected = picture.selected;
        self.table.focus_on_arrival(ui, &mut self.arrived);
        let shown = shown(table, ui.available_width() - size::SCROLL);
        let columns: Vec<virtual_table::Column> = shown
            .iter()
            .filter_map(|place| table.columns.get(*place))
            .map(column)
            .collect();
        let row = |row: u64| {
            let place = *order.get(usize::try_from(row).ok()?)?;
            table.rows.get(place as usize)
        };
        let sort = sort(table, &shown, place);
        let is_look = place.look.is_some();
        let link = |at: u64, place: usize| {
            let (row, column) = (row(at)?, shown.get(place)?);
            if is_look {
                return None;
            }
            let is_number = table.columns.get(*column)?.unit.is_number();
            let leads = is_number && *row.get(*column)? != Cell::None;
            leads.then(|| format!("Spans behind {}", table.columns[*column].title))
        };
        let output = VirtualTable::new(name, &columns, order.len() as u64)
            .at_edge()
            .sort(sort)
            .links(&link)
            .show(
                ui,
                &mut self.table,
                |at| row(at).map(|row| in_words(&table.columns, row, clock)),
                |at, place, cell| {
                    if let (Some(row), Some(place)) = (row(at), shown.get(place)) {
                        paint(&table.columns, row, (*place, clock), cell);
                    }
                },
            );
        picture.offset_rows = self.table.offset_rows;
        picture.selected = self.table.selected;
        picture.visible = output.visible.clone();
        let key = |at: u64| {
            let place = *order.get(usize::try_from(at).ok()?)?;
            table.key(place as usize)
        };
        let behind = output.followed.and_then(|(at, place)| {
            let column = table.columns.get(*shown.get(place)?)?.name;
            Some(Command::ShowBehind {
                row: key(at)?,
                column,
            })
        });
        commands.extend(behind);
        // A closer look has no closer one: its rows lead to what they tell of.
        let opened = output.clicked.or(output.activated);
        let followed = opened.filter(|_| is_look).and_then(|at| {
            let row = *order.get(usize::try_from(at).ok()?)?;
            Some(Command::FollowLook(row as usize))
        });
        commands.extend(followed);
        let key = opened.filter(|_| !is_look).and_then(key);
        commands.extend(key.map(|key| Command::OpenInsight(Some(key))));
        let column = output.sort_clicked.and_then(|at| shown.get(at));
        let column = column.and_then(|place| table.columns.get(*place));
        commands.extend(column.map(|column| Command::SortInsights(column.name.to_owned())));
        app.settings.swap_widths(&list, &mut self.table.widths);
    }
}

/// Columns that are left out first where there is no room for all: an opened row has them, or what was found tells them.
const FIRST_OUT: [&str; 16] = [
    "empty_in",
    "in_an_hour",
    "timed_out",
    "overdue",
    "busy",
    "interval",
    "p99",
    "p75",
    "user_misery",
    "system",
    "action",
    "users",
    "reasoning_tokens",
    "cached_tokens",
    "apdex",
    "rate_3xx",
];

/// The places of the columns that people see, as many as there is room for.
fn shown(table: &Table, room: f32) -> Vec<usize> {
    let columns = table.columns.iter().enumerate();
    let mut shown: Vec<usize> = columns
        .filter(|(_, column)| column.shown)
        .map(|(place, _)| place)
        .collect();
    let width = |place: &usize| match table.columns.get(*place).map(|own| column(own).width) {
        Some(Width::Px(width) | Width::Rest { min: width }) => width,
        None => 0.0,
    };
    for name in FIRST_OUT {
        if shown.iter().map(width).sum::<f32>() > room {
            shown.retain(|place| table.columns.get(*place).is_none_or(|own| own.name != name));
        }
    }
    shown
}

fn sort(table: &Table, shown: &[usize], place: &InsightsPlace) -> Option<Sort> {
    let (name, descending) = place.sort.as_ref()?;
    let wanted = table.column(name)?;
    let column = shown.iter().position(|place| *place == wanted)?;
    Some(Sort {
        column,
        descending: *descending,
    })
}

pub(super) fn column(column: &Column) -> virtual_table::Column {
    use virtual_table::Column as Shown;
    let title = column.title;
    let shown = match (column.unit, column.name) {
        (Unit::Text, "op" | "system" | "action") => Shown::px(title, 104.0),
        (Unit::Text, "service" | "release" | "environment") => Shown::px(title, 112.0),
        (Unit::Text, "schedule") => Shown::px(title, 136.0),
        (Unit::List, _) => Shown::px(title, 136.0),
        (Unit::Text, "change" | "kind" | "sort") => Shown::px(title, 88.0),
        (Unit::Text, "finding") => Shown::rest(title, 232.0),
        (Unit::Time, _) => Shown::px(title, 136.0).right(),
        (Unit::Text | Unit::Counts, _) => Shown::rest(title, 160.0),
        _ if column.name == "share" => Shown::px(title, 96.0).right(),
        (Unit::Duration | Unit::PerMinute, _) => Shown::px(title, at_least(84.0, title)).right(),
        _ => Shown::px(title, at_least(72.0, title)).right(),
    };
    shown.key(column.name).sortable()
}

/// The width of a column, or what its title needs, on the grid.
fn at_least(width: f32, title: &str) -> f32 {
    const LETTER: f32 = 8.0;
    width.max(title.chars().count() as f32 * LETTER + size::GRID)
}

/// The row in words, for screen readers and tests.
pub(super) fn in_words(columns: &[Column], row: &[Cell], clock: Clock) -> String {
    let cells = columns.iter().zip(row);
    let cells = cells.filter(|(column, cell)| column.shown && **cell != Cell::None);
    let said = cells.map(|(column, cell)| {
        let words = single_line(&words_at(column, Some(cell), clock));
        match column.unit {
            Unit::Text | Unit::List => words,
            _ => format!("{}: {words}", column.title),
        }
    });
    said.collect::<Vec<_>>().join(", ")
}

pub(super) fn paint(
    columns: &[Column],
    row: &[Cell],
    (place, clock): (usize, Clock),
    cell: &mut Painted<'_>,
) {
    let (Some(column), Some(value)) = (columns.get(place), row.get(place)) else {
        return;
    };
    let text = words_at(column, Some(value), clock);
    match (column.unit, value) {
        // The year and thousandths of a second would take the room of what matters; they are said and copied.
        (Unit::Time, Cell::Int(time)) => {
            cell.mono(&human::time(Nanos(*time), clock, "%m-%d %H:%M:%S"))
        }
        (Unit::Text, Cell::None) if place == 0 => cell.faint("(none)"),
        (_, Cell::None) => cell.faint("–"),
        (Unit::Text, _) if place == 0 => cell.strong(&single_line(&text)),
        (Unit::Text | Unit::List | Unit::Counts, _) => cell.muted(&single_line(&text)),
        _ => cell.mono(&text),
    }
    if column.name == "share" {
        let share = value.number().unwrap_or_default() as f32;
        cell.room_of_figures("12.3 %".len());
        cell.bar(share, cell.palette.accent);
    }
}
