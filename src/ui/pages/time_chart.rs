//! Numbers over time: stacked bars where they add up, lines where not, with a legend that shows and hides each.
//!
//! What the numbers are and what they are called is the caller's business.

use crate::layout::time_ticks;
use crate::model::human::{self, Clock};
use crate::model::{Nanos, TimeRange};
use crate::ui::icons::focus_ring;
use crate::ui::theme::{self, size};
use crate::ui::widgets::histogram::{Bar, Histogram, HistogramState};
use crate::ui::widgets::ruler::{Tick, Y_AXIS};
use crate::ui::widgets::text::truncated_galley;
use egui::{Color32, CornerRadius, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The height of a mark and its least width, in points.
const MARK: f32 = 4.0;
/// The widest name of the legend in points.
const NAME: f32 = 200.0;
/// What the box beside a name takes, and the space around both.
const SWATCH: f32 = 20.0;
/// The height of a line of the legend.
pub const LEGEND: f32 = 20.0;

/// The chart's own state.
#[derive(Default)]
pub struct TimeChart {
    chart: HistogramState,
    /// Names of curves that are hidden.
    hidden: BTreeSet<String>,
}

/// What was chosen in the chart.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ChartOutput {
    /// A stretch of time.
    pub brushed: Option<TimeRange>,
    /// All of the time again.
    pub cleared: bool,
    /// The mark that was clicked, by its place among them.
    pub marked: Option<usize>,
}

/// A stretch of time that is marked above the chart.
pub struct Mark {
    /// When.
    pub range: TimeRange,
    /// What it is, for people who listen and on hover.
    pub name: String,
    /// Its colour.
    pub color: Color32,
}

/// Numbers as they are drawn.
pub struct Curve {
    /// What they are.
    pub name: String,
    /// Their colour.
    pub color: Color32,
    /// One a stretch of time; `None` where there is nothing to say.
    pub values: Vec<Option<f64>>,
}

/// What is drawn.
pub struct Charted<'a> {
    /// The chart's accessible name, which tells it from others on the page.
    pub label: &'a str,
    /// What all curves are of, said with each stretch of time.
    pub caption: &'a str,
    /// The curves, bottom first where they are stacked.
    pub curves: &'a [Curve],
    /// All of the time.
    pub range: TimeRange,
    /// How many stretches it is cut into.
    pub stretches: usize,
    /// Whether the numbers of one stretch add up.
    pub stacked: bool,
    /// The clock of times.
    pub clock: Clock,
    /// Height in points, axis included.
    pub height: f32,
    /// Stretches of time that are marked.
    pub marks: &'a [Mark],
    /// A number with its unit.
    pub words: &'a dyn Fn(f64) -> String,
}

impl TimeChart {
    /// How wide each name of the legend is, in points.
    pub fn legend_widths(ui: &Ui, curves: &[Curve]) -> Vec<f32> {
        let width = |curve: &Curve| name_of(ui, curve, Color32::PLACEHOLDER).size().x + SWATCH;
        curves.iter().map(width).collect()
    }

    /// The names of curves as boxes that show and hide them.
    pub fn legend(&mut self, ui: &mut Ui, curves: &[Curve]) {
        for curve in curves {
            let shown = !self.hidden.contains(&curve.name);
            if entry(ui, curve, shown) && !self.hidden.remove(&curve.name) {
                self.hidden.insert(curve.name.clone());
            }
        }
    }

    /// Shows the curves over the width left.
    pub fn ui(&mut self, ui: &mut Ui, charted: &Charted<'_>) -> ChartOutput {
        let shown = charted.curves.iter();
        let shown: Vec<&Curve> = shown
            .filter(|curve| !self.hidden.contains(&curve.name))
            .collect();
        let mut bars: Vec<Bar> = (0..charted.stretches)
            .map(|at| charted.bar(&shown, at))
            .collect();
        let colors: Vec<Color32> = shown.iter().map(|curve| curve.color).collect();
        let stacked = charted.stacked;
        // Lines have an axis beside them.
        let beside = if stacked { 0.0 } else { Y_AXIS };
        let width = (ui.available_width() - beside).max(1.0);
        let ticks: Vec<Tick> = time_ticks(charted.range, width, charted.clock)
            .into_iter()
            .map(|tick| Tick::new(tick.x / width, tick.label))
            .collect();
        let most = highest(&bars, stacked);
        let marks = marks(charted.words, most);
        let label = (charted.words)(most);
        if !stacked {
            bars.iter_mut().for_each(|bar| to_shares(bar, most));
        }
        let chart = Histogram::new(charted.label, &bars, &colors)
            .ticks(&ticks)
            .height(charted.height);
        let chart = match stacked {
            true => chart.max_label(&label),
            false => chart.lines(&marks),
        };
        let output = chart.show(ui, &mut self.chart);
        let plot = output
            .response
            .rect
            .with_min_x(output.response.rect.left() + beside);
        ChartOutput {
            brushed: output
                .brushed
                .map(|part| charted.range.shares(part, charted.stretches)),
            cleared: output.cleared,
            marked: charted.marks(ui, plot),
        }
    }
}

