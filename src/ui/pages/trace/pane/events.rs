//! What a span recorded while it ran, in order of time.

use super::fields::row;
use super::section::{long_text, section};
use crate::app::App;
use crate::app::span_pane::{SpanPane, sections};
use crate::model::human;
use crate::ui::theme::{self, size};
use egui::{CollapsingHeader, RichText, Ui};

/// Events shown; how many more there are is said.
const MOST: usize = 100;
/// The errors of the span have told it, call by call.
const STACK_TRACE: &str = "exception.stacktrace";

/// Paints them.
pub fn ui(ui: &mut Ui, app: &mut App, pane: &SpanPane) {
    if pane.events.is_empty() {
        return;
    }
    let start = app
        .grouped
        .value
        .as_ref()
        .and_then(|grouped| grouped.trace.spans.get(pane.span.at()))
        .map(|span| span.start);
    let count = human::grouped(pane.events.len() as u64);
    section(ui, app, sections::EVENTS, &count, |ui, _| {
        let palette = theme::palette(ui);
        for (place, event) in pane.events.iter().take(MOST).enumerate() {
            ui.push_id(place, |ui| {
                ui.horizontal(|ui| {
                    ui.label(RichText::new(&event.name).font(theme::strong()));
                    if let (Some(time), Some(start)) = (event.time, start) {
                        let offset = format!("+{}", human::duration(time - start));
                        let offset = RichText::new(offset).font(theme::mono_small());
                        ui.label(offset.color(palette.muted));
                    }
                });
                for (key, value) in &event.attributes {
                    if key == STACK_TRACE {
                        let title = RichText::new("Stack trace as recorded").font(theme::small());
                        CollapsingHeader::new(title).show(ui, |ui| {
                            long_text(ui, key, value, theme::mono_small());
                        });
                        continue;
                    }
                    row(ui, key, |ui| long_text(ui, key, value, theme::mono_small()));
                }
                ui.add_space(size::GRID);
            });
        }
        if pane.events.len() > MOST {
            let text = human::first_of(MOST as u64, pane.events.len() as u64, "event");
            let text = RichText::new(format!("{text}; the story has all")).font(theme::small());
            ui.label(text.color(palette.faint));
        }
    });
}
