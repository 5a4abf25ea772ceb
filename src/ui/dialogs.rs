//! The system's file dialogs, on threads of their own.
//!
//! Without a desktop portal the system answers "cancelled" at once and says nothing; the imports page therefore has a
//! field to type a path into as well.

use crate::app::jobs::Wake;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};

/// What dialogs were answered with.
pub struct Dialogs {
    sender: Sender<Vec<PathBuf>>,
    chosen: Receiver<Vec<PathBuf>>,
    wake: Wake,
}

impl Dialogs {
    /// No dialog open.
    pub fn new(wake: Wake) -> Self {
        let (sender, chosen) = mpsc::channel();
        Self {
            sender,
            chosen,
            wake,
        }
    }

    /// Asks for files to import.
    pub fn pick_files(&self) {
        self.ask(|dialog| {
            dialog
                .set_title("Import trace files")
                .pick_files()
                .unwrap_or_default()
        });
    }

    /// Asks for a folder to import.
    pub fn pick_folder(&self) {
        self.ask(|dialog| {
            dialog
                .set_title("Import a folder")
                .pick_folder()
                .into_iter()
                .collect()
        });
    }

    /// What was chosen since the last look.
    pub fn poll(&self) -> Option<Vec<PathBuf>> {
        self.chosen.try_recv().ok()
    }

    fn ask(&self, show: impl FnOnce(rfd::FileDialog) -> Vec<PathBuf> + Send + 'static) {
        let (sender, wake) = (self.sender.clone(), self.wake.clone());
        let thread = std::thread::Builder::new().name("file dialog".to_owned());
        let started = thread.spawn(move || {
            let paths = show(rfd::FileDialog::new());
            if !paths.is_empty() && sender.send(paths).is_ok() {
                wake();
            }
        });
        // Without a thread there is no dialog; the path field and the command line still work.
        drop(started);
    }
}
