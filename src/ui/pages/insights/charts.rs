//! A module over time: which of its numbers are drawn, and how. The same numbers as a table, for people who listen.

use super::InsightsPage;
use super::list::{column, in_words, paint};
use crate::app::insights::words::number;
use crate::app::insights::{Cell, Module, Series, Unit};
use crate::app::route::{AlertsPlace, InsightsPlace, Route};
use crate::app::{App, Command};
use crate::model::human;
use crate::model::{Nanos, TimeRange};
use crate::store::MINUTE;
use crate::ui::icons::Icon;
use crate::ui::pages::alerts::{incident_name, level_color};
use crate::ui::pages::time_chart::{Charted, Curve, Mark, TimeChart};
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::virtual_table::{self, VirtualTable};
use egui::{Color32, RichText, Ui, UiBuilder, vec2};
use std::cmp::Reverse;

const HEIGHT: f32 = 96.0;
/// The height of a chart with its title.
const WHOLE: f32 = HEIGHT + 24.0;

/// The charts' own state.
#[derive(Default)]
pub struct Charts([TimeChart; 3]);

/// One chart.
struct Spec {
    title: &'static str,
    unit: Unit,
    stacked: bool,
    /// Columns with the names of their curves.
    curves: &'static [(&'static str, &'static str)],
}

const fn lines(
    title: &'static str,
    unit: Unit,
    curves: &'static [(&'static str, &'static str)],
) -> Spec {
    Spec {
        title,
        unit,
        stacked: false,
        curves,
    }
}

const fn bars(
    title: &'static str,
    unit: Unit,
    curves: &'static [(&'static str, &'static str)],
) -> Spec {
    Spec {
        stacked: true,
        ..lines(title, unit, curves)
    }
}

/// Names a class of status codes instead of a column.
const STATUS: &str = "statuses";

/// What is drawn of a module.
fn specs(module: Module) -> [Spec; 3] {
    use Unit::{Count, Dollars, Duration, Number, PerMinute, Share};
    let throughput = bars("Throughput a minute", PerMinute, &[("tpm", "Throughput")]);
    match module {
        Module::Transactions => [
            throughput,
            lines("Duration", Duration, &[("p50", "P50"), ("p95", "P95")]),
            lines("Failure rate", Share, &[("failure_rate", "Failed")]),
        ],
        Module::Queries => [
            throughput,
            lines("Duration", Duration, &[("avg", "Average"), ("p95", "P95")]),
            bars("Time spent", Duration, &[("time_spent", "Time spent")]),
        ],
        Module::Requests => [
            bars(
                "Answers by status",
                Count,
                &[
                    (STATUS, "2xx"),
                    (STATUS, "3xx"),
                    (STATUS, "4xx"),
                    (STATUS, "5xx"),
                    (STATUS, "none"),
                ],
            ),
            lines("Duration", Duration, &[("avg", "Average"), ("p95", "P95")]),
            throughput,
        ],
        Module::Caches => [
            bars("Reads", Count, &[("hits", "Hits"), ("misses", "Misses")]),
            lines("Miss rate", Share, &[("miss_rate", "Missed")]),
            lines(
                "Duration",
                Duration,
                &[("avg_get", "Get"), ("avg_put", "Put")],
            ),
        ],
        Module::Queues => [
            lines(
                "Messages",
                Count,
                &[("published", "Published"), ("processed", "Processed")],
            ),
            lines(
                "Duration",
                Duration,
                &[
                    ("avg_time_in_queue", "In queue"),
                    ("avg_processing", "Processing"),
                ],
            ),
            lines("Failure rate", Share, &[("error_rate", "Failed")]),
        ],
        Module::Agents => [
            bars(
                "Tokens",
                Count,
                &[("input_tokens", "Input"), ("output_tokens", "Output")],
            ),
            bars("Cost", Dollars, &[("cost", "Cost")]),
            lines("Duration", Duration, &[("avg", "Average"), ("p95", "P95")]),
        ],
        Module::Vitals => [
            lines(
                "Loading, P75",
                Duration,
                &[("p75_lcp", "LCP"), ("p75_fcp", "FCP"), ("p75_ttfb", "TTFB")],
            ),
            lines("Interaction, P75", Duration, &[("p75_inp", "INP")]),
            lines("Score", Number, &[("score", "Score")]),
        ],
    }
}

