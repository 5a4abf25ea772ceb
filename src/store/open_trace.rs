//! Everything of one trace: the cores of its spans, texts from their segments, logs by the trace's number, errors.
//! Many traces are read one after another by [`spans_of`], which keeps what they share.

use super::column::Column;
use super::fields::column;
use super::flags;
use super::rows::{LogColumns, log_entry};
use super::scan::{Scan, Scanner, Segment, Trouble};
use super::{RecordKind, StoreError, kind_number};
use super::{error_events, span_block, trace_key};
use crate::model::record::{ErrorEntry, LogEntry, RecordRef};
use crate::model::trace::{Common, Said, Span, Trace};
use crate::model::{Nanos, SpanId, TraceId};
use hashbrown::{HashMap, HashSet};
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;

/// Texts that are equal become one allocation.
#[derive(Default)]
pub(super) struct Texts(HashSet<Arc<str>>);

impl Texts {
    pub fn share(&mut self, text: &str) -> Arc<str> {
        self.0
            .get_or_insert_with(text, |text| Arc::from(text))
            .clone()
    }
}

/// Reads a trace; `None` when no record names it.
pub(super) fn open(
    scan: &Scan,
    scanner: &Scanner,
    id: TraceId,
) -> Result<Option<Trace>, StoreError> {
    let failed = StoreError::sql("read a trace");
    let connection = &scanner.connection;
    let Some(number) = trace_key::find(connection, id).map_err(&failed)? else {
        return Ok(None);
    };
    let log_count = logs_of(connection, number).map_err(&failed)?;
    let mut known = Known::default();
    let mut opening = Opening {
        scan,
        scanner,
        number,
        known: &mut known,
    };
    let spans = opening.spans()?;
    let errors = opening.errors().map_err(&failed)?;
    let logs = if log_count > 0 {
        opening.logs(id)?
    } else {
        Vec::new()
    };
    Ok(Some(Trace {
        id,
        spans,
        logs,
        errors,
    }))
}

/// How many log records name a trace.
fn logs_of(connection: &Connection, number: i64) -> rusqlite::Result<i64> {
    let mut find = connection.prepare_cached("SELECT logs FROM trace WHERE number = ?1")?;
    let logs = find.query_row([number], |row| row.get(0)).optional()?;
    Ok(logs.unwrap_or(0))
}

/// The spans of a trace by its number; what `known` holds already is not read again.
pub(super) fn spans_of(
    scan: &Scan,
    scanner: &Scanner,
    number: i64,
    known: &mut Known,
) -> Result<Vec<Span>, StoreError> {
    let mut opening = Opening {
        scan,
        scanner,
        number,
        known,
    };
    opening.spans()
}

/// What traces share, as far as it was read.
#[derive(Default)]
pub(super) struct Known {
    texts: Texts,
    strings: HashMap<i64, Arc<str>>,
    sdks: HashMap<i64, Arc<str>>,
    commons: HashMap<CommonKey, Arc<Common>>,
    saids: HashMap<SaidKey, Arc<Said>>,
    segments: HashMap<u32, SpanTexts>,
}

/// Ids of operation, service and resource, and the flags.
type CommonKey = (u32, u32, i64, u8);

/// Codes of the name and the description in a segment's columns, and of what is common.
type SaidCodes = (u32, u32, CommonKey);

/// Addresses of the name, the description and what is common: all are kept as long as the key.
type SaidKey = [usize; 3];

struct Opening<'a> {
    scan: &'a Scan<'a>,
    scanner: &'a Scanner,
    number: i64,
    known: &'a mut Known,
}

/// What a segment knows of its spans beyond their cores.
#[derive(Default)]
struct SpanTexts {
    name: TextColumn,
    description: TextColumn,
    resource: Option<Arc<Column>>,
    /// What its spans were found to say, as long as their texts are few.
    saids: HashMap<SaidCodes, Arc<Said>>,
}

/// The columns of a trace of more spans are not kept once it is read: they would take as much room as it does.
pub(super) const LARGE: usize = 100_000;

/// Below so many different texts each is looked for once a segment instead of once a row.
const FEW_TEXTS: usize = 4096;

/// A column of texts, with those that were shared already, by their codes.
#[derive(Default)]
struct TextColumn {
    column: Option<Arc<Column>>,
    shared: Vec<Option<Arc<str>>>,
}

impl TextColumn {
    fn new(column: Option<Arc<Column>>) -> Self {
        let few = match column.as_deref() {
            Some(Column::Dictionary(texts)) if texts.values.len() <= FEW_TEXTS => {
                texts.values.len()
            }
            _ => 0,
        };
        Self {
            column,
            shared: vec![None; few],
        }
    }

