//! The state of the window: what is shown, what was asked, what was answered.
//!
//! Fetching is declarative: after every step [`App::poll`] compares what the current place needs with what was asked
//! last, and asks for the difference. Navigation, a finished import and a typed search need no code of their own for it.

use super::alerts::AlertRules;
use super::bar_lengths::BarLengths;
use super::bar_marks::BarMarks;
use super::command::Command;
use super::export_draft::Draft;
use super::exporting::{Export, Painter};
use super::fetched::Fetched;
use super::history::History;
use super::insights::Insights;
use super::issues::{self, IssueSearch};
use super::jobs::{Jobs, Wake};
use super::looking::unfold;
use super::looks::Looks;
use super::questions::{
    Answer, FoundInTrace, GroupedTrace, Slot, Stretch, ToldStory, TraceList, ValuesOf, VisibleRows,
};
use super::route::{AroundPlace, Route};
use super::settings::{Appearance, Settings};
use super::span_pane::PaneState;
use super::span_search::SpanSearch;
use super::surroundings::Surroundings;
use super::trace_facts::TraceFacts;
use super::views::{ListPicture, Picture, TracePicture};
use super::writer::{NotWritable, WriterEvent, WriterThread};
use crate::analysis::GroupOptions;
use crate::analysis::differs::Differences;
use crate::analysis::patterns::Patterns;
use crate::analysis::story::{Recorded, Wanted};
use crate::export::redact::Replaced;
use crate::model::TraceId;
use crate::model::human::counted;
use crate::model::record::{LogEntry, RecordDetails, RecordRef, TraceSummary};
use crate::model::report::{FileReport, Outcome};
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
    request: Vec<FileReport>,
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

    fn take_event(&mut self, event: WriterEvent) {
        match event {
            WriterEvent::Opened(Ok(())) => {
                self.store = StoreState::Writable;
                self.readable = true;
            }
            WriterEvent::Opened(Err(reason)) => {
                self.readable = reason.readable;
                self.store = StoreState::NotWritable(reason);
            }
            WriterEvent::Started { path, index, of } => {
                self.importing = Some(RunningImport { path, index, of })
            }
            WriterEvent::FileDone(report) => {
                self.request.push((*report).clone());
                self.reports.insert(0, *report);
                self.data_version += 1;
            }
            WriterEvent::Idle => {
                self.importing = None;
                let request = std::mem::take(&mut self.request);
                let (failed, read): (Vec<FileReport>, Vec<FileReport>) = request
                    .into_iter()
                    .partition(|report| report.outcome == Outcome::Failed);
                match failed.as_slice() {
                    [] => {}
                    [one] => self.tell(report_in_words(one), true),
                    several => {
                        let files = counted(several.len() as u64, "file");
                        let text = format!("{files} could not be read; the imports page tells why");
                        self.tell(text, true);
                    }
                }
                match read.as_slice() {
                    [] => {}
                    [one] => self.tell(report_in_words(one), false),
                    several => self.tell(reports_in_words(several), false),
                }
                self.waiting_imports = self.waiting_imports.saturating_sub(1);
                self.data_version += 1;
            }
            WriterEvent::Saved(result) => {
                self.waiting_imports = self.waiting_imports.saturating_sub(1);
                match result {
                    Ok(path) => self.tell(format!("Saved as {}", path.display()), false),
                    Err(reason) => self.tell(reason, true),
                }
            }
            WriterEvent::SavedSearches(result) => {
                self.waiting_imports = self.waiting_imports.saturating_sub(1);
                self.saved_changes += 1;
                if let Err(reason) = result {
                    self.tell(reason, true);
                }
            }
            WriterEvent::RulesSaved(result) => {
                self.waiting_imports = self.waiting_imports.saturating_sub(1);
                if let Err(reason) = result {
                    self.tell(reason, true);
                }
            }
            WriterEvent::Issues(result) => {
                self.waiting_imports = self.waiting_imports.saturating_sub(1);
                self.issues.changes += 1;
                if let Err(reason) = result {
                    self.tell(reason, true);
                }
            }
            WriterEvent::Noted(result) => {
                self.waiting_imports = self.waiting_imports.saturating_sub(1);
                self.pane.note_changes += 1;
                if let Err(reason) = result {
                    self.tell(reason, true);
                }
            }
            WriterEvent::DetectorSet(result) => {
                self.waiting_imports = self.waiting_imports.saturating_sub(1);
                self.issues.thresholds += 1;
                self.issues.kinds.clear();
                self.issues.log_kinds.clear();
                self.issues.marks.clear();
                if let Err(reason) = result {
                    self.tell(reason, true);
                }
            }
            WriterEvent::Removed(result) => {
                self.waiting_imports = self.waiting_imports.saturating_sub(1);
                self.data_version += 1;
                match result {
                    Ok(()) => self.tell("The import was removed".to_owned(), false),
                    Err(reason) => {
                        self.tell(format!("The import could not be removed: {reason}"), true)
                    }
                }
            }
        }
    }

    /// Shows the first records that fit until all are found, unless one looks further down, as after coming back.
    fn show_first_logs(&mut self, first: RecordMatches) {
        let rows = first.refs.len() as u64;
        let seen = |picture: &mut ListPicture| picture.visible.start < rows;
        if self.logs.waiting && first.more && self.list_picture().is_some_and(seen) {
            self.logs.revision += 1;
            self.logs.error = None;
            self.logs.value = Some(first);
        }
    }

    fn take_answer(&mut self, slot: Slot, result: Result<Answer, String>) {
        /// Unwraps the kind of answer a slot gets, or passes the failure on.
        macro_rules! answered {
            ($($field:ident).+, $kind:ident) => {
                match result {
                    Ok(Answer::$kind(value)) => self.$($field).+.answered(Ok(value)),
                    Ok(_) => debug_assert!(false, "{slot:?} got another slot's answer"),
                    Err(error) => self.$($field).+.answered(Err(error)),
                }
            };
        }
        match slot {
            Slot::Overview => answered!(overview, Overview),
            Slot::Imports => answered!(imports, Imports),
            Slot::ExportPreview => answered!(export_preview, ExportPreview),
            Slot::Traces => answered!(traces, Traces),
            Slot::TraceRows => answered!(trace_rows, TraceRows),
            Slot::Jump => {
                if let Ok(Answer::Jump(Some(trace))) = result {
                    self.run(Command::OpenTrace { trace, span: None });
                }
            }
            Slot::Trace => answered!(trace, Trace),
            Slot::Waterfall => answered!(grouped, Waterfall),
            Slot::WaterfallRows => answered!(rows, WaterfallRows),
            Slot::FoundInTrace => answered!(found, FoundInTrace),
            Slot::TraceFacts => answered!(facts, TraceFacts),
            Slot::TraceEvents => answered!(trace_events, TraceEvents),
            Slot::Story => answered!(story, Story),
            Slot::SpanDetails => answered!(span_details, Details),
            Slot::SpanPane => answered!(pane.span, SpanPane),
            Slot::RawRecord => answered!(pane.raw, RawRecord),
            Slot::Typical => answered!(pane.typical, Typical),
            Slot::LinksIn => answered!(pane.links_in, LinksIn),
            Slot::Notes => answered!(pane.notes, Notes),
            Slot::BarMarks => answered!(bar_marks, BarMarks),
            Slot::NumberKeys => answered!(lengths.keys, NumberKeys),
            Slot::BarValues => answered!(lengths.values, BarValues),
            Slot::FirstLogs => {
                if let Ok(Answer::Logs(first)) = result {
                    self.show_first_logs(first);
                }
            }
            Slot::Logs => answered!(logs, Logs),
            Slot::LogRows => answered!(log_rows, LogRows),
            Slot::LogHistogram => answered!(log_histogram, Histogram),
            Slot::LogFacets => answered!(log_facets, Facets),
            Slot::LogPatterns => answered!(log_patterns, LogPatterns),
            Slot::LogGroups => answered!(log_groups, Groups),
            Slot::LogSeries => answered!(log_series, Series),
            Slot::LogAround => answered!(log_around, LogAround),
            Slot::LogDetails => answered!(log_details, Details),
            Slot::LogKeys => answered!(log_keys, Keys),
            Slot::SpanKeys => answered!(span_keys, Keys),
            Slot::Spans => answered!(spans.found, Spans),
            Slot::SpanRows => answered!(spans.rows, SpanRows),
            Slot::SpanCount => answered!(spans.total, SpanCount),
            Slot::SpanHistogram => answered!(spans.histogram, Histogram),
            Slot::SpanPercentiles => answered!(spans.percentiles, SpanPercentiles),
            Slot::SpanHeatmap => answered!(spans.heatmap, SpanHeatmap),
            Slot::SpanFacets => answered!(spans.facets, Facets),
            Slot::SpanGroups => answered!(spans.groups, Groups),
            Slot::SpanSeries => answered!(spans.series, Series),
            Slot::SpanTraces => answered!(spans.traces, SpanTraces),
            Slot::SpanTraceRows => answered!(spans.trace_rows, SpanTraceRows),
            Slot::Flame
            | Slot::TraceTable
            | Slot::TraceMap
            | Slot::TraceList
            | Slot::Compare
            | Slot::TracesLike
            | Slot::OfferedSets
            | Slot::Matches => match result {
                Ok(Answer::Look(look)) => self.looks.take(slot, Ok(look)),
                Ok(_) => debug_assert!(false, "{slot:?} got another slot's answer"),
                Err(error) => self.looks.take(slot, Err(error)),
            },
            Slot::Insight(slot) => match result {
                Ok(Answer::Insight(told)) => self.take_insight(slot, Ok(told)),
                Ok(_) => debug_assert!(false, "{slot:?} got another slot's answer"),
                Err(error) => self.take_insight(slot, Err(error)),
            },
            Slot::Differs => answered!(differs, Differs),
            Slot::Issues => {
                answered!(issues.found, Issues);
                self.note_issues();
            }
            Slot::IssuesBefore => {
                if let Ok(Answer::IssuesBefore(issues)) = result {
                    self.issues.take_earlier(issues);
                }
            }
            Slot::IssueStates => answered!(issues.states, IssueStates),
            Slot::AlertsFile => {
                answered!(alerts.file, AlertsFile);
                if let Some(text) = self.alerts.file.value.clone() {
                    self.alerts.take(text);
                }
            }
            Slot::Backtest => answered!(alerts.tested, Backtest),
            Slot::Starters => answered!(alerts.starters, Starters),
            Slot::BeforeAfter => answered!(issues.between, BeforeAfter),
            Slot::Sides => answered!(issues.sides, Sides),
            Slot::DetectorSettings => answered!(issues.settings, DetectorSettings),
            Slot::ListedIssues => answered!(issues.listed, ListedIssues),
            Slot::IssueAttributes => answered!(issues.attributes, IssueAttributes),
            Slot::TraceMarks => answered!(issues.marks, TraceMarks),
            Slot::TraceKinds => answered!(issues.kinds, TraceKinds),
            Slot::LogKinds => answered!(issues.log_kinds, LogKinds),
            Slot::Values => answered!(values, Values),
            Slot::Services => answered!(jump_services, Values),
            Slot::TracesById => answered!(jump_traces, TracesById),
            Slot::SavedSearches => answered!(saved_searches, SavedSearches),
        }
    }

    /// Notes the issues that were found, so that the store tells later which of them came back.
    fn note_issues(&mut self) {
        let Some(found) = &self.issues.found.value else {
            return;
        };
        if self.issues.found.error.is_none() && self.store == StoreState::Writable {
            self.waiting_imports += 1;
            self.writer.note_issues(issues::to_note(found));
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

    /// On arrival, selects the span the link led to and opens what hides it; without one, what is most worth a look:
    /// the first group of repeated queries, else the root.
    pub(super) fn arrive(&mut self) {
        let Route::Trace(place) = self.route().clone() else {
            return;
        };
        let current = self.trace.value.clone().flatten();
        let is_current = |trace: &Arc<Trace>| {
            trace.id == place.trace
                && current
                    .as_ref()
                    .is_some_and(|current| Arc::ptr_eq(current, trace))
        };
        let grouped = self
            .grouped
            .value
            .clone()
            .filter(|grouped| is_current(&grouped.trace));
        let (Some(grouped), Some(picture)) = (grouped, self.trace_picture()) else {
            return;
        };
        if std::mem::replace(&mut picture.arrived, true) {
            return;
        }
        let linked = place
            .span
            .and_then(|span| grouped.tree.find(&grouped.trace, span))
            .map(|span| grouped.waterfall.of_span(span));
        let focus = place
            .focus
            .and_then(|span| grouped.tree.find(&grouped.trace, span));
        picture.showing.focus = focus;
        let told = linked.and_then(|node| grouped.waterfall.first_span(node));
        picture.story.tell(place.of, told);
        let failed = || {
            let first = place.at_error.then(|| grouped.failures().next())?;
            let node = first.map(|span| grouped.waterfall.of_span(span));
            node.or_else(|| grouped.orphan_error())
        };
        let linked = linked.or_else(failed);
        let first = || grouped.waterfall.tops().first().copied();
        let focus = focus.map(|span| grouped.waterfall.of_span(span));
        let linked = linked.or(focus);
        if let Some(node) = linked.or(grouped.first_repeat).or_else(first) {
            // A place says exactly what is shown, so nothing more is.
            unfold(&grouped, picture, node);
        }
    }
}

/// What a report counted, in words.
fn counts_in_words(reports: &[FileReport]) -> String {
    let sum = |part: fn(&FileReport) -> u64| reports.iter().map(part).sum();
    let skipped = match sum(|report| report.problems.skipped_total) {
        0 => String::new(),
        n => format!(", {} skipped", counted(n, "record")),
    };
    format!(
        "{}, {}, {}{skipped}",
        counted(sum(|report| report.counts.spans), "span"),
        counted(sum(|report| report.counts.logs), "log"),
        counted(sum(|report| report.counts.errors), "error")
    )
}

/// Several finished imports in one sentence.
fn reports_in_words(reports: &[FileReport]) -> String {
    let files = counted(reports.len() as u64, "file");
    format!("{files}: {}", counts_in_words(reports))
}

/// A finished import in one sentence.
fn report_in_words(report: &FileReport) -> String {
    let name = Path::new(&report.path)
        .file_name()
        .map_or(report.path.clone(), |name| {
            name.to_string_lossy().into_owned()
        });
    let read = counts_in_words(std::slice::from_ref(report));
    match report.outcome {
        Outcome::Complete => format!("{name}: {read}"),
        Outcome::AlreadyImported => format!("{name} was imported before; nothing was added"),
        Outcome::Cancelled => format!("{name}: stopped after {read}"),
        Outcome::Failed => format!(
            "{name}: {}",
            report.error.as_deref().unwrap_or("it could not be read")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_logs_are_shown_only_while_all_are_awaited_and_near_the_top() {
        let folder = tempfile::tempdir().unwrap();
        let route = "logs".parse().unwrap();
        let mut app = App::inline(&folder.path().join("test.store"), route);
        let at = RecordRef { segment: 1, row: 0 };
        let first = |more| RecordMatches {
            refs: [at; 3].into(),
            more,
        };
        let shown = |app: &App| {
            app.logs
                .value
                .as_ref()
                .map(|logs| (logs.refs.len(), logs.more))
        };

        app.show_first_logs(first(true));
        assert_eq!(shown(&app), None, "nobody waits");
        app.logs.should_ask((1, Filter::default()));
        app.show_first_logs(first(false));
        assert_eq!(shown(&app), None, "all of them come at once");
        app.list_picture().unwrap().visible = 3..9;
        app.show_first_logs(first(true));
        assert_eq!(shown(&app), None, "they end above what is on screen");
        app.list_picture().unwrap().visible = 0..9;
        let before = app.logs.revision;
        app.show_first_logs(first(true));
        assert_eq!(shown(&app), Some((3, true)));
        assert!(app.logs.waiting && app.logs.revision > before);
        app.logs.answered(Ok(first(false)));
        assert_eq!(shown(&app), Some((3, false)));
    }
}
