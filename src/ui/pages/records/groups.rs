//! Groups of records: by which attributes, what is computed over each, and a table of them.

use super::super::query_field::colours;
use super::attribute_menu::attribute_menu;
use crate::app::route::GroupsPlace;
use crate::app::{App, Command, group_words};
use crate::model::human;
use crate::query::{self, Aggregate};
use crate::store::{Group, Groups, RecordKind};
use crate::ui::icons::{Icon, icon_text_button};
use crate::ui::pages::group_chart::GroupChart;
use crate::ui::theme::{self, size};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::search_bar::SearchBar;
use crate::ui::widgets::virtual_table::{Column, Sort, TableState, VirtualTable};
use egui::{Frame, Key, Margin, RichText, TextEdit, Ui};

/// The view's own state: the table, and what is typed but not asked yet.
#[derive(Default)]
pub struct GroupsView {
    table: TableState,
    keys: String,
    aggregates: String,
    /// What the two texts were last set from.
    shown: Option<GroupsPlace>,
    key_filter: String,
    chart: GroupChart,
}

impl GroupsView {
    /// One frame.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        app: &App,
        kind: RecordKind,
        place: &GroupsPlace,
        commands: &mut Vec<Command>,
    ) {
        if self.shown.as_ref() != Some(place) {
            self.keys = place.keys.join(", ");
            self.aggregates = place.aggregates.clone();
            self.shown = Some(place.clone());
        }
        Frame::new()
            .inner_margin(Margin::symmetric(12, 8))
            .show(ui, |ui| {
                self.fields(ui, app, kind, place, commands);
                self.over_time(ui, app, kind, place, commands);
            });
        self.list(ui, app, kind, place, commands);
    }

    fn fields(
        &mut self,
        ui: &mut Ui,
        app: &App,
        kind: RecordKind,
        place: &GroupsPlace,
        commands: &mut Vec<Command>,
    ) {
        let palette = theme::palette(ui);
        let mut asked = false;
        ui.horizontal(|ui| {
            let label = ui.label(RichText::new("Group by").color(palette.muted));
            let field = TextEdit::singleline(&mut self.keys)
                .hint_text(hints(kind)[0])
                .desired_width(220.0)
                .font(theme::mono_small());
            let response = ui.add(field).labelled_by(label.id);
            asked |= entered(ui, &response);
            self.key_menu(ui, app, kind, place, commands);
            ui.add_space(size::GAP);
            ui.label(RichText::new("Compute").color(palette.muted));
            asked |= self.aggregates_field(ui, hints(kind)[1]);
            asked |= ui.button("Group").clicked();
        });
        if let Err(error) = read(&self.aggregates) {
            let text = RichText::new(error.message).font(theme::small());
            ui.label(text.color(palette.error));
        } else if asked {
            let keys = self.keys.split(',').map(str::trim);
            commands.push(Command::Group(GroupsPlace {
                keys: keys
                    .filter(|key| !key.is_empty())
                    .map(str::to_owned)
                    .collect(),
                aggregates: self.aggregates.trim().to_owned(),
                ..GroupsPlace::default()
            }));
        }
    }

    /// The list of what is computed, with what is wrong in it marked; whether Enter was pressed.
    fn aggregates_field(&mut self, ui: &mut Ui, hint: &str) -> bool {
        let error = read(&self.aggregates).err().map(|error| error.at);
        let tokens = colours(query::aggregate_tokens(&self.aggregates));
        let width = (ui.available_width() - 90.0).max(120.0);
        SearchBar::new("Compute", &mut self.aggregates)
            .placeholder(hint)
            .icon(Icon::Chart)
            // Said below the whole row.
            .error(error.map(|at| (at, String::new())))
            .tokens(&tokens)
            .width(width)
            .show(ui)
            .committed
    }

    /// Attributes to choose from instead of typing them.
    fn key_menu(
        &mut self,
        ui: &mut Ui,
        app: &App,
        kind: RecordKind,
        groups: &GroupsPlace,
        commands: &mut Vec<Command>,
    ) {
        let keys = app.keys(kind).value.clone().unwrap_or_default();
        let button = icon_text_button(ui, Icon::Plus, "Key");
        let is_key = |key: &str| groups.keys.iter().any(|known| known == key);
        let filter = &mut self.key_filter;
        let Some(key) = attribute_menu(&button, "Group by", &keys, filter, is_key) else {
            return;
        };
        let mut groups = groups.clone();
        match groups.keys.iter().position(|known| *known == key) {
            Some(at) => drop(groups.keys.remove(at)),
            None => groups.keys.push(key),
        }
        groups.column = None;
        commands.push(Command::Group(groups));
    }

    /// The first groups over time; a stretch of it is chosen by dragging.
    fn over_time(
        &mut self,
        ui: &mut Ui,
        app: &App,
        kind: RecordKind,
        place: &GroupsPlace,
        commands: &mut Vec<Command>,
    ) {
        let Some(series) = app.series(kind).value.as_deref() else {
            return;
        };
        let Some(aggregate) = app.charted_aggregate(place) else {
            return;
        };
        // The answer at hand may still be the one to another question.
        let keys = place.keys.len();
        if series.lines.iter().any(|line| line.keys.len() != keys) {
            return;
        }
        let output = self.chart.ui(ui, series, &aggregate, app.settings.clock);
        if let Some(range) = output.brushed {
            commands.push(Command::TimeRange(Some(range)));
        }
        if output.cleared && app.route().range().is_some() {
            commands.push(Command::TimeRange(None));
        }
    }

    fn list(
        &mut self,
        ui: &mut Ui,
        app: &App,
        kind: RecordKind,
        place: &GroupsPlace,
        commands: &mut Vec<Command>,
    ) {
        let palette = theme::palette(ui);
        if let Some(error) = &app.groups(kind).error {
            ui.label(RichText::new(error).color(palette.error));
            return;
        }
        let (Some(found), Ok(aggregates)) =
            (app.groups(kind).value.clone(), read(&place.aggregates))
        else {
            return;
        };
        let keys = &place.keys;
        let fits = |group: &Group| {
            group.keys.len() == keys.len() && group.values.len() == aggregates.len()
        };
        // The answer at hand may still be the one to another question.
        if !found.groups.iter().all(fits) {
            return;
        }
        if found.groups.is_empty() {
            if !app.groups(kind).waiting {
                let sentence =
                    "Nothing fits, so there is nothing to group. Widen the search or the time.";
                EmptyState::new(Icon::Table, "No groups", sentence).show(ui);
            }
            return;
        }
        if (found.groups.len() as u64) < found.total {
            let text = format!(
                "first {} of {}",
                human::grouped(found.groups.len() as u64),
                human::counted(found.total, "group")
            );
            ui.horizontal(|ui| {
                ui.add_space(size::PAD);
                ui.label(
                    RichText::new(text)
                        .font(theme::small())
                        .color(palette.muted),
                );
            });
        }
        self.table(ui, &found, keys, &aggregates, place, commands);
    }

    fn table(
        &mut self,
        ui: &mut Ui,
        found: &Groups,
        keys: &[String],
        aggregates: &[Aggregate],
        place: &GroupsPlace,
        commands: &mut Vec<Command>,
    ) {
        let names = keys.iter().map(|key| Column::rest(key, 120.0).sortable());
        let numbers = aggregates
            .iter()
            .map(|aggregate| Column::px(aggregate.to_string(), 150.0).right().sortable());
        let share = Column::px("Share", 150.0)
            .right()
            .hint("Of all records that fit");
        let columns: Vec<Column> = names.chain(numbers).chain([share]).collect();
        let at = |row: u64| {
            usize::try_from(row)
                .ok()
                .and_then(|row| found.groups.get(row))
        };
        let most = found
            .groups
            .iter()
            .map(|group| group.count)
            .max()
            .unwrap_or(1)
            .max(1);
        let sort = Sort {
            column: place.column.unwrap_or(keys.len()),
            descending: !place.ascending,
        };
        let output = VirtualTable::new("Groups", &columns, found.groups.len() as u64)
            .at_edge()
            .sort(Some(sort))
            .show(
                ui,
                &mut self.table,
                |row| at(row).map(|group| name_row(group, keys, aggregates)),
                |row, column, cell| {
                    if let Some(group) = at(row) {
                        paint_cell(found, group, aggregates, most, column, cell);
                    }
                },
            );
        if let Some(group) = output.clicked.or(output.activated).and_then(at) {
            let values = group
                .keys
                .iter()
                .map(|value| value.as_ref().map(ToString::to_string));
            commands.push(Command::RecordsOfGroup(
                keys.iter().cloned().zip(values).collect(),
            ));
        }
        let clicked = output
            .sort_clicked
            .filter(|at| *at < keys.len() + aggregates.len());
        if let Some(column) = clicked {
            // Keys read best from their first, numbers from the largest; the same column again turns it around.
            let first = column < keys.len();
            let ascending = match sort.column == column {
                true => !place.ascending,
                false => first,
            };
            commands.push(Command::Group(GroupsPlace {
                column: Some(column),
                ascending,
                ..place.clone()
            }));
        }
    }
}

