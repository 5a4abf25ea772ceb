//! Stacked bars, or lines, over an axis, with a range chosen by dragging across them or by the keyboard.
//!
//! Meant for at most some two hundred bars: each is a node of the accessibility tree. The range is one of bars, not of
//! pixels; what a bar stands for is the caller's business.

mod lines;

use super::ruler::{Tick, Y_AXIS, paint_axis, paint_grid, paint_y_axis};
use crate::ui::icons::focus_ring;
use crate::ui::theme::{self, palette, size};
use egui::{
    Color32, CornerRadius, EventFilter, Id, Key, Modifiers, Painter, Rect, Response, Role, Sense,
    Stroke, Ui, WidgetInfo, pos2, vec2,
};
use std::ops::Range;

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What it says to people who listen, and on hover.
    pub name: String,
    /// A height for each class, bottom first. Of lines: the place between bottom (0) and top (1), not finite for none.
    pub values: Vec<f64>,
}

impl Bar {
    fn total(&self) -> f64 {
        self.values
            .iter()
            .copied()
            .filter(|value| value.is_finite() && *value > 0.0)
            .sum()
    }
}

/// What a histogram remembers between frames.
#[derive(Clone, Debug, Default)]
pub struct HistogramState {
    /// The bar the keyboard is on.
    focus: Option<usize>,
    /// The other end of the range being made by keyboard or pointer.
    anchor: Option<usize>,
    /// The bar the pointer dragged to.
    head: Option<usize>,
}

impl HistogramState {
    fn pending(&self) -> Option<Range<usize>> {
        let (a, b) = (self.anchor?, self.head.or(self.focus)?);
        Some(a.min(b)..a.max(b) + 1)
    }

    fn clear(&mut self) {
        self.anchor = None;
        self.head = None;
    }
}

/// What the user did.
#[derive(Debug)]
pub struct HistogramOutput {
    /// The chart as a widget, the one with the focus.
    pub response: Response,
    /// A range of bars was chosen.
    pub brushed: Option<Range<usize>>,
    /// The range was taken back.
    pub cleared: bool,
    /// The bar under the pointer.
    pub hovered: Option<usize>,
}

/// Fills the tooltip of a bar.
type BarTooltip<'a> = &'a dyn Fn(&mut Ui, usize);

/// A histogram about to be shown over the width left.
pub struct Histogram<'a> {
    name: &'a str,
    bars: &'a [Bar],
    classes: &'a [Color32],
    ticks: &'a [Tick],
    height: f32,
    brush: Option<Range<usize>>,
    tooltip: Option<BarTooltip<'a>>,
    max_label: &'a str,
    lines: Option<&'a [Tick]>,
}

impl<'a> Histogram<'a> {
    /// Bars and the colour of each class of values.
    pub fn new(name: &'a str, bars: &'a [Bar], classes: &'a [Color32]) -> Self {
        Self {
            name,
            bars,
            classes,
            ticks: &[],
            height: 80.0,
            brush: None,
            tooltip: None,
            max_label: "",
            lines: None,
        }
    }

    /// A line for each class instead of bars, over a vertical axis with these marks.
    #[must_use]
    pub fn lines(mut self, y_ticks: &'a [Tick]) -> Self {
        self.lines = Some(y_ticks);
        self
    }

    /// The axis below; without ticks there is none.
    #[must_use]
    pub fn ticks(mut self, ticks: &'a [Tick]) -> Self {
        self.ticks = ticks;
        self
    }

    /// Height in points, axis included.
    #[must_use]
    pub fn height(mut self, height: f32) -> Self {
        self.height = height;
        self
    }

    /// The range chosen now; bars outside are pale.
    #[must_use]
    pub fn brush(mut self, brush: Option<Range<usize>>) -> Self {
        self.brush = brush;
        self
    }

    /// What to show on hover instead of the name of the bar.
    #[must_use]
    pub fn tooltip(mut self, tooltip: BarTooltip<'a>) -> Self {
        self.tooltip = Some(tooltip);
        self
    }

    /// What the highest bar amounts to, written at the top.
    #[must_use]
    pub fn max_label(mut self, label: &'a str) -> Self {
        self.max_label = label;
        self
    }

