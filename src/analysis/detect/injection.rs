//! Input of a request that became part of a query's text.

use super::subject::{Field, Subject};
use super::{Findings, Kind, Settings, begins_with};
use crate::analysis::digest::sha1_hex;
use crate::analysis::normalise::url::Url;
use crate::analysis::tree::SpanIndex;
use crate::model::Value;
use regex::Regex;
use serde_json::{Map, Value as Json, json};
use std::ops::Range;
use std::sync::LazyLock;

/// Words that stand in queries without being input.
const KEYWORDS: &[&str] = &[
    "SELECT", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "LIMIT", "ORDER BY", "GROUP BY", "HAVING",
    "DISTINCT", "JOIN", "ON", "AS", "CASE", "WHEN", "THEN", "ELSE", "END", "UNION", "ALL", "ANY",
    "SOME", "EXISTS", "DESC", "ASC", "NULL", "ORDER", "SORT", "EXPAND", "PAGE",
];

/// Libraries that escape what they put into a query.
const SAFE_PACKAGES: &[&str] = &[
    "github.com/go-sql-driver/mysql",
    "sequelize",
    "gorm.io/gorm",
    "@nestjs/typeorm",
    "@mikro-orm/nestjs",
    "typeorm",
    "@mikro-orm/core",
];

static AMPERSAND: LazyLock<Regex> = LazyLock::new(|| pattern("&[A-Za-z_][A-Za-z0-9_]*"));
static ALIAS_CHAIN: LazyLock<Regex> = LazyLock::new(|| pattern(r"\w+(?:->\w+)+"));
static DELETED_AT: LazyLock<Regex> = LazyLock::new(|| pattern(r#""?deleted[_aA]+t"?\s+IS\s+NULL"#));
static NUMBER_LIST: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)IN\s*\(\s*(?:\d+\s*,\s*)*\d+\s*\)"));

/// More of these in one query come from a library, not from input.
const MOST_OF_LIBRARY: usize = 3;

/// Beyond so many inputs of one request the rest is not looked for.
const MOST_INPUTS: usize = 1_000;

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a literal that a test compiles")
}

pub fn find_sql(subject: &Subject, settings: &Settings, findings: &mut Findings) {
    let inputs = text_inputs(subject, settings);
    if inputs.is_empty() || has_safe_package(subject) {
        return;
    }
    for at in subject.spans.iter().copied() {
        if !is_sql_eligible(subject, at) {
            continue;
        }
        let mut text = subject.description(at).to_owned();
        let mut names: Vec<&str> = Vec::new();
        for (name, value) in &inputs {
            let range = searched(&text);
            let part = &text[range.clone()];
            if has_token(part, name)
                && let Some(replaced) = without_value(part, value)
            {
                text.replace_range(range, &replaced);
                names.push(name);
            }
        }
        report(subject, Kind::SqlInjection, at, &names, &text, findings);
    }
}

pub fn find_objects(subject: &Subject, _: &Settings, findings: &mut Findings) {
    let inputs = object_inputs(subject);
    if inputs.is_empty() {
        return;
    }
    for at in subject.spans.iter().copied() {
        let op = subject.op(at);
        let mut text = subject.description(at).to_owned();
        let is_sql = ["SELECT", "UPDATE", "INSERT"]
            .iter()
            .any(|verb| begins_with(&text, verb));
        if !op.starts_with("db") || op.starts_with("db.redis") || text.is_empty() || is_sql {
            continue;
        }
        let mut names: Vec<&str> = Vec::new();
        for (name, value) in &inputs {
            let member = json!({ name.as_str(): value }).to_string();
            let close = text.replace(": ", ":").replace(", ", ",");
            if close.contains(&member) {
                text = match text.contains(&member) {
                    true => text.replace(&value.to_string(), "[UNTRUSTED_INPUT]"),
                    false => close.replace(&value.to_string(), "[UNTRUSTED_INPUT]"),
                };
                names.push(name);
            }
        }
        report(subject, Kind::QueryInjection, at, &names, &text, findings);
    }
}

