//! A section that folds, and texts that are shown whole on demand.

use crate::app::App;
use crate::ui::icons::{Icon, focus_ring, paint_icon};
use crate::ui::theme::{self, size};
use crate::ui::widgets::text::readable;
use egui::{FontId, Label, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// Characters of a long text that are shown at first.
const SHORT: usize = 600;

/// Shows a section unless it is folded; `note` stands behind its name.
pub fn section(
    ui: &mut Ui,
    app: &mut App,
    name: &str,
    note: &str,
    contents: impl FnOnce(&mut Ui, &mut App),
) {
    let palette = theme::palette(ui);
    ui.add_space(size::GAP);
    let wanted = vec2(ui.available_width(), size::ROW);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    let folded = &mut app.settings.folded_sections;
    if response.clicked() && !folded.remove(name) {
        folded.insert(name.to_owned());
    }
    let open = !folded.contains(name);
    response.widget_info(|| {
        let verb = if open { "Fold" } else { "Unfold" };
        WidgetInfo::selected(Role::Button, true, open, format!("{verb} {name}"))
    });
    let painter = ui.painter();
    painter.hline(
        rect.x_range(),
        rect.top(),
        egui::Stroke::new(size::LINE, palette.border),
    );
    if response.hovered() {
        painter.rect_filled(rect, size::RADIUS, palette.hover);
    }
    let symbol = if open {
        Icon::ChevronDown
    } else {
        Icon::ChevronRight
    };
    let square = Rect::from_min_size(rect.min, vec2(12.0, rect.height()));
    paint_icon(painter, square, symbol, palette.faint);
    let title = painter.layout_no_wrap(name.to_owned(), theme::strong(), palette.text);
    let left = rect.left() + 16.0;
    let at = pos2(left, rect.center().y - title.size().y / 2.0);
    let behind = left + title.size().x + size::GAP;
    painter.galley(at, title, palette.text);
    let note = painter.layout_no_wrap(note.to_owned(), theme::small(), palette.muted);
    let at = pos2(behind, rect.center().y - note.size().y / 2.0);
    painter.with_clip_rect(rect).galley(at, note, palette.muted);
    focus_ring(ui, rect, &response);
    if open {
        ui.add_space(size::GRID);
        ui.push_id(name, |ui| contents(ui, app));
    }
}

/// A text that wraps; a long one is cut, and shown whole on demand.
pub fn long_text(ui: &mut Ui, what: &str, text: &str, font: FontId) {
    let palette = theme::palette(ui);
    let id = ui.scope_id().with(("whole", what));
    let is_long = text.chars().nth(SHORT).is_some();
    let whole = !is_long || ui.data(|data| data.get_temp(id).unwrap_or(false));
    let shown = match text.char_indices().nth(SHORT) {
        Some((end, _)) if !whole => format!("{}…", &text[..end]),
        _ => readable(text).into_owned(),
    };
    ui.add(
        Label::new(RichText::new(shown).font(font).color(palette.text))
            .wrap()
            .selectable(true),
    );
    if is_long {
        let count = text.chars().count() as u64;
        let word = match whole {
            true => "Show less".to_owned(),
            false => format!(
                "Show all {}",
                crate::model::human::counted(count, "character")
            ),
        };
        let link = ui.link(RichText::new(&word).font(theme::small()));
        link.widget_info(|| WidgetInfo::labeled(Role::Link, true, format!("{word} of {what}")));
        if link.clicked() {
            ui.data_mut(|data| data.insert_temp(id, !whole));
        }
    }
}

/// Code in a field of its own.
pub fn code(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let palette = theme::palette(ui);
    egui::Frame::new()
        .fill(palette.sunken)
        .corner_radius(size::RADIUS)
        .inner_margin(egui::Margin::symmetric(8, 6))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            contents(ui);
        });
}
