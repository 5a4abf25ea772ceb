//! Tools: how often what agents call for fails, and what they do then.
//!
//! | column | meaning |
//! |---|---|
//! | `tool` | its name |
//! | `calls, failed, failure_rate` | how many, and how many ended with an error |
//! | `asked_again` | failures after which the same run called the tool again |
//! | `recovered` | of these, those whose next call worked |
//! | `avg, p95` | of the duration |
//! | `time_spent` | the sum of durations |
//! | `runs` | runs that called it |
//! | `slowest` | the longest call |

use super::Found;
use super::calls::{Call, Kind};
use crate::insights::family::{Family, Member};
use crate::insights::measure::Measure;
use crate::insights::table::{column, detail};
use crate::insights::{Asked, Cell, Column, Module, Table, Unit};
use crate::model::CancelToken;
use crate::store::{Reader, StoreError};
use hashbrown::HashMap;

const COLUMNS: [Column; 11] = [
    column("tool", "Tool", Unit::Text),
    column("calls", "Calls", Unit::Count),
    column("failed", "Failed", Unit::Count),
    column("failure_rate", "Failure rate", Unit::Share),
    column("asked_again", "Asked again", Unit::Count),
    column("recovered", "Recovered", Unit::Count),
    column("avg", "Average", Unit::Duration),
    column("p95", "P95", Unit::Duration),
    column("time_spent", "Time spent", Unit::Duration),
    detail("runs", "Runs", Unit::Count),
    detail("slowest", "Slowest", Unit::Span),
];

#[derive(Default)]
struct Tool {
    measure: Measure,
    failed: u64,
    asked_again: u64,
    recovered: u64,
    runs: u64,
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
    let mut of_runs: HashMap<(u32, Option<Member>), Vec<&Call>> = HashMap::new();
    for call in found.calls.iter().filter(|call| call.kind == Kind::Tool) {
        of_runs
            .entry((call.tool, told.run(call)))
            .or_default()
            .push(call);
    }
    let mut tools: HashMap<u32, Tool> = HashMap::new();
    for ((tool, run), mut calls) in of_runs {
        calls.sort_by_key(|call| call.start);
        let tool = tools.entry(tool).or_default();
        tool.runs += u64::from(run.is_some());
        for call in &calls {
            tool.measure.take(call.duration, 0, call.at);
            tool.failed += u64::from(call.failed);
        }
        let again = calls
            .windows(2)
            .filter(|pair| run.is_some() && pair[0].failed);
        for pair in again {
            tool.asked_again += 1;
            tool.recovered += u64::from(!pair[1].failed);
        }
    }
    let row = |(name, mut tool): (u32, Tool)| {
        let calls = tool.measure.count();
        vec![
            Cell::text(&found.texts.get(name)),
            Cell::count(calls),
            Cell::count(tool.failed),
            Cell::share(tool.failed, calls),
            Cell::count(tool.asked_again),
            Cell::count(tool.recovered),
            Cell::int(tool.measure.average()),
            Cell::int(tool.measure.percentile(0.95)),
            Cell::Int(tool.measure.total()),
            Cell::count(tool.runs),
            tool.measure.longest().map_or(Cell::None, Cell::Span),
        ]
    };
    let table = Table::of(
        Module::Agents,
        COLUMNS,
        tools.into_iter().map(row).collect(),
        asked.time(reader, cancel)?,
    );
    Ok(table.greatest_first("failed"))
}
