//! A row of a module, opened: its figures, its spans by duration, what shows it, who calls it, what goes with slowness.

use super::InsightsPage;
use super::rail::title as module_title;
use crate::analysis::sql_lines::in_lines;
use crate::app::insights::detail::Detail;
use crate::app::insights::words::words;
use crate::app::insights::{Cell, Module, Table, Unit};
use crate::app::route::{InsightsPlace, IssuesPlace, Route, SpansPlace};
use crate::app::{App, Command, comparing};
use crate::model::human::{self, Clock};
use crate::model::record::SpanEntry;
use crate::query;
use crate::ui::icons::{Icon, focus_ring, icon_text_button};
use crate::ui::pages::trace_chart::{bar, bin_ticks};
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::histogram::{Bar, Histogram};
use crate::ui::widgets::text::{single_line, truncated_galley};
use egui::{
    Align2, Color32, CornerRadius, Frame, Label, Margin, Rect, RichText, Role, ScrollArea, Sense,
    Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

/// Lines of a list that are shown; how many more there are is said.
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
            spent(ui, detail);
            counts(ui, place, table, row, commands);
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
        Module::Queries => in_lines(&name),
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

/// A line of a list.
struct Line<'a> {
    /// For people who listen.
    name: String,
    text: &'a str,
    number: String,
    share: f32,
    color: Color32,
}

/// A line over a bar as long as its share; whether it was clicked.
fn line(ui: &mut Ui, line: &Line<'_>) -> bool {
    let p = theme::palette(ui);
    let wanted = vec2(ui.available_width(), 20.0);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &line.name));
    let corner = CornerRadius::same(2);
    let share = if line.share.is_finite() {
        line.share.clamp(0.0, 1.0)
    } else {
        0.0
    };
    let bar = Rect::from_min_size(rect.min, vec2(rect.width() * share, rect.height()));
    let ground = theme::mix(p.panel, line.color, 0.25);
    ui.painter()
        .rect_filled(bar.shrink2(vec2(0.0, 1.0)), corner, ground);
    if response.hovered() {
        ui.painter()
            .rect_filled(rect, corner, p.hover.gamma_multiply(0.6));
    }
    let right = pos2(rect.right() - 4.0, rect.center().y);
    let number = line.number.clone();
    let used = ui.painter().text(
        right,
        Align2::RIGHT_CENTER,
        number,
        theme::mono_small(),
        p.muted,
    );
    let room = used.left() - rect.left() - 12.0;
    let galley = truncated_galley(ui.painter(), line.text, theme::body(), p.text, room);
    let elided = galley.elided;
    let at = pos2(rect.left() + 4.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, p.text);
    focus_ring(ui, rect, &response);
    let clicked = response.clicked();
    if elided {
        response.on_hover_text(line.text);
    }
    clicked
}

/// Spans with their time and duration, each a way to its trace.
fn samples(
    ui: &mut Ui,
    title: &str,
    spans: &[SpanEntry],
    clock: Clock,
    commands: &mut Vec<Command>,
) {
    if spans.is_empty() {
        return;
    }
    section(ui, title);
    ui.spacing_mut().item_spacing.y = 0.0;
    let p = theme::palette(ui);
    let longest = spans
        .iter()
        .map(|span| span.duration)
        .max()
        .unwrap_or(1)
        .max(1);
    for span in spans {
        let time = human::time_of_day(span.start, clock);
        let said = match span.description.is_empty() {
            true => &span.name,
            false => &span.description,
        };
        let text = single_line(&format!("{time}  {}  {said}", span.service));
        let number = human::duration(span.duration);
        let color = match span.status {
            crate::model::batch::SpanStatus::Error => p.error,
            _ => p.accent,
        };
        let shown = Line {
            name: format!("{title}: {time}, {number}, {}", single_line(said)),
            text: &text,
            number,
            share: span.duration as f32 / longest as f32,
            color,
        };
        if line(ui, &shown) {
            commands.push(Command::OpenTrace {
                trace: span.trace,
                span: Some(span.id),
            });
        }
    }
}

/// What the time of transactions was spent on.
fn spent(ui: &mut Ui, detail: &Detail) {
    let total: i64 = detail.spent.iter().map(|(_, nanos)| *nanos).sum();
    if total <= 0 {
        return;
    }
    section(ui, "Time by kind of work");
    ui.spacing_mut().item_spacing.y = 0.0;
    let p = theme::palette(ui);
    for (category, nanos) in &detail.spent {
        let share = *nanos as f64 / total as f64;
        let number = format!("{}  {}", human::duration(*nanos), human::percent(share));
        let shown = Line {
            name: format!("{}: {number}", category.name()),
            text: category.name(),
            number,
            share: share as f32,
            color: p.hue(*category),
        };
        line(ui, &shown);
    }
}

