//! The menu of a row of the waterfall.

use crate::app::Look;
use crate::ui::actions;
use egui::Ui;

/// What can be done with the row, which is selected by opening its menu; each with the name of the action that does the
/// same.
const ENTRIES: [(&str, &str, Look); 4] = [
    (
        "Zoom to this",
        "Zoom to the selected row",
        Look::ZoomToSelected,
    ),
    (
        "Focus on this and what is below",
        "Focus on the selected span",
        Look::FocusSelected,
    ),
    (
        "Pin to the top, or unpin",
        "Pin the selected span, or unpin it",
        Look::TogglePinned,
    ),
    (
        "Hide its service",
        "Hide the service of the selected span",
        Look::HideSelected,
    ),
];

/// Paints it; gives what was chosen.
pub fn ui(ui: &mut Ui) -> Option<Look> {
    let mut chosen = None;
    for (text, name, look) in ENTRIES {
        let button = egui::Button::new(text).shortcut_text(actions::key_of(name));
        if ui.add(button).clicked() {
            chosen = Some(look);
            ui.close();
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_has_the_key_of_its_action() {
        for (text, name, _) in ENTRIES {
            assert!(!actions::key_of(name).is_empty(), "{text}: {name}");
        }
    }
}
