//! The services as a map and as a table, and the endpoints that are worth a look. Each row leads on under the filters of the page.

use super::{OverviewPage, TWO_COLUMNS, heading, said};
use crate::app::insights::health::HealthLook;
use crate::app::insights::words::number;
use crate::app::insights::{Endpoint, Module, Service, Unit};
use crate::app::route::{Dimension, HealthPlace, Route};
use crate::app::{Command, behind};
use crate::model::human;
use crate::ui::pages::service_map::{self, Drawing, Stands};
use crate::ui::theme::size;
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::virtual_table::{Column, TableState, VirtualTable};
use egui::{Rect, Ui, UiBuilder, vec2};

/// The heading of the map.
const CALLS: &str = "Who calls whom";
/// Rows of a table that are shown at once.
const ROWS: usize = 12;
/// The map is no higher than this, in points.
const HIGHEST: f32 = 360.0;

impl OverviewPage {
    /// Services that call each other, drawn; beside the sentences the heading is in line with the first of them.
    pub(super) fn map(
        &mut self,
        ui: &mut Ui,
        place: &HealthPlace,
        (look, beside): (&HealthLook, bool),
        commands: &mut Vec<Command>,
    ) {
        let overview = &look.overview;
        if overview.calls.is_empty() {
            return;
        }
        match beside {
            true => said::heading(ui, CALLS),
            false => heading(ui, CALLS),
        }
        let services: Vec<service_map::Service> = overview.services.iter().map(drawn).collect();
        let drawing = Drawing {
            services: &services,
            calls: &overview.calls,
            layout: &look.layout,
        };
        let room = vec2(ui.available_width(), map_size(look)[1].min(HIGHEST));
        let chosen = within(ui, "map", room, |ui| {
            drawing.ui(ui, &mut self.hovered, None, false)
        });
        if let Some(service) = chosen.and_then(|at| overview.services.get(at)) {
            commands.push(transactions_of(service, place));
        }
    }

    /// Services and endpoints in figures.
    pub(super) fn tables(
        &mut self,
        ui: &mut Ui,
        place: &HealthPlace,
        look: &HealthLook,
        commands: &mut Vec<Command>,
    ) {
        let (services, endpoints) = (&look.overview.services, &look.overview.endpoints);
        let width = ui.available_width();
        let both = width >= TWO_COLUMNS && !endpoints.is_empty();
        if !both {
            self.services(ui, place, services, commands);
            self.endpoints(ui, place, endpoints, commands);
            return;
        }
        let each = ((width - 2.0 * size::PAD) / 5.0).floor();
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.vertical(|ui| {
                ui.set_width(2.0 * each);
                self.services(ui, place, services, commands);
            });
            ui.add_space(2.0 * size::PAD);
            ui.vertical(|ui| {
                ui.set_width(3.0 * each);
                self.endpoints(ui, place, endpoints, commands);
            });
        });
    }

    fn services(
        &mut self,
        ui: &mut Ui,
        place: &HealthPlace,
        services: &[Service],
        commands: &mut Vec<Command>,
    ) {
        heading(ui, "Services");
        let columns = [
            Column::rest("Service", 120.0),
            Column::px("Requests", 80.0).right(),
            Column::px("A minute", 80.0).right(),
            Column::px("Failed", 64.0).right(),
            Column::px("P95", 72.0)
                .right()
                .hint("The duration that 95 of 100 stay below"),
        ];
        let state = &mut self.services;
        let chosen = table(
            ui,
            "Services",
            &columns,
            services,
            state,
            words,
            paint_service,
        );
        commands.extend(chosen.map(|service| transactions_of(service, place)));
    }

    fn endpoints(
        &mut self,
        ui: &mut Ui,
        place: &HealthPlace,
        endpoints: &[Endpoint],
        commands: &mut Vec<Command>,
    ) {
        if endpoints.is_empty() {
            return;
        }
        heading(ui, "Endpoints to look at first");
        let columns = [
            Column::rest("Endpoint", 160.0),
            Column::px("Service", 112.0),
            Column::px("Count", 64.0).right(),
            Column::px("Failed", 64.0).right(),
            Column::px("P95", 72.0)
                .right()
                .hint("The duration that 95 of 100 stay below"),
            Column::px("Share", 80.0)
                .right()
                .hint("Of the time of all transactions"),
        ];
        let name = "Endpoints to look at first";
        let state = &mut self.endpoints;
        let chosen = table(
            ui,
            name,
            &columns,
            endpoints,
            state,
            endpoint_words,
            paint_endpoint,
        );
        commands.extend(
            chosen.map(|endpoint| Command::Go(behind::route(&endpoint.place, &place.filters))),
        );
    }
}

