//! `headwater import FILE|DIR …`: read files into the store without a window.
//!
//! With `--json` a line a file: `path, format, spans, logs, errors, traces, bytes, duplicates, skipped, skipped_total,
//! warnings, seconds`, and `error` where it could not be read; then `{"total": …}`. Status 0 when at least one file was
//! read, even with skipped records; 3 when none could be.

use super::Failure;
use super::args::ImportArgs;
use super::output::{Output, one_line};
use crate::import::{self, Options, Progress};
use crate::model::CancelToken;
use crate::model::human;
use crate::model::report::{FileReport, Outcome, Remark};
use crate::store::Writer;
use serde_json::{Value as Json, json};
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub fn run(args: &ImportArgs, path: &Path) -> Result<ExitCode, Failure> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::Store(format!("{error}: {folder:?}")))?;
    }
    let mut writer = Writer::open(path)?;
    let show_bar = !args.quiet && std::io::stderr().is_terminal();
    let reports = import_all(&args.files, &mut writer, show_bar);
    let mut out = Output::stdout();
    if args.json {
        for report in &reports {
            out.json(&report_json(report))?;
        }
        out.json(&json!({ "total": total_json(&reports) }))?;
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

/// Why not a single file could be read; `None` when at least one was.
pub fn nothing_read(reports: &[FileReport]) -> Option<String> {
    if reports.is_empty() {
        return Some("there are no files in what was named".to_owned());
    }
    let reason = |report: &FileReport| {
        let error = report
            .error
            .as_deref()
            .filter(|_| report.outcome == Outcome::Failed)?;
        Some(format!("{}: {error}", report.path))
    };
    let reasons: Option<Vec<String>> = reports.iter().map(reason).collect();
    reasons.map(|reasons| reasons.join("\n"))
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
        eprint!(
            "\r[{}{}] {records} records ",
            "#".repeat(filled),
            " ".repeat(WIDTH - filled)
        );
        // A terminal that went away does not stop the import.
        let _ = std::io::stderr().flush();
    }
    eprint!("\r{}\r", " ".repeat(WIDTH + 32));
}

fn report_json(report: &FileReport) -> Json {
    let mut line = json!({
        "path": report.path,
        "format": report.format,
        "outcome": report.outcome,
        "spans": report.counts.spans,
        "logs": report.counts.logs,
        "errors": report.counts.errors,
        "traces": report.counts.traces,
        "bytes": report.bytes,
        "duplicates": report.duplicates,
        "skipped": report.problems.skipped,
        "skipped_total": report.problems.skipped_total,
        "warnings": warnings(report),
        "seconds": report.seconds,
    });
    if let Some(error) = &report.error {
        line["error"] = json!(error);
    }
    line
}

fn warnings(report: &FileReport) -> Vec<String> {
    report.problems.remarks.iter().map(Remark::line).collect()
}

fn total_json(reports: &[FileReport]) -> Json {
    let sum = |part: fn(&FileReport) -> u64| reports.iter().map(part).sum::<u64>();
    json!({
        "files": reports.len(),
        "spans": sum(|report| report.counts.spans),
        "logs": sum(|report| report.counts.logs),
        "errors": sum(|report| report.counts.errors),
        "traces": sum(|report| report.counts.traces),
        "bytes": sum(|report| report.bytes),
        "duplicates": sum(|report| report.duplicates),
        "skipped_total": sum(|report| report.problems.skipped_total),
        "seconds": reports.iter().map(|report| report.seconds).sum::<f64>(),
    })
}

fn print_text(out: &mut Output, reports: &[FileReport]) -> Result<(), Failure> {
    for report in reports {
        let head = out.paint("1", &one_line(&report.path));
        match report.outcome {
            Outcome::Failed => {
                let reason = report.error.as_deref().unwrap_or("it could not be read");
                out.line(&format!("{head}: {}", out.paint("31", reason)))?;
            }
            Outcome::AlreadyImported => {
                out.line(&format!("{head}: imported before, nothing added"))?
            }
            Outcome::Complete | Outcome::Cancelled => {
                out.line(&format!("{head}: {}", summary(report)))?
            }
        }
        for warning in warnings(report) {
            out.line(&format!("  note: {warning}"))?;
        }
        for skipped in report.problems.skipped.iter().take(10) {
            out.line(&format!(
                "  skipped at line {}, byte {}: {}",
                skipped.line, skipped.byte, skipped.reason
            ))?;
        }
        let shown = report.problems.skipped.len().min(10) as u64;
        if report.problems.skipped_total > shown {
            out.line(&format!(
                "  and {} more skipped",
                report.problems.skipped_total - shown
            ))?;
        }
    }
    Ok(())
}

fn summary(report: &FileReport) -> String {
    let counts = report.counts;
    let rate = if report.seconds > 0.0 {
        report.bytes as f64 / report.seconds
    } else {
        0.0
    };
    format!(
        "{}, {}, {}, {}, {} duplicates, {} skipped; {} in {} ({}/s)",
        human::counted(counts.traces, "trace"),
        human::counted(counts.spans, "span"),
        human::counted(counts.logs, "log record"),
        human::counted(counts.errors, "error"),
        human::grouped(report.duplicates),
        human::grouped(report.problems.skipped_total),
        human::bytes(report.bytes),
        human::duration((report.seconds * 1e9) as i64),
        human::bytes(rate as u64),
    )
}
