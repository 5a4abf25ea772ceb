//! Two panes and the handle between them, moved by pointer or by arrow keys.

use crate::ui::theme::{palette, size};
use egui::{
    CursorIcon, EventFilter, Id, Key, Modifiers, Rect, Response, Role, Sense, Stroke, Ui,
    UiBuilder, WidgetInfo, pos2,
};

/// Share of the whole moved by one key press.
const STEP: f32 = 0.02;
/// Width of the handle in points; its line is thinner.
const HANDLE: f32 = 6.0;

/// Two panes about to be shown in the room left.
pub struct Splitter<'a> {
    name: &'a str,
    side_by_side: bool,
    min: f32,
}

impl<'a> Splitter<'a> {
    /// Panes side by side; `name` is the accessible name of the handle.
    pub fn horizontal(name: &'a str) -> Self {
        Self {
            name,
            side_by_side: true,
            min: 80.0,
        }
    }

    /// Panes one above the other.
    pub fn vertical(name: &'a str) -> Self {
        Self {
            side_by_side: false,
            ..Self::horizontal(name)
        }
    }

    /// The least size of each pane in points.
    #[must_use]
    pub fn min(mut self, points: f32) -> Self {
        self.min = points;
        self
    }

    /// Shows both panes; `fraction` is the share of the first, and `pane` is called with `true` for it and then with
    /// `false` for the second.
    pub fn show(self, ui: &mut Ui, fraction: &mut f32, mut pane: impl FnMut(&mut Ui, bool)) {
        let full = ui.available_rect_before_wrap();
        let id = ui.scope_id().with(("splitter", self.name));
        let length = if self.side_by_side {
            full.width()
        } else {
            full.height()
        };
        *fraction = self.clamp(*fraction, length);
        let handle = self.handle_rect(full, *fraction);
        let response = self.handle(ui, id, handle);
        self.drag(&response, full, length, fraction);
        self.keys(ui, &response, length, fraction);
        let handle = self.handle_rect(full, *fraction);
        let (first, second) = self.panes(full, handle);
        for (rect, is_first) in [(first, true), (second, false)] {
            let builder = UiBuilder::new()
                .id_salt((self.name, is_first))
                .max_rect(rect);
            let mut child = ui.new_child(builder);
            child.set_clip_rect(rect.intersect(ui.clip_rect()));
            pane(&mut child, is_first);
        }
        self.paint(ui, handle, &response);
        ui.advance_cursor_after_rect(full);
    }

    fn clamp(&self, fraction: f32, length: f32) -> f32 {
        let least = (self.min / length.max(1.0)).min(0.5);
        let fraction = if fraction.is_finite() { fraction } else { 0.5 };
        fraction.clamp(least, 1.0 - least)
    }

    fn handle_rect(&self, full: Rect, fraction: f32) -> Rect {
        if self.side_by_side {
            let x = (full.left() + full.width() * fraction).round();
            Rect::from_x_y_ranges(x - HANDLE / 2.0..=x + HANDLE / 2.0, full.y_range())
        } else {
            let y = (full.top() + full.height() * fraction).round();
            Rect::from_x_y_ranges(full.x_range(), y - HANDLE / 2.0..=y + HANDLE / 2.0)
        }
    }

    fn panes(&self, full: Rect, handle: Rect) -> (Rect, Rect) {
        let middle = handle.center();
        if self.side_by_side {
            (
                Rect::from_min_max(full.min, pos2(middle.x - 0.5, full.bottom())),
                Rect::from_min_max(pos2(middle.x + 0.5, full.top()), full.max),
            )
        } else {
            (
                Rect::from_min_max(full.min, pos2(full.right(), middle.y - 0.5)),
                Rect::from_min_max(pos2(full.left(), middle.y + 0.5), full.max),
            )
        }
    }

    fn handle(&self, ui: &Ui, id: Id, rect: Rect) -> Response {
        let response = ui.interact(rect, id, Sense::drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, self.name));
        response.on_hover_and_drag_cursor(if self.side_by_side {
            CursorIcon::ResizeHorizontal
        } else {
            CursorIcon::ResizeVertical
        })
    }

    fn drag(&self, response: &Response, full: Rect, length: f32, fraction: &mut f32) {
        if let Some(at) = response
            .interact_pointer_pos()
            .filter(|_| response.dragged())
        {
            let along = if self.side_by_side {
                at.x - full.left()
            } else {
                at.y - full.top()
            };
            *fraction = self.clamp(along / length.max(1.0), length);
        }
    }

    fn keys(&self, ui: &Ui, response: &Response, length: f32, fraction: &mut f32) {
        if !response.has_focus() {
            return;
        }
        let filter = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let (less, more) = if self.side_by_side {
            (Key::ArrowLeft, Key::ArrowRight)
        } else {
            (Key::ArrowUp, Key::ArrowDown)
        };
        let steps = ui.input_mut(|input| {
            input.count_and_consume_key(Modifiers::NONE, more) as f32
                - input.count_and_consume_key(Modifiers::NONE, less) as f32
        });
        *fraction = self.clamp(*fraction + steps * STEP, length);
    }

    fn paint(&self, ui: &Ui, handle: Rect, response: &Response) {
        let p = palette(ui);
        let lit = response.hovered() || response.dragged() || response.has_focus();
        let stroke = if lit {
            Stroke::new(2.0, p.accent)
        } else {
            Stroke::new(size::LINE, p.border)
        };
        if self.side_by_side {
            ui.painter()
                .vline(handle.center().x, handle.y_range(), stroke);
        } else {
            ui.painter()
                .hline(handle.x_range(), handle.center().y, stroke);
        }
    }
}
