//! One trace: the waterfall with its header, overview strip and details.
//!
//! [`rows`] paints the visible rows, [`story`] tells the same in the order of time, [`flame`], [`table`], [`map`] and
//! [`list`] are other looks at it, [`overview`] is the strip of the whole
//! trace, [`pane`] what is selected. This file puts them together and turns keys, wheel and drags into changes of the picture.

mod ancestors;
mod bars;
mod clocks;
mod coloring;
mod find_bar;
mod flame;
mod group;
mod header;
mod lengths;
mod list;
mod lit;
mod look_line;
mod map;
mod marks;
mod overview;
mod pane;
pub(in crate::ui::pages) mod parts;
mod path_table;
mod row_bar;
mod row_menu;
mod row_tree;
mod row_words;
mod rows;
mod ruler;
mod story;
mod table;

use crate::analysis::NodeIndex;
use crate::app::questions::VisibleRows;
use crate::app::route::{TracePlace, TraceView};
use crate::app::trace_facts::TraceFacts;
use crate::app::views::{ClockView, Picture, TracePicture};
use crate::app::{App, Command};
use crate::layout::TimeScale;
use crate::model::TimeRange;
use crate::model::trace::Trace;
use crate::ui::actions::Steer;
use crate::ui::icons::Icon;
use crate::ui::theme::{self, size};
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::splitter::Splitter;
use crate::ui::widgets::virtual_table::TableState;
use egui::{Key, Modifiers, Response, RichText, Ui};
pub use pane::conversation;
use std::sync::Arc;

/// How much a key or a click zooms.
const ZOOM_STEP: f64 = 1.5;
/// Share of the window that a key pans.
const PAN_STEP: f32 = 0.15;

/// The page's own state.
#[derive(Default)]
pub struct TracePage {
    table: TableState,
    pane: pane::PaneView,
    story: story::StoryView,
    flame: flame::FlameView,
    statistics: table::TableView,
    map: map::MapView,
    list: list::ListView,
    arrived: bool,
    /// Moves of the time in view that were asked for.
    steering: Vec<Steer>,
    /// The widget of the rows, once they were shown.
    keyboard: Option<egui::Id>,
}

impl TracePage {
    /// The page is entered: its rows take the keyboard.
    pub fn arrive(&mut self) {
        self.arrived = true;
    }

    /// Moves the time in view in the next frame.
    pub fn steer(&mut self, steer: Steer) {
        self.steering.push(steer);
    }

