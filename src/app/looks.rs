//! Other looks at the open trace: flame graph, table, map of services, list of spans; and two traces side by side.
//!
//! Each look is asked for while it is shown and computed by a reader thread. All number spans as the trace they are of
//! does, so that what is selected in one is selected in all.

mod compare;
mod flame;
mod list;
mod map;
mod matches;
mod options;
mod sets;
mod table;

pub use compare::{Compared, ComparedSide, Source};
pub use flame::FlameLook;
pub use list::{ListColumn, ListLook, ListSort, text_of};
pub use map::MapLook;
pub use matches::{Counted, MatchCounts};
pub use options::{FLAME_BY, LookOption, TABLE_BY};
pub use sets::{OfferedSet, SetsLook};
pub use table::{TableBy, TableLook, TableSort};

use super::fetched::Fetched;
use super::questions::Question;
use super::questions::{FoundInTrace, GroupedTrace, Lane, Slot};
use super::route::{ComparePlace, CompareWith, Others, Route, TraceView};
use super::state::{App, Versioned};
use super::views::{Picture, TracePicture};
use crate::analysis::{FlameBy, SpanIndex};
use crate::model::record::TraceSummary;
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
    /// Spans in a row, of one class only if one is given, or only those that were found.
    List {
        grouped: Arc<GroupedTrace>,
        of: Option<SpanClass>,
        only: Option<Arc<FoundInTrace>>,
        sort: ListSort,
    },
    /// Two traces or sets of them, or one and what is usual.
    Compare([Source; 2]),
    /// The traces like one.
    Like(TraceId),
    /// What the search of a side could be compared with.
    Sets(ComparePlace),
    /// How many matches are behind the parts of a look.
    Matches(Arc<FoundInTrace>, Counted),
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
    /// To [`Look::Sets`].
    Sets(Arc<SetsLook>),
    /// To [`Look::Matches`].
    Matches(Arc<MatchCounts>),
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
            Self::Sets(_) => Slot::OfferedSets,
            Self::Matches(..) => Slot::Matches,
        }
    }

    /// The thread that computes it.
    pub fn lane(&self) -> Lane {
        match self {
            Self::Map(_) | Self::List { .. } | Self::Matches(..) => Lane::Interactive,
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
            Self::Map(grouped) => {
                MapLook::new(reader, grouped, cancel).map(|look| Looked::Map(Arc::new(look)))
            }
            Self::List {
                grouped,
                of,
                only,
                sort,
            } => ListLook::new(reader, grouped, of, only.as_deref(), sort, cancel)
                .map(|look| Looked::List(Arc::new(look))),
            Self::Matches(found, of) => Ok(Looked::Matches(Arc::new(MatchCounts::new(found, of)))),
            Self::Compare(sources) => Compared::new(reader, sources, cancel)
                .map(|compared| Looked::Compare(Arc::new(compared))),
            Self::Like(trace) => reader
                .traces_like(trace, MOST_LIKE, cancel)
                .map(|like| Looked::Like(Arc::new(like))),
            Self::Sets(place) => {
                SetsLook::new(reader, &place, cancel).map(|sets| Looked::Sets(Arc::new(sets)))
            }
        }
    }
}

