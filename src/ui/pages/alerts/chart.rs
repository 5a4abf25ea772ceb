//! A rule's values over time with its thresholds, which can be dragged, what lies beyond them, and the incidents.

use super::list::level_color;
use crate::alerts::judged::Limits;
use crate::alerts::rule::{Condition, Direction, Level, Metric};
use crate::alerts::{Incident, Judged};
use crate::layout::time_ticks;
use crate::model::human::{self, Clock};
use crate::model::{Nanos, TimeRange};
use crate::ui::icons::focus_ring;
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::ruler::{Tick, Y_AXIS, paint_axis, paint_y_axis};
use egui::{
    Color32, CornerRadius, CursorIcon, Id, Key, Pos2, Rect, Role, Sense, Shape, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};

const HEIGHT: f32 = 200.0;
/// Height of the strip of incidents.
const STRIP: f32 = 16.0;
/// How far from its line a threshold can be grabbed.
const GRIP: f32 = 6.0;
const MINUTE: i64 = 60_000_000_000;

/// What is drawn.
pub(super) struct Chart<'a> {
    pub metric: &'a Metric,
    pub judged: &'a Judged,
    pub incidents: &'a [Incident],
    pub clock: Clock,
}

/// What was done.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ChartOutput {
    /// A threshold is somewhere else, as the rule writes it.
    pub moved: Option<(Level, f64)>,
    /// It was let go there.
    pub released: bool,
    /// An incident was chosen.
    pub chosen: Option<usize>,
}

/// From values to points and back.
#[derive(Clone, Copy)]
struct Axes {
    plot: Rect,
    start: i64,
    end: i64,
    low: f64,
    high: f64,
}

impl Axes {
    fn x(&self, minute: i64) -> f32 {
        let share = (minute - self.start) as f64 / (self.end - self.start).max(1) as f64;
        self.plot.left() + self.plot.width() * share as f32
    }

    fn y(&self, value: f64) -> f32 {
        let share = (value - self.low) / (self.high - self.low);
        self.plot.bottom() - self.plot.height() * share.clamp(0.0, 1.0) as f32
    }

    fn value(&self, y: f32) -> f64 {
        let share = f64::from((self.plot.bottom() - y) / self.plot.height()).clamp(0.0, 1.0);
        self.low + share * (self.high - self.low)
    }
}