fn report(
    subject: &Subject,
    kind: Kind,
    at: SpanIndex,
    names: &[&str],
    text: &str,
    findings: &mut Findings,
) {
    if names.is_empty() {
        return;
    }
    let scrubbed = subject.text(at, Field::ScrubbedDescription);
    let text = scrubbed.as_deref().unwrap_or(text);
    let fingerprint = format!(
        "1-1021-{}",
        sha1_hex(&format!("{}-{text}", names.join("-")))
    );
    let mut problem = subject.problem(kind, fingerprint, vec![at]);
    problem.description = format!("Untrusted Inputs [{}] in `{text}`", names.join(", "));
    problem.evidence = vec![
        ("vulnerable_parameters", json!(names)),
        ("query", json!(text)),
        (
            "request_url",
            json!(subject.text(subject.root, Field::RequestUrl)),
        ),
    ];
    findings.put(problem);
}

/// A field that may be JSON, also as text.
fn json_of(subject: &Subject, field: Field) -> Json {
    match subject.value(subject.root, field) {
        Some(Value::Json(text)) => serde_json::from_str(text).unwrap_or_default(),
        Some(Value::Str(text)) => serde_json::from_str(text).unwrap_or_else(|_| json!(&**text)),
        _ => Json::Null,
    }
}

fn text_inputs(subject: &Subject, settings: &Settings) -> Vec<(String, String)> {
    if !subject.any(Field::RequestQuery) && !subject.any(Field::RequestData) {
        return Vec::new();
    }
    let mut inputs: Vec<(String, String)> = Vec::new();
    match json_of(subject, Field::RequestQuery) {
        Json::Array(pairs) => {
            for pair in pairs {
                if let (Some(name), Some(value)) = (pair[0].as_str(), pair[1].as_str()) {
                    inputs.push((name.to_owned(), value.to_owned()));
                }
            }
        }
        Json::String(query) => {
            let query = query.trim_start_matches('?');
            let url = Url {
                query,
                ..Url::default()
            };
            inputs.extend(
                url.query_pairs()
                    .map(|(name, value)| (name.into_owned(), value.into_owned())),
            );
        }
        Json::Object(members) => inputs.extend(texts(members)),
        _ => {}
    }
    if let Json::Object(members) = json_of(subject, Field::RequestData) {
        inputs.extend(texts(members));
    }
    let is_keyword = |text: &str| KEYWORDS.iter().any(|word| word.eq_ignore_ascii_case(text));
    inputs.retain(|(name, value)| {
        value.chars().count() >= settings.injection_length
            && !name.is_empty()
            && name != value
            && !is_keyword(name)
            && !is_keyword(value)
    });
    inputs.truncate(MOST_INPUTS);
    inputs
}

fn texts(members: Map<String, Json>) -> impl Iterator<Item = (String, String)> {
    members.into_iter().filter_map(|(name, value)| match value {
        Json::String(value) => Some((name, value)),
        _ => None,
    })
}

/// Members of the request's body that are objects or lists; what objects compare with is `?`, as it is in spans.
fn object_inputs(subject: &Subject) -> Vec<(String, Json)> {
    if !subject.any(Field::RequestData) {
        return Vec::new();
    }
    let Json::Object(members) = json_of(subject, Field::RequestData) else {
        return Vec::new();
    };
    let nested = members
        .into_iter()
        .filter(|(_, value)| value.is_object() || value.is_array());
    let hidden = nested.map(|(name, mut value)| {
        if let Json::Object(inner) = &mut value {
            for value in inner.values_mut().filter(|value| !value.is_object()) {
                *value = json!("?");
            }
        }
        (name, value)
    });
    hidden.take(MOST_INPUTS).collect()
}

fn has_safe_package(subject: &Subject) -> bool {
    match json_of(subject, Field::Modules) {
        Json::Object(modules) => SAFE_PACKAGES.iter().any(|name| modules.contains_key(*name)),
        _ => false,
    }
}

