//! The import thread: the only place that writes to the store.
//!
//! It owns the store's [`Writer`], takes tasks one after another, and reports what happened as events. How far a
//! running import is can be read from its [`Progress`] at any time.

use super::exporting::{Export, Painter};
use super::issues::Inbox;
use super::jobs::{Wake, panic_text};
use super::settings::Settings;
use crate::import::{self, Progress};
use crate::model::CancelToken;
use crate::model::report::FileReport;
use crate::model::sink::{
    Checkpoint, Committed, FileIdentity, ImportId, KnownImport, Sink, SinkError,
};
use crate::store::{
    EncodedBatch, IssueState, Kept, KnownIssue, Note, Reader, SavedChange, SegmentEncoder,
    StoreError, Writer,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

/// What the import thread says.
#[derive(Debug)]
pub enum WriterEvent {
    /// The store is open; `Err` says why it can only be read, or not even that.
    Opened(Result<(), NotWritable>),
    /// A file is being read.
    Started {
        path: PathBuf,
        index: usize,
        of: usize,
    },
    /// A file was dealt with.
    FileDone(Box<FileReport>),
    /// All files of a request were dealt with.
    Idle,
    /// A text was written to a file, or why not.
    Saved(Result<PathBuf, String>),
    /// An import was taken out, or could not be.
    Removed(Result<(), String>),
    /// The file of alert rules was written, or could not be.
    RulesSaved(Result<(), String>),
    /// Issues were noted or decided about, or could not be.
    Issues(Result<(), String>),
    /// A note was kept, or could not be.
    Noted(Result<(), String>),
    /// A threshold of a detector was set, or could not be.
    DetectorSet(Result<(), String>),
    /// The list of saved searches is another, or could not be changed.
    SavedSearches(Result<(), String>),
}

/// Why nothing can be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotWritable {
    /// The reason as a sentence.
    pub reason: String,
    /// Whether the store can still be read.
    pub readable: bool,
}

enum Task {
    Import {
        paths: Vec<PathBuf>,
        cancel: CancelToken,
    },
    Replace {
        import: ImportId,
        path: PathBuf,
        cancel: CancelToken,
    },
    Remove(ImportId),
    ChangeSaved(SavedChange),
    WriteNote(Note),
    NoteIssues(Vec<KnownIssue>),
    KeepFindings,
    SetDetector {
        name: String,
        value: Option<String>,
    },
    DecideIssue {
        kind: String,
        fingerprints: Vec<String>,
        state: IssueState,
    },
    SaveText {
        path: PathBuf,
        text: String,
    },
    SaveRules {
        path: PathBuf,
        text: String,
    },
    Export {
        job: Box<ExportJob>,
        cancel: CancelToken,
    },
    Save {
        settings: Box<Settings>,
        path: PathBuf,
    },
}

/// A trace to write into a file.
pub struct ExportJob {
    /// What and how.
    pub export: Export,
    /// The file.
    pub path: PathBuf,
    /// Whether one that is there already may be replaced.
    pub replace: bool,
    /// Who paints.
    pub painter: Painter,
}

/// The window's side of the import thread.
pub struct WriterThread {
    mode: Mode,
    events: Receiver<WriterEvent>,
    cancel: CancelToken,
    progress: Arc<Progress>,
    findings: Inbox,
}

/// Takes what detectors found.
#[derive(Clone, Debug)]
pub struct Keeper {
    inbox: Inbox,
    tasks: Option<Sender<Task>>,
}

impl Keeper {
    /// Has it kept as soon as the store is free.
    pub fn put(&self, kept: Kept) {
        self.inbox.put(kept);
        if let Some(tasks) = &self.tasks {
            // Nobody takes it any more when the window is gone.
            let _ = tasks.send(Task::KeepFindings);
        }
    }
}

enum Mode {
    Thread(Sender<Task>),
    Inline(Box<Worker>),
}

impl WriterThread {
    /// Opens the store on its own thread.
    pub fn spawn(path: &Path, wake: &Wake) -> Self {
        let (tasks, todo) = mpsc::channel();
        let (sender, events) = mpsc::channel();
        let progress = Arc::new(Progress::default());
        let events_out = Events {
            sender,
            wake: wake.clone(),
        };
        let (path, shared) = (path.to_owned(), progress.clone());
        let findings = Inbox::default();
        let found = findings.clone();
        std::thread::Builder::new()
            .name("importer".to_owned())
            .spawn(move || {
                let mut worker = Worker::open(&path, events_out, shared, found);
                for task in todo {
                    worker.run(task);
                }
            })
            .expect("the system can start a thread at program start");
        Self {
            mode: Mode::Thread(tasks),
            events,
            cancel: CancelToken::default(),
            progress,
            findings,
        }
    }

