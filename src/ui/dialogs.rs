//! The system's file dialogs, on threads of their own.
//!
//! Without a desktop portal the system answers "cancelled" at once and says nothing; the imports page therefore has a
//! field to type a path into as well.

use crate::app::jobs::Wake;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};

/// What a dialog was answered with.
pub enum Chosen {
    /// Files and folders to import.
    Files(Vec<PathBuf>),
    /// Where a text is to be written.
    Save {
        /// The file.
        path: PathBuf,
        /// The text.
        text: String,
    },
    /// Where a trace is to be written; replacing a file there was agreed to.
    ExportTo(PathBuf),
}

/// What dialogs were answered with.
pub struct Dialogs {
    sender: Sender<Chosen>,
    chosen: Receiver<Chosen>,
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
                .map(Chosen::Files)
        });
    }

    /// Asks for a folder to import.
    pub fn pick_folder(&self) {
        self.ask(|dialog| {
            dialog
                .set_title("Import a folder")
                .pick_folder()
                .map(|folder| Chosen::Files(vec![folder]))
        });
    }

    /// Asks where to write a text; `name` is suggested.
    pub fn save_text(&self, name: String, text: String) {
        self.ask(move |dialog| {
            dialog
                .set_title("Save")
                .set_file_name(name)
                .save_file()
                .map(|path| Chosen::Save { path, text })
        });
    }

    /// Asks where to write a trace; `name` is suggested.
    pub fn export_to(&self, name: String) {
        self.ask(move |dialog| {
            let dialog = dialog.set_title("Export the trace").set_file_name(name);
            dialog.save_file().map(Chosen::ExportTo)
        });
    }

    /// What was chosen since the last look.
    pub fn poll(&self) -> Option<Chosen> {
        self.chosen.try_recv().ok()
    }

    fn ask(&self, show: impl FnOnce(rfd::FileDialog) -> Option<Chosen> + Send + 'static) {
        let (sender, wake) = (self.sender.clone(), self.wake.clone());
        let thread = std::thread::Builder::new().name("file dialog".to_owned());
        let started = thread.spawn(move || {
            let chosen = show(rfd::FileDialog::new());
            if chosen.is_some_and(|chosen| sender.send(chosen).is_ok()) {
                wake();
            }
        });
        // Without a thread there is no dialog; the path field and the command line still work.
        drop(started);
    }
}