impl Chart<'_> {
    pub fn show(&self, ui: &mut Ui) -> ChartOutput {
        let palette = theme::palette(ui);
        let mut output = ChartOutput::default();
        let windows = self.judged.values.len();
        let Some(last) = windows.checked_sub(1) else {
            return output;
        };
        let wanted = vec2(ui.available_width(), HEIGHT + STRIP + size::HEADER);
        let (rect, response) = ui.allocate_exact_size(wanted, Sense::hover());
        let left = rect.left() + Y_AXIS;
        let plot = Rect::from_min_max(
            pos2(left, rect.top() + 8.0),
            pos2(rect.right(), rect.top() + HEIGHT),
        );
        let (low, high) = self.extent();
        let axes = Axes {
            plot,
            start: self.judged.first_end - self.judged.step as i64,
            end: self.judged.end_of(last),
            low,
            high,
        };
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, self.name()));
        self.paint_ground(ui, axes, palette);
        let (top, bottom) = (plot.bottom(), plot.bottom() + STRIP);
        let strip = Rect::from_min_max(pos2(left, top), pos2(rect.right(), bottom));
        let range = TimeRange {
            start: Nanos(axes.start * MINUTE),
            end: Nanos(axes.end * MINUTE),
        };
        let ticks: Vec<Tick> = time_ticks(range, plot.width(), self.clock)
            .into_iter()
            .map(|tick| Tick::new(tick.x / plot.width(), tick.label))
            .collect();
        let below = Rect::from_min_max(pos2(left, bottom), pos2(rect.right(), rect.bottom()));
        paint_axis(ui.painter(), below, &ticks, palette);
        self.paint_values(ui, axes, palette);
        self.incidents(ui, axes, strip, &mut output);
        self.thresholds(ui, axes, &mut output);
        if let Some(pointer) = response.hover_pos().filter(|at| plot.contains(*at)) {
            self.tell(ui, axes, pointer, palette);
        }
        output
    }

    /// In words, for screen readers.
    fn name(&self) -> String {
        let incidents = human::counted(self.incidents.len() as u64, "incident");
        format!("{} over time, {incidents}", self.metric.measured())
    }

    /// What a value is called.
    fn shown(&self, value: f64) -> String {
        match &self.metric.condition {
            // Compared is what there is of every hundred before.
            Condition::Change { .. } => format!("{} %", crate::alerts::rule::short(value - 100.0)),
            _ => self.metric.unit().shown(value),
        }
    }

    /// From nothing (or less, if there is) to what lies highest.
    fn extent(&self) -> (f64, f64) {
        let values = self.judged.values.iter().copied();
        let limits: Vec<f64> = match &self.judged.limits {
            Limits::Fixed(thresholds) => [thresholds.critical, thresholds.warning]
                .into_iter()
                .flatten()
                .collect(),
            Limits::Bounds { lower, upper } => {
                let judged = (0..lower.len()).filter(|at| self.judged.is_seen(*at));
                judged.flat_map(|at| [lower[at], upper[at]]).collect()
            }
        };
        let all = values.chain(limits).filter(|value| value.is_finite());
        let (low, high) = all.fold((0.0f64, 0.0f64), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        match high > low {
            true => (low, low + (high - low) * 1.15),
            false => (low, low + 1.0),
        }
    }

    /// The areas of levels, or what was to be expected, and the axis of values.
    fn paint_ground(&self, ui: &Ui, axes: Axes, palette: &Palette) {
        let painter = ui.painter_at(axes.plot.expand2(vec2(0.0, 1.0)));
        painter.rect_filled(axes.plot, CornerRadius::ZERO, palette.panel);
        match &self.judged.limits {
            Limits::Fixed(thresholds) => {
                let below = thresholds.direction == Direction::Below;
                let far = if below {
                    axes.plot.bottom()
                } else {
                    axes.plot.top()
                };
                let band = |from: f64, to: f32, color: Color32| {
                    let area = Rect::from_two_pos(
                        pos2(axes.plot.left(), axes.y(from)),
                        pos2(axes.plot.right(), to),
                    );
                    painter.rect_filled(area, CornerRadius::ZERO, color);
                };
                if let Some(warning) = thresholds.warning {
                    let to = thresholds.critical.map_or(far, |critical| axes.y(critical));
                    band(warning, to, palette.warning_soft);
                }
                if let Some(critical) = thresholds.critical {
                    band(critical, far, palette.error_soft);
                }
            }
            Limits::Bounds { lower, upper } => {
                let width = axes.plot.width() / self.judged.values.len().max(1) as f32;
                for at in (0..self.judged.values.len()).filter(|at| self.judged.is_seen(*at)) {
                    let x = axes.x(self.judged.end_of(at));
                    let area = Rect::from_min_max(
                        pos2(x - width, axes.y(upper[at])),
                        pos2(x + 0.5, axes.y(lower[at])),
                    );
                    painter.rect_filled(area, CornerRadius::ZERO, palette.info_soft);
                }
            }
        }
        let shares = [0.0, 0.5, 1.0].map(|share| {
            let value = axes.low + (axes.high - axes.low) / 1.15 * share;
            Tick::new((share / 1.15) as f32, self.shown(value))
        });
        paint_y_axis(ui.painter(), axes.plot, &shares, palette);
    }

    /// The values: of many in one point the least and the greatest.
    fn paint_values(&self, ui: &Ui, axes: Axes, palette: &Palette) {
        let painter = ui.painter_at(axes.plot.expand(1.0));
        let stroke = Stroke::new(1.5, palette.accent);
        let mut line: Vec<Pos2> = Vec::new();
        let mut column: Option<(i64, f64, f64)> = None;
        let flush = |line: &mut Vec<Pos2>, column: &mut Option<(i64, f64, f64)>| {
            if let Some((x, low, high)) = column.take() {
                line.push(pos2(x as f32, axes.y(high)));
                if low < high {
                    line.push(pos2(x as f32, axes.y(low)));
                }
            }
        };
        let draw = |line: &mut Vec<Pos2>| match line.as_slice() {
            [] => {}
            [alone] => {
                painter.circle_filled(*alone, 2.0, palette.accent);
                line.clear();
            }
            _ => {
                painter.add(Shape::line(std::mem::take(line), stroke));
            }
        };
        for (at, value) in self.judged.values.iter().copied().enumerate() {
            if value.is_nan() {
                flush(&mut line, &mut column);
                draw(&mut line);
                continue;
            }
            let x = axes.x(self.judged.end_of(at)).round() as i64;
            column = match column {
                Some((own, low, high)) if own == x => Some((x, low.min(value), high.max(value))),
                mut before => {
                    flush(&mut line, &mut before);
                    Some((x, value, value))
                }
            };
        }
        flush(&mut line, &mut column);
        draw(&mut line);
    }

    /// A mark for each incident, to be chosen.
    fn incidents(&self, ui: &mut Ui, axes: Axes, strip: Rect, output: &mut ChartOutput) {
        let palette = theme::palette(ui);
        for (at, incident) in self.incidents.iter().enumerate() {
            let (from, to) = (axes.x(incident.start), axes.x(incident.end));
            let area = Rect::from_min_max(
                pos2(from, strip.top() + 4.0),
                pos2(to.max(from + 4.0), strip.bottom() - 2.0),
            );
            let response = ui.interact(area, ui.scope_id().with(("incident", at)), Sense::click());
            response.widget_info(|| {
                WidgetInfo::labeled(Role::Button, true, incident_name(incident, self.clock))
            });
            let color = level_color(palette, Some(incident.level));
            ui.painter().rect_filled(area, CornerRadius::same(2), color);
            let above = Rect::from_min_max(
                pos2(area.left(), axes.plot.top()),
                pos2(area.right(), axes.plot.bottom()),
            );
            ui.painter()
                .rect_filled(above, CornerRadius::ZERO, color.gamma_multiply(0.12));
            focus_ring(ui, area, &response);
            if response.clicked() {
                output.chosen = Some(at);
            }
            let peak = self.shown(incident.peak.1);
            response.on_hover_text(format!(
                "{}\nat worst {peak}",
                incident_name(incident, self.clock)
            ));
        }
    }

    /// Lines that can be dragged, and moved with the arrow keys while they have the keyboard.
    fn thresholds(&self, ui: &mut Ui, axes: Axes, output: &mut ChartOutput) {
        let palette = theme::palette(ui);
        let Limits::Fixed(shown) = &self.judged.limits else {
            return;
        };
        for level in [Level::Warning, Level::Critical] {
            let Some(value) = shown.of(level) else {
                continue;
            };
            let y = axes.y(value);
            let area = Rect::from_min_max(
                pos2(axes.plot.left(), y - GRIP),
                pos2(axes.plot.right(), y + GRIP),
            );
            let id: Id = ui.scope_id().with(("threshold", level));
            let response = ui.interact(area, id, Sense::click_and_drag());
            let color = level_color(palette, Some(level));
            let text = format!("{} {}", level.name(), self.shown(value));
            response.widget_info(|| {
                let mut info =
                    WidgetInfo::slider(true, value, format!("Threshold of {}", level.name()));
                info.current_text_value = Some(self.shown(value));
                info
            });
            let width = if response.hovered() || response.dragged() || response.has_focus() {
                2.0
            } else {
                1.0
            };
            ui.painter().hline(
                axes.plot.x_range(),
                y.round() + 0.5,
                Stroke::new(width, color),
            );
            let galley = ui
                .painter()
                .layout_no_wrap(text, theme::small(), palette.as_text(color));
            let above = y - galley.size().y - 2.0;
            let top = if above < axes.plot.top() {
                y + 2.0
            } else {
                above
            };
            ui.painter().galley(
                pos2(axes.plot.right() - galley.size().x - 4.0, top),
                galley,
                color,
            );
            let response = response.on_hover_cursor(CursorIcon::ResizeVertical);
            let steps = if response.has_focus() {
                steps(ui, id)
            } else {
                0.0
            };
            let mut moved = None;
            if response.dragged()
                && let Some(pointer) = response.interact_pointer_pos()
            {
                moved = Some(axes.value(pointer.y));
            } else if steps != 0.0 {
                moved = Some(value + steps * (axes.high - axes.low) / 100.0);
            }
            if response.clicked() {
                response.request_focus();
            }
            if let Some(moved) = moved {
                output.moved = Some((level, as_written(self.metric, moved)));
            }
            output.released |= response.drag_stopped() || steps != 0.0;
        }
    }

    /// What the window under the pointer had.
    fn tell(&self, ui: &Ui, axes: Axes, pointer: Pos2, palette: &Palette) {
        let share = f64::from((pointer.x - axes.plot.left()) / axes.plot.width());
        let minute = axes.start as f64 + share * (axes.end - axes.start) as f64;
        let at = ((minute - self.judged.first_end as f64) / self.judged.step as f64)
            .round()
            .max(0.0) as usize;
        let Some(value) = self.judged.values.get(at).filter(|value| !value.is_nan()) else {
            return;
        };
        let end = self.judged.end_of(at);
        let place = pos2(axes.x(end), axes.y(*value));
        ui.painter().circle_filled(place, 3.0, palette.accent);
        let text = format!("{}  {}", time(end, self.clock), self.shown(*value));
        let galley = ui
            .painter()
            .layout_no_wrap(text, theme::small(), palette.text);
        let room = axes.plot.right() - galley.size().x - 8.0;
        let at = pos2((place.x + 8.0).min(room), axes.plot.top() + 4.0);
        let ground = Rect::from_min_size(at, galley.size()).expand2(vec2(4.0, 2.0));
        ui.painter()
            .rect_filled(ground, CornerRadius::same(size::CORNER), palette.raised);
        ui.painter().galley(at, galley, palette.text);
    }
}

