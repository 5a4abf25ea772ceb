//! The cores of a trace's spans that lie in one segment, packed into one blob: the rows of the table `span_block`.
//!
//! One row a trace and segment instead of one a span: a trace is opened by reading a few blobs, and import inserts a row
//! for every trace of a batch instead of a million. What a span's entry says beyond its ids is what a waterfall needs
//! before it has read a name: when, who, what kind, and where the rest lies.
//!
//! Blobs are packed by the parser threads, which know no ids of the store: services and operations are places in the
//! segment's list of strings (column `strings` of the table `segment`, `u32` ids).
//!
//! Layout, numbers as LEB128 unless said otherwise: `u8 version 2, count, i64 base start, least row`, the ids as `u64`; then
//! for every span `u32 fingerprint, parent` (0 none, 1 and a `u64` when it is not of this blob, else 2 + its place),
//! `start - base, duration, service, op, row - least row, u8 flags`. Version 1, which older
//! stores have, are entries of a fixed size that name services and operations by their ids.

use super::StoreError;
use super::error::damaged;
use rusqlite::{Connection, Row};

const DIRECT: u8 = 1;
const PACKED: u8 = 2;
/// Bytes of an entry of version 1.
const DIRECT_ENTRY: usize = 5 * 8 + 3 * 4 + 1;

/// The core of a span as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Core {
    pub id: u64,
    /// Tells different spans with the same id apart.
    pub fingerprint: u32,
    /// 0 for none.
    pub parent: u64,
    /// Nanoseconds since the epoch.
    pub start: i64,
    /// Nanoseconds, never negative.
    pub duration: i64,
    /// A place in a list of strings, or an id of the table `string`: whoever holds the core knows.
    pub service: u32,
    /// As `service`.
    pub op: u32,
    /// Its place in the segment's columns.
    pub row: u32,
    /// See [`super::flags`].
    pub flags: u8,
}

/// What makes a span of a trace the same as another.
pub(super) type Identity = (u64, u32);

impl Core {
    /// What makes it the same span as another of its trace.
    pub fn identity(&self) -> Identity {
        (self.id, self.fingerprint)
    }
}

/// Packs the spans of a trace in one segment, which are in the order of their identities.
pub(super) fn pack(cores: &[Core]) -> Vec<u8> {
    let base = cores.iter().map(|core| core.start).min().unwrap_or(0);
    let least = cores.iter().map(|core| core.row).min().unwrap_or(0);
    let mut out = Vec::with_capacity(24 + cores.len() * 28);
    out.push(PACKED);
    number(&mut out, cores.len() as u64);
    out.extend_from_slice(&base.to_le_bytes());
    number(&mut out, u64::from(least));
    for core in cores {
        out.extend_from_slice(&core.id.to_le_bytes());
    }
    for core in cores {
        out.extend_from_slice(&core.fingerprint.to_le_bytes());
        parent(&mut out, core.parent, cores);
        number(&mut out, core.start.wrapping_sub(base) as u64);
        number(&mut out, core.duration as u64);
        number(&mut out, u64::from(core.service));
        number(&mut out, u64::from(core.op));
        number(&mut out, u64::from(core.row - least));
        out.push(core.flags);
    }
    out
}

fn parent(out: &mut Vec<u8>, id: u64, cores: &[Core]) {
    if id == 0 {
        return out.push(0);
    }
    match cores.binary_search_by_key(&id, |core| core.id) {
        Ok(place) => number(out, place as u64 + 2),
        Err(_) => {
            out.push(1);
            out.extend_from_slice(&id.to_le_bytes());
        }
    }
}

fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The spans in a blob, as it names services and operations; `None` when it is none.
pub(super) fn unpack(blob: &[u8]) -> Option<Vec<Core>> {
    let (version, rest) = blob.split_first()?;
    match *version {
        DIRECT if rest.len() % DIRECT_ENTRY == 0 => {
            rest.chunks_exact(DIRECT_ENTRY).map(direct_entry).collect()
        }
        PACKED => packed(Bytes(rest)),
        _ => None,
    }
}

