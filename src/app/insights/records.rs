//! From a number to the records behind it: the search for its spans as a place.

use crate::app::route::{InsightFilters, InsightsPlace, Route, SpansPlace};
use crate::insights::looks::Look;
use crate::insights::{Cell, Table, behind};
use crate::model::record::RecordRef;
use crate::query;
use crate::store::SpanOrder;

/// The span search that lists what a cell is about. `search` finds its spans.
pub fn place(
    search: &str,
    filters: &InsightFilters,
    table: &Table,
    row: usize,
    column: &str,
) -> SpansPlace {
    let query = query::both(search, &filters.search());
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

/// What a row of a closer look leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Leads {
    /// The span that shows it.
    Span(RecordRef),
    /// Another place.
    Place(Box<Route>),
}

/// What a row of a closer look leads to: a conversation to its transcript, others to the span that shows them or to the
/// spans they are made of.
pub fn of_look(look: Look, table: &Table, row: usize, filters: &InsightFilters) -> Option<Leads> {
    let text = |name: &str| table.cell(row, name).map(Cell::words).unwrap_or_default();
    if look == Look::AgentConversations {
        let query = match text("conversation") {
            id if id.is_empty() => query::with_absence(&filters.query, CONVERSATION),
            id => query::with_term(&filters.query, CONVERSATION, &id, false),
        };
        let mut to = InsightsPlace::new(look.module());
        to.look = Some(Look::AgentTranscript);
        to.filters = InsightFilters {
            query,
            ..filters.clone()
        };
        return Some(Leads::Place(Box::new(Route::Insights(to))));
    }
    let cells = table.rows.get(row)?;
    let span = cells.iter().find_map(|cell| match cell {
        Cell::Span(at) => Some(*at),
        _ => None,
    });
    if let Some(at) = span {
        return Some(Leads::Span(at));
    }
    let search = match look {
        Look::AgentSampling => query::with_term("is:root", "name", &text("route"), false),
        Look::TransactionSlow => query::both(&behind::of_cells(table, row), &text("search")),
        _ => behind::of_cells(table, row),
    };
    let place = SpansPlace {
        query: query::both(&search, &filters.search()),
        range: filters.range,
        ..SpansPlace::default()
    };
    Some(Leads::Place(Box::new(Route::Spans(place))))
}

/// What tells conversations apart.
const CONVERSATION: &str = "gen_ai.conversation.id";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insights::{Column, Module, Unit};

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
        assert_eq!(found.durations, Some(700..i64::MAX));
        assert_eq!(found.order, SpanOrder::Duration);
    }
}
