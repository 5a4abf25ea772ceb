//! Groups of whole traces: by their root, over their durations and counts.

use super::answer::{Grouping, Groups};
use super::block::Block;
use super::measures::{Measures, Name};
use super::table::Table;
use super::{Asked, answered};
use crate::model::{TraceId, Value};
use crate::query::Aggregate;
use crate::store::bits::Bits;
use crate::store::coded::{Coded, Numbers};
use crate::store::column::Column;
use crate::store::scan::{Scan, Scanner};
use crate::store::{Filter, StoreError, TraceOrder, traces};
use hashbrown::HashSet;
use rusqlite::Row;
use std::sync::Arc;

/// Traces read between two looks at the cancel flag.
const BLOCK: usize = 4096;

/// Above this share of all traces, reading the whole table is quicker than row by row.
const SCAN_FROM: usize = 16;

/// What can be asked of a trace, by the column of [`SELECT`] it is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Id = 1,
    Name,
    Op,
    Service,
    Start,
    Duration,
    Spans,
    Errors,
    Logs,
}

const SELECT: &str = "
    SELECT number, trace_id, coalesce(root_name, ''), coalesce(op.text, ''), coalesce(service.text, ''),
      coalesce(start, 0), coalesce(duration, 0), spans, failed + errors, logs
    FROM trace LEFT JOIN string op ON op.id = root_op LEFT JOIN string service ON service.id = root_service
    WHERE spans > 0";

impl Field {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "trace_id" | "trace" | "trace.id" => Self::Id,
            "root_name" | "name" => Self::Name,
            "root_op" | "op" => Self::Op,
            "root_service" | "service" => Self::Service,
            "start" | "time" | "timestamp" => Self::Start,
            "duration" | "trace.duration" => Self::Duration,
            "spans" | "trace.spans" => Self::Spans,
            "errors" | "trace.errors" => Self::Errors,
            "logs" | "trace.logs" => Self::Logs,
            _ => return None,
        })
    }

    /// Its value; texts that are empty are none.
    fn of(self, row: &Row) -> rusqlite::Result<Option<Value>> {
        let column = self as usize;
        Ok(match self {
            Self::Id => Some(Value::Str(TraceId(row.get(column)?).to_string().into())),
            Self::Name | Self::Op | Self::Service => {
                let text = row.get_ref(column)?.as_str()?;
                (!text.is_empty()).then(|| Value::Str(text.into()))
            }
            _ => Some(Value::Int(row.get(column)?)),
        })
    }
}

/// Why traces cannot be grouped so; what can be asked of them is listed in the reason.
///
/// # Errors
/// When a key or an attribute is none that traces have, or an aggregate needs users.
pub fn check_trace_grouping(grouping: &Grouping) -> Result<(), String> {
    check(&grouping.keys, &grouping.aggregates)
}

fn check(keys: &[String], aggregates: &[Aggregate]) -> Result<(), String> {
    let attributes = aggregates.iter().filter_map(Aggregate::attribute);
    let mut names = keys.iter().map(String::as_str).chain(attributes);
    if let Some(name) = names.find(|name| Field::named(name).is_none()) {
        return Err(format!(
            "traces have no {name:?}; there are trace_id, root_name, root_op, service, start, duration, spans, errors \
             and logs, everything else is asked of spans"
        ));
    }
    let users = |aggregate: &Aggregate| matches!(aggregate, Aggregate::UserMisery(_));
    match aggregates.iter().any(users) {
        true => Err("traces have no users; ask for user_misery of spans".to_owned()),
        false => Ok(()),
    }
}

