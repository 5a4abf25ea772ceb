//! What there is to say of the capture: a sentence a line, by what it is about, with a sign of how good it is. A click leads on.

use crate::app::insights::{Sentence, Tone};
use crate::app::route::HealthPlace;
use crate::app::{Command, behind};
use crate::ui::icons::{Icon, focus_ring, paint_icon};
use crate::ui::theme::{self, Palette, size};
use egui::{
    Align, Color32, CornerRadius, CursorIcon, Layout, Rect, RichText, Role, Sense, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};

/// What sentences are about, in the order they are shown, with headings.
const PARTS: [(&str, &str); 9] = [
    ("capture", "Capture"),
    ("endpoints", "Endpoints"),
    ("issues", "Issues"),
    ("queries", "Queries"),
    ("requests", "Requests"),
    ("caches", "Caches"),
    ("queues", "Queues"),
    ("agents", "Agents"),
    ("instrumentation", "Instrumentation"),
];
/// The width of the headings in points.
const HEADINGS: f32 = 120.0;
/// The room of the sign in points.
const SIGN: f32 = 24.0;
/// Lines longer than this are hard to read, in points.
const LONGEST: f32 = 960.0;

/// Paints the sentences; those about issues are found later than the others.
pub(super) fn sentences(
    ui: &mut Ui,
    said: &[Sentence],
    of_issues: &[Sentence],
    place: &HealthPlace,
    commands: &mut Vec<Command>,
) {
    ui.spacing_mut().item_spacing.y = 0.0;
    for (part, title) in PARTS {
        let all = said.iter().chain(of_issues);
        for (at, sentence) in all.filter(|sentence| sentence.part == part).enumerate() {
            let heading = if at == 0 { title } else { "" };
            if line(ui, heading, sentence) {
                let to = behind::route(&sentence.place, &place.filters);
                commands.push(Command::Go(to));
            }
        }
    }
}

/// A heading beside the sentences, in line with the first.
pub(super) fn heading(ui: &mut Ui, title: &str) {
    ui.add_space(size::GRID);
    let line = vec2(ui.available_width(), row_height(ui));
    let (rect, _) = ui.allocate_exact_size(line, Sense::hover());
    let layout = Layout::left_to_right(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(rect).layout(layout), |ui| {
        let title = RichText::new(title).font(theme::small_strong());
        ui.label(title.color(theme::palette(ui).muted));
    });
    ui.add_space(size::GRID);
}

/// The height of a line of a sentence.
fn row_height(ui: &Ui) -> f32 {
    let galley = ui
        .painter()
        .layout_no_wrap("A".to_owned(), theme::body(), Color32::PLACEHOLDER);
    galley.size().y
}

/// What stands where sentences will, until they are known.
pub(super) fn awaited(ui: &mut Ui) {
    let text = RichText::new("Reading what there is to say…").color(theme::palette(ui).muted);
    ui.add_space(size::GRID);
    ui.label(text);
}

/// One sentence; whether it was clicked.
fn line(ui: &mut Ui, heading: &str, sentence: &Sentence) -> bool {
    let p = theme::palette(ui);
    let width = ui.available_width();
    let room = (width - HEADINGS - SIGN - size::GAP).min(LONGEST);
    let painter = ui.painter();
    let words = painter.layout(sentence.text.clone(), theme::body(), p.text, room);
    let height = words.size().y + size::GAP;
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, &sentence.text));
    let ground = rect.with_min_x(rect.left() + HEADINGS);
    let ground = ground.with_max_x(ground.left() + SIGN + room + size::GAP);
    if response.hovered() {
        ui.painter()
            .rect_filled(ground, CornerRadius::same(size::CORNER), p.hover);
    }
    let top = rect.top() + size::GRID;
    let galley = ui
        .painter()
        .layout_no_wrap(heading.to_owned(), theme::small_strong(), p.muted);
    let first = words
        .rows
        .first()
        .map_or(size::TEXT_LINE, |row| row.height());
    let at = pos2(rect.left(), top + (first - galley.size().y) / 2.0);
    ui.painter().galley(at, galley, p.muted);
    let (icon, color) = sign(sentence.tone, p);
    let square = Rect::from_min_size(pos2(ground.left(), top), vec2(SIGN, first));
    match icon {
        Some(icon) => paint_icon(ui.painter(), square.shrink2(vec2(5.0, 0.0)), icon, color),
        None => drop(ui.painter().circle_filled(square.center(), 2.0, color)),
    }
    let at = pos2(ground.left() + SIGN, top);
    ui.painter().galley(at, words, p.text);
    focus_ring(ui, ground, &response);
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    let clicked = response.clicked();
    response.on_hover_text(behind::text(&sentence.place));
    clicked
}

fn sign(tone: Tone, palette: &Palette) -> (Option<Icon>, Color32) {
    match tone {
        Tone::Good => (Some(Icon::Check), palette.ok),
        Tone::Plain => (None, palette.faint),
        Tone::Bad => (Some(Icon::Warning), palette.warning),
    }
}
