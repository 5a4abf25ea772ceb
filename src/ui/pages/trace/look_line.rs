//! The line above the waterfall that says how it is looked at: colours with their legend, the critical path, services,
//! levels; and, below a span in focus, the way back.

use super::coloring::{Colors, service_name};
use super::lengths;
use super::path_table;
use super::rows::label_of;
use crate::analysis::SpanIndex;
use crate::app::looking::parent_span;
use crate::app::questions::VisibleRows;
use crate::app::route::Others;
use crate::app::settings::Coloring;
use crate::app::views::Picture;
use crate::app::{App, Command, Look};
use crate::model::human;
use crate::ui::actions::with_key;
use crate::ui::icons::{Icon, icon_text_button, paint_icon};
use crate::ui::theme::{self, size};
use crate::ui::widgets::chip::chip_removable;
use crate::ui::widgets::text::single_line;
use egui::{
    Align, Frame, Layout, Margin, Popup, PopupCloseBehavior, Response, RichText, ScrollArea,
};
use egui::{Role, Sense, Ui, WidgetInfo, vec2};

/// Room kept for the tools at the right.
const TOOLS: f32 = 560.0;
/// Below this width, in points, the tools have a line of their own.
const NARROW: f32 = 780.0;
/// Ancestors named before the span in focus.
const CRUMBS: usize = 2;
/// Most characters of the name of a step of the way back.
const CRUMB: usize = 40;
/// Levels offered.
const LEVELS: u32 = 9;

/// Paints it.
pub fn ui(ui: &mut Ui, app: &App, visible: &VisibleRows, commands: &mut Vec<Command>) {
    let Picture::Trace(picture) = &app.history.current().picture else {
        return;
    };
    Frame::new()
        .inner_margin(Margin::symmetric(12, 2))
        .show(ui, |ui| {
            if let Some(focus) = picture.showing.focus {
                way_back(ui, visible, focus, commands);
            }
            let is_narrow = ui.available_width() < NARROW;
            ui.horizontal(|ui| {
                ui.set_height(size::BUTTON);
                let right = ui.max_rect().right();
                coloring_menu(ui, app, commands);
                lengths::choice(ui, app, commands);
                let colors = Colors {
                    by: app.settings.coloring,
                    facts: app.facts.value.as_deref(),
                    palette: theme::palette(ui),
                };
                if is_narrow {
                    return colors.legend(ui, right);
                }
                colors.legend(ui, right - TOOLS);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    tools(ui, app, visible, commands);
                });
            });
            if is_narrow {
                ui.horizontal(|ui| {
                    ui.set_height(size::BUTTON);
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        tools(ui, app, visible, commands);
                    });
                });
            }
        });
}

/// Says what is left out, with a way to have it back.
pub fn left_out(ui: &mut Ui, app: &App, visible: &VisibleRows, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let spans = |count: usize| human::counted(count as u64, "span");
    let Picture::Trace(picture) = &app.history.current().picture else {
        return;
    };
    if visible.hidden > 0 {
        let text = format!("{} hidden", spans(visible.hidden));
        let chip = chip_removable(ui, &text, palette.warning);
        if chip.removed || chip.clicked {
            commands.push(Command::Look(Look::ShowAllServices));
        }
    }
    if picture.showing.only_path {
        let text = match visible.off_path {
            0 => "Nothing is off the critical path".to_owned(),
            off => format!("{} off the critical path left out", spans(off)),
        };
        let chip = chip_removable(ui, &text, palette.accent);
        if chip.removed || chip.clicked {
            commands.push(Command::Look(Look::ToggleOnlyPath));
        }
    }
    if visible.unmatched > 0 {
        let text = format!("{} without a match left out", spans(visible.unmatched));
        let chip = chip_removable(ui, &text, palette.found);
        if chip.removed || chip.clicked {
            commands.push(Command::ShowOthers(Others::Dimmed));
        }
    }
}

fn small(text: impl Into<String>) -> RichText {
    RichText::new(text).font(theme::small())
}

/// The button of a menu: a word and a chevron.
pub(super) fn menu_button(ui: &mut Ui, text: &str, hint: &str) -> Response {
    let palette = theme::palette(ui);
    let font = theme::small();
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), font, palette.text);
    let width = galley.size().x + 2.0 * size::GAP + 14.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, 20.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, text));
    let visuals = *ui.style().interact(&response);
    let kind = egui::StrokeKind::Inside;
    ui.painter().rect(
        rect,
        visuals.corner_radius,
        visuals.weak_bg_fill,
        visuals.bg_stroke,
        kind,
    );
    let at = rect.left_center() + vec2(size::GAP, -galley.size().y / 2.0);
    ui.painter().galley(at, galley, palette.text);
    let chevron = egui::Rect::from_center_size(
        rect.right_center() - vec2(size::GAP + 5.0, 0.0),
        vec2(12.0, 12.0),
    );
    paint_icon(ui.painter(), chevron, Icon::ChevronDown, palette.muted);
    crate::ui::icons::focus_ring(ui, rect, &response);
    response.on_hover_text(hint)
}

/// What opens below such a button.
pub(super) fn menu(button: &Response, width: f32, contents: impl FnOnce(&mut Ui)) {
    let frame = Frame::menu(&button.ctx.global_style()).inner_margin(size::GAP);
    Popup::menu(button)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .frame(frame)
        .show(|ui| {
            ui.set_width(width);
            contents(ui);
        });
}

fn coloring_menu(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    let now = app.settings.coloring;
    let text = format!("Colour: {}", now.name());
    let button = menu_button(
        ui,
        &text,
        &with_key("What the colours of bars say", "The next colouring"),
    );
    menu(&button, 160.0, |ui| {
        for by in Coloring::ALL {
            if ui.radio(now == by, by.name()).clicked() {
                commands.push(Command::Look(Look::ColorBy(by)));
            }
        }
    });
    ui.add_space(size::GRID);
}

