//! What a set of traces could be compared with: all others, and the same search in another release or environment, or of
//! another import.

use crate::app::route::ComparePlace;
use crate::model::CancelToken;
use crate::query::{self, Subject};
use crate::store::{Filter, Reader, RecordKind, StoreError};

/// What sets are usually told apart by.
const KEYS: [(&str, &str); 3] = [
    ("release", "Release"),
    ("environment", "Environment"),
    ("import", "Import"),
];
/// Most values offered of each.
const MOST: usize = 50;

/// A set that is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedSet {
    /// What it is told apart by, for people.
    pub kind: &'static str,
    /// Its value of that.
    pub name: String,
    /// The search for it.
    pub search: String,
    /// How many spans fit that, where they were counted.
    pub spans: Option<u64>,
}

/// What there is to choose from for a search.
#[derive(Debug)]
pub struct SetsLook {
    /// The search it is for.
    pub of: String,
    /// All others, then of each attribute the most frequent values first.
    pub offers: Vec<OfferedSet>,
}

impl SetsLook {
    pub(super) fn new(
        reader: &Reader,
        place: &ComparePlace,
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let of = place.only_search().unwrap_or_default().to_owned();
        let mut offers = others(&of);
        for (key, kind) in KEYS {
            let base = query::without_key(&of, key);
            let filter = Filter {
                // Conditions on several spans do not say which span is counted.
                search: query::parse_for(&base, Subject::Records).unwrap_or_default(),
                range: place.range,
            };
            let keys = [key.to_owned()];
            let facets = reader.facets(RecordKind::Span, &keys, &filter, MOST, cancel)?;
            for counted in facets.into_iter().flat_map(|facet| facet.values) {
                let value = counted.value.text();
                // A search that demands the value already is what is to be compared.
                if query::with_term(&of, key, &value, false) != of.trim() {
                    offers.push(OfferedSet {
                        kind,
                        search: query::with_term(&base, key, &value, false),
                        name: value.into_owned(),
                        spans: Some(counted.count),
                    });
                }
            }
        }
        Ok(Self { of, offers })
    }
}

/// All traces, and those that do not fit.
fn others(of: &str) -> Vec<OfferedSet> {
    let set = |name: &str, search: String| OfferedSet {
        kind: "Traces",
        name: name.to_owned(),
        search,
        spans: None,
    };
    if of.trim().is_empty() {
        return Vec::new();
    }
    let mut sets = vec![set("All", String::new())];
    // Braces do not nest.
    if query::parse_for(of, Subject::Records).is_ok() {
        sets.insert(0, set("All others", format!("!{{{}}}", of.trim())));
    }
    sets
}
