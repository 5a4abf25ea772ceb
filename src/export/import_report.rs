//! The report on imported files as text for people and as JSON for programs.
//!
//! The command line prints it, the window copies and saves it: both say the same.

use crate::model::human;
use crate::model::report::{FileReport, Outcome, Remark, RemarkKind};
use serde_json::{Value as Json, json};
use std::fmt::Write;

/// A report as one JSON object: `path, format, outcome, spans, logs, errors, traces, check_ins, bytes, duplicates, skipped,
/// skipped_total, repaired, notes, warnings, seconds`, and `error` where it could not be read. `warnings` are repairs
/// and notes as lines.
pub fn as_json(report: &FileReport) -> Json {
    let remarks = |kind| report.problems.of_kind(kind).collect::<Vec<&Remark>>();
    let lines = report.problems.remarks.iter().map(Remark::line);
    let mut json = json!({
        "path": report.path,
        "format": report.format,
        "outcome": report.outcome,
        "spans": report.counts.spans,
        "logs": report.counts.logs,
        "errors": report.counts.errors,
        "traces": report.counts.traces,
        "check_ins": report.counts.check_ins,
        "bytes": report.bytes,
        "duplicates": report.duplicates,
        "skipped": report.problems.skipped,
        "skipped_total": report.problems.skipped_total,
        "repaired": remarks(RemarkKind::Repair),
        "notes": remarks(RemarkKind::Note),
        "warnings": lines.collect::<Vec<String>>(),
        "seconds": report.seconds,
    });
    if let Some(error) = &report.error {
        json["error"] = json!(error);
    }
    json
}

/// The sums over several files.
pub fn total_as_json(reports: &[FileReport]) -> Json {
    let sum = |part: fn(&FileReport) -> u64| reports.iter().map(part).sum::<u64>();
    json!({
        "files": reports.len(),
        "spans": sum(|report| report.counts.spans),
        "logs": sum(|report| report.counts.logs),
        "errors": sum(|report| report.counts.errors),
        "traces": sum(|report| report.counts.traces),
        "check_ins": sum(|report| report.counts.check_ins),
        "bytes": sum(|report| report.bytes),
        "duplicates": sum(|report| report.duplicates),
        "skipped_total": sum(|report| report.problems.skipped_total),
        "seconds": reports.iter().map(|report| report.seconds).sum::<f64>(),
    })
}

/// A report as lines: what was read, then what was repaired, noted and skipped. `skipped_shown` skipped records are
/// listed, the others counted.
pub fn as_text(report: &FileReport, skipped_shown: usize) -> String {
    let mut out = String::new();
    for line in lines(report, skipped_shown) {
        // Writing to a text cannot fail.
        let _ = writeln!(out, "{}", line.text);
    }
    out
}

/// What a line of the report is about, for those who colour it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// The file and what was read of it.
    Read,
    /// Why it could not be read.
    Failed,
    /// Anything below that.
    Detail,
}

/// A line of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub kind: LineKind,
    /// Its text, without a line break.
    pub text: String,
}

/// The lines of [`as_text`].
pub fn lines(report: &FileReport, skipped_shown: usize) -> Vec<Line> {
    let path = one_line(&report.path);
    let (kind, said) = match report.outcome {
        Outcome::Failed => {
            let reason = report.error.as_deref().unwrap_or("it could not be read");
            (LineKind::Failed, reason.to_owned())
        }
        Outcome::AlreadyImported => (LineKind::Read, "imported before, nothing added".to_owned()),
        Outcome::Cancelled => (LineKind::Read, format!("stopped after {}", summary(report))),
        Outcome::Complete => (LineKind::Read, summary(report)),
    };
    let mut lines = vec![Line {
        kind,
        text: format!("{path}: {}", one_line(&said)),
    }];
    let mut detail = |text: String| {
        lines.push(Line {
            kind: LineKind::Detail,
            text: format!("  {}", one_line(&text)),
        });
    };
    for (kind, name) in [(RemarkKind::Repair, "repaired"), (RemarkKind::Note, "note")] {
        for remark in report.problems.of_kind(kind) {
            detail(format!("{name}: {}", remark.line()));
        }
    }
    let skipped = &report.problems.skipped;
    for skipped in skipped.iter().take(skipped_shown) {
        let line = match skipped.line {
            0 => String::new(),
            line => format!("line {line}, "),
        };
        detail(format!(
            "skipped at {line}byte {}: {}",
            skipped.byte, skipped.reason
        ));
        if !skipped.excerpt.is_empty() {
            detail(format!("  {}", skipped.excerpt));
        }
    }
    let listed = skipped.len().min(skipped_shown) as u64;
    let more = report.problems.skipped_total.saturating_sub(listed);
    if more > 0 && listed > 0 {
        detail(format!("and {} more skipped", human::grouped(more)));
    }
    lines
}

