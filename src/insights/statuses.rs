//! Errors whose words differ only in the status of an answer. Numbers do not count when failures are grouped, so that `503` and
//! `429` are one issue; its title says all of them.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// The statuses of answers that failed (RFC 9110, 15.5 and 15.6).
const FAILED: RangeInclusive<u16> = 400..=599;
/// So many are said; more are left out.
const SAID: usize = 5;

/// What a title says before the status it ends in, and that; `None` where it ends in none that stands by itself.
fn parts(title: &str) -> Option<(&str, u16)> {
    let before = title.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let is_apart = before.is_empty() || before.ends_with(": ");
    let status = title.get(before.len()..)?.parse().ok()?;
    (is_apart && FAILED.contains(&status)).then_some((before, status))
}

/// The status that a title ends in.
pub fn of(title: &str) -> Option<u16> {
    parts(title).map(|(_, status)| status)
}

/// A title with all the statuses that its issue was met with, where there are several.
pub fn titled(title: String, all: &BTreeSet<u16>) -> String {
    let Some((before, _)) = parts(&title).filter(|_| all.len() > 1) else {
        return title;
    };
    let said = all.iter().take(SAID).map(u16::to_string);
    let more = if all.len() > SAID { ", …" } else { "" };
    let said = said.collect::<Vec<_>>().join(", ");
    format!("{before}{said}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::errors::Failure;
    use crate::insights::errors;
    use crate::insights::issue::{Issue, Issues, add, finished};
    use crate::model::{SpanId, TraceId};

    #[test]
    fn an_issue_is_called_by_all_its_statuses() {
        let mut issues = Issues::default();
        for status in [503, 502, 503, 429] {
            let failure = Failure::plain("", &format!("GET: {status}"));
            let found = errors::failed(failure, TraceId::default(), SpanId(1));
            add(&mut issues, Issue::new(found));
        }
        let issues = finished(issues);
        let said: Vec<_> = issues.iter().map(|one| (&*one.title, one.count)).collect();
        assert_eq!(said, [("GET: 429, 502, 503", 4)]);
    }

    #[test]
    fn a_status_stands_by_itself_at_the_end() {
        let cases = [
            ("503", Some(503)),
            ("GET: 429", Some(429)),
            ("HTTPError: GET /orders: 502", Some(502)),
            ("GET: 200", None),
            ("Order failed: 1503", None),
            ("user 503", None),
            ("GET: 503 Service Unavailable", None),
            ("", None),
            ("99999999999", None),
        ];
        for (title, status) in cases {
            assert_eq!(of(title), status, "{title}");
        }
    }

    #[test]
    fn a_title_says_every_status_it_is_met_with() {
        let titled =
            |title: &str, all: &[u16]| titled(title.to_owned(), &all.iter().copied().collect());
        assert_eq!(titled("GET: 503", &[503]), "GET: 503");
        assert_eq!(titled("GET: 503", &[503, 429, 502]), "GET: 429, 502, 503");
        assert_eq!(titled("503", &[500, 502]), "500, 502");
        assert_eq!(titled("KeyError: 'a'", &[500, 502]), "KeyError: 'a'");
        let many = titled("503", &[500, 501, 502, 503, 504, 505]);
        assert_eq!(many, "500, 501, 502, 503, 504, …");
    }
}
