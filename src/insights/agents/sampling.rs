//! What sampling at the root would lose of agents, and how to keep them whole.
//!
//! A head sampler decides at the root of a trace for all of it: with rate r a trace is kept with probability r, and with it every run, call
//! and tool in it, or none. A conversation of n traces is whole with probability rⁿ. Columns:
//!
//! | column | meaning |
//! |---|---|
//! | `route` | the transaction that traces begin with |
//! | `traces` | how many begin with it |
//! | `agent_traces, agent_share` | those with spans of agents, and their share |
//! | `agent_spans, runs, cost` | what they hold |
//! | `lost_traces, lost_runs` | how many of these would be lost on average at the rate that is asked about |
//! | `keep` | the rate to keep the route at: 1 with agents, else the rate asked about |
//!
//! The notes tell what the whole plan keeps, what it loses of conversations without it, and hold a snippet of configuration for each
//! sort of SDK that recorded agents: for Sentry's a sampler, for OpenTelemetry's a policy of the collector. A snippet's first line
//! says what it is for.

use super::calls::Kind;
use super::{Found, cost_of};
use crate::insights::family::{Family, Member};
use crate::insights::table::{column, detail};
use crate::insights::{Asked, Cell, Column, Module, Table, Unit};
use crate::model::{CancelToken, human};
use crate::store::{Reader, StoreError};
use hashbrown::{HashMap, HashSet};
use std::sync::Arc;

/// The spans that traces begin with.
const ROOTS: &str = "is:root";
/// Levels between a span and its root that are gone through.
const MOST_LEVELS: usize = 1 << 16;

const COLUMNS: [Column; 10] = [
    column("route", "Route", Unit::Text),
    column("traces", "Traces", Unit::Count),
    column("agent_traces", "With agents", Unit::Count),
    column("agent_share", "Share", Unit::Share),
    column("agent_spans", "Spans", Unit::Count),
    column("runs", "Runs", Unit::Count),
    detail("cost", "Cost", Unit::Dollars),
    column("lost_traces", "Lost traces", Unit::Count),
    column("lost_runs", "Lost runs", Unit::Count),
    column("keep", "Keep at", Unit::Share),
];

#[derive(Default)]
struct Route {
    traces: u64,
    agent_roots: HashSet<Member>,
    spans: u64,
    runs: u64,
    cost: Option<f64>,
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
    let mut routes: HashMap<u32, Route> = HashMap::new();
    for (name, traces) in roots(reader, asked, family, cancel)? {
        routes.entry(name).or_default().traces += traces;
    }
    let mut conversations: HashMap<u32, HashSet<Member>> = HashMap::new();
    for call in &found.calls {
        let Some(root) = call.member.map(|member| root(member, family)) else {
            continue;
        };
        let route = routes.entry(family.transaction(root)).or_default();
        route.agent_roots.insert(root);
        route.spans += 1;
        route.runs += u64::from(call.kind == Kind::Run);
        if let Some(cost) = cost_of(call, told.model(call), asked, &found.texts) {
            route.cost = Some(route.cost.unwrap_or(0.0) + cost);
        }
        let conversation = told.first(call, |call| call.conversation);
        if conversation != 0 {
            conversations.entry(conversation).or_default().insert(root);
        }
    }
    let rate = asked.sample_rate.0;
    let lost = |count: u64| Cell::Float(count as f64 * (1.0 - rate));
    let row = |(name, route): (&u32, &Route)| {
        let agents = route.agent_roots.len() as u64;
        // A root that the search leaves out was not counted.
        let traces = route.traces.max(agents);
        vec![
            Cell::text(&family.text(*name)),
            Cell::count(traces),
            Cell::count(agents),
            Cell::share(agents, traces),
            Cell::count(route.spans),
            Cell::count(route.runs),
            route.cost.map_or(Cell::None, Cell::Float),
            lost(agents),
            lost(route.runs),
            Cell::Float(if agents > 0 { 1.0 } else { rate }),
        ]
    };
    let mut table = Table::of(
        Module::Agents,
        COLUMNS,
        routes.iter().map(row).collect(),
        asked.time(reader, cancel)?,
    );
    let order = table.column("agent_spans").unwrap_or_default();
    table.sort(order, true);
    if routes.values().any(|route| !route.agent_roots.is_empty()) {
        let sizes: Vec<usize> = conversations.values().map(HashSet::len).collect();
        let by_sentry = sentry_spans(reader, asked, cancel)?;
        let recorded = Recorded {
            sentry: by_sentry > 0,
            others: by_sentry < found.calls.len(),
        };
        table.notes = notes(&table, &sizes, rate, recorded);
    }
    Ok(table)
}

