//! Where the time of transactions goes: self times of their spans, by kind of work.

use super::family::{Family, Member};
use super::texts::Codes;
use crate::model::CancelToken;
use crate::model::conventions::{Category, category};
use crate::store::{Filter, Reader, StoreError};
use hashbrown::{HashMap, HashSet};

/// Nanoseconds of self time in the transactions that are among the spans of a filter, by kind of work, the most first. What
/// other services did meanwhile counts as the call of them.
pub fn by_category(
    reader: &Reader,
    family: &Family,
    transactions: &Filter,
    cancel: &CancelToken,
) -> Result<Vec<(Category, i64)>, StoreError> {
    let parts = reader.work_through_spans(transactions, &[], cancel, |columns| {
        let rows = columns.rows().iter().copied();
        let members = rows.filter_map(|row| family.member(columns.at(row)));
        members.collect::<Vec<Member>>()
    })?;
    let entries: HashSet<Member> = parts.into_iter().flatten().collect();
    let all = Filter::default();
    let parts = reader.work_through_spans(&all, &[&["op"]], cancel, |columns| {
        let mut categories = Codes::new(columns.codes(0));
        let mut sums: HashMap<Category, i64> = HashMap::new();
        for row in columns.rows().iter().copied() {
            let Some(member) = family.member(columns.at(row)) else {
                continue;
            };
            if !entries.contains(&family.entry(member)) {
                continue;
            }
            let kind = columns.code(0, row).map_or(Category::Other, |code| {
                categories.get(code, || category(columns.text(0, code).unwrap_or_default()))
            });
            let sum = sums.entry(kind).or_default();
            *sum = sum.saturating_add(family.self_time(member));
        }
        sums
    })?;
    let mut sums: HashMap<Category, i64> = HashMap::new();
    for (kind, sum) in parts.into_iter().flatten() {
        let own = sums.entry(kind).or_default();
        *own = own.saturating_add(sum);
    }
    let mut sums: Vec<(Category, i64)> = sums.into_iter().filter(|(_, sum)| *sum > 0).collect();
    sums.sort_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(&right.0)));
    Ok(sums)
}
