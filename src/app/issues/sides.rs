//! What a side of a comparison may be: releases, environments and imports as searches.

use crate::model::{CancelToken, Value};
use crate::query::{Expr, ReleasePart, Term, Test, Version};
use crate::store::{Filter, Reader, RecordKind, StoreError};
use std::cmp::Ordering;

/// How many of each are offered.
const OFFERED: usize = 200;

/// What releases are offered as.
const RELEASE: &str = "Release";

/// A search that makes a side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedSide {
    /// What it chooses by.
    pub by: &'static str,
    /// What it is called.
    pub name: String,
    /// The whole of what it is called: of an import its path.
    pub hint: String,
    /// The search.
    pub search: String,
}

impl OfferedSide {
    /// The newest two of the releases that are offered, the older one first.
    pub fn newest_releases(offered: &[Self]) -> Option<[&Self; 2]> {
        let releases = offered.iter().filter(|one| one.by == RELEASE);
        let mut newest = releases.rev();
        let (after, before) = (newest.next()?, newest.next()?);
        Some([before, after])
    }
}

/// The releases, environments and imports of a store.
///
/// # Errors
/// As with every question.
pub fn offered(reader: &Reader, cancel: &CancelToken) -> Result<Vec<OfferedSide>, StoreError> {
    let mut all = Vec::new();
    for (by, key) in [(RELEASE, "release"), ("Environment", "environment")] {
        let values = reader.facet(RecordKind::Span, key, &Filter::default(), OFFERED, cancel)?;
        let texts = values.iter().filter(|value| value.value != Value::Null);
        let mut names: Vec<String> = texts.map(|value| value.value.text().into_owned()).collect();
        names.sort_by(|left, right| in_order(left, right));
        let named = names.into_iter();
        all.extend(named.map(|name| side(by, (key, &name), &name, &name)));
    }
    for import in reader.imports()?.into_iter().take(OFFERED) {
        let path = &import.report.path;
        let file = path.rsplit('/').next().unwrap_or(path);
        let number = import.id.0.to_string();
        all.push(side("Import", ("import", &number), file, path));
    }
    Ok(all)
}

/// Versions in their order, `1.9` before `1.10`; names that are none before them, by letters.
fn in_order(left: &str, right: &str) -> Ordering {
    let version = |text| Version::of_release(ReleasePart::Version, text);
    match (version(left), version(right)) {
        (Some(own), Some(other)) => own.precedence(&other).then_with(|| left.cmp(right)),
        (own, other) => own
            .is_some()
            .cmp(&other.is_some())
            .then_with(|| left.cmp(right)),
    }
}

fn side(by: &'static str, (key, value): (&str, &str), name: &str, hint: &str) -> OfferedSide {
    let is = Expr::Term(Term {
        key: key.to_owned(),
        test: Test::Equals(value.to_owned()),
    });
    let search = is.to_string();
    OfferedSide {
        by,
        name: name.to_owned(),
        hint: hint.to_owned(),
        search,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_releases_are_the_last_by_version() {
        let mut names = [
            "nightly",
            "shop@1.10.0",
            "shop@1.9.0",
            "shop@1.10.0-rc.1",
            "canary",
        ];
        names.sort_by(|left, right| in_order(left, right));
        let expected = [
            "canary",
            "nightly",
            "shop@1.9.0",
            "shop@1.10.0-rc.1",
            "shop@1.10.0",
        ];
        assert_eq!(names, expected);
        let offered: Vec<OfferedSide> = ["1.9", "1.10"]
            .map(|name| side(RELEASE, ("release", name), name, name))
            .to_vec();
        let [before, after] = OfferedSide::newest_releases(&offered).expect("two of them");
        assert_eq!(
            (&*before.search, &*after.search),
            ("release:1.9", "release:1.10")
        );
        assert_eq!(OfferedSide::newest_releases(&offered[..1]), None);
    }
}