fn packed(mut bytes: Bytes) -> Option<Vec<Core>> {
    let count = usize::try_from(bytes.number()?).ok()?;
    let base = bytes.long()? as i64;
    let least = u32::try_from(bytes.number()?).ok()?;
    // Every span takes at least its id, so a damaged count cannot ask for more memory than the blob has.
    let ids = bytes.take(count.checked_mul(8)?)?;
    let ids: Vec<u64> = ids
        .as_chunks()
        .0
        .iter()
        .map(|id| u64::from_le_bytes(*id))
        .collect();
    let mut cores = Vec::with_capacity(count);
    for id in &ids {
        cores.push(Core {
            id: *id,
            fingerprint: bytes.short()?,
            parent: match bytes.number()? {
                0 => 0,
                1 => bytes.long()?,
                place => *ids.get(usize::try_from(place - 2).ok()?)?,
            },
            start: base.wrapping_add(bytes.number()? as i64),
            duration: bytes.number()? as i64,
            service: u32::try_from(bytes.number()?).ok()?,
            op: u32::try_from(bytes.number()?).ok()?,
            row: least.checked_add(u32::try_from(bytes.number()?).ok()?)?,
            flags: bytes.take(1)?.first().copied()?,
        });
    }
    bytes.0.is_empty().then_some(cores)
}

fn direct_entry(bytes: &[u8]) -> Option<Core> {
    let mut rest = Bytes(bytes);
    let [id, fingerprint, parent, start, duration] = [
        rest.long()?,
        rest.long()?,
        rest.long()?,
        rest.long()?,
        rest.long()?,
    ];
    let [service, op, row] = [rest.short()?, rest.short()?, rest.short()?];
    Some(Core {
        id,
        fingerprint: fingerprint as u32,
        parent,
        start: start as i64,
        duration: duration as i64,
        service,
        op,
        row,
        flags: rest.take(1)?.first().copied()?,
    })
}

/// Bytes that are read from the front.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn long(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*number))
    }

    fn short(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*number))
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

/// A segment's list of strings, as it is stored.
pub(super) fn strings_to_bytes(ids: &[i64]) -> Vec<u8> {
    ids.iter()
        .flat_map(|id| (*id as u32).to_le_bytes())
        .collect()
}

/// Ids instead of places in the segment's list. `None` when there is no such place.
fn resolve(mut cores: Vec<Core>, strings: &[u8]) -> Option<Vec<Core>> {
    let id = |place: u32| {
        let (ids, _) = strings.as_chunks();
        ids.get(place as usize).map(|id| u32::from_le_bytes(*id))
    };
    for core in &mut cores {
        core.service = id(core.service)?;
        core.op = id(core.op)?;
    }
    Some(cores)
}

/// The spans of a trace, a segment after the other; services and operations are ids.
const OF_TRACE: &str =
    "SELECT segment, data, strings FROM span_block LEFT JOIN segment ON segment.id = segment
     WHERE trace = ?1 ORDER BY segment";

/// All spans of a trace, segment by segment, each with its segment.
pub(super) fn of_trace(connection: &Connection, trace: i64) -> rusqlite::Result<Vec<(u32, Core)>> {
    let mut find = connection.prepare_cached(OF_TRACE)?;
    let mut rows = find.query([trace])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let (segment, cores) = of_segment(row)?;
        all.extend(cores.into_iter().map(|core| (segment, core)));
    }
    Ok(all)
}

