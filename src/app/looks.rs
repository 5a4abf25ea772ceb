//! Other looks at the open trace: flame graph, table, map of services, list of spans; and two traces side by side.
//!
//! Each look is asked for while it is shown and computed by a reader thread. All number spans as the trace they are of
//! does, so that what is selected in one is selected in all.

mod compare;
mod flame;
mod list;
mod map;
mod table;

pub use compare::{Compared, ComparedSide, Source};
pub use flame::FlameLook;
pub use list::{ListColumn, ListLook, ListSort, text_of};
pub use map::MapLook;
pub use table::{TableBy, TableLook, TableSort};

use super::fetched::Fetched;
use super::questions::Question;
use super::questions::{GroupedTrace, Lane, Slot};
use super::route::{ComparePlace, TraceView};
use super::state::{App, Versioned};
use super::views::{Picture, TracePicture};
use crate::analysis::{FlameBy, SpanIndex};
use crate::model::{CancelToken, TraceId};
use crate::store::{Reader, StoreError, TracesLike};
use std::sync::Arc;

/// How many traces like the open one are merged into its flame graph, or make up what is usual.
pub const MOST_LIKE: usize = 50;

/// What spans have in common, and its value.
pub type SpanClass = (TableBy, Arc<str>);

/// A look at a trace, or at two, to be computed.
#[derive(Clone, Debug)]
pub enum Look {
    /// Spans merged by what leads to them; with traces like it if wanted.
    Flame {
        grouped: Arc<GroupedTrace>,
        by: FlameBy,
        over: bool,
    },
    /// Spans in numbers, by what they have in common.
    Table {
        grouped: Arc<GroupedTrace>,
        by: TableBy,
        sort: TableSort,
    },
    /// Which service calls which.
    Map(Arc<GroupedTrace>),
    /// Spans in a row, of one class only if one is given.
    List {
        grouped: Arc<GroupedTrace>,
        of: Option<SpanClass>,
        sort: ListSort,
    },
    /// Two traces, or one and what is usual.
    Compare([Source; 2]),
    /// The traces like one.
    Like(TraceId),
}

/// A look that was computed.
#[derive(Clone, Debug)]
pub enum Looked {
    /// To [`Look::Flame`].
    Flame(Arc<FlameLook>),
    /// To [`Look::Table`].
    Table(Arc<TableLook>),
    /// To [`Look::Map`].
    Map(Arc<MapLook>),
    /// To [`Look::List`].
    List(Arc<ListLook>),
    /// To [`Look::Compare`].
    Compare(Arc<Compared>),
    /// To [`Look::Like`].
    Like(Arc<TracesLike>),
}

impl Look {
    /// The view that waits for it.
    pub fn slot(&self) -> Slot {
        match self {
            Self::Flame { .. } => Slot::Flame,
            Self::Table { .. } => Slot::TraceTable,
            Self::Map(_) => Slot::TraceMap,
            Self::List { .. } => Slot::TraceList,
            Self::Compare(_) => Slot::Compare,
            Self::Like(_) => Slot::TracesLike,
        }
    }

    /// The thread that computes it.
    pub fn lane(&self) -> Lane {
        match self {
            Self::Map(_) | Self::List { .. } => Lane::Interactive,
            _ => Lane::Bulk,
        }
    }

    /// Computes it.
    pub fn answer(self, reader: &Reader, cancel: &CancelToken) -> Result<Looked, StoreError> {
        match self {
            Self::Flame { grouped, by, over } => FlameLook::new(reader, grouped, by, over, cancel)
                .map(|look| Looked::Flame(Arc::new(look))),
            Self::Table { grouped, by, sort } => TableLook::new(reader, grouped, &by, sort, cancel)
                .map(|look| Looked::Table(Arc::new(look))),
            Self::Map(grouped) => Ok(Looked::Map(Arc::new(MapLook::new(grouped)))),
            Self::List { grouped, of, sort } => ListLook::new(reader, grouped, of, sort, cancel)
                .map(|look| Looked::List(Arc::new(look))),
            Self::Compare(sources) => Compared::new(reader, sources, cancel)
                .map(|compared| Looked::Compare(Arc::new(compared))),
            Self::Like(trace) => reader
                .traces_like(trace, MOST_LIKE, cancel)
                .map(|like| Looked::Like(Arc::new(like))),
        }
    }
}

/// What was asked for and computed. Looks at a trace are known by the version of its grouping.
#[derive(Debug, Default)]
pub struct Looks {
    /// The flame graph.
    pub flame: Fetched<Versioned<(FlameBy, bool)>, Arc<FlameLook>>,
    /// The table.
    pub table: Fetched<Versioned<(TableBy, TableSort)>, Arc<TableLook>>,
    /// The map.
    pub map: Fetched<u64, Arc<MapLook>>,
    /// The list.
    pub list: Fetched<Versioned<(Option<SpanClass>, ListSort)>, Arc<ListLook>>,
    /// The comparison, by version of the data.
    pub compare: Fetched<Versioned<[Source; 2]>, Arc<Compared>>,
    /// Traces like one, by version of the data.
    pub like: Fetched<Versioned<TraceId>, Arc<TracesLike>>,
}

