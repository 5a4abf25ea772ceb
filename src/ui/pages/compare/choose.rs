//! Choosing what a trace or a set of traces is compared with: from those like it, or any by its id or a search.

use super::ComparePage;
use crate::app::looks::OfferedSet;
use crate::app::route::{ComparePlace, CompareWith, Route};
use crate::app::views::Picture;
use crate::app::{App, Command};
use crate::model::human;
use crate::model::record::TraceSummary;
use crate::query::{self, Subject, SyntaxError};
use crate::store::TracesLike;
use crate::ui::icons::{Icon, icon_text_button};
use crate::ui::pages::op_color;
use crate::ui::theme::{self, size};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::text::{single_line, truncated_label};
use crate::ui::widgets::virtual_table::{Column, VirtualTable};
use egui::{Frame, Key, Margin, RichText, Role, TextEdit, Ui, WidgetInfo};

/// The accessible name of the field for what is not listed.
const FIELD: &str = "Trace id or search to compare with";
/// From so many digits on a number is taken for a trace's id, and not for a word to search.
const ID_DIGITS: usize = 16;

impl ComparePage {
    /// One frame of the choice.
    pub(super) fn choose(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: ComparePlace,
        commands: &mut Vec<Command>,
    ) {
        if place.only_trace().is_none() {
            return self.choose_set(ui, app, &place, commands);
        }
        if let Some(error) = &app.looks.like.error {
            EmptyState::new(Icon::Error, "Traces like it could not be listed", error).show(ui);
            return;
        }
        let like = app.looks.like.value.clone();
        let is_asked = !app.looks.like.waiting;
        let Some(like) = like.filter(|_| is_asked) else {
            return;
        };
        let go = |with| Command::Go(Route::Compare(place.clone().with(with)));
        Frame::new()
            .inner_margin(Margin::symmetric(12, 8))
            .show(ui, |ui| head(ui, app, &like, &go, commands));
        if like.newest.is_empty() {
            let sentence = "No other trace has a root of the same name and service. Enter the id of any other trace, or a search for several.";
            EmptyState::new(Icon::Trace, "No traces like it", sentence).show(ui);
            return;
        }
        if std::mem::take(&mut self.arrived) {
            self.choice.focus();
        }
        let clock = app.settings.clock;
        let columns = [
            Column::px("Start", 176.0),
            Column::rest("Root", 200.0),
            Column::px("Service", 136.0),
            Column::px("Spans", 80.0).right(),
            Column::px("Errors", 72.0).right(),
            Column::px("Duration", 96.0).right(),
        ];
        let at = |row: u64| like.newest.get(usize::try_from(row).ok()?);
        let rows = like.newest.len() as u64;
        let output = VirtualTable::new("Traces like it", &columns, rows)
            .at_edge()
            .show(
                ui,
                &mut self.choice,
                |row| {
                    at(row).map(|trace| {
                        let start = human::date_time(trace.start, clock);
                        let spans = human::counted(trace.spans, "span");
                        let lasted = human::duration(trace.duration);
                        format!(
                            "Compare with {}, {start}, {spans}, {lasted}",
                            trace.root_name
                        )
                    })
                },
                |row, column, cell| {
                    if let Some(trace) = at(row) {
                        match column {
                            0 => cell.styled(
                                &human::date_time(trace.start, clock),
                                theme::mono_small(),
                                cell.palette.muted,
                            ),
                            column => paint(trace, column, cell),
                        }
                    }
                },
            );
        if let Some(trace) = output.clicked.or(output.activated).and_then(at) {
            commands.push(go(CompareWith::Trace(trace.id)));
        }
    }
}

/// What is to be compared, and the ways to say with what.
fn head(
    ui: &mut Ui,
    app: &mut App,
    like: &TracesLike,
    go: &impl Fn(CompareWith) -> Command,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui);
    ui.label(RichText::new("Compare with…").font(theme::title()));
    if let Some(trace) = &like.this {
        let text = format!(
            "{} in {}, {}, {}",
            trace.root_name,
            trace.root_service,
            human::counted(trace.spans, "span"),
            human::duration(trace.duration)
        );
        ui.label(RichText::new(single_line(&text)).color(palette.muted));
    }
    ui.add_space(size::GRID);
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        if like.total > 0
            && icon_text_button(ui, Icon::Chart, "The median of traces like it").clicked()
        {
            commands.push(go(CompareWith::Usual));
        }
        commands.extend(any_other(ui, app).map(go));
    });
    let text = match like.total == like.newest.len() as u64 {
        true => format!(
            "{} with a root of the same name and service",
            human::counted(like.total, "trace")
        ),
        false => format!(
            "The last {} of {} traces with a root of the same name and service",
            like.newest.len(),
            human::grouped(like.total)
        ),
    };
    ui.label(
        RichText::new(text)
            .font(theme::small())
            .color(palette.muted),
    );
}