    /// One frame.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: TracePlace,
        focus_find: bool,
        commands: &mut Vec<Command>,
    ) {
        let trace = match &app.trace.value {
            Some(Some(trace)) if trace.id == place.trace => trace.clone(),
            Some(None) => return unknown(ui, place, commands),
            _ => return waiting(ui, app),
        };
        header::ui(ui, app, &trace, commands);
        let view = app
            .trace_picture()
            .map_or_else(TraceView::default, |picture| picture.view);
        let tells = view == TraceView::Story;
        self.arrived |= find_bar::ui(ui, app, &trace, focus_find, commands);
        let Some(visible) = app.rows.value.clone() else {
            return;
        };
        if visible.grouped.trace.id != trace.id {
            return;
        }
        if trace.spans.is_empty() && !tells {
            return only_logs(ui, &trace, commands);
        }
        self.take_keys(ui, app, &visible, view);
        if view == TraceView::Waterfall {
            look_line::ui(ui, app, &visible, commands);
        }
        if matches!(view, TraceView::Waterfall | TraceView::Story) {
            overview::ui(ui, app, &visible);
        }
        let below = app.settings.details_below;
        let (splitter, mut share) = match below {
            true => (
                Splitter::vertical("Span details").min(120.0),
                app.settings.details_height_share,
            ),
            false => (
                Splitter::horizontal("Span details").min(280.0),
                app.settings.details_share,
            ),
        };
        splitter.show(ui, &mut share, |ui, first| {
            if first {
                self.look(ui, app, &visible, view, commands);
            } else {
                pane::ui(ui, app, &visible, &mut self.pane, commands);
            }
        });
        match below {
            true => app.settings.details_height_share = share,
            false => app.settings.details_share = share,
        }
    }

    /// The trace as it is wanted.
    fn look(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        visible: &Arc<VisibleRows>,
        view: TraceView,
        commands: &mut Vec<Command>,
    ) {
        if view == TraceView::Waterfall {
            return self.waterfall(ui, app, visible, commands);
        }
        let arrived = std::mem::take(&mut self.arrived);
        match view {
            TraceView::Waterfall => {}
            TraceView::Story => story::ui(ui, app, &mut self.story, arrived, commands),
            TraceView::Flame => flame::ui(ui, app, &mut self.flame, arrived),
            TraceView::Table => table::ui(ui, app, &mut self.statistics, arrived),
            TraceView::Map => map::ui(ui, app, &mut self.map, arrived),
            TraceView::List => list::ui(ui, app, &mut self.list, arrived, commands),
        }
    }

    fn waterfall(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        visible: &Arc<VisibleRows>,
        commands: &mut Vec<Command>,
    ) {
        let marks = app.issues.marks.value.clone().unwrap_or_default();
        let facts = app.facts.value.clone();
        let found = app.found_in_trace().cloned();
        let looks = rows::Looks {
            colors: coloring::Colors {
                by: app.settings.coloring,
                facts: facts.as_deref(),
                palette: theme::palette(ui),
            },
            path_shown: app.settings.path_shown,
            found: found.as_ref().map(|found| &found.found),
            wrong: &marks,
            values: app.bar_values(&visible.grouped).cloned(),
            marks: app.bar_marks.value.as_deref(),
            notes: app.pane.notes.value.as_deref().unwrap_or_default(),
        };
        let tree_share = app.settings.tree_share;
        let Picture::Trace(picture) = &mut app.history.current_mut().picture else {
            return;
        };
        let bounds = bounds(visible, picture, facts.as_deref());
        if let Some(node) = picture.reveal
            && let Some(row) = visible.row_of(node)
        {
            picture.reveal = None;
            picture.selected = Some(node);
            bring_into_view(picture, visible, row, ui.available_height());
        }
        self.table.offset_rows = picture.offset_rows;
        let give_focus = std::mem::take(&mut self.arrived);
        let output = rows::ui(
            ui,
            visible,
            picture,
            &mut self.table,
            &looks,
            tree_share,
            give_focus,
        );
        picture.offset_rows = self.table.offset_rows;
        if let Some(row) = output.selected {
            // Not under the rows that are kept at the top.
            let latest = ancestors::latest_offset(visible, row);
            picture.offset_rows = picture.offset_rows.min(latest);
        }
        commands.extend(output.looks.into_iter().map(Command::Look));
        self.keyboard = Some(output.keyboard);
        if let Some(opened) = output.opened {
            let (span, section) = match opened {
                marks::Opened::Section(span, section) => (span, Some(section)),
                marks::Opened::Logs(span) => (span, None),
            };
            picture.selected = Some(visible.grouped.waterfall.of_span(span));
            match section {
                Some(section) => drop(app.settings.folded_sections.remove(section)),
                None => commands.push(Command::LogsOf {
                    trace: visible.grouped.trace.id,
                    span: visible
                        .grouped
                        .trace
                        .spans
                        .get(span.at())
                        .map(|span| span.id),
                }),
            }
        }
        if let Some(share) = output.tree_share {
            app.settings.tree_share = share;
        }
        if let Some(row) = output
            .toggled
            .and_then(|row| visible.rows.get(row as usize))
        {
            let waterfall = &visible.grouped.waterfall;
            picture
                .expansion
                .set_expanded(waterfall, row.node, !row.expanded);
            picture.revision += 1;
        }
        if let Some(row) = output
            .zoomed_to
            .and_then(|row| visible.rows.get(row as usize))
        {
            let mut scale = scale_of(picture, bounds, output.bars.rect.width());
            scale.fit_to(visible.grouped.waterfall.node(row.node).range);
            keep_view(picture, &scale);
        }
        steer_with_pointer(ui, picture, &output.bars, bounds);
    }

    /// Moves that were asked for, and the arrows of a tree while nothing else wants the keyboard.
    fn take_keys(&mut self, ui: &Ui, app: &mut App, visible: &VisibleRows, view: TraceView) {
        let facts = app.facts.value.clone();
        let waterfall = &visible.grouped.waterfall;
        let Picture::Trace(picture) = &mut app.history.current_mut().picture else {
            return;
        };
        let bounds = bounds(visible, picture, facts.as_deref());
        // Steps are shares of the view, so any width will do.
        let mut scale = scale_of(picture, bounds, 1.0);
        for steer in std::mem::take(&mut self.steering) {
            match steer {
                Steer::In => scale.zoom_at(0.5, ZOOM_STEP),
                Steer::Out => scale.zoom_at(0.5, 1.0 / ZOOM_STEP),
                Steer::Left => scale.pan(-PAN_STEP),
                Steer::Right => scale.pan(PAN_STEP),
                Steer::Whole => scale = TimeScale::new(bounds, 1.0),
            }
            keep_view(picture, &scale);
        }
        if ui.ctx().text_edit_focused() {
            return;
        }
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let selected = picture
            .selected
            .filter(|node| node.at() < waterfall.nodes().len());
        let Some(node) = selected else { return };
        let Some(row) = visible.row_of(node).and_then(|row| visible.rows.get(row)) else {
            return;
        };
        if view != TraceView::Waterfall {
            // Nothing is folded in a story.
            return;
        }
        let focused = ui.memory(|memory| memory.focused());
        if focused.is_some() && focused != self.keyboard {
            // Splitters and tabs have a use of their own for arrows.
            return;
        }
        if pressed(Key::ArrowRight) {
            expand_or_enter(picture, visible, node, row.expandable && !row.expanded);
        }
        if pressed(Key::ArrowLeft) {
            collapse_or_leave(picture, visible, node, row.expanded);
        }
    }
}

