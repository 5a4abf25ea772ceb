//! Which issues are the same: those of a kind that go by one name, directly or through others.
//!
//! What a problem has in common with other recordings of it becomes a name of its issue only if that tells it apart: where
//! one SDK recorded two problems that have it in common, they are two places in the code, and stay two issues.

use super::issue::{Issue, Issues};
use crate::analysis::detect::Kind;
use hashbrown::{HashMap, HashSet};
use std::sync::Arc;

/// Issues, those of one group put together under the fingerprint that was seen first.
pub(super) fn joined(issues: Issues) -> Vec<Issue> {
    let mut issues: Vec<Issue> = issues.into_values().collect();
    issues.sort_by(|left, right| {
        let key = |issue: &Issue| (issue.first_seen, issue.kind);
        let by_time = key(left).cmp(&key(right));
        by_time.then_with(|| left.fingerprint.cmp(&right.fingerprint))
    });
    take_names(&mut issues);
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

/// Gives issues the names that they share with other recordings, where no SDK recorded two problems of that name.
fn take_names(issues: &mut [Issue]) {
    let unclear = unclear_names(issues);
    for issue in issues {
        let names = std::mem::take(&mut issue.shared).into_iter();
        let names = names.map(|(name, _)| (issue.kind, name));
        let clear = names.filter(|name| !unclear.contains(name));
        issue.fingerprints.extend(clear.map(|(_, name)| name));
    }
}

fn unclear_names(issues: &[Issue]) -> HashSet<(Kind, String)> {
    let mut seen: HashSet<(Kind, &str, &Arc<str>)> = HashSet::new();
    let names = issues.iter().flat_map(|issue| {
        let shared = issue.shared.iter();
        shared.map(|(name, sdk)| (issue.kind, name.as_str(), sdk))
    });
    let again = names.filter(|name| !seen.insert(*name));
    again
        .map(|(kind, name, _)| (kind, name.to_owned()))
        .collect()
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
