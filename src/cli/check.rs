//! `headwater check FILE|DIR …`: is anything wrong? For a pipeline that stops when it is.
//!
//! The files go into a temporary store; one that was named and cannot be read at all is status 3, since a verdict without it
//! would be none. Status 1 when an issue of a kind of `--fail-on` is found that the baseline does not
//! know, or when something exceeds a `--max`. JSON: `{"passed", "issues": […as headwater issues…], "accepted": n, "limits":
//! [{"name","max","found","exceeded","trace_id","transaction"}…], "errors": n}`.

use super::Failure;
use super::args::{CheckArgs, VerdictFormat};
use super::import::{import_all, unread};
use super::issues::{issue_json, kinds_named, print_table, print_thresholds, set, wants_list};
use super::output::{Output, one_line};
use super::render::Scratch;
use crate::analysis::detect::Settings;
use crate::export::verdict::{self, Verdict};
use crate::insights::issues::{self, Issue, Kind};
use crate::insights::limits::{self, Counted};
use crate::model::{CancelToken, TraceId};
use crate::store::{Filter, Reader, Writer};
use hashbrown::HashSet;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;

/// The kind of `--fail-on` that stands for recorded errors.
const ERROR: &str = "error";
/// The limit on recorded errors.
const ERRORS: &str = "errors";

pub fn run(args: &CheckArgs) -> Result<ExitCode, Failure> {
    if wants_list(&args.set) {
        return print_thresholds(&Settings::default(), args.json);
    }
    let settings = set(Settings::default(), &args.set)?;
    let limits = limits_from(&args.max)?;
    let wanted = Wanted::new(&args.fail_on)?;
    let accepted = args
        .baseline
        .as_deref()
        .map(baseline)
        .transpose()?
        .unwrap_or_default();
    let Some(scratch) = Scratch::new(true)? else {
        return Err(Failure::Store("there is no temporary folder".to_owned()));
    };
    let store = scratch.store();
    let reports = import_all(&args.files, &mut Writer::open(&store)?, false);
    if let Some(reasons) = unread(&args.files, &reports) {
        return Err(Failure::Unreadable(reasons));
    }
    let reader = Reader::open(&store)?;
    let cancel = CancelToken::default();
    let all = Filter::default();
    let mut found = issues::find(&reader, &all, &settings, &cancel, &mut |_| ())?;
    // What logs and spans alone tell of is no recorded error.
    let is_recorded = |issue: &Issue| issue.kind != Kind::Error || issue.recorded() > 0;
    found.retain(|issue| wanted.kinds.contains(&issue.kind) && is_recorded(issue));
    let all = found.len();
    found.retain(|issue| {
        issue
            .fingerprints
            .iter()
            .all(|name| !accepted.contains(name))
    });
    let errors = reader.overview()?.errors;
    let limits = measured(&reader, &limits, errors, &cancel)?;
    let exceeded = limits.iter().any(|limit| limit["exceeded"] == true);
    let failed = !found.is_empty() || exceeded;
    let files = match args.format {
        VerdictFormat::Sarif => files_of(&reader, &found, &limits)?,
        _ => BTreeMap::new(),
    };
    let verdict = Verdict {
        passed: !failed,
        issues: found.iter().map(issue_json).collect(),
        accepted: all - found.len(),
        limits,
        errors: wanted.errors.then_some(errors),
        files,
    };
    let mut out = Output::stdout();
    match (args.json, args.format) {
        (true, _) | (_, VerdictFormat::Json) => out.json(&verdict::json(&verdict))?,
        (_, VerdictFormat::Junit) => out.line(&verdict::junit(&verdict))?,
        (_, VerdictFormat::Sarif) => out.json(&verdict::sarif(&verdict))?,
        (_, VerdictFormat::Markdown) => out.line(&verdict::markdown(&verdict))?,
        (_, VerdictFormat::Text) => {
            if !found.is_empty() {
                print_table(&mut out, found.iter().map(|issue| (issue, None)))?;
            }
            for line in verdict::text(&verdict).lines() {
                out.line(&one_line(line))?;
            }
        }
    }
    out.finish()?;
    Ok(ExitCode::from(u8::from(failed)))
}

