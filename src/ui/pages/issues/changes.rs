//! What changed between two sets of traces: two searches, and a line for each issue and each endpoint.

use super::{IssuesPage, kind_icon};
use crate::app::issues::{BeforeAfter, EndpointTurn, IssueTurn, OfferedSide, Turn};
use crate::app::route::{IssuesPlace, Route, SpansPlace};
use crate::app::{App, Command};
use crate::export::before_after::{chance, markdown, rate, summary};
use crate::model::human;
use crate::query::{self, Expr, Subject, Term, Test};
use crate::ui::icons::{Icon, icon_button, icon_text_button};
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::virtual_table::{Column, VirtualTable};
use egui::{Align, Color32, Frame, Layout, Margin, RichText, TextEdit, Ui};

/// Width of a side's field.
const FIELD: f32 = 280.0;
/// What the sides are called.
const SIDES: [&str; 2] = ["Before", "After"];

/// A line: an issue or an endpoint.
enum Line<'a> {
    Issue(&'a IssueTurn),
    Endpoint(&'a EndpointTurn),
}

impl IssuesPage {
    /// One frame.
    pub(super) fn changes(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        sides: &[String; 2],
        commands: &mut Vec<Command>,
    ) {
        let between = &app.issues.between;
        let is_asked = sides.iter().all(|side| !side.trim().is_empty());
        let found = between.value.clone().filter(|_| is_asked);
        let (waiting, error) = (between.waiting, between.error.clone());
        Frame::new()
            .inner_margin(Margin::symmetric(12, 8))
            .show(ui, |ui| {
                head(ui, app, sides, commands);
                ui.add_space(size::GRID);
                said(ui, found.as_deref(), sides, is_asked && waiting);
            });
        if let Some(error) = error.filter(|_| is_asked) {
            EmptyState::new(Icon::Error, "The two could not be compared", &error).show(ui);
            return;
        }
        let Some(found) = found else {
            if !is_asked {
                let sentence = "Choose what was before and what came after: two releases, environments, imports or any two searches.";
                EmptyState::new(Icon::Chart, "What changed?", sentence).show(ui);
            }
            return;
        };
        if let Some(side) = found.traces.iter().position(|traces| *traces == 0) {
            let sentence = format!("No trace fits {:?}.", sides[side]);
            EmptyState::new(Icon::Search, "Nothing to compare", &sentence).show(ui);
            return;
        }
        self.lines(ui, &found, sides, commands);
    }

    fn lines(
        &mut self,
        ui: &mut Ui,
        found: &BeforeAfter,
        sides: &[String; 2],
        commands: &mut Vec<Command>,
    ) {
        let lines = found
            .issues
            .iter()
            .map(Line::Issue)
            .chain(found.endpoints.iter().map(Line::Endpoint));
        // What is the same on both sides comes last.
        let (changed, same): (Vec<Line>, Vec<Line>) =
            lines.partition(|line| line.turn().is_change());
        let lines: Vec<Line> = changed.into_iter().chain(same).collect();
        let number = |title: &str, hint: &str| Column::px(title, 104.0).right().hint(hint);
        let usual = "Of an issue, how often in a thousand traces; of an endpoint, the median";
        let slow = "Of an issue, the time to win; of an endpoint, the 95th percentile";
        let by_chance = "How likely a difference like this is without any reason, all lines of a kind taken together";
        let columns = [
            Column::px("Change", 80.0),
            Column::px("Kind", 152.0),
            Column::rest("What", 200.0),
            number("Before", usual),
            number("After", usual),
            number("P95 before", slow),
            number("P95 after", slow),
            number("By chance", by_chance),
        ];
        let at = |row: u64| lines.get(usize::try_from(row).ok()?);
        let output = VirtualTable::new("What changed", &columns, lines.len() as u64).show(
            ui,
            &mut self.changes,
            |row| at(row).map(Line::label),
            |row, column, cell| {
                if let Some(line) = at(row) {
                    line.paint(column, cell);
                }
            },
        );
        if let Some(line) = output.clicked.or(output.activated).and_then(at) {
            commands.push(Command::Go(line.records(sides)));
        }
    }
}

impl Line<'_> {
    fn turn(&self) -> Turn {
        match self {
            Self::Issue(issue) => issue.turn,
            Self::Endpoint(endpoint) => endpoint.turn,
        }
    }

    /// The change in a word.
    fn change(&self) -> &'static str {
        self.turn().name(matches!(self, Self::Endpoint(_)))
    }

    fn what(&self) -> &str {
        match self {
            // The kind stands beside it.
            Self::Issue(issue) => match issue.issue.title.split_once(": ") {
                Some((kind, what)) if kind == self.kind() => what,
                _ => &issue.issue.title,
            },
            Self::Endpoint(endpoint) => &endpoint.name,
        }
    }

    fn kind(&self) -> &str {
        match self {
            Self::Issue(issue) => issue.issue.kind.detector().title,
            Self::Endpoint(_) => "Endpoint",
        }
    }

    fn numbers(&self) -> [String; 4] {
        let time = |time: Option<i64>| time.map_or_else(|| "–".to_owned(), human::duration);
        match self {
            Self::Issue(issue) => {
                let [left, right] = &issue.issue.sides;
                let [before, after] = issue.per_thousand.map(rate);
                [before, after, time(left.to_win), time(right.to_win)]
            }
            Self::Endpoint(endpoint) => {
                let ([left, right], [slow_left, slow_right]) = (endpoint.p50, endpoint.p95);
                [time(left), time(right), time(slow_left), time(slow_right)]
            }
        }
    }

    fn chance(&self) -> String {
        chance(match self {
            Self::Issue(issue) => Some(issue.chance),
            Self::Endpoint(endpoint) => endpoint.chance,
        })
    }

    fn label(&self) -> String {
        let [before, after, ..] = self.numbers();
        let (change, kind, what) = (self.change(), self.kind(), self.what());
        format!("{change}: {kind}, {what}, {before} before, {after} after")
    }

    fn paint(&self, column: usize, cell: &mut Cell<'_>) {
        let color = color(cell.palette, self.turn());
        match column {
            0 => cell.colored(self.change(), color),
            1 => {
                if let Self::Issue(issue) = self {
                    let (icon, color) = kind_icon(cell.palette, issue.issue.kind);
                    cell.icon(icon, color);
                }
                cell.text(self.kind());
            }
            2 => {
                cell.text(self.what());
                if let Self::Endpoint(endpoint) = self {
                    cell.space(8.0);
                    cell.muted(&endpoint.service);
                }
            }
            column @ 3..=6 => cell.mono(&self.numbers()[column - 3]),
            _ => cell.mono_muted(&self.chance()),
        }
    }

    /// The records behind it: an issue with its samples, or the endpoint's spans of both sides.
    fn records(&self, sides: &[String; 2]) -> Route {
        match self {
            Self::Issue(issue) => Route::Issues(IssuesPlace::of(&issue.issue.fingerprint)),
            Self::Endpoint(endpoint) => {
                let is = |key: &str, value: &str| {
                    Expr::Term(Term {
                        key: key.to_owned(),
                        test: Test::Equals(value.to_owned()),
                    })
                };
                let side = |text: &String| query::parse_filter(text).ok();
                let either: Option<Vec<Expr>> = sides.iter().map(side).collect();
                let mut parts = vec![
                    is("is_segment", "true"),
                    is("name", &endpoint.name),
                    is("service", &endpoint.service),
                ];
                // Searches for traces with braces cannot be asked of spans.
                parts.extend(either.map(Expr::Or));
                Route::Spans(SpansPlace {
                    query: Expr::all_of(parts).to_string(),
                    ..SpansPlace::default()
                })
            }
        }
    }
}