/// How many steps arrow keys say: a hundredth of the chart each, with Shift a tenth.
fn steps(ui: &Ui, id: Id) -> f64 {
    ui.memory_mut(|memory| {
        let filter = egui::EventFilter {
            vertical_arrows: true,
            ..egui::EventFilter::default()
        };
        memory.set_focus_lock_filter(id, filter);
    });
    ui.input(|input| {
        let times = |key| input.num_presses(key) as f64;
        let factor = if input.modifiers.shift { 10.0 } else { 1.0 };
        (times(Key::ArrowUp) - times(Key::ArrowDown)) * factor
    })
}

/// A value of the chart as the rule writes its threshold.
fn as_written(metric: &Metric, value: f64) -> f64 {
    let value = match (
        &metric.condition,
        metric.thresholds().map(|thresholds| thresholds.direction),
    ) {
        (Condition::Change { .. }, Some(Direction::Below)) => 100.0 - value,
        (Condition::Change { .. }, _) => value - 100.0,
        _ => value,
    };
    crate::alerts::rule::rounded(value, 3)
}

/// A minute since the epoch.
pub(super) fn time(minute: i64, clock: Clock) -> String {
    human::time(Nanos(minute.saturating_mul(MINUTE)), clock, "%m-%d %H:%M")
}

/// An incident in words.
pub(super) fn incident_name(incident: &Incident, clock: Clock) -> String {
    let level = match incident.level {
        Level::Critical => "Critical",
        Level::Warning => "Warning",
    };
    format!(
        "{level} from {} to {}",
        time(incident.start, clock),
        time(incident.end, clock)
    )
}