/// Hands over the spans of a trace a segment at a time, so that a long trace is not in memory twice.
pub(super) fn each_segment(
    connection: &Connection,
    trace: i64,
    mut each: impl FnMut(u32, Vec<Core>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let failed = StoreError::sql("read a trace");
    let mut find = connection.prepare_cached(OF_TRACE).map_err(&failed)?;
    let mut rows = find.query([trace]).map_err(&failed)?;
    while let Some(row) = rows.next().map_err(&failed)? {
        let (segment, cores) = of_segment(row).map_err(&failed)?;
        each(segment, cores)?;
    }
    Ok(())
}

fn of_segment(row: &Row) -> rusqlite::Result<(u32, Vec<Core>)> {
    let blob = row.get_ref(1)?.as_blob()?;
    let strings = row.get_ref(2)?.as_blob_or_null()?.unwrap_or_default();
    let cores = unpack(blob).and_then(|cores| match blob.first() {
        Some(&DIRECT) => Some(cores),
        _ => resolve(cores, strings),
    });
    let cores = cores.ok_or_else(|| damaged("the spans of a trace"))?;
    Ok((row.get(0)?, cores))
}

/// Takes over the spans of a store that has a row each, and drops that table.
pub(super) fn take_over(connection: &Connection) -> rusqlite::Result<()> {
    let mut find = connection.prepare(
        "SELECT trace, segment, span_id, fingerprint, parent, start, duration, service, op, row, flags FROM span
         ORDER BY trace, segment, span_id, fingerprint",
    )?;
    let mut insert =
        connection.prepare("INSERT INTO span_block(trace, segment, data) VALUES(?1, ?2, ?3)")?;
    let mut rows = find.query([])?;
    let mut place: Option<(i64, i64)> = None;
    let mut blob = vec![DIRECT];
    while let Some(row) = rows.next()? {
        let here = (row.get(0)?, row.get(1)?);
        if let Some((trace, segment)) = place.replace(here).filter(|before| *before != here) {
            insert.execute(rusqlite::params![trace, segment, blob])?;
            blob.truncate(1);
        }
        for column in 2..7 {
            blob.extend_from_slice(&row.get::<_, i64>(column)?.to_le_bytes());
        }
        for column in 7..10 {
            blob.extend_from_slice(&row.get::<_, u32>(column)?.to_le_bytes());
        }
        blob.push(row.get(10)?);
    }
    if let Some((trace, segment)) = place {
        insert.execute(rusqlite::params![trace, segment, blob])?;
    }
    connection.execute_batch("DROP TABLE span;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out() {
        let core = |id: u64| Core {
            id,
            fingerprint: u32::MAX.wrapping_sub(id as u32),
            parent: u64::MAX - id,
            start: -5,
            duration: i64::MAX,
            service: 1,
            op: u32::MAX,
            row: 32_767,
            flags: 0b10_1101,
        };
        let far = Core {
            start: i64::MAX,
            row: 5,
            parent: 7,
            ..core(9)
        };
        // One without a parent, two whose parents are here, one whose parent is elsewhere.
        let cores = [core(0), core(7), far, core(u64::MAX)];
        assert_eq!(unpack(&pack(&cores)).unwrap(), cores);
        assert_eq!(unpack(&pack(&[])).unwrap(), []);
    }

    #[test]
    fn other_blobs_are_refused() {
        let whole = pack(&[Core {
            id: 1,
            fingerprint: 2,
            parent: 3,
            start: 4,
            duration: 5,
            service: 6,
            op: 7,
            row: 8,
            flags: 9,
        }]);
        let mut longer = whole.clone();
        longer.push(0);
        let no_such_parent = [
            2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3,
        ];
        for blob in [&b""[..], &[9], &[1, 0], &longer, &no_such_parent] {
            assert!(unpack(blob).is_none(), "{blob:?}");
        }
        for cut in 0..whole.len() {
            assert!(unpack(&whole[..cut]).is_none(), "cut at {cut}");
        }
    }

    #[test]
    fn places_become_ids() {
        let core = unpack(&pack(&[Core {
            id: 1,
            fingerprint: 0,
            parent: 0,
            start: 0,
            duration: 0,
            service: 0,
            op: 1,
            row: 0,
            flags: 0,
        }]))
        .unwrap();
        let found = resolve(core.clone(), &strings_to_bytes(&[40, 50])).unwrap()[0];
        assert_eq!((found.service, found.op), (40, 50));
        assert!(resolve(core, &strings_to_bytes(&[40])).is_none());
    }
}