    /// Does every task at once on the caller's thread, for tests and pictures.
    pub fn inline(path: &Path) -> Self {
        let (sender, events) = mpsc::channel();
        let progress = Arc::new(Progress::default());
        let findings = Inbox::default();
        let found = findings.clone();
        let worker = Worker::open(
            path,
            Events {
                sender,
                wake: Arc::new(|| ()),
            },
            progress.clone(),
            found,
        );
        Self {
            mode: Mode::Inline(Box::new(worker)),
            events,
            cancel: CancelToken::default(),
            progress,
            findings,
        }
    }

    /// Reads files and folders into the store, after what is already waiting.
    pub fn import(&mut self, paths: Vec<PathBuf>) {
        self.cancel = CancelToken::default();
        let cancel = self.cancel.clone();
        self.send(Task::Import { paths, cancel });
    }

    /// Takes an import out and reads its file anew; nothing happens to it when the file cannot be read.
    pub fn replace(&mut self, import: ImportId, path: PathBuf) {
        self.cancel = CancelToken::default();
        let cancel = self.cancel.clone();
        self.send(Task::Replace {
            import,
            path,
            cancel,
        });
    }

    /// Writes a text into a file.
    pub fn save_text(&mut self, path: PathBuf, text: String) {
        self.send(Task::SaveText { path, text });
    }

    /// Writes the file of alert rules.
    pub fn save_rules(&mut self, path: PathBuf, text: String) {
        self.send(Task::SaveRules { path, text });
    }

    /// Writes a trace into a file, after what is already waiting.
    pub fn export(&mut self, job: ExportJob) {
        self.cancel = CancelToken::default();
        let (job, cancel) = (Box::new(job), self.cancel.clone());
        self.send(Task::Export { job, cancel });
    }

    /// Stops the newest import.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Takes an import out of the store.
    pub fn remove(&mut self, import: ImportId) {
        self.send(Task::Remove(import));
    }

    /// Changes the list of saved searches.
    pub fn change_saved(&mut self, change: SavedChange) {
        self.send(Task::ChangeSaved(change));
    }

    /// Keeps a note on a span, or takes it away if it is empty.
    pub fn write_note(&mut self, note: Note) {
        self.send(Task::WriteNote(note));
    }

    /// Where what detectors find is handed in, to be kept as soon as the store is free: also between two batches of an import.
    pub fn findings(&self) -> Keeper {
        let tasks = match &self.mode {
            Mode::Thread(tasks) => Some(tasks.clone()),
            // What is noted next comes with it.
            Mode::Inline(_) => None,
        };
        Keeper {
            inbox: self.findings.clone(),
            tasks,
        }
    }

    /// Notes which issues there are.
    pub fn note_issues(&mut self, issues: Vec<KnownIssue>) {
        self.send(Task::NoteIssues(issues));
    }

    /// Sets a threshold of a detector, or back to what is usual.
    pub fn set_detector(&mut self, name: String, value: Option<String>) {
        self.send(Task::SetDetector { name, value });
    }

    /// Decides about an issue, by every fingerprint it goes by.
    pub fn decide_issue(&mut self, kind: &str, fingerprints: Vec<String>, state: IssueState) {
        self.send(Task::DecideIssue {
            kind: kind.to_owned(),
            fingerprints,
            state,
        });
    }

    /// Keeps the settings; failing to is not worth disturbing anyone for.
    pub fn save(&mut self, settings: &Settings, path: &Path) {
        self.send(Task::Save {
            settings: Box::new(settings.clone()),
            path: path.to_owned(),
        });
    }

    /// How far the running import is.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// What happened since the last look.
    pub fn poll(&self) -> Vec<WriterEvent> {
        self.events.try_iter().collect()
    }

    fn send(&mut self, task: Task) {
        match &mut self.mode {
            // The thread ends only when this sender is dropped.
            Mode::Thread(tasks) => drop(tasks.send(task)),
            Mode::Inline(worker) => worker.run(task),
        }
    }
}

