//! What is selected when it is no single span: a group of spans with its figures, or a gap between two.

use super::parts::{facts, percent, title};
use super::rows::label_of;
use crate::analysis::{Group, NodeIndex, NodeKind, SpanIndex};
use crate::app::questions::VisibleRows;
use crate::app::{Command, Look};
use crate::layout::duration_axis::round_step;
use crate::model::human;
use crate::model::trace::Span;
use crate::ui::icons::{Icon, icon_text_button};
use crate::ui::pages::op_color;
use crate::ui::theme::{self, size};
use crate::ui::widgets::chip::chip;
use egui::{Label, RichText, Ui};
use egui_plot::{GridInput, GridMark, HoverPosition, Plot, PlotPoints, Points};

/// Height of the plot of members.
const PLOT_HEIGHT: f32 = 120.0;
/// Most members drawn; of larger groups every so-manieth is.
const MOST_POINTS: usize = 5_000;

/// A group: its figures, its members at a glance, what to do about it.
pub(super) fn group_pane(
    ui: &mut Ui,
    visible: &VisibleRows,
    node: NodeIndex,
    kind: NodeKind,
    group: Group<'_>,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui);
    let trace = &visible.grouped.trace;
    let waterfall = &visible.grouped.waterfall;
    let Some(first) = group
        .members
        .first()
        .and_then(|first| trace.spans.get(first.at()))
    else {
        return;
    };
    let repeated = waterfall.is_repeated_query(node, trace);
    let count = group.members.len() as i64;
    let heading = match kind {
        NodeKind::Chain(_) => format!("Chain of {count} spans"),
        NodeKind::Repeats(_) if group.motif > 1 => {
            format!("{} rounds of {} spans", group.rounds, group.motif)
        }
        _ if repeated => format!("{count} repeated queries"),
        _ => format!("{count} like spans"),
    };
    ui.horizontal(|ui| {
        ui.label(RichText::new(heading).font(theme::heading()));
        if repeated {
            chip(ui, "N+1", palette.accent);
        }
    });
    ui.add_space(size::GRID);
    title(ui, palette, &first.op, label_of(first));
    ui.add_space(size::GAP);
    let figures = visible.grouped.figures(node);
    let whole = visible.grouped.range.duration();
    facts(
        ui,
        "group facts",
        &[
            ("Total time", human::duration(group.total)),
            (
                "Wall time",
                human::duration(figures.wall) + &percent(figures.wall, whole),
            ),
            (
                "On the critical path",
                human::duration(figures.on_path)
                    + &percent(figures.on_path, visible.grouped.critical_path.duration()),
            ),
            ("Average", human::duration(group.total / count.max(1))),
            ("Median", human::duration(figures.median)),
            ("p95", human::duration(figures.p95)),
            ("Longest", human::duration(figures.longest)),
            ("Different texts", human::grouped(figures.distinct as u64)),
            ("Service", first.service.to_string()),
        ],
    );
    if let Some(slowest) = figures.slowest {
        ui.add_space(size::GRID);
        let text = format!("Go to the slowest, {}", human::duration(figures.longest));
        if ui.link(RichText::new(text).font(theme::small())).clicked() {
            commands.push(Command::Look(Look::Select(slowest)));
        }
    }
    ui.add_space(size::GAP);
    ui.horizontal_wrapped(|ui| buttons(ui, kind, first, commands));
    ui.add_space(size::PAD);
    member_plot(ui, visible, node, group.members);
    ui.add_space(size::PAD);
    let advice = match kind {
        NodeKind::Chain(_) => {
            "Spans of one operation, each the only child of the one before. The chain is one row so that \
                               what hangs below it is easier to see."
        }
        NodeKind::Repeats(_) if group.motif > 1 => {
            "The same steps in the same order, again and again, as a loop over records makes them. Look for one call \
                          that does the work of all rounds."
        }
        NodeKind::Repeats(_) => {
            "Spans that do the same but for literals, side by side or with others between them. If they do not need \
                          each other, one call could do the work of all."
        }
        _ if repeated => {
            "The same query runs once for each record of a list. Fetch what it looks up together with the \
                          list, with a join, a prefetch or one query over all keys, and this time is spent once."
        }
        _ => "Five or more spans with the same operation and description, one after the other.",
    };
    ui.add(Label::new(RichText::new(advice).color(palette.muted)).wrap());
}

