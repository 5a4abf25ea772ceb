//! The log search: one search over every attribute, records over time, a table, and the record behind a row.

mod around;
mod patterns;
mod record;
mod rows;

use super::query_field::QueryField;
use super::records::attribute_menu::attribute_menu;
use super::records::differing::{Compared, DifferingView, stretch_in_words};
use super::records::facets;
use super::records::groups::GroupsView;
use super::severity_colors;
use super::summary::{Summary, unreadable};
use crate::app::columns::LOG_COLUMNS;
use crate::app::route::{AroundPlace, LogsPlace, LogsView};
use crate::app::{App, Command, comparing};
use crate::layout::time_ticks;
use crate::model::TimeRange;
use crate::model::human::{self, Clock};
use crate::model::record::LogEntry;
use crate::store::{Bucket, Histogram as LogHistogram, RecordKind};
use crate::ui::icons::{Icon, icon_text_button, icon_toggle};
use crate::ui::theme::{self, size};
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::histogram::{Bar, Histogram, HistogramState};
use crate::ui::widgets::key_values::KeyValuesState;
use crate::ui::widgets::ruler::Tick;
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::splitter::Splitter;
use crate::ui::widgets::virtual_table::{TableState, VirtualTable};
use egui::{Frame, Margin, Ui};
use rows::{LIST, RowLook};

const CHART_HEIGHT: f32 = 72.0;

/// The page's own state.
#[derive(Default)]
pub struct LogsPage {
    table: TableState,
    arrived: bool,
    chart: HistogramState,
    details: KeyValuesState,
    column_filter: String,
    facet_filter: String,
    patterns: TableState,
    groups: GroupsView,
    differing: DifferingView,
}

impl LogsPage {
    /// The page is entered: its list takes the keyboard, unless something else has it.
    pub fn arrive(&mut self) {
        self.arrived = true;
    }

