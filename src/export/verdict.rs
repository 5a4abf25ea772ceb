//! The verdict of a check, in the forms that people and pipelines read.

use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// What a check found.
pub struct Verdict {
    /// Whether nothing was wrong.
    pub passed: bool,
    /// Issues, as `headwater issues --json` has them.
    pub issues: Vec<Json>,
    /// Issues that are known and accepted.
    pub accepted: usize,
    /// Limits with what was found: `name, max, found, exceeded` and where.
    pub limits: Vec<Json>,
    /// Recorded errors, if they count.
    pub errors: Option<u64>,
}

/// One JSON object.
pub fn json(verdict: &Verdict) -> Json {
    json!({
        "passed": verdict.passed,
        "issues": verdict.issues,
        "accepted": verdict.accepted,
        "limits": verdict.limits,
        "errors": verdict.errors,
    })
}

/// The last lines for people.
pub fn text(verdict: &Verdict) -> String {
    let mut out = String::new();
    for failure in verdict.failures().skip(verdict.issues.len()) {
        let _ = writeln!(out, "{}", failure.message);
    }
    let accepted = match verdict.accepted {
        0 => String::new(),
        count => format!(", {count} known and accepted"),
    };
    let count = verdict.failures().count();
    let _ = match count {
        0 => write!(out, "passed: nothing found{accepted}"),
        1 => write!(out, "failed: 1 finding{accepted}"),
        count => write!(out, "failed: {count} findings{accepted}"),
    };
    out
}

/// Something that makes a check fail.
struct Failure<'a> {
    rule: &'a str,
    message: String,
    advice: &'a str,
    fingerprint: &'a str,
    trace: &'a str,
}

fn member<'a>(value: &'a Json, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

impl Verdict {
    fn failures(&self) -> impl Iterator<Item = Failure<'_>> {
        let issues = self.issues.iter().map(|issue| Failure {
            rule: member(issue, "kind"),
            message: format!(
                "{} ({} times) – {}",
                member(issue, "summary"),
                issue["count"],
                member(issue, "title")
            ),
            advice: member(issue, "advice"),
            fingerprint: member(issue, "fingerprint"),
            trace: member(&issue["samples"][0], "trace_id"),
        });
        let exceeded = self.limits.iter().filter(|limit| limit["exceeded"] == true);
        let limits = exceeded.map(|limit| {
            let place = match member(limit, "transaction") {
                "" => String::new(),
                place => format!(" in {place}, trace {}", member(limit, "trace_id")),
            };
            Failure {
                rule: member(limit, "name"),
                message: format!(
                    "{} is {}, at most {} allowed{place}",
                    member(limit, "name"),
                    limit["found"],
                    limit["max"]
                ),
                advice: "",
                fingerprint: "",
                trace: member(limit, "trace_id"),
            }
        });
        let errors = self.errors.filter(|count| *count > 0).map(|count| Failure {
            rule: "error",
            message: format!("{count} errors were recorded"),
            advice: "",
            fingerprint: "",
            trace: "",
        });
        issues.chain(limits).chain(errors)
    }
}

/// JUnit's XML: a test case a finding, or one that passed.
pub fn junit(verdict: &Verdict) -> String {
    let count = verdict.failures().count();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"headwater check\" tests=\"{}\" failures=\"{count}\">\n",
        count.max(1)
    );
    for failure in verdict.failures() {
        let (rule, message, advice) = (
            xml(failure.rule),
            xml(&failure.message),
            xml(failure.advice),
        );
        let _ = writeln!(
            out,
            "  <testcase classname=\"headwater\" name=\"{rule}: {message}\"><failure type=\"{rule}\" message=\"{message}\">{advice} Trace {}</failure></testcase>",
            xml(failure.trace)
        );
    }
    if count == 0 {
        out.push_str("  <testcase classname=\"headwater\" name=\"nothing found\"/>\n");
    }
    out.push_str("</testsuite>");
    out
}

/// A text inside XML; characters that XML cannot say become U+FFFD.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' | '\r' => out.push(' '),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// SARIF 2.1.0: a result a finding.
pub fn sarif(verdict: &Verdict) -> Json {
    let mut rules: Vec<&str> = verdict.failures().map(|failure| failure.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    let results = verdict.failures().map(|failure| {
        json!({
            "ruleId": failure.rule,
            "level": "warning",
            "message": { "text": format!("{}. {}", failure.message, failure.advice).trim() },
            "partialFingerprints": { "headwater/v1": failure.fingerprint },
            "properties": { "trace_id": failure.trace },
        })
    });
    json!({
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [{
            "tool": { "driver": {
                "name": "Headwater",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|rule| json!({ "id": rule })).collect::<Vec<_>>(),
            } },
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

/// A heading and a table.
pub fn markdown(verdict: &Verdict) -> String {
    let mut out = match verdict.passed {
        true => "### Headwater: nothing found\n".to_owned(),
        false => "### Headwater: something is wrong\n".to_owned(),
    };
    if !verdict.passed {
        out.push_str("\n| Kind | What | Trace |\n|---|---|---|\n");
    }
    for failure in verdict.failures() {
        let cell = |text: &str| text.replace('|', "\\|").replace(['\n', '\r'], " ");
        let _ = writeln!(
            out,
            "| {} | {} | `{}` |",
            failure.rule,
            cell(&failure.message),
            failure.trace
        );
    }
    if verdict.accepted > 0 {
        let _ = writeln!(out, "\n{} known and accepted.", verdict.accepted);
    }
    out.trim_end().to_owned()
}
