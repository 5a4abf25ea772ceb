//! The verdict of a check, in the forms that people and pipelines read.

use super::markdown_text::{self, line};
use crate::analysis::ansi;
use crate::analysis::detect::Kind;
use crate::model::human;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
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
    /// How many errors were recorded, where they count.
    pub errors: Option<u64>,
    /// The files that were checked, by the ids of traces they hold; needed by SARIF only.
    pub files: BTreeMap<String, String>,
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
    for finding in verdict.findings().skip(verdict.issues.len()) {
        let _ = writeln!(out, "{}", finding.message);
    }
    let accepted = match verdict.accepted {
        0 => String::new(),
        count => format!(", {count} known and accepted"),
    };
    let _ = match verdict.findings().count() {
        0 => write!(out, "passed: nothing found{accepted}"),
        1 => write!(out, "failed: 1 finding{accepted}"),
        count => write!(out, "failed: {count} findings{accepted}"),
    };
    out
}

/// Something that makes a check fail.
struct Finding<'a> {
    /// The kind of the issue, or the limit.
    rule: &'a str,
    /// The same in every run that finds it again: what it is called, and where it is.
    name: String,
    /// It with its numbers, in a sentence on one line.
    message: String,
    /// What it is in full: a statement, or an exception.
    title: &'a str,
    count: u64,
    advice: &'a str,
    fingerprint: &'a str,
    trace: &'a str,
    transaction: &'a str,
    /// Of an error the file and the line of the program's own code.
    place: Option<(&'a str, Option<u64>)>,
}

/// Characters of a name at most; the whole title stands beside it.
const NAME: usize = 160;
/// Characters of a fingerprint that tell two findings of one name apart.
const FINGERPRINT_END: usize = 8;

fn member<'a>(value: &'a Json, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

impl Verdict {
    fn findings(&self) -> impl Iterator<Item = Finding<'_>> {
        let exceeded = self.limits.iter().filter(|limit| limit["exceeded"] == true);
        self.issues
            .iter()
            .map(of_issue)
            .chain(exceeded.map(of_limit))
    }
}

fn of_issue(issue: &Json) -> Finding<'_> {
    let (title, summary) = (member(issue, "title"), member(issue, "summary"));
    let sample = &issue["samples"][0];
    let transaction = member(sample, "transaction");
    let count = issue["count"].as_u64().unwrap_or_default();
    let rule = member(issue, "kind");
    // Of an error the sentence says how often it was.
    let message = match (rule, count) {
        ("error", _) | (_, ..=1) => line(summary, usize::MAX),
        (_, count) => format!("{} ({count} times)", line(summary, usize::MAX)),
    };
    let name = match transaction {
        "" => title.to_owned(),
        place => format!("{place}: {title}"),
    };
    Finding {
        rule,
        name: line(&name, NAME),
        message,
        title,
        count,
        advice: member(issue, "advice"),
        fingerprint: member(issue, "fingerprint"),
        trace: member(sample, "trace_id"),
        transaction,
        place: culprit(&issue["stack"]),
    }
}

fn of_limit(limit: &Json) -> Finding<'_> {
    let (name, transaction) = (member(limit, "name"), member(limit, "transaction"));
    let place = match transaction {
        "" => String::new(),
        place => format!(" in {place}, trace {}", member(limit, "trace_id")),
    };
    let (found, max) = (&limit["found"], &limit["max"]);
    let message = format!("{name} is {found}, at most {max} allowed{place}");
    Finding {
        rule: name,
        name: name.to_owned(),
        message: line(&message, usize::MAX),
        title: "",
        count: 1,
        advice: "",
        fingerprint: "",
        trace: member(limit, "trace_id"),
        transaction,
        place: None,
    }
}

/// File and line of the innermost call of the program's own code.
fn culprit(stack: &Json) -> Option<(&str, Option<u64>)> {
    let frames = stack[0]["frames"].as_array()?;
    let own = frames.iter().find(|frame| frame["in_app"] == true)?;
    let file = member(own, "file");
    (!file.is_empty()).then(|| (file, own["line"].as_u64().filter(|line| *line > 0)))
}

