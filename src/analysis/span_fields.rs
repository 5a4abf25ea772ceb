//! What a span was about, as fields with names for people: its request, its query, its message, its cache access.
//!
//! [`GROUPS`] is the table: a subject, and the attributes that tell of it under any of their names. Nothing is
//! invented: a field is there when its attribute is. Values keep their digits; what they mean stands beside them.

mod status;
mod table;
mod url;

pub use status::{grpc_meaning, http_meaning};
pub use url::{UrlParts, url_parts};

use crate::model::Value;
use crate::model::conventions::aliases_of;
use crate::model::human;
use std::sync::Arc;
use table::{GROUPS, Unit};

/// Attributes as they are kept: in name order.
pub type Attributes = [(Arc<str>, Value)];

/// How a value is to be taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    #[default]
    Plain,
    /// It went well.
    Good,
    /// The caller's mistake, or something to look at.
    Doubtful,
    /// It went wrong.
    Bad,
}

/// A value with a name for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanField {
    /// Its name.
    pub name: String,
    /// The value as recorded, or in units for people.
    pub value: String,
    /// What it means, in a few words; may be empty.
    pub note: String,
    /// How it is to be taken.
    pub tone: Tone,
}

/// What a span says of one subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldGroup {
    /// The subject.
    pub title: &'static str,
    /// Its fields.
    pub fields: Vec<SpanField>,
    /// Long lists that are of less weight, each with what it is: headers, parameters.
    pub lists: Vec<(&'static str, Vec<(String, String)>)>,
}

/// The value of an attribute under any of its names, the canonical one first.
pub fn find<'a>(attributes: &'a Attributes, key: &str) -> Option<&'a Value> {
    let own = |name: &str| {
        let found = attributes.iter().find(|(known, _)| **known == *name);
        found.map(|(_, value)| value)
    };
    let others = aliases_of(key).iter().filter(|name| **name != key);
    own(key).or_else(|| others.copied().find_map(own))
}

/// The same as text; `None` for none and for an empty one.
pub fn find_text(attributes: &Attributes, key: &str) -> Option<String> {
    let found = find(attributes, key).filter(|value| **value != Value::Null)?;
    Some(found.text().into_owned()).filter(|text| !text.is_empty())
}

/// What attributes say, a group a subject, in the order of the table.
pub fn field_groups(attributes: &Attributes) -> Vec<FieldGroup> {
    let groups = GROUPS.iter().map(|subject| {
        let mut group = FieldGroup {
            title: subject.title,
            ..FieldGroup::default()
        };
        for (name, key, unit) in subject.fields {
            let known = find(attributes, key).filter(|value| **value != Value::Null);
            let text = known.map(list_text).unwrap_or_default();
            if !text.is_empty() {
                add(&mut group, name, &text, *unit);
            }
        }
        for (name, prefix) in subject.lists {
            let list = with_prefix(attributes, prefix);
            if !list.is_empty() {
                group.lists.push((name, list));
            }
        }
        // One word such as a server's address is no subject yet.
        let is_about = subject
            .demands
            .iter()
            .any(|key| find_text(attributes, key).is_some());
        is_about.then_some(group)
    });
    groups.flatten().collect()
}

fn add(group: &mut FieldGroup, name: &str, text: &str, unit: Unit) {
    let mut field = SpanField {
        name: name.to_owned(),
        value: text.to_owned(),
        ..SpanField::default()
    };
    let number = text.parse::<f64>().ok();
    match unit {
        Unit::Text => {}
        Unit::Bytes => {
            if let Some(bytes) = number.filter(|bytes| *bytes >= 0.0) {
                field.value = human::bytes(bytes as u64);
                if bytes >= 1_000.0 {
                    field.note = format!("{} bytes", human::grouped(bytes as u64));
                }
            }
        }
        Unit::Count => {
            if let Some(count) = number.filter(|count| *count >= 0.0 && count.fract() == 0.0) {
                field.value = human::grouped(count as u64);
            }
        }
        Unit::Milliseconds => {
            if let Some(length) = number.filter(|length| length.is_finite()) {
                field.value = human::duration((length * 1e6) as i64);
            }
        }
        Unit::HttpStatus => (field.note, field.tone) = meaning(http_meaning(text)),
        Unit::GrpcStatus => (field.note, field.tone) = meaning(grpc_meaning(text)),
        Unit::Failure => field.tone = Tone::Bad,
        Unit::Hit => {
            let hit = text.eq_ignore_ascii_case("true") || text == "1";
            field.value = if hit { "yes" } else { "no" }.to_owned();
            field.tone = if hit { Tone::Good } else { Tone::Doubtful };
        }
        Unit::Url => return add_url(group, name, text),
        Unit::Query => return add_query(group, text),
        Unit::Path => {
            let (path, query) = text.split_once('?').unwrap_or((text, ""));
            path.clone_into(&mut field.value);
            add_query(group, query);
            // The whole address has told it already.
            if group.fields.iter().any(|known| known.name == field.name) {
                return;
            }
        }
    }
    group.fields.push(field);
}

