//! The span search: one search over every attribute of spans, charts of how many and how long, and below them the
//! spans that fit, the traces they belong to, or groups of them. A tab more is a view more in [`SpansView`].

mod chart;
mod details;
mod list;
mod traces;

use super::query_field::QueryField;
use super::records::attribute_menu::attribute_menu;
use super::records::differing::{Compared, DifferingView, stretch_in_words};
use super::records::facets;
use super::records::groups::GroupsView;
use super::summary::Summary;
use crate::app::columns::SPAN_COLUMNS;
use crate::app::route::{Route, SpansPlace, SpansView};
use crate::app::{App, Command};
use crate::store::RecordKind;
use crate::ui::icons::{Icon, icon_text_button, icon_toggle};
use crate::ui::theme::size;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::key_values::KeyValuesState;
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::splitter::Splitter;
use crate::ui::widgets::virtual_table::TableState;
use chart::SpanChart;
use egui::{Frame, Margin, Ui};

/// The page's own state.
#[derive(Default)]
pub struct SpansPage {
    chart: SpanChart,
    spans: TableState,
    traces: TableState,
    groups: GroupsView,
    differing: DifferingView,
    details: KeyValuesState,
    arrived: bool,
    column_filter: String,
    facet_filter: String,
}

impl SpansPage {
    /// The page is entered: its list takes the keyboard, unless something else has it.
    pub fn arrive(&mut self) {
        self.arrived = true;
    }

    /// One frame.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &SpansPlace,
        focus: bool,
        commands: &mut Vec<Command>,
    ) {
        Frame::new()
            .inner_margin(Margin::symmetric(12, 8))
            .show(ui, |ui| {
                search(ui, app, place, focus, commands);
                ui.add_space(size::GAP);
                self.summary(ui, app, place, commands);
                self.chart.ui(ui, app, place, commands);
            });
        if !app.settings.facets_shown {
            return self.found(ui, app, place, commands);
        }
        let right = facets::beside(ui, app, RecordKind::Span, &mut self.facet_filter, commands);
        ui.scope_builder(egui::UiBuilder::new().max_rect(right), |ui| {
            self.found(ui, app, place, commands);
        });
    }

    fn summary(&mut self, ui: &mut Ui, app: &App, place: &SpansPlace, commands: &mut Vec<Command>) {
        let overview = app.overview.value.filter(|_| place.is_narrowed());
        let (count, waiting, error) = how_many(app, place);
        let summary = Summary {
            noun: "span",
            shown: count.unwrap_or(0),
            all: overview.map(|overview| overview.spans),
            waiting,
            error,
            range: place.range,
            more: false,
            durations: place.durations.clone(),
            clock: app.settings.clock,
        };
        let mut chosen = Vec::new();
        summary.show(ui, commands, |ui| {
            self.column_menu(ui, app, place, &mut chosen);
            let shown = app.settings.facets_shown;
            if icon_toggle(ui, Icon::Filter, "Values beside the list", shown).clicked() {
                chosen.push(Command::ToggleFacets);
            }
            view_choice(ui, place.view, &mut chosen);
        });
        commands.append(&mut chosen);
    }

    fn column_menu(
        &mut self,
        ui: &mut Ui,
        app: &App,
        place: &SpansPlace,
        commands: &mut Vec<Command>,
    ) {
        if place.view != SpansView::Spans {
            return;
        }
        let keys = app.span_keys.value.clone().unwrap_or_default();
        let button = icon_text_button(ui, Icon::Columns, "Columns");
        let shown = SPAN_COLUMNS.shown(&place.columns);
        let is_column = |key: &str| shown.iter().any(|column| column == key);
        let filter = &mut self.column_filter;
        let chosen = attribute_menu(&button, "Attributes", &keys, filter, is_column);
        commands.extend(chosen.map(Command::ToggleColumn));
    }

    /// What is below the chart.
    fn found(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &SpansPlace,
        commands: &mut Vec<Command>,
    ) {
        let (count, waiting, _) = how_many(app, place);
        if count == Some(0) && !waiting {
            return nothing_fits(ui, place, commands);
        }
        match place.view {
            SpansView::Spans => self.spans(ui, app, place, commands),
            SpansView::Traces => self.matched_traces(ui, app, place, commands),
            SpansView::Groups => {
                self.groups
                    .ui(ui, app, RecordKind::Span, &place.groups, commands);
            }
            SpansView::Differs => {
                let compared = Compared {
                    sets: place.sets(),
                    against: &place.against,
                    inside: stretch_in_words(place.range, app.settings.clock),
                    noun: "span",
                    example: "service.version:1.3.0",
                };
                self.differing.ui(ui, app, &compared, commands);
            }
        }
    }

    /// The spans, and the one that is selected beside them.
    fn spans(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &SpansPlace,
        commands: &mut Vec<Command>,
    ) {
        let opened = app
            .list_picture()
            .is_some_and(|picture| picture.record.is_some());
        if !opened {
            return self.list(ui, app, place, commands);
        }
        let mut share = app.settings.details_share;
        Splitter::horizontal("Span details")
            .min(260.0)
            .show(ui, &mut share, |ui, first| {
                if first {
                    self.list(ui, app, place, commands);
                } else {
                    details::span(ui, app, place, &mut self.details, commands);
                }
            });
        app.settings.details_share = share;
    }
}

