//! The state of the window: what is shown, what was asked, what was answered.
//!
//! Fetching is declarative: after every step [`App::poll`] compares what the current place needs with what was asked
//! last, and asks for the difference. Navigation, a finished import and a typed search need no code of their own for it.

use super::command::Command;
use super::history::History;
use super::jobs::{Jobs, Wake};
use super::questions::{Answer, GroupedTrace, Question, Slot, Stretch, TraceList, VisibleRows};
use super::route::{LogsPlace, Route, TracePlace, TracesPlace};
use super::settings::{Appearance, Settings};
use super::views::{ListPicture, Picture, TracePicture};
use super::writer::{NotWritable, WriterEvent, WriterThread};
use crate::analysis::{Expansion, GroupOptions, NodeIndex, NodeKind};
use crate::model::record::{LogEntry, RecordDetails, RecordRef, TraceSummary};
use crate::model::report::{FileReport, Outcome};
use crate::model::trace::Trace;
use crate::model::{SpanId, TraceId};
use crate::query::{self, Expr, SyntaxError};
use crate::store::{
    Filter, Histogram, ImportSummary, KeyCount, Overview, RecordKind, RecordMatches, TraceOrder,
};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What was asked in a slot, and the newest answer; a stale one stays until the next.
#[derive(Debug)]
pub struct Fetched<K, T> {
    asked: Option<K>,
    /// The newest answer.
    pub value: Option<T>,
    /// Why there is no newer one.
    pub error: Option<String>,
    /// Goes up with every answer.
    pub revision: u64,
    /// Whether an answer is awaited.
    pub waiting: bool,
}

impl<K, T> Default for Fetched<K, T> {
    fn default() -> Self {
        Self {
            asked: None,
            value: None,
            error: None,
            revision: 0,
            waiting: false,
        }
    }
}

impl<K: PartialEq, T> Fetched<K, T> {
    /// Whether `key` is something new to ask; notes it as asked if so.
    fn should_ask(&mut self, key: K) -> bool {
        if self.asked.as_ref() == Some(&key) {
            return false;
        }
        self.asked = Some(key);
        self.waiting = true;
        true
    }

    fn answered(&mut self, result: Result<T, String>) {
        self.waiting = false;
        self.revision += 1;
        match result {
            Ok(value) => {
                self.value = Some(value);
                self.error = None;
            }
            Err(error) => self.error = Some(error),
        }
    }

    /// Drops the answer; it belongs to something else than what is shown now.
    fn clear(&mut self) {
        *self = Self {
            revision: self.revision + 1,
            ..Self::default()
        };
    }
}

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
    /// Goes up with every notice.
    pub number: u64,
}

/// Version of the data together with what was asked of it.
type Versioned<K> = (u64, K);
/// Rows of a list, and the attributes wanted of each.
type RowsAndColumns = (Range<u64>, Vec<String>);