    /// Shows it.
    pub fn show(self, ui: &mut Ui, state: &mut HistogramState) -> HistogramOutput {
        let wanted = vec2(ui.available_width(), self.height);
        let (rect, response) = ui.allocate_exact_size(wanted, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Group, true, self.name));
        let axis = if self.ticks.is_empty() {
            0.0
        } else {
            size::HEADER
        };
        let left = self.lines.map_or(0.0, |_| Y_AXIS);
        let plot = Rect::from_min_max(
            pos2(rect.left() + left, rect.top()),
            pos2(rect.right(), rect.bottom() - axis),
        );
        let slots = Slots {
            plot,
            count: self.bars.len(),
        };
        let mut out = HistogramOutput {
            hovered: response.hover_pos().and_then(|at| slots.at(at.x)),
            response,
            brushed: None,
            cleared: false,
        };
        if !self.bars.is_empty() {
            pointer(ui, &slots, state, &mut out);
            keys(ui, self.bars.len(), state, &mut out);
        }
        self.paint(ui, rect, &slots, state, &out);
        self.nodes(ui, &slots, out.response.id);
        if let Some(index) = out.hovered.filter(|_| state.pending().is_none()) {
            self.show_tooltip(&mut out.response, index);
        }
        focus_ring(ui, rect, &out.response);
        out
    }

    fn show_tooltip(&self, response: &mut Response, index: usize) {
        let Some(bar) = self.bars.get(index) else {
            return;
        };
        *response = match self.tooltip {
            Some(fill) => response
                .clone()
                .on_hover_ui_at_pointer(|ui| fill(ui, index)),
            None => response.clone().on_hover_text_at_pointer(&bar.name),
        };
    }

    fn nodes(&self, ui: &Ui, slots: &Slots, id: Id) {
        for (index, bar) in self.bars.iter().enumerate() {
            let node = ui.interact(slots.rect(index), id.with(("bar", index)), Sense::hover());
            node.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &bar.name));
        }
    }

    fn paint(
        &self,
        ui: &Ui,
        rect: Rect,
        slots: &Slots,
        state: &HistogramState,
        out: &HistogramOutput,
    ) {
        let p = palette(ui);
        let painter = ui.painter_at(rect);
        let plot = slots.plot;
        paint_grid(&painter, plot, self.ticks, p);
        let chosen = state.pending().or_else(|| self.brush.clone());
        if let Some(range) = &chosen {
            let ground = theme::mix(p.panel, p.accent_soft, 0.7);
            painter.rect_filled(slots.span(range), CornerRadius::ZERO, ground);
        }
        let most = self.bars.iter().map(Bar::total).fold(0.0, f64::max);
        if let Some(y_ticks) = self.lines {
            paint_y_axis(&painter, lines::inner(plot), y_ticks, p);
            lines::paint(&painter, slots, self.bars, self.classes);
        }
        for (index, bar) in self.bars.iter().enumerate() {
            let pale = chosen.as_ref().is_some_and(|range| !range.contains(&index));
            let hot = out.hovered == Some(index);
            if hot && !pale {
                let rect = slots.rect(index);
                painter.rect_filled(rect, CornerRadius::ZERO, theme::mix(p.panel, p.border, 0.6));
            }
            if self.lines.is_some() {
                continue;
            }
            self.bar(&painter, slots, index, bar, most, |color| {
                if pale {
                    theme::mix(p.panel, color, 0.35)
                } else {
                    color
                }
            });
        }
        if let Some(range) = &chosen {
            let edge = Stroke::new(size::LINE, p.accent);
            let span = slots.span(range);
            painter.vline(span.left().round() + 0.5, plot.y_range(), edge);
            painter.vline(span.right().round() - 0.5, plot.y_range(), edge);
        }
        if let Some(at) = state.focus.filter(|_| out.response.has_focus()) {
            let mark = slots.rect(at).with_min_y(plot.bottom() - 2.0);
            painter.rect_filled(mark, CornerRadius::ZERO, p.accent);
        }
        self.axes(&painter, rect, plot, p);
    }

    fn axes(&self, painter: &Painter, rect: Rect, plot: Rect, p: &theme::Palette) {
        if self.ticks.is_empty() {
            let line = Stroke::new(size::LINE, p.border);
            painter.hline(plot.x_range(), plot.bottom() - 0.5, line);
        } else {
            let ruler = Rect::from_min_max(plot.left_bottom(), rect.max);
            paint_axis(painter, ruler, self.ticks, p);
        }
        if !self.max_label.is_empty() {
            let galley = painter.layout_no_wrap(self.max_label.to_owned(), theme::small(), p.muted);
            let at = plot.min + vec2(4.0, 2.0);
            let ground = Rect::from_min_size(at, galley.size()).expand2(vec2(3.0, 0.0));
            painter.rect_filled(ground, CornerRadius::same(2), p.panel.gamma_multiply(0.85));
            painter.galley(at, galley, p.muted);
        }
    }

    fn bar(
        &self,
        painter: &Painter,
        slots: &Slots,
        index: usize,
        bar: &Bar,
        most: f64,
        tone: impl Fn(Color32) -> Color32,
    ) {
        let slot = slots.rect(index);
        let gap = if slot.width() > 4.0 { 1.0 } else { 0.0 };
        let full = f64::from(slots.plot.height() - 6.0);
        let mut bottom = slot.bottom();
        for (value, color) in bar.values.iter().zip(self.classes) {
            if !value.is_finite() || *value <= 0.0 || most <= 0.0 {
                continue;
            }
            // One failure among thousands must still be seen.
            let height = ((value / most * full) as f32).max(1.0);
            let part = Rect::from_min_max(
                pos2(slot.left(), (bottom - height).max(slot.top())),
                pos2(slot.right() - gap, bottom),
            );
            painter.rect_filled(part, CornerRadius::ZERO, tone(*color));
            bottom -= height;
        }
    }
}