fn search(
    ui: &mut Ui,
    app: &mut App,
    place: &SpansPlace,
    focus: bool,
    commands: &mut Vec<Command>,
) {
    let field = QueryField {
        label: "Search spans",
        placeholder: "Search spans: words in the description, or any attribute: op:db duration:>100ms status:error",
        kind: RecordKind::Span,
        subject: place.subject(),
        range: place.range,
    };
    field.show(ui, app, focus, commands);
}

/// The spans, their traces, or groups.
fn view_choice(ui: &mut Ui, view: SpansView, commands: &mut Vec<Command>) {
    let views = SpansView::ALL;
    let mut at = views.iter().position(|known| *known == view).unwrap_or(0);
    let names = views.map(|view| match view {
        SpansView::Spans => "Spans",
        SpansView::Traces => "Traces",
        SpansView::Groups => "Groups",
        SpansView::Differs => "What differs",
    });
    if segmented(ui, "Show", &mut at, &names) {
        commands.extend(views.get(at).copied().map(Command::ShowSpansAs));
    }
}

/// How many spans fit, whether a newer answer is awaited, and why there is none.
fn how_many<'a>(app: &'a App, place: &SpansPlace) -> (Option<u64>, bool, Option<&'a str>) {
    let (found, total) = (&app.spans.found, &app.spans.total);
    let listed = found.value.as_ref().map(|spans| spans.refs.len() as u64);
    // Until the first answer, what was counted for the other tab is shown.
    match place.view {
        SpansView::Spans => (
            listed.or(total.value),
            found.waiting,
            found.error.as_deref(),
        ),
        _ => (
            total.value.or(listed),
            total.waiting,
            total.error.as_deref(),
        ),
    }
}

fn nothing_fits(ui: &mut Ui, place: &SpansPlace, commands: &mut Vec<Command>) {
    if !place.is_narrowed() {
        let sentence = "No file read so far holds spans. Import a capture with traces, and every span of it can be searched here.";
        if EmptyState::new(Icon::Span, "No spans", sentence)
            .action("Import files")
            .show(ui)
            .is_some()
        {
            commands.push(Command::ShowImports);
        }
        return;
    }
    let sentence = "Take a term away, widen the time or the durations, or search with wildcards such as *checkout*.";
    if EmptyState::new(Icon::Search, "No span fits", sentence)
        .action("Clear the search")
        .show(ui)
        .is_some()
    {
        commands.push(Command::Go(Route::Spans(SpansPlace {
            query: String::new(),
            range: None,
            durations: None,
            ..place.clone()
        })));
    }
}