/// Seconds between two looks at data that an import is changing.
const REFRESH_SECS: f64 = 0.25;
/// Rows fetched beyond the visible ones, so that scrolling a little needs no question.
const MARGIN_ROWS: u64 = 100;
/// Buckets of the log histogram.
const HISTOGRAM_BUCKETS: usize = 120;

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
    /// The newest message.
    pub notice: Option<Notice>,
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
    /// Its visible rows, by visit and by change of its expansion.
    pub rows: Fetched<Versioned<(u64, u64)>, Arc<VisibleRows>>,
    /// Details of the selected span.
    pub span_details: Fetched<RecordRef, Arc<RecordDetails>>,
    /// Log records that fit.
    pub logs: Fetched<Versioned<Filter>, RecordMatches>,
    /// The visible ones.
    pub log_rows: Fetched<Versioned<RowsAndColumns>, Arc<Stretch<LogEntry>>>,
    /// They over time.
    pub log_histogram: Fetched<Versioned<Filter>, Arc<Histogram>>,
    /// Details of the selected log record.
    pub log_details: Fetched<RecordRef, Arc<RecordDetails>>,
    /// Attribute names of logs.
    pub log_keys: Fetched<u64, Arc<[KeyCount]>>,
    /// Attribute names of spans.
    pub span_keys: Fetched<u64, Arc<[KeyCount]>>,
    jobs: Jobs,
    writer: WriterThread,
    saved: Settings,
    data_version: u64,
    seen_batches: u64,
    looked_at: f64,
    readable: bool,
    waiting_imports: usize,
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
            notice: None,
            overview: Fetched::default(),
            imports: Fetched::default(),
            traces: Fetched::default(),
            trace_rows: Fetched::default(),
            trace: Fetched::default(),
            grouped: Fetched::default(),
            rows: Fetched::default(),
            span_details: Fetched::default(),
            logs: Fetched::default(),
            log_rows: Fetched::default(),
            log_histogram: Fetched::default(),
            log_details: Fetched::default(),
            log_keys: Fetched::default(),
            span_keys: Fetched::default(),
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
                self.tell(report_in_words(&report), report.outcome == Outcome::Failed);
                self.reports.insert(0, *report);
                self.data_version += 1;
            }
            WriterEvent::Idle => {
                self.importing = None;
                self.waiting_imports = self.waiting_imports.saturating_sub(1);
                self.data_version += 1;
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

    fn take_answer(&mut self, slot: Slot, result: Result<Answer, String>) {
        /// Unwraps the kind of answer a slot gets, or passes the failure on.
        macro_rules! answered {
            ($field:ident, $kind:ident) => {
                match result {
                    Ok(Answer::$kind(value)) => self.$field.answered(Ok(value)),
                    Ok(_) => debug_assert!(false, "{slot:?} got another slot's answer"),
                    Err(error) => self.$field.answered(Err(error)),
                }
            };
        }
        match slot {
            Slot::Overview => answered!(overview, Overview),
            Slot::Imports => answered!(imports, Imports),
            Slot::Traces => answered!(traces, Traces),
            Slot::TraceRows => answered!(trace_rows, TraceRows),
            Slot::Trace => answered!(trace, Trace),
            Slot::Waterfall => answered!(grouped, Waterfall),
            Slot::WaterfallRows => answered!(rows, WaterfallRows),
            Slot::SpanDetails => answered!(span_details, Details),
            Slot::Logs => answered!(logs, Logs),
            Slot::LogRows => answered!(log_rows, LogRows),
            Slot::LogHistogram => answered!(log_histogram, LogHistogram),
            Slot::LogDetails => answered!(log_details, Details),
            Slot::LogKeys => answered!(log_keys, Keys),
            Slot::SpanKeys => answered!(span_keys, Keys),
        }
    }

    fn ask(&mut self) {
        if !self.readable {
            return;
        }
        let version = self.data_version;
        if self.overview.should_ask(version) {
            self.jobs.ask(Question::Overview);
        }
        match self.route().clone() {
            Route::Imports => {
                if self.imports.should_ask(version) {
                    self.jobs.ask(Question::Imports);
                }
            }
            Route::Traces(place) => self.ask_for_traces(&place),
            Route::Trace(place) => self.ask_for_trace(place),
            Route::Logs(place) => self.ask_for_logs(&place),
        }
    }

    fn ask_for_traces(&mut self, place: &TracesPlace) {
        let version = self.data_version;
        if self.span_keys.should_ask(version) {
            self.jobs.ask(Question::Keys(RecordKind::Span));
        }
        let Ok(search) = query::parse(&place.query) else {
            return;
        };
        let filter = Filter {
            search,
            range: None,
        };
        let (order, descending) = (place.order, place.descending);
        if self
            .traces
            .should_ask((version, (filter.clone(), order, descending)))
        {
            self.jobs.ask(Question::Traces {
                filter,
                order,
                descending,
            });
        }
        let (Some(list), Picture::Traces(picture)) =
            (&self.traces.value, &self.history.current().picture)
        else {
            return;
        };
        let numbers = &list.matches.numbers;
        let total = numbers.len() as u64;
        let wanted = with_margin(&picture.visible, total);
        let shown = self.trace_rows.asked.as_ref();
        let covered = shown.is_some_and(|(revision, range)| {
            *revision == self.traces.revision && contains(range, &clamp(&picture.visible, total))
        });
        if !covered
            && self
                .trace_rows
                .should_ask((self.traces.revision, wanted.clone()))
        {
            let numbers = numbers[wanted.start as usize..wanted.end as usize].to_vec();
            self.jobs.ask(Question::TraceRows {
                first: wanted.start,
                numbers,
            });
        }
    }

    fn ask_for_trace(&mut self, place: TracePlace) {
        let version = self.data_version;
        if self
            .trace
            .asked
            .as_ref()
            .is_some_and(|(_, id)| *id != place.trace)
        {
            self.trace.clear();
            self.grouped.clear();
            self.rows.clear();
        }
        if self.trace.should_ask((version, place.trace)) {
            self.jobs.ask(Question::Trace(place.trace));
        }
        self.arrive();
        let entry = self.history.current();
        let Picture::Trace(picture) = &entry.picture else {
            return;
        };
        let Some(Some(trace)) = &self.trace.value else {
            return;
        };
        if self
            .grouped
            .should_ask((self.trace.revision, picture.options))
        {
            self.jobs.ask(Question::Waterfall {
                trace: trace.clone(),
                options: picture.options,
            });
        }
        let Some(grouped) = &self.grouped.value else {
            return;
        };
        if self
            .rows
            .should_ask((self.grouped.revision, (entry.visit, picture.revision)))
        {
            let expansion = picture.expansion.clone();
            self.jobs.ask(Question::WaterfallRows {
                grouped: grouped.clone(),
                expansion,
            });
        }
        let selected = picture
            .selected
            .and_then(|node| grouped.waterfall.first_span(node));
        if let Some(at) = selected
            .and_then(|span| trace.spans.get(span.at()))
            .map(|span| span.at)
            && self.span_details.should_ask(at)
        {
            self.jobs.ask(Question::Details {
                kind: RecordKind::Span,
                at,
            });
        }
    }

    fn ask_for_logs(&mut self, place: &LogsPlace) {
        let version = self.data_version;
        if self.log_keys.should_ask(version) {
            self.jobs.ask(Question::Keys(RecordKind::Log));
        }
        let Ok(search) = query::parse(&place.query) else {
            return;
        };
        let filter = Filter {
            search,
            range: place.range,
        };
        if self.logs.should_ask((version, filter.clone())) {
            self.jobs.ask(Question::Logs {
                filter: filter.clone(),
                newest_first: false,
            });
        }
        if self.log_histogram.should_ask((version, filter.clone())) {
            self.jobs.ask(Question::LogHistogram {
                filter,
                buckets: HISTOGRAM_BUCKETS,
            });
        }
        let Picture::Logs(picture) = &self.history.current().picture else {
            return;
        };
        if let Some(at) = picture.record
            && self.log_details.should_ask(at)
        {
            self.jobs.ask(Question::Details {
                kind: RecordKind::Log,
                at,
            });
        }
        let Some(matches) = &self.logs.value else {
            return;
        };
        let total = matches.refs.len() as u64;
        let wanted = with_margin(&picture.visible, total);
        let covered = self
            .log_rows
            .asked
            .as_ref()
            .is_some_and(|(revision, (range, columns))| {
                *revision == self.logs.revision
                    && *columns == place.columns
                    && contains(range, &clamp(&picture.visible, total))
            });
        if !covered
            && self
                .log_rows
                .should_ask((self.logs.revision, (wanted.clone(), place.columns.clone())))
        {
            let refs = matches.refs[wanted.start as usize..wanted.end as usize].to_vec();
            let columns = place.columns.clone();
            self.jobs.ask(Question::LogRows {
                first: wanted.start,
                refs,
                columns,
            });
        }
    }

    /// The search of the current page as typed, and what is wrong with it.
    pub fn query_error(&self) -> Option<SyntaxError> {
        match self.route() {
            Route::Traces(place) => query::parse(&place.query).err(),
            Route::Logs(place) => query::parse(&place.query).err(),
            Route::Trace(_) | Route::Imports => None,
        }
    }

    /// Does one thing.
    pub fn run(&mut self, command: Command) {
        match command {
            Command::Go(route) => self.history.push(route),
            Command::ShowTraces => self.show(
                |route| matches!(route, Route::Traces(_)),
                Route::Traces(TracesPlace::default()),
            ),
            Command::ShowLogs => {
                let columns = self.settings.log_columns.clone();
                let fresh = Route::Logs(LogsPlace {
                    columns,
                    ..LogsPlace::default()
                });
                self.show(|route| matches!(route, Route::Logs(_)), fresh);
            }
            Command::ShowImports => self.history.push(Route::Imports),
            Command::Back => self.history.back(),
            Command::Forward => self.history.forward(),
            Command::Import(paths) => self.import(paths),
            Command::CancelImport => self.writer.cancel(),
            Command::RemoveImport(import) => {
                self.waiting_imports += 1;
                self.writer.remove(import);
            }
            Command::Search(query) => self.search(query),
            Command::FilterBy {
                key,
                value,
                exclude,
            } => match self.route().clone() {
                Route::Logs(_) => self.run(Command::FilterLogsBy {
                    key,
                    value,
                    exclude,
                }),
                route => {
                    let query = if let Route::Traces(place) = route {
                        place.query
                    } else {
                        String::new()
                    };
                    let query = query::with_term(&query, &key, &value, exclude);
                    self.history.push(Route::Traces(TracesPlace {
                        query,
                        ..TracesPlace::default()
                    }));
                }
            },
            Command::FilterLogsBy {
                key,
                value,
                exclude,
            } => {
                let mut place = match self.route() {
                    Route::Logs(place) => place.clone(),
                    _ => LogsPlace {
                        columns: self.settings.log_columns.clone(),
                        ..LogsPlace::default()
                    },
                };
                place.query = query::with_term(&place.query, &key, &value, exclude);
                self.history.push(Route::Logs(place));
            }
            Command::SortTraces(order) => self.sort_traces(order),
            Command::LogRange(range) => {
                if let Route::Logs(place) = self.route() {
                    self.history.push(Route::Logs(LogsPlace {
                        range,
                        ..place.clone()
                    }));
                }
            }
            Command::ToggleLogColumn(column) => self.toggle_log_column(column),
            Command::OpenTrace { trace, span } => {
                self.history.push(Route::Trace(TracePlace { trace, span }))
            }
            Command::LogsOf { trace, span } => self.logs_of(trace, span),
            Command::ToggleSiblings => self.group(|options| options.siblings = !options.siblings),
            Command::ToggleChains => self.group(|options| options.chains = !options.chains),
            Command::ToggleGaps => self.group(|options| options.gaps = !options.gaps),
            Command::ExpandAll => self.expand(|expansion| {
                expansion.set_all_groups(true);
                expansion.unfold_all_spans();
            }),
            Command::CollapseGroups => self.expand(|expansion| expansion.set_all_groups(false)),
            Command::NextAppearance => self.settings.appearance = self.settings.appearance.next(),
            Command::ToggleClock => {
                use crate::model::human::Clock;
                self.settings.clock = match self.settings.clock {
                    Clock::Local => Clock::Utc,
                    Clock::Utc => Clock::Local,
                };
            }
        }
    }

    /// Shows a passing message.
    pub fn tell(&mut self, text: String, is_error: bool) {
        let number = self.notice.as_ref().map_or(1, |notice| notice.number + 1);
        self.notice = Some(Notice {
            text,
            is_error,
            number,
        });
    }

    fn show(&mut self, wanted: impl Fn(&Route) -> bool, fresh: Route) {
        let route = self.history.last(wanted).unwrap_or(fresh);
        self.history.push(route);
    }

    fn import(&mut self, paths: Vec<PathBuf>) {
        if paths.is_empty() {
            return;
        }
        if let StoreState::NotWritable(reason) = &self.store {
            let text = format!("Nothing can be imported: {}", reason.reason);
            return self.tell(text, true);
        }
        self.waiting_imports += 1;
        self.writer.import(paths);
    }

    fn search(&mut self, query: String) {
        match self.route().clone() {
            Route::Traces(place) => self
                .history
                .push(Route::Traces(TracesPlace { query, ..place })),
            Route::Logs(place) => self.history.push(Route::Logs(LogsPlace { query, ..place })),
            Route::Trace(_) | Route::Imports => {
                self.history.push(Route::Traces(TracesPlace {
                    query,
                    ..TracesPlace::default()
                }));
            }
        }
    }

    fn sort_traces(&mut self, order: TraceOrder) {
        let entry = self.history.current_mut();
        if let Route::Traces(place) = &mut entry.route {
            // Names read best from A, numbers and times from the largest.
            let first = !matches!(order, TraceOrder::Name | TraceOrder::Service);
            place.descending = if place.order == order {
                !place.descending
            } else {
                first
            };
            place.order = order;
        }
        if let Picture::Traces(picture) = &mut entry.picture {
            picture.offset_rows = 0.0;
            picture.selected = None;
        }
    }

    fn toggle_log_column(&mut self, column: String) {
        if let Route::Logs(place) = &mut self.history.current_mut().route {
            match place.columns.iter().position(|shown| *shown == column) {
                Some(at) => drop(place.columns.remove(at)),
                None => place.columns.push(column),
            }
            self.settings.log_columns = place.columns.clone();
        }
    }

    fn logs_of(&mut self, trace: TraceId, span: Option<SpanId>) {
        let mut query = query::with_term("", "trace", &trace.to_string(), false);
        if let Some(span) = span {
            query = query::with_term(&query, "span", &span.to_string(), false);
        }
        let columns = self.settings.log_columns.clone();
        self.history.push(Route::Logs(LogsPlace {
            query,
            columns,
            range: None,
        }));
    }

    fn group(&mut self, change: impl FnOnce(&mut GroupOptions)) {
        let selected_span = self
            .grouped
            .value
            .as_ref()
            .zip(self.selected_node())
            .is_some_and(|(grouped, node)| {
                matches!(grouped.waterfall.node(node).kind, NodeKind::Span(_))
            });
        if let Some(picture) = self.trace_picture() {
            change(&mut picture.options);
            // Spans keep their node numbers in another grouping, groups do not.
            picture.selected = picture.selected.filter(|_| selected_span);
            picture.revision += 1;
        }
    }

    fn expand(&mut self, change: impl FnOnce(&mut Expansion)) {
        if let Some(picture) = self.trace_picture() {
            change(&mut picture.expansion);
            picture.revision += 1;
        }
    }

    fn selected_node(&self) -> Option<NodeIndex> {
        match &self.history.current().picture {
            Picture::Trace(picture) => picture.selected,
            _ => None,
        }
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
            Picture::Traces(picture) | Picture::Logs(picture) => Some(picture),
            _ => None,
        }
    }

    /// On arrival, selects the span the link led to and opens what hides it; without one, what is most worth a look:
    /// the first group of repeated queries, else the root.
    fn arrive(&mut self) {
        let Route::Trace(place) = *self.route() else {
            return;
        };
        let grouped = self
            .grouped
            .value
            .clone()
            .filter(|grouped| grouped.trace.id == place.trace);
        let (Some(grouped), Some(picture)) = (grouped, self.trace_picture()) else {
            return;
        };
        if std::mem::replace(&mut picture.arrived, true) {
            return;
        }
        let linked = place
            .span
            .and_then(|span| grouped.tree.find(span))
            .map(|span| grouped.waterfall.of_span(span));
        let first = || grouped.waterfall.tops().first().copied();
        if let Some(node) = linked.or(grouped.first_repeat).or_else(first) {
            picture.expansion.reveal(&grouped.waterfall, node);
            picture.revision += 1;
            picture.selected = Some(node);
            picture.reveal = Some(node);
        }
    }
}

