//! The current place with all that was looked at since it was entered: what a copied link leads back to.

use super::route::{Route, StoryOf, TracePlace};
use super::state::App;
use super::views::{Picture, TracePicture};
use crate::analysis::SpanIndex;
use crate::analysis::story::Of;
use crate::model::SpanId;

impl App {
    /// The place as it looks now. Of a trace: the selected span, the part and the stretch of time in view, and how it is shown.
    pub fn place(&self) -> Route {
        let entry = self.history.current();
        match (&entry.route, &entry.picture) {
            (Route::Trace(place), Picture::Trace(picture)) if picture.arrived => {
                Route::Trace(self.trace_place(place, picture))
            }
            (route, _) => route.clone(),
        }
    }

    fn trace_place(&self, place: &TracePlace, picture: &TracePicture) -> TracePlace {
        let (of, told) = match picture.story.of {
            Of::Trace => (StoryOf::Trace, None),
            Of::Subtree(span) => (StoryOf::Subtree, Some(span)),
            Of::Span(span) => (StoryOf::Span, Some(span)),
        };
        // The story is that of the span the place names.
        let span = told.or_else(|| self.selected_span());
        TracePlace {
            trace: place.trace,
            span: span.and_then(|span| self.span_id(span)).or(place.span),
            at_error: false,
            view: picture.view,
            of,
            within: picture.story.within,
            find: picture.find.search.clone(),
            others: picture.find.others,
            focus: picture.showing.focus.and_then(|span| self.span_id(span)),
            only_path: picture.showing.only_path,
            bars: picture.bars_by.clone(),
            range: picture.window,
        }
    }

    fn span_id(&self, span: SpanIndex) -> Option<SpanId> {
        let trace = self.trace.value.as_ref()?.as_ref()?;
        trace.spans.get(span.at()).map(|span| span.id)
    }
}
