//! Searches to come back to: the last ones of each page, and those that were saved under a name. Also the last actions.

use super::route::Route;
use super::state::App;
use crate::store::{SavedChange, SavedSearch};

/// How many are remembered of each page.
const REMEMBERED: usize = 20;

impl App {
    /// The last searches of the current page, the newest first.
    pub fn recent_searches(&self) -> &[String] {
        let recent = self.settings.recent_searches.get(&page_of(self.route()));
        recent.map_or(&[], Vec::as_slice)
    }

    /// The saved searches of the current page.
    pub fn saved_here(&self) -> Vec<SavedSearch> {
        let page = page_of(self.route());
        let all = self.saved_searches.value.iter().flat_map(|all| all.iter());
        all.filter(|saved| page_of_place(&saved.place) == page)
            .cloned()
            .collect()
    }

    /// Whether a search of any page is saved under this name.
    pub fn has_saved(&self, name: &str) -> bool {
        let mut all = self.saved_searches.value.iter().flat_map(|all| all.iter());
        all.any(|saved| saved.name == name)
    }

    /// Remembers what was searched for on the current page.
    pub(super) fn remember_search(&mut self, query: &str) {
        let query = query.trim();
        if query.is_empty() {
            return;
        }
        let page = page_of(self.route());
        let recent = self.settings.recent_searches.entry(page).or_default();
        recent.retain(|known| known != query);
        recent.insert(0, query.to_owned());
        recent.truncate(REMEMBERED);
    }

    /// Remembers an action that was chosen, by its name.
    pub fn remember_action(&mut self, name: &str) {
        let recent = &mut self.settings.recent_actions;
        recent.retain(|known| known != name);
        recent.insert(0, name.to_owned());
        recent.truncate(REMEMBERED);
    }

    /// Changes the list of saved searches.
    pub(super) fn change_saved(&mut self, change: SavedChange) {
        self.waiting_imports += 1;
        self.writer.change_saved(change);
    }

    /// The current place under a name.
    pub(super) fn place_as(&self, name: &str) -> SavedSearch {
        SavedSearch {
            name: name.trim().to_owned(),
            place: self.route().to_string(),
        }
    }
}

/// The page of a place, as the text of the place names it.
fn page_of(route: &Route) -> String {
    page_of_place(&route.to_string()).to_owned()
}

fn page_of_place(place: &str) -> &str {
    place.split(['?', '/']).next().unwrap_or_default()
}
