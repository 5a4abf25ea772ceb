//! The table of actions, walked through, and what is made of it: keys, the palette and the list of keys.

use crate::common::desk::Desk;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use headwater::app::route::IssuesPlace;
use headwater::app::views::{Picture, TracePicture};
use headwater::app::{App, Command, Route};
use headwater::ui::actions::{self, Act, Action, Page};
use std::collections::BTreeMap;

const SLOW: &str = "trace/489c364b5284d6eb9ce41938bf9b0763";
const FIELD: &str = "Choose an action or a place";

/// Places at which each action can be done at one of them at least.
const PLACES: [&str; 23] = [
    "insights/queries?service=shop-api&from=5&to=9&row=0f3a",
    "imports",
    "compare?a=median&b=489c364b5284d6eb9ce41938bf9b0763",
    "issues",
    "issues?q=kind:error&show=all",
    "issues?sort=title",
    "trace/489c364b5284d6eb9ce41938bf9b0763?view=table",
    "compare?b=489c364b5284d6eb9ce41938bf9b0763",
    "trace/489c364b5284d6eb9ce41938bf9b0763?view=flame",
    "trace/489c364b5284d6eb9ce41938bf9b0763?view=map",
    "trace/489c364b5284d6eb9ce41938bf9b0763?view=list",
    "traces",
    "traces?q=op:db&from=5&to=9",
    SLOW,
    "trace/489c364b5284d6eb9ce41938bf9b0763?find=op:db",
    "trace/489c364b5284d6eb9ce41938bf9b0763?find=op:db&others=hidden",
    "trace/489c364b5284d6eb9ce41938bf9b0763?view=story",
    "spans",
    "spans?q=op:db&from=5&to=9",
    "spans?view=groups&chart=heatmap",
    "logs",
    "logs?q=level:error&from=5&to=9",
    "logs?view=groups",
];

fn action(name: &str) -> &'static Action {
    let found = actions::all().find(|action| action.name == name);
    found.unwrap_or_else(|| panic!("no action is called {name}"))
}

fn picture(desk: &Desk) -> &TracePicture {
    match &desk.app().history.current().picture {
        Picture::Trace(picture) => picture,
        other => panic!("no trace is open: {other:?}"),
    }
}

/// All that an action could change, in words.
fn state(app: &App) -> String {
    let entry = app.history.current();
    // In an order of their own: a map has another one each time it is made.
    let decided: Option<BTreeMap<_, _>> = app
        .issues
        .states
        .value
        .as_ref()
        .map(|states| states.iter().collect());
    format!(
        "{} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        app.place(),
        entry.route,
        entry.picture,
        app.settings,
        app.export,
        app.pane.draft,
        decided,
        app.imports.value,
    )
}

fn open(desk: &mut Desk, place: &str) {
    desk.run(Command::ShowImports);
    desk.run(Command::Go(place.parse().expect("a place")));
}

fn lines(desk: &Desk) -> Vec<String> {
    let all = desk.h.query_all_by_role(Role::ListBoxOption);
    all.filter_map(|node| node.accesskit_node().label())
        .collect()
}

