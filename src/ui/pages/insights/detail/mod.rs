//! A row of a module, opened: its figures, its spans by duration, and lists of what shows it, calls it and goes with it.

mod lists;

use super::InsightsPage;
use super::rail::title as module_title;
use crate::analysis::sql_format::{formatted, is_sql};
use crate::app::insights::detail::Detail;
use crate::app::insights::words::words;
use crate::app::insights::{Cell, Module, Table, Unit};
use crate::app::route::{InsightsPlace, Route, SpansPlace};
use crate::app::{App, Command};
use crate::query;
use crate::ui::icons::{Icon, focus_ring, icon_text_button};
use crate::ui::pages::trace_chart::{bar, bin_ticks};
use crate::ui::theme::{self, size};
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::histogram::{Bar, Histogram};
use egui::{
    CornerRadius, Frame, Label, Margin, Rect, RichText, Role, ScrollArea, Sense, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};
use lists::{counts, issues, samples, slowness, spent, vitals};

/// Lines of a list that are shown at first.
const LINES: usize = 8;
/// The least width of a figure in points.
const FIGURE: f32 = 104.0;

impl InsightsPage {
    /// The opened row.
    pub(super) fn detail(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &InsightsPlace,
        commands: &mut Vec<Command>,
    ) {
        let Some((table, row)) = app.opened_insight(place) else {
            let sentence = "No span that fits the filters belongs to it.";
            let shown = EmptyState::new(Icon::Search, "There is no such row", sentence);
            let back = format!("All {}", module_title(place.module).to_lowercase());
            if shown.action(&back).show(ui).is_some() {
                commands.push(Command::OpenInsight(None));
            }
            return;
        };
        let detail = app.insights.detail.value.clone();
        let detail = detail.filter(|detail| {
            detail.module == place.module && Some(&detail.row) == place.row.as_ref()
        });
        let frame = Frame::new().inner_margin(Margin::symmetric(12, 0));
        ScrollArea::vertical()
            .id_salt("opened row")
            .auto_shrink(false)
            .show(ui, |ui| {
                frame.show(ui, |ui| {
                    heading(ui, place, &table, row, commands);
                    figures(ui, place, &table, row, commands);
                    if place.module == Module::Transactions {
                        self.threshold(ui, app, &table, row, commands);
                    }
                    match &detail {
                        Some(detail) => {
                            self.closely(ui, app, place, (&table, row), detail, commands)
                        }
                        None => {
                            let text = match &app.insights.detail.error {
                                Some(error) => error.clone(),
                                None => "Looking at its spans…".to_owned(),
                            };
                            ui.add_space(size::PAD);
                            ui.label(RichText::new(text).color(theme::palette(ui).faint));
                        }
                    }
                });
            });
    }

    /// What was read of the row's spans, in two columns.
    fn closely(
        &mut self,
        ui: &mut Ui,
        app: &App,
        place: &InsightsPlace,
        (table, row): (&Table, usize),
        detail: &Detail,
        commands: &mut Vec<Command>,
    ) {
        let clock = app.settings.clock;
        let all = ui.available_rect_before_wrap();
        let width = ((all.width() - 2.0 * size::PAD) / 2.0).floor();
        let column = |left: f32| {
            let rect = Rect::from_min_size(pos2(left, all.top()), vec2(width, f32::INFINITY));
            UiBuilder::new().max_rect(rect)
        };
        let left = ui.scope_builder(column(all.left()), |ui| {
            self.durations(ui, detail, commands);
            samples(ui, "Slowest", &detail.slowest, clock, commands);
            samples(ui, "Most recent", &detail.recent, clock, commands);
        });
        let right = all.left() + width + 2.0 * size::PAD;
        let right = ui.scope_builder(column(right), |ui| {
            spent(ui, detail, commands);
            vitals(ui, place, table, row, commands);
            counts(ui, place, (table, row), detail, commands);
            slowness(ui, detail, commands);
            issues(ui, app, detail, commands);
        });
        let bottom = left
            .response
            .rect
            .bottom()
            .max(right.response.rect.bottom());
        let used = Rect::from_min_max(all.min, pos2(all.right(), bottom + size::PAD));
        ui.advance_cursor_after_rect(used);
    }

    /// How many spans took how long; what is chosen is listed.
    fn durations(&mut self, ui: &mut Ui, detail: &Detail, commands: &mut Vec<Command>) {
        let bins = &detail.durations;
        section(ui, "Durations");
        let bars: Vec<Bar> = (0..bins.counts().len())
            .map(|at| bar(bins, at, "span"))
            .collect();
        let output = Histogram::new("Spans by duration", &bars, &[theme::palette(ui).accent])
            .ticks(&bin_ticks(bins))
            .height(96.0)
            .show(ui, &mut self.durations);
        if let Some(chosen) = output.brushed {
            let from = bins.bin(chosen.start).map_or(0, |(from, _)| from);
            let to = bins.bin(chosen.end.saturating_sub(1));
            let to = to.map_or(i64::MAX, |(_, to)| to);
            commands.push(Command::Go(Route::Spans(SpansPlace {
                durations: Some(from..to),
                ..detail.records.clone()
            })));
        }
    }

