//! Reading a failure from the JSON that an error record keeps: an event of Sentry, an exception among a span's events as
//! OTLP writes them, or an error of Elastic APM.
//!
//! Members that are missing or of another type are passed over: whatever the document is, there is an answer.

use super::in_app::is_in_app;
use super::stacktrace::exceptions_in;
use super::{Breadcrumb, Exception, Failure, StackFrame};
use serde_json::Value as Json;
use std::sync::Arc;

/// Frames, breadcrumbs and exceptions read of a document.
const MOST: usize = 250;

/// Reads a document; type and message stand in for what it does not say.
pub fn read(document: &str, kind: &str, message: &str) -> Failure {
    let Ok(json) = serde_json::from_str::<Json>(document) else {
        return Failure::plain(kind, message);
    };
    let mut failure = match json.get("attributes").and_then(Json::as_array) {
        Some(attributes) => of_attributes(attributes),
        None => of_event(&json),
    };
    if failure.exceptions.is_empty() && failure.message.is_empty() {
        let plain = Failure::plain(kind, message);
        failure.exceptions = plain.exceptions;
        failure.message = plain.message;
    }
    if let Some(raised) = failure.exceptions.first_mut() {
        if raised.kind.is_empty() {
            kind.clone_into(&mut raised.kind);
        }
        if raised.message.is_empty() {
            message.clone_into(&mut raised.message);
        }
    }
    failure
}

/// `exception.type`, `exception.message` and `exception.stacktrace` of OTLP.
fn of_attributes(attributes: &[Json]) -> Failure {
    let find = |name: &str| {
        let found = attributes
            .iter()
            .find(|attribute| attribute["key"] == name)?;
        let value = &found["value"];
        value["stringValue"].as_str().or(value.as_str())
    };
    let text = |name| find(name).unwrap_or_default();
    let mut exceptions = exceptions_in(text("exception.stacktrace"));
    match exceptions.first_mut() {
        Some(raised) => {
            if !text("exception.type").is_empty() {
                text("exception.type").clone_into(&mut raised.kind);
            }
            if !text("exception.message").is_empty() {
                text("exception.message").clone_into(&mut raised.message);
            }
        }
        None => {
            exceptions =
                Failure::plain(text("exception.type"), text("exception.message")).exceptions
        }
    }
    Failure {
        exceptions,
        handled: find("exception.escaped").map(|escaped| !escaped.eq_ignore_ascii_case("true")),
        ..Failure::default()
    }
}

fn of_event(event: &Json) -> Failure {
    let mut failure = Failure::default();
    let raised = &event["exception"];
    let listed = raised["values"].as_array().or(raised.as_array());
    for exception in listed.into_iter().flatten().take(MOST) {
        failure.exceptions.push(exception_of(exception));
        if let Some(handled) = exception["mechanism"]["handled"]
            .as_bool()
            .or(exception["handled"].as_bool())
        {
            failure.handled = Some(handled);
        }
    }
    // Sentry writes the cause first, Elastic the effect.
    let is_elastic = listed
        .into_iter()
        .flatten()
        .any(|exception| exception["message"].is_string());
    if !is_elastic {
        failure.exceptions.reverse();
    }
    let entry = &event["logentry"];
    let log = &event["log"];
    let message = first_text(&[
        &entry["formatted"],
        &entry["message"],
        &event["message"],
        &log["message"],
    ]);
    failure.message = message.to_owned();
    failure.template = first_text(&[&entry["message"], &log["param_message"]]).to_owned();
    if failure.template == failure.message {
        failure.template.clear();
    }
    let own = event["fingerprint"].as_array().into_iter().flatten();
    failure.fingerprint = own.filter_map(Json::as_str).map(str::to_owned).collect();
    if failure.fingerprint.len() == 1 && failure.fingerprint[0].replace(' ', "") == "{{default}}" {
        failure.fingerprint.clear();
    }
    let user = &event["user"];
    failure.user = ["id", "username", "email", "ip_address"]
        .iter()
        .find_map(|name| text_of(&user[*name]));
    failure.release = text_of(&event["release"]);
    failure.environment = text_of(&event["environment"]);
    let crumbs = &event["breadcrumbs"];
    let crumbs = crumbs["values"].as_array().or(crumbs.as_array());
    let skipped = crumbs.map_or(0, |crumbs| crumbs.len().saturating_sub(MOST));
    let last = crumbs.into_iter().flatten().skip(skipped);
    failure.breadcrumbs = last.map(breadcrumb).collect();
    failure
}

fn exception_of(exception: &Json) -> Exception {
    let stack = &exception["stacktrace"];
    // Sentry lists the outermost call first, Elastic the innermost.
    let frames = match stack["frames"].as_array() {
        Some(frames) => frames.iter().rev().take(MOST).map(frame).collect(),
        None => stack
            .as_array()
            .into_iter()
            .flatten()
            .take(MOST)
            .map(frame)
            .collect(),
    };
    let kind = first_text(&[&exception["type"], &exception["module"]]);
    Exception {
        kind: kind.to_owned(),
        message: first_text(&[&exception["value"], &exception["message"]]).to_owned(),
        frames,
    }
}

