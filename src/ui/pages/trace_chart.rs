//! The durations of the listed traces at a glance: how many lasted how long, or each at its start.
//!
//! Dragging over either narrows the search. A point leads to its trace.

use super::op_color;
use crate::app::questions::TraceList;
use crate::app::route::{Route, TracesPlace};
use crate::app::settings::TraceChart;
use crate::app::{App, Command};
use crate::layout::{DurationHistogram, Scatter as Axes, time_ticks};
use crate::model::human;
use crate::model::{Nanos, TimeRange};
use crate::query;
use crate::ui::theme;
use crate::ui::widgets::histogram::{Bar, Histogram, HistogramState};
use crate::ui::widgets::ruler::Tick;
use crate::ui::widgets::scatter::{Mark, Scatter, ScatterState};
use crate::ui::widgets::segmented::segmented;
use egui::{Rect, Ui, pos2};

/// The attribute the charts filter by.
const DURATION_KEY: &str = "trace.duration";
const HISTOGRAM_HEIGHT: f32 = 72.0;
const SCATTER_HEIGHT: f32 = 120.0;
/// Marks on the durations' axis, about.
const TICKS: usize = 8;

/// The charts' own state.
#[derive(Default)]
pub struct TraceChartView {
    histogram: HistogramState,
    scatter: ScatterState,
    /// Points, and the list and theme they were made for: up to ten thousand are not made anew in every frame.
    marks: Vec<Mark>,
    made_for: Option<(u64, bool)>,
}

/// Chooses between the charts.
pub fn chart_choice(ui: &mut Ui, app: &mut App) {
    let mut chosen = app.settings.trace_chart as usize;
    if segmented(ui, "Chart", &mut chosen, &["Durations", "Over time"]) {
        let charts = [TraceChart::Histogram, TraceChart::Scatter];
        app.settings.trace_chart = charts[chosen.min(1)];
    }
}

impl TraceChartView {
    /// Paints the chosen chart; nothing while there are too few traces for one.
    pub fn ui(&mut self, ui: &mut Ui, app: &App, place: &TracesPlace, commands: &mut Vec<Command>) {
        let list = app.traces.value.as_ref();
        let Some(list) = list.filter(|list| list.matches.numbers.len() > 1) else {
            return;
        };
        let narrowed = match app.settings.trace_chart {
            TraceChart::Histogram => self.histogram(ui, list, place),
            TraceChart::Scatter => self.scatter(ui, app, list, place, commands),
        };
        commands.extend(narrowed.map(|place| Command::Go(Route::Traces(place))));
    }

    fn histogram(
        &mut self,
        ui: &mut Ui,
        list: &TraceList,
        place: &TracesPlace,
    ) -> Option<TracesPlace> {
        let bins = &list.durations;
        let bars: Vec<Bar> = (0..bins.counts().len())
            .map(|at| bar(bins, at, "trace"))
            .collect();
        let output = Histogram::new("Traces by duration", &bars, &[theme::palette(ui).accent])
            .ticks(&bin_ticks(bins))
            .height(HISTOGRAM_HEIGHT)
            .show(ui, &mut self.histogram);
        if let Some(brushed) = output.brushed {
            let from = bins.bin(brushed.start).map_or(0, |(from, _)| from);
            let last = bins.bin(brushed.end.saturating_sub(1));
            let to = last.map_or(i64::MAX, |(_, to)| to);
            return Some(narrowed(place, from, to, place.range));
        }
        output.cleared.then(|| widened(place))
    }

