//! What two recordings of the same problem share.
//!
//! Fingerprints are Sentry's, and hash what a recording makes of the code: the operation and name of the parent, the name
//! of the transaction. The same N+1 recorded by Sentry's SDK (`/api/documents`, `db.sql.query`) and by OpenTelemetry's
//! (`GET api/documents`, `db`) has two. The name made here is of the statement as the database sees it and of the endpoint
//! without what instrumentations write differently, so that both are listed as one. It joins, and never parts what has
//! one fingerprint.

use super::subject::{Field, Subject};
use super::{Kind, Problem};
use crate::analysis::digest::sha1_hex;
use crate::analysis::normalise::hash::span_hash;

/// What verbs a name of a transaction may begin with.
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];

/// The name of a problem in all recordings; `None` for kinds whose fingerprint is that already, and where the
/// transaction has no name.
pub(super) fn name(subject: &Subject, problem: &Problem) -> Option<String> {
    let kind = problem.kind.name();
    let place = || endpoint(subject);
    let (statements, place) = match problem.kind {
        Kind::NPlusOneDb | Kind::MNPlusOneDb | Kind::InterleavedDb | Kind::LiteralDb => {
            (statement_hash(&problem.description), place()?)
        }
        Kind::ConsecutiveDb => {
            let offenders = problem.offenders.iter();
            let hash = |at| statement_hash(subject.description(at));
            let hashes: Vec<String> = offenders.map(|at| hash(*at)).collect();
            (hashes.join("-"), place()?)
        }
        // A slow query is one issue wherever it runs.
        Kind::SlowDbQuery => (statement_hash(&problem.description), String::new()),
        _ => return None,
    };
    let hash = sha1_hex(&[kind, "\n", &statements, "\n", &place].concat());
    Some(format!("headwater-{kind}-{hash}"))
}

/// The transaction's name without what depends on the instrumentation, behind its method where that is known.
fn endpoint(subject: &Subject) -> Option<String> {
    let (named, rest) = method_and_rest(subject.transaction());
    let asked = subject.text(subject.root, Field::RequestMethod);
    let method = named.map(str::to_owned).or(asked.map(|text| text.into()));
    let path = path(rest);
    let method = method.unwrap_or_default().to_ascii_uppercase();
    (!path.is_empty()).then(|| format!("{method} {path}"))
}

fn method_and_rest(name: &str) -> (Option<&str>, &str) {
    match name.trim().split_once(' ') {
        Some((method, rest)) if METHODS.contains(&method) => (Some(method), rest.trim()),
        _ => (None, name.trim()),
    }
}

/// A route or the name of a task: no slashes around it, a star for each parameter, and without the `run/` that
/// OpenTelemetry's Celery writes before a task.
fn path(name: &str) -> String {
    let task = name.strip_prefix("run/").filter(|task| !task.contains('/'));
    let is_parameter = |segment: &str| {
        let around = [("<", ">"), ("{", "}"), ("[", "]")];
        segment == "*"
            || (segment.len() > 1 && segment.starts_with(':'))
            || around
                .iter()
                .any(|(open, close)| segment.starts_with(open) && segment.ends_with(close))
    };
    let segments = task.unwrap_or(name).trim_matches('/').split('/');
    let segments = segments.map(|segment| match is_parameter(segment) {
        true => "*",
        false => segment,
    });
    segments.collect::<Vec<_>>().join("/")
}

/// The hash of a statement, however its parameters are written.
fn statement_hash(text: &str) -> String {
    span_hash("db", &plain(text))
}

/// A statement in one line, without comments and with `%s` for each parameter: `?`, `$1`, `:name`, `@name`, `%(name)s`.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.trim();
    let mut quote: Option<char> = None;
    while let Some(first) = rest.chars().next() {
        let parameter = match quote {
            None => parameter_length(rest, plain.chars().next_back()),
            Some(_) => 0,
        };
        if quote.is_none() && rest.starts_with("/*") {
            let end = rest[2..].find("*/").map_or(rest.len(), |end| end + 4);
            rest = rest[end..].trim_start();
        } else if parameter > 0 {
            plain.push_str("%s");
            rest = &rest[parameter..];
        } else if quote.is_none() && first.is_whitespace() {
            plain.push(' ');
            rest = rest.trim_start();
        } else {
            match quote {
                Some(open) if open == first => quote = None,
                None if matches!(first, '\'' | '"' | '`') => quote = Some(first),
                _ => (),
            }
            plain.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

/// How many bytes of a parameter a text begins with; none where it begins with something else.
fn parameter_length(text: &str, before: Option<char>) -> usize {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let follows_word = before.is_some_and(|before| before.is_alphanumeric() || before == '_');
    let word = |from: usize| text.bytes().skip(from).take_while(|b| is_word(b)).count();
    match text.as_bytes() {
        [b'?', ..] => 1,
        [b'$', b'0'..=b'9', ..] if !follows_word => 1 + word(1),
        [b':' | b'@', next, ..] if is_word(next) && !follows_word && before != Some(':') => {
            1 + word(1)
        }
        [b'%', b'(', ..] => match text.find(")s") {
            Some(end) if text[2..end].bytes().all(|byte| is_word(&byte)) => end + 2,
            _ => 0,
        },
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_the_same_whoever_writes_them() {
        for (name, expected) in [
            ("/api/documents", (None, "api/documents")),
            ("GET api/documents", (Some("GET"), "api/documents")),
            ("GET /api/documents/", (Some("GET"), "api/documents")),
            (
                "POST /orders/<int:pk>/refund",
                (Some("POST"), "orders/*/refund"),
            ),
            ("/orders/{pk}/refund", (None, "orders/*/refund")),
            ("/orders/:pk/refund", (None, "orders/*/refund")),
            ("run/shop.tasks.mail", (None, "shop.tasks.mail")),
            ("shop.tasks.mail", (None, "shop.tasks.mail")),
            ("/run/a/b", (None, "run/a/b")),
            ("run/a/b", (None, "run/a/b")),
            ("GETTING things", (None, "GETTING things")),
            ("", (None, "")),
            ("/", (None, "")),
        ] {
            let (method, rest) = method_and_rest(name);
            assert_eq!((method, &*path(rest)), expected, "{name}");
        }
    }

    #[test]
    fn statements_are_the_same_however_parameters_are_written() {
        const PLAIN: &str = "SELECT a FROM t WHERE b = %s AND c::text = %s";
        for text in [
            "SELECT a FROM t WHERE b = ? AND c::text = ?",
            "SELECT a\n  FROM t\n  WHERE b = $1 AND c::text = $2 ",
            "SELECT a FROM t WHERE b = :b AND c::text = :c_1",
            "SELECT a FROM t WHERE b = @b AND c::text = @p1",
            "SELECT a FROM t WHERE b = %(b)s AND c::text = %(c)s",
            "/* route=x */ SELECT a FROM t WHERE b = %s AND c::text = %s /*traceparent='00'*/",
        ] {
            assert_eq!(plain(text), PLAIN, "{text}");
        }
        assert_eq!(
            statement_hash("SELECT a FROM t WHERE b = 7"),
            statement_hash("SELECT a FROM t WHERE b = $1")
        );
        for text in [
            "SELECT '? $1 :a  /* b */'",
            "SELECT \"%(\" FROM é",
            "a%(b",
            "",
        ] {
            assert_eq!(plain(text), text);
        }
        assert_eq!(plain("SELECT 1 /* not closed"), "SELECT 1");
    }
}
