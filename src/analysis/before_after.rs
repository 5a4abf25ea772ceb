//! What differs between two sets of traces: issues that are gone, new or met more or less often, endpoints that became
//! slower or faster.
//!
//! A difference is called one only when it is more than [chance](super::significance), all tests of a kind taken together.

use super::detect::Kind;
use super::percentile::percentile;
use super::significance::{adjusted, rank_sum, rates};
use crate::model::TraceId;
use std::cmp::Reverse;
use std::sync::Arc;

/// The share of false findings among the findings that is accepted.
pub const ACCEPTED: f64 = 0.05;
/// A median that moved by less matters to nobody.
const LEAST_MOVE: f64 = 0.05;

/// An issue on one side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IssueSide {
    /// How often it was met.
    pub count: u64,
    /// What mending it would win, nanoseconds.
    pub to_win: Option<i64>,
    /// A trace that shows it.
    pub example: Option<TraceId>,
}

/// An issue that was met on one of the sides at least.
#[derive(Clone, Debug, PartialEq)]
pub struct IssueOnSides {
    /// What it is.
    pub kind: Kind,
    /// The same on both sides.
    pub fingerprint: String,
    /// In words.
    pub title: String,
    /// Where it happens, in words.
    pub place: String,
    /// Left and right.
    pub sides: [IssueSide; 2],
}

/// An endpoint or a job, by what its spans lasted, nanoseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Endpoint {
    /// Its name.
    pub name: Arc<str>,
    /// Its service.
    pub service: Arc<str>,
    /// Left and right.
    pub durations: [Vec<i64>; 2],
    /// A trace of each side: the longest.
    pub examples: [Option<TraceId>; 2],
}

/// How something changed from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// It is on the right only.
    New,
    /// It is worse: met more often, or slower.
    Worse,
    /// It is better.
    Better,
    /// It is on the left only.
    Gone,
    /// No difference that is more than chance.
    Same,
    /// Too few to tell.
    Unclear,
}

/// An issue with how it changed.
#[derive(Clone, Debug, PartialEq)]
pub struct IssueTurn {
    /// It.
    pub issue: IssueOnSides,
    /// Which way.
    pub turn: Turn,
    /// How often it is met in a thousand traces of each side.
    pub per_thousand: [f64; 2],
    /// How likely that is by chance, all issues taken together.
    pub chance: f64,
}

/// An endpoint with how it changed.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointTurn {
    /// Its name.
    pub name: Arc<str>,
    /// Its service.
    pub service: Arc<str>,
    /// Which way.
    pub turn: Turn,
    /// How many on each side.
    pub counts: [usize; 2],
    /// The median of each side, nanoseconds.
    pub p50: [Option<i64>; 2],
    /// The 95th percentile of each side, nanoseconds.
    pub p95: [Option<i64>; 2],
    /// How likely that is by chance, all endpoints taken together; `None` where there are too few to tell.
    pub chance: Option<f64>,
    /// How likely one of the right side lasts longer than one of the left.
    pub longer: Option<f64>,
    /// A trace of each side.
    pub examples: [Option<TraceId>; 2],
}

impl IssueTurn {
    /// Whether it is a difference that is more than chance. What was met on one side only is new or gone as a matter of fact,
    /// but a few may have been missed on the other by chance.
    pub fn is_told(&self) -> bool {
        self.turn.is_change() && self.chance <= ACCEPTED
    }
}

/// Both sides with what differs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BeforeAfter {
    /// How many traces there are on each side.
    pub traces: [u64; 2],
    /// Issues: new and worse ones first, then those that are better or gone, then the others.
    pub issues: Vec<IssueTurn>,
    /// Endpoints in the same order.
    pub endpoints: Vec<EndpointTurn>,
}

