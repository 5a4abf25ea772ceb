//! Errors: what a record says of a failure, and which failures are the same.
//!
//! A [`Failure`] is read from the JSON document of an error event, from the attributes of an exception, or from a stack
//! trace that stands as text. [`grouping`] gives failures that happened at the same place in the code one fingerprint; what
//! different recordings of one exception share is said by [`same`].

mod document;
pub mod grouping;
mod in_app;
pub mod same;
mod stacktrace;
mod structured;

pub use document::read;
pub use stacktrace::exceptions_in;

use std::sync::Arc;

/// Goes up when something else is read of the same records, or when they are grouped otherwise.
pub const VERSION: u32 = 2;

/// Characters of a message that a title shows.
const LONGEST_TITLE: usize = 300;

/// A failure as its source tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// The exception that was raised last, then its causes.
    pub exceptions: Vec<Exception>,
    /// What was logged, where that is not the exception's message.
    pub message: String,
    /// The message before values were put into it.
    pub template: String,
    /// What the program wants it grouped by.
    pub fingerprint: Vec<String>,
    /// Whether the program caught it; `None` when that is not known.
    pub handled: Option<bool>,
    /// Who it happened to: an id, else a name or an address.
    pub user: Option<Arc<str>>,
    /// Release of the program.
    pub release: Option<Arc<str>>,
    /// Where it runs.
    pub environment: Option<Arc<str>>,
    /// What happened before, the oldest first.
    pub breadcrumbs: Vec<Breadcrumb>,
}

/// One exception of a chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exception {
    /// Its type.
    pub kind: String,
    /// Its message.
    pub message: String,
    /// Where it was raised: the innermost call first.
    pub frames: Vec<StackFrame>,
}

/// A call on the stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackFrame {
    /// Function or method.
    pub function: String,
    /// Module or class; empty when unknown.
    pub module: String,
    /// File as written; empty when unknown.
    pub file: String,
    /// Line from 1.
    pub line: Option<u64>,
    /// Whether it is the program's own code, not that of a library.
    pub in_app: bool,
    /// The line of code; empty when unknown.
    pub code: String,
}

/// Something that happened before an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Breadcrumb {
    /// When, as written.
    pub time: String,
    /// What it is about.
    pub category: String,
    /// `info`, `error`, …
    pub level: String,
    /// What it says.
    pub message: String,
}

impl Failure {
    /// A failure of which only type and message are known.
    pub fn plain(kind: &str, message: &str) -> Self {
        match kind.is_empty() {
            true => Self {
                message: message.to_owned(),
                ..Self::default()
            },
            false => Self {
                exceptions: vec![Exception {
                    kind: kind.to_owned(),
                    message: message.to_owned(),
                    frames: Vec::new(),
                }],
                ..Self::default()
            },
        }
    }

    /// Type and message of what was raised last, else what was logged; the beginning of its first line.
    pub fn title(&self) -> String {
        let line = |text: &str| {
            let first = text.trim().lines().next().unwrap_or_default();
            match first.char_indices().nth(LONGEST_TITLE) {
                Some((cut, _)) => format!("{}…", &first[..cut]),
                None => first.to_owned(),
            }
        };
        match self.exceptions.first() {
            Some(raised) if raised.message.is_empty() => raised.kind.clone(),
            Some(raised) if raised.kind.is_empty() => line(&raised.message),
            Some(raised) => format!("{}: {}", raised.kind, line(&raised.message)),
            None => line(&self.message),
        }
    }

    /// All of it as text, as people paste it into an issue: each exception with its calls, the innermost first.
    pub fn as_text(&self) -> String {
        if self.exceptions.is_empty() {
            return self.message.clone();
        }
        let exceptions = self.exceptions.iter().map(Exception::as_text);
        let chain: Vec<String> = exceptions.collect();
        chain.join("\nCaused by ")
    }

    /// The innermost call of the program's own code, else of any.
    pub fn culprit(&self) -> Option<&StackFrame> {
        let frames = &self.exceptions.first()?.frames;
        let own = frames.iter().find(|frame| frame.in_app);
        own.or(frames.first())
    }
}

impl Exception {
    /// Type, message and calls, a line each.
    fn as_text(&self) -> String {
        let title = match (self.kind.is_empty(), self.message.is_empty()) {
            (true, _) => self.message.clone(),
            (false, true) => self.kind.clone(),
            (false, false) => format!("{}: {}", self.kind, self.message),
        };
        let calls = self.frames.iter().map(StackFrame::as_text);
        let lines: Vec<String> = std::iter::once(title).chain(calls).collect();
        lines.join("\n")
    }
}

impl StackFrame {
    /// Where it is, set in, and below it the line of code.
    fn as_text(&self) -> String {
        match self.code.trim() {
            "" => format!("    {}", self.place()),
            code => format!("    {}\n        {code}", self.place()),
        }
    }

    /// The file with the line, as editors open it: `shop/tasks.py:21`; empty without a file.
    pub fn file_and_line(&self) -> String {
        match (self.file.as_str(), self.line) {
            ("", _) => String::new(),
            (file, Some(line)) => format!("{file}:{line}"),
            (file, None) => file.to_owned(),
        }
    }

    /// Where it is, in short: `send in shop/tasks.py:21`.
    pub fn place(&self) -> String {
        let file = match self.file.is_empty() {
            true => &self.module,
            false => &self.file,
        };
        let line = self
            .line
            .map_or_else(String::new, |line| format!(":{line}"));
        // Some SDKs write so of functions without a name.
        let has_no_name = matches!(self.function.as_str(), "" | "?");
        match (has_no_name, file.is_empty()) {
            (true, _) => format!("{file}{line}"),
            (false, true) => self.function.clone(),
            (false, false) => format!("{} in {file}{line}", self.function),
        }
    }
}
