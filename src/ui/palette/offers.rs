//! What the palette offers for what is typed: actions and places, the best first. Plain data.

use crate::app::columns::{LOG_COLUMNS, SPAN_COLUMNS};
use crate::app::fuzzy::{self, Fit};
use crate::app::route::{TracePlace, TracesPlace};
use crate::app::{App, Command, Route};
use crate::query;
use crate::ui::actions::{self, Act, Action, WindowAct};
use egui::os::OperatingSystem;
use egui::{Key, KeyboardShortcut, ModifierNames};
use std::cmp::Reverse;

/// How many lines are offered at most.
const MOST: usize = 200;
/// Recent places among them.
const RECENT_PLACES: usize = 8;
/// What a recent action is worth: less than the beginning of a word.
const RECENT: i32 = 12;

/// One line.
#[derive(Clone, Debug)]
pub struct Offer {
    /// What it is called.
    pub name: String,
    /// What sort of thing it is.
    pub note: String,
    /// Keys that do it; may be empty.
    pub keys: String,
    /// Which characters of the name stand for what is typed, rising.
    pub fits: Vec<usize>,
    /// Why it cannot be done.
    pub why: Option<&'static str>,
    /// What choosing it does.
    pub does: Does,
}

/// What choosing an offer does.
#[derive(Clone, Debug)]
pub enum Does {
    /// An action, by its name.
    Act(&'static str, Act),
    /// Something that has no name of its own in the table.
    Run(Command),
    /// It cannot be done.
    Nothing,
}

impl Offer {
    /// Whether it can be done.
    pub fn can(&self) -> bool {
        self.why.is_none()
    }

    /// The line for people who listen.
    pub fn in_words(&self) -> String {
        let note = self.why.unwrap_or(&self.note);
        match self.keys.is_empty() {
            true => format!("{}, {note}", self.name),
            false => format!("{}, {note}, {}", self.name, self.keys),
        }
    }

    fn of_action(app: &App, action: &'static Action) -> Self {
        let (why, does) = match (action.now)(app) {
            Ok(act) => (None, Does::Act(action.name, act)),
            Err(why) => (Some(why), Does::Nothing),
        };
        Self {
            name: action.name.to_owned(),
            note: action.page.name().to_owned(),
            keys: action.keys.first().map_or_else(String::new, in_letters),
            fits: Vec::new(),
            why,
            does,
        }
    }

    fn to_place(name: String, note: &str, place: Route) -> Self {
        Self::to_run(name, note, Command::Go(place))
    }

