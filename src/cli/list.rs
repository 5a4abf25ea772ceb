//! What the lists have in common: facets and groups instead of rows, pages, and rows in chunks as JSON lines or as a
//! table.
//!
//! Where `--limit` cuts a list, standard error says how many there are and where it goes on; `--cursor TEXT` with the same
//! search and order does. Scripts begin with `--cursor start`: as with every cursor, JSON then ends with a line
//! `{"next_cursor": TEXT}` unless the list does. Without a cursor all lines are rows.

use super::Failure;
use super::args::ListArgs;
use super::groups::{print_groups, print_series, wanted_buckets, wanted_grouping};
use super::output::{Output, limit_from, notice, print_facet, say};
use crate::model::CancelToken;
use crate::store::{Cursor, Filter, Page, Reader, RecordKind, RecordOrder, StoreError};
use serde_json::{Value as Json, json};
use std::process::ExitCode;

/// Rows read from the store at a time.
pub const CHUNK: usize = 1_000;

/// Prints the values that `--facet` asks for; `false` when it does not.
pub fn print_wanted_facet(
    args: &ListArgs,
    reader: &Reader,
    kind: RecordKind,
    filter: &Filter,
    cancel: &CancelToken,
) -> Result<bool, Failure> {
    let Some(key) = &args.facet else {
        return Ok(false);
    };
    let values = reader.facet(kind, key, filter, usize::MAX, cancel)?;
    let shown = values.get(..limit_from(args)).unwrap_or(&values);
    print_facet(args.json, key, shown, values.len())?;
    if values.is_empty() && !reader.knows(kind, key)? {
        say(&no_such(kind, key));
    }
    Ok(true)
}

/// Prints the groups or the series that are asked for; `false` when none are.
pub fn print_wanted_groups(
    args: &ListArgs,
    reader: &Reader,
    kind: RecordKind,
    filter: &Filter,
    cancel: &CancelToken,
) -> Result<bool, Failure> {
    let Some(grouping) = wanted_grouping(args)? else {
        return Ok(false);
    };
    if let Some(key) = grouping.keys.iter().find(|key| *key == "issue")
        && !reader.knows(kind, key)?
    {
        say(&no_such(kind, key));
    }
    match wanted_buckets(args)? {
        None => print_groups(
            args,
            &grouping,
            &reader.group(kind, filter, &grouping, cancel)?,
        )?,
        Some(buckets) => {
            let series = reader.series(kind, filter, &grouping, buckets, cancel)?;
            print_series(args, &grouping, &series)?;
        }
    }
    Ok(true)
}

/// What `--cursor` names the first page by.
const START: &str = "start";

/// The cursor that `--cursor` gives, none where it begins; it must be one of the list that is asked for.
pub fn wanted_cursor(
    args: &ListArgs,
    is_of: impl Fn(&Cursor) -> bool,
) -> Result<Option<Cursor>, Failure> {
    let Some(text) = args.cursor.as_ref().filter(|text| *text != START) else {
        return Ok(None);
    };
    let cursor: Cursor = text
        .parse()
        .map_err(|error| Failure::Usage(format!("--cursor {text:?}: {error}")))?;
    match is_of(&cursor) {
        true => Ok(Some(cursor)),
        false => Err(Failure::Usage(format!(
            "--cursor {text:?} is of another list; give the same --sort as there"
        ))),
    }
}

/// The records to be listed, in the order and from the place that is asked for.
pub fn wanted_records(
    args: &ListArgs,
    reader: &Reader,
    kind: RecordKind,
    filter: &Filter,
    cancel: &CancelToken,
) -> Result<Page, Failure> {
    let (order, descending) = record_order(args, reader, kind)?;
    let after = wanted_cursor(args, |cursor| cursor.is_of(&order, descending))?;
    if order == RecordOrder::Time && after.is_none() && limit_from(args) == usize::MAX {
        // All of them take less memory without what cursors need.
        let refs = reader.find(kind, filter, descending, cancel)?.refs;
        let total = refs.len() as u64;
        return Ok(Page {
            refs,
            total,
            next: None,
        });
    }
    let order = (&order, descending);
    Ok(reader.page(
        kind,
        filter,
        order,
        after.as_ref(),
        limit_from(args),
        cancel,
    )?)
}

fn record_order(
    args: &ListArgs,
    reader: &Reader,
    kind: RecordKind,
) -> Result<(RecordOrder, bool), Failure> {
    let sort = args.sort.as_deref().unwrap_or("time");
    let (name, descending) = sort
        .strip_prefix('-')
        .map_or((sort, false), |name| (name, true));
    let name = match name {
        "time_ns" | "start_ns" if !reader.knows(kind, name)? => "time",
        "duration_ns" if !reader.knows(kind, name)? => "duration",
        name => name,
    };
    let order = RecordOrder::named(name);
    if order == RecordOrder::Time || reader.knows(kind, name)? || reader.is_empty(kind)? {
        return Ok((order, descending));
    }
    let orders = match kind {
        RecordKind::Span => "spans can be sorted by time, duration",
        RecordKind::Log => "log records can be sorted by time",
    };
    Err(Failure::Usage(format!(
        "{} has {name:?}; {orders} or any attribute, with a leading - for descending",
        none_of(kind)
    )))
}

/// Why nothing is counted under a name that no record has.
fn no_such(kind: RecordKind, key: &str) -> String {
    match key {
        "issue" => {
            "\"issue\" can be searched for but not counted, since a record may be of several; \
                    headwater issues lists them"
                .to_owned()
        }
        _ => format!("{} has {key:?}", none_of(kind)),
    }
}

fn none_of(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Span => "no span",
        RecordKind::Log => "no log record",
    }
}

/// Reads the rows behind some keys, in their order.
type Read<'a, K, T> = dyn Fn(&[K]) -> Result<Vec<T>, StoreError> + 'a;

/// How one kind of row is read and printed.
pub struct Rows<'a, K, T> {
    /// Titles of the table's columns, and whether a column holds numbers.
    pub header: &'a [(&'a str, bool)],
    /// Reads the rows behind some keys, in their order.
    pub read: &'a Read<'a, K, T>,
    /// A row as a JSON object.
    pub json: &'a dyn Fn(&T) -> Result<Json, Failure>,
    /// A row as cells of the table.
    pub cells: &'a dyn Fn(&T) -> Vec<String>,
}

/// Which rows of a list are printed, of how many.
pub struct Listed<'a, K> {
    /// What the rows are read by.
    pub keys: &'a [K],
    /// How many there are in all.
    pub total: u64,
    /// What they are called.
    pub noun: &'static str,
    /// Where the list goes on.
    pub next: Option<&'a Cursor>,
}

impl<K, T> Rows<'_, K, T> {
    /// Prints the rows behind the keys.
    pub fn print(&self, args: &ListArgs, list: &Listed<K>) -> Result<ExitCode, Failure> {
        let mut out = Output::stdout();
        let mut lines = Vec::new();
        for chunk in list.keys.chunks(CHUNK) {
            for row in (self.read)(chunk)? {
                if args.json {
                    out.json(&(self.json)(&row)?)?;
                } else {
                    lines.push((self.cells)(&row));
                }
            }
        }
        match (args.json, list.next) {
            (true, Some(next)) if args.cursor.is_some() => {
                out.json(&json!({ "next_cursor": next.to_string() }))?;
            }
            (true, _) => {}
            (false, _) => out.table(self.header, &lines)?,
        }
        out.finish()?;
        if list.next.is_some() {
            notice(list.keys.len() as u64, list.total, list.noun, list.next);
        }
        Ok(ExitCode::SUCCESS)
    }
}
