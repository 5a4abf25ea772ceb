//! A JSON text as lines of a tree, each of which may hold others: what is shown of it while parts are folded away.
//!
//! A list of lines instead of nested values: folding skips a stretch of it, and depth costs no stack.

use serde_json::Value as Json;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How many lines hold it.
    pub depth: u32,
    /// Its name in an object, its number in an array; empty for the whole.
    pub key: String,
    /// Its value; of an object or array how many it holds: `{3}`, `[2]`.
    pub value: String,
    /// Behind the last line it holds; the next line where it holds none.
    pub end: usize,
    /// Whether it is an object or an array with something in it.
    pub holds: bool,
}

/// What is still to be done for a list of lines.
enum Step<'a> {
    /// A value is listed, with its depth and name.
    Open(u32, String, &'a Json),
    /// All that a line holds is listed.
    Close(usize),
}

/// The lines of an object or array; `None` for any other text, also one nested deeper than 127 levels.
pub fn lines(text: &str) -> Option<Vec<Line>> {
    let start = text.trim_start();
    if !start.starts_with(['{', '[']) {
        return None;
    }
    let root: Json = serde_json::from_str(text).ok()?;
    let mut lines: Vec<Line> = Vec::new();
    let mut steps = vec![Step::Open(0, String::new(), &root)];
    while let Some(step) = steps.pop() {
        let (depth, key, value) = match step {
            Step::Close(line) => {
                let end = lines.len();
                if let Some(line) = lines.get_mut(line) {
                    line.end = end;
                }
                continue;
            }
            Step::Open(depth, key, value) => (depth, key, value),
        };
        let (shown, holds) = match value {
            Json::Object(fields) => (format!("{{{}}}", fields.len()), !fields.is_empty()),
            Json::Array(items) => (format!("[{}]", items.len()), !items.is_empty()),
            other => (other.to_string(), false),
        };
        let line = lines.len();
        lines.push(Line {
            depth,
            key,
            value: shown,
            end: line + 1,
            holds,
        });
        steps.push(Step::Close(line));
        match value {
            Json::Object(fields) => steps.extend(
                (fields.iter().rev()).map(|(key, value)| Step::Open(depth + 1, key.clone(), value)),
            ),
            Json::Array(items) => steps.extend(
                (items.iter().enumerate().rev())
                    .map(|(at, value)| Step::Open(depth + 1, at.to_string(), value)),
            ),
            _ => {}
        }
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_knows_what_it_holds() {
        let lines = lines(r#"{"a": [1, {"b": "x"}], "c": null, "d": []}"#).unwrap_or_default();
        let seen: Vec<_> = lines
            .iter()
            .map(|line| (line.depth, &*line.key, &*line.value, line.end))
            .collect();
        assert_eq!(
            seen,
            [
                (0, "", "{3}", 7),
                (1, "a", "[2]", 5),
                (2, "0", "1", 3),
                (2, "1", "{1}", 5),
                (3, "b", "\"x\"", 5),
                (1, "c", "null", 6),
                (1, "d", "[0]", 7),
            ]
        );
        assert!(lines[1].holds && !lines[6].holds);
    }

    #[test]
    fn what_is_no_object_or_array_is_text() {
        for text in ["", "5", "\"x\"", "{", "[1] x", "[ERROR] failed"] {
            assert_eq!(lines(text), None, "{text}");
        }
        assert_eq!(lines(&"[".repeat(100_000)), None);
    }
}