/// Columns that count words: callers, status codes, producers. A transaction leads to its own page.
fn counts(
    ui: &mut Ui,
    place: &InsightsPlace,
    table: &Table,
    row: usize,
    commands: &mut Vec<Command>,
) {
    let cells = table.rows.get(row).map_or(&[][..], Vec::as_slice);
    for (column, cell) in table.columns.iter().zip(cells) {
        let Cell::Counts(counts) = cell else { continue };
        if counts.is_empty() {
            continue;
        }
        section(ui, column.title);
        ui.spacing_mut().item_spacing.y = 0.0;
        let p = theme::palette(ui);
        let most = counts
            .iter()
            .map(|(_, count)| *count)
            .max()
            .unwrap_or(1)
            .max(1);
        for (name, count) in counts.iter().take(LINES) {
            let number = human::grouped(*count);
            let shown = Line {
                name: format!("{}: {name}, {number}", column.title),
                text: name,
                share: *count as f32 / most as f32,
                number,
                color: p.accent,
            };
            let is_transaction = matches!(column.name, "callers" | "producers" | "consumers");
            if line(ui, &shown) && is_transaction && !name.is_empty() {
                let mut to = place.of_module(Module::Transactions);
                to.filters.query = query::with_term(&to.filters.query, "name", name, false);
                commands.push(Command::Go(Route::Insights(to)));
            }
        }
        more(ui, counts.len());
    }
}

fn more(ui: &mut Ui, all: usize) {
    if let Some(more) = all.checked_sub(LINES).filter(|more| *more > 0) {
        let text = RichText::new(format!("and {more} more")).font(theme::small());
        ui.label(text.color(theme::palette(ui).faint));
    }
}

/// What slow spans have that others have not.
fn slowness(ui: &mut Ui, detail: &Detail, commands: &mut Vec<Command>) {
    let Some((from, found)) = &detail.slow else {
        return;
    };
    let is_telling = |key: &str| !matches!(key, "duration" | "span.duration");
    let differing = found.attributes.iter();
    let differing: Vec<_> = differing
        .filter(|attribute| !attribute.asked && is_telling(&attribute.key))
        .take(LINES)
        .collect();
    section(
        ui,
        &format!("What goes with {} and more", human::duration(*from)),
    );
    if differing.is_empty() {
        let text = RichText::new("No attribute differs between slow and other spans.");
        ui.label(text.color(theme::palette(ui).faint));
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let p: &Palette = theme::palette(ui);
    for attribute in differing {
        let sides = found.records;
        let excess = |line: &&crate::analysis::differs::Line| {
            let [inside, outside] = line.count.shares(sides);
            inside - outside
        };
        let lines = attribute.values.iter();
        let Some(top) = lines.max_by(|one, other| excess(one).total_cmp(&excess(other))) else {
            continue;
        };
        let [inside, outside] = top.count.shares(sides);
        let value = single_line(&comparing::words(&attribute.key, &top.what));
        let text = format!("{}: {value}", attribute.key);
        let number = format!(
            "{} slow, {} others",
            human::percent(inside),
            human::percent(outside)
        );
        let shown = Line {
            name: format!("{text}, {number}"),
            text: &text,
            number,
            share: inside as f32,
            color: p.warning,
        };
        if line(ui, &shown) {
            let records = &detail.records;
            let narrowed = comparing::narrowed(&records.query, &attribute.key, &top.what, false);
            commands.extend(narrowed.map(|query| {
                Command::Go(Route::Spans(SpansPlace {
                    query,
                    ..records.clone()
                }))
            }));
        }
    }
}

/// What is wrong with it.
fn issues(ui: &mut Ui, app: &App, detail: &Detail, commands: &mut Vec<Command>) {
    let Some(found) = app.issues.found.value.as_ref() else {
        return;
    };
    if detail.issues.is_empty() {
        return;
    }
    section(ui, "Issues");
    ui.spacing_mut().item_spacing.y = 0.0;
    let p = theme::palette(ui);
    for issue in detail
        .issues
        .iter()
        .take(LINES)
        .filter_map(|at| found.get(*at))
    {
        let kind = issue.kind.detector().title;
        let title = single_line(&issue.title);
        let text = match title.starts_with(kind) {
            true => title,
            false => format!("{kind}: {title}"),
        };
        let number = human::grouped(issue.count);
        let shown = Line {
            name: format!("Issue: {text}, {number}"),
            text: &text,
            number,
            share: 0.0,
            color: p.error,
        };
        if line(ui, &shown) {
            let place = IssuesPlace::of(&issue.fingerprint);
            commands.push(Command::Go(Route::Issues(place)));
        }
    }
    more(ui, detail.issues.len());
}