/// The search as it would be asked, or everything while it cannot be read.
pub fn search_or_all(text: &str) -> Expr {
    query::parse(text).unwrap_or_default()
}

fn clamp(range: &Range<u64>, total: u64) -> Range<u64> {
    range.start.min(total)..range.end.min(total)
}

fn contains(outer: &Range<u64>, inner: &Range<u64>) -> bool {
    inner.is_empty() || (outer.start <= inner.start && inner.end <= outer.end)
}

fn with_margin(visible: &Range<u64>, total: u64) -> Range<u64> {
    clamp(
        &(visible.start.saturating_sub(MARGIN_ROWS)..visible.end.saturating_add(MARGIN_ROWS)),
        total,
    )
}

/// A finished import in one sentence.
fn report_in_words(report: &FileReport) -> String {
    use crate::model::human::counted;
    let name = Path::new(&report.path)
        .file_name()
        .map_or(report.path.clone(), |name| {
            name.to_string_lossy().into_owned()
        });
    let counts = report.counts;
    let skipped = match report.problems.skipped_total {
        0 => String::new(),
        n => format!(", {} skipped", counted(n, "record")),
    };
    let read = format!(
        "{}, {}, {}{skipped}",
        counted(counts.spans, "span"),
        counted(counts.logs, "log"),
        counted(counts.errors, "error")
    );
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
