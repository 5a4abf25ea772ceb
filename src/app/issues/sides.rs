//! What a side of a comparison may be: releases, environments and imports as searches.

use crate::model::{CancelToken, Value};
use crate::query::{Expr, Term, Test};
use crate::store::{Filter, Reader, RecordKind, StoreError};

/// How many of each are offered.
const OFFERED: usize = 50;

/// A search that makes a side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedSide {
    /// What it chooses by.
    pub by: &'static str,
    /// What it is called.
    pub name: String,
    /// The search.
    pub search: String,
}

/// The releases, environments and imports of a store.
///
/// # Errors
/// As with every question.
pub fn offered(reader: &Reader, cancel: &CancelToken) -> Result<Vec<OfferedSide>, StoreError> {
    let mut all = Vec::new();
    for (by, key) in [("Release", "release"), ("Environment", "environment")] {
        let values = reader.facet(RecordKind::Span, key, &Filter::default(), OFFERED, cancel)?;
        let texts = values.iter().filter(|value| value.value != Value::Null);
        let mut names: Vec<String> = texts.map(|value| value.value.text().into_owned()).collect();
        names.sort();
        all.extend(
            names
                .into_iter()
                .map(|name| side(by, key, &name, name.clone())),
        );
    }
    for import in reader.imports()?.into_iter().take(OFFERED) {
        let path = &import.report.path;
        let file = path.rsplit('/').next().unwrap_or(path);
        all.push(side(
            "Import",
            "import",
            &import.id.0.to_string(),
            file.to_owned(),
        ));
    }
    Ok(all)
}

fn side(by: &'static str, key: &str, value: &str, name: String) -> OfferedSide {
    let is = Expr::Term(Term {
        key: key.to_owned(),
        test: Test::Equals(value.to_owned()),
    });
    let search = is.to_string();
    OfferedSide { by, name, search }
}
