//! Agents: what was asked of models, what they asked for, and what it cost, by model, tool, conversation, route or user.
//!
//! Selected are spans of `gen_ai.*` and `ai.*`, and those that name a `gen_ai.operation.name`. What a span is, `gen_ai.operation.type`
//! says, else its operation: `invoke_agent` and `create_agent` are runs, `execute_tool` a call of a tool, `handoff` and memory
//! neither, anything else a call of a model. A call belongs to the next run above it; a tool that was called belongs to the
//! model that was asked last before in the same run. Columns:
//!
//! | column | meaning |
//! |---|---|
//! | `model` (asked for), or `tool, conversation, transaction, user, agent` | what tells rows apart |
//! | `runs` | runs with such a call, or of such a conversation, transaction, user or agent |
//! | `llm_calls, llm_errors, tool_calls, tool_errors` | calls, and those that ended with an error |
//! | `input_tokens` (of these `cached_tokens`), `output_tokens` (of these `reasoning_tokens`), `total_tokens` | sums over calls; runs repeat their calls' sums and are left out |
//! | `cost` | US dollars: what the SDK sent (`gen_ai.cost.total_tokens`), else by the table of prices; null where no call's price is known |
//! | `avg, p95` | of the duration of model calls; by tool, of the tool's calls; nanoseconds |
//! | `time_spent` | the sum of these durations |
//! | `response_models` | the models that answered, with how often |
//! | `slowest` | the longest of these calls |

mod calls;
pub mod conversations;
pub mod sampling;
pub mod tools;
pub mod transcript;

use super::family::{Family, Member};
use super::measure::mean;
use super::over::Over;
use super::prices::Tokens;
use super::table::{column, detail, key_of};
use super::texts::{Codes, Texts};
use super::{Asked, Cell, Column, Module, Table, Unit};
use crate::analysis::percentile::percentile;
use crate::model::record::RecordRef;
use crate::model::{CancelToken, TimeRange};
use crate::store::{Reader, StoreError};
use calls::{Call, Kind, NAMES, Told, read};
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The spans that are about models.
pub const SELECTED: &str = "op:[gen_ai, gen_ai.*, ai.*] OR has:gen_ai.operation.name";

/// What rows may be told apart by.
pub const GROUPINGS: &[&str] = &[
    "model",
    "tool",
    "conversation",
    "transaction",
    "user",
    "agent",
];

const COLUMNS: [Column; 17] = [
    column("runs", "Runs", Unit::Count),
    column("llm_calls", "Model calls", Unit::Count),
    detail("llm_errors", "Failed model calls", Unit::Count),
    column("tool_calls", "Tool calls", Unit::Count),
    column("tool_errors", "Failed", Unit::Count),
    column("input_tokens", "Input", Unit::Count),
    column("cached_tokens", "Cached", Unit::Count),
    column("output_tokens", "Output", Unit::Count),
    column("reasoning_tokens", "Reasoning", Unit::Count),
    detail("total_tokens", "Tokens", Unit::Count),
    column("cost", "Cost", Unit::Dollars),
    column("avg", "Average", Unit::Duration),
    column("p95", "P95", Unit::Duration),
    column("time_spent", "Time spent", Unit::Duration),
    detail("response_models", "Answered by", Unit::Counts),
    detail("users", "Users", Unit::Count),
    detail("slowest", "Slowest", Unit::Span),
];

const USER: &[&[&str]] = &[&["user.id", "user.name", "user.email", "user.ip_address"]];

#[derive(Default)]
struct Row {
    runs: HashSet<Member>,
    calls: u64,
    call_errors: u64,
    tools: u64,
    tool_errors: u64,
    tokens: Tokens,
    cost: Option<f64>,
    durations: Vec<i64>,
    longest: Option<(i64, RecordRef)>,
    responses: BTreeMap<u32, u64>,
    users: HashSet<u32>,
}

