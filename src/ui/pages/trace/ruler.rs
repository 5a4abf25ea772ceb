//! The ruler of a waterfall, and what a pointer does over it and the bars: zoom, widen the tree, read a time.

use super::rows::Sheet;
use crate::app::views::TracePicture;
use crate::layout::{TimeScale, ruler_ticks};
use crate::model::{TimeRange, human};
use crate::ui::theme::{self, size};
use crate::ui::widgets::ruler::Tick;
use egui::{CursorIcon, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// Grip between tree and bars.
const GRIP: f32 = 6.0;
/// Points that the ruler must be dragged to zoom.
const SHORTEST_DRAG: f32 = 4.0;

/// Dragging along the ruler zooms to what was passed; a double click shows everything again.
pub(super) fn drag_ruler(
    ui: &Ui,
    ruler: Rect,
    bars: Rect,
    scale: &TimeScale,
    picture: &mut TracePicture,
) {
    let response = ui.interact(ruler, ui.scope_id().with("ruler"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, "Drag to zoom to a stretch"));
    if response.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::Text);
    }
    if response.double_clicked() {
        picture.window = None;
    }
    let held: Option<[f32; 2]> = ui.data(|data| data.get_temp(response.id));
    if let Some(at) = response
        .interact_pointer_pos()
        .filter(|_| response.dragged())
    {
        let pressed = ui.input(|input| input.pointer.press_origin());
        let from = held.map_or(pressed.unwrap_or(at).x, |[from, _]| from);
        ui.data_mut(|data| data.insert_temp(response.id, [from, at.x]));
    } else if held.is_some() {
        ui.data_mut(|data| data.remove::<[f32; 2]>(response.id));
    }
    let Some([from, to]) = held else { return };
    let inside = |x: f32| x.clamp(ruler.left(), ruler.right());
    let (left, right) = (inside(from.min(to)), inside(from.max(to)));
    if right - left < SHORTEST_DRAG {
        return;
    }
    let palette = theme::palette(ui);
    let band = Rect::from_x_y_ranges(left..=right, ruler.top()..=bars.bottom());
    let color = palette.accent.gamma_multiply(0.15);
    ui.painter().rect_filled(band, 0.0, color);
    if response.drag_stopped() {
        let [start, end] = [left, right].map(|x| scale.time_from_x(x - ruler.left()));
        picture.window = Some(TimeRange { start, end });
    }
}

pub(super) fn ruler_marks(scale: &TimeScale) -> Vec<Tick> {
    ruler_ticks(scale)
        .into_iter()
        .map(|tick| Tick {
            at: tick.x / scale.width(),
            label: tick.label,
        })
        .collect()
}

/// The edge between tree and bars; gives the new share while it is dragged.
pub(super) fn drag_edge(ui: &Ui, full: Rect, tree_width: f32) -> Option<f32> {
    let x = full.left() + tree_width;
    let rect = Rect::from_x_y_ranges(x - GRIP / 2.0..=x + GRIP / 2.0, full.y_range());
    let response = ui.interact(rect, ui.scope_id().with("tree edge"), Sense::drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, "Width of the tree"));
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
    }
    let palette = theme::palette(ui);
    ui.painter()
        .vline(x, full.y_range(), egui::Stroke::new(1.0, palette.border));
    let at = response
        .interact_pointer_pos()
        .filter(|_| response.dragged())?;
    Some(((at.x - full.left()) / full.width()).clamp(0.1, 0.9))
}

/// A line under the pointer with the time since the start of the trace.
pub(super) fn cursor_line(ui: &Ui, sheet: &Sheet<'_>, bounds: TimeRange, bars: Rect, ruler: Rect) {
    let Some(at) = ui
        .input(|input| input.pointer.hover_pos())
        .filter(|at| bars.contains(*at))
    else {
        return;
    };
    let palette = sheet.palette;
    ui.painter_at(bars).vline(
        at.x,
        bars.y_range(),
        egui::Stroke::new(1.0, palette.border_strong),
    );
    let time = sheet.scale.time_from_x(at.x - bars.left()) - bounds.start;
    let painter = ui.painter_at(ruler);
    let galley = painter.layout_no_wrap(human::duration(time), theme::small(), palette.on_accent);
    let left =
        (at.x - galley.size().x / 2.0).clamp(ruler.left(), ruler.right() - galley.size().x - 8.0);
    let back = Rect::from_min_size(
        pos2(left, ruler.top() + 3.0),
        galley.size() + vec2(8.0, 2.0),
    );
    painter.rect_filled(back, size::RADIUS, palette.accent);
    painter.galley(back.min + vec2(4.0, 1.0), galley, palette.on_accent);
}
