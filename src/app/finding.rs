//! Finding within the open trace: stepping from match to match and from failure to failure.

use super::questions::FoundInTrace;
use super::route::Others;
use super::state::App;
use super::views::Step;
use crate::analysis::SpanIndex;
use crate::query::{self, Subject};
use std::sync::Arc;

impl App {
    /// What was found in the open trace, if it numbers the nodes as the rows at hand do.
    pub fn found_in_trace(&self) -> Option<&Arc<FoundInTrace>> {
        let (found, rows) = (self.found.value.as_ref()?, self.rows.value.as_ref()?);
        Arc::ptr_eq(&found.grouped, &rows.grouped).then_some(found)
    }

    /// Looks for something in the open trace; a text that cannot be read yet leaves what was found as it is.
    pub(super) fn find(&mut self, text: String) {
        let readable = query::parse_for(&text, Subject::Records).is_ok();
        if let Some(picture) = self.trace_picture() {
            picture.find.shown = true;
            if readable {
                picture.find.search = text.trim().to_owned();
            }
            picture.find.draft = text;
        }
    }

    /// Puts the search of the open trace away.
    pub(super) fn stop_finding(&mut self) {
        if let Some(picture) = self.trace_picture() {
            picture.find.shown = false;
            picture.find.draft.clear();
            picture.find.search.clear();
        }
    }

    /// Chooses what becomes of the rows that do not match.
    pub(super) fn show_others(&mut self, others: Others) {
        if let Some(picture) = self.trace_picture() {
            picture.find.others = others;
        }
    }

    /// Selects the next match or the one before, as soon as it is known what matches.
    pub(super) fn step_to_match(&mut self, step: Step) {
        let Some(picture) = self.trace_picture() else {
            return;
        };
        picture.find.step = Some(step);
        let search = picture.find.search.clone();
        self.remember_search(&search);
    }

    /// Takes the step that was asked for if what was found last answers what is looked for now.
    pub(super) fn take_step(&mut self) {
        if self.found.waiting {
            return;
        }
        let selected = self.selected_node();
        let found = self.found.value.clone();
        let Some(step) = self
            .trace_picture()
            .and_then(|picture| picture.find.step.take())
        else {
            return;
        };
        let node = found.and_then(|found| match step {
            Step::Next => found.found.next(selected),
            Step::Previous => found.found.previous(selected),
        });
        if let Some(node) = node {
            self.bring_up(node);
            let span = self.selected_span();
            self.bring_up_in_story(span);
        }
    }

    /// Selects the first line of a span where the story is told, with a few of the lines before it in sight.
    fn bring_up_in_story(&mut self, span: Option<SpanIndex>) {
        let told = self.story.value.clone().filter(|_| span.is_some());
        let line = told.and_then(|told| {
            let mut lines = told.story.lines.iter();
            lines.position(|line| line.span == span)
        });
        if let (Some(line), Some(picture)) = (line, self.trace_picture()) {
            picture.story.selected = Some(line as u64);
            picture.story.offset_rows = line.saturating_sub(4) as f64;
        }
    }

    /// Selects the next span that failed or had an error, or the one before; after the last the first.
    pub(super) fn step_to_failure(&mut self, step: Step) {
        let Some(grouped) = self.grouped.value.clone() else {
            return;
        };
        let selected = self.selected_span();
        let span = match step {
            Step::Next => {
                let mut later = grouped
                    .failures()
                    .filter(|span| selected.is_some_and(|selected| *span > selected));
                later.next().or_else(|| grouped.failures().next())
            }
            Step::Previous => {
                let earlier = grouped
                    .failures()
                    .take_while(|span| selected.is_some_and(|selected| *span < selected));
                earlier.last().or_else(|| grouped.failures().last())
            }
        };
        let node = span.map(|span| grouped.waterfall.of_span(span));
        let Some(node) = node.or_else(|| grouped.waterfall.orphan_error()) else {
            return;
        };
        self.bring_up(node);
        self.bring_up_in_story(span);
    }
}