/// Of which class, only of the found spans of this version, and how sorted.
type ListWanted = (Option<SpanClass>, Option<u64>, ListSort);

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
    pub list: Fetched<Versioned<ListWanted>, Arc<ListLook>>,
    /// Matches behind the parts of a look, by version of what was found and of the look.
    pub matches: Fetched<Versioned<(TraceView, u64)>, Arc<MatchCounts>>,
    /// The comparison, by version of the data.
    pub compare: Fetched<Versioned<[Source; 2]>, Arc<Compared>>,
    /// Traces like one, by version of the data.
    pub like: Fetched<Versioned<TraceId>, Arc<TracesLike>>,
    /// A trace that waits for another to be compared with.
    pub kept: Option<TraceSummary>,
    /// What a search could be compared with, by version of the data.
    pub sets: Fetched<Versioned<ComparePlace>, Arc<SetsLook>>,
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
            (_, Ok(Looked::Sets(sets))) => self.sets.answered(Ok(sets)),
            (_, Ok(Looked::Matches(counts))) => self.matches.answered(Ok(counts)),
            (Slot::Flame, Err(error)) => self.flame.answered(Err(error)),
            (Slot::TraceTable, Err(error)) => self.table.answered(Err(error)),
            (Slot::TraceMap, Err(error)) => self.map.answered(Err(error)),
            (Slot::TraceList, Err(error)) => self.list.answered(Err(error)),
            (Slot::Compare, Err(error)) => self.compare.answered(Err(error)),
            (Slot::TracesLike, Err(error)) => self.like.answered(Err(error)),
            (Slot::OfferedSets, Err(error)) => self.sets.answered(Err(error)),
            (Slot::Matches, Err(error)) => self.matches.answered(Err(error)),
            (slot, Err(_)) => debug_assert!(false, "{slot:?} is no look"),
        }
    }

    /// Drops looks at the trace that was open before.
    pub(super) fn clear(&mut self) {
        self.flame.clear();
        self.table.clear();
        self.map.clear();
        self.list.clear();
        self.matches.clear();
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
        let only = self.only_found();
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
                let wanted = (of.clone(), only.as_ref().map(|(version, _)| *version), sort);
                let is_new = looks.list.should_ask((version, wanted));
                is_new.then_some(Look::List {
                    grouped,
                    of,
                    only: only.map(|(_, found)| found),
                    sort,
                })
            }
        };
        if let Some(look) = look {
            self.jobs.ask(Question::Look(look));
        }
        self.ask_for_matches();
    }

    /// What a list keeps to: what was found, where only matches are wanted, with its version.
    fn only_found(&self) -> Option<(u64, Arc<FoundInTrace>)> {
        let Picture::Trace(picture) = &self.history.current().picture else {
            return None;
        };
        let wanted = picture.find.others == Others::Hidden && !picture.find.search.is_empty();
        // A search that finds nothing leaves everything, as in the waterfall.
        let found = self.found_in_trace();
        let found = found.filter(|found| wanted && !found.found.is_empty());
        found.map(|found| (self.found.revision, found.clone()))
    }

    /// Asks for the matches behind the parts of the look that is shown.
    fn ask_for_matches(&mut self) {
        let Picture::Trace(picture) = &self.history.current().picture else {
            return;
        };
        let (view, looks) = (picture.view, &self.looks);
        let (revision, of) = match view {
            TraceView::Flame => {
                let look = looks.flame.value.clone();
                (looks.flame.revision, look.map(Counted::Flame))
            }
            TraceView::Table => {
                let look = looks.table.value.clone();
                (looks.table.revision, look.map(Counted::Table))
            }
            TraceView::Map => (
                looks.map.revision,
                looks.map.value.clone().map(Counted::Map),
            ),
            TraceView::Waterfall | TraceView::Story | TraceView::List => return,
        };
        let found = self.found_in_trace();
        let found = found.filter(|_| !picture.find.search.is_empty()).cloned();
        let (Some(found), Some(of)) = (found, of) else {
            return;
        };
        let wanted = (self.found.revision, (view, revision));
        if of.is_of(&found) && self.looks.matches.should_ask(wanted) {
            self.jobs.ask(Question::Look(Look::Matches(found, of)));
        }
    }

    /// The matches behind the parts of a look, once they are counted; `None` while nothing is looked for.
    pub fn matches_in(&self, look: &Counted) -> Option<Arc<MatchCounts>> {
        let Picture::Trace(picture) = &self.history.current().picture else {
            return None;
        };
        let found = self.found_in_trace()?;
        let counts = self.looks.matches.value.as_ref()?;
        let is_current = counts.of.is(look) && Arc::ptr_eq(&counts.found, found);
        (is_current && !picture.find.search.is_empty()).then(|| counts.clone())
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
        } else if place.only_search().is_some()
            && self.looks.sets.should_ask((version, place.clone()))
        {
            self.jobs.ask(Question::Look(Look::Sets(place.clone())));
        }
    }

    /// Keeps a trace until a second one is to be compared with it.
    pub(super) fn compare(&mut self, trace: TraceSummary) {
        match self.looks.kept.take() {
            None => self.looks.kept = Some(trace),
            Some(kept) if kept.id == trace.id => {}
            Some(kept) => self.history.push(Route::Compare(ComparePlace {
                a: Some(CompareWith::Trace(kept.id)),
                ..ComparePlace::of(CompareWith::Trace(trace.id))
            })),
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
