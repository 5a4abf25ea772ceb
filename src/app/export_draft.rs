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
use std::sync::Arc;

/// What was chosen so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    trace: TraceId,
    /// What is selected in the trace: a span, or the members of a group.
    pub selected: Option<Arc<[SpanId]>>,
    /// Whether only that and what is below it is wanted.
    pub only_selected: bool,
    /// The form.
    pub format: Format,
    /// Whether literals of queries are taken out, mails, tokens: in this order.
    pub shapes: [bool; 3],
    /// Names of attributes that are taken out, as typed.
    pub attributes: String,
    /// The file, as typed or chosen.
    pub path: String,
    /// Whether anything is other than it was suggested.
    pub is_entered: bool,
    /// The path that was chosen in the system's dialog, which asks before a file is replaced.
    agreed: Option<String>,
    dark: bool,
}

impl Draft {
    fn new(trace: TraceId, selected: Option<Arc<[SpanId]>>, dark: bool) -> Self {
        let mut draft = Self {
            trace,
            selected,
            only_selected: false,
            format: Format::Otlp,
            shapes: [false; 3],
            attributes: String::new(),
            path: String::new(),
            is_entered: false,
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
        self.is_entered = true;
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
            part: self.selected.clone().filter(|_| self.only_selected),
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
    /// Begins to ask, of the selection where there is one; nothing where no trace is open.
    pub(super) fn show_export_of_selected(&mut self) {
        self.show_export();
        if let Some(draft) = &mut self.export {
            draft.only_selected = draft.selected.is_some();
        }
    }

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
            let waterfall = &grouped.waterfall;
            let one;
            let spans = match waterfall.get(node)?.kind {
                // A chain is its first span, under which the others lie.
                NodeKind::Span(_) | NodeKind::Chain(_) => {
                    one = [waterfall.first_span(node)?];
                    &one
                }
                _ => waterfall.group(node)?.members,
            };
            let spans = spans.iter();
            let ids = spans.filter_map(|span| Some(grouped.trace.spans.get(span.at())?.id));
            Some(ids.collect())
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