/// The findings' names. Two issues that go by one name, of the same class in the same place, are told apart by the ends of
/// their fingerprints: readers of JUnit take one name for one test.
fn distinct_names(verdict: &Verdict) -> Vec<String> {
    let mut times: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for finding in verdict.findings() {
        *times.entry((finding.rule, finding.name)).or_default() += 1;
    }
    let name = |finding: Finding| {
        let end = finding.fingerprint.len().saturating_sub(FINGERPRINT_END);
        let end = finding.fingerprint.get(end..).unwrap_or_default();
        let name = finding.name.clone();
        match times.get(&(finding.rule, finding.name)) {
            Some(2..) if !end.is_empty() => format!("{name} ({end})"),
            _ => name,
        }
    };
    verdict.findings().map(name).collect()
}

/// JUnit's XML: a test case a finding, one that passed for each limit that was kept, and one where nothing was found.
pub fn junit(verdict: &Verdict) -> String {
    let kept = verdict
        .limits
        .iter()
        .filter(|limit| limit["exceeded"] != true);
    let mut passed: Vec<&str> = kept.map(|limit| member(limit, "name")).collect();
    let failures = verdict.findings().count();
    if failures == 0 && passed.is_empty() {
        passed.push("nothing found");
    }
    let tests = failures + passed.len();
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\"");
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"headwater\" {counts}>\n\
         <testsuite name=\"headwater check\" {counts} skipped=\"0\">\n"
    );
    for (finding, name) in verdict.findings().zip(distinct_names(verdict)) {
        let body = [
            ansi::plain(finding.title).into_owned(),
            finding.advice.to_owned(),
            named("Trace", finding.trace),
            named("Fingerprint", finding.fingerprint),
        ];
        let body: Vec<String> = body.into_iter().filter(|line| !line.is_empty()).collect();
        let (rule, message) = (attribute(finding.rule), attribute(&finding.message));
        let _ = writeln!(
            out,
            "  <testcase classname=\"headwater.{rule}\" name=\"{}\">\n    \
             <failure type=\"{rule}\" message=\"{message}\">{}</failure>\n  </testcase>",
            attribute(&name),
            xml(&body.join("\n"))
        );
    }
    for name in passed {
        let name = attribute(name);
        let _ = writeln!(
            out,
            "  <testcase classname=\"headwater.limits\" name=\"{name}\"/>"
        );
    }
    out.push_str("</testsuite>\n</testsuites>");
    out
}

/// A line that says what a value is; empty without one.
fn named(what: &str, value: &str) -> String {
    match value {
        "" => String::new(),
        value => format!("{what} {value}"),
    }
}

/// A text inside an attribute of XML.
fn attribute(text: &str) -> String {
    xml(text).replace(['\n', '\t', '\r'], " ")
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
            '\n' | '\t' | '\r' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// SARIF 2.1.0: a result a finding.
pub fn sarif(verdict: &Verdict) -> Json {
    let mut rules: BTreeMap<&str, Json> = BTreeMap::new();
    for finding in verdict.findings() {
        rules
            .entry(finding.rule)
            .or_insert_with(|| sarif_rule(&finding));
    }
    let names: Vec<&str> = rules.keys().copied().collect();
    let results = verdict.findings().map(|finding| {
        let at = names.iter().position(|name| *name == finding.rule);
        let file = verdict
            .files
            .get(finding.trace)
            .map(|file| (file.as_str(), None));
        let place = finding.place.or(file);
        sarif_result(&finding, at.unwrap_or_default(), place)
    });
    json!({
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [{
            "results": results.collect::<Vec<_>>(),
            "tool": { "driver": {
                "name": "Headwater",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_values().collect::<Vec<_>>(),
            } },
        }],
    })
}

fn sarif_rule(finding: &Finding) -> Json {
    let words = match Kind::named(finding.rule) {
        Some(kind) => kind.detector().title.to_owned(),
        None => format!("Limit on {}", finding.rule.replace('-', " ")),
    };
    let mut rule = json!({
        "id": finding.rule,
        "shortDescription": { "text": words },
        "defaultConfiguration": { "level": level(finding) },
    });
    if !finding.advice.is_empty() {
        rule["help"] = json!({ "text": finding.advice });
    }
    rule
}

/// What was raised or is forbidden is an error; what could be better a warning.
fn level(finding: &Finding) -> &'static str {
    match finding.rule == "error" || finding.fingerprint.is_empty() {
        true => "error",
        false => "warning",
    }
}

