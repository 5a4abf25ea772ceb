//! The spans that fit at a glance: how many over time, percentiles of their durations, or how many lasted how long.
//!
//! Dragging over a chart, or choosing by the keyboard, narrows the search: to a stretch of time, on the heatmap to a
//! stretch of durations as well.

use crate::app::route::{SpansChart, SpansPlace};
use crate::app::span_search::PERCENTILES;
use crate::app::{App, Command};
use crate::layout::{DurationAxis, time_ticks};
use crate::model::TimeRange;
use crate::model::human::{self, Clock};
use crate::store::{Heatmap, Histogram, Series};
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::heatmap::{self, HeatmapState, Place};
use crate::ui::widgets::histogram::{self, Bar, HistogramState};
use crate::ui::widgets::ruler::{Tick, Y_AXIS};
use crate::ui::widgets::segmented::segmented;
use egui::{Align, Color32, Layout, RichText, Sense, Ui, vec2};
use std::ops::Range;

const HEIGHT: f32 = 96.0;
const HEATMAP_HEIGHT: f32 = 168.0;
/// Marks on the heatmap's axis of durations, about.
const MARKS: usize = 5;

/// The charts' own state.
#[derive(Default)]
pub struct SpanChart {
    over_time: HistogramState,
    heatmap: HeatmapState,
}

impl SpanChart {
    /// The choice of a chart, and the chart; an empty one leaves no hole.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &SpansPlace,
        commands: &mut Vec<Command>,
    ) {
        ui.add_space(size::GRID);
        ui.horizontal(|ui| {
            ui.set_height(size::BUTTON);
            choice(ui, place.chart, commands);
            if place.chart == SpansChart::Percentiles {
                ui.add_space(size::GAP);
                legend(ui);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| scale(ui, app));
            }
        });
        ui.add_space(size::GRID);
        let spans = &app.spans;
        let error = match place.chart {
            SpansChart::Count => &spans.histogram.error,
            SpansChart::Percentiles => &spans.percentiles.error,
            SpansChart::Heatmap => &spans.heatmap.error,
        };
        if let Some(error) = error {
            ui.label(RichText::new(error).color(theme::palette(ui).error));
            return;
        }
        match place.chart {
            SpansChart::Count => self.count(ui, app, place, commands),
            SpansChart::Percentiles => self.percentiles(ui, app, place, commands),
            SpansChart::Heatmap => self.heat(ui, app, place, commands),
        }
    }

    fn count(&mut self, ui: &mut Ui, app: &App, place: &SpansPlace, commands: &mut Vec<Command>) {
        let Some(found) = app.spans.histogram.value.clone() else {
            return;
        };
        if found.buckets.is_empty() {
            return;
        }
        let palette = theme::palette(ui);
        let clock = app.settings.clock;
        let bars: Vec<Bar> = (0..found.buckets.len())
            .map(|at| count_bar(&found, at, clock))
            .collect();
        let times = ticks(found.range, ui.available_width(), clock);
        let most = found.buckets.iter().map(|bucket| bucket.total()).max();
        let output =
            histogram::Histogram::new("Spans over time", &bars, &[palette.accent, palette.error])
                .ticks(&times)
                .height(HEIGHT)
                .max_label(&human::count(most.unwrap_or(0)))
                .show(ui, &mut self.over_time);
        let brushed = output.brushed.map(|buckets| found.range_of(buckets));
        narrow(brushed, output.cleared, place, commands);
    }

    fn percentiles(
        &mut self,
        ui: &mut Ui,
        app: &App,
        place: &SpansPlace,
        commands: &mut Vec<Command>,
    ) {
        let Some(series) = app.spans.percentiles.value.clone() else {
            return;
        };
        let Some(values) = series.lines.first().map(|line| &line.values) else {
            return;
        };
        let clock = app.settings.clock;
        let number = |class: usize, bucket: usize| {
            let value = values.get(class).and_then(|line| line.get(bucket));
            value.and_then(|value| value.as_f64()).unwrap_or(f64::NAN)
        };
        let all = (0..PERCENTILES.len())
            .flat_map(|class| (0..series.buckets).map(move |bucket| number(class, bucket)));
        let axis = DurationAxis::fitted(all, app.settings.log_durations);
        let bars: Vec<Bar> = (0..series.buckets)
            .map(|bucket| {
                let durations: Vec<f64> = (0..PERCENTILES.len())
                    .map(|class| number(class, bucket))
                    .collect();
                Bar {
                    name: percentiles_name(&series, bucket, &durations, clock),
                    values: durations
                        .iter()
                        .map(|duration| match duration.is_finite() {
                            true => axis.share(*duration),
                            false => f64::NAN,
                        })
                        .collect(),
                }
            })
            .collect();
        let marks: Vec<Tick> = axis
            .marks()
            .into_iter()
            .map(|(at, label)| Tick { at, label })
            .collect();
        let times = ticks(series.range, ui.available_width() - Y_AXIS, clock);
        let colors = line_colors(theme::palette(ui));
        let output = histogram::Histogram::new("Span durations over time", &bars, &colors)
            .ticks(&times)
            .lines(&marks)
            .height(HEIGHT + size::HEADER)
            .show(ui, &mut self.over_time);
        let brushed = output
            .brushed
            .map(|buckets| series.range.shares(buckets, series.buckets));
        narrow(brushed, output.cleared, place, commands);
    }

    fn heat(&mut self, ui: &mut Ui, app: &App, place: &SpansPlace, commands: &mut Vec<Command>) {
        let Some(map) = app.spans.heatmap.value.clone() else {
            return;
        };
        if map.cells.is_empty() {
            return;
        }
        let palette = theme::palette(ui);
        let clock = app.settings.clock;
        let most = map.cells.iter().map(|cell| cell.count).max().unwrap_or(1);
        let color = |[column, row]: Place| heat_color(&map, column, row, most, palette);
        let name = |[column, row]: Place| heat_name(&map, column, row, clock);
        let axis = edge_ticks(&map);
        let times = ticks(map.range, ui.available_width() - Y_AXIS, clock);
        let cells = [map.columns, map.rows()];
        let output = heatmap::Heatmap::new("Spans by time and duration", cells, &color, &name)
            .start(fullest(&map))
            .ticks(&times, &axis)
            .height(HEATMAP_HEIGHT)
            .show(ui, &mut self.heatmap);
        if let Some(region) = output.brushed {
            commands.push(Command::SpanRegion {
                range: Some(map.range_of(region.columns)),
                durations: Some(map.durations_of(region.rows)),
            });
        }
        if output.cleared && (place.range.is_some() || place.durations.is_some()) {
            commands.push(Command::SpanRegion {
                range: None,
                durations: None,
            });
        }
    }
}

