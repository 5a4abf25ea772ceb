//! Searching and sorting issues: the search language, asked of an issue.

use super::Issue;
use crate::app::route::{IssueOrder, IssuesPlace};
use crate::model::Nanos;
use crate::query::{self, Expr, Term, Test};
use crate::store::IssueState;
use std::cmp::Ordering;

/// What can be searched for.
pub const KEYS: [&str; 15] = [
    "kind",
    "title",
    "state",
    "service",
    "transaction",
    "release",
    "environment",
    "user",
    "users",
    "count",
    "time_to_win",
    "duration",
    "first_seen",
    "last_seen",
    "fingerprint",
];

/// A value of an issue.
enum Held {
    Text(String),
    Number(f64),
}

/// Whether an issue is meant. `now` is what relative times count from.
pub fn fits(search: &Expr, issue: &Issue, state: IssueState, now: Nanos) -> bool {
    // A search is at most 64 levels deep.
    match search {
        Expr::All => true,
        Expr::And(parts) => parts.iter().all(|part| fits(part, issue, state, now)),
        Expr::Or(parts) => parts.iter().any(|part| fits(part, issue, state, now)),
        Expr::Not(part) => !fits(part, issue, state, now),
        Expr::Term(Term { key, test }) => {
            let held = held(issue, state, key);
            held.iter().any(|held| passes(test, held, now))
        }
        // Neither is read on this page.
        Expr::Having(_) | Expr::SomeSpan(_) => false,
    }
}

/// The values an issue has under a name; free text is looked for in what it is called and where it was.
fn held(issue: &Issue, state: IssueState, key: &str) -> Vec<Held> {
    let text = |text: &str| vec![Held::Text(text.to_owned())];
    let number = |number: f64| vec![Held::Number(number)];
    let texts = |texts: &mut dyn Iterator<Item = &str>| {
        texts.map(|text| Held::Text(text.to_owned())).collect()
    };
    match key {
        "" | "message" => {
            let transactions = issue.transactions.iter().map(|name| &**name);
            let kind = issue.kind.detector().title;
            texts(
                &mut [issue.title.as_str(), kind]
                    .into_iter()
                    .chain(issue.fingerprints.iter().map(String::as_str))
                    .chain(transactions),
            )
        }
        "kind" | "op" => text(issue.kind.name()),
        "title" => text(&issue.title),
        "state" | "status" => text(state.name()),
        "fingerprint" => texts(&mut issue.fingerprints.iter().map(String::as_str)),
        "service" | "service.name" => texts(&mut issue.services.iter().map(|name| &**name)),
        "transaction" => texts(&mut issue.transactions.iter().map(|name| &**name)),
        "release" => texts(&mut issue.releases.keys().map(|name| &**name)),
        "environment" => texts(&mut issue.environments.keys().map(|name| &**name)),
        "user" | "user.id" => texts(&mut issue.users.keys().map(|name| &**name)),
        "users" => number(issue.users.len() as f64),
        "count" => number(issue.count as f64),
        "time_to_win" | "won" => issue
            .time_to_win
            .map(|won| Held::Number(won as f64))
            .into_iter()
            .collect(),
        "duration" => number(issue.total_duration as f64),
        "first_seen" => number(issue.first_seen.0 as f64),
        "last_seen" | "time" | "timestamp" => number(issue.last_seen.0 as f64),
        _ => Vec::new(),
    }
}

fn passes(test: &Test, held: &Held, now: Nanos) -> bool {
    let text = match held {
        Held::Text(text) => text.clone(),
        Held::Number(number) => number.to_string(),
    };
    match test {
        Test::Present => !text.is_empty(),
        Test::Equals(wanted) => match (held, query::number(wanted)) {
            (Held::Number(number), Some(wanted)) => *number == wanted,
            _ => text == *wanted,
        },
        Test::Matches(pattern) => pattern.matches(&text),
        Test::Contains(wanted) => text.to_lowercase().contains(&wanted.to_lowercase()),
        Test::Regex(regex) => regex.is_in(&text),
        Test::Compare(comparison, wanted) => match held {
            Held::Number(number) => comparison.holds(*number, *wanted),
            Held::Text(_) => false,
        },
        Test::Time(comparison, moment) => match held {
            Held::Number(number) => comparison.holds(*number, moment.at(now).0 as f64),
            Held::Text(_) => false,
        },
        Test::AnyItem(test) | Test::Attribute(_, test) => passes(test, held, now),
        Test::Version(..) | Test::Is(_) => false,
    }
}

/// How two issues follow each other; equal where the order does not tell.
pub fn compare(left: &Issue, right: &Issue, place: &IssuesPlace) -> Ordering {
    let order = match place.order {
        // What is not known is less than nothing.
        IssueOrder::ToWin => {
            let key = |issue: &Issue| {
                (
                    issue.time_to_win.unwrap_or(0),
                    issue.total_duration,
                    issue.count,
                )
            };
            key(left).cmp(&key(right))
        }
        IssueOrder::Count => left.count.cmp(&right.count),
        IssueOrder::Users => left.users.len().cmp(&right.users.len()),
        IssueOrder::First => left.first_seen.cmp(&right.first_seen),
        IssueOrder::Last => left.last_seen.cmp(&right.last_seen),
        IssueOrder::Kind => left.kind.cmp(&right.kind),
        IssueOrder::Title => left.title.cmp(&right.title),
    };
    if place.ascending {
        order
    } else {
        order.reverse()
    }
}
