//! Which issues are the same: those of a kind that go by one name, directly or through others.
//!
//! What a problem has in common with other recordings of it becomes a name of its issue only if that tells it apart: where
//! one SDK recorded two problems that have it in common, they are two places in the code, and stay two issues.

use super::issue::{Issue, Issues, Occurrence};
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
    let unclear = unclear_names(issues.iter().flat_map(|issue| {
        let own = (issue.kind, issue.fingerprint.as_str());
        issue.shared.iter().map(move |name| (own, name))
    }));
    for issue in issues {
        let names = std::mem::take(&mut issue.shared).into_iter();
        let names = names.map(|(name, _)| (issue.kind, name));
        let clear = names.filter(|name| !unclear.contains(name));
        issue.fingerprints.extend(clear.map(|(_, name)| name));
    }
}

/// The names under which one SDK recorded two problems, of problems by kind and fingerprint with name and SDK. Names of errors
/// hold places in the code themselves.
fn unclear_names<'a>(
    recorded: impl Iterator<Item = ((Kind, &'a str), &'a (String, Arc<str>))>,
) -> HashSet<(Kind, String)> {
    let mut first: HashMap<(Kind, &str, &str), &str> = HashMap::new();
    let mut unclear = HashSet::new();
    let recorded = recorded.filter(|((kind, _), _)| *kind != Kind::Error);
    for ((kind, fingerprint), (name, sdk)) in recorded {
        if *first.entry((kind, name, sdk)).or_insert(fingerprint) != fingerprint {
            unclear.insert((kind, name.clone()));
        }
    }
    unclear
}

/// Of each issue its group, as the place of one of the group's issues.
pub(super) fn groups<'a>(issues: impl Iterator<Item = &'a Issue>) -> Vec<usize> {
    let mut groups = Groups::default();
    for issue in issues {
        let names = issue.fingerprints.iter().map(String::as_str);
        groups.add(issue.kind, names);
    }
    groups.all()
}

/// Gives all occurrences of one issue the fingerprint that was seen first; those of a pair name one issue.
pub(super) fn rename(found: &mut [Occurrence], aliases: &HashSet<(String, String)>) {
    let names = other_names(found, aliases);
    for (occurrence, name) in found.iter_mut().zip(names) {
        if let Some(name) = name {
            occurrence.fingerprint = name;
        }
    }
}

/// The fingerprint of each occurrence's issue where it is another than its own.
fn other_names(found: &[Occurrence], aliases: &HashSet<(String, String)>) -> Vec<Option<String>> {
    let unclear = unclear_names(found.iter().filter_map(|occurrence| {
        let own = (occurrence.kind, occurrence.fingerprint.as_str());
        Some((own, occurrence.same.as_ref()?))
    }));
    let clear = |occurrence: &'_ Occurrence, name: &str| {
        // Owned, since the set is of owned names.
        !unclear.contains(&(occurrence.kind, name.to_owned()))
    };
    let mut groups = Groups::default();
    // Each pair of names once: there are few beside the occurrences.
    let mut known: HashSet<(Kind, &str, Option<&str>)> = HashSet::new();
    let mut first: Vec<&str> = Vec::new();
    for occurrence in found {
        let fingerprint = &*occurrence.fingerprint;
        let same = occurrence.same.as_ref().map(|(name, _)| name.as_str());
        let same = same.filter(|name| clear(occurrence, name));
        if known.insert((occurrence.kind, fingerprint, same)) {
            groups.add(occurrence.kind, same.into_iter().chain([fingerprint]));
            first.push(fingerprint);
        }
    }
    for (left, right) in aliases {
        groups.add(Kind::Error, [&**left, &**right].into_iter());
        first.push(left);
    }
    let places = groups.all();
    let of_name: HashMap<(Kind, &str), usize> = groups.first_of;
    let name = |occurrence: &Occurrence| {
        let place = of_name.get(&(occurrence.kind, &*occurrence.fingerprint));
        let name = place.and_then(|place| first.get(*places.get(*place)?))?;
        (**name != *occurrence.fingerprint).then(|| (*name).to_owned())
    };
    found.iter().map(name).collect()
}

/// Things with names; those of a kind with a name in common are of one group.
#[derive(Default)]
struct Groups<'a> {
    /// Of each a thing of its group that came before, or itself.
    above: Vec<usize>,
    first_of: HashMap<(Kind, &'a str), usize>,
}

impl<'a> Groups<'a> {
    fn add(&mut self, kind: Kind, names: impl Iterator<Item = &'a str>) {
        let place = self.above.len();
        self.above.push(place);
        for name in names {
            let first = *self.first_of.entry((kind, name)).or_insert(place);
            let above = &mut self.above;
            let (left, right) = (top(above, first), top(above, place));
            above[left.max(right)] = left.min(right);
        }
    }

    /// Of each thing the first of its group.
    fn all(&mut self) -> Vec<usize> {
        let places = 0..self.above.len();
        places.map(|place| top(&mut self.above, place)).collect()
    }
}

/// The first issue of a group, found through what its issues remember; the way is halved for the next.
fn top(above: &mut [usize], mut place: usize) -> usize {
    while above[place] != place {
        above[place] = above[above[place]];
        place = above[place];
    }
    place
}
