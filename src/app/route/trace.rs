//! One trace as a place:
//! `trace/TRACE_ID/SPAN_ID?view=story&of=subtree&within=zoom&find=…&others=hidden&focus=SPAN_ID&only=path&bars=…&from=…&to=…`.

use super::{bounds, decode, encode, place};
use crate::model::{SpanId, TimeRange, TraceId};
use std::fmt;

/// One trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracePlace {
    /// Which.
    pub trace: TraceId,
    /// The span the link leads to.
    pub span: Option<SpanId>,
    /// Whether it opens at the first error, when no span is named.
    pub at_error: bool,
    /// How it is shown.
    pub view: TraceView,
    /// Whose story is told, where the story is shown.
    pub of: StoryOf,
    /// Whether the story keeps to the stretch of time in view.
    pub within: bool,
    /// What is looked for among its spans; empty for nothing.
    pub find: String,
    /// What becomes of the rows that do not match.
    pub others: Others,
    /// Only this span and what is below it, in the waterfall.
    pub focus: Option<SpanId>,
    /// Only what the critical path runs through, in the waterfall.
    pub only_path: bool,
    /// The attribute whose numbers bars are as long as; empty for time.
    pub bars: String,
    /// The stretch of time in view; `None` for all of it.
    pub range: Option<TimeRange>,
}

impl TracePlace {
    /// A trace as a waterfall, at a span if there is one.
    pub fn new(trace: TraceId, span: Option<SpanId>) -> Self {
        Self {
            trace,
            span,
            at_error: false,
            view: TraceView::default(),
            of: StoryOf::default(),
            within: false,
            find: String::new(),
            others: Others::default(),
            focus: None,
            only_path: false,
            bars: String::new(),
            range: None,
        }
    }

    /// Reads what follows `trace/`, and the fields of a place.
    pub(super) fn from_fields<'t>(
        path: &str,
        field: impl Fn(&str) -> Option<&'t str>,
        range: Option<TimeRange>,
    ) -> Option<Self> {
        let (trace, span) = match path.split_once('/') {
            Some((trace, span)) => (trace, Some(span)),
            None => (path, None),
        };
        let id = |text: Option<&str>| {
            text.map(|id| id.parse().ok())
                .map_or(Some(None), |id| id.map(Some))
        };
        let flag = |name, word| match field(name) {
            None => Some(false),
            Some(text) => (text == word).then_some(true),
        };
        let text = |name| field(name).unwrap_or_default();
        Some(Self {
            trace: trace.parse().ok()?,
            span: id(span)?,
            at_error: flag("at", "error")?,
            view: TraceView::from_name(text("view"))?,
            of: StoryOf::from_name(text("of"))?,
            within: flag("within", "zoom")?,
            find: decode(text("find")),
            others: Others::from_name(text("others"))?,
            focus: id(field("focus"))?,
            only_path: flag("only", "path")?,
            bars: decode(text("bars")),
            range,
        })
    }
}

/// How a trace is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TraceView {
    /// Its spans as a tree over time.
    #[default]
    Waterfall,
    /// All that happened as lines in the order of time.
    Story,
    /// Its spans merged by what leads to them.
    Flame,
    /// Its spans in numbers.
    Table,
    /// Its services and their calls.
    Map,
    /// Its spans in a row.
    List,
}

impl TraceView {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 6] = [
        Self::Waterfall,
        Self::Story,
        Self::Flame,
        Self::Table,
        Self::Map,
        Self::List,
    ];

    /// As in the text of a place; empty for the usual one.
    fn name(self) -> &'static str {
        match self {
            Self::Waterfall => "",
            Self::Story => "story",
            Self::Flame => "flame",
            Self::Table => "table",
            Self::Map => "map",
            Self::List => "list",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        match name {
            "waterfall" => Some(Self::Waterfall),
            name => Self::ALL.into_iter().find(|view| view.name() == name),
        }
    }
}

/// What becomes of the rows of a trace that do not match what is looked for in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Others {
    /// They are there, but pale.
    #[default]
    Dimmed,
    /// They look as always.
    Shown,
    /// Only those are there that lead to a match.
    Hidden,
}

/// Whose story is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StoryOf {
    /// The whole trace's.
    #[default]
    Trace,
    /// That of the span with what hangs under it.
    Subtree,
    /// That of the span alone.
    Span,
}

impl fmt::Display for TracePlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = match self.span {
            Some(span) => format!("trace/{}/{span}", self.trace),
            None => format!("trace/{}", self.trace),
        };
        let word = |is: bool, word: &str| if is { word.to_owned() } else { String::new() };
        let [from, to] = bounds(self.range);
        let fields = [
            ("at", word(self.at_error, "error")),
            ("view", self.view.name().to_owned()),
            ("of", self.of.name().to_owned()),
            ("within", word(self.within, "zoom")),
            ("find", encode(&self.find)),
            ("others", self.others.name().to_owned()),
            (
                "focus",
                self.focus.map_or_else(String::new, |span| span.to_string()),
            ),
            ("only", word(self.only_path, "path")),
            ("bars", encode(&self.bars)),
            ("from", from),
            ("to", to),
        ];
        out.write_str(&place(&path, &fields))
    }
}

impl Others {
    /// As in the text of a place; empty for the usual one.
    fn name(self) -> &'static str {
        match self {
            Self::Dimmed => "",
            Self::Shown => "shown",
            Self::Hidden => "hidden",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Dimmed, Self::Shown, Self::Hidden]
            .into_iter()
            .find(|others| others.name() == name)
    }
}

impl StoryOf {
    /// As in the text of a place; empty for the usual one.
    fn name(self) -> &'static str {
        match self {
            Self::Trace => "",
            Self::Subtree => "subtree",
            Self::Span => "span",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        match name {
            "" | "trace" => Some(Self::Trace),
            "subtree" => Some(Self::Subtree),
            "span" => Some(Self::Span),
            _ => None,
        }
    }
}
