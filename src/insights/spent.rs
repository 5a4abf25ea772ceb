//! Where the time of transactions goes: self times of their spans, by kind of work.

use super::family::{Family, Member};
use crate::model::CancelToken;
use crate::model::conventions::{Category, category};
use crate::store::{Filter, Reader, StoreError};
use hashbrown::{HashMap, HashSet};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Time spent on one kind of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// The kind.
    pub category: Category,
    /// Self time, nanoseconds.
    pub nanos: i64,
    /// The operations that spans of the kind have here, in the order of the alphabet; empty for those without one.
    pub ops: Vec<Arc<str>>,
}

/// Self time in the transactions that are among the spans of a filter, by kind of work, the most first. What other services did
/// meanwhile counts as the call of them.
pub fn by_category(
    reader: &Reader,
    family: &Family,
    transactions: &Filter,
    cancel: &CancelToken,
) -> Result<Vec<Spent>, StoreError> {
    let parts = reader.work_through_spans(transactions, &[], cancel, |columns| {
        let rows = columns.rows().iter().copied();
        let members = rows.filter_map(|row| family.member(columns.at(row)));
        members.collect::<Vec<Member>>()
    })?;
    let entries: HashSet<Member> = parts.into_iter().flatten().collect();
    let all = Filter::default();
    let parts = reader.work_through_spans(&all, &[&["op"]], cancel, |columns| {
        let mut sums: HashMap<Option<usize>, i64> = HashMap::new();
        for row in columns.rows().iter().copied() {
            let Some(member) = family.member(columns.at(row)) else {
                continue;
            };
            if entries.contains(&family.entry(member)) {
                let sum = sums.entry(columns.code(0, row)).or_default();
                *sum = sum.saturating_add(family.self_time(member));
            }
        }
        let op = |code: Option<usize>| {
            Arc::from(
                code.and_then(|code| columns.text(0, code))
                    .unwrap_or_default(),
            )
        };
        let of_op = sums.into_iter().map(|(code, sum)| (op(code), sum));
        of_op.collect::<Vec<(Arc<str>, i64)>>()
    })?;
    let mut kinds: BTreeMap<Category, (i64, BTreeSet<Arc<str>>)> = BTreeMap::new();
    for (op, sum) in parts.into_iter().flatten() {
        let (nanos, ops) = kinds.entry(category(&op)).or_default();
        *nanos = nanos.saturating_add(sum);
        ops.insert(op);
    }
    let spent = kinds.into_iter().map(|(category, (nanos, ops))| Spent {
        category,
        nanos,
        ops: ops.into_iter().collect(),
    });
    let mut spent: Vec<Spent> = spent.filter(|part| part.nanos > 0).collect();
    spent.sort_by_key(|part| Reverse(part.nanos));
    Ok(spent)
}
