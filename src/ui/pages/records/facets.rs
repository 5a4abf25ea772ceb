//! The values of chosen attributes beside a list of records, counted over the records that fit: a click asks for a value,
//! Shift and a click leave it out.

use super::attribute_menu::attribute_menu;
use crate::app::{App, Command};
use crate::model::human;
use crate::store::{Facet, RecordKind, ValueCount};
use crate::ui::icons::{Icon, focus_ring, icon_button, icon_text_button};
use crate::ui::theme::{self, size};
use crate::ui::widgets::text::{single_line, truncated_galley};
use egui::{
    Align, CornerRadius, Frame, Layout, Margin, Rect, RichText, Role, ScrollArea, Sense, Stroke,
    Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

/// The pane's width in points.
const WIDTH: f32 = 216.0;

/// The pane at the left of what is left of the page; the rectangle beside it.
pub fn beside(
    ui: &mut Ui,
    app: &App,
    kind: RecordKind,
    filter: &mut String,
    commands: &mut Vec<Command>,
) -> Rect {
    let all = ui.available_rect_before_wrap();
    let (left, right) = all.split_left_right_at_x(all.left() + WIDTH);
    let line = Stroke::new(size::LINE, theme::palette(ui).border);
    ui.painter().vline(left.right() - 0.5, all.y_range(), line);
    ui.scope_builder(UiBuilder::new().max_rect(left), |ui| {
        facets(ui, app, kind, filter, commands);
    });
    right
}

/// The pane.
fn facets(
    ui: &mut Ui,
    app: &App,
    kind: RecordKind,
    filter: &mut String,
    commands: &mut Vec<Command>,
) {
    let facets = app.facets(kind).value.clone().unwrap_or_default();
    Frame::new()
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.set_width(WIDTH - 24.0);
            ui.horizontal(|ui| {
                ui.label(RichText::new("Values").font(theme::small_strong()));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    add_menu(ui, app, kind, filter, commands);
                });
            });
            ScrollArea::vertical()
                .id_salt("facets")
                .auto_shrink(false)
                .show(ui, |ui| {
                    for facet in facets.iter() {
                        ui.add_space(size::GAP);
                        one(ui, kind, facet, commands);
                    }
                });
        });
}

/// Attributes to choose from.
fn add_menu(
    ui: &mut Ui,
    app: &App,
    kind: RecordKind,
    filter: &mut String,
    commands: &mut Vec<Command>,
) {
    let keys = app.keys(kind).value.clone().unwrap_or_default();
    let button = icon_text_button(ui, Icon::Plus, "Attribute");
    let shown = |key: &str| app.settings.facets(kind).iter().any(|facet| facet == key);
    let chosen = attribute_menu(&button, "Count the values of", &keys, filter, shown);
    commands.extend(chosen.map(|key| Command::ToggleFacet(kind, key)));
}

fn one(ui: &mut Ui, kind: RecordKind, facet: &Facet, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.label(RichText::new(&facet.key).font(theme::strong()));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let label = format!("Do not count {}", facet.key);
            if icon_button(ui, Icon::Close, &label).clicked() {
                commands.push(Command::ToggleFacet(kind, facet.key.clone()));
            }
        });
    });
    if facet.values.is_empty() {
        ui.label(
            RichText::new("no record has it")
                .font(theme::small())
                .color(palette.faint),
        );
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let most = facet.values.first().map_or(1, |value| value.count.max(1));
    for value in &facet.values {
        line(ui, &facet.key, value, most, commands);
    }
    let more = facet.distinct.saturating_sub(facet.values.len() as u64);
    if more > 0 {
        let text = format!("and {} more", human::counted(more, "value"));
        ui.label(
            RichText::new(text)
                .font(theme::small())
                .color(palette.faint),
        );
    }
}

/// A value with its count, over a bar as long as its share of the most frequent one.
fn line(ui: &mut Ui, key: &str, value: &ValueCount, most: u64, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let text = value.value.text();
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::click());
    let count = human::count(value.count);
    response.widget_info(|| {
        let name = format!("{key}: {text}, {}", human::counted(value.count, "record"));
        WidgetInfo::labeled(Role::Button, true, name)
    });
    let share = value.count as f32 / most as f32;
    let bar = Rect::from_min_size(rect.min, vec2(rect.width() * share, rect.height()));
    let corner = CornerRadius::same(2);
    ui.painter()
        .rect_filled(bar.shrink2(vec2(0.0, 1.0)), corner, palette.accent_soft);
    if response.hovered() {
        ui.painter().rect_filled(rect, corner, palette.hover);
    }
    let number = ui
        .painter()
        .layout_no_wrap(count, theme::mono_small(), palette.muted);
    let room = rect.width() - number.size().x - 14.0;
    let shown = match text.is_empty() {
        true => "(empty)".to_owned(),
        false => single_line(&text),
    };
    let galley = truncated_galley(ui.painter(), &shown, theme::small(), palette.text, room);
    let cut = galley.elided;
    let middle = |height: f32| rect.center().y - height / 2.0;
    let left = pos2(rect.left() + 4.0, middle(galley.size().y));
    ui.painter().galley(left, galley, palette.text);
    let right = pos2(
        rect.right() - number.size().x - 4.0,
        middle(number.size().y),
    );
    ui.painter().galley(right, number, palette.muted);
    focus_ring(ui, rect, &response);
    let hint = "Click: only these. Shift and click: without these";
    let hint = if cut {
        format!("{text}\n{hint}")
    } else {
        hint.to_owned()
    };
    let response = response.on_hover_text(hint);
    if response.clicked() {
        commands.push(Command::FilterBy {
            key: key.to_owned(),
            value: text.into_owned(),
            exclude: ui.input(|input| input.modifiers.shift),
        });
    }
}
