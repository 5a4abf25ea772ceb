//! The flame graph: the trace at the top, below each frame those that its spans led to, each as wide as its time.
//!
//! The chart is one widget with the keyboard; frames wide enough to read are nodes of the accessibility tree. A frame
//! stands for many spans: choosing it selects the one that lasted longest, unless one of them is selected already.

use super::lit::{self, Lit};
use crate::analysis::Frame as FlameFrame;
use crate::app::App;
use crate::app::group_words::percent;
use crate::app::looks::{Counted, FLAME_BY, FlameLook, LookOption};
use crate::layout::{FlamePicture, FlameRect, flame_picture};
use crate::model::human;
use crate::ui::icons::{Icon, focus_ring};
use crate::ui::pages::op_color;
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::text::{truncated_galley, truncated_label};
use egui::{
    Align, Color32, CornerRadius, EventFilter, Frame, Key, Layout, Margin, Modifiers, Rect,
    Response, RichText, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};
use std::sync::Arc;

/// Height of a frame in points.
const FRAME: f32 = 20.0;
/// The least width that a frame is named at, in points.
const NAMED_FROM: f32 = 28.0;

/// The view's own state.
#[derive(Default)]
pub struct FlameView {
    /// The frame the keyboard is on, where none of its spans is in the open trace.
    elsewhere: Option<usize>,
    /// The version of the look that this and the picture are of.
    revision: u64,
    laid_out: Option<(Option<usize>, f32, FlamePicture)>,
    hovered: Option<usize>,
    /// The frame of the selected span, which was brought into sight.
    selected: Option<usize>,
    scroll_to: Option<usize>,
}

/// Paints tools and chart; `arrived` gives the chart the keyboard.
pub fn ui(ui: &mut Ui, app: &mut App, view: &mut FlameView, arrived: bool) {
    let look = app.looks.flame.value.clone();
    Frame::new()
        .inner_margin(Margin::symmetric(12, 4))
        .show(ui, |ui| tools(ui, app, look.as_deref()));
    if let Some(error) = &app.looks.flame.error {
        EmptyState::new(Icon::Error, "The flame graph could not be drawn", error).show(ui);
        return;
    }
    let current = app.grouped.value.clone();
    let is_current = |look: &Arc<FlameLook>| {
        current.is_some_and(|current| Arc::ptr_eq(&current.trace, &look.grouped.trace))
    };
    let Some(look) = look.filter(is_current) else {
        let palette = theme::palette(ui);
        ui.label(RichText::new("   Merging…").color(palette.muted));
        return;
    };
    if look.whole <= 0 {
        let sentence = "Every span of this trace begins and ends in the same instant.";
        EmptyState::new(Icon::Clock, "No time to share out", sentence).show(ui);
        return;
    }
    if view.revision != app.looks.flame.revision {
        view.revision = app.looks.flame.revision;
        view.elsewhere = None;
        view.hovered = None;
        view.laid_out = None;
    }
    let selected = app.selected_span().and_then(|span| look.frame_of(span));
    if view.selected != selected {
        view.selected = selected;
        view.scroll_to = view.scroll_to.or(selected);
    }
    let focus = view.elsewhere.or(selected);
    about(ui, &look, view.hovered.or(focus));
    chart(ui, app, view, &look, focus, arrived);
}

fn tools(ui: &mut Ui, app: &mut App, look: Option<&FlameLook>) {
    let palette = theme::palette(ui);
    let waiting = app.looks.flame.waiting;
    let Some(picture) = app.trace_picture() else {
        return;
    };
    let set = &mut picture.looks;
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        let by = FLAME_BY.iter().position(|by| *by == set.flame_by);
        let mut at = by.unwrap_or(0);
        if segmented(
            ui,
            "Merge spans by",
            &mut at,
            &["Name", "Operation", "Service"],
        ) {
            set.set(LookOption::FlameBy(FLAME_BY[at.min(2)]));
        }
        ui.add_space(size::GRID);
        let mut over = usize::from(set.flame_over);
        if segmented(ui, "Of", &mut over, &["This trace", "Traces like it"]) {
            set.set(LookOption::FlameOver(over == 1));
        }
        if set.flame_zoom.is_some() && ui.button("Show all").clicked() {
            set.set(LookOption::FlameWhole);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let color = if waiting {
                palette.faint
            } else {
                palette.muted
            };
            let text = look.map_or_else(String::new, made_of);
            ui.label(RichText::new(text).font(theme::small()).color(color))
                .on_hover_text("Traces whose root has the same name and service");
        });
    });
}