impl Charted<'_> {
    /// A line along the top of the plot for each mark within the time; the one that was clicked.
    fn marks(&self, ui: &Ui, plot: Rect) -> Option<usize> {
        let long = (self.range.duration() as f32).max(1.0);
        let x = |at: Nanos| {
            let since = at.0.saturating_sub(self.range.start.0) as f32;
            plot.left() + (since / long).clamp(0.0, 1.0) * plot.width()
        };
        let is_seen =
            |mark: &Mark| mark.range.start < self.range.end && mark.range.end >= self.range.start;
        let mut clicked = None;
        for (at, mark) in self
            .marks
            .iter()
            .enumerate()
            .filter(|(_, mark)| is_seen(mark))
        {
            let (from, to) = (x(mark.range.start), x(mark.range.end));
            let from = from.min(plot.right() - MARK);
            let area = Rect::from_x_y_ranges(from..=to.max(from + MARK), plot.y_range());
            let strip = area.with_max_y(area.top() + MARK);
            let id = ui.scope_id().with((self.label, "mark", at));
            let response = ui.interact(strip.expand2(vec2(0.0, 2.0)), id, Sense::click());
            response.widget_info(|| WidgetInfo::labeled(Role::Link, true, &mark.name));
            if response.hovered() || response.has_focus() {
                // Always on, those of many incidents would hide the chart.
                let ground = mark.color.gamma_multiply(0.12);
                ui.painter().rect_filled(area, CornerRadius::ZERO, ground);
            }
            ui.painter()
                .rect_filled(strip, CornerRadius::same(1), mark.color);
            focus_ring(ui, strip, &response);
            if response.clicked() {
                clicked = Some(at);
            }
            response.on_hover_text(&mark.name);
        }
        clicked
    }

    fn bar(&self, shown: &[&Curve], at: usize) -> Bar {
        let time = stretch_words(self.range, at, self.stretches, self.clock);
        let value = |curve: &&Curve| curve.values.get(at).copied().flatten();
        let said = shown.iter().filter_map(|curve| {
            let value = value(curve).filter(|value| *value != 0.0)?;
            Some(format!("\n{}: {}", curve.name, (self.words)(value)))
        });
        let said: String = said.collect();
        let said = if said.is_empty() {
            "\nnothing".to_owned()
        } else {
            said
        };
        Bar {
            name: format!("{time}, {}{said}", self.caption),
            values: shown
                .iter()
                .map(|curve| value(curve).unwrap_or(f64::NAN))
                .collect(),
        }
    }
}

/// When one of the equal stretches of some time was: from when to when, with the date where there are several, by the second or,
/// within less than that, by its thousandth.
pub fn stretch_words(range: TimeRange, at: usize, stretches: usize, clock: Clock) -> String {
    let stretch = range.shares(at..at + 1, stretches);
    let date = if has_dates(range) { "%m-%d " } else { "" };
    let time = match stretch.duration() {
        SECOND.. => "%H:%M:%S",
        _ => "%H:%M:%S%.3f",
    };
    let words = |at: Nanos, date: &str| human::time(at, clock, &format!("{date}{time}"));
    format!(
        "{} – {}",
        words(stretch.start, date),
        words(stretch.end, "")
    )
}

/// How wide a column of [`stretch_words`] is, in points.
pub fn stretch_width(range: TimeRange) -> f32 {
    if has_dates(range) { 208.0 } else { 168.0 }
}

/// Whether the time of day alone does not tell when something was.
fn has_dates(range: TimeRange) -> bool {
    range.duration() >= DAY
}

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 24 * 60 * 60 * SECOND;

/// The highest bar, or the highest point of a line.
fn highest(bars: &[Bar], stacked: bool) -> f64 {
    let finite = |bar: &Bar| {
        let values = bar.values.iter().copied();
        values
            .filter(|value| value.is_finite() && *value > 0.0)
            .collect::<Vec<f64>>()
    };
    let of = |bar: &Bar| match stacked {
        true => finite(bar).into_iter().sum(),
        false => finite(bar).into_iter().fold(0.0, f64::max),
    };
    bars.iter().map(of).fold(0.0, f64::max)
}

