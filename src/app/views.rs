//! How each page looks at the moment: scroll, zoom, selection, expansion. Plain values that history keeps.

use super::looks::LooksPicture;
use super::route::{Others, Route, StoryOf, TracePlace, TraceView};
use crate::analysis::story::Of;
use crate::analysis::{Expansion, GroupOptions, NodeIndex, Showing, SpanIndex};
use crate::model::TimeRange;
use crate::model::record::RecordRef;
use crate::model::trace::{Span, Trace};
use std::ops::Range;

/// The picture of a page.
#[derive(Clone, Debug)]
pub enum Picture {
    /// The imports page.
    Imports(ImportsPicture),
    /// The report on one import.
    Import(ReportPicture),
    /// The trace list.
    Traces(ListPicture),
    /// One trace.
    Trace(Box<TracePicture>),
    /// The log list.
    Logs(ListPicture),
    /// The span search.
    Spans(ListPicture),
    /// The issues.
    Issues(ListPicture),
    /// Alert rules.
    Alerts(ListPicture),
    /// Two traces side by side.
    Compare(ComparePicture),
    /// What a part of the application did.
    Insights(ListPicture),
}

/// The imports page.
#[derive(Clone, Debug, Default)]
pub struct ImportsPicture {
    /// What is typed into the path field.
    pub path_draft: String,
    /// First visible import, with the fraction scrolled past.
    pub offset_rows: f64,
    /// The selected import's row.
    pub selected: Option<u64>,
}

/// The report on one import.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReportPicture {
    /// First visible skipped record, with the fraction scrolled past.
    pub offset_rows: f64,
    /// The selected one.
    pub selected: Option<u64>,
}

/// A long list with a search above it.
#[derive(Clone, Debug)]
pub struct ListPicture {
    /// First visible row, with the fraction scrolled past.
    pub offset_rows: f64,
    /// The selected row.
    pub selected: Option<u64>,
    /// The selected record, once its row is known.
    pub record: Option<RecordRef>,
    /// What is typed into the search, not yet asked.
    pub draft: String,
    /// The rows on screen, as the table reported them.
    pub visible: Range<u64>,
    /// How many records are shown before and after one whose neighbours are listed.
    pub around: (usize, usize),
    /// Where that record was among those listed last.
    pub around_at: Option<usize>,
}

/// Records shown at first before and after one whose neighbours are listed.
const AROUND: usize = 50;

impl ListPicture {
    fn new(query: &str) -> Self {
        Self {
            offset_rows: 0.0,
            selected: None,
            record: None,
            draft: query.to_owned(),
            visible: 0..60,
            around: (AROUND, AROUND),
            around_at: None,
        }
    }
}

/// By which clocks the bars of a waterfall are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClockView {
    /// As they were recorded.
    #[default]
    Recorded,
    /// Moved by what calls between services say of their clocks.
    Corrected,
    /// Moved, with what was recorded as an outline.
    Both,
}

impl ClockView {
    /// All, in the order in which they follow each other.
    pub const ALL: [Self; 3] = [Self::Recorded, Self::Corrected, Self::Both];

    /// The next one when the key is pressed.
    pub fn next(self) -> Self {
        match self {
            Self::Recorded => Self::Corrected,
            Self::Corrected => Self::Both,
            Self::Both => Self::Recorded,
        }
    }
}

/// One trace.
#[derive(Clone, Debug, Default)]
pub struct TracePicture {
    /// Which spans the numbers below are of; another version of the trace numbers them otherwise.
    pub spans: Option<SpansSeen>,
    /// Which passes group the tree.
    pub options: GroupOptions,
    /// What is opened and closed.
    pub expansion: Expansion,
    /// Which part of the trace is shown.
    pub showing: Showing,
    /// By which clocks its bars are drawn.
    pub clocks: ClockView,
    /// Spans that stay at the top, in the order in which they were pinned.
    pub pinned: Vec<SpanIndex>,
    /// Goes up with every change of the expansion or the part.
    pub revision: u64,
    /// The attribute whose numbers its bars are as long as; empty for time.
    pub bars_by: String,
    /// Whether the attributes that have numbers are wanted.
    pub lists_numbers: bool,
    /// The stretch of time in view; `None` shows all of it.
    pub window: Option<TimeRange>,
    /// First visible row, with the fraction scrolled past.
    pub offset_rows: f64,
    /// The selected node.
    pub selected: Option<NodeIndex>,
    /// Whether the place's span was already looked up and revealed.
    pub arrived: bool,
    /// A row to scroll to when the rows are there.
    pub reveal: Option<NodeIndex>,
    /// Waterfall or story.
    pub view: TraceView,
    /// How the story is told.
    pub story: StoryPicture,
    /// How the other looks are set.
    pub looks: LooksPicture,
    /// What is looked for in it.
    pub find: FindPicture,
}

