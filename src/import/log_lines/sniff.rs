//! Whether a file is one of log lines, told by its first lines.
//!
//! Every JSON format that is not one of logs has to be kept out: what has the names of spans, events or envelopes is theirs,
//! even if it has a time.

use super::begin;
use super::documents;
use super::keys::{self, Role, Scale};
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
    // Spans of New Relic, Honeycomb, OpenSearch, Langfuse and LangSmith; requests of browsers.
    "attributes.duration.ms",
    "trace.parent_id",
    "data.trace.parent_id",
    "durationInNanos",
    "observations",
    "dotted_order",
    "log.entries",
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

/// Whether a file that begins so has records in an array, over several lines, or in a service's answer. Unlike a line, a document
/// needs a message as well: too many have a time.
pub fn documents(prefix: &[u8]) -> bool {
    let text = String::from_utf8_lossy(prefix);
    let text = text.trim_start_matches(['\u{FEFF}', '\0']).trim_start();
    let is_line = text.lines().next().is_some_and(is_object);
    let first = documents::first(text);
    first.is_some_and(|first| {
        // A line is none, whatever a record in it has.
        let begins =
            |record: &&str| text.trim_start_matches(char::is_control).len() == record.len();
        let mut records = first
            .records
            .iter()
            .filter(|record| !(is_line && begins(record)));
        first.is_answer || records.any(|record| is_record(record))
    })
}

/// Whether a text begins with an object that has a message, and a time or level.
pub fn is_record(text: &str) -> bool {
    told(text).is_some_and(Told::is_whole)
}

/// Whether a file that begins so has lines that begin with a time or a level.
pub fn text(prefix: &[u8]) -> bool {
    let text = String::from_utf8_lossy(prefix);
    let text = text.trim_start_matches(['\u{FEFF}', '\0']);
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let lines: Vec<_> = lines.take(LINES).collect();
    // JSON over several lines, with other output in between, is another format's.
    if lines
        .iter()
        .any(|line| matches!(line.trim_end(), "{" | "["))
    {
        return false;
    }
    let begins = lines.into_iter().filter(|line| !goes_on(line));
    let dated: Vec<_> = begins.map(begin::is_dated).collect();
    // Below a record may stand what begins as nothing in particular: the first line of an exception, a title.
    let count = dated.iter().filter(|is_dated| **is_dated).count();
    count > 0 && count * 3 >= dated.len()
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
    if is_array(text) {
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
            lines.push(judge(line, is_cut));
        }
        if lines.len() >= LINES {
            break;
        }
    }
    lines
}

/// Judges a line. One that is not cut and no whole object is part of one over several lines, or nothing.
fn judge(line: &str, is_cut: bool) -> Line {
    match wrapping::unwrap(line) {
        Some(_) => Line::Wrapped,
        None if line.starts_with('{') && !is_cut && !is_object(line) => match object(line) {
            Line::Other => Line::Other,
            _ => Line::Text,
        },
        None if line.trim_start().starts_with('{') => object(line),
        None if pairs(line) => Line::Pairs,
        None => Line::Text,
    }
}

/// Judges an object by its members' names; one that is cut, by those that are there.
fn object(line: &str) -> Line {
    let Some(told) = told(line) else {
        return Line::Text;
    };
    match (told.has_time || told.has_level, told.has_message) {
        _ if told.is_other() => Line::Other,
        (true, _) => Line::Object,
        (false, true) => Line::Message,
        _ => Line::Text,
    }
}

/// What the names of an object's members tell.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    has_time: bool,
    has_level: bool,
    has_message: bool,
    /// Whether it has a name of another format.
    foreign: bool,
    /// How many names of a Sentry event, and of a span of Zipkin.
    event: usize,
    zipkin: usize,
}

impl Told {
    fn is_other(self) -> bool {
        self.foreign && !(self.has_level && self.has_message)
            || self.event > 2
            || (self.zipkin > 2 && !self.has_message)
    }

    fn is_whole(self) -> bool {
        (self.has_time || self.has_level) && self.has_message && !self.is_other()
    }
}

/// How many levels of objects are looked into: `{"_source": {"log": {"level": …}}}`.
const LEVELS: usize = 3;

fn told(text: &str) -> Option<Told> {
    let mut json = Reader::new(text, 0..text.len());
    let mut told = Told::default();
    let mut path = String::new();
    let mut open = vec![(json.begin_object().ok()?, 0)];
    while let Some((members, length)) = open.last_mut() {
        let name = match json.next_member(members) {
            Ok(Some(name)) => json.raw_text(name),
            Ok(None) => {
                open.pop();
                continue;
            }
            Err(_) => break,
        };
        path.truncate(*length);
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(name);
        let nests = matches!(json.peek(), Ok(b'{'));
        told.foreign |= OTHERS.contains(&path.as_str());
        if open.len() == 1 {
            let of_event = [
                "event_id",
                "exception",
                "logentry",
                "platform",
                "sdk",
                "breadcrumbs",
            ];
            told.event += usize::from(of_event.contains(&name));
            told.zipkin += usize::from(["traceId", "id", "duration", "kind"].contains(&name));
        }
        match keys::role(&path) {
            _ if nests => {}
            // What is a level only beside others tells nothing.
            Some((Role::Level(Scale::Word | Scale::Datadog), _)) => {}
            Some((Role::Time, _)) => told.has_time = true,
            Some((Role::Level(_), _)) => told.has_level = true,
            Some((Role::Message | Role::Template, _)) => told.has_message = true,
            _ => {}
        }
        if nests && open.len() < LEVELS {
            let Ok(members) = json.begin_object() else {
                break;
            };
            open.push((members, path.len()));
        } else if json.skip().is_err() {
            break;
        }
    }
    Some(told)
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
    fn documents_and_text_are_recognised() {
        let record = r#"{"time":"2026-11-21T06:46:22Z","level":"info","message":"a"}"#;
        for yes in [
            format!("[{record}]"),
            format!("[\n{record},\n{record}\n]"),
            record.replace(',', ",\n"),
            format!(r#"{{"events":[{record}],"nextToken":"a"}}"#),
            format!(
                r#"{{"took":1,"hits":{{"total":1,"hits":[{{"_id":"1","_source":{record}}}]}}}}"#
            ),
            r#"{"data":{"resultType":"streams","result":[]}}"#.to_owned(),
        ] {
            assert!(documents(yes.as_bytes()), "{yes}");
        }
        for no in [
            "[]",
            "{}",
            "[1]",
            r#"[{"time":1795243582,"name":"a"}]"#,
            r#"{"message":"Not Found"}"#,
            r#"{"log":{"version":"1.2","entries":[{"startedDateTime":"2026","time":5}]}}"#,
        ] {
            assert!(!documents(no.as_bytes()), "{no}");
            assert!(!text(no.as_bytes()), "{no}");
        }
        for yes in [
            "2026-11-21 06:46:22,719 INFO a\n",
            "INFO:root:a\nWARNING:root:b\n",
            "2026-11-21 06:46:22 ERROR a\nTraceback (most recent call last):\n  File\nKeyError: 1\n",
        ] {
            assert!(text(yes.as_bytes()), "{yes}");
        }
        for no in [
            "# Title\n\nsome text\n",
            "import logging\nDEBUG = True\nNAME = 1\nTWO = 2\nTHREE = 3\n",
            "time,a,b\n2026-11-21 06:46:22,1,2\n",
            "A=1\nB=2\n",
        ] {
            assert!(!text(no.as_bytes()), "{no}");
        }
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
