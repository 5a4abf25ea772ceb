//! A module over time: which of its numbers are drawn, and how. The same numbers as a table, for people who listen.

use super::InsightsPage;
use super::list::{column, in_words, paint};
use crate::app::insights::words::number;
use crate::app::insights::{Cell, Module, Series, Unit};
use crate::app::route::{AlertsPlace, InsightsPlace, Route};
use crate::app::{App, Command};
use crate::model::{Nanos, TimeRange};
use crate::store::MINUTE;
use crate::ui::icons::Icon;
use crate::ui::pages::alerts::{incident_name, level_color};
use crate::ui::pages::time_chart::{
    Charted, Curve, LEGEND, Mark, TimeChart, stretch_width, stretch_words,
};
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::virtual_table::{self, VirtualTable};
use egui::{Color32, RichText, Ui, UiBuilder, vec2};
use std::cmp::Reverse;

const HEIGHT: f32 = 96.0;
/// Most charts of a module.
const MOST: usize = 4;
/// More than three charts stand side by side only if each is so wide.
const NARROWEST: f32 = 240.0;
/// The height of a title.
const TITLE: f32 = 20.0;

/// The charts' own state.
#[derive(Default)]
pub struct Charts([TimeChart; MOST]);

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
fn specs(module: Module) -> Vec<Spec> {
    use Unit::{Count, Dollars, Duration, Number, PerMinute, Share};
    let throughput = bars("Throughput a minute", PerMinute, &[("tpm", "Throughput")]);
    match module {
        Module::Transactions => vec![
            throughput,
            lines("Duration", Duration, &[("p50", "P50"), ("p95", "P95")]),
            lines("Failure rate", Share, &[("failure_rate", "Failed")]),
        ],
        Module::Queries => vec![
            throughput,
            lines("Duration", Duration, &[("avg", "Average"), ("p95", "P95")]),
            bars("Time spent", Duration, &[("time_spent", "Time spent")]),
        ],
        Module::Requests => vec![
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
        Module::Caches => vec![
            bars("Reads", Count, &[("hits", "Hits"), ("misses", "Misses")]),
            lines("Miss rate", Share, &[("miss_rate", "Missed")]),
            lines(
                "Duration",
                Duration,
                &[("avg_get", "Get"), ("avg_put", "Put")],
            ),
        ],
        Module::Queues => vec![
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
        Module::Agents => vec![
            bars(
                "Tokens",
                Count,
                &[("input_tokens", "Input"), ("output_tokens", "Output")],
            ),
            bars("Cost", Dollars, &[("cost", "Cost")]),
            lines("Duration", Duration, &[("avg", "Average"), ("p95", "P95")]),
        ],
        Module::Vitals => vec![
            lines(
                "Loading, P75",
                Duration,
                &[("p75_lcp", "LCP"), ("p75_fcp", "FCP"), ("p75_ttfb", "TTFB")],
            ),
            lines("Interaction, P75", Duration, &[("p75_inp", "INP")]),
            lines("Layout shift, P75", Number, &[("p75_cls", "CLS")]),
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
        let palette = theme::palette(ui);
        let (marks, rules) = incidents(app, palette);
        let room = ui.available_width();
        let specs = specs(series.module);
        let (beside, each) = beside(specs.len(), room);
        let drawn = specs.into_iter().map(|spec| {
            let curves = curves(&spec, series, palette);
            let figures = whole.map_or_else(String::new, |whole| figures(&spec, whole));
            Drawn {
                legend: Legend::of(ui, (spec.title, &figures), &curves, each),
                spec,
                curves,
                figures,
            }
        });
        let drawn: Vec<Drawn> = drawn.collect();
        // The charts stay in line, so that one that needs more lines for its names gives them to all.
        let lines = drawn.iter().map(|drawn| drawn.legend.lines()).max();
        let lines = lines.unwrap_or(0);
        let tall = TITLE + lines as f32 * LEGEND + size::GRID + HEIGHT;
        let down = drawn.len().div_ceil(beside) as f32;
        let all = vec2(room, down * (tall + size::GAP) - size::GAP);
        let (rect, _) = ui.allocate_exact_size(all, egui::Sense::hover());
        for (place_of, (drawn, chart)) in drawn.iter().zip(&mut self.0).enumerate() {
            let [x, y] = [place_of % beside, place_of / beside].map(|at| at as f32);
            let corner = rect.min + vec2(x * (each + size::PAD), y * (tall + size::GAP));
            let room = egui::Rect::from_min_size(corner, vec2(each, tall));
            let id = ("chart", drawn.spec.title);
            ui.scope_builder(UiBuilder::new().id_salt(id).max_rect(room), |ui| {
                let of = (series, marks.as_slice());
                if let Some(at) = one(ui, chart, (drawn, lines), of, app, commands) {
                    commands.extend(rules.get(at).map(|rule| to_rule(rule)));
                }
            });
        }
    }
}

/// How many of so many charts stand side by side in a room that is so wide, and how wide each is.
fn beside(charts: usize, room: f32) -> (usize, f32) {
    let wide = |count: usize| {
        let gaps = count.saturating_sub(1) as f32 * size::PAD;
        ((room - gaps) / count.max(1) as f32).floor()
    };
    let count = match charts {
        0..=3 => charts.max(1),
        many if wide(many) >= NARROWEST => many,
        many => many.div_ceil(2),
    };
    (count, wide(count))
}

/// A chart about to be drawn.
struct Drawn {
    spec: Spec,
    curves: Vec<Curve>,
    legend: Legend,
    /// What stands beside the title.
    figures: String,
}

/// Where the names of curves stand: beside the title, or in lines below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Legend {
    None,
    Beside,
    Below(usize),
}

impl Legend {
    /// Of these curves, beside a title with its figures, in a room that is so wide.
    fn of(ui: &Ui, (title, figures): (&str, &str), curves: &[Curve], room: f32) -> Self {
        let wide = |text: &str, font| {
            let text = text.to_owned();
            let galley = ui
                .painter()
                .layout_no_wrap(text, font, Color32::PLACEHOLDER);
            galley.size().x
        };
        let title = wide(title, theme::small_strong());
        let figures = match figures {
            "" => 0.0,
            figures => wide(figures, theme::strong()) + 2.0 * size::GRID,
        };
        let names = TimeChart::legend_widths(ui, curves);
        Self::of_widths(title + figures, &names, room)
    }

    /// Names of these widths, with a title and in a room that are so wide; one curve needs no name.
    fn of_widths(title: f32, names: &[f32], room: f32) -> Self {
        if names.len() < 2 {
            return Self::None;
        }
        let all: f32 = names.iter().map(|name| name + size::GRID).sum();
        if title + 2.0 * size::GRID + all <= room {
            return Self::Beside;
        }
        let (mut lines, mut used) = (1, 0.0);
        for name in names {
            if used > 0.0 && used + name > room {
                (lines, used) = (lines + 1, 0.0);
            }
            used += name + size::GRID;
        }
        Self::Below(lines)
    }

    /// How many lines it takes below the title.
    fn lines(self) -> usize {
        match self {
            Self::None | Self::Beside => 0,
            Self::Below(lines) => lines,
        }
    }
}

fn one(
    ui: &mut Ui,
    chart: &mut TimeChart,
    (drawn, lines): (&Drawn, usize),
    (series, marks): (&Series, &[Mark]),
    app: &App,
    commands: &mut Vec<Command>,
) -> Option<usize> {
    let palette = theme::palette(ui);
    let (spec, curves) = (&drawn.spec, drawn.curves.as_slice());
    ui.spacing_mut().item_spacing = vec2(size::GRID, 0.0);
    ui.horizontal(|ui| {
        ui.set_height(TITLE);
        let title = RichText::new(spec.title).font(theme::small_strong());
        ui.add(egui::Label::new(title.color(palette.muted)).truncate());
        if !drawn.figures.is_empty() {
            ui.add_space(size::GRID);
            ui.label(RichText::new(&drawn.figures).font(theme::strong()));
        }
        if drawn.legend == Legend::Beside {
            ui.add_space(size::GRID);
            chart.legend(ui, curves);
        }
    });
    if lines > 0 {
        let below = vec2(ui.available_width(), lines as f32 * LEGEND);
        let (rect, _) = ui.allocate_exact_size(below, egui::Sense::hover());
        if matches!(drawn.legend, Legend::Below(_)) {
            let layout = egui::Layout::left_to_right(egui::Align::Min).with_main_wrap(true);
            let below = UiBuilder::new().max_rect(rect).layout(layout);
            ui.scope_builder(below, |ui| chart.legend(ui, curves));
        }
    }
    ui.add_space(size::GRID);
    let charted = Charted {
        label: spec.title,
        caption: spec.title,
        curves,
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
            // Of all that there is in a stretch, the parts are always all.
            let is_part = matches!(column.name, "share" | "opportunity");
            !is_tag && !is_part && (column.shown || column.unit == Unit::Counts)
        };
        let shown: Vec<usize> = (0..series.columns.len()).filter(is_shown).collect();
        let time = virtual_table::Column::px("Time", stretch_width(series.range));
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
            stretch_words(series.range, at, rows, app.settings.clock)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_charts_stand_in_two_lines_where_they_would_be_narrow() {
        assert_eq!(beside(3, 600.0).0, 3);
        assert_eq!(beside(4, 4.0 * NARROWEST + 3.0 * size::PAD), (4, NARROWEST));
        assert_eq!(beside(4, 4.0 * NARROWEST).0, 2);
    }

    #[test]
    fn no_module_has_more_charts_than_there_is_state_for() {
        for module in Module::ALL {
            assert!(specs(module).len() <= MOST, "{}", module.name());
        }
    }

    #[test]
    fn names_stand_beside_the_title_while_there_is_room() {
        assert_eq!(Legend::of_widths(80.0, &[40.0], 300.0), Legend::None);
        assert_eq!(
            Legend::of_widths(80.0, &[40.0, 60.0], 300.0),
            Legend::Beside
        );
        assert_eq!(
            Legend::of_widths(80.0, &[40.0, 60.0], 160.0),
            Legend::Below(1)
        );
        let five = [45.0; 5];
        assert_eq!(Legend::of_widths(100.0, &five, 170.0), Legend::Below(2));
        assert_eq!(Legend::of_widths(100.0, &[400.0, 400.0], 170.0).lines(), 2);
    }
}
