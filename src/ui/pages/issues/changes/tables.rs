//! What changed, a line for each issue and each endpoint. Both tables have their columns at the same places.

use super::super::{IssuesPage, kind_icon};
use crate::analysis::significance::FEWEST;
use crate::app::Command;
use crate::app::issues::{BeforeAfter, EndpointTurn, IssueTurn, Turn};
use crate::app::route::{IssuesPlace, Route, SpansPlace};
use crate::export::before_after::{chance, rate};
use crate::model::human;
use crate::query::{self, Expr, Term, Test};
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::text::single_line;
use crate::ui::widgets::virtual_table::{Column, TableState, VirtualTable};
use egui::{Color32, Rect, RichText, Ui, UiBuilder, vec2};

/// Height of what stands above a table.
const HEADING: f32 = 28.0;
/// Below the last row of the first table.
const SPACE: f32 = 12.0;

/// Least room in which a few letters of a place tell something.
const LEAST: f32 = 64.0;

/// The two tables.
#[derive(Default)]
pub struct Tables {
    issues: TableState,
    endpoints: TableState,
}

/// What a line tells of: an issue or an endpoint.
trait Line {
    fn turn(&self) -> Turn;
    /// The change in a word.
    fn change(&self) -> &'static str;
    /// Its kind, or its service.
    fn group(&self) -> &str;
    /// Whether it is more than chance, and good or bad.
    fn color(&self, palette: &Palette) -> Color32;
    /// The row in words.
    fn label(&self) -> String;
    /// What stands behind its change.
    fn paint(&self, column: usize, cell: &mut Cell<'_>);
    /// The records behind it.
    fn records(&self, sides: &[String; 2]) -> Route;
}

impl IssuesPage {
    /// Issues above, endpoints below; a table that needs less than half leaves the rest to the other.
    pub(super) fn tables(
        &mut self,
        ui: &mut Ui,
        found: &BeforeAfter,
        sides: &[String; 2],
        commands: &mut Vec<Command>,
    ) {
        if std::mem::take(&mut self.arrived) && ui.memory(|memory| memory.focused().is_none()) {
            self.changes.issues.focus();
        }
        let room = ui.available_rect_before_wrap();
        // Whole rows, and a space below the last one.
        const AROUND: f32 = HEADING + size::HEADER + SPACE;
        let wanted = |rows: usize| AROUND + rows as f32 * size::ROW;
        let (issues, endpoints) = (wanted(found.issues.len()), wanted(found.endpoints.len()));
        let most = (room.height() / 2.0).max(room.height() - endpoints);
        let rows = ((most - AROUND) / size::ROW).floor().max(1.0);
        let above = issues.min(AROUND + rows * size::ROW);
        let (above, below) = room.split_top_bottom_at_y(room.top() + above);
        let above = above.with_max_y(above.bottom() - SPACE);
        let number = |title: &str, hint: &str| Column::px(title, 96.0).right().hint(hint);
        let often = "How often in a thousand traces";
        let won = "Time on the critical path that mending it would have won";
        let columns = [
            Column::px("Change", 72.0),
            Column::px("Kind", 152.0),
            Column::rest("Issue", 160.0),
            number("Before", often),
            number("After", often),
            number("To win before", won),
            number("To win after", won),
            by_chance("issues"),
        ];
        let about = "how often in a thousand traces, and the time that mending them would win";
        let table = ("Issues before and after", &columns[..]);
        let lines = sorted(&found.issues);
        let state = &mut self.changes.issues;
        part(ui, above, ("Issues", about));
        show(ui, above, table, &lines, state, sides, commands);
        let long = ["The median of how long it took", "The 95th percentile"];
        let columns = [
            Column::px("Change", 72.0),
            Column::px("Service", 152.0),
            Column::rest("Endpoint", 160.0),
            number("P50 before", long[0]),
            number("P50 after", long[0]),
            number("P95 before", long[1]),
            number("P95 after", long[1]),
            by_chance("endpoints"),
        ];
        let table = ("Endpoints before and after", &columns[..]);
        let lines = sorted(&found.endpoints);
        let state = &mut self.changes.endpoints;
        part(
            ui,
            below,
            ("Endpoints", "how long requests, jobs and page loads took"),
        );
        show(ui, below, table, &lines, state, sides, commands);
    }
}

fn by_chance(of: &str) -> Column {
    let hint =
        format!("How likely a difference like this is without any reason, all {of} taken together");
    Column::px("By chance", 88.0).right().hint(hint)
}

/// What is the same on both sides comes last.
fn sorted<L: Line>(lines: &[L]) -> Vec<&L> {
    let (changed, same): (Vec<&L>, Vec<&L>) =
        lines.iter().partition(|line| line.turn().is_change());
    changed.into_iter().chain(same).collect()
}

/// What a table is of.
fn part(ui: &mut Ui, room: Rect, (title, about): (&str, &str)) {
    let palette = theme::palette(ui);
    let heading = room.with_max_y(room.top() + HEADING);
    let heading = heading.shrink2(vec2(size::PAD, 0.0));
    ui.scope_builder(UiBuilder::new().max_rect(heading), |ui| {
        ui.horizontal_centered(|ui| {
            ui.label(RichText::new(title).font(theme::strong()));
            let about = RichText::new(about).font(theme::small());
            ui.label(about.color(palette.muted));
        });
    });
}

fn show<L: Line>(
    ui: &mut Ui,
    room: Rect,
    (name, columns): (&str, &[Column]),
    lines: &[&L],
    state: &mut TableState,
    sides: &[String; 2],
    commands: &mut Vec<Command>,
) {
    let at = |row: u64| lines.get(usize::try_from(row).ok()?).copied();
    let room = room.with_min_y(room.top() + HEADING);
    let output = ui.scope_builder(UiBuilder::new().max_rect(room), |ui| {
        VirtualTable::new(name, columns, lines.len() as u64)
            .at_edge()
            .show(
                ui,
                state,
                |row| at(row).map(Line::label),
                |row, column, cell| {
                    let Some(line) = at(row) else { return };
                    match column {
                        0 => cell.colored(line.change(), line.color(cell.palette)),
                        column => line.paint(column, cell),
                    }
                },
            )
    });
    let output = output.inner;
    if let Some(line) = output.clicked.or(output.activated).and_then(at) {
        commands.push(Command::Go(line.records(sides)));
    }
}

fn time(time: Option<i64>) -> String {
    time.map_or_else(|| "–".to_owned(), human::duration)
}

fn in_words(line: &impl Line, kind: &str, what: &str, [before, after]: [String; 2]) -> String {
    let change = line.change();
    format!("{change}: {kind}, {what}, {before} before, {after} after")
}

impl IssueTurn {
    /// Its title without the kind, which stands beside it.
    fn what(&self) -> String {
        let title = &self.issue.title;
        single_line(match title.split_once(": ") {
            Some((kind, what)) if kind == self.group() => what,
            _ => title,
        })
    }
}

impl Line for IssueTurn {
    fn turn(&self) -> Turn {
        self.turn
    }

