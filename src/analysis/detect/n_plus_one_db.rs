//! A query, then one more for each row it gave.
//!
//! Structure: under one parent a source query, directly followed by repeats of another. Other work between them ends the
//! run, so what is reported has one place in code and one fix.
//!
//! One departure from the reference: the source may lie deeper, below a sibling of the repeats, if nothing comes between it
//! and the first of them. Instrumented frameworks put the first query into a span of its own, and the reference, which
//! then has no source, would not report the plainest of all cases. Such a source is less certain, so more repeats are asked
//! for ([`SURE`]). The evidence says so (`source_below_sibling`).

use super::subject::{Field, Subject};
use super::{Findings, Kind, Settings, is_query_op, is_whole};
use crate::analysis::digest::sha1_hex;
use crate::analysis::tree::SpanIndex;
use crate::model::SpanId;
use hashbrown::HashMap;
use serde_json::json;
use std::borrow::Cow;

pub fn find(subject: &Subject, settings: &Settings, findings: &mut Findings) {
    let mut run = Run::new(subject);
    for at in subject.spans.iter().copied() {
        if !is_query_op(subject.op(at)) {
            run.report(settings, findings);
            run.reset();
            run.parents.entry(subject.span(at).id).or_insert(at);
        } else if run.source.is_none() {
            run.begin(at);
        } else if run.continues(at) {
            run.repeats.push(at);
        } else {
            run.report(settings, findings);
            let last = run.repeats.last().copied();
            run.reset();
            // The last repeat may be the source of what comes next.
            if let Some(last) = last {
                run.begin(last);
            }
            if run.source.is_some() && run.continues(at) {
                run.repeats.push(at);
            } else {
                run.source = None;
                run.begin(at);
            }
        }
    }
    run.report(settings, findings);
    find_below_sibling(subject, settings, findings);
}

/// Runs whose source lies below a sibling.
fn find_below_sibling(subject: &Subject, settings: &Settings, findings: &mut Findings) {
    let spans = &subject.spans;
    let mut start = 0;
    while start < spans.len() {
        let first = spans[start];
        let is_repeat = |at: &SpanIndex| {
            subject.parent(*at) == subject.parent(first) && is_same(subject, *at, first)
        };
        let rest = &spans[start..];
        let length = rest.iter().take_while(|at| is_repeat(at)).count().max(1);
        let source = start.checked_sub(1).map(|before| spans[before]);
        if length >= settings.n_plus_one_count.max(SURE)
            && is_query_op(subject.op(first))
            && let Some(source) = source
            && let Some(parent) = subject.parent(first).and_then(|id| subject.find(id))
            && is_deeper_query(subject, source, first, parent)
        {
            let mut run = Run::new(subject);
            run.parents.insert(subject.span(parent).id, parent);
            run.source = Some(source);
            run.repeats = rest[..length].to_vec();
            run.report_under(parent, true, settings, findings);
        }
        start += length;
    }
}

/// Whether a span is a query of another kind below a child of this parent.
fn is_deeper_query(subject: &Subject, at: SpanIndex, repeat: SpanIndex, parent: SpanIndex) -> bool {
    let above = subject.tree.parent(at);
    let is_below = |mut at: SpanIndex| {
        for _ in 0..DEEPEST_SOURCE {
            match subject.tree.parent(at) {
                Some(above) if above == parent => return true,
                Some(above) => at = above,
                None => return false,
            }
        }
        false
    };
    is_query_op(subject.op(at))
        && !is_query_op(subject.op(parent))
        && subject.has_hash(repeat)
        && subject.hash(at) != subject.hash(repeat)
        && above.is_some_and(|above| above != parent && is_below(above))
}

/// Repeats that make up for a source that is not beside them.
const SURE: usize = 20;

/// Levels between the repeats' parent and a source below a sibling.
const DEEPEST_SOURCE: usize = 3;

struct Run<'a> {
    subject: &'a Subject<'a>,
    /// Spans under which a run may lie.
    parents: HashMap<SpanId, SpanIndex>,
    source: Option<SpanIndex>,
    /// What the repeats repeat.
    first: Option<SpanIndex>,
    repeats: Vec<SpanIndex>,
}

