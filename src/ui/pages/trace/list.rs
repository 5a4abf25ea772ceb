//! The spans of the trace in a row, in any order.

use super::lit::{self, Lit};
use crate::analysis::SpanIndex;
use crate::app::looks::{ListColumn, ListLook, LookOption, text_of};
use crate::app::route::TraceView;
use crate::app::{App, Command};
use crate::model::batch::SpanStatus;
use crate::model::human;
use crate::ui::icons::Icon;
use crate::ui::pages::op_color;
use crate::ui::theme::{self, size};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::chip::chip_removable;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::text::single_line;
use crate::ui::widgets::virtual_table::{Column, Sort, TableState, VirtualTable};
use egui::{Align, Frame, Layout, Margin, RichText, Ui};
use std::sync::Arc;

/// What each column is sorted by.
const ORDERS: [ListColumn; 6] = [
    ListColumn::Start,
    ListColumn::Service,
    ListColumn::Operation,
    ListColumn::Text,
    ListColumn::SelfTime,
    ListColumn::Duration,
];

/// The view's own state.
#[derive(Default)]
pub struct ListView {
    table: TableState,
    /// The selection that was brought into sight.
    shown: Option<SpanIndex>,
}

/// Paints the list; `arrived` gives it the keyboard.
pub fn ui(
    ui: &mut Ui,
    app: &mut App,
    view: &mut ListView,
    arrived: bool,
    commands: &mut Vec<Command>,
) {
    let look = app.looks.list.value.clone();
    Frame::new()
        .inner_margin(Margin::symmetric(12, 4))
        .show(ui, |ui| tools(ui, app, look.as_deref()));
    if let Some(error) = &app.looks.list.error {
        EmptyState::new(Icon::Error, "The spans could not be listed", error).show(ui);
        return;
    }
    let current = app.grouped.value.clone();
    let is_current = |look: &Arc<ListLook>| {
        current.is_some_and(|current| Arc::ptr_eq(&current.trace, &look.grouped.trace))
    };
    let Some(look) = look.filter(is_current) else {
        let palette = theme::palette(ui);
        ui.label(RichText::new("   Sorting…").color(palette.muted));
        return;
    };
    if look.spans.is_empty() && !app.looks.list.waiting {
        let sentence = "No span of this trace is of that class any more. Take the condition away.";
        EmptyState::new(Icon::Span, "No span to show", sentence).show(ui);
        return;
    }
    rows(ui, app, view, &look, arrived, commands);
}

/// Which spans these are, and how many.
fn tools(ui: &mut Ui, app: &mut App, look: Option<&ListLook>) {
    let palette = theme::palette(ui);
    let waiting = app.looks.list.waiting;
    let Some(picture) = app.trace_picture() else {
        return;
    };
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        match &picture.looks.list_of {
            None => {
                let text = RichText::new("All spans").font(theme::small());
                ui.label(text.color(palette.muted));
            }
            Some((by, value)) => {
                let value = if value.is_empty() { "none" } else { value };
                let text = format!("{}: {}", by.name(), single_line(value));
                if chip_removable(ui, &text, palette.accent).removed {
                    picture.list_spans_of(None);
                }
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let color = if waiting {
                palette.faint
            } else {
                palette.muted
            };
            let spans = look.map_or(0, |look| look.spans.len() as u64);
            let text = human::counted(spans, "span");
            ui.label(RichText::new(text).font(theme::small()).color(color));
        });
    });
}

fn rows(
    ui: &mut Ui,
    app: &mut App,
    view: &mut ListView,
    look: &Arc<ListLook>,
    arrived: bool,
    commands: &mut Vec<Command>,
) {
    let selected = app.selected_span();
    let lit = Lit::rows(app);
    let Some(picture) = app.trace_picture() else {
        return;
    };
    let set = &mut picture.looks;
    let row = selected.and_then(|span| look.row_of(span));
    view.table.offset_rows = set.list_offset;
    view.table.selected = row;
    if arrived {
        view.table.focus();
    }
    if arrived || view.shown != selected {
        view.shown = selected;
        row.into_iter().for_each(|row| view.table.reveal(row));
    }
    let sort = Sort {
        column: ORDERS
            .iter()
            .position(|order| *order == set.list_sort.column)
            .unwrap_or(0),
        descending: set.list_sort.descending,
    };
    let time = |title: &str| Column::px(title, 88.0).right().sortable();
    let columns = [
        time("Start").hint("Since the trace began"),
        Column::px("Service", 120.0).sortable(),
        Column::px("Operation", 136.0).sortable(),
        Column::rest("Description", 160.0).sortable(),
        time("Self").hint("How long it did something itself"),
        time("Duration"),
    ];
    let at = |row: u64| look.spans.get(usize::try_from(row).ok()?).copied();
    let output = VirtualTable::new("Spans of the trace", &columns, look.spans.len() as u64)
        .at_edge()
        .sort(Some(sort))
        .show(
            ui,
            &mut view.table,
            |row| {
                let span = at(row)?;
                let found = lit::in_words(lit.span(Some(span)));
                Some(format!("{}{found}", name(look, span)?))
            },
            |row, column, cell| {
                if let Some(span) = at(row) {
                    let found = lit.span(Some(span));
                    lit.ground(found, column, cell);
                    paint(look, span, column, cell);
                    lit.veil(found, cell);
                }
            },
        );
    set.list_offset = view.table.offset_rows;
    if let Some(column) = output.sort_clicked.and_then(|column| ORDERS.get(column)) {
        set.set(LookOption::ListSort(*column));
    }
    if let Some(span) = output.selected.and_then(at) {
        view.shown = Some(span);
        app.select_span(span);
    }
    if let Some(span) = output.activated.and_then(at) {
        app.select_span(span);
        commands.push(Command::ShowTraceAs(TraceView::Waterfall));
    }
}

/// A row in words.
fn name(look: &ListLook, at: SpanIndex) -> Option<String> {
    let span = look.grouped.trace.spans.get(at.at())?;
    let failed = match span.status {
        SpanStatus::Error => ", failed",
        _ => "",
    };
    Some(format!(
        "{} {} {} in {}, {}{failed}",
        offset(look, at),
        span.op,
        single_line(text_of(span)),
        span.service,
        human::duration(span.duration),
    ))
}

fn offset(look: &ListLook, at: SpanIndex) -> String {
    let start = look.grouped.trace.spans.get(at.at()).map(|span| span.start);
    let offset = start.map_or(0, |start| start - look.grouped.range.start);
    format!("+{}", human::duration(offset))
}

fn paint(look: &ListLook, at: SpanIndex, column: usize, cell: &mut Cell<'_>) {
    let palette = cell.palette;
    let Some(span) = look.grouped.trace.spans.get(at.at()) else {
        return;
    };
    let time = |nanos: i64, cell: &mut Cell<'_>| {
        let text = human::duration(nanos);
        cell.styled(&text, theme::mono_small(), palette.text);
    };
    match column {
        0 => cell.styled(&offset(look, at), theme::mono_small(), palette.muted),
        1 => cell.muted(&span.service),
        2 => {
            cell.dot(op_color(palette, &span.op));
            cell.text(&span.op);
        }
        3 => {
            if span.status == SpanStatus::Error {
                cell.icon(Icon::Error, palette.error);
            }
            cell.mono(text_of(span));
        }
        4 => time(look.grouped.self_time(at), cell),
        _ => time(span.duration, cell),
    }
}
