//! One batch into the tables, within a transaction that the caller holds.
//!
//! Spans that are there already are left out; their rows of the segment are marked as dropped. Everything a trace's row says (start, duration, counts, root, services) is kept up to date from what was
//! really added, so that reading a file twice changes nothing.

use super::bits::Bits;
use super::encode::blob::BlobWriter;
use super::encode::column::{EncodedColumn, encode_ints};
use super::encode::{EncodedBatch, EncodedError, EncodedSegment, NONE, Root, SpanRow};
use super::fields::column as name;
use super::interned::{EMPTY_STRING, Interned};
use super::span_block::{self, Core};
use super::{RecordKind, kind_number};
use crate::model::Nanos;
use crate::model::sink::{Committed, ImportId};
use hashbrown::{HashMap, HashSet};
use rusqlite::{Connection, OptionalExtension, params};

/// What a batch adds to one trace.
#[derive(Default)]
struct TraceChange {
    new: bool,
    /// First start and last end of the added spans.
    extent: Option<(i64, i64)>,
    spans: i64,
    failed: i64,
    errors: i64,
    logs: i64,
    services: HashSet<i64>,
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
    for (index, trace) in batch.traces.iter().enumerate() {
        commit.trace(index, &trace.id.0, trace.root.as_ref())?;
    }
    commit.resource_counts()?;
    commit.done.repeated_attributes = batch.repeated;
    Ok(commit.done)
}