    /// One frame.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &LogsPlace,
        focus: bool,
        commands: &mut Vec<Command>,
    ) {
        if let Some(around) = place.around {
            return self.around(ui, app, place, around, commands);
        }
        Frame::new()
            .inner_margin(Margin::symmetric(12, 8))
            .show(ui, |ui| {
                self.search(ui, app, place, focus, commands);
                ui.add_space(size::GAP);
                self.summary(ui, app, place, commands);
                self.over_time(ui, app, place, commands);
            });
        if !app.settings.facets_shown {
            return self.found(ui, app, place, commands);
        }
        let right = facets::beside(ui, app, RecordKind::Log, &mut self.facet_filter, commands);
        ui.scope_builder(egui::UiBuilder::new().max_rect(right), |ui| {
            self.found(ui, app, place, commands);
        });
    }

    /// The records that fit, or what they have in common.
    fn found(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &LogsPlace,
        commands: &mut Vec<Command>,
    ) {
        if app.logs.value.is_none() && unreadable(ui, app) {
            return;
        }
        match place.view {
            LogsView::Records => {}
            LogsView::Patterns => {
                return patterns::patterns(ui, app, &mut self.patterns, commands);
            }
            LogsView::Groups => {
                return self
                    .groups
                    .ui(ui, app, RecordKind::Log, &place.groups, commands);
            }
            LogsView::Differs => {
                let compared = Compared {
                    sets: comparing::sets(&place.query, place.range, &place.against),
                    against: &place.against,
                    inside: stretch_in_words(place.range, app.settings.clock),
                    noun: "log record",
                    example: "level:info",
                };
                return self.differing.ui(ui, app, &compared, commands);
            }
        }
        self.with_record(ui, app, place, commands, Self::list);
    }

    /// A list, and beside it the record that is selected in it.
    fn with_record(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &LogsPlace,
        commands: &mut Vec<Command>,
        list: impl Fn(&mut Self, &mut Ui, &mut App, &LogsPlace, &mut Vec<Command>),
    ) {
        let picture = app.list_picture();
        let Some((record, row)) =
            picture.and_then(|picture| Some((picture.record?, picture.selected)))
        else {
            return list(self, ui, app, place, commands);
        };
        let mut share = app.settings.details_share;
        let mut close = false;
        Splitter::horizontal("Log record details")
            .min(260.0)
            .show(ui, &mut share, |ui, first| {
                if first {
                    return list(self, ui, app, place, commands);
                }
                let log: Option<LogEntry> = match place.around {
                    Some(around) => around::shown(app, around)
                        .and_then(|found| found.rows.get(found.row_of(record)?).cloned()),
                    None => row.and_then(|row| app.log_rows.value.as_ref()?.get(row).cloned()),
                };
                close = record::record(ui, app, place, log.as_ref(), &mut self.details, commands);
            });
        app.settings.details_share = share;
        if let (true, Some(picture)) = (close, app.list_picture()) {
            picture.record = None;
        }
    }

    /// A record among those before and after it.
    fn around(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &LogsPlace,
        around: AroundPlace,
        commands: &mut Vec<Command>,
    ) {
        Frame::new()
            .inner_margin(Margin::symmetric(12, 8))
            .show(ui, |ui| {
                around::head(ui, app, around, commands, |ui, commands| {
                    self.column_menu(ui, app, place, commands);
                    wrap_choice(ui, app, commands);
                });
            });
        self.with_record(
            ui,
            app,
            place,
            commands,
            |page, ui, app, place, commands| {
                around::list(ui, app, &mut page.table, place, around, commands);
            },
        );
    }

    fn search(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &LogsPlace,
        focus: bool,
        commands: &mut Vec<Command>,
    ) {
        let field = QueryField {
            label: "Search logs",
            placeholder: "Search logs: words in the message, or any attribute: level:error user.id:7 logger.name:shop.*",
            kind: RecordKind::Log,
            subject: place.subject(),
            range: place.range,
        };
        field.show(ui, app, focus, commands);
    }

    fn summary(&mut self, ui: &mut Ui, app: &App, place: &LogsPlace, commands: &mut Vec<Command>) {
        let filtered = !place.query.is_empty() || place.range.is_some();
        let overview = app.overview.value.filter(|_| filtered);
        let found = app.logs.value.as_ref();
        let summary = Summary {
            noun: "log record",
            shown: found.map(|logs| logs.refs.len() as u64),
            all: overview.map(|overview| overview.logs),
            more: found.is_some_and(|logs| logs.more),
            waiting: app.logs.waiting,
            error: app.logs.error.as_deref(),
            range: place.range,
            durations: None,
            clock: app.settings.clock,
        };
        let mut chosen = Vec::new();
        summary.show(ui, commands, |ui| {
            self.column_menu(ui, app, place, &mut chosen);
            wrap_choice(ui, app, &mut chosen);
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
        place: &LogsPlace,
        commands: &mut Vec<Command>,
    ) {
        let keys = app.log_keys.value.clone().unwrap_or_default();
        let button = icon_text_button(ui, Icon::Columns, "Columns");
        let shown = LOG_COLUMNS.shown(&place.columns);
        let is_column = |key: &str| shown.iter().any(|column| column == key);
        let filter = &mut self.column_filter;
        let chosen = attribute_menu(&button, "Attributes", &keys, filter, is_column);
        commands.extend(chosen.map(Command::ToggleColumn));
    }

    fn over_time(
        &mut self,
        ui: &mut Ui,
        app: &App,
        place: &LogsPlace,
        commands: &mut Vec<Command>,
    ) {
        let Some(histogram) = app
            .log_histogram
            .value
            .as_ref()
            .filter(|histogram| histogram.range.duration() > 0)
        else {
            return;
        };
        let palette = theme::palette(ui);
        let clock = app.settings.clock;
        let bars: Vec<Bar> = (0..histogram.buckets.len())
            .map(|at| bar(histogram, at, clock))
            .collect();
        let width = ui.available_width().max(1.0);
        let ticks: Vec<Tick> = time_ticks(histogram.range, width, clock)
            .into_iter()
            .map(|tick| Tick {
                at: tick.x / width,
                label: tick.label,
            })
            .collect();
        let output = Histogram::new("Logs over time", &bars, &severity_colors(palette))
            .ticks(&ticks)
            .height(CHART_HEIGHT)
            .brush(place.range.and_then(|range| buckets_of(histogram, range)))
            .show(ui, &mut self.chart);
        if let Some(brushed) = output.brushed {
            commands.push(Command::TimeRange(Some(histogram.range_of(brushed))));
        }
        if output.cleared && place.range.is_some() {
            commands.push(Command::TimeRange(None));
        }
    }

    fn list(&mut self, ui: &mut Ui, app: &mut App, place: &LogsPlace, commands: &mut Vec<Command>) {
        let Some(matches) = app.logs.value.clone() else {
            return;
        };
        if matches.refs.is_empty() {
            return nothing_fits(ui, app, place, commands);
        }
        let rows = app.log_rows.value.clone().unwrap_or_default();
        let look = RowLook::new(app, place);
        let columns = look.columns();
        app.settings.swap_widths(LIST, &mut self.table.widths);
        let Some(picture) = app.list_picture() else {
            return;
        };
        self.table.offset_rows = picture.offset_rows;
        self.table.selected = picture.selected;
        self.table.focus_on_arrival(ui, &mut self.arrived);
        let mut menu = |ui: &mut Ui, row: u64| {
            if let Some(log) = rows.get(row) {
                look.menu(ui, log, commands);
            }
        };
        let output = VirtualTable::new("Logs", &columns, matches.refs.len() as u64)
            .at_edge()
            .row_height(look.row_height())
            .movable()
            .menu(&mut menu)
            .show(
                ui,
                &mut self.table,
                |row| rows.get(row).map(|log| look.name(log)),
                |row, column, cell| {
                    if let Some(log) = rows.get(row) {
                        look.paint(log, column, cell);
                    }
                },
            );
        picture.offset_rows = self.table.offset_rows;
        picture.selected = self.table.selected;
        picture.visible = output.visible.clone();
        if let Some(row) = output.selected {
            picture.record = matches.refs.get(row as usize).copied();
        }
        commands.extend(output.columns.and_then(|change| look.changed(change)));
        let activated = output.activated.and_then(|row| rows.get(row));
        if let Some((trace, log)) = activated.and_then(|log| Some((log.trace?, log))) {
            commands.push(Command::OpenTrace {
                trace,
                span: log.span,
            });
        }
        app.settings.swap_widths(LIST, &mut self.table.widths);
    }
}

/// Whether messages take one line or several.
fn wrap_choice(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    let wraps = app.settings.wrap_messages;
    if icon_toggle(ui, Icon::Wrap, "Wrap messages", wraps).clicked() {
        commands.push(Command::ToggleWrap);
    }
}

/// Records, or what they have in common.
fn view_choice(ui: &mut Ui, view: LogsView, commands: &mut Vec<Command>) {
    const VIEWS: [LogsView; 4] = [
        LogsView::Records,
        LogsView::Patterns,
        LogsView::Groups,
        LogsView::Differs,
    ];
    const NAMES: [&str; 4] = ["Records", "Patterns", "Groups", "What differs"];
    let mut at = VIEWS.iter().position(|known| *known == view).unwrap_or(0);
    if segmented(ui, "Show", &mut at, &NAMES) {
        commands.push(Command::ShowLogsAs(VIEWS[at.min(3)]));
    }
}

fn nothing_fits(ui: &mut Ui, app: &App, place: &LogsPlace, commands: &mut Vec<Command>) {
    if app.logs.waiting {
        return;
    }
    if place.query.is_empty() && place.range.is_none() {
        let sentence = "No file read so far holds log records. Import a capture with logs, and they are linked to traces.";
        if EmptyState::new(Icon::Log, "No logs", sentence)
            .action("Import files")
            .show(ui)
            .is_some()
        {
            commands.push(Command::ShowImports);
        }
        return;
    }
    let sentence = "Take a term away, widen the time, or search with wildcards such as *timeout*.";
    if EmptyState::new(Icon::Search, "No log record fits", sentence)
        .action("Clear the search")
        .show(ui)
        .is_some()
    {
        commands.push(Command::Go(crate::app::Route::Logs(LogsPlace {
            columns: place.columns.clone(),
            ..LogsPlace::default()
        })));
    }
}

fn bar(histogram: &LogHistogram, at: usize, clock: Clock) -> Bar {
    let bucket: &Bucket = &histogram.buckets[at];
    let start = histogram.range_of(at..at + 1).start;
    let name = format!(
        "{}: {}",
        human::time_of_day(start, clock),
        human::counted(bucket.total(), "log record")
    );
    Bar {
        name,
        values: bucket.counts.iter().map(|count| *count as f64).collect(),
    }
}

/// The buckets that a part of the time covers; `None` for all of it.
fn buckets_of(histogram: &LogHistogram, range: TimeRange) -> Option<std::ops::Range<usize>> {
    let whole = histogram.range;
    if range.start <= whole.start && range.end >= whole.end {
        return None;
    }
    let all = histogram.buckets.len();
    let overlaps = |at: &usize| {
        let own = histogram.range_of(*at..at + 1);
        own.start < range.end && range.start < own.end
    };
    let first = (0..all).find(overlaps)?;
    let last = (0..all).rfind(overlaps)?;
    Some(first..last + 1)
}
