//! The state of the window: what is shown, what was asked, what was answered.
//!
//! Fetching is declarative: after every step [`App::poll`] compares what the current place needs with what was asked
//! last, and asks for the difference. Navigation, a finished import and a typed search need no code of their own for it.

use super::alerts::AlertRules;
use super::bar_lengths::BarLengths;
use super::bar_marks::BarMarks;
use super::export_draft::Draft;
use super::exporting::{Export, Painter};
use super::fetched::Fetched;
use super::history::History;
use super::insights::Insights;
use super::issues::IssueSearch;
use super::jobs::{Jobs, Wake};
use super::looks::Looks;
use super::questions::{
    FoundInTrace, GroupedTrace, Stretch, ToldStory, TraceList, ValuesOf, VisibleRows,
};
use super::route::{AroundPlace, Route};
use super::settings::{Appearance, Settings};
use super::span_pane::PaneState;
use super::span_search::SpanSearch;
use super::surroundings::Surroundings;
use super::trace_facts::TraceFacts;
use super::views::{ListPicture, Picture, TracePicture};
use super::writer::{NotWritable, WriterThread};
use crate::analysis::GroupOptions;
use crate::analysis::differs::Differences;
use crate::analysis::patterns::Patterns;
use crate::analysis::story::{Recorded, Wanted};
use crate::export::redact::Replaced;
use crate::model::TraceId;
use crate::model::record::{LogEntry, RecordDetails, RecordRef, TraceSummary};
use crate::model::report::FileReport;
use crate::model::trace::Trace;
use crate::query::{self, Expr, Subject, SyntaxError};
use crate::store::{
    Facet, Filter, Grouping, Groups, Histogram, ImportSummary, KeyCount, Overview, RecordKind,
    RecordMatches, SavedSearch, Series, TraceOrder,
};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Whether the store can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreState {
    /// Being opened.
    Opening,
    /// Open for reading and writing.
    Writable,
    /// Not writable, and why.
    NotWritable(NotWritable),
}

/// The import that is running.
#[derive(Clone, Debug)]
pub struct RunningImport {
    /// The file being read.
    pub path: PathBuf,
    /// Its place among the files of the request, from 0.
    pub index: usize,
    /// How many files.
    pub of: usize,
}

/// A short message that passes.
#[derive(Clone, Debug)]
pub struct Notice {
    /// What it says.
    pub text: String,
    /// Whether something went wrong.
    pub is_error: bool,
}

/// Version of the data together with what was asked of it.
pub type Versioned<K> = (u64, K);
/// Rows of a list, and the attributes wanted of each.
pub type RowsAndColumns = (Range<u64>, Vec<String>);

/// A visit, a change of its expansion and, where only matches are shown, a version of them.
type RowsShown = (u64, u64, Option<u64>);

/// Which records, and the attributes whose values are wanted.
pub type FilterAndKeys = (Filter, Vec<String>);

/// Which records, and how they are grouped.
pub type GroupsKey = Versioned<(Filter, Grouping)>;

/// A record, how many others before and after it, and the attributes wanted of each.
type AroundAndColumns = (AroundPlace, (usize, usize), Vec<String>);