/// What is looked for in a trace.
#[derive(Clone, Debug, Default)]
pub struct FindPicture {
    /// Whether the field for it is shown.
    pub shown: bool,
    /// What is typed into it.
    pub draft: String,
    /// What is looked for: the last draft that could be read; empty for nothing.
    pub search: String,
    /// What becomes of the rows that do not match.
    pub others: Others,
    /// Where to go once it is known what matches.
    pub step: Option<Step>,
}

/// From one to another of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Down; after the last the first.
    Next,
    /// Up; before the first the last.
    Previous,
}

/// Two traces side by side.
#[derive(Clone, Debug, Default)]
pub struct ComparePicture {
    /// First visible row, with the fraction scrolled past.
    pub offset_rows: f64,
    /// The selected row.
    pub selected: Option<u64>,
    /// Whether steps that are the same on both sides are shown, too.
    pub all_steps: bool,
    /// The trace id that is being typed.
    pub draft: String,
}

/// The story of a trace.
#[derive(Clone, Debug, Default)]
pub struct StoryPicture {
    /// Whose it is.
    pub of: Of,
    /// Whether it keeps to the stretch of time in view.
    pub within: bool,
    /// What is typed to find lines.
    pub find: String,
    /// First visible line, with the fraction scrolled past.
    pub offset_rows: f64,
    /// The selected line.
    pub selected: Option<u64>,
}

impl StoryPicture {
    /// Tells another story, from its beginning.
    pub fn tell(&mut self, of: StoryOf, span: Option<SpanIndex>) {
        let of = match (of, span) {
            (StoryOf::Subtree, Some(span)) => Of::Subtree(span),
            (StoryOf::Span, Some(span)) => Of::Span(span),
            (StoryOf::Trace, _) | (_, None) => Of::Trace,
        };
        if self.of != of {
            self.of = of;
            self.offset_rows = 0.0;
            self.selected = None;
        }
    }
}

/// Tells versions of a trace apart: how many spans, and where the first and the last of them lie.
pub type SpansSeen = (usize, Option<RecordRef>, Option<RecordRef>);

impl TracePicture {
    /// Takes note of the trace as it is now. If an import changed it since, what is known of its nodes is forgotten.
    pub fn shows(&mut self, trace: &Trace) {
        let place = |span: Option<&Span>| span.map(|span| span.at);
        let spans = (
            trace.spans.len(),
            place(trace.spans.first()),
            place(trace.spans.last()),
        );
        let before = self.spans.replace(spans);
        if before.is_some_and(|before| before != spans) {
            self.expansion = Expansion::default();
            self.showing.focus = None;
            self.pinned.clear();
            self.revision += 1;
            self.selected = None;
            self.reveal = None;
            self.arrived = false;
            self.story.of = Of::Trace;
            self.story.selected = None;
            self.looks.flame_zoom = None;
        }
    }
}

impl TracePicture {
    fn new(place: &TracePlace) -> Self {
        Self {
            window: place.range,
            bars_by: place.bars.clone(),
            showing: Showing {
                only_path: place.only_path,
                ..Showing::default()
            },
            view: place.view,
            find: FindPicture {
                shown: !place.find.is_empty(),
                draft: place.find.clone(),
                search: place.find.clone(),
                others: place.others,
                step: None,
            },
            story: StoryPicture {
                within: place.within,
                ..StoryPicture::default()
            },
            ..Self::default()
        }
    }
}

impl Picture {
    /// A page as it looks when entered anew.
    pub fn of(route: &Route) -> Self {
        match route {
            Route::Imports => Self::Imports(ImportsPicture::default()),
            Route::Import(_) => Self::Import(ReportPicture::default()),
            Route::Traces(place) => Self::Traces(ListPicture::new(&place.query)),
            Route::Trace(place) => Self::Trace(Box::new(TracePicture::new(place))),
            Route::Logs(place) => Self::Logs(ListPicture::new(&place.query)),
            Route::Spans(place) => Self::Spans(ListPicture::new(&place.query)),
            Route::Issues(place) => Self::Issues(ListPicture::new(&place.query)),
            Route::Alerts(_) => Self::Alerts(ListPicture::new("")),
            Route::Compare(_) => Self::Compare(ComparePicture::default()),
            Route::Insights(place) => Self::Insights(ListPicture::new(&place.filters.query)),
        }
    }
}
