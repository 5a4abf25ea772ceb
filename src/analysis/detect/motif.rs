//! Several queries that repeat together, with other spans among them.
//!
//! The last few spans are kept; when one of them comes again, what lies between is a pattern, and the run lasts as long as
//! spans follow it in turn.

use super::subject::Subject;
use super::{Findings, Kind, Settings, is_whole};
use crate::analysis::digest::sha1_hex;
use crate::analysis::tree::SpanIndex;
use crate::model::SpanId;
use hashbrown::HashMap;
use serde_json::json;
use std::collections::VecDeque;

pub fn find(subject: &Subject, settings: &Settings, findings: &mut Findings) {
    if !subject
        .spans
        .iter()
        .any(|at| subject.op(*at).starts_with("db"))
    {
        return;
    }
    let mut search = Search {
        subject,
        settings,
        recent: VecDeque::new(),
        run: None,
        parents: HashMap::new(),
    };
    for at in subject.spans.iter().copied() {
        if let Some(parent) = subject.parent(at) {
            search.parents.insert(subject.span(at).id, parent);
        }
        search.visit(at, findings);
    }
    if let Some(run) = search.run.take() {
        search.report(&run, findings);
    }
}

struct Run {
    /// Spans of a pattern.
    length: usize,
    /// All spans of the run, the first pattern among them.
    spans: Vec<SpanIndex>,
}

struct Search<'a> {
    subject: &'a Subject<'a>,
    settings: &'a Settings,
    recent: VecDeque<SpanIndex>,
    run: Option<Run>,
    /// Parents of the spans seen so far.
    parents: HashMap<SpanId, SpanId>,
}

impl Search<'_> {
    fn visit(&mut self, at: SpanIndex, findings: &mut Findings) {
        let Some(mut run) = self.run.take() else {
            return self.search(at);
        };
        let expected = run.spans[run.spans.len() % run.length];
        if is_alike(self.subject, expected, at) {
            run.spans.push(at);
            self.run = Some(run);
            return;
        }
        self.report(&run, findings);
        // What the run ended with may begin the next pattern.
        let kept = run.spans.len().saturating_sub(run.length);
        self.recent = run.spans[kept..].iter().copied().chain([at]).collect();
        while self.recent.len() > self.settings.motif_longest {
            self.recent.pop_front();
        }
    }

    fn search(&mut self, at: SpanIndex) {
        if self.recent.len() > 1 {
            // The span just before would make an N+1, which is another detector's.
            for first in 0..self.recent.len() - 1 {
                if !is_alike(self.subject, at, self.recent[first]) {
                    continue;
                }
                let mut spans: Vec<SpanIndex> = self.recent.iter().skip(first).copied().collect();
                if is_pattern(self.subject, &spans) {
                    let length = spans.len();
                    spans.push(at);
                    self.run = Some(Run { length, spans });
                    self.recent.clear();
                    return;
                }
            }
        }
        self.recent.push_back(at);
        if self.recent.len() > self.settings.motif_longest {
            self.recent.pop_front();
        }
    }

    fn report(&self, run: &Run, findings: &mut Findings) {
        let (subject, settings) = (self.subject, self.settings);
        let repetitions = run.spans.len() / run.length;
        if repetitions < settings.motif_repetitions {
            return;
        }
        let offenders = &run.spans[..run.length * repetitions];
        let total = subject.covered(offenders);
        let is_db = |at: &SpanIndex| subject.op(*at).starts_with("db");
        let queries: Vec<SpanIndex> = offenders.iter().copied().filter(is_db).collect();
        let share = match total {
            0 => 0.0,
            total => subject.covered(&queries) as f64 / total as f64,
        };
        if total < settings.motif_total || share < settings.motif_db_share {
            return;
        }
        let relevant =
            |at: &SpanIndex| is_db(at) && subject.description(*at) != "prisma:engine:connection";
        let query = run.spans.iter().copied().find(relevant);
        let (Some(parent), Some(query)) = (self.common_parent(offenders), query) else {
            return;
        };
        let hash = sha1_hex(
            &[
                subject.op(parent),
                subject.hash(parent),
                subject.hash(query),
            ]
            .concat(),
        );
        let mut problem = subject.problem(
            Kind::MNPlusOneDb,
            format!("1-1011-{hash}"),
            offenders.to_vec(),
        );
        problem.description = subject.description(query).to_owned();
        problem.parents = vec![parent];
        problem.causes = queries;
        let pattern = run.spans[..run.length]
            .iter()
            .map(|at| subject.description(*at));
        problem.evidence = vec![
            ("repeating_query", json!(problem.description)),
            ("pattern", json!(pattern.collect::<Vec<_>>())),
            ("repeats", json!(repetitions)),
            ("parent", json!(subject.description(parent))),
        ];
        findings.put(problem);
    }

    /// The nearest span of the transaction, its root left out, that all have above them within a few levels.
    fn common_parent(&self, spans: &[SpanIndex]) -> Option<SpanIndex> {
        let mut common: Vec<SpanId> = Vec::new();
        let mut last: Vec<SpanId> = Vec::new();
        for (place, at) in spans.iter().enumerate() {
            let mut own = Vec::new();
            let mut id = self.subject.span(*at).id;
            for _ in 0..self.settings.motif_ancestors {
                let Some(parent) = self.parents.get(&id) else {
                    break;
                };
                own.push(*parent);
                if common.contains(parent) {
                    break;
                }
                id = *parent;
            }
            match place {
                0 => common.clone_from(&own),
                _ => common.retain(|id| own.contains(id)),
            }
            if common.is_empty() {
                return None;
            }
            last = own;
        }
        let nearest = last.into_iter().find(|id| common.contains(id))?;
        let found = self.subject.find(nearest)?;
        (found != self.subject.root && self.subject.spans.contains(&found)).then_some(found)
    }
}

/// Spans are alike when their operation is the same; queries need the same hash, spans without an operation the same text.
fn is_alike(subject: &Subject, left: SpanIndex, right: SpanIndex) -> bool {
    let op = subject.op(left);
    if op.is_empty() || op != subject.op(right) {
        return false;
    }
    if op == "default" {
        return subject.description(left) == subject.description(right);
    }
    !op.starts_with("db") || subject.hash(left) == subject.hash(right)
}

/// A pattern has a whole query in it and is not one span over and over.
fn is_pattern(subject: &Subject, spans: &[SpanIndex]) -> bool {
    let Some(first) = spans.first().copied() else {
        return false;
    };
    let serialises = ["prisma:client:serialize", "prisma:engine:serialize"];
    if serialises.contains(&subject.description(first)) {
        return false;
    }
    let is_query = |at: &SpanIndex| {
        let op = subject.op(*at);
        op.starts_with("db") && !op.starts_with("db.redis") && is_whole(subject.description(*at))
    };
    spans.iter().any(is_query) && spans.iter().any(|at| !is_alike(subject, first, *at))
}