/// The files that hold the traces which show what was found.
fn files_of(
    reader: &Reader,
    found: &[Issue],
    limits: &[Json],
) -> Result<BTreeMap<String, String>, Failure> {
    let samples = found.iter().filter_map(|issue| issue.samples.first());
    let limits = limits
        .iter()
        .filter_map(|limit| limit["trace_id"].as_str()?.parse().ok());
    let traces: BTreeSet<TraceId> = samples.map(|sample| sample.trace).chain(limits).collect();
    let imports = reader.imports()?;
    let mut files = BTreeMap::new();
    for trace in traces {
        let id = reader.import_of_trace(trace)?;
        let import = imports.iter().find(|import| Some(import.id) == id);
        let path = import.map(|import| import.report.path.clone());
        files.extend(path.map(|path| (trace.to_string(), path)));
    }
    Ok(files)
}

/// What must not be found.
struct Wanted {
    kinds: Vec<Kind>,
    errors: bool,
}

impl Wanted {
    fn new(names: &[String]) -> Result<Self, Failure> {
        let (errors, names): (Vec<String>, Vec<String>) =
            names.iter().cloned().partition(|name| name == ERROR);
        let mut kinds = match names.is_empty() && errors.is_empty() {
            true => crate::analysis::detect::ALL
                .iter()
                .map(|detector| detector.kind)
                .collect(),
            false => kinds_named(&names)?,
        };
        kinds.extend((!errors.is_empty()).then_some(Kind::Error));
        Ok(Self {
            kinds,
            errors: !errors.is_empty(),
        })
    }
}

/// `NAME=N` as the name and the number.
fn limits_from(texts: &[String]) -> Result<Vec<(String, u64)>, Failure> {
    let names = || Counted::ALL.iter().map(|(name, _)| *name).chain([ERRORS]);
    let read = |text: &String| {
        let pair = text.split_once('=');
        let limit = pair.and_then(|(name, max)| Some((name.trim(), max.trim().parse().ok()?)));
        match limit {
            Some((name, max)) if names().any(|known| known == name) => Ok((name.to_owned(), max)),
            _ => {
                let known = names().collect::<Vec<_>>().join(", ");
                Err(Failure::Usage(format!(
                    "--max {text:?}: write NAME=N with one of {known}"
                )))
            }
        }
    };
    texts.iter().map(read).collect()
}

fn measured(
    reader: &Reader,
    wanted: &[(String, u64)],
    errors: u64,
    cancel: &CancelToken,
) -> Result<Vec<Json>, Failure> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let most = limits::most(reader, cancel)?;
    let measure = |(name, max): &(String, u64)| {
        let known = Counted::ALL
            .iter()
            .zip(&most)
            .find(|((known, _), _)| known == name);
        match known {
            Some((_, most)) => json!({
                "name": name,
                "max": max,
                "found": most.count,
                "exceeded": most.count > *max,
                "trace_id": most.trace.to_string(),
                "transaction": most.transaction,
            }),
            None => json!({ "name": name, "max": max, "found": errors, "exceeded": errors > *max }),
        }
    };
    Ok(wanted.iter().map(measure).collect())
}

/// The fingerprints in a file: one a line, or all that the issues go by where it is JSON, of one piece or a line each.
fn baseline(path: &Path) -> Result<HashSet<String>, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Unreadable(format!("{error}: {path:?}")))?;
    // Some programs begin a text file with a mark of its encoding.
    let text = text.trim_start_matches('\u{feff}');
    let mut known = HashSet::new();
    if let Ok(whole) = serde_json::from_str::<Json>(text)
        && (whole.is_object() || whole.is_array())
    {
        take_names(&whole, &mut known);
        return Ok(known);
    }
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match serde_json::from_str::<Json>(line) {
            Ok(object @ Json::Object(_)) => take_names(&object, &mut known),
            _ => {
                known.insert(line.to_owned());
            }
        }
    }
    Ok(known)
}

/// Takes the names of an issue, of a list of them, or of what a check found.
fn take_names(json: &Json, known: &mut HashSet<String>) {
    let lists = [json.as_array(), json["issues"].as_array()];
    let listed = lists.into_iter().flatten().flatten();
    for issue in listed.chain([json]) {
        let all = issue["fingerprints"].as_array().into_iter().flatten();
        let all = all.chain([&issue["fingerprint"]]).filter_map(Json::as_str);
        known.extend(all.map(str::to_owned));
    }
}
