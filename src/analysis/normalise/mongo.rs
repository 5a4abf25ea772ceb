//! Queries of MongoDB: which fields are asked for stays, what they are compared with goes.

use super::sql::scrub_name;
use serde_json::{Map, Value};

/// Deeper documents become `?`.
const DEEPEST: usize = 3;
/// Members that hold data, not a query.
const DATA: &str = "buffer";

/// The query as JSON with sorted names; `None` when it is no JSON object.
pub fn scrub_mongo(text: &str, operation: &str, collection: &str) -> Option<String> {
    let Ok(Value::Object(mut query)) = serde_json::from_str::<Value>(text) else {
        return None;
    };
    query.retain(|name, _| name != DATA);
    let named = scrub_name(collection).into_owned();
    let mut out = Map::new();
    let mut names: Vec<String> = query.keys().cloned().collect();
    if !names.iter().any(|name| name == operation) {
        names.push(operation.to_owned());
    }
    names.sort_unstable();
    for name in names {
        let scrubbed = match query.remove(&name) {
            _ if name == operation => Value::String(named.clone()),
            Some(value) => leaves(value, 1),
            None => continue,
        };
        out.insert(name, scrubbed);
    }
    Some(Value::Object(out).to_string())
}

/// A value with `?` for everything that is compared with.
fn leaves(value: Value, depth: usize) -> Value {
    match value {
        Value::Array(_) => Value::Array(vec!["...".into()]),
        Value::Object(members) if depth <= DEEPEST => {
            let mut members: Vec<(String, Value)> = members
                .into_iter()
                .filter(|(name, _)| name != DATA)
                .map(|(name, value)| (name, leaves(value, depth + 1)))
                .collect();
            members.sort_by(|left, right| left.0.cmp(&right.0));
            Value::Object(members.into_iter().collect())
        }
        _ => "?".into(),
    }
}
