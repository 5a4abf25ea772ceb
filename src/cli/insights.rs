//! `headwater insights MODULE [QUERY]`: what one part of an application did, a row a group.
//!
//! JSON: a line a row with the columns that the module documents ([`insights`]); what is missing is null. Durations are
//! nanoseconds, sizes bytes, shares 0 to 1. Columns of counts are objects, the most frequent
//! first; a span is `{"trace_id", "span_id", "duration_ns"}`. Without `--sort` the module's own order counts. Text shows the
//! columns that fit a usual width. Notes on the figures go to standard error, and without rows what was looked for. Times are Unix nanoseconds.
//!
//! A closer look at a module is asked for behind its name, `caches/candidates`, and answers in the same form ([`looks`]);
//! `overview` and `doctor` have forms of their own.

use super::args::InsightsArgs;
use super::doctor;
use super::output::{Output, notice, print_count, range_of};
use super::overview;
use super::{Failure, query_failure};
use crate::app::insights::prices_beside;
use crate::app::insights::words::{json_row, spans_of, words};
use crate::insights::agents::SampleRate;
use crate::insights::caches::expansion;
use crate::insights::looks::{self, Look};
use crate::insights::nothing::{self, Said};
use crate::insights::{self, Asked, Module, Table, prices, transactions};
use crate::model::CancelToken;
use crate::query::{self, Expr, Threshold};
use crate::store::{Filter, Reader, StoreError};
use std::io::Write as _;
use std::process::ExitCode;

pub fn run(args: &InsightsArgs, reader: &Reader) -> Result<ExitCode, Failure> {
    match args.module.as_str() {
        "overview" => return overview::run(reader, &asked(reader, args, &[])?, args.json),
        "doctor" => {
            return doctor::run(reader, &asked(reader, args, &[])?, (args.json, args.count));
        }
        _ => {}
    }
    let wanted = Wanted::named(&args.module)?;
    let asked = asked(reader, args, wanted.groupings())?;
    let mut table = wanted.table(reader, &asked)?;
    if args.count {
        print_count(args.json, table.rows.len() as u64)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(sort) = &args.sort {
        let (column, descending) = order(&table, sort)?;
        table.sort(column, descending);
    }
    let total = table.rows.len() as u64;
    if args.limit > 0 {
        table.rows.truncate(args.limit);
    }
    let mut out = Output::stdout();
    match args.json {
        true => {
            let spans = spans_of(reader, &table)?;
            for row in &table.rows {
                out.json(&json_row(&table.columns, row, &spans))?;
            }
        }
        false => print_table(&mut out, &table)?,
    }
    out.finish()?;
    notice(table.rows.len() as u64, total, "rows", None);
    if total == 0 {
        let (title, sentence) = wanted.nothing(&asked, has_inputs(args));
        let _ = writeln!(std::io::stderr(), "{title}. {sentence}");
    }
    for note in &table.notes {
        // Nobody to tell is no failure.
        let _ = writeln!(std::io::stderr(), "{note}");
    }
    Ok(ExitCode::SUCCESS)
}

/// What a table is asked of.
#[derive(Clone, Copy)]
enum Wanted {
    Module(Module),
    Look(Look),
}

impl Wanted {
    fn named(name: &str) -> Result<Self, Failure> {
        let module = Module::named(name).map(Self::Module);
        let wanted = module.or_else(|| Look::named(name).map(Self::Look));
        wanted.ok_or_else(|| {
            let modules = Module::ALL.map(Module::name).join(", ");
            let looks = Look::all().map(Look::path).collect::<Vec<_>>().join(", ");
            Failure::Usage(format!(
                "{name:?} is no module of insights; there are overview, doctor, {modules}, and as closer looks {looks}"
            ))
        })
    }

    /// What its rows may be told apart by besides, or instead.
    fn groupings(self) -> &'static [&'static str] {
        match self {
            Self::Module(module) => module.groupings(),
            Self::Look(_) => &[],
        }
    }

    fn table(self, reader: &Reader, asked: &Asked) -> Result<Table, StoreError> {
        let cancel = CancelToken::default();
        match self {
            Self::Module(module) => insights::table(module, reader, asked, &cancel),
            Self::Look(look) => looks::table(look, reader, asked, &cancel),
        }
    }

    /// Why there is no row.
    fn nothing(self, asked: &Asked, has_inputs: bool) -> Said {
        let (module, look) = match self {
            Self::Module(module) => (module, None),
            Self::Look(look) => (look.module(), Some(look)),
        };
        let is_narrowed = asked.filter.search != Expr::All || asked.filter.range.is_some();
        match look.and_then(nothing::not_found) {
            _ if has_inputs => nothing::TRIED,
            Some(said) => said,
            None if is_narrowed => nothing::NARROWED,
            None => nothing::not_recorded(module, look),
        }
    }
}

