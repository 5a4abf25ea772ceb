//! Taking an import out again: its segments, its errors, and what they added to traces and resources.

use super::RecordKind;
use super::column::Column;
use super::encode::column::checksum;
use super::fields::column as name;
use super::interned::EMPTY_STRING;
use super::{failures, findings, flags, kind_number, services, span_block, trace_key};
use crate::model::Nanos;
use crate::model::batch::SpanStatus;
use crate::model::sink::ImportId;
use hashbrown::{HashMap, HashSet};
use rusqlite::{Connection, OptionalExtension, params};

/// Removes an import, within a transaction that the caller holds.
pub(super) fn remove(connection: &Connection, import: ImportId) -> rusqlite::Result<()> {
    connection.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS touched(trace INTEGER PRIMARY KEY);
         DELETE FROM touched;",
    )?;
    findings::next_change(connection)?;
    failures::forget(connection, import.0)?;
    uncount_records(connection, import)?;
    let own = "SELECT id FROM segment WHERE import = ?1";
    for statement in [
        &format!(
            "INSERT OR IGNORE INTO touched SELECT trace FROM span_block WHERE segment IN ({own})"
        ),
        "INSERT OR IGNORE INTO touched SELECT trace FROM error_event WHERE import = ?1",
        &format!("DELETE FROM span_block WHERE segment IN ({own})"),
        "DELETE FROM error_event WHERE import = ?1",
        "DELETE FROM check_in WHERE import = ?1",
        &format!("DELETE FROM segment_column WHERE segment IN ({own})"),
        "DELETE FROM segment WHERE import = ?1",
        "DELETE FROM import WHERE id = ?1",
    ] {
        connection.execute(statement, [import.0])?;
    }
    connection.execute("DELETE FROM touched WHERE trace = 0", [])?;
    recount_traces(connection)?;
    let gone = "spans = 0 AND errors = 0 AND logs = 0";
    trace_key::forget(connection, gone)?;
    connection.execute(&format!("DELETE FROM trace WHERE {gone}"), [])?;
    findings::forget_gone(connection)?;
    connection.execute_batch(
        "         UPDATE import SET recognised = 0 WHERE duplicates > 0 AND logs = 0;
         DELETE FROM touched;",
    )
}

/// Takes the import's records off the counts that cannot be computed anew: logs of traces, records of resources.
fn uncount_records(connection: &Connection, import: ImportId) -> rusqlite::Result<()> {
    let mut segments =
        connection.prepare("SELECT id, kind, rows, dropped FROM segment WHERE import = ?1")?;
    let rows = segments.query_map([import.0], |row| {
        let dropped: Option<Vec<u8>> = row.get(3)?;
        Ok((
            row.get::<_, u32>(0)?,
            row.get::<_, i64>(1)?,
            row.get::<_, u32>(2)?,
            dropped,
        ))
    })?;
    let mut unlog =
        connection.prepare(
            "UPDATE trace SET logs = max(0, logs - ?2), changed = (SELECT change FROM detection) WHERE number = ?1",
        )?;
    let mut unresource = connection.prepare(
        "UPDATE resource SET spans = max(0, spans - ?2), logs = max(0, logs - ?3) WHERE id = ?1",
    )?;
    for segment in rows {
        let (id, kind, rows, dropped) = segment?;
        let logs = kind == kind_number(RecordKind::Log);
        let dropped = dropped.unwrap_or_default();
        let kept = |row: usize| {
            dropped
                .get(row / 8)
                .is_none_or(|byte| byte & (1 << (row % 8)) == 0)
        };
        for (resource, count) in tally(&column(connection, id, kind, name::RESOURCE, rows)?, kept) {
            let (spans, logs) = if logs { (0, count) } else { (count, 0) };
            unresource.execute([resource, spans, logs])?;
        }
        if logs {
            for (trace, count) in tally(&column(connection, id, kind, name::TRACE, rows)?, kept) {
                unlog.execute([trace, count])?;
            }
        }
    }
    Ok(())
}

/// How often each number stands in a column.
fn tally(values: &[i64], kept: impl Fn(usize) -> bool) -> HashMap<i64, i64> {
    let mut counts = HashMap::new();
    for (_, value) in values.iter().enumerate().filter(|(row, _)| kept(*row)) {
        *counts.entry(*value).or_insert(0) += 1;
    }
    counts
}

/// A column of integers; empty when it is damaged, for then nobody knows what to take off.
fn column(
    connection: &Connection,
    segment: u32,
    kind: i64,
    name: &str,
    rows: u32,
) -> rusqlite::Result<Vec<i64>> {
    match decode(connection, segment, kind, name, rows)? {
        Some(Column::Ints(values)) => Ok(values),
        _ => Ok(Vec::new()),
    }
}