    /// Whether there are few different texts.
    fn is_few(&self) -> bool {
        self.column.is_none() || !self.shared.is_empty()
    }

    /// The code of a row's text; another number than all codes where it has none.
    fn code(&self, row: usize) -> u32 {
        let code = match self.column.as_deref() {
            Some(Column::Dictionary(column)) => column.code(row),
            _ => None,
        };
        code.unwrap_or(u32::MAX)
    }

    /// The text of a row.
    fn text(&mut self, row: usize, texts: &mut Texts) -> Arc<str> {
        let text = self.column.as_ref().map_or("", |column| column.text(row));
        let code = match self.column.as_deref() {
            Some(Column::Dictionary(column)) => column.code(row),
            _ => None,
        };
        match code.and_then(|code| self.shared.get_mut(code as usize)) {
            Some(shared) => shared.get_or_insert_with(|| texts.share(text)).clone(),
            None => texts.share(text),
        }
    }
}

impl Opening<'_> {
    fn spans(&mut self) -> Result<Vec<Span>, StoreError> {
        let count = self.span_count()?;
        let is_large = count > LARGE;
        let mut spans = Vec::with_capacity(count);
        span_block::each_segment(&self.scanner.connection, self.number, |segment, cores| {
            self.scan.check()?;
            if !self.known.segments.contains_key(&segment) {
                let columns = self.span_texts(segment)?;
                self.known.segments.insert(segment, columns);
            }
            for core in cores {
                let span = self
                    .span(segment, core)
                    .map_err(StoreError::sql("read a trace"))?;
                spans.push(span);
            }
            if is_large {
                self.known.segments.remove(&segment);
                self.scan.shared.cache.forget(segment);
            }
            Ok(())
        })?;
        // No two lie at one place, and mostly they are in order.
        spans.sort_unstable_by_key(|span| (span.start, span.at));
        Ok(spans)
    }

    /// How many spans there are, by the row of the trace: a hint.
    fn span_count(&self) -> Result<usize, StoreError> {
        const MOST: i64 = 1 << 24;
        let find = || -> rusqlite::Result<Option<i64>> {
            let connection = &self.scanner.connection;
            let mut find =
                connection.prepare_cached("SELECT spans FROM trace WHERE number = ?1")?;
            find.query_row([self.number], |row| row.get(0)).optional()
        };
        let count = find().map_err(StoreError::sql("read a trace"))?;
        Ok(count.unwrap_or(0).clamp(0, MOST) as usize)
    }

    /// A span of a segment that is known.
    fn span(&mut self, segment: u32, core: span_block::Core) -> rusqlite::Result<Span> {
        Ok(Span {
            id: SpanId(core.id),
            parent_id: SpanId(core.parent),
            said: self.said(segment, &core)?,
            start: Nanos(core.start),
            duration: core.duration,
            at: RecordRef {
                segment,
                row: core.row,
            },
        })
    }

    /// What a span says. Of texts that are few only one allocation is made for all spans that say the same; where they are
    /// many, looking for another such span would cost more than it saves.
    fn said(&mut self, segment: u32, core: &span_block::Core) -> rusqlite::Result<Arc<Said>> {
        let row = core.row as usize;
        let known = &mut *self.known;
        let columns = known.segments.entry(segment).or_default();
        let are_few = columns.name.is_few() && columns.description.is_few();
        let owners = columns.resource.as_ref();
        let resource = owners.map_or(0, |column| column.int(row));
        let common_key = (core.op, core.service, resource, core.flags);
        let [name, description] = [&columns.name, &columns.description].map(|it| it.code(row));
        let codes = (name, description, common_key);
        if let Some(said) = columns.saids.get(&codes).filter(|_| are_few) {
            return Ok(said.clone());
        }
        let name = columns.name.text(row, &mut known.texts);
        let description = columns.description.text(row, &mut known.texts);
        let common = self.common(common_key)?;
        let [first, second] = [&name, &description].map(|text| text.as_ptr() as usize);
        let key = [first, second, Arc::as_ptr(&common) as usize];
        let new = || {
            Arc::new(Said {
                name,
                description,
                common,
            })
        };
        if !are_few {
            return Ok(new());
        }
        let said = self.known.saids.entry(key).or_insert_with(new).clone();
        let columns = self.known.segments.entry(segment).or_default();
        columns.saids.insert(codes, said.clone());
        Ok(said)
    }

    /// What the spans of a key have in common.
    fn common(&mut self, key: CommonKey) -> rusqlite::Result<Arc<Common>> {
        if let Some(common) = self.known.commons.get(&key) {
            return Ok(common.clone());
        }
        let (op, service, resource, flags) = key;
        let flags = i64::from(flags);
        let common = Arc::new(Common {
            op: self.string(op)?,
            service: self.string(service)?,
            sdk: self.sdk(resource)?,
            kind: flags::kind(flags),
            status: flags::status(flags),
            segment: flags::segment(flags),
        });
        self.known.commons.insert(key, common.clone());
        Ok(common)
    }

    fn string(&mut self, id: u32) -> rusqlite::Result<Arc<str>> {
        let id = i64::from(id);
        if let Some(text) = self.known.strings.get(&id) {
            return Ok(text.clone());
        }
        let text = self.text_of("SELECT text FROM string WHERE id = ?1", id)?;
        self.known.strings.insert(id, text.clone());
        Ok(text)
    }

    fn sdk(&mut self, resource: i64) -> rusqlite::Result<Arc<str>> {
        if let Some(sdk) = self.known.sdks.get(&resource) {
            return Ok(sdk.clone());
        }
        let sdk = self.text_of("SELECT sdk FROM resource WHERE id = ?1", resource)?;
        self.known.sdks.insert(resource, sdk.clone());
        Ok(sdk)
    }

    /// A text by its id; empty when there is none.
    fn text_of(&self, sql: &str, id: i64) -> rusqlite::Result<Arc<str>> {
        let mut find = self.scanner.connection.prepare_cached(sql)?;
        let text = find.query_row([id], |row| row.get(0)).optional()?;
        Ok(text.unwrap_or_default())
    }

    /// The columns of a segment; those that are damaged are noted and missing.
    fn span_texts(&self, segment: u32) -> Result<SpanTexts, StoreError> {
        let segment = self
            .scanner
            .segment(segment)
            .map_err(StoreError::sql("read a trace"))?;
        let Some(segment) = segment else {
            return Ok(SpanTexts::default());
        };
        let column = |name| match self.scanner.column(self.scan.shared, &segment, name) {
            Ok(column) => Ok(column),
            Err(Trouble::Damaged) => Ok(None),
            Err(Trouble::Failed(error)) => Err(error),
        };
        Ok(SpanTexts {
            name: TextColumn::new(column(column::NAME)?),
            description: TextColumn::new(column(column::DESCRIPTION)?),
            resource: column(column::RESOURCE)?,
            saids: HashMap::new(),
        })
    }

    fn logs(&mut self, id: TraceId) -> Result<Vec<LogEntry>, StoreError> {
        let segments = self
            .log_segments()
            .map_err(StoreError::sql("read a trace's logs"))?;
        let parts = self.scan.each(&segments, |scanner, segment| {
            let numbers = scanner.required(self.scan.shared, segment, column::TRACE)?;
            let rows: Vec<usize> = segment
                .live()
                .iter()
                .filter(|row| numbers.int(*row) == self.number)
                .collect();
            if rows.is_empty() {
                return Ok(Vec::new());
            }
            let columns = LogColumns::read(scanner, self.scan.shared, segment)?;
            let mut texts = Texts::default();
            let entry = |row| log_entry(&columns, segment, row, Some(id), &mut texts);
            Ok(rows.into_iter().map(entry).collect())
        })?;
        let mut logs: Vec<LogEntry> = parts.into_iter().flatten().collect();
        logs.sort_by_key(|log| (log.time, log.at));
        Ok(logs)
    }

    /// The log segments whose traces include this one's number.
    fn log_segments(&self) -> rusqlite::Result<Vec<Segment>> {
        let Some(key) = self.scanner.key(column::TRACE)? else {
            return Ok(Vec::new());
        };
        let mut find = self.scanner.connection.prepare_cached(
            "SELECT segment FROM segment_column WHERE kind = ?1 AND key = ?2 AND min <= ?3 AND max >= ?3",
        )?;
        let kind = kind_number(RecordKind::Log);
        let ids = find.query_map(params![kind, key, self.number], |row| row.get(0))?;
        let mut segments = Vec::new();
        for id in ids {
            segments.extend(self.scanner.segment(id?)?);
        }
        Ok(segments)
    }

    fn errors(&mut self) -> rusqlite::Result<Vec<ErrorEntry>> {
        let sql = format!(
            "SELECT {} FROM {} WHERE error_event.trace = ?1 ORDER BY time, error_event.number",
            error_events::SELECT,
            error_events::FROM
        );
        let mut find = self.scanner.connection.prepare_cached(&sql)?;
        let rows = find.query_map([self.number], error_events::entry)?;
        rows.collect()
    }
}
