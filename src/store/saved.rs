//! Searches that someone gave a name, so that a store carries them: its name, and the place it leads to as text.

use super::{Reader, StoreError, Writer};
use rusqlite::{Connection, params};

/// A search with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedSearch {
    /// What it is called; no two are called the same.
    pub name: String,
    /// The place with everything that is set there: the search, columns, view.
    pub place: String,
}

/// What can be done to the list of saved searches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SavedChange {
    /// Add one, in place of the one that was called so.
    Save(SavedSearch),
    /// Call one otherwise.
    Rename { from: String, to: String },
    /// Take one away.
    Delete(String),
}

impl Writer {
    /// Changes the list of saved searches.
    ///
    /// # Errors
    /// When one is to get a name that another has, or is not there to be renamed, and as with everything that is written.
    pub fn change_saved(&mut self, change: &SavedChange) -> Result<(), StoreError> {
        let failed = StoreError::sql("save the search");
        if let SavedChange::Rename { from, to } = change
            && from != to
            && exists(&self.connection, to).map_err(&failed)?
        {
            let reason = format!("there is one called {to:?} already");
            return Err(StoreError::failed("rename the search", reason));
        }
        let run =
            |sql: &str, names: [&str; 2]| self.connection.execute(sql, params![names[0], names[1]]);
        let done = match change {
            SavedChange::Save(SavedSearch { name, place }) => run(
                "INSERT INTO saved_search(name, place) VALUES(?1, ?2)
                 ON CONFLICT(name) DO UPDATE SET place = excluded.place",
                [name, place],
            ),
            SavedChange::Rename { from, to } => run(
                "UPDATE saved_search SET name = ?2 WHERE name = ?1",
                [from, to],
            ),
            SavedChange::Delete(name) => self
                .connection
                .execute("DELETE FROM saved_search WHERE name = ?1", [name]),
        };
        match (change, done.map_err(failed)?) {
            // Another window may have taken it away.
            (SavedChange::Rename { from, .. }, 0) => Err(StoreError::failed(
                "rename the search",
                format!("there is none called {from:?} any more"),
            )),
            _ => Ok(()),
        }
    }
}

fn exists(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM saved_search WHERE name = ?1";
    connection.query_row(sql, [name], |row| {
        row.get::<_, i64>(0).map(|count| count > 0)
    })
}

impl Reader {
    /// All saved searches, by name in any case.
    pub fn saved_searches(&self) -> Result<Vec<SavedSearch>, StoreError> {
        self.begin();
        let list = || {
            let sql = "SELECT name, place FROM saved_search ORDER BY lower(name), name";
            let mut find = self.scanner.connection.prepare_cached(sql)?;
            let saved = find.query_map([], |row| {
                Ok(SavedSearch {
                    name: row.get(0)?,
                    place: row.get(1)?,
                })
            })?;
            saved.collect::<rusqlite::Result<Vec<_>>>()
        };
        list().map_err(StoreError::sql("list the saved searches"))
    }
}