/// Which chart is drawn.
fn choice(ui: &mut Ui, chart: SpansChart, commands: &mut Vec<Command>) {
    let charts = SpansChart::ALL;
    let mut at = charts.iter().position(|known| *known == chart).unwrap_or(0);
    let names = charts.map(|chart| match chart {
        SpansChart::Count => "Count",
        SpansChart::Percentiles => "Percentiles",
        SpansChart::Heatmap => "Heatmap",
    });
    if segmented(ui, "Chart", &mut at, &names) {
        commands.extend(charts.get(at).copied().map(Command::DrawSpansAs));
    }
}

/// Which axis durations are drawn on.
fn scale(ui: &mut Ui, app: &mut App) {
    let mut at = usize::from(!app.settings.log_durations);
    if segmented(ui, "Scale", &mut at, &["Logarithmic", "Linear"]) {
        app.settings.log_durations = at == 0;
    }
}

/// One colour, the stronger the higher the percentile.
fn line_colors(palette: &Palette) -> [Color32; 4] {
    [0.35, 0.55, 0.78, 1.0].map(|share| theme::mix(palette.panel, palette.accent, share))
}

fn legend(ui: &mut Ui) {
    let palette = theme::palette(ui);
    for (name, color) in PERCENTILES.iter().zip(line_colors(palette)) {
        let (line, _) = ui.allocate_exact_size(vec2(16.0, size::BUTTON), Sense::hover());
        let stroke = egui::Stroke::new(2.0, color);
        ui.painter().hline(line.x_range(), line.center().y, stroke);
        ui.label(
            RichText::new(*name)
                .font(theme::small())
                .color(palette.muted),
        );
    }
}

/// What a chart over time makes of the search.
fn narrow(
    brushed: Option<TimeRange>,
    cleared: bool,
    place: &SpansPlace,
    commands: &mut Vec<Command>,
) {
    if brushed.is_some() {
        commands.push(Command::TimeRange(brushed));
    } else if cleared && place.range.is_some() {
        commands.push(Command::TimeRange(None));
    }
}