/// See the module.
pub(super) fn tables(
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    over: &Over,
    cancel: &CancelToken,
) -> Result<Vec<Table>, StoreError> {
    let found = Found::read(reader, asked, family, cancel)?;
    let (calls, texts) = (&found.calls, &found.texts);
    let grouped = Rows::new(reader, asked, (family, &found), cancel)?;
    let (told, by) = (&grouped.told, grouped.by);
    let mut all: Vec<HashMap<u32, Row>> = Vec::new();
    all.resize_with(over.count(), HashMap::new);
    let mut unknown: BTreeMap<Arc<str>, u64> = BTreeMap::new();
    for (number, call) in calls.iter().enumerate() {
        if number % 4096 == 0 && cancel.is_cancelled() {
            return Err(StoreError::Cancelled);
        }
        let cost = cost_of(call, told.model(call), asked, texts);
        if call.kind == Kind::Model && cost.is_none() {
            *unknown.entry(texts.get(told.model(call))).or_default() += 1;
        }
        let run = told.run(call);
        let Some(rows) = all.get_mut(over.at(call.start)) else {
            continue;
        };
        let mut keys = grouped.keys(call);
        if over.is_merged() {
            // A run of several models is still one.
            keys.truncate(1);
            keys.fill(0);
        }
        for key in keys {
            let row = rows.entry(key).or_default();
            row.runs.extend(run);
            row.users.extend(grouped.user(call));
            row.add(call, cost, by == "tool");
        }
    }
    let time = asked.time(reader, cancel)?;
    let stretches = all.into_iter().zip(over.times(time));
    let of_stretch = |(rows, time)| table_of(rows, texts, by, time);
    let mut tables: Vec<Table> = stretches.map(of_stretch).collect();
    if let [table] = tables.as_mut_slice() {
        note_costs(table, asked, by, unknown);
    }
    Ok(tables)
}

/// Which rows a call is counted in.
struct Rows<'a> {
    family: &'a Family,
    found: &'a Found,
    told: Told<'a>,
    users: HashMap<Member, u32>,
    /// One of [`GROUPINGS`].
    by: &'static str,
}

impl<'a> Rows<'a> {
    fn new(
        reader: &Reader,
        asked: &Asked,
        (family, found): (&'a Family, &'a Found),
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let wanted = asked.group_by.first().map_or("model", String::as_str);
        let by = GROUPINGS.iter().find(|known| **known == wanted);
        Ok(Self {
            family,
            found,
            told: found.told(family),
            users: users(reader, family, &found.texts, cancel)?,
            by: by.copied().unwrap_or("model"),
        })
    }

    fn user(&self, call: &Call) -> Option<u32> {
        self.users.get(&self.family.entry(call.member?)).copied()
    }

    /// The texts that rows are told apart by, by number.
    fn keys(&self, call: &Call) -> Vec<u32> {
        let (family, told) = (self.family, &self.told);
        match self.by {
            "tool" if call.kind == Kind::Tool => vec![call.tool],
            "tool" => Vec::new(),
            "conversation" => vec![told.first(call, |call| call.conversation)],
            "agent" => vec![told.first(call, |call| call.agent)],
            "user" => vec![self.user(call).unwrap_or(0)],
            "transaction" => {
                let name = call
                    .member
                    .map(|member| family.text(family.transaction(member)));
                vec![name.map_or(0, |name| self.found.texts.of(&name))]
            }
            _ if call.kind == Kind::Run => told.models(call),
            _ => vec![told.model(call)],
        }
    }

    /// Whether a column counts a call.
    fn counts(&self, call: &Call, column: &str) -> bool {
        let kind = call.kind;
        match column {
            "runs" => kind == Kind::Run,
            "llm_calls" | "response_models" => kind == Kind::Model,
            "llm_errors" => kind == Kind::Model && call.failed,
            "tool_calls" => kind == Kind::Tool,
            "tool_errors" => kind == Kind::Tool && call.failed,
            "avg" | "p95" | "time_spent" if self.by == "tool" => kind == Kind::Tool,
            "avg" | "p95" | "time_spent" | "cost" => kind == Kind::Model,
            "input_tokens" | "cached_tokens" | "output_tokens" | "reasoning_tokens"
            | "total_tokens" => kind != Kind::Run,
            _ => true,
        }
    }
}

