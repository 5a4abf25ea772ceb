//! Questions about many records at once: groups, values over time, lists a page at a time.

use super::Reader;
use crate::model::record::{LogEntry, RecordRef};
use crate::model::{CancelToken, TimeRange};
use crate::store::lookup::Lookup;
use crate::store::{
    Around, Buckets, Cursor, ErrorWithDocument, Filter, Grouping, Groups, Page, RecordKind,
    RecordOrder, Series, Sliding, SpanColumns, SpanOrder, SpanTraces, StoreError, TraceOrder,
    TracePage, TraceWithValues, Windows, around, error_events, groups, many_logs, many_traces,
    page, span_columns, traces,
};

impl Reader {
    /// Reads traces by their numbers, without logs and errors but with attributes of their spans by name, and hands them
    /// to `work`, some at a time on each core; the answers come in the order of the numbers. Of an attribute's names in
    /// other dialects the first that a span has counts, as in searches.
    pub fn work_through_traces<T: Send>(
        &self,
        numbers: &[i64],
        attributes: &[&str],
        cancel: &CancelToken,
        work: impl Fn(Vec<TraceWithValues>) -> T + Sync,
    ) -> Result<Vec<T>, StoreError> {
        let scan = self.scan(cancel);
        many_traces::work_through(&scan, &self.scanner, numbers, attributes, work)
    }

    /// Hands the spans that fit to `work`, a segment at a time on each core, with attributes by name; the answers come in
    /// order of import. Each attribute is a list of names of which the first counts that a span has; a name stands for
    /// its names in other dialects, too.
    pub fn work_through_spans<T: Send>(
        &self,
        filter: &Filter,
        attributes: &[&[&str]],
        cancel: &CancelToken,
        work: impl Fn(SpanColumns) -> T + Sync,
    ) -> Result<Vec<T>, StoreError> {
        let scan = self.scan(cancel);
        span_columns::work_through(&scan, &self.scanner, filter, attributes, work)
    }

    /// How long each of the spans that fit took, in nanoseconds, never negative; in order of import.
    pub fn span_durations(
        &self,
        filter: &Filter,
        cancel: &CancelToken,
    ) -> Result<Vec<i64>, StoreError> {
        span_columns::durations(&self.scan(cancel), &self.scanner, filter)
    }

    /// Reads error records with their documents, and hands them to `work`, a stretch of numbers at a time on each core; the
    /// answers come in the order of the stretches. Both ends belong to a stretch.
    pub fn work_through_errors<T: Send>(
        &self,
        stretches: &[(i64, i64)],
        cancel: &CancelToken,
        work: impl Fn((i64, i64), Vec<ErrorWithDocument>) -> T + Sync,
    ) -> Result<Vec<T>, StoreError> {
        error_events::work_through(&self.scan(cancel), &self.scanner, stretches, work)
    }

    /// Hands the log records of some segments that fit to `work`, with attributes by name, a segment at a time on each core,
    /// also those of which none fits. The answers come in order of import; segments that are gone or damaged give none.
    pub fn work_through_logs<T: Send>(
        &self,
        filter: &Filter,
        segments: &[i64],
        attributes: &[&str],
        cancel: &CancelToken,
        work: impl Fn(i64, Vec<LogEntry>) -> T + Sync,
    ) -> Result<Vec<T>, StoreError> {
        let scan = self.scan(cancel);
        many_logs::work_through(&scan, &self.scanner, filter, segments, attributes, work)
    }

    /// Groups the records that fit and computes aggregates over each group. Conditions on aggregates in the filter choose
    /// among the groups. Without keys there is one group, also of no
    /// record.
    ///
    /// `epm` and `eps` refer to the filter's range, its open ends closed by the first and the last matching record.
    /// Spans fail with the status `error`, log records with the levels `error` and `fatal`; the latter have no duration,
    /// and so no `apdex` and `user_misery`. A user is the first of `user.id`, `user.name`, `user.email` and
    /// `user.ip_address` that a record has.
    pub fn group(
        &self,
        kind: RecordKind,
        filter: &Filter,
        grouping: &Grouping,
        cancel: &CancelToken,
    ) -> Result<Groups, StoreError> {
        groups::group(&self.scan(cancel), &self.scanner, kind, filter, grouping)
    }

