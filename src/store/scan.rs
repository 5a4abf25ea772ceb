//! Reading segments: a connection that finds and decodes columns, and many of them at work at once.
//!
//! What is decoded is kept in a cache that all readers of a store may share. Columns whose bytes do not fit their
//! checksum are noted as damage; the scan then leaves their segment out and goes on.

use super::bits::Bits;
use super::cache::ColumnCache;
use super::column::Column;
use super::encode::bloom::may_hold;
use super::encode::column::checksum;
use super::fields::column;
use super::import_names::ImportNames;
use super::named::Names;
use super::numbered::Numberings;
use super::transactions::Transactions;
use super::{Damage, RecordKind, StoreError, kind_number, resource, schema};
use crate::model::{CancelToken, TimeRange, Value};
use hashbrown::HashMap;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What all connections of readers of one store share.
pub(super) struct Shared {
    pub path: PathBuf,
    pub cache: ColumnCache,
    pub numberings: Numberings,
    pub transactions: Transactions,
    pub names: Names,
    resources: Mutex<KnownResources>,
    idle: Mutex<Vec<Scanner>>,
    damage: Mutex<BTreeSet<Damage>>,
}

/// The attributes of resources by id.
pub(super) type Resources = HashMap<i64, Vec<(Arc<str>, Value)>>;

/// Resources read so far. They are only ever added, so that new ones are all there is to read.
#[derive(Default)]
struct KnownResources {
    last: i64,
    all: Arc<Resources>,
}

/// Stops the scans of one reader.
pub(super) type StopFlag = Arc<AtomicBool>;

/// One segment, as far as it matters before any column is read.
pub(super) struct Segment {
    pub id: u32,
    pub kind: RecordKind,
    /// The import that brought it.
    pub import: i64,
    pub rows: usize,
    pub time_min: i64,
    pub time_max: i64,
    /// Rows to be shown; `None` for all.
    live: Option<Bits>,
}

impl Segment {
    /// The rows that are to be shown.
    pub fn live(&self) -> Bits {
        self.live.clone().unwrap_or_else(|| Bits::all(self.rows))
    }

    /// Whether every row is to be shown.
    pub fn is_whole(&self) -> bool {
        self.live.is_none()
    }

    /// Whether its records all lie in the range, or some may, or none.
    pub fn overlap(&self, range: TimeRange) -> Overlap {
        let (start, end) = (range.start.0, range.end.0);
        if self.time_max < start || self.time_min >= end {
            Overlap::None
        } else if start <= self.time_min && self.time_max < end {
            Overlap::All
        } else {
            Overlap::Some
        }
    }
}

/// See [`Segment::overlap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overlap {
    All,
    Some,
    None,
}

/// Why a segment gives no answer.
pub(super) enum Trouble {
    /// Its bytes are damaged; noted, and the scan goes on.
    Damaged,
    /// Nothing more can be read.
    Failed(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(StoreError::sql("read the store")(error))
    }
}

/// What is known of a column without its data.
struct Head {
    range: Option<(f64, f64)>,
    bloom: Vec<u8>,
}

/// A read-only connection with what it learned.
pub(super) struct Scanner {
    pub connection: Connection,
    keys: RefCell<HashMap<Box<str>, i64>>,
    /// Stops the request that it works for.
    request: RefCell<CancelToken>,
    /// With the state of the store that they are of.
    imports: RefCell<Option<(i64, Arc<ImportNames>)>>,
}

