//! Windows of any width: nothing lies on anything else, and everything can still be reached.

use crate::common::desk::{Desk, sample};
use egui::Rect;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use headwater::app::App;
use headwater::app::route::Route;

const SLOW: &str = "trace/489c364b5284d6eb9ce41938bf9b0763";
const PAGES: [&str; 8] = [
    "Overview", "Traces", "Spans", "Logs", "Issues", "Insights", "Alerts", "Imports",
];
/// What stands above the waterfall at any width.
const TOOLS: [&str; 13] = [
    "Export…",
    "Copy the trace id",
    "Compare with…",
    "Expand all",
    "Collapse groups",
    "Repeats",
    "Chains",
    "Gaps",
    "Critical path",
    "Only it",
    "Focus",
    "Services",
    "Levels",
];

fn desk_of(width: f32, place: &str) -> Desk {
    let mut desk = Desk::with(place, [width, 480.0], App::inline);
    desk.import(sample());
    desk
}

/// Names and places of what has one of these names, all within the window.
#[track_caller]
fn places(desk: &Desk, width: f32, names: &[&str]) -> Vec<(String, Rect)> {
    let buttons = [Role::Button, Role::Tab, Role::RadioButton];
    let nodes = buttons
        .iter()
        .flat_map(|role| desk.h.query_all_by_role(*role));
    let named = nodes.filter_map(|node| Some((node.accesskit_node().label()?, node.rect())));
    let found: Vec<(String, Rect)> = named
        .filter(|(name, _)| names.contains(&name.as_str()))
        .collect();
    for (name, rect) in &found {
        let within = rect.left() >= 0.0 && rect.right() <= width;
        assert!(within, "{name} at {rect} in {width}");
    }
    found
}

#[track_caller]
fn apart(places: &[(String, Rect)]) {
    for (at, (name, rect)) in places.iter().enumerate() {
        for (other, its) in &places[at + 1..] {
            let shared = rect.intersect(*its);
            let apart = shared.width() < 0.5 || shared.height() < 0.5;
            assert!(apart, "{name} at {rect} lies on {other} at {its}");
        }
    }
}

#[test]
fn the_bar_fits_and_leads_to_every_page() {
    for (width, least) in [(640.0, 4), (800.0, 6), (1400.0, 8)] {
        let mut desk = desk_of(width, "traces");
        let end = ["Import files…", "Copy this place", "More pages"];
        let names: Vec<&str> = PAGES.into_iter().chain(end).collect();
        let bar = places(&desk, width, &names);
        apart(&bar);
        let shown = |name: &str| bar.iter().any(|(one, _)| one == name);
        let tabs = PAGES.iter().filter(|name| shown(name)).count();
        assert!(tabs >= least, "{tabs} of the pages at {width}");
        assert!(shown("Import files…"));
        assert_eq!(tabs < PAGES.len(), shown("More pages"), "{width}");
        if tabs < PAGES.len() {
            desk.click("More pages");
            desk.click("Imports");
            assert_eq!(*desk.app().route(), Route::Imports);
            let bar = places(&desk, width, &names);
            apart(&bar);
        }
    }
}

#[test]
fn counts_stand_beside_pages_where_there_is_room() {
    let width_of = |width| {
        let desk = desk_of(width, "traces");
        let spans = places(&desk, width, &["Spans"]);
        spans[0].1.width()
    };
    assert!(width_of(1400.0) > width_of(800.0) + 10.0);
}

#[test]
fn the_tools_of_a_trace_fit_and_do_the_same() {
    for width in [640.0, 800.0, 1000.0, 1400.0] {
        let mut desk = desk_of(width, SLOW);
        let tools = places(&desk, width, &TOOLS);
        let names: Vec<&str> = tools.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names.len(), TOOLS.len(), "{width}: {names:?}");
        apart(&tools);
        let below = tools.iter().map(|(_, rect)| rect.bottom());
        let below = below.fold(0.0, f32::max);
        assert!(below < 176.0, "{below} is left to the rows at {width}");
        let rows = desk.app().rows.value.as_ref().map(|rows| rows.rows.len());
        desk.click("Expand all");
        let now = desk.app().rows.value.as_ref().map(|rows| rows.rows.len());
        assert!(now > rows, "{width}");
        if width < 700.0 {
            desk.click("Waterfall");
            desk.click("Flame");
        } else {
            desk.click("Flame");
        }
        assert!(desk.place_now().ends_with("view=flame"), "{width}");
    }
}