/// See [`crate::store::Reader::group_traces`].
pub fn group_traces(
    scan: &Scan,
    scanner: &Scanner,
    filter: &Filter,
    grouping: &Grouping,
) -> Result<Groups, StoreError> {
    let failed = |reason: String| StoreError::failed("group the traces", reason);
    let (asked, filter) = Asked::new(grouping, filter)?;
    check(&grouping.keys, &asked.aggregates).map_err(failed)?;
    let measures = &asked.measures;
    let found = traces::find(scan, scanner, &filter, TraceOrder::Start, false)?;
    let mut table = Table::new(measures, grouping.keys.len());
    let mut reading = Reading::new(measures);
    each_row(scan, scanner, &found.numbers, |row| {
        reading.add(row)?;
        if reading.starts.len() == BLOCK {
            table.add(&reading.block(), grouping.keys.len(), measures, |_| 0);
        }
        Ok(())
    })?;
    if !reading.starts.is_empty() {
        table.add(&reading.block(), grouping.keys.len(), measures, |_| 0);
    }
    Ok(answered(table, &asked, filter.range, true))
}

/// Reads the rows of traces, in any order.
fn each_row(
    scan: &Scan,
    scanner: &Scanner,
    numbers: &[i64],
    mut each: impl FnMut(&Row) -> rusqlite::Result<()>,
) -> Result<(), StoreError> {
    let failed = StoreError::sql("group the traces");
    let few = numbers.len() < traces::count(scanner).map_err(&failed)? / SCAN_FROM;
    let one = format!("{SELECT} AND number = ?1");
    let sql = if few { &one } else { SELECT };
    let mut find = scanner.connection.prepare_cached(sql).map_err(&failed)?;
    let mut read = 0;
    let mut check = || {
        read += 1;
        if read % BLOCK == 0 {
            scan.check()
        } else {
            Ok(())
        }
    };
    if few {
        for number in numbers {
            check()?;
            let mut rows = find.query([number]).map_err(&failed)?;
            if let Some(row) = rows.next().map_err(&failed)? {
                each(row).map_err(&failed)?;
            }
        }
        return Ok(());
    }
    let wanted: HashSet<i64> = numbers.iter().copied().collect();
    let mut rows = find.query([]).map_err(&failed)?;
    while let Some(row) = rows.next().map_err(&failed)? {
        check()?;
        let number: i64 = row.get(0).map_err(&failed)?;
        if wanted.contains(&number) {
            each(row).map_err(&failed)?;
        }
    }
    Ok(())
}

/// Traces on their way to a block, a list a field.
struct Reading {
    values: Vec<(Field, Vec<Option<Value>>)>,
    numbers: Vec<(Field, Vec<Option<Value>>)>,
    failed: Vec<bool>,
    durations: Vec<i64>,
    starts: Vec<i64>,
}

impl Reading {
    /// Names are known to be fields.
    fn new(measures: &Measures) -> Self {
        let field = |name: &str| (Field::named(name).unwrap_or(Field::Id), Vec::new());
        let values = measures.values.iter().map(|name| match name {
            Name::Attribute(name) => field(name),
            Name::User | Name::Person => field(""),
        });
        Self {
            values: values.collect(),
            numbers: measures.numbers.iter().map(|name| field(name)).collect(),
            failed: Vec::new(),
            durations: Vec::new(),
            starts: Vec::new(),
        }
    }

    fn add(&mut self, row: &Row) -> rusqlite::Result<()> {
        for (field, list) in self.values.iter_mut().chain(&mut self.numbers) {
            list.push(field.of(row)?);
        }
        self.starts.push(row.get(Field::Start as usize)?);
        self.durations.push(row.get(Field::Duration as usize)?);
        self.failed
            .push(row.get::<_, i64>(Field::Errors as usize)? > 0);
        Ok(())
    }

    /// What was read so far, which is then forgotten here.
    fn block(&mut self) -> Block {
        use std::mem::take;
        let values = self.values.iter_mut();
        let numbers = self.numbers.iter_mut();
        let failed = take(&mut self.failed);
        let starts = take(&mut self.starts);
        Block {
            rows: (0..starts.len() as u32).collect(),
            values: values
                .map(|(_, list)| Coded::of_values(take(list).into_iter()))
                .collect(),
            numbers: numbers
                .map(|(_, list)| Numbers::of_values(take(list).into_iter()))
                .collect(),
            failed: Bits::from_fn(failed.len(), |row| {
                failed.get(row).copied().unwrap_or(false)
            }),
            durations: Numbers::of_ints(take(&mut self.durations)),
            times: Arc::new(Column::Ints(starts)),
        }
    }
}
