//! What is remembered between starts: appearance, clock, columns, pane sizes.
//!
//! Kept as JSON beside the store. A file that cannot be read is ignored (defaults apply), never an error to the person.

use super::span_pane::sections::FOLDED;
use crate::model::human::Clock;
use crate::store::RecordKind;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Appearance {
    /// As the desktop says.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Appearance {
    /// The next one when the button is pressed.
    pub fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// How the durations of traces are drawn above their list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TraceChart {
    /// How many lasted how long.
    #[default]
    Histogram,
    /// Each at its start.
    Scatter,
}

/// What the colour of a bar says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Coloring {
    /// What kind of work it is.
    #[default]
    Category,
    /// Which service did it.
    Service,
    /// How long it took.
    Duration,
}

impl Coloring {
    /// All, in the order in which they follow each other.
    pub const ALL: [Self; 3] = [Self::Category, Self::Service, Self::Duration];

    /// The next one when the key is pressed.
    pub fn next(self) -> Self {
        match self {
            Self::Category => Self::Service,
            Self::Service => Self::Duration,
            Self::Duration => Self::Category,
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Category => "Kind of work",
            Self::Service => "Service",
            Self::Duration => "Duration",
        }
    }
}

/// All settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Light or dark.
    pub appearance: Appearance,
    /// Local time or UTC.
    pub clock: Clock,
    /// How the durations of traces are drawn.
    pub trace_chart: TraceChart,
    /// Whether durations over time are drawn on a logarithmic axis.
    pub log_durations: bool,
    /// Columns of the log list, as [`super::columns::LOG_COLUMNS`] reads them.
    pub log_columns: Vec<String>,
    /// The order of the columns of the trace list, by their keys; those that are missing follow.
    pub trace_columns: Vec<String>,
    /// Widths of columns in points that were changed, by list and column.
    pub column_widths: BTreeMap<String, BTreeMap<String, f32>>,
    /// Whether messages take several lines of the log list.
    pub wrap_messages: bool,
    /// Attributes whose values are counted beside the log list.
    pub log_facets: Vec<String>,
    /// Columns of the span list, as [`super::columns::SPAN_COLUMNS`] reads them.
    pub span_columns: Vec<String>,
    /// Attributes whose values are counted beside the span list.
    pub span_facets: Vec<String>,
    /// Whether values are counted beside lists.
    pub facets_shown: bool,
    /// The last searches of each page, the newest first.
    pub recent_searches: BTreeMap<String, Vec<String>>,
    /// What is fast enough for an endpoint or a job, nanoseconds by its name: the threshold of Apdex.
    pub apdex: BTreeMap<String, i64>,
    /// The last actions chosen from the palette, by name, the newest first.
    pub recent_actions: Vec<String>,
    /// What the colours of a waterfall say.
    pub coloring: Coloring,
    /// Whether the critical path is drawn on its bars.
    pub path_shown: bool,
    /// Share of the width the tree takes in the waterfall, 0 to 1.
    pub tree_share: f32,
    /// Share of the width left of the details pane, 0 to 1.
    pub details_share: f32,
    /// Whether the details pane of a trace lies below it.
    pub details_below: bool,
    /// Share of the height above it then, 0 to 1.
    pub details_height_share: f32,
    /// Sections of the details pane that are folded, by their names.
    pub folded_sections: BTreeSet<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            appearance: Appearance::default(),
            clock: Clock::default(),
            trace_chart: TraceChart::default(),
            log_durations: true,
            log_columns: Vec::new(),
            trace_columns: Vec::new(),
            column_widths: BTreeMap::new(),
            wrap_messages: false,
            log_facets: ["level", "service", "logger.name"]
                .map(str::to_owned)
                .into(),
            span_columns: Vec::new(),
            span_facets: ["service", "op", "status"].map(str::to_owned).into(),
            facets_shown: true,
            recent_searches: BTreeMap::new(),
            apdex: BTreeMap::new(),
            recent_actions: Vec::new(),
            coloring: Coloring::default(),
            path_shown: true,
            tree_share: 0.4,
            details_share: 0.64,
            details_below: false,
            details_height_share: 0.55,
            folded_sections: FOLDED.map(str::to_owned).into(),
        }
    }
}

impl Settings {
    /// Exchanges the widths of a list's columns for others: a list takes them while it is shown and gives them back.
    pub fn swap_widths(&mut self, list: &str, widths: &mut BTreeMap<String, f32>) {
        match self.column_widths.get_mut(list) {
            Some(kept) => std::mem::swap(kept, widths),
            None if widths.is_empty() => {}
            None => drop(
                self.column_widths
                    .insert(list.to_owned(), std::mem::take(widths)),
            ),
        }
    }

    /// The settings file that belongs to a store.
    pub fn path_beside(store: &Path) -> PathBuf {
        store.with_file_name("settings.json")
    }

    /// Attributes whose values are counted beside the list of a kind of record.
    pub fn facets(&self, kind: RecordKind) -> &[String] {
        match kind {
            RecordKind::Log => &self.log_facets,
            RecordKind::Span => &self.span_facets,
        }
    }

    /// As [`Self::facets`], to be changed.
    pub fn facets_mut(&mut self, kind: RecordKind) -> &mut Vec<String> {
        match kind {
            RecordKind::Log => &mut self.log_facets,
            RecordKind::Span => &mut self.span_facets,
        }
    }

    /// Reads the file, or gives the defaults.
    pub fn load(path: &Path) -> Self {
        let text = std::fs::read(path).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Writes the file whole: to a neighbour first, then renamed over it.
    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(std::io::Error::other)?;
        let fresh = path.with_extension("json.new");
        std::fs::write(&fresh, text)?;
        std::fs::rename(&fresh, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_a_restart_and_a_broken_file_is_no_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = Settings::path_beside(&dir.path().join("headwater.store"));
        assert_eq!(Settings::load(&path), Settings::default());
        let settings = Settings {
            clock: Clock::Utc,
            log_columns: vec!["user.id".to_owned()],
            ..Settings::default()
        };
        settings.save(&path).unwrap();
        assert_eq!(Settings::load(&path), settings);
        std::fs::write(&path, "{ not json").unwrap();
        assert_eq!(Settings::load(&path), Settings::default());
    }
}
