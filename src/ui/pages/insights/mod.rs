//! Insights: what each part of the application did. Beside the list of parts, under filters that hold for all of them, is a
//! table of the chosen one, whatever its columns are.

pub mod charts;
mod detail;
mod doctor;
pub mod filters;
mod inputs;
mod list;
mod nothing;
mod rail;
mod transcript;

use super::query_field::QueryField;
use crate::app::insights::Look;
use crate::app::route::{InsightFilters, InsightsPlace, Route};
use crate::app::{App, Command};
use crate::model::human;
use crate::query::Subject;
use crate::store::RecordKind;
use crate::ui::icons::Icon;
use crate::ui::theme::{self, size};
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::histogram::HistogramState;
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::text::truncated_label;
use crate::ui::widgets::virtual_table::TableState;
use charts::Charts;
use egui::{Frame, Margin, Ui, UiBuilder};

/// The page's own state.
#[derive(Default)]
pub struct InsightsPage {
    table: TableState,
    charts: Charts,
    over_time: TableState,
    as_table: bool,
    durations: HistogramState,
    arrived: bool,
    /// Lines of a transcript shown beyond the first.
    more_lines: usize,
    /// What is typed into the fields of a look.
    typed: inputs::Typed,
}

impl InsightsPage {
    /// The page is entered: its list takes the keyboard, unless something else has it.
    pub fn arrive(&mut self) {
        self.arrived = true;
        self.more_lines = 0;
    }

    /// One frame.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &InsightsPlace,
        focus: bool,
        commands: &mut Vec<Command>,
    ) {
        if let Some((form, text)) = app.insights.copied.take() {
            ui.ctx().copy_text(text);
            app.tell(format!("Copied as {}", form.name()), false);
        }
        let chosen = rail::Entry::Module(place.module);
        beside_rail(ui, chosen, commands, |ui, commands| {
            self.module(ui, app, place, focus, commands);
        });
    }

    fn module(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &InsightsPlace,
        focus: bool,
        commands: &mut Vec<Command>,
    ) {
        Frame::new()
            .inner_margin(Margin::symmetric(12, 8))
            .show(ui, |ui| {
                search(ui, app, &place.filters, focus, commands);
                ui.add_space(size::GAP);
                filters::bar(ui, app, place, &mut self.as_table, commands);
                looks(ui, place, commands);
                inputs::fields(ui, place, &mut self.typed, commands);
                if !self.as_table && place.look.is_none() {
                    self.charts.ui(ui, app, place, commands);
                }
            });
        if self.as_table && place.look.is_none() {
            return self.series(ui, app, place);
        }
        if let Some(reason) = &app.insights.table.error {
            EmptyState::new(Icon::Warning, "This could not be computed", reason).show(ui);
            return;
        }
        let Some((table, order)) = app.insights.listed(place) else {
            let sentence = "All spans of the capture are looked at once.";
            EmptyState::new(Icon::Search, "Counting", sentence).show(ui);
            return;
        };
        if place.row.is_some() {
            return self.detail(ui, app, place, commands);
        }
        notes(ui, place.look, &table.notes);
        if table.rows.is_empty() {
            return nothing::show(ui, place, commands);
        }
        if place.look == Some(Look::AgentTranscript) {
            return self.transcript(ui, app, &table, commands);
        }
        self.list(ui, app, place, &table, &order, commands);
    }
}

/// A page beside the list of parts.
fn beside_rail(
    ui: &mut Ui,
    chosen: rail::Entry,
    commands: &mut Vec<Command>,
    page: impl FnOnce(&mut Ui, &mut Vec<Command>),
) {
    let all = ui.available_rect_before_wrap();
    let (left, right) = all.split_left_right_at_x(all.left() + rail::WIDTH);
    let line = egui::Stroke::new(size::LINE, theme::palette(ui).border);
    ui.painter().vline(left.right() - 0.5, all.y_range(), line);
    ui.scope_builder(UiBuilder::new().max_rect(left), |ui| {
        rail::rail(ui, chosen, commands);
    });
    ui.scope_builder(UiBuilder::new().max_rect(right), |ui| page(ui, commands));
}

/// The search that holds over all insights pages.
fn search(
    ui: &mut Ui,
    app: &mut App,
    filters: &InsightFilters,
    focus: bool,
    commands: &mut Vec<Command>,
) {
    let field = QueryField {
        label: "Search insights",
        placeholder: "Only spans that fit: words in the description, or any attribute: op:db user.id:7",
        kind: RecordKind::Span,
        subject: Subject::Records,
        range: filters.range,
    };
    field.show(ui, app, focus, commands);
}

/// What is to be known of the figures, in a line; all of it on hover.
fn notes(ui: &mut Ui, look: Option<Look>, notes: &[String]) {
    /// Notes with a line of their own.
    const LINES: usize = 3;
    let palette = theme::palette(ui);
    if notes.is_empty() {
        return;
    }
    Frame::new()
        // In line with the text of the table's cells.
        .inner_margin(Margin::symmetric(size::PAD as i8, 0))
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let (snippets, notes): (Vec<&String>, Vec<&String>) =
                notes.iter().partition(|note| note.contains('\n'));
            for note in notes.iter().take(LINES) {
                let note = human::sentence(note);
                truncated_label(ui, &note, theme::small(), palette.muted);
            }
            inputs::snippets(ui, look, &snippets);
            if let Some(more) = notes.get(LINES..).filter(|more| !more.is_empty()) {
                let text = format!("{} more", human::counted(more.len() as u64, "note"));
                let shown = truncated_label(ui, &text, theme::small(), palette.faint);
                let more: Vec<String> = more.iter().map(|note| human::sentence(note)).collect();
                shown.on_hover_text(more.join("\n"));
            }
        });
    ui.add_space(size::GRID);
}

/// The module's own table, or one of the closer looks at it.
fn looks(ui: &mut Ui, place: &InsightsPlace, commands: &mut Vec<Command>) {
    let looks: Vec<Look> = Look::of(place.module).collect();
    if looks.is_empty() || place.row.is_some() {
        return;
    }
    ui.add_space(size::GRID);
    let mut names = vec![rail::title(place.module)];
    names.extend(looks.iter().map(|look| look.title()));
    let shown = looks.iter().position(|look| Some(*look) == place.look);
    let mut at = shown.map_or(0, |at| at + 1);
    if segmented(ui, "Look", &mut at, &names) {
        let look = at.checked_sub(1).and_then(|at| looks.get(at));
        let mut to = place.of_module(place.module);
        to.look = look.copied();
        commands.push(Command::Go(Route::Insights(to)));
    }
}
