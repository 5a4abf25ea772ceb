//! What was found in the trace, in the looks that are no waterfall: which parts stand out, and which are pale.

use super::find_bar::matches_in_words;
use crate::analysis::SpanIndex;
use crate::app::App;
use crate::app::looks::{Counted, MatchCounts};
use crate::app::questions::FoundInTrace;
use crate::app::route::Others;
use crate::app::views::Picture;
use crate::ui::widgets::cell::Cell;
use egui::{Rect, vec2};
use std::sync::Arc;

/// How pale what does not match becomes: the share of the ground in its colours.
pub(super) const PALE: f32 = 0.6;

/// What was found, as one look shows it. Nothing is lit while nothing is looked for.
#[derive(Default)]
pub(super) struct Lit {
    found: Option<Arc<FoundInTrace>>,
    counts: Option<Arc<MatchCounts>>,
    /// Whether the rest is pale.
    pub dims: bool,
}

impl Lit {
    /// For a look whose rows are a span each.
    pub fn rows(app: &App) -> Self {
        let Picture::Trace(picture) = &app.history.current().picture else {
            return Self::default();
        };
        let found = app.found_in_trace();
        let found = found.filter(|_| !picture.find.search.is_empty());
        Self {
            dims: picture.find.others != Others::Shown,
            found: found.cloned(),
            counts: None,
        }
    }

    /// For a look whose parts stand for several spans each.
    pub fn parts(app: &App, of: &Counted) -> Self {
        Self {
            counts: app.matches_in(of),
            ..Self::rows(app)
        }
    }

    /// How many matches are behind a part; `None` while that is not known or nothing is looked for.
    pub fn count(&self, part: usize) -> Option<u32> {
        self.counts.as_ref().map(|counts| counts.get(part))
    }

    /// The same of a span: 1 if it matches.
    pub fn span(&self, span: Option<SpanIndex>) -> Option<u32> {
        let found = self.found.as_ref()?;
        let spans = found.grouped.trace.spans.len();
        let matches = span.is_some_and(|span| {
            let node = || found.grouped.waterfall.of_span(span);
            span.at() < spans && found.found.position(node()).is_some()
        });
        Some(u32::from(matches))
    }

    /// The ground of a cell that has matches, with an edge at the row's left end.
    pub fn ground(&self, count: Option<u32>, column: usize, cell: &Cell<'_>) {
        if count.is_none_or(|count| count == 0) {
            return;
        }
        if !cell.selected {
            let ground = cell.palette.found_soft;
            cell.painter().rect_filled(cell.rect, 0.0, ground);
        }
        if column == 0 {
            let edge = Rect::from_min_size(cell.rect.min, vec2(3.0, cell.rect.height()));
            cell.painter().rect_filled(edge, 0.0, cell.palette.found);
        }
    }

    /// Makes a cell pale that has none; to be called when all else is painted.
    pub fn veil(&self, count: Option<u32>, cell: &Cell<'_>) {
        if self.dims && count == Some(0) && !cell.selected {
            let veil = cell.palette.panel.gamma_multiply(PALE);
            cell.painter().rect_filled(cell.rect, 0.0, veil);
        }
    }
}

/// Behind the words on a part: `, 3 matches`; nothing for none.
pub(super) fn in_words(count: Option<u32>) -> String {
    match count {
        None | Some(0) => String::new(),
        Some(count) => format!(", {}", matches_in_words(count as usize)),
    }
}
