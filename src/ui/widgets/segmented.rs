//! One of a few: a segmented control for modes, tabs for places.

use crate::ui::icons::focus_ring;
use crate::ui::theme::{self, palette, size};
use egui::{CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

/// Modes in one frame; whether the choice changed.
pub fn segmented(ui: &mut Ui, name: &str, chosen: &mut usize, options: &[&str]) -> bool {
    let p = palette(ui);
    let id = ui.scope_id().with(("segmented", name));
    let widths: Vec<f32> = options
        .iter()
        .map(|text| text_width(ui, text, theme::body()).ceil() + 20.0)
        .collect();
    let total = widths.iter().sum::<f32>() + 4.0;
    let (rect, _) = ui.allocate_exact_size(vec2(total, size::BUTTON), Sense::hover());
    ui.painter()
        .rect_filled(rect, CornerRadius::same(5), p.sunken);
    let frame = Stroke::new(size::LINE, p.border);
    ui.painter()
        .rect_stroke(rect, CornerRadius::same(5), frame, StrokeKind::Inside);
    let mut x = rect.left() + 2.0;
    let before = *chosen;
    for (index, (text, width)) in options.iter().zip(widths).enumerate() {
        let part = Rect::from_min_size(pos2(x, rect.top() + 2.0), vec2(width, 20.0));
        x += width;
        let response = ui.interact(part, id.with(("option", index)), Sense::click());
        if response.clicked() {
            *chosen = index;
        }
        let on = *chosen == index;
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, on, text));
        if on {
            let corner = CornerRadius::same(size::CORNER);
            let edge = Stroke::new(size::LINE, p.border_strong);
            let fill = if p.dark { p.hover } else { p.raised };
            ui.painter()
                .rect(part, corner, fill, edge, StrokeKind::Inside);
        }
        let color = if on || response.hovered() {
            p.text
        } else {
            p.muted
        };
        centred(ui, part, text, color);
        focus_ring(ui, part, &response);
    }
    *chosen != before
}

/// Tabs with an optional count each, underlined where chosen; whether one was clicked, also the chosen one.
pub fn tabs(
    ui: &mut Ui,
    name: &str,
    chosen: &mut usize,
    options: &[(&str, Option<String>)],
) -> bool {
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::hover());
    let line = Stroke::new(size::LINE, palette(ui).border);
    ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, line);
    tabs_in(ui, bar, name, chosen, options)
}

/// The same tabs in only the room they need, for a bar they share with other things.
pub fn compact_tabs(
    ui: &mut Ui,
    name: &str,
    chosen: &mut usize,
    options: &[(&str, Option<String>)],
) -> bool {
    let width = |(text, count): &(&str, Option<String>)| tab_width(ui, text, count.as_deref());
    let width: f32 = options.iter().map(width).sum();
    let (bar, _) = ui.allocate_exact_size(vec2(width + size::GRID, size::BAR), Sense::hover());
    tabs_in(ui, bar, name, chosen, options)
}

/// The room that such a tab needs, in points.
pub fn tab_width(ui: &Ui, text: &str, count: Option<&str>) -> f32 {
    let count = count.map_or(0.0, |count| text_width(ui, count, theme::small()) + 6.0);
    text_width(ui, text, theme::body()) + count + 16.0 + size::GRID
}

/// The room that a text needs, in points.
pub fn text_width(ui: &Ui, text: &str, font: egui::FontId) -> f32 {
    let color = palette(ui).text;
    ui.painter()
        .layout_no_wrap(text.to_owned(), font, color)
        .size()
        .x
}

fn tabs_in(
    ui: &mut Ui,
    bar: Rect,
    name: &str,
    chosen: &mut usize,
    options: &[(&str, Option<String>)],
) -> bool {
    let p = palette(ui);
    let id = ui.scope_id().with(("tabs", name));
    let mut clicked = false;
    let mut x = bar.left() + size::GRID;
    for (index, (text, count)) in options.iter().enumerate() {
        let on = *chosen == index;
        let label = ui
            .painter()
            .layout_no_wrap((*text).to_owned(), theme::body(), p.text);
        let number = count.as_ref().map(|count| {
            ui.painter()
                .layout_no_wrap(count.clone(), theme::small(), p.muted)
        });
        let extra = number.as_ref().map_or(0.0, |galley| galley.size().x + 6.0);
        let width = label.size().x + extra + 16.0;
        let part = Rect::from_min_size(pos2(x, bar.top()), vec2(width, bar.height()));
        x += width + size::GRID;
        let response = ui.interact(part, id.with(("option", index)), Sense::click());
        if response.clicked() {
            *chosen = index;
            clicked = true;
        }
        response.widget_info(|| WidgetInfo::selected(Role::Tab, true, on, text));
        let color = if on || response.hovered() {
            p.text
        } else {
            p.muted
        };
        let mut at = pos2(part.left() + 8.0, part.center().y - label.size().y / 2.0);
        let label_width = label.size().x;
        ui.painter()
            .galley_with_override_text_color(at, label, color);
        if let Some(number) = number {
            at.x += label_width + 6.0;
            at.y = part.center().y - number.size().y / 2.0;
            ui.painter().galley(at, number, p.muted);
        }
        if on {
            let under = part.x_range().shrink(6.0);
            ui.painter()
                .hline(under, bar.bottom() - 1.0, Stroke::new(2.0, p.accent));
        }
        focus_ring(ui, part.shrink(3.0), &response);
    }
    clicked
}

fn centred(ui: &Ui, rect: Rect, text: &str, color: egui::Color32) {
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), theme::body(), color);
    let at = rect.center() - galley.size() / 2.0;
    ui.painter().galley(at, galley, color);
}