/// What was read, how long it took: `3 traces, 12 spans, …; 1.2 MB in 3 ms (400 MB/s)`.
fn summary(report: &FileReport) -> String {
    let rate = if report.seconds > 0.0 {
        report.bytes as f64 / report.seconds
    } else {
        0.0
    };
    format!(
        "{}, {}, {} skipped; {} in {} ({}/s)",
        counts(report).join(", "),
        human::counted(report.duplicates, "duplicate"),
        human::grouped(report.problems.skipped_total),
        human::bytes(report.bytes),
        human::duration((report.seconds * 1e9) as i64),
        human::bytes(rate as u64),
    )
}

/// New traces, spans, log records and errors, each in words; check-ins of jobs where there are any.
pub fn counts(report: &FileReport) -> Vec<String> {
    let mut counts = vec![
        human::counted(report.counts.traces, "trace"),
        human::counted(report.counts.spans, "span"),
        human::counted(report.counts.logs, "log record"),
        human::counted(report.counts.errors, "error"),
    ];
    if report.counts.check_ins > 0 {
        counts.push(human::counted(report.counts.check_ins, "check-in"));
    }
    counts
}

/// The text without line breaks and other control characters: a path may hold any.
fn one_line(text: &str) -> String {
    let plain = |c: char| if c.is_control() { '\u{FFFD}' } else { c };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::report::Counts;

    fn report() -> FileReport {
        let mut report = FileReport {
            path: "a\nb.json".to_owned(),
            counts: Counts {
                spans: 12,
                traces: 1,
                ..Counts::default()
            },
            duplicates: 2,
            bytes: 1_000_000,
            seconds: 0.5,
            ..FileReport::default()
        };
        report.problems.note("Metrics are not shown");
        report.problems.repair("Ends before starts were moved");
        report.problems.repair("Ends before starts were moved");
        report
            .problems
            .skip(3, 99, "not JSON", b"{\"a\":\n \x01oops");
        report.problems.skip(0, 120, "cut off", b"");
        report
    }

    #[test]
    fn text_tells_everything_line_by_line() {
        assert_eq!(
            as_text(&report(), 1),
            "a\u{FFFD}b.json: 1 trace, 12 spans, 0 log records, 0 errors, 2 duplicates, 2 skipped; \
             1.00 MB in 500 ms (2.00 MB/s)\n  repaired: 2 × Ends before starts were moved\n  \
             note: Metrics are not shown\n  skipped at line 3, byte 99: not JSON\n    {\"a\": \u{FFFD}oops\n  \
             and 1 more skipped\n"
        );
        let failed = FileReport {
            outcome: Outcome::Failed,
            error: Some("It is a PDF.".to_owned()),
            ..FileReport::default()
        };
        assert_eq!(as_text(&failed, 10), ": It is a PDF.\n");
    }

    #[test]
    fn json_tells_repairs_from_notes() {
        let json = as_json(&report());
        assert_eq!(json["repaired"][0]["times"], 2);
        assert_eq!(json["notes"][0]["text"], "Metrics are not shown");
        assert_eq!(json["warnings"].as_array().unwrap().len(), 2);
        assert_eq!(json["skipped"][0]["excerpt"], "{\"a\": \u{FFFD}oops");
        assert!(json.get("error").is_none());
        assert_eq!(total_as_json(&[report(), report()])["spans"], 24);
    }
}
