//! Spans by what they have in common: their service, their operation, or the value of any attribute.
//!
//! Classes are numbers, so that whatever is counted by class is counted in arrays; texts are compared only where
//! neighbours do not share them.

use super::tree::SpanIndex;
use crate::model::trace::{Span, Trace};
use hashbrown::HashMap;
use std::sync::Arc;

/// Each span's class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Classes {
    codes: Vec<u32>,
    values: Vec<Arc<str>>,
}

impl Classes {
    /// By a text of each span. Classes are numbered in the order in which they first occur.
    pub fn by<'a>(trace: &'a Trace, text: impl Fn(&'a Span) -> &'a Arc<str>) -> Self {
        let mut names = Names::default();
        let codes = trace.spans.iter().map(|span| names.code(text(span)));
        Self {
            codes: codes.collect(),
            values: names.values,
        }
    }

    /// By service.
    pub fn by_service(trace: &Trace) -> Self {
        Self::by(trace, |span| &span.service)
    }

    /// By operation, and by name where a span has no operation.
    pub fn by_operation(trace: &Trace) -> Self {
        Self::by(trace, operation)
    }

    /// By values found elsewhere, such as those of an attribute; a text for each span, empty where it has none.
    pub fn of_values<'a>(values: impl IntoIterator<Item = &'a Arc<str>>) -> Self {
        let mut names = Names::default();
        let codes = values.into_iter().map(|value| names.code(value)).collect();
        Self {
            codes,
            values: names.values,
        }
    }

    /// How many classes there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The class of a span, as an index into [`Classes::values`]; `None` for a span beyond those that were given.
    pub fn of(&self, span: SpanIndex) -> Option<usize> {
        self.codes.get(span.at()).map(|code| *code as usize)
    }

    /// What the spans of each class have in common.
    pub fn values(&self) -> &[Arc<str>] {
        &self.values
    }

    /// Takes the values out.
    pub fn into_values(self) -> Vec<Arc<str>> {
        self.values
    }
}

/// What a span does: its operation, else its name.
pub(super) fn operation(span: &Span) -> &Arc<str> {
    match super::siblings::has_op(span) {
        true => &span.op,
        false => &span.name,
    }
}

/// Numbers texts in the order in which they first occur.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    values: Vec<Arc<str>>,
    by_text: HashMap<Arc<str>, u32>,
    /// The number given out last: neighbours mostly share their text.
    last: u32,
}

impl Names {
    /// The number of a text.
    pub(super) fn code(&mut self, text: &Arc<str>) -> u32 {
        let is_last = |last: &Arc<str>| Arc::ptr_eq(last, text);
        if self.values.get(self.last as usize).is_some_and(is_last) {
            return self.last;
        }
        let next = self.values.len() as u32;
        let code = match self.by_text.get(text) {
            Some(code) => *code,
            None => {
                self.by_text.insert(text.clone(), next);
                self.values.push(text.clone());
                next
            }
        };
        self.last = code;
        code
    }

    /// The text of a number; empty for one that was never given out.
    pub(super) fn text(&self, code: u32) -> Arc<str> {
        self.values.get(code as usize).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_trace::trace;

    #[test]
    fn spans_of_one_text_are_one_class_wherever_the_text_lies() {
        let mut trace = trace(&[(1, 0, 0, 9), (2, 1, 1, 2), (3, 1, 2, 3), (4, 1, 3, 4)]);
        for (span, op) in trace.spans.iter_mut().zip(["http", "db", "", "db"]) {
            span.op = op.into();
        }
        let classes = Classes::by_operation(&trace);
        let names: Vec<&str> = classes.values().iter().map(|value| &**value).collect();
        assert_eq!(names, ["http", "db", "3"], "without an operation the name");
        let codes: Vec<_> = (0..5).map(|at| classes.of(SpanIndex(at))).collect();
        assert_eq!(codes, [Some(0), Some(1), Some(2), Some(1), None]);
        assert_eq!(Classes::by_service(&trace).len(), 1);
    }
}
