//! A search for exactly these spans: what they have in common is added to it until it finds no others.
//!
//! Attributes with few values among the spans are asked for by these values; those that turn out not to matter are left out again. Where
//! that is not enough, the spans are named one by one, up to [`MOST_IDS`]; beyond, the search stays as narrow as it came.

use super::{Spans, one_of};
use crate::insights::{Asked, Module};
use crate::model::record::RecordRef;
use crate::model::{CancelToken, SpanId};
use crate::query::{self, Expr};
use crate::store::{Filter, Reader, RecordKind, StoreError};
use hashbrown::HashSet;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Spans that are named one by one.
const MOST_IDS: usize = 300;
/// Values of an attribute that are told apart.
const MOST_VALUES: usize = 24;

/// What the spans of a module may have in common; what is most telling comes last, and is left out last.
fn attributes(module: Module) -> &'static [&'static str] {
    match module {
        Module::Caches => &["status", "name", "op", "description", "cache.key"],
        Module::Queues => &["status", "description", "celery.task_name", "name", "op"],
        Module::Agents => &[
            "status",
            "user.id",
            "gen_ai.agent.name",
            "gen_ai.conversation.id",
            "gen_ai.tool.name",
            "gen_ai.operation.type",
            "gen_ai.response.model",
            "gen_ai.request.model",
            "gen_ai.operation.name",
            "op",
        ],
        _ => &[],
    }
}

/// A search that finds `wanted` and perhaps others, narrowed until it finds no others, if that can be.
pub(super) fn narrowed(
    reader: &Reader,
    asked: &Asked,
    (module, search): (Module, String),
    mut wanted: Vec<RecordRef>,
    cancel: &CancelToken,
) -> Result<Spans, StoreError> {
    wanted.sort_unstable();
    wanted.dedup();
    let finds_exactly = |search: &str| finds(reader, asked, search, &wanted, cancel);
    let exactly = |search: String| Spans {
        search,
        is_exact: true,
    };
    if wanted.is_empty() || finds_exactly(&search)? {
        return Ok(exactly(search));
    }
    let mut terms = in_common(reader, asked, module, &wanted, cancel)?;
    let selected = super::selected(module);
    let with = |base: &str, terms: &[String]| {
        let base = match query::parse_filter(base) {
            Ok(Expr::Or(_)) => format!("({base})"),
            _ => base.to_owned(),
        };
        [std::slice::from_ref(&base), terms].concat().join(" ")
    };
    // What was asked before may be wrong about some, so that it is tried without, too.
    for base in [&*search, selected] {
        if !finds_exactly(&with(base, &terms))? {
            continue;
        }
        let mut place = 0;
        while place < terms.len() {
            let left_out = terms.remove(place);
            if !finds_exactly(&with(base, &terms))? {
                terms.insert(place, left_out);
                place += 1;
            }
        }
        return Ok(exactly(with(base, &terms)));
    }
    if wanted.len() <= MOST_IDS {
        let spans = reader.span_rows(&wanted, &[])?;
        let ids: BTreeSet<SpanId> = spans.iter().map(|span| span.id).collect();
        let ids: Vec<String> = ids.iter().map(SpanId::to_string).collect();
        let named = format!("span_id:[{}]", ids.join(", "));
        if finds_exactly(&named)? {
            return Ok(exactly(named));
        }
    }
    Ok(Spans {
        search,
        is_exact: false,
    })
}

/// Whether a search finds these spans and no others, among those that are asked for.
fn finds(
    reader: &Reader,
    asked: &Asked,
    search: &str,
    wanted: &[RecordRef],
    cancel: &CancelToken,
) -> Result<bool, StoreError> {
    let search = query::parse_filter(search);
    let search = search.map_err(|error| StoreError::failed("read the search", error.message))?;
    let filter = Filter {
        search: Expr::all_of([search, asked.filter.search.clone()]),
        range: asked.filter.range,
    };
    let found = reader.find(RecordKind::Span, &filter, false, cancel)?;
    if found.refs.len() != wanted.len() {
        return Ok(false);
    }
    let mut found = found.refs.to_vec();
    found.sort_unstable();
    Ok(found == wanted)
}

/// What spans have in common, a term an attribute.
fn in_common(
    reader: &Reader,
    asked: &Asked,
    module: Module,
    wanted: &[RecordRef],
    cancel: &CancelToken,
) -> Result<Vec<String>, StoreError> {
    let attributes = attributes(module);
    let names: Vec<&[&str]> = attributes.iter().map(std::slice::from_ref).collect();
    let parts = reader.work_through_spans(&asked.filter, &names, cancel, |columns| {
        let first = wanted.partition_point(|at| at.segment < columns.segment());
        let own = wanted.get(first..).unwrap_or_default().iter();
        let rows: Vec<u32> = own
            .take_while(|at| at.segment == columns.segment())
            .map(|at| at.row)
            .collect();
        let values = |at: usize| -> BTreeSet<Option<Arc<str>>> {
            let codes: HashSet<Option<usize>> =
                rows.iter().map(|row| columns.code(at, *row)).collect();
            let codes = codes.into_iter().take(MOST_VALUES + 2);
            let text = |code| Arc::from(&*columns.value(at, code).text());
            codes.map(|code| code.map(text)).collect()
        };
        (0..attributes.len()).map(values).collect::<Vec<_>>()
    })?;
    let mut all: Vec<BTreeSet<Option<Arc<str>>>> = vec![BTreeSet::new(); attributes.len()];
    for part in parts {
        for (all, own) in all.iter_mut().zip(part) {
            all.extend(own);
        }
    }
    let terms = attributes.iter().zip(all);
    Ok(terms
        .filter_map(|(name, values)| of_values(name, values))
        .collect())
}

/// The demand that an attribute have one of these values; `None` stands for spans without it.
fn of_values(name: &str, mut values: BTreeSet<Option<Arc<str>>>) -> Option<String> {
    let some_lack_it = values.remove(&None);
    let texts: BTreeSet<Arc<str>> = values.into_iter().flatten().collect();
    if texts.len() > MOST_VALUES {
        return None;
    }
    match (one_of(name, &texts), some_lack_it) {
        (None, true) => Some(query::with_absence("", name)),
        (Some(term), true) => Some(format!("({term} OR {})", query::with_absence("", name))),
        (term, false) => term,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_a_term() {
        let values = |texts: &[Option<&str>]| {
            let texts = texts.iter().map(|text| text.map(Arc::from));
            of_values("op", texts.collect())
        };
        assert_eq!(values(&[Some("a")]).as_deref(), Some("op:a"));
        assert_eq!(values(&[None]).as_deref(), Some("!has:op"));
        assert_eq!(values(&[]), None);
        let either = values(&[None, Some("a"), Some("b")]).unwrap();
        assert_eq!(either, "((op:a OR op:b) OR !has:op)");
        assert!(query::parse_filter(&either).is_ok());
    }
}