/// The field for whatever is not listed; what was chosen there.
fn any_other(ui: &mut Ui, app: &mut App) -> Option<CompareWith> {
    let Picture::Compare(picture) = &mut app.history.current_mut().picture else {
        return None;
    };
    let field = TextEdit::singleline(&mut picture.draft)
        .hint_text("Trace id, or a search for traces")
        .desired_width(280.0);
    let response = ui.add(field);
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, FIELD));
    let enter = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let draft = picture.draft.trim();
    if draft.is_empty() {
        return None;
    }
    match read(draft) {
        Ok(with) => enter.then_some(with),
        Err(error) => {
            let text = format!("At character {}: {}", error.at.start + 1, error.message);
            let color = theme::palette(ui).error;
            truncated_label(ui, &text, theme::small(), color);
            None
        }
    }
}

/// What is typed, as a side: what looks like a trace's id is one.
fn read(text: &str) -> Result<CompareWith, SyntaxError> {
    let id = text.parse().ok().filter(|_| text.len() >= ID_DIGITS);
    if let Some(id) = id {
        return Ok(CompareWith::Trace(id));
    }
    query::parse_for(text, Subject::Traces)?;
    Ok(CompareWith::Fitting(text.to_owned()))
}

impl ComparePage {
    /// One frame of the choice for a set of traces.
    fn choose_set(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &ComparePlace,
        commands: &mut Vec<Command>,
    ) {
        if let Some(error) = &app.looks.sets.error {
            EmptyState::new(Icon::Error, "There is nothing to compare with", error).show(ui);
            return;
        }
        let of = place.only_search().unwrap_or_default();
        let go = |with| Command::Go(Route::Compare(place.clone().with(with)));
        Frame::new()
            .inner_margin(Margin::symmetric(12, 8))
            .show(ui, |ui| {
                let palette = theme::palette(ui);
                ui.label(RichText::new("Compare with…").font(theme::title()));
                let text = match of.trim() {
                    "" => "All traces".to_owned(),
                    search => format!("Traces that fit {search}"),
                };
                truncated_label(ui, &text, theme::body(), palette.muted);
                ui.add_space(size::GRID);
                commands.extend(any_other(ui, app).map(go));
            });
        let sets = app.looks.sets.value.clone();
        let Some(sets) = sets.filter(|sets| sets.of == of) else {
            return;
        };
        if sets.offers.is_empty() {
            let sentence = "The traces name no other release and no environment, and came from one file. Enter a search \
                            for the traces to compare with.";
            EmptyState::new(Icon::Trace, "Nothing to choose from", sentence).show(ui);
            return;
        }
        if std::mem::take(&mut self.arrived) {
            self.choice.focus();
        }
        let columns = [
            Column::px("Differs in", 112.0),
            Column::px("Value", 240.0),
            Column::rest("Search", 200.0),
            Column::px("Spans", 96.0).right(),
        ];
        let at = |row: u64| sets.offers.get(usize::try_from(row).ok()?);
        let output = VirtualTable::new("Sets to compare with", &columns, sets.offers.len() as u64)
            .at_edge()
            .show(
                ui,
                &mut self.choice,
                |row| at(row).map(|set| format!("Compare with {} {}", set.kind, set.name)),
                |row, column, cell| {
                    if let Some(set) = at(row) {
                        paint_set(set, column, cell);
                    }
                },
            );
        if let Some(set) = output.clicked.or(output.activated).and_then(at) {
            commands.push(go(CompareWith::Fitting(set.search.clone())));
        }
    }
}

fn paint_set(set: &OfferedSet, column: usize, cell: &mut Cell<'_>) {
    match (column, set.spans) {
        (0, _) => cell.muted(set.kind),
        (1, _) => cell.text(&set.name),
        (2, _) if set.search.is_empty() => cell.faint("everything"),
        (2, _) => cell.mono_muted(&set.search),
        (_, Some(spans)) => cell.mono(&human::grouped(spans)),
        (_, None) => cell.faint("–"),
    }
}

fn paint(trace: &TraceSummary, column: usize, cell: &mut Cell<'_>) {
    let palette = cell.palette;
    match column {
        1 => {
            cell.dot(op_color(palette, &trace.root_op));
            cell.text(&trace.root_name);
        }
        2 => cell.muted(&trace.root_service),
        3 => cell.mono(&human::grouped(trace.spans)),
        4 if trace.errors == 0 => cell.faint("–"),
        4 => cell.colored(&human::grouped(trace.errors), palette.error),
        _ => cell.mono(&human::duration(trace.duration)),
    }
}
