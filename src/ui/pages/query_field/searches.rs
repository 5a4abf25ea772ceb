//! The menu of searches: saving the one on screen, and going back to saved and recent ones.

use crate::app::{App, Command, Route};
use crate::store::SavedSearch;
use crate::ui::icons::{Icon, icon_button};
use crate::ui::theme::{self, palette, size};
use crate::ui::widgets::text::truncated_galley;
use egui::{
    Align, CornerRadius, Frame, Key, Layout, Margin, Popup, PopupCloseBehavior, Response, RichText,
    Role, ScrollArea, Sense, Stroke, TextEdit, Ui, WidgetInfo, pos2, vec2,
};

const WIDTH: f32 = 420.0;
/// Room for the button that saves, with the gap before it.
const SAVE: f32 = 60.0;

/// What saving under a name that is known does.
pub const TAKES_PLACE: &str = "Takes the place of the search that has this name";

/// What is typed into the menu.
#[derive(Clone, Default)]
struct Typed {
    /// To find a search.
    wanted: String,
    /// What the search on screen is to be called.
    name: String,
    /// The saved search that is being renamed, and its new name.
    renaming: Option<(String, String)>,
    /// Whether the menu was open a frame ago.
    open: bool,
}

/// Opens the menu of this button.
pub fn open(button: &Response) {
    Popup::open_id(&button.ctx, Popup::default_response_id(button));
}

/// Shows the menu while its button has it open.
pub fn search_menu(button: &Response, app: &App, commands: &mut Vec<Command>) {
    let id = button.id.with("typed");
    let ctx = button.ctx.clone();
    let mut typed: Typed = ctx.data(|data| data.get_temp(id)).unwrap_or_default();
    let menu = Popup::menu(button)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .frame(Frame::menu(&ctx.global_style()).inner_margin(size::GAP));
    let shown = menu.show(|ui| {
        ui.set_width(WIDTH);
        contents(ui, app, &mut typed, commands);
    });
    match shown {
        Some(_) => typed.open = true,
        None => typed = Typed::default(),
    }
    ctx.data_mut(|data| data.insert_temp(id, typed));
}

fn contents(ui: &mut Ui, app: &App, typed: &mut Typed, commands: &mut Vec<Command>) {
    save(ui, app, typed, commands);
    ui.add_space(size::GAP);
    let find = field(ui, "Find a search", &mut typed.wanted, WIDTH);
    if !typed.open {
        find.request_focus();
    }
    let entered = find.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    ui.add_space(size::GAP);
    let wanted = typed.wanted.to_lowercase();
    let fits = |text: &str| text.to_lowercase().contains(&wanted);
    let saved = app.saved_searches.value.clone().unwrap_or_default();
    let saved: Vec<&SavedSearch> = saved
        .iter()
        .filter(|saved| fits(&saved.name) || fits(&words(&saved.place)))
        .collect();
    let recent: Vec<&String> = app
        .recent_searches()
        .iter()
        .filter(|query| fits(query))
        .collect();
    let mut chosen = None;
    if entered {
        let first = saved.first().and_then(|saved| go(&saved.place));
        chosen = first.or_else(|| {
            recent
                .first()
                .map(|query| Command::Search((*query).clone()))
        });
    }
    ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
        heading(ui, "Saved");
        for saved in &saved {
            chosen = saved_row(ui, saved, typed, commands).or(chosen.take());
        }
        if saved.is_empty() {
            nothing(ui, "No saved search; they stay with the store");
        }
        ui.add_space(size::GAP);
        heading(ui, "Recent");
        for query in &recent {
            if row(ui, query, "", query).clicked() {
                chosen = Some(Command::Search((*query).clone()));
            }
        }
        if recent.is_empty() {
            nothing(ui, "No recent search on this page");
        }
    });
    if let Some(command) = chosen {
        commands.push(command);
        ui.close();
    }
}

fn save(ui: &mut Ui, app: &App, typed: &mut Typed, commands: &mut Vec<Command>) {
    let name = typed.name.trim().to_owned();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = size::GAP;
        let response = field(ui, "Name of this search", &mut typed.name, WIDTH - SAVE);
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let named = !typed.name.trim().is_empty();
        let clicked = ui
            .add_enabled(
                named,
                egui::Button::new("Save").min_size(vec2(SAVE - size::GAP, size::BUTTON)),
            )
            .clicked();
        if named && (entered || clicked) {
            commands.push(Command::SaveSearch(std::mem::take(&mut typed.name)));
        }
    });
    if app.has_saved(&name) {
        let text = RichText::new(TAKES_PLACE).font(theme::small());
        ui.label(text.color(palette(ui).warning));
    }
}

