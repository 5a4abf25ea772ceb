//! What the current place needs, asked for when it differs from what was asked last.

use super::columns::LOG_COLUMNS;
use super::questions::Question;
use super::route::{AroundPlace, GroupsPlace, LogsPlace, LogsView, Route, TracePlace, TracesPlace};
use super::state::App;
use super::views::Picture;
use crate::query;
use crate::query::Aggregate;
use crate::store::{Filter, GroupOrder, Grouping, RecordKind};
use std::ops::Range;

/// Rows fetched beyond the visible ones, so that scrolling a little needs no question.
const MARGIN_ROWS: u64 = 100;
/// Groups listed; how many more there are is said.
const GROUPS_SHOWN: usize = 1_000;
/// Groups drawn over time; how many more there are is said.
const GROUPS_CHARTED: usize = 5;
/// Stretches of time they are drawn in.
const SERIES_BUCKETS: usize = 60;
/// Buckets of the log histogram.
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
        match self.route().clone() {
            Route::Imports | Route::Import(_) => {
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
        let Ok(search) = query::parse_filter(&place.query) else {
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
        if let Some(Some(trace)) = self.trace.value.clone()
            && let Some(picture) = self.trace_picture()
        {
            picture.shows(&trace);
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
        // Until the answer is there, the grouping at hand may be one with fewer nodes.
        let selected = picture
            .selected
            .filter(|node| node.at() < grouped.waterfall.nodes().len())
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
        self.ask_for_log_details();
        let columns = attributes_shown(place);
        if let Some(around) = place.around {
            return self.ask_around(around, columns);
        }
        let Ok(search) = query::parse_filter(&place.query) else {
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
                filter: filter.clone(),
                buckets: HISTOGRAM_BUCKETS,
            });
        }
        self.ask_for_what_is_common(place, &filter);
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

    /// Values and patterns of the log records that fit, if they are shown.
    fn ask_for_what_is_common(&mut self, place: &LogsPlace, filter: &Filter) {
        let version = self.data_version;
        let keys = self.settings.log_facets.clone();
        let wanted = (version, (filter.clone(), keys.clone()));
        if self.settings.facets_shown && self.log_facets.should_ask(wanted) {
            let filter = filter.clone();
            self.jobs.ask(Question::LogFacets { filter, keys });
        }
        if place.view == LogsView::Patterns
            && self.log_patterns.should_ask((version, filter.clone()))
        {
            let filter = filter.clone();
            self.jobs.ask(Question::LogPatterns { filter });
        }
        if place.view == LogsView::Groups
            && let Some(grouping) = grouping(&place.groups)
            && self
                .log_groups
                .should_ask((version, (filter.clone(), grouping.clone())))
        {
            let filter = filter.clone();
            self.jobs.ask(Question::LogGroups { filter, grouping });
        }
        if place.view == LogsView::Groups
            && let Some(grouping) = charted(&place.groups)
            && self
                .log_series
                .should_ask((version, (filter.clone(), grouping.clone())))
        {
            self.jobs.ask(Question::LogSeries {
                filter: filter.clone(),
                grouping,
                buckets: SERIES_BUCKETS,
            });
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

/// The attributes among the columns of the log list, in their order.
fn attributes_shown(place: &LogsPlace) -> Vec<String> {
    let shown = LOG_COLUMNS.shown(&place.columns).into_iter();
    shown
        .filter(|name| !LOG_COLUMNS.columns.contains(&name.as_str()))
        .collect()
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
