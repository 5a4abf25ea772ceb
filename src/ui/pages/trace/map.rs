//! The services of the trace and who calls whom: as a map from left to right, and as a table of calls.
//!
//! Choosing a service selects the span of it that lasted longest, unless one of its spans is selected already, and marks
//! its calls.

use super::find_bar::matches_in_words;
use super::lit::{self, Lit};
use crate::analysis::{ServiceEdge, ServiceNode};
use crate::app::App;
use crate::app::looks::{Counted, LookOption, MapLook};
use crate::model::human;
use crate::ui::icons::Icon;
use crate::ui::pages::service_map::{Drawing, Service, Stands};
use crate::ui::theme::{self, size};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::virtual_table::{Column, TableState, VirtualTable};
use egui::{Align, Frame, Layout, Margin, RichText, Ui};
use std::sync::Arc;

/// The view's own state.
#[derive(Default)]
pub struct MapView {
    table: TableState,
    hovered: Option<usize>,
}

/// Paints tools and map; `arrived` gives the keyboard to the table of calls or to the first service.
pub fn ui(ui: &mut Ui, app: &mut App, view: &mut MapView, arrived: bool) {
    let look = app.looks.map.value.clone();
    Frame::new()
        .inner_margin(Margin::symmetric(12, 4))
        .show(ui, |ui| tools(ui, app, look.as_deref()));
    if let Some(error) = &app.looks.map.error {
        EmptyState::new(Icon::Error, "The map could not be drawn", error).show(ui);
        return;
    }
    let current = app.grouped.value.clone();
    let is_current = |look: &Arc<MapLook>| {
        current.is_some_and(|current| Arc::ptr_eq(&current.trace, &look.grouped.trace))
    };
    let Some(look) = look.filter(is_current) else {
        let palette = theme::palette(ui);
        ui.label(RichText::new("   Drawing…").color(palette.muted));
        return;
    };
    let selected = app.selected_span().and_then(|span| look.service_of(span));
    let as_table = app
        .trace_picture()
        .is_some_and(|picture| picture.looks.calls);
    let lit = Lit::parts(app, &Counted::Map(look.clone()));
    let chosen = match as_table {
        true => calls(ui, view, &look, &lit, arrived),
        false => map(ui, view, &look, selected, &lit, arrived),
    };
    if let Some(service) = chosen.filter(|service| selected != Some(*service))
        && let Some(span) = look.longest.get(service).copied().flatten()
    {
        app.select_span(span);
    }
}

fn tools(ui: &mut Ui, app: &mut App, look: Option<&MapLook>) {
    let palette = theme::palette(ui);
    let Some(picture) = app.trace_picture() else {
        return;
    };
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        let mut at = usize::from(picture.looks.calls);
        if segmented(ui, "Show services as", &mut at, &["Drawing", "Calls"]) {
            picture.looks.set(LookOption::MapCalls(at == 1));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let text = look.map_or_else(String::new, |look| {
                let services = human::counted(look.map.nodes.len() as u64, "service");
                let calls: u64 = look.map.edges.iter().map(|edge| edge.calls).sum();
                match calls {
                    0 => services,
                    calls => {
                        let calls = human::counted(calls, "call");
                        format!("{services} · {calls} between them")
                    }
                }
            });
            let text = RichText::new(text).font(theme::small());
            ui.label(text.color(palette.muted));
        });
    });
}

fn service_name(name: &str) -> &str {
    if name.is_empty() {
        "unknown service"
    } else {
        name
    }
}

/// A service in words.
fn node_in_words(look: &MapLook, at: usize, node: &ServiceNode) -> String {
    let called = look.map.edges.iter().filter(|edge| edge.from == at).count();
    let failed = match node.errors {
        0 => String::new(),
        errors => format!(", {} failed", human::grouped(errors)),
    };
    format!(
        "{}: {}{failed}, {} of its own, calls {}",
        service_name(&node.service),
        human::counted(node.spans, "span"),
        human::duration(node.self_time),
        human::counted(called as u64, "service"),
    )
}

