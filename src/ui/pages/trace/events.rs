//! What a span recorded while it ran: its events, read from the JSON they are kept as.

use crate::model::Nanos;
use crate::model::human;
use crate::model::record::RecordDetails;
use crate::ui::theme::{self, size};
use crate::ui::widgets::text::readable;
use egui::{Label, RichText, ScrollArea, Ui};
use serde_json::Value as Json;

/// A span event as `(name, offset from the span's start, lines)`.
pub(super) type Event = (String, String, Vec<(String, String)>);

/// The events of a span; none where they cannot be read.
pub(super) fn events_of(details: &RecordDetails, start: Nanos) -> Vec<Event> {
    let Ok(Json::Array(events)) = serde_json::from_str::<Json>(&details.events) else {
        return Vec::new();
    };
    events.iter().map(|event| event_of(event, start)).collect()
}

fn event_of(event: &Json, start: Nanos) -> Event {
    let name = event["name"].as_str().unwrap_or("event").to_owned();
    let time = &event["timeUnixNano"];
    let time = time
        .as_i64()
        .or_else(|| time.as_str().and_then(|text| text.parse().ok()));
    let offset = time.map_or_else(String::new, |time| {
        format!("+{}", human::duration(Nanos(time) - start))
    });
    let attributes = event["attributes"].as_array().into_iter().flatten();
    let lines = attributes.map(|attribute| {
        let key = attribute["key"].as_str().unwrap_or_default().to_owned();
        let value = attribute["value"]
            .as_object()
            .and_then(|value| value.values().next());
        let text = value.map_or_else(String::new, |value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        });
        (key, text)
    });
    (name, offset, lines.collect())
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
