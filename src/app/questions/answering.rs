//! How each question is answered, on a reader thread.

use super::answers::{Answer, FoundInTrace, Stretch, ToldStory, TraceList, VisibleRows, group};
use super::{Question, ValuesOf};
use crate::analysis::SpanIndex;
use crate::analysis::differs::differences;
use crate::analysis::patterns::{self, Miner, Patterns};
use crate::analysis::span_events::span_events;
use crate::analysis::story::Recorded;
use crate::app::alerts::{self};
use crate::app::bar_lengths::BarValues;
use crate::app::bar_marks::BarMarks;
use crate::app::issues::{self, IssueAttributes, TraceMark};
use crate::app::span_pane::raw::RawRecord;
use crate::app::span_pane::typical::Typical;
use crate::app::span_pane::{LinksIn, SpanPane};
use crate::app::span_search::{self};
use crate::app::surroundings::Surroundings;
use crate::app::trace_facts::TraceFacts;
use crate::model::CancelToken;
use crate::model::record::RecordRef;
use crate::model::trace::Trace;
use crate::store::{Alike, Buckets, Facet, Filter, Reader, RecordKind, StoreError};
use std::collections::HashMap;
use std::sync::Arc;

/// Values fetched to complete a search with: more than are shown, so that typing narrows them at once.
const VALUES_OFFERED: usize = 100;
/// Rows shown before all that fit are found: a few screens of them.
const FIRST_ROWS: usize = 300;
/// Values listed of an attribute.
const FACET_VALUES: usize = 10;

