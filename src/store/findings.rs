//! What was found in traces, kept a trace each, so that only those are looked at again that are new or have changed.
//!
//! Every commit that adds to a trace, and every removal that takes from one, is a *change* with a number, which the trace's
//! row remembers. Findings come in pieces: all traces whose last change lies behind one number and not behind another. A
//! piece that follows what is kept is added to it; a finding counts as long as its trace has not changed since. What a
//! finding says is bytes here; `rules` names what it was found by, and findings by other rules give way.

use super::{Failures, Reader, StoreError, Writer};
use rusqlite::{Connection, OptionalExtension, params};

/// Before the first change.
const NOTHING: i64 = -1;

/// What was found in all traces whose last change is one of a stretch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// By which rules.
    pub rules: String,
    /// The stretch begins behind this change.
    pub after: i64,
    /// And ends with this one.
    pub upto: i64,
    /// The traces by number with what was found; of those without anything, nothing.
    pub traces: Vec<(i64, Vec<u8>)>,
}

/// What a look at the store hands over to be kept, so that the next need not look again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// What was found in traces.
    Findings(Findings),
    /// What error records and error logs tell.
    Failures(Failures),
}

/// A trace that is new or has changed since it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangedTrace {
    /// Its number.
    pub number: i64,
    /// Its last change.
    pub change: i64,
}

/// How far traces were looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedAt {
    /// Up to this change.
    pub upto: i64,
    /// Those that changed later, in the order of their changes.
    pub changed: Vec<ChangedTrace>,
}

/// The number of a change that begins now, within the transaction that makes it.
pub(super) fn next_change(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "UPDATE detection SET change = change + 1 RETURNING change";
    connection
        .prepare_cached(sql)?
        .query_row([], |row| row.get(0))
}

/// Forgets what was found in traces that are gone.
pub(super) fn forget_gone(connection: &Connection) -> rusqlite::Result<()> {
    let sql = "DELETE FROM finding WHERE trace NOT IN (SELECT number FROM trace)";
    connection.execute(sql, []).map(drop)
}

impl Writer {
    /// Keeps what was looked at, as far as it follows what is kept already.
    ///
    /// # Errors
    /// As with everything that is written.
    pub fn keep(&mut self, kept: &Kept) -> Result<(), StoreError> {
        match kept {
            Kept::Findings(findings) => self.keep_findings(findings).map(drop),
            Kept::Failures(failures) => self.keep_failures(failures).map(drop),
        }
    }

    /// Keeps what was found, if it follows what is kept; says whether it did. Of traces that changed meanwhile nothing is
    /// kept.
    ///
    /// # Errors
    /// As with everything that is written.
    pub fn keep_findings(&mut self, findings: &Findings) -> Result<bool, StoreError> {
        self.transaction(|connection, _| keep(connection, findings))
            .map_err(StoreError::sql("keep what was found"))
    }

    /// Sets a threshold of a detector by its name, or back to what is usual.
    ///
    /// # Errors
    /// As with everything that is written.
    pub fn set_detector(&mut self, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        let done = match value {
            Some(value) => self.connection.execute(
                "INSERT OR REPLACE INTO detector_setting(name, value) VALUES(?1, ?2)",
                [name, value],
            ),
            None => {
                let sql = "DELETE FROM detector_setting WHERE name = ?1";
                self.connection.execute(sql, [name])
            }
        };
        done.map(drop).map_err(StoreError::sql("set a threshold"))
    }
}

fn keep(connection: &Connection, findings: &Findings) -> rusqlite::Result<bool> {
    let Findings {
        rules,
        after,
        upto,
        traces,
    } = findings;
    let known = upto_by(connection, rules)?;
    if known.unwrap_or(NOTHING) != *after {
        return Ok(false);
    }
    if known.is_none() {
        connection.execute("DELETE FROM finding", [])?;
    }
    let mut forget = connection.prepare_cached("DELETE FROM finding WHERE trace = ?1")?;
    let mut put = connection.prepare_cached(
        "INSERT OR REPLACE INTO finding(trace, data)
         SELECT number, ?2 FROM trace WHERE number = ?1 AND changed <= ?3",
    )?;
    for (number, found) in traces {
        match found.is_empty() {
            true => forget.execute([number])?,
            false => put.execute(params![number, found, upto])?,
        };
    }
    connection.execute(
        "UPDATE detection SET rules = ?1, upto = ?2",
        params![rules, upto],
    )?;
    Ok(true)
}

