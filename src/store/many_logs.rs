//! Log records of whole segments that fit a search, with chosen attributes: what grouping of failures reads.

use super::bits::Bits;
use super::coded::{Coded, NONE};
use super::lookup::{Lookup, trace_id};
use super::open_trace::Texts;
use super::rows::{LogColumns, log_entry};
use super::scan::{Scan, Scanner, Segment, Trouble};
use super::search::Search;
use super::{Filter, RecordKind, StoreError};
use crate::model::TraceId;
use crate::model::record::LogEntry;
use hashbrown::hash_map::Entry;
use hashbrown::{HashMap, HashSet};

/// See [`super::Reader::work_through_logs`].
pub(super) fn work_through<T: Send>(
    scan: &Scan,
    scanner: &Scanner,
    filter: &Filter,
    segments: &[i64],
    attributes: &[&str],
    work: impl Fn(i64, Vec<LogEntry>) -> T + Sync,
) -> Result<Vec<T>, StoreError> {
    let resources = scan.shared.resources(scanner)?;
    let search = Search::new(scan, scanner, RecordKind::Log, filter)?;
    let wanted: HashSet<i64> = segments.iter().copied().collect();
    let all = search.segments.iter();
    let chosen: Vec<&Segment> = all
        .filter(|segment| wanted.contains(&i64::from(segment.id)))
        .collect();
    let lookup = |name: &&str| Lookup::new(scan.shared, &resources, name);
    let lookups: Vec<Lookup> = attributes.iter().map(lookup).collect();
    scan.each(&chosen, |scanner, segment| {
        // One lock of the file for all of them.
        let _reading = scanner.connection.unchecked_transaction();
        let found = search.rows(scanner, segment)?;
        let logs = match found.is_empty() {
            true => Vec::new(),
            false => read(scan, scanner, segment, &found, &lookups)?,
        };
        Ok(work(i64::from(segment.id), logs))
    })
}

fn read(
    scan: &Scan,
    scanner: &Scanner,
    segment: &Segment,
    found: &Bits,
    lookups: &[Lookup],
) -> Result<Vec<LogEntry>, Trouble> {
    let columns = LogColumns::read(scanner, scan.shared, segment)?;
    let values = lookups.iter();
    let values = values.map(|lookup| lookup.coded(scanner, segment, found));
    let values: Vec<Coded> = values.collect::<Result<_, _>>()?;
    let mut texts = Texts::default();
    let mut traces: HashMap<i64, Option<TraceId>> = HashMap::new();
    let mut logs = Vec::with_capacity(found.count() as usize);
    for row in found.iter() {
        let number = columns.trace_number(row);
        let trace = match traces.entry(number) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => *new.insert(trace_id(scanner, number)?),
        };
        let cell = |values: &Coded| match values.code(row as u32) {
            NONE => None,
            code => Some(values.value(code).to_value()),
        };
        let cells = values.iter().map(cell).collect();
        let entry = log_entry(&columns, segment, row, trace, &mut texts);
        logs.push(LogEntry { cells, ..entry });
    }
    Ok(logs)
}
