//! The story of a trace: all that happened in it, a line each, in the order of time.
//!
//! Lines come from a reader thread; here only the visible ones are turned into words. Selecting a line selects its span,
//! and the lines of the selected span are marked.

use super::lit::{self, Lit};
use crate::analysis::story::{Line, Material, Of, What};
use crate::analysis::{NodeIndex, SpanIndex};
use crate::app::questions::ToldStory;
use crate::app::route::{StoryOf, TraceView};
use crate::app::views::{Picture, TracePicture};
use crate::app::{App, Command};
use crate::model::batch::SpanStatus;
use crate::model::human::{self, Clock};
use crate::model::trace::Span;
use crate::ui::icons::Icon;
use crate::ui::pages::{SEVERITY_NAMES, op_color, severity_class, severity_colors};
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::text::single_line;
use crate::ui::widgets::virtual_table::{Column, TableState, VirtualTable};
use egui::{Align, Color32, Frame, Layout, Margin, Rect, RichText, TextEdit, Ui, vec2};
use std::sync::Arc;

/// The view's own state.
#[derive(Default)]
pub struct StoryView {
    table: TableState,
}

/// Paints tools and lines; `arrived` gives the lines the keyboard.
pub fn ui(
    ui: &mut Ui,
    app: &mut App,
    view: &mut StoryView,
    arrived: bool,
    commands: &mut Vec<Command>,
) {
    let told = app.story.value.clone();
    let selected = app.selected_span();
    Frame::new()
        .inner_margin(Margin::symmetric(12, 4))
        .show(ui, |ui| tools(ui, app, told.as_deref(), selected, commands));
    let palette = theme::palette(ui);
    let error = app.story.error.as_ref().or(app.trace_events.error.as_ref());
    if let Some(error) = error {
        EmptyState::new(Icon::Error, "The story could not be told", error).show(ui);
        return;
    }
    let Some(told) = told.filter(|told| is_of_this_trace(app, told)) else {
        ui.label(RichText::new("   Reading…").color(palette.muted));
        return;
    };
    if told.story.lines.is_empty() {
        if !app.story.waiting {
            nothing(ui, app);
        }
        return;
    }
    lines(ui, app, view, &told, selected, arrived, commands);
}

/// Whether the lines number the spans as the trace at hand does: an import may have changed it since.
fn is_of_this_trace(app: &App, told: &ToldStory) -> bool {
    let current = app.trace.value.as_ref().and_then(Option::as_ref);
    current.is_some_and(|trace| Arc::ptr_eq(trace, &told.grouped.trace))
}

fn nothing(ui: &mut Ui, app: &App) {
    let finds = matches!(&app.history.current().picture, Picture::Trace(picture) if !picture.story.find.is_empty());
    let sentence = if finds {
        "No line has this text. Look for something else, or tell the story of the whole trace."
    } else {
        "Nothing happened in this part of the trace. Zoom out, or tell the story of the whole trace."
    };
    EmptyState::new(Icon::Clock, "No line to show", sentence).show(ui);
}

/// Whose story, of which time, with which text, and how many lines.
fn tools(
    ui: &mut Ui,
    app: &mut App,
    told: Option<&ToldStory>,
    selected: Option<SpanIndex>,
    commands: &mut Vec<Command>,
) {
    const SCOPES: [StoryOf; 3] = [StoryOf::Trace, StoryOf::Subtree, StoryOf::Span];
    let palette = theme::palette(ui);
    let waiting = app.story.waiting;
    let Some(picture) = app.trace_picture() else {
        return;
    };
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        let (mut at, owner) = match picture.story.of {
            Of::Trace => (0, None),
            Of::Subtree(span) => (1, Some(span)),
            Of::Span(span) => (2, Some(span)),
        };
        let names = ["Whole trace", "Span and below", "Span alone"];
        if segmented(ui, "Story of", &mut at, &names) {
            commands.push(Command::TellStoryOf(SCOPES[at.min(2)]));
        }
        // The story stays that of its span while others are looked at.
        if owner.is_some() && owner != selected && selected.is_some() {
            let follow = ui.button("Of the selected span");
            if follow.clicked() {
                commands.push(Command::TellStoryOf(SCOPES[at.min(2)]));
            }
        }
        let within = egui::Button::selectable(
            picture.story.within,
            RichText::new("Only the time in view").font(theme::small()),
        );
        let help = "Keep to the stretch of time the waterfall is zoomed to";
        if ui.add(within).on_hover_text(help).clicked() {
            commands.push(Command::ToggleStoryWithin);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let field = TextEdit::singleline(&mut picture.story.find)
                .hint_text("Find text")
                .desired_width(ui.available_width().clamp(60.0, 160.0));
            let response = ui.add(field);
            response.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Find text in the story")
            });
            if response.changed() {
                picture.story.offset_rows = 0.0;
                picture.story.selected = None;
            }
            let count = told.map_or(0, |told| told.story.lines.len() as u64);
            let color = if waiting {
                palette.faint
            } else {
                palette.muted
            };
            let text = human::counted(count, "line");
            ui.label(RichText::new(text).font(theme::small()).color(color));
        });
    });
}

