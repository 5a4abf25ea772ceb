//! Two traces side by side, or one and what is usual, or two sets of traces: what changed in words, and the steps of
//! both, aligned. While one side is to be chosen, [`choose`] says what there is.

mod choose;
mod sides;

use crate::analysis::changes::step_in_words;
use crate::analysis::path_tree::PathSums;
use crate::analysis::{Change, ComparedStep};
use crate::app::looks::{Compared, ComparedSide};
use crate::app::route::{ComparePlace, CompareWith, Route};
use crate::app::views::{ComparePicture, Picture};
use crate::app::{App, Command};
use crate::model::human;
use crate::ui::icons::Icon;
use crate::ui::pages::op_color;
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::text::{single_line, truncated_label};
use crate::ui::widgets::virtual_table::{Column, TableState, VirtualTable};
use egui::{Align, Frame, Layout, Margin, RichText, Role, Sense, Ui, WidgetInfo, vec2};
use std::cmp::Ordering;
use std::sync::Arc;

/// Changes told above the steps; the steps show all.
const MOST_CHANGES: usize = 6;
/// How far a step is set in for each step above it, in points.
const INDENT: f32 = 12.0;
/// Steps deeper than this are set in no further.
const DEEPEST: u32 = 24;

/// The page's own state.
#[derive(Default)]
pub struct ComparePage {
    table: TableState,
    choice: TableState,
    /// The rows in view of the steps, for the version of the comparison and whether all are shown.
    shown: (u64, bool, Vec<usize>),
    arrived: bool,
}

impl ComparePage {
    /// The page is entered: its steps take the keyboard.
    pub fn arrive(&mut self) {
        self.arrived = true;
    }

    /// One frame.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: ComparePlace,
        commands: &mut Vec<Command>,
    ) {
        let Some(sources) = place.sources() else {
            return self.choose(ui, app, place, commands);
        };
        if let Some(error) = &app.looks.compare.error {
            EmptyState::new(Icon::Error, "The traces could not be compared", error).show(ui);
            return;
        }
        let compared = app.looks.compare.value.clone();
        let Some(compared) = compared.filter(|compared| compared.sources == sources) else {
            ui.add_space(size::PAD);
            let palette = theme::palette(ui);
            ui.label(RichText::new("   Comparing…").color(palette.muted));
            return;
        };
        if let Some(sentence) = nothing_to_compare(&compared, &place) {
            if EmptyState::new(Icon::Search, "Nothing to compare", &sentence)
                .action("Choose something else")
                .show(ui)
                .is_some()
            {
                commands.push(Command::Go(Route::Compare(place.with_another())));
            }
            return;
        }
        let clock = app.settings.clock;
        let Picture::Compare(picture) = &mut app.history.current_mut().picture else {
            return;
        };
        Frame::new()
            .inner_margin(Margin::symmetric(12, 8))
            .show(ui, |ui| {
                sides::ui(ui, &compared, clock, &place, commands);
                ui.label(verdict(&compared));
                ui.add_space(size::GRID);
                self.changes(ui, &compared, app.looks.compare.revision, picture, commands);
            });
        if compared.comparison.steps.is_empty() {
            return nothing_in_common(ui);
        }
        self.steps(ui, &compared, app.looks.compare.revision, picture);
    }

    /// What changed, in words; a click leads to the step.
    fn changes(
        &mut self,
        ui: &mut Ui,
        compared: &Compared,
        revision: u64,
        picture: &mut ComparePicture,
        commands: &mut Vec<Command>,
    ) {
        let palette = theme::palette(ui);
        if compared.changes.is_empty() && !compared.comparison.steps.is_empty() {
            let text =
                "No difference that matters: the same steps, as often, in about the same time.";
            ui.label(RichText::new(text).color(palette.muted));
        }
        for change in compared.changes.iter().take(MOST_CHANGES) {
            if change_line(ui, compared, change, palette) {
                let shown = self.shown(compared, revision, picture.all_steps);
                if let Ok(row) = shown.binary_search(&change.step) {
                    picture.selected = Some(row as u64);
                    self.table.select(row as u64);
                    self.table.focus();
                }
            }
        }
        ui.horizontal(|ui| {
            let more = compared.changes.len().saturating_sub(MOST_CHANGES);
            if more > 0 {
                let text = format!(
                    "and {} among the steps",
                    human::counted(more as u64, "smaller change")
                );
                let text = RichText::new(text).font(theme::small());
                ui.label(text.color(palette.muted));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let text = RichText::new("Steps without a change, too").font(theme::small());
                if ui.selectable_label(picture.all_steps, text).clicked() {
                    commands.push(Command::ToggleAllSteps);
                }
            });
        });
    }

    /// The steps that are shown, in order.
    fn shown(&mut self, compared: &Compared, revision: u64, all: bool) -> &[usize] {
        if (self.shown.0, self.shown.1) != (revision, all) || self.shown.2.is_empty() {
            let steps = 0..compared.comparison.steps.len();
            // Without any change, all there is to see is that it is the same.
            let all = all || compared.changes.is_empty();
            let shown = steps.filter(|step| all || compared.is_changed[*step]);
            self.shown = (revision, all, shown.collect());
        }
        &self.shown.2
    }

    fn steps(
        &mut self,
        ui: &mut Ui,
        compared: &Arc<Compared>,
        revision: u64,
        picture: &mut ComparePicture,
    ) {
        let shown = self.shown(compared, revision, picture.all_steps).to_vec();
        if std::mem::take(&mut self.arrived) {
            self.table.focus();
        }
        self.table.offset_rows = picture.offset_rows;
        self.table.selected = picture.selected;
        let largest = compared.comparison.steps.iter();
        let largest = largest.map(|step| step.self_change().unsigned_abs()).max();
        let number = |title: &str, hint: &str| Column::px(title, 80.0).right().hint(hint);
        let columns = [
            Column::rest("Step", 240.0),
            Column::px("Left", 64.0)
                .right()
                .hint("How often, on the left"),
            number("Left time", "How long in all, on the left"),
            Column::px("Right", 64.0)
                .right()
                .hint("How often, on the right"),
            number("Right time", "How long in all, on the right"),
            Column::px("Own time", 176.0)
                .hint("Time of its own on the right less that on the left"),
        ];
        let at = |row: u64| {
            let step = *shown.get(usize::try_from(row).ok()?)?;
            compared.comparison.steps.get(step)
        };
        VirtualTable::new("Steps of both sides", &columns, shown.len() as u64)
            .at_edge()
            .show(
                ui,
                &mut self.table,
                |row| at(row).map(step_name),
                |row, column, cell| {
                    if let Some(step) = at(row) {
                        paint(step, column, cell, largest.unwrap_or(0));
                    }
                },
            );
        picture.offset_rows = self.table.offset_rows;
        picture.selected = self.table.selected;
    }
}