/// Calls in words.
fn edge_in_words(look: &MapLook, edge: &ServiceEdge) -> String {
    let name = |at: usize| {
        look.map
            .nodes
            .get(at)
            .map_or("", |node| service_name(&node.service))
    };
    let way = if edge.is_async {
        " without waiting"
    } else {
        ""
    };
    let failed = match edge.errors {
        0 => String::new(),
        errors => format!(", {} failed", human::grouped(errors)),
    };
    format!(
        "{} calls {}{way}: {}{failed}, p50 {}, p95 {}",
        name(edge.from),
        name(edge.to),
        human::counted(edge.calls, "time"),
        human::duration(edge.p50),
        human::duration(edge.p95),
    )
}

/// The calls as a table; the service that was chosen.
fn calls(
    ui: &mut Ui,
    view: &mut MapView,
    look: &MapLook,
    lit: &Lit,
    arrived: bool,
) -> Option<usize> {
    if look.map.edges.is_empty() {
        let sentence =
            "All spans of this trace are of one service, or no call between services was recorded.";
        EmptyState::new(Icon::Span, "No calls between services", sentence).show(ui);
        return None;
    }
    if arrived {
        view.table.focus();
    }
    let number = |title: &str| Column::px(title, 88.0).right();
    let columns = [
        Column::rest("Caller", 120.0),
        Column::rest("Called", 120.0),
        Column::px("Way", 88.0).hint("Whether the caller waits, as far as it is known"),
        number("Calls"),
        number("Failed"),
        number("p50").hint("The middle duration"),
        number("p95").hint("The duration that 95 of 100 stay below"),
    ];
    let edges = &look.map.edges;
    let at = |row: u64| edges.get(usize::try_from(row).ok()?);
    let matches = |row: u64| lit.count(look.part_of_calls(row as usize));
    let output = VirtualTable::new("Calls between services", &columns, edges.len() as u64).show(
        ui,
        &mut view.table,
        |row| {
            let found = lit::in_words(matches(row));
            at(row).map(|edge| edge_in_words(look, edge) + &found)
        },
        |row, column, cell| {
            if let Some(edge) = at(row) {
                lit.ground(matches(row), column, cell);
                if let (0, Some(count @ 1..)) = (column, matches(row)) {
                    cell.badge(&matches_in_words(count as usize), cell.palette.found);
                }
                paint_call(look, edge, column, cell);
                lit.veil(matches(row), cell);
            }
        },
    );
    output.selected.and_then(at).map(|edge| edge.to)
}

fn paint_call(look: &MapLook, edge: &ServiceEdge, column: usize, cell: &mut Cell<'_>) {
    let palette = cell.palette;
    let name = |at: usize| {
        look.map
            .nodes
            .get(at)
            .map_or("", |node| service_name(&node.service))
    };
    match column {
        0 => cell.text(name(edge.from)),
        1 => cell.text(name(edge.to)),
        2 => cell.muted(if edge.is_async { "async" } else { "waits" }),
        3 => cell.mono(&human::grouped(edge.calls)),
        4 if edge.errors == 0 => cell.faint("–"),
        4 => cell.colored(&human::grouped(edge.errors), palette.error),
        5 => cell.mono(&human::duration(edge.p50)),
        _ => cell.mono(&human::duration(edge.p95)),
    }
}

/// The drawing; the service that was chosen.
fn map(
    ui: &mut Ui,
    view: &mut MapView,
    look: &Arc<MapLook>,
    selected: Option<usize>,
    lit: &Lit,
    arrived: bool,
) -> Option<usize> {
    let nodes = look.map.nodes.iter().enumerate();
    let service = |(at, node): (usize, &ServiceNode)| Service {
        name: service_name(&node.service).to_owned(),
        facts: format!(
            "{} · {}",
            human::counted(node.spans, "span"),
            human::duration(node.self_time)
        ),
        words: format!(
            "{}{}",
            node_in_words(look, at, node),
            lit::in_words(lit.count(at))
        ),
        is_bad: node.errors > 0,
        stands: match lit.count(at) {
            Some(0) if lit.dims && selected != Some(at) => Stands::Pale(lit::PALE),
            Some(1..) => Stands::Out,
            _ => Stands::AsUsual,
        },
    };
    let services: Vec<Service> = nodes.map(service).collect();
    let drawing = Drawing {
        services: &services,
        calls: &look.map.edges,
        layout: &look.layout,
    };
    drawing.ui(ui, &mut view.hovered, selected, arrived)
}
