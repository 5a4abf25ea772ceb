//! The columns every record has by itself, and which columns a searched name means.
//!
//! What a source calls an attribute keeps its name as a column's name. What every record has (time, name, …) lies in
//! columns whose names begin with `#`; an attribute whose own name begins so gets a second `#` in front.

use crate::model::conventions;
use std::borrow::Cow;

/// Names of built-in columns; part of the file format.
pub(super) mod column {
    pub const TIME: &str = "#time";
    pub const DURATION: &str = "#duration";
    pub const TRACE: &str = "#trace";
    pub const SPAN: &str = "#span";
    pub const PARENT: &str = "#parent";
    pub const NAME: &str = "#name";
    pub const DESCRIPTION: &str = "#description";
    pub const OP: &str = "#op";
    pub const SERVICE: &str = "#service";
    pub const STATUS: &str = "#status";
    pub const STATUS_MESSAGE: &str = "#status_message";
    pub const KIND: &str = "#kind";
    pub const SEGMENT: &str = "#segment";
    pub const LEVEL: &str = "#level";
    pub const SEVERITY: &str = "#severity";
    pub const SEVERITY_TEXT: &str = "#severity_text";
    pub const BODY: &str = "#body";
    pub const TEMPLATE: &str = "#template";
    pub const RESOURCE: &str = "#resource";
    pub const SCOPE: &str = "#scope";
    pub const EVENTS: &str = "#events";
    pub const LINKS: &str = "#links";
    pub const POSITION: &str = "#position";
    /// No column of its own: a segment is of one import. See [`super::super::import_names`].
    pub const IMPORT: &str = "#import";
    /// In no segment, but made of all spans: see [`super::super::transactions`].
    pub const TRANSACTION: &str = "#transaction";
}

/// The name of the column an attribute lies in.
pub(super) fn attribute_column(name: &str) -> Cow<'_, str> {
    if name.starts_with('#') {
        Cow::Owned(format!("#{name}"))
    } else {
        Cow::Borrowed(name)
    }
}

/// The name of the attribute in a column; `None` for a built-in column.
pub(super) fn attribute_name(column: &str) -> Option<&str> {
    match column.strip_prefix('#') {
        Some(rest) => rest.starts_with('#').then_some(rest),
        None => Some(column),
    }
}

/// The searchable name of a built-in column; `None` for inner ones.
pub(super) fn builtin_name(column: &str) -> Option<&'static str> {
    let (_, name) = BUILTIN_NAMES.iter().find(|(known, _)| *known == column)?;
    Some(name)
}

/// Built-in columns under the names they are listed by.
const BUILTIN_NAMES: &[(&str, &str)] = &[
    (column::TIME, "time"),
    (column::DURATION, "duration"),
    (column::TRACE, "trace_id"),
    (column::SPAN, "span_id"),
    (column::PARENT, "parent_span_id"),
    (column::NAME, "name"),
    (column::DESCRIPTION, "description"),
    (column::OP, "op"),
    (column::SERVICE, "service"),
    (column::STATUS, "status"),
    (column::STATUS_MESSAGE, "status_message"),
    (column::KIND, "kind"),
    (column::SEGMENT, "segment"),
    (column::LEVEL, "level"),
    (column::SEVERITY, "severity"),
    (column::SEVERITY_TEXT, "severity_text"),
    (column::BODY, "message"),
    (column::TEMPLATE, "template"),
];

/// Where the values behind a searched name may lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// In a built-in column.
    Builtin(&'static str),
    /// In an attribute of the record, else of its resource.
    Attribute(String),
}

impl Field {
    pub fn name(&self) -> &str {
        match self {
            Self::Builtin(name) => name,
            Self::Attribute(name) => name,
        }
    }
}

/// Everything a searched name may mean, the most canonical first. A record passes a test when any of these does; its
/// value, where one is wanted, is the first of these that it has.
///
/// This is the one place that knows of names that mean the same.
pub(super) fn names_for(key: &str) -> Vec<Field> {
    let builtin = builtin_columns(key).iter().copied().map(Field::Builtin);
    let own = std::iter::once(key);
    let others = conventions::aliases_of(key)
        .iter()
        .copied()
        .filter(|name| *name != key);
    let attributes = own
        .chain(others)
        .map(|name| Field::Attribute(name.to_owned()));
    builtin.chain(attributes).collect()
}