struct Events {
    sender: Sender<WriterEvent>,
    wake: Wake,
}

impl Events {
    fn say(&self, event: WriterEvent) {
        // Nobody listens any more when the window is gone; the work still ends properly.
        let _ = self.sender.send(event);
        (self.wake)();
    }
}

struct Worker {
    store: PathBuf,
    writer: Option<Writer>,
    events: Events,
    progress: Arc<Progress>,
    findings: Inbox,
}

impl Worker {
    fn open(path: &Path, events: Events, progress: Arc<Progress>, findings: Inbox) -> Self {
        if let Some(folder) = path.parent() {
            // A folder that cannot be made shows as the store that cannot be opened, just below.
            let _ = std::fs::create_dir_all(folder);
        }
        let (writer, opened) = match Writer::open(path) {
            Ok(writer) => (Some(writer), Ok(())),
            Err(error) => {
                let readable = matches!(error, StoreError::InUse { .. });
                (
                    None,
                    Err(NotWritable {
                        reason: error.to_string(),
                        readable,
                    }),
                )
            }
        };
        events.say(WriterEvent::Opened(opened));
        Self {
            store: path.to_owned(),
            writer,
            events,
            progress,
            findings,
        }
    }

    fn run(&mut self, task: Task) {
        match task {
            Task::Import { paths, cancel } => self.import(paths, &cancel),
            Task::Replace {
                import,
                path,
                cancel,
            } => self.replace(import, &path, &cancel),
            Task::Remove(import) => {
                let result = self.remove(import);
                self.events.say(WriterEvent::Removed(result));
            }
            Task::ChangeSaved(change) => {
                let result = self.change_saved(&change);
                self.events.say(WriterEvent::SavedSearches(result));
            }
            Task::WriteNote(note) => {
                let written = self.writer().map(|writer| writer.write_note(&note));
                let written =
                    written.and_then(|written| written.map_err(|error| error.to_string()));
                self.events.say(WriterEvent::Noted(written));
            }
            Task::KeepFindings => self.keep_findings(),
            Task::SetDetector { name, value } => {
                let writer = self.writer();
                let set = writer.map(|writer| writer.set_detector(&name, value.as_deref()));
                let set = set.and_then(|set| set.map_err(|error| error.to_string()));
                self.events.say(WriterEvent::DetectorSet(set));
            }
            Task::NoteIssues(issues) => {
                self.keep_findings();
                let noted = self.writer().map(|writer| writer.note_issues(&issues));
                let noted = noted.and_then(|noted| noted.map_err(|error| error.to_string()));
                self.events.say(WriterEvent::Issues(noted));
            }
            Task::DecideIssue {
                kind,
                fingerprints,
                state,
            } => {
                let writer = self.writer();
                let decided = writer.map(|writer| writer.decide_issue(&kind, &fingerprints, state));
                let decided =
                    decided.and_then(|decided| decided.map_err(|error| error.to_string()));
                self.events.say(WriterEvent::Issues(decided));
            }
            Task::SaveText { path, text } => {
                let saved = std::fs::write(&path, text);
                let result = match saved {
                    Ok(()) => Ok(path),
                    Err(error) => Err(format!("{} could not be written: {error}", path.display())),
                };
                self.events.say(WriterEvent::Saved(result));
            }
            Task::SaveRules { path, text } => {
                let saved = std::fs::write(&path, text)
                    .map_err(|error| format!("{} could not be written: {error}", path.display()));
                self.events.say(WriterEvent::RulesSaved(saved));
            }
            Task::Export { job, cancel } => {
                let result = self.export(&job, &cancel);
                self.events.say(WriterEvent::Saved(result));
            }
            Task::Save { settings, path } => {
                let _ = settings.save(&path);
            }
        }
    }

    fn export(&self, job: &ExportJob, cancel: &CancelToken) -> Result<PathBuf, String> {
        let path = job.path.display();
        if !job.replace && job.path.exists() {
            return Err(format!("{path} is there already; choose another name"));
        }
        let write = || {
            let reader = Reader::open(&self.store).map_err(|error| error.to_string())?;
            let reader = reader.ask_for_issues(crate::insights::issues::named);
            let written = job
                .export
                .write_file(&reader, job.painter, cancel, &job.path);
            written.map_err(|error| error.to_string())
        };
        let attempt = catch_unwind(AssertUnwindSafe(write));
        let written = attempt.unwrap_or_else(|panic| Err(panic_text(&*panic).to_owned()));
        match written {
            Ok(()) => Ok(job.path.clone()),
            Err(reason) => Err(format!("{path} could not be written: {reason}")),
        }
    }