fn ticks(range: TimeRange, width: f32, clock: Clock) -> Vec<Tick> {
    let width = width.max(1.0);
    time_ticks(range, width, clock)
        .into_iter()
        .map(|tick| Tick {
            at: tick.x / width,
            label: tick.label,
        })
        .collect()
}

fn count_bar(found: &Histogram, at: usize, clock: Clock) -> Bar {
    let bucket = found.buckets.get(at).copied().unwrap_or_default();
    let failed = bucket.counts[FAILED];
    let start = found.range_of(at..at + 1).start;
    Bar {
        name: format!(
            "{}: {}",
            human::time_of_day(start, clock),
            counted(bucket.total(), failed)
        ),
        values: vec![(bucket.total() - failed) as f64, failed as f64],
    }
}

/// The class of failed spans in a bucket.
const FAILED: usize = 5;

fn counted(spans: u64, failed: u64) -> String {
    let spans = human::counted(spans, "span");
    match failed {
        0 => spans,
        failed => format!("{spans}, {}", human::counted(failed, "error")),
    }
}

fn percentiles_name(series: &Series, bucket: usize, durations: &[f64], clock: Clock) -> String {
    let start = series
        .range
        .shares(bucket..bucket + 1, series.buckets)
        .start;
    let time = human::time_of_day(start, clock);
    let named = PERCENTILES.iter().zip(durations);
    let named: Vec<String> = named
        .filter(|(_, duration)| duration.is_finite())
        .map(|(name, duration)| format!("{name} {}", human::duration(duration.round() as i64)))
        .collect();
    match named.is_empty() {
        true => format!("{time}: no spans"),
        false => format!("{time}: {}", named.join(", ")),
    }
}

/// The stronger the more spans, on a logarithmic scale; the redder the larger the share that failed.
fn heat_color(
    map: &Heatmap,
    column: usize,
    row: usize,
    most: u64,
    palette: &Palette,
) -> Option<Color32> {
    let cell = map.cell(column, row);
    if cell.count == 0 {
        return None;
    }
    let weight = (cell.count as f32).ln_1p() / (most as f32).ln_1p();
    let hue = match cell.failed {
        0 => palette.accent,
        // One failure among thousands must still be seen.
        failed => {
            let share = failed as f32 / cell.count as f32;
            theme::mix(palette.accent, palette.error, 0.5 + 0.5 * share)
        }
    };
    Some(theme::mix(palette.panel, hue, 0.25 + 0.75 * weight))
}

fn heat_name(map: &Heatmap, column: usize, row: usize, clock: Clock) -> String {
    let cell = map.cell(column, row);
    let start = map.range_of(column..column + 1).start;
    let Range {
        start: from,
        end: to,
    } = map.durations_of(row..row + 1);
    format!(
        "{}, {} to {}: {}",
        human::time_of_day(start, clock),
        human::duration(from),
        human::duration(to),
        counted(cell.count, cell.failed)
    )
}

/// The cell with the most spans.
fn fullest(map: &Heatmap) -> Place {
    let cells = map.cells.iter().enumerate();
    let fullest = cells.max_by_key(|(_, cell)| cell.count);
    let at = fullest.map_or(0, |(at, _)| at);
    [at % map.columns.max(1), at / map.columns.max(1)]
}

/// Marks at edges of rows: at powers of ten where there are some, else evenly.
fn edge_ticks(map: &Heatmap) -> Vec<Tick> {
    let rows = map.rows().max(1);
    let is_power = |nanos: i64| nanos > 0 && 10i64.pow(nanos.ilog10()) == nanos;
    let edges: Vec<(usize, i64)> = map.edges.iter().copied().enumerate().collect();
    let powers: Vec<(usize, i64)> = edges
        .iter()
        .copied()
        .filter(|(_, edge)| is_power(*edge))
        .collect();
    let shown = if powers.len() > 1 { powers } else { edges };
    let every = shown.len().div_ceil(MARKS).max(1);
    let tick = |(row, edge): (usize, i64)| Tick {
        at: row as f32 / rows as f32,
        label: human::duration(edge),
    };
    shown.into_iter().step_by(every).map(tick).collect()
}
