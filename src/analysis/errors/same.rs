//! What two recordings of the same exception share.
//!
//! Fingerprints hash types, modules and paths as an SDK writes them: `PaymentDeclined` raised in the module
//! `shop.documents.views` (Sentry) and `shop.documents.views.PaymentDeclined` in `/srv/app/shop/documents/views.py`
//! (OpenTelemetry) have two. The name made here is of the types without their modules and of the program's own calls by
//! function and name of the file. As in fingerprints, the message counts only where no call of the program's own is known. It
//! joins, and never parts what has one fingerprint.

use super::{Exception, Failure, StackFrame};
use crate::analysis::digest::sha1_hex;
use crate::analysis::patterns::masked;

/// Between parts, so that parts of different lengths never read the same.
const BETWEEN: char = '\u{1f}';

/// The name of an exception in all recordings; `None` for what is no exception, and where the program says itself what
/// belongs together.
pub fn name(failure: &Failure) -> Option<String> {
    let shape = shape(failure).filter(|_| failure.fingerprint.is_empty())?;
    let mut parts = Vec::new();
    for raised in &failure.exceptions {
        parts.push(class(&raised.kind).to_owned());
        let mut calls: Vec<String> = own_calls(raised).map(call).collect();
        // Recursion of another depth is the same failure.
        calls.dedup();
        parts.extend(calls);
    }
    let mut raised = failure.exceptions.iter();
    if raised.all(|raised| own_calls(raised).next().is_none()) {
        parts.push(shape);
    }
    let hash = sha1_hex(&parts.join(&BETWEEN.to_string()));
    Some(format!("headwater-error-{hash}"))
}

/// What a failure in one span says, whoever records it: the type without its module, and the message with numbers and ids
/// masked. `None` for what is no exception.
pub fn shape(failure: &Failure) -> Option<String> {
    let raised = failure.exceptions.first()?;
    let class = class(&raised.kind);
    (!class.is_empty()).then(|| [class, &masked(&raised.message)].join(&BETWEEN.to_string()))
}

/// A type without the module before it: from the first part that is no module on, else the last part. Modules begin in lower
/// case, as in Python, Java and JavaScript.
fn class(kind: &str) -> &str {
    let mut rest = kind.trim();
    while let Some((module, inner)) = rest.split_once('.') {
        if !module.starts_with(|first: char| first.is_lowercase() || first == '_') {
            break;
        }
        rest = inner;
    }
    rest
}

fn own_calls(raised: &Exception) -> impl Iterator<Item = &StackFrame> {
    raised.frames.iter().filter(|frame| frame.in_app)
}

/// A call by its function, without what is written around it, and the name of its file.
fn call(frame: &StackFrame) -> String {
    let function = frame.function.trim();
    let function = function.strip_prefix("async ").unwrap_or(function);
    let function = function.strip_prefix("new ").unwrap_or(function);
    let function = function.rsplit('.').next().unwrap_or(function);
    let function = match function {
        "?" | "<anonymous>" | "<unknown>" => "",
        known => known,
    };
    let place = match frame.file.is_empty() {
        true => &frame.module,
        false => &frame.file,
    };
    let file = place.rsplit(['/', '\\']).next().unwrap_or_default();
    format!("{function}{BETWEEN}{file}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(function: &str, module: &str, file: &str, in_app: bool) -> StackFrame {
        StackFrame {
            function: function.to_owned(),
            module: module.to_owned(),
            file: file.to_owned(),
            in_app,
            ..StackFrame::default()
        }
    }

    fn raised(kind: &str, message: &str, frames: &[StackFrame]) -> Failure {
        let mut failure = Failure::plain(kind, message);
        failure.exceptions[0].frames = frames.to_vec();
        failure
    }

    #[test]
    fn types_are_without_their_modules() {
        for (kind, expected) in [
            ("PaymentDeclined", "PaymentDeclined"),
            ("shop.documents.views.PaymentDeclined", "PaymentDeclined"),
            ("shop.models.Order.DoesNotExist", "Order.DoesNotExist"),
            ("java.lang.IllegalStateException", "IllegalStateException"),
            (
                "System.InvalidOperationException",
                "System.InvalidOperationException",
            ),
            ("*errors.errorString", "*errors.errorString"),
            ("socket.timeout", "timeout"),
            ("", ""),
        ] {
            assert_eq!(class(kind), expected, "{kind}");
        }
    }

    #[test]
    fn recordings_of_one_exception_share_a_name() {
        let library = |file: &str| frame("inner", "", file, false);
        let views = "/srv/app/shop/documents/views.py";
        let sentry = |kind: &str, message: &str| {
            let own = frame(
                "settle",
                "shop.documents.views",
                "shop/documents/views.py",
                true,
            );
            raised(kind, message, &[own, library("django/core.py")])
        };
        let otlp = |kind: &str, message: &str| {
            let own = frame("settle", "", views, true);
            let own = [own.clone(), own];
            raised(
                kind,
                message,
                &[&own[..], &[library("/lib/otel.py")]].concat(),
            )
        };
        let chained = |mut failure: Failure, cause: &str| {
            failure.exceptions.extend(raised(cause, "", &[]).exceptions);
            failure
        };
        let plain = |kind: &str, message: &str| raised(kind, message, &[]);
        let cases = [
            (
                sentry("Declined", "no"),
                otlp("shop.views.Declined", "no"),
                true,
                "types and paths",
            ),
            (
                sentry("Declined", "no"),
                otlp("shop.views.Declined", "never"),
                true,
                "calls win over messages",
            ),
            (
                sentry("Declined", "no"),
                otlp("shop.views.Closed", "no"),
                false,
                "types count",
            ),
            (
                sentry("Declined", "no"),
                raised("Declined", "no", &[frame("refund", "", views, true)]),
                false,
                "functions count",
            ),
            (
                chained(sentry("Declined", ""), "ValueError"),
                chained(otlp("shop.Declined", ""), "KeyError"),
                false,
                "causes count",
            ),
            (
                plain("Declined", "order 7"),
                plain("shop.Declined", "order 8"),
                true,
                "numbers of messages do not count",
            ),
            (
                plain("Declined", "order 7"),
                plain("shop.Declined", "refund 7"),
                false,
                "without calls messages count",
            ),
            (
                raised("TypeError", "", &[frame("?", "edge", "/app/edge.js", true)]),
                raised("TypeError", "", &[frame("", "", "/app/edge.js", true)]),
                true,
                "functions without a name",
            ),
            (
                raised("A", "", &[frame("send", "shop.Pay", "Pay.java", true)]),
                raised(
                    "shop.A",
                    "",
                    &[frame("shop.Pay.send", "shop.Pay", "Pay.java", true)],
                ),
                true,
                "methods with their class",
            ),
        ];
        for (left, right, same, what) in cases {
            assert_eq!(name(&left) == name(&right), same, "{what}");
            assert!(name(&left).is_some(), "{what}");
        }
        let own = Failure {
            fingerprint: vec!["pay".to_owned()],
            ..plain("Declined", "")
        };
        assert_eq!(name(&own), None, "the program says what belongs together");
        assert_eq!(name(&Failure::plain("", "it broke")), None, "no exception");
    }
}