fn lines(
    ui: &mut Ui,
    app: &mut App,
    view: &mut StoryView,
    told: &Arc<ToldStory>,
    selected: Option<SpanIndex>,
    arrived: bool,
    commands: &mut Vec<Command>,
) {
    let node = app.trace_picture().and_then(|picture| picture.selected);
    let lit = Lit::rows(app);
    let sheet = Sheet {
        lit,
        node,
        told,
        material: told.material(),
        palette: theme::palette(ui),
        clock: app.settings.clock,
        selected,
    };
    let Some(picture) = app.trace_picture() else {
        return;
    };
    view.table.offset_rows = picture.story.offset_rows;
    view.table.selected = picture.story.selected;
    if arrived {
        view.table.focus();
    }
    let columns = [
        Column::px("After", 84.0)
            .right()
            .hint("Since the trace began"),
        Column::px("Time", 104.0),
        Column::px("What", 72.0),
        Column::px("Service", 128.0),
        Column::rest("Text", 200.0),
        Column::px("Lasted", 84.0).right(),
    ];
    let at = |row: u64| told.story.lines.get(usize::try_from(row).ok()?);
    let output = VirtualTable::new("Story", &columns, told.story.lines.len() as u64)
        .at_edge()
        .show(
            ui,
            &mut view.table,
            |row| at(row).map(|line| sheet.name(line)),
            |row, column, cell| {
                if let Some(line) = at(row) {
                    sheet.paint(line, column, cell);
                }
            },
        );
    picture.story.offset_rows = view.table.offset_rows;
    picture.story.selected = view.table.selected;
    let select = |picture: &mut TracePicture, line: &Line| {
        picture.selected = line.span.map(|span| told.grouped.waterfall.of_span(span));
    };
    if let Some(line) = output
        .selected
        .and_then(at)
        .filter(|line| line.span.is_some())
    {
        select(picture, line);
    }
    if let Some(line) = output.activated.and_then(at)
        && line.span.is_some()
    {
        select(picture, line);
        commands.push(Command::ShowTraceAs(TraceView::Waterfall));
    }
}

/// Everything a line is painted from.
struct Sheet<'a> {
    lit: Lit,
    told: &'a ToldStory,
    material: Material<'a>,
    palette: &'static Palette,
    clock: Clock,
    selected: Option<SpanIndex>,
    /// The selected row of the waterfall, be it a group.
    node: Option<NodeIndex>,
}

