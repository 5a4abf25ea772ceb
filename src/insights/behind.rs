//! The spans behind a row of a table, as a search.
//!
//! What rows are told apart by is often no attribute but made of several (the template of a query, the shape of a path).
//! Then the texts it was made of are looked up: few of them are listed, of many only what they have in common is asked for,
//! which may find more.

use super::{
    Asked, Module, Table, agents, caches, queries, queues, requests, transactions, vitals,
};
use crate::model::CancelToken;
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

/// The search for the spans of a row. The filters of the table are no part of it.
pub fn search(
    reader: &Reader,
    asked: &Asked,
    table: &Table,
    row: usize,
    cancel: &CancelToken,
) -> Result<String, StoreError> {
    let (Module::Queries | Module::Requests, Some(key)) = (table.module, table.key(row)) else {
        return Ok(of_cells(table, row));
    };
    let texts = match table.module {
        Module::Queries => queries::texts(reader, asked, &key, cancel)?,
        _ => requests::texts(reader, asked, &key, cancel)?,
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
    Ok(format!("{}{terms}", selected(table.module)))
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

/// The heading of a column that rows are told apart by and that no search can ask for: the spans behind a number of such
/// a table are more than it counts.
pub fn not_asked_for(table: &Table) -> Option<&'static str> {
    if matches!(table.module, Module::Queries | Module::Requests) {
        return None;
    }
    let columns = table.keys().filter_map(|place| table.columns.get(place));
    let mut unknown = columns.filter(|column| attribute(table.module, column.name).is_none());
    unknown.next().map(|column| column.title)
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
    let chars: usize = texts.iter().map(|text| text.len()).sum();
    if texts.len() <= MOST_TEXTS && chars <= MOST_CHARS {
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
