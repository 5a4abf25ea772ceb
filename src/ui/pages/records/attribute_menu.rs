//! A menu of the attributes that records have, to choose any number of.

use crate::store::KeyCount;
use crate::ui::theme::{self, size};
use egui::{Popup, PopupCloseBehavior, Response, RichText, ScrollArea};

/// Shows the menu while `button` has it open. `filter` is what is typed to find one, below `heading`; the attribute that
/// was chosen or given up is returned.
pub fn attribute_menu(
    button: &Response,
    heading: &str,
    keys: &[KeyCount],
    filter: &mut String,
    is_chosen: impl Fn(&str) -> bool,
) -> Option<String> {
    let mut changed = None;
    let menu = Popup::menu(button).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    menu.show(|ui| {
        ui.set_width(280.0);
        let label = ui.label(RichText::new(heading).font(theme::small_strong()));
        ui.text_edit_singleline(filter).labelled_by(label.id);
        let wanted = filter.to_lowercase();
        let fits = |key: &&KeyCount| key.key.to_lowercase().contains(&wanted);
        let fitting: Vec<&KeyCount> = keys.iter().filter(fits).collect();
        let rows = fitting.len();
        ScrollArea::vertical()
            .max_height(320.0)
            .show_rows(ui, size::ROW, rows, |ui, rows| {
                for key in &fitting[rows] {
                    let mut chosen = is_chosen(&key.key);
                    if ui.checkbox(&mut chosen, &*key.key).changed() {
                        changed = Some(key.key.to_string());
                    }
                }
            });
    });
    changed
}
