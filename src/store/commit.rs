//! One batch into the tables, within a transaction that the caller holds.
//!
//! Spans that are there already are left out; their rows of the segment are marked as dropped. Everything a trace's row says (start, duration, counts, root, services) is kept up to date from what was
//! really added, so that reading a file twice changes nothing.

use super::bits::Bits;
use super::encode::blob::BlobWriter;
use super::encode::column::{EncodedColumn, encode_ints};
use super::encode::trace_spans::{Sums, TraceSpans};
use super::encode::{
    EncodedBatch, EncodedCheckIn, EncodedError, EncodedSegment, LocalTrace, NONE, Root,
};
use super::error::damaged;
use super::fields::column as name;
use super::interned::{EMPTY_STRING, Interned};
use super::span_block::{self, Core};
use super::{RecordKind, findings, kind_number, services, trace_key};
use crate::model::Nanos;
use crate::model::sink::{Committed, ImportId};
use hashbrown::HashMap;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

/// What a batch adds to one trace.
#[derive(Default)]
struct TraceChange {
    new: bool,
    spans: Sums,
    errors: i64,
    logs: i64,
}

/// Writes a batch and says what was new in it.
pub(super) fn write(
    connection: &Connection,
    interned: &mut Interned,
    import: ImportId,
    batch: EncodedBatch,
) -> rusqlite::Result<Committed> {
    let mut commit = Commit::new(connection, interned, import, &batch)?;
    for segment in batch.segments {
        match segment.kind {
            RecordKind::Span => commit.spans(segment)?,
            RecordKind::Log => commit.logs(segment)?,
        }
    }
    commit.errors(&batch.errors)?;
    commit.check_ins(&batch.check_ins)?;
    for (index, trace) in batch.traces.iter().enumerate() {
        commit.trace(index, &trace.id.0, trace.root.as_ref())?;
    }
    commit.new_keys(&batch.traces)?;
    commit.resource_counts()?;
    commit.done.repeated_attributes = batch.repeated;
    Ok(commit.done)
}

struct Commit<'c> {
    connection: &'c Connection,
    interned: &'c mut Interned,
    import: ImportId,
    /// The number of this change of the store.
    change: i64,
    done: Committed,
    /// Ids in the store for the batch's own indices.
    traces: Vec<i64>,
    strings: Vec<i64>,
    resources: Vec<i64>,
    scopes: Vec<i64>,
    changes: Vec<TraceChange>,
    /// New records of each resource: spans and logs.
    resource_counts: HashMap<i64, (i64, i64)>,
    blob: BlobWriter,
    statements: Statements<'c>,
}

impl<'c> Commit<'c> {
    fn new(
        connection: &'c Connection,
        interned: &'c mut Interned,
        import: ImportId,
        batch: &EncodedBatch,
    ) -> rusqlite::Result<Self> {
        let mut traces = Vec::with_capacity(batch.traces.len());
        let mut changes = Vec::with_capacity(batch.traces.len());
        for trace in &batch.traces {
            let (number, new) = interned.trace(connection, trace.id)?;
            traces.push(number);
            changes.push(TraceChange {
                new,
                ..TraceChange::default()
            });
        }
        let strings = batch
            .strings
            .iter()
            .map(|text| interned.string(connection, text));
        let strings = strings.collect::<Result<_, _>>()?;
        let resources = batch
            .resources
            .iter()
            .map(|resource| interned.resource(connection, resource));
        let resources = resources.collect::<Result<_, _>>()?;
        let scopes = batch
            .scopes
            .iter()
            .map(|scope| interned.scope(connection, scope));
        let scopes = scopes.collect::<Result<_, _>>()?;
        Ok(Self {
            connection,
            interned,
            import,
            change: findings::next_change(connection)?,
            done: Committed::default(),
            traces,
            strings,
            resources,
            scopes,
            changes,
            resource_counts: HashMap::new(),
            blob: BlobWriter::new(),
            statements: Statements::new(connection)?,
        })
    }