    /// As [`Self::group`] for whole traces of which a span fits, see [`check_trace_grouping`]. Traces fail with an error.
    ///
    /// [`check_trace_grouping`]: crate::store::check_trace_grouping
    pub fn group_traces(
        &self,
        filter: &Filter,
        grouping: &Grouping,
        cancel: &CancelToken,
    ) -> Result<Groups, StoreError> {
        groups::group_traces(&self.scan(cancel), &self.scanner, filter, grouping)
    }

    /// Aggregates over time for the first groups of a grouping, and for all others together what adds up. `epm` and
    /// `eps` refer to the length of a bucket.
    ///
    /// # Errors
    /// As with every question; also when there would be too many buckets.
    pub fn series(
        &self,
        kind: RecordKind,
        filter: &Filter,
        grouping: &Grouping,
        buckets: Buckets,
        cancel: &CancelToken,
    ) -> Result<Series, StoreError> {
        groups::series(
            &self.scan(cancel),
            &self.scanner,
            kind,
            filter,
            grouping,
            buckets,
        )
    }

    /// Aggregates over windows that slide over a range, all of them in one pass over the records of a kind. The first
    /// window ends at the first multiple of its step that lies behind the range's start, the last at the first that does
    /// not lie before its end. `epm` and `eps` refer to the length of a window.
    ///
    /// # Errors
    /// As with every question; also when the range is too long for so many searches.
    pub fn windows(
        &self,
        kind: RecordKind,
        range: TimeRange,
        asked: &[Sliding],
        cancel: &CancelToken,
    ) -> Result<Vec<Windows>, StoreError> {
        groups::windows(&self.scan(cancel), &self.scanner, kind, range, asked)
    }

    /// The first records that fit behind a cursor, or from the beginning. The pages of a list, put together, are the
    /// list; what an import adds meanwhile comes where it belongs, if that is still ahead.
    ///
    /// # Errors
    /// As with every question; also when the cursor is of a list in another order.
    pub fn page(
        &self,
        kind: RecordKind,
        filter: &Filter,
        (order, descending): (&RecordOrder, bool),
        after: Option<&Cursor>,
        limit: usize,
        cancel: &CancelToken,
    ) -> Result<Page, StoreError> {
        let scan = self.scan(cancel);
        let order = (order, descending);
        page::page(&scan, &self.scanner, kind, filter, order, after, limit)
    }

    /// As [`Self::page`], for [traces](Self::find_traces).
    ///
    /// # Errors
    /// As there.
    pub fn page_traces(
        &self,
        filter: &Filter,
        (order, descending): (TraceOrder, bool),
        after: Option<&Cursor>,
        limit: usize,
        cancel: &CancelToken,
    ) -> Result<TracePage, StoreError> {
        let order = (order, descending);
        traces::page(
            &self.scan(cancel),
            &self.scanner,
            filter,
            order,
            after,
            limit,
        )
    }

    /// The traces that spans which fit belong to, in order. The filter's range is one of spans.
    ///
    /// # Errors
    /// As with every question.
    pub fn traces_of_spans(
        &self,
        filter: &Filter,
        order: SpanOrder,
        descending: bool,
        cancel: &CancelToken,
    ) -> Result<SpanTraces, StoreError> {
        traces::of_spans(&self.scan(cancel), &self.scanner, filter, order, descending)
    }

    /// The records that fit nearest before and after one, which need not fit itself, in order of time; those of one
    /// instant in order of import. `room` is how many at most before and after.
    ///
    /// # Errors
    /// As with every question; also when the record is not in the store any more.
    pub fn around(
        &self,
        kind: RecordKind,
        filter: &Filter,
        at: RecordRef,
        room: (usize, usize),
        cancel: &CancelToken,
    ) -> Result<Around, StoreError> {
        around::around(&self.scan(cancel), &self.scanner, kind, filter, at, room)
    }

    /// Whether there is no record of a kind.
    pub fn is_empty(&self, kind: RecordKind) -> Result<bool, StoreError> {
        self.begin();
        let segments = self.scanner.segments(kind);
        let segments = segments.map_err(StoreError::sql("list the segments"))?;
        Ok(segments.is_empty())
    }

    /// Whether any record of a kind has a value under this name.
    pub fn knows(&self, kind: RecordKind, key: &str) -> Result<bool, StoreError> {
        self.begin();
        let resources = self.shared.resources(&self.scanner)?;
        let lookup = Lookup::new(&self.shared, &resources, key);
        let knows = lookup.knows(&self.scanner, kind);
        knows.map_err(StoreError::sql("find an attribute"))
    }
}