    /// What is fast enough for this transaction.
    fn threshold(
        &mut self,
        ui: &mut Ui,
        app: &App,
        table: &Table,
        row: usize,
        commands: &mut Vec<Command>,
    ) {
        const USUAL: i64 = 300;
        let Some(name) = table.cell(row, "transaction").map(Cell::words) else {
            return;
        };
        let known = app.settings.apdex.get(&name).copied();
        let mut millis = known.map_or(USUAL, |nanos| nanos / 1_000_000);
        let palette = theme::palette(ui);
        ui.add_space(size::GRID);
        ui.horizontal(|ui| {
            let text = RichText::new("Fast enough, for Apdex and misery").font(theme::small());
            let label = ui.label(text.color(palette.muted));
            let value = egui::DragValue::new(&mut millis)
                .range(1..=3_600_000)
                .speed(5.0)
                .suffix(" ms")
                .update_while_editing(false);
            let changed = ui.add(value).labelled_by(label.id).changed();
            let reset = known.is_some() && ui.small_button("As usual").clicked();
            if changed || reset {
                let nanos = (!reset && millis != USUAL).then(|| millis.saturating_mul(1_000_000));
                commands.push(Command::SetApdex {
                    transaction: name,
                    nanos,
                });
            }
        });
    }
}

/// The way back, and what the row is.
fn heading(
    ui: &mut Ui,
    place: &InsightsPlace,
    table: &Table,
    row: usize,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        let back = format!("All {}", module_title(place.module).to_lowercase());
        if icon_text_button(ui, Icon::Back, &back).clicked() {
            commands.push(Command::OpenInsight(None));
        }
        let button = icon_text_button(ui, Icon::Span, "All of its spans");
        if button.clicked() {
            commands.extend(behind(place, "count"));
        }
        let of_agents = place.module == Module::Agents;
        for by in place
            .module
            .groupings()
            .iter()
            .filter(|by| of_agents && **by != place.by)
        {
            if ui.small_button(format!("By {by}")).clicked() {
                commands.extend(split(place, table, row, by));
            }
        }
    });
    ui.add_space(size::GAP);
    let cell = |place: usize| table.rows.get(row)?.get(place);
    let mut keys = table.keys();
    let name = keys
        .next()
        .and_then(cell)
        .map(Cell::words)
        .unwrap_or_default();
    let text = match place.module {
        Module::Queries if is_sql(&name) => formatted(&name),
        _ => name,
    };
    let text = if text.is_empty() {
        "(none)".to_owned()
    } else {
        text
    };
    let font = match place.module {
        Module::Queries => theme::mono(),
        _ => theme::heading(),
    };
    ui.add(
        Label::new(RichText::new(text).font(font))
            .wrap()
            .selectable(true),
    );
    let rest: Vec<String> = keys.filter_map(cell).map(Cell::words).collect();
    let rest: Vec<String> = rest.into_iter().filter(|text| !text.is_empty()).collect();
    if !rest.is_empty() {
        ui.label(RichText::new(rest.join(" · ")).color(palette.muted));
    }
    ui.add_space(size::GAP);
}

/// The same module under another grouping, narrowed to a row.
fn split(place: &InsightsPlace, table: &Table, row: usize, by: &str) -> Option<Command> {
    let key = table.keys().next()?;
    let value = table.rows.get(row)?.get(key)?.words();
    let attribute = match table.columns.get(key)?.name {
        "model" => "gen_ai.request.model",
        "tool" => "gen_ai.tool.name",
        "conversation" => "gen_ai.conversation.id",
        "agent" => "gen_ai.agent.name",
        "user" => "user.id",
        _ => return None,
    };
    let mut to = place.of_module(place.module);
    to.by = by.to_owned();
    to.filters.query = query::with_term(&to.filters.query, attribute, &value, false);
    Some(Command::Go(Route::Insights(to)))
}

fn behind(place: &InsightsPlace, column: &'static str) -> Option<Command> {
    let row = place.row.clone()?;
    Some(Command::ShowBehind { row, column })
}

/// All numbers of the row, each a way to the spans behind it.
fn figures(
    ui: &mut Ui,
    place: &InsightsPlace,
    table: &Table,
    row: usize,
    commands: &mut Vec<Command>,
) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(size::GRID, size::GRID);
        let cells = table.rows.get(row).map_or(&[][..], Vec::as_slice);
        for (column, cell) in table.columns.iter().zip(cells) {
            let is_figure = column.unit.is_number() && column.unit != Unit::Span;
            if is_figure
                && *cell != Cell::None
                && figure(ui, column.title, &words(column, Some(cell)))
            {
                commands.extend(behind(place, column.name));
            }
        }
    });
}

/// A number under its name; whether it was clicked.
fn figure(ui: &mut Ui, name: &str, value: &str) -> bool {
    let p = theme::palette(ui);
    let lay = |text: &str, font, color| ui.painter().layout_no_wrap(text.to_owned(), font, color);
    let name_galley = lay(name, theme::small(), p.muted);
    let value_galley = lay(value, theme::mono(), p.text);
    let width = name_galley.size().x.max(value_galley.size().x) + 16.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width.max(FIGURE), 40.0), Sense::click());
    let label = format!("{name}: {value}");
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, &label));
    let corner = CornerRadius::same(size::CORNER);
    let fill = if response.hovered() {
        p.hover
    } else {
        p.sunken
    };
    ui.painter().rect_filled(rect, corner, fill);
    let at = rect.min + vec2(8.0, 4.0);
    ui.painter().galley(at, name_galley, p.muted);
    let at = pos2(rect.left() + 8.0, rect.top() + 20.0);
    ui.painter().galley(at, value_galley, p.text);
    focus_ring(ui, rect, &response);
    response.on_hover_text("List the spans behind it").clicked()
}

fn section(ui: &mut Ui, text: &str) {
    ui.add_space(size::PAD);
    let palette = theme::palette(ui);
    ui.label(
        RichText::new(text)
            .font(theme::small_strong())
            .color(palette.muted),
    );
    ui.add_space(size::GRID);
}
