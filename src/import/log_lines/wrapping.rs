//! What others put around a line: Docker's `json-file`, the prefix of Kubernetes' runtimes (CRI), of `kubectl logs`, of
//! `docker compose logs`, and a time alone, as `kubectl logs --timestamps`, CloudWatch and Grafana save lines.

use super::{logfmt, moment};
use crate::import::json::{Reader, unescape};
use std::ops::Range;

/// A line out of its wrapping.
#[derive(Debug, PartialEq, Eq)]
pub struct Unwrapped {
    /// What the program wrote.
    pub content: Content,
    /// When it was taken, as an offset range in the line.
    pub time: Option<Range<usize>>,
    /// Where it came from, as an offset range in the line, and what that is called.
    pub source: Option<Source>,
    /// What else the runtime says, an object, as an offset range in the line.
    pub attrs: Option<Range<usize>>,
    /// Whether the runtime cut the line and it goes on in the next one.
    pub is_part: bool,
}

/// The name of an attribute, and its value's offset range.
pub type Source = (&'static str, Range<usize>);

const STREAM: &str = "stream";

/// What the program wrote, where it stands in the line as such or not.
#[derive(Clone, Debug, PartialEq, Eq)]
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
        b'0'..=b'9' => cri(line).or_else(|| timed(line)).or_else(|| compose(line)),
        b'[' => kubectl(line),
        _ => compose(line),
    }
}

/// `{"log":"…\n","stream":"stdout","time":"…"}`, perhaps with `attrs`, and nothing else in it.
fn docker(line: &str) -> Option<Unwrapped> {
    if !line.starts_with("{\"log\":") {
        return None;
    }
    let mut json = Reader::new(line, 0..line.len());
    let (mut log, mut stream, mut time, mut attrs) = (None, None, None, None);
    let mut members = json.begin_object().ok()?;
    while let Some(name) = json.next_member(&mut members).ok()? {
        let place = match json.raw(name) {
            b"log" => &mut log,
            b"stream" => &mut stream,
            b"time" => &mut time,
            b"attrs" if json.peek().ok()? == b'{' => {
                attrs = Some(json.skip_range().ok()?.0);
                continue;
            }
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
        time: Some(time.start..time.end),
        source: Some((STREAM, stream.start..stream.end)),
        attrs,
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
        time: Some(0..time),
        source: Some((STREAM, time + 1..stream)),
        attrs: None,
        is_part: tag == "P",
    })
}

/// A time, white space, and then an object or pairs. Other text begins with its time itself.
fn timed(line: &str) -> Option<Unwrapped> {
    let end = line.find([' ', '\t']).filter(|end| *end >= 19)?;
    let rest = line.get(end..)?.trim_start();
    let structured = rest.starts_with('{') || logfmt::is_line(rest);
    if !structured || moment::of_text(&line[..end]).is_none() {
        return None;
    }
    Some(Unwrapped {
        time: Some(0..end),
        ..bare(line.len() - rest.len()..line.len())
    })
}

/// `web-1  | text`: a service and the number of its container.
fn compose(line: &str) -> Option<Unwrapped> {
    let end = line.find(" | ")?;
    let name = line[..end].trim_end();
    let (service, number) = name.rsplit_once(['-', '_'])?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let named = !service.is_empty()
        && service.bytes().all(is_name)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit());
    named.then(|| Unwrapped {
        source: Some(("container", 0..name.len())),
        ..bare(end + 3..line.len())
    })
}

/// `[pod/web-1/app] text`, perhaps with a time before the text.
fn kubectl(line: &str) -> Option<Unwrapped> {
    let end = line.find("] ").filter(|_| line.starts_with("[pod/"))?;
    let source = Some(("pod", 5..end));
    let start = end + 2;
    let inner = line.get(start..).and_then(timed);
    let moved = |range: Range<usize>| start + range.start..start + range.end;
    let unwrapped = match inner {
        Some(Unwrapped {
            content: Content::Within(content),
            time,
            ..
        }) => Unwrapped {
            time: time.map(moved),
            ..bare(moved(content))
        },
        _ => bare(start..line.len()),
    };
    Some(Unwrapped {
        source,
        ..unwrapped
    })
}

fn bare(content: Range<usize>) -> Unwrapped {
    Unwrapped {
        content: Content::Within(content),
        time: None,
        source: None,
        attrs: None,
        is_part: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrappings_are_known() {
        let line = "2026-11-21T06:46:22.7Z stdout F {\"a\":1}";
        let found = unwrap(line).expect("a prefix");
        assert_eq!(found.content, Content::Within(32..39));
        let source = |found: Unwrapped| found.source.map(|(_, range)| range);
        assert_eq!(found.time, Some(0..22));
        assert_eq!(source(found).map(|range| &line[range]), Some("stdout"));
        let line = r#"{"log":"say \"a\"\n","stream":"stderr","time":"2026-11-21T06:46:22Z"}"#;
        let found = unwrap(line).expect("a wrapping");
        assert_eq!(found.content, Content::Apart("say \"a\"".to_owned()));
        assert!(!found.is_part);
        assert_eq!(source(found).map(|range| &line[range]), Some("stderr"));
        for (line, content, name) in [
            ("2026-11-21T06:46:22.719Z {\"a\":1}", "{\"a\":1}", None),
            (
                "2026-11-21T06:46:22Z\tlevel=info msg=b",
                "level=info msg=b",
                None,
            ),
            ("web-1  | {\"a\":1}", "{\"a\":1}", Some("web-1")),
            ("[pod/web-1/app] ready", "ready", Some("web-1/app")),
            (
                "[pod/web-1/app] 2026-11-21T06:46:22Z {}",
                "{}",
                Some("web-1/app"),
            ),
        ] {
            let found = unwrap(line).unwrap_or_else(|| panic!("{line}"));
            let Content::Within(range) = found.content.clone() else {
                panic!("{line}");
            };
            assert_eq!(&line[range], content);
            assert_eq!(source(found).map(|range| &line[range]), name, "{line}");
        }
        assert!(unwrap("2026-11-21T06:46:22Z stdout P half").is_some_and(|found| found.is_part));
        assert!(unwrap("2026-11-21T06:46:22Z stdout F").is_some());
        for no in [
            "",
            "2026-11-21 stdout F x",
            "2026-11-21T06:46:22Z INFO x",
            "a | b",
            "x-y | z",
            "[main] x",
            r#"{"log":"x","stream":"stdout","time":"t","pod":"p"}"#,
        ] {
            assert_eq!(unwrap(no), None, "{no}");
        }
    }
}
