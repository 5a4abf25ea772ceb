//! What is selected in a waterfall: a span with its attributes, events and logs, a group with its figures, a gap.

use super::events::{Event, event_list, events_of};
use super::group::{gap_pane, group_pane};
use super::parts::{error_block, facts, percent, title};
use super::rows::label_of;
use crate::analysis::{NodeKind, SpanIndex};
use crate::app::questions::{GroupedTrace, VisibleRows};
use crate::app::views::{DetailsTab, Picture};
use crate::app::{App, Command};
use crate::model::Nanos;
use crate::model::human::{self, Clock};
use crate::model::record::{LogEntry, RecordDetails};
use crate::model::trace::{Span, Trace};
use crate::ui::icons::{Icon, icon_button, icon_text_button};
use crate::ui::pages::{severity_class, severity_colors};
use crate::ui::theme::{self, size};
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::key_values::{KeyValues, KeyValuesState, Pair, PairAction};
use crate::ui::widgets::message::{Lines, message_job};
use crate::ui::widgets::segmented::tabs;
use egui::{Align, Frame, Label, Layout, Margin, RichText, ScrollArea, Ui, vec2};
use std::sync::Arc;

/// What the pane remembers between frames.
#[derive(Default)]
pub struct DetailsState {
    attributes: KeyValuesState,
    /// The events, and the record they were read from: reading them anew in every frame would cost too much.
    events: Option<(Arc<RecordDetails>, Arc<[Event]>)>,
}

impl DetailsState {
    fn events_of(&mut self, details: Option<&Arc<RecordDetails>>, start: Nanos) -> Arc<[Event]> {
        let Some(details) = details else {
            return Arc::default();
        };
        match &self.events {
            Some((of, events)) if Arc::ptr_eq(of, details) => events.clone(),
            _ => {
                let events: Arc<[Event]> = events_of(details, start).into();
                self.events = Some((details.clone(), events.clone()));
                events
            }
        }
    }
}

/// Paints the pane.
pub fn ui(
    ui: &mut Ui,
    app: &mut App,
    visible: &VisibleRows,
    state: &mut DetailsState,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui);
    let grouped = &visible.grouped;
    let selected = match &app.history.current().picture {
        Picture::Trace(picture) => picture
            .selected
            .filter(|node| node.at() < grouped.waterfall.nodes().len()),
        _ => None,
    };
    Frame::new()
        .fill(palette.panel)
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.set_min_size(ui.available_size());
            let Some(node) = selected else {
                EmptyState::new(
                    Icon::Span,
                    "Nothing selected",
                    "Select a row to see its attributes, events and logs.",
                )
                .show(ui);
                return;
            };
            match (
                grouped.waterfall.node(node).kind,
                grouped.waterfall.group(node),
            ) {
                (NodeKind::Span(span), _) => {
                    let self_time = grouped.self_times.get(span.at()).copied().unwrap_or(0);
                    span_pane(ui, app, grouped, span.at(), self_time, state, commands);
                }
                (
                    kind @ (NodeKind::Siblings(_) | NodeKind::Repeats(_) | NodeKind::Chain(_)),
                    Some(group),
                ) => {
                    group_pane(ui, visible, node, kind, group, commands);
                }
                (NodeKind::Gap { prev, next }, _) => {
                    gap_pane(ui, visible, node, [prev.at(), next.at()])
                }
                (NodeKind::Error(at), _) => {
                    if let Some(error) = grouped.trace.errors.get(at as usize) {
                        error_block(ui, error, palette);
                    }
                }
                (_, None) => {}
            }
        });
}