fn add_query(group: &mut FieldGroup, query: &str) {
    let list = url::query_parameters(query);
    let is_told = group.lists.iter().any(|(name, _)| *name == QUERY);
    if !is_told && !list.is_empty() {
        group.lists.push((QUERY, list));
    }
}

/// What the list of a URL's parameters is called.
const QUERY: &str = "Query parameters";

fn meaning(known: Option<(&'static str, Tone)>) -> (String, Tone) {
    known.map_or((String::new(), Tone::Plain), |(text, tone)| {
        (text.to_owned(), tone)
    })
}

fn add_url(group: &mut FieldGroup, name: &str, text: &str) {
    let plain = |name: &str, value: &str| SpanField {
        name: name.to_owned(),
        value: value.to_owned(),
        ..SpanField::default()
    };
    group.fields.push(plain(name, text));
    let Some(parts) = url_parts(text) else { return };
    for (name, value) in [
        ("Scheme", parts.scheme),
        ("Host", parts.host),
        ("Port", parts.port),
        ("Path", parts.path),
        ("Fragment", parts.fragment),
    ] {
        if !value.is_empty() {
            group.fields.push(plain(name, value));
        }
    }
    if !parts.query.is_empty() {
        group.lists.push((QUERY, parts.query));
    }
}

/// Attributes whose names begin so, without that beginning.
fn with_prefix(attributes: &Attributes, prefix: &str) -> Vec<(String, String)> {
    let named = attributes.iter().filter_map(|(key, value)| {
        let name = key.strip_prefix(prefix)?;
        Some((name.to_owned(), list_text(value)))
    });
    named.filter(|(name, _)| !name.is_empty()).collect()
}

/// A value, of a list its items: headers are lists of texts, and a cache is asked for several keys.
fn list_text(value: &Value) -> String {
    if let Value::Json(text) = value
        && let Ok(serde_json::Value::Array(items)) = serde_json::from_str(text)
    {
        let items = items.iter().map(|item| {
            item.as_str()
                .map_or_else(|| item.to_string(), str::to_owned)
        });
        return items.collect::<Vec<_>>().join(", ");
    }
    value.text().into_owned()
}

/// What was put into the placeholders of a query, by name or place.
pub fn query_parameters(attributes: &Attributes) -> Vec<(String, String)> {
    const PREFIXES: [&str; 3] = [
        "db.query.parameter.",
        "db.statement.parameter.",
        "db.sql.parameter.",
    ];
    const LISTS: [&str; 6] = [
        "db.sql.bindings",
        "db.query.parameters",
        "db.statement.parameters",
        "db.params",
        "sql.params",
        "db.postgresql.values",
    ];
    let named = PREFIXES
        .iter()
        .flat_map(|prefix| with_prefix(attributes, prefix));
    let mut all: Vec<(String, String)> = named.collect();
    for key in LISTS {
        let Some((_, value)) = attributes.iter().find(|(known, _)| **known == *key) else {
            continue;
        };
        let text = value.text();
        let as_text = |value: &serde_json::Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(serde_json::Value::Array(items)) => {
                let numbered = items.iter().zip(1..);
                all.extend(numbered.map(|(item, place)| (place.to_string(), as_text(item))));
            }
            Ok(serde_json::Value::Object(members)) => {
                all.extend(
                    members
                        .iter()
                        .map(|(name, value)| (name.clone(), as_text(value))),
                );
            }
            _ => all.push((key.to_owned(), text.into_owned())),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(pairs: &[(&str, Value)]) -> Vec<(Arc<str>, Value)> {
        let pairs = pairs.iter();
        pairs
            .map(|(key, value)| (Arc::from(*key), value.clone()))
            .collect()
    }

    fn text(value: &str) -> Value {
        Value::Str(value.into())
    }

    /// Title, then `name=value (note)`.
    fn told(pairs: &[(&str, Value)]) -> Vec<String> {
        let groups = field_groups(&attributes(pairs)).into_iter();
        groups
            .flat_map(|group| {
                let fields = group.fields.into_iter().map(|field| match &*field.note {
                    "" => format!("{}={}", field.name, field.value),
                    note => format!("{}={} ({note})", field.name, field.value),
                });
                let lists = group.lists.into_iter().map(|(name, list)| {
                    let list: Vec<String> = list
                        .into_iter()
                        .map(|(key, value)| format!("{key}:{value}"))
                        .collect();
                    format!("{name}[{}]", list.join(" "))
                });
                let title = std::iter::once(group.title.to_owned());
                title.chain(fields).chain(lists).collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn a_request_in_old_and_new_names() {
        let header = Value::Json(r#"["a", "b"]"#.into());
        assert_eq!(
            told(&[
                ("http.method", text("POST")),
                ("http.status_code", Value::Int(404)),
                (
                    "http.url",
                    text("https://u:p@shop.test:8443/a/b?x=1%202&y=&z#top")
                ),
                ("http.response.body.size", Value::Int(2_048)),
                ("http.request.header.accept", header),
            ]),
            [
                "HTTP",
                "Method=POST",
                "URL=https://u:p@shop.test:8443/a/b?x=1%202&y=&z#top",
                "Scheme=https",
                "Host=shop.test",
                "Port=8443",
                "Path=/a/b",
                "Fragment=top",
                "Status=404 (Not Found)",
                "Response body=2.05 kB (2,048 bytes)",
                "Query parameters[x:1 2 y: z:]",
                "Request headers[accept:a, b]",
            ]
        );
    }

    #[test]
    fn a_path_with_its_query_and_one_that_is_told_already() {
        let told = |pairs: &[(&str, Value)]| told(pairs)[1..].to_vec();
        assert_eq!(
            told(&[("http.target", text("/a?x=1")), ("http.route", text("/a"))]),
            ["Route=/a", "Path=/a", "Query parameters[x:1]"]
        );
        let whole = ("http.url", text("http://h/a"));
        assert_eq!(
            told(&[whole, ("http.target", text("/a"))])[3..],
            ["Path=/a"]
        );
    }

    #[test]
    fn other_subjects_and_none() {
        assert_eq!(
            told(&[
                ("cache.hit", Value::Bool(false)),
                ("cache.key", Value::Json("[\"a\", \"b\"]".into()))
            ]),
            ["Cache", "Key=a, b", "Hit=no"]
        );
        assert_eq!(
            told(&[
                ("messaging.system", text("redis")),
                ("messaging.message.receive.latency", Value::Float(930.41)),
            ]),
            ["Messaging", "System=redis", "Waited in the queue=930 ms"]
        );
        assert_eq!(
            told(&[
                ("rpc.system", text("grpc")),
                ("rpc.grpc.status_code", Value::Int(14)),
            ]),
            ["Remote call", "System=grpc", "Status=14 (Unavailable)"]
        );
        assert_eq!(told(&[("server.address", text("db"))]), [""; 0]);
        assert_eq!(
            told(&[
                ("messaging.destination", text("mail")),
                ("messaging.system", text("kafka"))
            ])[..2],
            ["Messaging", "System=kafka"]
        );
    }

    #[test]
    fn parameters_of_queries() {
        let found = query_parameters(&attributes(&[
            ("db.query.parameter.id", Value::Int(5)),
            ("db.sql.bindings", Value::Json(r#"["a", 2, null]"#.into())),
            ("db.params", text("not json")),
        ]));
        let found: Vec<String> = found.iter().map(|(a, b)| format!("{a}={b}")).collect();
        assert_eq!(
            found,
            ["id=5", "1=a", "2=2", "3=null", "db.params=not json"]
        );
    }
}