/// Seconds between two looks at data that an import is changing.
const REFRESH_SECS: f64 = 0.25;
/// The state of the window.
pub struct App {
    /// Remembered between starts.
    pub settings: Settings,
    /// Where one is and was.
    pub history: History,
    /// Whether the store can be used.
    pub store: StoreState,
    /// The store's file.
    pub store_path: PathBuf,
    /// The running import.
    pub importing: Option<RunningImport>,
    /// Reports of this session's imports, newest first.
    pub reports: Vec<FileReport>,
    /// Messages not shown yet.
    pub notices: Vec<Notice>,
    /// Reports of the running request.
    pub(super) request: Vec<FileReport>,
    /// Counts of everything.
    pub overview: Fetched<u64, Overview>,
    /// All imports.
    pub imports: Fetched<u64, Arc<[ImportSummary]>>,
    /// Traces that fit.
    pub traces: Fetched<Versioned<(Filter, TraceOrder, bool)>, Arc<TraceList>>,
    /// The visible ones.
    pub trace_rows: Fetched<Versioned<Range<u64>>, Arc<Stretch<TraceSummary>>>,
    /// The open trace; `Some(None)` when no record names it.
    pub trace: Fetched<Versioned<TraceId>, Option<Arc<Trace>>>,
    /// Its grouping.
    pub grouped: Fetched<Versioned<GroupOptions>, Arc<GroupedTrace>>,
    /// Its visible rows, by visit, by change of its expansion and, where only matches are shown, of them.
    pub rows: Fetched<Versioned<RowsShown>, Arc<VisibleRows>>,
    /// What was found in it, by version of its grouping.
    pub found: Fetched<Versioned<Expr>, Arc<FoundInTrace>>,
    /// Who took part in it and whose clocks agree, by version of its grouping.
    pub facts: Fetched<u64, Arc<TraceFacts>>,
    /// What its spans recorded, by version of the trace.
    pub trace_events: Fetched<u64, Arc<[Recorded]>>,
    /// Its story, by versions of its grouping and its events.
    pub story: Fetched<(u64, u64, Wanted), Arc<ToldStory>>,
    /// What is marked on the bars of the open trace, by its version.
    pub bar_marks: Fetched<u64, Arc<BarMarks>>,
    /// What bars can be as long as instead of time.
    pub lengths: BarLengths,
    /// The pane of the open trace.
    pub pane: PaneState,
    /// Details of the selected span.
    pub span_details: Fetched<RecordRef, Arc<RecordDetails>>,
    /// Log records that fit.
    pub logs: Fetched<Versioned<Filter>, RecordMatches>,
    /// The visible ones.
    pub log_rows: Fetched<Versioned<RowsAndColumns>, Arc<Stretch<LogEntry>>>,
    /// They over time.
    pub log_histogram: Fetched<Versioned<Filter>, Arc<Histogram>>,
    /// The most frequent values of chosen attributes among them.
    pub log_facets: Fetched<Versioned<FilterAndKeys>, Arc<[Facet]>>,
    /// What their messages have in common.
    pub log_patterns: Fetched<Versioned<Filter>, Arc<Patterns>>,
    /// Their groups.
    pub log_groups: Fetched<GroupsKey, Arc<Groups>>,
    /// The first of their groups over time.
    pub log_series: Fetched<GroupsKey, Arc<Series>>,
    /// The log records around one.
    pub log_around: Fetched<Versioned<AroundAndColumns>, Arc<Surroundings>>,
    /// What differs between two sets of records of a kind.
    pub differs: Fetched<Versioned<(RecordKind, [Filter; 2])>, Arc<Differences>>,
    /// Details of the selected log record.
    pub log_details: Fetched<RecordRef, Arc<RecordDetails>>,
    /// Attribute names of logs.
    pub log_keys: Fetched<u64, Arc<[KeyCount]>>,
    /// Attribute names of spans.
    pub span_keys: Fetched<u64, Arc<[KeyCount]>>,
    /// The attribute whose values would complete the search that is being typed.
    pub completing: Option<ValuesOf>,
    /// Its most frequent values.
    pub values: Fetched<Versioned<ValuesOf>, Arc<Facet>>,
    /// What is typed where one chooses a place to go to; `None` while one does not.
    pub jump: Option<String>,
    /// Services to go to.
    pub jump_services: Fetched<u64, Arc<Facet>>,
    /// Traces to go to, whose id begins as typed.
    pub jump_traces: Fetched<Versioned<String>, Arc<[TraceId]>>,
    /// Searches with a name; by version of the data and by change of their list.
    pub saved_searches: Fetched<Versioned<u64>, Arc<[SavedSearch]>>,
    pub(super) saved_changes: u64,
    /// How the open trace is to be exported, while that is asked.
    pub export: Option<Draft>,
    /// What would be taken out of it.
    pub export_preview: Fetched<Export, Arc<[Replaced]>>,
    /// Who paints pictures; the window sets it.
    pub painter: Option<Painter>,
    /// The span search.
    pub spans: SpanSearch,
    /// What is wrong.
    pub issues: IssueSearch,
    /// What parts of the application did.
    pub insights: Insights,
    /// Alert rules.
    pub alerts: AlertRules,
    /// Other looks at the open trace, and the comparison.
    pub looks: Looks,
    pub(super) jobs: Jobs,
    pub(super) writer: WriterThread,
    saved: Settings,
    pub(super) data_version: u64,
    seen_batches: u64,
    looked_at: f64,
    pub(super) readable: bool,
    pub(super) waiting_imports: usize,
}