/// A finding in its place: the program's own code where it is known, else the file that tells of it, since readers such as
/// GitHub refuse results without a file.
fn sarif_result(finding: &Finding, rule: usize, place: Option<(&str, Option<u64>)>) -> Json {
    let text = match finding.title {
        title if title.is_empty() || finding.rule == "error" => finding.message.clone(),
        title => format!("{}\n{}", finding.message, ansi::plain(title)),
    };
    let mut location = json!({});
    if let Some((file, line)) = place {
        location["physicalLocation"] = json!({ "artifactLocation": { "uri": uri(file) } });
        if let Some(line) = line {
            location["physicalLocation"]["region"] = json!({ "startLine": line });
        }
    }
    if !finding.transaction.is_empty() {
        location["logicalLocations"] = json!([{ "fullyQualifiedName": finding.transaction }]);
    }
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": level(finding),
        "message": { "text": text },
        "occurrenceCount": finding.count.max(1),
    });
    if location != json!({}) {
        result["locations"] = json!([location]);
    }
    if !finding.fingerprint.is_empty() {
        result["partialFingerprints"] = json!({ "headwater/v1": finding.fingerprint });
    }
    if !finding.trace.is_empty() {
        result["properties"] = json!({ "trace_id": finding.trace });
    }
    result
}