/// Whether something was set that a look tries.
fn has_inputs(args: &InsightsArgs) -> bool {
    !args.keys.is_empty() || args.first.is_some() || args.expiry.is_some() || args.rate.is_some()
}

fn asked(reader: &Reader, args: &InsightsArgs, known: &[&str]) -> Result<Asked, Failure> {
    let query = args.query.join(" ");
    let search = query::parse_filter(&query).map_err(|error| query_failure(&query, &error))?;
    let range = range_of(&args.time)?;
    if let Some(strange) = args
        .group_by
        .iter()
        .find(|name| !known.contains(&name.as_str()))
    {
        let known = match known.is_empty() {
            true => "nothing else".to_owned(),
            false => known.join(", "),
        };
        let module = &args.module;
        return Err(Failure::Usage(format!(
            "{module} cannot be grouped by {strange:?}, but by {known}"
        )));
    }
    Ok(Asked {
        filter: Filter { search, range },
        group_by: args.group_by.clone(),
        without_issues: false,
        apdex: thresholds(&args.apdex)?,
        expansion: expansion::what_if(&args.keys, args.first, args.expiry.as_deref())
            .map_err(Failure::Usage)?,
        sample_rate: match args.rate {
            None => SampleRate::default(),
            Some(rate) => SampleRate::read(&rate.to_string()).map_err(Failure::Usage)?,
        },
        prices: match &args.prices {
            None => prices_beside(reader.path())?,
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|error| Failure::Unreadable(format!("{}: {error}", path.display())))?;
                let read = prices::Prices::parse(&text);
                read.map_err(|error| Failure::Unreadable(format!("{}: {error}", path.display())))?
            }
        },
    })
}

/// `300`, `1.5s` or `TRANSACTION=500ms`.
fn thresholds(texts: &[String]) -> Result<transactions::Thresholds, Failure> {
    let mut thresholds = transactions::Thresholds::default();
    for text in texts {
        let (name, length) = match text.rsplit_once('=') {
            Some((name, length)) => (Some(name), length),
            None => (None, text.as_str()),
        };
        let nanos = match length.parse::<f64>() {
            Ok(millis) => Some((millis * 1e6) as i64),
            Err(_) => query::parse_duration(length),
        };
        let Some(nanos) = nanos.filter(|nanos| *nanos > 0) else {
            return Err(Failure::Usage(format!(
                "{text:?} is no threshold; write 300ms, 1.5s or TRANSACTION=500ms"
            )));
        };
        match name {
            Some(name) => thresholds.by_name.push((name.to_owned(), Threshold(nanos))),
            None => thresholds.usual = Threshold(nanos),
        }
    }
    Ok(thresholds)
}

fn order(table: &Table, sort: &str) -> Result<(usize, bool), Failure> {
    let (name, descending) = sort
        .strip_prefix('-')
        .map_or((sort, false), |name| (name, true));
    table
        .column(name)
        .map(|column| (column, descending))
        .ok_or_else(|| {
            let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
            Failure::Usage(format!(
                "rows cannot be sorted by {sort:?}; use one of {}, with a leading - for descending",
                names.join(", ")
            ))
        })
}

fn print_table(out: &mut Output, table: &Table) -> Result<(), Failure> {
    // The last column is not cut, so the one that says most comes last.
    let (first, others): (Vec<usize>, Vec<usize>) = (0..table.columns.len())
        .filter(|place| table.columns[*place].shown)
        .partition(|place| *place == 0);
    let places: Vec<usize> = others.into_iter().chain(first).collect();
    let titles: Vec<String> = places
        .iter()
        .map(|place| table.columns[*place].title.to_uppercase())
        .collect();
    let is_number = |place: &usize| table.columns[*place].unit.is_number();
    let header: Vec<(&str, bool)> = titles
        .iter()
        .map(String::as_str)
        .zip(places.iter().map(is_number))
        .collect();
    let rows: Vec<Vec<String>> = table
        .rows
        .iter()
        .map(|row| {
            let cell = |place: &usize| words(&table.columns[*place], row.get(*place));
            places.iter().map(cell).collect()
        })
        .collect();
    out.table(&header, &rows)
}
