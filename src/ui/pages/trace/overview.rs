//! The strip above the waterfall: the whole trace folded, and the window that the rows show.

use crate::app::App;
use crate::app::questions::{MINIMAP_COLUMNS, VisibleRows};
use crate::app::views::Picture;
use crate::layout::{Minimap, MinimapItem, TimeScale};
use crate::ui::theme::{self, size};
use egui::{Color32, Mesh, Pos2, Rect, Role, Sense, Shape, Ui, WidgetInfo, pos2, vec2};

const HEIGHT: f32 = 36.0;
/// How near to an edge of the window a drag takes hold of the edge.
const GRIP: f32 = 6.0;

/// What a drag on the strip moves.
#[derive(Clone, Copy, PartialEq)]
enum Grip {
    Start,
    End,
    New,
}

/// Paints the strip and lets the window be dragged.
pub fn ui(ui: &mut Ui, app: &mut App, visible: &VisibleRows) {
    let palette = theme::palette(ui);
    let found = app.found_in_trace().cloned();
    let facts = app.facts.value.clone();
    let Picture::Trace(picture) = &mut app.history.current_mut().picture else {
        return;
    };
    let bounds = super::bounds(visible, picture, facts.as_deref());
    let (outer, _) = ui.allocate_exact_size(
        vec2(ui.available_width(), HEIGHT + size::GAP),
        Sense::hover(),
    );
    let rect = Rect::from_min_max(
        outer.min + vec2(size::PAD, 0.0),
        outer.max - vec2(size::PAD, size::GAP),
    );
    let response = ui.interact(
        rect,
        ui.scope_id().with("overview"),
        Sense::click_and_drag(),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, "Overview of the trace"));
    let painter = ui.painter_at(rect.expand(1.0));
    painter.rect_filled(rect, size::RADIUS, palette.sunken);
    let scale = TimeScale::new(bounds, rect.width());
    let strip = recorded(visible, &scale, rect);
    let spans = mesh_of(&visible.grouped.minimap, strip, |item| match item.failed {
        true => palette.error,
        false => palette.border_strong,
    });
    painter.add(Shape::mesh(spans));
    if let Some(found) = &found {
        let marks = mesh_of(&found.minimap, strip, |_| palette.found);
        painter.add(Shape::mesh(marks));
    }

    let view = picture.window.unwrap_or(bounds);
    let x = |at| (rect.left() + scale.x_from_time(at)).clamp(rect.left(), rect.right());
    let (left, right) = (x(view.start), x(view.end));
    if picture.window.is_some() {
        let shade = palette.panel.gamma_multiply(0.7);
        painter.rect_filled(
            Rect::from_min_max(rect.min, pos2(left, rect.max.y)),
            0.0,
            shade,
        );
        painter.rect_filled(
            Rect::from_min_max(pos2(right, rect.min.y), rect.max),
            0.0,
            shade,
        );
        let window = Rect::from_min_max(pos2(left, rect.min.y), pos2(right, rect.max.y));
        let stroke = egui::Stroke::new(1.0, palette.accent);
        painter.rect_stroke(window, 2.0, stroke, egui::StrokeKind::Inside);
    }

    let grip_id = response.id.with("grip");
    if let Some(at) = response.interact_pointer_pos() {
        if response.drag_started() {
            let grip = match () {
                () if picture.window.is_some() && (at.x - left).abs() < GRIP => Grip::Start,
                () if picture.window.is_some() && (at.x - right).abs() < GRIP => Grip::End,
                () => Grip::New,
            };
            ui.data_mut(|data| data.insert_temp(grip_id, (grip, at)));
        }
        if response.dragged() {
            let held = ui
                .data(|data| data.get_temp::<(Grip, Pos2)>(grip_id))
                .unwrap_or((Grip::New, at));
            let time = |x: f32| scale.time_from_x((x - rect.left()).clamp(0.0, rect.width()));
            let (from, to) = match held {
                (Grip::Start, _) => (time(at.x), view.end),
                (Grip::End, _) => (view.start, time(at.x)),
                (Grip::New, origin) => (time(origin.x), time(at.x)),
            };
            let (start, end) = (from.min(to), from.max(to));
            if end - start >= 1_000 {
                picture.window = Some(crate::model::TimeRange { start, end });
            }
        }
    }
    if response.double_clicked() {
        picture.window = None;
    }
}

/// Where the recorded times lie, among which corrected ones may reach beyond.
fn recorded(visible: &VisibleRows, scale: &TimeScale, rect: Rect) -> Rect {
    let range = visible.grouped.range;
    if scale.bounds().duration() <= range.duration().max(1_000) {
        return rect;
    }
    let x = |at| rect.left() + scale.x_from_time(at);
    Rect::from_x_y_ranges(x(range.start)..=x(range.end), rect.y_range())
}

/// A folded trace as one mesh: however many spans, at most one box a column and lane.
fn mesh_of(minimap: &Minimap, rect: Rect, color: impl Fn(&MinimapItem) -> Color32) -> Mesh {
    let mut mesh = Mesh::default();
    let lanes = minimap.lanes.max(1) as f32;
    let lane_height = (rect.height() - 4.0) / lanes;
    let x = |column: u32| rect.left() + column as f32 / MINIMAP_COLUMNS as f32 * rect.width();
    for item in &minimap.items {
        let (left, right) = (x(item.from), x(item.to).max(x(item.from) + 1.0));
        let top = rect.top() + 2.0 + item.lane as f32 * lane_height;
        let bottom = top + (lane_height - 0.5).max(1.0);
        mesh.add_colored_rect(
            Rect::from_min_max(pos2(left, top), pos2(right, bottom)),
            color(item),
        );
    }
    mesh
}
