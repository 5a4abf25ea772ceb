//! What the current place needs, asked for when it differs from what was asked last.

mod alerts;
mod health;
mod insights;
mod issues;
mod spans;

use super::columns::LOG_COLUMNS;
use super::comparing;
use super::export_draft::Draft;
use super::questions::{Question, Slot};
use super::route::{
    AroundPlace, GroupsPlace, LogsPlace, LogsView, Others, Route, TracePlace, TraceView,
    TracesPlace,
};
use super::state::App;
use super::views::Picture;
use crate::analysis::story::Wanted;
use crate::model::TraceId;
use crate::query::{self, Aggregate, Expr, Subject};
use crate::store::{Filter, GroupOrder, Grouping, RecordKind};
use std::ops::Range;
use std::sync::Arc;

/// Digits from which on traces are looked up by the beginning of their id.
const SHORTEST_ID: usize = 3;
/// Rows fetched beyond the visible ones, so that scrolling a little needs no question.
const MARGIN_ROWS: u64 = 100;
/// Groups listed; how many more there are is said.
const GROUPS_SHOWN: usize = 1_000;
/// Groups drawn over time; how many more there are is said.
const GROUPS_CHARTED: usize = 5;
/// Stretches of time they are drawn in.
const SERIES_BUCKETS: usize = 60;
/// Stretches that the time of records is cut into.
const HISTOGRAM_BUCKETS: usize = 120;

impl App {
    /// Asks for whatever the current place lacks; nothing when all is there or on its way.
    pub(super) fn ask(&mut self) {
        if !self.readable {
            return;
        }
        let version = self.data_version;
        if self.overview.should_ask(version) {
            self.jobs.ask(Question::Overview);
        }
        if self
            .saved_searches
            .should_ask((version, self.saved_changes))
        {
            self.jobs.ask(Question::SavedSearches);
        }
        if let Some(typed) = &self.jump {
            if self.jump_services.should_ask(version) {
                self.jobs.ask(Question::Services);
            }
            if typed.len() >= SHORTEST_ID && self.jump_traces.should_ask((version, typed.clone())) {
                self.jobs.ask(Question::TracesById(typed.clone()));
            }
        }
        if let Some(wanted) = &self.completing
            && self.values.should_ask((version, wanted.clone()))
        {
            self.jobs.ask(Question::Values(wanted.clone()));
        }
        if let Some(export) = self.export.as_ref().and_then(Draft::to_preview)
            && self.export_preview.should_ask(export.clone())
        {
            self.jobs.ask(Question::ExportPreview(export));
        }
        if !matches!(self.route(), Route::Insights(_) | Route::Health(_)) {
            self.leave_insights();
        }
        self.ask_for_alerts();
        match self.route().clone() {
            Route::Imports | Route::Import(_) => {
                if self.imports.should_ask(version) {
                    self.jobs.ask(Question::Imports);
                }
            }
            Route::Traces(place) => {
                self.ask_for_traces(&place);
                self.ask_for_kinds();
            }
            Route::Trace(place) => self.ask_for_trace(place),
            Route::Logs(place) => {
                self.ask_for_logs(&place);
                self.ask_for_log_kinds();
            }
            Route::Spans(place) => self.ask_for_spans(&place),
            Route::Alerts(place) => self.ask_for_starters(&place),
            Route::Issues(place) => match &place.changes {
                Some(sides) => self.ask_for_changes(sides),
                None => {
                    self.ask_for_listed_issues(&place);
                    self.ask_for_issue_attributes(&place);
                }
            },
            Route::Compare(place) => self.ask_for_comparison(&place),
            Route::Insights(place) => self.ask_for_insights(&place),
            Route::Health(place) => self.ask_for_health(&place),
        }
        // Last, for it begins when nothing else is waited for.
        self.ask_for_issues();
        self.ask_for_open_issues();
    }

