//! The cores of a trace's spans that lie in one segment, packed into one blob: the rows of the table `span_block`.
//!
//! One row a trace and segment instead of one a span: a trace is opened by reading a few blobs, and import inserts a row
//! for every trace of a batch instead of a million. What a span's blob entry says beyond its ids is what a waterfall needs
//! before it has read a name: when, who, what kind, and where the rest lies.
//!
//! Layout: `u8 version`, then for every span, little-endian: `u64 id, i64 fingerprint, u64 parent, i64 start,
//! i64 duration, u32 service, u32 op, u32 row, u8 flags`. Fixed sizes, so that an entry is found without reading others.

use super::error::damaged;
use rusqlite::Connection;

const VERSION: u8 = 1;
const ENTRY: usize = 5 * 8 + 3 * 4 + 1;

/// The core of a span as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Core {
    pub id: u64,
    /// Tells different spans with the same id apart.
    pub fingerprint: i64,
    /// 0 for none.
    pub parent: u64,
    /// Nanoseconds since the epoch.
    pub start: i64,
    /// Nanoseconds.
    pub duration: i64,
    /// Ids of the table `string`.
    pub service: i64,
    pub op: i64,
    /// Its place in the segment's columns.
    pub row: u32,
    /// See [`super::flags`].
    pub flags: u8,
}

impl Core {
    /// What makes it the same span as another of its trace.
    pub fn identity(&self) -> (u64, i64) {
        (self.id, self.fingerprint)
    }
}

/// Packs the spans of a trace in one segment.
fn pack(cores: &[Core]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + cores.len() * ENTRY);
    out.push(VERSION);
    for core in cores {
        out.extend_from_slice(&core.id.to_le_bytes());
        out.extend_from_slice(&core.fingerprint.to_le_bytes());
        out.extend_from_slice(&core.parent.to_le_bytes());
        out.extend_from_slice(&core.start.to_le_bytes());
        out.extend_from_slice(&core.duration.to_le_bytes());
        out.extend_from_slice(&(core.service as u32).to_le_bytes());
        out.extend_from_slice(&(core.op as u32).to_le_bytes());
        out.extend_from_slice(&core.row.to_le_bytes());
        out.push(core.flags);
    }
    out
}

/// The spans in a blob; `None` when it is none.
fn unpack(blob: &[u8]) -> Option<impl Iterator<Item = Core> + '_> {
    let entries = match blob.split_first() {
        Some((&VERSION, entries)) if entries.len() % ENTRY == 0 => entries,
        _ => return None,
    };
    Some(entries.chunks_exact(ENTRY).filter_map(entry))
}

fn entry(bytes: &[u8]) -> Option<Core> {
    let mut rest = bytes;
    let mut long = || {
        let (number, after) = rest.split_first_chunk::<8>()?;
        rest = after;
        Some(u64::from_le_bytes(*number))
    };
    let [id, fingerprint, parent, start, duration] = [long()?, long()?, long()?, long()?, long()?];
    let mut short = || {
        let (number, after) = rest.split_first_chunk::<4>()?;
        rest = after;
        Some(u32::from_le_bytes(*number))
    };
    let [service, op, row] = [short()?, short()?, short()?];
    Some(Core {
        id,
        fingerprint: fingerprint as i64,
        parent,
        start: start as i64,
        duration: duration as i64,
        service: i64::from(service),
        op: i64::from(op),
        row,
        flags: *rest.first()?,
    })
}

/// All spans of a trace, segment by segment, each with its segment.
pub(super) fn of_trace(connection: &Connection, trace: i64) -> rusqlite::Result<Vec<(i64, Core)>> {
    let mut find = connection
        .prepare_cached("SELECT segment, data FROM span_block WHERE trace = ?1 ORDER BY segment")?;
    let mut rows = find.query([trace])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let segment = row.get(0)?;
        let blob = row.get_ref(1)?.as_blob()?;
        let cores = unpack(blob).ok_or_else(|| damaged("the spans of a trace"))?;
        all.extend(cores.map(|core| (segment, core)));
    }
    Ok(all)
}

/// Takes over the spans of a store that has a row each, and drops that table.
pub(super) fn take_over(connection: &Connection) -> rusqlite::Result<()> {
    let mut find = connection.prepare(
        "SELECT trace, segment, span_id, fingerprint, parent, start, duration, service, op, row, flags FROM span
         ORDER BY trace, segment, span_id, fingerprint",
    )?;
    let mut rows = find.query([])?;
    let mut place = None;
    let mut cores = Vec::new();
    while let Some(row) = rows.next()? {
        let here = (row.get(0)?, row.get(1)?);
        if let Some((trace, segment)) = place.replace(here).filter(|before| *before != here) {
            insert(connection, trace, segment, &cores)?;
            cores.clear();
        }
        cores.push(Core {
            id: row.get::<_, i64>(2)? as u64,
            fingerprint: row.get(3)?,
            parent: row.get::<_, i64>(4)? as u64,
            start: row.get(5)?,
            duration: row.get(6)?,
            service: row.get(7)?,
            op: row.get(8)?,
            row: row.get(9)?,
            flags: row.get(10)?,
        });
    }
    if let Some((trace, segment)) = place {
        insert(connection, trace, segment, &cores)?;
    }
    connection.execute_batch("DROP TABLE span;")
}

/// Keeps the spans of a trace in a segment.
pub(super) fn insert(
    connection: &Connection,
    trace: i64,
    segment: i64,
    cores: &[Core],
) -> rusqlite::Result<()> {
    let mut insert = connection
        .prepare_cached("INSERT INTO span_block(trace, segment, data) VALUES(?1, ?2, ?3)")?;
    insert.execute(rusqlite::params![trace, segment, pack(cores)])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out() {
        let core = |id: u64| Core {
            id,
            fingerprint: i64::MIN.wrapping_add(id as i64),
            parent: u64::MAX - id,
            start: -5,
            duration: i64::MAX,
            service: 1,
            op: i64::from(u32::MAX),
            row: 32_767,
            flags: 0b10_1101,
        };
        let cores = [core(1), core(u64::MAX), core(0)];
        let packed = pack(&cores);
        assert_eq!(packed.len(), 1 + 3 * ENTRY);
        let out: Vec<Core> = unpack(&packed).unwrap().collect();
        assert_eq!(out, cores);
        assert_eq!(unpack(&pack(&[])).unwrap().count(), 0);
    }

    #[test]
    fn other_blobs_are_refused() {
        let mut packed = pack(&[]);
        packed.push(0);
        for blob in [&b""[..], &[9], &packed] {
            assert!(unpack(blob).is_none(), "{blob:?}");
        }
    }
}
