//! The search field of a page: colours, errors, completion of names and values, and a menu of earlier searches.
//!
//! Works on every page with a list: it takes the text from the page's picture, the names from those of the record kind,
//! and asks the app for values by saying what would complete the text ([`App::completing`]).

mod offers;
mod searches;

use crate::app::questions::ValuesOf;
use crate::app::{App, Command, Route, issues};
use crate::model::{TimeRange, TraceId};
use crate::query::{
    self, Completion, Expr, Pattern, Subject, Term, Test, Token, TokenKind as QueryToken, Wanted,
};
use crate::store::{Filter, KeyCount, RecordKind};
use crate::ui::icons::{Icon, icon_button};
use crate::ui::theme::size;
use crate::ui::widgets::search_bar::{SearchBar, TokenKind, set_cursor};
use egui::{Id, Key, Modifiers, Rect, Response, Ui, UiBuilder, vec2};
use offers::{Known, Offer, Then, offers};
pub use searches::TAKES_PLACE;
use std::ops::Range;

/// What a page searches.
pub struct QueryField<'a> {
    /// The field's accessible name.
    pub label: &'a str,
    /// What stands there while nothing is typed.
    pub placeholder: &'a str,
    /// Whose attributes are searched.
    pub kind: RecordKind,
    /// What the search is asked of, which decides what it may hold.
    pub subject: Subject,
    /// Where values are counted.
    pub range: Option<TimeRange>,
}

impl QueryField<'_> {
    /// Shows the field; `focus` puts the cursor into it.
    pub fn show(&self, ui: &mut Ui, app: &mut App, focus: bool, commands: &mut Vec<Command>) {
        let Some(picture) = app.list_picture() else {
            return;
        };
        let mut draft = std::mem::take(&mut picture.draft);
        self.edit(ui, app, &mut draft, focus, None, commands);
        if let Some(picture) = app.list_picture() {
            picture.draft = draft;
        }
    }

    /// Shows it as the field that finds spans in the open trace: whatever is typed is looked for at once. Gives the field.
    pub fn show_in_trace(
        &self,
        ui: &mut Ui,
        app: &mut App,
        trace: TraceId,
        focus: bool,
        commands: &mut Vec<Command>,
    ) -> Option<Response> {
        let mut draft = std::mem::take(&mut app.trace_picture()?.find.draft);
        let before = draft.clone();
        let response = self.edit(ui, app, &mut draft, focus, Some(trace), commands);
        if draft != before {
            commands.push(Command::Find(draft.clone()));
        }
        app.trace_picture()?.find.draft = draft;
        Some(response)
    }

    fn edit(
        &self,
        ui: &mut Ui,
        app: &mut App,
        draft: &mut String,
        focus: bool,
        within: Option<TraceId>,
        commands: &mut Vec<Command>,
    ) -> Response {
        let id = SearchBar::id(ui, self.label);
        let cursor_id = id.with("cursor");
        let has_keyboard = ui.memory(|memory| memory.has_focus(id));
        // Without the keyboard there is nothing to complete, but a list may still be clicked.
        let cursor = ui.data(|data| data.get_temp::<usize>(cursor_id));
        let completion = cursor.and_then(|cursor| Completion::at(draft, cursor));
        let found = match cursor {
            Some(_) => self.offers(app, draft, completion.as_ref()),
            None => Vec::new(),
        };
        let shown: Vec<_> = found.iter().map(|offer| offer.shown.clone()).collect();
        let error = query::parse_for(draft, self.subject).err();
        let tokens = colours(query::tokens(draft));
        let room = ui.available_width();
        let top = ui.cursor().min;
        let wants_menu = has_keyboard
            && ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::ArrowDown));
        let output = SearchBar::new(self.label, draft)
            .placeholder(self.placeholder)
            .error(error.map(|error| (error.at, error.message)))
            .tokens(&tokens)
            .suggestions(&shown)
            .width(match within {
                Some(_) => room,
                None => room - size::BUTTON - size::GAP,
            })
            .show(ui);
        if within.is_none() {
            let corner = top + vec2(room - size::BUTTON, 2.0);
            let square = Rect::from_min_size(corner, vec2(size::BUTTON, size::BUTTON));
            let place = UiBuilder::new().id_salt((id, "searches")).max_rect(square);
            let button = icon_button(&mut ui.new_child(place), Icon::Star, "Searches");
            if wants_menu {
                searches::open(&button);
            }
            searches::search_menu(&button, app, commands);
        }
        if focus {
            output.response.request_focus();
        }
        // As long as the list of offers is open, the text is asked about.
        let typing = output.focused || output.picked.is_some() || (has_keyboard && focus);
        ui.data_mut(|data| match typing || output.pointed {
            true => drop(data.insert_temp(cursor_id, output.cursor)),
            false => drop(data.remove_temp::<usize>(cursor_id)),
        });
        self.ask_for_values(ui, app, draft, typing.then_some(output.cursor), within);
        match output.picked.and_then(|at| found.into_iter().nth(at)) {
            Some(Offer { then, .. }) => {
                let field = (output.response.id, cursor_id);
                match (within, then) {
                    (Some(_), Then::Search(text)) => write(ui, field, draft, 0..draft.len(), &text),
                    (_, then) => pick(ui, then, draft, field, commands),
                }
            }
            None if within.is_some() => {}
            None if output.committed || output.cleared => self.search(draft, commands),
            None => {}
        }
        output.response
    }

    fn search(&self, draft: &str, commands: &mut Vec<Command>) {
        if query::parse_for(draft, self.subject).is_ok() {
            commands.push(Command::Search(draft.to_owned()));
        }
    }

    fn offers(&self, app: &App, draft: &str, completion: Option<&Completion>) -> Vec<Offer> {
        let of_issues = issue_keys(app);
        let keys = match self.kind {
            _ if of_issues.is_some() => of_issues.as_deref(),
            RecordKind::Span => app.span_keys.value.as_deref(),
            RecordKind::Log => app.log_keys.value.as_deref(),
        };
        let saved = app.saved_here();
        let known = Known {
            keys: keys.unwrap_or_default(),
            values: app.values.value.as_deref(),
            recent: app.recent_searches(),
            saved: &saved,
            grouped: self.subject == self.subject.grouped(true),
        };
        offers(draft, completion, &known)
    }

    /// Says which values would complete the text: those of the attribute among the records that the rest of the search
    /// means, narrowed by what is typed.
    fn ask_for_values(
        &self,
        ui: &Ui,
        app: &mut App,
        draft: &str,
        cursor: Option<usize>,
        within: Option<TraceId>,
    ) {
        let at = cursor.and_then(|cursor| Completion::at(draft, cursor));
        let wanted = at.and_then(|at| {
            let Wanted::Value { key, .. } = &at.wanted else {
                return None;
            };
            let is_of_issues = matches!(app.route(), Route::Issues(_));
            if is_of_issues || query::is_time_key(key) || query::is_number_key(key) {
                return None;
            }
            let typed = (!at.typed.is_empty()).then(|| with_part(key, &at.typed));
            let of_trace = within.map(|trace| with("trace", Test::Equals(trace.to_string())));
            let parts = [at.rest(draft)].into_iter().chain(typed).chain(of_trace);
            let search = Expr::all_of(parts);
            let range = self.range;
            Some(ValuesOf {
                kind: self.kind,
                filter: Filter { search, range },
                key: key.clone(),
            })
        });
        if wanted != app.completing {
            app.completing = wanted;
            ui.ctx().request_repaint();
        }
    }
}

