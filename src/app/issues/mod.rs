//! Issues as the window sees them: found in the background, noted in the store, searched and sorted in memory.
//!
//! What is new or has changed is looked at on a thread of its own, also while an import runs. What was found is noted by the writer, which
//! thereby learns what came back; what people decided is read from the store. The list a place shows is made of both.

mod attributes;
mod inbox;
mod search;
mod sides;
mod states;

pub use crate::analysis::detect::thresholds::{THRESHOLDS, Threshold};
pub use crate::analysis::detect::{Kind, Settings};
pub use crate::analysis::errors::{Exception, Failure, StackFrame};
pub use crate::insights::issues::{Counts, Issue, Sample, Source};

pub use crate::analysis::before_after::{BeforeAfter, EndpointTurn, IssueTurn, Turn};

use super::fetched::Fetched;
use super::route::{IssuesPlace, IssuesShown};
use crate::model::{SpanId, TraceId};
use crate::query::Expr;
use crate::store::IssueState;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub use attributes::{IssueAttributes, IssueRecords, search_for};
pub use inbox::Inbox;
pub use search::KEYS;
pub use sides::{OfferedSide, offered};
pub use states::{NOISE, noise, states, states_in, to_note};

/// What was decided about issues, by the name of their kind and their fingerprint.
pub type States = HashMap<(String, String), IssueState>;

/// Kinds of problems of traces, by their row numbers; each kind once.
pub type TraceKinds = HashMap<i64, Vec<Kind>>;

/// Kinds of problems of traces, by their ids; each kind once.
pub type LogKinds = HashMap<TraceId, Vec<Kind>>;

/// A line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedIssue {
    /// Its place among all that were found.
    pub at: u32,
    /// What became of it.
    pub state: IssueState,
}

/// What decides which issues are listed, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// The search.
    pub search: Expr,
    /// Issues that fit one of these are ignored.
    pub noise: Vec<Expr>,
    /// Order and states.
    pub place: IssuesPlace,
}

/// A problem of the open trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceMark {
    /// What it is.
    pub kind: Kind,
    /// In words.
    pub title: String,
    /// Its issue.
    pub fingerprint: String,
    /// The offending spans.
    pub spans: Vec<SpanId>,
}

/// The newest answers about issues.
#[derive(Debug, Default)]
pub struct IssueSearch {
    /// All of them, by version of the data and of the thresholds.
    pub found: Fetched<(u64, u64), Arc<[Issue]>>,
    /// Thresholds of detectors that are not the usual ones, by version.
    pub settings: Fetched<u64, Arc<Settings>>,
    /// What was decided, by change.
    pub states: Fetched<(u64, u64), Arc<States>>,
    /// Those a place shows, by versions of both.
    pub listed: Fetched<(u64, u64, Listing), Arc<[ListedIssue]>>,
    /// How many ask for something to be done, by versions of both and of saved searches.
    pub open: Fetched<(u64, u64, u64), u64>,
    /// Kinds of problems of the visible traces of the list, by version of their rows.
    pub kinds: Fetched<u64, Arc<TraceKinds>>,
    /// Those of the traces of visible log records, by version of their rows.
    pub log_kinds: Fetched<u64, Arc<LogKinds>>,
    /// Those of the open trace, by version of the trace.
    pub marks: Fetched<u64, Arc<[TraceMark]>>,
    /// What was typed for a threshold, by its name, and is not set.
    pub typed: BTreeMap<String, String>,
    /// What changed between two sides, by versions of the data and the thresholds.
    pub between: Fetched<(u64, u64, [String; 2]), Arc<BeforeAfter>>,
    /// Searches that make a side, by version of the data.
    pub sides: Fetched<u64, Arc<[OfferedSide]>>,
    /// What the records of the selected issue are made of, by versions of the data and the thresholds.
    pub attributes: Fetched<(u64, u64, String, IssueRecords), Arc<IssueAttributes>>,
    /// What is typed for the two sides.
    pub sides_typed: [Option<String>; 2],
    /// Goes up with everything that is decided or noted.
    pub(super) changes: u64,
    /// Goes up with every threshold that is set.
    pub(super) thresholds: u64,
}