/// Right arrow: opens the node, or goes to its first child.
fn expand_or_enter(
    picture: &mut TracePicture,
    visible: &VisibleRows,
    node: NodeIndex,
    closed: bool,
) {
    let waterfall = &visible.grouped.waterfall;
    if closed {
        picture.expansion.set_expanded(waterfall, node, true);
        picture.revision += 1;
    } else if let Some(child) = waterfall.children(node).first() {
        picture.reveal = Some(*child);
    }
}

/// Left arrow: closes the node, or goes to its parent.
fn collapse_or_leave(
    picture: &mut TracePicture,
    visible: &VisibleRows,
    node: NodeIndex,
    open: bool,
) {
    let waterfall = &visible.grouped.waterfall;
    if open {
        picture.expansion.set_expanded(waterfall, node, false);
        picture.revision += 1;
    } else if let Some(parent) = waterfall.node(node).parent {
        picture.reveal = Some(parent);
    }
}

/// Scrolls so that a row outside the view stands in its middle.
fn bring_into_view(picture: &mut TracePicture, visible: &VisibleRows, row: usize, height: f32) {
    let shown = f64::from((height - size::HEADER) / size::ROW);
    let covered = ancestors::latest_offset(visible, row) < picture.offset_rows;
    let row = row as f64;
    if covered || row < picture.offset_rows || row + 1.0 > picture.offset_rows + shown {
        picture.offset_rows = (row - shown / 2.0).max(0.0);
    }
}

/// The stretch of time a waterfall can show: the trace, and at least a microsecond.
fn bounds(visible: &VisibleRows, picture: &TracePicture, facts: Option<&TraceFacts>) -> TimeRange {
    let recorded = visible.grouped.range;
    let moved = facts.filter(|_| picture.clocks != ClockView::Recorded);
    let range = moved.map_or(recorded, |facts| facts.range);
    TimeRange {
        start: range.start,
        end: range.end.max(range.start + 1_000),
    }
}

/// The time in view, on so many points.
fn scale_of(picture: &TracePicture, bounds: TimeRange, width: f32) -> TimeScale {
    let mut scale = TimeScale::new(bounds, width);
    if let Some(window) = picture.window {
        scale.set_window(window);
    }
    scale
}

fn keep_view(picture: &mut TracePicture, scale: &TimeScale) {
    picture.window = (!scale.is_fitted()).then(|| scale.window());
}

/// Wheel with Ctrl zooms at the pointer, sideways wheel and dragging pan.
fn steer_with_pointer(ui: &Ui, picture: &mut TracePicture, drag: &Response, bounds: TimeRange) {
    let bars = drag.rect;
    let mut scale = scale_of(picture, bounds, bars.width());
    let before = scale;
    let pointer = ui
        .input(|input| input.pointer.hover_pos())
        .filter(|at| bars.contains(*at));
    let (zoom, sideways) = ui.input(|input| (input.zoom_delta(), input.smooth_scroll_delta().x));
    if let Some(at) = pointer {
        if zoom != 1.0 {
            scale.zoom_at(at.x - bars.left(), f64::from(zoom));
        }
        if sideways != 0.0 {
            scale.pan(-sideways);
        }
    }
    if drag.dragged() && drag.drag_delta().x != 0.0 {
        scale.pan(-drag.drag_delta().x);
    }
    if scale != before {
        keep_view(picture, &scale);
    }
}

fn waiting(ui: &mut Ui, app: &App) {
    let palette = theme::palette(ui);
    if let Some(error) = &app.trace.error {
        EmptyState::new(Icon::Error, "This trace could not be read", error).show(ui);
        return;
    }
    ui.add_space(size::PAD);
    ui.label(RichText::new("   Opening the trace…").color(palette.muted));
}

fn unknown(ui: &mut Ui, place: TracePlace, commands: &mut Vec<Command>) {
    let sentence = format!("Nothing that was imported names the trace {}.", place.trace);
    if EmptyState::new(Icon::Search, "No such trace", &sentence)
        .action("Show all traces")
        .show(ui)
        .is_some()
    {
        commands.push(Command::ShowTraces);
    }
}

fn only_logs(ui: &mut Ui, trace: &Trace, commands: &mut Vec<Command>) {
    let sentence = "The capture has logs of this trace but none of its spans: it was not sampled, or its spans are in \
                    another file.";
    if EmptyState::new(Icon::Log, "No spans", sentence)
        .action("Show its logs")
        .show(ui)
        .is_some()
    {
        commands.push(Command::LogsOf {
            trace: trace.id,
            span: None,
        });
    }
}
