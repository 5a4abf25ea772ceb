//! The overview: how the capture is. What went on over time heads it, with the figures of the whole; then what there is to say,
//! each sentence a way to the page that tells more, beside who calls whom; then the services and the endpoints that are worth
//! a look.

mod figures;
mod said;

use super::insights::charts::Charts;
use super::insights::filters;
use super::query_field::QueryField;
use crate::app::insights::health::HealthLook;
use crate::app::route::{HealthPlace, InsightFilters};
use crate::app::{App, Command};
use crate::query::Subject;
use crate::store::RecordKind;
use crate::ui::icons::Icon;
use crate::ui::theme::{self, size};
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::virtual_table::TableState;
use egui::{Frame, Margin, RichText, ScrollArea, Ui};

/// The page's own state.
#[derive(Default)]
pub struct OverviewPage {
    services: TableState,
    endpoints: TableState,
    charts: Charts,
    hovered: Option<usize>,
}

/// From this width on, in points, things stand side by side.
const TWO_COLUMNS: f32 = 1_120.0;

impl OverviewPage {
    /// One frame.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &HealthPlace,
        focus: bool,
        commands: &mut Vec<Command>,
    ) {
        Frame::new()
            .inner_margin(Margin::symmetric(12, 8))
            .show(ui, |ui| {
                let field = QueryField {
                    label: "Search overview",
                    placeholder: "Only spans that fit: words in the description, or any attribute: op:db user.id:7",
                    kind: RecordKind::Span,
                    subject: Subject::Records,
                    range: place.filters.range,
                };
                field.show(ui, app, focus, commands);
                ui.add_space(size::GAP);
                let stale = stale(app);
                filters::of_all(ui, app, &place.filters, stale, commands);
            });
        let failed = app.insights.health.error.as_ref();
        if let Some(reason) = failed.or(app.insights.glance.error.as_ref()) {
            EmptyState::new(Icon::Warning, "This could not be computed", reason).show(ui);
            return;
        }
        let Some(look) = app.insights.overview().cloned() else {
            return awaited(ui, app, commands);
        };
        if look.overview.services.is_empty() {
            return nothing(ui, place, commands);
        }
        ScrollArea::vertical()
            .id_salt("overview")
            .auto_shrink(false)
            .show(ui, |ui| {
                Frame::new()
                    .inner_margin(Margin::symmetric(12, 0))
                    .show(ui, |ui| self.look(ui, app, place, &look, commands));
            });
    }

    fn look(
        &mut self,
        ui: &mut Ui,
        app: &App,
        place: &HealthPlace,
        look: &HealthLook,
        commands: &mut Vec<Command>,
    ) {
        if let Some(traffic) = &look.traffic {
            let of = (&traffic.over_time, Some(&traffic.whole));
            self.charts.of(ui, app, of, commands);
            ui.add_space(size::PAD);
        }
        if !look.is_whole {
            said::awaited(ui);
            self.tables(ui, place, look, commands);
            return;
        }
        let worst = app.insights.worst.value.clone().unwrap_or_default();
        let said = |ui: &mut Ui, commands: &mut Vec<Command>| {
            said::sentences(ui, &look.overview.sentences, &worst, place, commands);
        };
        let width = ui.available_width();
        let right = (width * 0.4).floor();
        if width < TWO_COLUMNS || figures::map_size(look)[0] > right {
            said(ui, commands);
            self.map(ui, place, (look, false), commands);
        } else {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                ui.vertical(|ui| {
                    ui.set_width(width - right - 2.0 * size::PAD);
                    said(ui, commands);
                });
                ui.add_space(2.0 * size::PAD);
                ui.vertical(|ui| {
                    ui.set_width(right);
                    self.map(ui, place, (look, true), commands);
                });
            });
        }
        self.tables(ui, place, look, commands);
        ui.add_space(size::PAD);
    }
}

/// What is to be known of an overview that is not the newest.
fn stale(app: &App) -> &'static str {
    let of = &app.insights;
    match (
        app.importing.is_some(),
        of.glance.waiting || of.health.waiting,
    ) {
        (true, _) => "As it was before the import that runs",
        (false, true) => "Counting…",
        (false, false) => "",
    }
}

/// A part of the page.
fn heading(ui: &mut Ui, title: &str) {
    ui.add_space(size::PAD);
    let title = RichText::new(title).font(theme::small_strong());
    ui.label(title.color(theme::palette(ui).muted));
    ui.add_space(size::GRID);
}

fn awaited(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    if app.importing.is_none() {
        let sentence = "All spans of the capture are looked at once.";
        EmptyState::new(Icon::Search, "Counting", sentence).show(ui);
        return;
    }
    let sentence =
        "How the capture is shows here when all of it is read. Its traces are there as they come.";
    let shown = EmptyState::new(Icon::Import, "The files are being read", sentence);
    if shown.action("Show traces").show(ui).is_some() {
        commands.push(Command::ShowTraces);
    }
}

/// What to do where no span fits.
fn nothing(ui: &mut Ui, place: &HealthPlace, commands: &mut Vec<Command>) {
    if place.filters.is_empty() {
        let sentence = "The overview is made of spans, and nothing imported so far has any.";
        let shown = EmptyState::new(Icon::Span, "No spans", sentence);
        if shown.action("Show logs").show(ui).is_some() {
            commands.push(Command::ShowLogs);
        }
        return;
    }
    let sentence = "Take a filter away, or look at all of the time.";
    let shown = EmptyState::new(Icon::Filter, "Nothing fits these filters", sentence);
    if shown.action("Clear all filters").show(ui).is_some() {
        commands.push(Command::FilterInsights(InsightFilters::default()));
    }
}
