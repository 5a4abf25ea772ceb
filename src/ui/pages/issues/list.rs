//! The issues as a table.

use super::{IssuesPage, kind_icon};
use crate::app::issues::{Issue, Kind, ListedIssue};
use crate::app::route::{IssueOrder, IssuesPlace};
use crate::app::{App, Command};
use crate::model::human::{self, Clock};
use crate::store::IssueState;
use crate::ui::theme::{Palette, size};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::text::single_line;
use crate::ui::widgets::virtual_table::{Column, Sort, VirtualTable};
use egui::{Color32, Ui};

/// What the columns sort by.
const ORDERS: [Option<IssueOrder>; 8] = [
    Some(IssueOrder::Kind),
    Some(IssueOrder::Title),
    Some(IssueOrder::Count),
    Some(IssueOrder::Users),
    Some(IssueOrder::ToWin),
    None,
    Some(IssueOrder::First),
    Some(IssueOrder::Last),
];

/// Columns shown beside the details.
const BESIDE_DETAILS: usize = 6;

impl IssuesPage {
    pub(super) fn list(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &IssuesPlace,
        listed: &[ListedIssue],
        commands: &mut Vec<Command>,
    ) {
        let clock = app.settings.clock;
        let Some(found) = app.issues.found.value.clone() else {
            return;
        };
        let issue = |row: u64| {
            let line = listed.get(usize::try_from(row).ok()?)?;
            Some((found.get(line.at as usize)?, line.state))
        };
        let shown = place.fingerprint.as_deref();
        let selected = (0..listed.len() as u64).find(|row| {
            issue(*row).is_some_and(|(issue, _)| {
                shown.is_some_and(|shown| issue.fingerprints.contains(shown))
            })
        });
        let Some(picture) = app.list_picture() else {
            return;
        };
        self.table.offset_rows = picture.offset_rows;
        self.table.selected = selected;
        self.table.focus_on_arrival(ui, &mut self.arrived);
        let columns = columns();
        // Beside the details there is room for what tells issues apart.
        let columns = match shown {
            Some(_) => &columns[..BESIDE_DETAILS],
            None => &columns[..],
        };
        let order = ORDERS.iter().position(|order| *order == Some(place.order));
        let sort = order
            .filter(|column| *column < columns.len())
            .map(|column| Sort {
                column,
                descending: !place.ascending,
            });
        let output = VirtualTable::new("Issues", columns, listed.len() as u64)
            .at_edge()
            .row_height(40.0)
            .sort(sort)
            .show(
                ui,
                &mut self.table,
                |row| issue(row).map(|(issue, state)| name_row(issue, state)),
                |row, column, cell| {
                    if let Some((issue, state)) = issue(row) {
                        paint_cell(issue, state, clock, column, cell);
                    }
                },
            );
        picture.offset_rows = self.table.offset_rows;
        picture.visible = output.visible.clone();
        let chosen = output.selected.or(output.activated).and_then(issue);
        commands
            .extend(chosen.map(|(issue, _)| Command::SelectIssue(Some(issue.fingerprint.clone()))));
        let order = output.sort_clicked.and_then(|column| *ORDERS.get(column)?);
        commands.extend(order.map(Command::SortIssues));
    }
}

fn columns() -> [Column; 8] {
    [
        Column::px("Kind", 128.0).sortable(),
        Column::rest("Issue", 240.0).sortable(),
        Column::px("Count", 72.0)
            .right()
            .sortable()
            .hint("Transactions or failures it was met in"),
        Column::px("Users", 72.0).right().sortable(),
        Column::px("To win", 80.0)
            .right()
            .sortable()
            .hint("Time on the critical path that mending it would have won, over all its traces"),
        Column::px("Trend", 104.0).hint("How often over the time of all issues"),
        Column::px("First", 192.0).sortable(),
        Column::px("Last", 192.0).sortable(),
    ]
}

/// The row in words, for screen readers and tests.
fn name_row(issue: &Issue, state: IssueState) -> String {
    let decided = match state {
        IssueState::Open => String::new(),
        state => format!(", {}", state.name()),
    };
    let won = issue.time_to_win.filter(|won| *won > 0);
    let won = won.map_or_else(String::new, |won| {
        format!(", {} to win", human::duration(won))
    });
    let times = if issue.count == 1 {
        "once".to_owned()
    } else {
        format!("{} times", human::grouped(issue.count))
    };
    format!(
        "{}: {}, {times}{won}{decided}",
        issue.kind.detector().title,
        title(issue)
    )
}

/// What it is, without its kind in front.
pub(super) fn title(issue: &Issue) -> String {
    let kind = issue.kind.detector().title;
    let text = issue
        .title
        .strip_prefix(kind)
        .and_then(|rest| rest.strip_prefix(": "));
    single_line(
        text.filter(|_| issue.kind != Kind::Error)
            .unwrap_or(&issue.title),
    )
}

/// The colour of a state; `None` for what needs no word.
pub(super) fn state_color(palette: &Palette, state: IssueState) -> Option<Color32> {
    match state {
        IssueState::Open => None,
        IssueState::Ignored => Some(palette.muted),
        IssueState::Resolved => Some(palette.ok),
        IssueState::Regressed => Some(palette.error),
    }
}

fn paint_cell(issue: &Issue, state: IssueState, clock: Clock, column: usize, cell: &mut Cell<'_>) {
    let palette = cell.palette;
    match column {
        0 => {
            let (icon, color) = kind_icon(palette, issue.kind);
            cell.icon(icon, color);
            cell.text(issue.kind.detector().title);
        }
        1 => {
            let whole = cell.block;
            let half = whole.height() / 2.0;
            cell.rect = whole
                .with_max_y(whole.top() + half)
                .translate(egui::vec2(0.0, size::GRID / 2.0));
            let mut below = cell.part(
                whole
                    .with_min_y(whole.top() + half)
                    .translate(egui::vec2(0.0, -size::GRID / 2.0)),
            );
            if let Some(color) = state_color(palette, state) {
                cell.badge(state.name(), color);
            }
            cell.strong(&title(issue));
            below.faint(&issue.place());
        }
        2 => cell.mono(&human::count(issue.count)),
        3 if issue.users.is_empty() => cell.faint("–"),
        3 => cell.mono(&human::count(issue.users.len() as u64)),
        4 => match issue.time_to_win.filter(|won| *won > 0) {
            Some(won) => cell.mono(&human::duration(won)),
            None => cell.faint("–"),
        },
        5 => cell.spark(&issue.trend, kind_icon(palette, issue.kind).1),
        6 => cell.mono_muted(&human::date_time(issue.first_seen, clock)),
        _ => cell.mono_muted(&human::date_time(issue.last_seen, clock)),
    }
}
