//! What the lists have in common: facets and counts instead of rows, and rows in chunks as JSON lines or as a table.

use super::Failure;
use super::args::ListArgs;
use super::output::{Output, limit_from, print_facet};
use crate::model::CancelToken;
use crate::store::{Filter, Reader, RecordKind, StoreError};
use serde_json::Value as Json;
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
    let values = reader.facet(kind, key, filter, limit_from(args), cancel)?;
    print_facet(args.json, key, &values)?;
    Ok(true)
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

impl<K, T> Rows<'_, K, T> {
    /// Prints the rows behind the keys, at most as many as `--limit` allows.
    pub fn print(&self, args: &ListArgs, keys: &[K]) -> Result<ExitCode, Failure> {
        let mut out = Output::stdout();
        let keys = &keys[..keys.len().min(limit_from(args))];
        let mut lines = Vec::new();
        for chunk in keys.chunks(CHUNK) {
            for row in (self.read)(chunk)? {
                if args.json {
                    out.json(&(self.json)(&row)?)?;
                } else {
                    lines.push((self.cells)(&row));
                }
            }
        }
        if !args.json {
            out.table(self.header, &lines)?;
        }
        out.finish()?;
        Ok(ExitCode::SUCCESS)
    }
}
