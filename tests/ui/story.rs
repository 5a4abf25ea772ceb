//! The story of a trace, what differs between log records, and places that are copied and gone to.

use crate::common::desk::Desk;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use headwater::app::Command;
use headwater::app::route::{Route, StoryOf, TraceView};

const SLOW_TRACE: &str = "489c364b5284d6eb9ce41938bf9b0763";

fn story_of(desk: &Desk) -> Vec<String> {
    let told = desk.app().story.value.clone().expect("it was told");
    let lines = told.story.lines.iter();
    let material = told.material();
    lines.map(|line| material.text(line).into_owned()).collect()
}

#[test]
fn a_trace_is_told_line_by_line_and_a_line_selects_its_span() {
    let mut desk = Desk::with_sample(&format!("trace/{SLOW_TRACE}"));
    desk.click("Story");
    assert!(
        desk.place_now().ends_with("?view=story"),
        "{}",
        desk.place_now()
    );
    let trace = desk
        .app()
        .trace
        .value
        .clone()
        .flatten()
        .expect("it is open");
    let lines = story_of(&desk);
    assert!(lines.len() >= trace.spans.len() + trace.logs.len());
    for log in &trace.logs {
        assert!(lines.iter().any(|line| *line == *log.body), "{}", log.body);
    }
    let shown = desk.items();
    let first = shown.iter().find(|name| name.starts_with("+0 start: "));
    let first = first.expect("it begins with its root").clone();
    desk.click_role(Role::ListItem, &first);
    let root = desk.app().selected_span().expect("a span is selected");
    assert_eq!(trace.spans[root.at()].start, trace.range().start);
    // The span alone, then with what is below, then everything again.
    desk.click("Span alone");
    assert!(desk.place_now().contains("?view=story&of=span"));
    assert!(story_of(&desk).len() < lines.len());
    desk.click("Span and below");
    assert!(desk.place_now().contains("&of=subtree"));
    desk.click("Whole trace");
    assert_eq!(story_of(&desk), lines);
    desk.type_into("Find text in the story", "SELECT \"documents_contact\"");
    let found = story_of(&desk);
    assert!(found.len() >= 113 && found.len() < lines.len());
    desk.click("Waterfall");
    assert_eq!(desk.app().selected_span(), Some(root));
    assert!(!desk.items_with("113 repeated queries").is_empty());
}

#[test]
fn a_story_keeps_to_the_time_in_view_if_wanted() {
    let mut desk = Desk::with_sample(&format!("trace/{SLOW_TRACE}?view=story"));
    let trace = desk
        .app()
        .trace
        .value
        .clone()
        .flatten()
        .expect("it is open");
    let all = story_of(&desk).len();
    let (start, half) = (trace.range().start, trace.range().duration() / 2);
    let (from, to) = (start + half, start + half + half / 4);
    let zoomed = format!("trace/{SLOW_TRACE}?view=story&from={}&to={}", from.0, to.0);
    desk.run(Command::Go(zoomed.parse().expect("a place")));
    assert_eq!(story_of(&desk).len(), all);
    desk.click("Only the time in view");
    let part = story_of(&desk).len();
    assert!(0 < part && part < all, "{part} of {all}");
    let place = desk.place_now();
    let expected = format!("view=story&within=zoom&from={}&to={}", from.0, to.0);
    assert!(place.ends_with(&expected), "{place}");
    // The copied place leads to the same lines.
    let again = Desk::with_sample(&place);
    assert_eq!(story_of(&again).len(), part);
}

#[test]
fn going_back_finds_zoom_selection_and_story_as_they_were() {
    let mut desk = Desk::with_sample(&format!("trace/{SLOW_TRACE}"));
    desk.run(Command::ShowTraceAs(TraceView::Story));
    desk.run(Command::TellStoryOf(StoryOf::Span));
    desk.press(Key::Plus);
    let place = desk.place_now();
    assert!(place.contains("view=story&of=span&from="), "{place}");
    desk.run(Command::ShowLogs);
    desk.run(Command::Back);
    assert_eq!(desk.place_now(), place);
    // Opened anew, the same is shown as well.
    let again = Desk::with_sample(&place);
    assert_eq!(again.place_now(), place);
    assert_eq!(story_of(&again), story_of(&desk));
}