/// What the graph is made of, in words.
fn made_of(look: &FlameLook) -> String {
    let frames = human::counted(look.frames.len() as u64, "frame");
    let traces = look.traces as u64;
    match (traces, look.of_traces) {
        (1, 1) => frames,
        (_, of) if of == traces => format!("{} · {frames}", human::counted(of, "trace")),
        (_, of) => format!(
            "the last {traces} of {} traces · {frames}",
            human::grouped(of)
        ),
    }
}

/// A line on the frame under the pointer, else on the one the keyboard is on.
fn about(ui: &mut Ui, look: &FlameLook, frame: Option<usize>) {
    let palette = theme::palette(ui);
    let text = match frame.and_then(|at| look.frames.get(at)) {
        Some(frame) => in_words(look, frame),
        None => "Choose a frame with the arrow keys or the pointer; Enter zooms, Escape goes back."
            .to_owned(),
    };
    Frame::new()
        .inner_margin(Margin::symmetric(12, 2))
        .show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            truncated_label(ui, &text, theme::small(), palette.muted);
        });
}

fn name_of(frame: &FlameFrame) -> &str {
    match (frame.is_rest, &*frame.name) {
        (true, _) => "further spans",
        (false, "") => "without a name",
        (false, name) => name,
    }
}

/// A frame in words: `SELECT: 113 spans, 774 ms, 700 ms of its own, 40 %`.
fn in_words(look: &FlameLook, frame: &FlameFrame) -> String {
    let sums = frame.sums;
    format!(
        "{}: {}, {}, {} of its own, {}",
        name_of(frame),
        human::counted(sums.count, "span"),
        human::duration(sums.total),
        human::duration(sums.self_time),
        percent(frame.width as f64 / look.whole.max(1) as f64),
    )
}

fn chart(
    ui: &mut Ui,
    app: &mut App,
    view: &mut FlameView,
    look: &Arc<FlameLook>,
    focus: Option<usize>,
    arrived: bool,
) {
    let zoom = app
        .trace_picture()
        .and_then(|picture| picture.looks.flame_zoom);
    let wanted = ui.available_size();
    let lit = Lit::parts(app, &Counted::Flame(look.clone()));
    let output = ScrollArea::vertical()
        .id_salt("flame graph")
        .auto_shrink(false)
        .show_viewport(ui, |ui, viewport| {
            let width = (ui.available_width() - 2.0 * size::PAD).max(1.0);
            let is_laid_out =
                matches!(&view.laid_out, Some((at, of, _)) if *at == zoom && *of == width);
            if !is_laid_out {
                view.laid_out = Some((zoom, width, flame_picture(&look.frames, zoom, width)));
            }
            let Some((_, _, picture)) = &view.laid_out else {
                return None;
            };
            let height = (picture.depth as f32 * FRAME).max(wanted.y - 1.0);
            let (rect, response) =
                ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
            response.widget_info(|| WidgetInfo::labeled(Role::List, true, "Flame graph"));
            if arrived {
                response.request_focus();
            }
            if let Some(frame) = view.scroll_to.take().and_then(|at| look.frames.get(at)) {
                let y = rect.top() + frame.depth as f32 * FRAME;
                let row = Rect::from_x_y_ranges(rect.x_range(), y..=y + FRAME);
                ui.scroll_to_rect(row, None);
            }
            let sheet = Sheet {
                look,
                palette: theme::palette(ui),
                origin: rect.min + vec2(size::PAD, 0.0),
                focus,
                lit: &lit,
            };
            Some(sheet.paint(ui, picture, viewport, &response))
        });
    let Some(touched) = output.inner else {
        return;
    };
    view.hovered = touched.hovered;
    let mut zoomed = None;
    let mut chosen = touched.clicked;
    if let Some(frame) = touched.clicked {
        zoomed = Some(Some(frame));
    }
    if touched.response.has_focus() {
        let keys = keys(ui, &touched.response, look, focus, zoom);
        chosen = chosen.or(keys.chosen);
        zoomed = zoomed.or(keys.zoomed);
        view.scroll_to = keys.chosen;
    }
    if let (Some(zoomed), Some(picture)) = (zoomed, app.trace_picture()) {
        // What is at the top already fills the width.
        picture.looks.flame_zoom = zoomed.filter(|at| look.frames[*at].width < look.whole);
        ui.ctx().request_repaint();
    }
    if let Some(frame) = chosen {
        choose(app, view, look, frame);
    }
}