/// A path as a URI: absolute ones with their scheme.
fn uri(path: &str) -> String {
    let of_windows =
        matches!(path.as_bytes(), [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic());
    let mut out = match (path.starts_with('/'), of_windows) {
        (true, _) => "file://".to_owned(),
        (_, true) => "file:///".to_owned(),
        _ => String::new(),
    };
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            // What names a scheme stays: code of browsers lies at URLs.
            b':' => out.push(':'),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// A heading that says how much there is, and a table.
pub fn markdown(verdict: &Verdict) -> String {
    let limits = verdict.findings().count() - verdict.issues.len();
    let counted = [(verdict.issues.len(), "issue"), (limits, "exceeded limit")];
    let counted = counted.into_iter().filter(|(count, _)| *count > 0);
    let counted: Vec<String> = counted
        .map(|(count, noun)| human::counted(count as u64, noun))
        .collect();
    let mut out = match counted.is_empty() {
        true => "### Headwater: nothing found\n".to_owned(),
        false => format!("### Headwater: {}\n", counted.join(", ")),
    };
    if !counted.is_empty() {
        out.push_str("\n| Kind | What | Times | Trace |\n|---|---|--:|---|\n");
    }
    for finding in verdict.findings() {
        let title = match finding.title {
            title if title.is_empty() || finding.rule == "error" => String::new(),
            title => format!("<br>{}", markdown_text::code(title, NAME)),
        };
        let _ = writeln!(
            out,
            "| {} | {}{title} | {} | {} |",
            finding.rule,
            markdown_text::words(&finding.message, usize::MAX),
            finding.count,
            markdown_text::code(finding.trace, NAME)
        );
    }
    if verdict.accepted > 0 {
        let _ = writeln!(out, "\n{} known and accepted.", verdict.accepted);
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(exceeded: bool) -> Verdict {
        let stack = json!([{ "frames": [
            { "in_app": false, "file": "/lib/x.py", "line": 1 },
            { "in_app": true, "file": "/srv/my shop/tasks.py", "line": 21 },
        ] }]);
        let sample = json!([{ "trace_id": "abc", "transaction": "/orders/<int:pk>" }]);
        Verdict {
            passed: false,
            issues: vec![
                json!({
                    "kind": "n_plus_one_db", "title": "N+1 query: SELECT `a`\n FROM b | c", "count": 4,
                    "summary": "/orders/<int:pk> runs the same query 9 times", "fingerprint": "1-x",
                    "advice": "Fetch at once.", "samples": sample, "stack": null,
                }),
                json!({
                    "kind": "n_plus_one_db", "title": "N+1 query: SELECT \u{1b}[31m`a`\u{1b}[0m FROM b | c", "count": 1,
                    "summary": "/orders/\n<int:pk> runs the same query 5 times", "fingerprint": "1-other-name",
                    "advice": "Fetch at once.", "samples": sample, "stack": null,
                }),
                json!({
                    "kind": "error", "title": "A: \u{1}b", "count": 2, "summary": "A: \u{1}b, 2 times", "fingerprint": "1-y",
                    "advice": "Look.", "samples": sample, "stack": stack,
                }),
            ],
            accepted: 1,
            limits: vec![json!({
                "name": "queries-per-request", "max": 20, "found": 30, "exceeded": exceeded,
                "transaction": "/a", "trace_id": "def",
            })],
            errors: Some(26),
            files: BTreeMap::from([("abc".to_owned(), "captures/a b.jsonl".to_owned())]),
        }
    }

    #[test]
    fn junit_counts_what_passed_too() {
        let text = junit(&verdict(false));
        assert!(
            text.contains("tests=\"4\" failures=\"3\" errors=\"0\""),
            "{text}"
        );
        assert!(
            text.contains(
                "<testcase classname=\"headwater.limits\" name=\"queries-per-request\"/>"
            )
        );
        let name = "name=\"/orders/&lt;int:pk&gt;: N+1 query: SELECT `a` FROM b | c";
        for end in [" (1-x)", " (her-name)"] {
            let own = text.matches(&format!("{name}{end}\"")).count();
            assert_eq!(own, 1, "one name is one test: {text}");
        }
        assert!(
            text.contains("A: \u{fffd}b"),
            "no character that XML has not"
        );
        assert!(junit(&verdict(true)).contains("tests=\"4\" failures=\"4\""));
        let nothing = Verdict {
            issues: Vec::new(),
            limits: Vec::new(),
            ..verdict(false)
        };
        let text = junit(&nothing);
        assert!(text.contains("tests=\"1\" failures=\"0\"") && text.contains("nothing found"));
    }

    #[test]
    fn sarif_says_where() {
        let sarif = sarif(&verdict(true));
        let run = &sarif["runs"][0];
        let rules = &run["tool"]["driver"]["rules"];
        let results = run["results"].as_array().expect("results");
        assert_eq!(results.len(), 4);
        assert_eq!(rules[1]["shortDescription"]["text"], "N+1 query");
        for result in results {
            let at = result["ruleIndex"].as_u64().expect("an index") as usize;
            assert_eq!(rules[at]["id"], result["ruleId"]);
        }
        let place = &results[2]["locations"][0]["physicalLocation"];
        assert_eq!(
            place["artifactLocation"]["uri"],
            "file:///srv/my%20shop/tasks.py"
        );
        assert_eq!(place["region"]["startLine"], 21);
        let place = &results[0]["locations"][0]["physicalLocation"];
        assert_eq!(
            place,
            &json!({ "artifactLocation": { "uri": "captures/a%20b.jsonl" } })
        );
        assert_eq!(
            (&results[0]["level"], &results[2]["level"]),
            (&json!("warning"), &json!("error"))
        );
        assert_eq!(results[3].get("partialFingerprints"), None);
        assert_eq!(uri("C:\\app\\a b.cs"), "file:///C:/app/a%20b.cs");
        assert_eq!(uri("http://shop.test/a.js"), "http://shop.test/a.js");
    }

    #[test]
    fn markdown_shows_what_would_be_a_tag() {
        let text = markdown(&verdict(true));
        assert!(
            text.starts_with("### Headwater: 3 issues, 1 exceeded limit\n"),
            "{text}"
        );
        assert!(text.contains("| /orders/\\<int:pk\\> runs the same query 9 times (4 times)<br>``N+1 query: SELECT `a` FROM b ¦ c`` | 4 | `abc` |"), "{text}");
        assert!(text.ends_with("1 known and accepted."));
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
        for line in text.lines().filter(|line| line.starts_with("| ")) {
            let bars = line.replace("\\|", "").matches('|').count();
            assert_eq!(bars, 5, "{line}");
        }
    }

    #[test]
    fn errors_that_are_accepted_are_no_findings() {
        let passed = Verdict {
            passed: true,
            issues: Vec::new(),
            limits: Vec::new(),
            ..verdict(false)
        };
        assert_eq!(text(&passed), "passed: nothing found, 1 known and accepted");
    }
}
