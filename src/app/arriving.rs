//! What is selected and unfolded when a trace is come to.

use super::looking::unfold;
use super::route::Route;
use super::state::App;
use crate::model::trace::Trace;
use std::sync::Arc;

impl App {
    /// On arrival, selects the span the link led to and opens what hides it; without one, what is most worth a look:
    /// the first group of repeated queries, else the root.
    pub(super) fn arrive(&mut self) {
        let Route::Trace(place) = self.route().clone() else {
            return;
        };
        let current = self.trace.value.clone().flatten();
        let is_current = |trace: &Arc<Trace>| {
            trace.id == place.trace
                && current
                    .as_ref()
                    .is_some_and(|current| Arc::ptr_eq(current, trace))
        };
        let grouped = self
            .grouped
            .value
            .clone()
            .filter(|grouped| is_current(&grouped.trace));
        let (Some(grouped), Some(picture)) = (grouped, self.trace_picture()) else {
            return;
        };
        if std::mem::replace(&mut picture.arrived, true) {
            return;
        }
        let linked = place
            .span
            .and_then(|span| grouped.tree.find(&grouped.trace, span))
            .map(|span| grouped.waterfall.of_span(span));
        let focus = place
            .focus
            .and_then(|span| grouped.tree.find(&grouped.trace, span));
        picture.showing.focus = focus;
        let told = linked.and_then(|node| grouped.waterfall.first_span(node));
        picture.story.tell(place.of, told);
        let failed = || {
            let first = place.at_error.then(|| grouped.failures().next())?;
            let node = first.map(|span| grouped.waterfall.of_span(span));
            node.or_else(|| grouped.waterfall.orphan_error())
        };
        let linked = linked.or_else(failed);
        let first = || grouped.waterfall.tops().first().copied();
        let focus = focus.map(|span| grouped.waterfall.of_span(span));
        let linked = linked.or(focus);
        if let Some(node) = linked.or(grouped.first_repeat).or_else(first) {
            // A place says exactly what is shown, so nothing more is.
            unfold(&grouped, picture, node);
        }
    }
}