fn choose(app: &mut App, view: &mut FlameView, look: &FlameLook, frame: usize) {
    let selected = app.selected_span().and_then(|span| look.frame_of(span));
    match look.longest.get(frame).copied().flatten() {
        None => view.elsewhere = Some(frame),
        Some(span) => {
            view.elsewhere = None;
            if selected != Some(frame) {
                app.select_span(span);
            }
        }
    }
}

/// What the keyboard did.
#[derive(Default)]
struct Keys {
    chosen: Option<usize>,
    /// The new zoom, if it changes.
    zoomed: Option<Option<usize>>,
}

fn keys(
    ui: &Ui,
    response: &Response,
    look: &FlameLook,
    focus: Option<usize>,
    zoom: Option<usize>,
) -> Keys {
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        escape: zoom.is_some(),
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let mut keys = Keys::default();
    for (key, step) in [
        (Key::ArrowDown, Step::Into),
        (Key::ArrowUp, Step::Out),
        (Key::ArrowLeft, Step::Before),
        (Key::ArrowRight, Step::After),
    ] {
        if pressed(key) {
            let from = keys.chosen.or(focus);
            keys.chosen = match from {
                Some(at) => beside(&look.frames, at, step).or(keys.chosen),
                None => (!look.frames.is_empty()).then_some(0),
            };
        }
    }
    if pressed(Key::Enter) {
        keys.zoomed = keys.chosen.or(focus).map(Some);
    }
    if zoom.is_some() && pressed(Key::Escape) {
        keys.zoomed = Some(zoom.and_then(|at| look.frames.get(at)?.parent));
    }
    keys
}

#[derive(Clone, Copy)]
enum Step {
    Into,
    Out,
    Before,
    After,
}

/// The frame next to one: the widest on it, the one below it, or those at its sides.
fn beside(frames: &[FlameFrame], at: usize, step: Step) -> Option<usize> {
    let frame = frames.get(at)?;
    let under = |parent: Option<usize>| {
        let numbered = frames.iter().enumerate();
        numbered.filter(move |(_, one)| one.parent == parent && one.width > 0)
    };
    match step {
        Step::Out => frame.parent,
        Step::Into => under(Some(at))
            .rev()
            .max_by_key(|(_, one)| one.width)
            .map(|(child, _)| child),
        Step::Before => under(frame.parent)
            .take_while(|(one, _)| *one < at)
            .last()
            .map(|(one, _)| one),
        Step::After => under(frame.parent)
            .find(|(one, _)| *one > at)
            .map(|(one, _)| one),
    }
}

/// Everything frames are painted from.
struct Sheet<'a> {
    look: &'a FlameLook,
    palette: &'static Palette,
    origin: egui::Pos2,
    focus: Option<usize>,
    lit: &'a Lit,
}

/// What the pointer is on and did.
struct Touched {
    response: Response,
    hovered: Option<usize>,
    clicked: Option<usize>,
}

