//! Traces by the spans of theirs that fit: how many do, and which of them comes first.

use super::{Candidate, SCAN_FROM, count, read_all, read_some, select, sort};
use crate::model::record::RecordRef;
use crate::store::fields::column;
use crate::store::scan::{Scan, Scanner};
use crate::store::search::Search;
use crate::store::{Filter, RecordKind, SpanOrder, SpanTrace, SpanTraces, StoreError, TraceOrder};
use hashbrown::HashMap;

/// What is known of a trace by its spans.
#[derive(Clone, Copy)]
struct Hits {
    matched: u64,
    /// When the first of them began, and where it lies.
    first: (i64, RecordRef),
}

impl Hits {
    fn join(&mut self, other: Self) {
        self.matched += other.matched;
        self.first = self.first.min(other.first);
    }
}

/// See [`crate::store::Reader::traces_of_spans`].
pub fn of_spans(
    scan: &Scan,
    scanner: &Scanner,
    filter: &Filter,
    order: SpanOrder,
    descending: bool,
) -> Result<SpanTraces, StoreError> {
    let hits = hits(scan, scanner, filter)?;
    let order = match order {
        SpanOrder::Start => TraceOrder::Start,
        SpanOrder::Duration => TraceOrder::Duration,
    };
    let failed = StoreError::sql("list the traces");
    let sql = select(order, false);
    let mut found: Vec<Candidate> = if hits.len() < count(scanner).map_err(failed)? / SCAN_FROM {
        read_some(scan, scanner, &sql, hits.keys().copied())?
    } else {
        read_all(scan, scanner, &sql, |number| hits.contains_key(&number))?
    };
    scan.check()?;
    sort(&mut found, order);
    if descending {
        found.reverse();
    }
    let traces = found.iter().filter_map(|trace| {
        let hits = hits.get(&trace.number)?;
        Some(SpanTrace {
            number: trace.number,
            matched: hits.matched,
            first: hits.first.1,
        })
    });
    Ok(SpanTraces {
        traces: traces.collect(),
    })
}

/// The matching spans of each trace, by its number.
fn hits(scan: &Scan, scanner: &Scanner, filter: &Filter) -> Result<HashMap<i64, Hits>, StoreError> {
    let search = Search::new(scan, scanner, RecordKind::Span, filter)?;
    let parts = search.each(|scanner, segment, found| {
        let numbers = scanner.required(scan.shared, segment, column::TRACE)?;
        let times = scanner.required(scan.shared, segment, column::TIME)?;
        let mut part: HashMap<i64, Hits> = HashMap::new();
        for row in found.iter() {
            let at = RecordRef {
                segment: segment.id,
                row: row as u32,
            };
            let own = Hits {
                matched: 1,
                first: (times.int(row), at),
            };
            add(&mut part, numbers.int(row), own);
        }
        Ok(part)
    })?;
    let mut parts = parts.into_iter();
    let mut all = parts.next().unwrap_or_default();
    for part in parts {
        scan.check()?;
        part.into_iter()
            .for_each(|(number, hits)| add(&mut all, number, hits));
    }
    Ok(all)
}

fn add(all: &mut HashMap<i64, Hits>, number: i64, more: Hits) {
    all.entry(number)
        .and_modify(|hits| hits.join(more))
        .or_insert(more);
}
