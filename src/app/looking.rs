//! How a waterfall is looked at: what is lit, coloured, folded, left out, moved and zoomed to. Each change is a [`Look`].

use super::questions::GroupedTrace;
use super::route::Others;
use super::settings::Coloring;
use super::state::App;
use super::views::{ClockView, TracePicture};
use crate::analysis::{NodeIndex, NodeKind, SpanIndex};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Most spans that stay at the top: more would leave no room for the others.
const MOST_PINNED: usize = 6;

/// One change of how the open trace is looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    /// Draw the critical path on the bars, or not.
    TogglePath,
    /// Show only spans the critical path runs through, or all.
    ToggleOnlyPath,
    /// Colour bars by this.
    ColorBy(Coloring),
    /// Colour bars by the next thing.
    NextColoring,
    /// Show rows down to a depth, 0 for those at the top.
    ToDepth(u32),
    /// Fold the spans of a service, or unfold them.
    ToggleFolded(Arc<str>),
    /// Leave the spans of a service out, or show them again.
    ToggleHidden(Arc<str>),
    /// Leave out the service of the selected span.
    HideSelected,
    /// Show all services again.
    ShowAllServices,
    /// Look at the selected span and what is below it only.
    FocusSelected,
    /// Look at this span and what is below it only, or at the whole trace.
    Focus(Option<SpanIndex>),
    /// Look at what is around the span in focus.
    FocusOut,
    /// Draw bars by these clocks.
    Clocks(ClockView),
    /// Draw bars by the next kind of clocks.
    NextClocks,
    /// Let bars be as long as a number that spans have under this name; time for an empty one.
    BarsBy(String),
    /// The same for the next name.
    NextBars,
    /// Find out which names there are.
    ListNumbers,
    /// Zoom to the selected row.
    ZoomToSelected,
    /// Keep the selected span at the top, or let it go again.
    TogglePinned,
    /// Select a span, whatever hides it.
    Select(SpanIndex),
}

impl App {
    /// Changes how the open trace is looked at; without one, nothing.
    pub(super) fn look(&mut self, look: Look) {
        match look {
            Look::TogglePath => self.settings.path_shown = !self.settings.path_shown,
            Look::ColorBy(coloring) => self.settings.coloring = coloring,
            Look::NextColoring => self.settings.coloring = self.settings.coloring.next(),
            Look::FocusSelected => self.focus_selected(),
            Look::NextBars => self.next_bars(),
            Look::ListNumbers => {
                if let Some(picture) = self.trace_picture() {
                    picture.lists_numbers = true;
                }
            }
            Look::BarsBy(key) => {
                if let Some(picture) = self.trace_picture() {
                    picture.bars_by = key;
                }
            }
            Look::HideSelected => {
                if let Some(service) = self.selected_service() {
                    self.look(Look::ToggleHidden(service));
                }
            }
            Look::FocusOut => {
                let outer = self.grouped_and_picture().and_then(|(grouped, picture)| {
                    let node = grouped.waterfall.of_span(picture.showing.focus?);
                    parent_span(&grouped, node)
                });
                self.look(Look::Focus(outer));
            }
            Look::Focus(span) => self.focus(span),
            Look::ZoomToSelected => self.zoom_to_selected(),
            Look::Select(span) => {
                if let Some(grouped) = self.grouped.value.clone()
                    && span.at() < grouped.trace.spans.len()
                {
                    self.bring_up(grouped.waterfall.of_span(span));
                }
            }
            Look::TogglePinned => self.toggle_pinned(),
            Look::NextClocks => {
                let differ = self
                    .facts
                    .value
                    .as_ref()
                    .is_some_and(|facts| facts.clocks.is_corrected());
                if let Some(picture) = self.trace_picture().filter(|_| differ) {
                    picture.clocks = picture.clocks.next();
                }
            }
            other => {
                if let Some(picture) = self.trace_picture() {
                    change(picture, other);
                    picture.revision += 1;
                }
            }
        }
    }

    fn focus_selected(&mut self) {
        let selected = self.grouped_and_picture().and_then(|(grouped, picture)| {
            let node = picture.selected?;
            let node = (node.at() < grouped.waterfall.nodes().len()).then_some(node)?;
            match grouped.waterfall.node(node).kind {
                NodeKind::Span(_) | NodeKind::Chain(_) => grouped.waterfall.first_span(node),
                _ => None,
            }
        });
        match selected {
            Some(span) => self.look(Look::Focus(Some(span))),
            None => self.tell("Select a span to focus on it".to_owned(), false),
        }
    }

