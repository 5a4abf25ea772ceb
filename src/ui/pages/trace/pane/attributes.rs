//! All attributes of a span, and those of who sent it.

use super::PaneView;
use super::section::section;
use crate::app::span_pane::{SpanPane, sections};
use crate::app::{App, Command};
use crate::model::Value;
use crate::model::human;
use crate::ui::theme;
use crate::ui::widgets::key_values::{KeyValues, KeyValuesState, Pair, PairAction};
use egui::{RichText, Ui};
use std::sync::Arc;

/// Attributes shown; more are found by the filter.
const MOST: usize = 200;

/// Its own.
pub fn ui(
    ui: &mut Ui,
    app: &mut App,
    pane: &SpanPane,
    view: &mut PaneView,
    commands: &mut Vec<Command>,
) {
    let all = &pane.details.attributes;
    let count = human::grouped(all.len() as u64);
    section(ui, app, sections::ATTRIBUTES, &count, |ui, _| {
        list(ui, "Span attributes", all, &mut view.attributes, commands);
    });
}

/// Those of who sent it, and the library that made it.
pub fn resource(
    ui: &mut Ui,
    app: &mut App,
    pane: &SpanPane,
    view: &mut PaneView,
    commands: &mut Vec<Command>,
) {
    let details = &pane.details;
    let count = human::grouped(details.resource.len() as u64);
    section(ui, app, sections::RESOURCE, &count, |ui, _| {
        let (name, version) = &details.scope;
        if !name.is_empty() {
            let palette = theme::palette(ui);
            let text = RichText::new(format!("Recorded by {name} {version}")).font(theme::small());
            ui.label(text.color(palette.muted));
        }
        list(
            ui,
            "Resource attributes",
            &details.resource,
            &mut view.resource,
            commands,
        );
    });
}

fn list(
    ui: &mut Ui,
    name: &str,
    all: &[(Arc<str>, Value)],
    state: &mut KeyValuesState,
    commands: &mut Vec<Command>,
) {
    let texts: Vec<_> = all.iter().map(|(key, value)| (key, value.text())).collect();
    let wanted = state.filter.trim().to_lowercase();
    let fits = |(key, value): &&(&Arc<str>, std::borrow::Cow<'_, str>)| {
        wanted.is_empty()
            || key.to_lowercase().contains(&wanted)
            || value.to_lowercase().contains(&wanted)
    };
    let pairs: Vec<Pair<'_>> = texts
        .iter()
        .filter(fits)
        .take(MOST)
        .map(|(key, value)| Pair {
            key,
            value,
            note: "",
        })
        .collect();
    let action = KeyValues::new(name, &pairs)
        .filter_field(!all.is_empty())
        .show(ui, state);
    if pairs.len() == MOST && all.len() > MOST {
        let text = human::first_of(MOST as u64, all.len() as u64, "attribute");
        let text = RichText::new(format!("{text}; type to find others")).font(theme::small());
        ui.label(text.color(theme::palette(ui).faint));
    }
    let Some((at, action)) = action else { return };
    let Some(Pair { key, value, .. }) = pairs.get(at) else {
        return;
    };
    let (key, value) = ((*key).to_owned(), (*value).to_owned());
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
        PairAction::AddColumn => commands.push(Command::ShowSpansWith(key)),
    }
}
