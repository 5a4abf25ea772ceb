//! Two sides of a comparison, as a place: `compare?a=SIDE&b=SIDE&from=…&to=…`. A side is the id of a trace, `median` for
//! the traces like the other side, or `q:SEARCH` for the traces that fit a search.

use super::{bounds, decode, encode, place};
use crate::app::looks::Source;
use crate::model::{TimeRange, TraceId};
use crate::query::{self, Subject};
use crate::store::Filter;
use std::fmt;

/// What a side that is a search begins with.
const SEARCH: &str = "q:";

/// A side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompareWith {
    /// A trace.
    Trace(TraceId),
    /// The median of the traces like the other side.
    Usual,
    /// The median of the traces that fit a search; of all, if it is empty.
    Fitting(String),
}

/// What is compared with what; a side that is missing is still to be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComparePlace {
    /// What is compared with: the left side.
    pub a: Option<CompareWith>,
    /// What is compared: the right side.
    pub b: Option<CompareWith>,
    /// The time that searches are of; `None` for all of it.
    pub range: Option<TimeRange>,
}

impl ComparePlace {
    /// Something, compared with what is still to be chosen.
    pub fn of(b: CompareWith) -> Self {
        Self {
            b: Some(b),
            ..Self::default()
        }
    }

    /// What both sides are made of; `None` while one is to be chosen, or where a search cannot be read.
    pub fn sources(&self) -> Option<[Source; 2]> {
        Some([
            self.source(self.a.as_ref()?)?,
            self.source(self.b.as_ref()?)?,
        ])
    }

    fn source(&self, side: &CompareWith) -> Option<Source> {
        match side {
            CompareWith::Trace(id) => Some(Source::Trace(*id)),
            CompareWith::Usual => self.only_trace().map(Source::Like),
            CompareWith::Fitting(text) => self.filter(text).map(Source::Fitting),
        }
    }

    /// A search in the time of the place.
    pub fn filter(&self, text: &str) -> Option<Filter> {
        let search = query::parse_for(text, Subject::Traces).ok()?;
        let range = self.range;
        Some(Filter { search, range })
    }

    /// The trace that the other side is like, or is to be chosen for: the right one, else the left one.
    pub fn only_trace(&self) -> Option<TraceId> {
        let of = |side: &Option<CompareWith>| match side {
            Some(CompareWith::Trace(id)) => Some(*id),
            _ => None,
        };
        of(&self.b).or_else(|| of(&self.a))
    }

    /// The search that the other side is to be chosen for: the right one, else the left one.
    pub fn only_search(&self) -> Option<&str> {
        let of = |side| match side {
            &Some(CompareWith::Fitting(ref text)) => Some(text.as_str()),
            _ => None,
        };
        of(&self.b).or_else(|| of(&self.a))
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
            ..self
        }
    }

    /// With the left side to be chosen anew. What is usual is so of the other side, and goes with it.
    #[must_use]
    pub fn with_another(self) -> Self {
        let b = self.b.filter(|side| *side != CompareWith::Usual);
        Self {
            a: None,
            b: b.or(self.a),
            range: self.range,
        }
    }

    /// Reads the fields of a place. One side is a trace or a search, and only traces have others like them.
    pub(super) fn from_fields<'a>(
        field: impl Fn(&str) -> Option<&'a str>,
        range: Option<TimeRange>,
    ) -> Option<Self> {
        let side = |name: &str| match field(name) {
            None | Some("") => Some(None),
            Some("median") => Some(Some(CompareWith::Usual)),
            Some(text) => match text.strip_prefix(SEARCH) {
                Some(search) => Some(Some(CompareWith::Fitting(decode(search)))),
                None => Some(Some(CompareWith::Trace(text.parse().ok()?))),
            },
        };
        let [a, b] = [side("a")?, side("b")?];
        let place = Self { a, b, range };
        let is_told = match [&place.a, &place.b].contains(&&Some(CompareWith::Usual)) {
            true => place.only_trace().is_some(),
            false => place.a.is_some() || place.b.is_some(),
        };
        let is_readable = |side: &Option<CompareWith>| match side {
            Some(CompareWith::Fitting(text)) => place.filter(text).is_some(),
            _ => true,
        };
        let is_place = is_told && is_readable(&place.a) && is_readable(&place.b);
        is_place.then_some(place)
    }
}

impl fmt::Display for ComparePlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |side: &Option<CompareWith>| match side {
            None => String::new(),
            Some(CompareWith::Usual) => "median".to_owned(),
            Some(CompareWith::Trace(id)) => id.to_string(),
            Some(CompareWith::Fitting(search)) => format!("{SEARCH}{}", encode(search)),
        };
        let [from, to] = bounds(self.range);
        let fields = [
            ("a", text(&self.a)),
            ("b", text(&self.b)),
            ("from", from),
            ("to", to),
        ];
        out.write_str(&place("compare", &fields))
    }
}
