//! How places are written: fields behind a question mark, percent-encoded.

use crate::model::TimeRange;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// Characters that would be read as structure, or that a shell or mail program would break a link at.
const RESERVED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b',')
    .add(b'#')
    .add(b'=')
    .add(b'<')
    .add(b'>');

/// `name?key=value&…` with empty values left out.
pub(super) fn place(name: &str, fields: &[(&str, String)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    if fields.is_empty() {
        name.to_owned()
    } else {
        format!("{name}?{}", fields.join("&"))
    }
}

/// Start and end of a range as numbers, empty where there is none.
pub(super) fn bounds(range: Option<TimeRange>) -> [String; 2] {
    range.map_or_else(Default::default, |range| {
        [range.start, range.end].map(|at| at.0.to_string())
    })
}

/// Names in the text of a place, with commas between.
pub(super) fn names_text(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| encode(name)).collect();
    names.join(",")
}

pub(super) fn names_from(text: &str) -> Vec<String> {
    let names = text.split(',').filter(|name| !name.is_empty());
    names.map(decode).collect()
}

pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

pub(super) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
