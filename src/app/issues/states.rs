//! What became of issues: what people decided, what came back, and what saved searches say is noise.

use super::{Issue, IssueSearch, States, search};
use crate::app::route::Route;
use crate::model::Nanos;
use crate::query::{self, Expr};
use crate::store::{IssueState, KnownIssue, Reader, SavedSearch, StoreError};

/// Saved searches of issues whose name begins so say what is noise.
pub const NOISE: &str = "ignore";

/// The saved searches that say which issues do not matter.
pub fn noise(saved: &[SavedSearch]) -> Vec<Expr> {
    saved.iter().filter_map(rule).collect()
}

/// What a saved search says does not matter; `None` where it is no rule.
fn rule(saved: &SavedSearch) -> Option<Expr> {
    if !saved.name.to_lowercase().starts_with(NOISE) {
        return None;
    }
    let search = match saved.place.parse() {
        Ok(Route::Issues(place)) => query::parse_filter(&place.query).ok()?,
        _ => return None,
    };
    // A rule without a search would ignore everything.
    (search != Expr::All).then_some(search)
}

impl IssueSearch {
    /// The rules by which an issue is ignored about which nothing else was decided.
    pub fn rules_of<'a>(&self, issue: &Issue, saved: &'a [SavedSearch]) -> Vec<&'a SavedSearch> {
        let Some(known) = self.states.value.as_ref() else {
            return Vec::new();
        };
        if decided(known, issue) != IssueState::Open {
            return Vec::new();
        }
        let now = now(self.found.value.as_deref().unwrap_or_default());
        let ignores = |saved: &&SavedSearch| {
            rule(saved).is_some_and(|rule| search::fits(&rule, issue, IssueState::Open, now))
        };
        saved.iter().filter(ignores).collect()
    }
}

/// What became of each of some issues, by what a store knows of them.
///
/// # Errors
/// As with every question.
pub fn states_in(reader: &Reader, issues: &[Issue]) -> Result<Vec<IssueState>, StoreError> {
    let known = states(reader.known_issues()?);
    let noise = noise(&reader.saved_searches()?);
    let now = now(issues);
    let state = |issue| state(issue, &known, &noise, now);
    Ok(issues.iter().map(state).collect())
}

/// The last time any of them was met: what relative times count from.
pub(super) fn now(issues: &[Issue]) -> Nanos {
    let last = issues.iter().map(|issue| issue.last_seen);
    last.max().unwrap_or_default()
}

/// What became of an issue.
pub(super) fn state(issue: &Issue, known: &States, noise: &[Expr], now: Nanos) -> IssueState {
    let state = decided(known, issue);
    let is_noise = || {
        let mut rules = noise.iter();
        rules.any(|rule| search::fits(rule, issue, state, now))
    };
    match state {
        IssueState::Open if is_noise() => IssueState::Ignored,
        state => state,
    }
}

/// What is to be noted of issues: each under every fingerprint it goes by, so that what was decided about it is found again
/// whatever it goes by later.
pub fn to_note(issues: &[Issue]) -> Vec<KnownIssue> {
    let known = |issue: &Issue, fingerprint: &String| KnownIssue {
        kind: issue.kind.name().to_owned(),
        fingerprint: fingerprint.clone(),
        title: issue.title.clone(),
        count: issue.count,
        seen: (issue.first_seen.0, issue.last_seen.0),
        state: IssueState::Open,
    };
    let mut all = Vec::with_capacity(issues.len());
    for issue in issues {
        all.extend(issue.fingerprints.iter().map(|name| known(issue, name)));
    }
    all
}

/// Known issues by what names them.
pub fn states(known: Vec<KnownIssue>) -> States {
    let known = known.into_iter();
    known
        .map(|issue| ((issue.kind, issue.fingerprint), issue.state))
        .collect()
}

/// What was decided about an issue, whichever of its fingerprints it was decided about. That it came back says most.
pub(super) fn decided(states: &States, issue: &Issue) -> IssueState {
    let state = |fingerprint: &String| {
        let key = (issue.kind.name().to_owned(), fingerprint.clone());
        states.get(&key).copied()
    };
    let says = |state: &IssueState| match state {
        IssueState::Open => 0,
        IssueState::Ignored => 1,
        IssueState::Resolved => 2,
        IssueState::Regressed => 3,
    };
    let known = issue.fingerprints.iter().filter_map(state);
    known.max_by_key(says).unwrap_or_default()
}
