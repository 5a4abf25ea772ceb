//! The search field of a page: colours, errors and completion of attribute names.

use crate::query::{self, TokenKind as QueryToken};
use crate::store::KeyCount;
use crate::ui::widgets::search_bar::{SearchBar, Suggestion, TokenKind, set_cursor};
use egui::Ui;
use std::ops::Range;

/// How many attribute names are offered at once.
const SUGGESTED: usize = 12;

/// What happened in the field.
#[derive(Debug, Default)]
pub struct QueryOutput {
    /// The text to search for now.
    pub search: Option<String>,
}

/// Shows the field; `focus` puts the cursor into it.
pub fn query_field(
    ui: &mut Ui,
    label: &str,
    placeholder: &str,
    draft: &mut String,
    keys: &[KeyCount],
    focus: bool,
) -> QueryOutput {
    let parsed = query::parse(draft);
    let error = parsed
        .as_ref()
        .err()
        .map(|error| (error.at.clone(), error.message.clone()));
    let tokens: Vec<(Range<usize>, TokenKind)> = query::tokens(draft)
        .into_iter()
        .map(|token| (token.range, color_of(token.kind)))
        .collect();
    let cursor_id = ui.scope_id().with((label, "cursor"));
    let cursor = ui
        .data(|data| data.get_temp::<usize>(cursor_id))
        .unwrap_or(draft.len());
    let word = word_before(draft, cursor);
    let matching = suggestions(&draft[word.clone()], keys);
    let shown: Vec<Suggestion> = matching
        .iter()
        .map(|key| Suggestion {
            label: key.key.to_string(),
            detail: crate::model::human::count(key.present),
        })
        .collect();
    let output = SearchBar::new(label, draft)
        .placeholder(placeholder)
        .error(error)
        .tokens(&tokens)
        .suggestions(&shown)
        .show(ui);
    ui.data_mut(|data| data.insert_temp(cursor_id, output.cursor));
    if focus {
        output.response.request_focus();
    }
    if let Some(key) = output.picked.and_then(|at| matching.get(at)) {
        let written = format!("{}:", query::quote_key(&key.key));
        draft.replace_range(word.clone(), &written);
        set_cursor(
            ui.ctx(),
            output.response.id,
            word.start + written.len(),
            draft,
        );
        return QueryOutput::default();
    }
    let search = (output.committed || output.cleared).then(|| draft.clone());
    QueryOutput {
        search: search.filter(|text| query::parse(text).is_ok()),
    }
}

fn color_of(kind: QueryToken) -> TokenKind {
    match kind {
        QueryToken::Key => TokenKind::Key,
        QueryToken::Operator => TokenKind::Operator,
        QueryToken::Value => TokenKind::Value,
        QueryToken::Text => TokenKind::Text,
        QueryToken::Keyword => TokenKind::Keyword,
        QueryToken::Error => TokenKind::Error,
    }
}

/// The word the cursor stands at the end of, without a leading `!`.
fn word_before(text: &str, cursor: usize) -> Range<usize> {
    let cursor = (0..=cursor.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    let start = text[..cursor]
        .rfind([' ', '('])
        .map_or(0, |space| space + 1);
    let start = if text[start..cursor].starts_with('!') {
        start + 1
    } else {
        start
    };
    start..cursor
}

/// Names that have the word in them, those that begin with it first; none while a value is being typed.
fn suggestions<'a>(word: &str, keys: &'a [KeyCount]) -> Vec<&'a KeyCount> {
    if word.is_empty() || word.contains([':', '"']) {
        return Vec::new();
    }
    let word = word.to_lowercase();
    let begins = |key: &&KeyCount| key.key.to_lowercase().starts_with(&word);
    let contains = |key: &&KeyCount| !begins(key) && key.key.to_lowercase().contains(&word);
    keys.iter()
        .filter(begins)
        .chain(keys.iter().filter(contains))
        .take(SUGGESTED)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_offered_for_the_word_at_the_cursor() {
        let key = |name: &str| KeyCount {
            key: name.into(),
            present: 1,
        };
        let keys = [key("http.route"), key("user.id"), key("route")];
        let names = |word: &str| {
            suggestions(word, &keys)
                .iter()
                .map(|key| key.key.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(names("rou"), ["route", "http.route"]);
        assert!(names("route:x").is_empty() && names("").is_empty());
        let text = "a:b !rou c";
        assert_eq!(&text[word_before(text, 8)], "rou");
        assert_eq!(word_before("é", 1), 0..0);
    }
}