/// Which SDKs recorded agents.
#[derive(Clone, Copy)]
struct Recorded {
    sentry: bool,
    others: bool,
}

/// Spans of agents that a Sentry SDK recorded.
fn sentry_spans(reader: &Reader, asked: &Asked, cancel: &CancelToken) -> Result<usize, StoreError> {
    let filter = asked.spans(&format!("({}) has:sentry.sdk.name", super::SELECTED));
    let parts = reader.work_through_spans(&filter, &[], cancel, |columns| columns.rows().len())?;
    Ok(parts.into_iter().sum())
}

/// How many traces begin with each transaction, by number of its name.
fn roots(
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    cancel: &CancelToken,
) -> Result<HashMap<u32, u64>, StoreError> {
    let filter = asked.spans(ROOTS);
    let parts = reader.work_through_spans(&filter, &[], cancel, |columns| {
        let mut names: HashMap<u32, u64> = HashMap::new();
        for row in columns.rows() {
            if let Some(member) = family.member(columns.at(*row)) {
                *names.entry(family.transaction(member)).or_default() += 1;
            }
        }
        names
    })?;
    let mut all = HashMap::new();
    for part in parts {
        crate::insights::gather::add_counts(&mut all, part);
    }
    Ok(all)
}

/// The topmost span above one.
fn root(member: Member, family: &Family) -> Member {
    let mut at = member;
    for _ in 0..MOST_LEVELS {
        match family.parent(at) {
            Some(parent) => at = parent,
            None => break,
        }
    }
    at
}

/// What the plan keeps and what would be lost without it, then the snippet.
fn notes(table: &Table, conversations: &[usize], rate: f64, recorded: Recorded) -> Vec<String> {
    let count =
        |row: usize, name: &str| table.cell(row, name).and_then(Cell::number).unwrap_or(0.0);
    let rows = 0..table.rows.len();
    let all: f64 = rows.clone().map(|row| count(row, "traces")).sum();
    let kept: f64 = rows
        .clone()
        .map(|row| count(row, "traces") * count(row, "keep"))
        .sum();
    let routes: Vec<Arc<str>> = rows
        .filter(|row| count(*row, "agent_traces") > 0.0)
        .filter_map(|row| match table.cell(row, "route") {
            Some(Cell::Text(route)) => Some(route.clone()),
            _ => None,
        })
        .collect();
    let mut notes = vec![format!(
        "keeping these routes whole and {} of the rest keeps {} of all traces",
        human::percent(rate),
        human::percent(kept / all.max(1.0))
    )];
    if !conversations.is_empty() {
        let whole: f64 = conversations
            .iter()
            .map(|traces| rate.powi(i32::try_from(*traces).unwrap_or(i32::MAX)))
            .sum();
        notes.push(format!(
            "with {} of everything, {:.1} of {} conversations would lose a part or all",
            human::percent(rate),
            conversations.len() as f64 - whole,
            human::grouped(conversations.len() as u64)
        ));
    }
    if recorded.sentry {
        notes.push(sampler(&routes, rate));
    }
    if recorded.others {
        notes.push(policies(&routes, rate));
    }
    notes
}

