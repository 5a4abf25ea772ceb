//! The spans behind a number of a table, as a search.
//!
//! What rows are told apart by is often no attribute but made of several (the template of a query, the shape of a path).
//! Then the texts it was made of are looked up: few of them are listed, of many only what they have in common is asked for,
//! which may find more. Where a row is more than its cells say (a job is counted once, a tool belongs to a model), the search is
//! compared with the spans that were counted, and made narrower until it finds exactly these ([`exact`]).

mod exact;

use super::family::Family;
use super::{
    Asked, Module, Table, agents, caches, queries, queues, requests, transactions, vitals,
};
use crate::model::CancelToken;
use crate::model::record::RecordRef;
use crate::query;
use crate::store::{Reader, StoreError};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Texts that are listed one by one.
const MOST_TEXTS: usize = 24;
/// Characters of all of them together.
const MOST_CHARS: usize = 6_000;
/// Characters of what all begin or end with.
const MOST_SHARED: usize = 2_000;

/// Spans as a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spans {
    /// The search. The filters of the table are no part of it.
    pub search: String,
    /// Whether it finds no others, as far as that was compared.
    pub is_exact: bool,
}

/// A number of a table.
#[derive(Clone, Copy)]
pub struct Number<'a> {
    /// The table.
    pub table: &'a Table,
    /// The row in it.
    pub row: usize,
    /// The column, by name; empty for all that is of the row.
    pub column: &'a str,
}

/// The search for the spans behind a number. What spans are to each other is asked for only where it matters.
pub fn search(
    reader: &Reader,
    asked: &Asked,
    family: &dyn Fn() -> Result<Arc<Family>, StoreError>,
    of: Number,
    cancel: &CancelToken,
) -> Result<Spans, StoreError> {
    let Number { table, row, column } = of;
    let narrowed = |search: &str| query::both(search, term(table, column).unwrap_or_default());
    let key = table.key(row).unwrap_or_default();
    let counted = |spans: Counted| -> Result<Spans, StoreError> {
        let family = family()?;
        let spans = spans(reader, asked, &family, (&key, column), cancel)?;
        let search = narrowed(&of_cells(table, row));
        exact::narrowed(reader, asked, (table.module, search), spans, cancel)
    };
    let texts = match table.module {
        Module::Queries => queries::texts(reader, asked, &key, cancel)?,
        Module::Requests => requests::texts(reader, asked, &key, cancel)?,
        Module::Caches => return counted(caches::spans),
        Module::Queues => return counted(queues::spans),
        Module::Agents => return counted(agents::spans),
        Module::Transactions | Module::Vitals => {
            return Ok(Spans {
                search: narrowed(&of_cells(table, row)),
                is_exact: true,
            });
        }
    };
    let texts: Vec<(&str, BTreeSet<Arc<str>>)> = texts.into_iter().collect();
    let terms: Vec<String> = texts
        .iter()
        .filter_map(|(key, texts)| one_of(key, texts))
        .collect();
    let terms = match terms.as_slice() {
        [] => String::new(),
        [only] => format!(" {only}"),
        several => format!(" ({})", several.join(" OR ")),
    };
    Ok(Spans {
        search: narrowed(&format!("{}{terms}", selected(table.module))),
        is_exact: texts.iter().all(|(_, texts)| is_listed(texts)),
    })
}

/// Gives the spans that a number of a module counts, by its row's key and its column's name.
type Counted =
    fn(&Reader, &Asked, &Family, (&str, &str), &CancelToken) -> Result<Vec<RecordRef>, StoreError>;

/// What a column says of the spans it counts, beyond that they are of the row.
fn term(table: &Table, column: &str) -> Option<&'static str> {
    Some(match (table.module, column) {
        (Module::Agents, _) => return None,
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
        (Module::Caches, "tpm" | "gets" | "avg_get") => {
            "op:[cache.get, cache.get_item, cache.get_many]"
        }
        (Module::Caches, "puts" | "avg_put") => {
            "op:[cache.put, cache.set, cache.add, cache.set_item, cache.set_many]"
        }
        (Module::Caches, "avg_item_size") => "has:cache.item_size",
        (Module::Queues, "published" | "published_pm") => {
            "op:[queue.publish, queue.submit, queue.submit.*]"
        }
        (Module::Queues, "error_rate" | "errors") => {
            "op:[queue.process, queue.task, queue.task.*] status:error"
        }
        (Module::Queues, "retries") => {
            "op:[queue.process, queue.task, queue.task.*] messaging.message.retry.count:>0"
        }
        (Module::Queues, column) if queues::is_of_processing(column) => {
            "op:[queue.process, queue.task, queue.task.*]"
        }
        (Module::Vitals, "pageloads" | "good" | "meh" | "poor" | "score") => "op:pageload",
        _ => return None,
    })
}

/// What a module selects.
pub fn selected(module: Module) -> &'static str {
    match module {
        Module::Transactions => transactions::SELECTED,
        Module::Queries => queries::SELECTED,
        Module::Requests => requests::SELECTED,
        Module::Caches => caches::SELECTED,
        Module::Queues => queues::SELECTED,
        Module::Agents => agents::SELECTED,
        Module::Vitals => vitals::SELECTED,
    }
}

