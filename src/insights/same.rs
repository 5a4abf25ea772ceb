//! Which issues are the same: those of a kind that go by one name, directly or through others.

use super::issue::{Issue, Issues};
use crate::analysis::detect::Kind;
use hashbrown::HashMap;

/// Issues, those of one group put together under the fingerprint that was seen first.
pub(super) fn joined(issues: Issues) -> Vec<Issue> {
    let mut issues: Vec<Issue> = issues.into_values().collect();
    issues.sort_by(|left, right| {
        let key = |issue: &Issue| (issue.first_seen, issue.kind);
        let by_time = key(left).cmp(&key(right));
        by_time.then_with(|| left.fingerprint.cmp(&right.fingerprint))
    });
    let groups = groups(issues.iter());
    let mut joined: Vec<Issue> = Vec::with_capacity(issues.len());
    let mut places: HashMap<usize, usize> = HashMap::with_capacity(issues.len());
    for (issue, group) in issues.into_iter().zip(groups) {
        match places.get(&group) {
            Some(place) => joined[*place].merge(issue),
            None => {
                places.insert(group, joined.len());
                joined.push(issue);
            }
        }
    }
    joined
}

/// Of each issue its group, as the place of one of the group's issues.
pub(super) fn groups<'a>(issues: impl Iterator<Item = &'a Issue>) -> Vec<usize> {
    let mut above: Vec<usize> = Vec::new();
    let mut first_of: HashMap<(Kind, &str), usize> = HashMap::new();
    for (place, issue) in issues.enumerate() {
        above.push(place);
        for name in &issue.fingerprints {
            let first = *first_of.entry((issue.kind, name)).or_insert(place);
            let (left, right) = (top(&mut above, first), top(&mut above, place));
            above[left.max(right)] = left.min(right);
        }
    }
    (0..above.len())
        .map(|place| top(&mut above, place))
        .collect()
}

/// The first issue of a group, found through what its issues remember; the way is halved for the next.
fn top(above: &mut [usize], mut place: usize) -> usize {
    while above[place] != place {
        above[place] = above[above[place]];
        place = above[place];
    }
    place
}
