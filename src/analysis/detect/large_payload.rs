//! Answers so large that sending them takes long.

use super::subject::{Field, Subject};
use super::{Findings, Kind, Settings};
use crate::analysis::digest::sha1_hex;
use crate::analysis::normalise::url::shape;
use crate::analysis::tree::SpanIndex;
use serde_json::json;

pub fn find(subject: &Subject, settings: &Settings, findings: &mut Findings) {
    if !subject.any(Field::ContentLength) {
        return;
    }
    for at in subject.spans.iter().copied() {
        let size = subject.number(at, Field::ContentLength).unwrap_or_default();
        if size <= settings.payload_size || !is_eligible(subject, settings, at) {
            continue;
        }
        let url = subject.url(at);
        let shape = shape(&url);
        let fingerprint = format!("1-1015-{}", sha1_hex(shape.path()));
        let mut problem = subject.problem(Kind::LargeHttpPayload, fingerprint, vec![at]);
        problem.evidence = vec![
            ("payload_bytes", json!(size)),
            ("duration_ns", json!(subject.duration(at))),
        ];
        findings.put(problem);
    }
}

fn is_eligible(subject: &Subject, settings: &Settings, at: SpanIndex) -> bool {
    let text = subject.description(at);
    let ending = ending(text);
    let is_filtered = |path: &String| {
        let path = path.trim();
        match path.ends_with('/') || path.is_empty() {
            true => !path.is_empty() && text.contains(path),
            false => text.contains(&format!("{path}/")),
        }
    };
    subject.op(at).starts_with("http")
        && subject.has_hash(at)
        && !text.is_empty()
        && subject.duration(at) >= settings.payload_each
        && ending.is_none_or(|ending| ending.eq_ignore_ascii_case("json"))
        && !["_next/static/", "_next/data/"]
            .iter()
            .any(|part| text.contains(part))
        && !subject.says_yes(at, Field::Prefetch)
        && !settings.payload_paths.iter().any(is_filtered)
}

/// The letters and digits after the last dot of a URL, in front of its query and one slash at most.
pub fn ending(text: &str) -> Option<&str> {
    let text = text.trim();
    let is_ending =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    // Like the expression it stands for, the first dot that fits counts.
    let mut from = 0;
    while let Some(dot) = text[from..].find('.') {
        let rest = &text[from + dot + 1..];
        let path = rest.find('?').map_or(rest, |query| &rest[..query]);
        let path = path.strip_suffix('/').unwrap_or(path);
        if is_ending(path) {
            return Some(path);
        }
        from += dot + 1;
    }
    None
}