fn is_sql_eligible(subject: &Subject, at: SpanIndex) -> bool {
    let op = subject.op(at);
    let origin = subject.text(at, Field::Origin).unwrap_or_default();
    if !op.starts_with("db")
        || op.starts_with("db.redis")
        || op == "db.sql.active_record"
        || origin == "auto.db.rails"
        || origin.starts_with("auto.db.otel.")
        || subject.says_yes(at, Field::Bindings)
    {
        return false;
    }
    let text = subject.description(at).trim();
    let has_placeholder = ["?", "$1", "%s"].iter().any(|sign| text.contains(sign));
    begins_with(text, "SELECT")
        && text.to_uppercase().contains("WHERE")
        && !has_placeholder
        && !AMPERSAND.is_match(text)
        && ALIAS_CHAIN.find_iter(text).count() <= MOST_OF_LIBRARY
        && DELETED_AT.find_iter(text).count() <= MOST_OF_LIBRARY
        && !is_laravel(subject, at, text)
        && !is_zend(subject, at)
}

fn is_laravel(subject: &Subject, at: SpanIndex, text: &str) -> bool {
    let tag = subject.text(at, Field::ScrubbedSdk);
    let sdk = tag.as_deref().unwrap_or(&subject.span(subject.root).sdk);
    sdk == "sentry.php.laravel" && NUMBER_LIST.is_match(text)
}

fn is_zend(subject: &Subject, at: SpanIndex) -> bool {
    let frames = subject.text(at, Field::EventTrace).unwrap_or_default();
    let is_php = subject
        .text(at, Field::ScrubbedPlatform)
        .is_none_or(|platform| platform == "php");
    let frames: Json = serde_json::from_str(&frames).unwrap_or_default();
    let mut functions = frames.as_array().into_iter().flatten();
    is_php
        && functions.any(|frame| {
            frame["function"]
                .as_str()
                .is_some_and(|name| name.starts_with("Zend_"))
        })
}

/// The part of a query that is searched: from WHERE to a comment.
fn searched(text: &str) -> Range<usize> {
    // Upper case by ASCII only keeps the places of everything else.
    let start = text.to_ascii_uppercase().find("WHERE").unwrap_or(0);
    let end = text[start..].find("--").map_or(text.len(), |at| start + at);
    start..end
}

/// What a token may not stand right beside.
fn joins(c: char) -> bool {
    c.is_alphanumeric() || "_.$".contains(c)
}

/// Whether a name stands by itself in a text, maybe in double quotes.
fn has_token(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = &text[at + name.len()..];
        let after = after.strip_prefix('"').unwrap_or(after).chars().next();
        !before.is_some_and(joins) && !after.is_some_and(|c| joins(c) || c == '"')
    })
}

/// The text with each place where a value stands by itself, maybe in quotes, marked; `None` if there is none.
fn without_value(text: &str, value: &str) -> Option<String> {
    let mut out = String::new();
    let mut copied = 0;
    for (at, _) in text.match_indices(value) {
        if at < copied {
            continue;
        }
        let (start, end) = (at, at + value.len());
        let before = text[..start].chars().next_back();
        let after = text[end..].chars().next();
        let quote = before.filter(|c| "'\"".contains(*c) && after == Some(*c));
        let quoted = quote.is_some()
            && !text[..start - 1].chars().next_back().is_some_and(joins)
            && !text[end + 1..]
                .chars()
                .next()
                .is_some_and(|c| joins(c) || "'\"".contains(c));
        let bare =
            !before.is_some_and(joins) && !after.is_some_and(|c| joins(c) || "'\"".contains(c));
        if !quoted && !bare {
            continue;
        }
        let (start, end) = if quoted {
            (start - 1, end + 1)
        } else {
            (start, end)
        };
        if start < copied {
            continue;
        }
        out.push_str(&text[copied..start]);
        out.push_str("[UNTRUSTED_INPUT]");
        copied = end;
    }
    if copied == 0 {
        return None;
    }
    out.push_str(&text[copied..]);
    Some(out)
}