impl Question {
    /// Answers from the store; questions about a trace at hand do not touch it.
    pub fn answer(self, reader: &Reader, cancel: &CancelToken) -> Result<Answer, StoreError> {
        match self {
            Self::Overview => reader.overview().map(Answer::Overview),
            Self::Imports => reader
                .imports()
                .map(|imports| Answer::Imports(imports.into())),
            Self::Traces {
                filter,
                order,
                descending,
            } => {
                let matches = reader.find_traces(&filter, order, descending, cancel)?;
                Ok(Answer::Traces(Arc::new(TraceList::new(matches))))
            }
            Self::TraceRows { first, numbers } => {
                let rows = reader.trace_rows(&numbers)?;
                Ok(Answer::TraceRows(Arc::new(Stretch { first, rows })))
            }
            Self::Jump(number) => {
                let rows = reader.trace_rows(&[number])?;
                Ok(Answer::Jump(rows.first().map(|trace| trace.id)))
            }
            Self::Trace(id) => reader
                .trace(id, cancel)
                .map(|trace| Answer::Trace(trace.map(Arc::new))),
            Self::Waterfall { trace, options } => {
                Ok(Answer::Waterfall(Arc::new(group(trace, options))))
            }
            Self::WaterfallRows {
                grouped,
                expansion,
                showing,
                only,
            } => {
                let rows = VisibleRows::new(grouped, &expansion, &showing, only.as_deref());
                Ok(Answer::WaterfallRows(Arc::new(rows)))
            }
            Self::TraceFacts(grouped) => {
                Ok(Answer::TraceFacts(Arc::new(TraceFacts::new(&grouped))))
            }
            Self::FindInTrace { grouped, search } => {
                let places = reader.find_in_trace(&grouped.trace, &search, cancel)?;
                let found = FoundInTrace::new(grouped, places);
                Ok(Answer::FoundInTrace(Arc::new(found)))
            }
            Self::TraceEvents(trace) => recorded(reader, &trace, cancel).map(Answer::TraceEvents),
            Self::Story {
                grouped,
                events,
                wanted,
            } => {
                let story = grouped.material(&events).story(&wanted, cancel);
                Ok(Answer::Story(Arc::new(ToldStory {
                    story: story.ok_or(StoreError::Cancelled)?,
                    grouped,
                    events,
                })))
            }
            Self::Details { kind, at } => reader
                .details(kind, at)
                .map(|details| Answer::Details(Arc::new(details))),
            Self::Logs {
                filter,
                newest_first,
            } => reader
                .find(RecordKind::Log, &filter, newest_first, cancel)
                .map(Answer::Logs),
            Self::FirstLogs { filter } => reader
                .first(RecordKind::Log, &filter, FIRST_ROWS, cancel)
                .map(Answer::Logs),
            Self::LogRows {
                first,
                refs,
                columns,
            } => {
                let rows = reader.log_rows(&refs, &columns)?;
                Ok(Answer::LogRows(Arc::new(Stretch { first, rows })))
            }
            Self::Histogram {
                kind,
                filter,
                buckets,
            } => reader
                .histogram(kind, &filter, buckets, cancel)
                .map(|histogram| Answer::Histogram(Arc::new(histogram))),
            Self::Facets { kind, filter, keys } => reader
                .facets(kind, &keys, &filter, FACET_VALUES, cancel)
                .map(|facets| Answer::Facets(facets.into())),
            Self::LogPatterns { filter } => {
                let by = &patterns::masked;
                let alike = reader.alike(RecordKind::Log, "message", &filter, by, cancel)?;
                Ok(Answer::LogPatterns(Arc::new(mine(&alike))))
            }
            Self::Groups {
                kind,
                filter,
                grouping,
            } => reader
                .group(kind, &filter, &grouping, cancel)
                .map(|groups| Answer::Groups(Arc::new(groups))),
            Self::Series {
                kind,
                filter,
                grouping,
                buckets,
            } => {
                let buckets = Buckets::Count(buckets);
                reader
                    .series(kind, &filter, &grouping, buckets, cancel)
                    .map(|series| Answer::Series(Arc::new(series)))
            }
            Self::LogAround {
                place,
                room,
                columns,
            } => Surroundings::read(reader, place, room, &columns, cancel)
                .map(|found| Answer::LogAround(Arc::new(found))),
            Self::SpanPane { grouped, span } => SpanPane::read(reader, &grouped, span, cancel)
                .map(|pane| Answer::SpanPane(Arc::new(pane))),
            Self::RawRecord { grouped, span } => RawRecord::read(reader, &grouped, span, cancel)
                .map(|raw| Answer::RawRecord(Arc::new(raw))),
            Self::Typical(query) => Typical::find(reader, query, cancel)
                .map(|typical| Answer::Typical(Arc::new(typical))),
            Self::LinksIn(trace, span) => LinksIn::find(reader, (trace, span), cancel)
                .map(|links| Answer::LinksIn(Arc::new(links))),
            Self::NumberKeys(trace) => {
                let refs: Vec<RecordRef> = trace.spans.iter().map(|span| span.at).collect();
                let keys = reader.number_keys(&refs, cancel)?;
                Ok(Answer::NumberKeys(keys.into()))
            }
            Self::BarValues { grouped, key } => BarValues::read(reader, grouped, key, cancel)
                .map(|values| Answer::BarValues(Arc::new(values))),
            Self::BarMarks(trace) => BarMarks::read(reader, &trace, cancel)
                .map(|marks| Answer::BarMarks(Arc::new(marks))),
            Self::Notes(trace) => reader.notes(trace).map(|notes| Answer::Notes(notes.into())),
            Self::Keys(kind) => reader.keys(kind).map(|keys| Answer::Keys(keys.into())),
            Self::Spans {
                filter,
                order,
                descending,
            } => reader
                .find_spans(&filter, order, descending, cancel)
                .map(Answer::Spans),
            Self::SpanCount(filter) => {
                let count = reader.count(RecordKind::Span, &filter, cancel);
                count.map(Answer::SpanCount)
            }
            Self::SpanRows {
                first,
                refs,
                columns,
            } => {
                let rows = reader.span_rows(&refs, &columns)?;
                Ok(Answer::SpanRows(Arc::new(Stretch { first, rows })))
            }
            Self::SpanPercentiles { filter, buckets } => {
                let series = span_search::percentiles(reader, &filter, buckets, cancel)?;
                Ok(Answer::SpanPercentiles(Arc::new(series)))
            }
            Self::SpanHeatmap { filter, columns } => {
                let heatmap = span_search::heatmap(reader, &filter, columns, cancel)?;
                Ok(Answer::SpanHeatmap(Arc::new(heatmap)))
            }
            Self::SpanTraces {
                filter,
                order,
                descending,
            } => reader
                .traces_of_spans(&filter, order, descending, cancel)
                .map(Answer::SpanTraces),
            Self::SpanTraceRows { first, traces } => {
                let rows = span_search::matched_traces(reader, &traces)?;
                Ok(Answer::SpanTraceRows(Arc::new(Stretch { first, rows })))
            }
            Self::Look(look) => look.answer(reader, cancel).map(Answer::Look),
            Self::Insight(insight) => insight.answer(reader, cancel).map(Answer::Insight),
            Self::Differs { kind, sets } => reader
                .differs(kind, &sets[0], &sets[1], cancel)
                .map(|counted| Answer::Differs(Arc::new(differences(counted)))),
            Self::Values(of) => values(reader, of, cancel),
            Self::Services => {
                let of = ValuesOf {
                    kind: RecordKind::Span,
                    filter: Filter::default(),
                    key: "service".to_owned(),
                };
                values(reader, of, cancel)
            }
            Self::TracesById(start) => reader
                .traces_with_prefix(&start)
                .map(|ids| Answer::TracesById(ids.into())),
            Self::ExportPreview(export) => match export.preview(reader, cancel) {
                Ok(replaced) => Ok(Answer::ExportPreview(replaced.into())),
                Err(_) if cancel.is_cancelled() => Err(StoreError::Cancelled),
                Err(error) => Err(StoreError::failed("preview the export", error.to_string())),
            },
            Self::Issues(keep) => {
                let settings = crate::insights::issues::settings(reader)?;
                let mut keep = |kept| keep.put(kept);
                let all = Filter::default();
                let found =
                    crate::insights::issues::find(reader, &all, &settings, cancel, &mut keep);
                found.map(|issues| Answer::Issues(issues.into()))
            }
            Self::IssuesBefore => {
                let settings = crate::insights::issues::settings(reader)?;
                let found = crate::insights::issues::found_before(reader, &settings, cancel)?;
                Ok(Answer::IssuesBefore(found.into()))
            }
            Self::BeforeAfter(sides) => {
                let settings = crate::insights::issues::settings(reader)?;
                let sides = [&sides[0], &sides[1]];
                let found =
                    crate::insights::before_after::compare(reader, sides, &settings, cancel)?;
                Ok(Answer::BeforeAfter(Arc::new(found)))
            }
            Self::Sides => issues::offered(reader, cancel).map(|sides| Answer::Sides(sides.into())),
            Self::DetectorSettings => {
                let settings = crate::insights::issues::settings(reader)?;
                Ok(Answer::DetectorSettings(Arc::new(settings)))
            }
            Self::IssueStates => {
                let states = issues::states(reader.known_issues()?);
                Ok(Answer::IssueStates(Arc::new(states)))
            }
            Self::AlertsFile(path) => {
                let text = alerts::read_file(&path);
                let text = text.map_err(|reason| StoreError::Failed {
                    what: "read the alert rules".to_owned(),
                    reason,
                })?;
                Ok(Answer::AlertsFile(text))
            }
            Self::Backtest(set) => {
                let backtest = alerts::tried(reader, &set, None, cancel)?;
                Ok(Answer::Backtest(Arc::new(backtest)))
            }
            Self::Starters => {
                let starters = alerts::starters(reader, cancel)?;
                Ok(Answer::Starters(starters.into()))
            }
            Self::ListedIssues {
                issues,
                states,
                listing,
            } => {
                let listed = issues::list(&issues, &states, &listing);
                Ok(Answer::ListedIssues(listed.into()))
            }
            Self::OpenIssues {
                issues,
                states,
                noise,
            } => Ok(Answer::OpenIssues(issues::open(&issues, &states, &noise))),
            Self::IssueAttributes {
                fingerprint,
                records,
            } => IssueAttributes::read(reader, &fingerprint, records, cancel)
                .map(|told| Answer::IssueAttributes(Arc::new(told))),
            Self::TraceMarks(trace) => {
                let settings = crate::insights::issues::settings(reader)?;
                let found = crate::insights::issues::in_trace(reader, trace, &settings, cancel)?;
                let marks = found.into_iter().map(TraceMark::from);
                Ok(Answer::TraceMarks(marks.collect()))
            }
            Self::LogKinds(traces) => {
                let settings = crate::insights::issues::settings(reader)?;
                let mut ids = HashMap::new();
                for trace in traces {
                    if let Some(number) = reader.trace_number(trace)? {
                        ids.insert(number, trace);
                    }
                }
                let numbers: Vec<i64> = ids.keys().copied().collect();
                let kinds = crate::insights::issues::kinds_of(reader, &numbers, &settings, cancel)?;
                let kinds = issues::distinct(kinds).into_iter();
                let kinds = kinds.filter_map(|(number, kinds)| Some((*ids.get(&number)?, kinds)));
                Ok(Answer::LogKinds(Arc::new(kinds.collect())))
            }
            Self::TraceKinds(numbers) => {
                let settings = crate::insights::issues::settings(reader)?;
                let kinds = crate::insights::issues::kinds_of(reader, &numbers, &settings, cancel)?;
                Ok(Answer::TraceKinds(Arc::new(issues::distinct(kinds))))
            }
            Self::SavedSearches => reader
                .saved_searches()
                .map(|saved| Answer::SavedSearches(saved.into())),
        }
    }
}