/// What can be done with a group.
fn buttons(ui: &mut Ui, kind: NodeKind, first: &Span, commands: &mut Vec<Command>) {
    let export = match kind {
        NodeKind::Chain(_) => "Export this chain…",
        _ => "Export these spans…",
    };
    if icon_text_button(ui, Icon::Code, export).clicked() {
        commands.push(Command::ShowExportOfSelected);
    }
    if icon_text_button(ui, Icon::Filter, "Traces that do this").clicked() {
        let query = crate::query::with_term("", "op", &first.op, false);
        let query = crate::query::with_term(&query, "description", label_of(first), false);
        commands.push(Command::Go(crate::app::Route::Traces(
            crate::app::route::TracesPlace {
                query,
                ..Default::default()
            },
        )));
    }
}

/// A stretch in which nothing was recorded.
pub(super) fn gap_pane(
    ui: &mut Ui,
    visible: &VisibleRows,
    node: NodeIndex,
    neighbours: [usize; 2],
) {
    let palette = theme::palette(ui);
    let trace = &visible.grouped.trace;
    let range = visible.grouped.waterfall.node(node).range;
    ui.label(RichText::new("Nothing recorded").font(theme::heading()));
    ui.add_space(size::GAP);
    let name = |at: usize| {
        trace.spans.get(at).map_or_else(String::new, |span| {
            format!("{} {}", span.op, label_of(span))
        })
    };
    let [prev, next] = neighbours;
    facts(
        ui,
        "gap facts",
        &[
            (
                "Duration",
                human::duration(range.duration())
                    + &percent(range.duration(), visible.grouped.range.duration()),
            ),
            ("After", name(prev)),
            ("Before", name(next)),
        ],
    );
    ui.add_space(size::PAD);
    let advice = "No span covers this time. If the code in between does real work, instrument it; if it waits, find out \
                  for what.";
    ui.add(Label::new(RichText::new(advice).color(palette.muted)).wrap());
}

/// Each member's duration over when it ran, to see whether all are slow or a few.
fn member_plot(ui: &mut Ui, visible: &VisibleRows, node: NodeIndex, members: &[SpanIndex]) {
    let palette = theme::palette(ui);
    let trace = &visible.grouped.trace;
    let start = visible.grouped.range.start;
    let step = members.len().div_ceil(MOST_POINTS).max(1);
    let spans = members
        .iter()
        .step_by(step)
        .filter_map(|span| trace.spans.get(span.at()));
    let points: PlotPoints<'_> = spans
        .clone()
        .map(|span| [(span.start - start) as f64, span.duration as f64])
        .collect();
    let color = op_color(
        palette,
        spans.map(|span| &*span.op).next().unwrap_or_default(),
    );
    let nanos = |mark: egui_plot::GridMark| human::duration(mark.value as i64);
    ui.label(
        RichText::new("Duration of each over time")
            .font(theme::small())
            .color(palette.muted),
    );
    Plot::new(("members", node))
        .height(PLOT_HEIGHT)
        .include_y(0.0)
        .x_grid_spacer(round_marks)
        .y_grid_spacer(round_marks)
        .show_background(false)
        .grid_color(palette.border)
        .allow_scroll(false)
        .x_axis_formatter(move |mark, _| nanos(mark))
        .y_axis_formatter(move |mark, _| nanos(mark))
        .label_formatter(at_in_words)
        .show(ui, |plot| {
            plot.points(Points::new("member", points).radius(2.0).color(color))
        });
}

/// Three or four marks at round durations, however short these are.
fn round_marks(input: GridInput) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let step_size = round_step((high - low) / 4.0);
    let first = (low / step_size).ceil();
    let last = (high / step_size).floor();
    let count = (last - first + 1.0).max(0.0) as usize;
    let mark = |at: usize| GridMark {
        value: (first + at as f64) * step_size,
        step_size,
    };
    (0..count).map(mark).collect()
}

fn at_in_words(at: &HoverPosition<'_>) -> Option<String> {
    match at {
        HoverPosition::NearDataPoint { position, .. } => Some(format!(
            "{} at +{}",
            human::duration(position.y as i64),
            human::duration(position.x as i64)
        )),
        HoverPosition::Elsewhere { .. } => None,
    }
}
