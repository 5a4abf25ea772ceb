//! The line under the search: how many rows there are, what they are narrowed to, by what they are told apart, copies.

use crate::app::insights::words::Form;
use crate::app::insights::{Look, Module};
use crate::app::route::{Dimension, InsightFilters, InsightsPlace};
use crate::app::{App, Command};
use crate::model::human;
use crate::ui::icons::{Icon, icon_text_button, icon_toggle};
use crate::ui::theme::{self, size};
use crate::ui::widgets::chip::chip_removable;
use crate::ui::widgets::segmented::segmented;
use egui::{Align, Layout, Popup, PopupCloseBehavior, RichText, ScrollArea, Ui};

/// Paints the line.
pub fn bar(
    ui: &mut Ui,
    app: &App,
    place: &InsightsPlace,
    as_table: &mut bool,
    commands: &mut Vec<Command>,
) {
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        count(ui, app, place);
        chips(ui, app, &place.filters, commands);
        filter_menu(ui, app, &place.filters, commands);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            copy_menu(ui, commands);
            if place.look.is_none()
                && icon_toggle(ui, Icon::Clock, "Charts as a table", *as_table).clicked()
            {
                *as_table = !*as_table;
            }
            grouping(ui, place, commands);
        });
    });
}

/// The same line for pages of all modules at once, with a word on what they show.
pub fn of_all(
    ui: &mut Ui,
    app: &App,
    filters: &InsightFilters,
    said: &str,
    commands: &mut Vec<Command>,
) {
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        if !said.is_empty() {
            let color = theme::palette(ui).muted;
            ui.label(RichText::new(said).font(theme::small()).color(color));
        }
        chips(ui, app, filters, commands);
        filter_menu(ui, app, filters, commands);
    });
}

/// What rows of a module are, in the singular.
fn noun(place: &InsightsPlace) -> &str {
    match (place.module, place.by.as_str()) {
        _ if place.look.is_some() => place.look.map_or("row", noun_of_look),
        (Module::Agents, "") => "model",
        (Module::Agents, by) => by,
        (Module::Transactions, _) => "transaction",
        (Module::Queries, "domain") => "set of tables",
        (Module::Queries, _) => "kind of query",
        (Module::Requests, "domain") => "domain",
        (Module::Requests, _) => "route",
        (Module::Caches, "key") => "shape of key",
        (Module::Caches, _) => "row",
        (Module::Queues, "destination") => "destination",
        (Module::Queues, _) => "job",
        (Module::Vitals, _) => "page",
    }
}

/// What rows of a closer look are, in the singular.
fn noun_of_look(look: Look) -> &'static str {
    match look {
        Look::CacheKeys => "shape of key",
        Look::CacheCandidates => "candidate",
        Look::QueueBacklog => "destination",
        Look::QueuePeriodic => "job",
        Look::AgentConversations => "conversation",
        Look::AgentTools => "tool",
        Look::AgentSampling => "route",
        Look::AgentTranscript => "line",
        Look::RequestBursts => "burst",
        Look::RequestRetries => "route",
        Look::QueryTrends | Look::TransactionTrends => "change",
        Look::CacheExpansion | Look::QueueLinks | Look::QueryCallers | Look::TransactionSlow => {
            "row"
        }
    }
}

fn count(ui: &mut Ui, app: &App, place: &InsightsPlace) {
    let palette = theme::palette(ui);
    let text = match app.insights.table_of(place) {
        Some(table) if place.row.is_none() => {
            let rows = table.rows.len() as u64;
            match (noun(place), rows) {
                (noun @ ("kind of query" | "set of tables" | "shape of key"), rows)
                    if rows != 1 =>
                {
                    let (first, rest) = noun.split_once(' ').unwrap_or((noun, ""));
                    format!("{} {first}s {rest}", human::grouped(rows))
                }
                (noun, rows) => human::counted(rows, noun),
            }
        }
        _ => String::new(),
    };
    let color = match app.insights.table.waiting {
        true => palette.faint,
        false => palette.muted,
    };
    if !text.is_empty() {
        ui.label(RichText::new(text).font(theme::small()).color(color));
    }
}

/// What is chosen, each with a cross.
fn chips(ui: &mut Ui, app: &App, filters: &InsightFilters, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let clock = app.settings.clock;
    if let Some(range) = filters.range {
        let [from, to] = [range.start, range.end].map(|at| human::time_of_day(at, clock));
        if chip_removable(ui, &format!("{from} – {to}"), palette.accent).removed {
            commands.push(Command::TimeRange(None));
        }
    }
    let mut chosen = 0;
    for dimension in Dimension::ALL {
        for value in filters.of(dimension) {
            chosen += 1;
            let text = format!("{}: {}", dimension.key(), shown(app, dimension, value));
            if chip_removable(ui, &text, palette.accent).removed {
                let mut filters = filters.clone();
                filters.toggle(dimension, value);
                commands.push(Command::FilterInsights(filters));
            }
        }
    }
    let parts =
        chosen + usize::from(filters.range.is_some()) + usize::from(!filters.query.is_empty());
    if parts > 1 && ui.small_button("Clear all").clicked() {
        commands.push(Command::FilterInsights(InsightFilters::default()));
    }
}

