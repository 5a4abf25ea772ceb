//! The bar that finds spans in the open trace: the field, how many match, steps between them, and what becomes of the rest.

use crate::app::route::{Others, TraceView};
use crate::app::{App, Command};
use crate::model::human;
use crate::model::trace::Trace;
use crate::query::Subject;
use crate::store::RecordKind;
use crate::ui::icons::{Icon, icon_button};
use crate::ui::pages::query_field::QueryField;
use crate::ui::theme::{self, size};
use crate::ui::widgets::search_bar::SearchBar;
use crate::ui::widgets::segmented::segmented;
use egui::{Align, Frame, Key, Layout, Margin, Modifiers, RichText, Role, Ui, WidgetInfo, vec2};

/// The field's accessible name.
const LABEL: &str = "Find in this trace";
/// Height of the field and of what stands beside it.
const HEIGHT: f32 = 28.0;
/// Room for what stands beside the field.
const BESIDE: f32 = 520.0;

/// Shows the bar while something is looked for; `focus` opens it and puts the cursor into the field. Whether the rows are
/// to take the keyboard again.
pub fn ui(
    ui: &mut Ui,
    app: &mut App,
    trace: &Trace,
    focus: bool,
    commands: &mut Vec<Command>,
) -> bool {
    let Some(picture) = app.trace_picture() else {
        return false;
    };
    picture.find.shown |= focus;
    if !picture.find.shown {
        return false;
    }
    let mut leave = false;
    let margin = Margin {
        left: 12,
        right: 12,
        top: 0,
        bottom: 8,
    };
    Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = size::GAP;
            let width = (ui.available_width() - BESIDE).clamp(160.0, 640.0);
            ui.vertical(|ui| {
                ui.set_width(width);
                leave = field(ui, app, trace, focus, commands);
            });
            let room = vec2(ui.available_width(), HEIGHT);
            let middle = Layout::left_to_right(Align::Center);
            ui.allocate_ui_with_layout(room, middle, |ui| beside(ui, app, commands));
        });
    });
    leave
}

/// The field; Enter leads to the next match, Escape back to the rows.
fn field(
    ui: &mut Ui,
    app: &mut App,
    trace: &Trace,
    focus: bool,
    commands: &mut Vec<Command>,
) -> bool {
    let id = SearchBar::id(ui, LABEL);
    let has_keyboard = ui.memory(|memory| memory.has_focus(id));
    let back = Modifiers::SHIFT;
    if has_keyboard && ui.input_mut(|input| input.consume_key(back, Key::Enter)) {
        commands.push(Command::PreviousMatch);
    }
    let field = QueryField {
        label: LABEL,
        placeholder: "op:db duration:>10ms",
        kind: RecordKind::Span,
        subject: Subject::Records,
        range: None,
    };
    let Some(response) = field.show_in_trace(ui, app, trace.id, focus, commands) else {
        return false;
    };
    if let Some(error) = &app.found.error {
        let palette = theme::palette(ui);
        ui.label(
            RichText::new(error)
                .font(theme::small())
                .color(palette.error),
        );
    }
    if !response.lost_focus() {
        return false;
    }
    let pressed = |key| ui.input(|input| input.key_pressed(key));
    if pressed(Key::Enter) {
        commands.push(Command::NextMatch);
        response.request_focus();
    }
    if pressed(Key::Escape) {
        commands.push(Command::StopFinding);
        return true;
    }
    false
}

fn beside(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    const OTHERS: [Others; 3] = [Others::Dimmed, Others::Shown, Others::Hidden];
    let crate::app::views::Picture::Trace(picture) = &app.history.current().picture else {
        return;
    };
    let palette = theme::palette(ui);
    let found = app
        .found_in_trace()
        .filter(|_| !picture.find.search.is_empty());
    let any = found.is_some_and(|found| !found.found.is_empty());
    let steps = [
        (Icon::ChevronUp, "Previous match", Command::PreviousMatch),
        (Icon::ChevronDown, "Next match", Command::NextMatch),
    ];
    for (icon, name, command) in steps {
        let button = ui.add_enabled_ui(any, |ui| icon_button(ui, icon, name));
        if button.inner.clicked() {
            commands.push(command);
        }
    }
    let names = ["Dim the rest", "Show all", "Only matches"];
    // Only rows of spans can be left out; elsewhere the rest is pale then.
    let offered = match picture.view {
        TraceView::Waterfall | TraceView::List => &names[..],
        _ => &names[..2],
    };
    let chosen = OTHERS[..offered.len()]
        .iter()
        .position(|others| *others == picture.find.others);
    let mut at = chosen.unwrap_or(0);
    if segmented(ui, "What does not match", &mut at, offered) {
        commands.push(Command::ShowOthers(OTHERS[at.min(2)]));
    }
    if let Some(found) = found {
        let position = picture.selected.and_then(|node| found.found.position(node));
        let text = in_words(position, found.found.len());
        let color = match any {
            true => palette.muted,
            false => palette.warning,
        };
        let label = ui.label(RichText::new(&text).font(theme::small()).color(color));
        label.widget_info(|| WidgetInfo::labeled(Role::Status, true, &text));
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if icon_button(ui, Icon::Close, "Stop finding").clicked() {
            commands.push(Command::StopFinding);
        }
    });
}

/// `3 of 17`, or how many there are while none of them is selected.
fn in_words(position: Option<usize>, count: usize) -> String {
    match position {
        Some(at) => format!(
            "{} of {}",
            human::grouped(at as u64 + 1),
            human::grouped(count as u64)
        ),
        None => matches_in_words(count),
    }
}

/// `No match`, `1 match`, `17 matches`.
pub fn matches_in_words(count: usize) -> String {
    match count {
        0 => "No match".to_owned(),
        1 => "1 match".to_owned(),
        _ => format!("{} matches", human::grouped(count as u64)),
    }
}
