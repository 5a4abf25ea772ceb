//! Everything that can be done with a name, as one table: shortcuts, the command palette and the list of keys are made
//! of it, so that they cannot differ.
//!
//! **To add an action**: a line in the table of its page, of which each module here holds one or several. What it does is
//! looked up when it is wanted, so that it can depend on what is shown; where it cannot be done now, it says why.

mod alerts;
mod compare;
mod everywhere;
mod imports;
mod insights;
mod issues;
mod lists;
mod looks;
mod trace;
mod waterfall;

use crate::app::{App, Command, Route};
use crate::ui::palette::in_letters;
use crate::ui::widgets::table_header;
use egui::{Context, Event, Key, KeyboardShortcut, Modifiers, Popup};

/// Where an action makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Page {
    Everywhere,
    Traces,
    Trace,
    Spans,
    Logs,
    Issues,
    Alerts,
    Imports,
    Compare,
    Insights,
}

impl Page {
    /// All of them, in the order they are listed.
    pub const ALL: [Self; 10] = [
        Self::Everywhere,
        Self::Trace,
        Self::Traces,
        Self::Spans,
        Self::Logs,
        Self::Issues,
        Self::Alerts,
        Self::Imports,
        Self::Compare,
        Self::Insights,
    ];

    /// The page that is shown.
    pub fn of(route: &Route) -> Self {
        match route {
            Route::Traces(_) => Self::Traces,
            Route::Trace(_) => Self::Trace,
            Route::Spans(_) => Self::Spans,
            Route::Logs(_) => Self::Logs,
            Route::Issues(_) => Self::Issues,
            Route::Alerts(_) => Self::Alerts,
            Route::Imports | Route::Import(_) => Self::Imports,
            Route::Compare(_) => Self::Compare,
            Route::Insights(_) | Route::Health(_) => Self::Insights,
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Everywhere => "Everywhere",
            Self::Traces => "List of traces",
            Self::Trace => "Trace",
            Self::Spans => "Spans",
            Self::Logs => "Logs",
            Self::Issues => "Issues",
            Self::Alerts => "Alerts",
            Self::Imports => "Imports",
            Self::Compare => "Comparison",
            Self::Insights => "Insights",
        }
    }
}

/// Something done.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// The app does it.
    App(Command),
    /// The window does it: it knows of focus, dialogs and the clipboard.
    Window(WindowAct),
    /// The page of a trace does it: it knows how wide the time is drawn.
    Steer(Steer),
}

/// What the window does itself.
#[derive(Clone, Debug, PartialEq)]
pub enum WindowAct {
    /// Put the cursor into the search field.
    Search,
    /// Ask for files.
    OpenFiles,
    /// Ask for a folder.
    OpenFolder,
    /// Ask for a name to save the search on screen under.
    SaveSearch,
    /// Take the report on the import that is shown along.
    Report(TakeReport),
    /// Ask for a place to go to.
    GoToPlace,
    /// Copy the current place as text.
    CopyPlace,
    /// Copy a text.
    Copy(String),
    /// Show the list of actions to choose from.
    Choose,
    /// Show the list of keys.
    ShowKeys,
}

/// How a report is taken along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakeReport {
    /// To the clipboard, for people.
    CopyText,
    /// To the clipboard, for programs.
    CopyJson,
    /// Into a file, for people.
    SaveText,
    /// Into a file, for programs.
    SaveJson,
}

/// Moves of the stretch of time in view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steer {
    /// Show less time.
    In,
    /// Show more.
    Out,
    /// Show what was earlier.
    Left,
    /// Show what was later.
    Right,
    /// Show all of it.
    Whole,
}

/// What an action does now, or why it cannot be done.
pub type Now = Result<Act, &'static str>;

/// One line of the table.
#[derive(Debug)]
pub struct Action {
    /// What it does, for people; also how it is remembered.
    pub name: &'static str,
    /// Where it makes sense.
    pub page: Page,
    /// Keys that do it, the first of them shown. Those without Ctrl or Alt only while nothing is typed.
    pub keys: &'static [KeyboardShortcut],
    /// Looks up what it does now.
    pub now: fn(&App) -> Now,
}

impl Action {
    const fn new(
        name: &'static str,
        page: Page,
        keys: &'static [KeyboardShortcut],
        now: fn(&App) -> Now,
    ) -> Self {
        Self {
            name,
            page,
            keys,
            now,
        }
    }
}

/// Keys that belong to the part of a page that has the keyboard; listed, but read by it.
#[derive(Debug)]
pub struct PartKeys {
    /// The part.
    pub part: &'static str,
    /// Keys, and what they do.
    pub keys: &'static [(&'static str, &'static str)],
}

/// See [`PartKeys`].
pub static PARTS: &[PartKeys] = &[
    PartKeys {
        part: "Rows",
        keys: &[
            ("↑ ↓ Page Home End", "Select a row"),
            ("→ ←", "Expand, collapse"),
            ("Enter", "Open the row; of a trace, zoom to it"),
            ("Tab, then ← →", "Titles of its columns"),
            ("Tab again, Enter", "What numbers of the row lead to"),
            ("Ctrl+wheel, Shift+wheel", "Zoom at the pointer, pan"),
        ],
    },
    PartKeys {
        part: "Titles of columns",
        keys: &[
            ("Alt+← Alt+→", "Move the column"),
            ("Ctrl+← Ctrl+→", "Narrow, widen it"),
            ("Enter, Delete", "Sort by it, take it away"),
        ],
    },
    PartKeys {
        part: "Field to find with",
        keys: &[
            ("Enter, Shift+Enter", "Next match, previous match"),
            ("Tab", "Complete what is typed"),
            ("Escape", "Stop finding"),
        ],
    },
    PartKeys {
        part: "Charts",
        keys: &[
            ("← → ↑ ↓", "Move over the chart that has the focus"),
            ("Shift and an arrow", "Choose a stretch or a region"),
            ("Enter", "Show only what is chosen"),
            ("Escape", "Show everything again"),
        ],
    },
];