    fn keep_findings(&mut self) {
        if let Some(writer) = &mut self.writer {
            keep_all(writer, &self.findings);
        }
    }

    fn writer(&mut self) -> Result<&mut Writer, String> {
        let writer = self.writer.as_mut();
        writer.ok_or_else(|| "the store is open for reading only".to_owned())
    }

    fn remove(&mut self, import: ImportId) -> Result<(), String> {
        let removed = self.writer()?.remove_import(import);
        removed.map_err(|error| error.to_string())
    }

    fn change_saved(&mut self, change: &SavedChange) -> Result<(), String> {
        let changed = self.writer()?.change_saved(change);
        changed.map_err(|error| error.to_string())
    }

    /// Removes an import and reads its file anew, provided that it can be read.
    fn replace(&mut self, import: ImportId, path: &Path, cancel: &CancelToken) {
        let files = import::expand(&[path.to_owned()]);
        let readable = files.iter().try_for_each(|file| import::recognise(file));
        match readable.and_then(|()| self.remove(import)) {
            Ok(()) => self.import(files, cancel),
            Err(reason) => {
                let report = FileReport::failed(path, &reason);
                self.events.say(WriterEvent::FileDone(Box::new(report)));
                self.events.say(WriterEvent::Idle);
            }
        }
    }

    fn import(&mut self, paths: Vec<PathBuf>, cancel: &CancelToken) {
        let files = import::expand(&paths);
        self.progress.begin(&files);
        let of = files.len();
        for (index, path) in files.into_iter().enumerate() {
            if cancel.is_cancelled() {
                break;
            }
            self.events.say(WriterEvent::Started {
                path: path.clone(),
                index,
                of,
            });
            self.import_file(&path, cancel);
        }
        self.events.say(WriterEvent::Idle);
    }

    /// Says a report for a file, or one for each file in an archive.
    fn import_file(&mut self, path: &Path, cancel: &CancelToken) {
        let events = &self.events;
        let mut done = |report| events.say(WriterEvent::FileDone(Box::new(report)));
        let Some(writer) = &mut self.writer else {
            let reason = "the store is open for reading only; close the other window first";
            return done(FileReport::failed(path, reason));
        };
        let options = import::Options::default();
        let progress = &self.progress;
        let findings = &self.findings;
        let attempt = catch_unwind(AssertUnwindSafe(|| {
            let mut sink = Keeping { writer, findings };
            import::import_file(path, &mut sink, &options, progress, cancel, &mut done);
        }));
        if let Err(panic) = attempt {
            let reason = format!(
                "Headwater failed while reading this file: {}",
                panic_text(&*panic)
            );
            done(FileReport::failed(path, &reason));
        }
    }
}

/// Keeps what detectors handed in. What cannot be kept is found again.
fn keep_all(writer: &mut Writer, findings: &Inbox) {
    for kept in findings.take() {
        let _ = writer.keep(&kept);
    }
}

/// The store's writer, which between two batches keeps what detectors found meanwhile.
struct Keeping<'a> {
    writer: &'a mut Writer,
    findings: &'a Inbox,
}

impl Sink for Keeping<'_> {
    type Encoder = SegmentEncoder;

    fn encoder(&self) -> Arc<SegmentEncoder> {
        self.writer.encoder()
    }

    fn known(&mut self) -> Result<Vec<KnownImport>, SinkError> {
        self.writer.known()
    }

    fn begin(
        &mut self,
        file: &FileIdentity,
        resume: Option<ImportId>,
    ) -> Result<ImportId, SinkError> {
        self.writer.begin(file, resume)
    }

    fn commit(
        &mut self,
        import: ImportId,
        batch: EncodedBatch,
        to: Checkpoint,
    ) -> Result<Committed, SinkError> {
        keep_all(self.writer, self.findings);
        self.writer.commit(import, batch, to)
    }

    fn finish(
        &mut self,
        import: ImportId,
        report: &FileReport,
        complete: bool,
    ) -> Result<(), SinkError> {
        self.writer.finish(import, report, complete)
    }
}
