//! The command line: everything the window shows, as text or JSON.
//!
//! Every subcommand is one file that asks the same library code as the window and prints through [`output`]. What
//! scripts may rely on (fields, exit status, order) is documented at each.

mod alerts;
mod args;
mod check;
mod compare;
mod differs;
mod doctor;
mod export;
mod groups;
mod import;
mod insights;
mod issues;
mod list;
mod logs;
mod output;
mod overview;
mod render;
mod spans;
mod sql;
mod story;
mod trace;
mod traces;

use crate::query::SyntaxError;
use crate::store::{Reader, StoreError};
use crate::ui::window;
use args::{Args, Command};
use clap::Parser as _;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Why a subcommand ends without having done its work. Each kind has its exit status.
#[derive(Debug)]
pub enum Failure {
    /// Wrong use: status 2.
    Usage(String),
    /// An input could not be read at all: status 3.
    Unreadable(String),
    /// The store could not be opened, is in use, or failed: status 4.
    Store(String),
    /// Nobody reads the output any more: status 0, as with other tools in a pipe.
    OutputClosed,
}

impl Failure {
    fn exit(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Unreadable(_) => ExitCode::from(3),
            Self::Store(_) => ExitCode::from(4),
            Self::OutputClosed => ExitCode::SUCCESS,
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Usage(text) | Self::Unreadable(text) | Self::Store(text) => text,
            Self::OutputClosed => "",
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::Unreadable(error.to_string()),
        }
    }
}

/// Runs the program and gives its exit status.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            // Help and version are "errors" that go to standard output with status 0.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    match run(args) {
        Ok(status) => status,
        Err(failure) => {
            if !failure.text().is_empty() {
                eprintln!("headwater: {}", failure.text());
            }
            failure.exit()
        }
    }
}

fn run(args: Args) -> Result<ExitCode, Failure> {
    let store = args.store.as_deref();
    let Some(command) = &args.command else {
        return open_window(args);
    };
    if !args.files.is_empty() || args.view.is_some() {
        let text = "files and --view in front of a subcommand would be lost; put them behind it";
        return Err(Failure::Usage(text.to_owned()));
    }
    match command {
        Command::Import(import) => import::run(import, args.quiet, &store_path(store)?),
        Command::Traces(args) => reading(store, |reader| traces::run(args, reader)),
        Command::Trace(args) => trace::run(args, &open_reader(store)?),
        Command::Compare(args) => reading(store, |reader| compare::run(args, reader)),
        Command::Spans(args) => reading(store, |reader| spans::run(args, reader)),
        Command::Logs(args) => reading(store, |reader| logs::run(args, reader)),
        Command::Export(args) => reading(store, |reader| export::run(args, reader)),
        Command::Issues(args) => {
            let path = store_path(store)?;
            reading(store, |reader| issues::run(args, reader, &path))
        }
        Command::Insights(args) => reading(store, |reader| insights::run(args, reader)),
        Command::Alerts(args) => alerts::run(args, store),
        Command::Check(args) => check::run(args),
        Command::Sql(args) => reading(store, |reader| sql::run(args, reader)),
        Command::Render(args) => render::run(args, store),
    }
}

fn open_window(args: Args) -> Result<ExitCode, Failure> {
    // What is imported is looked at as a whole first.
    let usual = if args.files.is_empty() {
        "traces"
    } else {
        "overview"
    };
    let place = args.view.as_deref().unwrap_or(usual);
    let place = place
        .parse()
        .map_err(|error| Failure::Usage(format!("{error}")))?;
    let start = window::Start {
        store: store_path(args.store.as_deref())?,
        files: args.files,
        place,
    };
    window::run(start).map_err(Failure::Unreadable)?;
    Ok(ExitCode::SUCCESS)
}

/// The store that was named, or the default one in the platform's data directory.
fn store_path(named: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(path) = named {
        return Ok(path.to_owned());
    }
    let dirs = directories::ProjectDirs::from("", "", "headwater");
    let dirs = dirs.ok_or_else(|| {
        Failure::Store(
            "there is no home directory for the default store; name one with --store PATH"
                .to_owned(),
        )
    })?;
    Ok(dirs.data_dir().join("headwater.store"))
}

/// Opens the store for reading; one that was never written is an error of its own.
fn open_reader(named: Option<&Path>) -> Result<Reader, Failure> {
    let path = store_path(named)?;
    if !path.exists() {
        let text = format!(
            "there is no store at {path:?} yet; import something first: headwater import FILE"
        );
        return Err(Failure::Store(text));
    }
    Ok(Reader::open(&path)?.ask_for_issues(crate::insights::issues::named))
}

/// Answers from the store. Parts of it that are damaged are missing in answers; that is said on standard error.
fn reading(
    named: Option<&Path>,
    answer: impl FnOnce(&Reader) -> Result<ExitCode, Failure>,
) -> Result<ExitCode, Failure> {
    let reader = open_reader(named)?;
    let answered = answer(&reader);
    let damage = reader.damage();
    if let Some(first) = damage.first() {
        let more = match damage.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (column, segment) = (&first.column, first.segment);
        eprintln!(
            "headwater: a part of the store is damaged and missing here: {column:?} of segment {segment}{more}; \
             import its file into a new store"
        );
    }
    answered
}

/// A query's syntax error with its place marked.
fn query_failure(query: &str, error: &SyntaxError) -> Failure {
    Failure::Usage(format!(
        "the search cannot be read\n{}",
        error.marked(query)
    ))
}
