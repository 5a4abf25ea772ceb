//! Which failures are the same.
//!
//! What Sentry does, simplified: the types of the chain with the frames of the program's own code; where there are none, with
//! all frames; without frames the type and the message with numbers and ids masked; without an exception the template of the
//! message, else the masked message. A fingerprint that the program set comes instead; `{{ default }}` in it stands for
//! what would have been. Line numbers do not count, so that a group outlives an edit.

use super::{Exception, Failure};
use crate::analysis::digest::sha1_hex;
use crate::analysis::patterns::masked;
use std::borrow::Cow;

/// Between parts, so that parts of different lengths never read the same.
const BETWEEN: char = '\u{1f}';

/// The fingerprint of a failure.
pub fn fingerprint(failure: &Failure) -> String {
    let default = || parts(failure).join(&BETWEEN.to_string());
    let whole = match failure.fingerprint.as_slice() {
        [] => default(),
        own => {
            let part = |part: &String| match part.as_str() {
                "{{ default }}" | "{{default}}" => default(),
                own => own.to_owned(),
            };
            own.iter()
                .map(part)
                .collect::<Vec<_>>()
                .join(&BETWEEN.to_string())
        }
    };
    format!("1-error-{}", sha1_hex(&whole))
}

fn parts(failure: &Failure) -> Vec<String> {
    if failure.exceptions.is_empty() {
        let text = match failure.template.is_empty() {
            true => masked(&failure.message),
            false => failure.template.clone(),
        };
        return vec!["message".to_owned(), text];
    }
    let has_frames = failure
        .exceptions
        .iter()
        .any(|raised| !raised.frames.is_empty());
    failure
        .exceptions
        .iter()
        .flat_map(|raised| raised_parts(raised, has_frames))
        .collect()
}

fn raised_parts(raised: &Exception, has_frames: bool) -> Vec<String> {
    let mut parts = vec![raised.kind.clone()];
    if !has_frames || raised.kind.is_empty() {
        parts.push(masked(&raised.message));
    }
    let has_own = raised.frames.iter().any(|frame| frame.in_app);
    let counted = raised
        .frames
        .iter()
        .filter(|frame| frame.in_app || !has_own);
    for frame in counted {
        let place = if frame.module.is_empty() {
            file_name(&frame.file)
        } else {
            &frame.module
        };
        let part = format!("{}{BETWEEN}{}", without_hashes(place), frame.function);
        // Recursion of another depth is the same failure.
        if parts.last() != Some(&part) {
            parts.push(part);
        }
    }
    parts
}

/// The last two parts of a path: where a program is installed does not count.
fn file_name(path: &str) -> &str {
    let mut slashes = path.rmatch_indices(['/', '\\']).skip(1);
    slashes.next().map_or(path, |(at, _)| &path[at + 1..])
}

/// Bundled files carry a hash of their content in their name.
fn without_hashes(place: &str) -> Cow<'_, str> {
    let is_hash = |part: &str| part.len() >= 8 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    match place.split(['.', '-']).any(is_hash) {
        false => place.into(),
        true => {
            let kept = place.split(['.', '-']).filter(|part| !is_hash(part));
            kept.collect::<Vec<_>>().join(".").into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::errors::StackFrame;

    fn frame(function: &str, file: &str, line: u64, in_app: bool) -> StackFrame {
        StackFrame {
            function: function.to_owned(),
            file: file.to_owned(),
            line: Some(line),
            in_app,
            ..StackFrame::default()
        }
    }

    fn raised(kind: &str, message: &str, frames: &[StackFrame]) -> Failure {
        Failure {
            exceptions: vec![Exception {
                kind: kind.to_owned(),
                message: message.to_owned(),
                frames: frames.to_vec(),
            }],
            ..Failure::default()
        }
    }

    fn logged(message: &str, template: &str) -> Failure {
        Failure {
            message: message.to_owned(),
            template: template.to_owned(),
            ..Failure::default()
        }
    }

    #[test]
    fn same_and_different() {
        let send = |line| frame("send", "/srv/shop/tasks.py", line, true);
        let library = |name: &str| frame(name, "/lib/site-packages/celery.py", 5, false);
        let own = |parts: &[&str], failure: Failure| Failure {
            fingerprint: parts.iter().map(|part| (*part).to_owned()).collect(),
            ..failure
        };
        let chained = |cause: &str| {
            let mut failure = raised("Mismatch", "", &[send(1)]);
            failure.exceptions.extend(raised(cause, "", &[]).exceptions);
            failure
        };
        let with_frame = |message: &str| raised("ValueError", message, &[send(21)]);
        let cases = [
            (
                with_frame("user 1"),
                with_frame("nobody at all"),
                true,
                "frames win over messages",
            ),
            (
                raised("A", "", &[send(21)]),
                raised("A", "", &[send(30)]),
                true,
                "lines do not count",
            ),
            (
                raised("A", "", &[send(1)]),
                raised("B", "", &[send(1)]),
                false,
                "types count",
            ),
            (
                raised("A", "", &[send(1), library("x")]),
                raised("A", "", &[send(1), library("y")]),
                true,
                "libraries do not count",
            ),
            (
                raised("A", "", &[library("x")]),
                raised("A", "", &[library("y")]),
                false,
                "unless there is nothing else",
            ),
            (
                raised("A", "", &[frame("f", "/a/shop/x.py", 1, true)]),
                raised("A", "", &[frame("f", "/b/shop/x.py", 1, true)]),
                true,
                "where it is installed does not count",
            ),
            (
                raised("A", "", &[frame("f", "/s/index-4f3a9c21.js", 1, true)]),
                raised("A", "", &[frame("f", "/s/index-99aa8b7c.js", 1, true)]),
                true,
                "nor the hash of a bundle",
            ),
            (
                raised("A", "", &[send(1), send(2), send(3)]),
                raised("A", "", &[send(1), send(2)]),
                true,
                "nor the depth of a recursion",
            ),
            (
                raised("A", "user 1 is gone", &[]),
                raised("A", "user 27 is gone", &[]),
                true,
                "numbers are masked",
            ),
            (
                raised("A", "<Cart at 0x7f3a9cbd> is gone", &[]),
                raised("A", "<Cart at 0xdeadbeef> is gone", &[]),
                true,
                "addresses are masked",
            ),
            (
                raised("A", "user 1 is gone", &[]),
                raised("A", "user 1 is here", &[]),
                false,
                "words count",
            ),
            (
                chained("KeyError"),
                chained("IndexError"),
                false,
                "causes count",
            ),
            (
                logged("a 1", ""),
                logged("a 2", ""),
                true,
                "numbers of messages are masked",
            ),
            (
                logged("a b", "x {}"),
                logged("c d", "x {}"),
                true,
                "templates win over messages",
            ),
            (
                own(&["pay"], with_frame("")),
                own(&["pay"], logged("x", "")),
                true,
                "the program's own wins",
            ),
            (
                own(&["{{ default }}", "a"], with_frame("")),
                own(&["{{ default }}", "b"], with_frame("")),
                false,
                "the default is refined",
            ),
            (
                own(&["{{ default }}"], with_frame("")),
                with_frame(""),
                true,
                "the default is what would have been",
            ),
        ];
        for (left, right, same, what) in cases {
            assert_eq!(fingerprint(&left) == fingerprint(&right), same, "{what}");
        }
    }
}