    fn change(&self) -> &'static str {
        self.turn.name(false)
    }

    fn group(&self) -> &str {
        self.issue.kind.detector().title
    }

    fn color(&self, palette: &Palette) -> Color32 {
        match self.turn {
            _ if !self.is_told() => palette.muted,
            Turn::New | Turn::Worse => palette.as_text(palette.error),
            _ => palette.as_text(palette.ok),
        }
    }

    fn label(&self) -> String {
        in_words(
            self,
            self.group(),
            &self.what(),
            self.per_thousand.map(rate),
        )
    }

    fn paint(&self, column: usize, cell: &mut Cell<'_>) {
        let [left, right] = &self.issue.sides;
        let often = |cell: &mut Cell<'_>, side: usize| {
            cell.mono(&rate(self.per_thousand[side]));
            let times = human::counted(self.issue.sides[side].count, "time");
            cell.hint(&format!("Met {times}"));
        };
        match column {
            1 => {
                let (icon, color) = kind_icon(cell.palette, self.issue.kind);
                cell.icon(icon, color);
                cell.text(self.group());
            }
            2 => {
                cell.text(&self.what());
                if cell.room() > LEAST {
                    cell.space(size::GAP);
                    cell.muted(&self.issue.place);
                }
            }
            3 => often(cell, 0),
            4 => often(cell, 1),
            5 => cell.mono(&time(left.to_win)),
            6 => cell.mono(&time(right.to_win)),
            _ => cell.mono_muted(&chance(Some(self.chance))),
        }
    }

    fn records(&self, _: &[String; 2]) -> Route {
        Route::Issues(IssuesPlace::of(&self.issue.fingerprint))
    }
}

impl Line for EndpointTurn {
    fn turn(&self) -> Turn {
        self.turn
    }

    fn change(&self) -> &'static str {
        self.turn.name(true)
    }

    fn group(&self) -> &str {
        &self.service
    }

    /// That one is new or gone is neither good nor bad.
    fn color(&self, palette: &Palette) -> Color32 {
        match self.turn {
            Turn::Worse => palette.as_text(palette.error),
            Turn::Better => palette.as_text(palette.ok),
            _ => palette.muted,
        }
    }

    fn label(&self) -> String {
        in_words(self, "Endpoint", &self.name, self.p50.map(time))
    }

    fn paint(&self, column: usize, cell: &mut Cell<'_>) {
        let took = |cell: &mut Cell<'_>, of: [Option<i64>; 2], side: usize| {
            cell.mono(&time(of[side]));
            cell.hint(&human::counted(self.counts[side] as u64, "run"));
        };
        match column {
            1 => cell.muted(self.group()),
            2 => cell.text(&self.name),
            3 => took(cell, self.p50, 0),
            4 => took(cell, self.p50, 1),
            5 => took(cell, self.p95, 0),
            6 => took(cell, self.p95, 1),
            _ => {
                cell.mono_muted(&chance(self.chance));
                if self.chance.is_none() {
                    cell.hint(&format!("Fewer than {FEWEST} runs on a side"));
                }
            }
        }
    }

    /// Its spans on both sides.
    fn records(&self, sides: &[String; 2]) -> Route {
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
            is("name", &self.name),
            is("service", &self.service),
        ];
        // Searches for traces with braces cannot be asked of spans.
        parts.extend(either.map(Expr::Or));
        Route::Spans(SpansPlace {
            query: Expr::all_of(parts).to_string(),
            ..SpansPlace::default()
        })
    }
}
