//! What can be changed of a rule without writing: its level, window, how often it must agree, thresholds, sensitivity.

use crate::alerts::read::length;
use crate::alerts::rule::{
    Condition, Does, Level, Metric, Rule, Sensitivity, Unit, WINDOWS, Watches,
};
use crate::query;
use crate::ui::theme::{self, size};
use crate::ui::widgets::segmented::segmented;
use egui::{Align, Layout, RichText, TextEdit, Ui};

/// Whether something was changed for good.
pub(super) fn ui(ui: &mut Ui, rule: &mut Rule) -> bool {
    let mut done = false;
    line(ui, "When it fires", |ui| {
        done |= choose(ui, "When it fires", &mut rule.does, &Does::ALL, Does::name);
    });
    if let Watches::Metric(metric) = &mut rule.watches {
        done |= of_metric(ui, metric);
    }
    done
}

/// A setting with its name before it.
fn line(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui)) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.set_min_height(size::BUTTON + size::GRID);
        let text = RichText::new(name).color(palette.muted);
        let room = egui::vec2(96.0, size::BUTTON);
        ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(room.x);
            ui.label(text);
        });
        add(ui);
    });
}

fn choose<T: Copy + PartialEq>(
    ui: &mut Ui,
    label: &str,
    value: &mut T,
    all: &[T],
    name: fn(T) -> &'static str,
) -> bool {
    let names: Vec<&str> = all.iter().map(|known| name(*known)).collect();
    let mut at = all.iter().position(|known| known == value).unwrap_or(0);
    let chosen = segmented(ui, label, &mut at, &names);
    if chosen && let Some(new) = all.get(at) {
        *value = *new;
    }
    chosen
}

fn of_metric(ui: &mut Ui, metric: &mut Metric) -> bool {
    let mut done = false;
    line(ui, "Window", |ui| {
        let before = metric.window;
        let shown = length(metric.window as i64);
        let list = egui::ComboBox::from_id_salt("window")
            .selected_text(&shown)
            .width(64.0);
        let list = list.show_ui(ui, |ui| {
            for minutes in WINDOWS {
                ui.selectable_value(&mut metric.window, minutes, length(minutes as i64));
            }
        });
        list.response.widget_info(|| {
            let mut info = egui::WidgetInfo::labeled(egui::Role::ComboBox, true, "Window");
            info.current_text_value = Some(shown.clone());
            info
        });
        done |= metric.window != before;
        let mut windows = metric.windows;
        let field = egui::DragValue::new(&mut windows)
            .range(1..=100)
            .suffix(" in a row");
        let response = ui
            .add(field)
            .on_hover_text("So many windows must agree before it fires, and before it is resolved");
        done |= response.drag_stopped() || response.lost_focus();
        metric.windows = windows;
    });
    let unit = match &metric.condition {
        Condition::Change { .. } => Unit::Number,
        _ => metric.unit(),
    };
    match &mut metric.condition {
        Condition::Anomaly(anomaly) => line(ui, "Sensitivity", |ui| {
            done |= choose(
                ui,
                "Sensitivity",
                &mut anomaly.sensitivity,
                &Sensitivity::ALL,
                Sensitivity::name,
            );
        }),
        Condition::Threshold(thresholds) | Condition::Change { by: thresholds, .. } => {
            let mut new = *thresholds;
            line(ui, "Thresholds", |ui| {
                for level in [Level::Critical, Level::Warning] {
                    if let Some(value) = typed(ui, level.name(), new.of(level), unit) {
                        match (level, value) {
                            (_, Some(value)) => new = new.with(level, value),
                            (Level::Critical, None) => new.critical = None,
                            (Level::Warning, None) => new.warning = None,
                        }
                    }
                }
                if let Some(value) = typed(ui, "resolve", new.resolve, unit) {
                    new.resolve = value;
                }
            });
            if new != *thresholds {
                match new.fault() {
                    None => {
                        *thresholds = new;
                        done = true;
                    }
                    Some(fault) => {
                        let palette = theme::palette(ui);
                        let text = RichText::new(fault).color(palette.as_text(palette.error));
                        ui.label(text);
                    }
                }
            }
        }
    }
    done
}

/// A number with its unit in a field; what was typed there, once it is left. Nothing stands for none.
fn typed(ui: &mut Ui, name: &str, value: Option<f64>, unit: Unit) -> Option<Option<f64>> {
    let id = ui.scope_id().with(("threshold field", name));
    let as_saved = value
        .map(|value| unit.written(value).trim_matches('"').to_owned())
        .unwrap_or_default();
    let mut text = ui
        .data(|data| data.get_temp::<String>(id))
        .unwrap_or_else(|| as_saved.clone());
    let palette = theme::palette(ui);
    ui.label(
        RichText::new(name)
            .font(theme::small())
            .color(palette.muted),
    );
    let response = ui.add(
        TextEdit::singleline(&mut text)
            .id(id.with("field"))
            .desired_width(48.0)
            .font(theme::mono()),
    );
    let label = format!("Threshold field: {name}");
    response.widget_info(|| egui::WidgetInfo::text_edit(true, "", &text, label.clone()));
    if response.has_focus() {
        ui.data_mut(|data| data.insert_temp(id, text));
        return None;
    }
    ui.data_mut(|data| data.remove_temp::<String>(id));
    if !response.lost_focus() || text == as_saved {
        return None;
    }
    match text.trim() {
        "" => Some(None),
        text => query::number(text)
            .filter(|number| number.is_finite())
            .map(Some),
    }
}
