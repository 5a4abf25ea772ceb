//! What is selected in a trace: a span with all that is known of it, a group with its figures, a gap, an error.
//!
//! A file a section. Each paints what [`SpanPane`] has taken apart already; none reads or computes more than what is in sight
//! asks for. Which sections are folded is remembered.

mod attributes;
pub mod conversation;
mod events;
mod fields;
mod head;
mod links;
mod logs;
mod note;
mod query;
mod raw;
mod section;
mod typical;

use super::group::{gap_pane, group_pane};
use super::parts::error_block;
use crate::analysis::{NodeKind, SpanIndex};
use crate::app::questions::{GroupedTrace, VisibleRows};
use crate::app::span_pane::{SpanPane, sections};
use crate::app::views::Picture;
use crate::app::{App, Command};
use crate::model::human;
use crate::ui::icons::Icon;
use crate::ui::pages::issues::stack;
use crate::ui::theme::{self, size};
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::key_values::KeyValuesState;
use egui::{Frame, Margin, RichText, ScrollArea, Ui};
use section::section;
use std::sync::Arc;

/// What the pane remembers between frames.
#[derive(Default)]
pub struct PaneView {
    attributes: KeyValuesState,
    resource: KeyValuesState,
}

/// Paints the pane.
pub fn ui(
    ui: &mut Ui,
    app: &mut App,
    visible: &VisibleRows,
    view: &mut PaneView,
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
                    "Select a row to see what it did, its attributes, events and logs.",
                )
                .show(ui);
                return;
            };
            match (
                grouped.waterfall.node(node).kind,
                grouped.waterfall.group(node),
            ) {
                (NodeKind::Span(span), _) => span_pane(ui, app, grouped, span, view, commands),
                (
                    kind @ (NodeKind::Siblings(_) | NodeKind::Repeats(_) | NodeKind::Chain(_)),
                    Some(group),
                ) => {
                    ScrollArea::vertical()
                        .id_salt(("group pane", node))
                        .auto_shrink(false)
                        .show(ui, |ui| {
                            group_pane(ui, visible, node, kind, group, commands)
                        });
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
    grouped: &Arc<GroupedTrace>,
    at: SpanIndex,
    view: &mut PaneView,
    commands: &mut Vec<Command>,
) {
    let Some(span) = grouped.trace.spans.get(at.at()) else {
        return;
    };
    let pane = app.pane.span.value.clone();
    // Until it is there, the one at hand is of another span.
    let pane = pane.filter(|pane| pane.is_of(grouped.trace.id, at));
    head::buttons(ui, app, grouped, at, commands);
    ui.add_space(size::GRID);
    ScrollArea::vertical()
        .id_salt(("span pane", span.id))
        .auto_shrink(false)
        .show(ui, |ui| {
            head::head(ui, app, grouped, at, pane.as_deref());
            note::ui(ui, app, (grouped.trace.id, span.id), commands);
            if let Some(error) = &app.pane.span.error {
                let text = RichText::new(error).color(theme::palette(ui).error);
                ui.label(text);
            }
            if let Some(pane) = pane {
                told(ui, app, &pane, view, commands);
            }
            logs::ui(ui, app, grouped, span.id, commands);
            links::ui(ui, app, grouped, at, commands);
            raw::ui(ui, app, (grouped.trace.id, at));
        });
}

/// What the record itself says.
fn told(
    ui: &mut Ui,
    app: &mut App,
    pane: &SpanPane,
    view: &mut PaneView,
    commands: &mut Vec<Command>,
) {
    errors(ui, app, pane);
    if let Some(query) = &pane.query {
        section(ui, app, sections::QUERY, "", |ui, _| query::ui(ui, query));
    }
    for group in &pane.groups {
        section(ui, app, group.title, "", |ui, _| fields::ui(ui, group));
    }
    if let Some(said) = &pane.conversation {
        let count = human::counted(said.messages.len() as u64, "message");
        section(ui, app, sections::CONVERSATION, &count, |ui, _| {
            conversation::ui(ui, said);
        });
    }
    typical::ui(ui, app, pane, commands);
    attributes::ui(ui, app, pane, view, commands);
    events::ui(ui, app, pane);
    attributes::resource(ui, app, pane, view, commands);
}

fn errors(ui: &mut Ui, app: &mut App, pane: &SpanPane) {
    if pane.errors.is_empty() {
        return;
    }
    let all = pane.errors.len() + pane.more_errors;
    let count = human::counted(all as u64, "error");
    section(ui, app, sections::ERRORS, &count, |ui, app| {
        let palette = theme::palette(ui);
        for (place, error) in pane.errors.iter().enumerate() {
            let time = human::time_of_day(error.time, app.settings.clock);
            let handled = match error.failure.handled {
                Some(true) => ", caught",
                Some(false) => ", not caught",
                None => "",
            };
            let text = format!("{} at {time}{handled}", error.level);
            ui.label(
                RichText::new(text)
                    .font(theme::small())
                    .color(palette.muted),
            );
            ui.push_id(place, |ui| stack::chain(ui, &error.failure));
            ui.add_space(size::GAP);
        }
        if pane.more_errors > 0 {
            let text = format!("and {} more", human::grouped(pane.more_errors as u64));
            ui.label(
                RichText::new(text)
                    .font(theme::small())
                    .color(palette.faint),
            );
        }
    });
}
