//! How a waterfall is looked at: the critical path, colours, services, levels, a focus, clocks.

use crate::common::desk::Desk;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use headwater::app::Command;
use headwater::app::settings::{Coloring, Settings};
use headwater::app::views::{ClockView, Picture, TracePicture};
use serde_json::json;

/// A trace of the sample with 113 repeated queries.
const SLOW_TRACE: &str = "489c364b5284d6eb9ce41938bf9b0763";
const CLOCKS: &str = "000000000000000000000000000c10c5";

/// ```text
/// 1 gate            |-----------|   1000..1100 ms
/// 2 shop  |--------|                 910..990: its clock is 100 ms behind
/// 3 shop   |--|                      920..940
/// 4 store     |----|                 945..985
/// 5 store      |-|                   950..955
/// 6 gate              |--|          1020..1030
/// ```
fn services_with_other_clocks() -> String {
    let spans = [
        (1, 0, 1_000, 1_100, "gate", "http.server"),
        (2, 1, 910, 990, "shop", "rpc.server"),
        (3, 2, 920, 940, "shop", "price"),
        (4, 2, 945, 985, "store", "rpc.store"),
        (5, 4, 950, 955, "store", "db"),
        (6, 1, 1_020, 1_030, "gate", "file.write"),
    ];
    let nanos = |ms: u64| (1_700_000_000_000_000_000 + ms * 1_000_000).to_string();
    let span = |(id, parent, start, end, _, op): (u64, u64, u64, u64, &str, &str)| {
        json!({
            "traceId": CLOCKS,
            "spanId": format!("{id:016x}"),
            "parentSpanId": if parent == 0 { String::new() } else { format!("{parent:016x}") },
            "name": format!("work {id}"),
            "startTimeUnixNano": nanos(start),
            "endTimeUnixNano": nanos(end),
            "attributes": [{"key": "sentry.op", "value": {"stringValue": op}}],
        })
    };
    let of = |service: &str| {
        let spans: Vec<_> = spans
            .into_iter()
            .filter(|it| it.4 == service)
            .map(span)
            .collect();
        json!({
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
            "scopeSpans": [{"spans": spans}],
        })
    };
    let services = ["gate", "shop", "store"].map(of);
    json!({"resourceSpans": services}).to_string()
}

fn desk_with_clocks(place: &str) -> Desk {
    let mut desk = Desk::new(place);
    let path = desk.write("clocks.json", &services_with_other_clocks());
    desk.import(path);
    desk
}

fn clocks() -> Desk {
    desk_with_clocks(&format!("trace/{CLOCKS}"))
}

fn picture(desk: &Desk) -> &TracePicture {
    match &desk.app().history.current().picture {
        Picture::Trace(picture) => picture,
        _ => panic!("this is no trace: {}", desk.place()),
    }
}

/// The numbers of the spans in view, from top to bottom.
fn rows(desk: &Desk) -> Vec<u32> {
    let number = |name: &String| {
        let after = name.split("work ").nth(1)?;
        after.split(',').next()?.parse().ok()
    };
    desk.items().iter().filter_map(number).collect()
}

fn select(desk: &mut Desk, number: u32) {
    let items = desk.items();
    let wanted = format!("work {number},");
    let name = items.iter().find(|name| name.contains(&wanted));
    let name = name.expect("the row is in view").clone();
    desk.click_role(Role::ListItem, &name);
}

/// The window as it looks, without the pointer and the keyboard in the way.
fn looks(desk: &mut Desk) -> Vec<u8> {
    desk.h.render().expect("it is painted").into_raw()
}

#[test]
fn the_critical_path_is_drawn_or_not_and_that_is_remembered() {
    let mut desk = clocks();
    let with = looks(&mut desk);
    desk.press(Key::P);
    assert_ne!(looks(&mut desk), with, "the line is gone");
    assert!(!Settings::load(&Settings::path_beside(&desk.app().store_path)).path_shown);
    desk.click("Critical path");
    assert!(desk.app().settings.path_shown);
}

#[test]
fn only_the_critical_path_is_shown_if_wanted_and_what_is_left_out_is_said() {
    let mut desk = clocks();
    assert_eq!(rows(&desk), [1, 2, 3, 4, 5, 6]);
    desk.click("Only it");
    // What runs outside its parent by the recorded times holds nothing up.
    assert_eq!(rows(&desk), [1, 6]);
    assert!(desk.has("4 spans off the critical path left out"));
    assert!(
        desk.place_now().contains("only=path"),
        "{}",
        desk.place_now()
    );
    let mut again = desk_with_clocks(&desk.place_now());
    assert_eq!(rows(&again), [1, 6], "the place leads back to it");
    let off_path = desk_with_clocks(&format!("trace/{CLOCKS}/0000000000000004?only=path"));
    assert_eq!(rows(&off_path), [1, 6], "also where it names another span");
    again.press_with(Modifiers::SHIFT, Key::P);
    assert_eq!(rows(&again).len(), 6);
}