/// A sampler for Sentry's SDK for Python that keeps routes whole. Whoever was called goes by what the caller decided.
fn sampler(routes: &[Arc<str>], rate: f64) -> String {
    let routes: Vec<String> = routes.iter().map(|route| quoted(route)).collect();
    format!(
        "# For Sentry’s SDK for Python\n\
         # sentry_sdk.init(traces_sampler=traces_sampler). Names are those at the start of a request, which some\n\
         # frameworks replace later: compare with a path prefix where they differ.\n\
         KEEP_WHOLE = {{{}}}\n\n\
         def traces_sampler(context):\n    \
             if context.get(\"parent_sampled\") is not None:\n        \
                 return float(context[\"parent_sampled\"])\n    \
             name = (context.get(\"transaction_context\") or {{}}).get(\"name\", \"\")\n    \
             return 1.0 if name in KEEP_WHOLE else {rate}",
        routes.join(", ")
    )
}

/// Policies of the OpenTelemetry Collector that keep routes whole. A trace is kept if one of them wants it, and is decided
/// about when it is complete, by the name of its root; so SDKs have to send everything.
fn policies(routes: &[Arc<str>], rate: f64) -> String {
    let condition = |route: &Arc<str>| {
        let condition = format!("IsRootSpan() and name == {}", quoted(route));
        // YAML knows no escapes within single quotes but that of themselves.
        format!("            - '{}'\n", condition.replace('\'', "''"))
    };
    let conditions: String = routes.iter().map(condition).collect();
    format!(
        "# For the OpenTelemetry Collector\n\
         # SDKs send all traces; one collector gets all spans of a trace.\n\
         processors:\n  \
           tail_sampling:\n    \
             policies:\n      \
               - name: agents\n        \
                 type: ottl_condition\n        \
                 ottl_condition:\n          \
                   error_mode: ignore\n          \
                   span:\n{conditions}      \
               - name: others\n        \
                 type: probabilistic\n        \
                 probabilistic: {{sampling_percentage: {}}}",
        // As few digits as tell the rate: 0.07 × 100 is 7.000000000000001.
        (rate * 1e8).round() / 1e6
    )
}

/// A text in double quotes, as Python and OTTL read it.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    let escaped = escaped.replace('\n', "\\n").replace('\r', "\\r");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_tells_what_is_kept_and_lost() {
        let row = |route: &str, traces: i64, agents: i64, keep: f64| {
            let mut row = vec![
                Cell::Text(route.into()),
                Cell::Int(traces),
                Cell::Int(agents),
            ];
            row.resize(9, Cell::None);
            row.push(Cell::Float(keep));
            row
        };
        let table = Table {
            module: Module::Agents,
            columns: COLUMNS.to_vec(),
            rows: vec![row("/chat", 20, 10, 1.0), row("/", 80, 0, 0.1)],
            time: None,
            notes: Vec::new(),
        };
        let of =
            |sentry: bool, others: bool| notes(&table, &[1, 2], 0.1, Recorded { sentry, others });
        let notes = of(true, true);
        assert_eq!(
            notes[0],
            "keeping these routes whole and 10 % of the rest keeps 28 % of all traces"
        );
        // 0.1 + 0.01 of the two would be whole.
        assert_eq!(
            notes[1],
            "with 10 % of everything, 1.9 of 2 conversations would lose a part or all"
        );
        assert!(
            notes[2].contains("KEEP_WHOLE = {\"/chat\"}\n"),
            "{}",
            notes[2]
        );
        assert!(notes[2].ends_with("else 0.1"), "{}", notes[2]);
        let span = "span:\n            - 'IsRootSpan() and name == \"/chat\"'\n";
        assert!(notes[3].contains(span), "{}", notes[3]);
        let rest = "probabilistic: {sampling_percentage: 10}";
        assert!(notes[3].ends_with(rest), "{}", notes[3]);
        assert_eq!(of(true, false), &notes[..3]);
        assert_eq!(of(false, true)[2], notes[3]);
    }

    #[test]
    fn names_are_quoted_for_what_reads_them() {
        assert_eq!(quoted("a\"b\\c\nd é"), "\"a\\\"b\\\\c\\nd é\"");
        let text = policies(&[Arc::from("it's")], 0.07);
        assert!(
            text.contains("- 'IsRootSpan() and name == \"it''s\"'\n"),
            "{text}"
        );
        assert!(text.ends_with("{sampling_percentage: 7}"), "{text}");
    }
}
