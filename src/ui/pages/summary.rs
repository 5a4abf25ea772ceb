//! The line above a list: how many fit, of how many, of which time, and what went wrong.

use crate::app::{App, Command};
use crate::model::TimeRange;
use crate::model::human::{self, Clock};
use crate::ui::icons::Icon;
use crate::ui::theme::{self, size};
use crate::ui::widgets::chip::chip_removable;
use crate::ui::widgets::empty_state::EmptyState;
use egui::{Align, Layout, RichText, Ui};
use std::ops::Range;

/// What the line says.
pub struct Summary<'a> {
    /// What is listed, in the singular.
    pub noun: &'a str,
    /// How many are; `None` while nothing has been found out, as when the search cannot be read.
    pub shown: Option<u64>,
    /// How many there are at all, when not all are listed.
    pub all: Option<u64>,
    /// Whether these are only the first, and the others are still looked for.
    pub more: bool,
    /// Whether a newer answer is awaited.
    pub waiting: bool,
    /// Why there is none.
    pub error: Option<&'a str>,
    /// The stretch of time that is listed; `None` for all.
    pub range: Option<TimeRange>,
    /// The durations in nanoseconds that are listed; `None` for all. An end of `i64::MAX` is open.
    pub durations: Option<Range<i64>>,
    /// The clock of times.
    pub clock: Clock,
}

impl Summary<'_> {
    /// Paints the line; `end` fills it from the right edge.
    pub fn show(&self, ui: &mut Ui, commands: &mut Vec<Command>, end: impl FnOnce(&mut Ui)) {
        let palette = theme::palette(ui);
        ui.horizontal(|ui| {
            ui.set_height(size::BUTTON);
            let color = if self.waiting {
                palette.faint
            } else {
                palette.muted
            };
            if let Some(text) = self.count() {
                ui.label(RichText::new(text).font(theme::small()).color(color));
            }
            if let Some(TimeRange { start, end }) = self.range {
                let [from, to] = [start, end].map(|at| human::time_of_day(at, self.clock));
                if chip_removable(ui, &format!("{from} – {to}"), palette.accent).removed {
                    commands.push(Command::TimeRange(None));
                }
            }
            if let Some(durations) = &self.durations
                && chip_removable(ui, &durations_text(durations), palette.accent).removed
            {
                commands.push(Command::SpanRegion {
                    range: self.range,
                    durations: None,
                });
            }
            if let Some(error) = self.error {
                ui.label(
                    RichText::new(error)
                        .font(theme::small())
                        .color(palette.error),
                );
            }
            ui.with_layout(Layout::right_to_left(Align::Center), end);
        });
    }

    /// How many are listed, and of how many.
    fn count(&self) -> Option<String> {
        let mut text = human::counted(self.shown?, self.noun);
        if self.more {
            text = format!("the first {text}, counting…");
        }
        if let Some(all) = self.all {
            text = format!("{text} of {}", human::grouped(all));
        }
        Some(text)
    }
}

/// In the place of a list that was never asked for, since the search cannot be read; `false` (and nothing painted) where it can.
pub fn unreadable(ui: &mut Ui, app: &App) -> bool {
    let is_wrong = app.query_error().is_some();
    if is_wrong {
        let sentence = "Mend what is underlined above, and what fits is listed here.";
        EmptyState::new(Icon::Search, "This search cannot be read", sentence).show(ui);
    }
    is_wrong
}

fn durations_text(durations: &Range<i64>) -> String {
    let [from, to] = [durations.start, durations.end].map(human::duration);
    match durations.end {
        i64::MAX => format!("from {from}"),
        _ => format!("{from} – {to}"),
    }
}