#[test]
fn a_trace_that_is_its_critical_path_says_so() {
    let span = r#"{"traceId":"0000000000000000000000000000abcd","spanId":"00000000000000a1","name":"work","kind":2,"startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000001000000000"}"#;
    let mut desk = Desk::new("traces");
    let document = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#);
    let file = desk.write("one.json", &document);
    desk.import(file);
    desk.run(Command::OpenTrace {
        trace: "0000000000000000000000000000abcd".parse().expect("an id"),
        span: None,
    });
    desk.settle();
    desk.click("Only it");
    assert!(desk.has("Nothing is off the critical path"));
    assert!(!desk.says("0 spans"));
}

#[test]
fn the_time_on_the_path_is_listed_by_operation_and_leads_to_its_spans() {
    let mut desk = clocks();
    desk.click("Time on it");
    assert!(desk.has("Time on the critical path"));
    // 1000..1020 and 1030..1100 of the root, the rest in the other span of its service.
    assert!(desk.has("90 %") && desk.has("10 %"));
    desk.click_role(Role::Link, "file.write");
    let selected = desk.app().selected_span().expect("a span is selected");
    let trace = desk
        .app()
        .trace
        .value
        .clone()
        .flatten()
        .expect("it is open");
    assert_eq!(trace.spans[selected.at()].id.0, 6);
}

#[test]
fn services_are_hidden_and_folded() {
    let mut desk = clocks();
    desk.click("Services");
    desk.click_role(Role::CheckBox, "shop");
    assert_eq!(rows(&desk), [1, 4, 5, 6], "what the shop called moves up");
    assert!(desk.has("2 spans hidden"));
    desk.click("Fold store");
    assert_eq!(rows(&desk), [1, 4, 6]);
    desk.click("Unfold store");
    desk.press(Key::Escape);
    desk.press_with(Modifiers::SHIFT, Key::H);
    assert_eq!(rows(&desk), [1, 2, 3, 4, 5, 6]);
    assert!(!desk.says("spans hidden"));
    select(&mut desk, 5);
    desk.press(Key::H);
    assert_eq!(rows(&desk), [1, 2, 3, 6]);
    // What is gone to is shown, whatever hides it.
    desk.click("Remove 2 spans hidden");
    assert_eq!(rows(&desk).len(), 6);
}

#[test]
fn rows_are_shown_down_to_a_level() {
    let mut desk = clocks();
    for (key, shown) in [
        (Key::Num1, vec![1]),
        (Key::Num2, vec![1, 2, 6]),
        (Key::Num3, vec![1, 2, 3, 4, 6]),
    ] {
        desk.press(key);
        assert_eq!(rows(&desk), shown, "{key:?}");
    }
    desk.press(Key::E);
    assert_eq!(rows(&desk).len(), 6);
    desk.click("Levels");
    desk.click("2 levels");
    assert_eq!(rows(&desk), [1, 2, 6]);
    desk.press(Key::Escape);
    select(&mut desk, 2);
    desk.press(Key::ArrowRight);
    assert_eq!(rows(&desk), [1, 2, 3, 4, 6], "one more by hand");
}

#[test]
fn a_subtree_is_focused_and_left_again() {
    let mut desk = clocks();
    select(&mut desk, 4);
    desk.press(Key::Period);
    assert_eq!(rows(&desk), [4, 5]);
    let place = desk.place_now();
    assert!(place.contains("focus=0000000000000004"), "{place}");
    assert_eq!(
        rows(&desk_with_clocks(&place)),
        [4, 5],
        "the place leads back to it"
    );
    // One level up with the key, from there by the way back, then all.
    desk.press(Key::Comma);
    assert_eq!(rows(&desk), [2, 3, 4, 5]);
    desk.click_role(Role::Link, "work 1");
    assert_eq!(rows(&desk), [1, 2, 3, 4, 5, 6]);
    desk.click_role(Role::Link, "Whole trace");
    assert!(!desk.place_now().contains("focus="));
    assert_eq!(picture(&desk).window, None);
    select(&mut desk, 4);
    desk.click("Focus");
    assert_eq!(rows(&desk), [4, 5]);
}

#[test]
fn clocks_that_differ_are_said_and_corrected_only_if_wanted() {
    let mut desk = clocks();
    let recorded = looks(&mut desk);
    desk.click("Clocks differ");
    assert!(desk.has("gate and shop"));
    assert!(desk.says("1 of 1 call outside, the worst by 90.0 ms"));
    assert!(desk.says("shop is behind gate by about 100 ms (90.0 ms to 110 ms suit all calls)"));
    desk.click_role(Role::RadioButton, "Corrected");
    assert_eq!(picture(&desk).clocks, ClockView::Corrected);
    desk.press(Key::Escape);
    assert!(desk.has("Clocks corrected"));
    let corrected = looks(&mut desk);
    desk.press(Key::K);
    assert_eq!(picture(&desk).clocks, ClockView::Both);
    let both = looks(&mut desk);
    assert!(recorded != corrected && corrected != both && both != recorded);
    desk.press(Key::K);
    assert_eq!(picture(&desk).clocks, ClockView::Recorded);
    let mut agreeing = Desk::with_sample(&format!("trace/{SLOW_TRACE}"));
    agreeing.press(Key::K);
    assert!(!agreeing.says("Clocks"));
    assert_eq!(picture(&agreeing).clocks, ClockView::Recorded);
}

