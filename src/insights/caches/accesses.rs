//! All that was done with caches, one by one in the order of time: what keys are judged and simulated by.

use super::{DESCRIPTION, HIT, KEY, NAMES, OP, SELECTED, SIZE, done, first_key, says_yes};
use super::{Done, Family, Member};
use crate::insights::Asked;
use crate::insights::texts::{Codes, Texts};
use crate::model::CancelToken;
use crate::model::record::RecordRef;
use crate::store::{Reader, SpanColumns, StoreError};
use std::sync::Arc;

/// One span about a cache.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Access {
    /// When it began, nanoseconds since the epoch.
    pub start: i64,
    /// How long it took, nanoseconds.
    pub duration: i64,
    /// The key by number, of several the first: see [`Accesses::key`].
    pub key: u32,
    /// What was done.
    pub done: Done,
    /// Whether it empties the whole cache.
    pub is_flush: bool,
    /// Whether it found something, as far as it says.
    pub hit: Option<bool>,
    /// How large the value is, bytes.
    pub size: Option<u64>,
    /// The transaction it belongs to.
    pub entry: Option<Member>,
    /// Where it lies.
    pub at: RecordRef,
}

/// What was done with caches, in the order of time.
pub struct Accesses {
    /// Each span.
    pub all: Vec<Access>,
    keys: Texts,
}

impl Accesses {
    /// Reads those that are asked for.
    ///
    /// # Errors
    /// As with every question.
    pub fn read(
        reader: &Reader,
        asked: &Asked,
        family: &Family,
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let keys = Texts::default();
        let filter = asked.spans(SELECTED);
        let parts = reader.work_through_spans(&filter, NAMES, cancel, |columns| {
            part(&columns, family, &keys)
        })?;
        let mut all: Vec<Access> = parts.into_iter().flatten().collect();
        all.sort_by_key(|access| (access.start, access.at.segment, access.at.row));
        Ok(Self { all, keys })
    }

    /// The key behind a number.
    pub fn key(&self, number: u32) -> Arc<str> {
        self.keys.get(number)
    }
}

fn part(columns: &SpanColumns, family: &Family, keys: &Texts) -> Vec<Access> {
    let mut ops = Codes::new(columns.codes(OP));
    let mut hits = Codes::new(columns.codes(HIT));
    let mut known = Codes::new(columns.codes(KEY));
    let mut described = Codes::new(columns.codes(DESCRIPTION));
    let access = |row: u32| {
        let (done, is_flush) = columns.code(OP, row).map_or((Done::Other, false), |code| {
            ops.get(code, || {
                let op = columns.text(OP, code).unwrap_or_default();
                (done(op), matches!(op, "cache.flush" | "cache.clear"))
            })
        });
        let key = match (columns.code(KEY, row), columns.code(DESCRIPTION, row)) {
            (Some(code), _) => known.get(code, || {
                keys.of(&first_key(&columns.value(KEY, code).text()))
            }),
            (None, Some(code)) => described.get(code, || {
                keys.of(&first_key(
                    columns.text(DESCRIPTION, code).unwrap_or_default(),
                ))
            }),
            (None, None) => 0,
        };
        let hit = columns.code(HIT, row);
        let size = columns.float(SIZE, row).filter(|size| *size >= 0.0);
        Access {
            start: columns.start(row),
            duration: columns.duration(row),
            key,
            done,
            is_flush,
            hit: hit.and_then(|code| hits.get(code, || says_yes(&columns.value(HIT, code)))),
            size: size.map(|size| size as u64),
            entry: family
                .member(columns.at(row))
                .map(|member| family.entry(member)),
            at: columns.at(row),
        }
    };
    columns.rows().iter().copied().map(access).collect()
}
