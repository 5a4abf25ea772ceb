//! When a rule about issues fired, and when it would have fired and was silent.

use super::chart::{incident_name, time};
use super::list::level_color;
use crate::alerts::failures::{Suppressed, Why};
use crate::alerts::{Incident, Recorded, RuleResult};
use crate::layout::time_ticks;
use crate::model::human::{self, Clock};
use crate::model::{Nanos, TimeRange};
use crate::ui::icons::focus_ring;
use crate::ui::theme::{self, size};
use crate::ui::widgets::ruler::{Tick, paint_axis};
use egui::{CornerRadius, Rect, RichText, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

/// Height of a row of marks.
const ROW: f32 = 20.0;
/// Width of the least mark.
const MARK: f32 = 4.0;
const MINUTE: i64 = 60_000_000_000;

/// One row for what fired, one for what was silent, and the time below; in words what was silent, and why.
pub(super) fn timeline(ui: &mut Ui, result: &RuleResult, recorded: &Recorded, clock: Clock) {
    let palette = theme::palette(ui);
    let rows = if result.suppressed.is_empty() {
        1.0
    } else {
        2.0
    };
    let wanted = vec2(ui.available_width(), ROW * rows + size::HEADER);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::hover());
    let name = format!(
        "{} over time, {} suppressed",
        human::counted(result.incidents.len() as u64, "incident"),
        human::grouped(result.suppressed.len() as u64)
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, name.clone()));
    let (start, end) = (recorded.start, recorded.end.max(recorded.start + 1));
    let x = |minute: i64| {
        let share = (minute - start) as f64 / (end - start) as f64;
        rect.left() + rect.width() * share.clamp(0.0, 1.0) as f32
    };
    let row = |at: f32| {
        let top = rect.top() + ROW * at;
        Rect::from_x_y_ranges(rect.x_range(), top + 4.0..=top + ROW - 4.0)
    };
    let mark = |row: Rect, (from, to): (i64, i64)| {
        let left = x(from).min(rect.right() - MARK).round();
        Rect::from_x_y_ranges(left..=x(to).max(left + MARK), row.y_range())
    };
    for at in 0..rows as usize {
        let ground = row(at as f32).expand2(vec2(0.0, 2.0));
        ui.painter()
            .rect_filled(ground, CornerRadius::same(2), palette.panel);
    }
    for (at, incident) in result.incidents.iter().enumerate() {
        let area = mark(row(0.0), (incident.start, incident.end));
        let id = ui.scope_id().with(("fired", at));
        let response = ui.interact(area, id, Sense::focusable_noninteractive() | Sense::hover());
        let text = fired(result, incident, clock);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text.clone()));
        let color = level_color(palette, Some(incident.level));
        ui.painter().rect_filled(area, CornerRadius::same(2), color);
        focus_ring(ui, area, &response);
        response.on_hover_text(text);
    }
    for (at, silent) in result.suppressed.iter().enumerate() {
        let area = mark(row(1.0), silent.minutes);
        let id = ui.scope_id().with(("suppressed", at));
        let response = ui.interact(area, id, Sense::hover());
        let text = not_fired(silent, clock);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text.clone()));
        let stroke = Stroke::new(size::LINE, palette.muted);
        ui.painter()
            .rect_stroke(area, CornerRadius::same(2), stroke, StrokeKind::Inside);
        response.on_hover_text(text);
    }
    let range = TimeRange {
        start: Nanos(start.saturating_mul(MINUTE)),
        end: Nanos(end.saturating_mul(MINUTE)),
    };
    let ticks: Vec<Tick> = time_ticks(range, rect.width(), clock)
        .into_iter()
        .map(|tick| Tick::new(tick.x / rect.width(), tick.label))
        .collect();
    let below = rect.with_min_y(rect.top() + ROW * rows);
    paint_axis(ui.painter(), below, &ticks, palette);
    if let Some(text) = silent_in_words(&result.suppressed) {
        let text = RichText::new(text).font(theme::small());
        ui.label(text.color(palette.muted));
    }
}

fn fired(result: &RuleResult, incident: &Incident, clock: Clock) -> String {
    let issue = incident.issue.and_then(|at| result.issues.get(at));
    let title = issue.map_or("", |issue| &issue.title);
    format!("{}\n{title}", incident_name(incident, clock))
}

fn not_fired(silent: &Suppressed, clock: Clock) -> String {
    let times = human::counted(silent.times, "time");
    let (from, why) = (time(silent.minutes.0, clock), silent.why.words());
    format!("Suppressed {times} from {from}, {why}\n{}", silent.title)
}

/// `Suppressed: 12 within the action interval, 2 by an ignore rule`
fn silent_in_words(all: &[Suppressed]) -> Option<String> {
    let times = |why: Why| {
        let own = all.iter().filter(|silent| silent.why == why);
        own.map(|silent| silent.times).sum::<u64>()
    };
    let parts = Why::ALL.into_iter().map(|why| (why, times(why)));
    let parts = parts.filter(|(_, times)| *times > 0);
    let parts = parts.map(|(why, times)| format!("{} {}", human::grouped(times), why.words()));
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| format!("Suppressed: {}", parts.join(", ")))
}
