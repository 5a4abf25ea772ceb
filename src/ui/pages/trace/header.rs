//! The head of a trace: what it is, how long, how many, and how it is grouped.

use super::rows::label_of;
use super::{clocks, look_line};
use crate::analysis::NodeKind;
use crate::app::route::{ComparePlace, CompareWith, Route, TraceView};
use crate::app::views::Picture;
use crate::app::{App, Command, Look};
use crate::model::human;
use crate::model::trace::{Span, Trace};
use crate::ui::icons::{Icon, icon_button, icon_text_button};
use crate::ui::pages::op_color;
use crate::ui::theme::{self, size};
use crate::ui::widgets::chip::chip;
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::text::{readable, single_line, truncated_label};
use egui::{Align, Frame, Layout, Margin, Response, RichText, Ui, vec2};

/// Below this width of the page, in points, buttons are icons.
const NARROW: f32 = 860.0;
/// Below this one the looks at a trace are a menu.
const NARROWEST: f32 = 700.0;
/// Width of the list of notes.
const NOTES_WIDTH: f32 = 360.0;
/// The least room beside the name that operation and service are told in, in points.
const PLACE: f32 = 48.0;

/// The looks at a trace, as [`TraceView::ALL`] has them.
const NAMES: [&str; 6] = ["Waterfall", "Story", "Flame", "Table", "Map", "List"];

/// Paints the two lines.
pub fn ui(ui: &mut Ui, app: &App, trace: &Trace, commands: &mut Vec<Command>) {
    Frame::new()
        .inner_margin(Margin {
            left: 12,
            right: 12,
            top: 8,
            bottom: 4,
        })
        .show(ui, |ui| {
            title_line(ui, app, trace, commands);
            ui.add_space(size::GRID);
            tool_line(ui, app, trace, commands);
        });
}

fn title_line(ui: &mut Ui, app: &App, trace: &Trace, commands: &mut Vec<Command>) {
    let root = app.grouped.value.as_ref().and_then(|grouped| {
        let top = grouped
            .waterfall
            .tops()
            .iter()
            .find(|top| matches!(grouped.waterfall.node(**top).kind, NodeKind::Span(_)));
        grouped
            .waterfall
            .first_span(*top?)
            .map(|span| trace.spans[span.at()].clone())
    });
    ui.horizontal(|ui| {
        // What can be done has its room before what is told, which is cut.
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            title_tools(ui, app, trace, commands);
            ui.add_space(size::GRID);
            let room = vec2(ui.available_width(), size::BUTTON);
            let from_left = Layout::left_to_right(Align::Center);
            ui.allocate_ui_with_layout(room, from_left, |ui| title(ui, root.as_ref()));
        });
    });
}

/// The name of the root, and where it ran as far as there is room.
fn title(ui: &mut Ui, root: Option<&Span>) {
    let palette = theme::palette(ui);
    let Some(root) = root else {
        return drop(truncated_label(ui, "Trace", theme::title(), palette.text));
    };
    let (dot, _) = ui.allocate_exact_size(vec2(10.0, 18.0), egui::Sense::hover());
    ui.painter()
        .circle_filled(dot.center(), 4.0, op_color(palette, &root.op));
    let name = match &*root.name {
        "" => &root.description,
        name => name,
    };
    let place = format!("{}  {}", root.op, root.service);
    truncated_label(ui, name, theme::title(), palette.text).on_hover_text(&place);
    if ui.available_width() >= PLACE {
        truncated_label(ui, &place, theme::small(), palette.muted);
    }
}

/// Laid out from the right edge.
fn title_tools(ui: &mut Ui, app: &App, trace: &Trace, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let width = ui.available_width();
    let is_narrow = width < NARROW;
    match width < NARROWEST {
        true => view_menu(ui, app, commands),
        false => view_choice(ui, app, commands),
    }
    ui.add_space(size::GRID);
    if icon_or_text_button(ui, is_narrow, Icon::Code, "Export…").clicked() {
        commands.push(Command::ShowExport);
    }
    if icon_button(ui, Icon::Copy, "Copy the trace id").clicked() {
        ui.ctx().copy_text(trace.id.to_string());
    }
    let short: String = trace.id.to_string().chars().take(8).collect();
    if !is_narrow {
        let short = RichText::new(short).font(theme::mono_small());
        let label = ui.label(short.color(palette.muted));
        label.on_hover_text(trace.id.to_string());
    }
    if icon_button(ui, Icon::Columns, "Compare with…").clicked() {
        let this = CompareWith::Trace(trace.id);
        commands.push(Command::Go(Route::Compare(ComparePlace::of(this))));
    }
    if !trace.logs.is_empty() {
        let text = human::counted(trace.logs.len() as u64, "log record");
        if icon_or_text_button(ui, is_narrow, Icon::Log, &text).clicked() {
            commands.push(Command::LogsOf {
                trace: trace.id,
                span: None,
            });
        }
    }
}

fn tool_line(ui: &mut Ui, app: &App, trace: &Trace, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            tools(ui, app, commands);
            ui.add_space(size::GRID);
            let room = vec2(ui.available_width(), size::BUTTON);
            let wrapping = Layout::left_to_right(Align::Center).with_main_wrap(true);
            ui.allocate_ui_with_layout(room, wrapping, |ui| facts(ui, app, trace, commands));
        });
    });
}

