//! Bars as long as a number of their spans: choosing which, and painting them.

use super::look_line::{menu, menu_button};
use super::rows::{BAR_HEIGHT, Sheet};
use crate::analysis::Row;
use crate::app::bar_lengths::{BarValues, in_words};
use crate::app::views::Picture;
use crate::app::{App, Command, Look};
use crate::ui::theme::{self, size};
use crate::ui::widgets::ruler::Tick;
use egui::{Align2, Painter, Pos2, Rect, RichText, ScrollArea, Ui, vec2};

/// Room that is kept for the value behind the longest bar.
const VALUE: f32 = 88.0;
/// Width of the menu.
const WIDTH: f32 = 280.0;

/// What the length of bars says, to be chosen.
pub fn choice(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    let Picture::Trace(picture) = &app.history.current().picture else {
        return;
    };
    let now = picture.bars_by.as_str();
    let name = if now.is_empty() { "Time" } else { now };
    let button = menu_button(
        ui,
        &format!("Bars: {name}"),
        "What the length of bars says (B)",
    );
    if button.clicked() {
        commands.push(Command::Look(Look::ListNumbers));
    }
    menu(&button, WIDTH, |ui| {
        if ui.radio(now.is_empty(), "Time").clicked() {
            commands.push(Command::Look(Look::BarsBy(String::new())));
        }
        let palette = theme::palette(ui);
        let small = |text: &str| {
            RichText::new(text)
                .font(theme::small())
                .color(palette.muted)
        };
        match (&app.lengths.keys.value, &app.lengths.keys.error) {
            (_, Some(error)) => drop(ui.label(RichText::new(error).color(palette.error))),
            (None, None) => drop(ui.label(small("Looking for numbers that spans have…"))),
            (Some(keys), None) if keys.is_empty() => {
                ui.label(small("No span of this trace has a number."));
            }
            (Some(keys), None) => {
                ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                    for key in keys.iter() {
                        if ui.radio(now == &**key, &**key).clicked() {
                            commands.push(Command::Look(Look::BarsBy(key.to_string())));
                        }
                    }
                });
            }
        }
    });
    ui.add_space(size::GRID);
}

/// The ruler above such bars.
pub(super) fn ticks(values: &BarValues, width: f32) -> Vec<Tick> {
    let share = ((width - VALUE) / width).max(0.1);
    let tick = |part: f64| Tick {
        at: share * part as f32,
        label: in_words(&values.key, values.largest * part),
    };
    match values.largest > 0.0 {
        true => [0.0, 0.5, 1.0].map(tick).into(),
        false => Vec::new(),
    }
}

impl Sheet<'_> {
    /// Paints the bar of a row by its value; rows without one stay empty.
    pub(super) fn paint_value(
        &self,
        row: &Row,
        values: &BarValues,
        origin: Pos2,
        width: f32,
        painter: &Painter,
    ) {
        let Some((share, text)) = values.of(row.node) else {
            return;
        };
        let length = ((width - VALUE).max(1.0) * share as f32).max(1.0);
        let half = vec2(0.0, BAR_HEIGHT / 2.0);
        let bar = Rect::from_min_max(origin - half, origin + half + vec2(length, 0.0));
        let fill = self.bar_fill(row);
        fill.paint(painter, bar, 2.0, self.palette);
        // Of a group there is more to say than fits behind its bar.
        let wide = painter.layout_no_wrap(text.clone(), theme::small(), self.palette.muted);
        let behind = origin.x + length + 4.0;
        let fits = behind + wide.size().x <= origin.x + width;
        if fits {
            let at = Pos2::new(behind, origin.y);
            let color = self.palette.muted;
            painter.text(at, Align2::LEFT_CENTER, text, theme::small(), color);
        } else {
            let at = Pos2::new(bar.right() - 4.0, origin.y);
            self.paint_inside(&text, at, Align2::RIGHT_CENTER, fill, painter);
        }
    }
}
