//! Groups over time, whatever they are groups of: stacked bars where the numbers of groups add up, lines where not.

use super::time_chart::{ChartOutput, Charted, Curve, TimeChart};
use crate::app::group_words;
use crate::model::Value;
use crate::model::human::{self, Clock};
use crate::query::Aggregate;
use crate::store::{Line, Series};
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::text::single_line;
use egui::{Ui, vec2};

const HEIGHT: f32 = 112.0;

/// The chart's own state.
#[derive(Default)]
pub struct GroupChart(TimeChart);

impl GroupChart {
    /// Shows the lines of a series, of the first aggregate that was asked for; nothing while there is no stretch of time.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        series: &Series,
        aggregate: &Aggregate,
        clock: Clock,
    ) -> ChartOutput {
        if series.lines.is_empty() || series.range.duration() <= 0 {
            return ChartOutput::default();
        }
        let stacked = aggregate.adds_up();
        let curves = curves(series, stacked, theme::palette(ui));
        self.legend(ui, &curves, series);
        let words = |value| group_words::value(aggregate, &number(value));
        let caption = aggregate.to_string();
        let charted = Charted {
            label: "Groups over time",
            caption: &caption,
            curves: &curves,
            range: series.range,
            stretches: series.buckets,
            stacked,
            clock,
            height: HEIGHT,
            words: &words,
        };
        self.0.ui(ui, &charted)
    }

    fn legend(&mut self, ui: &mut Ui, curves: &[Curve], series: &Series) {
        let palette = theme::palette(ui);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(size::GAP, 0.0);
            self.0.legend(ui, curves);
            let left_out = series.total.saturating_sub(series.lines.len() as u64);
            // Unless they are drawn as one.
            if left_out > 0 && curves.len() == series.lines.len() {
                let text = human::first_of(series.lines.len() as u64, series.total, "group");
                let text = egui::RichText::new(text).font(theme::small());
                ui.label(text.color(palette.faint));
            }
        });
    }
}

/// The groups, and all others together where that says something.
fn curves(series: &Series, stacked: bool, palette: &Palette) -> Vec<Curve> {
    // Colours that differ most, also for those who see few of them; grey is for the rest.
    const HUES: [usize; 5] = [0, 1, 2, 4, 7];
    let lines = series.lines.iter().enumerate();
    let lines = lines.map(|(place, line)| Curve {
        name: name_of(line),
        color: palette.hues[HUES[place % HUES.len()]],
        values: values_of(line, series.buckets),
    });
    let left_out = series.total.saturating_sub(series.lines.len() as u64);
    let others = series.others.iter().filter(|_| stacked).map(|line| Curve {
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

/// Whole numbers read as such.
fn number(value: f64) -> Value {
    match value.fract() == 0.0 && value.abs() < 9e15 {
        true => Value::Int(value as i64),
        false => Value::Float(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Nanos, TimeRange};
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
    fn others_are_drawn_where_numbers_add_up() {
        let series = series();
        let all = curves(&series, true, &LIGHT);
        let names: Vec<&str> = all.iter().map(|curve| curve.name.as_str()).collect();
        assert_eq!(names, ["shop", "cart", "7 groups more"]);
        assert_eq!(all[0].values, [Some(3.0), None]);
        // The others have no percentile of their own.
        assert_eq!(curves(&series, false, &LIGHT).len(), 2);
    }
}
