//! A log record among those before and after it.

use super::rows::{LIST, RowLook};
use crate::app::route::{AroundPlace, LogsPlace, Neighbours};
use crate::app::surroundings::Surroundings;
use crate::app::{App, Command};
use crate::model::human;
use crate::ui::icons::{Icon, icon_text_button};
use crate::ui::theme::{self, size};
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::virtual_table::{TableState, VirtualTable};
use egui::{Align, Frame, Layout, Margin, RichText, Ui, UiBuilder};

/// Height of the line above and below the records.
const END_HEIGHT: f32 = size::BUTTON + 2.0 * size::GRID;
/// Records that one press shows more.
const MORE: usize = 200;
const OFS: [Neighbours; 3] = [Neighbours::Service, Neighbours::Trace, Neighbours::All];

/// The line above: which records these are, and the way back. `end` fills it from the right edge.
pub fn head(
    ui: &mut Ui,
    app: &App,
    around: AroundPlace,
    commands: &mut Vec<Command>,
    end: impl FnOnce(&mut Ui, &mut Vec<Command>),
) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        if icon_text_button(ui, Icon::Back, "Back to the search").clicked() {
            commands.push(Command::LeaveAround);
        }
        let mut text = "Around a record".to_owned();
        if let Some(found) = shown(app, around)
            && let Some(log) = found.rows.get(found.at)
        {
            text = format!("Around {}", human::date_time(log.time, app.settings.clock));
        }
        let color = match app.log_around.waiting {
            true => palette.faint,
            false => palette.muted,
        };
        ui.label(RichText::new(text).font(theme::small()).color(color));
        let mut at = OFS.iter().position(|of| *of == around.of).unwrap_or(0);
        let names = ["Same service", "Same trace", "Everything"];
        if segmented(ui, "Records of", &mut at, &names) {
            let of = OFS[at.min(2)];
            commands.push(Command::ShowAround(AroundPlace { of, ..around }));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| end(ui, commands));
    });
    if let Some(error) = &app.log_around.error {
        let text = RichText::new(error).font(theme::small());
        ui.label(text.color(palette.error));
    }
}

/// The newest answer about this record, perhaps with fewer neighbours than are wanted.
pub fn shown(app: &App, around: AroundPlace) -> Option<&Surroundings> {
    let found = app.log_around.value.as_deref();
    found.filter(|found| found.place == around && app.log_around.error.is_none())
}

/// The record and its neighbours.
pub fn list(
    ui: &mut Ui,
    app: &mut App,
    table: &mut TableState,
    place: &LogsPlace,
    around: AroundPlace,
    commands: &mut Vec<Command>,
) {
    let Some(found) = app.log_around.value.clone() else {
        return;
    };
    if shown(app, around).is_none() {
        return;
    }
    let look = RowLook::new(app, place);
    app.settings.swap_widths(LIST, &mut table.widths);
    let Some(picture) = app.list_picture() else {
        return;
    };
    table.offset_rows = picture.offset_rows;
    let selected = picture.record.and_then(|at| found.row_of(at));
    table.selected = selected.map(|at| at as u64);
    match picture.around_at.replace(found.at) {
        None => {
            table.select(found.at as u64);
            picture.record = Some(around.at);
            // In the middle, since what led to it matters as much as what came of it.
            let half = f64::from(ui.available_height() / look.row_height() / 2.0);
            table.offset_rows = (found.at as f64 - half).max(0.0);
        }
        // Earlier records came in before it: what was in sight stays there.
        Some(before) if before != found.at => {
            let shift = found.at as f64 - before as f64;
            table.offset_rows += shift;
        }
        Some(_) => {}
    }
    let all = ui.available_rect_before_wrap();
    let (top, rest) = all.split_top_bottom_at_y(all.top() + END_HEIGHT);
    let (middle, bottom) = rest.split_top_bottom_at_y(rest.bottom() - END_HEIGHT);
    let (before, after) = picture.around;
    ui.scope_builder(UiBuilder::new().max_rect(top), |ui| {
        let end = (found.more_before, found.at, "earlier", "first");
        if more(ui, end) {
            picture.around.0 = before + MORE;
        }
    });
    let later = found.rows.len().saturating_sub(found.at + 1);
    ui.scope_builder(UiBuilder::new().max_rect(bottom), |ui| {
        let end = (found.more_after, later, "later", "last");
        if more(ui, end) {
            picture.around.1 = after + MORE;
        }
    });
    let row = |row: u64| found.rows.get(usize::try_from(row).ok()?);
    let mut menu = |ui: &mut Ui, at: u64| {
        if let Some(log) = row(at) {
            look.menu(ui, log, commands);
        }
    };
    let columns = look.columns();
    let output = ui
        .scope_builder(UiBuilder::new().max_rect(middle), |ui| {
            VirtualTable::new("Records around", &columns, found.rows.len() as u64)
                .at_edge()
                .row_height(look.row_height())
                .movable()
                .menu(&mut menu)
                .show(
                    ui,
                    table,
                    |at| row(at).map(|log| look.name(log)),
                    |at, column, cell| {
                        if let Some(log) = row(at) {
                            look.paint(log, column, cell);
                        }
                    },
                )
        })
        .inner;
    picture.offset_rows = table.offset_rows;
    picture.selected = table.selected;
    if let Some(log) = output.selected.and_then(row) {
        picture.record = Some(log.at);
    }
    commands.extend(output.columns.and_then(|change| look.changed(change)));
    let opened = output.activated.and_then(row);
    if let Some((trace, span)) = opened.and_then(|log| Some((log.trace?, log.span))) {
        commands.push(Command::OpenTrace { trace, span });
    }
    app.settings.swap_widths(LIST, &mut table.widths);
}

/// One end of the list: how many there are, and whether more are wanted.
fn more(ui: &mut Ui, (more, count, way, last): (bool, usize, &str, &str)) -> bool {
    let palette = theme::palette(ui);
    let mut wanted = false;
    Frame::new()
        .inner_margin(Margin::symmetric(12, 4))
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.set_height(size::BUTTON);
                let records = human::counted(count as u64, &format!("{way} record"));
                let text = match more {
                    true => records,
                    false => format!("{records}, to the {last}"),
                };
                ui.label(
                    RichText::new(text)
                        .font(theme::small())
                        .color(palette.muted),
                );
                wanted = more && ui.button(format!("{MORE} more {way}")).clicked();
            });
        });
    wanted
}