impl Sheet<'_> {
    fn rect(&self, of: &FlameRect) -> Rect {
        let top = self.origin.y + of.depth as f32 * FRAME;
        let left = self.origin.x + of.left;
        Rect::from_min_max(
            pos2(left, top),
            pos2(self.origin.x + of.right, top + FRAME - 1.0),
        )
    }

    fn paint(
        &self,
        ui: &mut Ui,
        picture: &FlamePicture,
        viewport: Rect,
        response: &Response,
    ) -> Touched {
        let pointer = response.hover_pos().or_else(|| {
            let at = ui.input(|input| input.pointer.hover_pos());
            at.filter(|at| response.rect.contains(*at) && ui.rect_contains_pointer(ui.clip_rect()))
        });
        let first = (viewport.top() / FRAME).floor().max(0.0) as u32;
        let last = (viewport.bottom() / FRAME).ceil().max(0.0) as u32;
        let (mut hovered, mut clicked) = (None, None);
        let in_view = |rect: &&FlameRect| (first..=last).contains(&rect.depth);
        for drawn in picture.rects.iter().filter(in_view) {
            let rect = self.rect(drawn);
            let is_hovered = pointer.is_some_and(|at| rect.contains(at));
            if is_hovered {
                hovered = Some(drawn.frame);
            }
            self.frame(ui, drawn, rect, is_hovered);
            if rect.width() < NAMED_FROM {
                continue;
            }
            let Some(frame) = self.look.frames.get(drawn.frame) else {
                continue;
            };
            let id = response.id.with(("frame", drawn.frame));
            let node = ui.interact(rect.intersect(ui.clip_rect()), id, Sense::CLICK);
            let is_selected = self.focus == Some(drawn.frame);
            node.widget_info(|| {
                let found = lit::in_words(self.lit.count(drawn.frame));
                let name = format!("{}{found}", in_words(self.look, frame));
                WidgetInfo::selected(Role::ListItem, true, is_selected, name)
            });
            if node.clicked() {
                clicked = Some(drawn.frame);
                response.request_focus();
            }
        }
        if response.clicked() {
            clicked = hovered;
            response.request_focus();
        }
        if self.focus.is_none() {
            focus_ring(ui, response.rect.intersect(ui.clip_rect()), response);
        }
        Touched {
            response: response.clone(),
            hovered,
            clicked,
        }
    }

    fn frame(&self, ui: &Ui, drawn: &FlameRect, rect: Rect, is_hovered: bool) {
        let Some(frame) = self.look.frames.get(drawn.frame) else {
            return;
        };
        let palette = self.palette;
        let found = self.lit.count(drawn.frame);
        let fill = match found {
            Some(0) if self.lit.dims => {
                theme::mix(self.fill(frame, is_hovered), palette.panel, lit::PALE)
            }
            _ => self.fill(frame, is_hovered),
        };
        let gap = if rect.width() > 3.0 { 1.0 } else { 0.0 };
        let body = Rect::from_min_max(rect.min, pos2(rect.right() - gap, rect.bottom()));
        let corner = if rect.width() > 8.0 { 2 } else { 0 };
        let painter = ui.painter();
        painter.rect_filled(body, CornerRadius::same(corner), fill);
        if found.is_some_and(|count| count > 0) {
            let mut edge = body;
            edge.set_top(body.bottom() - 4.0);
            painter.rect_filled(edge, 0.0, palette.found);
        }
        if self.focus == Some(drawn.frame) {
            let stroke = Stroke::new(2.0, palette.text);
            painter.rect_stroke(body, CornerRadius::same(corner), stroke, StrokeKind::Inside);
        }
        if rect.width() < NAMED_FROM {
            return;
        }
        let room = body.width() - 12.0;
        let ink = palette.on(fill);
        let galley = truncated_galley(painter, name_of(frame), theme::small(), ink, room);
        let at = pos2(body.left() + 6.0, body.center().y - galley.size().y / 2.0);
        let left = room - galley.size().x;
        painter.galley(at, galley, ink);
        let time = human::duration(frame.sums.total);
        let galley = painter.layout_no_wrap(time, theme::small(), ink.gamma_multiply(0.8));
        if galley.size().x + 16.0 < left {
            let at = pos2(
                body.right() - 6.0 - galley.size().x,
                body.center().y - galley.size().y / 2.0,
            );
            painter.galley(at, galley, ink);
        }
    }

    fn fill(&self, frame: &FlameFrame, is_hovered: bool) -> Color32 {
        let palette = self.palette;
        let color = match frame.is_rest {
            true => palette.faint,
            false => op_color(palette, &frame.op),
        };
        match is_hovered {
            true => theme::mix(color, palette.text, 0.2),
            false => color,
        }
    }
}
