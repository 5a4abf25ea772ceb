//! Bars as long as any number that spans have: bytes, rows, tokens. Read for the whole trace on a reader thread.

use super::looking::Look;
use super::questions::{GroupedTrace, Question};
use super::route::TraceView;
use super::state::{App, Versioned};
use super::views::Picture;
use crate::analysis::{NodeIndex, NodeKind};
use crate::app::fetched::Fetched;
use crate::model::record::RecordRef;
use crate::model::{CancelToken, human};
use crate::store::{Reader, StoreError};
use std::collections::HashMap;
use std::sync::Arc;

/// What was asked for, and the answers.
#[derive(Debug, Default)]
pub struct BarLengths {
    /// The names under which spans of the trace have numbers, by version of the trace; asked for once they are wanted.
    pub keys: Fetched<u64, Arc<[Arc<str>]>>,
    /// The numbers of one of them, by version of the grouping.
    pub values: Fetched<Versioned<String>, Arc<BarValues>>,
}

impl BarLengths {
    /// Forgets what belongs to the trace that was open before.
    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.values.clear();
    }
}

/// The numbers of a trace's spans under a name.
#[derive(Debug)]
pub struct BarValues {
    /// The name.
    pub key: String,
    /// The trace and its grouping.
    pub grouped: Arc<GroupedTrace>,
    /// By the span's place, rising.
    values: Vec<(u32, f64)>,
    /// The largest and the sum of each group that has any.
    groups: HashMap<NodeIndex, (f64, f64)>,
    /// The largest of all, at least 0.
    pub largest: f64,
}

impl BarValues {
    /// Reads them.
    pub(super) fn read(
        reader: &Reader,
        grouped: Arc<GroupedTrace>,
        key: String,
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let refs: Vec<RecordRef> = grouped.trace.spans.iter().map(|span| span.at).collect();
        let values = reader.numbers(&refs, &key, cancel)?;
        let largest = values.iter().map(|(_, value)| *value).fold(0.0, f64::max);
        let mut found = Self {
            key,
            values,
            groups: HashMap::new(),
            largest,
            grouped: grouped.clone(),
        };
        let nodes = (0..grouped.waterfall.nodes().len() as u32).map(NodeIndex);
        for node in nodes {
            let Some(group) = grouped.waterfall.group(node) else {
                continue;
            };
            let members = group.members.iter();
            let sum = members
                .filter_map(|span| found.value(span.0))
                .fold(None, |sum, value| {
                    let (most, all) = sum.unwrap_or((value, 0.0));
                    Some((f64::max(most, value), all + value))
                });
            if let Some(sum) = sum {
                found.groups.insert(node, sum);
            }
        }
        Ok(found)
    }

    fn value(&self, span: u32) -> Option<f64> {
        let place = self.values.binary_search_by_key(&span, |(span, _)| *span);
        place.ok().map(|place| self.values[place].1)
    }

    /// How long the bar of a node is, 0 to 1, and its value in words; `None` for a node without a value.
    pub fn of(&self, node: NodeIndex) -> Option<(f64, String)> {
        let share = |value: f64| match self.largest {
            largest if largest > 0.0 => (value / largest).clamp(0.0, 1.0),
            _ => 0.0,
        };
        let found = match self.grouped.waterfall.node(node).kind {
            NodeKind::Span(span) => {
                let value = self.value(span.0)?;
                (share(value), in_words(&self.key, value))
            }
            _ => {
                let (most, all) = *self.groups.get(&node)?;
                let words = [most, all].map(|value| in_words(&self.key, value));
                (
                    share(most),
                    format!("up to {}, {} in all", words[0], words[1]),
                )
            }
        };
        Some(found)
    }
}

/// A value in the unit that its name tells of.
pub fn in_words(key: &str, value: f64) -> String {
    let last = key.rsplit(['.', '_']).next().unwrap_or(key);
    let is_size = matches!(last, "size" | "bytes" | "length") && !key.contains("args");
    match value {
        value if value.fract() != 0.0 || value.abs() >= 9e15 => format!("{value:.3}"),
        value if value < 0.0 => format!("{value}"),
        value if is_size => human::bytes(value as u64),
        value => human::grouped(value as u64),
    }
}

impl App {
    /// Asks for the numbers that bars are drawn by, and for those they could be drawn by if that is wanted.
    pub(super) fn ask_for_lengths(&mut self, grouped: &Arc<GroupedTrace>) {
        let Picture::Trace(picture) = &self.history.current().picture else {
            return;
        };
        if picture.view != TraceView::Waterfall {
            return;
        }
        let version = self.trace.revision;
        if picture.lists_numbers && self.lengths.keys.should_ask(version) {
            self.jobs.ask(Question::NumberKeys(grouped.trace.clone()));
        }
        let key = &picture.bars_by;
        let wanted = (self.grouped.revision, key.clone());
        if !key.is_empty() && self.lengths.values.should_ask(wanted) {
            self.jobs.ask(Question::BarValues {
                grouped: grouped.clone(),
                key: key.clone(),
            });
        }
    }

    /// The numbers that bars are drawn by, once they are there.
    pub fn bar_values(&self, grouped: &Arc<GroupedTrace>) -> Option<&Arc<BarValues>> {
        let Picture::Trace(picture) = &self.history.current().picture else {
            return None;
        };
        let values = self.lengths.values.value.as_ref()?;
        let fits = values.key == picture.bars_by && Arc::ptr_eq(&values.grouped, grouped);
        fits.then_some(values)
    }

    /// The next of the numbers that bars can be drawn by; behind the last, time.
    pub(super) fn next_bars(&mut self) {
        let keys = self.lengths.keys.value.clone();
        let Some(picture) = self.trace_picture() else {
            return;
        };
        let Some(keys) = keys else {
            picture.lists_numbers = true;
            return self.tell(
                "Looking for numbers that spans have; once more for the first".to_owned(),
                false,
            );
        };
        let now = keys.iter().position(|key| **key == *picture.bars_by);
        let next = keys.get(now.map_or(0, |now| now + 1));
        let next = next.map_or(String::new(), |key| key.to_string());
        let text = match (keys.is_empty(), next.is_empty()) {
            (true, _) => "No span of this trace has a number".to_owned(),
            (false, true) => "Bars show time".to_owned(),
            (false, false) => format!("Bars show {next}"),
        };
        self.look(Look::BarsBy(next));
        self.tell(text, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_their_units() {
        for (key, value, expected) in [
            ("http.response.body.size", 2_048.0, "2.05 kB"),
            ("db.response.returned_rows", 12_345.0, "12,345"),
            ("score", 0.25, "0.250"),
            ("balance", -3.0, "-3"),
        ] {
            assert_eq!(in_words(key, value), expected, "{key}");
        }
    }
}