impl Sheet<'_> {
    fn span(&self, line: &Line) -> Option<&Span> {
        self.material.trace.spans.get(line.span?.at())
    }

    fn offset(&self, line: &Line) -> String {
        let offset = line.time - self.told.grouped.range.start;
        format!(
            "{}{}",
            if offset < 0 { "" } else { "+" },
            human::duration(offset)
        )
    }

    /// The class of a log record's severity.
    fn severity(&self, line: &Line) -> Option<usize> {
        let What::Log(at) = line.what else {
            return None;
        };
        let log = self.material.trace.logs.get(at as usize)?;
        Some(severity_class(log.severity))
    }

    fn what(&self, line: &Line) -> (&'static str, Color32) {
        let palette = self.palette;
        match line.what {
            What::Start => ("start", palette.muted),
            What::End => ("end", palette.faint),
            What::Event(_) => ("event", palette.info),
            What::Error(_) => ("error", palette.error),
            What::Log(_) => {
                let class = self.severity(line).unwrap_or(0);
                let name = if class == 0 {
                    "log"
                } else {
                    SEVERITY_NAMES[class]
                };
                (name, severity_colors(palette)[class])
            }
        }
    }

    /// The line in words, for screen readers and tests.
    fn name(&self, line: &Line) -> String {
        let (what, _) = self.what(line);
        let what = match line.what {
            What::Log(_) => format!("log {what}"),
            _ => what.to_owned(),
        };
        let text = self.material.text(line);
        let found = lit::in_words(self.lit.span(line.span));
        format!(
            "{} {what}: {}{found}",
            self.offset(line),
            single_line(&text)
        )
    }

    fn paint(&self, line: &Line, column: usize, cell: &mut Cell<'_>) {
        let palette = self.palette;
        let found = self.lit.span(line.span);
        self.lit.ground(found, column, cell);
        if self.is_of_selection(line) {
            self.mark(column, cell);
        }
        match column {
            0 => cell.styled(&self.offset(line), theme::mono_small(), palette.muted),
            1 => {
                let time = human::time_of_day(line.time, self.clock);
                cell.styled(&time, theme::mono_small(), palette.muted);
            }
            2 => {
                let (what, color) = self.what(line);
                cell.colored(what, color);
            }
            3 => self.paint_service(line, cell),
            4 => self.paint_text(line, cell),
            _ => {
                if let (What::Start | What::End, Some(span)) = (line.what, self.span(line)) {
                    let lasted = human::duration(span.duration);
                    cell.styled(&lasted, theme::mono_small(), palette.muted);
                }
            }
        }
        self.lit.veil(found, cell);
    }

    /// Whether a line belongs to the selected span, or to one of the selected group.
    fn is_of_selection(&self, line: &Line) -> bool {
        let (Some(span), Some(selected)) = (line.span, self.selected) else {
            return false;
        };
        let waterfall = &self.told.grouped.waterfall;
        let node = self.node.filter(|node| node.at() < waterfall.nodes().len());
        match node.and_then(|node| waterfall.group(node)) {
            // Members are in order of start, as spans are.
            Some(group) => group.members.binary_search(&span).is_ok(),
            None => span == selected,
        }
    }

    /// The lines of the selected span stand out from the others.
    fn mark(&self, column: usize, cell: &Cell<'_>) {
        if !cell.selected {
            let ground = self.palette.accent_soft.gamma_multiply(0.5);
            cell.painter().rect_filled(cell.rect, 0.0, ground);
        }
        if column == 0 {
            let edge = Rect::from_min_size(cell.rect.min, vec2(2.0, cell.rect.height()));
            cell.painter().rect_filled(edge, 0.0, self.palette.accent);
        }
    }

    fn paint_service(&self, line: &Line, cell: &mut Cell<'_>) {
        let service = self.material.service(line);
        let services = &self.told.story.services;
        if let Ok(place) = services.binary_search_by(|known| (**known).cmp(service)) {
            let hues = &self.palette.hues;
            cell.dot(hues[place % hues.len()]);
            cell.muted(service);
        }
    }

    fn paint_text(&self, line: &Line, cell: &mut Cell<'_>) {
        let palette = self.palette;
        let text = self.material.text(line);
        match (line.what, self.span(line)) {
            (What::Start | What::End, Some(span)) => {
                cell.dot(op_color(palette, &span.op));
                if span.status == SpanStatus::Error {
                    cell.icon(Icon::Error, palette.error);
                }
                match line.what {
                    What::Start => cell.text(&text),
                    _ => cell.muted(&text),
                }
            }
            (What::Error(_), _) => {
                cell.icon(Icon::Error, palette.error);
                cell.text(&text);
            }
            _ => cell.mono(&text),
        }
    }
}
