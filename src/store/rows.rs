//! Single records by their place: rows of lists, and everything the source said of one.

use super::column::Column;
use super::fields::{attribute_name, column};
use super::lookup::{Lookup, trace_id};
use super::open_trace::Texts;
use super::resource;
use super::scan::{Resources, Scan, Scanner, Segment, Shared, Trouble};
use super::{RecordKind, StoreError, kind_number};
use crate::model::batch::{SpanKind, SpanStatus};
use crate::model::record::{LogEntry, RecordDetails, RecordRef, SpanEntry};
use crate::model::{CancelToken, Nanos, SpanId, TraceId, Value};
use hashbrown::HashMap;
use rusqlite::{OptionalExtension, params};
use std::sync::Arc;

/// A column that may be missing.
type MaybeColumn = Option<Arc<Column>>;

fn text_at(column: &MaybeColumn, row: usize) -> &str {
    column.as_ref().map_or("", |column| column.text(row))
}

fn int_at(column: &MaybeColumn, row: usize) -> i64 {
    column.as_ref().map_or(0, |column| column.int(row))
}

/// Reads rows by `read`, those of each segment on one thread; they come in the order of the places given.
pub(super) fn in_parallel<T: Send>(
    scan: &Scan,
    refs: &[RecordRef],
    read: impl Fn(&Scanner, &[RecordRef]) -> Result<Vec<T>, StoreError> + Sync,
) -> Result<Vec<T>, StoreError> {
    let mut order: Vec<usize> = (0..refs.len()).collect();
    order.sort_by_key(|place| refs[*place].segment);
    let of_segments: Vec<&[usize]> = order
        .chunk_by(|a, b| refs[*a].segment == refs[*b].segment)
        .collect();
    let parts = scan.each(&of_segments, |scanner, places| {
        let own: Vec<RecordRef> = places.iter().map(|place| refs[*place]).collect();
        // One lock of the file for all rows, not one for each text that is looked up.
        let _reading = scanner.connection.unchecked_transaction();
        Ok(read(scanner, &own))
    })?;
    let mut rows = Vec::with_capacity(refs.len());
    for (places, part) in of_segments.iter().zip(parts) {
        rows.extend(places.iter().copied().zip(part?));
    }
    rows.sort_unstable_by_key(|(place, _)| *place);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// The columns of a log row.
pub(super) struct LogColumns {
    time: MaybeColumn,
    severity: MaybeColumn,
    severity_text: MaybeColumn,
    body: MaybeColumn,
    trace: MaybeColumn,
    span: MaybeColumn,
    service: MaybeColumn,
}

impl LogColumns {
    pub fn read(scanner: &Scanner, shared: &Shared, segment: &Segment) -> Result<Self, Trouble> {
        let column = |name| scanner.column(shared, segment, name);
        Ok(Self {
            time: column(column::TIME)?,
            severity: column(column::SEVERITY)?,
            severity_text: column(column::SEVERITY_TEXT)?,
            body: column(column::BODY)?,
            trace: column(column::TRACE)?,
            span: column(column::SPAN)?,
            service: column(column::SERVICE)?,
        })
    }

    /// The number of a record's trace; 0 for none.
    pub fn trace_number(&self, row: usize) -> i64 {
        int_at(&self.trace, row)
    }
}

/// One log record, without cells.
pub(super) fn log_entry(
    columns: &LogColumns,
    segment: &Segment,
    row: usize,
    trace: Option<TraceId>,
    texts: &mut Texts,
) -> LogEntry {
    LogEntry {
        at: RecordRef {
            segment: segment.id,
            row: row as u32,
        },
        time: Nanos(int_at(&columns.time, row)),
        severity: u8::try_from(int_at(&columns.severity, row)).unwrap_or_default(),
        severity_text: texts.share(text_at(&columns.severity_text, row)),
        body: texts.share(text_at(&columns.body, row)),
        trace,
        span: SpanId(int_at(&columns.span, row) as u64).some(),
        service: texts.share(text_at(&columns.service, row)),
        cells: Vec::new(),
    }
}

/// The columns of a span row.
struct SpanColumns {
    trace: MaybeColumn,
    id: MaybeColumn,
    parent: MaybeColumn,
    name: MaybeColumn,
    op: MaybeColumn,
    description: MaybeColumn,
    service: MaybeColumn,
    kind: MaybeColumn,
    status: MaybeColumn,
    start: MaybeColumn,
    duration: MaybeColumn,
}

impl SpanColumns {
    fn read(scanner: &Scanner, shared: &Shared, segment: &Segment) -> Result<Self, Trouble> {
        let column = |name| scanner.column(shared, segment, name);
        Ok(Self {
            trace: column(column::TRACE)?,
            id: column(column::SPAN)?,
            parent: column(column::PARENT)?,
            name: column(column::NAME)?,
            op: column(column::OP)?,
            description: column(column::DESCRIPTION)?,
            service: column(column::SERVICE)?,
            kind: column(column::KIND)?,
            status: column(column::STATUS)?,
            start: column(column::TIME)?,
            duration: column(column::DURATION)?,
        })
    }

    fn entry(&self, at: RecordRef, trace: TraceId, texts: &mut Texts) -> SpanEntry {
        let row = at.row as usize;
        SpanEntry {
            at,
            trace,
            id: SpanId(int_at(&self.id, row) as u64),
            parent: SpanId(int_at(&self.parent, row) as u64).some(),
            name: texts.share(text_at(&self.name, row)),
            op: texts.share(text_at(&self.op, row)),
            description: texts.share(text_at(&self.description, row)),
            service: texts.share(text_at(&self.service, row)),
            kind: kind_named(text_at(&self.kind, row)),
            status: status_named(text_at(&self.status, row)),
            start: Nanos(int_at(&self.start, row)),
            duration: int_at(&self.duration, row),
            cells: Vec::new(),
        }
    }
}

fn kind_named(name: &str) -> SpanKind {
    let kinds = (0..=5).map(SpanKind::from_number);
    kinds
        .rev()
        .find(|kind| kind.name() == name)
        .unwrap_or_default()
}

fn status_named(name: &str) -> SpanStatus {
    let statuses = (0..=2).map(SpanStatus::from_number);
    statuses
        .rev()
        .find(|status| status.name() == name)
        .unwrap_or_default()
}

/// Fetches rows: segments and columns are looked up once for all records of a segment.
pub(super) struct Fetch<'a> {
    pub scanner: &'a Scanner,
    pub shared: &'a Shared,
    pub what: &'static str,
}