impl Turn {
    /// In a word.
    pub fn name(self, of_endpoint: bool) -> &'static str {
        match (self, of_endpoint) {
            (Self::New, _) => "new",
            (Self::Gone, _) => "gone",
            (Self::Worse, true) => "slower",
            (Self::Better, true) => "faster",
            (Self::Worse, false) => "more",
            (Self::Better, false) => "fewer",
            (Self::Same, _) => "same",
            (Self::Unclear, _) => "unclear",
        }
    }

    /// Whether it is a difference.
    pub fn is_change(self) -> bool {
        !matches!(self, Self::Same | Self::Unclear)
    }
}

/// Compares two sides, of which one has so many traces and the other so many.
pub fn before_after(
    traces: [u64; 2],
    issues: Vec<IssueOnSides>,
    endpoints: Vec<Endpoint>,
) -> BeforeAfter {
    BeforeAfter {
        traces,
        issues: issue_turns(traces, issues),
        endpoints: endpoint_turns(endpoints),
    }
}

fn issue_turns(traces: [u64; 2], issues: Vec<IssueOnSides>) -> Vec<IssueTurn> {
    let counts = |issue: &IssueOnSides| [issue.sides[0].count, issue.sides[1].count];
    let chances: Vec<f64> = issues
        .iter()
        .map(|issue| rates(counts(issue), traces))
        .collect();
    let per_thousand = |issue: &IssueOnSides| {
        let counts = counts(issue);
        [0, 1].map(|side| counts[side] as f64 * 1000.0 / traces[side].max(1) as f64)
    };
    let turn = |issue: &IssueOnSides, chance: f64| match (counts(issue), per_thousand(issue)) {
        ([0, _], _) => Turn::New,
        ([_, 0], _) => Turn::Gone,
        _ if chance > ACCEPTED => Turn::Same,
        (_, [left, right]) if right > left => Turn::Worse,
        _ => Turn::Better,
    };
    let all = issues.into_iter().zip(adjusted(&chances));
    let mut turns: Vec<IssueTurn> = all
        .map(|(issue, chance)| IssueTurn {
            turn: turn(&issue, chance),
            per_thousand: per_thousand(&issue),
            chance,
            issue,
        })
        .collect();
    turns.sort_by_cached_key(|turn| {
        let sides = &turn.issue.sides;
        let won = sides.iter().filter_map(|side| side.to_win).max();
        let count = sides[0].count.max(sides[1].count);
        (
            turn.turn,
            Reverse((won, count)),
            turn.issue.fingerprint.clone(),
        )
    });
    turns
}

fn endpoint_turns(endpoints: Vec<Endpoint>) -> Vec<EndpointTurn> {
    let shifts = endpoints.iter();
    let shifts: Vec<_> = shifts
        .map(|endpoint| rank_sum(&endpoint.durations[0], &endpoint.durations[1]))
        .collect();
    let told: Vec<f64> = shifts.iter().flatten().map(|shift| shift.p).collect();
    let mut raised = adjusted(&told).into_iter();
    let mut turns = Vec::with_capacity(endpoints.len());
    for (mut endpoint, shift) in endpoints.into_iter().zip(shifts) {
        let chance = shift.and_then(|_| raised.next());
        let counts = [0, 1].map(|side| endpoint.durations[side].len());
        let of =
            |values: &mut Vec<i64>, share| (!values.is_empty()).then(|| percentile(values, share));
        let [left, right] = &mut endpoint.durations;
        let (p50, p95) = (
            [of(left, 0.5), of(right, 0.5)],
            [of(left, 0.95), of(right, 0.95)],
        );
        let turn = match (counts, chance, p50) {
            ([0, _], ..) => Turn::New,
            ([_, 0], ..) => Turn::Gone,
            (_, Some(chance), [Some(left), Some(right)]) => turn_of(chance, left, right),
            _ => Turn::Unclear,
        };
        turns.push(EndpointTurn {
            name: endpoint.name,
            service: endpoint.service,
            turn,
            counts,
            p50,
            p95,
            chance,
            longer: shift.map(|shift| shift.larger),
            examples: endpoint.examples,
        });
    }
    turns.sort_by_cached_key(|turn| {
        let moved = |[left, right]: [Option<i64>; 2]| {
            let moved = right.unwrap_or(0).saturating_sub(left.unwrap_or(0));
            moved.unsigned_abs()
        };
        let name = (turn.name.clone(), turn.service.clone());
        (turn.turn, Reverse(moved(turn.p50)), name)
    });
    turns
}