/// A value for people: an import is known by its file.
fn shown(app: &App, dimension: Dimension, value: &str) -> String {
    if dimension != Dimension::Import {
        return value.to_owned();
    }
    let imports = app.imports.value.clone().unwrap_or_default();
    let import = imports
        .iter()
        .find(|import| import.id.0.to_string() == value);
    let path = import.map(|import| std::path::Path::new(&*import.report.path));
    let name = path.and_then(|path| path.file_name());
    name.map_or_else(|| value.to_owned(), |name| name.to_string_lossy().into())
}

/// Values of services, environments, releases and imports to choose from.
fn filter_menu(ui: &mut Ui, app: &App, filters: &InsightFilters, commands: &mut Vec<Command>) {
    let button = icon_text_button(ui, Icon::Filter, "Filter");
    let menu = Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    menu.show(|ui| {
        ui.set_width(280.0);
        let palette = theme::palette(ui);
        ScrollArea::vertical().max_height(400.0).show(ui, |ui| {
            let mut is_any = false;
            for dimension in Dimension::ALL {
                let values = offered(app, dimension);
                if values.is_empty() {
                    continue;
                }
                is_any = true;
                let key = dimension.key();
                let heading = RichText::new(key).font(theme::small_strong());
                ui.label(heading.color(palette.muted));
                for (value, count) in values {
                    let mut on = filters.of(dimension).any(|chosen| chosen == value);
                    let name = shown(app, dimension, &value);
                    let text = format!("{name} ({})", human::count(count));
                    if ui.checkbox(&mut on, text).changed() {
                        let mut filters = filters.clone();
                        filters.toggle(dimension, &value);
                        commands.push(Command::FilterInsights(filters));
                    }
                }
                ui.add_space(size::GAP);
            }
            if !is_any {
                ui.label("No span names a service, an environment or a release.");
            }
        });
    });
}

/// The values of a dimension with how many spans have each.
fn offered(app: &App, dimension: Dimension) -> Vec<(String, u64)> {
    if dimension == Dimension::Import {
        let imports = app.imports.value.clone().unwrap_or_default();
        let with_spans = imports
            .iter()
            .filter(|import| import.report.counts.spans > 0);
        return with_spans
            .map(|import| (import.id.0.to_string(), import.report.counts.spans))
            .collect();
    }
    let choices = app.insights.choices.value.clone().unwrap_or_default();
    let facet = choices.iter().find(|facet| facet.key == dimension.key());
    let values = facet
        .map(|facet| facet.values.as_slice())
        .unwrap_or_default();
    values
        .iter()
        .map(|value| (value.value.text().into_owned(), value.count))
        .collect()
}

/// By what rows are told apart, where a module knows several ways.
fn grouping(ui: &mut Ui, place: &InsightsPlace, commands: &mut Vec<Command>) {
    let known = place.module.groupings();
    if known.is_empty() || place.row.is_some() || place.look.is_some() {
        return;
    }
    let usual = match place.module {
        Module::Queries => "query",
        Module::Requests => "route",
        Module::Caches => "transaction",
        Module::Queues => "job",
        _ => "transaction",
    };
    // Agents name their usual grouping themselves.
    let mut values: Vec<&str> = known.to_vec();
    let mut names = values.clone();
    if place.module != Module::Agents {
        values.insert(0, "");
        names.insert(0, usual);
    }
    let mut at = values
        .iter()
        .position(|by| *by == place.by)
        .unwrap_or_default();
    if segmented(ui, "By", &mut at, &names)
        && let Some(by) = values.get(at)
    {
        commands.push(Command::GroupInsights((*by).to_owned()));
    }
    let palette = theme::palette(ui);
    ui.label(
        RichText::new("by")
            .font(theme::small())
            .color(palette.muted),
    );
}

fn copy_menu(ui: &mut Ui, commands: &mut Vec<Command>) {
    let button = icon_text_button(ui, Icon::Copy, "Copy");
    Popup::menu(&button).show(|ui| {
        for form in Form::ALL {
            if ui.button(format!("As {}", form.name())).clicked() {
                commands.push(Command::CopyInsight(form));
                ui.close();
            }
        }
    });
}