impl Looks {
    pub(super) fn take(&mut self, slot: Slot, result: Result<Looked, String>) {
        match (slot, result) {
            (_, Ok(Looked::Flame(look))) => self.flame.answered(Ok(look)),
            (_, Ok(Looked::Table(look))) => self.table.answered(Ok(look)),
            (_, Ok(Looked::Map(look))) => self.map.answered(Ok(look)),
            (_, Ok(Looked::List(look))) => self.list.answered(Ok(look)),
            (_, Ok(Looked::Compare(look))) => self.compare.answered(Ok(look)),
            (_, Ok(Looked::Like(like))) => self.like.answered(Ok(like)),
            (Slot::Flame, Err(error)) => self.flame.answered(Err(error)),
            (Slot::TraceTable, Err(error)) => self.table.answered(Err(error)),
            (Slot::TraceMap, Err(error)) => self.map.answered(Err(error)),
            (Slot::TraceList, Err(error)) => self.list.answered(Err(error)),
            (Slot::Compare, Err(error)) => self.compare.answered(Err(error)),
            (Slot::TracesLike, Err(error)) => self.like.answered(Err(error)),
            (slot, Err(_)) => debug_assert!(false, "{slot:?} is no look"),
        }
    }

    /// Drops looks at the trace that was open before.
    pub(super) fn clear(&mut self) {
        self.flame.clear();
        self.table.clear();
        self.map.clear();
        self.list.clear();
    }
}

/// How the looks at a trace are set.
#[derive(Clone, Debug, Default)]
pub struct LooksPicture {
    /// What the flame graph merges spans by.
    pub flame_by: FlameBy,
    /// Whether it is of traces like this one, too.
    pub flame_over: bool,
    /// The frame it is zoomed to.
    pub flame_zoom: Option<usize>,
    /// What a line of the table has in common.
    pub table_by: TableBy,
    /// How the table is sorted.
    pub table_sort: TableSort,
    /// The attribute that is being typed.
    pub attribute: String,
    /// First visible line, with the fraction scrolled past.
    pub table_offset: f64,
    /// Whether the map is shown as a table of calls.
    pub calls: bool,
    /// Which spans the list has, if not all.
    pub list_of: Option<SpanClass>,
    /// How the list is sorted.
    pub list_sort: ListSort,
    /// First visible span, with the fraction scrolled past.
    pub list_offset: f64,
}

impl App {
    /// Asks for the look that is shown.
    pub(super) fn ask_for_look(&mut self) {
        let version = self.grouped.revision;
        let Some(grouped) = self.grouped.value.clone() else {
            return;
        };
        let Picture::Trace(picture) = &self.history.current().picture else {
            return;
        };
        let (set, looks) = (&picture.looks, &mut self.looks);
        let look = match picture.view {
            TraceView::Waterfall | TraceView::Story => None,
            TraceView::Flame => {
                let (by, over) = (set.flame_by, set.flame_over);
                let is_new = looks.flame.should_ask((version, (by, over)));
                is_new.then_some(Look::Flame { grouped, by, over })
            }
            TraceView::Table => {
                let (by, sort) = (set.table_by.clone(), set.table_sort);
                let is_new = looks.table.should_ask((version, (by.clone(), sort)));
                is_new.then_some(Look::Table { grouped, by, sort })
            }
            TraceView::Map => looks.map.should_ask(version).then_some(Look::Map(grouped)),
            TraceView::List => {
                let (of, sort) = (set.list_of.clone(), set.list_sort);
                let is_new = looks.list.should_ask((version, (of.clone(), sort)));
                is_new.then_some(Look::List { grouped, of, sort })
            }
        };
        if let Some(look) = look {
            self.jobs.ask(Question::Look(look));
        }
    }

    /// Asks for a comparison; while one side is to be chosen, for what there is to choose from.
    pub(super) fn ask_for_comparison(&mut self, place: &ComparePlace) {
        let version = self.data_version;
        if let Some(sources) = place.sources() {
            let wanted = (version, sources.clone());
            if self.looks.compare.should_ask(wanted) {
                self.jobs.ask(Question::Look(Look::Compare(sources)));
            }
        } else if let Some(trace) = place.only_trace()
            && self.looks.like.should_ask((version, trace))
        {
            self.jobs.ask(Question::Look(Look::Like(trace)));
        }
    }

    /// Selects a span, whatever look it was chosen in.
    pub fn select_span(&mut self, span: SpanIndex) {
        let Some(grouped) = self.grouped.value.clone() else {
            return;
        };
        if span.at() < grouped.trace.spans.len()
            && let Some(picture) = self.trace_picture()
        {
            picture.selected = Some(grouped.waterfall.of_span(span));
        }
    }
}

impl TracePicture {
    /// Shows the spans of a class as a list.
    pub fn list_spans_of(&mut self, of: Option<SpanClass>) {
        self.looks.list_of = of;
        self.looks.list_offset = 0.0;
        self.view = TraceView::List;
    }
}

/// Of each class the span that lasted longest, of equals the first.
fn longest_of(
    grouped: &GroupedTrace,
    classes: usize,
    class: impl Fn(SpanIndex) -> Option<usize>,
) -> Vec<Option<SpanIndex>> {
    let spans = &grouped.trace.spans;
    let mut longest: Vec<Option<SpanIndex>> = vec![None; classes];
    for at in (0..spans.len() as u32).map(SpanIndex) {
        let Some(best) = class(at).and_then(|class| longest.get_mut(class)) else {
            continue;
        };
        if best.is_none_or(|best| spans[best.at()].duration < spans[at.at()].duration) {
            *best = Some(at);
        }
    }
    longest
}
