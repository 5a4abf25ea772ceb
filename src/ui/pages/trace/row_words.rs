//! A row of a waterfall in words, for screen readers and tests.

use super::find_bar::matches_in_words;
use super::rows::{Sheet, label_of};
use crate::analysis::{NodeKind, Row};
use crate::model::human;
use crate::model::trace::Span;
use crate::ui::widgets::text::single_line;

impl Sheet<'_> {
    /// The row in words, for screen readers and tests, with what of it was found.
    pub(super) fn name(&self, row: &Row) -> String {
        let mut name = self.plain_name(row);
        let spans = self.span(row).into_iter();
        for mark in spans.flat_map(|span| self.problems(span)) {
            name += ", issue: ";
            name += mark.kind.detector().title;
        }
        let is_lit = |span: &Span| self.lit.contains(&span.id);
        if self.span(row).is_some_and(is_lit) {
            name += ", of the selected issue";
        }
        let position = self.found.and_then(|found| found.position(row.node));
        let is_alone = row.expanded || !row.expandable && position.is_some();
        match (self.found_in(row), is_alone) {
            (None | Some(0), _) => name,
            (Some(_), true) => format!("{name}, match"),
            (Some(count), false) => format!("{name}, {}", matches_in_words(count as usize)),
        }
    }

    fn plain_name(&self, row: &Row) -> String {
        let node = self.node(row);
        let lasted = match &self.looks.values {
            Some(values) => values
                .of(row.node)
                .map_or("no value".to_owned(), |(_, text)| text),
            None => human::duration(node.range.duration()),
        };
        let failed = if node.errors > 0 { ", failed" } else { "" };
        match (node.kind, self.span(row)) {
            (NodeKind::Span(_), Some(span)) => {
                let noted = self.looks.notes.iter().any(|note| note.span == span.id);
                format!(
                    "{} {}, {lasted}{failed}{}",
                    span.op,
                    single_line(label_of(span)),
                    if noted { ", with a note" } else { "" }
                )
            }
            (NodeKind::Siblings(_), Some(span)) => {
                let what = if self.is_repeated_query(row) {
                    "repeated queries"
                } else {
                    "repeats"
                };
                let total = self.group(row).map_or(0, |group| group.total);
                format!(
                    "{} {what}: {} {}, {}{failed}",
                    node.count,
                    span.op,
                    single_line(label_of(span)),
                    human::duration(total)
                )
            }
            (NodeKind::Repeats(_), Some(_)) => {
                let group = self.group(row);
                let (rounds, total) = group.map_or((0, 0), |group| (group.rounds, group.total));
                format!(
                    "{rounds} rounds of {}, {}{failed}",
                    self.motif(row),
                    human::duration(total)
                )
            }
            (NodeKind::Chain(_), Some(span)) => {
                format!("Chain of {} {}, {lasted}{failed}", node.count, span.op)
            }
            (NodeKind::Gap { .. }, _) => format!("Nothing recorded for {lasted}"),
            (NodeKind::Error(at), _) => format!("Error {}", self.error_title(at)),
            (_, None) => "Span".to_owned(),
        }
    }

    /// What repeats do in each round: `db SELECT …, then http.client GET …`.
    pub(super) fn motif(&self, row: &Row) -> String {
        let waterfall = &self.visible.grouped.waterfall;
        let spans = waterfall
            .motif(row.node)
            .filter_map(|row| waterfall.first_span(row));
        let spans = spans.filter_map(|span| self.trace().spans.get(span.at()));
        let steps = spans.map(|span| format!("{} {}", span.op, single_line(label_of(span))));
        steps.collect::<Vec<_>>().join(", then ")
    }

    pub(super) fn error_title(&self, at: u32) -> String {
        let error = self.trace().errors.get(at as usize);
        error.map_or_else(String::new, |error| {
            format!("{} {}", error.exception_type, error.message)
        })
    }
}