/// Heights of lines as places between the bottom of the chart and its top.
fn to_shares(bar: &mut Bar, most: f64) {
    for value in &mut bar.values {
        *value = match most > 0.0 {
            true => *value / most,
            false => *value * 0.0,
        };
    }
}

/// The axis of lines: nothing, all and perhaps half of the highest point.
fn marks(words: &dyn Fn(f64) -> String, most: f64) -> Vec<Tick> {
    // No halves on an axis of a few whole things.
    let splits = most >= 10.0 || (most * 0.5).fract() == 0.0 || most.fract() != 0.0;
    let shares: &[f64] = match most > 0.0 {
        true if splits => &[0.0, 0.5, 1.0],
        true => &[0.0, 1.0],
        false => &[0.0],
    };
    let mark = |share: &f64| Tick::new(*share as f32, words(most * share));
    shares.iter().map(mark).collect()
}

fn name_of(ui: &Ui, curve: &Curve, color: Color32) -> Arc<egui::Galley> {
    truncated_galley(ui.painter(), &curve.name, theme::small(), color, NAME)
}

/// A name of the legend; whether it was clicked.
fn entry(ui: &mut Ui, curve: &Curve, shown: bool) -> bool {
    let palette = theme::palette(ui);
    let color = if shown { palette.text } else { palette.faint };
    let galley = name_of(ui, curve, color);
    let wanted = vec2(galley.size().x + SWATCH, LEGEND);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    response.widget_info(|| {
        let name = format!("{} in the chart", curve.name);
        WidgetInfo::selected(Role::CheckBox, true, shown, name)
    });
    let corner = CornerRadius::same(size::CORNER);
    if response.hovered() {
        ui.painter().rect_filled(rect, corner, palette.hover);
    }
    let left = pos2(rect.left() + 4.0, rect.center().y - 4.0);
    let swatch = Rect::from_min_size(left, vec2(8.0, 8.0));
    let corner = CornerRadius::same(2);
    if shown {
        ui.painter().rect_filled(swatch, corner, curve.color);
    } else {
        let stroke = egui::Stroke::new(size::LINE, palette.border_strong);
        ui.painter()
            .rect_stroke(swatch, corner, stroke, egui::StrokeKind::Inside);
    }
    let elided = galley.elided;
    let at = pos2(rect.left() + 16.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, color);
    focus_ring(ui, rect, &response);
    let clicked = response.clicked();
    if elided {
        response.on_hover_text(&curve.name);
    }
    clicked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_says_the_value_of_each_curve() {
        let curve = |name: &str, values: [Option<f64>; 2]| Curve {
            name: name.to_owned(),
            color: Color32::RED,
            values: values.to_vec(),
        };
        let curves = [
            curve("shop", [Some(3.0), None]),
            curve("cart", [Some(1.0), Some(0.5)]),
        ];
        let charted = Charted {
            label: "Test",
            caption: "count()",
            curves: &curves,
            range: TimeRange {
                start: Nanos(0),
                end: Nanos(2_000_000_000),
            },
            stretches: 2,
            stacked: true,
            clock: Clock::Utc,
            height: 80.0,
            marks: &[],
            words: &|value| value.to_string(),
        };
        let shown: Vec<&Curve> = curves.iter().collect();
        let bars = [0, 1].map(|at| charted.bar(&shown, at));
        assert_eq!(
            bars[0].name,
            "00:00:00 – 00:00:01, count()\nshop: 3\ncart: 1"
        );
        assert_eq!(bars[1].name, "00:00:01 – 00:00:02, count()\ncart: 0.5");
        assert!(bars[1].values[0].is_nan());
        assert_eq!((highest(&bars, true), highest(&bars, false)), (4.0, 3.0));
    }

    #[test]
    fn a_stretch_says_as_much_of_its_time_as_tells_it_from_others() {
        let of = |nanos: i64| {
            let range = TimeRange {
                start: Nanos(0),
                end: Nanos(nanos),
            };
            stretch_words(range, 1, 4, Clock::Utc)
        };
        assert_eq!(of(SECOND), "00:00:00.250 – 00:00:00.500");
        assert_eq!(of(60 * SECOND), "00:00:15 – 00:00:30");
        assert_eq!(of(4 * DAY), "01-02 00:00:00 – 00:00:00");
    }
}
