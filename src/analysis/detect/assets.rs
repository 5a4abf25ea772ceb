//! Scripts and style sheets that hold up a page: sent uncompressed, or loaded before the first paint.

use super::large_payload::ending;
use super::subject::{Field, Subject};
use super::{Findings, Kind, Problem, Settings};
use crate::analysis::digest::sha1_hex;
use crate::analysis::normalise::url::Url;
use crate::analysis::tree::SpanIndex;
use regex::Regex;
use serde_json::json;
use std::borrow::Cow;
use std::sync::LazyLock;

/// Browsers that ask for compressed answers, so that not getting one is the server's doing.
const BROWSERS: &[&str] = &["chrome", "firefox", "safari", "edge"];

/// What of a name changes from build to build, and what stands for it.
static BUILDS: LazyLock<[(Regex, &str); 6]> = LazyLock::new(|| {
    let pattern = |text| Regex::new(text).expect("the pattern is a literal that a test compiles");
    [
        (
            pattern(r"(?i)[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}"),
            "*",
        ),
        (pattern(r"(?i)[0-9]*\.[a-f0-9]{8}\.chunk"), ".*.chunk"),
        (
            pattern(r"(?i)([-.])(?:[a-f0-9]{8,64}\.)+([a-z0-9]{2,6})$"),
            "${1}*.${2}",
        ),
        (pattern(r"(?i)/[0-9]+(\.[a-z0-9]{2,6})$"), "/*${1}"),
        (pattern(r"v[0-9]+(?:\.[0-9]+)*"), "*"),
        (pattern(r"(?i)[a-f0-9]{16,64}"), "*"),
    ]
});

/// The same for an asset whatever its build.
pub fn resource_fingerprint(text: &str) -> String {
    let url = Url::parse(text);
    let mut path = Cow::Borrowed(url.path);
    for (find, to) in BUILDS.iter() {
        if let Cow::Owned(next) = find.replace_all(&path, *to) {
            path = next.into();
        }
    }
    let mut whole = String::new();
    if !url.scheme.is_empty() {
        whole = format!("{}:", url.scheme.to_ascii_lowercase());
    }
    if !url.host.is_empty() {
        whole.push_str("//");
        whole.push_str(url.host);
        if !path.is_empty() && !path.starts_with('/') {
            whole.push('/');
        }
    }
    whole.push_str(&path);
    for (sign, part) in [(';', url.params), ('#', url.fragment)] {
        if !part.is_empty() {
            whole.push(sign);
            whole.push_str(part);
        }
    }
    sha1_hex(&whole)
}

/// A size under its name or its older one; zero counts as none.
fn size(subject: &Subject, at: SpanIndex, new: Field, old: Field) -> Option<f64> {
    let size = |field| subject.number(at, field).filter(|size| *size != 0.0);
    size(new).or_else(|| size(old))
}

pub fn find_uncompressed(subject: &Subject, settings: &Settings, findings: &mut Findings) {
    let browser = subject
        .text(subject.root, Field::Browser)
        .unwrap_or_default();
    if !BROWSERS
        .iter()
        .any(|known| known.eq_ignore_ascii_case(&browser))
    {
        return;
    }
    let mut found: Vec<Problem> = Vec::new();
    let mut any_compressed = false;
    for at in subject.spans.iter().copied() {
        if !["resource.css", "resource.script"].contains(&subject.op(at)) {
            continue;
        }
        let transferred = size(subject, at, Field::TransferSize, Field::OldTransferSize);
        let encoded = size(subject, at, Field::ContentLength, Field::OldContentLength);
        let decoded = size(subject, at, Field::DecodedLength, Field::OldDecodedLength);
        let (Some(transferred), Some(encoded), Some(decoded)) = (transferred, encoded, decoded)
        else {
            continue;
        };
        // What came out of the browser's cache says nothing of the server.
        if transferred <= 0.0 || transferred < encoded {
            continue;
        }
        if encoded != decoded {
            any_compressed = true;
            continue;
        }
        let text = subject.description(at);
        let is_asset = ending(text).is_none_or(|ending| {
            ["css", "json", "js"]
                .iter()
                .any(|known| known.eq_ignore_ascii_case(ending))
        });
        if encoded < settings.asset_size
            || !is_asset
            || subject.duration(at) <= settings.asset_duration
        {
            continue;
        }
        let fingerprint = format!("1-1012-{}", resource_fingerprint(text));
        let mut problem = subject.problem(Kind::UncompressedAssets, fingerprint, vec![at]);
        problem.evidence = vec![
            ("asset_bytes", json!(encoded)),
            ("duration_ns", json!(subject.duration(at))),
        ];
        found.push(problem);
    }
    // Where nothing is compressed, something between server and browser may be to blame.
    if any_compressed {
        found
            .into_iter()
            .for_each(|problem| findings.put_first(problem));
    }
}

pub fn find_blocking(subject: &Subject, settings: &Settings, findings: &mut Findings) {
    let Some(mut fcp) = first_paint(subject, settings) else {
        return;
    };
    let painted = subject.span(subject.root).start + fcp;
    for at in subject.spans.iter().copied() {
        let is_asset = ["resource.link", "resource.script"].contains(&subject.op(at));
        if fcp == 0 || !is_asset {
            continue;
        }
        if is_blocking(subject, settings, at, fcp) && subject.span(at).end() < painted {
            let fingerprint = format!("1-1004-{}", resource_fingerprint(subject.description(at)));
            let mut problem = subject.problem(Kind::RenderBlockingAssets, fingerprint, vec![at]);
            problem.evidence = vec![
                ("fcp_ns", json!(fcp)),
                ("duration_ns", json!(subject.duration(at))),
                (
                    "asset_bytes",
                    json!(subject.number(at, Field::ContentLength)),
                ),
            ];
            findings.put(problem);
        }
        if subject.span(at).start >= painted {
            fcp = 0;
        }
    }
}

/// How long after the start something was painted, nanoseconds, if that is in the range that matters.
fn first_paint(subject: &Subject, settings: &Settings) -> Option<i64> {
    let unit = subject.text(subject.root, Field::FcpUnit);
    if unit.is_some_and(|unit| unit != "millisecond" && unit != "none") {
        return None;
    }
    let fcp = subject.number(subject.root, Field::Fcp)?;
    let fits = settings.blocking_fcp_least <= fcp && fcp < settings.blocking_fcp_most;
    fits.then_some((fcp * 1e6).round() as i64)
}

fn is_blocking(subject: &Subject, settings: &Settings, at: SpanIndex, fcp: i64) -> bool {
    let status = subject.text(at, Field::RenderBlocking);
    let size = subject.number(at, Field::ContentLength).unwrap_or_default();
    let (least, most) = settings.blocking_size;
    status.as_deref() != Some("non-blocking")
        && (least..=most).contains(&size)
        && subject.duration(at) as f64 / fcp as f64 > settings.blocking_share
}