/// The spans that a number counts, by the key of its row and the name of its column.
pub(super) fn spans(
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    (wanted, column): (&str, &str),
    cancel: &CancelToken,
) -> Result<Vec<RecordRef>, StoreError> {
    let found = Found::read(reader, asked, family, cancel)?;
    let rows = Rows::new(reader, asked, (family, &found), cancel)?;
    let mut known: HashMap<u32, bool> = HashMap::new();
    let mut is_wanted = |key: u32| {
        *known
            .entry(key)
            .or_insert_with(|| key_of([Cell::text(&found.texts.get(key))].iter()) == wanted)
    };
    let calls = found.calls.iter();
    let counted = calls.filter(|call| {
        rows.counts(call, column) && rows.keys(call).into_iter().any(&mut is_wanted)
    });
    Ok(counted.map(|call| call.at).collect())
}

fn table_of(rows: HashMap<u32, Row>, texts: &Texts, by: &str, time: Option<TimeRange>) -> Table {
    let rows = rows
        .into_iter()
        .map(|(key, row)| row.cells(&texts.get(key), texts));
    let name = GROUPINGS.iter().position(|known| *known == by).unwrap_or(0);
    let mut table = Table {
        module: Module::Agents,
        rows: rows.collect(),
        columns: [NAME_COLUMNS[name]].into_iter().chain(COLUMNS).collect(),
        time,
        notes: Vec::new(),
    };
    let order = table.column("time_spent").unwrap_or_default();
    table.sort(order, true);
    table
}

/// Says by which prices costs are, and of which models none is known.
fn note_costs(table: &mut Table, asked: &Asked, by: &str, unknown: BTreeMap<Arc<str>, u64>) {
    if by != "tool" && table.rows.iter().any(|row| !row.is_empty()) {
        let date = &asked.prices.date;
        table.notes.push(format!(
            "costs by the prices of {date}, where SDKs sent none"
        ));
        table
            .notes
            .extend(unknown.into_iter().map(|(model, calls)| match &*model {
                "" => format!("{calls} calls name no model, so their cost is not known"),
                model => {
                    format!("no price is known of {model}: {calls} calls are left out of costs")
                }
            }));
    }
}

/// What each call of a model that fits cost, in US dollars, and when it began; what is not known is left out.
pub fn costs(
    reader: &Reader,
    asked: &Asked,
    cancel: &CancelToken,
) -> Result<Vec<(i64, f64)>, StoreError> {
    let family = Family::read(reader, cancel)?;
    let found = Found::read(reader, asked, &family, cancel)?;
    let told = found.told(&family);
    let cost = |call: &Call| {
        let cost = cost_of(call, told.model(call), asked, &found.texts)?;
        Some((call.start, cost))
    };
    let mut costs: Vec<(i64, f64)> = found.calls.iter().filter_map(cost).collect();
    costs.sort_by_key(|(start, _)| *start);
    Ok(costs)
}

/// Calls and runs that are asked for, and the texts they say.
struct Found {
    calls: Vec<Call>,
    texts: Texts,
}

impl Found {
    fn read(
        reader: &Reader,
        asked: &Asked,
        family: &Family,
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let texts = Texts::default();
        let filter = asked.spans(SELECTED);
        let parts = reader.work_through_spans(&filter, NAMES, cancel, |columns| {
            read(&columns, family, &texts)
        })?;
        Ok(Self {
            calls: parts.into_iter().flatten().collect(),
            texts,
        })
    }

    fn told<'a>(&'a self, family: &'a Family) -> Told<'a> {
        Told::new(&self.calls, family)
    }
}

/// What a call of a model cost: what the SDK sent, else by the price of the model that answered, or of the one asked for.
fn cost_of(call: &Call, model: u32, asked: &Asked, texts: &Texts) -> Option<f64> {
    if call.kind != Kind::Model {
        return None;
    }
    let models = || [call.response, model].map(|model| texts.get(model));
    let priced = || {
        models()
            .iter()
            .find_map(|model| asked.prices.cost(model, &call.tokens))
    };
    call.cost.or_else(priced)
}