/// What was put on the clipboard in the last frame that did.
fn copied(desk: &mut Desk, act: impl FnOnce(&mut Desk)) -> Option<String> {
    act(desk);
    for _ in 0..3 {
        desk.h.step();
        let commands = &desk.h.output().platform_output.commands;
        let text = commands.iter().find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        });
        if text.is_some() {
            return text;
        }
    }
    None
}

#[test]
fn any_place_is_copied_and_gone_to() {
    let mut desk = Desk::with_sample(&format!("trace/{SLOW_TRACE}"));
    let place = desk.place_now();
    let text = copied(&mut desk, |desk| {
        // Only the press: letting go would be another frame.
        desk.h.event(egui::Event::Key {
            key: Key::C,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: Modifiers::COMMAND | Modifiers::SHIFT,
        });
    });
    assert_eq!(text.as_ref(), Some(&place));
    assert!(desk.says("Copied: trace/"));
    let text = copied(&mut desk, |desk| {
        desk.h.get_by_label("Copy this place").click()
    });
    assert_eq!(text, Some(place));

    desk.press_with(Modifiers::COMMAND, Key::G);
    desk.type_into("Place", "nowhere");
    desk.press(Key::Enter);
    assert!(desk.says("places look like"), "what was wrong is said");
    desk.type_into("Place", "logs?q=level:error");
    desk.press(Key::Enter);
    assert_eq!(desk.place(), "logs?q=level:error");
    assert!(!desk.has("Place"), "the field is shut");
    desk.press_with(Modifiers::COMMAND, Key::G);
    assert!(desk.has("Place"));
    desk.press(Key::Escape);
    assert!(!desk.has("Place"));
}

#[test]
fn what_differs_is_shown_with_both_sides_and_narrows_the_search() {
    let mut desk = Desk::with_sample("logs?q=level:error");
    desk.click("What differs");
    assert_eq!(desk.place(), "logs?q=level:error&view=differs");
    let line = "status_code: 500, 16 in what fits (39.0 %), 0 in the rest (0.0 %)";
    assert!(desk.has(line));
    desk.h.get_by_label(line).click_modifiers(Modifiers::SHIFT);
    desk.settle();
    assert_eq!(
        desk.place(),
        "logs?q=level:error%20!status_code:500&view=differs"
    );
    desk.press_with(Modifiers::ALT, Key::ArrowLeft);
    desk.click(line);
    assert_eq!(
        desk.place(),
        "logs?q=level:error%20status_code:500&view=differs"
    );
    desk.run(Command::Go("logs?view=differs".parse().expect("a place")));
    assert!(desk.has("Nothing is set apart yet"));
    desk.type_into("Compare with", "level:(");
    assert!(desk.says("At character "));
    desk.type_into("Compare with", "level:error");
    desk.press(Key::Enter);
    assert_eq!(desk.place(), "logs?view=differs&vs=level:error");
    let found = desk.app().differs.value.clone().expect("it was asked");
    assert_eq!(found.records.total(), 226);
}

#[test]
fn a_stretch_of_time_is_compared_with_the_rest() {
    let desk = Desk::with_sample("logs");
    let histogram = desk
        .app()
        .log_histogram
        .value
        .clone()
        .expect("it was asked");
    let middle = histogram.range.start + histogram.range.duration() / 2;
    let place = format!(
        "logs?from={}&to={}&view=differs",
        histogram.range.start.0, middle.0
    );
    let desk = Desk::with_sample(&place);
    let found = desk.app().differs.value.clone().expect("it was asked");
    assert_eq!(found.records.total(), 226);
    let Route::Logs(logs) = desk.app().route() else {
        panic!("these are logs");
    };
    assert!(logs.range.is_some());
    let shown = desk
        .app()
        .logs
        .value
        .as_ref()
        .map(|logs| logs.refs.len() as u64);
    assert_eq!(shown, Some(found.records.inside));
    // The chart still shows what the stretch is compared with.
    let all = desk
        .app()
        .log_histogram
        .value
        .clone()
        .expect("it was asked");
    let counted: u64 = all.buckets.iter().map(|bucket| bucket.total()).sum();
    assert_eq!(counted, 226);
    assert!(desk.says("log records") && desk.says("the rest"));
}

