//! Requests to others one by one, in the order of time: what bursts and retries are seen in.

use super::{CODE, DESCRIPTION, NAMES, PARTS, SELECTED, STATUS, URL, read};
use crate::insights::Asked;
use crate::insights::family::{Family, Member};
use crate::insights::texts::{Made, Texts};
use crate::model::CancelToken;
use crate::model::record::RecordRef;
use crate::store::{Reader, SpanColumns, StoreError};
use hashbrown::HashMap;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// A request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask {
    pub at: RecordRef,
    pub member: Option<Member>,
    /// The store's number of the trace.
    pub trace: i64,
    pub start: i64,
    pub duration: i64,
    /// Status code; 0 for none.
    pub code: u16,
    pub failed: bool,
    /// Domain and route, by number.
    pub domain: u32,
    pub route: u32,
    /// The same for requests of one method and address.
    pub address: u64,
}

impl Ask {
    /// Whether it was turned away or the other side failed.
    pub fn is_refused(&self) -> bool {
        self.code == 429 || (500..600).contains(&self.code)
    }

    pub fn end(&self) -> i64 {
        self.start.saturating_add(self.duration)
    }
}

/// The requests that are asked for.
pub(super) struct Asks {
    pub all: Vec<Ask>,
    texts: Texts,
}

impl Asks {
    pub fn read(
        reader: &Reader,
        asked: &Asked,
        family: &Family,
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let texts = Texts::default();
        let known = Made::default();
        let filter = asked.spans(SELECTED);
        let parts = reader.work_through_spans(&filter, NAMES, cancel, |columns| {
            part(&columns, family, &known, &texts)
        })?;
        let mut all: Vec<Ask> = parts.into_iter().flatten().collect();
        all.sort_by_key(|ask| (ask.start, ask.at.segment, ask.at.row));
        Ok(Self { all, texts })
    }

    /// The text behind a number.
    pub fn text(&self, number: u32) -> Arc<str> {
        self.texts.get(number)
    }
}

fn part(
    columns: &SpanColumns,
    family: &Family,
    known: &Made<Arc<super::Target>>,
    texts: &Texts,
) -> Vec<Ask> {
    let mut targets: HashMap<[Option<usize>; PARTS], (u32, u32, u64)> = HashMap::new();
    let ask = |row: u32| {
        let codes: [Option<usize>; PARTS] = std::array::from_fn(|at| columns.code(at, row));
        let (domain, route, address) = *targets.entry(codes).or_insert_with(|| {
            let target = read(columns, &codes, known);
            let text = [URL, DESCRIPTION]
                .into_iter()
                .find_map(|at| columns.text(at, codes[at]?));
            let address = format!("{} {}", target.method, text.unwrap_or_default());
            let hash = xxh3_64(address.as_bytes());
            (texts.of(&target.domain), texts.of(&target.route), hash)
        });
        let code = columns.float(CODE, row).unwrap_or(0.0);
        let status = columns.code(STATUS, row);
        Ask {
            at: columns.at(row),
            member: family.member(columns.at(row)),
            trace: columns.trace(row),
            start: columns.start(row),
            duration: columns.duration(row),
            code: code as u16,
            failed: status.is_some_and(|code| columns.text(STATUS, code) == Some("error")),
            domain,
            route,
            address,
        }
    };
    columns.rows().iter().copied().map(ask).collect()
}
