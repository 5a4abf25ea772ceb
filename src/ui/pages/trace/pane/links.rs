//! Spans that belong with the selected one, in this trace or another: those it names, and those that name it.

use super::fields::row;
use super::section::{long_text, section};
use crate::analysis::SpanIndex;
use crate::app::questions::GroupedTrace;
use crate::app::span_pane::{LinkOut, sections};
use crate::app::{App, Command};
use crate::model::human;
use crate::model::record::SpanEntry;
use crate::model::{SpanId, TraceId};
use crate::ui::icons::{Icon, icon_text_button};
use crate::ui::theme;
use crate::ui::widgets::text::single_line;
use egui::{Label, RichText, Ui};

/// Paints them; nothing without any.
pub fn ui(
    ui: &mut Ui,
    app: &mut App,
    grouped: &GroupedTrace,
    at: SpanIndex,
    commands: &mut Vec<Command>,
) {
    let own = app.pane.span.value.clone();
    let own = own.filter(|pane| pane.is_of(grouped.trace.id, at));
    let this = grouped
        .trace
        .spans
        .get(at.at())
        .map(|span| (grouped.trace.id, span.id));
    let others = app.pane.links_in.value.clone();
    let others = others
        .filter(|others| Some(others.of) == this)
        .unwrap_or_default();
    let out = own.as_ref().map_or(&[][..], |pane| &pane.links);
    let count = out.len() + others.total;
    if count == 0 {
        return;
    }
    let count = human::grouped(count as u64);
    section(ui, app, sections::LINKS, &count, |ui, _| {
        for (place, link) in out.iter().enumerate() {
            ui.push_id(place, |ui| outward(ui, link, commands));
        }
        for span in &others.spans {
            inward(ui, span, commands);
        }
        if others.total > others.spans.len() {
            let more = others.total - others.spans.len();
            let text = format!("and {} more that link to it", human::grouped(more as u64));
            let text = RichText::new(text).font(theme::small());
            ui.label(text.color(theme::palette(ui).faint));
        }
    });
}

fn outward(ui: &mut Ui, link: &LinkOut, commands: &mut Vec<Command>) {
    let name = format!("To span {} of trace {}", link.span, short(link.trace));
    match link.is_known {
        true => open(ui, &name, link.trace, link.span, commands),
        false => {
            let text = RichText::new(format!("{name}, which is not in the store"));
            let text = text.font(theme::small()).color(theme::palette(ui).muted);
            ui.add(Label::new(text).wrap());
        }
    }
    for (key, value) in &link.attributes {
        row(ui, key, |ui| long_text(ui, key, value, theme::mono_small()));
    }
}

fn inward(ui: &mut Ui, span: &SpanEntry, commands: &mut Vec<Command>) {
    let text = match &*span.description {
        "" => &span.name,
        text => text,
    };
    let text: String = single_line(text).chars().take(60).collect();
    let name = format!("From {text} of trace {}", short(span.trace));
    open(ui, &name, span.trace, span.id, commands);
}

fn open(ui: &mut Ui, name: &str, trace: TraceId, span: SpanId, commands: &mut Vec<Command>) {
    let button = icon_text_button(ui, Icon::Link, name);
    if button
        .on_hover_text("Open that trace at that span")
        .clicked()
    {
        commands.push(Command::OpenTrace {
            trace,
            span: Some(span),
        });
    }
}

fn short(trace: TraceId) -> String {
    trace.to_string().chars().take(8).collect()
}