/// Which way medians moved, if that is more than chance and large enough to matter.
fn turn_of(chance: f64, left: i64, right: i64) -> Turn {
    let moved = (right as f64 - left as f64) / (left.max(1) as f64);
    match chance <= ACCEPTED && moved.abs() >= LEAST_MOVE {
        true if moved > 0.0 => Turn::Worse,
        true => Turn::Better,
        false => Turn::Same,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issue(fingerprint: &str, counts: [u64; 2]) -> IssueOnSides {
        let side = |count| IssueSide {
            count,
            ..IssueSide::default()
        };
        IssueOnSides {
            kind: Kind::NPlusOneDb,
            fingerprint: fingerprint.to_owned(),
            title: String::new(),
            place: String::new(),
            sides: counts.map(side),
        }
    }

    #[test]
    fn issues_turn_with_their_rate() {
        let issues = vec![
            issue("gone", [40, 0]),
            issue("new", [0, 3]),
            issue("as often", [20, 40]),
            issue("more often", [5, 80]),
            issue("less often", [60, 20]),
        ];
        let found = before_after([100, 200], issues, Vec::new());
        let turns = found.issues.iter();
        let turns: Vec<(&str, &str)> = turns
            .map(|turn| (turn.issue.fingerprint.as_str(), turn.turn.name(false)))
            .collect();
        assert_eq!(
            turns,
            [
                ("new", "new"),
                ("more often", "more"),
                ("less often", "fewer"),
                ("gone", "gone"),
                ("as often", "same"),
            ]
        );
        assert_eq!(found.issues[4].per_thousand, [200.0, 200.0]);
        assert!(found.issues[3].chance < 1e-6);
        let told: Vec<bool> = found.issues.iter().map(IssueTurn::is_told).collect();
        assert_eq!(told, [false, true, true, true, false]);
    }

    #[test]
    fn endpoints_turn_only_when_it_is_more_than_chance_and_matters() {
        let endpoint = |name: &str, left: Vec<i64>, right: Vec<i64>| Endpoint {
            name: name.into(),
            durations: [left, right],
            ..Endpoint::default()
        };
        let values = |from: i64, count: i64| (0..count).map(|at| from + at).collect::<Vec<_>>();
        let endpoints = vec![
            endpoint("slower", values(1000, 20), values(1500, 20)),
            endpoint("faster", values(1500, 20), values(1000, 20)),
            endpoint("hardly", values(1000, 20), values(1020, 20)),
            endpoint("same", values(1000, 20), values(1000, 20)),
            endpoint("few", values(1000, 20), values(5000, 3)),
            endpoint("new", Vec::new(), values(1000, 3)),
            endpoint("gone", values(1000, 3), Vec::new()),
        ];
        let found = before_after([1, 1], Vec::new(), endpoints);
        for turn in &found.endpoints {
            let expected = match &*turn.name {
                "hardly" => "same",
                "few" => "unclear",
                name => name,
            };
            assert_eq!(turn.turn.name(true), expected, "{}", turn.name);
        }
        let few = found.endpoints.iter().find(|turn| &*turn.name == "few");
        assert_eq!(few.and_then(|turn| turn.chance), None);
        let hardly = found.endpoints.iter().find(|turn| &*turn.name == "hardly");
        assert!(
            hardly
                .and_then(|turn| turn.chance)
                .is_some_and(|chance| chance < 0.01)
        );
    }
}
