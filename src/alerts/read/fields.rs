//! Values of tables: texts, numbers, lengths of time, searches. What is wrong is noted with its place.

use super::{Reading, RuleError, length, line_of, search};
use crate::alerts::rule::{Search, Subject};
use crate::query;
use std::ops::Range;
use toml_edit::{Item, TableLike};

/// A table on its way: what it is called in errors, and where it begins.
pub(super) struct Fields<'a> {
    pub table: &'a dyn TableLike,
    pub what: &'static str,
    pub at: Range<usize>,
}

impl<'a> Fields<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&'a Item> {
        self.table.get(key).filter(|item| !item.is_none())
    }

    pub(super) fn place(&self, key: &str) -> Range<usize> {
        let span = self
            .table
            .get_key_value(key)
            .and_then(|(key, item)| key.span().or_else(|| item.span()));
        span.unwrap_or_else(|| self.at.clone())
    }
}

impl Reading<'_> {
    /// Something is wrong with a table as a whole.
    pub(super) fn fail(&mut self, at: Range<usize>, message: impl Into<String>) {
        self.note(at, "", message.into());
    }

    /// Something is wrong with the value of a key.
    pub(super) fn fail_at(&mut self, fields: &Fields, key: &str, message: impl Into<String>) {
        self.note(fields.place(key), key, message.into());
    }

    pub(super) fn note(&mut self, at: Range<usize>, key: &str, message: String) {
        self.errors.push(RuleError {
            line: line_of(self.text, at.start),
            key: key.to_owned(),
            message,
        });
    }

    /// Says which keys a table has that nobody knows.
    pub(super) fn known(&mut self, fields: &Fields, known: &[&str]) {
        for (key, _) in fields.table.iter() {
            if !known.contains(&key) {
                let what = fields.what;
                let message = format!("{what} has no {key:?}; allowed are {}", known.join(", "));
                self.fail_at(fields, key, message);
            }
        }
    }

    pub(super) fn list<'a>(
        &mut self,
        all: &Fields<'a>,
        key: &str,
        what: &'static str,
    ) -> Vec<Fields<'a>> {
        let Some(item) = all.get(key) else {
            return Vec::new();
        };
        let Some(tables) = item.as_array_of_tables() else {
            self.fail_at(all, key, format!("write [[{key}]] for each of them"));
            return Vec::new();
        };
        let fields = tables.iter().map(|table| Fields {
            table,
            what,
            at: table.span().unwrap_or(0..0),
        });
        fields.collect()
    }

    pub(super) fn fields<'a>(
        &mut self,
        item: &'a Item,
        what: &'static str,
        within: &Fields,
        key: &str,
    ) -> Option<Fields<'a>> {
        let at = item.span().unwrap_or_else(|| within.place(key));
        match item.as_table_like() {
            Some(table) => Some(Fields { table, what, at }),
            None => {
                self.fail(at, format!("{key} is a table, such as {key} = {{ … }}"));
                None
            }
        }
    }

    pub(super) fn text(&mut self, fields: &Fields, key: &str) -> Option<String> {
        let item = fields.get(key)?;
        match item.as_str() {
            Some(text) => Some(text.to_owned()),
            None => {
                self.fail_at(fields, key, format!("{key} is a text in quotes"));
                None
            }
        }
    }

    /// One of some names.
    pub(super) fn choice<T: Copy + Default>(
        &mut self,
        fields: &Fields,
        key: &str,
        all: &[T],
        name: fn(T) -> &'static str,
    ) -> T {
        let Some(text) = self.text(fields, key) else {
            return T::default();
        };
        let found = all.iter().copied().find(|known| name(*known) == text);
        found.unwrap_or_else(|| {
            let names: Vec<&str> = all.iter().map(|known| name(*known)).collect();
            self.fail_at(
                fields,
                key,
                format!("{key} is one of {}, not {text:?}", names.join(", ")),
            );
            T::default()
        })
    }

    /// A length of time in whole minutes.
    pub(super) fn minutes(&mut self, fields: &Fields, key: &str, default: i64) -> i64 {
        if fields.get(key).is_none() {
            return default;
        }
        let text = self.text(fields, key).unwrap_or_default();
        let nanos = query::parse_duration(&text).filter(|nanos| nanos % 60_000_000_000 == 0);
        match nanos {
            Some(nanos) => nanos / 60_000_000_000,
            None => {
                let message = format!(
                    "{key} is a length of time in whole minutes, such as \"5m\", \"1h\" or \"1d\""
                );
                self.fail_at(fields, key, message);
                default
            }
        }
    }

    pub(super) fn one_of(
        &mut self,
        fields: &Fields,
        key: &str,
        allowed: &[usize],
        default: usize,
    ) -> usize {
        let minutes = self.minutes(fields, key, default as i64);
        let found = usize::try_from(minutes)
            .ok()
            .filter(|minutes| allowed.contains(minutes));
        found.unwrap_or_else(|| {
            let allowed: Vec<String> = allowed
                .iter()
                .map(|minutes| length(*minutes as i64))
                .collect();
            self.fail_at(
                fields,
                key,
                format!("{key} is one of {}", allowed.join(", ")),
            );
            default
        })
    }

    pub(super) fn whole(&mut self, fields: &Fields, key: &str, least: i64, default: i64) -> i64 {
        let Some(item) = fields.get(key) else {
            return default;
        };
        match item.as_integer().filter(|number| *number >= least) {
            Some(number) => number,
            None => {
                self.fail_at(
                    fields,
                    key,
                    format!("{key} is a whole number from {least} on"),
                );
                default
            }
        }
    }

    /// A number, or a text with a unit. `percent` is how much `%` makes of it.
    pub(super) fn number(&mut self, fields: &Fields, key: &str, per_cent: bool) -> Option<f64> {
        let item = fields.get(key)?;
        let number = match (item.as_float(), item.as_integer(), item.as_str()) {
            (Some(number), ..) => Some(number),
            (_, Some(number), _) => Some(number as f64),
            (.., Some(text)) => {
                let factor = if per_cent && text.trim().ends_with('%') {
                    100.0
                } else {
                    1.0
                };
                query::number(text.trim()).map(|number| number * factor)
            }
            _ => None,
        };
        let number = number.filter(|number| number.is_finite());
        if number.is_none() {
            let message = format!(
                "{key} is a number, or one with its unit in quotes, such as \"250ms\" or \"5%\""
            );
            self.fail_at(fields, key, message);
        }
        number
    }

    pub(super) fn subject(&mut self, fields: &Fields) -> Subject {
        self.choice(fields, "subject", &Subject::ALL, Subject::name)
    }

    pub(super) fn search(
        &mut self,
        fields: &Fields,
        key: &str,
        subject: Subject,
    ) -> Option<Search> {
        let text = self.text(fields, key)?;
        match search(&text, subject) {
            Ok(search) => Some(search),
            Err(message) => {
                self.fail_at(fields, key, format!("{key}: {message}"));
                None
            }
        }
    }

    pub(super) fn name(&mut self, fields: &Fields) -> String {
        let name = self.text(fields, "name").unwrap_or_default();
        if name.trim().is_empty() {
            self.fail_at(
                fields,
                "name",
                format!("{} needs a name: name = \"…\"", fields.what),
            );
        }
        name
    }
}
