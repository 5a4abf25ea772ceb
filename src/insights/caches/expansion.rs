//! What if a cache kept more, or less? The recorded reads, played again against a cache that keeps chosen keys.
//!
//! A read of a key that is kept hits if the key is there, and else misses and puts it there; a recorded write puts it there,
//! too. What is there expires a fixed time after it was put, or never. Removing and emptying count as they were recorded. The
//! cache begins with the keys whose first recorded read hit, and with nothing else. Reads of keys that are not kept miss. Reads that
//! overlap are taken one after the other: a stampede on a key that just expired counts once. Columns:
//!
//! | column | meaning |
//! |---|---|
//! | `key` | the shape of the keys |
//! | `kept` | which of them: the first numbers, those read most, or what was asked for |
//! | `reads` | reads of the shape |
//! | `hits, misses, miss_rate` | what they would come to |
//! | `not_kept` | reads of keys that are not kept, of all reads: what misses whatever is done |
//! | `first_reads` | misses that no cache avoids: the first read of each key that is kept |
//! | `recorded_miss_rate` | as it was |
//! | `entries` | the most keys that are there at one time |
//! | `bytes` | what these take, by the sizes recorded of the key, else by the mean of the shape; null where none is |
//! | `saved` | hits won, times what transactions in which reads hit take less than those in which they miss (means); nanoseconds |

use super::accesses::Accesses;
use super::key_sets::{Set, sets};
use super::replay::{Outcome, Shape, mean_size, play, shapes};
use crate::insights::family::Family;
use crate::insights::table::{column, detail};
use crate::insights::{Asked, Cell, Column, Module, Table, Unit};
use crate::model::CancelToken;
use crate::model::human;
use crate::query;
use crate::store::{Reader, StoreError};

/// What is to be tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhatIf {
    /// Only these keys are kept: texts, in which a star is any run of characters. Empty: sets worth a try are chosen.
    pub keys: Vec<String>,
    /// Only keys whose last number is among so many first ones are kept.
    pub first: Option<u64>,
    /// How long a key stays, nanoseconds; `None` for ever.
    pub expiry: Option<i64>,
}

const COLUMNS: [Column; 12] = [
    column("key", "Key", Unit::Text),
    column("kept", "Kept", Unit::Text),
    column("reads", "Reads", Unit::Count),
    detail("hits", "Hits", Unit::Count),
    column("misses", "Misses", Unit::Count),
    column("miss_rate", "Miss rate", Unit::Share),
    column("not_kept", "Not kept", Unit::Share),
    column("recorded_miss_rate", "Recorded", Unit::Share),
    detail("first_reads", "First reads", Unit::Count),
    column("entries", "Entries", Unit::Count),
    column("bytes", "Size", Unit::Bytes),
    column("saved", "Saved", Unit::Duration),
];

/// See the module.
///
/// # Errors
/// As with every question.
pub fn table(
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    cancel: &CancelToken,
) -> Result<Table, StoreError> {
    let accesses = Accesses::read(reader, asked, family, cancel)?;
    let mut rows = Vec::new();
    for (name, shape) in shapes(&accesses, family) {
        for set in sets(&name, &shape, &asked.expansion) {
            if cancel.is_cancelled() {
                return Err(StoreError::Cancelled);
            }
            let outcome = play(&shape, &set.kept, asked.expansion.expiry);
            rows.push(cells(&name, &set, &shape, &outcome));
        }
    }
    let expiry = asked.expansion.expiry.map_or_else(
        || "keys are kept for ever".to_owned(),
        |expiry| format!("keys are kept for {}", human::duration(expiry)),
    );
    Ok(Table {
        module: Module::Caches,
        columns: COLUMNS.to_vec(),
        rows,
        time: asked.time(reader, cancel)?,
        notes: vec![
            format!("{expiry}, from the recorded reads in their order"),
            "what is read of keys that are not kept misses, and so does the first read of each key that is".to_owned(),
        ],
    })
}

fn cells(name: &str, set: &Set, shape: &Shape, outcome: &Outcome) -> Vec<Cell> {
    let reads = outcome.hits + outcome.misses;
    let won = outcome.hits as f64 - shape.hits as f64;
    let saved = shape.miss_costs().map(|costs| (won * costs).round() as i64);
    let bytes = mean_size(shape).map(|_| outcome.bytes);
    let read = shape.reads.iter().zip(&set.kept);
    let not_kept = read.filter(|(_, kept)| !**kept).map(|(reads, _)| reads);
    vec![
        Cell::text(&name.into()),
        Cell::Text(set.name.as_str().into()),
        Cell::count(reads),
        Cell::count(outcome.hits),
        Cell::count(outcome.misses),
        Cell::share(outcome.misses, reads),
        Cell::share(not_kept.sum(), reads),
        Cell::share(shape.misses, shape.hits + shape.misses),
        Cell::count(outcome.first_reads),
        Cell::count(outcome.entries as u64),
        bytes.map_or(Cell::None, Cell::count),
        Cell::int(saved),
    ]
}

/// Reads what is to be tried: keys separated by commas, how many of the first, how long they stay.
///
/// # Errors
/// What cannot be read.
pub fn what_if(
    keys: &[String],
    first: Option<u64>,
    expiry: Option<&str>,
) -> Result<WhatIf, String> {
    let expiry = match expiry {
        None => None,
        Some(text) => Some(
            query::parse_duration(text)
                .filter(|expiry| *expiry > 0)
                .ok_or_else(|| format!("{text:?} is no length of time; write 30s, 5m or 1h"))?,
        ),
    };
    Ok(WhatIf {
        keys: keys.to_vec(),
        first,
        expiry,
    })
}
