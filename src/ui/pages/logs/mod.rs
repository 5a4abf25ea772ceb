//! The log search: one search over every attribute, records over time, a table, and the record behind a row.

mod patterns;

use super::query_field::QueryField;
use super::records::attribute_menu::attribute_menu;
use super::records::differing::{Compared, DifferingView, stretch_in_words};
use super::records::facets;
use super::records::groups::GroupsView;
use super::summary::Summary;
use super::{SEVERITY_NAMES, severity_class, severity_colors};
use crate::app::route::{LogsPlace, LogsView};
use crate::app::{App, Command, comparing};
use crate::layout::time_ticks;
use crate::model::human::{self, Clock};
use crate::model::record::{LogEntry, RecordDetails};
use crate::model::{TimeRange, Value};
use crate::store::{Bucket, Histogram as LogHistogram, RecordKind};
use crate::ui::icons::{Icon, icon_button, icon_text_button, icon_toggle};
use crate::ui::theme::{self, size};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::histogram::{Bar, Histogram, HistogramState};
use crate::ui::widgets::key_values::{KeyValues, KeyValuesState, Pair, PairAction};
use crate::ui::widgets::ruler::Tick;
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::splitter::Splitter;
use crate::ui::widgets::text::{readable, single_line};
use crate::ui::widgets::virtual_table::{Column, TableState, VirtualTable};
use egui::{Align, Frame, Layout, Margin, RichText, ScrollArea, Ui};
use std::borrow::Cow;

const CHART_HEIGHT: f32 = 72.0;
/// Columns that are always there, before those chosen from attributes.
const FIXED_COLUMNS: usize = 4;

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
        let all = ui.available_rect_before_wrap();
        let (left, right) = all.split_left_right_at_x(all.left() + facets::WIDTH);
        let line = egui::Stroke::new(size::LINE, theme::palette(ui).border);
        ui.painter().vline(left.right() - 0.5, all.y_range(), line);
        ui.scope_builder(egui::UiBuilder::new().max_rect(left), |ui| {
            facets::facets(ui, app, RecordKind::Log, &mut self.facet_filter, commands);
        });
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
        let opened = app
            .list_picture()
            .is_some_and(|picture| picture.record.is_some());
        if !opened {
            return self.list(ui, app, place, commands);
        }
        let mut share = app.settings.details_share;
        Splitter::horizontal("Log record details")
            .min(260.0)
            .show(ui, &mut share, |ui, first| {
                if first {
                    self.list(ui, app, place, commands);
                } else {
                    self.record(ui, app, place, commands);
                }
            });
        app.settings.details_share = share;
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
            shown: found.map_or(0, |logs| logs.refs.len() as u64),
            all: overview.map(|overview| overview.logs),
            waiting: app.logs.waiting,
            error: app.logs.error.as_deref(),
            range: place.range,
            durations: None,
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
        place: &LogsPlace,
        commands: &mut Vec<Command>,
    ) {
        let keys = app.log_keys.value.clone().unwrap_or_default();
        let button = icon_text_button(ui, Icon::Columns, "Columns");
        let is_column = |key: &str| place.columns.iter().any(|column| column == key);
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
        let clock = app.settings.clock;
        let rows = app.log_rows.value.clone().unwrap_or_default();
        let columns = columns(place);
        let Some(picture) = app.list_picture() else {
            return;
        };
        self.table.offset_rows = picture.offset_rows;
        self.table.selected = picture.selected;
        if std::mem::take(&mut self.arrived) && ui.memory(|memory| memory.focused().is_none()) {
            self.table.focus();
        }
        let output = VirtualTable::new("Logs", &columns, matches.refs.len() as u64).show(
            ui,
            &mut self.table,
            |row| rows.get(row).map(name_row),
            |row, column, cell| {
                if let Some(log) = rows.get(row) {
                    paint_cell(log, clock, column, cell);
                }
            },
        );
        picture.offset_rows = self.table.offset_rows;
        picture.selected = self.table.selected;
        picture.visible = output.visible.clone();
        if let Some(row) = output.selected {
            picture.record = matches.refs.get(row as usize).copied();
        }
        let activated = output.activated.and_then(|row| rows.get(row));
        if let Some((trace, log)) = activated.and_then(|log| Some((log.trace?, log))) {
            commands.push(Command::OpenTrace {
                trace,
                span: log.span,
            });
        }
    }

    fn record(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &LogsPlace,
        commands: &mut Vec<Command>,
    ) {
        let palette = theme::palette(ui);
        let clock = app.settings.clock;
        let rows = app.log_rows.value.clone().unwrap_or_default();
        let details = app.log_details.value.clone();
        let Some(picture) = app.list_picture() else {
            return;
        };
        let log = picture.selected.and_then(|row| rows.get(row)).cloned();
        Frame::new()
            .inner_margin(Margin::symmetric(12, 8))
            .show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.label(RichText::new("Log record").font(theme::heading()));
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        if icon_button(ui, Icon::Close, "Close the details").clicked() {
                            picture.record = None;
                        }
                        let link = log.as_ref().and_then(|log| Some((log.trace?, log.span)));
                        if let Some((trace, span)) = link
                            && icon_text_button(ui, Icon::Trace, "Open in trace").clicked()
                        {
                            commands.push(Command::OpenTrace { trace, span });
                        }
                    });
                });
                let Some(log) = log else { return };
                ui.add_space(size::GRID);
                let class = severity_class(log.severity);
                let color = severity_colors(palette)[class];
                ui.horizontal_wrapped(|ui| {
                    let severity = if log.severity_text.is_empty() {
                        SEVERITY_NAMES[class]
                    } else {
                        &log.severity_text
                    };
                    ui.label(
                        RichText::new(severity.to_uppercase())
                            .font(theme::small_strong())
                            .color(color),
                    );
                    ui.label(
                        RichText::new(human::date_time(log.time, clock)).font(theme::mono_small()),
                    );
                    ui.label(
                        RichText::new(&*log.service)
                            .font(theme::small())
                            .color(palette.muted),
                    );
                });
                ui.add_space(size::GRID);
                ScrollArea::vertical()
                    .id_salt("body")
                    .max_height(160.0)
                    .show(ui, |ui| {
                        ui.add(
                            egui::Label::new(
                                RichText::new(readable(&log.body)).font(theme::mono()),
                            )
                            .wrap()
                            .selectable(true),
                        );
                    });
                ui.add_space(size::GAP);
                if let Some(details) = details {
                    self.attributes(ui, &log, &details, place, commands);
                }
            });
    }

    fn attributes(
        &mut self,
        ui: &mut Ui,
        log: &LogEntry,
        details: &RecordDetails,
        place: &LogsPlace,
        commands: &mut Vec<Command>,
    ) {
        let fields = fields_of(log, details);
        let pairs: Vec<Pair<'_>> = fields
            .iter()
            .map(|(key, value, note)| Pair { key, value, note })
            .collect();
        let action = KeyValues::new("Log attributes", &pairs)
            .filter_field(true)
            .show(ui, &mut self.details);
        let Some((at, action)) = action else { return };
        let (key, value) = (fields[at].0.to_owned(), fields[at].1.to_string());
        match action {
            PairAction::Copy => ui.ctx().copy_text(value),
            PairAction::CopyKey => ui.ctx().copy_text(key),
            PairAction::Filter => commands.push(Command::FilterLogsBy {
                key,
                value,
                exclude: false,
            }),
            PairAction::Exclude => commands.push(Command::FilterLogsBy {
                key,
                value,
                exclude: true,
            }),
            PairAction::AddColumn if !place.columns.contains(&key) => {
                commands.push(Command::ToggleColumn(key))
            }
            PairAction::AddColumn => {}
        }
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

/// A field as `(key, value, where from)`.
type LogField<'a> = (&'a str, Cow<'a, str>, &'static str);

