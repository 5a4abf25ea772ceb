//! What a span recorded while it ran.

use crate::analysis::span_events::span_events;
use crate::model::Nanos;
use crate::model::human;
use crate::model::record::RecordDetails;
use crate::ui::theme::{self, size};
use crate::ui::widgets::text::readable;
use egui::{Label, RichText, ScrollArea, Ui};

/// A span event as `(name, offset from the span's start, lines)`.
pub(super) type Event = (String, String, Vec<(String, String)>);

/// The events of a span, to be painted.
pub(super) fn events_of(details: &RecordDetails, start: Nanos) -> Vec<Event> {
    let events = span_events(&details.events).into_iter();
    let event = events.map(|event| {
        let offset = event.time.map_or_else(String::new, |time| {
            format!("+{}", human::duration(time - start))
        });
        (event.name, offset, event.attributes)
    });
    event.collect()
}

/// Paints the events.
pub(super) fn event_list(ui: &mut Ui, events: &[Event]) {
    let palette = theme::palette(ui);
    if events.is_empty() {
        ui.label(RichText::new("The span recorded no events.").color(palette.muted));
        return;
    }
    ScrollArea::vertical()
        .id_salt("events")
        .auto_shrink(false)
        .show(ui, |ui| {
            for (name, offset, lines) in events {
                ui.horizontal(|ui| {
                    ui.label(RichText::new(name).font(theme::strong()));
                    ui.label(
                        RichText::new(offset)
                            .font(theme::mono_small())
                            .color(palette.muted),
                    );
                });
                for (key, value) in lines {
                    ui.label(RichText::new(key).font(theme::small()).color(palette.muted));
                    ui.add(
                        Label::new(RichText::new(readable(value)).font(theme::mono_small())).wrap(),
                    );
                }
                ui.add_space(size::GAP);
            }
        });
}