#[test]
fn every_action_does_something_where_it_says_it_can() {
    let mut desk = Desk::with_sample("traces?q=is:error");
    let failing = desk.items().into_iter().find(|name| name.contains("span"));
    desk.click(&failing.expect("a trace failed"));
    let failing = desk.place();
    open(&mut desk, SLOW);
    let of_a_span = format!("{}?view=story&of=subtree", desk.place_now());
    open(&mut desk, "logs");
    let logs = desk.app().logs.value.as_ref().expect("there are logs");
    let around = format!("logs?around={}.{}", logs.refs[0].segment, logs.refs[0].row);
    open(&mut desk, SLOW);
    let trace = desk.app().trace.value.clone().flatten();
    let first = trace.expect("it is open").spans[0].id;
    let focused = format!("{SLOW}/{first}?focus={first}");
    let by_number = format!("{SLOW}?bars=db.redis.args_length");
    open(&mut desk, "issues");
    let issues = desk.app().issues.found.value.as_ref();
    let issue = issues.expect("issues were found")[0].fingerprint.clone();
    let issue = Route::Issues(IssuesPlace::of(&issue)).to_string();
    open(&mut desk, "imports");
    let imports = desk.app().imports.value.as_ref();
    let import = imports.expect("there are imports")[0].id;
    let import = Route::Import(import).to_string();
    let rules = "[[issue_rule]]\nname = \"New\"\nwhen = \"new\"\n";
    desk.run(Command::SaveRules(rules.to_owned()));
    let alerts = ["alerts", "alerts?view=starters", "alerts/New"].map(str::to_owned);
    let places = PLACES.iter().map(|place| (*place).to_owned());
    let places: Vec<String> = places
        .chain([
            failing, of_a_span, around, focused, by_number, issue, import,
        ])
        .chain(alerts)
        .collect();
    let mut idle: Vec<&str> = actions::all().map(|action| action.name).collect();
    for place in &places {
        open(&mut desk, place);
        let page = Page::of(desk.app().route());
        let is_here = |action: &&Action| [Page::Everywhere, page].contains(&action.page);
        for action in actions::all().filter(is_here) {
            match (action.now)(desk.app()) {
                Ok(Act::App(command)) => {
                    let before = state(desk.app());
                    desk.run(command);
                    if state(desk.app()) != before {
                        idle.retain(|name| *name != action.name);
                        open(&mut desk, place);
                    }
                }
                Ok(Act::Window(_) | Act::Steer(_)) => idle.retain(|name| *name != action.name),
                Err(why) => assert!(why.len() > 10, "{}: {why}", action.name),
            }
        }
    }
    // Nothing is ahead after going somewhere, looks are made in their first way, no place selects a
    // trace of the list or a part of a look, imports are done at once in tests, no place hides a service, the clocks of
    // the sample agree, its issue has spans only, its file brings nothing the second time, and once replaced the import
    // has another number. What is copied is in the clipboard before one looks (`ui_insights` looks there).
    let elsewhere = [
        "Forward",
        "Stop the import",
        "Show all services",
        "The next clocks",
        "Clocks as recorded",
        "Corrected clocks",
        "Recorded and corrected clocks",
        "Flame graph by name",
        "Flame graph of this trace",
        "Show all of the flame graph",
        "Table by operation",
        "Draw the map of services",
        "List all spans of the trace",
        "Keep the selected trace, or compare the two",
        "Keep no trace to compare",
        "Attributes of the issue's log records",
        "Attributes of the issue's error records",
        "Swap before and after",
        "Import this file again",
        "Remove what this file brought",
        "Copy the insights as CSV",
        "Copy the insights as JSON",
        "Copy the insights as Markdown",
    ];
    assert_eq!(idle, elsewhere);
    desk.run(Command::Back);
    assert_eq!(
        (action("Forward").now)(desk.app()),
        Ok(Act::App(Command::Forward))
    );
}

#[test]
fn an_import_is_removed_by_its_action() {
    let mut desk = Desk::with_sample("imports");
    let imports = desk.app().imports.value.clone().expect("there are imports");
    let remove = action("Remove what this file brought");
    assert_eq!((remove.now)(desk.app()), Err("No import is opened"));
    desk.run(Command::Go(Route::Import(imports[0].id)));
    let Ok(Act::App(command)) = (remove.now)(desk.app()) else {
        panic!("its report is shown");
    };
    desk.run(command);
    assert_eq!((remove.now)(desk.app()), Err("The import is not there"));
    let left = desk.app().imports.value.as_ref().map(|left| left.len());
    assert_eq!(left, Some(imports.len() - 1));
}

#[test]
fn services_that_are_hidden_can_be_shown_again() {
    let mut desk = Desk::with_sample(SLOW);
    let show_all = action("Show all services");
    assert_eq!((show_all.now)(desk.app()), Err("No service is hidden"));
    let all = desk.items();
    desk.press(Key::H);
    assert_ne!(desk.items(), all);
    let Ok(Act::App(command)) = (show_all.now)(desk.app()) else {
        panic!("a service is hidden");
    };
    desk.run(command);
    assert_eq!(desk.items(), all);
}

#[test]
fn columns_are_added_and_taken_away_from_the_palette() {
    let mut desk = Desk::with_sample("logs");
    for line in [
        "Column user.id, Add it to the list",
        "Column user.id, Take it away",
    ] {
        let before = desk.place();
        desk.press_with(Modifiers::COMMAND, Key::K);
        desk.type_into(FIELD, "column user.id");
        assert_eq!(lines(&desk)[0], line);
        desk.press(Key::Enter);
        assert_ne!(desk.place(), before);
        assert_eq!(desk.place().contains("user.id"), line.contains("Add"));
    }
}

#[test]
fn keys_of_the_table_work_on_their_page_only() {
    let mut desk = Desk::with_sample("traces");
    desk.press(Key::E);
    desk.press(Key::Plus);
    assert_eq!(desk.place(), "traces");
    open(&mut desk, SLOW);
    desk.press(Key::Plus);
    let zoomed = picture(&desk).window.expect("less time is shown");
    desk.press(Key::D);
    let panned = picture(&desk).window.expect("still");
    assert_eq!(panned.duration(), zoomed.duration());
    assert!(panned.start > zoomed.start);
    desk.press(Key::A);
    desk.press(Key::Minus);
    desk.press(Key::Num0);
    assert_eq!(picture(&desk).window, None);
    desk.press(Key::E);
    assert!(
        desk.app()
            .rows
            .value
            .as_ref()
            .is_some_and(|rows| rows.rows.len() > 100)
    );
    desk.press(Key::S);
    assert!(desk.place_now().contains("view=story"));
    desk.press(Key::S);
    assert!(!desk.place_now().contains("view=story"));
}

