//! What the writer remembers between commits so that it need not ask the tables for every record: numbers of traces,
//! ids of strings, resources, scopes and attribute names, and the next free numbers.
//!
//! All of it can be forgotten at any time, and is when a commit fails: the tables know.

use super::encode::EncodedResource;
use super::seen::Seen;
use super::span_block::{self, Identity};
use super::trace_key;
use crate::model::TraceId;
use hashbrown::hash_map::Entry;
use hashbrown::{HashMap, HashSet};
use rusqlite::{Connection, OptionalExtension, params};

/// How many entries a map keeps before it is emptied.
const KEPT: usize = 1 << 20;

/// The id of the empty text in the table `string`.
pub(super) const EMPTY_STRING: i64 = 1;

#[derive(Default)]
pub(super) struct Interned {
    traces: HashMap<TraceId, i64>,
    /// Read when it is first needed.
    seen: Option<Seen>,
    strings: HashMap<Box<str>, i64>,
    keys: HashMap<Box<str>, i64>,
    resources: HashMap<u128, i64>,
    scopes: HashMap<(Box<str>, Box<str>), i64>,
    /// What spans there are of traces that came in several batches.
    spans: HashMap<i64, HashSet<Identity>>,
    /// How many in all.
    spans_kept: usize,
    last_trace: i64,
    last_segment: i64,
}

impl Interned {
    /// Knows nothing but the next free numbers.
    pub fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let last = |table: &str| {
            let sql = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?1";
            connection.query_row(sql, [table], |row| row.get(0))
        };
        Ok(Self {
            last_trace: last("trace")?,
            last_segment: last("segment")?,
            ..Self::default()
        })
    }

    /// A segment id never used before.
    pub fn next_segment(&mut self) -> i64 {
        self.last_segment += 1;
        self.last_segment
    }

    /// The number of a trace, and whether it is new and has no row yet.
    pub fn trace(&mut self, connection: &Connection, id: TraceId) -> rusqlite::Result<(i64, bool)> {
        if let Some(number) = self.traces.get(&id) {
            return Ok((*number, false));
        }
        let mut seen = match self.seen.take() {
            Some(seen) => seen,
            None => Seen::load(connection)?,
        };
        let known = match seen.may_hold(id) {
            true => trace_key::find(connection, id)?,
            false => None,
        };
        let number = known.unwrap_or_else(|| {
            self.last_trace += 1;
            self.last_trace
        });
        seen.insert(id);
        self.seen = Some(seen);
        remember(&mut self.traces, id, number);
        Ok((number, known.is_none()))
    }

    /// The identities of a trace's spans, for whoever adds up to `adding` to add theirs.
    pub fn spans_of(
        &mut self,
        connection: &Connection,
        trace: i64,
        adding: usize,
    ) -> rusqlite::Result<&mut HashSet<Identity>> {
        // A trace that comes in many batches is kept however large it is: reading it anew every time would cost more.
        if self.spans_kept > KEPT && !self.spans.contains_key(&trace) {
            self.spans.clear();
            self.spans_kept = 0;
        }
        self.spans_kept += adding;
        match self.spans.entry(trace) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => {
                let spans = span_block::of_trace(connection, trace)?;
                self.spans_kept += spans.len();
                let identities = spans.iter().map(|(_, core)| core.identity());
                Ok(place.insert(identities.collect()))
            }
        }
    }

    /// The id of a service or operation.
    pub fn string(&mut self, connection: &Connection, text: &str) -> rusqlite::Result<i64> {
        if let Some(id) = self.strings.get(text) {
            return Ok(*id);
        }
        let id = upsert(
            connection,
            "SELECT id FROM string WHERE text = ?1",
            "INSERT INTO string(text) VALUES(?1)",
            params![text],
        )?;
        remember(&mut self.strings, text.into(), id);
        Ok(id)
    }

    /// The id of a column's name.
    pub fn key(&mut self, connection: &Connection, name: &str) -> rusqlite::Result<i64> {
        if let Some(id) = self.keys.get(name) {
            return Ok(*id);
        }
        let id = upsert(
            connection,
            "SELECT id FROM attribute_key WHERE name = ?1",
            "INSERT INTO attribute_key(name) VALUES(?1)",
            params![name],
        )?;
        remember(&mut self.keys, name.into(), id);
        Ok(id)
    }

    /// The id of a resource with this content.
    pub fn resource(
        &mut self,
        connection: &Connection,
        resource: &EncodedResource,
    ) -> rusqlite::Result<i64> {
        if let Some(id) = self.resources.get(&resource.hash) {
            return Ok(*id);
        }
        let hash = resource.hash.to_be_bytes();
        let mut find = connection.prepare_cached("SELECT id FROM resource WHERE hash = ?1")?;
        let known = find.query_row([&hash[..]], |row| row.get(0)).optional()?;
        let id = match known {
            Some(id) => id,
            None => {
                let mut insert = connection.prepare_cached(
                    "INSERT INTO resource(hash, attributes, service, sdk, spans, logs) VALUES(?1, ?2, ?3, ?4, 0, 0)",
                )?;
                insert.insert(params![
                    hash,
                    resource.attributes,
                    resource.service,
                    resource.sdk
                ])?
            }
        };
        remember(&mut self.resources, resource.hash, id);
        Ok(id)
    }

    /// The id of a scope.
    pub fn scope(
        &mut self,
        connection: &Connection,
        scope: &(Box<str>, Box<str>),
    ) -> rusqlite::Result<i64> {
        if let Some(id) = self.scopes.get(scope) {
            return Ok(*id);
        }
        let id = upsert(
            connection,
            "SELECT id FROM scope WHERE name = ?1 AND version = ?2",
            "INSERT INTO scope(name, version) VALUES(?1, ?2)",
            params![scope.0, scope.1],
        )?;
        remember(&mut self.scopes, scope.clone(), id);
        Ok(id)
    }
}

/// Finds a row's id or inserts the row.
fn upsert(
    connection: &Connection,
    find: &str,
    insert: &str,
    row: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<i64> {
    let known = connection
        .prepare_cached(find)?
        .query_row(row, |row| row.get(0))
        .optional()?;
    match known {
        Some(id) => Ok(id),
        None => connection.prepare_cached(insert)?.insert(row),
    }
}

/// Keeps a pair, emptying a map that has grown too large.
fn remember<K: std::hash::Hash + Eq>(map: &mut HashMap<K, i64>, key: K, id: i64) {
    if map.len() >= KEPT {
        map.clear();
    }
    map.insert(key, id);
}