/// All actions, page by page.
pub fn all() -> impl Iterator<Item = &'static Action> {
    let tables = [
        everywhere::ACTIONS,
        trace::ACTIONS,
        waterfall::ACTIONS,
        looks::ACTIONS,
        lists::ACTIONS,
        issues::ACTIONS,
        alerts::ACTIONS,
        imports::ACTIONS,
        insights::ACTIONS,
        compare::ACTIONS,
    ];
    tables.into_iter().flatten()
}

/// The first key of the action of a name, in letters; empty if it has none. For menus and hints.
pub fn key_of(name: &str) -> String {
    let found = all().find(|action| action.name == name);
    let key = found.and_then(|action| action.keys.first());
    key.map_or_else(String::new, in_letters)
}

/// A text with the key of an action behind it: `Focus (.)`.
pub fn with_key(text: &str, name: &str) -> String {
    format!("{text} ({})", key_of(name))
}

/// The actions that make sense where one is.
pub fn here(app: &App) -> impl Iterator<Item = &'static Action> {
    let page = Page::of(app.route());
    all().filter(move |action| action.page == Page::Everywhere || action.page == page)
}

/// What was asked for by keys in this frame. While something is typed, letters are text; behind a dialog, a page has no
/// keys.
pub fn pressed(ctx: &Context, app: &App, typing: bool) -> Vec<Act> {
    let behind = ctx.memory(|memory| memory.top_modal_layer().is_some());
    let plain_too = !typing && !behind && !Popup::is_any_open(ctx);
    // There, Alt moves the column.
    let alt_too = !table_header::has_focus(ctx);
    let mut bound: Vec<(&KeyboardShortcut, &Action)> = here(app)
        .flat_map(|action| action.keys.iter().map(move |key| (key, action)))
        .filter(|(key, action)| match action.page {
            Page::Everywhere => plain_too || !is_plain(key),
            _ => !behind && (plain_too || !is_plain(key)),
        })
        .filter(|(key, _)| alt_too || !key.modifiers.alt)
        .collect();
    // A sign such as + may need Shift to be typed and so is itself with it; what wants more keys goes first.
    bound.sort_by_key(|(key, _)| std::cmp::Reverse(held(&key.modifiers)));
    let mut acts = Vec::new();
    for (key, action) in bound {
        if ctx.input(|input| input.events.iter().any(|event| is_press(event, key)))
            && let Ok(act) = (action.now)(app)
            && ctx.input_mut(|input| input.consume_shortcut(key))
        {
            acts.push(act);
        }
    }
    acts
}

/// Whether a key would be text in a field, or have a meaning of its own there.
fn is_plain(key: &KeyboardShortcut) -> bool {
    !key.modifiers.command && !key.modifiers.alt && key.logical_key != Key::F1
}

/// Whether a key is pressed by it, whatever else is held; a letter only with Shift as it is wanted.
fn is_press(event: &Event, wanted: &KeyboardShortcut) -> bool {
    let Event::Key {
        key,
        pressed: true,
        modifiers,
        ..
    } = event
    else {
        return false;
    };
    let other = is_letter(wanted) && modifiers.shift != wanted.modifiers.shift;
    *key == wanted.logical_key && !other
}

/// Whether Shift makes another key of it.
fn is_letter(key: &KeyboardShortcut) -> bool {
    let mut name = key.logical_key.name().chars();
    name.next().is_some_and(char::is_alphabetic) && name.next().is_none()
}

fn held(modifiers: &Modifiers) -> usize {
    let Modifiers {
        alt,
        shift,
        command,
        ..
    } = *modifiers;
    [alt, shift, command]
        .into_iter()
        .filter(|held| *held)
        .count()
}

const fn plain(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::SHIFT, key)
}

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

/// Sends a command.
fn send(command: Command) -> Now {
    Ok(Act::App(command))
}

/// Sends a command if it may be sent.
fn send_if(may: bool, command: Command, else_why: &'static str) -> Now {
    match may {
        true => send(command),
        false => Err(else_why),
    }
}

fn window(act: WindowAct) -> Now {
    Ok(Act::Window(act))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_action_has_a_name_of_its_own() {
        let mut seen = HashSet::new();
        for action in all() {
            let first = action.name.chars().next();
            assert!(first.is_some_and(char::is_uppercase), "{}", action.name);
            assert!(seen.insert(action.name), "{} is there twice", action.name);
        }
        assert!(seen.len() > 40);
    }

    #[test]
    fn no_key_does_two_things_on_one_page() {
        for page in Page::ALL {
            let mut seen = HashSet::new();
            let here = all()
                .filter(|action| matches!(action.page, Page::Everywhere) || action.page == page);
            for (name, key) in
                here.flat_map(|action| action.keys.iter().map(|key| (action.name, key)))
            {
                let Modifiers {
                    alt,
                    shift,
                    command,
                    ..
                } = key.modifiers;
                let fresh = seen.insert((alt, shift, command, key.logical_key));
                assert!(fresh, "{page:?}: {name} shares its key");
            }
        }
    }

    #[test]
    fn every_page_has_actions() {
        for page in Page::ALL {
            assert!(all().any(|action| action.page == page), "{page:?}");
        }
    }
}
