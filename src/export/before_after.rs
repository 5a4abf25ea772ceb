//! What differs between two sets of traces, as JSON and as Markdown.

use super::markdown_text::words;
use crate::analysis::before_after::{BeforeAfter, EndpointTurn, IssueTurn, Turn};
use crate::model::human;
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// Lines of each table of Markdown; what is left out is said.
const MOST: usize = 50;
/// Characters of a name.
const NAME: usize = 120;

/// One JSON object; `sides` are what the two are called.
pub fn json(found: &BeforeAfter, sides: [&str; 2]) -> Json {
    let side = |at: usize| json!({ "name": sides[at], "trace_count": found.traces[at] });
    json!({
        "left": side(0),
        "right": side(1),
        "issues": found.issues.iter().map(issue).collect::<Vec<_>>(),
        "endpoints": found.endpoints.iter().map(endpoint).collect::<Vec<_>>(),
    })
}

/// Issues as scripts see them.
fn issue(turn: &IssueTurn) -> Json {
    let sides = &turn.issue.sides;
    let example = |at: usize| sides[at].example.map(|trace| trace.to_string());
    json!({
        "change": turn.turn.name(false),
        "kind": turn.issue.kind.name(),
        "title": turn.issue.title,
        "fingerprint": turn.issue.fingerprint,
        "left_count": sides[0].count,
        "right_count": sides[1].count,
        "left_per_thousand_traces": turn.per_thousand[0],
        "right_per_thousand_traces": turn.per_thousand[1],
        "left_time_to_win_ns": sides[0].to_win,
        "right_time_to_win_ns": sides[1].to_win,
        "chance": turn.chance,
        "left_trace_id": example(0),
        "right_trace_id": example(1),
    })
}

fn endpoint(turn: &EndpointTurn) -> Json {
    let example = |at: usize| turn.examples[at].map(|trace| trace.to_string());
    json!({
        "change": turn.turn.name(true),
        "transaction": &*turn.name,
        "service": &*turn.service,
        "left_count": turn.counts[0],
        "right_count": turn.counts[1],
        "left_p50_ns": turn.p50[0],
        "right_p50_ns": turn.p50[1],
        "left_p95_ns": turn.p95[0],
        "right_p95_ns": turn.p95[1],
        "chance": turn.chance,
        "longer": turn.longer,
        "left_trace_id": example(0),
        "right_trace_id": example(1),
    })
}

/// A heading and two tables, of what changed.
pub fn markdown(found: &BeforeAfter, sides: [&str; 2]) -> String {
    let mut out = format!(
        "## {} → {}\n\n",
        words(sides[0], NAME),
        words(sides[1], NAME)
    );
    let traces = found.traces.map(|count| human::counted(count, "trace"));
    let _ = writeln!(out, "{} → {}. {}\n", traces[0], traces[1], summary(found));
    let issues: Vec<&IssueTurn> = changed(&found.issues, |turn| turn.turn);
    if !issues.is_empty() {
        out.push_str("| Issue | Kind | Change | Before, in 1,000 traces | After | To win before | After | By chance |\n|---|---|---|--:|--:|--:|--:|--:|\n");
        for turn in issues.iter().take(MOST) {
            let sides = &turn.issue.sides;
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} | {} |",
                words(&turn.issue.title, NAME),
                turn.issue.kind.detector().title,
                turn.turn.name(false),
                rate(turn.per_thousand[0]),
                rate(turn.per_thousand[1]),
                time(sides[0].to_win),
                time(sides[1].to_win),
                words(&chance(Some(turn.chance)), NAME),
            );
        }
        more(&mut out, issues.len(), "issue");
    }
    let endpoints: Vec<&EndpointTurn> = changed(&found.endpoints, |turn| turn.turn);
    if !endpoints.is_empty() {
        out.push_str("| Endpoint | Service | Change | Before, median | After | Before, 95 % | After | By chance |\n|---|---|---|--:|--:|--:|--:|--:|\n");
        for turn in endpoints.iter().take(MOST) {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} | {} |",
                words(&turn.name, NAME),
                words(&turn.service, NAME),
                turn.turn.name(true),
                time(turn.p50[0]),
                time(turn.p50[1]),
                time(turn.p95[0]),
                time(turn.p95[1]),
                words(&chance(turn.chance), NAME),
            );
        }
        more(&mut out, endpoints.len(), "endpoint");
    }
    out
}