    /// The span, or all, fills the time in view.
    fn focus(&mut self, span: Option<SpanIndex>) {
        let Some((grouped, picture)) = self.grouped_and_picture() else {
            return;
        };
        let left = picture.showing.focus;
        picture.showing.focus = span;
        picture.revision += 1;
        picture.window = span.map(|span| grouped.waterfall.node(NodeIndex(span.0)).range);
        // Coming back, one finds what one looked at.
        if let Some(span) = span.or(left) {
            let node = grouped.waterfall.of_span(span);
            picture.selected = Some(node);
            picture.reveal = Some(node);
            picture.expansion.reveal(&grouped.waterfall, node);
        }
    }

    fn toggle_pinned(&mut self) {
        let span = self.selected_span();
        let Some((picture, span)) = self.trace_picture().zip(span) else {
            return;
        };
        match picture.pinned.iter().position(|pinned| *pinned == span) {
            Some(at) => drop(picture.pinned.remove(at)),
            None if picture.pinned.len() < MOST_PINNED => picture.pinned.push(span),
            None => {
                let text = format!("{MOST_PINNED} spans are pinned; unpin one first");
                self.tell(text, false);
            }
        }
    }

    fn zoom_to_selected(&mut self) {
        if let Some((grouped, picture)) = self.grouped_and_picture()
            && let Some(node) = picture.selected
            && node.at() < grouped.waterfall.nodes().len()
        {
            picture.window = Some(grouped.waterfall.node(node).range);
        }
    }

    fn selected_service(&self) -> Option<Arc<str>> {
        let span = self.selected_span()?;
        let grouped = self.grouped.value.as_ref()?;
        let span = grouped.trace.spans.get(span.at())?;
        Some(span.service.clone())
    }

    /// Selects a node of the open trace and brings it into view, whatever hides it.
    pub(super) fn bring_up(&mut self, node: NodeIndex) {
        let found = self.found.value.clone();
        let Some((grouped, picture)) = self.grouped_and_picture() else {
            return;
        };
        let is_other = found.is_some_and(|found| {
            let is_of_this = Arc::ptr_eq(&found.grouped, &grouped);
            is_of_this && !found.found.is_empty() && found.found.within(node) == 0
        });
        if is_other && picture.find.others == Others::Hidden {
            picture.find.others = Others::Dimmed;
        }
        let GroupedTrace {
            trace,
            waterfall,
            critical_path,
            ..
        } = &*grouped;
        picture
            .showing
            .uncover(trace, waterfall, critical_path, node);
        unfold(&grouped, picture, node);
    }

    fn grouped_and_picture(&mut self) -> Option<(Arc<GroupedTrace>, &mut TracePicture)> {
        let grouped = self.grouped.value.clone()?;
        Some((grouped, self.trace_picture()?))
    }
}

/// Selects a node and unfolds what hides it, within the part of the trace that is shown.
pub(super) fn unfold(grouped: &GroupedTrace, picture: &mut TracePicture, node: NodeIndex) {
    picture.expansion.reveal(&grouped.waterfall, node);
    picture.revision += 1;
    picture.selected = Some(node);
    picture.reveal = Some(node);
}

/// Changes that concern the picture alone.
fn change(picture: &mut TracePicture, look: Look) {
    let showing = &mut picture.showing;
    match look {
        Look::ToggleOnlyPath => showing.only_path = !showing.only_path,
        Look::ToDepth(depth) => {
            showing.folded.clear();
            picture.expansion.unfold_to_depth(depth);
        }
        Look::ToggleFolded(service) => switch(&mut showing.folded, service),
        Look::ToggleHidden(service) => switch(&mut showing.hidden, service),
        Look::ShowAllServices => showing.hidden.clear(),
        Look::Clocks(clocks) => picture.clocks = clocks,
        _ => {}
    }
}

/// Puts a service into a set, or takes it out.
fn switch(services: &mut BTreeSet<Arc<str>>, service: Arc<str>) {
    if !services.remove(&service) {
        services.insert(service);
    }
}

/// The nearest span a node hangs under.
pub fn parent_span(grouped: &GroupedTrace, node: NodeIndex) -> Option<SpanIndex> {
    let waterfall = &grouped.waterfall;
    let mut above = waterfall.node(node).parent;
    while let Some(node) = above {
        if let NodeKind::Span(span) = waterfall.node(node).kind {
            return Some(span);
        }
        above = waterfall.node(node).parent;
    }
    None
}
