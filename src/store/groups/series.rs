//! Aggregates over time: first which groups get a line, then each line's buckets, as groups within groups.

use super::answer::{Buckets, GroupOrder, Grouping, Groups, Line, Series};
use super::measures::{Measures, Results};
use super::table::Table;
use super::{Asked, Gathering, found_groups, length_of};
use crate::model::{Nanos, TimeRange, Value};
use crate::store::scan::{Scan, Scanner};
use crate::store::search::{Search, bucket_of};
use crate::store::value::ValueRef;
use crate::store::{Filter, RecordKind, StoreError};

/// Most groups times buckets.
const MOST_CELLS: usize = 1 << 22;

/// See [`crate::store::Reader::series`].
pub fn series(
    scan: &Scan,
    scanner: &Scanner,
    kind: RecordKind,
    filter: &Filter,
    grouping: &Grouping,
    buckets: Buckets,
) -> Result<Series, StoreError> {
    let ranking = ranking(grouping);
    let (asked, filter) = Asked::new(&ranking, filter)?;
    // The same segments for both ways through them, whatever is imported meanwhile.
    let search = Search::new(scan, scanner, kind, &filter)?;
    let ranked = found_groups(scan, scanner, kind, filter.range, &search, &asked)?;
    let Some(time) = ranked.time else {
        return Ok(Series::default());
    };
    let open_end = filter.range.is_none_or(|range| range.end.0 == i64::MAX);
    let (range, buckets) = cut(time, open_end, buckets);
    if buckets.saturating_mul(ranked.groups.len() + 1) > MOST_CELLS {
        let reason = "there are too many stretches of time; take longer ones, fewer groups or a shorter range";
        return Err(StoreError::failed("compute values over time", reason));
    }
    let measures = Measures::new(&grouping.keys, &grouping.aggregates);
    let gathering = Gathering {
        scan,
        scanner,
        kind,
        measures: &measures,
        keys: grouping.keys.len(),
    };
    let empty = Table::of_groups(&measures, &chosen(&ranked), buckets);
    let mut table = gathering.all(&search, &empty, |time| bucket_of(time, range, buckets))?;
    scan.check()?;
    let mut states = std::mem::take(&mut table.states);
    let results = Results {
        measures: &measures,
        states: &mut states,
        counts: &table.counts,
        have_durations: kind == RecordKind::Span,
        time: length_of(range).map(|length| length / buckets as f64),
    };
    let mut series = lines(results, grouping, ranked, range, buckets);
    series.others = series.others.filter(|_| asked.condition.is_none());
    Ok(series)
}

/// What decides which groups get a line: nothing but what they are sorted by.
fn ranking(grouping: &Grouping) -> Grouping {
    let (aggregates, order) = match grouping.order {
        GroupOrder::Aggregate(place) => {
            let wanted = grouping.aggregates.get(place).cloned();
            (wanted.into_iter().collect(), GroupOrder::Aggregate(0))
        }
        order => (Vec::new(), order),
    };
    Grouping {
        keys: grouping.keys.clone(),
        aggregates,
        order,
        descending: grouping.descending,
        limit: grouping.limit,
    }
}

fn chosen(ranked: &Groups) -> Vec<Vec<ValueRef<'_>>> {
    let groups = ranked.groups.iter().map(|group| {
        let keys = group.keys.iter().map(Option::as_ref);
        keys.map(|value| value.map_or(ValueRef::Null, ValueRef::of))
    });
    groups.map(Iterator::collect).collect()
}

/// Reads the lines out of a table, the others behind the groups.
fn lines(
    mut results: Results,
    grouping: &Grouping,
    ranked: Groups,
    range: TimeRange,
    buckets: usize,
) -> Series {
    let mut line = |place: usize, keys: Vec<Option<Value>>, all: bool| {
        let cells = place * buckets..(place + 1) * buckets;
        let aggregates = grouping.aggregates.iter().enumerate();
        let values = aggregates.map(|(aggregate, wanted)| match all || wanted.adds_up() {
            true => cells
                .clone()
                .map(|cell| results.value(aggregate, cell))
                .collect(),
            false => Vec::new(),
        });
        let values = values.collect();
        let counts = results.counts.get(cells).unwrap_or_default().to_vec();
        Line {
            keys,
            counts,
            values,
        }
    };
    let groups = ranked.groups.into_iter().enumerate();
    let lines: Vec<Line> = groups
        .map(|(place, group)| line(place, group.keys, true))
        .collect();
    let has_others = ranked.total > lines.len() as u64;
    let others = has_others.then(|| line(lines.len(), Vec::new(), false));
    Series {
        range,
        buckets,
        total: ranked.total,
        lines,
        others,
    }
}

/// The time that buckets cover, and how many they are.
fn cut(time: TimeRange, open_end: bool, buckets: Buckets) -> (TimeRange, usize) {
    let (start, end) = (i128::from(time.start.0), i128::from(time.end.0));
    // The last record lies within, and no range is empty.
    let end = (end + i128::from(open_end)).max(start + 1);
    let clamped = |time: i128| Nanos(time.clamp(i64::MIN.into(), i64::MAX.into()) as i64);
    match buckets {
        Buckets::Count(count) => {
            let range = TimeRange {
                start: clamped(start),
                end: clamped(end),
            };
            (range, count.max(1))
        }
        Buckets::Step(step) => {
            let step = i128::from(step.max(1));
            let start = start.div_euclid(step) * step;
            let count = (end - start + step - 1) / step;
            let range = TimeRange {
                start: clamped(start),
                end: clamped(start + count * step),
            };
            (range, usize::try_from(count).unwrap_or(usize::MAX))
        }
    }
}