#[test]
fn colours_say_what_is_chosen_with_a_legend() {
    let mut desk = clocks();
    assert!(desk.says("Colours: "));
    let by_kind = looks(&mut desk);
    desk.press(Key::X);
    assert!(desk.has("Colour: Service"));
    assert!(
        desk.has("Colours: gate, shop, store, Failed"),
        "by their own time"
    );
    assert_ne!(looks(&mut desk), by_kind);
    desk.click("Colour: Service");
    desk.click_role(Role::RadioButton, "Duration");
    assert!(desk.says("Colours: below 1 ms, 1 ms, 10 ms, 100 ms"));
    let saved = Settings::load(&Settings::path_beside(&desk.app().store_path));
    assert_eq!(saved.coloring, Coloring::Duration);
}

#[test]
fn what_rows_hang_under_stays_at_the_top() {
    let mut desk = Desk::with_sample(&format!("trace/{SLOW_TRACE}"));
    assert!(!desk.says("Up to "));
    desk.press(Key::E);
    desk.press(Key::End);
    let kept = desk.h.get_all_by_label_contains("Up to ").next();
    kept.expect("rows are kept").click();
    desk.settle();
    let node = picture(&desk).selected.expect("a row is selected");
    assert_eq!(node.at(), 0, "the root of the trace");
    assert!(
        desk.items()[0].starts_with("http.server"),
        "{:?}",
        desk.items()
    );
}

#[test]
fn a_group_leads_to_its_slowest_member() {
    let mut desk = Desk::with_sample(&format!("trace/{SLOW_TRACE}"));
    let trace = desk
        .app()
        .trace
        .value
        .clone()
        .flatten()
        .expect("it is open");
    let queries = trace
        .spans
        .iter()
        .filter(|span| span.description.contains("documents_contact"));
    let longest = queries
        .map(|span| span.duration)
        .max()
        .expect("there are queries");
    assert!(desk.has("On the critical path") && desk.has("p95") && desk.has("Different texts"));
    desk.h.get_by_label_contains("Go to the slowest").click();
    desk.settle();
    let span = desk.app().selected_span().expect("a span is selected");
    assert_eq!(trace.spans[span.at()].duration, longest);
}

#[test]
fn a_span_is_pinned_to_the_top_and_leads_back_to_its_row() {
    let mut desk = clocks();
    select(&mut desk, 5);
    desk.press(Key::M);
    let pinned = |desk: &Desk| desk.h.query_by_label_contains("Pinned db work 5").is_some();
    assert!(pinned(&desk));
    desk.press(Key::Num1);
    assert_eq!(rows(&desk), [1]);
    desk.h.get_by_label_contains("Pinned db work 5").click();
    desk.settle();
    assert!(rows(&desk).contains(&5), "what hides it is unfolded");
    desk.h.get_by_label_contains("Unpin db work 5").click();
    desk.settle();
    assert!(!pinned(&desk));
}

#[test]
fn a_row_has_a_menu() {
    let mut desk = clocks();
    let name = desk
        .items()
        .into_iter()
        .find(|name| name.contains("work 6,"));
    let row = name.expect("the row is in view");
    desk.h
        .get_by_role_and_label(Role::ListItem, &row)
        .click_secondary();
    desk.settle();
    desk.h.get_by_label_contains("Zoom to this").click();
    desk.settle();
    let window = picture(&desk).window.expect("it is zoomed");
    assert_eq!(window.duration(), 10_000_000);
}

#[test]
fn dragging_along_the_ruler_zooms() {
    let mut desk = clocks();
    let ruler = desk.h.get_by_label("Drag to zoom to a stretch").rect();
    let at = |share: f32| egui::pos2(ruler.left() + ruler.width() * share, ruler.center().y);
    desk.h.hover_at(at(0.25));
    desk.h.run();
    desk.h.drag_at(at(0.25));
    desk.h.run();
    desk.h.hover_at(at(0.5));
    desk.h.run();
    desk.h.drop_at(at(0.5));
    desk.settle();
    let window = picture(&desk).window.expect("it is zoomed");
    // A quarter of 190 ms and of its margins.
    let share = window.duration() as f64 / 190_000_000.0;
    assert!((share - 0.255).abs() < 0.01, "{share}");
}