/// The most frequent values of an attribute.
fn values(
    reader: &Reader,
    ValuesOf { kind, filter, key }: ValuesOf,
    cancel: &CancelToken,
) -> Result<Answer, StoreError> {
    let keys = [key];
    let facets = reader.facets(kind, &keys, &filter, VALUES_OFFERED, cancel)?;
    let [key] = keys;
    let none = Facet {
        key,
        values: Vec::new(),
        distinct: 0,
        present: 0,
    };
    let facet = facets.into_iter().next().unwrap_or(none);
    Ok(Answer::Values(Arc::new(facet)))
}

/// The events of a trace's spans, span by span.
pub fn recorded(
    reader: &Reader,
    trace: &Trace,
    cancel: &CancelToken,
) -> Result<Arc<[Recorded]>, StoreError> {
    let refs: Vec<RecordRef> = trace.spans.iter().map(|span| span.at).collect();
    let events = reader.span_events(&refs, cancel)?.into_iter();
    let events = events.flat_map(|(place, json)| {
        let span = SpanIndex(place as u32);
        let events = span_events(&json).into_iter();
        events.map(move |event| Recorded { span, event })
    });
    Ok(events.collect())
}

/// The patterns of texts that are counted by what surely does not vary.
fn mine(alike: &[Alike]) -> Patterns {
    let mut miner = Miner::default();
    for texts in alike {
        miner.add_masked(&texts.key, &texts.example, texts.count);
    }
    miner.finish()
}
