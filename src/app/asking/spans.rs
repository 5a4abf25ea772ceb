//! What the span search needs: of its three charts and of its tabs only what is shown.

use super::{HISTOGRAM_BUCKETS, clamp, contains, with_conditions, with_margin};
use crate::app::columns::SPAN_COLUMNS;
use crate::app::questions::Question;
use crate::app::route::{SpansChart, SpansPlace, SpansView};
use crate::app::state::App;
use crate::app::views::{ListPicture, Picture};
use crate::store::{Filter, RecordKind};

const SPAN: RecordKind = RecordKind::Span;

impl App {
    pub(super) fn ask_for_spans(&mut self, place: &SpansPlace) {
        if self.span_keys.should_ask(self.data_version) {
            self.jobs.ask(Question::Keys(SPAN));
        }
        let Ok((filter, conditions)) = place.filter() else {
            return;
        };
        // How many fit is said on every tab; which they are, only the list needs.
        match place.view {
            SpansView::Spans => self.ask_which_spans(place, &filter),
            _ => self.ask_how_many_spans(&filter),
        }
        // What a region is compared with stays in sight.
        let drawn = match place.view {
            SpansView::Differs => place.whole(),
            _ => Ok(filter.clone()),
        };
        if let Ok(drawn) = drawn {
            self.ask_for_chart(place.chart, &drawn);
        }
        self.ask_for_values(&filter);
        match place.view {
            SpansView::Spans => self.ask_for_span_rows(place),
            SpansView::Traces => self.ask_for_traces_of_spans(place, &filter),
            SpansView::Groups => {
                self.ask_for_groups(SPAN, &place.groups, &with_conditions(&filter, conditions));
            }
            SpansView::Differs => self.ask_what_differs(SPAN, place.sets().ok().flatten()),
        }
    }

    fn ask_which_spans(&mut self, place: &SpansPlace, filter: &Filter) {
        let (order, descending) = (place.order, place.descending);
        let wanted = (self.data_version, (filter.clone(), order, descending));
        if self.spans.found.should_ask(wanted) {
            self.jobs.ask(Question::Spans {
                filter: filter.clone(),
                order,
                descending,
            });
        }
    }

    fn ask_how_many_spans(&mut self, filter: &Filter) {
        let wanted = (self.data_version, filter.clone());
        if self.spans.total.should_ask(wanted) {
            self.jobs.ask(Question::SpanCount(filter.clone()));
        }
    }

    fn ask_for_chart(&mut self, chart: SpansChart, filter: &Filter) {
        let wanted = (self.data_version, filter.clone());
        let spans = &mut self.spans;
        let is_new = match chart {
            SpansChart::Count => spans.histogram.should_ask(wanted),
            SpansChart::Percentiles => spans.percentiles.should_ask(wanted),
            SpansChart::Heatmap => spans.heatmap.should_ask(wanted),
        };
        let filter = filter.clone();
        let question = match chart {
            SpansChart::Count => Question::Histogram {
                kind: SPAN,
                filter,
                buckets: HISTOGRAM_BUCKETS,
            },
            SpansChart::Percentiles => Question::SpanPercentiles {
                filter,
                buckets: HISTOGRAM_BUCKETS,
            },
            SpansChart::Heatmap => Question::SpanHeatmap {
                filter,
                columns: HISTOGRAM_BUCKETS,
            },
        };
        if is_new {
            self.jobs.ask(question);
        }
    }

    fn ask_for_values(&mut self, filter: &Filter) {
        let keys = self.settings.facets(SPAN).to_vec();
        let wanted = (self.data_version, (filter.clone(), keys.clone()));
        if self.settings.facets_shown && self.spans.facets.should_ask(wanted) {
            self.jobs.ask(Question::Facets {
                kind: SPAN,
                filter: filter.clone(),
                keys,
            });
        }
    }

    fn ask_for_span_rows(&mut self, place: &SpansPlace) {
        let Some(picture) = self.span_picture() else {
            return;
        };
        let (visible, record) = (picture.visible.clone(), picture.record);
        if let Some(at) = record
            && self.span_details.should_ask(at)
        {
            self.jobs.ask(Question::Details { kind: SPAN, at });
        }
        let columns = SPAN_COLUMNS.attributes(&place.columns);
        let spans = &mut self.spans;
        let Some(found) = &spans.found.value else {
            return;
        };
        let total = found.refs.len() as u64;
        let revision = spans.found.revision;
        let covered = spans
            .rows
            .asked
            .as_ref()
            .is_some_and(|(asked, (range, shown))| {
                *asked == revision && *shown == columns && contains(range, &clamp(&visible, total))
            });
        let wanted = with_margin(&visible, total);
        if !covered
            && spans
                .rows
                .should_ask((revision, (wanted.clone(), columns.clone())))
        {
            let refs = found.refs[wanted.start as usize..wanted.end as usize].to_vec();
            self.jobs.ask(Question::SpanRows {
                first: wanted.start,
                refs,
                columns,
            });
        }
    }

    fn ask_for_traces_of_spans(&mut self, place: &SpansPlace, filter: &Filter) {
        let (order, descending) = (place.order, place.descending);
        let asked = (self.data_version, (filter.clone(), order, descending));
        if self.spans.traces.should_ask(asked) {
            self.jobs.ask(Question::SpanTraces {
                filter: filter.clone(),
                order,
                descending,
            });
        }
        let Some(visible) = self.span_picture().map(|picture| picture.visible.clone()) else {
            return;
        };
        let spans = &mut self.spans;
        let Some(found) = &spans.traces.value else {
            return;
        };
        let total = found.traces.len() as u64;
        let revision = spans.traces.revision;
        let covered = spans
            .trace_rows
            .asked
            .as_ref()
            .is_some_and(|(asked, range)| {
                *asked == revision && contains(range, &clamp(&visible, total))
            });
        let wanted = with_margin(&visible, total);
        if !covered && spans.trace_rows.should_ask((revision, wanted.clone())) {
            let traces = found.traces[wanted.start as usize..wanted.end as usize].to_vec();
            self.jobs.ask(Question::SpanTraceRows {
                first: wanted.start,
                traces,
            });
        }
    }

    fn span_picture(&self) -> Option<&ListPicture> {
        match &self.history.current().picture {
            Picture::Spans(picture) => Some(picture),
            _ => None,
        }
    }
}