    fn to_run(name: String, note: &str, command: Command) -> Self {
        Self {
            name,
            note: note.to_owned(),
            keys: String::new(),
            fits: Vec::new(),
            why: None,
            does: Does::Run(command),
        }
    }
}

/// A key as it is written on keyboards.
pub fn in_letters(key: &KeyboardShortcut) -> String {
    let is_mac = OperatingSystem::from_target_os() == OperatingSystem::Mac;
    let named = key.format(&ModifierNames::NAMES, is_mac);
    let sign = match key.logical_key {
        Key::Slash => "/",
        Key::Questionmark => "?",
        Key::Plus => "+",
        Key::Minus => "−",
        Key::Equals => "=",
        Key::Period => ".",
        Key::Comma => ",",
        _ => return named,
    };
    named.replace(key.logical_key.name(), sign)
}

/// What is offered for a text.
pub fn offers(app: &App, text: &str) -> Vec<Offer> {
    let recent = &app.settings.recent_actions;
    let mut ranked: Vec<(i32, Offer)> = Vec::new();
    for action in actions::here(app) {
        let offer = Offer::of_action(app, action);
        if matches!(offer.does, Does::Act(_, Act::Window(WindowAct::Choose))) {
            continue;
        }
        let age = recent.iter().position(|known| known == action.name);
        let bonus = age.map_or(0, |age| RECENT.saturating_sub(age as i32));
        let bonus = bonus - if offer.can() { 0 } else { RECENT };
        ranked.extend(fitting(offer, text, bonus));
    }
    for offer in places(app, text).into_iter().chain(columns(app, text)) {
        ranked.extend(fitting(offer, text, -1));
    }
    // Of those that fit as well the order of the table.
    ranked.sort_by_key(|(score, _)| Reverse(*score));
    let mut found: Vec<Offer> = by_id(app);
    found.extend(ranked.into_iter().map(|(_, offer)| offer));
    found.truncate(MOST);
    found
}

fn fitting(mut offer: Offer, text: &str, bonus: i32) -> Option<(i32, Offer)> {
    let Fit { score, places } = fuzzy::fit(text, &offer.name)?;
    offer.fits = places;
    // Nothing typed fits all alike, however long they are.
    let score = if text.trim().is_empty() { 0 } else { score };
    Some((score + bonus, offer))
}

/// Traces whose id begins as typed; they come first, since nobody types eight digits by chance.
fn by_id(app: &App) -> Vec<Offer> {
    let typed = app.jump.as_deref().unwrap_or_default();
    let found = app.jump_traces.value.iter().flat_map(|found| found.iter());
    let fitting = found
        .filter(|id| !typed.is_empty() && id.to_string().starts_with(&typed.to_ascii_lowercase()));
    fitting
        .map(|id| Offer {
            fits: (0..typed.len()).collect(),
            ..Offer::to_place(
                id.to_string(),
                "Trace",
                Route::Trace(TracePlace::new(*id, None)),
            )
        })
        .collect()
}

/// Where one was, what was saved, and the traces of each service.
fn places(app: &App, text: &str) -> Vec<Offer> {
    let mut found: Vec<Offer> = Vec::new();
    let saved = app.saved_searches.value.iter().flat_map(|all| all.iter());
    found.extend(saved.filter_map(|saved| {
        let place = saved.place.parse().ok()?;
        Some(Offer::to_place(saved.name.clone(), "Saved search", place))
    }));
    let here = app.route();
    let mut recent: Vec<&Route> = Vec::new();
    for place in app.history.latest() {
        if place != here && !recent.contains(&place) {
            recent.push(place);
        }
    }
    let recent = recent.into_iter().take(RECENT_PLACES);
    found.extend(
        recent.map(|place| Offer::to_place(place_in_words(place), "Recent place", place.clone())),
    );
    if text.trim().is_empty() {
        return found;
    }
    let services = app
        .jump_services
        .value
        .iter()
        .flat_map(|facet| &facet.values);
    found.extend(services.map(|service| {
        let name = service.value.to_string();
        let query = query::with_term("", "service", &name, false);
        let place = Route::Traces(TracesPlace {
            query,
            ..TracesPlace::default()
        });
        Offer::to_place(name, "Traces of the service", place)
    }));
    found
}

/// Columns of the list that is shown, to add and to take away; none before something is typed, since there are many.
fn columns(app: &App, text: &str) -> Vec<Offer> {
    let (usual, named, keys) = match app.route() {
        Route::Logs(place) => (LOG_COLUMNS, &place.columns, &app.log_keys),
        Route::Spans(place) => (SPAN_COLUMNS, &place.columns, &app.span_keys),
        _ => return Vec::new(),
    };
    if text.trim().is_empty() {
        return Vec::new();
    }
    let shown = usual.shown(named);
    let attributes = keys.value.iter().flat_map(|keys| keys.iter());
    let attributes = attributes.map(|key| key.key.to_string());
    let mut names: Vec<String> = usual
        .columns
        .iter()
        .map(|name| (*name).to_owned())
        .collect();
    names.extend(attributes.filter(|name| !usual.is_usual(name)));
    names.retain(|name| name != usual.always);
    let offer = |name: String| {
        let note = match shown.contains(&name) {
            true => "Take it away",
            false => "Add it to the list",
        };
        let called = format!("Column {name}");
        Offer::to_run(called, note, Command::ToggleColumn(name))
    };
    names.into_iter().map(offer).collect()
}

/// A place as one would say it: its page and what is searched there.
fn place_in_words(place: &Route) -> String {
    let with = |page: &str, query: &str| match query.trim() {
        "" => page.to_owned(),
        query => format!("{page}: {query}"),
    };
    match place {
        Route::Traces(place) => with("Traces", &place.query),
        Route::Spans(place) => with("Spans", &place.query),
        Route::Logs(place) => with("Logs", &place.query),
        Route::Trace(place) => with(&format!("Trace {}", place.trace), &place.find),
        Route::Issues(place) => with("Issues", &place.query),
        Route::Insights(place) => {
            let page = format!("Insights into {}", place.module.name());
            with(&page, &place.filters.query)
        }
        Route::Alerts(place) => with("Alerts", place.rule.as_deref().unwrap_or_default()),
        Route::Compare(_) => place.to_string(),
        Route::Imports => "Imports".to_owned(),
        Route::Import(import) => format!("Import {}", import.0),
    }
}
