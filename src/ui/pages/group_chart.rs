//! Groups over time, whatever they are groups of: stacked bars where the numbers of groups add up, lines where not, with a
//! legend that shows and hides each.

use crate::app::group_words;
use crate::layout::time_ticks;
use crate::model::human::{self, Clock};
use crate::model::{Nanos, TimeRange, Value};
use crate::query::Aggregate;
use crate::store::{Line, Series};
use crate::ui::icons::focus_ring;
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::histogram::{Bar, Histogram, HistogramState};
use crate::ui::widgets::ruler::{Tick, Y_AXIS};
use crate::ui::widgets::text::{single_line, truncated_galley};
use egui::{Color32, CornerRadius, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use std::collections::BTreeSet;

const HEIGHT: f32 = 112.0;
/// The widest name of the legend in points.
const NAME: f32 = 200.0;

/// The chart's own state.
#[derive(Default)]
pub struct GroupChart {
    chart: HistogramState,
    /// Names of groups that are hidden.
    hidden: BTreeSet<String>,
}

/// What was chosen in the chart.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct GroupChartOutput {
    /// A stretch of time.
    pub brushed: Option<TimeRange>,
    /// All of the time again.
    pub cleared: bool,
}

/// A group as it is drawn.
struct Drawn {
    name: String,
    color: Color32,
    values: Vec<Option<f64>>,
}

impl GroupChart {
    /// Shows the lines of a series, of the first aggregate that was asked for; nothing while there is no stretch of time.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        series: &Series,
        aggregate: &Aggregate,
        clock: Clock,
    ) -> GroupChartOutput {
        if series.lines.is_empty() || series.range.duration() <= 0 {
            return GroupChartOutput::default();
        }
        let palette = theme::palette(ui);
        let stacked = aggregate.adds_up();
        let all = drawn(series, stacked, palette);
        self.legend(ui, &all, series);
        let shown: Vec<&Drawn> = all
            .iter()
            .filter(|line| !self.hidden.contains(&line.name))
            .collect();
        let mut bars: Vec<Bar> = (0..series.buckets)
            .map(|at| bar(series, aggregate, &shown, at, clock))
            .collect();
        let colors: Vec<Color32> = shown.iter().map(|line| line.color).collect();
        // Lines have an axis beside them.
        let beside = if stacked { 0.0 } else { Y_AXIS };
        let width = (ui.available_width() - beside).max(1.0);
        let ticks: Vec<Tick> = time_ticks(series.range, width, clock)
            .into_iter()
            .map(|tick| Tick::new(tick.x / width, tick.label))
            .collect();
        let most = highest(&bars, stacked);
        let marks = marks(aggregate, most);
        let label = group_words::value(aggregate, &number(most));
        if !stacked {
            bars.iter_mut().for_each(|bar| to_shares(bar, most));
        }
        let chart = Histogram::new("Groups over time", &bars, &colors)
            .ticks(&ticks)
            .height(HEIGHT);
        let chart = match stacked {
            true => chart.max_label(&label),
            false => chart.lines(&marks),
        };
        let output = chart.show(ui, &mut self.chart);
        GroupChartOutput {
            brushed: output
                .brushed
                .map(|buckets| series.range.shares(buckets, series.buckets)),
            cleared: output.cleared,
        }
    }

    fn legend(&mut self, ui: &mut Ui, all: &[Drawn], series: &Series) {
        let palette = theme::palette(ui);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(size::GAP, 0.0);
            for line in all {
                let shown = !self.hidden.contains(&line.name);
                if entry(ui, line, shown) && !self.hidden.remove(&line.name) {
                    self.hidden.insert(line.name.clone());
                }
            }
            let left_out = series.total.saturating_sub(series.lines.len() as u64);
            // Unless they are drawn as one.
            if left_out > 0 && all.len() == series.lines.len() {
                let text = human::first_of(series.lines.len() as u64, series.total, "group");
                let text = egui::RichText::new(text).font(theme::small());
                ui.label(text.color(palette.faint));
            }
        });
    }
}

/// The groups, and all others together where that says something.
fn drawn(series: &Series, stacked: bool, palette: &Palette) -> Vec<Drawn> {
    // Colours that differ most, also for those who see few of them; grey is for the rest.
    const HUES: [usize; 5] = [0, 1, 2, 4, 7];
    let lines = series.lines.iter().enumerate();
    let lines = lines.map(|(place, line)| Drawn {
        name: name_of(line),
        color: palette.hues[HUES[place % HUES.len()]],
        values: values_of(line, series.buckets),
    });
    let left_out = series.total.saturating_sub(series.lines.len() as u64);
    let others = series.others.iter().filter(|_| stacked).map(|line| Drawn {
        name: format!("{} more", human::counted(left_out, "group")),
        color: palette.hues[9],
        values: values_of(line, series.buckets),
    });
    lines.chain(others).collect()
}

