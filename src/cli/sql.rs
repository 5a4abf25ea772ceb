//! `headwater sql "SELECT …"`: read-only SQL on the tables of the store.
//!
//! JSON: an object a row, by the columns' names; a name that comes again has its place behind it (`id:2`). Bytes are hex.
//! Tables of rows are `import`, `trace`, `error_event`, `issue`, `note`, `saved_search` and those behind them
//! (`SELECT name FROM sqlite_schema`); attributes, log records and what else is searched lie in packed columns, which
//! `spans` and `logs` read.

use super::Failure;
use super::args::SqlArgs;
use super::output::{Output, json_value};
use crate::model::Value;
use crate::store::{Reader, StoreError};
use serde_json::{Map, Value as Json};
use std::process::ExitCode;

pub fn run(args: &SqlArgs, reader: &Reader) -> Result<ExitCode, Failure> {
    let mut out = Output::stdout();
    let mut lines: Vec<Vec<String>> = Vec::new();
    let mut printed = Ok(());
    let mut take = |names: &[String], values: Vec<Value>| {
        if args.json {
            printed = out.json(&object(names, &values));
        } else {
            lines.push(values.iter().map(Value::to_string).collect());
        }
        printed.is_ok()
    };
    let text = args.statement.join(" ");
    let names = reader.sql(&text, &mut take).map_err(failure)?;
    printed?;
    if !args.json {
        let header: Vec<(&str, bool)> = names.iter().map(|name| (name.as_str(), false)).collect();
        out.table(&header, &lines)?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn object(names: &[String], values: &[Value]) -> Json {
    let mut row = Map::with_capacity(names.len());
    for (place, (name, value)) in names.iter().zip(values).enumerate() {
        let name = match row.contains_key(name) {
            true => format!("{name}:{}", place + 1),
            false => name.clone(),
        };
        row.insert(name, json_value(value));
    }
    Json::Object(row)
}

/// A statement that is wrong is wrong use.
fn failure(error: StoreError) -> Failure {
    match error {
        StoreError::Statement(reason) => {
            Failure::Usage(format!("the statement cannot be run: {reason}"))
        }
        other => other.into(),
    }
}
