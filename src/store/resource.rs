//! Attributes of a resource as JSON that keeps their kinds: `[[name, kind, value], …]` with kinds `s`, `i`, `f`, `b`,
//! `j`, `n`. Floats are written as text, for JSON has no NaN and no infinity.

use super::value::ValueRef;
use crate::model::Value;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Writes attributes, in the order given; of two with one name the first counts.
pub(super) fn to_json<'a>(attributes: impl Iterator<Item = (&'a str, ValueRef<'a>)>) -> String {
    let mut rows: Vec<(&str, Json)> = Vec::new();
    for (name, value) in attributes {
        if rows.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let row = match value {
            ValueRef::Null => json!([name, "n"]),
            ValueRef::Str(text) => json!([name, "s", text]),
            ValueRef::Int(int) => json!([name, "i", int]),
            ValueRef::Float(float) => json!([name, "f", float.to_string()]),
            ValueRef::Bool(bool) => json!([name, "b", bool]),
            ValueRef::Json(text) => json!([name, "j", text]),
        };
        rows.push((name, row));
    }
    // In name order, so that the same attributes always are the same text.
    rows.sort_by_key(|(name, _)| *name);
    Json::Array(rows.into_iter().map(|(_, row)| row).collect()).to_string()
}

/// Reads attributes; `None` when the text is damaged.
pub(super) fn from_json(text: &str) -> Option<Vec<(Arc<str>, Value)>> {
    let rows: Vec<Vec<Json>> = serde_json::from_str(text).ok()?;
    rows.iter().map(|row| attribute(row)).collect()
}

fn attribute(row: &[Json]) -> Option<(Arc<str>, Value)> {
    let name = Arc::from(row.first()?.as_str()?);
    let given = row.get(2);
    let value = match row.get(1)?.as_str()? {
        "n" => Value::Null,
        "s" => Value::Str(given?.as_str()?.into()),
        "i" => Value::Int(given?.as_i64()?),
        "f" => Value::Float(given?.as_str()?.parse().ok()?),
        "b" => Value::Bool(given?.as_bool()?),
        "j" => Value::Json(given?.as_str()?.into()),
        _ => return None,
    };
    Some((name, value))
}