fn span_pane(
    ui: &mut Ui,
    app: &mut App,
    grouped: &GroupedTrace,
    at: usize,
    self_time: i64,
    state: &mut DetailsState,
    commands: &mut Vec<Command>,
) {
    let trace = &grouped.trace;
    let Some(span) = trace.spans.get(at) else {
        return;
    };
    let palette = theme::palette(ui);
    let range = grouped.range;
    let logs: Vec<&LogEntry> = grouped
        .logs_of(span.id)
        .iter()
        .filter_map(|log| trace.logs.get(*log as usize))
        .collect();
    ui.horizontal(|ui| {
        ui.label(RichText::new("Span").font(theme::heading()));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, Icon::Copy, "Copy the span id").clicked() {
                ui.ctx().copy_text(span.id.to_string());
            }
            let text = if logs.is_empty() {
                "Search logs".to_owned()
            } else {
                human::counted(logs.len() as u64, "log")
            };
            if icon_text_button(ui, Icon::Log, &text).clicked() {
                let link = (!logs.is_empty()).then_some(span.id);
                commands.push(Command::LogsOf {
                    trace: trace.id,
                    span: link,
                });
            }
        });
    });
    ui.add_space(size::GRID);
    title(ui, palette, &span.op, label_of(span));
    ui.add_space(size::GAP);
    facts(
        ui,
        "span facts",
        &span_facts(span, range.start, range.duration(), self_time),
    );
    let errors = grouped.tree.errors(SpanIndex(at as u32));
    for error in errors
        .iter()
        .filter_map(|error| trace.errors.get(*error as usize))
    {
        ui.add_space(size::GAP);
        error_block(ui, error, palette);
    }
    ui.add_space(size::GAP);
    let details = app.span_details.value.clone();
    let events = state.events_of(details.as_ref(), span.start);
    let clock = app.settings.clock;
    let Some(picture) = app.trace_picture() else {
        return;
    };
    let shown = |n: usize| (n > 0).then(|| human::count(n as u64));
    let count = details
        .as_ref()
        .map_or(0, |details| details.attributes.len());
    let names = [
        ("Attributes", shown(count)),
        ("Events", shown(events.len())),
        ("Logs", shown(logs.len())),
    ];
    let mut tab = picture.tab as usize;
    if tabs(ui, "Span details", &mut tab, &names) {
        picture.tab = [DetailsTab::Attributes, DetailsTab::Events, DetailsTab::Logs][tab.min(2)];
    }
    ui.add_space(size::GRID);
    match (picture.tab, details) {
        (DetailsTab::Attributes, Some(details)) => {
            attribute_list(ui, &details, &mut state.attributes, commands)
        }
        (DetailsTab::Attributes, None) => {}
        (DetailsTab::Events, _) => event_list(ui, &events),
        (DetailsTab::Logs, _) => log_list(ui, trace, &logs, clock, commands),
    }
}

fn span_facts(
    span: &Span,
    start: Nanos,
    whole: i64,
    self_time: i64,
) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        (
            "Duration",
            human::duration(span.duration) + &percent(span.duration, whole),
        ),
        (
            "Self time",
            human::duration(self_time) + &percent(self_time, span.duration),
        ),
        (
            "Starts at",
            format!("+{}", human::duration(span.start - start)),
        ),
        ("Status", span.status.name().to_owned()),
        ("Service", span.service.to_string()),
    ];
    if !span.kind.name().is_empty() {
        lines.push(("Kind", span.kind.name().to_owned()));
    }
    lines.push(("Span id", span.id.to_string()));
    if let Some(parent) = span.parent {
        lines.push(("Parent id", parent.to_string()));
    }
    lines
}

fn attribute_list(
    ui: &mut Ui,
    details: &RecordDetails,
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
        .show(ui, state);
    let Some((at, action)) = action else { return };
    let (key, value) = (fields[at].0.to_string(), fields[at].1.to_string());
    match action {
        PairAction::Copy => ui.ctx().copy_text(value),
        PairAction::CopyKey => ui.ctx().copy_text(key),
        PairAction::Filter => commands.push(Command::FilterBy {
            key,
            value,
            exclude: false,
        }),
        PairAction::Exclude => commands.push(Command::FilterBy {
            key,
            value,
            exclude: true,
        }),
        // Not offered here.
        PairAction::GroupBy => {}
        PairAction::AddColumn => commands.push(Command::FilterLogsBy {
            key,
            value,
            exclude: false,
        }),
    }
}

fn log_list(
    ui: &mut Ui,
    trace: &Trace,
    logs: &[&LogEntry],
    clock: Clock,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui);
    if logs.is_empty() {
        ui.label(RichText::new("No log record was written in this span.").color(palette.muted));
        return;
    }
    ScrollArea::vertical()
        .id_salt("logs")
        .auto_shrink(false)
        .show_rows(ui, size::ROW, logs.len(), |ui, rows| {
            for log in &logs[rows] {
                let color = severity_colors(palette)[severity_class(log.severity)];
                ui.horizontal(|ui| {
                    ui.set_height(size::ROW);
                    let (dot, _) = ui.allocate_exact_size(vec2(8.0, 8.0), egui::Sense::hover());
                    ui.painter().circle_filled(dot.center(), 3.0, color);
                    let time = human::time_of_day(log.time, clock);
                    ui.label(
                        RichText::new(time)
                            .font(theme::mono_small())
                            .color(palette.muted),
                    );
                    let line = message_job(&log.body, &[], Lines::One, palette);
                    let link = ui.add(Label::new(line).truncate().sense(egui::Sense::CLICK));
                    if link
                        .on_hover_cursor(egui::CursorIcon::PointingHand)
                        .clicked()
                    {
                        commands.push(Command::LogsOf {
                            trace: trace.id,
                            span: log.span,
                        });
                    }
                });
            }
        });
}