    fn scatter(
        &mut self,
        ui: &mut Ui,
        app: &App,
        list: &TraceList,
        place: &TracesPlace,
        commands: &mut Vec<Command>,
    ) -> Option<TracesPlace> {
        let axes = list.scatter?;
        self.make_marks(ui, app, list, &axes);
        let width = ui.available_width().max(1.0);
        let time_ticks: Vec<Tick> = time_ticks(axes.range, width, app.settings.clock)
            .into_iter()
            .map(|tick| Tick {
                at: tick.x / width,
                label: tick.label,
            })
            .collect();
        let output = Scatter::new("Traces by start and duration", &self.marks)
            .x_ticks(&time_ticks)
            .y_ticks(&[0.0, 1.0].map(|at| Tick {
                at,
                label: human::duration(at_share(&axes, [0.0, at]).1),
            }))
            .height(SCATTER_HEIGHT)
            .show(ui, &mut self.scatter);
        if let Some(row) = output
            .clicked
            .and_then(|mark| list.marks.get(mark))
            .map(|mark| mark.first)
        {
            commands.extend(
                list.matches
                    .numbers
                    .get(row as usize)
                    .map(|number| Command::OpenTraceNumber(*number)),
            );
        }
        if let Some(Rect { min, max }) = output.brushed {
            let (start, shortest) = at_share(&axes, [min.x, min.y]);
            let (end, longest) = at_share(&axes, [max.x, max.y]);
            let range = TimeRange {
                start,
                end: Nanos(end.0.saturating_add(1)),
            };
            return Some(narrowed(
                place,
                shortest,
                longest.saturating_add(1),
                Some(range),
            ));
        }
        output.cleared.then(|| widened(place))
    }

    fn make_marks(&mut self, ui: &Ui, app: &App, list: &TraceList, axes: &Axes) {
        let wanted = (app.traces.revision, ui.visuals().dark_mode);
        if self.made_for == Some(wanted) {
            return;
        }
        self.made_for = Some(wanted);
        let color = op_color(theme::palette(ui), "db");
        let [width, height] = axes.size;
        let mark = |mark: &crate::layout::Mark| Mark {
            x: mark.x / width,
            y: 1.0 - mark.y / height,
            color: color.gamma_multiply(0.7 + 0.3 * (mark.count as f32 / 8.0).min(1.0)),
            name: mark_name(list, mark),
        };
        self.marks = list.marks.iter().map(mark).collect();
    }
}

fn mark_name(list: &TraceList, mark: &crate::layout::Mark) -> String {
    let lasted = list
        .matches
        .durations
        .get(mark.first as usize)
        .copied()
        .unwrap_or(0);
    match mark.count {
        1 => format!("Trace of {}", human::duration(lasted)),
        count => format!(
            "{} of up to {}",
            human::counted(u64::from(count), "trace"),
            human::duration(lasted)
        ),
    }
}

/// The moment and the duration at shares of the axes, counted from the left and from the bottom.
fn at_share(axes: &Axes, [right, up]: [f32; 2]) -> (Nanos, i64) {
    let [width, height] = axes.size;
    let at = pos2(right * width, (1.0 - up) * height);
    axes.at([at.x, at.y])
}

/// The place with only durations from `from` to before `to` (nanoseconds), of a stretch of time.
fn narrowed(place: &TracesPlace, from: i64, to: i64, range: Option<TimeRange>) -> TracesPlace {
    let query = query::with_duration_range(&place.query, DURATION_KEY, from..to);
    TracesPlace {
        query,
        range,
        ..place.clone()
    }
}

/// The place without what the charts narrowed.
fn widened(place: &TracesPlace) -> TracesPlace {
    let query = query::without_key(&place.query, DURATION_KEY);
    TracesPlace {
        query,
        range: None,
        ..place.clone()
    }
}

/// Edges of bins, as many as there is room for.
pub(super) fn bin_ticks(bins: &DurationHistogram) -> Vec<Tick> {
    let all = bins.counts().len();
    let tick = |bin: usize| {
        let (from, _) = bins.bin(bin)?;
        Some(Tick {
            at: bin as f32 / all as f32,
            label: human::duration(from),
        })
    };
    (0..all)
        .step_by((all / TICKS).max(1))
        .filter_map(tick)
        .collect()
}

/// A bin as a bar; `noun` is what lasted so long, in the singular.
pub(super) fn bar(bins: &DurationHistogram, at: usize, noun: &str) -> Bar {
    let (from, to) = bins.bin(at).unwrap_or_default();
    let count = bins.counts()[at];
    let name = format!(
        "{} to {}: {}",
        human::duration(from),
        human::duration(to),
        human::counted(count, noun)
    );
    Bar {
        name,
        values: vec![count as f64],
    }
}