fn frame(frame: &Json) -> StackFrame {
    let path = first_text(&[&frame["abs_path"], &frame["filename"]]);
    let file = first_text(&[&frame["filename"], &frame["abs_path"]]);
    let module = first_text(&[&frame["module"], &frame["classname"], &frame["package"]]);
    let said = frame["in_app"].as_bool();
    let said = said.or(frame["library_frame"].as_bool().map(|library| !library));
    let line = &frame["lineno"];
    StackFrame {
        function: frame["function"].as_str().unwrap_or_default().to_owned(),
        module: module.to_owned(),
        file: file.to_owned(),
        line: line.as_u64().or(frame["line"]["number"].as_u64()),
        in_app: said.unwrap_or_else(|| is_in_app(path, module)),
        code: first_text(&[&frame["context_line"], &frame["line"]["context"]])
            .trim()
            .to_owned(),
    }
}

fn breadcrumb(crumb: &Json) -> Breadcrumb {
    let time = &crumb["timestamp"];
    let data = &crumb["data"];
    let message = first_text(&[&crumb["message"], &data["url"], &data["query"]]);
    Breadcrumb {
        time: time
            .as_str()
            .map_or_else(|| time.to_string(), str::to_owned),
        category: first_text(&[&crumb["category"], &crumb["type"]]).to_owned(),
        level: crumb["level"].as_str().unwrap_or("info").to_owned(),
        message: message.to_owned(),
    }
}

fn first_text<'a>(values: &[&'a Json]) -> &'a str {
    let texts = values.iter().filter_map(|value| value.as_str());
    texts
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}

/// A text or a number as text.
fn text_of(value: &Json) -> Option<Arc<str>> {
    match value {
        Json::String(text) if !text.is_empty() => Some(text.as_str().into()),
        Json::Number(number) => Some(number.to_string().into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_of_sentry() {
        let event = json!({
            "exception": {"values": [
                {"type": "KeyError", "value": "'a'", "mechanism": {"handled": true}},
                {"type": "Mismatch", "value": "off", "mechanism": {"handled": false}, "stacktrace": {"frames": [
                    {"function": "outer", "filename": "django/x.py", "in_app": false},
                    {"function": "inner", "filename": "shop/y.py", "lineno": 7, "in_app": true, "context_line": "  raise"}]}}]},
            "logentry": {"message": "failed %s", "formatted": "failed 5"},
            "user": {"id": 5}, "release": "1.4.0", "environment": "prod",
            "fingerprint": ["{{ default }}"],
            "breadcrumbs": {"values": [{"timestamp": 1.5, "category": "query", "message": "SELECT"}]}});
        let failure = read(&event.to_string(), "Mismatch", "off");
        assert_eq!(failure.title(), "Mismatch: off");
        assert_eq!(failure.exceptions[1].kind, "KeyError");
        let place = failure.culprit().map(StackFrame::place);
        assert_eq!(place.as_deref(), Some("inner in shop/y.py:7"));
        assert_eq!(
            (failure.template.as_str(), failure.handled),
            ("failed %s", Some(false))
        );
        assert_eq!(failure.user.as_deref(), Some("5"));
        assert_eq!(failure.fingerprint, [""; 0]);
        assert_eq!(
            (
                failure.breadcrumbs.len(),
                failure.breadcrumbs[0].time.as_str()
            ),
            (1, "1.5")
        );
    }

    #[test]
    fn an_exception_of_a_span() {
        let event = json!({"name": "exception", "attributes": [
            {"key": "exception.type", "value": {"stringValue": "shop.PaymentError"}},
            {"key": "exception.message", "value": {"stringValue": "declined"}},
            {"key": "exception.stacktrace", "value": {"stringValue":
                "Traceback (most recent call last):\n  File \"/srv/pay.py\", line 3, in pay\nPaymentError: declined"}}]});
        let failure = read(&event.to_string(), "", "");
        assert_eq!(failure.title(), "shop.PaymentError: declined");
        assert_eq!(failure.exceptions[0].frames.len(), 1);
    }

    #[test]
    fn an_error_of_elastic() {
        let event = json!({"exception": [
            {"type": "DbError", "message": "timeout", "stacktrace": [
                {"function": "ask", "filename": "db.js", "line": {"number": 4}, "library_frame": false}]},
            {"type": "NetError", "message": "reset"}]});
        let failure = read(&event.to_string(), "", "");
        let kinds: Vec<&str> = failure
            .exceptions
            .iter()
            .map(|raised| raised.kind.as_str())
            .collect();
        assert_eq!(kinds, ["DbError", "NetError"]);
        assert_eq!(failure.culprit().and_then(|frame| frame.line), Some(4));
    }

    #[test]
    fn whatever_it_is_there_is_an_answer() {
        for document in [
            "",
            "[]",
            "7",
            "{\"exception\": 3}",
            "{\"attributes\": [1]}",
            &"[".repeat(10_000),
        ] {
            assert_eq!(read(document, "A", "b").title(), "A: b", "{document:.20}");
        }
        assert_eq!(read("{}", "", "only words 5\nmore").title(), "only words 5");
    }
}
