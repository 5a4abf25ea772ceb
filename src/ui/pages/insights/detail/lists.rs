//! The lists of an opened row: samples, callers, kinds of work, what goes with slowness, issues. Each line is a bar as long
//! as its share, and leads on.

use super::{LINES, behind, section};

use crate::analysis::differs;
use crate::analysis::web_vitals::Vital;
use crate::app::insights::detail::Detail;
use crate::app::insights::words::words;
use crate::app::insights::{Cell, Look, Module, Table};
use crate::app::route::{InsightsPlace, IssuesPlace, Route, SpansPlace};
use crate::app::{App, Command, comparing};
use crate::model::batch::SpanStatus;
use crate::model::human::{self, Clock};
use crate::model::record::SpanEntry;
use crate::query;
use crate::store::SpanOrder;
use crate::ui::icons::focus_ring;
use crate::ui::theme;
use crate::ui::widgets::text::{single_line, truncated_galley};
use egui::{
    Align2, Color32, CornerRadius, Id, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};

/// A line of a list.
struct Line<'a> {
    /// For people who listen.
    name: String,
    text: &'a str,
    number: String,
    share: f32,
    color: Color32,
    /// Whether a click leads somewhere.
    leads: bool,
}

/// A line over a bar as long as its share; whether it was clicked.
fn line(ui: &mut Ui, line: &Line<'_>) -> bool {
    let p = theme::palette(ui);
    let wanted = vec2(ui.available_width(), 20.0);
    let (sense, role) = match line.leads {
        true => (Sense::click(), Role::Button),
        false => (Sense::hover(), Role::Label),
    };
    let (rect, response) = ui.allocate_exact_size(wanted, sense);
    response.widget_info(|| WidgetInfo::labeled(role, true, &line.name));
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    if !ui.is_rect_visible(rect) {
        return response.clicked();
    }
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
    if line.leads && response.hovered() {
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
pub(super) fn samples(
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
            SpanStatus::Error => p.error,
            _ => p.accent,
        };
        let shown = Line {
            name: format!("{title}: {time}, {number}, {}", single_line(said)),
            text: &text,
            number,
            share: span.duration as f32 / longest as f32,
            color,
            leads: true,
        };
        if line(ui, &shown) {
            commands.push(Command::OpenTrace {
                trace: span.trace,
                span: Some(span.id),
            });
        }
    }
}

/// How each vital of a page scores by the published curves: from 90 points good, below 50 poor.
pub(super) fn vitals(
    ui: &mut Ui,
    place: &InsightsPlace,
    table: &Table,
    row: usize,
    commands: &mut Vec<Command>,
) {
    const COLUMNS: [(Vital, &str, &str); 5] = [
        (Vital::Lcp, "p75_lcp", "score_lcp"),
        (Vital::Fcp, "p75_fcp", "score_fcp"),
        (Vital::Inp, "p75_inp", "score_inp"),
        (Vital::Cls, "p75_cls", "score_cls"),
        (Vital::Ttfb, "p75_ttfb", "score_ttfb"),
    ];
    if table.module != Module::Vitals {
        return;
    }
    section(ui, "Scores by the curves of Lighthouse");
    ui.spacing_mut().item_spacing.y = 0.0;
    let p = theme::palette(ui);
    for (vital, value, score) in COLUMNS {
        let points = table.cell(row, score).and_then(Cell::number);
        let (Some(points), Some(column)) = (points, table.column(value)) else {
            continue;
        };
        let measured = words(&table.columns[column], table.cell(row, value));
        let (word, color) = match points {
            points if points >= 90.0 => ("good", p.ok),
            points if points >= 50.0 => ("meh", p.warning),
            _ => ("poor", p.error),
        };
        let weight = human::percent(vital.weight());
        let name = table.columns[column].title;
        let text = format!("{name}: {measured} at P75, {word}");
        let number = format!("{points:.0} of 100, weighs {weight}");
        let shown = Line {
            name: format!("{text}, {number}"),
            text: &text,
            number,
            share: (points / 100.0) as f32,
            color,
            leads: true,
        };
        if line(ui, &shown) {
            commands.extend(behind(place, value));
        }
    }
}

/// What the time of transactions was spent on.
pub(super) fn spent(ui: &mut Ui, detail: &Detail, commands: &mut Vec<Command>) {
    let total: i64 = detail.spent.iter().map(|part| part.nanos).sum();
    if total <= 0 {
        return;
    }
    section(ui, "Time by kind of work");
    ui.spacing_mut().item_spacing.y = 0.0;
    let p = theme::palette(ui);
    for part in &detail.spent {
        let (category, nanos) = (part.category, part.nanos);
        let share = nanos as f64 / total as f64;
        let number = format!("{}  {}", human::duration(nanos), human::percent(share));
        let shown = Line {
            name: format!("{}: {number}", category.name()),
            text: category.name(),
            number,
            share: share as f32,
            color: p.hue(category),
            leads: true,
        };
        if line(ui, &shown) {
            commands.push(Command::Go(Route::Spans(SpansPlace {
                query: query::both(&part.search, &detail.within),
                range: detail.records.range,
                order: SpanOrder::Duration,
                ..SpansPlace::default()
            })));
        }
    }
}