fn color(palette: &Palette, turn: Turn) -> Color32 {
    match turn {
        Turn::New | Turn::Worse => palette.as_text(palette.error),
        Turn::Gone | Turn::Better => palette.as_text(palette.ok),
        Turn::Same | Turn::Unclear => palette.faint,
    }
}

/// The two sides, and the way back.
fn head(ui: &mut Ui, app: &mut App, sides: &[String; 2], commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        ui.label(RichText::new("Before and after").font(theme::heading()));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, Icon::Close, "Back to the issues").clicked() {
                commands.push(Command::SelectIssue(None));
            }
            if icon_text_button(ui, Icon::Refresh, "Swap").clicked() {
                let [before, after] = sides.clone();
                app.issues.sides_typed = [None, None];
                commands.push(Command::ShowChanges([after, before]));
            }
        });
    });
    let offered = app.issues.sides.value.clone();
    let mut chosen = sides.clone();
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        for side in 0..2 {
            let palette = theme::palette(ui);
            ui.label(RichText::new(SIDES[side]).color(palette.muted));
            let offered = offered.as_deref().unwrap_or_default();
            if let Some(search) = field(ui, app, side, &sides[side], offered) {
                chosen[side] = search;
            }
            ui.add_space(size::GAP);
        }
    });
    if chosen != *sides {
        commands.push(Command::ShowChanges(chosen));
    }
}

