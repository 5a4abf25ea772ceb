//! The attribute names of a kind of record, with how many records have each.
//!
//! How many records of a segment have a column stands beside the column, so that nothing need be decoded for it. Two things
//! are looked at closer, since both are rare: segments of which rows are left out, and names that a record may have more
//! than once, as an attribute, from its resource and as a field. Those are searched for.

use super::bits::Bits;
use super::evaluate::present;
use super::fields::{Field, attribute_name, builtin_name, column, names_for};
use super::scan::{Scan, Scanner, Segment, Trouble};
use super::search::Search;
use super::{Filter, KeyCount, RecordKind, StoreError, kind_number, resource};
use crate::query::{Expr, Term, Test};
use hashbrown::HashMap;
use std::sync::Arc;

/// What is known of a name.
#[derive(Default)]
struct Count {
    present: u64,
    /// Records have it as an attribute of their own.
    own: bool,
    /// Records have it from their resource.
    inherited: bool,
}

impl Count {
    /// Whether a record may have it twice, or have a field that goes by this name: then it is searched for.
    fn is_shared(&self, name: &str) -> bool {
        let is_field = || {
            let mut fields = names_for(name).into_iter();
            fields.any(|field| matches!(field, Field::Builtin(_)))
        };
        self.own && self.inherited || (self.own || self.inherited) && is_field()
    }
}

type Counts = HashMap<Arc<str>, Count>;

/// See [`super::Reader::keys`].
pub(super) fn keys(
    scan: &Scan,
    scanner: &Scanner,
    kind: RecordKind,
) -> Result<Vec<KeyCount>, StoreError> {
    let failed = || StoreError::sql("list the attributes");
    let mut counts = Counts::default();
    count_columns(scanner, kind, &mut counts).map_err(failed())?;
    for segment in scanner.segments(kind).map_err(failed())? {
        if !segment.is_whole() {
            match count_live(scan, scanner, &segment, &mut counts) {
                Ok(()) | Err(Trouble::Damaged) => {}
                Err(Trouble::Failed(error)) => return Err(error),
            }
        }
    }
    count_resources(scanner, kind, &mut counts).map_err(failed())?;
    counts.retain(|_, count| count.present > 0);
    for (key, count) in &mut counts {
        if count.is_shared(key) {
            let filter = having(key);
            count.present = Search::new(scan, scanner, kind, &filter)?.count()?;
        }
    }
    // In no column, but to be searched for as if they were.
    let all = counts.get("time").map(|count| count.present);
    let mut keys: Vec<KeyCount> = counts
        .into_iter()
        .map(|(key, Count { present, .. })| KeyCount { key, present })
        .collect();
    let made: &[&str] = match kind {
        RecordKind::Span => &["import", "transaction"],
        RecordKind::Log => &["import"],
    };
    for name in made {
        let has_own = keys.iter().any(|known| &*known.key == *name);
        if let (Some(present), false) = (all, has_own) {
            let key = Arc::from(*name);
            keys.push(KeyCount { key, present });
        }
    }
    keys.sort_by(|left, right| {
        right
            .present
            .cmp(&left.present)
            .then_with(|| left.key.cmp(&right.key))
    });
    Ok(keys)
}

/// The search for records that have a value under a name.
fn having(name: &str) -> Filter {
    let key = name.to_owned();
    let test = Test::Present;
    Filter {
        search: Expr::Term(Term { key, test }),
        range: None,
    }
}

/// What columns of segments say that are to be shown whole.
fn count_columns(scanner: &Scanner, kind: RecordKind, counts: &mut Counts) -> rusqlite::Result<()> {
    let mut find = scanner.connection.prepare_cached(
        "SELECT name, sum(present) FROM segment_column JOIN attribute_key ON attribute_key.id = key
         WHERE kind = ?1 AND segment NOT IN (SELECT id FROM segment WHERE dropped IS NOT NULL) GROUP BY key",
    )?;
    let mut rows = find.query([kind_number(kind)])?;
    while let Some(row) = rows.next()? {
        add(
            counts,
            row.get_ref(0)?.as_str()?,
            row.get::<_, i64>(1)? as u64,
        );
    }
    Ok(())
}

/// What the rows of a segment have that are to be shown.
fn count_live(
    scan: &Scan,
    scanner: &Scanner,
    segment: &Segment,
    counts: &mut Counts,
) -> Result<(), Trouble> {
    let live = segment.live();
    if live.is_empty() {
        return Ok(());
    }
    for name in columns_of(scanner, segment)? {
        if attribute_name(&name)
            .or_else(|| builtin_name(&name))
            .is_none()
        {
            continue;
        }
        let Some(values) = scanner.column(scan.shared, segment, &name)? else {
            continue;
        };
        let mut present = match name.as_str() {
            // No id is the number 0 there.
            column::SPAN | column::PARENT => {
                Bits::from_fn(segment.rows, |row| values.int(row) != 0)
            }
            _ => present(&values, segment.rows),
        };
        present.and(&live);
        add(counts, &name, present.count());
    }
    Ok(())
}

fn columns_of(scanner: &Scanner, segment: &Segment) -> rusqlite::Result<Vec<String>> {
    let mut find = scanner.connection.prepare_cached(
        "SELECT name FROM segment_column JOIN attribute_key ON attribute_key.id = key WHERE segment = ?1",
    )?;
    let names = find.query_map([segment.id], |row| row.get(0))?;
    names.collect()
}

fn add(counts: &mut Counts, column: &str, present: u64) {
    let own = attribute_name(column);
    let Some(name) = own.or_else(|| builtin_name(column)) else {
        return;
    };
    let count = counts.entry(Arc::from(name)).or_default();
    count.present += present;
    // A column of which no row is shown is none.
    count.own |= own.is_some() && present > 0;
}

fn count_resources(
    scanner: &Scanner,
    kind: RecordKind,
    counts: &mut Counts,
) -> rusqlite::Result<()> {
    let sql = "SELECT attributes, spans, logs FROM resource";
    let mut find = scanner.connection.prepare_cached(sql)?;
    let mut rows = find.query([])?;
    while let Some(row) = rows.next()? {
        let records: i64 = match kind {
            RecordKind::Span => row.get(1)?,
            RecordKind::Log => row.get(2)?,
        };
        if records > 0 {
            for (name, _) in resource::from_json(row.get_ref(0)?.as_str()?).unwrap_or_default() {
                let count = counts.entry(name).or_default();
                count.present += records as u64;
                count.inherited = true;
            }
        }
    }
    Ok(())
}