impl IssueSearch {
    /// Whether those of this version of the data are found, or cannot be.
    pub(super) fn are_found(&self, version: u64) -> bool {
        let is_answered = self.found.value.is_some() || self.found.error.is_some();
        let is_newest = self.found.asked == Some((version, self.thresholds));
        is_answered && is_newest && !self.found.waiting
    }
}

impl From<Issue> for TraceMark {
    fn from(issue: Issue) -> Self {
        let spans = issue.samples.into_iter().flat_map(|sample| sample.spans);
        Self {
            kind: issue.kind,
            title: issue.title,
            fingerprint: issue.fingerprint,
            spans: spans.collect(),
        }
    }
}

impl IssueSearch {
    /// Takes what was known before for the answer until there is a newer one.
    pub(super) fn take_earlier(&mut self, issues: Arc<[Issue]>) {
        if self.found.value.is_none() && !issues.is_empty() {
            self.found.value = Some(issues);
            self.found.revision += 1;
        }
    }

    /// The issue that goes by a fingerprint, and what became of it.
    pub fn find(&self, fingerprint: &str) -> Option<(&Issue, IssueState)> {
        let issues = self.found.value.as_ref()?;
        let at = issues
            .iter()
            .position(|issue| issue.fingerprints.contains(fingerprint))?;
        let issue = &issues[at];
        let listed = self.listed.value.as_ref();
        let listed = listed.and_then(|listed| listed.iter().find(|line| line.at as usize == at));
        let state = listed
            .map(|line| line.state)
            .or_else(|| self.state_of(issue));
        Some((issue, state.unwrap_or_default()))
    }

    fn state_of(&self, issue: &Issue) -> Option<IssueState> {
        self.states
            .value
            .as_ref()
            .map(|states| states::decided(states, issue))
    }
}

/// Kinds of problems, each once.
pub(super) fn distinct(kinds: impl IntoIterator<Item = (i64, Vec<Kind>)>) -> TraceKinds {
    let once = |mut kinds: Vec<Kind>| {
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    };
    let kinds = kinds.into_iter().filter(|(_, kinds)| !kinds.is_empty());
    kinds.map(|(trace, kinds)| (trace, once(kinds))).collect()
}

/// How many issues ask for something to be done.
pub(super) fn open(issues: &[Issue], states: &States, noise: &[Expr]) -> u64 {
    let now = states::now(issues);
    let is_open = |issue: &&Issue| states::state(issue, states, noise, now).is_open();
    issues.iter().filter(is_open).count() as u64
}

/// The issues a place shows, in its order.
pub(super) fn list(issues: &[Issue], states: &States, listing: &Listing) -> Vec<ListedIssue> {
    let now = states::now(issues);
    let state = |issue: &Issue| states::state(issue, states, &listing.noise, now);
    let shown = |state: IssueState| match listing.place.shown {
        IssuesShown::Open => state.is_open(),
        IssuesShown::Ignored => state == IssueState::Ignored,
        IssuesShown::Resolved => state == IssueState::Resolved,
        IssuesShown::All => true,
    };
    let lines = (0u32..).zip(issues).map(|(at, issue)| {
        (
            issue,
            ListedIssue {
                at,
                state: state(issue),
            },
        )
    });
    let mut lines: Vec<(&Issue, ListedIssue)> = lines
        .filter(|(issue, line)| {
            shown(line.state) && search::fits(&listing.search, issue, line.state, now)
        })
        .collect();
    // All are in the usual order already, which decides between equals.
    lines.sort_by(|(left, _), (right, _)| search::compare(left, right, &listing.place));
    lines.into_iter().map(|(_, line)| line).collect()
}
