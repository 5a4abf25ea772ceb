//! What to say of a file that cannot be imported: what it seems to be, and what to export instead.

use crate::model::human::counted;
use std::io;

const READS: &str = "Headwater reads OpenTelemetry (OTLP) JSON, JSON lines and protobuf, Jaeger and Zipkin JSON, Sentry envelopes and events, and logs as JSON or logfmt lines, also compressed with gzip or zstd";

/// How a file may begin, and what that tells.
static BEGINNINGS: &[(&[u8], &str)] = &[
    (
        b"\x1F\x8B",
        "What is in it is compressed once more with gzip: unpack it first (gunzip)",
    ),
    (
        b"\x28\xB5\x2F\xFD",
        "What is in it is compressed once more with zstd: unpack it first (unzstd)",
    ),
    (
        b"PK\x03\x04",
        "It is a zip archive within another file: unpack it first (unzip)",
    ),
    (
        b"7z\xBC\xAF\x27\x1C",
        "It is a 7z archive: unpack it first, or make it a zip or tar archive",
    ),
    (
        b"Rar!\x1A\x07",
        "It is a RAR archive: unpack it first, or make it a zip or tar archive",
    ),
    (
        b"BZh",
        "It is compressed with bzip2: unpack it first (bunzip2)",
    ),
    (
        b"\xFD7zXZ",
        "It is compressed with xz: unpack it first (unxz)",
    ),
    (
        b"PAR1",
        "It is a Parquet file, perhaps a Tempo block: export single traces as OTLP JSON instead",
    ),
    (
        b"SQLite format 3",
        "It is a SQLite database: open a store with --store",
    ),
    (b"%PDF", "It is a PDF"),
    (b"\x89PNG", "It is a picture"),
    (b"\xFF\xFE", "It is text in UTF-16: save it as UTF-8"),
    (b"\xFE\xFF", "It is text in UTF-16: save it as UTF-8"),
];

/// What may stand in a text, and what that tells. The first that is found counts.
static MARKS: &[(&str, &str)] = &[
    (
        "<!doctype html",
        "It is an HTML page, perhaps a login page instead of the export: download the export itself",
    ),
    (
        "<html",
        "It is an HTML page, perhaps a login page instead of the export: download the export itself",
    ),
    ("<?xml", "It is XML"),
    (
        "\"spansets\"",
        "It is a list of search results from Tempo, not a trace: export the trace itself",
    ),
    (
        "\"rootservicename\"",
        "It is a list of search results from Tempo, not a trace: export the trace itself",
    ),
    (
        "\"processes\"",
        "It seems to be Jaeger JSON without any trace: export the trace itself",
    ),
    (
        "\"localendpoint\"",
        "It seems to be Zipkin JSON, but not a list of spans: export an array of spans",
    ),
    (
        "\"binaryannotations\"",
        "It seems to be Zipkin v1 JSON, which is not supported yet: export OTLP JSON",
    ),
    (
        "\"traceevents\"",
        "It seems to be a Chrome trace, which is not supported yet: export OTLP JSON",
    ),
    (
        "\"document\":\"{",
        "It seems to be an AWS X-Ray export, which is not supported yet: export OTLP JSON",
    ),
    (
        "\"parent_id\"",
        "It seems to be the output of an OpenTelemetry console exporter, which is not supported yet: use the OTLP exporter",
    ),
];

/// What to say of an archive that is a member of one.
pub const NESTED_ARCHIVE: &str = "It is an archive within an archive: unpack it first.";

/// What to say of an archive without anything to read.
pub fn empty_archive(left_out: u64) -> String {
    match left_out {
        0 => "The archive has no members.".to_owned(),
        _ => format!(
            "The archive has no files to read: {} left out, which are empty, hidden, folders or links.",
            counted(left_out, "member")
        ),
    }
}

/// Why a file could not be opened or read.
pub fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "There is no such file.".to_owned(),
        io::ErrorKind::PermissionDenied => "It may not be read: check its permissions.".to_owned(),
        io::ErrorKind::IsADirectory => "It is a folder, which is not read as a file.".to_owned(),
        _ => format!("It could not be read: {error}."),
    }
}

/// What a file that no format knows seems to be.
pub fn unknown(prefix: &[u8]) -> String {
    format!("{}. {READS}.", guess(prefix))
}

fn guess(prefix: &[u8]) -> &'static str {
    let text = prefix.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(prefix);
    let text = text.trim_ascii();
    if prefix.is_empty() {
        return "The file is empty";
    }
    if text.is_empty() {
        return "The file has nothing but white space";
    }
    if let Some((_, what)) = BEGINNINGS
        .iter()
        .find(|(start, _)| prefix.starts_with(start))
    {
        return what;
    }
    if is_protobuf(prefix) {
        return "It seems to be protobuf, but without spans, log records or metrics of OTLP";
    }
    if is_binary(text) {
        return "It is binary data of an unknown kind: export OTLP JSON";
    }
    let lower = String::from_utf8_lossy(text).to_ascii_lowercase();
    if let Some((_, what)) = MARKS.iter().find(|(mark, _)| lower.contains(mark)) {
        return what;
    }
    match text {
        b"{}" | b"[]" => "It is JSON without content",
        _ if matches!(text.first(), Some(b'{' | b'[')) => {
            "It is JSON, but of no kind that has traces or logs in a known form: export OTLP JSON"
        }
        _ => "It is text of an unknown kind: export OTLP JSON",
    }
}

/// A length in four bytes (or nothing), then a list of messages.
fn is_protobuf(prefix: &[u8]) -> bool {
    let framed = prefix.first() == Some(&0) && matches!(prefix.get(4), Some(0x0A | 0x28));
    framed || (prefix.first() == Some(&0x0A) && is_binary(prefix))
}

/// Text has no zero bytes and few control characters.
pub fn is_binary(bytes: &[u8]) -> bool {
    let odd = |byte: &&u8| **byte < b' ' && !matches!(**byte, b'\n' | b'\r' | b'\t' | 0x1B);
    let odd = bytes.iter().filter(odd).count();
    bytes.contains(&0)
        || odd * 20 > bytes.len()
        || std::str::from_utf8(bytes).is_err_and(|error| {
            error.error_len().is_some() && error.valid_up_to() < bytes.len() / 2
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_it_seems_to_be() {
        for (bytes, word) in [
            (&b""[..], "empty"),
            (b" \n ", "white space"),
            (b"{}", "without content"),
            (b"\x1F\x8B\x08\0\0", "gzip"),
            (b"PK\x03\x04xyz", "zip"),
            (b"\0\0\x01\x02\x0A\x80", "protobuf"),
            (b"<!DOCTYPE html><html>", "HTML"),
            (b"\0\x01\x02\x80\x81", "binary"),
            (
                b"{\"data\":[{\"traceID\":\"1\",\"processes\":{}}]}",
                "Jaeger",
            ),
            (b"{\"a\":1}", "JSON"),
            (b"hello there", "text"),
        ] {
            let said = unknown(bytes);
            assert!(said.contains(word), "{word}: {said}");
            assert!(said.ends_with('.'));
        }
    }
}
