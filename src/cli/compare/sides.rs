//! Two sets of traces: those of two releases, environments, imports or searches.
//!
//! JSON: `left` and `right` (`name, trace_count`), `issues` (`change`: new, more, fewer, gone or same; `kind, title,
//! fingerprint`, and of both sides `count, per_thousand_traces, time_to_win_ns, trace_id`), `endpoints` (`change`: new, slower,
//! faster, gone, same or unclear; `transaction, service`, and of both sides `count, p50_ns, p95_ns, trace_id`; `longer`, how
//! likely one of the right side lasts longer). `chance` is how likely a difference like this is without any reason, all of a
//! list taken together.

use super::{Failure, Output};
use crate::analysis::before_after::BeforeAfter;
use crate::cli::args::CompareArgs;
use crate::export::before_after::{self, chance, rate};
use crate::insights;
use crate::model::{CancelToken, human};
use crate::query::{self, Expr, Subject, Term, Test};
use crate::store::{Filter, Reader};
use serde_json::{Map, Value as Json};
use std::process::ExitCode;

/// Differences told in text; JSON has all.
const MOST: usize = 20;

pub fn run(args: &CompareArgs, reader: &Reader) -> Result<ExitCode, Failure> {
    let found = found(args, reader)?;
    let mut out = Output::stdout();
    if args.json {
        out.json(&before_after::json(&found, names(args)))?;
    } else if args.markdown {
        out.line(before_after::markdown(&found, names(args)).trim_end())?;
    } else {
        print(&mut out, &found, args)?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn names(args: &CompareArgs) -> [&str; 2] {
    [&args.left, args.right.as_ref().unwrap_or(&args.left)]
}

/// What differs; a side without a trace is wrong use.
pub fn found(args: &CompareArgs, reader: &Reader) -> Result<BeforeAfter, Failure> {
    let [left, right] = names(args);
    let filters = [side(args, reader, left)?, side(args, reader, right)?];
    let settings = insights::issues::settings(reader)?;
    let cancel = CancelToken::default();
    let sides = [&filters[0], &filters[1]];
    let found = insights::before_after::compare(reader, sides, &settings, &cancel)?;
    for (name, traces) in names(args).into_iter().zip(found.traces) {
        if traces == 0 {
            return Err(Failure::Usage(format!("no trace fits {name:?}")));
        }
    }
    Ok(found)
}

fn side(args: &CompareArgs, reader: &Reader, name: &str) -> Result<Filter, Failure> {
    let is = |key: &str, value: &str| {
        Expr::Term(Term {
            key: key.to_owned(),
            test: Test::Equals(value.to_owned()),
        })
    };
    let search = if args.releases {
        is("release", name)
    } else if args.environments {
        is("environment", name)
    } else if args.imports {
        is("import", &import_number(reader, name)?)
    } else {
        let search = query::parse_for(name, Subject::Traces);
        search.map_err(|error| Failure::Usage(format!("{name:?}: {error}")))?
    };
    Ok(Filter {
        search,
        range: None,
    })
}

/// The newest import of this number or of a file with this path or name.
fn import_number(reader: &Reader, name: &str) -> Result<String, Failure> {
    let imports = reader.imports()?;
    let is_it = |path: &str| path == name || path.ends_with(&format!("/{name}"));
    let found = imports
        .iter()
        .find(|import| import.id.0.to_string() == name || is_it(&import.report.path));
    let found = found.map(|import| import.id.0.to_string());
    found.ok_or_else(|| Failure::Usage(format!("the store has no import {name:?}")))
}

/// Adds what differs to an object.
pub fn add_json(object: &mut Map<String, Json>, found: &BeforeAfter, args: &CompareArgs) {
    let mut own = before_after::json(found, names(args));
    for name in ["issues", "endpoints"] {
        object.insert(name.to_owned(), own[name].take());
    }
}

/// What differs, for people.
pub fn print(out: &mut Output, found: &BeforeAfter, args: &CompareArgs) -> Result<(), Failure> {
    let traces = found.traces.map(|count| human::counted(count, "trace"));
    let [left, right] = names(args);
    out.line(&format!("{left}, {} → {right}, {}", traces[0], traces[1]))?;
    out.line(&before_after::summary(found))?;
    let time = |time: Option<i64>| time.map_or_else(|| "–".to_owned(), human::duration);
    let issues = found.issues.iter().filter(|turn| turn.turn.is_change());
    let issues: Vec<Vec<String>> = issues
        .take(MOST)
        .map(|turn| {
            let sides = &turn.issue.sides;
            vec![
                turn.turn.name(false).to_owned(),
                turn.issue.kind.name().to_owned(),
                rate(turn.per_thousand[0]),
                rate(turn.per_thousand[1]),
                time(sides[0].to_win),
                time(sides[1].to_win),
                chance(Some(turn.chance)),
                turn.issue.title.clone(),
            ]
        })
        .collect();
    if !issues.is_empty() {
        out.line("")?;
        let header = [
            ("ISSUE", false),
            ("KIND", false),
            ("OF 1,000", true),
            ("AFTER", true),
            ("TO WIN", true),
            ("AFTER", true),
            ("BY CHANCE", true),
            ("WHAT", false),
        ];
        out.table(&header, &issues)?;
        let all = found.issues.iter().filter(|turn| turn.turn.is_change());
        more(out, all.count(), "issue")?;
    }
    let endpoints = found.endpoints.iter().filter(|turn| turn.turn.is_change());
    let endpoints: Vec<Vec<String>> = endpoints
        .take(MOST)
        .map(|turn| {
            vec![
                turn.turn.name(true).to_owned(),
                time(turn.p50[0]),
                time(turn.p50[1]),
                time(turn.p95[0]),
                time(turn.p95[1]),
                chance(turn.chance),
                format!("{} {}", turn.service, turn.name),
            ]
        })
        .collect();
    if !endpoints.is_empty() {
        out.line("")?;
        let header = [
            ("ENDPOINT", false),
            ("P50", true),
            ("AFTER", true),
            ("P95", true),
            ("AFTER", true),
            ("BY CHANCE", true),
            ("WHAT", false),
        ];
        out.table(&header, &endpoints)?;
        let all = found.endpoints.iter().filter(|turn| turn.turn.is_change());
        more(out, all.count(), "endpoint")?;
    }
    Ok(())
}

/// How many of so many are not told.
fn more(out: &mut Output, all: usize, noun: &str) -> Result<(), Failure> {
    match all.saturating_sub(MOST) as u64 {
        0 => Ok(()),
        left => out.line(&format!(
            "and {} more; --json has all",
            human::counted(left, noun)
        )),
    }
}