/// The share of traces that a head sampler keeps, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampleRate(pub f64);

impl SampleRate {
    /// Reads a share.
    ///
    /// # Errors
    /// What is none.
    pub fn read(text: &str) -> Result<Self, String> {
        let rate = text.parse().ok().filter(|rate| (0.0..=1.0).contains(rate));
        let wrong = || format!("{text} is no rate; write a share from 0 to 1");
        rate.map(Self).ok_or_else(wrong)
    }
}

impl Default for SampleRate {
    fn default() -> Self {
        Self(0.1)
    }
}

const NAME_COLUMNS: [Column; 6] = [
    column("model", "Model", Unit::Text),
    column("tool", "Tool", Unit::Text),
    column("conversation", "Conversation", Unit::Text),
    column("transaction", "Transaction", Unit::Text),
    column("user", "User", Unit::Text),
    column("agent", "Agent", Unit::Text),
];

impl Row {
    fn add(&mut self, call: &Call, cost: Option<f64>, tools_are_timed: bool) {
        let failed = u64::from(call.failed);
        match call.kind {
            Kind::Model => {
                self.calls += 1;
                self.call_errors += failed;
                *self.responses.entry(call.response).or_default() += 1;
            }
            Kind::Tool => {
                self.tools += 1;
                self.tool_errors += failed;
            }
            Kind::Run | Kind::Other => {}
        }
        if call.kind != Kind::Run {
            self.tokens.add(&call.tokens);
        }
        if let Some(cost) = cost {
            self.cost = Some(self.cost.unwrap_or(0.0) + cost);
        }
        let is_timed = match tools_are_timed {
            true => call.kind == Kind::Tool,
            false => call.kind == Kind::Model,
        };
        if is_timed {
            self.durations.push(call.duration);
            if self
                .longest
                .is_none_or(|(longest, _)| call.duration > longest)
            {
                self.longest = Some((call.duration, call.at));
            }
        }
    }

    fn cells(mut self, name: &Arc<str>, texts: &Texts) -> Vec<Cell> {
        let total: i128 = self
            .durations
            .iter()
            .map(|length| i128::from(*length))
            .sum();
        let count = |tokens: f64| Cell::Int(tokens.round() as i64);
        let responses = self.responses.iter().filter(|(model, _)| **model != 0);
        let responses = responses
            .map(|(model, calls)| (texts.get(*model), *calls))
            .collect();
        let timed = self.durations.len() as u64;
        vec![
            Cell::text(name),
            Cell::count(self.runs.len() as u64),
            Cell::count(self.calls),
            Cell::count(self.call_errors),
            Cell::count(self.tools),
            Cell::count(self.tool_errors),
            count(self.tokens.input),
            count(self.tokens.cached),
            count(self.tokens.output),
            count(self.tokens.reasoning),
            count(self.tokens.input + self.tokens.output),
            self.cost.map_or(Cell::None, Cell::Float),
            Cell::int(mean(total, timed)),
            Cell::int((timed > 0).then(|| percentile(&mut self.durations, 0.95))),
            Cell::Int(i64::try_from(total).unwrap_or(i64::MAX)),
            Cell::Counts(responses),
            Cell::count(self.users.len() as u64),
            self.longest.map_or(Cell::None, |(_, at)| Cell::Span(at)),
        ]
    }
}

/// Who transactions were for.
fn users(
    reader: &Reader,
    family: &Family,
    texts: &Texts,
    cancel: &CancelToken,
) -> Result<HashMap<Member, u32>, StoreError> {
    let all = Asked::default().spans(super::transactions::SELECTED);
    let parts = reader.work_through_spans(&all, USER, cancel, |columns| {
        let mut known = Codes::new(columns.codes(0));
        let user = |row: u32| {
            let code = columns.code(0, row)?;
            let user = known.get(code, || texts.of(&columns.value(0, code).text()));
            Some((family.member(columns.at(row))?, user))
        };
        columns
            .rows()
            .iter()
            .copied()
            .filter_map(user)
            .collect::<Vec<_>>()
    })?;
    Ok(parts.into_iter().flatten().collect())
}
