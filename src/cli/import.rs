//! `headwater import FILE|DIR …`: read files into the store without a window.
//!
//! With `--json` a line a file, as [`import_report::as_json`] has it, then `{"total": …}`. Status 0 when at least one file was
//! read, even with skipped records; 3 when none could be.

use super::Failure;
use super::args::ImportArgs;
use super::output::Output;
use crate::export::import_report::{self, LineKind};
use crate::import::{self, Options, Progress};
use crate::model::CancelToken;
use crate::model::human;
use crate::model::report::{FileReport, Outcome};
use crate::model::sink::{Sink as _, SinkError};
use crate::store::Writer;
use serde_json::json;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How many skipped records are printed of each file; JSON has more.
const SKIPPED_PRINTED: usize = 10;

pub fn run(args: &ImportArgs, quiet: bool, path: &Path) -> Result<ExitCode, Failure> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::Store(format!("{error}: {folder:?}")))?;
    }
    let mut writer = Writer::open(path)?;
    let show_bar = !quiet && std::io::stderr().is_terminal();
    if args.replace {
        take_out(&args.files, &mut writer)?;
    }
    let reports = import_all(&args.files, &mut writer, show_bar);
    let mut out = Output::stdout();
    if args.json {
        for report in &reports {
            out.json(&import_report::as_json(report))?;
        }
        out.json(&json!({ "total": import_report::total_as_json(&reports) }))?;
    } else {
        print_text(&mut out, &reports)?;
    }
    out.finish()?;
    match nothing_read(&reports) {
        // The report has said why already.
        Some(_) if !reports.is_empty() => Ok(ExitCode::from(3)),
        Some(reason) => Err(Failure::Unreadable(reason)),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// Removes earlier imports of files that are about to be read anew. One that cannot be read now keeps what it brought.
fn take_out(paths: &[PathBuf], writer: &mut Writer) -> Result<(), Failure> {
    let failed = |error: SinkError| Failure::Store(error.to_string());
    for path in import::expand(paths) {
        if import::recognise(&path).is_err() {
            continue;
        }
        let name = path.display().to_string();
        let earlier = writer.known().map_err(failed)?;
        let members = format!("{name}/");
        let of_path = |path: &str| path == name || path.starts_with(&members);
        for known in earlier.iter().filter(|known| of_path(&known.identity.path)) {
            writer.remove_import(known.id)?;
        }
    }
    Ok(())
}

/// Why not a single file could be read; `None` when at least one was.
pub fn nothing_read(reports: &[FileReport]) -> Option<String> {
    if reports.is_empty() {
        return Some("there are no files in what was named".to_owned());
    }
    let reasons: Option<Vec<String>> = reports.iter().map(why_unread).collect();
    reasons.map(|reasons| reasons.join("\n"))
}

/// Why files that were named themselves could not be read at all; what else lies in a folder need not be readable. `None`
/// where each of them was, and anything at all.
pub fn unread(named: &[PathBuf], reports: &[FileReport]) -> Option<String> {
    let is_named = |report: &&FileReport| {
        named
            .iter()
            .any(|path| path.display().to_string() == report.path)
    };
    let reasons: Vec<String> = reports
        .iter()
        .filter(is_named)
        .filter_map(why_unread)
        .collect();
    match reasons.is_empty() {
        true => nothing_read(reports),
        false => Some(reasons.join("\n")),
    }
}

/// Why a file could not be read at all.
fn why_unread(report: &FileReport) -> Option<String> {
    let error = report.error.as_deref()?;
    (report.outcome == Outcome::Failed).then(|| format!("{}: {error}", report.path))
}

/// Imports files and folders one after another; a bar on standard error shows how far it is.
pub fn import_all(paths: &[PathBuf], writer: &mut Writer, show_bar: bool) -> Vec<FileReport> {
    let (progress, cancel, done) = (
        Progress::default(),
        CancelToken::default(),
        AtomicBool::new(false),
    );
    std::thread::scope(|scope| {
        if show_bar {
            scope.spawn(|| draw_bar(&progress, &done));
        }
        let files = import::expand(paths);
        progress.begin(&files);
        let (options, mut reports) = (Options::default(), Vec::new());
        for path in &files {
            let mut done = |report| reports.push(report);
            import::import_file(path, writer, &options, &progress, &cancel, &mut done);
        }
        done.store(true, Ordering::Relaxed);
        reports
    })
}

fn draw_bar(progress: &Progress, done: &AtomicBool) {
    const WIDTH: usize = 30;
    while !done.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(100));
        let filled = progress
            .fraction()
            .map_or(0, |fraction| (fraction * WIDTH as f32) as usize)
            .min(WIDTH);
        let records = human::count(progress.committed());
        let left = progress
            .time_left()
            .map_or_else(String::new, |left| format!(", {}", human::time_left(left)));
        eprint!(
            "\r[{}{}] {records} records{left}  ",
            "#".repeat(filled),
            " ".repeat(WIDTH - filled)
        );
        // A terminal that went away does not stop the import.
        let _ = std::io::stderr().flush();
    }
    eprint!("\r{}\r", " ".repeat(WIDTH + 48));
}

fn print_text(out: &mut Output, reports: &[FileReport]) -> Result<(), Failure> {
    for report in reports {
        for line in import_report::lines(report, SKIPPED_PRINTED) {
            let text = match line.kind {
                LineKind::Read => out.paint("1", &line.text),
                LineKind::Failed => out.paint("31", &line.text),
                LineKind::Detail => line.text,
            };
            out.line(&text)?;
        }
    }
    Ok(())
}