impl Scanner {
    pub fn open(shared: &Shared) -> Result<Self, StoreError> {
        let failed = StoreError::sql("open the store for reading");
        let connection =
            schema::connect(&shared.path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(&failed)?;
        connection
            .execute_batch("PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;")
            .map_err(failed)?;
        Ok(Self {
            connection,
            keys: RefCell::default(),
            request: RefCell::default(),
            imports: RefCell::default(),
        })
    }

    /// Gives back the pages that the connection keeps in memory; without success they are kept, which does no harm.
    pub fn free_pages(&self) {
        let _ = self.connection.release_memory();
    }

    /// What stops the request that it works for.
    pub fn request(&self) -> CancelToken {
        self.request.borrow().clone()
    }

    /// The id of a column's name; `None` when no segment has it.
    pub fn key(&self, name: &str) -> rusqlite::Result<Option<i64>> {
        if let Some(id) = self.keys.borrow().get(name) {
            return Ok(Some(*id));
        }
        let mut find = self
            .connection
            .prepare_cached("SELECT id FROM attribute_key WHERE name = ?1")?;
        let id = find.query_row([name], |row| row.get(0)).optional()?;
        if let Some(id) = id {
            self.keys.borrow_mut().insert(name.into(), id);
        }
        Ok(id)
    }

    /// What the imports are called, read again once anything was written.
    pub fn import_names(&self) -> rusqlite::Result<Arc<ImportNames>> {
        let mut version = self.connection.prepare_cached("PRAGMA data_version")?;
        let version = version.query_row([], |row| row.get(0))?;
        if let Some((of, names)) = &*self.imports.borrow()
            && *of == version
        {
            return Ok(names.clone());
        }
        let names = Arc::new(ImportNames::read(&self.connection)?);
        self.imports.replace(Some((version, names.clone())));
        Ok(names)
    }

    /// A column of a segment; `None` when none of its records has it.
    pub fn column(
        &self,
        shared: &Shared,
        segment: &Segment,
        name: &str,
    ) -> Result<Option<Arc<Column>>, Trouble> {
        if name == column::TRANSACTION {
            return Ok(match segment.kind {
                RecordKind::Span => shared.transactions.column(self, shared, segment)?,
                RecordKind::Log => None,
            });
        }
        if name == column::IMPORT {
            return Ok(Some(Arc::new(self.import_names()?.column(segment))));
        }
        let Some(key) = self.key(name)? else {
            return Ok(None);
        };
        if let Some(known) = shared.cache.get(segment.id, key) {
            return Ok(Some(known));
        }
        let mut find = self.connection.prepare_cached(
            "SELECT encoding, checksum, bloom, data FROM segment_column WHERE kind = ?1 AND key = ?2 AND segment = ?3",
        )?;
        let decoded = find
            .query_row(params![kind_number(segment.kind), key, segment.id], |row| {
                let (bloom, data) = (row.get_ref(2)?.as_blob()?, row.get_ref(3)?.as_blob()?);
                let sound = checksum(bloom, data) == row.get::<_, i64>(1)?;
                let encoding = row.get(0)?;
                let rows = segment.rows as u32;
                Ok(sound
                    .then(|| Column::decode(encoding, data, rows).ok())
                    .flatten())
            })
            .optional()?;
        match decoded {
            None => Ok(None),
            Some(Some(column)) => Ok(Some(shared.cache.insert(segment.id, key, column))),
            Some(None) => {
                shared.note_damage(segment.id, name);
                Err(Trouble::Damaged)
            }
        }
    }

    /// As [`Self::column`], for columns that every segment of the kind has.
    pub fn required(
        &self,
        shared: &Shared,
        segment: &Segment,
        name: &str,
    ) -> Result<Arc<Column>, Trouble> {
        match self.column(shared, segment, name)? {
            Some(column) => Ok(column),
            None => {
                shared.note_damage(segment.id, name);
                Err(Trouble::Damaged)
            }
        }
    }

    /// Whether a column may hold a value that `may_fit` its numbers' range and one of the hashes, judged without its
    /// data. Without hashes only the range counts.
    pub fn may_hold(
        &self,
        shared: &Shared,
        segment: &Segment,
        name: &str,
        hashes: &[u64],
        may_fit: impl Fn(Option<(f64, f64)>) -> bool,
    ) -> Result<bool, Trouble> {
        if name == column::TRANSACTION {
            return Ok(segment.kind == RecordKind::Span);
        }
        let Some(key) = self.key(name)? else {
            return Ok(false);
        };
        if shared.cache.holds(segment.id, key) {
            return Ok(true);
        }
        let mut find = self.connection.prepare_cached(
            "SELECT min, max, bloom FROM segment_column WHERE kind = ?1 AND key = ?2 AND segment = ?3",
        )?;
        let head = find
            .query_row(params![kind_number(segment.kind), key, segment.id], |row| {
                let (min, max): (Option<f64>, Option<f64>) = (row.get(0)?, row.get(1)?);
                let bloom = if hashes.is_empty() {
                    Vec::new()
                } else {
                    row.get_ref(2)?.as_blob()?.to_vec()
                };
                Ok(Head {
                    range: min.zip(max),
                    bloom,
                })
            })
            .optional()?;
        Ok(head.is_some_and(|head| {
            let in_filter =
                hashes.is_empty() || hashes.iter().any(|hash| may_hold(&head.bloom, *hash));
            in_filter && may_fit(head.range)
        }))
    }

    /// All segments of a kind, in order of import.
    pub fn segments(&self, kind: RecordKind) -> rusqlite::Result<Vec<Segment>> {
        let mut find = self.connection.prepare_cached(
            "SELECT id, kind, rows, time_min, time_max, dropped, import FROM segment WHERE kind = ?1 ORDER BY id",
        )?;
        let rows = find.query_map([kind_number(kind)], read_segment)?;
        rows.collect()
    }

    /// One segment; `None` when its import was removed.
    pub fn segment(&self, id: u32) -> rusqlite::Result<Option<Segment>> {
        let mut find = self.connection.prepare_cached(
            "SELECT id, kind, rows, time_min, time_max, dropped, import FROM segment WHERE id = ?1",
        )?;
        find.query_row([id], read_segment).optional()
    }
}

fn read_segment(row: &rusqlite::Row) -> rusqlite::Result<Segment> {
    let rows = row.get::<_, u32>(2)? as usize;
    let dropped: Option<Vec<u8>> = row.get(5)?;
    let kind = if row.get::<_, i64>(1)? == kind_number(RecordKind::Log) {
        RecordKind::Log
    } else {
        RecordKind::Span
    };
    Ok(Segment {
        id: row.get(0)?,
        kind,
        import: row.get(6)?,
        rows,
        time_min: row.get(3)?,
        time_max: row.get(4)?,
        live: dropped.map(|bytes| Bits::from_bytes(rows, &bytes).negated()),
    })
}

impl KnownResources {
    fn read_new(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut find = connection
            .prepare_cached("SELECT id, attributes FROM resource WHERE id > ?1 ORDER BY id")?;
        let mut rows = find.query([self.last])?;
        while let Some(row) = rows.next()? {
            let attributes = resource::from_json(row.get_ref(1)?.as_str()?);
            self.last = row.get(0)?;
            Arc::make_mut(&mut self.all).insert(self.last, attributes.unwrap_or_default());
        }
        Ok(())
    }
}

impl Shared {
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            cache: ColumnCache::default(),
            numberings: Numberings::default(),
            transactions: Transactions::default(),
            names: Names::default(),
            resources: Mutex::default(),
            idle: Mutex::default(),
            damage: Mutex::default(),
        }
    }

    /// The attributes of all resources there are now.
    pub fn resources(&self, scanner: &Scanner) -> Result<Arc<Resources>, StoreError> {
        let mut known = self
            .resources
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let read = known.read_new(&scanner.connection);
        read.map_err(StoreError::sql("read the resources"))?;
        Ok(known.all.clone())
    }

    pub fn note_damage(&self, segment: u32, column: &str) {
        let column = column.to_owned();
        let mut damage = self.damage.lock().unwrap_or_else(PoisonError::into_inner);
        damage.insert(Damage { segment, column });
    }

    pub fn damage(&self) -> Vec<Damage> {
        let damage = self.damage.lock().unwrap_or_else(PoisonError::into_inner);
        damage.iter().cloned().collect()
    }

    fn borrow_scanner(&self) -> Result<Scanner, StoreError> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        idle.map_or_else(|| Scanner::open(self), Ok)
    }

    /// See [`Scanner::free_pages`]: of all connections that are not in use.
    pub fn free_pages(&self) {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.iter().for_each(Scanner::free_pages);
    }

    fn give_back(&self, scanner: Scanner) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(scanner);
    }
}

