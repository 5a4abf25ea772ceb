//! The record behind a row: when and where it was written, its message whole, and all its attributes.

use super::rows::{RowLook, around_entries};
use crate::app::route::{GroupsPlace, LogsPlace};
use crate::app::{App, Command};
use crate::export::log_record::{log_json, log_text};
use crate::model::human::{self, Clock};
use crate::model::record::{LogEntry, RecordDetails};
use crate::ui::icons::{Icon, icon_button, icon_text_button};
use crate::ui::pages::{SEVERITY_NAMES, severity_class, severity_colors};
use crate::ui::theme::{self, size};
use crate::ui::widgets::key_values::{KeyValues, KeyValuesState, Pair, PairAction};
use crate::ui::widgets::message::{Lines, MAX_WHOLE, message_job};
use egui::{Align, Frame, Label, Layout, Margin, Popup, RichText, ScrollArea, Ui};
use std::borrow::Cow;

/// Shows a record; whether it is to be closed. `log` is `None` until its row is there.
pub fn record(
    ui: &mut Ui,
    app: &App,
    place: &LogsPlace,
    log: Option<&LogEntry>,
    state: &mut KeyValuesState,
    commands: &mut Vec<Command>,
) -> bool {
    let clock = app.settings.clock;
    let shown = app.history.current();
    let wanted = match &shown.picture {
        crate::app::views::Picture::Logs(picture) => picture.record,
        _ => None,
    };
    let is_wanted = |log: &&LogEntry| Some(log.at) == wanted;
    let details = app.log_details.value.clone();
    let look = RowLook::new(app, place);
    let mut close = false;
    Frame::new()
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            let log = log.filter(is_wanted);
            ui.horizontal(|ui| {
                ui.label(RichText::new("Log record").font(theme::heading()));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    close = icon_button(ui, Icon::Close, "Close the details").clicked();
                    if let Some(log) = log {
                        actions(ui, log, details.as_deref(), clock, commands);
                    }
                });
            });
            let Some(log) = log else { return };
            ui.add_space(size::GRID);
            facts(ui, log, clock);
            ui.add_space(size::GRID);
            body(ui, log, &look);
            ui.add_space(size::GAP);
            if let Some(details) = details {
                ScrollArea::vertical().id_salt("attributes").show(ui, |ui| {
                    attributes(ui, log, &details, &look, state, commands);
                });
            }
        });
    close
}

/// What can be done with the record, from the right edge.
fn actions(
    ui: &mut Ui,
    log: &LogEntry,
    details: Option<&RecordDetails>,
    clock: Clock,
    commands: &mut Vec<Command>,
) {
    if let Some(trace) = log.trace
        && icon_text_button(ui, Icon::Trace, "Open in trace").clicked()
    {
        let span = log.span;
        commands.push(Command::OpenTrace { trace, span });
    }
    let around = icon_button(ui, Icon::Log, "Records around this one");
    Popup::menu(&around).show(|ui| around_entries(ui, log, commands));
    let copy = icon_button(ui, Icon::Copy, "Copy the record");
    Popup::menu(&copy).show(|ui| {
        if let Some(details) = details
            && ui.button("Copy as JSON").clicked()
        {
            ui.ctx().copy_text(log_json(log, details).to_string());
            ui.close();
        }
        if ui.button("Copy as text").clicked() {
            ui.ctx().copy_text(log_text(log, clock));
            ui.close();
        }
    });
}

fn facts(ui: &mut Ui, log: &LogEntry, clock: Clock) {
    let palette = theme::palette(ui);
    let class = severity_class(log.severity);
    let color = severity_colors(palette)[class];
    ui.horizontal_wrapped(|ui| {
        let severity = if log.severity_text.is_empty() {
            SEVERITY_NAMES[class]
        } else {
            &log.severity_text
        };
        let severity = RichText::new(severity.to_uppercase()).font(theme::small_strong());
        ui.label(severity.color(color));
        let time = human::date_time(log.time, clock);
        ui.label(RichText::new(time).font(theme::mono_small()));
        let service = RichText::new(&*log.service).font(theme::small());
        ui.label(service.color(palette.muted));
    });
}

fn body(ui: &mut Ui, log: &LogEntry, look: &RowLook) {
    let palette = theme::palette(ui);
    ScrollArea::vertical()
        .id_salt("body")
        .max_height(160.0)
        .show(ui, |ui| {
            let job = message_job(&log.body, look.words(), Lines::All, palette);
            ui.add(Label::new(job).wrap().selectable(true));
            if log.body.len() > MAX_WHOLE {
                let text = human::first_of(MAX_WHOLE as u64, log.body.len() as u64, "byte");
                let note = RichText::new(format!("{text}; copy the record to read it all"));
                ui.label(note.font(theme::small()).color(palette.faint));
            }
        });
}

fn attributes(
    ui: &mut Ui,
    log: &LogEntry,
    details: &RecordDetails,
    look: &RowLook,
    state: &mut KeyValuesState,
    commands: &mut Vec<Command>,
) {
    let fields = fields_of(log, details);
    let pairs: Vec<Pair<'_>> = fields
        .iter()
        .map(|(key, value, note)| Pair { key, value, note })
        .collect();
    let action = KeyValues::new("Log attributes", &pairs)
        .filter_field(true)
        .groups(true)
        .show(ui, state);
    let Some((key, value, action)) =
        action.and_then(|(at, action)| fields.get(at).map(|(key, value, _)| (key, value, action)))
    else {
        return;
    };
    let (key, value) = ((*key).to_owned(), value.to_string());
    match action {
        PairAction::Copy => ui.ctx().copy_text(value),
        PairAction::CopyKey => ui.ctx().copy_text(key),
        PairAction::Filter | PairAction::Exclude => commands.push(Command::FilterLogsBy {
            key,
            value,
            exclude: action == PairAction::Exclude,
        }),
        PairAction::AddColumn if look.has(&key) => {}
        PairAction::AddColumn => commands.push(Command::ToggleColumn(key)),
        PairAction::GroupBy => commands.push(Command::Group(GroupsPlace {
            keys: vec![key],
            ..GroupsPlace::default()
        })),
    }
}

/// A field as `(key, value, where from)`.
type LogField<'a> = (&'a str, Cow<'a, str>, &'static str);

/// What is known of a record.
fn fields_of<'a>(log: &LogEntry, details: &'a RecordDetails) -> Vec<LogField<'a>> {
    let own = details
        .attributes
        .iter()
        .map(|(key, value)| (&**key, value.text(), ""));
    let resource = details
        .resource
        .iter()
        .map(|(key, value)| (&**key, value.text(), "resource"));
    let linked = [
        log.trace
            .map(|trace| ("trace", trace.to_string().into(), "link")),
        log.span
            .map(|span| ("span", span.to_string().into(), "link")),
        (!details.template.is_empty()).then(|| ("template", Cow::Borrowed(&*details.template), "")),
    ];
    own.chain(linked.into_iter().flatten())
        .chain(resource)
        .collect()
}
