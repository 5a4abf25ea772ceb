//! What is remembered of issues: that they were found, and what people decided about them.
//!
//! Issues are found by analysis; here is what outlives it. An issue that was resolved and is met again more often than it
//! was then has regressed: a later import brought it back.

use super::{Reader, StoreError, Writer};
use rusqlite::params;

/// What became of an issue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum IssueState {
    /// Nobody decided anything.
    #[default]
    Open,
    /// It is known and does not matter.
    Ignored,
    /// It was mended.
    Resolved,
    /// It was mended and came back.
    Regressed,
}

/// An issue as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownIssue {
    /// The name of its kind.
    pub kind: String,
    /// The same for all its occurrences.
    pub fingerprint: String,
    /// What it is, in words.
    pub title: String,
    /// How often it was met.
    pub count: u64,
    /// The first and the last time, Unix nanoseconds.
    pub seen: (i64, i64),
    /// What became of it; what is noted anew is [`IssueState::Open`] unless something else is known.
    pub state: IssueState,
}

impl IssueState {
    /// All of them, in the order of their numbers in the file.
    pub const ALL: [Self; 4] = [Self::Open, Self::Ignored, Self::Resolved, Self::Regressed];

    /// Its name in searches and for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Ignored => "ignored",
            Self::Resolved => "resolved",
            Self::Regressed => "regressed",
        }
    }

    /// Whether it asks for something to be done.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Regressed)
    }

    fn number(self) -> i64 {
        Self::ALL
            .iter()
            .position(|state| *state == self)
            .unwrap_or(0) as i64
    }

    fn from_number(number: i64) -> Self {
        let known = usize::try_from(number)
            .ok()
            .and_then(|at| Self::ALL.get(at));
        known.copied().unwrap_or_default()
    }
}

impl Writer {
    /// Notes which issues there are now, whatever the given ones say of their state. Those that are no longer met keep
    /// what was decided.
    ///
    /// # Errors
    /// As with everything that is written.
    pub fn note_issues(&mut self, issues: &[KnownIssue]) -> Result<(), StoreError> {
        let note = |connection: &rusqlite::Connection| -> rusqlite::Result<()> {
            let mut put = connection.prepare_cached(
                "INSERT INTO issue(fingerprint, kind, title, count, first_seen, last_seen, state, decided_at)
                 VALUES(?1, ?2, ?3, ?4, ?5, ?6, 0, 0)
                 ON CONFLICT(fingerprint, kind) DO UPDATE SET title = excluded.title, count = excluded.count,
                   first_seen = excluded.first_seen, last_seen = excluded.last_seen,
                   state = CASE WHEN state = 2 AND excluded.count > decided_at THEN 3 ELSE state END",
            )?;
            for issue in issues {
                let KnownIssue {
                    kind,
                    fingerprint,
                    title,
                    count,
                    seen,
                    ..
                } = issue;
                let count = i64::try_from(*count).unwrap_or(i64::MAX);
                put.execute(params![fingerprint, kind, title, count, seen.0, seen.1])?;
            }
            Ok(())
        };
        self.transaction(|connection, _| note(connection))
            .map_err(StoreError::sql("note the issues"))
    }

    /// Decides about an issue that was noted, under every fingerprint it goes by.
    ///
    /// # Errors
    /// As with everything that is written.
    pub fn decide_issue(
        &mut self,
        kind: &str,
        fingerprints: &[String],
        state: IssueState,
    ) -> Result<(), StoreError> {
        let decide = |connection: &rusqlite::Connection| -> rusqlite::Result<()> {
            let mut decide = connection.prepare_cached(
                "UPDATE issue SET state = ?3, decided_at = count WHERE fingerprint = ?1 AND kind = ?2",
            )?;
            for fingerprint in fingerprints {
                decide.execute(params![fingerprint, kind, state.number()])?;
            }
            Ok(())
        };
        self.transaction(|connection, _| decide(connection))
            .map_err(StoreError::sql("decide about the issue"))
    }
}

impl Reader {
    /// Every issue that was ever noted.
    pub fn known_issues(&self) -> Result<Vec<KnownIssue>, StoreError> {
        self.begin();
        let list = || {
            let sql =
                "SELECT kind, fingerprint, title, count, first_seen, last_seen, state FROM issue";
            let mut find = self.scanner.connection.prepare_cached(sql)?;
            let known = find.query_map([], |row| {
                Ok(KnownIssue {
                    kind: row.get(0)?,
                    fingerprint: row.get(1)?,
                    title: row.get(2)?,
                    count: row.get::<_, i64>(3)? as u64,
                    seen: (row.get(4)?, row.get(5)?),
                    state: IssueState::from_number(row.get(6)?),
                })
            })?;
            known.collect::<rusqlite::Result<Vec<_>>>()
        };
        list().map_err(StoreError::sql("list the known issues"))
    }
}

impl Reader {
    /// Issues that were resolved, also those that came back: how often each had been met by then.
    pub fn resolved_issues(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.begin();
        let list = || {
            let sql = "SELECT fingerprint, decided_at FROM issue WHERE state IN (2, 3)";
            let mut find = self.scanner.connection.prepare_cached(sql)?;
            let known =
                find.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?;
            known.collect::<rusqlite::Result<Vec<_>>>()
        };
        list().map_err(StoreError::sql("list the resolved issues"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_decided_stays_until_it_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("issues.store");
        let mut writer = Writer::open(&path).unwrap();
        let issue = |fingerprint: &str, count| KnownIssue {
            kind: "error".to_owned(),
            fingerprint: fingerprint.to_owned(),
            title: "it broke".to_owned(),
            count,
            seen: (5, 9),
            state: IssueState::Open,
        };
        writer.note_issues(&[issue("a", 3), issue("b", 1)]).unwrap();
        let reader = Reader::open(&path).unwrap();
        let state = |fingerprint: &str| {
            let known = reader.known_issues().unwrap().into_iter();
            known
                .filter(|known| known.fingerprint == fingerprint)
                .map(|known| (known.state, known.count))
                .next()
        };
        assert_eq!(state("a"), Some((IssueState::Open, 3)));
        writer
            .decide_issue("error", &["a".to_owned()], IssueState::Resolved)
            .unwrap();
        writer
            .decide_issue("error", &["b".to_owned()], IssueState::Ignored)
            .unwrap();
        writer
            .decide_issue("slow_db_query", &["a".to_owned()], IssueState::Ignored)
            .unwrap();
        let again = [issue("a", 3), issue("b", 7), issue("c", 1)];
        writer.note_issues(&again).unwrap();
        assert_eq!(
            state("a"),
            Some((IssueState::Resolved, 3)),
            "the same again is nothing new"
        );
        assert_eq!(state("b"), Some((IssueState::Ignored, 7)));
        writer.note_issues(&[issue("a", 4)]).unwrap();
        assert_eq!(state("a"), Some((IssueState::Regressed, 4)));
        assert_eq!(state("c"), Some((IssueState::Open, 1)));
    }
}
