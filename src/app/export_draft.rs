//! How the open trace is to be exported, while a person decides.

use super::App;
use super::exporting::Export;
use super::views::Picture;
use super::writer::ExportJob;
use crate::analysis::NodeKind;
use crate::export::Format;
use crate::export::redact::Rule;
use crate::model::{SpanId, TraceId};
use std::path::{Path, PathBuf};

/// What was chosen so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    trace: TraceId,
    /// The span that is selected in the trace.
    pub selected: Option<SpanId>,
    /// Whether only that span and what is below it is wanted.
    pub only_selected: bool,
    /// The form.
    pub format: Format,
    /// Whether literals of queries are taken out, mails, tokens: in this order.
    pub shapes: [bool; 3],
    /// Names of attributes that are taken out, as typed.
    pub attributes: String,
    /// The file, as typed or chosen.
    pub path: String,
    /// The path that was chosen in the system's dialog, which asks before a file is replaced.
    agreed: Option<String>,
    dark: bool,
}

impl Draft {
    fn new(trace: TraceId, selected: Option<SpanId>, dark: bool) -> Self {
        let mut draft = Self {
            trace,
            selected,
            only_selected: false,
            format: Format::Otlp,
            shapes: [false; 3],
            attributes: String::new(),
            path: String::new(),
            agreed: None,
            dark,
        };
        let dirs = directories::UserDirs::new();
        let folder = dirs
            .as_ref()
            .map(|dirs| dirs.download_dir().unwrap_or(dirs.home_dir()));
        let folder = folder.unwrap_or(Path::new(""));
        draft.path = folder.join(draft.file_name()).display().to_string();
        draft
    }

    /// A name for the file.
    pub fn file_name(&self) -> String {
        self.format.file_name(self.trace)
    }

    /// Another form; a suggested file name goes with it.
    pub fn set_format(&mut self, format: Format) {
        let path = PathBuf::from(&self.path);
        let is_suggested = path
            .file_name()
            .is_some_and(|name| *name == *self.file_name());
        self.format = format;
        if is_suggested {
            self.path = path.with_file_name(self.file_name()).display().to_string();
        }
    }

    /// A file that was chosen in the system's dialog.
    pub fn choose(&mut self, path: &Path) {
        self.path = path.display().to_string();
        self.agreed = Some(self.path.clone());
    }

    /// Whether a file that is there already may be replaced.
    pub fn may_replace(&self) -> bool {
        self.agreed.as_ref() == Some(&self.path)
    }

    /// The rules; what was typed that is none is left out.
    pub fn rules(&self) -> Vec<Rule> {
        let shapes = [Rule::Sql, Rule::Mail, Rule::Token]
            .into_iter()
            .zip(self.shapes);
        let shapes = shapes.filter(|(_, on)| *on).map(|(rule, _)| rule);
        let names = self
            .attributes
            .split([',', ' '])
            .filter(|name| !name.is_empty());
        let chosen = names.filter_map(|name| format!("attr:{name}").parse().ok());
        shapes.chain(chosen).collect()
    }

    /// What is to be exported.
    pub fn export(&self) -> Export {
        Export {
            trace: self.trace,
            span: self.selected.filter(|_| self.only_selected),
            format: self.format,
            rules: self.rules(),
            dark: self.dark,
        }
    }

    /// What a preview is of; `None` without rules. The form makes no difference to it.
    pub fn to_preview(&self) -> Option<Export> {
        let export = Export {
            format: Format::Otlp,
            ..self.export()
        };
        (!export.rules.is_empty()).then_some(export)
    }
}

impl App {
    /// Begins to ask; nothing where no trace is open.
    pub(super) fn show_export(&mut self) {
        let Some(Some(trace)) = &self.trace.value else {
            return;
        };
        let chosen = match &self.history.current().picture {
            Picture::Trace(picture) => picture.selected,
            _ => None,
        };
        let selected = self.grouped.value.as_ref().and_then(|grouped| {
            let node = chosen?;
            let span = match grouped.waterfall.get(node)?.kind {
                NodeKind::Span(span) => span,
                // A chain is its first span, under which the others lie.
                NodeKind::Chain(_) => grouped.waterfall.first_span(node)?,
                _ => return None,
            };
            Some(grouped.trace.spans.get(span.at())?.id)
        });
        let dark = self.settings.appearance != super::settings::Appearance::Light;
        self.export_preview.clear();
        self.export = Some(Draft::new(trace.id, selected, dark));
    }

    pub(super) fn export_to(&mut self, export: Export, path: PathBuf, replace: bool) {
        self.export = None;
        let Some(painter) = self.painter else {
            return self.tell("Nothing here can paint".to_owned(), true);
        };
        self.waiting_imports += 1;
        self.writer.export(ExportJob {
            export,
            path,
            replace,
            painter,
        });
    }
}
