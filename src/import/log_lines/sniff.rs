//! Whether a file is one of log lines, told by its first lines.
//!
//! Every JSON format that is not one of logs has to be kept out: what has the names of spans, events or envelopes is theirs,
//! even if it has a time.

use super::keys::{self, Role};
use super::lines::{goes_on, is_object, lead};
use super::logfmt::{self, Pair};
use super::wrapping;
use crate::import::json::Reader;

/// How many lines are looked at.
const LINES: usize = 50;

/// Names at the top of an object that other formats have. With a level and a message it is a log record all the same.
const OTHERS: &[&str] = &[
    "resourceSpans",
    "resourceLogs",
    "resourceMetrics",
    "resource_spans",
    "resource_logs",
    "resource_metrics",
    "batches",
    "spans",
    "spanSets",
    "processes",
    "operationName",
    "traceEvents",
    "ph",
    "localEndpoint",
    "remoteEndpoint",
    "binaryAnnotations",
    "parent_id",
    "parentId",
    "end_time",
    "parentSpanId",
    "parent_span_id",
    "start_timestamp",
    "startTimeUnixNano",
    "stopTimestamp",
    "logRecords",
    "contexts",
    "sent_at",
    "dsn",
];

/// What one line tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// An object with a time or a level.
    Object,
    /// An object with nothing but a message.
    Message,
    /// Pairs with a time, level or message.
    Pairs,
    /// A line of a container runtime.
    Wrapped,
    /// Anything else.
    Text,
    /// What another format has.
    Other,
}

/// Whether a file that begins so has a JSON object a line.
pub fn ndjson(prefix: &[u8]) -> bool {
    let lines = look(prefix);
    let count = |kind| lines.iter().filter(|line| **line == kind).count();
    let objects = count(Line::Object) + count(Line::Wrapped);
    let records = objects + count(Line::Message);
    let told = objects > 0 || records > 1;
    // Programs print much that is not JSON, but a text that quotes an object is no log.
    let enough = records * 4 >= lines.len() && records >= count(Line::Pairs);
    told && enough && count(Line::Other) == 0
}

/// Whether a file that begins so has pairs a line.
pub fn logfmt(prefix: &[u8]) -> bool {
    let lines = look(prefix);
    let pairs = lines.iter().filter(|line| **line == Line::Pairs).count();
    pairs > 0 && pairs * 2 > lines.len() && !lines.contains(&Line::Other)
}

/// Whether a text is an array of objects or arrays. Its lines are no records, even where one is an object with a time.
fn is_array(text: &str) -> bool {
    let inside = text.trim_start().strip_prefix('[');
    inside.is_some_and(|inside| inside.trim_start().starts_with(['{', '[']))
}

/// What the first lines tell; lines that go on with the one before do not count.
fn look(prefix: &[u8]) -> Vec<Line> {
    let text = String::from_utf8_lossy(prefix);
    let text = text.trim_start_matches('\u{FEFF}');
    if text.contains('\0') || is_array(text) {
        return Vec::new();
    }
    let complete = text.rfind('\n').map_or(0, |at| at + 1);
    let mut lines = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let is_cut = at >= complete;
        at += line.len();
        let line = line.get(lead(line)..).unwrap_or_default().trim_end();
        if !line.is_empty() && !goes_on(line) && (!is_cut || lines.is_empty() || is_object(line)) {
            lines.push(judge(line));
        }
        if lines.len() >= LINES {
            break;
        }
    }
    lines
}

fn judge(line: &str) -> Line {
    match wrapping::unwrap(line) {
        Some(_) => Line::Wrapped,
        None if line.trim_start().starts_with('{') => object(line),
        None if pairs(line) => Line::Pairs,
        None => Line::Text,
    }
}