/// When, how long and how much, what went wrong, and what is left out; more than fits goes on in a line below.
fn facts(ui: &mut Ui, app: &App, trace: &Trace, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let mut facts = vec![human::counted(trace.spans.len() as u64, "span")];
    if let Some(grouped) = &app.grouped.value {
        let range = grouped.range;
        facts.splice(
            ..0,
            [
                human::date_time(range.start, app.settings.clock),
                human::duration(range.duration()),
            ],
        );
    }
    ui.label(
        RichText::new(facts.join("  ·  "))
            .font(theme::small())
            .color(palette.muted),
    );
    if !trace.errors.is_empty() {
        let text = human::counted(trace.errors.len() as u64, "error");
        failures(ui, &text, commands);
    }
    let failed = app
        .grouped
        .value
        .as_ref()
        .map_or(0, |grouped| grouped.failed);
    if failed > 0 {
        failures(
            ui,
            &format!("{} failed", human::grouped(failed as u64)),
            commands,
        );
    }
    if let Some(remark) = app
        .grouped
        .value
        .as_ref()
        .and_then(|grouped| grouped.shape.remark())
    {
        chip(ui, "Incomplete", palette.warning).on_hover_text(remark);
    }
    notes(ui, app, trace, commands);
    clocks::ui(ui, app, commands);
    if let Some(visible) = &app.rows.value {
        look_line::left_out(ui, app, visible, commands);
    }
}

/// A button with its word, or with its word on hover where there is little room.
fn icon_or_text_button(ui: &mut Ui, is_narrow: bool, icon: Icon, text: &str) -> Response {
    match is_narrow {
        true => icon_button(ui, icon, text),
        false => icon_text_button(ui, icon, text),
    }
}

/// The same choice as [`view_choice`], in little room.
fn view_menu(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    let Picture::Trace(picture) = &app.history.current().picture else {
        return;
    };
    let looks = NAMES.iter().zip(TraceView::ALL);
    let now = looks.clone().find(|(_, view)| *view == picture.view);
    let name = now.map_or(NAMES[0], |(name, _)| name);
    let button = look_line::menu_button(ui, name, "How the trace is shown (V)");
    look_line::menu(&button, 120.0, |ui| {
        for (name, view) in looks {
            if ui.radio(picture.view == view, *name).clicked() {
                commands.push(Command::ShowTraceAs(view));
                ui.close();
            }
        }
    });
}

/// Waterfall, story or another look.
fn view_choice(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    let Picture::Trace(picture) = &app.history.current().picture else {
        return;
    };
    let views = TraceView::ALL;
    let mut at = views
        .iter()
        .position(|view| *view == picture.view)
        .unwrap_or(0);
    if segmented(ui, "Show the trace as", &mut at, &NAMES)
        && let Some(view) = views.get(at)
    {
        commands.push(Command::ShowTraceAs(*view));
    }
}

/// How many notes there are; a click lists them, and one there leads to its span.
fn notes(ui: &mut Ui, app: &App, trace: &Trace, commands: &mut Vec<Command>) {
    let Some(notes) = app
        .pane
        .notes
        .value
        .as_ref()
        .filter(|notes| !notes.is_empty())
    else {
        return;
    };
    let palette = theme::palette(ui);
    let text = human::counted(notes.len() as u64, "note");
    let button = chip(ui, &text, palette.warning).on_hover_text("What was written about spans");
    look_line::menu(&button, NOTES_WIDTH, |ui| {
        egui::ScrollArea::vertical()
            .max_height(320.0)
            .show(ui, |ui| {
                for note in notes.iter() {
                    let tree = app.grouped.value.as_ref().map(|grouped| &grouped.tree);
                    let span = tree.and_then(|tree| tree.find(trace, note.span));
                    let name = span.and_then(|span| trace.spans.get(span.at()));
                    let name = name.map_or("A span that is not here any more", label_of);
                    let name = single_line(name).chars().take(60).collect::<String>();
                    match span {
                        Some(span) => {
                            if ui
                                .link(RichText::new(name).font(theme::small_strong()))
                                .clicked()
                            {
                                commands.push(Command::Look(Look::Select(span)));
                            }
                        }
                        None => drop(ui.label(RichText::new(name).font(theme::small_strong()))),
                    }
                    ui.add(egui::Label::new(readable(&note.text)).wrap());
                    ui.add_space(size::GAP);
                }
            });
    });
}

/// A number of failures; a click leads to the next of them.
fn failures(ui: &mut Ui, text: &str, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let response = chip(ui, text, palette.error).on_hover_text("Go to the next span with an error");
    if response.clicked() {
        commands.push(Command::NextFailure);
    }
}

/// Laid out from the right edge.
fn tools(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    let Picture::Trace(picture) = &app.history.current().picture else {
        return;
    };
    // Only a waterfall has something to fold.
    if picture.view != TraceView::Waterfall {
        return;
    }
    let is_narrow = ui.available_width() < NARROW;
    if icon_or_text_button(ui, is_narrow, Icon::ChevronRight, "Collapse groups").clicked() {
        commands.push(Command::CollapseGroups);
    }
    if icon_or_text_button(ui, is_narrow, Icon::ChevronDown, "Expand all").clicked() {
        commands.push(Command::ExpandAll);
    }
    ui.add_space(size::GAP);
    let options = picture.options;
    let toggles = [
        (
            "Gaps",
            "Show where nothing was recorded for 100 ms or more",
            options.gaps,
            Command::ToggleGaps,
        ),
        (
            "Chains",
            "Fold spans of one operation that call each other",
            options.chains,
            Command::ToggleChains,
        ),
        (
            "Repeats",
            "Fold five or more like spans side by side",
            options.siblings,
            Command::ToggleSiblings,
        ),
    ];
    for (name, help, on, command) in toggles {
        if ui
            .selectable_label(on, RichText::new(name).font(theme::small()))
            .on_hover_text(help)
            .clicked()
        {
            commands.push(command);
        }
    }
    let palette = theme::palette(ui);
    ui.label(
        RichText::new("Group")
            .font(theme::small())
            .color(palette.muted),
    );
}