/// Laid out from the right edge.
fn tools(ui: &mut Ui, app: &App, visible: &VisibleRows, commands: &mut Vec<Command>) {
    let Picture::Trace(picture) = &app.history.current().picture else {
        return;
    };
    let levels = menu_button(ui, "Levels", "Show rows down to a level (1 to 9)");
    menu(&levels, 160.0, |ui| {
        for level in 1..=LEVELS {
            let text = match level {
                1 => "Only the top".to_owned(),
                level => format!("{level} levels"),
            };
            if ui.button(text).clicked() {
                commands.push(Command::Look(Look::ToDepth(level - 1)));
            }
        }
    });
    let services = menu_button(ui, "Services", "Hide services, or fold what they called");
    menu(&services, 360.0, |ui| services_in(ui, app, commands));
    if icon_text_button(ui, Icon::Span, "Focus")
        .on_hover_text(with_key(
            "Only the selected span and what is below it",
            "Focus on the selected span",
        ))
        .clicked()
    {
        commands.push(Command::Look(Look::FocusSelected));
    }
    ui.add_space(size::GRID);
    path_table::ui(ui, app, visible, commands);
    let toggles = [
        (
            "Only it",
            with_key(
                "Only spans the critical path runs through",
                "Only the critical path, or all",
            ),
            picture.showing.only_path,
            Look::ToggleOnlyPath,
        ),
        (
            "Critical path",
            with_key(
                "The line below bars: at every moment the span that held up the whole",
                "Draw the critical path, or not",
            ),
            app.settings.path_shown,
            Look::TogglePath,
        ),
    ];
    for (name, hint, on, look) in toggles {
        if ui
            .selectable_label(on, small(name))
            .on_hover_text(hint)
            .clicked()
        {
            commands.push(Command::Look(look));
        }
    }
    let (swatch, _) = ui.allocate_exact_size(vec2(16.0, 16.0), Sense::hover());
    if app.settings.path_shown {
        let line = swatch.x_range();
        let stroke = egui::Stroke::new(2.0, theme::palette(ui).text);
        ui.painter().hline(line, swatch.center().y, stroke);
    }
}

/// A line a service: whether it is shown, how much of the trace it is, whether its spans are folded.
fn services_in(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let (Some(facts), Picture::Trace(picture)) =
        (app.facts.value.as_ref(), &app.history.current().picture)
    else {
        ui.label(small("Counting…").color(palette.muted));
        return;
    };
    let showing = &picture.showing;
    let colors = Colors {
        by: Coloring::Service,
        facts: Some(facts),
        palette,
    };
    ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
        for (rank, service) in facts.services.iter().enumerate() {
            let name = service_name(&service.name);
            ui.horizontal(|ui| {
                let mut shown = !showing.hidden.contains(&service.name);
                if ui.checkbox(&mut shown, name).changed() {
                    commands.push(Command::Look(Look::ToggleHidden(service.name.clone())));
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let folded = showing.folded.contains(&service.name);
                    let label = ui.selectable_label(folded, small("Fold"));
                    let verb = if folded { "Unfold" } else { "Fold" };
                    label.widget_info(|| {
                        let text = format!("{verb} {name}");
                        WidgetInfo::selected(Role::Button, true, folded, text)
                    });
                    if label.on_hover_text("Hide what its spans called").clicked() {
                        commands.push(Command::Look(Look::ToggleFolded(service.name.clone())));
                    }
                    let counted = format!(
                        "{} · {}",
                        human::counted(service.spans as u64, "span"),
                        human::duration(service.self_time)
                    );
                    ui.label(small(counted).color(palette.muted));
                    let (dot, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
                    let fill = colors.of_rank(Some(rank));
                    fill.paint(ui.painter(), dot, 2.0, palette);
                });
            });
        }
    });
    if !showing.hidden.is_empty() && ui.button("Show all services").clicked() {
        commands.push(Command::Look(Look::ShowAllServices));
    }
}

/// The whole trace, what is around the span in focus, and it itself.
fn way_back(ui: &mut Ui, visible: &VisibleRows, focus: SpanIndex, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let grouped = &visible.grouped;
    let above = |span: &SpanIndex| parent_span(grouped, grouped.waterfall.of_span(*span));
    let mut way: Vec<SpanIndex> = std::iter::successors(Some(focus), above)
        .take(CRUMBS + 2)
        .collect();
    let is_cut = way.len() > CRUMBS + 1;
    way.truncate(CRUMBS + 1);
    way.reverse();
    let name = |span: &SpanIndex| {
        let span = grouped.trace.spans.get(span.at());
        let text = span.map_or_else(String::new, |span| single_line(label_of(span)).to_string());
        match text.char_indices().nth(CRUMB) {
            Some((at, _)) => format!("{}…", &text[..at]),
            None => text,
        }
    };
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        if ui
            .link(small("Whole trace"))
            .on_hover_text(with_key(
                "Leave the focus; one step out",
                "Focus on what is around",
            ))
            .clicked()
        {
            commands.push(Command::Look(Look::Focus(None)));
        }
        if is_cut {
            ui.label(small("›  …").color(palette.faint));
        }
        for (place, span) in way.iter().enumerate() {
            ui.label(small("›").color(palette.faint));
            if place + 1 == way.len() {
                ui.label(RichText::new(name(span)).font(theme::small_strong()));
            } else if ui.link(small(name(span))).clicked() {
                commands.push(Command::Look(Look::Focus(Some(*span))));
            }
        }
    });
}