/// A text field that says what it is for where nothing is typed yet.
fn field(ui: &mut Ui, name: &str, text: &mut String, width: f32) -> Response {
    ui.scope(|ui| {
        // Menus draw their widgets without a line, and a field would not be seen.
        let line = Stroke::new(size::LINE, palette(ui).border_strong);
        ui.visuals_mut().widgets.inactive.bg_stroke = line;
        let margin = Margin::symmetric(6, 4);
        let inner = width - f32::from(margin.left) - f32::from(margin.right);
        let field = TextEdit::singleline(text)
            .hint_text(name)
            .margin(margin)
            .align(egui::Align2::LEFT_CENTER)
            .desired_width(inner);
        ui.add(field).accessible_name(name)
    })
    .inner
}

fn heading(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).font(theme::small_strong()));
}

fn nothing(ui: &mut Ui, text: &str) {
    let text = RichText::new(text).font(theme::small());
    ui.label(text.color(palette(ui).faint));
}

/// A saved search; what was chosen of it.
fn saved_row(
    ui: &mut Ui,
    saved: &SavedSearch,
    typed: &mut Typed,
    commands: &mut Vec<Command>,
) -> Option<Command> {
    if let Some((from, to)) = &mut typed.renaming
        && *from == saved.name
    {
        let response = field(ui, &format!("New name of {from}"), to, WIDTH);
        response.request_focus();
        if ui.input(|input| input.key_pressed(Key::Enter)) && !to.trim().is_empty() {
            let (from, to) = (from.clone(), to.trim().to_owned());
            commands.push(Command::RenameSearch { from, to });
            typed.renaming = None;
        }
        return None;
    }
    let mut chosen = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let delete = format!("Delete {}", saved.name);
            if icon_button(ui, Icon::Close, &delete)
                .on_hover_text(&delete)
                .clicked()
            {
                commands.push(Command::DeleteSearch(saved.name.clone()));
            }
            let rename = egui::Button::new(RichText::new("Rename").font(theme::small()));
            let rename = ui.add(rename.frame(false));
            let rename = rename.accessible_name(format!("Rename {}", saved.name));
            if rename.clicked() {
                typed.renaming = Some((saved.name.clone(), saved.name.clone()));
            }
            let words = words(&saved.place);
            let whole = format!("{}\n{words}", saved.name);
            if row(ui, &saved.name, &words, &whole).clicked() {
                chosen = go(&saved.place);
            }
        });
    });
    chosen
}

fn go(place: &str) -> Option<Command> {
    place.parse().ok().map(Command::Go)
}

/// What a place asks for, as a person reads it.
fn words(place: &str) -> String {
    match place.parse() {
        Ok(Route::Traces(traces)) => format!("traces {}", traces.query),
        Ok(Route::Spans(spans)) => format!("spans {}", spans.query),
        Ok(Route::Logs(logs)) => format!("logs {}", logs.query),
        Ok(Route::Issues(issues)) => format!("issues {}", issues.query),
        _ => place.to_owned(),
    }
}

/// A line that can be chosen, as wide as there is room.
fn row(ui: &mut Ui, name: &str, detail: &str, hint: &str) -> Response {
    let p = palette(ui);
    let width = ui.available_width();
    let (rect, response) = ui.allocate_exact_size(vec2(width, size::ROW), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    if response.hovered() || response.has_focus() {
        let corner = CornerRadius::same(size::CORNER);
        ui.painter().rect_filled(rect, corner, p.hover);
    }
    let room = rect.width() - 2.0 * size::GAP;
    let name = truncated_galley(ui.painter(), name, theme::body(), p.text, room);
    let left = rect.left() + size::GAP;
    let rest = room - name.size().x - size::GAP;
    let top = |height: f32| rect.center().y - height / 2.0;
    let at = pos2(left, top(name.size().y));
    let after = left + name.size().x + size::GAP;
    ui.painter().galley(at, name, p.text);
    if rest > 40.0 && !detail.is_empty() {
        let detail = truncated_galley(ui.painter(), detail, theme::mono_small(), p.muted, rest);
        let at = pos2(after, top(detail.size().y));
        ui.painter().galley(at, detail, p.muted);
    }
    response.on_hover_text(hint)
}
