//! The selected span: what it did, where it belongs, every attribute of it and what can be done with it.

use super::list::label;
use crate::app::columns::SPAN_COLUMNS;
use crate::app::route::{GroupsPlace, SpansPlace};
use crate::app::{App, Command};
use crate::model::human::{self, Clock};
use crate::model::record::{RecordDetails, SpanEntry};
use crate::ui::icons::{Icon, icon_button, icon_text_button};
use crate::ui::pages::trace::parts::{facts, title};
use crate::ui::theme::{self, size};
use crate::ui::widgets::key_values::{KeyValues, KeyValuesState, Pair, PairAction};
use egui::{Align, Frame, Layout, Margin, RichText, ScrollArea, Ui};

/// The pane.
pub(super) fn span(
    ui: &mut Ui,
    app: &mut App,
    place: &SpansPlace,
    state: &mut KeyValuesState,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui);
    let clock = app.settings.clock;
    let rows = app.spans.rows.value.clone().unwrap_or_default();
    let details = app.span_details.value.clone();
    let Some(picture) = app.list_picture() else {
        return;
    };
    // Until the rows of a new order are there, the row at hand may be another span's.
    let span = picture.selected.and_then(|row| rows.get(row));
    let span = span.filter(|span| Some(span.at) == picture.record).cloned();
    Frame::new()
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(RichText::new("Span").font(theme::heading()));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    if icon_button(ui, Icon::Close, "Close the details").clicked() {
                        picture.record = None;
                    }
                });
            });
            let Some(span) = span else { return };
            ui.add_space(size::GRID);
            ScrollArea::vertical()
                .id_salt("span")
                .auto_shrink(false)
                .show(ui, |ui| {
                    title(ui, palette, &span.op, label(&span));
                    ui.add_space(size::GAP);
                    ui.horizontal(|ui| links(ui, &span, commands));
                    ui.add_space(size::GAP);
                    facts(ui, "span facts", &lines(&span, clock));
                    ui.add_space(size::GAP);
                    if let Some(details) = details {
                        attributes(ui, &details, place, state, commands);
                    }
                });
        });
}

fn links(ui: &mut Ui, span: &SpanEntry, commands: &mut Vec<Command>) {
    let (trace, span) = (span.trace, Some(span.id));
    if icon_text_button(ui, Icon::Trace, "Open in trace").clicked() {
        commands.push(Command::OpenTrace { trace, span });
    }
    if icon_text_button(ui, Icon::Log, "Logs").clicked() {
        commands.push(Command::LogsOf { trace, span });
    }
}

fn lines(span: &SpanEntry, clock: Clock) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("Duration", human::duration(span.duration)),
        ("Start", human::date_time(span.start, clock)),
        ("Status", span.status.name().to_owned()),
        ("Service", span.service.to_string()),
    ];
    if !span.kind.name().is_empty() {
        lines.push(("Kind", span.kind.name().to_owned()));
    }
    if span.name != span.description && !span.description.is_empty() {
        lines.push(("Name", span.name.to_string()));
    }
    lines.push(("Trace id", span.trace.to_string()));
    lines.push(("Span id", span.id.to_string()));
    lines.extend(span.parent.map(|parent| ("Parent id", parent.to_string())));
    lines
}

fn attributes(
    ui: &mut Ui,
    details: &RecordDetails,
    place: &SpansPlace,
    state: &mut KeyValuesState,
    commands: &mut Vec<Command>,
) {
    let own = details
        .attributes
        .iter()
        .map(|(key, value)| (key, value.text(), ""));
    let resource = details
        .resource
        .iter()
        .map(|(key, value)| (key, value.text(), "resource"));
    let fields: Vec<_> = own.chain(resource).collect();
    let pairs: Vec<Pair<'_>> = fields
        .iter()
        .map(|(key, value, note)| Pair { key, value, note })
        .collect();
    let action = KeyValues::new("Span attributes", &pairs)
        .filter_field(true)
        .groups(true)
        .show(ui, state);
    let Some((key, value, action)) = action.and_then(|(at, action)| {
        let (key, value, _) = fields.get(at)?;
        Some((key.to_string(), value.to_string(), action))
    }) else {
        return;
    };
    match action {
        PairAction::Copy => ui.ctx().copy_text(value),
        PairAction::CopyKey => ui.ctx().copy_text(key),
        PairAction::Filter | PairAction::Exclude => commands.push(Command::FilterBy {
            key,
            value,
            exclude: action == PairAction::Exclude,
        }),
        PairAction::AddColumn if SPAN_COLUMNS.shown(&place.columns).contains(&key) => {}
        PairAction::AddColumn => commands.push(Command::ToggleColumn(key)),
        PairAction::GroupBy => commands.push(Command::Group(GroupsPlace {
            keys: vec![key],
            aggregates: place.groups.aggregates.clone(),
            ..GroupsPlace::default()
        })),
    }
}