impl Fetch<'_> {
    pub fn logs(
        &self,
        refs: &[RecordRef],
        columns: &[String],
        resources: &Resources,
    ) -> Result<Vec<LogEntry>, StoreError> {
        let lookups = self.lookups(columns, resources);
        let mut texts = Texts::default();
        self.each(refs, LogColumns::read, |segment, columns, at| {
            let row = at.row as usize;
            let trace = trace_id(self.scanner, int_at(&columns.trace, row))?;
            let cells = self.cells(&lookups, segment, row)?;
            let entry = log_entry(columns, segment, row, trace, &mut texts);
            Ok(LogEntry { cells, ..entry })
        })
    }

    pub fn spans(
        &self,
        refs: &[RecordRef],
        columns: &[String],
        resources: &Resources,
    ) -> Result<Vec<SpanEntry>, StoreError> {
        let lookups = self.lookups(columns, resources);
        let mut texts = Texts::default();
        self.each(refs, SpanColumns::read, |segment, columns, at| {
            let row = at.row as usize;
            let trace = trace_id(self.scanner, int_at(&columns.trace, row))?;
            let cells = self.cells(&lookups, segment, row)?;
            let entry = columns.entry(at, trace.unwrap_or_default(), &mut texts);
            Ok(SpanEntry { cells, ..entry })
        })
    }

    fn lookups<'r>(&'r self, columns: &[String], resources: &'r Resources) -> Vec<Lookup<'r>> {
        let lookup = |name: &String| Lookup::new(self.shared, resources, name);
        columns.iter().map(lookup).collect()
    }

    fn cells(
        &self,
        lookups: &[Lookup],
        segment: &Segment,
        row: usize,
    ) -> Result<Vec<Option<Value>>, Trouble> {
        let cell = |lookup: &Lookup| lookup.value(self.scanner, segment, row);
        lookups.iter().map(cell).collect()
    }

    fn each<C, T>(
        &self,
        refs: &[RecordRef],
        read: impl Fn(&Scanner, &Shared, &Segment) -> Result<C, Trouble>,
        mut entry: impl FnMut(&Segment, &C, RecordRef) -> Result<T, Trouble>,
    ) -> Result<Vec<T>, StoreError> {
        let mut segments: HashMap<u32, (Segment, C)> = HashMap::new();
        let mut entries = Vec::with_capacity(refs.len());
        for at in refs {
            if !segments.contains_key(&at.segment) {
                let segment = self.segment(*at)?;
                let columns = self.sound(read(self.scanner, self.shared, &segment))?;
                segments.insert(at.segment, (segment, columns));
            }
            if let Some((segment, columns)) = segments.get(&at.segment) {
                entries.push(self.sound(entry(segment, columns, *at))?);
            }
        }
        Ok(entries)
    }

    fn segment(&self, at: RecordRef) -> Result<Segment, StoreError> {
        let segment = self
            .scanner
            .segment(at.segment)
            .map_err(StoreError::sql(self.what))?;
        segment
            .filter(|segment| (at.row as usize) < segment.rows)
            .ok_or_else(|| {
                StoreError::failed(self.what, "it is not in the store any more; search again")
            })
    }

    fn sound<T>(&self, answer: Result<T, Trouble>) -> Result<T, StoreError> {
        answer.map_err(|trouble| match trouble {
            Trouble::Failed(error) => error,
            Trouble::Damaged => StoreError::failed(
                self.what,
                "its part of the store is damaged; import its file into a new store",
            ),
        })
    }

    /// What stands in a column of JSON (events, links), of those spans that have some, with the place of the span in `refs`.
    pub fn span_json(
        &self,
        name: &'static str,
        refs: &[RecordRef],
        cancel: &CancelToken,
    ) -> Result<Vec<(usize, Arc<str>)>, StoreError> {
        let mut columns: HashMap<u32, Option<Arc<Column>>> = HashMap::new();
        let mut found = Vec::new();
        for (place, at) in refs.iter().enumerate() {
            if !columns.contains_key(&at.segment) {
                if cancel.is_cancelled() {
                    return Err(StoreError::Cancelled);
                }
                let segment = self.segment(*at)?;
                let column = self.scanner.column(self.shared, &segment, name);
                columns.insert(at.segment, self.sound(column)?);
            }
            let Some(Some(column)) = columns.get(&at.segment) else {
                continue;
            };
            let json = column.text(at.row as usize);
            if !json.is_empty() {
                found.push((place, Arc::from(json)));
            }
        }
        Ok(found)
    }

    /// Everything the source said of one record.
    pub fn details(&self, kind: RecordKind, at: RecordRef) -> Result<RecordDetails, StoreError> {
        let segment = self.segment(at)?;
        if segment.kind != kind {
            return Err(StoreError::failed(
                self.what,
                "it is a record of another kind",
            ));
        }
        self.sound(self.read_details(&segment, at.row as usize))
    }

    fn read_details(&self, segment: &Segment, row: usize) -> Result<RecordDetails, Trouble> {
        let column = |name| self.scanner.column(self.shared, segment, name);
        let text = |name| column(name).map(|column| Arc::from(text_at(&column, row)));
        let resource = int_at(&column(column::RESOURCE)?, row);
        let scope = int_at(&column(column::SCOPE)?, row);
        Ok(RecordDetails {
            attributes: self.attributes(segment, row)?,
            resource: self.resource(resource)?,
            scope: self.scope(scope)?,
            status_message: text(column::STATUS_MESSAGE)?,
            events: text(column::EVENTS)?,
            links: text(column::LINKS)?,
            template: text(column::TEMPLATE)?,
            file: self.file(segment)?,
            position: int_at(&column(column::POSITION)?, row) as u64,
        })
    }

    fn attributes(&self, segment: &Segment, row: usize) -> Result<Vec<(Arc<str>, Value)>, Trouble> {
        let connection = &self.scanner.connection;
        let mut find = connection.prepare_cached(
            "SELECT name FROM segment_column JOIN attribute_key ON attribute_key.id = key WHERE segment = ?1
               AND kind = ?2 ORDER BY name",
        )?;
        let names = find.query_map(params![segment.id, kind_number(segment.kind)], |row| {
            row.get(0)
        })?;
        let names: Vec<String> = names.collect::<Result<_, _>>()?;
        let mut attributes: Vec<(Arc<str>, Value)> = Vec::new();
        for name in &names {
            let Some(shown) = attribute_name(name) else {
                continue;
            };
            let column = self.scanner.column(self.shared, segment, name)?;
            if let Some(value) = column.as_ref().and_then(|column| column.value(row)) {
                attributes.push((Arc::from(shown), value.to_value()));
            }
        }
        attributes.sort_by(|(left, _), (right, _)| left.cmp(right));
        Ok(attributes)
    }

    fn resource(&self, id: i64) -> Result<Vec<(Arc<str>, Value)>, Trouble> {
        let mut find = self
            .scanner
            .connection
            .prepare_cached("SELECT attributes FROM resource WHERE id = ?1")?;
        let json: Option<String> = find.query_row([id], |row| row.get(0)).optional()?;
        let Some(json) = json else {
            return Ok(Vec::new());
        };
        resource::from_json(&json).ok_or_else(|| {
            Trouble::Failed(StoreError::failed(
                self.what,
                "the attributes of its resource are damaged",
            ))
        })
    }

    fn scope(&self, id: i64) -> Result<(Arc<str>, Arc<str>), Trouble> {
        let mut find = self
            .scanner
            .connection
            .prepare_cached("SELECT name, version FROM scope WHERE id = ?1")?;
        let scope = find
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(scope.unwrap_or_default())
    }

    fn file(&self, segment: &Segment) -> Result<Arc<str>, Trouble> {
        let mut find = self.scanner.connection.prepare_cached(
            "SELECT path FROM import WHERE id = (SELECT import FROM segment WHERE id = ?1)",
        )?;
        let path = find
            .query_row(params![segment.id], |row| row.get(0))
            .optional()?;
        Ok(path.unwrap_or_default())
    }
}