    fn ask_for_traces(&mut self, place: &TracesPlace) {
        let version = self.data_version;
        if self.span_keys.should_ask(version) {
            self.jobs.ask(Question::Keys(RecordKind::Span));
        }
        let Ok(search) = query::parse_for(&place.query, Subject::Traces) else {
            return;
        };
        let filter = Filter {
            search,
            range: place.range,
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

    /// What is wrong in the traces of the log records whose rows are at hand.
    fn ask_for_log_kinds(&mut self) {
        if let Some(rows) = &self.log_rows.value
            && !self.log_rows.waiting
            && self.issues.log_kinds.should_ask(self.log_rows.revision)
        {
            let mut traces: Vec<TraceId> = rows.rows.iter().filter_map(|log| log.trace).collect();
            traces.sort_unstable();
            traces.dedup();
            self.jobs.ask(Question::LogKinds(traces));
        }
    }

    /// What is wrong in the traces whose rows are at hand.
    fn ask_for_kinds(&mut self) {
        if let Some(rows) = &self.trace_rows.value
            && !self.trace_rows.waiting
            && self.issues.kinds.should_ask(self.trace_rows.revision)
        {
            let numbers = rows.rows.iter().map(|trace| trace.number).collect();
            self.jobs.ask(Question::TraceKinds(numbers));
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
            self.found.clear();
            self.facts.clear();
            self.trace_events.clear();
            self.story.clear();
            self.issues.marks.clear();
            self.looks.clear();
            self.pane.clear();
            self.bar_marks.clear();
            self.lengths.clear();
        }
        if self.trace.should_ask((version, place.trace)) {
            self.jobs.ask(Question::Trace(place.trace));
        }
        if let Some(Some(trace)) = self.trace.value.clone()
            && let Some(picture) = self.trace_picture()
        {
            picture.shows(&trace);
        }
        self.arrive();
        self.ask_for_look();
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
        self.ask_what_is_found();
        let finds = self
            .trace_picture()
            .is_some_and(|picture| picture.find.shown);
        if finds && self.span_keys.should_ask(version) {
            self.jobs.ask(Question::Keys(RecordKind::Span));
        }
        let entry = self.history.current();
        let (Picture::Trace(picture), Some(Some(trace))) = (&entry.picture, &self.trace.value)
        else {
            return;
        };
        let Some(grouped) = &self.grouped.value else {
            return;
        };
        let found = self.found.value.as_ref();
        let only = found.filter(|found| {
            picture.find.others == Others::Hidden
                && !found.found.is_empty()
                && Arc::ptr_eq(&found.grouped, grouped)
        });
        let shown_of = only.map(|_| self.found.revision);
        let wanted = (entry.visit, picture.revision, shown_of);
        if self.rows.should_ask((self.grouped.revision, wanted)) {
            self.jobs.ask(Question::WaterfallRows {
                grouped: grouped.clone(),
                expansion: picture.expansion.clone(),
                showing: picture.showing.clone(),
                only: only.cloned(),
            });
        }
        // After the rows, which do not wait for it.
        if self.rows.value.is_some() && self.facts.should_ask(self.grouped.revision) {
            self.jobs.ask(Question::TraceFacts(grouped.clone()));
        }
        if picture.view == TraceView::Waterfall
            && self.rows.value.is_some()
            && self.bar_marks.should_ask(self.trace.revision)
        {
            self.jobs.ask(Question::BarMarks(trace.clone()));
        }
        if self.rows.value.is_some() && self.issues.marks.should_ask(self.trace.revision) {
            self.jobs.ask(Question::TraceMarks(trace.id));
        }
        if picture.view == TraceView::Story {
            if self.trace_events.should_ask(self.trace.revision) {
                self.jobs.ask(Question::TraceEvents(trace.clone()));
            }
            let wanted = Wanted {
                of: picture.story.of,
                range: picture.window.filter(|_| picture.story.within),
                find: picture.story.find.clone(),
            };
            let (group, events) = (self.grouped.revision, self.trace_events.revision);
            if let (Some(recorded), false) = (&self.trace_events.value, self.trace_events.waiting)
                && self.story.should_ask((group, events, wanted.clone()))
            {
                self.jobs.ask(Question::Story {
                    grouped: grouped.clone(),
                    events: recorded.clone(),
                    wanted,
                });
            }
        }
        // Until the answer is there, the grouping at hand may be one with fewer nodes.
        let selected = picture
            .selected
            .filter(|node| node.at() < grouped.waterfall.nodes().len())
            .and_then(|node| grouped.waterfall.first_span(node));
        let (grouped, id) = (grouped.clone(), trace.id);
        self.ask_for_notes(id);
        self.ask_for_lengths(&grouped);
        if let Some(span) = selected {
            self.ask_for_pane(&grouped, span);
        }
    }

    fn ask_for_logs(&mut self, place: &LogsPlace) {
        let version = self.data_version;
        if self.log_keys.should_ask(version) {
            self.jobs.ask(Question::Keys(RecordKind::Log));
        }
        self.ask_for_log_details();
        let columns = LOG_COLUMNS.attributes(&place.columns);
        if let Some(around) = place.around {
            return self.ask_around(around, columns);
        }
        let Ok(whole) = query::parse_for(&place.query, place.subject()) else {
            return;
        };
        // Conditions on groups are asked of groups; the records are shown beside them all the same.
        let (search, conditions) = whole.split_having();
        let filter = Filter {
            search,
            range: place.range,
        };
        if self.logs.should_ask((version, filter.clone())) {
            self.jobs.ask(Question::FirstLogs {
                filter: filter.clone(),
            });
            self.jobs.ask(Question::Logs {
                filter: filter.clone(),
                newest_first: false,
            });
        }
        let mut over_time = filter.clone();
        if place.view == LogsView::Differs {
            // What the stretch is compared with stays in sight.
            over_time.range = None;
        }
        if self.log_histogram.should_ask((version, over_time.clone())) {
            self.jobs.ask(Question::Histogram {
                kind: RecordKind::Log,
                filter: over_time,
                buckets: HISTOGRAM_BUCKETS,
            });
        }
        self.ask_for_what_is_common(place, &filter, conditions);
        let Picture::Logs(picture) = &self.history.current().picture else {
            return;
        };
        let Some(matches) = &self.logs.value else {
            return;
        };
        let total = matches.refs.len() as u64;
        let wanted = with_margin(&picture.visible, total);
        let covered = self
            .log_rows
            .asked
            .as_ref()
            .is_some_and(|(revision, (range, asked))| {
                *revision == self.logs.revision
                    && *asked == columns
                    && contains(range, &clamp(&picture.visible, total))
            });
        if !covered
            && self
                .log_rows
                .should_ask((self.logs.revision, (wanted.clone(), columns.clone())))
        {
            let refs = matches.refs[wanted.start as usize..wanted.end as usize].to_vec();
            self.jobs.ask(Question::LogRows {
                first: wanted.start,
                refs,
                columns,
            });
        }
    }
}

impl App {
    fn ask_for_log_details(&mut self) {
        if let Picture::Logs(picture) = &self.history.current().picture
            && let Some(at) = picture.record
            && self.log_details.should_ask(at)
        {
            self.jobs.ask(Question::Details {
                kind: RecordKind::Log,
                at,
            });
        }
    }

    /// A record with those around it.
    fn ask_around(&mut self, place: AroundPlace, columns: Vec<String>) {
        let Picture::Logs(picture) = &self.history.current().picture else {
            return;
        };
        let room = picture.around;
        let wanted = (self.data_version, (place, room, columns.clone()));
        if self.log_around.should_ask(wanted) {
            self.jobs.ask(Question::LogAround {
                place,
                room,
                columns,
            });
        }
    }

    /// Values, patterns and groups of the log records that fit, if they are shown; of groups those that fit the conditions.
    fn ask_for_what_is_common(&mut self, place: &LogsPlace, filter: &Filter, conditions: Expr) {
        let version = self.data_version;
        let keys = self.settings.log_facets.clone();
        let wanted = (version, (filter.clone(), keys.clone()));
        if self.settings.facets_shown && self.log_facets.should_ask(wanted) {
            self.jobs.ask(Question::Facets {
                kind: RecordKind::Log,
                filter: filter.clone(),
                keys,
            });
        }
        if place.view == LogsView::Patterns
            && self.log_patterns.should_ask((version, filter.clone()))
        {
            let filter = filter.clone();
            self.jobs.ask(Question::LogPatterns { filter });
        }
        if place.view == LogsView::Differs {
            let sets = comparing::sets(&place.query, place.range, &place.against);
            self.ask_what_differs(RecordKind::Log, sets.ok().flatten());
        }
        if place.view == LogsView::Groups {
            self.ask_for_groups(
                RecordKind::Log,
                &place.groups,
                &with_conditions(filter, conditions),
            );
        }
    }
}

/// A filter with conditions on groups.
fn with_conditions(filter: &Filter, conditions: Expr) -> Filter {
    Filter {
        search: Expr::all_of([filter.search.clone(), conditions]),
        range: filter.range,
    }
}

impl App {
    /// Groups of the records that fit, and the first of them over time.
    fn ask_for_groups(&mut self, kind: RecordKind, place: &GroupsPlace, filter: &Filter) {
        let version = self.data_version;
        if let Some(grouping) = grouping(place) {
            let wanted = (version, (filter.clone(), grouping.clone()));
            if self.groups_mut(kind).should_ask(wanted) {
                self.jobs.ask(Question::Groups {
                    kind,
                    filter: filter.clone(),
                    grouping,
                });
            }
        }
        if let Some(grouping) = charted(place) {
            let wanted = (version, (filter.clone(), grouping.clone()));
            if self.series_mut(kind).should_ask(wanted) {
                self.jobs.ask(Question::Series {
                    kind,
                    filter: filter.clone(),
                    grouping,
                    buckets: SERIES_BUCKETS,
                });
            }
        }
    }

    /// What differs between the records a page finds and others, see [`comparing::sets`].
    fn ask_what_differs(&mut self, kind: RecordKind, sets: Option<[Filter; 2]>) {
        let version = self.data_version;
        let of_other_records = |(_, (of, _)): &(u64, (RecordKind, _))| *of != kind;
        if self.differs.asked.as_ref().is_some_and(of_other_records) {
            self.differs.clear();
        }
        if let Some(sets) = sets
            && self.differs.should_ask((version, (kind, sets.clone())))
        {
            self.jobs.ask(Question::Differs { kind, sets });
        }
    }
}

impl App {
    /// What is looked for in the open trace, and the step to it that was asked for.
    fn ask_what_is_found(&mut self) {
        let (Picture::Trace(picture), Some(grouped)) =
            (&self.history.current().picture, &self.grouped.value)
        else {
            return;
        };
        match query::parse_for(&picture.find.search, Subject::Records) {
            Ok(search) if search != Expr::All => {
                let wanted = (self.grouped.revision, search.clone());
                if !self.grouped.waiting && self.found.should_ask(wanted) {
                    self.jobs.ask(Question::FindInTrace {
                        grouped: grouped.clone(),
                        search,
                    });
                }
            }
            // An answer that is still on its way would be to a question that is not asked any more.
            Ok(_) if self.found.asked.is_some() => {
                self.jobs.forget(Slot::FoundInTrace);
                self.found.clear();
            }
            _ => {}
        }
        if !self.grouped.waiting {
            self.take_step();
        }
    }
}

/// What is asked of groups; `None` while it cannot be read.
fn grouping(place: &GroupsPlace) -> Option<Grouping> {
    let aggregates = match place.aggregates.trim() {
        "" => vec![Aggregate::Count],
        text => query::parse_aggregates(text).ok()?,
    };
    let keys = place.keys.len();
    let column = place.column.filter(|at| *at < keys + aggregates.len());
    let order = match column {
        Some(column) if column < keys => GroupOrder::Key(column),
        Some(column) => GroupOrder::Aggregate(column - keys),
        None => GroupOrder::Aggregate(0),
    };
    Some(Grouping {
        keys: place.keys.clone(),
        aggregates,
        order,
        descending: !place.ascending,
        limit: GROUPS_SHOWN,
    })
}

impl App {
    /// What is computed of the groups that are drawn over time; `None` while it cannot be read.
    pub fn charted_aggregate(&self, place: &GroupsPlace) -> Option<Aggregate> {
        charted(place)?.aggregates.pop()
    }
}

/// The groups that are drawn over time: the greatest by what the list is sorted by, else by its first aggregate.
fn charted(place: &GroupsPlace) -> Option<Grouping> {
    let all = grouping(place)?;
    let chosen = match all.order {
        GroupOrder::Aggregate(at) => at,
        GroupOrder::Key(_) => 0,
    };
    Some(Grouping {
        aggregates: vec![all.aggregates.get(chosen)?.clone()],
        order: GroupOrder::Aggregate(0),
        descending: true,
        limit: GROUPS_CHARTED,
        keys: all.keys,
    })
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
