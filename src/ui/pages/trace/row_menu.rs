//! The menu of a row of the waterfall.

use crate::app::Look;
use egui::Ui;

/// What can be done with the row, which is selected by opening its menu.
const ENTRIES: [(&str, &str, Look); 4] = [
    ("Zoom to this", "Z", Look::ZoomToSelected),
    ("Focus on this and what is below", "F", Look::FocusSelected),
    ("Pin to the top, or unpin", "M", Look::TogglePinned),
    ("Hide its service", "H", Look::HideSelected),
];

/// Paints it; gives what was chosen.
pub fn ui(ui: &mut Ui) -> Option<Look> {
    let mut chosen = None;
    for (text, key, look) in ENTRIES {
        let button = egui::Button::new(text).shortcut_text(key);
        if ui.add(button).clicked() {
            chosen = Some(look);
            ui.close();
        }
    }
    chosen
}
