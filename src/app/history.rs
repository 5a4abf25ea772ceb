//! Where one has been: back and forward, each place with the picture it was left in.
//!
//! The current entry's picture *is* the live state of the page (scroll, zoom, selection, expansion); going back
//! therefore needs no restoring, the earlier picture simply becomes the live one again.

use super::route::Route;
use super::views::Picture;

/// How many places are remembered.
const DEPTH: usize = 100;

/// One visited place.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The place.
    pub route: Route,
    /// How it looks: scroll, zoom, selection, expansion.
    pub picture: Picture,
    /// Tells this visit from every other one, also of the same place.
    pub visit: u64,
}

impl Entry {
    /// A place as it looks when entered anew.
    fn new(route: Route, visit: u64) -> Self {
        let picture = Picture::of(&route);
        Self {
            route,
            picture,
            visit,
        }
    }
}

/// Visited places, one of them the current.
#[derive(Clone, Debug)]
pub struct History {
    entries: Vec<Entry>,
    current: usize,
    visits: u64,
}

impl History {
    /// Starts at a place.
    pub fn new(route: Route) -> Self {
        Self {
            entries: vec![Entry::new(route, 0)],
            current: 0,
            visits: 1,
        }
    }

    /// The current entry.
    pub fn current(&self) -> &Entry {
        &self.entries[self.current]
    }

    /// The current entry, to change its picture or to refine its place.
    pub fn current_mut(&mut self) -> &mut Entry {
        &mut self.entries[self.current]
    }

    /// Goes to a place; what was ahead is forgotten.
    pub fn push(&mut self, route: Route) {
        if self.current().route != route {
            self.visit(route);
        }
    }

    /// Goes to a place anew, also to the current one.
    pub fn visit(&mut self, route: Route) {
        self.entries.truncate(self.current + 1);
        self.entries.push(Entry::new(route, self.visits));
        self.visits += 1;
        let surplus = self.entries.len().saturating_sub(DEPTH);
        self.entries.drain(..surplus);
        self.current = self.entries.len() - 1;
    }

    /// The last visited place of a kind, for a tab that leads back to where one was.
    pub fn last(&self, wanted: impl Fn(&Route) -> bool) -> Option<Route> {
        let earlier = self.entries[..=self.current].iter().rev();
        earlier
            .map(|entry| &entry.route)
            .find(|route| wanted(route))
            .cloned()
    }

    /// All visited places, the last first.
    pub fn latest(&self) -> impl Iterator<Item = &Route> {
        self.entries.iter().rev().map(|entry| &entry.route)
    }

    /// The place before this one.
    pub fn previous(&self) -> Option<&Route> {
        let before = self.current.checked_sub(1)?;
        self.entries.get(before).map(|entry| &entry.route)
    }

    /// Whether there is somewhere to go back to.
    pub fn can_go_back(&self) -> bool {
        self.current > 0
    }

    /// Whether there is somewhere to go forward to.
    pub fn can_go_forward(&self) -> bool {
        self.current + 1 < self.entries.len()
    }

    /// One place back.
    pub fn back(&mut self) {
        self.current = self.current.saturating_sub(1);
    }

    /// One place forward.
    pub fn forward(&mut self) {
        self.current = (self.current + 1).min(self.entries.len() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(text: &str) -> Route {
        text.parse().unwrap()
    }

    #[test]
    fn back_and_forward_walk_the_visited_places() {
        let mut history = History::new(route("traces"));
        history.push(route("logs"));
        history.push(route("logs"));
        history.push(route("imports"));
        history.back();
        assert_eq!(history.current().route, route("logs"));
        history.back();
        history.back();
        assert_eq!(history.current().route, route("traces"));
        assert!(!history.can_go_back() && history.can_go_forward());
        history.push(route("traces?q=x"));
        assert!(!history.can_go_forward());
        assert_eq!(history.last(|r| matches!(r, Route::Logs(_))), None);
    }

    #[test]
    fn only_so_many_places_are_kept() {
        let mut history = History::new(route("traces"));
        for n in 0..500 {
            history.push(route(&format!("traces?q={n}")));
        }
        assert_eq!(history.entries.len(), DEPTH);
        assert_eq!(history.current().route, route("traces?q=499"));
    }
}
