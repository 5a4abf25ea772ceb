//! `headwater alerts test RULES.toml` and `headwater alerts suggest [RULES.toml]`: alert rules on the recorded traffic.
//!
//! `test` ends with status 1 when the critical level of a rule fires whose level is not `ignore`; with 2 when the rules
//! cannot be read, each error with its file and line. With files behind the rules these are imported into a temporary store,
//! as `headwater check` does.
//!
//! JSON of `test`: one line an incident, the rules in their order: `{"rule", "does", "level", "start_ns", "end_ns",
//! "resolved", "peak": {"time_ns", "value"}, "fired": [{"time_ns", "level"}…], "issue"}` (`issue` is null for rules about
//! numbers). Last, `{"total": {"passed", "pages", "notifications", "minutes", "recorded_minutes", "summary": […], "rules":
//! [{"rule", "does", "incidents", "pages", "notifications", "minutes", "pages_per_week", "flapping", "notes"}…],
//! "together": [[name, name]…]}}`, the loosest rule first; `pages_per_week` is null for less than a day.
//!
//! JSON of `suggest`: one line a rule. Without rules, `{"rule", "why", "toml"}` for each that the traffic suggests; with
//! rules, `{"rule", "critical", "times", "toml"}` for each threshold that would give at most so many pages a week.

use super::args::{AlertsArgs, AlertsCommand, SuggestArgs, TestArgs};
use super::output::{Output, range_of};
use super::render::{Scratch, imported};
use super::{Failure, open_reader};
use crate::alerts::failures::Suppressed;
use crate::alerts::judged::span_words;
use crate::alerts::rule::{Rule, Watches};
use crate::alerts::{
    Backtest, Ended, Incident, RuleResult, RuleSet, edit, rules_from, suggest, words,
};
use crate::app::alerts::{starters, tried};
use crate::model::human::{self, Clock};
use crate::model::{CancelToken, Nanos};
use crate::store::{MINUTE, Reader};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub fn run(args: &AlertsArgs, store: Option<&Path>) -> Result<ExitCode, Failure> {
    match &args.command {
        AlertsCommand::Test(args) => {
            let set = rules_in(&args.rules)?;
            with_reader(&args.files, store, |reader| test(args, &set, reader))
        }
        AlertsCommand::Suggest(args) => match &args.rules {
            Some(path) => {
                let set = rules_in(path)?;
                with_reader(&[], store, |reader| thresholds(args, &set, reader))
            }
            None => with_reader(&[], store, |reader| offered(args, reader)),
        },
    }
}

/// Answers from the store, or from files that are imported into one for this.
fn with_reader(
    files: &[PathBuf],
    store: Option<&Path>,
    answer: impl FnOnce(&Reader) -> Result<ExitCode, Failure>,
) -> Result<ExitCode, Failure> {
    match Scratch::new(!files.is_empty())? {
        Some(scratch) => {
            let reader = Reader::open(&imported(files, &scratch)?)?;
            answer(&reader.ask_for_issues(crate::insights::issues::named))
        }
        None => answer(&open_reader(store)?),
    }
}

fn rules_in(path: &Path) -> Result<RuleSet, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Unreadable(format!("{error}: {path:?}")))?;
    rules_from(&text).map_err(|errors| {
        let lines = errors
            .iter()
            .map(|error| format!("{}:{}: {}", path.display(), error.line, error.message));
        Failure::Usage(format!(
            "the rules cannot be read\n{}",
            lines.collect::<Vec<_>>().join("\n")
        ))
    })
}

fn test(args: &TestArgs, set: &RuleSet, reader: &Reader) -> Result<ExitCode, Failure> {
    let range = range_of(&args.time)?;
    let backtest = tried(reader, set, range, &CancelToken::default())?;
    let mut out = Output::stdout();
    match args.json {
        true => print_json(&mut out, &backtest)?,
        false => print(&mut out, &backtest)?,
    }
    out.finish()?;
    Ok(ExitCode::from(u8::from(backtest.is_critical())))
}

/// A minute since the epoch, in nanoseconds.
fn nanos(minute: i64) -> i64 {
    minute.saturating_mul(MINUTE)
}

fn time(minute: i64) -> String {
    human::time(Nanos(nanos(minute)), Clock::Utc, "%Y-%m-%d %H:%M")
}