/// Why there is nothing to compare, if so.
fn nothing_to_compare(compared: &Compared, place: &ComparePlace) -> Option<String> {
    let sides = compared.sides.iter().zip([&place.a, &place.b]);
    let mut sides = sides.filter_map(|(side, of)| match (side, of) {
        (ComparedSide::Unknown(id), _) => {
            Some(format!("Nothing that was imported names the trace {id}."))
        }
        (ComparedSide::Usual { traces: 0, .. }, Some(CompareWith::Fitting(search))) => {
            Some(format!("No trace fits {}.", search_in_words(search)))
        }
        (ComparedSide::Usual { traces: 0, .. }, _) => {
            Some("No other trace has a root of the same name and service.".to_owned())
        }
        _ => None,
    });
    sides.next()
}

/// Sets of traces of many kinds: a median has only what most of its traces have.
fn nothing_in_common(ui: &mut Ui) {
    let sentence = "A side shows the steps that most of its traces take, and these take too different ones. Narrow both \
                    searches to one kind of request, for example with transaction:NAME.";
    EmptyState::new(Icon::Trace, "No step in common", sentence).show(ui);
}

/// A search as it is told.
fn search_in_words(search: &str) -> String {
    match search.trim() {
        "" => "any search".to_owned(),
        search => single_line(search),
    }
}

/// Both sides in one sentence.
fn verdict(compared: &Compared) -> String {
    let [left, right] = compared.comparison.durations;
    let change = (right - left).saturating_abs();
    let time = match right.cmp(&left) {
        Ordering::Equal => "The right takes as long as the left".to_owned(),
        Ordering::Greater => format!("The right takes {} longer", human::duration(change)),
        Ordering::Less => format!("The right takes {} less", human::duration(change)),
    };
    let (most, least) = (left.max(right), left.min(right).max(1));
    let times = match most as f64 / least as f64 {
        ratio if (1.95..10_000.0).contains(&ratio) && right > left => {
            format!(", {ratio:.1} times as long")
        }
        _ => String::new(),
    };
    let [left, right] = compared.comparison.spans;
    let more = if right > left { "more" } else { "fewer" };
    let spans = match left.abs_diff(right) {
        0 => "as many spans".to_owned(),
        1 => format!("1 span {more}"),
        spans => format!("{} spans {more}", human::grouped(spans)),
    };
    format!("{time}{times}, and has {spans}.")
}

