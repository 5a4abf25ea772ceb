//! Calls of models and tools and runs of agents, as spans say them, and what they are to each other.

use crate::insights::family::{Family, Member};
use crate::insights::prices::Tokens;
use crate::insights::texts::{Codes, Texts};
use crate::model::record::RecordRef;
use crate::store::SpanColumns;
use hashbrown::HashMap;

const OP: usize = 0;
const STATUS: usize = 1;
const OPERATION: usize = 2;
const TYPE: usize = 3;
const MODEL: usize = 4;
const RESPONSE: usize = 5;
const TOOL: usize = 6;
const CONVERSATION: usize = 7;
const AGENT: usize = 8;
const INPUT: usize = 9;
const CACHED: usize = 10;
const WRITTEN: usize = 11;
const OUTPUT: usize = 12;
const REASONING: usize = 13;
const COST: usize = 14;
pub(super) const NAMES: &[&[&str]] = &[
    &["op"],
    &["status"],
    &["gen_ai.operation.name"],
    &["gen_ai.operation.type"],
    &["gen_ai.request.model"],
    &["gen_ai.response.model"],
    &["gen_ai.tool.name"],
    &["gen_ai.conversation.id"],
    &["gen_ai.agent.name"],
    &["gen_ai.usage.input_tokens"],
    &["gen_ai.usage.cache_read.input_tokens"],
    &["gen_ai.usage.cache_creation.input_tokens"],
    &["gen_ai.usage.output_tokens"],
    &[
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.details.reasoning_tokens",
    ],
    &["gen_ai.cost.total_tokens"],
];
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Run,
    Model,
    Tool,
    Other,
}

fn kind(op: &str, operation: &str, said: &str) -> Kind {
    let by_name = |name: &str| match name {
        "invoke_agent" | "create_agent" | "agent" | "pipeline" | "run" => Kind::Run,
        "execute_tool" | "tool" => Kind::Tool,
        "handoff" | "memory" => Kind::Other,
        _ => Kind::Model,
    };
    match (said, operation) {
        ("", "") => by_name(op.split('.').nth(1).unwrap_or_default()),
        ("", operation) => by_name(operation),
        (said, _) => by_name(said),
    }
}

/// One span, as it is read; texts by number.
#[derive(Clone, Copy)]
pub(super) struct Call {
    pub at: RecordRef,
    pub member: Option<Member>,
    /// The store's number of the trace.
    pub trace: i64,
    pub kind: Kind,
    pub failed: bool,
    pub start: i64,
    pub duration: i64,
    pub model: u32,
    pub response: u32,
    pub tool: u32,
    pub conversation: u32,
    pub agent: u32,
    pub tokens: Tokens,
    pub cost: Option<f64>,
}

/// Where a call belongs: its run, or the transaction where there is none.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Run(Member),
    Transaction(Option<Member>),
}

/// What spans say of each other: the runs, and the models asked in each.
pub(super) struct Told<'a> {
    family: &'a Family,
    runs: HashMap<Member, &'a Call>,
    /// Calls of models in each place, by start.
    asked: HashMap<Place, Vec<(i64, u32)>>,
}

impl<'a> Told<'a> {
    pub fn new(calls: &'a [Call], family: &'a Family) -> Self {
        let runs = calls.iter().filter(|call| call.kind == Kind::Run);
        let runs = runs.filter_map(|call| Some((call.member?, call))).collect();
        let mut told = Self {
            family,
            runs,
            asked: HashMap::new(),
        };
        for call in calls
            .iter()
            .filter(|call| call.kind == Kind::Model && call.model != 0)
        {
            let place = told.place(call);
            told.asked
                .entry(place)
                .or_default()
                .push((call.start, call.model));
        }
        for asked in told.asked.values_mut() {
            asked.sort_unstable();
        }
        told
    }

    /// The run a call belongs to; a run belongs to itself.
    pub fn run(&self, call: &Call) -> Option<Member> {
        let mut at = call.member?;
        // A trace may be deep, and parents in a circle have no end.
        for _ in 0..MOST_LEVELS {
            if self.runs.contains_key(&at) {
                return Some(at);
            }
            at = self.family.parent(at)?;
        }
        None
    }