fn pointer(ui: &Ui, slots: &Slots, state: &mut HistogramState, out: &mut HistogramOutput) {
    let response = &out.response;
    let at = response
        .interact_pointer_pos()
        .and_then(|at| slots.nearest(at.x));
    // Where the button went down: by the time a drag is known the pointer may be bars away.
    let origin = || ui.input(|input| input.pointer.press_origin());
    if response.double_clicked() {
        state.clear();
        out.cleared = true;
    } else if response.drag_started() {
        state.anchor = origin().and_then(|origin| slots.nearest(origin.x)).or(at);
        state.head = at;
    } else if response.drag_stopped() {
        out.brushed = state.pending();
        state.clear();
    } else if response.dragged() && at.is_some() {
        state.head = at;
    } else if response.clicked() {
        response.request_focus();
        // Enter counts as a click without a place.
        state.focus = at.or(state.focus);
    }
}

fn keys(ui: &Ui, count: usize, state: &mut HistogramState, out: &mut HistogramOutput) {
    if !out.response.has_focus() {
        return;
    }
    let filter = EventFilter {
        horizontal_arrows: true,
        escape: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(out.response.id, filter));
    let press = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    let last = count.saturating_sub(1);
    let from = state.focus.unwrap_or(0).min(last);
    for (modifiers, extend) in [(Modifiers::SHIFT, true), (Modifiers::NONE, false)] {
        let to = if press(modifiers, Key::ArrowLeft) {
            from.saturating_sub(1)
        } else if press(modifiers, Key::ArrowRight) {
            state.focus.map_or(0, |at| at + 1).min(last)
        } else {
            continue;
        };
        state.anchor = if extend {
            state.anchor.or(Some(from))
        } else {
            None
        };
        state.focus = Some(to);
    }
    if press(Modifiers::NONE, Key::Enter) && state.focus.is_some() {
        state.anchor = state.anchor.or(state.focus);
        out.brushed = state.pending();
        state.clear();
    }
    if press(Modifiers::NONE, Key::Escape) {
        state.clear();
        out.cleared = true;
    }
}

/// Where bars stand.
struct Slots {
    plot: Rect,
    count: usize,
}

impl Slots {
    fn width(&self) -> f32 {
        self.plot.width() / self.count.max(1) as f32
    }

    fn edge(&self, index: usize) -> f32 {
        (self.plot.left() + index as f32 * self.width()).round()
    }

    fn rect(&self, index: usize) -> Rect {
        Rect::from_x_y_ranges(self.edge(index)..=self.edge(index + 1), self.plot.y_range())
    }

    fn span(&self, range: &Range<usize>) -> Rect {
        let (start, end) = (range.start.min(self.count), range.end.min(self.count));
        Rect::from_x_y_ranges(self.edge(start)..=self.edge(end), self.plot.y_range())
    }

    fn at(&self, x: f32) -> Option<usize> {
        self.plot
            .x_range()
            .contains(x)
            .then(|| self.nearest(x))
            .flatten()
    }

    fn nearest(&self, x: f32) -> Option<usize> {
        let last = self.count.checked_sub(1)?;
        let index = ((x - self.plot.left()) / self.width()).floor().max(0.0) as usize;
        Some(index.min(last))
    }
}
