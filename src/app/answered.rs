//! Where each answer to a question goes.

use super::command::Command;
use super::issues;
use super::questions::{Answer, Slot};
use super::state::{App, StoreState};
use super::views::ListPicture;
use crate::store::RecordMatches;

impl App {
    /// Shows the first records that fit until all are found, unless one looks further down, as after coming back.
    fn show_first_logs(&mut self, first: RecordMatches) {
        let rows = first.refs.len() as u64;
        let seen = |picture: &mut ListPicture| picture.visible.start < rows;
        if self.logs.waiting && first.more && self.list_picture().is_some_and(seen) {
            self.logs.revision += 1;
            self.logs.error = None;
            self.logs.show(first);
        }
    }

    /// Puts an answer where what is shown is taken from.
    pub(super) fn take_answer(&mut self, slot: Slot, result: Result<Answer, String>) {
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
            Slot::OpenIssues => answered!(issues.open, OpenIssues),
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::RecordRef;
    use crate::store::Filter;

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
