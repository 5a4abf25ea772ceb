//! What container runtimes put around a line: Docker's `json-file` and the prefix of Kubernetes' runtimes (CRI).

use crate::import::json::{Reader, unescape};
use std::ops::Range;

/// A line out of its wrapping.
#[derive(Debug, PartialEq, Eq)]
pub struct Unwrapped {
    /// What the program wrote.
    pub content: Content,
    /// When the runtime took it, as an offset range in the line.
    pub time: Range<usize>,
    /// `stdout` or `stderr`, as an offset range in the line.
    pub stream: Range<usize>,
    /// Whether the runtime cut the line and it goes on in the next one.
    pub is_part: bool,
}

/// What the program wrote, where it stands in the line as such or not.
#[derive(Debug, PartialEq, Eq)]
pub enum Content {
    /// It stands there.
    Within(Range<usize>),
    /// It had to be unescaped.
    Apart(String),
}

/// Takes a line out of its wrapping; `None` when it has none.
pub fn unwrap(line: &str) -> Option<Unwrapped> {
    match line.as_bytes().first()? {
        b'{' => docker(line),
        b'0'..=b'9' => cri(line),
        _ => None,
    }
}

/// `{"log":"…\n","stream":"stdout","time":"…"}`, and nothing else in it.
fn docker(line: &str) -> Option<Unwrapped> {
    if !line.starts_with("{\"log\":") {
        return None;
    }
    let mut json = Reader::new(line, 0..line.len());
    let (mut log, mut stream, mut time) = (None, None, None);
    let mut members = json.begin_object().ok()?;
    while let Some(name) = json.next_member(&mut members).ok()? {
        let place = match json.raw(name) {
            b"log" => &mut log,
            b"stream" => &mut stream,
            b"time" => &mut time,
            _ => return None,
        };
        *place = Some(json.string().ok()?);
    }
    let (log, stream, time) = (log?, stream?, time?);
    if !json.at_end() {
        return None;
    }
    let mut content = String::with_capacity(log.end - log.start);
    unescape(json.raw_text(log), &mut content);
    let is_part = !content.ends_with('\n');
    content.truncate(content.trim_end().len());
    Some(Unwrapped {
        content: Content::Apart(content),
        time: time.start..time.end,
        stream: stream.start..stream.end,
        is_part,
    })
}

/// `2026-11-21T06:46:22.719579123Z stdout F text`.
fn cri(line: &str) -> Option<Unwrapped> {
    let time = line.find(' ')?;
    let stream = time + 1 + line.get(time + 1..)?.find(' ')?;
    let tag = line.get(stream + 1..stream + 2)?;
    let rest = line.get(stream + 2..)?;
    let is_stream = matches!(line.get(time + 1..stream)?, "stdout" | "stderr");
    let is_time = line.get(..time)?.contains('T');
    if !is_stream
        || !is_time
        || !matches!(tag, "F" | "P")
        || !matches!(rest.get(..1), None | Some(" "))
    {
        return None;
    }
    let start = (stream + 3).min(line.len());
    Some(Unwrapped {
        content: Content::Within(start..line.len()),
        time: 0..time,
        stream: time + 1..stream,
        is_part: tag == "P",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrappings_are_known() {
        let line = "2026-11-21T06:46:22.7Z stdout F {\"a\":1}";
        let found = unwrap(line).expect("a prefix");
        assert_eq!(found.content, Content::Within(32..39));
        assert_eq!(
            (&line[found.time], &line[found.stream]),
            ("2026-11-21T06:46:22.7Z", "stdout")
        );
        let line = r#"{"log":"say \"a\"\n","stream":"stderr","time":"2026-11-21T06:46:22Z"}"#;
        let found = unwrap(line).expect("a wrapping");
        assert_eq!(found.content, Content::Apart("say \"a\"".to_owned()));
        assert_eq!((&line[found.stream], found.is_part), ("stderr", false));
        assert!(unwrap("2026-11-21T06:46:22Z stdout P half").is_some_and(|found| found.is_part));
        assert!(unwrap("2026-11-21T06:46:22Z stdout F").is_some());
        for no in [
            "",
            "2026-11-21 stdout F x",
            "2026-11-21T06:46:22Z INFO x",
            r#"{"log":"x","stream":"stdout","time":"t","pod":"p"}"#,
        ] {
            assert_eq!(unwrap(no), None, "{no}");
        }
    }
}