/// Examples of what may be typed into the two fields.
fn hints(kind: RecordKind) -> [&'static str; 2] {
    match kind {
        RecordKind::Log => [
            "service, level",
            "count(), p95(duration_ms), count_unique(user.id)",
        ],
        RecordKind::Span => ["service, op", "count(), p95(duration), failure_rate()"],
    }
}

/// Whether a field was left by Enter.
fn entered(ui: &Ui, response: &egui::Response) -> bool {
    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

/// What is computed; the number of records when nothing is named.
fn read(text: &str) -> Result<Vec<Aggregate>, query::SyntaxError> {
    match text.trim() {
        "" => Ok(vec![Aggregate::Count]),
        text => query::parse_aggregates(text),
    }
}

/// The row in words, for screen readers and tests.
fn name_row(group: &Group, keys: &[String], aggregates: &[Aggregate]) -> String {
    let of_key = |(key, value): (&String, &Option<_>)| {
        format!("{key}: {}", group_words::key(value.as_ref()))
    };
    let of_number = |(aggregate, value): (&Aggregate, &_)| {
        format!("{aggregate}: {}", group_words::value(aggregate, value))
    };
    let named = keys.iter().zip(&group.keys).map(of_key);
    let computed = aggregates.iter().zip(&group.values).map(of_number);
    named.chain(computed).collect::<Vec<_>>().join(", ")
}

fn paint_cell(
    found: &Groups,
    group: &Group,
    aggregates: &[Aggregate],
    most: u64,
    column: usize,
    cell: &mut Cell<'_>,
) {
    let keys = group.keys.len();
    if let Some(value) = group.keys.get(column) {
        return match value {
            None => cell.faint("(none)"),
            value => cell.strong(&group_words::key(value.as_ref())),
        };
    }
    match (
        aggregates.get(column - keys),
        group.values.get(column - keys),
    ) {
        (Some(aggregate), Some(value)) => cell.mono(&group_words::value(aggregate, value)),
        _ => {
            cell.mono_muted(&group_words::percent(found.share(group)));
            cell.room_of_figures("100.0 %".len());
            cell.bar(group.count as f32 / most as f32, cell.palette.accent_soft);
        }
    }
}