/// The width and the height that the map would have, in points.
pub(super) fn map_size(look: &HealthLook) -> [f32; 2] {
    look.layout.size.map(|side| side + 2.0 * service_map::EDGE)
}

/// A table as high as its rows; the row that was chosen.
fn table<'a, T>(
    ui: &mut Ui,
    name: &str,
    columns: &[Column],
    rows: &'a [T],
    state: &mut TableState,
    words: impl Fn(&T) -> String,
    paint: impl Fn(&T, usize, &mut Cell<'_>),
) -> Option<&'a T> {
    let height = size::HEADER + size::ROW * rows.len().min(ROWS) as f32;
    let room = vec2(ui.available_width(), height);
    let at = |row: u64| rows.get(usize::try_from(row).ok()?);
    within(ui, name, room, |ui| {
        let output = VirtualTable::new(name, columns, rows.len() as u64).show(
            ui,
            state,
            |row| at(row).map(&words),
            |row, column, cell| {
                if let Some(row) = at(row) {
                    paint(row, column, cell);
                }
            },
        );
        output.clicked.or(output.activated).and_then(at)
    })
}

/// Something in a room of its own, within what scrolls.
fn within<R>(ui: &mut Ui, id: &str, room: egui::Vec2, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let rect = Rect::from_min_size(ui.cursor().min, room);
    let inner = UiBuilder::new().id_salt(id).max_rect(rect);
    let result = ui.scope_builder(inner, contents).inner;
    ui.advance_cursor_after_rect(rect);
    result
}

fn named(service: &str) -> &str {
    match service {
        "" => "unknown service",
        name => name,
    }
}

/// The transactions of a service.
fn transactions_of(service: &Service, place: &HealthPlace) -> Command {
    let mut to = place.module(Module::Transactions);
    let is_chosen = to.filters.of(Dimension::Service).eq([&*service.name]);
    if !service.name.is_empty() && !is_chosen {
        to.filters
            .chosen
            .retain(|(dimension, _)| *dimension != Dimension::Service);
        to.filters.toggle(Dimension::Service, &service.name);
    }
    Command::Go(Route::Insights(to))
}

fn rate(service: &Service) -> String {
    service
        .tpm
        .map_or_else(|| "–".to_owned(), |tpm| number(Unit::PerMinute, tpm))
}

fn length(nanos: Option<i64>) -> String {
    nanos.map_or_else(|| "–".to_owned(), human::duration)
}

/// A service on the map.
fn drawn(service: &Service) -> service_map::Service {
    let facts = match service.requests {
        0 => "no requests".to_owned(),
        _ => format!("{} a minute · p95 {}", rate(service), length(service.p95)),
    };
    service_map::Service {
        name: named(&service.name).to_owned(),
        facts,
        words: words(service),
        is_bad: service.failed > 0,
        stands: Stands::AsUsual,
    }
}

fn words(service: &Service) -> String {
    let name = named(&service.name);
    if service.requests == 0 {
        return format!("{name}: answers no request of its own");
    }
    format!(
        "{name}: {}, {} a minute, {} failed, p95 {}",
        human::counted(service.requests, "request"),
        rate(service),
        human::grouped(service.failed),
        length(service.p95)
    )
}

fn paint_service(service: &Service, column: usize, cell: &mut Cell<'_>) {
    match column {
        0 => cell.strong(named(&service.name)),
        _ if service.requests == 0 => cell.faint("–"),
        1 => cell.mono(&human::grouped(service.requests)),
        2 => cell.mono(&rate(service)),
        3 => failed(service.failed, cell),
        _ => cell.mono(&length(service.p95)),
    }
}

fn failed(count: u64, cell: &mut Cell<'_>) {
    match count {
        0 => cell.faint("–"),
        count => cell.colored(&human::grouped(count), cell.palette.error),
    }
}

fn endpoint_words(endpoint: &Endpoint) -> String {
    format!(
        "{}, {}: {}, {} failed, p95 {}",
        endpoint.transaction,
        named(&endpoint.service),
        human::counted(endpoint.count, "time"),
        human::grouped(endpoint.failed),
        length(endpoint.p95)
    )
}

fn paint_endpoint(endpoint: &Endpoint, column: usize, cell: &mut Cell<'_>) {
    match column {
        0 => cell.strong(&endpoint.transaction),
        1 => cell.muted(named(&endpoint.service)),
        2 => cell.mono(&human::grouped(endpoint.count)),
        3 => failed(endpoint.failed, cell),
        4 => cell.mono(&length(endpoint.p95)),
        _ => match endpoint.share {
            Some(share) => {
                cell.mono(&human::percent(share));
                cell.room_of_figures("100 %".len());
                cell.bar(share as f32, cell.palette.accent);
            }
            None => cell.faint("–"),
        },
    }
}
