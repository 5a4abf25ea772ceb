//! The keyboard, as a table.

use crate::app::Command;
use crate::ui::widgets::table_header;
use egui::{Context, Key, KeyboardShortcut, Modifiers};

/// What a key does beyond sending a command to the app: things only the window knows.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Something the app does.
    Command(Box<Command>),
    /// Put the cursor into the search field.
    FocusSearch,
    /// Ask for files.
    OpenFiles,
    /// Ask for a place to go to.
    GoToPlace,
    /// Copy the current place as text.
    CopyPlace,
    /// Show the list of keys.
    ShowKeys,
}

/// One line of the table.
pub struct Binding {
    /// The keys.
    pub keys: KeyboardShortcut,
    /// What for, in the list of keys.
    pub help: &'static str,
    /// What it does.
    pub action: Action,
}

/// All keys that work on every page, whatever has the focus.
pub fn bindings() -> Vec<Binding> {
    let bind = |modifiers, key, help, action| Binding {
        keys: KeyboardShortcut::new(modifiers, key),
        help,
        action,
    };
    let command = |command| Action::Command(Box::new(command));
    vec![
        bind(
            Modifiers::COMMAND,
            Key::O,
            "Import files",
            Action::OpenFiles,
        ),
        bind(Modifiers::COMMAND, Key::F, "Search", Action::FocusSearch),
        bind(
            Modifiers::COMMAND,
            Key::Num1,
            "Traces",
            command(Command::ShowTraces),
        ),
        bind(
            Modifiers::COMMAND,
            Key::Num2,
            "Spans",
            command(Command::ShowSpans),
        ),
        bind(
            Modifiers::COMMAND,
            Key::Num3,
            "Logs",
            command(Command::ShowLogs),
        ),
        bind(
            Modifiers::COMMAND,
            Key::Num4,
            "Issues",
            command(Command::ShowIssues),
        ),
        bind(
            Modifiers::COMMAND,
            Key::Num5,
            "Imports",
            command(Command::ShowImports),
        ),
        bind(
            Modifiers::COMMAND,
            Key::Num6,
            "Insights",
            command(Command::ShowInsights),
        ),
        bind(
            Modifiers::ALT,
            Key::ArrowLeft,
            "Back",
            command(Command::Back),
        ),
        bind(
            Modifiers::ALT,
            Key::ArrowRight,
            "Forward",
            command(Command::Forward),
        ),
        bind(
            Modifiers::COMMAND,
            Key::D,
            "Light, dark or as the desktop",
            command(Command::NextAppearance),
        ),
        bind(
            Modifiers::COMMAND,
            Key::U,
            "Local time or UTC",
            command(Command::ToggleClock),
        ),
        bind(
            Modifiers::COMMAND,
            Key::G,
            "Go to a place",
            Action::GoToPlace,
        ),
        bind(
            Modifiers::COMMAND | Modifiers::SHIFT,
            Key::C,
            "Copy this place",
            Action::CopyPlace,
        ),
        bind(Modifiers::NONE, Key::F1, "This list", Action::ShowKeys),
    ]
}

/// Keys of the waterfall, for the list; the page itself reads them.
pub const WATERFALL_KEYS: [(&str, &str); 20] = [
    ("↑ ↓ Page Home End", "Select a row"),
    ("→ ←", "Expand, collapse"),
    ("Enter, Z", "Zoom to the selected row"),
    ("+ −", "Zoom in, out"),
    ("A D", "Pan left, right"),
    ("0", "Show the whole trace"),
    ("E, C", "Expand everything, collapse groups"),
    ("1 … 9, Shift+C", "Show so many levels, only the top"),
    ("P", "Draw the critical path"),
    ("Shift+P", "Only the critical path"),
    ("F, Shift+F", "Focus on the selected span, back out"),
    ("H", "Hide the service of the selected span"),
    ("Shift+H", "Show all services"),
    ("M", "Pin the selected span to the top, or unpin it"),
    ("X", "Colour by work, service or duration"),
    ("K", "Recorded or corrected clocks, or both"),
    ("L", "Logs of the selected span"),
    ("S", "Story or waterfall"),
    ("V", "The next of the views"),
    ("Ctrl+wheel, Shift+wheel", "Zoom at the pointer, pan"),
];

/// Keys of charts, for the list; the charts themselves read them.
pub const CHART_KEYS: [(&str, &str); 4] = [
    ("← → ↑ ↓", "Move over the chart that has the focus"),
    ("Shift and an arrow", "Choose a stretch or a region"),
    ("Enter", "Show only what is chosen"),
    ("Escape", "Show everything again"),
];

/// Keys of a table, for the list; the table itself reads them.
pub const TABLE_KEYS: [(&str, &str); 6] = [
    ("↑ ↓ Page Home End", "Select a row"),
    ("Enter", "Open it"),
    ("Tab, then ← →", "Titles of its columns"),
    ("Alt+← Alt+→", "Move the column"),
    ("Ctrl+← Ctrl+→", "Narrow, widen it"),
    ("Enter, Delete", "Sort by it, take it away"),
];

/// The actions whose keys were pressed in this frame.
pub fn pressed(ctx: &Context) -> Vec<Action> {
    let mut all = bindings();
    if table_header::has_focus(ctx) {
        all.retain(|binding| binding.keys.modifiers != Modifiers::ALT);
    }
    ctx.input_mut(|input| {
        all.into_iter()
            .filter(|binding| input.consume_shortcut(&binding.keys))
            .map(|binding| binding.action)
            .collect()
    })
}
