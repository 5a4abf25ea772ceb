//! What a span is, when it ran and how much of the trace it was, and what can be done with it.

use super::super::parts::{facts, percent, title};
use super::super::rows::label_of;
use crate::analysis::SpanIndex;
use crate::app::questions::GroupedTrace;
use crate::app::span_pane::SpanPane;
use crate::app::views::Picture;
use crate::app::{App, Command, Look};
use crate::model::human::{self, Clock};
use crate::model::trace::Span;
use crate::ui::icons::{Icon, icon_button, icon_text_button, icon_toggle};
use crate::ui::theme::{self, size};
use crate::ui::widgets::text::truncated_label;
use egui::{Align, Layout, RichText, Ui};

/// The line that stays at the top.
pub fn buttons(
    ui: &mut Ui,
    app: &App,
    grouped: &GroupedTrace,
    at: SpanIndex,
    commands: &mut Vec<Command>,
) {
    let trace = &grouped.trace;
    let Some(span) = trace.spans.get(at.at()) else {
        return;
    };
    let pinned = match &app.history.current().picture {
        Picture::Trace(picture) => picture.pinned.contains(&at),
        _ => false,
    };
    ui.horizontal(|ui| {
        ui.label(RichText::new("Span").font(theme::heading()));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let (icon, label) = match app.settings.details_below {
                true => (Icon::Columns, "Details to the right"),
                false => (Icon::Table, "Details below"),
            };
            if icon_button(ui, icon, label).clicked() {
                commands.push(Command::MoveDetails);
            }
            if icon_button(ui, Icon::Copy, "Copy the span id").clicked() {
                ui.ctx().copy_text(span.id.to_string());
            }
            if icon_button(ui, Icon::Code, "Export this span…").clicked() {
                commands.push(Command::ShowExportOfSelected);
            }
            if icon_button(ui, Icon::Plus, "Write a note").clicked() {
                commands.push(Command::EditNote);
            }
            if icon_toggle(ui, Icon::Star, "Keep at the top", pinned).clicked() {
                commands.push(Command::Look(Look::TogglePinned));
            }
            if icon_button(ui, Icon::Span, "Only this and what is below it").clicked() {
                commands.push(Command::Look(Look::FocusSelected));
            }
            ui.add_space(size::GRID);
            let logs = grouped.logs_of(span.id).len();
            let text = match logs {
                0 => "Search logs".to_owned(),
                logs => human::counted(logs as u64, "log"),
            };
            if icon_text_button(ui, Icon::Log, &text).clicked() {
                commands.push(Command::LogsOf {
                    trace: trace.id,
                    span: (logs > 0).then_some(span.id),
                });
            }
        });
    });
}

/// Operation, text and figures.
pub fn head(
    ui: &mut Ui,
    app: &App,
    grouped: &GroupedTrace,
    at: SpanIndex,
    pane: Option<&SpanPane>,
) {
    let Some(span) = grouped.trace.spans.get(at.at()) else {
        return;
    };
    let palette = theme::palette(ui);
    let is_told = pane.and_then(|pane| pane.query.as_ref());
    match is_told.is_some_and(|query| query.text == *span.description) {
        // The query has a section of its own.
        true => {
            title(ui, palette, &span.op, "");
            truncated_label(ui, label_of(span), theme::mono(), palette.text);
        }
        false => title(ui, palette, &span.op, label_of(span)),
    }
    ui.add_space(size::GAP);
    let lines = lines(span, grouped, at, app.settings.clock);
    let response = ui.scope(|ui| facts(ui, "span facts", &lines)).response;
    let both = [("Local", Clock::Local), ("UTC", Clock::Utc)];
    let both = both.map(|(name, clock)| format!("{name}: {}", human::date_time(span.start, clock)));
    response.on_hover_text(both.join("\n"));
}

fn lines(
    span: &Span,
    grouped: &GroupedTrace,
    at: SpanIndex,
    clock: Clock,
) -> Vec<(&'static str, String)> {
    let whole = grouped.range.duration();
    let own = grouped.self_time(at);
    let zone = match clock {
        Clock::Local => "",
        Clock::Utc => " UTC",
    };
    let mut lines = vec![
        (
            "Duration",
            human::duration(span.duration) + &percent(span.duration, whole),
        ),
        (
            "Self time",
            human::duration(own) + &percent(own, span.duration),
        ),
        (
            "Starts at",
            format!("+{}", human::duration(span.start - grouped.range.start)),
        ),
        (
            "Time",
            format!("{}{zone}", human::date_time(span.start, clock)),
        ),
        ("Status", span.status.name().to_owned()),
        ("Service", span.service.to_string()),
    ];
    if !span.kind.name().is_empty() {
        lines.push(("Kind", span.kind.name().to_owned()));
    }
    if !span.name.is_empty() && span.name != span.description && !span.description.is_empty() {
        lines.push(("Name", span.name.to_string()));
    }
    lines.push(("Span id", span.id.to_string()));
    if let Some(parent) = span.parent() {
        lines.push(("Parent id", parent.to_string()));
    }
    lines
}
