//! Exceptions that a logging library wrote as JSON instead of text: structlog's list of them, and objects with a stack.

use super::in_app::is_in_app;
use super::stacktrace::{self, MOST_EXCEPTIONS, MOST_FRAMES};
use super::{Exception, StackFrame};
use serde_json::Value as Json;

/// The exceptions of a JSON text, the one that was raised last first; none where it tells of none. `None` if it is no JSON.
pub(super) fn exceptions(text: &str) -> Option<Vec<Exception>> {
    if !text.trim_start().starts_with(['[', '{']) {
        return None;
    }
    let told: Json = serde_json::from_str(text).ok()?;
    let all = match &told {
        Json::Array(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    let all = all.iter().take(MOST_EXCEPTIONS).flat_map(of_object);
    Some(all.collect())
}

/// What one object tells of: an exception, or with a printed stack, all of the stack's.
fn of_object(told: &Json) -> Vec<Exception> {
    let text = |names: &[&str]| {
        let texts = names.iter().filter_map(|name| told[*name].as_str());
        texts.map(str::to_owned).next().unwrap_or_default()
    };
    let kind = text(&["exc_type", "type", "name"]);
    let message = text(&["exc_value", "message", "value"]);
    let mut all = stacktrace::exceptions_in_text(&text(&["stack", "stacktrace"]));
    if all.is_empty() && !kind.is_empty() {
        all.push(Exception::default());
    }
    if let Some(first) = all.first_mut().filter(|_| !kind.is_empty()) {
        (first.kind, first.message) = (kind, message);
    }
    // The outermost call stands first.
    let frames = told["frames"].as_array().into_iter().flatten().rev();
    if let Some(first) = all.first_mut().filter(|first| first.frames.is_empty()) {
        first.frames = frames.take(MOST_FRAMES).map(frame).collect();
    }
    all
}

fn frame(frame: &Json) -> StackFrame {
    let text = |name: &str| frame[name].as_str().unwrap_or_default().to_owned();
    let file = text("filename");
    StackFrame {
        function: text("name"),
        line: frame["lineno"].as_u64(),
        in_app: is_in_app(&file, ""),
        code: text("line").trim().to_owned(),
        file,
        ..StackFrame::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_structlog_is_a_chain() {
        let text = r#"[
            {"exc_type": "PaymentError", "exc_value": "declined", "frames": [
                {"filename": "/srv/app/shop/views.py", "lineno": 3, "name": "pay", "locals": {"card": "'4242'"}},
                {"filename": "/srv/app/shop/cards.py", "lineno": 9, "name": "charge"}]},
            {"exc_type": "KeyError", "exc_value": "'id'", "is_cause": true, "frames": []}]"#;
        let chain = exceptions(text).expect("JSON");
        let told = |raised: &Exception| (raised.kind.clone(), raised.message.clone());
        let [raised, cause] = &chain[..] else {
            panic!("{chain:?}");
        };
        assert_eq!(told(raised), ("PaymentError".into(), "declined".into()));
        assert_eq!(told(cause), ("KeyError".into(), "'id'".into()));
        let calls = raised.frames.iter();
        let calls: Vec<_> = calls
            .map(|call| (&*call.function, call.line, call.in_app))
            .collect();
        assert_eq!(calls, [("charge", Some(9), true), ("pay", Some(3), true)]);
    }

    #[test]
    fn an_object_with_a_printed_stack_has_its_calls() {
        let text = r#"{"type":"TypeError","message":"no rate","stack":"TypeError: no rate\n    at rate (/srv/app/edge.js:75:9)"}"#;
        let chain = exceptions(text).expect("JSON");
        assert_eq!((chain.len(), &*chain[0].kind), (1, "TypeError"));
        assert_eq!(chain[0].frames[0].line, Some(75));
    }

    #[test]
    fn other_json_tells_of_none_and_text_is_no_json() {
        for text in ["[]", "{}", "[1]", r#"{"a":{"b":1}}"#, r#"[["x"]]"#] {
            assert_eq!(exceptions(text), Some(Vec::new()), "{text}");
        }
        for text in ["", "ValueError: [1]", "[not JSON", "{"] {
            assert_eq!(exceptions(text), None, "{text}");
        }
    }
}