fn builtin_columns(key: &str) -> &'static [&'static str] {
    match key {
        "time" | "timestamp" => &[column::TIME],
        "duration" | "span.duration" => &[column::DURATION],
        "trace" | "trace_id" | "trace.id" => &[column::TRACE],
        "span_id" | "span" | "span.id" => &[column::SPAN],
        "parent_span_id" | "parent" | "parent_span" => &[column::PARENT],
        "name" | "span.name" => &[column::NAME],
        "description" | "span.description" => &[column::DESCRIPTION],
        "op" | "span.op" => &[column::OP],
        "service" | "service.name" => &[column::SERVICE],
        // Sentry's statuses (`internal_error`) are kept as messages beside the reduced status.
        "status" | "span.status" => &[column::STATUS, column::STATUS_MESSAGE],
        "status_message" | "status.message" => &[column::STATUS_MESSAGE],
        "kind" | "span.kind" => &[column::KIND],
        "segment" | "is_segment" | "is_transaction" => &[column::SEGMENT],
        "level" | "severity" => &[column::LEVEL, column::SEVERITY, column::SEVERITY_TEXT],
        "severity_number" => &[column::SEVERITY],
        "severity_text" => &[column::SEVERITY_TEXT],
        "message" | "body" => &[column::BODY],
        "template" | "message.template" => &[column::TEMPLATE],
        "import" => &[column::IMPORT],
        "span.links" => &[column::LINKS],
        "transaction" => &[column::TRANSACTION],
        _ => &[],
    }
}

/// The name of a severity class, from OpenTelemetry's number or, without one, from the text; `None` when unknown.
pub(super) fn level_name(severity: u8, text: &str) -> Option<&'static str> {
    match severity {
        1..=4 => Some("trace"),
        5..=8 => Some("debug"),
        9..=12 => Some("info"),
        13..=16 => Some("warn"),
        17..=20 => Some("error"),
        21..=24 => Some("fatal"),
        _ => level_of_text(text),
    }
}

/// The severity class a word means, whatever its case.
pub(super) fn level_of_text(text: &str) -> Option<&'static str> {
    const WORDS: &[(&str, &[&str])] = &[
        ("trace", &["trace", "verbose", "finest", "finer"]),
        ("debug", &["debug", "fine"]),
        (
            "info",
            &["info", "information", "informational", "notice", "log"],
        ),
        ("warn", &["warn", "warning"]),
        ("error", &["error", "err", "severe"]),
        (
            "fatal",
            &[
                "fatal",
                "critical",
                "crit",
                "alert",
                "emergency",
                "emerg",
                "panic",
            ],
        ),
    ];
    let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    WORDS
        .iter()
        .find(|(_, words)| is(words))
        .map(|(name, _)| *name)
}

/// Severity classes in the order of histogram counts; unknown is 0.
pub(super) const LEVELS: [&str; 7] = ["", "trace", "debug", "info", "warn", "error", "fatal"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_attribute_can_pose_as_a_builtin_column() {
        for name in ["#time", "##x", "plain", "", "#"] {
            let column = attribute_column(name);
            assert_eq!(attribute_name(&column), Some(name));
            assert_eq!(builtin_name(&column), None);
        }
        assert_eq!(attribute_name(column::BODY), None);
    }

    #[test]
    fn the_language_knows_the_names_of_the_time() {
        for name in ["time", "timestamp", "duration", "name", "level", "x"] {
            let is_time = builtin_columns(name) == [column::TIME];
            assert_eq!(crate::query::is_time_key(name), is_time, "{name}");
        }
    }

    #[test]
    fn severities_have_one_name() {
        assert_eq!(level_name(13, ""), Some("warn"));
        assert_eq!(level_name(0, "WARNING"), Some("warn"));
        assert_eq!(level_name(0, "strange"), None);
    }
}