/// Columns that count words: callers, status codes, producers. A transaction leads to its own page.
pub(super) fn counts(
    ui: &mut Ui,
    place: &InsightsPlace,
    (table, row): (&Table, usize),
    detail: &Detail,
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
        let rest = Rest::of(ui, detail, column.title, counts.len());
        for (name, count) in counts.iter().take(rest.shown()) {
            let number = human::grouped(*count);
            let to = counted(place, detail, column.name, name);
            let shown = Line {
                name: format!("{}: {name}, {number}", column.title),
                text: name,
                share: *count as f32 / most as f32,
                number,
                color: p.accent,
                leads: to.is_some(),
            };
            if line(ui, &shown) {
                commands.extend(to.map(Command::Go));
            }
        }
        rest.button(ui);
    }
}

/// Where a word of a column that counts leads to: a transaction to its own page, a status to the spans that have it.
fn counted(place: &InsightsPlace, detail: &Detail, column: &str, name: &str) -> Option<Route> {
    let spans = |query: String| {
        Route::Spans(SpansPlace {
            query,
            ..detail.records.clone()
        })
    };
    let records = detail.records.query.as_str();
    match column {
        "callers" | "producers" | "consumers" if !name.is_empty() => {
            let mut to = place.of_module(Module::Transactions);
            to.filters.query = query::with_term(&to.filters.query, "name", name, false);
            Some(Route::Insights(to))
        }
        "statuses" if name == NO_STATUS => Some(spans(query::with_absence(records, STATUS))),
        "statuses" => Some(spans(query::with_term(records, STATUS, name, false))),
        "response_models" if !name.is_empty() => Some(spans(query::with_term(
            records,
            "gen_ai.response.model",
            name,
            false,
        ))),
        "bursts" => {
            let mut to = place.of_module(Module::Requests);
            to.look = Some(Look::RequestBursts);
            Some(Route::Insights(to))
        }
        _ => None,
    }
}

/// What requests were answered with.
const STATUS: &str = "http.response.status_code";
/// The word for no answer.
const NO_STATUS: &str = "none";

/// The end of a list, folded away until it is asked for.
struct Rest<'a> {
    id: Id,
    /// What the list is called.
    title: &'a str,
    all: usize,
    is_open: bool,
}

impl<'a> Rest<'a> {
    /// Of a list of an opened row that is so long.
    fn of(ui: &Ui, detail: &Detail, title: &'a str, all: usize) -> Self {
        let id = Id::unique(("rest of a list", detail.module, &detail.row, title));
        let is_open = ui.data(|data| data.get_temp(id)).unwrap_or(false);
        Self {
            id,
            title,
            all,
            is_open,
        }
    }

    /// How many lines are shown.
    fn shown(&self) -> usize {
        match self.is_open {
            true => self.all,
            false => LINES,
        }
    }

    /// The button that unfolds it, or folds it again.
    fn button(&self, ui: &mut Ui) {
        if self.all <= LINES {
            return;
        }
        let p = theme::palette(ui);
        let text = match self.is_open {
            true => format!("Show the first {LINES}"),
            false => format!("Show all {}", human::grouped(self.all as u64)),
        };
        let name = format!("{}: {text}", self.title);
        let galley = ui.painter().layout_no_wrap(text, theme::small(), p.accent);
        let wanted = vec2(galley.size().x + 8.0, 20.0);
        // An id of its own keeps the keyboard here while the list grows.
        let rect = ui.allocate_space(wanted).1;
        let response = ui.interact(rect, self.id, Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        if response.hovered() {
            let corner = CornerRadius::same(2);
            ui.painter().rect_filled(rect, corner, p.hover);
        }
        let at = rect.center() - galley.size() / 2.0;
        ui.painter().galley(at, galley, p.accent);
        focus_ring(ui, rect, &response);
        if response.clicked() {
            ui.data_mut(|data| data.insert_temp(self.id, !self.is_open));
        }
        if response.gained_focus() {
            response.scroll_to_me(None);
        }
    }
}

/// What slow spans have that others have not.
pub(super) fn slowness(ui: &mut Ui, detail: &Detail, commands: &mut Vec<Command>) {
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
    let p = theme::palette(ui);
    for attribute in differing {
        let sides = found.records;
        let excess = |line: &&differs::Line| {
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
            leads: true,
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
pub(super) fn issues(ui: &mut Ui, app: &App, detail: &Detail, commands: &mut Vec<Command>) {
    let Some(found) = app.issues.found.value.as_ref() else {
        return;
    };
    if detail.issues.is_empty() {
        return;
    }
    section(ui, "Issues");
    ui.spacing_mut().item_spacing.y = 0.0;
    let p = theme::palette(ui);
    let rest = Rest::of(ui, detail, "Issues", detail.issues.len());
    for issue in detail
        .issues
        .iter()
        .take(rest.shown())
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
            leads: true,
        };
        if line(ui, &shown) {
            let place = IssuesPlace::of(&issue.fingerprint);
            commands.push(Command::Go(Route::Issues(place)));
        }
    }
    rest.button(ui);
}
