//! What can be done with an import whose report is shown.

use super::{Action, Now, Page, TakeReport, WindowAct, send, window};
use crate::app::{App, Command, Route};
use crate::store::ImportSummary;
use std::path::{Path, PathBuf};

const fn action(name: &'static str, now: fn(&App) -> Now) -> Action {
    Action::new(name, Page::Imports, &[], now)
}

/// The table.
pub static ACTIONS: &[Action] = &[
    action("Copy the report as text", |app| {
        report(app, TakeReport::CopyText)
    }),
    action("Copy the report as JSON", |app| {
        report(app, TakeReport::CopyJson)
    }),
    action("Save the report as text", |app| {
        report(app, TakeReport::SaveText)
    }),
    action("Save the report as JSON", |app| {
        report(app, TakeReport::SaveJson)
    }),
    action("Import this file again", |app| {
        send(Command::Import(vec![file(app)?]))
    }),
    action("Replace what this file brought", |app| {
        let import = import(app)?.id;
        let path = file(app)?;
        send(Command::Replace { import, path })
    }),
    action("Remove what this file brought", |app| {
        send(Command::RemoveImport(import(app)?.id))
    }),
];

fn import(app: &App) -> Result<&ImportSummary, &'static str> {
    let Route::Import(wanted) = app.route() else {
        return Err("No import is opened");
    };
    let mut known = app.imports.value.iter().flat_map(|imports| imports.iter());
    known
        .find(|import| import.id == *wanted)
        .ok_or("The import is not there")
}

fn report(app: &App, take: TakeReport) -> Now {
    import(app)?;
    window(WindowAct::Report(take))
}

/// The file it was read from.
fn file(app: &App) -> Result<PathBuf, &'static str> {
    let path = Path::new(&import(app)?.report.path);
    match path == Path::new("-") {
        true => Err("It was read from standard input"),
        false => Ok(path.to_owned()),
    }
}
