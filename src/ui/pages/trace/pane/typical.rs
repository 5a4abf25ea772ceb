//! How long the span took among all spans of its kind in the store.

use super::section::section;
use crate::app::route::{Route, SpansPlace};
use crate::app::span_pane::typical::{Typical, query_like};
use crate::app::span_pane::{SpanPane, sections};
use crate::app::{App, Command};
use crate::model::human;
use crate::ui::icons::{Icon, icon_text_button};
use crate::ui::theme::{self, size};
use egui::{Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// Height of the bars in points.
const HEIGHT: f32 = 40.0;

/// Paints it.
pub fn ui(ui: &mut Ui, app: &mut App, pane: &SpanPane, commands: &mut Vec<Command>) {
    let Some(grouped) = app.grouped.value.clone() else {
        return;
    };
    let Some(span) = grouped.trace.spans.get(pane.span.at()) else {
        return;
    };
    let duration = span.duration;
    section(ui, app, sections::TYPICAL, "", |ui, app| {
        let palette = theme::palette(ui);
        let small = |text: &str| {
            RichText::new(text)
                .font(theme::small())
                .color(palette.muted)
        };
        if let Some(error) = &app.pane.typical.error {
            ui.label(RichText::new(error).color(palette.error));
            return;
        }
        let query = query_like(span);
        let typical = app.pane.typical.value.clone();
        let Some(typical) = typical.filter(|typical| typical.query == query) else {
            ui.label(small("Looking through the store…"));
            return;
        };
        ui.label(RichText::new(typical.in_words(duration)).font(theme::strong()));
        let alike = "Same operation, service and text but for literals.";
        if typical.sorted.len() < 2 {
            // One duration has no distribution.
            ui.label(small(alike));
            return;
        }
        let [p50, p95] = typical.percentiles.map(human::duration);
        ui.label(small(&format!("{alike} p50 {p50}, p95 {p95}")));
        bars(ui, &typical, duration);
        if icon_text_button(ui, Icon::Search, "Show these spans").clicked() {
            commands.push(Command::Go(Route::Spans(SpansPlace {
                query,
                ..SpansPlace::default()
            })));
        }
    });
}

/// Bars on a logarithmic axis, with the bin of the span in the accent.
fn bars(ui: &mut Ui, typical: &Typical, duration: i64) {
    let palette = theme::palette(ui);
    let histogram = &typical.histogram;
    let counts = histogram.counts();
    let wanted = vec2(ui.available_width(), HEIGHT + 20.0);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::hover());
    let own = histogram.bin_of(duration);
    let told = format!(
        "Durations of {}: this one took {}",
        human::counted(typical.sorted.len() as u64, "span"),
        human::duration(duration)
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &told));
    if counts.is_empty() || !ui.is_rect_visible(rect) {
        return;
    }
    let painter = ui.painter_at(rect);
    let bottom = rect.top() + HEIGHT;
    let width = rect.width() / counts.len() as f32;
    let highest = histogram.highest().max(1) as f32;
    for (bin, count) in counts.iter().enumerate() {
        if *count == 0 {
            continue;
        }
        let left = rect.left() + width * bin as f32;
        // A single span is seen beside a million.
        let height = (*count as f32 / highest * (HEIGHT - 4.0)).max(2.0);
        let bar = Rect::from_x_y_ranges(
            left..=(left + width - 1.0).max(left + 1.0),
            bottom - height..=bottom,
        );
        let color = if bin == own {
            palette.accent
        } else {
            palette.border_strong
        };
        painter.rect_filled(bar, 0.0, color);
    }
    let line = egui::Stroke::new(size::LINE, palette.border);
    painter.hline(rect.x_range(), bottom, line);
    let x = histogram.x_from_duration(duration, rect.width());
    let x = rect.left() + x.clamp(1.0, rect.width() - 1.0);
    let mark = egui::Stroke::new(1.5, palette.accent);
    painter.vline(x, rect.top()..=bottom, mark);
    let ends = [
        (0, rect.left(), egui::Align2::LEFT_TOP),
        (counts.len() - 1, rect.right(), egui::Align2::RIGHT_TOP),
    ];
    for (bin, x, align) in ends {
        if let Some((from, to)) = histogram.bin(bin) {
            let value = if bin == 0 { from } else { to };
            let text = human::duration(value);
            painter.text(
                pos2(x, bottom + 3.0),
                align,
                text,
                theme::small(),
                palette.muted,
            );
        }
    }
    if let Some(at) = response.hover_pos() {
        let bin = ((at.x - rect.left()) / width) as usize;
        if let (Some((from, to)), Some(count)) = (histogram.bin(bin), counts.get(bin)) {
            response.on_hover_text(format!(
                "{} from {} to {}",
                human::counted(*count, "span"),
                human::duration(from),
                human::duration(to)
            ));
        }
    }
}