/// A side: a search to type, or one of those that are offered.
fn field(
    ui: &mut Ui,
    app: &mut App,
    side: usize,
    now: &str,
    offered: &[OfferedSide],
) -> Option<String> {
    let palette = theme::palette(ui);
    let typed = &mut app.issues.sides_typed[side];
    let mut text = typed.clone().unwrap_or_else(|| now.to_owned());
    let edit = TextEdit::singleline(&mut text)
        .hint_text("A search, such as release:1.4.0")
        .desired_width(FIELD)
        .font(theme::mono_small());
    let response = ui.add(edit);
    let name = format!("{}: which traces", SIDES[side]);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, &name));
    if response.changed() {
        *typed = Some(text.clone());
    }
    let mut chosen = None;
    if response.lost_focus() {
        let is_search = query::parse_for(&text, Subject::Traces).is_ok();
        if is_search && text != now {
            *typed = None;
            chosen = Some(text.clone());
        }
    }
    if let Err(error) = query::parse_for(&text, Subject::Traces) {
        let error = RichText::new(error.to_string()).font(theme::small());
        ui.label(error.color(palette.as_text(palette.error)));
    }
    ui.menu_button("Choose…", |ui| {
        let mut before = "";
        for one in offered {
            if before != one.by {
                before = one.by;
                let by = RichText::new(one.by).font(theme::small());
                ui.label(by.color(palette.muted));
            }
            if ui.button(&one.name).clicked() {
                chosen = Some(one.search.clone());
                ui.close();
            }
        }
    })
    .response
    .widget_info(|| {
        let name = format!("{}: choose", SIDES[side]);
        egui::WidgetInfo::labeled(egui::Role::Button, true, name)
    });
    if chosen.is_some() {
        app.issues.sides_typed[side] = None;
    }
    chosen
}

/// What changed, in a sentence.
fn said(ui: &mut Ui, found: Option<&BeforeAfter>, sides: &[String; 2], waiting: bool) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        if waiting {
            ui.label(RichText::new("Comparing…").color(palette.muted));
        }
        let Some(found) = found.filter(|found| !found.traces.contains(&0)) else {
            return;
        };
        let [before, after] = found.traces.map(|count| human::counted(count, "trace"));
        ui.label(format!("{before} → {after}. {}", summary(found)));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_text_button(ui, Icon::Copy, "Copy as Markdown").clicked() {
                let text = markdown(found, [&sides[0], &sides[1]]);
                ui.ctx().copy_text(text);
            }
        });
    });
}
