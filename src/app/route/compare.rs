//! Two traces side by side, as a place: `compare?a=TRACE_ID&b=TRACE_ID`, where one of the two may be `median`.

use super::place;
use crate::app::looks::Source;
use crate::model::TraceId;
use std::fmt;

/// A side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareWith {
    /// A trace.
    Trace(TraceId),
    /// The median of the traces like the other side.
    Usual,
}

/// What is compared with what; a side that is missing is still to be chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ComparePlace {
    /// What is compared with: the left side.
    pub a: Option<CompareWith>,
    /// What is compared: the right side.
    pub b: Option<CompareWith>,
}

impl ComparePlace {
    /// What both sides are made of; `None` while one is to be chosen.
    pub fn sources(&self) -> Option<[Source; 2]> {
        let source = |side| match side {
            CompareWith::Trace(id) => Some(Source::Trace(id)),
            CompareWith::Usual => self.only_trace().map(Source::Like),
        };
        Some([source(self.a?)?, source(self.b?)?])
    }

    /// The trace that the other side is like, or is to be chosen for: the right one, else the left one.
    pub fn only_trace(&self) -> Option<TraceId> {
        let of = |side| match side {
            Some(CompareWith::Trace(id)) => Some(id),
            _ => None,
        };
        of(self.b).or_else(|| of(self.a))
    }

    /// With the missing side chosen.
    #[must_use]
    pub fn with(self, other: CompareWith) -> Self {
        match self.a {
            None => Self {
                a: Some(other),
                ..self
            },
            Some(_) => Self {
                b: Some(other),
                ..self
            },
        }
    }

    /// The other way round.
    #[must_use]
    pub fn swapped(self) -> Self {
        Self {
            a: self.b,
            b: self.a,
        }
    }

    /// Reads the fields of a place. At least one side is a trace.
    pub(super) fn from_fields<'a>(field: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let side = |name: &str| match field(name) {
            None | Some("") => Some(None),
            Some("median") => Some(Some(CompareWith::Usual)),
            Some(id) => Some(Some(CompareWith::Trace(id.parse().ok()?))),
        };
        let place = Self {
            a: side("a")?,
            b: side("b")?,
        };
        place.only_trace().is_some().then_some(place)
    }
}

impl fmt::Display for ComparePlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |side| match side {
            None => String::new(),
            Some(CompareWith::Usual) => "median".to_owned(),
            Some(CompareWith::Trace(id)) => id.to_string(),
        };
        out.write_str(&place(
            "compare",
            &[("a", text(self.a)), ("b", text(self.b))],
        ))
    }
}