    fn spans(&mut self, mut segment: EncodedSegment) -> rusqlite::Result<()> {
        let id = self.interned.next_segment();
        let mut dropped = std::mem::replace(&mut segment.dropped, Bits::none(0));
        for spans in std::mem::take(&mut segment.trace_spans) {
            self.trace_spans(id, spans, &mut dropped)?;
        }
        let (rows, duplicates) = (u64::from(segment.rows), dropped.count());
        self.done.spans += rows - duplicates;
        self.done.duplicates += duplicates;
        if duplicates == rows {
            return Ok(());
        }
        self.count_resources(&segment, &dropped);
        self.segment(id, segment, dropped)
    }

    /// Keeps the spans of a trace that are new; the rows of others are added to `dropped`.
    fn trace_spans(
        &mut self,
        segment: i64,
        mut spans: TraceSpans,
        dropped: &mut Bits,
    ) -> rusqlite::Result<()> {
        let number = ids(&self.traces, spans.trace);
        let mut change = self.changes.get_mut(spans.trace as usize);
        let is_first = change
            .as_ref()
            .is_some_and(|change| change.new && change.spans.spans == 0);
        if !is_first {
            let cores =
                span_block::unpack(&spans.block).ok_or_else(|| damaged("a batch's spans"))?;
            let known = self
                .interned
                .spans_of(self.connection, number, cores.len())?;
            let (new, twins): (Vec<Core>, Vec<Core>) = cores
                .into_iter()
                .partition(|core| known.insert(core.identity()));
            for twin in &twins {
                dropped.set(twin.row as usize);
            }
            if !twins.is_empty() {
                spans.block = span_block::pack(&new);
                spans.sums = Sums::of(&new);
            }
            if new.is_empty() {
                return Ok(());
            }
        }
        if let Some(change) = &mut change {
            change.spans.add(&spans.sums);
        }
        self.statements
            .span_block
            .execute(params![number, segment, spans.block])?;
        Ok(())
    }

    fn logs(&mut self, segment: EncodedSegment) -> rusqlite::Result<()> {
        let id = self.interned.next_segment();
        self.done.logs += u64::from(segment.rows);
        for trace in &segment.traces {
            if let Some(change) = self.changes.get_mut(*trace as usize) {
                change.logs += 1;
            }
        }
        let dropped = Bits::none(segment.rows as usize);
        self.count_resources(&segment, &dropped);
        self.segment(id, segment, dropped)
    }

    fn count_resources(&mut self, segment: &EncodedSegment, dropped: &Bits) {
        for (row, resource) in segment.resources.iter().enumerate() {
            if dropped.has(row) {
                continue;
            }
            let counts = self
                .resource_counts
                .entry(ids(&self.resources, *resource))
                .or_default();
            match segment.kind {
                RecordKind::Span => counts.0 += 1,
                RecordKind::Log => counts.1 += 1,
            }
        }
    }