/// What is known of a record.
fn fields_of<'a>(log: &LogEntry, details: &'a RecordDetails) -> Vec<LogField<'a>> {
    let own = details
        .attributes
        .iter()
        .map(|(key, value)| (&**key, value.text(), ""));
    let resource = details
        .resource
        .iter()
        .map(|(key, value)| (&**key, value.text(), "resource"));
    let linked = [
        log.trace
            .map(|trace| ("trace", trace.to_string().into(), "link")),
        log.span
            .map(|span| ("span", span.to_string().into(), "link")),
        (!details.template.is_empty()).then(|| ("template", Cow::Borrowed(&*details.template), "")),
    ];
    own.chain(linked.into_iter().flatten())
        .chain(resource)
        .collect()
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

fn columns(place: &LogsPlace) -> Vec<Column> {
    let mut columns = vec![
        Column::px("Time", 208.0),
        Column::px("Level", 72.0),
        Column::px("Service", 110.0),
        Column::rest("Message", 240.0),
    ];
    columns.extend(place.columns.iter().map(|name| Column::px(name, 150.0)));
    columns
}

/// The row in words, for screen readers and tests.
fn name_row(log: &LogEntry) -> String {
    format!(
        "{} {}",
        SEVERITY_NAMES[severity_class(log.severity)],
        single_line(log.body.lines().next().unwrap_or_default())
    )
}

fn paint_cell(log: &LogEntry, clock: Clock, column: usize, cell: &mut Cell<'_>) {
    let class = severity_class(log.severity);
    let color = severity_colors(cell.palette)[class];
    match column {
        0 => {
            cell.dot(color);
            cell.mono_muted(&human::date_time(log.time, clock));
        }
        1 => cell.colored(SEVERITY_NAMES[class], color),
        2 => cell.muted(&log.service),
        3 => cell.mono(log.body.lines().next().unwrap_or_default()),
        chosen => match log.cells.get(chosen - FIXED_COLUMNS) {
            Some(Some(Value::Null)) | Some(None) | None => cell.faint("–"),
            Some(Some(value)) => cell.mono(&value.text()),
        },
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