/// The change up to which traces were looked at by some rules; `None` when others are kept.
fn upto_by(connection: &Connection, rules: &str) -> rusqlite::Result<Option<i64>> {
    let mut find = connection.prepare_cached("SELECT upto FROM detection WHERE rules = ?1")?;
    find.query_row([rules], |row| row.get(0)).optional()
}

impl Reader {
    /// Thresholds of detectors that were set, with their values.
    ///
    /// # Errors
    /// As with every question.
    pub fn detector_settings(&self) -> Result<Vec<(String, String)>, StoreError> {
        self.begin();
        let list = || {
            let sql = "SELECT name, value FROM detector_setting ORDER BY name";
            let mut find = self.scanner.connection.prepare_cached(sql)?;
            let all = find.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            all.collect::<rusqlite::Result<Vec<_>>>()
        };
        list().map_err(StoreError::sql("read the thresholds"))
    }

    /// Hands over what was found by these rules in traces that have not changed since, and tells which have. All of one
    /// moment.
    ///
    /// # Errors
    /// As with every question.
    pub fn findings(
        &self,
        rules: &str,
        each: impl FnMut(i64, &[u8]),
    ) -> Result<LookedAt, StoreError> {
        self.begin();
        self.read_findings(rules, each)
            .map_err(StoreError::sql("read what was found"))
    }

    fn read_findings(
        &self,
        rules: &str,
        mut each: impl FnMut(i64, &[u8]),
    ) -> rusqlite::Result<LookedAt> {
        let moment = self.scanner.connection.unchecked_transaction()?;
        let upto = upto_by(&moment, rules)?.unwrap_or(NOTHING);
        let mut find = moment.prepare_cached(
            "SELECT finding.trace, data FROM finding JOIN trace ON number = finding.trace
             WHERE spans > 0 AND changed <= ?1",
        )?;
        let mut rows = find.query([upto])?;
        while let Some(row) = rows.next()? {
            each(row.get(0)?, row.get_ref(1)?.as_blob()?);
        }
        let mut find = moment.prepare_cached(
            "SELECT number, changed FROM trace WHERE spans > 0 AND changed > ?1 ORDER BY changed, number",
        )?;
        let changed = find.query_map([upto], |row| {
            Ok(ChangedTrace {
                number: row.get(0)?,
                change: row.get(1)?,
            })
        })?;
        let changed = changed.collect::<rusqlite::Result<_>>()?;
        Ok(LookedAt { upto, changed })
    }

    /// As [`Self::findings`], for traces by number: tells which of them were not looked at, or have changed since.
    ///
    /// # Errors
    /// As with every question.
    pub fn findings_of(
        &self,
        rules: &str,
        numbers: &[i64],
        each: impl FnMut(i64, &[u8]),
    ) -> Result<Vec<i64>, StoreError> {
        self.begin();
        self.read_findings_of(rules, numbers, each)
            .map_err(StoreError::sql("read what was found"))
    }

    fn read_findings_of(
        &self,
        rules: &str,
        numbers: &[i64],
        mut each: impl FnMut(i64, &[u8]),
    ) -> rusqlite::Result<Vec<i64>> {
        let moment = self.scanner.connection.unchecked_transaction()?;
        let Some(upto) = upto_by(&moment, rules)? else {
            return Ok(numbers.to_vec());
        };
        let mut find = moment.prepare_cached(
            "SELECT data FROM trace LEFT JOIN finding ON finding.trace = number
             WHERE number = ?1 AND spans > 0 AND changed <= ?2",
        )?;
        let mut unknown = Vec::new();
        for number in numbers {
            let mut rows = find.query([*number, upto])?;
            match rows.next()? {
                Some(row) => {
                    if let Some(found) = row.get_ref(0)?.as_blob_or_null()? {
                        each(*number, found);
                    }
                }
                None => unknown.push(*number),
            }
        }
        Ok(unknown)
    }
}