    /// Writes a segment with its columns, those included that only now can be encoded.
    fn segment(&mut self, id: i64, segment: EncodedSegment, dropped: Bits) -> rusqlite::Result<()> {
        let kind = kind_number(segment.kind);
        let mask = (!dropped.is_empty()).then(|| dropped.to_bytes());
        let strings =
            (segment.kind == RecordKind::Span).then(|| span_block::strings_to_bytes(&self.strings));
        self.connection
            .prepare_cached(
                "INSERT INTO segment(id, kind, import, rows, time_min, time_max, dropped, strings)
                 VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                id,
                kind,
                self.import.0,
                segment.rows,
                segment.time_min,
                segment.time_max,
                mask,
                strings
            ])?;
        let patched = [
            (name::TRACE, &self.traces, &segment.traces),
            (name::RESOURCE, &self.resources, &segment.resources),
            (name::SCOPE, &self.scopes, &segment.scopes),
        ];
        let mut columns = Vec::with_capacity(patched.len());
        for (name, known, local) in patched {
            let values: Vec<i64> = local.iter().map(|index| ids(known, *index)).collect();
            columns.push(encode_ints(name, &values, true, &mut self.blob));
        }
        for column in segment.columns.iter().chain(&columns) {
            self.column(kind, id, column)?;
        }
        Ok(())
    }

    fn column(&mut self, kind: i64, segment: i64, column: &EncodedColumn) -> rusqlite::Result<()> {
        let key = self.interned.key(self.connection, &column.name)?;
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO segment_column(kind, key, segment, encoding, present, \"distinct\", min, max, checksum, bloom,
               data) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?;
        insert.execute(params![
            kind,
            key,
            segment,
            column.encoding,
            column.present,
            column.distinct,
            column.range.map(|(min, _)| min),
            column.range.map(|(_, max)| max),
            column.checksum(),
            column.bloom,
            column.data,
        ])?;
        Ok(())
    }

    fn errors(&mut self, errors: &[EncodedError]) -> rusqlite::Result<()> {
        let mut insert = self.connection.prepare_cached(
            "INSERT OR IGNORE INTO error_event(id, import, trace, span, time, level, type, message, transaction_name,
               service, resource, position, document) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?;
        for error in errors {
            let inserted = insert.execute(params![
                error.id.to_be_bytes(),
                self.import.0,
                ids(&self.traces, error.trace),
                error.span.0 as i64,
                error.time,
                error.level,
                error.exception_type,
                error.message,
                error.transaction,
                self.strings[error.service as usize],
                ids(&self.resources, error.resource),
                error.position,
                error.document,
            ])?;
            if inserted == 0 {
                self.done.duplicates += 1;
                continue;
            }
            self.done.errors += 1;
            if let Some(change) = self.changes.get_mut(error.trace as usize) {
                change.errors += 1;
            }
        }
        Ok(())
    }

    fn check_ins(&mut self, check_ins: &[EncodedCheckIn]) -> rusqlite::Result<()> {
        let mut insert = self.connection.prepare_cached(
            "INSERT OR IGNORE INTO check_in(id, import, run, monitor, status, time, duration, environment, release,
               service, config, trace_id, span) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?;
        for told in check_ins {
            let inserted = insert.execute(params![
                told.id.to_be_bytes(),
                self.import.0,
                told.run.to_be_bytes(),
                told.monitor,
                told.status,
                told.time,
                told.duration,
                told.environment,
                told.release,
                told.service,
                told.config,
                told.trace.0,
                told.span.0 as i64,
            ])?;
            match inserted {
                0 => self.done.duplicates += 1,
                _ => self.done.check_ins += 1,
            }
        }
        Ok(())
    }

    /// Brings a trace's row up to date.
    fn trace(&mut self, index: usize, id: &[u8; 16], root: Option<&Root>) -> rusqlite::Result<()> {
        let root = root.filter(|_| self.changes[index].spans.spans > 0);
        if self.changes[index].new {
            self.new_trace(index, id, root)
        } else {
            self.known_trace(index, root)
        }
    }

    /// One statement for all there is to say: captures of many small traces spend their time here.
    fn new_trace(
        &mut self,
        index: usize,
        id: &[u8; 16],
        root: Option<&Root>,
    ) -> rusqlite::Result<()> {
        let change = &self.changes[index];
        let spans = &change.spans;
        let order = root.map(Root::order);
        let services = self.services(spans, &[]);
        self.statements.trace.execute(params![
            self.traces[index],
            id,
            spans.extent.map(|(start, _)| start),
            spans.extent.map(|(start, end)| Nanos(end) - Nanos(start)),
            spans.spans,
            spans.failed,
            change.errors,
            change.logs,
            order.map(|(rank, ..)| rank),
            order.map(|(_, start, _)| start),
            order.map(|(.., span)| span),
            root.map(|root| &*root.name),
            root.map(|root| self.strings[root.op as usize]),
            root.map(|root| self.strings[root.service as usize]),
            services,
            self.change,
        ])?;
        self.done.traces += u64::from(spans.spans > 0);
        Ok(())
    }

    fn new_keys(&self, traces: &[LocalTrace]) -> rusqlite::Result<()> {
        let all = traces.iter().zip(&self.traces).zip(&self.changes);
        let new = all.filter(|(_, change)| change.new);
        let new = new.map(|((trace, number), _)| (trace.id, *number));
        trace_key::Keys::new(self.connection)?.insert(new.collect())
    }

    /// The services of a trace with those of new spans, as they are stored; none when there are none.
    fn services(&self, spans: &Sums, before: &[u8]) -> Option<Vec<u8>> {
        let added = spans
            .services
            .iter()
            .map(|service| self.strings[*service as usize]);
        let all = services::with(before, added.filter(|service| *service != EMPTY_STRING));
        (!all.is_empty()).then_some(all)
    }

    fn known_trace(&mut self, index: usize, root: Option<&Root>) -> rusqlite::Result<()> {
        let number = self.traces[index];
        let change = &self.changes[index];
        let (before, services) = row_so_far(self.connection, number)?;
        if before.is_none() && change.spans.spans > 0 {
            self.done.traces += 1;
        }
        let mut after = Sums {
            extent: before,
            ..Sums::default()
        };
        after.add(&change.spans);
        let mut update = self.connection.prepare_cached(
            "UPDATE trace SET start = ?2, duration = ?3, spans = spans + ?4, failed = failed + ?5,
               errors = errors + ?6, logs = logs + ?7, services = ?8,
               changed = CASE WHEN ?4 + ?6 + ?7 > 0 THEN ?9 ELSE changed END WHERE number = ?1",
        )?;
        update.execute(params![
            number,
            after.extent.map(|(start, _)| start),
            after.extent.map(|(start, end)| Nanos(end) - Nanos(start)),
            change.spans.spans,
            change.spans.failed,
            change.errors,
            change.logs,
            self.services(&change.spans, &services),
            self.change,
        ])?;
        match root {
            Some(root) => offer_root(self.connection, number, root, &self.strings),
            None => Ok(()),
        }
    }

    fn resource_counts(&mut self) -> rusqlite::Result<()> {
        let mut update = self.connection.prepare_cached(
            "UPDATE resource SET spans = spans + ?2, logs = logs + ?3 WHERE id = ?1",
        )?;
        for (id, (spans, logs)) in &self.resource_counts {
            update.execute([id, spans, logs])?;
        }
        Ok(())
    }
}