/// What can be searched for where issues are: not attributes of records.
fn issue_keys(app: &App) -> Option<Vec<KeyCount>> {
    let is_page = matches!(app.route(), Route::Issues(_));
    let found = app.issues.found.value.as_ref().filter(|_| is_page)?;
    let present = found.len() as u64;
    let key = |key: &&str| KeyCount {
        key: (*key).into(),
        present,
    };
    Some(issues::KEYS.iter().map(key).collect())
}

/// Does what an offer promised.
fn pick(ui: &Ui, then: Then, draft: &mut String, field: (Id, Id), commands: &mut Vec<Command>) {
    match then {
        Then::Write(range, written) if draft.get(range.clone()).is_some() => {
            write(ui, field, draft, range, &written);
        }
        // The text changed since; the offer is made anew.
        Then::Write(..) => {}
        Then::Search(query) => {
            *draft = query.clone();
            set_cursor(ui.ctx(), field.0, draft.len(), draft);
            commands.push(Command::Search(query));
        }
        Then::Go(place) => commands.extend(place.parse().ok().map(Command::Go)),
    }
}

/// Puts a text in the place of a part of what is typed, and the cursor behind it. Of the field its id, and where it keeps
/// the cursor.
fn write(
    ui: &Ui,
    (field, cursor_id): (Id, Id),
    draft: &mut String,
    range: Range<usize>,
    written: &str,
) {
    let cursor = range.start + written.len();
    draft.replace_range(range, written);
    set_cursor(ui.ctx(), field, cursor, draft);
    ui.data_mut(|data| data.insert_temp(cursor_id, cursor));
}

/// The demand that a value have this in it somewhere.
fn with_part(key: &str, part: &str) -> Expr {
    let pieces = vec![String::new(), part.to_lowercase(), String::new()];
    with(key, Test::Matches(Pattern { pieces }))
}

fn with(key: &str, test: Test) -> Expr {
    let key = key.to_owned();
    Expr::Term(Term { key, test })
}

/// Tokens of the language as parts of a text for the eye.
pub fn colours(tokens: Vec<Token>) -> Vec<(Range<usize>, TokenKind)> {
    let tokens = tokens.into_iter();
    tokens
        .map(|token| (token.range, colour_of(token.kind)))
        .collect()
}

fn colour_of(kind: QueryToken) -> TokenKind {
    match kind {
        QueryToken::Key => TokenKind::Key,
        QueryToken::Operator => TokenKind::Operator,
        QueryToken::Value => TokenKind::Value,
        QueryToken::Text => TokenKind::Text,
        QueryToken::Keyword => TokenKind::Keyword,
        QueryToken::Error => TokenKind::Error,
    }
}