impl<'a> Run<'a> {
    fn new(subject: &'a Subject<'a>) -> Self {
        let root = subject.root;
        Self {
            subject,
            parents: [(subject.span(root).id, root)].into(),
            source: None,
            first: None,
            repeats: Vec::new(),
        }
    }

    fn reset(&mut self) {
        self.source = None;
        self.first = None;
        self.repeats.clear();
    }

    fn begin(&mut self, at: SpanIndex) {
        let parent = self.subject.parent(at);
        if parent.is_some_and(|parent| self.parents.contains_key(&parent)) {
            self.source = Some(at);
        }
    }

    fn continues(&mut self, at: SpanIndex) -> bool {
        let subject = self.subject;
        let Some(source) = self.source else {
            return false;
        };
        let hash = subject.hash(at);
        let fits = subject.parent(at).is_some()
            && subject.parent(at) == subject.parent(source)
            && !hash.is_empty()
            && hash != subject.hash(source);
        match (fits, self.first) {
            (false, _) => false,
            (true, Some(first)) => is_same(subject, at, first),
            (true, None) => {
                self.first = Some(at);
                true
            }
        }
    }

    fn report(&self, settings: &Settings, findings: &mut Findings) {
        let subject = self.subject;
        let parent = self.source.and_then(|source| subject.parent(source));
        if let Some(parent) = parent.and_then(|id| self.parents.get(&id)) {
            self.report_under(*parent, false, settings, findings);
        }
    }

    fn report_under(
        &self,
        parent: SpanIndex,
        below_sibling: bool,
        settings: &Settings,
        findings: &mut Findings,
    ) {
        let subject = self.subject;
        let (Some(source), Some(first)) = (self.source, self.repeats.first().copied()) else {
            return;
        };
        if self.repeats.len() < settings.n_plus_one_count
            || subject.covered(&self.repeats) < settings.n_plus_one_total
            || subject.description(source).is_empty()
            || !is_whole(subject.description(first))
        {
            return;
        }
        let Some(description) = shown(subject, first) else {
            return;
        };
        let parts = [
            subject.op(parent),
            subject.hash(parent),
            subject.hash(source),
            subject.hash(first),
        ];
        let hash = sha1_hex(&parts.concat());
        let fingerprint = format!("1-GroupType.PERFORMANCE_N_PLUS_ONE_DB_QUERIES-{hash}");
        let mut problem = subject.problem(Kind::NPlusOneDb, fingerprint, self.repeats.clone());
        problem.description = description.into_owned();
        problem.parents = vec![parent];
        problem.causes = vec![source];
        problem.evidence = vec![
            ("repeating_query", json!(problem.description)),
            ("repeats", json!(self.repeats.len())),
            ("source_query", json!(subject.description(source))),
            ("parent", json!(subject.description(parent))),
            ("source_below_sibling", json!(below_sibling)),
        ];
        findings.put_first(problem);
    }
}

/// Whether two queries are the same: hash and text, for MongoDB also what Relay made of the text.
fn is_same(subject: &Subject, left: SpanIndex, right: SpanIndex) -> bool {
    let is_mongo = subject.text(left, Field::ScrubbedSystem).as_deref() == Some("mongodb");
    let scrubbed = |at| subject.text(at, Field::ScrubbedDescription);
    subject.hash(left) == subject.hash(right)
        && !subject.description(left).is_empty()
        && subject.description(left) == subject.description(right)
        && (!is_mongo || scrubbed(left) == scrubbed(right))
}

/// The repeated query as it is shown; `None` for what is no query.
fn shown<'a>(subject: &Subject<'a>, at: SpanIndex) -> Option<Cow<'a, str>> {
    let description = subject.description(at);
    if description.contains("pg-pool.connect") {
        return None;
    }
    let tag = subject.text(at, Field::ScrubbedSystem);
    if let Some(system) = tag.or_else(|| subject.text(at, Field::DbSystem))
        && system.contains("mongo")
    {
        let scrubbed = subject.text(at, Field::ScrubbedDescription);
        let text = scrubbed.unwrap_or(description.into());
        return text.contains('{').then_some(text);
    }
    Some(description.into())
}