/// The statements that captures of many small traces spend their time in.
struct Statements<'c> {
    trace: CachedStatement<'c>,
    span_block: CachedStatement<'c>,
}

impl<'c> Statements<'c> {
    fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            trace: connection.prepare_cached(
                "INSERT INTO trace(number, trace_id, start, duration, spans, failed, errors, logs, root_rank,
                   root_start, root_span, root_name, root_op, root_service, services, changed)
                 VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            )?,
            span_block: connection
                .prepare_cached("INSERT INTO span_block(trace, segment, data) VALUES(?1, ?2, ?3)")?,
        })
    }
}

/// The id in the store for an index of the batch; 0 for none.
fn ids(known: &[i64], index: u32) -> i64 {
    if index == NONE {
        return 0;
    }
    known.get(index as usize).copied().unwrap_or(0)
}

/// First start and last end of a trace's spans so far, and its services.
type SoFar = (Option<(i64, i64)>, Vec<u8>);

fn row_so_far(connection: &Connection, number: i64) -> rusqlite::Result<SoFar> {
    let mut find = connection
        .prepare_cached("SELECT start, duration, services FROM trace WHERE number = ?1")?;
    find.query_row([number], |row| {
        let start: Option<i64> = row.get(0)?;
        let duration: Option<i64> = row.get(1)?;
        let services: Option<Vec<u8>> = row.get(2)?;
        let extent = start
            .zip(duration)
            .map(|(start, duration)| (start, start.saturating_add(duration)));
        Ok((extent, services.unwrap_or_default()))
    })
    .optional()
    .map(Option::unwrap_or_default)
}

/// Makes a span the root of its trace if it is better than the one known.
fn offer_root(
    connection: &Connection,
    number: i64,
    root: &Root,
    strings: &[i64],
) -> rusqlite::Result<()> {
    let (rank, start, span) = root.order();
    let mut update = connection.prepare_cached(
        "UPDATE trace SET root_rank = ?2, root_start = ?3, root_span = ?4, root_name = ?5, root_op = ?6,
           root_service = ?7
         WHERE number = ?1 AND (root_rank IS NULL OR (?2, ?3, ?4) < (root_rank, root_start, root_span))",
    )?;
    update.execute(params![
        number,
        rank,
        start,
        span,
        root.name,
        strings[root.op as usize],
        strings[root.service as usize],
    ])?;
    Ok(())
}
