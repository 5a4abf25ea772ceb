//! Chips: a word or a number on a rounded ground.

use super::text::truncated_galley;
use crate::ui::icons::{Icon, focus_ring, paint_icon};
use crate::ui::theme::{self, palette, size};
use egui::{
    Color32, CornerRadius, FontId, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};

const HEIGHT: f32 = 20.0;
const PAD: f32 = 8.0;
const WIDEST: f32 = 360.0;

/// What was done with a chip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChipOutput {
    /// Clicked on its text.
    pub clicked: bool,
    /// Clicked on its cross.
    pub removed: bool,
}

/// A word in the manner of `color`; it can be clicked.
pub fn chip(ui: &mut Ui, text: &str, color: Color32) -> Response {
    let p = palette(ui);
    pill(
        ui,
        text,
        theme::small(),
        p.as_text(color),
        p.soft(color),
        0.0,
    )
}

/// A number beside a title, grey.
pub fn count(ui: &mut Ui, text: &str) -> Response {
    let p = palette(ui);
    let galley = truncated_galley(ui.painter(), text, theme::small(), p.muted, WIDEST);
    let size = vec2((galley.size().x + 10.0).max(18.0), 16.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    let ground = theme::mix(p.panel, p.border, 0.8);
    ui.painter()
        .rect_filled(rect, CornerRadius::same(8), ground);
    let at = rect.center() - galley.size() / 2.0;
    ui.painter().galley(at, galley, p.muted);
    response
}

/// A chip with a cross that takes it away.
pub fn chip_removable(ui: &mut Ui, text: &str, color: Color32) -> ChipOutput {
    let p = palette(ui);
    let ink = p.as_text(color);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let body = pill(ui, text, theme::small(), ink, p.soft(color), 18.0);
        let cross = Rect::from_center_size(
            pos2(body.rect.right() - 11.0, body.rect.center().y),
            vec2(16.0, 16.0),
        );
        let name = format!("Remove {text}");
        let removed = ui.interact(cross, body.id.with("remove"), Sense::click());
        removed.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        let color = if removed.hovered() { p.text } else { ink };
        paint_icon(ui.painter(), cross.shrink(2.0), Icon::Close, color);
        focus_ring(ui, cross, &removed);
        let removed = removed.on_hover_text(name).clicked();
        ChipOutput {
            clicked: body.clicked() && !removed,
            removed,
        }
    })
    .inner
}

fn pill(
    ui: &mut Ui,
    text: &str,
    font: FontId,
    ink: Color32,
    ground: Color32,
    extra: f32,
) -> Response {
    let room = ui.available_width().min(WIDEST) - 2.0 * PAD - extra;
    let galley = truncated_galley(ui.painter(), text, font, ink, room);
    let width = galley.size().x + 2.0 * PAD + extra;
    let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, text));
    let ground = if response.hovered() {
        theme::mix(ground, ink, 0.12)
    } else {
        ground
    };
    let corner = CornerRadius::same(size::CORNER);
    ui.painter().rect_filled(rect, corner, ground);
    focus_ring(ui, rect, &response);
    let at = pos2(rect.left() + PAD, rect.center().y - galley.size().y / 2.0);
    let elided = galley.elided;
    ui.painter().galley(at, galley, ink);
    if elided {
        response.on_hover_text(text)
    } else {
        response
    }
}
