//! The keys that change how a waterfall is looked at.

use crate::app::{Command, Look};
use egui::{Key, Modifiers, Ui};

/// Levels that a digit stands for; 0 shows the whole time.
const DIGITS: [Key; 9] = [
    Key::Num1,
    Key::Num2,
    Key::Num3,
    Key::Num4,
    Key::Num5,
    Key::Num6,
    Key::Num7,
    Key::Num8,
    Key::Num9,
];

/// Takes those that were pressed.
pub fn take(ui: &Ui, commands: &mut Vec<Command>) {
    let keys = [
        // With Shift first: without, a key counts also while Shift is held.
        (Modifiers::SHIFT, Key::P, Look::ToggleOnlyPath),
        (Modifiers::SHIFT, Key::F, Look::FocusOut),
        (Modifiers::SHIFT, Key::H, Look::ShowAllServices),
        (Modifiers::SHIFT, Key::C, Look::ToDepth(0)),
        (Modifiers::NONE, Key::P, Look::TogglePath),
        (Modifiers::NONE, Key::F, Look::FocusSelected),
        (Modifiers::NONE, Key::H, Look::HideSelected),
        (Modifiers::NONE, Key::K, Look::NextClocks),
        (Modifiers::NONE, Key::M, Look::TogglePinned),
        (Modifiers::NONE, Key::X, Look::NextColoring),
        (Modifiers::NONE, Key::Z, Look::ZoomToSelected),
    ];
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    for (modifiers, key, look) in keys {
        if pressed(modifiers, key) {
            commands.push(Command::Look(look));
        }
    }
    for (depth, key) in (0..).zip(DIGITS) {
        if pressed(Modifiers::NONE, key) {
            commands.push(Command::Look(Look::ToDepth(depth)));
        }
    }
}