impl App {
    /// Starts with threads; `wake` is called from them when [`Self::poll`] has something to do.
    pub fn new(store: &Path, start: Route, wake: &Wake) -> Self {
        Self::with(
            store,
            start,
            Jobs::threads(store, wake),
            WriterThread::spawn(store, wake),
        )
    }

    /// Starts without threads: every question and import is done at once. For tests and pictures.
    pub fn inline(store: &Path, start: Route) -> Self {
        let writer = WriterThread::inline(store);
        Self::with(store, start, Jobs::inline(store), writer)
    }

    fn with(store: &Path, start: Route, jobs: Jobs, writer: WriterThread) -> Self {
        let settings = Settings::load(&Settings::path_beside(store));
        Self {
            saved: settings.clone(),
            settings,
            history: History::new(start),
            store: StoreState::Opening,
            store_path: store.to_owned(),
            importing: None,
            reports: Vec::new(),
            notices: Vec::new(),
            request: Vec::new(),
            overview: Fetched::default(),
            imports: Fetched::default(),
            traces: Fetched::default(),
            trace_rows: Fetched::default(),
            trace: Fetched::default(),
            grouped: Fetched::default(),
            rows: Fetched::default(),
            found: Fetched::default(),
            facts: Fetched::default(),
            trace_events: Fetched::default(),
            story: Fetched::default(),
            bar_marks: Fetched::default(),
            lengths: BarLengths::default(),
            pane: PaneState::default(),
            span_details: Fetched::default(),
            logs: Fetched::default(),
            log_rows: Fetched::default(),
            log_histogram: Fetched::default(),
            log_facets: Fetched::default(),
            log_patterns: Fetched::default(),
            log_groups: Fetched::default(),
            log_series: Fetched::default(),
            log_around: Fetched::default(),
            differs: Fetched::default(),
            log_details: Fetched::default(),
            log_keys: Fetched::default(),
            span_keys: Fetched::default(),
            export: None,
            export_preview: Fetched::default(),
            painter: None,
            completing: None,
            values: Fetched::default(),
            jump: None,
            jump_services: Fetched::default(),
            jump_traces: Fetched::default(),
            saved_searches: Fetched::default(),
            saved_changes: 0,
            spans: SpanSearch::default(),
            issues: IssueSearch::default(),
            insights: Insights::default(),
            alerts: AlertRules::default(),
            looks: Looks::default(),
            jobs,
            writer,
            data_version: 1,
            seen_batches: 0,
            looked_at: 0.0,
            readable: false,
            waiting_imports: 0,
        }
    }

    /// The current place.
    pub fn route(&self) -> &Route {
        &self.history.current().route
    }

    /// How far the running import is.
    pub fn progress(&self) -> &crate::import::Progress {
        self.writer.progress()
    }

    /// Attribute names of a kind of record.
    pub fn keys(&self, kind: RecordKind) -> &Fetched<u64, Arc<[KeyCount]>> {
        match kind {
            RecordKind::Log => &self.log_keys,
            RecordKind::Span => &self.span_keys,
        }
    }

    /// The most frequent values of chosen attributes among the records that fit.
    pub fn facets(&self, kind: RecordKind) -> &Fetched<Versioned<FilterAndKeys>, Arc<[Facet]>> {
        match kind {
            RecordKind::Log => &self.log_facets,
            RecordKind::Span => &self.spans.facets,
        }
    }

    /// The groups of the records that fit.
    pub fn groups(&self, kind: RecordKind) -> &Fetched<GroupsKey, Arc<Groups>> {
        match kind {
            RecordKind::Log => &self.log_groups,
            RecordKind::Span => &self.spans.groups,
        }
    }

    pub(super) fn groups_mut(&mut self, kind: RecordKind) -> &mut Fetched<GroupsKey, Arc<Groups>> {
        match kind {
            RecordKind::Log => &mut self.log_groups,
            RecordKind::Span => &mut self.spans.groups,
        }
    }

