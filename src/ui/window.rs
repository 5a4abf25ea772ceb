//! The window on a real screen: eframe, its options, and what to say when a system library is missing.

use super::shell::Shell;
use crate::app::jobs::Wake;
use crate::app::{App, Command, Route};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

/// What the window opens with.
pub struct Start {
    /// The store's file.
    pub store: PathBuf,
    /// Files and folders to import.
    pub files: Vec<PathBuf>,
    /// The first place.
    pub place: Route,
}

/// What a window needs at run time on Linux, as Debian packages.
const LIBRARIES: &str = "On Debian and Ubuntu these packages bring what a window needs:\n  \
     X11:     libx11-6 libxcursor1 libxi6 libxkbcommon-x11-0 libgl1\n  \
     Wayland: libwayland-client0 libwayland-egl1 libegl1 libxkbcommon0 libgl1-mesa-dri\n\
     Without a display, `headwater import`, `traces`, `trace`, `logs` and `render` still work.";

/// Shows the window until it is closed.
///
/// # Errors
/// A sentence for people when no window can be opened: no display, a missing library, no OpenGL.
pub fn run(start: Start) -> Result<(), String> {
    // A missing libxkbcommon is a panic deep in the window system, not an error.
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let viewport = egui::ViewportBuilder::default()
            .with_title("Headwater")
            .with_app_id("headwater")
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size([720.0, 480.0])
            .with_icon(icon())
            .with_drag_and_drop(true);
        let options = eframe::NativeOptions {
            viewport,
            ..Default::default()
        };
        eframe::run_native(
            "headwater",
            options,
            Box::new(|context| Ok(Box::new(Window::new(&context.egui_ctx, start)))),
        )
    }));
    match attempt {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(format!("no window could be opened: {error}\n{LIBRARIES}")),
        Err(_) => Err(format!("no window could be opened\n{LIBRARIES}")),
    }
}

fn icon() -> egui::IconData {
    let png = include_bytes!("../../assets/icons/headwater-256.png");
    // The file is part of the program; should it ever not decode, the window has the system's icon.
    eframe::icon_data::from_png_bytes(png).unwrap_or_default()
}

struct Window {
    shell: Shell,
}

impl Window {
    fn new(ctx: &egui::Context, start: Start) -> Self {
        let repaint = ctx.clone();
        let wake: Wake = Arc::new(move || repaint.request_repaint());
        let mut app = App::new(&start.store, start.place, &wake);
        if !start.files.is_empty() {
            app.run(Command::Import(start.files));
        }
        Self {
            shell: Shell::new(app, wake),
        }
    }
}

impl eframe::App for Window {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.shell.ui(ui);
    }
}
