//! The thresholds of detectors: each with its value, those that are not the usual ones marked.

use crate::app::issues::{Settings, THRESHOLDS, Threshold};
use crate::app::{App, Command};
use crate::ui::icons::{Icon, icon_button};
use crate::ui::theme::{self, size};
use crate::ui::widgets::text::truncated_label;
use egui::{Align, Frame, Label, Layout, Margin, RichText, ScrollArea, TextEdit, Ui, Vec2};

/// Width of a value.
const FIELD: f32 = 112.0;
/// Room for the button behind it.
const RESET: f32 = 28.0;
const ROW: f32 = 28.0;

/// The pane.
pub(super) fn ui(ui: &mut Ui, app: &mut App, commands: &mut Vec<Command>) {
    Frame::new()
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            let settings = app.issues.settings.value.clone();
            head(ui, settings.as_deref(), commands);
            let Some(settings) = settings else {
                return;
            };
            ScrollArea::vertical()
                .id_salt("thresholds")
                .auto_shrink(false)
                .show(ui, |ui| {
                    let mut before = None;
                    for threshold in THRESHOLDS {
                        if before != Some(threshold.kind) {
                            before = Some(threshold.kind);
                            ui.add_space(size::GAP);
                            let title = threshold.kind.detector().title;
                            ui.label(RichText::new(title).font(theme::strong()));
                        }
                        row(ui, app, threshold, &settings, commands);
                    }
                });
        });
}

fn head(ui: &mut Ui, settings: Option<&Settings>, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let changed: Vec<&Threshold> = settings.map_or_else(Vec::new, |settings| {
        let all = THRESHOLDS.iter();
        all.filter(|threshold| threshold.is_changed(settings))
            .collect()
    });
    ui.horizontal(|ui| {
        ui.label(RichText::new("Thresholds of detectors").font(theme::heading()));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, Icon::Close, "Close the thresholds").clicked() {
                commands.push(Command::SelectIssue(None));
            }
            let reset = egui::Button::new("Reset all");
            if ui.add_enabled(!changed.is_empty(), reset).clicked() {
                commands.extend(changed.iter().map(|threshold| usual(threshold)));
            }
        });
    });
    let sentence = "An issue is what reaches these. They belong to the store; changing one looks at every trace again.";
    ui.add(Label::new(RichText::new(sentence).color(palette.muted)).wrap());
}

fn row(
    ui: &mut Ui,
    app: &mut App,
    threshold: &Threshold,
    settings: &Settings,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui);
    let name = threshold.name();
    let value = threshold.value(settings);
    let is_changed = threshold.is_changed(settings);
    let label = format!("{}: {}", threshold.kind.detector().title, threshold.title);
    let typed = app.issues.typed.get(&name).cloned();
    let mut text = typed.clone().unwrap_or_else(|| value.clone());
    ui.horizontal(|ui| {
        ui.set_height(ROW);
        let room = ui.available_width() - FIELD - RESET - 2.0 * ui.spacing().item_spacing.x;
        let color = if is_changed {
            palette.accent
        } else {
            palette.text
        };
        ui.allocate_ui_with_layout(
            Vec2::new(room.max(0.0), ROW),
            Layout::left_to_right(Align::Center),
            |ui| {
                ui.set_width(room.max(0.0));
                truncated_label(ui, threshold.title, theme::body(), color);
            },
        );
        let usual_value = threshold.value(&Settings::default());
        let field = TextEdit::singleline(&mut text)
            .desired_width(FIELD - 8.0)
            .hint_text(if usual_value.is_empty() {
                "none"
            } else {
                &usual_value
            })
            .font(theme::mono_small());
        let field = ui.add(field);
        field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, &label));
        if field.changed() {
            app.issues.typed.insert(name.clone(), text.clone());
        }
        if field.lost_focus() && text != value {
            commands.push(Command::SetThreshold {
                name: name.clone(),
                value: Some(text.clone()),
            });
        } else if field.lost_focus() {
            app.issues.typed.remove(&name);
        }
        if is_changed {
            let shown = if usual_value.is_empty() {
                "none"
            } else {
                &usual_value
            };
            let label = format!("Back to {shown}: {}", threshold.title);
            if icon_button(ui, Icon::Refresh, &label).clicked() {
                commands.push(usual(threshold));
            }
        }
    });
    if let Some(typed) = typed
        && let Err(reason) = threshold.set(&mut settings.clone(), &typed)
    {
        let reason = RichText::new(format!("Not set: {reason}")).font(theme::small());
        ui.label(reason.color(palette.as_text(palette.error)));
    }
}

fn usual(threshold: &Threshold) -> Command {
    Command::SetThreshold {
        name: threshold.name(),
        value: None,
    }
}
