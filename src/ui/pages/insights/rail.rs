//! The parts of an application, one under the other: a click goes to one.

use crate::app::Command;
use crate::app::insights::Module;
use crate::ui::icons::focus_ring;
use crate::ui::theme::{self, palette, size};
use egui::{CornerRadius, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// The list's width in points.
pub const WIDTH: f32 = 144.0;

/// What a module is called.
pub fn title(module: Module) -> &'static str {
    match module {
        Module::Transactions => "Transactions",
        Module::Queries => "Queries",
        Module::Requests => "Requests",
        Module::Caches => "Caches",
        Module::Queues => "Queues",
        Module::Agents => "Agents",
        Module::Vitals => "Web vitals",
    }
}

/// The list.
pub fn rail(ui: &mut Ui, chosen: Module, commands: &mut Vec<Command>) {
    ui.add_space(size::GAP);
    ui.spacing_mut().item_spacing.y = 0.0;
    for module in Module::ALL {
        if entry(ui, title(module), module == chosen) {
            commands.push(Command::ShowModule(module));
        }
    }
}

fn entry(ui: &mut Ui, text: &str, on: bool) -> bool {
    let p = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(WIDTH - 1.0, 28.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, on, text));
    let ground = rect.shrink2(vec2(size::GRID, 1.0));
    let corner = CornerRadius::same(size::CORNER);
    if on || response.hovered() {
        let fill = if on { p.accent_soft } else { p.hover };
        ui.painter().rect_filled(ground, corner, fill);
    }
    if on {
        let mark = Rect::from_min_size(ground.min, vec2(3.0, ground.height()));
        ui.painter()
            .rect_filled(mark, CornerRadius::same(1), p.accent);
    }
    let color = if on || response.hovered() {
        p.text
    } else {
        p.muted
    };
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), theme::body(), color);
    let at = pos2(
        rect.left() + size::PAD,
        rect.center().y - galley.size().y / 2.0,
    );
    ui.painter().galley(at, galley, color);
    focus_ring(ui, ground, &response);
    response.clicked()
}