struct Commit<'c> {
    connection: &'c Connection,
    interned: &'c mut Interned,
    import: ImportId,
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
            done: Committed::default(),
            traces,
            strings,
            resources,
            scopes,
            changes,
            resource_counts: HashMap::new(),
            blob: BlobWriter::new(),
        })
    }

    fn spans(&mut self, segment: EncodedSegment) -> rusqlite::Result<()> {
        let id = self.interned.next_segment();
        let dropped = self.insert_spans(id, &segment)?;
        let (rows, duplicates) = (u64::from(segment.rows), dropped.count());
        self.done.spans += rows - duplicates;
        self.done.duplicates += duplicates;
        if duplicates == rows {
            return Ok(());
        }
        self.count_resources(&segment, &dropped);
        self.segment(id, segment, dropped)
    }

    /// Keeps the rows that are new; the others are returned.
    fn insert_spans(
        &mut self,
        segment_id: i64,
        segment: &EncodedSegment,
    ) -> rusqlite::Result<Bits> {
        let mut order: Vec<u32> = (0..segment.rows).collect();
        // By trace, in the order of the table, and within it by what makes two spans the same.
        order.sort_by_cached_key(|row| {
            let span = &segment.spans[*row as usize];
            let trace = ids(&self.traces, segment.traces[*row as usize]);
            (trace, span.id.0, span.fingerprint, *row)
        });
        let mut dropped = Bits::none(segment.rows as usize);
        let trace_of = |row: &u32| segment.traces[*row as usize];
        for rows in order.chunk_by(|a, b| trace_of(a) == trace_of(b)) {
            self.insert_trace_spans(segment_id, segment, rows, &mut dropped)?;
        }
        Ok(dropped)
    }

    /// The same for the rows of one trace.
    fn insert_trace_spans(
        &mut self,
        segment_id: i64,
        segment: &EncodedSegment,
        rows: &[u32],
        dropped: &mut Bits,
    ) -> rusqlite::Result<()> {
        let Some(index) = rows.first().map(|row| segment.traces[*row as usize]) else {
            return Ok(());
        };
        let number = ids(&self.traces, index);
        let change = self.changes.get_mut(index as usize);
        let has_spans = change
            .as_ref()
            .is_none_or(|change| !change.new || change.spans > 0);
        let known = match has_spans {
            true => Some(
                self.interned
                    .spans_of(self.connection, number, rows.len())?,
            ),
            false => None,
        };
        let mut change = change;
        let mut cores: Vec<Core> = Vec::with_capacity(rows.len());
        for row in rows {
            let span = &segment.spans[*row as usize];
            let core = Core {
                id: span.id.0,
                fingerprint: span.fingerprint,
                parent: span.parent.0,
                start: span.start,
                duration: span.duration,
                service: self.strings[span.service as usize],
                op: self.strings[span.op as usize],
                row: *row,
                flags: span.flags,
            };
            let identity = core.identity();
            let is_twin = cores.last().is_some_and(|last| last.identity() == identity);
            if is_twin
                || known
                    .as_ref()
                    .is_some_and(|known| known.contains(&identity))
            {
                dropped.set(*row as usize);
                continue;
            }
            if let Some(change) = &mut change {
                change.add_span(span, core.service);
            }
            cores.push(core);
        }
        if cores.is_empty() {
            return Ok(());
        }
        if let Some(known) = known {
            known.extend(cores.iter().map(Core::identity));
        }
        span_block::insert(self.connection, number, segment_id, &cores)
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
        self.connection
            .prepare_cached(
                "INSERT INTO segment(id, kind, import, rows, time_min, time_max, dropped)
                 VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                id,
                kind,
                self.import.0,
                segment.rows,
                segment.time_min,
                segment.time_max,
                mask
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

    /// Brings a trace's row up to date.
    fn trace(&mut self, index: usize, id: &[u8; 16], root: Option<&Root>) -> rusqlite::Result<()> {
        let root = root.filter(|_| self.changes[index].spans > 0);
        if self.changes[index].new {
            self.new_trace(index, id, root)?;
        } else {
            self.known_trace(index, root)?;
        }
        let number = self.traces[index];
        let mut add = self
            .connection
            .prepare_cached("INSERT OR IGNORE INTO trace_service(trace, service) VALUES(?1, ?2)")?;
        for service in self.changes[index]
            .services
            .iter()
            .filter(|service| **service != EMPTY_STRING)
        {
            add.execute([number, *service])?;
        }
        Ok(())
    }

    /// One statement for all there is to say: captures of many small traces spend their time here.
    fn new_trace(
        &mut self,
        index: usize,
        id: &[u8; 16],
        root: Option<&Root>,
    ) -> rusqlite::Result<()> {
        let change = &self.changes[index];
        let order = root.map(Root::order);
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO trace(number, trace_id, start, duration, spans, failed, errors, logs, root_rank, root_start,
               root_span, root_name, root_op, root_service)
             VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?;
        insert.execute(params![
            self.traces[index],
            id,
            change.extent.map(|(start, _)| start),
            change.extent.map(|(start, end)| Nanos(end) - Nanos(start)),
            change.spans,
            change.failed,
            change.errors,
            change.logs,
            order.map(|(rank, ..)| rank),
            order.map(|(_, start, _)| start),
            order.map(|(.., span)| span),
            root.map(|root| &*root.name),
            root.map(|root| self.strings[root.op as usize]),
            root.map(|root| self.strings[root.service as usize]),
        ])?;
        self.done.traces += u64::from(change.spans > 0);
        Ok(())
    }

    fn known_trace(&mut self, index: usize, root: Option<&Root>) -> rusqlite::Result<()> {
        let number = self.traces[index];
        let change = &self.changes[index];
        let before = extent(self.connection, number)?;
        if before.is_none() && change.spans > 0 {
            self.done.traces += 1;
        }
        let after = match (before, change.extent) {
            (Some(before), Some(added)) => Some((before.0.min(added.0), before.1.max(added.1))),
            (before, added) => before.or(added),
        };
        let mut update = self.connection.prepare_cached(
            "UPDATE trace SET start = ?2, duration = ?3, spans = spans + ?4, failed = failed + ?5,
               errors = errors + ?6, logs = logs + ?7 WHERE number = ?1",
        )?;
        update.execute(params![
            number,
            after.map(|(start, _)| start),
            after.map(|(start, end)| Nanos(end) - Nanos(start)),
            change.spans,
            change.failed,
            change.errors,
            change.logs,
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

impl TraceChange {
    fn add_span(&mut self, span: &SpanRow, service: i64) {
        let end = span.start.saturating_add(span.duration);
        let (first, last) = self.extent.unwrap_or((span.start, end));
        self.extent = Some((first.min(span.start), last.max(end)));
        self.spans += 1;
        self.failed += i64::from(span.failed());
        self.services.insert(service);
    }
}

/// The id in the store for an index of the batch; 0 for none.
fn ids(known: &[i64], index: u32) -> i64 {
    if index == NONE {
        return 0;
    }
    known.get(index as usize).copied().unwrap_or(0)
}

/// First start and last end of a trace's spans so far.
fn extent(connection: &Connection, number: i64) -> rusqlite::Result<Option<(i64, i64)>> {
    let mut find = connection.prepare_cached(
        "SELECT start, duration FROM trace WHERE number = ?1 AND start IS NOT NULL",
    )?;
    let extent = |row: &rusqlite::Row| {
        let (start, duration): (i64, i64) = (row.get(0)?, row.get(1)?);
        Ok((start, start.saturating_add(duration)))
    };
    find.query_row([number], extent).optional()
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
