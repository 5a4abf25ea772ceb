//! What the window knows of alert rules: their text, what they would have done, what could be added.

use super::Starter;
use crate::alerts::{Backtest, RuleError, RuleSet, rules_from};
use crate::app::fetched::Fetched;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The newest answers about alert rules.
#[derive(Debug, Default)]
pub struct AlertRules {
    /// The text of their file when it was read.
    pub file: Fetched<(), Arc<str>>,
    /// Their text as it is now.
    text: Arc<str>,
    /// The rules in it. While the text cannot be read, the last that could.
    set: Arc<RuleSet>,
    /// What is wrong in the text.
    errors: Vec<RuleError>,
    /// What they would have done, by version of the data and change of the rules.
    pub tested: Fetched<(u64, u64), Arc<Backtest>>,
    /// Rules that the traffic suggests, by version of the data.
    pub starters: Fetched<u64, Arc<[Starter]>>,
    /// Goes up with every change of the rules.
    pub(in crate::app) changes: u64,
}

impl AlertRules {
    /// The file beside a store.
    pub fn path_beside(store: &Path) -> PathBuf {
        store.with_file_name("alerts.toml")
    }

    /// Their text.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The rules.
    pub fn set(&self) -> &Arc<RuleSet> {
        &self.set
    }

    /// What is wrong in the text.
    pub fn errors(&self) -> &[RuleError] {
        &self.errors
    }

    /// Takes over another text.
    pub(in crate::app) fn take(&mut self, text: Arc<str>) {
        match rules_from(&text) {
            Ok(set) => {
                self.errors.clear();
                if *self.set != set {
                    self.set = Arc::new(set);
                    self.changes += 1;
                }
            }
            Err(errors) => self.errors = errors,
        }
        self.text = text;
    }
}

/// Reads the text of a file of rules; one that is not there has none.
pub(in crate::app) fn read_file(path: &Path) -> Result<Arc<str>, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text.into()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Arc::default()),
        Err(error) => Err(format!("{} could not be read: {error}", path.display())),
    }
}
