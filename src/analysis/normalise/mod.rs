//! Texts that differ only in what they are about become one: queries, URLs, keys, files.
//!
//! [`describe`] says what a span does without saying to what: the text that insights group by. [`hash`] names such a
//! group as Sentry does. All of it is pure, and meant to be asked once a distinct text, not once a span.

pub mod cache_key;
pub mod hash;
pub mod host;
pub mod literal;
pub mod mongo;
pub mod redis;
pub mod resource;
pub mod sql;
pub mod transaction;
pub mod url;

use regex::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;
use url::Url;

/// What is known of a span whose description is to be normalised.
#[derive(Clone, Copy, Debug, Default)]
pub struct Described<'a> {
    /// Its canonical operation.
    pub op: &'a str,
    /// Its description.
    pub description: &'a str,
    /// `postgresql`, `redis`, …
    pub db_system: Option<&'a str>,
    /// What the database was asked to do.
    pub db_operation: Option<&'a str>,
    /// The collection it was asked of.
    pub db_collection: Option<&'a str>,
    /// What made the span, such as `auto.db.supabase`.
    pub origin: Option<&'a str>,
    /// The component that was drawn.
    pub component: Option<&'a str>,
    /// Hosts that are kept as they are.
    pub allowed_hosts: &'a [&'a str],
}

static HTTP_METHODS: &[&str] = &[
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
];

static DIGITS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\d+"));
static FUNCTION_IDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)[0-9a-f]{8}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{12}|[0-9a-f]{6,}",
    )
});
static TABLE_IDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)[0-9a-f]{8}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{12}|[0-9a-f]{6,}|\d\d+",
    )
});

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a literal that a test compiles")
}

/// What makes the template of a text in the dialect of a system, as [`sql::template`] does.
pub type Template<'a> = dyn Fn(&str, Option<&str>) -> Option<String> + 'a;

/// What a span does, without ids, literals and keys; `None` when that cannot be said of its operation.
pub fn describe(span: &Described) -> Option<String> {
    describe_with(span, &sql::template)
}

/// As [`describe`], with templates of SQL as something makes them that remembers some.
pub fn describe_with(span: &Described, template: &Template) -> Option<String> {
    let text = span.description;
    let (op, sub) = span.op.split_once('.').unwrap_or((span.op, ""));
    match (op, sub) {
        ("http", _) => request(text, span.allowed_hosts),
        ("cache", _) => Some(redis::scrub_redis(text)),
        ("db", _) => database(span, sub, template),
        ("resource", kind) => resource::scrub_resource(kind, text, span.allowed_hosts),
        ("ai", sub) => {
            matches!(sub.split('.').next(), Some("run" | "pipeline")).then(|| text.to_owned())
        }
        ("ui" | "contentprovider" | "application" | "activity", "load") | ("app", _) => {
            Some(text.to_owned())
        }
        ("ui", sub) if sub.starts_with("interaction.") || sub.starts_with("react.") => {
            span.component.map(str::to_owned)
        }
        ("file", _) => Some(resource::scrub_file(text)),
        ("function", _) => Some(FUNCTION_IDS.replace_all(text, "*").into_owned()),
        _ => None,
    }
}

/// The name of the group of spans with this normalised description.
pub fn group(described: &str) -> String {
    hash::hash_of(&[described])
}

fn request(text: &str, allowed: &[&str]) -> Option<String> {
    let (method, target) = text.split_once(' ')?;
    if !HTTP_METHODS.contains(&method.to_ascii_uppercase().as_str()) {
        return None;
    }
    if target.starts_with("data:image/") {
        return Some(format!("{method} data:image/*"));
    }
    let url = Url::parse(target);
    match url.scheme.is_empty() || url.host.is_empty() {
        true => Some(format!("{method} *")),
        false => {
            let scheme = url.scheme.to_ascii_lowercase();
            let host = host::scrub_authority(&url.host.to_lowercase(), allowed);
            let usual = [("http", ":80"), ("https", ":443")];
            let port = usual
                .iter()
                .find(|(name, _)| *name == scheme)
                .map_or("", |(_, port)| port);
            let host = host
                .strip_suffix(port)
                .filter(|_| !port.is_empty())
                .unwrap_or(&host);
            Some(format!("{method} {scheme}://{host}"))
        }
    }
}

fn database(span: &Described, sub: &str, template: &Template) -> Option<String> {
    let text = span.description;
    if sub == "redis" || span.db_system == Some("redis") {
        return Some(redis::scrub_redis(text));
    }
    if span.db_system == Some("mongodb") {
        return mongo::scrub_mongo(text, span.db_operation?, span.db_collection?);
    }
    let is_other = ["clickhouse", "mongodb", "redis"]
        .iter()
        .any(|name| sub.contains(name));
    let is_record = sub.contains("active_record") || sub.contains("activerecord");
    let looks_like_mongo =
        ["\"$", "({", "[{"].iter().any(|sign| text.contains(sign)) || text.starts_with('{');
    if is_other || (is_record && span.db_system.is_none()) || looks_like_mongo {
        return None;
    }
    if span.origin == Some("auto.db.core_data") {
        return match DIGITS.replace_all(text, "*") {
            Cow::Owned(text) => Some(text),
            Cow::Borrowed(_) => None,
        };
    }
    if sub.contains("prisma") {
        return Some(text.to_owned());
    }
    if span.origin == Some("auto.db.supabase") && text.starts_with("from(") {
        return Some(TABLE_IDS.replace_all(text, "{%s}").into_owned());
    }
    template(text, span.db_system)
}

/// A text of at most so many bytes: cut at a character, whose place a star takes.
pub fn truncated(text: &str, bytes: usize) -> Cow<'_, str> {
    if text.len() <= bytes {
        return text.into();
    }
    let Some(room) = bytes.checked_sub(1) else {
        return "".into();
    };
    let mut end = room;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}*", &text[..end]).into()
}
