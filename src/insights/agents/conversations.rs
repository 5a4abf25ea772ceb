//! Conversations: what belongs together across traces, as models and SDKs name it (`gen_ai.conversation.id`).
//!
//! | column | meaning |
//! |---|---|
//! | `conversation` | its id |
//! | `first, last` | when its first span began and its last one ended |
//! | `turns` | traces it has spans in: requests of the user |
//! | `runs, llm_calls, tool_calls` | of its agents |
//! | `errors` | calls of models and tools that ended with an error |
//! | `tokens` | input and output, summed over calls of models |
//! | `cost` | US dollars, as for [the module](super) |
//! | `agents, models` | the names, with how many spans say them |
//! | `start` | its first span |

use super::calls::{Call, Kind};
use super::{Found, cost_of};
use crate::insights::family::Family;
use crate::insights::table::{column, detail};
use crate::insights::{Asked, Cell, Column, Module, Table, Unit};
use crate::model::CancelToken;
use crate::model::record::RecordRef;
use crate::store::{Reader, StoreError};
use hashbrown::{HashMap, HashSet};
use std::sync::Arc;

const COLUMNS: [Column; 13] = [
    column("conversation", "Conversation", Unit::Text),
    column("first", "First", Unit::Time),
    column("last", "Last", Unit::Time),
    column("turns", "Turns", Unit::Count),
    column("runs", "Runs", Unit::Count),
    column("llm_calls", "Model calls", Unit::Count),
    column("tool_calls", "Tool calls", Unit::Count),
    column("errors", "Failed", Unit::Count),
    column("tokens", "Tokens", Unit::Count),
    column("cost", "Cost", Unit::Dollars),
    detail("agents", "Agents", Unit::Counts),
    detail("models", "Models", Unit::Counts),
    detail("start", "Start", Unit::Span),
];

#[derive(Default)]
struct Conversation {
    ends: Option<(i64, i64)>,
    traces: HashSet<i64>,
    runs: u64,
    calls: u64,
    tools: u64,
    errors: u64,
    tokens: f64,
    cost: Option<f64>,
    agents: HashMap<u32, u64>,
    models: HashMap<u32, u64>,
    start: Option<(i64, RecordRef)>,
}

/// See the module.
///
/// # Errors
/// As with every question.
pub fn table(
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    cancel: &CancelToken,
) -> Result<Table, StoreError> {
    let found = Found::read(reader, asked, family, cancel)?;
    let told = found.told(family);
    let mut all: HashMap<u32, Conversation> = HashMap::new();
    for call in &found.calls {
        let id = told.first(call, |call| call.conversation);
        if id != 0 {
            let model = told.model(call);
            let cost = cost_of(call, model, asked, &found.texts);
            all.entry(id).or_default().add(call, model, cost);
        }
    }
    let counted = |names: &HashMap<u32, u64>| {
        let named = names.iter().filter(|(name, _)| **name != 0);
        let mut named: Vec<(Arc<str>, u64)> = named
            .map(|(name, count)| (found.texts.get(*name), *count))
            .collect();
        named.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
        Cell::Counts(named)
    };
    let row = |(id, conversation): (u32, Conversation)| {
        let (first, last) = conversation.ends.unzip();
        vec![
            Cell::text(&found.texts.get(id)),
            Cell::int(first),
            Cell::int(last),
            Cell::count(conversation.traces.len() as u64),
            Cell::count(conversation.runs),
            Cell::count(conversation.calls),
            Cell::count(conversation.tools),
            Cell::count(conversation.errors),
            Cell::Int(conversation.tokens.round() as i64),
            conversation.cost.map_or(Cell::None, Cell::Float),
            counted(&conversation.agents),
            counted(&conversation.models),
            conversation
                .start
                .map_or(Cell::None, |(_, at)| Cell::Span(at)),
        ]
    };
    let table = Table::of(
        Module::Agents,
        COLUMNS,
        all.into_iter().map(row).collect(),
        asked.time(reader, cancel)?,
    );
    Ok(table.greatest_first("last"))
}

impl Conversation {
    fn add(&mut self, call: &Call, model: u32, cost: Option<f64>) {
        let end = call.start.saturating_add(call.duration);
        let (first, last) = self.ends.unwrap_or((call.start, end));
        self.ends = Some((first.min(call.start), last.max(end)));
        self.traces.insert(call.trace);
        match call.kind {
            Kind::Run => self.runs += 1,
            Kind::Model => self.calls += 1,
            Kind::Tool => self.tools += 1,
            Kind::Other => {}
        }
        if matches!(call.kind, Kind::Model | Kind::Tool) {
            self.errors += u64::from(call.failed);
        }
        if call.kind != Kind::Run {
            self.tokens += call.tokens.input + call.tokens.output;
        }
        if let Some(cost) = cost {
            self.cost = Some(self.cost.unwrap_or(0.0) + cost);
        }
        *self.agents.entry(call.agent).or_default() += 1;
        if call.kind == Kind::Model {
            *self.models.entry(model).or_default() += 1;
        }
        if self.start.is_none_or(|(start, _)| call.start < start) {
            self.start = Some((call.start, call.at));
        }
    }
}