/// A change as a line; whether it was clicked.
fn change_line(ui: &mut Ui, compared: &Compared, change: &Change, palette: &Palette) -> bool {
    let text = single_line(&compared.comparison.in_words(change));
    let color = match change.weight {
        0 => palette.muted,
        1.. => palette.error,
        _ => palette.ok,
    };
    let response = ui
        .horizontal(|ui| {
            ui.set_height(20.0);
            // The amount first: what the step is called may be long.
            let (amount, _) = ui.allocate_exact_size(vec2(72.0, 16.0), Sense::hover());
            let right = egui::Align2::RIGHT_CENTER;
            let number = signed(change.weight);
            ui.painter().text(
                amount.right_center(),
                right,
                number,
                theme::mono_small(),
                palette.as_text(color),
            );
            truncated_label(ui, &text, theme::body(), palette.text)
        })
        .inner;
    let response = response.interact(Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, &text));
    response
        .on_hover_cursor(egui::CursorIcon::PointingHand)
        .clicked()
}

/// A step in words.
fn step_name(step: &ComparedStep) -> String {
    let side = |sums: Option<PathSums>| match sums {
        Some(sums) => format!(
            "{} × {}",
            human::grouped(sums.count),
            human::duration(sums.total)
        ),
        None => "not there".to_owned(),
    };
    format!(
        "{}: left {}, right {}, own time {}",
        single_line(&step_in_words(step)),
        side(step.left),
        side(step.right),
        signed(step.self_change()),
    )
}

fn signed(nanos: i64) -> String {
    match nanos {
        1.. => format!("+{}", human::duration(nanos)),
        _ => human::duration(nanos),
    }
}

fn paint(step: &ComparedStep, column: usize, cell: &mut Cell<'_>, largest: u64) {
    let palette = cell.palette;
    let count = |sums: Option<PathSums>, cell: &mut Cell<'_>| match sums {
        Some(sums) => cell.mono(&format!("{} ×", human::grouped(sums.count))),
        None => cell.faint("–"),
    };
    let time = |sums: Option<PathSums>, cell: &mut Cell<'_>| {
        if let Some(sums) = sums {
            cell.mono_muted(&human::duration(sums.total));
        }
    };
    match column {
        0 => {
            cell.space(step.depth.min(DEEPEST) as f32 * INDENT);
            cell.dot(op_color(palette, &step.name.op));
            match (step.left, step.right) {
                (None, _) => cell.badge("new", palette.accent),
                (_, None) => cell.badge("gone", palette.muted),
                (Some(left), Some(right)) if left.count != right.count => {
                    cell.badge(
                        &format!("{} → {}", left.count, right.count),
                        palette.warning,
                    );
                }
                _ => {}
            }
            cell.text(&step_in_words(step));
        }
        1 => count(step.left, cell),
        2 => time(step.left, cell),
        3 => count(step.right, cell),
        4 => time(step.right, cell),
        _ => own_time(step.self_change(), largest, cell),
    }
}

/// A bar to the left for time saved, to the right for time lost, and the number.
fn own_time(change: i64, largest: u64, cell: &mut Cell<'_>) {
    const HALF: f32 = 40.0;
    let palette = cell.palette;
    let middle = cell.rect.left() + size::CELL_PAD + HALF;
    let length = HALF * (change.unsigned_abs() as f64 / largest.max(1) as f64) as f32;
    let (left, right, color) = match change {
        0 => (middle, middle, palette.muted),
        1.. => (middle, middle + length.max(1.0), palette.error),
        _ => (middle - length.max(1.0), middle, palette.ok),
    };
    let y = cell.rect.center().y;
    let bar = egui::Rect::from_min_max(egui::pos2(left, y - 4.0), egui::pos2(right, y + 4.0));
    cell.painter().rect_filled(bar, 0.0, color);
    let axis = egui::Stroke::new(size::LINE, palette.border);
    cell.painter().vline(middle, y - 8.0..=y + 8.0, axis);
    cell.space(2.0 * HALF + size::GAP);
    cell.styled(&signed(change), theme::mono_small(), palette.text);
}
