//! `headwater render --view PLACE -o OUT.png`: a picture of any place, drawn without a display.
//!
//! The same window as on screen, driven without threads until it is settled, painted by the CPU renderer. Files given
//! are imported into a temporary store, so that a picture of a capture leaves no trace.

use super::args::{RenderArgs, ThemeName};
use super::import::{import_all, nothing_read};
use super::{Failure, store_path};
use crate::app::settings::Appearance;
use crate::app::{App, Route};
use crate::store::{Reader, Writer};
use crate::ui::Shell;
use crate::ui::soft::{Shot, render};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Frames until even what depends on the frame before has settled.
const FRAMES: usize = 12;

pub fn run(args: &RenderArgs, named: Option<&Path>) -> Result<ExitCode, Failure> {
    let [width, height] = size(&args.size)?;
    if !(0.25..=8.0).contains(&args.scale) {
        return Err(Failure::Usage(format!(
            "a scale of {} is outside 0.25 to 8",
            args.scale
        )));
    }
    let route: Route = args
        .view
        .parse()
        .map_err(|error| Failure::Usage(format!("{error}")))?;
    let scratch = Scratch::new(!args.files.is_empty())?;
    let store = match &scratch {
        Some(scratch) => imported(&args.files, scratch)?,
        None => existing_store(named)?,
    };
    check_place(&route, &store)?;
    let mut app = App::inline(&store, route);
    let dark = args.theme == ThemeName::Dark;
    app.appear_as(if dark {
        Appearance::Dark
    } else {
        Appearance::Light
    });
    app.poll(0.0);
    app.notices.clear();
    let mut shell = Shell::new(app, Arc::new(|| ()));
    let shot = Shot {
        size: [width, height].into(),
        scale: args.scale,
        dark,
        max_frames: FRAMES,
    };
    let picture = render(&shot, |ui| shell.ui(ui));
    let png = picture
        .to_png()
        .map_err(|error| Failure::Unreadable(error.to_string()))?;
    std::fs::write(&args.output, png).map_err(|error| {
        Failure::Unreadable(format!(
            "the picture cannot be written: {error}: {:?}",
            args.output
        ))
    })?;
    Ok(ExitCode::SUCCESS)
}

fn size(text: &str) -> Result<[f32; 2], Failure> {
    let sides = text
        .split_once('x')
        .and_then(|(width, height)| Some([width.parse().ok()?, height.parse().ok()?]));
    let allowed = 100.0..=10_000.0;
    sides
        .filter(|sides: &[f32; 2]| sides.iter().all(|side| allowed.contains(side)))
        .ok_or_else(|| {
            Failure::Usage(format!(
                "{text:?} is no size; write WIDTHxHEIGHT, each from 100 to 10000"
            ))
        })
}

/// The files in a store of their own.
pub(super) fn imported(files: &[PathBuf], scratch: &Scratch) -> Result<PathBuf, Failure> {
    let store = scratch.store();
    let reports = import_all(files, &mut Writer::open(&store)?, false);
    match nothing_read(&reports) {
        Some(reason) => Err(Failure::Unreadable(reason)),
        None => Ok(store),
    }
}

fn existing_store(named: Option<&Path>) -> Result<PathBuf, Failure> {
    let path = store_path(named)?;
    if path.exists() {
        return Ok(path);
    }
    Err(Failure::Store(format!(
        "there is no store at {path:?} yet; name files to draw, or import something first"
    )))
}

/// A store that cannot be opened and a trace that is not there are failures, not pictures of one.
fn check_place(route: &Route, store: &Path) -> Result<(), Failure> {
    let reader = Reader::open(store)?;
    if let Route::Trace(place) = route
        && reader
            .traces_with_prefix(&place.trace.to_string())?
            .is_empty()
    {
        return Err(Failure::Usage(format!(
            "the store has no trace {}",
            place.trace
        )));
    }
    Ok(())
}

/// A folder that is gone when the picture is done.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// Where its store is.
    pub(super) fn store(&self) -> PathBuf {
        self.0.join("headwater.store")
    }

    pub(super) fn new(wanted: bool) -> Result<Option<Self>, Failure> {
        if !wanted {
            return Ok(None);
        }
        let folder = std::env::temp_dir().join(format!("headwater-render-{}", std::process::id()));
        std::fs::create_dir_all(&folder)
            .map_err(|error| Failure::Store(format!("{error}: {folder:?}")))?;
        Ok(Some(Self(folder)))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is left to the system's cleaning of its temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