    /// As [`Self::run`], the call that it is.
    pub fn run_of(&self, call: &Call) -> Option<&'a Call> {
        self.runs.get(&self.run(call)?).copied()
    }

    fn place(&self, call: &Call) -> Place {
        match self.run(call) {
            Some(run) => Place::Run(run),
            None => Place::Transaction(call.member.map(|member| self.family.entry(member))),
        }
    }

    /// The model of a call: its own, or that asked last before it in the same run.
    pub fn model(&self, call: &Call) -> u32 {
        if call.model != 0 {
            return call.model;
        }
        let Some(asked) = self.asked.get(&self.place(call)) else {
            return 0;
        };
        let before = asked.partition_point(|(start, _)| *start <= call.start);
        let last = before.saturating_sub(1);
        asked.get(last).map_or(0, |(_, model)| *model)
    }

    /// The models asked in a run; that the run names itself if none was.
    pub fn models(&self, run: &Call) -> Vec<u32> {
        let asked = self.asked.get(&self.place(run)).into_iter().flatten();
        let mut models: Vec<u32> = asked.map(|(_, model)| *model).collect();
        models.sort_unstable();
        models.dedup();
        match models.is_empty() {
            true => vec![run.model],
            false => models,
        }
    }

    /// A text of the call, or of its run.
    pub fn first(&self, call: &Call, text: impl Fn(&Call) -> u32) -> u32 {
        match text(call) {
            0 => self.run_of(call).map_or(0, text),
            own => own,
        }
    }
}

/// Levels between a call and its run.
const MOST_LEVELS: usize = 256;

pub(super) fn read(columns: &SpanColumns, family: &Family, texts: &Texts) -> Vec<Call> {
    let mut known: Vec<Codes<u32>> = (0..=AGENT)
        .map(|at| Codes::new(columns.codes(at)))
        .collect();
    let mut kinds: HashMap<[u32; 3], Kind> = HashMap::new();
    let call = |row: u32| {
        let mut text = |at: usize| {
            let code = columns.code(at, row)?;
            let known = known.get_mut(at)?;
            Some(known.get(code, || texts.of(&columns.value(at, code).text())))
        };
        let mut text = |at: usize| text(at).unwrap_or(0);
        let said = [OP, OPERATION, TYPE].map(&mut text);
        let kind = *kinds.entry(said).or_insert_with(|| {
            let [op, operation, said] = said.map(|number| texts.get(number));
            kind(&op, &operation, &said)
        });
        let [request, response] = [MODEL, RESPONSE].map(&mut text);
        let tokens = |at: usize| columns.float(at, row).map_or(0.0, |tokens| tokens.max(0.0));
        Call {
            at: columns.at(row),
            member: family.member(columns.at(row)),
            trace: columns.trace(row),
            kind,
            failed: columns
                .code(STATUS, row)
                .and_then(|code| columns.text(STATUS, code))
                == Some("error"),
            start: columns.start(row),
            duration: columns.duration(row),
            model: if request == 0 { response } else { request },
            response,
            tool: text(TOOL),
            conversation: text(CONVERSATION),
            agent: text(AGENT),
            tokens: Tokens {
                input: tokens(INPUT),
                cached: tokens(CACHED),
                cache_write: tokens(WRITTEN),
                output: tokens(OUTPUT),
                reasoning: tokens(REASONING),
            },
            cost: columns.float(COST, row).filter(|cost| *cost >= 0.0),
        }
    };
    columns.rows().iter().copied().map(call).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_run_a_tool_or_a_model() {
        for (op, operation, said, expected) in [
            ("gen_ai.invoke_agent", "invoke_agent", "", Kind::Run),
            ("gen_ai.chat", "", "", Kind::Model),
            ("gen_ai.execute_tool", "", "", Kind::Tool),
            ("gen_ai.x", "chat", "agent", Kind::Run),
            ("gen_ai.handoff", "", "", Kind::Other),
            ("ai.pipeline.vercel", "", "", Kind::Run),
            ("default", "embeddings", "ai_client", Kind::Model),
        ] {
            assert_eq!(
                kind(op, operation, said),
                expected,
                "{op} {operation} {said}"
            );
        }
    }
}