#[test]
fn numbers_in_tables_lead_to_their_records() {
    let mut desk = Desk::with_sample("imports");
    desk.click("Show 61 log records of release-1.4.0.otlp.jsonl");
    assert_eq!(desk.place(), "logs?q=import:1");
    let shown = |desk: &Desk| desk.app().logs.value.as_ref().map(|logs| logs.refs.len());
    assert_eq!(shown(&desk), Some(61));
    desk.run(Command::Back);
    desk.click("Show 71 traces of release-1.5.0.otlp.jsonl");
    assert_eq!(desk.place(), "traces?q=import:3");
    let list = desk.app().traces.value.clone().expect("it was asked");
    assert_eq!(list.matches.numbers.len(), 71);
    desk.run(Command::Go("imports/1".parse().expect("a place")));
    desk.click("Log records: show 61");
    assert_eq!(desk.place(), "logs?q=import:1");

    desk.run(Command::Go("traces?sort=-errors".parse().expect("a place")));
    let rows = desk.app().trace_rows.value.clone().expect("rows are shown");
    let first = rows.get(0).expect("a trace").clone();
    let logs = headwater::model::human::counted(first.logs, "log record");
    let link = format!("Show {logs} of {}", first.root_name);
    desk.h
        .query_all_by_label(&link)
        .next()
        .expect("a link")
        .click();
    desk.settle();
    assert_eq!(desk.place(), format!("logs?q=trace:{}", first.id));
    assert_eq!(shown(&desk), Some(first.logs as usize));
    desk.run(Command::Back);
    let errors = headwater::model::human::counted(first.errors, "error");
    let link = format!("Open at the first of {errors}: {}", first.root_name);
    desk.h
        .query_all_by_label(&link)
        .next()
        .expect("a link")
        .click();
    desk.settle();
    assert_eq!(desk.place(), format!("trace/{}?at=error", first.id));
    let grouped = desk.app().grouped.value.clone().expect("it is grouped");
    let failures: Vec<_> = grouped.failures().collect();
    assert_eq!(desk.app().selected_span(), failures.first().copied());
    // From one to the next, and around.
    for next in failures.iter().skip(1).chain(failures.first()) {
        desk.run(Command::NextFailure);
        assert_eq!(desk.app().selected_span(), Some(*next));
    }
}

#[test]
fn a_log_record_leads_to_its_span_from_wherever_it_is_listed() {
    let mut desk = Desk::with_sample("logs?q=has:span_id%20level:error");
    let rows = desk.app().log_rows.value.clone().expect("rows are shown");
    let log = rows.get(0).expect("a record").clone();
    let row = desk.items_with("error ").first().expect("a row").clone();
    desk.click_role(Role::ListItem, &row);
    desk.click_role(Role::Button, "Open in trace");
    let trace = log.trace.expect("it is of a trace");
    let span = log.span.expect("it is of a span");
    assert_eq!(desk.place(), format!("trace/{trace}/{span}"));
    let grouped = desk.app().grouped.value.clone().expect("it is grouped");
    let selected = desk.app().selected_span().expect("its span is selected");
    assert_eq!(grouped.trace.spans[selected.at()].id, span);
    // From the story the same, in the waterfall and in sight.
    desk.click("Story");
    let mut lines = desk.items().into_iter();
    let line = lines.find(|name| name.contains(" log ") && name.ends_with(&*log.body));
    desk.click_role(Role::ListItem, &line.expect("the log is told"));
    desk.press(Key::Enter);
    assert_eq!(desk.place_now(), format!("trace/{trace}/{span}"));
}