fn decode(
    connection: &Connection,
    segment: u32,
    kind: i64,
    name: &str,
    rows: u32,
) -> rusqlite::Result<Option<Column>> {
    let mut find = connection.prepare_cached(
        "SELECT encoding, checksum, bloom, data FROM segment_column
         WHERE kind = ?1 AND segment = ?2 AND key = (SELECT id FROM attribute_key WHERE name = ?3)",
    )?;
    let decoded = find.query_row(params![kind, segment, name], |row| {
        let (bloom, data) = (row.get_ref(2)?.as_blob()?, row.get_ref(3)?.as_blob()?);
        let sound = checksum(bloom, data) == row.get::<_, i64>(1)?;
        let encoding = row.get(0)?;
        Ok(sound
            .then(|| Column::decode(encoding, data, rows).ok())
            .flatten())
    });
    decoded.optional().map(Option::flatten)
}

/// Computes the rows of touched traces anew from the spans and errors that are left.
fn recount_traces(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "UPDATE trace SET start = NULL, duration = NULL, spans = 0, failed = 0, root_rank = NULL, root_start = NULL,
           root_span = NULL, root_name = NULL, root_op = NULL, root_service = NULL, services = NULL,
           errors = (SELECT count(*) FROM error_event WHERE error_event.trace = trace.number),
           changed = (SELECT change FROM detection)
         WHERE number IN (SELECT trace FROM touched);",
    )?;
    let mut touched = connection.prepare("SELECT trace FROM touched")?;
    let numbers = touched
        .query_map([], |row| row.get(0))?
        .collect::<Result<Vec<i64>, _>>()?;
    let mut names = Names::default();
    numbers
        .into_iter()
        .try_for_each(|number| recount_trace(connection, number, &mut names))
}

struct Candidate {
    order: (u8, i64, i64),
    op: i64,
    service: i64,
    segment: u32,
    row: usize,
}

fn recount_trace(connection: &Connection, number: i64, names: &mut Names) -> rusqlite::Result<()> {
    let mut services = HashSet::new();
    let mut extent: Option<(i64, i64)> = None;
    let (mut spans, mut failed) = (0, 0);
    let mut root: Option<Candidate> = None;
    for (segment, core) in span_block::of_trace(connection, number)? {
        let start = core.start;
        let end = start.saturating_add(core.duration);
        services.insert(i64::from(core.service));
        let (first, last) = extent.unwrap_or((start, end));
        extent = Some((first.min(start), last.max(end)));
        spans += 1;
        let status = flags::status(i64::from(core.flags));
        failed += i64::from(status == SpanStatus::Error);
        let order = (u8::from(core.parent != 0), start, core.id as i64);
        if root.as_ref().is_none_or(|root| order < root.order) {
            root = Some(Candidate {
                order,
                op: i64::from(core.op),
                service: i64::from(core.service),
                segment,
                row: core.row as usize,
            });
        }
    }
    services.remove(&EMPTY_STRING);
    let services = services::with(&[], services.into_iter());
    let (Some((start, end)), Some(root)) = (extent, root) else {
        return Ok(());
    };
    let name = names.of(connection, root.segment, root.row)?;
    let (rank, root_start, root_span) = root.order;
    connection
        .prepare_cached(
            "UPDATE trace SET start = ?2, duration = ?3, spans = ?4, failed = ?5, root_rank = ?6, root_start = ?7,
               root_span = ?8, root_name = ?9, root_op = ?10, root_service = ?11, services = ?12 WHERE number = ?1",
        )?
        .execute(params![
            number,
            start,
            Nanos(end) - Nanos(start),
            spans,
            failed,
            rank,
            root_start,
            root_span,
            name,
            root.op,
            root.service,
            (!services.is_empty()).then_some(services),
        ])?;
    Ok(())
}

/// Names and descriptions of spans, segment by segment; the last segment is kept for the next trace.
#[derive(Default)]
struct Names {
    segment: u32,
    columns: Vec<Column>,
}

impl Names {
    /// The name of a span, else its description.
    fn of(
        &mut self,
        connection: &Connection,
        segment: u32,
        row: usize,
    ) -> rusqlite::Result<String> {
        if self.segment != segment {
            let sql = "SELECT rows FROM segment WHERE id = ?1";
            let rows = connection
                .query_row(sql, [segment], |row| row.get(0))
                .optional()?;
            let kind = kind_number(RecordKind::Span);
            self.columns.clear();
            self.segment = segment;
            for name in [name::NAME, name::DESCRIPTION] {
                self.columns
                    .extend(decode(connection, segment, kind, name, rows.unwrap_or(0))?);
            }
        }
        let mut texts = self.columns.iter().map(|column| column.text(row));
        Ok(texts
            .find(|text| !text.is_empty())
            .unwrap_or_default()
            .to_owned())
    }
}