/// What changed, in one sentence, and in another how much of it may be chance.
pub fn summary(found: &BeforeAfter) -> String {
    let mut parts = Vec::new();
    for turn in [Turn::New, Turn::Worse, Turn::Better, Turn::Gone] {
        let issues = found.issues.iter().filter(|found| found.turn == turn);
        let count = issues.count() as u64;
        if count > 0 {
            let issues = human::counted(count, "issue");
            parts.push(match turn {
                Turn::New => format!("{issues} new"),
                Turn::Gone => format!("{issues} gone"),
                turn => format!(
                    "{issues} met {}",
                    if turn == Turn::Worse {
                        "more often"
                    } else {
                        "less often"
                    }
                ),
            });
        }
    }
    for turn in [Turn::Worse, Turn::Better] {
        let endpoints = found.endpoints.iter().filter(|found| found.turn == turn);
        let count = endpoints.count() as u64;
        if count > 0 {
            let endpoints = human::counted(count, "endpoint");
            parts.push(format!("{endpoints} {}", turn.name(true)));
        }
    }
    match parts.is_empty() {
        true => "No difference that is more than chance.".to_owned(),
        false => format!("{}.{}", parts.join(", "), doubt(found)),
    }
}

/// How many issues are new or gone without being more than chance: a few traces more may have had them.
fn doubt(found: &BeforeAfter) -> String {
    let changed = found.issues.iter().filter(|turn| turn.turn.is_change());
    let (told, unsure): (Vec<_>, Vec<_>) = changed.partition(|turn| turn.is_told());
    match (told.len(), unsure.len() as u64) {
        (_, 0) => String::new(),
        (0, 1) => " The issue may be chance.".to_owned(),
        (0, _) => " All of these issues may be chance.".to_owned(),
        (_, count) => format!(" {} of these issues may be chance.", human::grouped(count)),
    }
}

/// How often in a thousand.
pub fn rate(rate: f64) -> String {
    match rate {
        0.0 => "–".to_owned(),
        rate if rate < 10.0 => format!("{rate:.1}"),
        rate => human::grouped(rate.round() as u64),
    }
}

/// How likely something is by chance.
pub fn chance(chance: Option<f64>) -> String {
    match chance {
        None => "too few".to_owned(),
        Some(chance) if chance < 0.001 => "< 0.1 %".to_owned(),
        Some(chance) if chance < 0.0995 => format!("{:.1} %", chance * 100.0),
        Some(chance) => format!("{:.0} %", chance * 100.0),
    }
}

fn changed<T>(turns: &[T], turn: impl Fn(&T) -> Turn) -> Vec<&T> {
    turns
        .iter()
        .filter(|found| turn(found).is_change())
        .collect()
}

fn more(out: &mut String, count: usize, noun: &str) {
    if let Some(more) = count.checked_sub(MOST).filter(|more| *more > 0) {
        let _ = writeln!(out, "\nand {} more", human::counted(more as u64, noun));
    }
    out.push('\n');
}

fn time(nanos: Option<i64>) -> String {
    nanos.map_or_else(|| "–".to_owned(), human::duration)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::before_after::{IssueOnSides, IssueSide, before_after};
    use crate::analysis::detect::Kind;

    /// Issues of a hundred traces on each side, by how often they were met.
    fn compared(counts: &[[u64; 2]]) -> BeforeAfter {
        let side = |count| IssueSide {
            count,
            ..IssueSide::default()
        };
        let issue = |(at, counts): (usize, &[u64; 2])| IssueOnSides {
            kind: Kind::Error,
            fingerprint: at.to_string(),
            title: "Bad | at /orders/<int:pk>\u{1b}[0m".to_owned(),
            place: String::new(),
            sides: counts.map(side),
        };
        let issues = counts.iter().enumerate().map(issue).collect();
        before_after([100, 100], issues, Vec::new())
    }

    #[test]
    fn what_may_be_chance_is_said() {
        for (counts, expected) in [
            (&[[5, 5]][..], "No difference that is more than chance."),
            (&[[40, 0]], "1 issue gone."),
            (&[[1, 0]], "1 issue gone. The issue may be chance."),
            (
                &[[1, 0], [0, 1]],
                "1 issue new, 1 issue gone. All of these issues may be chance.",
            ),
            (
                &[[40, 0], [1, 0], [1, 2]],
                "2 issues gone. 1 of these issues may be chance.",
            ),
        ] {
            assert_eq!(summary(&compared(counts)), expected, "{counts:?}");
        }
    }

    #[test]
    fn a_line_of_markdown_is_text_with_its_chance() {
        let text = markdown(&compared(&[[40, 0]]), ["1_4", "b"]);
        assert!(text.starts_with("## 1\\_4 → b\n"), "{text}");
        let line =
            "| Bad \\| at /orders/\\<int:pk\\> | Error | gone | 400 | – | – | – | \\< 0.1 % |\n";
        assert!(text.contains(line), "{text}");
    }

    #[test]
    fn chances_have_two_figures() {
        for (value, expected) in [
            (None, "too few"),
            (Some(0.0004), "< 0.1 %"),
            (Some(0.0423), "4.2 %"),
            (Some(0.0996), "10 %"),
            (Some(1.0), "100 %"),
        ] {
            assert_eq!(chance(value), expected);
        }
    }
}