#[test]
fn the_palette_does_what_a_few_letters_stand_for() {
    let mut desk = Desk::with_sample(SLOW);
    desk.press_with(Modifiers::COMMAND, Key::K);
    let names = lines(&desk);
    let here = actions::here(desk.app()).count();
    assert!(names.len() >= here - 1, "{} of {here}", names.len());
    assert!(
        names.contains(&"Expand everything, Trace, E".to_owned()),
        "{names:?}"
    );
    assert!(
        names.contains(&"Forward, There is no place after this one, Alt+Right".to_owned()),
        "{names:?}"
    );
    desk.type_into(FIELD, "expev");
    assert_eq!(lines(&desk)[0], "Expand everything, Trace, E");
    desk.press(Key::Enter);
    assert!(!desk.has(FIELD), "it is shut");
    assert!(
        desk.app()
            .rows
            .value
            .as_ref()
            .is_some_and(|rows| rows.rows.len() > 100)
    );
    desk.press_with(Modifiers::COMMAND, Key::K);
    assert_eq!(
        lines(&desk)[0],
        "Expand everything, Trace, E",
        "recent ones come first"
    );
    desk.press(Key::ArrowDown);
    desk.press(Key::ArrowUp);
    desk.press(Key::Escape);
    assert!(!desk.has(FIELD));
    assert!(picture(&desk).selected.is_some());
}

#[test]
fn what_cannot_be_done_says_why_and_does_nothing() {
    let mut desk = Desk::with_sample(SLOW);
    desk.press_with(Modifiers::COMMAND, Key::K);
    desk.type_into(FIELD, "next match");
    assert_eq!(
        lines(&desk)[0],
        "Next match, Nothing is looked for in this trace, N"
    );
    let before = state(desk.app());
    desk.press(Key::Enter);
    assert!(desk.has(FIELD), "it stays open");
    assert_eq!(state(desk.app()), before);
    desk.type_into(FIELD, "qqqqq");
    assert!(desk.says("Nothing is called so"));
}

#[test]
fn the_palette_leads_to_traces_services_searches_and_recent_places() {
    let mut desk = Desk::with_sample("logs?q=level:error");
    desk.run(Command::SaveSearch("Errors of the shop".to_owned()));
    desk.run(Command::ShowTraces);
    let choose = |desk: &mut Desk, text: &str| {
        desk.press_with(Modifiers::COMMAND, Key::K);
        desk.type_into(FIELD, text);
        let first = lines(desk).into_iter().next();
        desk.press(Key::Enter);
        (first.unwrap_or_default(), desk.place())
    };
    let (line, place) = choose(&mut desk, "489c364b");
    assert_eq!(line, "489c364b5284d6eb9ce41938bf9b0763, Trace");
    assert_eq!(place, SLOW);
    let (line, place) = choose(&mut desk, "shop-api");
    assert_eq!(line, "shop-api, Traces of the service");
    assert_eq!(place, "traces?q=service:shop-api");
    let (line, place) = choose(&mut desk, "errors of the shop");
    assert_eq!(line, "Errors of the shop, Saved search");
    assert_eq!(place, "logs?q=level:error");
    let (line, place) = choose(&mut desk, "traces service:shop-api");
    assert_eq!(line, "Traces: service:shop-api, Recent place");
    assert_eq!(place, "traces?q=service:shop-api");
}

#[test]
fn the_list_of_keys_is_made_of_the_table_and_can_be_searched() {
    let mut desk = Desk::with_sample("traces");
    desk.press(Key::Questionmark);
    assert!(desk.has("Keyboard"));
    for action in actions::all().filter(|action| !action.keys.is_empty()) {
        assert!(desk.has(action.name), "{} is listed", action.name);
    }
    desk.type_into("Find a key", "colgr");
    assert!(desk.has("Collapse groups") && !desk.has("Zoom in"));
    desk.type_into("Find a key", "ctrl+k");
    assert!(desk.has("Choose an action") && !desk.has("Collapse groups"));
    desk.press(Key::Escape);
    assert!(!desk.has("Keyboard"));
    desk.press(Key::F1);
    assert!(desk.has("Keyboard"));
    desk.press(Key::F1);
    assert!(!desk.has("Keyboard"));
}