/// The search that the cells of a row make, where each is an attribute.
pub fn of_cells(table: &Table, row: usize) -> String {
    let mut search = selected(table.module).to_owned();
    for place in table.keys() {
        let (Some(column), Some(cell)) = (
            table.columns.get(place),
            table.rows.get(row).and_then(|row| row.get(place)),
        ) else {
            continue;
        };
        let value = cell.words();
        search = match (attribute(table.module, column.name), value.as_str()) {
            (None, _) => search,
            (Some("cache.key"), "") => search,
            (Some(key @ "cache.key"), value) => {
                let mut pieces: Vec<String> = value.split('*').map(str::to_owned).collect();
                if column.name == "key_prefix" {
                    pieces.push(String::new());
                }
                query::with_pieces(&search, key, &pieces)
            }
            (Some(key), "") => query::with_absence(&search, key),
            (Some(key), value) => query::with_term(&search, key, value, false),
        };
    }
    search
}

/// The attribute that a column shows the values of.
fn attribute(module: Module, column: &str) -> Option<&'static str> {
    Some(match (module, column) {
        (Module::Transactions, "transaction") => "name",
        (Module::Transactions, "op") => "op",
        (Module::Transactions, "service") => "service",
        (Module::Transactions, "release") => "release",
        (Module::Transactions, "environment") => "environment",
        (Module::Caches | Module::Agents, "transaction") => "transaction",
        (Module::Caches, "key_prefix" | "key") => "cache.key",
        (Module::Queues, "destination") => "messaging.destination.name",
        (Module::Agents, "model") => "gen_ai.request.model",
        (Module::Agents, "tool") => "gen_ai.tool.name",
        (Module::Agents, "conversation") => "gen_ai.conversation.id",
        (Module::Agents, "agent") => "gen_ai.agent.name",
        (Module::Agents, "user") => "user.id",
        (Module::Vitals, "page") => "name",
        _ => return None,
    })
}

/// The demand that an attribute be one of these texts; `None` without any.
fn one_of(key: &str, texts: &BTreeSet<Arc<str>>) -> Option<String> {
    if is_listed(texts) {
        let terms: Vec<String> = texts
            .iter()
            .map(|text| query::with_term("", key, text, false))
            .collect();
        return match terms.as_slice() {
            [] => None,
            [only] => Some(only.clone()),
            several => Some(format!("({})", several.join(" OR "))),
        };
    }
    let (start, end) = common(texts.iter().map(|text| &**text));
    Some(query::with_pieces("", key, &[start, end]))
}

/// Whether texts are few and short enough to be listed.
fn is_listed(texts: &BTreeSet<Arc<str>>) -> bool {
    let chars: usize = texts.iter().map(|text| text.len()).sum();
    texts.len() <= MOST_TEXTS && chars <= MOST_CHARS
}

/// How all texts begin and how all end; the two do not overlap in any of them.
fn common<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> (String, String) {
    let Some(first) = texts.clone().next() else {
        return Default::default();
    };
    let shortest = texts.clone().map(|text| text.chars().count()).min();
    let same = |one: &mut dyn Iterator<Item = char>, other: &mut dyn Iterator<Item = char>| {
        one.zip(other)
            .take_while(|(one, other)| one == other)
            .count()
    };
    let starts = texts
        .clone()
        .map(|text| same(&mut first.chars(), &mut text.chars()));
    let start = starts.min().unwrap_or(0).min(MOST_SHARED);
    let ends = texts.map(|text| same(&mut first.chars().rev(), &mut text.chars().rev()));
    let end = ends.min().unwrap_or(0).min(MOST_SHARED);
    let end = end.min(shortest.unwrap_or(0).saturating_sub(start));
    let head = first.chars().take(start).collect();
    let tail: Vec<char> = first.chars().rev().take(end).collect();
    (head, tail.into_iter().rev().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_columns_say_can_be_searched_for() {
        let mut said = 0;
        for module in Module::ALL {
            for column in [
                "failed",
                "rate_3xx",
                "rate_4xx",
                "rate_5xx",
                "hits",
                "misses",
                "gets",
                "puts",
                "avg_item_size",
                "published",
                "processed",
                "errors",
                "retries",
                "tpm",
                "score",
            ] {
                let table = Table::of(module, [], Vec::new(), None);
                if let Some(term) = term(&table, column) {
                    assert!(query::parse_filter(term).is_ok(), "{term}");
                    said += 1;
                }
            }
        }
        assert!(said >= 20, "{said}");
    }

    #[test]
    fn many_texts_are_asked_for_by_what_they_share() {
        let texts: BTreeSet<Arc<str>> = (0..50)
            .map(|number| format!("SELECT a FROM b WHERE c = {number} LIMIT 1").into())
            .collect();
        let found = one_of("description", &texts).unwrap();
        assert_eq!(found, "description:\"select a from b where c = * limit 1\"");
        let few: BTreeSet<Arc<str>> = ["a b".into(), "c".into()].into_iter().collect();
        assert_eq!(one_of("k", &few).unwrap(), "(k:\"a b\" OR k:c)");
        assert_eq!(one_of("k", &BTreeSet::new()), None);
        assert_eq!(common(["aa", "aaa"].into_iter()), ("aa".into(), "".into()));
    }
}