    /// The first of the groups of the records that fit, over time.
    pub fn series(&self, kind: RecordKind) -> &Fetched<GroupsKey, Arc<Series>> {
        match kind {
            RecordKind::Log => &self.log_series,
            RecordKind::Span => &self.spans.series,
        }
    }

    pub(super) fn series_mut(&mut self, kind: RecordKind) -> &mut Fetched<GroupsKey, Arc<Series>> {
        match kind {
            RecordKind::Log => &mut self.log_series,
            RecordKind::Span => &mut self.spans.series,
        }
    }

    /// Whether an answer or an import is awaited.
    pub fn is_busy(&self) -> bool {
        self.store == StoreState::Opening || self.waiting_imports > 0 || self.jobs.is_waiting()
    }

    /// Whether the store has nothing in it, as far as known.
    pub fn is_empty(&self) -> bool {
        self.overview
            .value
            .is_none_or(|overview| overview.imports == 0)
    }

    /// Light or dark for this run only: the person's choice stays as it was saved.
    pub fn appear_as(&mut self, appearance: Appearance) {
        self.settings.appearance = appearance;
        self.saved.appearance = appearance;
    }

    /// Looks at the store again if another process may have written to it.
    pub fn look_again(&mut self) {
        if matches!(self.store, StoreState::NotWritable(_)) {
            self.data_version += 1;
        }
    }

    /// Picks up what threads finished and asks for what the current place needs. `now` is in seconds.
    pub fn poll(&mut self, now: f64) {
        for event in self.writer.poll() {
            self.take_event(event);
        }
        self.look_at_progress(now);
        // An answer can make the next question possible (a trace, its grouping, its rows); the last one asks nothing.
        loop {
            self.ask();
            let answers = self.jobs.poll();
            if answers.is_empty() {
                break;
            }
            for (slot, result) in answers {
                self.take_answer(slot, result);
            }
        }
        if self.settings != self.saved {
            self.saved = self.settings.clone();
            self.writer
                .save(&self.saved, &Settings::path_beside(&self.store_path));
        }
    }

    /// While an import runs, committed batches show after at most [`REFRESH_SECS`].
    fn look_at_progress(&mut self, now: f64) {
        let batches = self.writer.progress().committed();
        if batches != self.seen_batches && now - self.looked_at >= REFRESH_SECS {
            self.seen_batches = batches;
            self.looked_at = now;
            self.data_version += 1;
        }
    }

    /// The search of the current page as typed, and what is wrong with it.
    pub fn query_error(&self) -> Option<SyntaxError> {
        match self.route() {
            Route::Traces(place) => query::parse_for(&place.query, Subject::Traces).err(),
            Route::Logs(place) => query::parse_for(&place.query, place.subject()).err(),
            Route::Spans(place) => query::parse_for(&place.query, place.subject()).err(),
            Route::Issues(place) => query::parse_filter(&place.query).err(),
            Route::Insights(place) => query::parse_filter(&place.filters.query).err(),
            Route::Health(place) => query::parse_filter(&place.filters.query).err(),
            Route::Trace(_)
            | Route::Compare(_)
            | Route::Alerts(_)
            | Route::Imports
            | Route::Import(_) => None,
        }
    }

    /// Shows a passing message.
    pub fn tell(&mut self, text: String, is_error: bool) {
        self.notices.push(Notice { text, is_error });
    }

    /// The picture of the open trace.
    pub fn trace_picture(&mut self) -> Option<&mut TracePicture> {
        match &mut self.history.current_mut().picture {
            Picture::Trace(picture) => Some(picture),
            _ => None,
        }
    }

    /// The picture of the current list.
    pub fn list_picture(&mut self) -> Option<&mut ListPicture> {
        match &mut self.history.current_mut().picture {
            Picture::Traces(picture)
            | Picture::Logs(picture)
            | Picture::Spans(picture)
            | Picture::Alerts(picture)
            | Picture::Issues(picture)
            | Picture::Insights(picture)
            | Picture::Health(picture) => Some(picture),
            _ => None,
        }
    }
}