impl Charts {
    /// Shows the charts side by side; what is chosen in one becomes the time of all pages.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        app: &App,
        place: &InsightsPlace,
        commands: &mut Vec<Command>,
    ) {
        if let Some(series) = app.insights.over_time(place) {
            ui.add_space(size::GAP);
            self.of(ui, app, (&series, None), commands);
        }
    }

    /// Shows the charts of a series; beside the title of each what `whole`, a series of one stretch, has for it.
    pub fn of(
        &mut self,
        ui: &mut Ui,
        app: &App,
        (series, whole): (&Series, Option<&Series>),
        commands: &mut Vec<Command>,
    ) {
        let (marks, rules) = incidents(app, theme::palette(ui));
        let room = ui.available_width();
        let each = ((room - 2.0 * size::PAD) / 3.0).floor();
        let (rect, _) = ui.allocate_exact_size(vec2(room, WHOLE), egui::Sense::hover());
        for (place_of, (spec, chart)) in specs(series.module).iter().zip(&mut self.0).enumerate() {
            let left = rect.left() + place_of as f32 * (each + size::PAD);
            let room = egui::Rect::from_min_size(egui::pos2(left, rect.top()), vec2(each, WHOLE));
            let id = ("chart", spec.title);
            ui.scope_builder(UiBuilder::new().id_salt(id).max_rect(room), |ui| {
                let of = (series, whole, marks.as_slice());
                if let Some(at) = one(ui, chart, spec, of, app, commands) {
                    commands.extend(rules.get(at).map(|rule| to_rule(rule)));
                }
            });
        }
    }
}

fn one(
    ui: &mut Ui,
    chart: &mut TimeChart,
    spec: &Spec,
    (series, whole, marks): (&Series, Option<&Series>, &[Mark]),
    app: &App,
    commands: &mut Vec<Command>,
) -> Option<usize> {
    let palette = theme::palette(ui);
    let curves: Vec<Curve> = curves(spec, series, palette);
    ui.spacing_mut().item_spacing = vec2(size::GRID, 0.0);
    ui.horizontal(|ui| {
        ui.set_height(20.0);
        ui.label(
            RichText::new(spec.title)
                .font(theme::small_strong())
                .color(palette.muted),
        );
        let figures = whole.map(|whole| figures(spec, whole));
        if let Some(figures) = figures.filter(|figures| !figures.is_empty()) {
            ui.add_space(size::GRID);
            ui.label(RichText::new(figures).font(theme::strong()));
        }
        if curves.len() > 1 {
            ui.add_space(size::GRID);
            chart.legend(ui, &curves);
        }
    });
    ui.add_space(size::GRID);
    let charted = Charted {
        label: spec.title,
        caption: spec.title,
        curves: &curves,
        range: series.range,
        stretches: series.rows.len(),
        stacked: spec.stacked,
        clock: app.settings.clock,
        height: HEIGHT,
        marks,
        words: &|value| number(spec.unit, value),
    };
    let output = chart.ui(ui, &charted);
    commands.extend(output.brushed.map(|range| Command::TimeRange(Some(range))));
    if output.cleared {
        commands.push(Command::TimeRange(None));
    }
    output.marked
}

/// What a series of one stretch has for the curves of a chart.
fn figures(spec: &Spec, whole: &Series) -> String {
    let of_curve = |(column, _): &(&str, &str)| {
        let figure = whole.numbers(column).first().copied().flatten()?;
        Some(number(spec.unit, figure))
    };
    let figures: Vec<String> = spec.curves.iter().filter_map(of_curve).collect();
    figures.join(" / ")
}

/// The incidents that alert rules would have had, as marks, with the name of the rule of each.
fn incidents<'a>(app: &'a App, palette: &Palette) -> (Vec<Mark>, Vec<&'a str>) {
    let tested = app.alerts.tested.value.as_ref();
    let results = tested.map_or(&[][..], |tested| &tested.results);
    let all = results.iter().flat_map(|result| {
        let of_rule = |incident| (result.rule.name.as_str(), incident);
        result.incidents.iter().map(of_rule)
    });
    let mut all: Vec<_> = all.collect();
    // Short ones lie on top, so that all can be reached.
    all.sort_by_key(|(_, incident)| Reverse(incident.end - incident.start));
    all.into_iter()
        .map(|(rule, incident)| {
            let said = incident_name(incident, app.settings.clock);
            let at = |minute: i64| Nanos(minute.saturating_mul(MINUTE));
            let mark = Mark {
                range: TimeRange {
                    start: at(incident.start),
                    end: at(incident.end),
                },
                name: format!("Alert {rule}: {said}"),
                color: level_color(palette, Some(incident.level)),
            };
            (mark, rule)
        })
        .unzip()
}