fn print(out: &mut Output, backtest: &Backtest) -> Result<(), Failure> {
    let header = [
        ("RULE", false),
        ("LEVEL", false),
        ("BEGAN", false),
        ("LASTED", true),
        ("PEAK", true),
        ("ISSUE", false),
    ];
    let row = |result: &RuleResult, incident: &Incident| {
        let lasted = match incident.ended {
            Ended::Resolved => minutes(incident.minutes()),
            Ended::Stopped => format!("> {}", minutes(incident.minutes())),
        };
        vec![
            result.rule.name.clone(),
            incident.level.name().to_owned(),
            time(incident.start),
            lasted,
            peak(&result.rule, incident.peak.1),
            issue(result, incident).unwrap_or_default(),
        ]
    };
    let rows = backtest.results.iter().flat_map(|result| {
        result
            .incidents
            .iter()
            .map(move |incident| row(result, incident))
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        out.table(&header, &rows)?;
        out.line("")?;
    }
    let header = [
        ("RULE", false),
        ("DOES", false),
        ("PAGES", true),
        ("NOTIFIED", true),
        ("A WEEK", true),
        ("IN ALERT", true),
        ("WHAT", false),
    ];
    let row = |at: usize| {
        let result = &backtest.results[at];
        let week = backtest.per_week(result.pages() + result.notifications());
        vec![
            result.rule.name.clone(),
            result.rule.does.name().to_owned(),
            result.pages().to_string(),
            result.notifications().to_string(),
            week.map_or_else(|| "–".to_owned(), |week| format!("{week:.1}")),
            minutes(result.minutes()),
            words::rule(&result.rule),
        ]
    };
    let rows: Vec<_> = backtest.loosest().into_iter().map(row).collect();
    out.table(&header, &rows)?;
    out.line("")?;
    for result in &backtest.results {
        for note in &result.notes {
            out.line(&format!("{}: {note}", result.rule.name))?;
        }
    }
    words::summary(backtest)
        .iter()
        .try_for_each(|sentence| out.line(sentence))
}

fn minutes(minutes: i64) -> String {
    match minutes {
        0 => "–".to_owned(),
        minutes => span_words(usize::try_from(minutes).unwrap_or(0)),
    }
}

fn peak(rule: &Rule, value: f64) -> String {
    match &rule.watches {
        Watches::Metric(metric) => metric.shown_threshold(value),
        Watches::Issues(_) => human::counted(value as u64, "time"),
    }
}

fn issue(result: &RuleResult, incident: &Incident) -> Option<String> {
    let title = result.issues.get(incident.issue?)?;
    Some(title.title.to_string())
}

fn print_json(out: &mut Output, backtest: &Backtest) -> Result<(), Failure> {
    for result in &backtest.results {
        for incident in &result.incidents {
            out.json(&incident_json(result, incident))?;
        }
    }
    let rule = |at: usize| {
        let result = &backtest.results[at];
        json!({
            "rule": result.rule.name,
            "does": result.rule.does.name(),
            "incidents": result.incidents.len(),
            "pages": result.pages(),
            "notifications": result.notifications(),
            "minutes": result.minutes(),
            "pages_per_week": backtest.per_week(result.pages()),
            "flapping": result.flaps(),
            "suppressed": result.suppressed.iter().map(suppressed_json).collect::<Vec<_>>(),
            "notes": result.notes,
        })
    };
    let name = |at: usize| backtest.results.get(at).map(|result| &*result.rule.name);
    let together = backtest
        .together
        .iter()
        .map(|pair| json!([name(pair.rules.0), name(pair.rules.1)]));
    out.json(&json!({ "total": {
        "passed": !backtest.is_critical(),
        "pages": backtest.pages(),
        "notifications": backtest.notifications(),
        "minutes": backtest.results.iter().map(RuleResult::minutes).sum::<i64>(),
        "recorded_minutes": backtest.recorded.minutes(),
        "summary": words::summary(backtest),
        "rules": backtest.loosest().into_iter().map(rule).collect::<Vec<_>>(),
        "together": together.collect::<Vec<_>>(),
    } }))
}

fn suppressed_json(silent: &Suppressed) -> Json {
    json!({
        "start_ns": nanos(silent.minutes.0),
        "end_ns": nanos(silent.minutes.1),
        "times": silent.times,
        "why": silent.why.words(),
        "issue": silent.title,
    })
}

fn incident_json(result: &RuleResult, incident: &Incident) -> Json {
    let fired = incident
        .fired
        .iter()
        .map(|(time, level)| json!({ "time_ns": nanos(*time), "level": level.name() }));
    json!({
        "rule": result.rule.name,
        "does": result.rule.does.name(),
        "level": incident.level.name(),
        "start_ns": nanos(incident.start),
        "end_ns": nanos(incident.end),
        "resolved": incident.ended == Ended::Resolved,
        "peak": { "time_ns": nanos(incident.peak.0), "value": incident.peak.1 },
        "fired": fired.collect::<Vec<_>>(),
        "issue": issue(result, incident),
    })
}

/// Rules that the traffic suggests, as a file.
fn offered(args: &SuggestArgs, reader: &Reader) -> Result<ExitCode, Failure> {
    let mut out = Output::stdout();
    for starter in starters(reader, &CancelToken::default())? {
        match args.json {
            true => out.json(&json!({
                "rule": starter.rule.name,
                "why": starter.why,
                "toml": edit::text_of(&starter.rule),
            }))?,
            false => out.line(&starter.text())?,
        }
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// The rules with thresholds that would give so many pages a week.
fn thresholds(args: &SuggestArgs, set: &RuleSet, reader: &Reader) -> Result<ExitCode, Failure> {
    let backtest = tried(reader, set, None, &CancelToken::default())?;
    let most = suggest::allowed(args.pages, &backtest.recorded);
    let mut out = Output::stdout();
    for result in &backtest.results {
        let (Watches::Metric(metric), Some(judged)) = (&result.rule.watches, &result.judged) else {
            continue;
        };
        let Some(found) = suggest::suggest(metric, judged, most) else {
            continue;
        };
        let rule = Rule {
            watches: Watches::Metric(Box::new(suggest::applied(metric, found))),
            ..result.rule.clone()
        };
        let toml = edit::text_of(&rule);
        if args.json {
            out.json(&json!({ "rule": rule.name, "critical": found.critical, "times": found.times, "toml": toml }))?;
            continue;
        }
        let times = human::counted(found.times, "time");
        out.line(&format!(
            "# fires {times} in what was recorded; as it is, {}",
            human::counted(result.incidents.len() as u64, "time")
        ))?;
        out.line(&toml)?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}