/// One request's way through segments, on all cores.
pub(super) struct Scan<'a> {
    pub shared: &'a Shared,
    pub cancel: &'a CancelToken,
    pub stop: &'a AtomicBool,
}

impl Scan<'_> {
    /// Fails when the request was cancelled.
    pub fn check(&self) -> Result<(), StoreError> {
        if self.cancel.is_cancelled() || self.stop.load(Ordering::Relaxed) {
            return Err(StoreError::Cancelled);
        }
        Ok(())
    }

    /// Does `work` for every item; the answers come in the order of the items, without those of damaged segments.
    pub fn each<I: Sync, T: Send>(
        &self,
        items: &[I],
        work: impl Fn(&Scanner, &I) -> Result<T, Trouble> + Sync,
    ) -> Result<Vec<T>, StoreError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let next = AtomicUsize::new(0);
        let worker = || {
            let scanner = self.shared.borrow_scanner()?;
            scanner.request.replace(self.cancel.clone());
            let done = self.take_items(&scanner, items, &next, &work);
            self.shared.give_back(scanner);
            done
        };
        let parts = std::thread::scope(|scope| {
            // A thread costs more than a segment or two.
            let others = cores.min(items.len() / 2).saturating_sub(1);
            let threads: Vec<_> = (0..others).map(|_| scope.spawn(worker)).collect();
            let mut parts = vec![worker()];
            for thread in threads {
                parts.push(
                    thread
                        .join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                );
            }
            parts
        });
        let mut answers = Vec::with_capacity(items.len());
        for part in parts {
            answers.extend(part?);
        }
        answers.sort_by_key(|(place, _)| *place);
        Ok(answers.into_iter().map(|(_, answer)| answer).collect())
    }

    fn take_items<I, T>(
        &self,
        scanner: &Scanner,
        items: &[I],
        next: &AtomicUsize,
        work: &impl Fn(&Scanner, &I) -> Result<T, Trouble>,
    ) -> Result<Vec<(usize, T)>, StoreError> {
        let mut answers = Vec::new();
        loop {
            self.check()?;
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(place) else {
                return Ok(answers);
            };
            match work(scanner, item) {
                Ok(answer) => answers.push((place, answer)),
                Err(Trouble::Damaged) => {}
                Err(Trouble::Failed(error)) => return Err(error),
            }
        }
    }
}
