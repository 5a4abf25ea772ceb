//! What imports are called: `import`, a field of every record that lies in no column, since a segment is of one import.
//!
//! An import is shown by the name of its file; where another file has that name, by its path. A search finds it by its
//! number, by the name and by the path.

use super::column::Column;
use super::matching::Matcher;
use super::scan::Segment;
use super::value::ValueRef;
use hashbrown::HashMap;
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;

/// The names of all imports, by number.
#[derive(Default)]
pub(super) struct ImportNames(HashMap<i64, Name>);

struct Name {
    path: Arc<str>,
    file: Arc<str>,
    /// Whether a file elsewhere has the same name.
    is_shared: bool,
}

impl Name {
    fn shown(&self) -> &Arc<str> {
        match self.is_shared {
            true => &self.path,
            false => &self.file,
        }
    }
}

impl ImportNames {
    pub fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut find = connection.prepare_cached("SELECT id, path FROM import")?;
        let imports = find.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Self::of(imports.collect::<rusqlite::Result<_>>()?))
    }

    fn of(imports: Vec<(i64, String)>) -> Self {
        let mut paths: HashMap<&str, &str> = HashMap::new();
        let mut shared: HashMap<&str, bool> = HashMap::new();
        for (_, path) in &imports {
            let first = *paths.entry(file_of(path)).or_insert(path);
            *shared.entry(file_of(path)).or_default() |= first != path;
        }
        let name = |(number, path): &(i64, String)| {
            let file = file_of(path);
            let name = Name {
                path: path.as_str().into(),
                file: file.into(),
                is_shared: shared.get(file).copied().unwrap_or_default(),
            };
            (*number, name)
        };
        Self(imports.iter().map(name).collect())
    }

    /// Whether the import with this number passes a test, under any of its names.
    pub fn fits(&self, matcher: &Matcher, number: i64) -> bool {
        let named = |name: &Name| {
            matcher.fits(ValueRef::Str(&name.file)) || matcher.fits(ValueRef::Str(&name.path))
        };
        matcher.fits(ValueRef::Int(number)) || self.0.get(&number).is_some_and(named)
    }

    /// The name of its import for every row of a segment.
    pub fn column(&self, segment: &Segment) -> Column {
        let name = self.0.get(&segment.import).map(Name::shown);
        Column::of_texts(std::iter::repeat_n(1, segment.rows), |_| name)
    }
}

fn file_of(path: &str) -> &str {
    let file = Path::new(path).file_name();
    file.and_then(|file| file.to_str()).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Test;

    #[test]
    fn a_file_goes_by_its_name_unless_another_has_it() {
        let paths = [
            "/a/one.json",
            "/a/two.json",
            "/b/two.json",
            "/a/one.json",
            "-",
        ];
        let imports = (1..).zip(paths.map(str::to_owned)).collect();
        let names = ImportNames::of(imports);
        let shown = |number| names.0.get(&number).map(|name: &Name| &**name.shown());
        let expected = ["one.json", "/a/two.json", "/b/two.json", "one.json", "-"];
        for (number, expected) in (1..).zip(expected) {
            assert_eq!(shown(number), Some(expected));
        }
        let found = |text: &str| {
            let matcher = Matcher::new(&Test::Equals(text.to_owned()));
            (1..=6)
                .filter(|number| names.fits(&matcher, *number))
                .collect::<Vec<i64>>()
        };
        for (text, expected) in [
            ("3", &[3][..]),
            ("one.json", &[1, 4]),
            ("two.json", &[2, 3]),
            ("/b/two.json", &[3]),
            ("6", &[6]),
            ("three.json", &[]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }
}
