//! One meaning for many dialects, as data.
//!
//! [`names`] says which attribute names mean the same, [`fields`] which attributes a span's canonical operation and
//! description are made from, [`category`](mod@category) what kind of work an operation is, [`service`] what a service is called when nothing
//! says so, [`kept`] which attributes stand for fields that records here lack. Code here only looks things up; a new dialect is new lines in the tables. Originals are never changed:
//! [`resolve`](fn@resolve) fills in fields that a source left empty, nothing else.

mod category;
mod fields;
pub mod kept;
mod names;
mod resolve;
pub mod service;

pub use category::{Category, category};
pub use names::GROUPS;
pub use resolve::resolve;

use hashbrown::HashMap;
use std::sync::LazyLock;

static BY_NAME: LazyLock<HashMap<&'static str, &'static [&'static str]>> = LazyLock::new(|| {
    let groups = GROUPS.iter();
    groups
        .flat_map(|group| group.iter().map(|name| (*name, *group)))
        .collect()
});

/// All names of the attribute that goes by this name, the canonical one first; empty when it has just the one.
pub fn aliases_of(name: &str) -> &'static [&'static str] {
    BY_NAME.get(name).copied().unwrap_or_default()
}

/// The canonical name of an attribute that has several names.
pub fn canonical_key(name: &str) -> Option<&'static str> {
    aliases_of(name).first().copied()
}

/// Where a release may stand, the best first.
pub fn release_names() -> &'static [&'static str] {
    aliases_of("release")
}

/// Where an environment (production, staging) may stand, the best first.
pub fn environment_names() -> &'static [&'static str] {
    aliases_of("environment")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_once() {
        let count: usize = GROUPS.iter().map(|group| group.len()).sum();
        assert_eq!(BY_NAME.len(), count);
        assert!(GROUPS.iter().all(|group| group.len() > 1));
    }

    #[test]
    fn old_and_new_names_meet() {
        assert_eq!(canonical_key("db.statement"), Some("db.query.text"));
        assert_eq!(canonical_key("db.query.text"), Some("db.query.text"));
        assert_eq!(canonical_key("shop.basket"), None);
        assert!(aliases_of("http.status_code").contains(&"http.response.status_code"));
        assert!(release_names().contains(&"service.version"));
        assert!(environment_names().contains(&"deployment.environment.name"));
    }
}
