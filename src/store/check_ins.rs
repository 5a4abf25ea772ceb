//! What jobs told of their runs, one by one.

use super::import_names::ImportNames;
use super::matching::Matcher;
use super::value::ValueRef;
use super::{Filter, Reader, StoreError};
use crate::model::{CancelToken, Nanos, SpanId, TraceId, conventions};
use crate::query::{Expr, Term, Test};
use rusqlite::Row;
use std::sync::Arc;

/// One thing that a job told of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckIn {
    /// The run: what its first and its last check-in have in common.
    pub run: [u8; 16],
    /// The name of the monitor it reports to.
    pub monitor: Arc<str>,
    /// `in_progress`, `ok`, `error`, …
    pub status: Arc<str>,
    /// When it was told.
    pub time: Nanos,
    /// How long the run took, nanoseconds, if it says so.
    pub duration: Option<i64>,
    /// Where it ran; may be empty.
    pub environment: Arc<str>,
    /// The version that ran; may be empty.
    pub release: Arc<str>,
    /// Who ran it; may be empty.
    pub service: Arc<str>,
    /// When the job is to run, as the source wrote it, in JSON; empty if it does not say.
    pub config: Arc<str>,
    /// Its trace.
    pub trace: Option<TraceId>,
    /// The span of the run.
    pub span: Option<SpanId>,
    /// The import that brought it.
    pub import: i64,
    /// Whether it fits the search by itself.
    pub fits: bool,
}

impl Reader {
    /// What jobs told within a filter's range, the earliest first. Its search is tried on the few things that a check-in has of
    /// its own (monitor, status, service, environment, release, import, trace); as everywhere, what is not there passes no
    /// test. Those that do not fit come as well, marked: the span of their run may.
    ///
    /// # Errors
    /// As with every question.
    pub fn check_ins(
        &self,
        filter: &Filter,
        cancel: &CancelToken,
    ) -> Result<Vec<CheckIn>, StoreError> {
        self.begin();
        let list = || {
            let sql = "SELECT run, monitor, status, time, duration, environment, release, service, config, trace_id, span,
               import FROM check_in WHERE time >= ?1 AND time < ?2 ORDER BY time, number";
            let mut find = self.scanner.connection.prepare_cached(sql)?;
            let range = filter
                .range
                .map_or([i64::MIN, i64::MAX], |range| [range.start.0, range.end.0]);
            let told = find.query_map(range, check_in)?;
            told.collect::<rusqlite::Result<Vec<_>>>()
        };
        let mut told = list().map_err(StoreError::sql("read check-ins"))?;
        let names = self.scanner.import_names();
        let names = names.map_err(StoreError::sql("list the imports"))?;
        for told in &mut told {
            if cancel.is_cancelled() {
                return Err(StoreError::Cancelled);
            }
            told.fits = fits(told, &filter.search, &names);
        }
        Ok(told)
    }
}

impl Reader {
    /// When the last span or log record of an import was; `None` if it brought none.
    ///
    /// # Errors
    /// As with every question.
    pub fn recorded_until(&self, import: i64) -> Result<Option<Nanos>, StoreError> {
        self.begin();
        let sql = "SELECT max(time_max) FROM segment WHERE import = ?1";
        let find = self
            .scanner
            .connection
            .query_row(sql, [import], |row| row.get(0));
        let last: Option<i64> = find.map_err(StoreError::sql("find the last record"))?;
        Ok(last.map(Nanos))
    }
}

fn check_in(row: &Row) -> rusqlite::Result<CheckIn> {
    let trace: TraceId = row.get::<_, [u8; 16]>(9).map(TraceId)?;
    Ok(CheckIn {
        run: row.get(0)?,
        monitor: row.get(1)?,
        status: row.get(2)?,
        time: Nanos(row.get(3)?),
        duration: row.get(4)?,
        environment: row.get(5)?,
        release: row.get(6)?,
        service: row.get(7)?,
        config: row.get(8)?,
        trace: (!trace.is_none()).then_some(trace),
        span: SpanId(row.get::<_, i64>(10)? as u64).some(),
        import: row.get(11)?,
        fits: true,
    })
}

/// Whether a search finds it. As deep as the search is, which the parser bounds.
fn fits(told: &CheckIn, search: &Expr, names: &ImportNames) -> bool {
    match search {
        Expr::All => true,
        Expr::And(parts) => parts.iter().all(|part| fits(told, part, names)),
        Expr::Or(parts) => parts.iter().any(|part| fits(told, part, names)),
        Expr::Not(part) => !fits(told, part, names),
        Expr::Term(term) => passes(told, term, names),
        Expr::Having(_) | Expr::SomeSpan(_) => false,
    }
}

fn passes(told: &CheckIn, term: &Term, names: &ImportNames) -> bool {
    if let Test::Is(_) = term.test {
        return false;
    }
    let key = term.key.as_str();
    let means = |name: &str| key == name || conventions::aliases_of(name).contains(&key);
    let text = match key {
        // Free text.
        "" | "monitor" | "monitor.slug" => &told.monitor,
        "status" => &told.status,
        _ if means("service") => &told.service,
        _ if means("environment") => &told.environment,
        _ if means("release") => &told.release,
        "import" => return names.fits(&Matcher::new(&term.test), told.import),
        "trace" | "trace_id" | "trace.id" => {
            let id = told.trace.map(|trace| trace.to_string());
            return id.is_some_and(|id| Matcher::new(&term.test).fits(ValueRef::Str(&id)));
        }
        _ => return false,
    };
    !text.is_empty() && Matcher::new(&term.test).fits(ValueRef::Str(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::parse_filter;

    #[test]
    fn a_search_is_tried_on_what_a_check_in_has() {
        let told = CheckIn {
            run: [1; 16],
            monitor: "hourly-report".into(),
            status: "ok".into(),
            time: Nanos(5),
            duration: None,
            environment: "production".into(),
            release: "1.5.0".into(),
            service: "worker-1".into(),
            config: "".into(),
            trace: None,
            span: None,
            import: 3,
            fits: true,
        };
        for (search, expected) in [
            ("", true),
            ("service:worker-1 environment:[production, staging]", true),
            ("release:1.5.0 import:3 !status:error", true),
            ("hourly", true),
            ("service:web OR monitor:hourly*", true),
            ("environment:staging", false),
            ("op:db", false),
            ("is:error", false),
            ("import:4", false),
            ("trace:3fd3aa90bcdd4c7686f120bcbe85b12e", false),
        ] {
            let search_for = parse_filter(search).expect("a search");
            assert_eq!(
                fits(&told, &search_for, &ImportNames::default()),
                expected,
                "{search}"
            );
        }
    }
}