/// Judges an object by its members' names; one that is cut, by those that are there.
fn object(line: &str) -> Line {
    let mut json = Reader::new(line, 0..line.len());
    let Ok(mut members) = json.begin_object() else {
        return Line::Text;
    };
    let (mut has_time, mut has_level, mut has_message) = (false, false, false);
    let mut foreign = false;
    let (mut event, mut zipkin) = (0, 0);
    while let Ok(Some(name)) = json.next_member(&mut members) {
        let name = json.raw_text(name);
        foreign |= OTHERS.contains(&name);
        event += usize::from(matches!(
            name,
            "event_id" | "exception" | "logentry" | "platform" | "sdk" | "breadcrumbs"
        ));
        zipkin += usize::from(matches!(name, "traceId" | "id" | "duration" | "kind"));
        // Elastic and some others nest the level: `{"log": {"level": …}}`.
        let nests_level = name == "log" && matches!(json.peek(), Ok(b'{'));
        match keys::role(name) {
            _ if nests_level => has_level = true,
            Some((Role::Time, _)) => has_time = true,
            Some((Role::Level(_), _)) => has_level = true,
            Some((Role::Message, _)) => has_message = true,
            _ => {}
        }
        if json.skip().is_err() {
            break;
        }
    }
    match (has_time || has_level, has_message) {
        _ if foreign && !(has_level && has_message) => Line::Other,
        _ if event > 2 || (zipkin > 2 && !has_message) => Line::Other,
        (true, _) => Line::Object,
        (false, true) => Line::Message,
        _ => Line::Text,
    }
}

fn pairs(line: &str) -> bool {
    let tells = |pair: Option<Pair>| {
        let role = pair.and_then(|pair| keys::role(pair.key));
        matches!(role, Some((Role::Time | Role::Level(_) | Role::Message, _)))
    };
    logfmt::is_line(line) && logfmt::pairs(line).any(tells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_recognised() {
        for yes in [
            r#"{"level":30,"time":1,"msg":"a"}"#,
            "\u{FEFF}starting up\n{\"ts\":1}\n",
            "{\"message\":\"a\"}\n{\"message\":\"b\"}\n",
            "2026-11-21T06:46:22Z stdout F plain text\n",
            "{\"log\":\"a\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-21T06:46:22Z\"}\n",
            "{\"log\":{\"level\":\"info\"},\"a\":1}\n  at f\n  at g\n",
            "{\"time\":1,\"msg\":\"cut in the mid",
            r#"{"level":"info","msg":"a","spans":3,"items":1}"#,
            r#"{"start_time":"2026-11-21T06:46:22Z","method":"GET","duration":3}"#,
        ] {
            assert!(ndjson(yes.as_bytes()), "{yes}");
            assert!(!logfmt(yes.as_bytes()), "{yes}");
        }
        let pairs = b"level=info msg=\"a b\"\nlevel=warn msg=c\n";
        assert!(logfmt(pairs) && !ndjson(pairs));
    }

    #[test]
    fn other_formats_are_not_logs() {
        for no in [
            "",
            "{}",
            "hello there",
            r#"{"a":1}"#,
            r#"{"message":"Not Found"}"#,
            r#"{"data":[{"traceID":"a","spans":[]}]}"#,
            r#"{"traceId":"a","id":"b","timestamp":1,"duration":2,"name":"c"}"#,
            r#"{"timestamp":1,"event_id":"a","platform":"b","exception":{}}"#,
            r#"{"resourceLogs":[],"time":1}"#,
            "[{\"traceId\":\"a\"}]",
            "[\n  [\n    {\n      \"annotations\": [\n{\"timestamp\": 1, \"value\": \"cs\"}\n",
            "{\n  \"time\": 1,\n  \"msg\": \"a\"\n}",
            "{\"sent_at\":\"a\",\"time\":1}\n{\"type\":\"log\"}",
        ] {
            assert!(!ndjson(no.as_bytes()), "{no}");
            assert!(!logfmt(no.as_bytes()), "{no}");
        }
    }
}