fn name_of(line: &Line) -> String {
    let keys = line.keys.iter().map(|key| group_words::key(key.as_ref()));
    let name = keys.collect::<Vec<_>>().join(", ");
    match name.is_empty() {
        true => "all records".to_owned(),
        false => single_line(&name),
    }
}

/// The value in each stretch of time; `None` where there is nothing to compute.
fn values_of(line: &Line, buckets: usize) -> Vec<Option<f64>> {
    let values = line.values.first();
    let value = |at: usize| values.and_then(|values| values.get(at)?.as_f64());
    (0..buckets).map(value).collect()
}

fn bar(series: &Series, aggregate: &Aggregate, shown: &[&Drawn], at: usize, clock: Clock) -> Bar {
    let time = human::time_of_day(Nanos(series.start_of(at)), clock);
    let value = |line: &&Drawn| line.values.get(at).copied().flatten();
    let said = shown.iter().filter_map(|line| {
        let value = value(line).filter(|value| *value != 0.0)?;
        let text = group_words::value(aggregate, &number(value));
        Some(format!("\n{}: {text}", line.name))
    });
    let said: String = said.collect();
    let said = if said.is_empty() {
        "\nnothing".to_owned()
    } else {
        said
    };
    Bar {
        name: format!("{time}, {aggregate}{said}"),
        values: shown
            .iter()
            .map(|line| value(line).unwrap_or(f64::NAN))
            .collect(),
    }
}

/// Whole numbers read as such.
fn number(value: f64) -> Value {
    match value.fract() == 0.0 && value.abs() < 9e15 {
        true => Value::Int(value as i64),
        false => Value::Float(value),
    }
}

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
fn marks(aggregate: &Aggregate, most: f64) -> Vec<Tick> {
    // No halves on an axis of a few whole things.
    let splits = most >= 10.0 || (most * 0.5).fract() == 0.0 || most.fract() != 0.0;
    let shares: &[f64] = match most > 0.0 {
        true if splits => &[0.0, 0.5, 1.0],
        true => &[0.0, 1.0],
        false => &[0.0],
    };
    let mark = |share: &f64| {
        let value = group_words::value(aggregate, &number(most * share));
        Tick::new(*share as f32, value)
    };
    shares.iter().map(mark).collect()
}

/// A name of the legend; whether it was clicked.
fn entry(ui: &mut Ui, line: &Drawn, shown: bool) -> bool {
    let palette = theme::palette(ui);
    let color = if shown { palette.text } else { palette.faint };
    let galley = truncated_galley(ui.painter(), &line.name, theme::small(), color, NAME);
    let wanted = vec2(galley.size().x + 20.0, 20.0);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    response.widget_info(|| {
        let name = format!("{} in the chart", line.name);
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
        ui.painter().rect_filled(swatch, corner, line.color);
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
        response.on_hover_text(&line.name);
    }
    clicked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::LIGHT;

    fn line(name: Option<&str>, values: &[Value]) -> Line {
        Line {
            keys: name
                .iter()
                .map(|name| Some(Value::Str((*name).into())))
                .collect(),
            counts: vec![0; values.len()],
            values: vec![values.to_vec()],
        }
    }

    fn series() -> Series {
        Series {
            range: TimeRange {
                start: Nanos(0),
                end: Nanos(2_000_000_000),
            },
            buckets: 2,
            total: 9,
            lines: vec![
                line(Some("shop"), &[Value::Int(3), Value::Null]),
                line(Some("cart"), &[Value::Int(1), Value::Float(0.5)]),
            ],
            others: Some(line(None, &[Value::Int(4), Value::Int(0)])),
        }
    }

    #[test]
    fn a_bar_says_the_value_of_each_group() {
        let series = series();
        let all = drawn(&series, true, &LIGHT);
        let shown: Vec<&Drawn> = all.iter().collect();
        let bars = [0, 1].map(|at| bar(&series, &Aggregate::Count, &shown, at, Clock::Utc));
        assert_eq!(
            bars[0].name,
            "00:00:00.000, count()\nshop: 3\ncart: 1\n7 groups more: 4"
        );
        assert_eq!(bars[1].name, "00:00:01.000, count()\ncart: 0.5000");
        assert!(bars[1].values[0].is_nan());
        assert_eq!((highest(&bars, true), highest(&bars, false)), (8.0, 4.0));
        // The others have no percentile of their own.
        assert_eq!(drawn(&series, false, &LIGHT).len(), 2);
    }
}
