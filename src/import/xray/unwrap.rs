//! Segment documents out of the strings they are wrapped in.

use crate::import::json::{RawStr, Reader, unescape};
use crate::import::stretch::Places;
use crate::model::report::Problems;
use memchr::memmem;

const NAME: &str = "\"Document\"";
const BROKEN: &str = "Segment left out: its document is not complete JSON";

/// Replaces every `"Document": "…"` by the document itself. Line breaks in it become spaces, so that lines stay the same.
pub fn documents(text: String, places: Places, problems: &mut Problems) -> (String, Places) {
    let mut out = String::new();
    let mut marks = Vec::new();
    let mut done = 0;
    for at in memmem::find_iter(text.as_bytes(), NAME) {
        let Some(string) = value(&text, at).filter(|_| at >= done) else {
            continue;
        };
        let (open, after) = (string.start - 1, string.end + 1);
        out.push_str(&text[done..open]);
        marks.push((out.len(), open));
        let start = out.len();
        unescape(&text[string.start..string.end], &mut out);
        if is_whole(&out, start) {
            replace_line_breaks(&mut out, start);
        } else {
            problems.skip(
                places.line(&text, open),
                places.byte(open),
                BROKEN,
                &out.as_bytes()[start..],
            );
            out.truncate(start);
            out.push_str("null");
        }
        marks.push((out.len(), after));
        done = after;
    }
    if marks.is_empty() {
        return (text, places);
    }
    out.push_str(&text[done..]);
    (out, places.replaced(&marks))
}

/// The string after a member's name, if that is what begins at `at`.
fn value(text: &str, at: usize) -> Option<RawStr> {
    if at > 0 && text.as_bytes().get(at - 1) == Some(&b'\\') {
        return None;
    }
    let mut json = Reader::new(text, at + NAME.len()..text.len());
    if json.peek().ok()? != b':' {
        return None;
    }
    json.go_to(json.at() + 1);
    json.string().ok()
}

/// Whether an object stands there and nothing else, as far as brackets tell.
fn is_whole(out: &str, start: usize) -> bool {
    let mut json = Reader::new(out, start..out.len());
    json.peek() == Ok(b'{') && json.skip().is_ok() && json.at_end()
}

fn replace_line_breaks(out: &mut String, start: usize) {
    if memchr::memchr(b'\n', &out.as_bytes()[start..]).is_some() {
        let flat = out[start..].replace('\n', " ");
        out.truncate(start);
        out.push_str(&flat);
    }
}
