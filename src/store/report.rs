//! A file's report as the JSON kept with its import, and back.

use crate::model::report::{FileReport, Outcome, Problems, Remark, RemarkKind, Skipped};
use serde_json::{Value as Json, json};

/// The report as JSON text. Counts are not in it: the import's own columns know them.
pub(super) fn to_json(report: &FileReport) -> String {
    json!({
        "outcome": outcome_name(report.outcome),
        "bytes": report.bytes,
        "skipped_total": report.problems.skipped_total,
        "skipped": report.problems.skipped,
        "remarks": report.problems.remarks,
        "error": report.error,
        "seconds": report.seconds,
    })
    .to_string()
}

/// Reads a report; what is missing in it is left at its default.
pub(super) fn from_json(text: &str) -> FileReport {
    let json: Json = serde_json::from_str(text).unwrap_or_default();
    FileReport {
        outcome: outcome(json["outcome"].as_str().unwrap_or_default()),
        bytes: json["bytes"].as_u64().unwrap_or_default(),
        problems: Problems {
            skipped: list(&json["skipped"], skipped),
            skipped_total: json["skipped_total"].as_u64().unwrap_or_default(),
            remarks: remarks(&json),
        },
        error: json["error"].as_str().map(str::to_owned),
        seconds: json["seconds"].as_f64().unwrap_or_default(),
        ..FileReport::default()
    }
}

fn list<T>(json: &Json, read: impl Fn(&Json) -> Option<T>) -> Vec<T> {
    let items = json.as_array().into_iter().flatten();
    items.filter_map(read).collect()
}

fn skipped(json: &Json) -> Option<Skipped> {
    Some(Skipped {
        line: json["line"].as_u64()?,
        byte: json["byte"].as_u64()?,
        reason: json["reason"].as_str()?.to_owned(),
        excerpt: json["excerpt"].as_str().unwrap_or_default().to_owned(),
    })
}

/// Remarks; the first version wrote them as pairs, without telling repairs from notes.
fn remarks(report: &Json) -> Vec<Remark> {
    let mut remarks = list(&report["remarks"], |json| {
        serde_json::from_value(json.clone()).ok()
    });
    remarks.extend(list(&report["warnings"], |json| {
        Some(Remark {
            kind: RemarkKind::Note,
            text: json[0].as_str()?.to_owned(),
            times: json[1].as_u64()?,
        })
    }));
    remarks
}

const OUTCOMES: [(Outcome, &str); 4] = [
    (Outcome::Complete, "complete"),
    (Outcome::AlreadyImported, "already_imported"),
    (Outcome::Cancelled, "cancelled"),
    (Outcome::Failed, "failed"),
];

fn outcome_name(outcome: Outcome) -> &'static str {
    let known = OUTCOMES.iter().find(|(known, _)| *known == outcome);
    known.map_or("failed", |(_, name)| name)
}

fn outcome(name: &str) -> Outcome {
    let known = OUTCOMES.iter().find(|(_, known)| *known == name);
    known.map_or(Outcome::Cancelled, |(outcome, _)| *outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_come_back() {
        let mut report = FileReport {
            outcome: Outcome::Failed,
            bytes: 12,
            error: Some("no".to_owned()),
            seconds: 0.5,
            ..FileReport::default()
        };
        report.problems.skip(3, 99, "not JSON", b"{\"a");
        report.problems.repair("odd");
        report.problems.note("known");
        let back = from_json(&to_json(&report));
        assert_eq!(back.outcome, report.outcome);
        assert_eq!(back.problems, report.problems);
        assert_eq!(
            (back.bytes, back.seconds, back.error),
            (12, 0.5, report.error)
        );
    }
}
