//! What single spans say: values in queries, and names of two versions of the conventions.
//!
//! * *Unparameterised SQL*: a query template behind at least [`TEXTS`] different texts, at least half as many as there are spans: what
//!   differs between them are values.
//! * *Mixed conventions*: some spans have an attribute only under its old name and others only under its new one. Spans with
//!   both, as SDKs write them on the way from one to the other, are no finding.

use super::{Check, Found};
use crate::insights::Asked;
use crate::insights::gather::{Sum, gather};
use crate::insights::place::Place;
use crate::insights::queries::{DESCRIPTION, KnownQueries, NAMES, PARTS, SELECTED, read};
use crate::model::record::RecordRef;
use crate::model::{CancelToken, human};
use crate::query::{self, Expr};
use crate::store::{Filter, Reader, RecordKind, SpanColumns, StoreError};
use hashbrown::{HashMap, HashSet};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// Different texts of a query that show that values are in them.
const TEXTS: usize = 10;
/// Characters of a query that are shown.
const SHOWN: usize = 80;

/// Names that were replaced, and what they are called since: OpenTelemetry's migrations of HTTP, of databases and of generative AI.
const RENAMED: [(&str, &str); 12] = [
    ("http.method", "http.request.method"),
    ("http.status_code", "http.response.status_code"),
    ("http.url", "url.full"),
    ("http.user_agent", "user_agent.original"),
    ("net.peer.name", "server.address"),
    ("net.peer.port", "server.port"),
    ("db.statement", "db.query.text"),
    ("db.system", "db.system.name"),
    ("db.name", "db.namespace"),
    ("db.operation", "db.operation.name"),
    ("gen_ai.system", "gen_ai.provider.name"),
    ("gen_ai.usage.prompt_tokens", "gen_ai.usage.input_tokens"),
];

pub(super) fn findings(
    reader: &Reader,
    asked: &Asked,
    cancel: &CancelToken,
) -> Result<Vec<Found>, StoreError> {
    let mut found = unparameterised(reader, asked, cancel)?;
    found.extend(mixed(reader, asked, cancel)?);
    Ok(found)
}

#[derive(Default)]
struct Written {
    spans: u64,
    texts: HashSet<u64>,
    examples: Vec<RecordRef>,
}

impl Sum for Written {
    fn absorb(&mut self, other: Self) {
        self.spans += other.spans;
        self.texts.extend(other.texts);
        self.examples.extend(other.examples);
        self.examples.truncate(super::EXAMPLES);
    }
}

fn unparameterised(
    reader: &Reader,
    asked: &Asked,
    cancel: &CancelToken,
) -> Result<Vec<Found>, StoreError> {
    let known = KnownQueries::default();
    let filter = asked.spans(SELECTED);
    let groups = gather(reader, &filter, NAMES, cancel, |columns, groups| {
        for (template, text, spans) in texts(columns, &known) {
            let group: &mut Written = groups.entry(template).or_default();
            group.spans += spans.len() as u64;
            group.texts.insert(text);
            let room = super::EXAMPLES.saturating_sub(group.examples.len());
            let examples = spans.into_iter().take(room);
            group.examples.extend(examples.map(|row| columns.at(row)));
        }
    })?;
    let wrong = groups
        .into_iter()
        .filter(|(_, written): &(Arc<str>, Written)| {
            written.texts.len() >= TEXTS && written.texts.len() as u64 * 2 >= written.spans
        });
    let found = wrong.map(|(template, written)| {
        let texts = human::grouped(written.texts.len() as u64);
        let shown: String = template.chars().take(SHOWN).collect();
        let cut = if shown.len() < template.len() {
            "…"
        } else {
            ""
        };
        Found {
            check: Check::UnparameterisedSql,
            what: format!("a query was written in {texts} different texts: {shown}{cut}"),
            count: written.spans,
            of: written.spans,
            spans: written.examples,
            places: Vec::new(),
        }
    });
    Ok(found.collect())
}

/// The rows of each text of a query in a segment.
fn texts(columns: &SpanColumns, known: &KnownQueries) -> Vec<(Arc<str>, u64, Vec<u32>)> {
    let mut places: HashMap<[Option<usize>; PARTS], Option<usize>> = HashMap::new();
    let mut found: Vec<(Arc<str>, u64, Vec<u32>)> = Vec::new();
    for row in columns.rows().iter().copied() {
        let codes: [Option<usize>; PARTS] = std::array::from_fn(|at| columns.code(at, row));
        let place = *places.entry(codes).or_insert_with(|| {
            let query = read(columns, &codes, known)?;
            let text = columns.text(DESCRIPTION, codes[DESCRIPTION]?)?;
            // Commands of key-value stores have no parameters.
            let is_sql = !query.domain.is_empty() && &*query.system != "redis";
            is_sql.then(|| {
                found.push((query.text.clone(), xxh3_64(text.as_bytes()), Vec::new()));
                found.len() - 1
            })
        });
        if let Some((.., rows)) = place.and_then(|place| found.get_mut(place)) {
            rows.push(row);
        }
    }
    found
}

fn mixed(reader: &Reader, asked: &Asked, cancel: &CancelToken) -> Result<Vec<Found>, StoreError> {
    let keys = reader.keys(RecordKind::Span)?;
    let is_known = |name: &str| keys.iter().any(|key| &*key.key == name);
    let mut found = Vec::new();
    for (old, new) in RENAMED {
        if !is_known(old) || !is_known(new) {
            continue;
        }
        let only = |own: &str, other: &str| format!("tags[{own}]:* !tags[{other}]:*");
        let (only_old, only_new) = (only(old, new), only(new, old));
        let counts = [&only_old, &only_new].map(|search| count(reader, asked, search, cancel));
        let [old_count, new_count] = counts;
        let (old_count, new_count) = (old_count?, new_count?);
        if old_count == 0 || new_count == 0 {
            continue;
        }
        let words = [old_count, new_count].map(human::grouped);
        let [old_words, new_words] = words;
        found.push(Found {
            check: Check::MixedConventions,
            what: format!(
                "{old_words} spans say {old} and {new_words} say {new}, which is the same"
            ),
            count: old_count,
            of: old_count + new_count,
            spans: Vec::new(),
            places: vec![Place::Spans(only_old), Place::Spans(only_new)],
        });
    }
    Ok(found)
}

fn count(
    reader: &Reader,
    asked: &Asked,
    search: &str,
    cancel: &CancelToken,
) -> Result<u64, StoreError> {
    let own = query::parse_filter(search).unwrap_or_default();
    let filter = Filter {
        search: Expr::all_of([own, asked.filter.search.clone()]),
        range: asked.filter.range,
    };
    reader.count(RecordKind::Span, &filter, cancel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_for_names_can_be_read() {
        for (old, new) in RENAMED {
            let search = format!("tags[{old}]:* !tags[{new}]:*");
            assert!(query::parse_filter(&search).is_ok_and(|search| search != Expr::All));
        }
    }
}