/// To what a rule would have done.
fn to_rule(rule: &str) -> Command {
    Command::Go(Route::Alerts(AlertsPlace {
        rule: Some(rule.to_owned()),
        ..AlertsPlace::default()
    }))
}

/// The curves of a chart; of classes of status codes only those that there are.
fn curves(spec: &Spec, series: &Series, palette: &Palette) -> Vec<Curve> {
    let curve = |(place, (column, name)): (usize, &(&str, &str))| {
        let values = match *column {
            STATUS => statuses(series, name),
            column => series.numbers(column),
        };
        Curve {
            name: (*name).to_owned(),
            color: color(spec, column, name, place, palette),
            values,
        }
    };
    let curves = spec.curves.iter().enumerate().map(curve);
    let is_any = |curve: &Curve| {
        curve
            .values
            .iter()
            .any(|value| value.is_some_and(|n| n > 0.0))
    };
    match spec.curves.first() {
        Some((STATUS, _)) => curves.filter(is_any).collect(),
        _ => curves.collect(),
    }
}

/// How many answers were of a class of status codes, in each stretch of time.
fn statuses(series: &Series, class: &str) -> Vec<Option<f64>> {
    let column = series.column(STATUS);
    let of_row = |row: &Vec<Cell>| match row.get(column?)? {
        Cell::Counts(counts) => {
            let first = class.chars().next();
            let fits = counts
                .iter()
                .filter(|(code, _)| code.chars().next() == first);
            Some(fits.map(|(_, count)| *count as f64).sum())
        }
        _ => Some(0.0),
    };
    series.rows.iter().map(of_row).collect()
}

/// Failures are red everywhere, what is no failure is not.
fn color(spec: &Spec, column: &str, name: &str, place: usize, palette: &Palette) -> Color32 {
    match (column, name) {
        (_, "Failed" | "5xx" | "Misses" | "Missed") => palette.error,
        (STATUS, "4xx") => palette.warning,
        (STATUS, "3xx") => palette.info,
        (STATUS, "2xx") => palette.ok,
        (STATUS, _) => palette.faint,
        ("hits", _) => palette.ok,
        _ if spec.curves.len() == 1 => palette.accent,
        _ => palette.hues[[0, 4, 2][place % 3]],
    }
}

impl InsightsPage {
    /// The numbers behind the charts, a row a stretch of time.
    pub(super) fn series(&mut self, ui: &mut Ui, app: &App, place: &InsightsPlace) {
        let Some(series) = app.insights.over_time(place) else {
            let sentence = "There is nothing to show over time.";
            EmptyState::new(Icon::Clock, "No time", sentence).show(ui);
            return;
        };
        let is_shown = |place: &usize| {
            let column = &series.columns[*place];
            let is_tag = matches!(column.unit, Unit::Text | Unit::List | Unit::Span);
            !is_tag && (column.shown || column.unit == Unit::Counts) && column.name != "share"
        };
        let shown: Vec<usize> = (0..series.columns.len()).filter(is_shown).collect();
        let time = virtual_table::Column::px("From", 112.0);
        let numbers = shown.iter().map(|place| {
            let mut column = column(&series.columns[*place]);
            column.sortable = false;
            column
        });
        let columns: Vec<_> = [time].into_iter().chain(numbers).collect();
        let rows = series.rows.len();
        let start = |at: u64| {
            let at = usize::try_from(at)
                .unwrap_or(rows)
                .min(rows.saturating_sub(1));
            let start = series.range.shares(at..at + 1, rows).start;
            human::time_of_day(start, app.settings.clock)
        };
        let row = |at: u64| series.rows.get(usize::try_from(at).ok()?);
        VirtualTable::new("Over time", &columns, rows as u64).show(
            ui,
            &mut self.over_time,
            |at| {
                let said = in_words(&series.columns, row(at)?, app.settings.clock);
                Some(format!("{}: {said}", start(at)))
            },
            |at, place, cell| match (row(at), place.checked_sub(1)) {
                (Some(_), None) => cell.mono_muted(&start(at)),
                (Some(row), Some(place)) => {
                    if let Some(place) = shown.get(place) {
                        paint(&series.columns, row, (*place, app.settings.clock), cell);
                    }
                }
                _ => {}
            },
        );
    }
}
