//! From a number to the records behind it: the search of a row, narrowed by what the column says of its spans.

use crate::app::route::{InsightFilters, SpansPlace};
use crate::insights::{Module, Table};
use crate::query::{self, Expr};
use crate::store::SpanOrder;

/// The span search that lists what a cell is about. `search` finds the spans of its row.
pub fn place(
    search: &str,
    filters: &InsightFilters,
    table: &Table,
    row: usize,
    column: &str,
) -> SpansPlace {
    let narrowed = term(table.module, column).unwrap_or_default();
    let query = [search, narrowed, &filters.search()]
        .into_iter()
        .fold(String::new(), |all, part| both(&all, part));
    let at_least = match column {
        "p50" | "p75" | "p95" | "p99" | "p95_processing" => table.cell(row, column),
        _ => None,
    };
    let at_least = at_least
        .and_then(|cell| cell.number())
        .map(|least| least as i64);
    let is_of_duration = at_least.is_some()
        || matches!(
            column,
            "avg"
                | "time_spent"
                | "share"
                | "total_duration"
                | "avg_get"
                | "avg_put"
                | "avg_processing"
        );
    SpansPlace {
        query,
        range: filters.range,
        durations: at_least
            .map(|least| least..i64::MAX)
            .filter(SpansPlace::is_narrow),
        order: match is_of_duration {
            true => SpanOrder::Duration,
            false => SpanOrder::Start,
        },
        ..SpansPlace::default()
    }
}

/// The search that both of two searches make.
fn both(one: &str, other: &str) -> String {
    let part = |text: &str| match query::parse_filter(text) {
        Ok(Expr::Or(_)) => format!("({text})"),
        _ => text.to_owned(),
    };
    match (one, other) {
        (only, "") | ("", only) => only.to_owned(),
        (one, other) => format!("{} {}", part(one), part(other)),
    }
}

/// What a column says of the spans it counts, beyond that they are of the row.
fn term(module: Module, column: &str) -> Option<&'static str> {
    const READS: &str = "op:[cache.get, cache.get_item, cache.get_many]";
    Some(match (module, column) {
        (_, "failed" | "failure_rate") => "status:error",
        (Module::Requests, "rate_3xx") => {
            "http.response.status_code:>=300 http.response.status_code:<400"
        }
        (Module::Requests, "rate_4xx") => {
            "http.response.status_code:>=400 http.response.status_code:<500"
        }
        (Module::Requests, "rate_5xx") => {
            "http.response.status_code:>=500 http.response.status_code:<600"
        }
        (Module::Caches, "hits") => "cache.hit:true",
        (Module::Caches, "misses" | "miss_rate") => "cache.hit:false",
        (Module::Caches, "tpm" | "gets" | "avg_get") => READS,
        (Module::Caches, "puts" | "avg_put") => {
            "op:[cache.put, cache.set, cache.add, cache.set_item, cache.set_many]"
        }
        (Module::Queues, "published" | "published_pm") => {
            "op:[queue.publish, queue.submit, queue.submit.*]"
        }
        (
            Module::Queues,
            "processed" | "processed_pm" | "avg_processing" | "p95_processing" | "time_spent"
            | "share",
        ) => "op:[queue.process, queue.task, queue.task.*]",
        (Module::Queues, "error_rate" | "errors") => {
            "op:[queue.process, queue.task, queue.task.*] status:error"
        }
        (Module::Queues, "retries") => "messaging.message.retry.count:>0",
        (Module::Agents, "tool_errors" | "llm_errors") => "status:error",
        (Module::Vitals, "pageloads" | "good" | "meh" | "poor" | "score") => "op:pageload",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insights::{Cell, Column, Unit};

    #[test]
    fn what_columns_say_can_be_searched_for() {
        for module in Module::ALL {
            for column in [
                "failed",
                "rate_3xx",
                "rate_4xx",
                "hits",
                "puts",
                "published",
                "errors",
                "retries",
                "tpm",
                "score",
            ] {
                if let Some(term) = term(module, column) {
                    assert!(query::parse_filter(term).is_ok(), "{term}");
                }
            }
        }
    }

    #[test]
    fn a_percentile_leads_to_what_took_at_least_as_long() {
        let column = |name, unit| Column {
            name,
            title: name,
            unit,
            shown: true,
        };
        let table = Table {
            module: Module::Transactions,
            columns: vec![
                column("transaction", Unit::Text),
                column("p95", Unit::Duration),
            ],
            rows: vec![vec![Cell::Text("a".into()), Cell::Int(700)]],
            time: None,
            notes: Vec::new(),
        };
        let filters = InsightFilters {
            query: "a:b OR c:d".to_owned(),
            ..InsightFilters::default()
        };
        let found = place("name:a", &filters, &table, 0, "p95");
        assert_eq!(found.query, "name:a (a:b OR c:d)");
        let either = place("op:x OR has:y", &filters, &table, 0, "failed");
        assert_eq!(
            either.query, "(op:x OR has:y) status:error (a:b OR c:d)",
            "what holds of either holds of both"
        );
        assert_eq!(found.durations, Some(700..i64::MAX));
        assert_eq!(found.order, SpanOrder::Duration);
    }
}
